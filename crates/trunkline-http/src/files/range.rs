//! `Range`, as far as one range goes. Source: RFC 9110 §14.

use std::ops::Range;

/// Which part of a file a request wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it: nothing was asked for, or what was cannot be read, or it is more than one range.
    Whole,
    /// These bytes; not empty and inside the file.
    Part(Range<u64>),
    /// Bytes that are not there: 416.
    Nothing,
}

/// Reads the value of `Range` for a file of `size` bytes, which is not 0.
pub(super) fn wanted(value: Option<&[u8]>, size: u64) -> Wanted {
    let text = value.and_then(|value| std::str::from_utf8(value).ok()).and_then(bytes_unit);
    let Some((first, last)) = text.and_then(|range| range.trim().split_once('-')) else {
        return Wanted::Whole;
    };
    match (number(first), number(last)) {
        (Ok(Some(first)), Ok(last)) if last.is_none_or(|last| last >= first) => {
            let end = last.map_or(size, |last| last.saturating_add(1).min(size));
            if first < size { Wanted::Part(first..end) } else { Wanted::Nothing }
        }
        // The last so many bytes.
        (Ok(None), Ok(Some(0))) => Wanted::Nothing,
        (Ok(None), Ok(Some(count))) => Wanted::Part(size.saturating_sub(count)..size),
        _ => Wanted::Whole,
    }
}

fn bytes_unit(value: &str) -> Option<&str> {
    let (unit, range) = value.split_once('=')?;
    unit.trim().eq_ignore_ascii_case("bytes").then_some(range)
}

/// Something else than digits.
struct NoNumber;

/// Digits, or nothing at all. Too many digits are as good as the largest number.
fn number(text: &str) -> Result<Option<u64>, NoNumber> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NoNumber);
    }
    Ok((!text.is_empty()).then(|| text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Wanted {
        wanted(Some(value.as_bytes()), 1000)
    }

    #[test]
    fn one_range_is_read() {
        for (value, range) in [
            ("bytes=0-499", 0..500),
            ("bytes=500-", 500..1000),
            ("bytes=-1", 999..1000),
            ("bytes=-1000", 0..1000),
            ("bytes=-5000", 0..1000),
            ("bytes=0-0", 0..1),
            ("bytes=999-999", 999..1000),
            ("bytes=10-99999", 10..1000),
            ("bytes=0-99999999999999999999999999", 0..1000),
            ("Bytes = 1-2", 1..3),
        ] {
            assert_eq!(of(value), Wanted::Part(range), "{value}");
        }
    }

    #[test]
    fn bytes_that_are_not_there_are_refused() {
        for value in ["bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(of(value), Wanted::Nothing, "{value}");
        }
    }

    #[test]
    fn anything_else_means_the_whole() {
        assert_eq!(wanted(None, 1000), Wanted::Whole);
        assert_eq!(wanted(Some(b"bytes=\xff-"), 1000), Wanted::Whole);
        for value in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5-4",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=0-1,5-6",
            "lines=0-1",
            "bytes=--1",
        ] {
            assert_eq!(of(value), Wanted::Whole, "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_part_is_never_empty_and_never_outside(value in "bytes=[0-9]{0,22}-[0-9]{0,22}", size in 1_u64..5000) {
            if let Wanted::Part(range) = wanted(Some(value.as_bytes()), size) {
                proptest::prop_assert!(range.start < range.end && range.end <= size);
            }
        }
    }
}
