//! Checks an AppJWT. Source: spec 03 §4.

use std::sync::Arc;

use serde::Deserialize;
use trunkline_model::{AppInstallation, KeyPurpose};
use trunkline_wire::sentinel::{AppJwtClaims, SCOPE_CONSUMER};
use trunkline_wire::{AccountId, AppInstallationId, EpochSeconds};

use super::{AppJwtRefusal, Auth, hash_of};

/// What was found in a token whose signature is right; remembered until the token ends.
#[derive(Debug)]
pub(super) struct VerifiedAppJwt {
    account: AccountId,
    app: AppInstallationId,
    expires: EpochSeconds,
    speaks_for_consumers: bool,
}

/// The claims as they may come: each may be missing.
#[derive(Debug, Deserialize)]
struct Claims {
    aud: Option<String>,
    azp: Option<String>,
    scope: Option<String>,
    iss: Option<String>,
    exp: Option<EpochSeconds>,
    iat: Option<EpochSeconds>,
}

impl Auth {
    pub(super) async fn check_app_jwt(
        &self,
        account: &AccountId,
        token: &str,
    ) -> Result<Arc<AppInstallation>, AppJwtRefusal> {
        let hash = hash_of(token);
        let verified = if let Some(verified) = self.app_jwts.get(&hash) {
            verified
        } else {
            let verified = Arc::new(self.verify_app_jwt(account, token)?);
            self.app_jwts.insert(hash, Arc::clone(&verified));
            verified
        };
        if self.has_expired(verified.expires) {
            self.app_jwts.remove(&hash);
            return Err(AppJwtRefusal::Expired);
        }
        if verified.account != *account {
            return Err(AppJwtRefusal::WrongAccount);
        }
        let app = self.registry.live(account, verified.app).await.map_err(AppJwtRefusal::Storage)?;
        let app = app.filter(|app| app.is_live()).ok_or(AppJwtRefusal::AppNotLive)?;
        if verified.speaks_for_consumers { Ok(app) } else { Err(AppJwtRefusal::Scope) }
    }

    /// In the order of spec 05 §6.1: whatever makes the token invalid (40102) before missing claims and a wrong issuer
    /// (40001).
    fn verify_app_jwt(&self, account: &AccountId, token: &str) -> Result<VerifiedAppJwt, AppJwtRefusal> {
        let claims: Claims = self.keys.verify(KeyPurpose::AppJwt, token)?;
        if claims.exp.is_some_and(|expires| self.has_expired(expires)) {
            return Err(AppJwtRefusal::Expired);
        }
        if claims.aud.as_deref().is_some_and(|aud| aud != account.as_str()) {
            return Err(AppJwtRefusal::WrongAccount);
        }
        claims.aud.ok_or(AppJwtRefusal::MissingClaim("aud"))?;
        let app = claims.azp.ok_or(AppJwtRefusal::MissingClaim("azp"))?;
        let scope = claims.scope.ok_or(AppJwtRefusal::MissingClaim("scope"))?;
        let issuer = claims.iss.ok_or(AppJwtRefusal::MissingClaim("iss"))?;
        let expires = claims.exp.ok_or(AppJwtRefusal::MissingClaim("exp"))?;
        claims.iat.ok_or(AppJwtRefusal::MissingClaim("iat"))?;
        if !issuer.eq_ignore_ascii_case(AppJwtClaims::ISSUER) {
            return Err(AppJwtRefusal::WrongIssuer);
        }
        Ok(VerifiedAppJwt {
            account: account.clone(),
            app: AppInstallationId::parse(&app).map_err(|_| AppJwtRefusal::Malformed)?,
            expires,
            speaks_for_consumers: scope.split(' ').any(|scope| scope == SCOPE_CONSUMER),
        })
    }

    fn has_expired(&self, expires: EpochSeconds) -> bool {
        self.clock.now() >= expires.plus(self.options.skew).millis()
    }
}
