//! How many sockets are open, for `/metrics`.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Who speaks over a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Agents and bots.
    Agent,
    /// Consumers.
    Consumer,
}

/// The open sockets by kind.
#[derive(Debug, Default)]
pub(crate) struct OpenSockets {
    agents: AtomicUsize,
    consumers: AtomicUsize,
}

impl OpenSockets {
    /// Counts one more until what is returned is dropped.
    pub(crate) fn count(self: &Arc<Self>, kind: Kind) -> Counted {
        self.of(kind).fetch_add(1, Ordering::Relaxed);
        Counted { sockets: Arc::clone(self), kind }
    }

    /// The gauge in Prometheus' text format.
    pub(crate) fn render(&self) -> String {
        let mut text = "# TYPE trunkline_sockets_open gauge\n".to_owned();
        for (kind, label) in [(Kind::Agent, "agent"), (Kind::Consumer, "consumer")] {
            let open = self.of(kind).load(Ordering::Relaxed);
            // Writing to text never fails.
            let _ = writeln!(text, "trunkline_sockets_open{{kind=\"{label}\"}} {open}");
        }
        text
    }

    fn of(&self, kind: Kind) -> &AtomicUsize {
        match kind {
            Kind::Agent => &self.agents,
            Kind::Consumer => &self.consumers,
        }
    }
}

/// A socket that is counted.
#[derive(Debug)]
pub(crate) struct Counted {
    sockets: Arc<OpenSockets>,
    kind: Kind,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.sockets.of(self.kind).fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_count_while_they_are_open() {
        let open = Arc::new(OpenSockets::default());
        let one = open.count(Kind::Agent);
        let _other = open.count(Kind::Consumer);
        assert!(open.render().contains("trunkline_sockets_open{kind=\"agent\"} 1\n"));
        drop(one);
        assert!(open.render().contains("trunkline_sockets_open{kind=\"agent\"} 0\n"));
        assert!(open.render().contains("trunkline_sockets_open{kind=\"consumer\"} 1\n"));
    }
}
