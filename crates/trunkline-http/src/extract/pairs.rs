//! Query strings and form bodies, with duplicates kept.

use std::borrow::Cow;

/// More parameters than any documented request has.
const PAIRS_MOST: usize = 100;

/// Names and values in the order in which they came. A name may occur several times: whether that is an error is for
/// the endpoint to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// Why a query string or form body is unreadable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PairsError {
    /// A `%` without two hexadecimal digits, or bytes that are not UTF-8.
    #[error("a parameter is not percent-encoded UTF-8")]
    Encoding,
    /// Too many parameters.
    #[error("more than {PAIRS_MOST} parameters")]
    TooMany,
}

impl<'a> Pairs<'a> {
    /// Parses `application/x-www-form-urlencoded` text: `+` is a space, a missing `=` means an empty value, empty
    /// pairs are skipped.
    ///
    /// # Errors
    /// When the encoding is broken or there are too many pairs.
    pub fn parse(text: &'a str) -> Result<Self, PairsError> {
        let mut pairs = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            if pairs.len() == PAIRS_MOST {
                return Err(PairsError::TooMany);
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            pairs.push((decode(name)?, decode(value)?));
        }
        Ok(Self(pairs))
    }

    /// Parses the query string of a request.
    ///
    /// # Errors
    /// As for [`Pairs::parse`].
    pub fn of_query(uri: &'a http::Uri) -> Result<Self, PairsError> {
        Self::parse(uri.query().unwrap_or(""))
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values of a name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.iter().filter(move |(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Everything, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}

fn decode(text: &str) -> Result<Cow<'_, str>, PairsError> {
    if !text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = bytes.next().and_then(hex_digit).ok_or(PairsError::Encoding)?;
                let low = bytes.next().and_then(hex_digit).ok_or(PairsError::Encoding)?;
                high << 4 | low
            }
            other => other,
        });
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| PairsError::Encoding)
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_duplicates_are_kept() {
        let pairs = Pairs::parse("v=1.0&client_id=a&&v=2&flag&empty=&x=a=b").unwrap();
        let all: Vec<_> = pairs.iter().collect();
        let expected =
            [("v", "1.0"), ("client_id", "a"), ("v", "2"), ("flag", ""), ("empty", ""), ("x", "a=b")];
        assert_eq!(all, expected);
        assert_eq!(pairs.get("v"), Some("1.0"));
        assert_eq!(pairs.all("v").collect::<Vec<_>>(), ["1.0", "2"]);
        assert_eq!(pairs.get("absent"), None);
    }

    #[test]
    fn percent_and_plus_are_decoded() {
        let pairs = Pairs::parse("a%20b=%C3%BC+%2B%26%3d").unwrap();
        assert_eq!(pairs.get("a b"), Some("ü +&="));
    }

    #[test]
    fn broken_encoding_is_refused() {
        for text in ["a=%", "a=%2", "a=%zz", "%ff=1", "a=%+1"] {
            assert_eq!(Pairs::parse(text), Err(PairsError::Encoding), "{text}");
        }
    }

    #[test]
    fn the_number_of_pairs_is_bounded() {
        assert!(Pairs::parse(&"a=1&".repeat(100)).is_ok());
        assert_eq!(Pairs::parse(&"a=1&".repeat(101)), Err(PairsError::TooMany));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in ".*") {
            let _ = Pairs::parse(&text);
        }
    }
}
