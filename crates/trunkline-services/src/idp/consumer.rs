//! The ConsumerJWS. Source: spec 04.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use trunkline_jose::consumer_id;
use trunkline_model::KeyPurpose;
use trunkline_wire::ExternalConsumerId;
use trunkline_wire::idp::ConsumerJwsClaims;

use super::Idp;
use crate::Error;
use crate::auth::AppCaller;

impl Idp {
    /// Reads the external id of a request.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is not 1 to 256 characters, or missing and not to be made up.
    pub fn external_id(&self, given: Option<&str>) -> Result<ExternalConsumerId, Error> {
        let invalid = || Error::Invalid("ext_consumer_id must be a string of 1 to 256 characters".to_owned());
        match given {
            None if self.options.mint_missing_external_ids => {
                let minted = HEXLOWER.encode(&self.parts.rng.bytes::<16>());
                ExternalConsumerId::parse(&minted).map_err(|_| invalid())
            }
            given => ExternalConsumerId::parse(given.unwrap_or_default()).map_err(|_| invalid()),
        }
    }

    /// Issues the identity of a consumer. It never changes and never ends, so it is signed once per signing key and
    /// remembered.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the account is gone; [`Error::Overloaded`]; the store's.
    pub async fn consumer_jws(
        &self,
        caller: &AppCaller,
        external: ExternalConsumerId,
    ) -> Result<Arc<str>, Error> {
        let signer = self.parts.keys.active(KeyPurpose::ConsumerJws)?;
        let key = (caller.account().clone(), external, signer.kid().clone());
        if let Some(token) = self.tokens.get(&key) {
            return Ok(token);
        }
        let secret = self.parts.accounts.consumer_secret(caller.account()).await?;
        let consumer = consumer_id(secret.as_bytes(), &key.1);
        let claims = ConsumerJwsClaims::new(key.0.clone(), key.1.clone(), consumer);
        self.tokens.get_or_insert_async(&key, self.parts.keys.sign_with(signer, claims)).await
    }
}
