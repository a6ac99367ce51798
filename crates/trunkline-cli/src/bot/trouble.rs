//! What keeps a bot from working, and what it does about it.

use http::StatusCode;

use super::desk::Broken;
use crate::failure::{Exit, Failure};

/// Why a bot does not work at the moment.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("no answer from {host}")]
    Unreachable {
        host: String,
        #[source]
        cause: anyhow::Error,
    },
    #[error("the server refused the login")]
    LoginRefused,
    #[error("the bearer is not valid, or not any more")]
    BearerRefused,
    #[error("{what} was answered with {status}")]
    Status { what: &'static str, status: StatusCode },
    #[error("{0} cannot be read")]
    Answer(&'static str, #[source] anyhow::Error),
    #[error("the Domain API names no {0}")]
    NoService(&'static str),
    #[error("cannot prepare TLS")]
    Tls(#[source] anyhow::Error),
    #[error("the connection was lost: {0}")]
    Lost(String),
    #[error("the connection is of no use")]
    Broken(#[from] Broken),
}

impl Trouble {
    /// A login with the same credentials would be refused again.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::LoginRefused | Self::Tls(_))
    }

    /// The session is over; another one may be had.
    pub(super) fn ends_session(&self) -> bool {
        matches!(self, Self::BearerRefused | Self::Broken(Broken::Unauthorized))
    }

    /// The server asked for a pause.
    pub(super) fn is_busy(&self) -> bool {
        self.exit() == Exit::Busy
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Unreachable { .. } | Self::Lost(_) => Exit::Unreachable,
            Self::LoginRefused | Self::BearerRefused | Self::Broken(Broken::Unauthorized) => {
                Exit::Unauthorized
            }
            Self::Status { status, .. } => match status.as_u16() {
                404 => Exit::NotFound,
                429 | 503 => Exit::Busy,
                _ => Exit::Failure,
            },
            Self::Answer(..) | Self::NoService(_) | Self::Tls(_) | Self::Broken(_) => Exit::Failure,
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        let hint = match &trouble {
            Trouble::Unreachable { .. } => {
                Some("is the server running, and is its authority named by --ca-file?")
            }
            Trouble::LoginRefused => {
                Some("check --account, --username and the password; is the user disabled?")
            }
            Trouble::BearerRefused => Some("get a new one, or give the bot --username and --password-stdin"),
            Trouble::NoService(_) => Some("is this the address of a trunkline server of this version?"),
            _ => None,
        };
        let failure = Self::new(trouble.exit(), trouble);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
