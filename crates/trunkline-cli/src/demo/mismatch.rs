//! An answer that is not what the spec says.

use std::fmt;

/// What was expected and what came instead.
#[derive(Debug)]
pub(crate) struct Mismatch(pub String);

impl Mismatch {
    pub(crate) fn new(text: impl fmt::Display) -> Self {
        Self(text.to_string())
    }
}

/// Fails unless the rule holds.
pub(crate) fn expect(holds: bool, rule: impl fmt::Display) -> Result<(), Mismatch> {
    if holds { Ok(()) } else { Err(Mismatch::new(rule)) }
}
