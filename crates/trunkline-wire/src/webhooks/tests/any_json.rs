//! JSON texts of every layout that a connector may send.

use proptest::prelude::*;

/// Numbers whose JavaScript form differs from what was written, or nearly.
const NUMBERS: [&str; 19] = [
    "0",
    "-0",
    "-0.0",
    "1.0",
    "1E2",
    "1e21",
    "1e20",
    "123456789012345680000",
    "1e-7",
    "0.000001",
    "5e-324",
    "1.7976931348623157e308",
    "9007199254740993",
    "12345678901234567890",
    "-1.50",
    "0.1",
    "100",
    "-7",
    "3.0e0",
];

/// Member names that JavaScript moves to the front, ones that only look like it, and ones with a meaning elsewhere.
const NAMES: [&str; 20] = [
    "0",
    "1",
    "2",
    "10",
    "01",
    "-1",
    "1.5",
    "1e3",
    "4294967294",
    "4294967295",
    "4294967296",
    "99999999999",
    "__proto__",
    "constructor",
    "toString",
    "length",
    "",
    "a",
    "b",
    "\u{fc}",
];

/// Parts of string literals.
const PARTS: [&str; 24] = [
    "a",
    " ",
    "/",
    "\\/",
    "\\\\",
    "\\\"",
    "\\b",
    "\\f",
    "\\n",
    "\\r",
    "\\t",
    "\\u0000",
    "\\u001F",
    "\u{7f}",
    "\\u007f",
    "ü",
    "\\u00FC",
    "😀",
    "\\ud83d\\ude00",
    "\u{2028}",
    "\\u2029",
    "\u{feff}",
    "\\uFFFF",
    "\u{10ffff}",
];

/// A string literal.
pub(super) fn string() -> impl Strategy<Value = String> {
    let parts = prop::collection::vec(prop::sample::select(&PARTS), 0..6);
    prop_oneof![
        parts.prop_map(|parts| format!("\"{}\"", parts.concat())),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
    ]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(&NUMBERS).prop_map(str::to_owned),
        any::<i64>().prop_map(|number| number.to_string()),
        (prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL).prop_map(|number| format!("{number:e}")),
        prop::num::f32::NORMAL.prop_map(|number| format!("{number}")),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![prop::sample::select(&NAMES).prop_map(|name| format!("\"{name}\"")), string()]
}

fn space() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["", "", "", " ", "\n", "\r\n\t "])
}

/// Members without braces, with a comma after each; names may repeat.
pub(super) fn members() -> impl Strategy<Value = String> {
    let member =
        (name(), space(), value()).prop_map(|(name, space, value)| format!("{name}{space}:{value},"));
    prop::collection::vec(member, 0..5).prop_map(|members| members.concat())
}

/// An object.
pub(super) fn object() -> impl Strategy<Value = String> {
    members().prop_map(|members| format!("{{{}}}", members.trim_end_matches(',')))
}

/// Any value.
pub(super) fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        number(),
        string(),
        prop::sample::select(&["true", "false", "null", "[]", "{ }"]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(6, 24, 4, |inner| {
        let element = (space(), inner, space())
            .prop_map(|(before, value, after)| format!("{before}{value}{after}"))
            .boxed();
        let member = (name(), element.clone()).prop_map(|(name, value)| format!("{name}:{value}"));
        prop_oneof![
            prop::collection::vec(element, 0..4).prop_map(|list| format!("[{}]", list.join(","))),
            prop::collection::vec(member, 0..4).prop_map(|list| format!("{{{}}}", list.join(","))),
        ]
    })
}
