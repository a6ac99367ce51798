//! Consumers who need no connector. Source: spec 24 §2.
//!
//! Nothing is stored for strangers before they open a conversation: the token is all there is. Who was authenticated by the
//! identity provider that the account trusts is the consumer whom a connector would name by the same `sub`.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use trunkline_jose::consumer_id;
use trunkline_model::KeyPurpose;
use trunkline_wire::idp::{ExternalIdentity, IdentityClaims, IdentityUse};
use trunkline_wire::{AccountId, ExternalConsumerId};

use super::Idp;
use super::provider::{ANONYMOUS, ProviderTokenRefusal};
use crate::Error;
use crate::auth::IDENTITY_LIFE;
use crate::conversations::ConversationError;

/// How long an identity lasts without renewal. Source: spec 24 §2.
const RENEWABLE_LIFE: Duration = Duration::from_mins(10);

/// The longest life of a token that was got for one of an identity provider; the page gets another one from there.
const AUTHENTICATED_LIFE: Duration = Duration::from_hours(1);
/// How far the clocks of an identity provider and of this server may differ, as for an AppJWT (spec 03 §4).
const SKEW: Duration = Duration::from_secs(30);

/// How consumers without a connector get their identities.
#[derive(Debug, Clone)]
pub struct IdentityOptions {
    /// Whether anybody may become a consumer of accounts that say nothing about it.
    pub anonymous: bool,
    /// The most sign-ups of one account within a minute; all of them may come at once. Of renewals and of exchanges there may
    /// be ten times as many each.
    pub per_minute: u32,
    /// How long an identity lasts, renewals included. Source: spec 24 §2.
    pub life: Duration,
}

impl Default for IdentityOptions {
    fn default() -> Self {
        Self { anonymous: false, per_minute: 600, life: IDENTITY_LIFE }
    }
}

/// Why no identity was issued. Texts are safe to show.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityRefusal {
    /// The operator does not want it.
    #[error(
        "anonymous consumers are switched off: trunkline account set --web-chat true, or consumers.anonymous = true in the \
         server's configuration"
    )]
    Off,
    /// There is no such account.
    #[error("unknown account")]
    UnknownAccount,
    /// Too many in this account.
    #[error("too many requests for identities in this account; retry later")]
    TooMany {
        /// When to try again.
        after: Duration,
    },
    /// A token that this server did not issue, or for something else.
    #[error(
        "the token was not issued by anonymous/authorize of this account, which trusts no identity provider: set one by \
         trunkline account identity set"
    )]
    NotTrusted,
    /// A token that the account's identity provider did not issue, or that cannot be used.
    #[error(transparent)]
    Provider(#[from] ProviderTokenRefusal),
    /// A token of this server whose time is over.
    #[error("the token has expired")]
    Expired,
    /// Trouble on our side.
    #[error(transparent)]
    Service(#[from] Error),
}

impl Idp {
    /// Makes a new consumer and its token, which opens sockets. Source: spec 24 §2 `signup`.
    ///
    /// # Errors
    /// See [`IdentityRefusal`].
    pub async fn sign_up(&self, account: &AccountId) -> Result<Arc<str>, IdentityRefusal> {
        let mut claims = self.new_identity(account).await?;
        claims.token_use = IdentityUse::SignedUp;
        claims.exp = claims.iat.plus(self.options.identities.life);
        self.sign_identity(claims).await
    }

    /// Makes a new consumer and its identity, or renews the one that is shown. An identity can be renewed after its end, until
    /// its whole life is over. Source: spec 24 §2 `anonymous/authorize`.
    ///
    /// # Errors
    /// See [`IdentityRefusal`].
    pub async fn authorize(
        &self,
        account: &AccountId,
        id_token: Option<&str>,
    ) -> Result<Arc<str>, IdentityRefusal> {
        let Some(token) = id_token else {
            let claims = self.new_identity(account).await?;
            return self.sign_identity(claims).await;
        };
        let mut claims = self.renewable(account, token)?;
        self.allows_anonymous(account).await?;
        let now = self.parts.clock.now();
        let over = claims.auth_time.plus(self.options.identities.life);
        if now >= over.millis() {
            return Err(IdentityRefusal::Expired);
        }
        self.renewals.take(account, now).map_err(|after| IdentityRefusal::TooMany { after })?;
        claims.iat = now.seconds();
        claims.exp = claims.iat.plus(RENEWABLE_LIFE).min(over);
        self.sign_identity(claims).await
    }

    /// Gives the token that opens sockets for an identity, which must not be over, or for a token of the identity provider
    /// that the account trusts. Source: spec 24 §2 `authenticate`.
    ///
    /// # Errors
    /// See [`IdentityRefusal`].
    pub async fn exchange(&self, account: &AccountId, id_token: &str) -> Result<Arc<str>, IdentityRefusal> {
        let mut claims = match self.renewable(account, id_token) {
            Ok(claims) => claims,
            Err(refusal) => return self.authenticate(account, id_token, refusal).await,
        };
        let now = self.parts.clock.now();
        if now >= claims.exp.millis() {
            return Err(IdentityRefusal::Expired);
        }
        self.exchanges.take(account, now).map_err(|after| IdentityRefusal::TooMany { after })?;
        claims.iat = now.seconds();
        claims.token_use = IdentityUse::Exchanged;
        self.sign_identity(claims).await
    }

    /// Takes the word of the account's identity provider; without one, `otherwise`.
    async fn authenticate(
        &self,
        account: &AccountId,
        token: &str,
        otherwise: IdentityRefusal,
    ) -> Result<Arc<str>, IdentityRefusal> {
        let settings = self.parts.settings.of(account).await?;
        let Some(provider) = &settings.identity_provider else { return Err(otherwise) };
        let now = self.parts.clock.now();
        let verified = provider.verify(token, now, SKEW)?;
        self.authentications.take(account, now).map_err(|after| IdentityRefusal::TooMany { after })?;
        let secret = self.parts.accounts.consumer_secret(account).await?;
        let consumer = consumer_id(secret.as_bytes(), &verified.external);
        let stored = self.parts.profiles.set_claims(account, consumer, verified.claims, verified.acr).await;
        stored.map_err(|error| match error {
            ConversationError::Service(error) => IdentityRefusal::Service(error),
            _ => ProviderTokenRefusal::Claim("lp_sdes").into(),
        })?;
        let iat = now.seconds();
        let issuer = provider.definition().issuer.clone();
        self.sign_identity(IdentityClaims {
            sub: consumer,
            aud: IdentityClaims::audience(account),
            iss: IdentityClaims::ISSUER.to_owned(),
            exp: verified.end.min(iat.plus(AUTHENTICATED_LIFE)),
            iat,
            auth_time: iat,
            lp_ext: Some(ExternalIdentity { sub: verified.external.clone(), iss: issuer }),
            ext_consumer_id: verified.external,
            token_use: IdentityUse::Authenticated,
        })
        .await
    }

    async fn allows_anonymous(&self, account: &AccountId) -> Result<(), IdentityRefusal> {
        if self.web_chat(account).await? { Ok(()) } else { Err(IdentityRefusal::Off) }
    }

    /// Whether anybody may become a consumer of an account.
    ///
    /// # Errors
    /// The store's.
    pub async fn web_chat(&self, account: &AccountId) -> Result<bool, Error> {
        let settings = self.parts.settings.of(account).await?;
        Ok(settings.web_chat.unwrap_or(self.options.identities.anonymous))
    }

    async fn new_identity(&self, account: &AccountId) -> Result<IdentityClaims, IdentityRefusal> {
        let secret = self.parts.accounts.consumer_secret(account).await.map_err(|error| match error {
            Error::NotFound(_) => IdentityRefusal::UnknownAccount,
            error => error.into(),
        })?;
        self.allows_anonymous(account).await?;
        let now = self.parts.clock.now();
        self.sign_ups.take(account, now).map_err(|after| IdentityRefusal::TooMany { after })?;
        let name = format!("{ANONYMOUS}{}", HEXLOWER.encode(&self.parts.rng.bytes::<16>()));
        let external = ExternalConsumerId::parse(&name).map_err(|error| Error::Invalid(error.to_string()))?;
        let iat = now.seconds();
        Ok(IdentityClaims {
            sub: consumer_id(secret.as_bytes(), &external),
            aud: IdentityClaims::audience(account),
            iss: IdentityClaims::ISSUER.to_owned(),
            exp: iat.plus(RENEWABLE_LIFE),
            iat,
            auth_time: iat,
            ext_consumer_id: external,
            token_use: IdentityUse::Renewable,
            lp_ext: None,
        })
    }

    /// Reads an identity of this account, however old.
    fn renewable(&self, account: &AccountId, token: &str) -> Result<IdentityClaims, IdentityRefusal> {
        let claims: Result<IdentityClaims, _> = self.parts.keys.verify(KeyPurpose::WebConsumer, token);
        let is_ours = |claims: &IdentityClaims| {
            claims.aud == IdentityClaims::audience(account)
                && claims.iss == IdentityClaims::ISSUER
                && claims.token_use == IdentityUse::Renewable
        };
        claims.ok().filter(is_ours).ok_or(IdentityRefusal::NotTrusted)
    }

    async fn sign_identity(&self, claims: IdentityClaims) -> Result<Arc<str>, IdentityRefusal> {
        Ok(self.parts.keys.sign(KeyPurpose::WebConsumer, claims).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_contract() {
        let options = IdentityOptions::default();
        assert!(!options.anonymous);
        assert_eq!(options.life, Duration::from_hours(730));
        assert_eq!(RENEWABLE_LIFE, Duration::from_mins(10));
    }
}
