//! Seek paging: a page says where the next one starts.

/// Asks for the entries after `after`, `limit` at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest<C> {
    /// The cursor of the last entry already seen; `None` starts at the beginning.
    pub after: Option<C>,
    /// The most entries to return.
    pub limit: usize,
}

impl<C> PageRequest<C> {
    /// The first page.
    pub fn first(limit: usize) -> Self {
        Self { after: None, limit }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, C> {
    /// The entries, in order.
    pub items: Vec<T>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<C>,
}
