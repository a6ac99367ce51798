//! Sentinel: client credentials for an AppJWT. Source: spec 03.
//!
//! The costly step is the signature. One app asking again within the same second gets the same token, so its requests
//! cost a look-up and a comparison; different apps wait their turn at the key ring.

mod refusal;
mod secrets;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use trunkline_model::{AppInstallation, Clock, KeyPurpose};
use trunkline_wire::sentinel::{AppJwtClaims, GRANT_CLIENT_CREDENTIALS, JwkSet, TokenRequest};
use trunkline_wire::{AccountId, AppInstallationId, EpochSeconds};

use crate::Error;
use crate::installations::Registry;
use crate::keys::KeyRing;

pub use refusal::TokenRefusal;
pub use secrets::{ClientSecrets, LiveSecrets, OutgoingSecret};

/// How `AppJWT`s are issued.
#[derive(Debug, Clone)]
pub struct SentinelOptions {
    /// How long a token lives: 1 hour. Source: spec 03 §4.
    pub token_life: Duration,
    /// How many tokens of the present second are remembered.
    pub remembered_tokens: usize,
}

impl Default for SentinelOptions {
    fn default() -> Self {
        Self { token_life: Duration::from_hours(1), remembered_tokens: 4096 }
    }
}

/// An AppJWT and the app it was issued to.
#[derive(Clone)]
pub struct IssuedToken {
    /// The app.
    pub app: AppInstallationId,
    /// The token.
    pub token: Arc<str>,
}

/// Issues `AppJWT`s.
pub struct Sentinel {
    keys: Arc<KeyRing>,
    registry: Arc<Registry>,
    secrets: Arc<ClientSecrets>,
    clock: Arc<dyn Clock>,
    options: SentinelOptions,
    /// By app, second of issue and scope; what belongs to earlier seconds falls out by itself.
    tokens: Cache<(AppInstallationId, EpochSeconds, Arc<str>), Arc<str>>,
}

impl Sentinel {
    /// Issues tokens for these apps with these keys.
    pub fn new(
        keys: Arc<KeyRing>,
        registry: Arc<Registry>,
        secrets: Arc<ClientSecrets>,
        clock: Arc<dyn Clock>,
        options: SentinelOptions,
    ) -> Self {
        Self { tokens: Cache::new(options.remembered_tokens), keys, registry, secrets, clock, options }
    }

    /// Issues an AppJWT. For v2, which has no `v`, the caller clears `request.v`.
    ///
    /// # Errors
    /// See [`TokenRefusal`].
    pub async fn token(
        &self,
        account: &AccountId,
        request: TokenRequest,
    ) -> Result<IssuedToken, TokenRefusal> {
        check_version(request.v.as_deref())?;
        match request.grant_type.as_deref() {
            None => return Err(TokenRefusal::Missing("grant_type")),
            Some(GRANT_CLIENT_CREDENTIALS) => {}
            Some(_) => return Err(TokenRefusal::UnsupportedGrant),
        }
        let id = request.client_id.ok_or(TokenRefusal::Missing("client_id"))?;
        let secret = request.client_secret.ok_or(TokenRefusal::Missing("client_secret"))?;
        let app = self.authenticate(account, &id, &secret).await?;
        if !app.manifest.allows_client_credentials() {
            return Err(TokenRefusal::GrantNotAllowed);
        }
        let scope = granted_scope(&app, request.scope.as_deref())?;
        let token = self.issue(&app, scope).await?;
        Ok(IssuedToken { app: app.id, token })
    }

    /// All public keys. Source: spec 03 §5.
    pub fn jwks(&self) -> JwkSet {
        self.keys.jwks()
    }

    async fn authenticate(
        &self,
        account: &AccountId,
        id: &str,
        secret: &str,
    ) -> Result<Arc<AppInstallation>, TokenRefusal> {
        let id = AppInstallationId::parse(id).map_err(|_| TokenRefusal::Client)?;
        let app =
            self.registry.live(account, id).await?.filter(|app| app.is_live()).ok_or(TokenRefusal::Client)?;
        if self.secrets.accepts(&app, secret)? { Ok(app) } else { Err(TokenRefusal::Client) }
    }

    async fn issue(&self, app: &AppInstallation, scope: Arc<str>) -> Result<Arc<str>, Error> {
        let issued = self.clock.now().seconds();
        let key = (app.id, issued, scope);
        if let Some(token) = self.tokens.get(&key) {
            return Ok(token);
        }
        let claims = AppJwtClaims::new(
            app.account.clone(),
            app.id,
            key.2.as_ref().to_owned(),
            issued,
            issued.plus(self.options.token_life),
        );
        // Those who ask for the same token at the same time wait for one signature.
        self.tokens.get_or_insert_async(&key, self.keys.sign(KeyPurpose::AppJwt, claims)).await
    }
}

/// A missing `v` is accepted (spec 03 §2, 00 §5).
fn check_version(version: Option<&str>) -> Result<(), TokenRefusal> {
    match version {
        None | Some("1.0" | "1") => Ok(()),
        Some(_) => Err(TokenRefusal::Version),
    }
}

/// What the token may do: what was asked for, if the app holds all of it; without a wish all the app holds.
fn granted_scope(app: &AppInstallation, requested: Option<&str>) -> Result<Arc<str>, TokenRefusal> {
    let held = app.manifest.scope.as_deref().unwrap_or_default();
    let Some(requested) = requested else { return Ok(Arc::from(held)) };
    if requested
        .split_ascii_whitespace()
        .any(|scope| !held.split_ascii_whitespace().any(|held| held == scope))
    {
        return Err(TokenRefusal::Scope);
    }
    let granted: Vec<&str> = requested.split_ascii_whitespace().collect();
    Ok(if granted.is_empty() { Arc::from(held) } else { granted.join(" ").into() })
}
