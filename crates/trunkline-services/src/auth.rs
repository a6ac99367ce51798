//! Who may act: checks tokens and turns them into proofs.
//!
//! A proof has private fields, so holding one means that the check was made; service methods take proofs. A token that
//! was verified once is remembered by its hash, so that the next request with it costs a look-up instead of an RSA
//! operation. What can change in between is looked at every time: the clock, the account in the path, and whether the
//! app is live. Source: design §3, §4.

mod app_jwt;
mod bearer;
mod consumer_jws;
mod consumer_token;
mod proofs;
mod refusal;
mod sessions;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use trunkline_model::{Clock, TokenHash};
use trunkline_wire::AccountId;

use crate::installations::Registry;
use crate::keys::KeyRing;

pub use consumer_token::ConsumerTokenRefusal;
pub use proofs::{AccountAdmin, ActsForConsumer, AppCaller, OnBehalf, Operator, SignedIn, SignedInConsumer};
pub use refusal::{AppJwtRefusal, BearerRefusal, ConsumerJwsRefusal, OnBehalfRefusal};
pub use sessions::{LiveSession, NewSession, SessionOptions, SessionRefusal, Sessions};

use app_jwt::VerifiedAppJwt;
use consumer_jws::VerifiedConsumerJws;

/// How tokens are checked.
#[derive(Debug, Clone)]
pub struct AuthOptions {
    /// SHA-256 of the operator's token; `None` refuses every operator request.
    pub operator_token: Option<TokenHash>,
    /// How far the clocks of two parties may differ. Source: spec 03 §4.
    pub skew: Duration,
    /// How long the identity of a consumer without a connector lasts, renewals included: later there is nothing to renew.
    pub identity_life: Duration,
    /// How many verified `AppJWT`s are remembered.
    pub remembered_app_jwts: usize,
    /// How many verified `ConsumerJWS`s are remembered.
    pub remembered_consumer_jwss: usize,
}

impl Default for AuthOptions {
    fn default() -> Self {
        Self {
            operator_token: None,
            skew: Duration::from_secs(30),
            identity_life: IDENTITY_LIFE,
            remembered_app_jwts: 16 * 1024,
            remembered_consumer_jwss: 64 * 1024,
        }
    }
}

/// How long an identity lasts if nothing else is configured. Source: spec 24 §2.
pub(crate) const IDENTITY_LIFE: Duration = Duration::from_hours(730);

/// Checks tokens.
pub struct Auth {
    keys: Arc<KeyRing>,
    registry: Arc<Registry>,
    sessions: Arc<Sessions>,
    clock: Arc<dyn Clock>,
    options: AuthOptions,
    app_jwts: Cache<TokenHash, Arc<VerifiedAppJwt>>,
    consumer_jwss: Cache<TokenHash, Arc<VerifiedConsumerJws>>,
}

impl Auth {
    /// Checks tokens against these keys, apps and sessions.
    pub fn new(
        keys: Arc<KeyRing>,
        registry: Arc<Registry>,
        sessions: Arc<Sessions>,
        clock: Arc<dyn Clock>,
        options: AuthOptions,
    ) -> Self {
        Self {
            app_jwts: Cache::new(options.remembered_app_jwts),
            consumer_jwss: Cache::new(options.remembered_consumer_jwss),
            keys,
            registry,
            sessions,
            clock,
            options,
        }
    }

    /// Accepts an app that presents a valid AppJWT of this account.
    ///
    /// # Errors
    /// See [`AppJwtRefusal`].
    pub async fn app_caller(
        &self,
        account: &AccountId,
        token: Option<&str>,
    ) -> Result<AppCaller, AppJwtRefusal> {
        let token = present(token).ok_or(AppJwtRefusal::Missing)?;
        let app = self.check_app_jwt(account, token).await?;
        Ok(AppCaller::new(account.clone(), app))
    }

    /// Accepts an app that presents a valid AppJWT and, for one of its consumers, a valid ConsumerJWS, both of this
    /// account. The checks come in the order of spec 05 §6.1: both present, then the AppJWT, then the ConsumerJWS.
    ///
    /// # Errors
    /// See [`OnBehalfRefusal`].
    pub async fn on_behalf(
        &self,
        account: &AccountId,
        app_jwt: Option<&str>,
        consumer_jws: Option<&str>,
    ) -> Result<OnBehalf, OnBehalfRefusal> {
        let app_jwt = present(app_jwt).ok_or(AppJwtRefusal::Missing)?;
        let consumer_jws = present(consumer_jws).ok_or(ConsumerJwsRefusal::Missing)?;
        let app = self.check_app_jwt(account, app_jwt).await?;
        let consumer = self.check_consumer_jws(account, consumer_jws)?;
        Ok(OnBehalf::new(account.clone(), app, consumer.consumer, consumer.external.clone()))
    }
}

/// A header that is there but empty counts as missing.
fn present(token: Option<&str>) -> Option<&str> {
    token.filter(|token| !token.is_empty())
}

/// The key under which a verified token is remembered.
fn hash_of(token: &str) -> TokenHash {
    TokenHash(trunkline_jose::sha256(token.as_bytes()))
}
