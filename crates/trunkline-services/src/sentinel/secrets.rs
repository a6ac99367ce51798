//! The client secrets of apps, opened: every token request compares one, every webhook is signed with one.

use std::sync::Arc;

use quick_cache::sync::Cache;
use trunkline_jose::{SealingKey, constant_time_eq};
use trunkline_model::{AppInstallation, AppSecrets, Clock, Secret};
use trunkline_wire::{AppInstallationId, EpochMillis};

use crate::Error;
use crate::installations::open_secret;

/// How many apps' secrets are kept open.
const REMEMBERED: usize = 16 * 1024;

/// Opens client secrets and keeps them in memory beside the sealed form they came from, so that a rotation is seen at
/// the next use.
pub struct ClientSecrets {
    sealing: Arc<SealingKey>,
    clock: Arc<dyn Clock>,
    opened: Cache<AppInstallationId, Arc<Opened>>,
}

struct Opened {
    sealed: AppSecrets,
    current: Secret,
    previous: Option<Secret>,
}

/// The secrets of an app, in the clear.
#[derive(Debug, Clone)]
pub struct LiveSecrets {
    /// The present one.
    pub current: Secret,
    /// The one before it, if the store still has it.
    pub previous: Option<OutgoingSecret>,
}

/// A secret that was rotated out.
#[derive(Debug, Clone)]
pub struct OutgoingSecret {
    /// The secret.
    pub secret: Secret,
    /// When it stops counting; this may be past.
    pub valid_until: EpochMillis,
}

impl ClientSecrets {
    /// Opens secrets with this master key.
    pub fn new(sealing: Arc<SealingKey>, clock: Arc<dyn Clock>) -> Self {
        Self { sealing, clock, opened: Cache::new(REMEMBERED) }
    }

    /// Whether `secret` signs the app in: the current secret, or the one before it during the overlap of a rotation.
    ///
    /// # Errors
    /// [`Error::Crypto`] when a stored secret does not open.
    pub fn accepts(&self, app: &AppInstallation, secret: &str) -> Result<bool, Error> {
        let opened = self.opened(app)?;
        let current = constant_time_eq(opened.current.expose().as_bytes(), secret.as_bytes());
        let previous = match (&app.secrets.previous, &opened.previous) {
            (Some(sealed), Some(previous)) if self.clock.now() < sealed.valid_until => {
                constant_time_eq(previous.expose().as_bytes(), secret.as_bytes())
            }
            _ => false,
        };
        Ok(current | previous)
    }

    /// Opens the secrets that sign an app's webhooks.
    ///
    /// # Errors
    /// [`Error::Crypto`] when a stored secret does not open.
    pub fn live(&self, app: &AppInstallation) -> Result<LiveSecrets, Error> {
        let opened = self.opened(app)?;
        let previous = app.secrets.previous.as_ref().zip(opened.previous.as_ref());
        Ok(LiveSecrets {
            current: opened.current.clone(),
            previous: previous.map(|(sealed, secret)| OutgoingSecret {
                secret: secret.clone(),
                valid_until: sealed.valid_until,
            }),
        })
    }

    fn opened(&self, app: &AppInstallation) -> Result<Arc<Opened>, Error> {
        if let Some(opened) = self.opened.get(&app.id)
            && opened.sealed == app.secrets
        {
            return Ok(opened);
        }
        let open = |sealed| open_secret(&self.sealing, app, sealed);
        let opened = Arc::new(Opened {
            current: open(&app.secrets.current)?,
            previous: app.secrets.previous.as_ref().map(|previous| open(&previous.secret)).transpose()?,
            sealed: app.secrets.clone(),
        });
        self.opened.insert(app.id, Arc::clone(&opened));
        Ok(opened)
    }
}
