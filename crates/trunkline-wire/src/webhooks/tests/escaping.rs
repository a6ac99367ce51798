use proptest::prelude::*;

use super::super::escape_non_ascii;

#[test]
fn characters_beyond_ascii_become_lower_case_hex() {
    for (given, expected) in [
        ("", ""),
        ("plain \\n / \u{7f}", "plain \\n / \u{7f}"),
        ("Grüße 😀", "Gr\\u00fc\\u00dfe \\ud83d\\ude00"),
        ("\u{80}\u{7ff}\u{800}", "\\u0080\\u07ff\\u0800"),
        ("\u{2028}\u{feff}\u{ffff}", "\\u2028\\ufeff\\uffff"),
        ("\u{10000}\u{10ffff}", "\\ud800\\udc00\\udbff\\udfff"),
    ] {
        assert_eq!(escape_non_ascii(given), expected);
    }
}

proptest! {
    #[test]
    fn every_text_reads_back_as_it_was(text: String) {
        let literal = serde_json::to_string(&text).unwrap();
        let escaped = escape_non_ascii(&literal);
        prop_assert!(escaped.is_ascii());
        prop_assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
        prop_assert_eq!(escape_non_ascii(&escaped), escaped);
    }
}
