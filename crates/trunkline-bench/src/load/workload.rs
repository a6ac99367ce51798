//! What a connection sends and what it expects.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::http::Answer;

/// The requests of one connection.
pub trait Workload: Send + 'static {
    /// Writes the next request; `false` when there is none.
    fn write(&mut self, request: &mut Vec<u8>) -> bool;

    /// Whether the answer to the request written last is as expected.
    fn accepts(&mut self, answer: &Answer<'_>) -> bool;
}

/// The same requests again and again, each connection starting elsewhere.
#[derive(Debug, Clone)]
pub struct Rotation {
    requests: Arc<[Vec<u8>]>,
    position: usize,
    status: u16,
    needle: &'static [u8],
}

impl Rotation {
    /// One workload per connection; answers must have `status` and contain `needle`.
    pub fn spread(
        requests: Vec<Vec<u8>>,
        connections: usize,
        status: u16,
        needle: &'static [u8],
    ) -> Vec<Self> {
        let requests: Arc<[Vec<u8>]> = requests.into();
        (0..connections)
            .map(|n| Self {
                position: n * requests.len() / connections.max(1),
                requests: Arc::clone(&requests),
                status,
                needle,
            })
            .collect()
    }
}

impl Workload for Rotation {
    fn write(&mut self, request: &mut Vec<u8>) -> bool {
        let next = self.requests.get(self.position).or_else(|| {
            self.position = 0;
            self.requests.first()
        });
        self.position += 1;
        next.is_some_and(|bytes| {
            request.extend_from_slice(bytes);
            true
        })
    }

    fn accepts(&mut self, answer: &Answer<'_>) -> bool {
        answer.status == self.status && answer.contains(self.needle)
    }
}

/// Numbered requests that are made on the fly and whose answers yield something.
pub trait Each: Send + Sync + 'static {
    /// What an answer yields.
    type Yield: Send + 'static;

    /// Writes request number `index`.
    fn write(&self, index: usize, request: &mut Vec<u8>);

    /// Takes what is wanted out of the answer; `None` when it is not as expected.
    fn read(&self, index: usize, answer: &Answer<'_>) -> Option<Self::Yield>;
}

/// Hands the numbers of an [`Each`] out to connections, each number once, up to an end.
#[derive(Debug)]
pub struct Exhaustible<E: Each> {
    each: Arc<E>,
    next: Arc<AtomicUsize>,
    end: usize,
    current: usize,
    yields: Vec<(usize, E::Yield)>,
}

impl<E: Each> Exhaustible<E> {
    /// One workload per connection over the numbers `next…end`. The counter outlives a run, so that a later run goes on.
    pub fn spread(each: &Arc<E>, next: &Arc<AtomicUsize>, end: usize, connections: usize) -> Vec<Self> {
        (0..connections)
            .map(|_| Self {
                each: Arc::clone(each),
                next: Arc::clone(next),
                end,
                current: 0,
                yields: Vec::new(),
            })
            .collect()
    }

    /// What all connections' answers yielded, by number.
    pub fn collect(workloads: Vec<Self>) -> Vec<E::Yield> {
        let mut all: Vec<_> = workloads.into_iter().flat_map(|workload| workload.yields).collect();
        all.sort_unstable_by_key(|(index, _)| *index);
        all.into_iter().map(|(_, value)| value).collect()
    }
}

impl<E: Each> Workload for Exhaustible<E> {
    fn write(&mut self, request: &mut Vec<u8>) -> bool {
        self.current = self.next.fetch_add(1, Ordering::Relaxed);
        if self.current >= self.end {
            return false;
        }
        self.each.write(self.current, request);
        true
    }

    fn accepts(&mut self, answer: &Answer<'_>) -> bool {
        let value = self.each.read(self.current, answer);
        let accepted = value.is_some();
        self.yields.extend(value.map(|value| (self.current, value)));
        accepted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_starts_over() {
        let mut all = Rotation::spread(vec![b"a".to_vec(), b"b".to_vec()], 2, 200, b"OK");
        let mut second = all.remove(1);
        let mut bytes = Vec::new();
        assert!((0..3).all(|_| second.write(&mut bytes)));
        assert_eq!(bytes, b"bab");
        assert!(second.accepts(&Answer { status: 200, body: b"{OK}" }));
        assert!(!second.accepts(&Answer { status: 200, body: b"{}" }));
        assert!(!second.accepts(&Answer { status: 500, body: b"OK" }));
    }

    #[test]
    fn an_empty_rotation_ends_at_once() {
        let mut all = Rotation::spread(Vec::new(), 1, 200, b"");
        assert!(!all.remove(0).write(&mut Vec::new()));
    }
}
