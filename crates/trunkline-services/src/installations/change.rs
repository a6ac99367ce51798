//! What may happen to an app installation, as a pure function. Source: spec 02 §3, §5.

use std::time::Duration;

use trunkline_model::{AppInstallation, AppState, PreviousSecret, SealedSecret};
use trunkline_wire::EpochMillis;
use trunkline_wire::installations::Manifest;

/// A change of an app installation.
#[derive(Debug)]
pub(super) enum Change {
    /// Replaces the writable members.
    Replace(Box<Manifest>),
    /// Enables or disables.
    SetEnabled(bool),
    /// Makes `to` the secret; the one before it signs in for `overlap` longer.
    RotateSecret { to: SealedSecret, overlap: Duration },
    /// Leaves a tombstone.
    Delete,
}

impl Change {
    /// The app after the change. Id, account and time of issue never change.
    pub(super) fn apply(&self, mut app: AppInstallation, now: EpochMillis) -> AppInstallation {
        match self {
            Self::Replace(manifest) => {
                app.state = state_of(manifest);
                app.manifest = (**manifest).clone();
            }
            Self::SetEnabled(enabled) => {
                app.manifest.enabled = *enabled;
                app.state = state_of(&app.manifest);
            }
            Self::RotateSecret { to, overlap } => {
                let old = std::mem::replace(&mut app.secrets.current, to.clone());
                let previous = PreviousSecret { secret: old, valid_until: now.plus(*overlap) };
                app.secrets.previous = Some(previous).filter(|_| !overlap.is_zero());
            }
            Self::Delete => app.state = AppState::Deleted { at: now },
        }
        app
    }
}

/// The state a manifest asks for.
pub(super) fn state_of(manifest: &Manifest) -> AppState {
    if manifest.enabled { AppState::Enabled } else { AppState::Disabled }
}

/// True for a tombstone.
pub(super) fn is_deleted(app: &AppInstallation) -> bool {
    matches!(app.state, AppState::Deleted { .. })
}

#[cfg(test)]
mod tests {
    use trunkline_model::AppSecrets;
    use trunkline_wire::{AccountId, AppInstallationId};

    use super::*;

    const NOW: EpochMillis = EpochMillis(1_700_000_000_000);

    fn sealed(byte: u8) -> SealedSecret {
        SealedSecret::from_ciphertext(vec![byte])
    }

    fn app() -> AppInstallation {
        AppInstallation {
            account: AccountId::parse("10020030").unwrap(),
            id: AppInstallationId::parse("3f1c9a52-6b7e-4c1d-9a0e-5d2f8b7c6a41").unwrap(),
            secrets: AppSecrets { current: sealed(1), previous: None },
            issued_at: NOW.seconds(),
            manifest: Manifest::connector("com.example.sms-bridge"),
            state: AppState::Enabled,
        }
    }

    #[test]
    fn replacing_keeps_identity_and_secret() {
        let mut manifest = Manifest::new("com.example.other");
        manifest.enabled = false;
        let changed = Change::Replace(Box::new(manifest.clone())).apply(app(), NOW);
        assert_eq!(changed, AppInstallation { manifest, state: AppState::Disabled, ..app() });
    }

    #[test]
    fn a_manifest_without_enabled_enables() {
        let disabled = Change::SetEnabled(false).apply(app(), NOW);
        assert_eq!((disabled.state, disabled.manifest.enabled), (AppState::Disabled, false));
        let manifest: Manifest = serde_json::from_str(r#"{"client_name":"x"}"#).unwrap();
        let changed = Change::Replace(Box::new(manifest)).apply(disabled, NOW);
        assert_eq!((changed.state, changed.manifest.enabled), (AppState::Enabled, true));
    }

    #[test]
    fn rotating_keeps_exactly_the_secret_before() {
        let day = Duration::from_hours(24);
        let once = Change::RotateSecret { to: sealed(2), overlap: day }.apply(app(), NOW);
        let valid_until = NOW.plus(day);
        let previous = Some(PreviousSecret { secret: sealed(1), valid_until });
        assert_eq!(once.secrets, AppSecrets { current: sealed(2), previous });
        let twice = Change::RotateSecret { to: sealed(3), overlap: day }.apply(once, NOW);
        assert_eq!(twice.secrets.previous.map(|previous| previous.secret), Some(sealed(2)));
        let at_once = Change::RotateSecret { to: sealed(4), overlap: Duration::ZERO }.apply(app(), NOW);
        assert_eq!(at_once.secrets, AppSecrets { current: sealed(4), previous: None });
    }

    #[test]
    fn deleting_leaves_a_tombstone() {
        let deleted = Change::Delete.apply(app(), NOW);
        assert!(is_deleted(&deleted) && !deleted.is_live());
        assert_eq!(deleted, AppInstallation { state: AppState::Deleted { at: NOW }, ..app() });
    }
}
