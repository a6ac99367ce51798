//! What a text is compared with.

use regex::{Regex, RegexBuilder};

/// The most memory that one compiled expression may take.
const LARGEST: usize = 1 << 20;

/// Part of a text, or an expression between slashes. Case never matters.
#[derive(Debug)]
pub(super) enum Pattern {
    /// The text contains this, written in lower case here.
    Contains(String),
    /// The expression matches somewhere in the text.
    Matches(Regex),
}

impl Pattern {
    /// Reads `refund` or `/^(hi|hello)\b/`.
    ///
    /// # Errors
    /// Why the text is no pattern.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
        match inner {
            Some(expression) if !expression.is_empty() => RegexBuilder::new(expression)
                .case_insensitive(true)
                .size_limit(LARGEST)
                .build()
                .map(Self::Matches)
                .map_err(|error| format!("no regular expression: {}", last_line(&error))),
            _ if text.trim().is_empty() => {
                Err("is empty; leave what fits every text to [[default]]".to_owned())
            }
            _ => Ok(Self::Contains(text.to_lowercase())),
        }
    }

    /// Whether a text fits.
    pub(super) fn fits(&self, text: &str) -> bool {
        match self {
            Self::Contains(part) => text.to_lowercase().contains(part),
            Self::Matches(expression) => expression.is_match(text),
        }
    }
}

/// The library draws the expression with a pointer under it; the last line says what is wrong.
fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    let line = text.lines().last().unwrap_or_default().trim();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_expressions_ignore_case() {
        for (pattern, text, fits) in [
            ("Refund", "I want a REFUND now", true),
            ("refund", "re fund", false),
            ("straße", "Hauptstraße 1", true),
            ("a.c", "abc", false),
            ("/a.c/", "xABCx", true),
            (r"/^(hi|hello)\b/", "Hello there", true),
            (r"/^(hi|hello)\b/", "high", false),
            ("/", "1/2", true),
            ("/path", "a /path b", true),
            ("//", "https://x", true),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().fits(text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_explained() {
        for (pattern, words) in
            [("", "empty"), ("  ", "empty"), ("/(/", "unclosed group"), ("/a{9999999}/", "no regular")]
        {
            let error = Pattern::parse(pattern).unwrap_err();
            assert!(error.contains(words), "{pattern}: {error}");
        }
    }
}
