//! Checks a consumer's own token. Source: spec 24 §1, §2.

use trunkline_jose::VerifyError;
use trunkline_model::KeyPurpose;
use trunkline_wire::AccountId;
use trunkline_wire::idp::{IdentityClaims, IdentityUse};

use super::{Auth, SignedInConsumer};

/// Why a consumer's token was refused. Texts are safe to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConsumerTokenRefusal {
    /// No token of ours, changed, or for another purpose.
    #[error("the token is not valid here")]
    Invalid,
    /// Of another account than the one in the path.
    #[error("the token is for another account")]
    WrongAccount,
    /// An external token, which has to be exchanged first.
    #[error("the token is an identity: exchange it for a token at app/{{connector}}/authenticate")]
    NotExchanged,
    /// Past its end; a fresh one is needed.
    #[error("the token has expired")]
    Expired,
    /// Past its end; the identity behind it may be renewed.
    #[error("the token has expired: renew the identity behind it")]
    IdentityExpired,
}

impl From<VerifyError> for ConsumerTokenRefusal {
    fn from(_: VerifyError) -> Self {
        Self::Invalid
    }
}

impl Auth {
    /// Accepts a consumer who presents a valid token of this account.
    ///
    /// # Errors
    /// See [`ConsumerTokenRefusal`].
    pub fn signed_in_consumer(
        &self,
        account: &AccountId,
        token: &str,
    ) -> Result<SignedInConsumer, ConsumerTokenRefusal> {
        let claims = self.identity(account, token)?;
        // Until when the identity behind the token may be renewed.
        let renewable_until = match claims.token_use {
            IdentityUse::Renewable => return Err(ConsumerTokenRefusal::NotExchanged),
            IdentityUse::Exchanged => Some(claims.auth_time.plus(self.options.identity_life).millis()),
            IdentityUse::SignedUp | IdentityUse::Authenticated => None,
        };
        let ends_at = claims.exp.plus(self.options.skew).millis();
        let now = self.clock.now();
        if now >= ends_at {
            return Err(match renewable_until {
                Some(until) if now < until => ConsumerTokenRefusal::IdentityExpired,
                _ => ConsumerTokenRefusal::Expired,
            });
        }
        let can_renew = renewable_until.is_some_and(|until| ends_at < until);
        Ok(SignedInConsumer::new(account.clone(), claims.sub, claims.ext_consumer_id, ends_at, can_renew))
    }

    /// Reads a token of this account whose signature is right, whatever it is for and however old it is.
    fn identity(&self, account: &AccountId, token: &str) -> Result<IdentityClaims, ConsumerTokenRefusal> {
        let claims: IdentityClaims = self.keys.verify(KeyPurpose::WebConsumer, token)?;
        if claims.aud != IdentityClaims::audience(account) {
            return Err(ConsumerTokenRefusal::WrongAccount);
        }
        if claims.iss == IdentityClaims::ISSUER { Ok(claims) } else { Err(ConsumerTokenRefusal::Invalid) }
    }
}
