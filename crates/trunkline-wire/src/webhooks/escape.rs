//! JSON in ASCII, for receivers that hash an ASCII view of the body.

/// Writes every character beyond ASCII as `\uXXXX` (lower-case hex; two of them for characters beyond 16 bits), which
/// changes no value: outside its strings JSON is ASCII. Client that needs it: the .NET bot hand-off connector. Source:
/// spec 06 §4.
pub fn escape_non_ascii(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            character.encode_utf16(&mut [0; 2]).iter().for_each(|&unit| push_unit(unit, &mut escaped));
        }
    }
    escaped
}

fn push_unit(unit: u16, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push(char::from(HEX[usize::from(unit >> shift & 15)]));
    }
}
