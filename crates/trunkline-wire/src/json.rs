//! JSON as JavaScript would print it.
//!
//! Many webhook receivers parse a body, print it again with `JSON.stringify` and verify the signature over that text.
//! Whatever is relayed is therefore brought into that form once, when it is accepted: no white space, `/` and
//! non-ASCII raw, control characters as `\b \f \n \r \t` or lower-case `\u00xx`, numbers as JavaScript prints doubles,
//! integer-like member names first and ascending, the last of several equal names. Source: spec 06 §4.

use std::collections::HashMap;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// Why a text is not acceptable JSON.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// Not JSON, or JSON that JavaScript could not print back (a lone surrogate, a number beyond the doubles).
    #[error("not valid JSON")]
    Syntax(#[source] serde_json::Error),
    /// Nested deeper than allowed.
    #[error("nested deeper than {0} levels")]
    TooDeep(usize),
}

/// Refuses JSON text nested deeper than `limit` levels, in one pass and without recursion.
///
/// # Errors
/// [`JsonError::TooDeep`]. Malformed text is not noticed here.
pub fn check_depth(text: &[u8], limit: usize) -> Result<(), JsonError> {
    // Most requests have fewer brackets than levels allowed, and counting goes many bytes at a time.
    if text.iter().filter(|byte| matches!(byte, b'[' | b'{')).count() <= limit {
        return Ok(());
    }
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for &byte in text {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > limit {
                    return Err(JsonError::TooDeep(limit));
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// A JSON value with JavaScript's idea of numbers and member order.
#[derive(Debug, Clone, PartialEq)]
pub enum JsValue {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Every number is a double.
    Number(f64),
    /// Text.
    Text(String),
    /// A list.
    Array(Vec<JsValue>),
    /// Members in the order in which JavaScript enumerates them.
    Object(Members),
}

/// The members of an object in the order in which JavaScript enumerates them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Members(Vec<(String, JsValue)>);

impl Members {
    /// The value of a member.
    pub fn get(&self, name: &str) -> Option<&JsValue> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Takes a member out.
    pub fn take(&mut self, name: &str) -> Option<JsValue> {
        let index = self.0.iter().position(|(key, _)| key == name)?;
        Some(self.0.remove(index).1)
    }

    /// Moves the named members to the front, in the given order; the others follow as they were.
    pub fn lead_with(&mut self, names: &[&str]) {
        let mut front = 0;
        for name in names {
            if let Some(index) = self.0.iter().position(|(key, _)| key == name) {
                let member = self.0.remove(index);
                self.0.insert(front, member);
                front += 1;
            }
        }
        self.settle();
    }

    /// Sets a member, replacing one of the same name in its place.
    pub fn set(&mut self, name: &str, value: JsValue) {
        match self.0.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
        self.settle();
    }

    /// Takes the members of `newer` over, replacing those of the same name in their place. Linear: both may be large.
    pub fn overlay(&mut self, newer: Self) {
        let places: HashMap<String, usize> =
            self.0.iter().enumerate().map(|(place, (key, _))| (key.clone(), place)).collect();
        for (name, value) in newer.0 {
            match places.get(&name) {
                Some(&place) => self.0[place].1 = value,
                None => self.0.push((name, value)),
            }
        }
        self.settle();
    }

    /// True without members.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The members, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &JsValue)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Puts integer-like names first and ascending, as JavaScript enumerates them.
    fn settle(&mut self) {
        if self.0.iter().any(|(key, _)| array_index(key).is_some()) {
            self.0.sort_by_key(|(key, _)| array_index(key).map_or((1, 0), |index| (0, index)));
        }
    }
}

/// The number a member name stands for if JavaScript treats it as an array index: canonical decimal below 2³² − 1.
fn array_index(key: &str) -> Option<u32> {
    if key.is_empty() || key.len() > 10 || (key.len() > 1 && key.starts_with('0')) {
        return None;
    }
    if !key.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    key.parse().ok().filter(|index| *index != u32::MAX)
}

impl JsValue {
    /// Parses JSON text of any layout.
    ///
    /// # Errors
    /// [`JsonError::Syntax`].
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        serde_json::from_str(text).map_err(JsonError::Syntax)
    }

    /// The text, if this is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The members, if this is an object.
    pub fn as_object(&self) -> Option<&Members> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The number as an integer, if it is one that a double holds exactly.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            #[expect(clippy::cast_possible_truncation, reason = "checked to be an integer within ±2^53")]
            Self::Number(number) if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 => {
                Some(*number as i64)
            }
            _ => None,
        }
    }

    /// Prints the value as `JSON.stringify` would.
    pub fn to_json(&self) -> JsonText {
        let mut text = String::with_capacity(192);
        self.write(&mut text);
        JsonText(text.into_boxed_str())
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Number(number) => write_number(*number, out),
            Self::Text(text) => write_text(text, out),
            Self::Array(list) => {
                out.push('[');
                for (index, element) in list.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    element.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_text(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_number(number: f64, out: &mut String) {
    if number == 0.0 {
        out.push('0');
    } else {
        out.push_str(ryu_js::Buffer::new().format_finite(number));
    }
}

/// Writes a JSON string literal: only `"`, `\` and control characters are escaped.
pub fn write_text(text: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push('"');
    let mut from = 0;
    for (index, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            0x08 => "\\b",
            0x0c => "\\f",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[from..index]);
        if escape.is_empty() {
            out.push_str("\\u00");
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        } else {
            out.push_str(escape);
        }
        from = index + 1;
    }
    out.push_str(&text[from..]);
    out.push('"');
}

impl<'de> Deserialize<'de> for JsValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsVisitor)
    }
}

struct JsVisitor;

impl<'de> Visitor<'de> for JsVisitor {
    type Value = JsValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<JsValue, E> {
        Ok(JsValue::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<JsValue, E> {
        Ok(JsValue::Bool(value))
    }
    #[expect(clippy::cast_precision_loss, reason = "JavaScript reads integers as doubles too")]
    fn visit_i64<E>(self, value: i64) -> Result<JsValue, E> {
        Ok(JsValue::Number(value as f64))
    }
    #[expect(clippy::cast_precision_loss, reason = "JavaScript reads integers as doubles too")]
    fn visit_u64<E>(self, value: u64) -> Result<JsValue, E> {
        Ok(JsValue::Number(value as f64))
    }
    fn visit_f64<E>(self, value: f64) -> Result<JsValue, E> {
        Ok(JsValue::Number(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<JsValue, E> {
        Ok(JsValue::Text(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<JsValue, E> {
        Ok(JsValue::Text(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<JsValue, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(JsValue::Array(elements))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsValue, A::Error> {
        let mut members: Vec<(String, JsValue)> = Vec::new();
        let mut index = HashMap::new();
        while let Some((name, value)) = map.next_entry::<String, JsValue>()? {
            // Small objects are searched, large ones indexed: a body of a million members stays linear.
            let known = if members.len() < 16 {
                members.iter().position(|(key, _)| *key == name)
            } else {
                if index.is_empty() {
                    index.extend(members.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)));
                }
                index.get(&name).copied()
            };
            if let Some(at) = known {
                members[at].1 = value;
            } else {
                if members.len() >= 16 {
                    index.insert(name.clone(), members.len());
                }
                members.push((name, value));
            }
        }
        let mut members = Members(members);
        members.settle();
        Ok(JsValue::Object(members))
    }
}

/// JSON text in the form JavaScript prints, kept as text because nobody inside looks at it again.
#[derive(Clone, PartialEq, Eq)]
pub struct JsonText(Box<str>);

impl JsonText {
    /// Brings JSON text of any layout into JavaScript's form.
    ///
    /// # Errors
    /// [`JsonError::Syntax`].
    pub fn normalise(text: &str) -> Result<Self, JsonError> {
        JsValue::parse(text).map(|value| value.to_json())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonText({} bytes)", self.as_str().len())
    }
}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// Reads text that was normalised before it was stored; foreign text goes through [`JsonText::normalise`].
impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(|raw| Self(raw.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> String {
        JsonText::normalise(text).unwrap().as_str().to_owned()
    }

    #[test]
    fn prints_what_javascript_would_print() {
        // Expected texts were taken from JSON.stringify(JSON.parse(x)) in Node 20.
        for (given, expected) in [
            (r#" { "b" : 1.0 , "a" : [ 1e2 , -0 , 1e21 ] } "#, r#"{"b":1,"a":[100,0,1e+21]}"#),
            (r#"{"10":1,"2":2,"x":3,"01":4}"#, r#"{"2":2,"10":1,"x":3,"01":4}"#),
            (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
            (r#""\u00fc\/\ud83d\ude00\u2028\u0001\u007f""#, "\"ü/😀\u{2028}\\u0001\u{7f}\""),
            ("12345678901234567890", "12345678901234567000"),
            ("0.1e-6", "1e-7"),
            ("123456789.125", "123456789.125"),
            (r#""\b\f\n\r\t\"\\""#, r#""\b\f\n\r\t\"\\""#),
            ("[]", "[]"),
            ("{}", "{}"),
        ] {
            assert_eq!(normal(given), expected, "{given}");
        }
    }

    #[test]
    fn refuses_what_javascript_could_not_print_back() {
        for text in ["1e999", r#""\ud800""#, "{", "nul", "[1,]", ""] {
            assert!(JsonText::normalise(text).is_err(), "{text}");
        }
    }

    #[test]
    fn depth_counts_brackets_outside_strings() {
        assert!(check_depth(br#"[["[[[[\"[[["]]"#, 2).is_ok());
        assert!(check_depth(b"[[[1]]]", 2).is_err());
    }

    #[test]
    fn newer_members_replace_older_ones_in_their_place() {
        let members = |text: &str| match JsValue::parse(text).unwrap() {
            JsValue::Object(members) => members,
            other => panic!("{other:?}"),
        };
        let mut merged = members(r#"{"a":1,"b":2}"#);
        merged.overlay(members(r#"{"c":3,"a":4,"7":5}"#));
        assert_eq!(JsValue::Object(merged).to_json().as_str(), r#"{"7":5,"a":4,"b":2,"c":3}"#);
    }

    #[test]
    fn many_equal_names_keep_the_last_value() {
        let body = (0..40).map(|n| format!("\"k{}\":{n}", n % 20)).collect::<Vec<_>>().join(",");
        let value = JsValue::parse(&format!("{{{body}}}")).unwrap();
        let members = value.as_object().unwrap();
        assert_eq!(members.iter().count(), 20);
        assert_eq!(members.get("k3"), Some(&JsValue::Number(23.0)));
    }

    proptest::proptest! {
        #[test]
        fn every_double_survives_to_the_last_bit(number in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL) {
            let mut text = String::new();
            write_number(number, &mut text);
            proptest::prop_assert_eq!(normal(&text), text.as_str());
            // The longest form that other libraries print.
            proptest::prop_assert_eq!(normal(&format!("{number:.24e}")), text);
        }

        #[test]
        fn normal_form_is_a_fixed_point(text in ".*") {
            let mut literal = String::new();
            write_text(&text, &mut literal);
            proptest::prop_assert_eq!(normal(&literal), literal);
        }
    }
}
