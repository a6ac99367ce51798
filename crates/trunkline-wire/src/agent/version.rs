//! The version of the protocol that a socket asks for in its query. Source: spec 21 §1, 24 §1.

/// The version of an agent's socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AgentVersion {
    /// `2` and `2.0`, also without `v`: is not told about suggested agents.
    V2,
    /// `2.1`: is told about suggested agents.
    V2Dot1,
}

impl AgentVersion {
    /// Reads `v` of the query, if there is one; `None` for versions that are refused with 400.
    pub fn parse(v: Option<&str>) -> Option<Self> {
        match v {
            None | Some("2" | "2.0") => Some(Self::V2),
            Some("2.1") => Some(Self::V2Dot1),
            Some(_) => None,
        }
    }
}

/// `v` of a consumer's socket; any other is refused with 400.
pub const CONSUMER_VERSION: &str = "3";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        for v in [None, Some("2"), Some("2.0")] {
            assert_eq!(AgentVersion::parse(v), Some(AgentVersion::V2));
        }
        assert_eq!(AgentVersion::parse(Some("2.1")), Some(AgentVersion::V2Dot1));
        for v in ["", "1", "3", "2.10", " 2"] {
            assert_eq!(AgentVersion::parse(Some(v)), None);
        }
    }
}
