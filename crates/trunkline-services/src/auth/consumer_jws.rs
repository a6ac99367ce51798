//! Checks a ConsumerJWS. It has no end, so a verified one is remembered for as long as there is room. Source: spec 04 §3, §6.

use std::sync::Arc;

use serde::Deserialize;
use trunkline_model::KeyPurpose;
use trunkline_wire::{AccountId, ConsumerId, ExternalConsumerId};

use super::{Auth, ConsumerJwsRefusal, hash_of};

/// Who the token is about.
#[derive(Debug)]
pub(super) struct VerifiedConsumerJws {
    account: AccountId,
    pub(super) external: ExternalConsumerId,
    pub(super) consumer: ConsumerId,
}

/// The claims as they may come: each may be missing.
#[derive(Debug, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names are the contract")]
struct Claims {
    account_id: Option<AccountId>,
    ext_consumer_id: Option<ExternalConsumerId>,
    lp_consumer_id: Option<ConsumerId>,
}

impl Auth {
    pub(super) fn check_consumer_jws(
        &self,
        account: &AccountId,
        token: &str,
    ) -> Result<Arc<VerifiedConsumerJws>, ConsumerJwsRefusal> {
        let hash = hash_of(token);
        let verified = if let Some(verified) = self.consumer_jwss.get(&hash) {
            verified
        } else {
            let claims: Claims = self.keys.verify(KeyPurpose::ConsumerJws, token)?;
            let verified = Arc::new(VerifiedConsumerJws::new(claims)?);
            self.consumer_jwss.insert(hash, Arc::clone(&verified));
            verified
        };
        if verified.account == *account { Ok(verified) } else { Err(ConsumerJwsRefusal::WrongAccount) }
    }
}

impl VerifiedConsumerJws {
    fn new(claims: Claims) -> Result<Self, ConsumerJwsRefusal> {
        let missing = ConsumerJwsRefusal::MissingClaim;
        Ok(Self {
            account: claims.account_id.ok_or(missing("account_id"))?,
            external: claims.ext_consumer_id.ok_or(missing("ext_consumer_id"))?,
            consumer: claims.lp_consumer_id.ok_or(missing("lp_consumer_id"))?,
        })
    }
}
