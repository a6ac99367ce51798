//! How many files and sockets the process may have open.

use crate::config::Settings;

/// The store, listeners, logs and what else is open beside connections.
const OTHERS: u64 = 128;
/// An upload to S3 has its connection, a temporary file and a connection to the store; one to the folder has less.
const OF_AN_UPLOAD: u64 = 3;

/// Allows as many as the system lets this process have, and warns when that is less than the configuration may need. Shells
/// and service managers leave the limit at 1024 for programs that know no more.
pub(crate) fn allow(settings: &Settings) {
    let allowed = raised();
    let needed = needed(settings.limits.connections as u64, settings.files.uploads as u64);
    if allowed.is_some_and(|allowed| allowed < needed) {
        tracing::warn!(
            allowed,
            needed,
            "the process may open fewer files than its limits allow for: raise the hard limit (ulimit -Hn, LimitNOFILE), \
             or lower limits.connections"
        );
    }
}

fn needed(connections: u64, uploads: u64) -> u64 {
    // Connections with an upload are among them.
    connections.saturating_add(uploads.saturating_mul(OF_AN_UPLOAD - 1)).saturating_add(OTHERS)
}

/// Raises the limit to what is possible and returns it; `None` for no limit.
#[cfg(unix)]
fn raised() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return current;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        // As some systems do that have another bound beside this one.
        Err(error) => {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the limit of open files stays as it is"
            );
            current
        }
    }
}

#[cfg(not(unix))]
fn raised() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uploads_need_more_than_their_connection() {
        assert_eq!(needed(10_000, 256), 10_640);
    }

    #[cfg(unix)]
    #[test]
    fn the_limit_is_what_the_system_allows() {
        use rustix::process::{Resource, getrlimit};

        let allowed = raised();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(allowed, limit.current);
        // Where it cannot be raised it stays as it was.
        assert!(limit.current == limit.maximum || raised() == allowed);
    }
}
