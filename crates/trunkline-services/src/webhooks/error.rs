//! Why something about webhooks could not be done.

use trunkline_storage as storage;

use super::ReplayError;

/// A failed call about an app's webhooks. Texts are safe to show.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// Input that breaks a rule; the text names it.
    #[error("{0}")]
    Invalid(String),
    /// Nothing is delivered to a disabled app.
    #[error("the app is disabled: nothing is delivered to it")]
    Disabled,
    /// Nothing is delivered to an app that asks for nothing.
    #[error("the app has no webhooks: nothing is delivered to it")]
    NoWebhooks,
    /// The app is enabled and has webhooks, but is not served at the moment: the server has just started or is ending, or the
    /// app changed this instant.
    #[error("delivery to the app is not running at the moment")]
    NotRunning,
    /// Too much of this is under way, or delivery took too long to answer; the text says what.
    #[error("{0}")]
    Busy(&'static str),
    /// There is nothing to deliver once more, or no more of it can be taken on.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// What was named does not exist, or trouble on our side.
    #[error(transparent)]
    Service(#[from] crate::Error),
}

impl From<storage::Error> for WebhookError {
    fn from(error: storage::Error) -> Self {
        Self::Service(error.into())
    }
}
