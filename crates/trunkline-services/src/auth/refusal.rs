//! Which token was refused, and why. Texts are safe to show.

use trunkline_jose::VerifyError;

use crate::Error;

/// Why an AppJWT was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppJwtRefusal {
    /// No token.
    #[error("AppJWT is missing")]
    Missing,
    /// No token of ours at all.
    #[error("AppJWT is malformed")]
    Malformed,
    /// Changed, or signed by somebody else.
    #[error("AppJWT has a wrong signature")]
    BadSignature,
    /// No such key, or one that verifies no more.
    #[error("AppJWT names an unknown key")]
    UnknownKey,
    /// A ConsumerJWS.
    #[error("AppJWT was expected, but the token was signed for another purpose")]
    WrongPurpose,
    /// Past its end.
    #[error("AppJWT has expired")]
    Expired,
    /// Of another account than the one in the path.
    #[error("AppJWT is for another account")]
    WrongAccount,
    /// A mandatory claim is absent.
    #[error("AppJWT lacks the claim {0}")]
    MissingClaim(&'static str),
    /// `iss` is not Sentinel.
    #[error("AppJWT was not issued by Sentinel")]
    WrongIssuer,
    /// The app is disabled or deleted.
    #[error("AppJWT is for an app that is not enabled")]
    AppNotLive,
    /// The app may not speak for consumers.
    #[error("AppJWT lacks the scope msg.consumer")]
    Scope,
    /// The app could not be looked up.
    #[error("AppJWT could not be checked")]
    Storage(#[source] Error),
}

/// Why a ConsumerJWS was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConsumerJwsRefusal {
    /// No token.
    #[error("ConsumerJWS is missing")]
    Missing,
    /// No token of ours at all.
    #[error("ConsumerJWS is malformed")]
    Malformed,
    /// Changed, or signed by somebody else.
    #[error("ConsumerJWS has a wrong signature")]
    BadSignature,
    /// No such key.
    #[error("ConsumerJWS names an unknown key")]
    UnknownKey,
    /// An AppJWT.
    #[error("ConsumerJWS was expected, but the token was signed for another purpose")]
    WrongPurpose,
    /// Of another account than the one in the path.
    #[error("ConsumerJWS is for another account")]
    WrongAccount,
    /// A mandatory claim is absent.
    #[error("ConsumerJWS lacks the claim {0}")]
    MissingClaim(&'static str),
}

/// Why an app may not speak for a consumer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OnBehalfRefusal {
    /// Because of its own token.
    #[error(transparent)]
    AppJwt(#[from] AppJwtRefusal),
    /// Because of the consumer's token.
    #[error(transparent)]
    ConsumerJws(#[from] ConsumerJwsRefusal),
}

/// Why a bearer was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BearerRefusal {
    /// No bearer.
    #[error("the bearer is missing")]
    Missing,
    /// Of no session, or of one that was ended.
    #[error("the bearer is unknown")]
    Unknown,
    /// Of a session that has run out.
    #[error("the bearer has expired")]
    Expired,
    /// Of another account than the one in the path.
    #[error("the bearer is for another account")]
    WrongAccount,
    /// The user may not do this.
    #[error("the user's role does not allow this")]
    Role,
    /// The session could not be looked up.
    #[error("the bearer could not be checked")]
    Storage(#[source] Error),
}

/// What signatures can fail by is the same for both tokens.
macro_rules! from_verify_error {
    ($($refusal:ident),+) => {$(
        impl From<VerifyError> for $refusal {
            fn from(error: VerifyError) -> Self {
                match error {
                    VerifyError::UnknownKey => Self::UnknownKey,
                    VerifyError::WrongPurpose => Self::WrongPurpose,
                    VerifyError::BadSignature => Self::BadSignature,
                    _ => Self::Malformed,
                }
            }
        }
    )+};
}

from_verify_error!(AppJwtRefusal, ConsumerJwsRefusal);
