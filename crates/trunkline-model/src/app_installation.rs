//! App installations: registered connector applications.

use trunkline_wire::installations::Manifest;
use trunkline_wire::{AccountId, AppInstallationId, EpochMillis, EpochSeconds};

use crate::SealedSecret;

/// A registered connector application. Source: spec 02.
#[derive(Debug, Clone, PartialEq)]
pub struct AppInstallation {
    /// The account.
    pub account: AccountId,
    /// `client_id` and `id` on the wire.
    pub id: AppInstallationId,
    /// The secrets that sign in and sign webhooks.
    pub secrets: AppSecrets,
    /// `client_id_issued_at`.
    pub issued_at: EpochSeconds,
    /// The writable members, validated.
    pub manifest: Manifest,
    /// Whether it may act.
    pub state: AppState,
}

/// Whether an app may act. Source: spec 02 §5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppState {
    /// Tokens are issued, webhooks delivered.
    Enabled,
    /// Neither.
    Disabled,
    /// Neither, and hidden: a tombstone.
    Deleted {
        /// When it was deleted.
        at: EpochMillis,
    },
}

/// The live secrets of an app: after a rotation the old one signs in until the overlap ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppSecrets {
    /// The present secret.
    pub current: SealedSecret,
    /// The one before it, while it still counts.
    pub previous: Option<PreviousSecret>,
}

/// A rotated-out secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousSecret {
    /// The secret.
    pub secret: SealedSecret,
    /// When it stops signing in.
    pub valid_until: EpochMillis,
}

impl AppInstallation {
    /// True while tokens may be issued and used.
    pub fn is_live(&self) -> bool {
        self.state == AppState::Enabled
    }
}
