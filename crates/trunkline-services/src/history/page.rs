//! Pages of lists. Source: spec 08 §3.

use trunkline_wire::history::Cursor;

use crate::Error;

/// How far `offset` and `limit` reach together; beyond, lists go on by cursor.
pub const OFFSET_MOST: usize = 10_000;

/// The most conversations of a page. Source: spec 08 §3.
const LIMIT_MOST: usize = 100;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListPage {
    /// How many conversations to skip; with a cursor, what it says.
    pub(super) offset: usize,
    /// The most conversations.
    pub(super) limit: usize,
    /// Whether the conversation that was started last comes first.
    pub(super) newest_first: bool,
    /// After which conversation.
    pub(super) cursor: Option<Cursor>,
}

impl ListPage {
    /// The conversations of a page of whoever does not say how many. Source: spec 08 §3.
    pub const LIMIT: usize = 50;

    /// A page. A cursor knows what is left of the offset of the request that it came from, so the same request with the
    /// cursor is the next page: `offset` says nothing then.
    ///
    /// # Errors
    /// [`Error::Invalid`] for numbers against the rules.
    pub fn new(
        offset: usize,
        limit: usize,
        newest_first: bool,
        cursor: Option<Cursor>,
    ) -> Result<Self, Error> {
        if !(1..=LIMIT_MOST).contains(&limit) {
            return Err(Error::Invalid(format!("limit must be 1 to {LIMIT_MOST}")));
        }
        let offset = cursor.map_or(offset, |cursor| cursor.skip);
        if offset.saturating_add(limit) > OFFSET_MOST {
            return Err(Error::Invalid(format!(
                "offset and limit must not reach beyond {OFFSET_MOST}; go on with the cursor of an answer, or ask for less"
            )));
        }
        Ok(Self { offset, limit, newest_first, cursor })
    }
}
