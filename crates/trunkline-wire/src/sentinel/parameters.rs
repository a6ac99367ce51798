//! The parameters of a token request, from the query and from the form body. Source: spec 03 §2.

use std::borrow::Cow;

/// The parameters we know; others are ignored (RFC 6749 §3.2).
pub(super) const NAMES: [&str; 5] = ["v", "grant_type", "client_id", "client_secret", "scope"];

/// Why the parameters cannot be read. The text is safe to show: it repeats none of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// A parameter occurs twice in the query or twice in the body.
    #[error("parameter {0} occurs more than once")]
    Repeated(&'static str),
    /// A parameter has one value in the query and another in the body.
    #[error("parameter {0} has different values in the query and in the body")]
    Contradictory(&'static str),
    /// A broken percent sequence, or not UTF-8 after decoding.
    #[error("the {0} is not correctly percent-encoded UTF-8")]
    Encoding(&'static str),
    /// A body that is no form.
    #[error("the body must be application/x-www-form-urlencoded")]
    ContentType,
}

/// Where a list of parameters stands; `+` means a space in a form body only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Query,
    Body,
}

impl Place {
    const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Body => "body",
        }
    }
}

/// The known parameters of one place, in the order of [`NAMES`]. Those without a value count as absent (RFC 6749 §3.2).
pub(super) type Values<'a> = [Option<Cow<'a, str>>; NAMES.len()];

/// Reads one place.
pub(super) fn read(text: &[u8], place: Place) -> Result<Values<'_>, ParameterError> {
    let mut values = Values::default();
    let mut seen = [false; NAMES.len()];
    for pair in text.split(|byte| *byte == b'&') {
        let split = pair.iter().position(|byte| *byte == b'=');
        let (name, value) = split.map_or((pair, &pair[pair.len()..]), |at| (&pair[..at], &pair[at + 1..]));
        let name = decode(name, place)?;
        let Some(index) = NAMES.iter().position(|known| *known == name) else { continue };
        if std::mem::replace(&mut seen[index], true) {
            return Err(ParameterError::Repeated(NAMES[index]));
        }
        let value = decode(value, place)?;
        values[index] = (!value.is_empty()).then_some(value);
    }
    Ok(values)
}

/// Joins both places: equal values are fine, different ones are not.
pub(super) fn join<'a>(query: Values<'a>, body: Values<'a>) -> Result<Values<'a>, ParameterError> {
    let mut joined = query;
    for (index, (joined, body)) in joined.iter_mut().zip(body).enumerate() {
        match (&joined, body) {
            (_, None) => {}
            (None, body) => *joined = body,
            (Some(query), Some(body)) if *query == body => {}
            _ => return Err(ParameterError::Contradictory(NAMES[index])),
        }
    }
    Ok(joined)
}

fn decode(text: &[u8], place: Place) -> Result<Cow<'_, str>, ParameterError> {
    let error = ParameterError::Encoding(place.name());
    let plus = place == Place::Body;
    if !text.iter().any(|byte| *byte == b'%' || (plus && *byte == b'+')) {
        return std::str::from_utf8(text).map(Cow::Borrowed).map_err(|_| error);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || bytes.next().and_then(|byte| char::from(*byte).to_digit(16));
                let (high, low) = digit().zip(digit()).ok_or(error)?;
                u8::try_from(high << 4 | low).map_err(|_| error)?
            }
            b'+' if plus => b' ',
            other => *other,
        });
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| error)
}
