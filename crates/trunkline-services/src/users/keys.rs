//! API keys of users: OAuth 1.0a values with which bots sign in. Source: spec 20 §3, row 3.
//!
//! Each of the four values has 128 random bits. `appKey` names the key and is stored as it is; of the others only a hash
//! over all three is.

use data_encoding::HEXLOWER;
use trunkline_model::{Secret, TokenHash, UserKey};
use trunkline_storage as storage;
use trunkline_wire::{AppKey, EpochMillis};

use super::Users;
use crate::Error;
use crate::auth::AccountAdmin;

/// A new API key with its secrets, which are shown once and stored nowhere.
#[derive(Debug, Clone)]
pub struct NewUserKey {
    /// The login name of the user who signs in with it.
    pub login_name: String,
    /// `appKey`.
    pub app_key: AppKey,
    /// `secret`, `accessToken` and `accessTokenSecret`.
    pub secrets: KeySecrets,
    /// When it was created.
    pub created_at: EpochMillis,
}

/// The secret values of an API key.
#[derive(Debug, Clone)]
pub struct KeySecrets {
    /// `secret`.
    pub secret: Secret,
    /// `accessToken`.
    pub access_token: Secret,
    /// `accessTokenSecret`.
    pub access_token_secret: Secret,
}

impl KeySecrets {
    /// SHA-256 over the hashes of all three: none of them can be found by itself.
    pub(crate) fn hash(&self) -> TokenHash {
        let mut hashes = [0; 96];
        let values = [&self.secret, &self.access_token, &self.access_token_secret];
        for (place, value) in hashes.chunks_exact_mut(32).zip(values) {
            place.copy_from_slice(&trunkline_jose::sha256(value.expose().as_bytes()));
        }
        TokenHash(trunkline_jose::sha256(&hashes))
    }
}

impl Users {
    /// Gives a user another API key.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown user; [`Error::Invalid`] when the user has [`UserKey::MOST_PER_USER`] keys.
    pub async fn create_key(&self, admin: &AccountAdmin, login_name: &str) -> Result<NewUserKey, Error> {
        let user = self.find(admin.account(), login_name).await?;
        let random = || HEXLOWER.encode(&self.rng.bytes::<16>());
        let secrets = KeySecrets {
            secret: Secret::new(random()),
            access_token: Secret::new(random()),
            access_token_secret: Secret::new(random()),
        };
        let key = UserKey {
            account: user.account,
            user: user.id,
            app_key: AppKey::parse(&random()).map_err(|error| Error::Crypto(error.into()))?,
            secrets: secrets.hash(),
            created_at: self.clock.now(),
        };
        let (app_key, created_at) = (key.app_key.clone(), key.created_at);
        self.storage.create_user_key(key).await.map_err(|error| match error {
            storage::Error::NotFound => Error::NotFound("user"),
            storage::Error::Conflict => {
                let most = UserKey::MOST_PER_USER;
                Error::Invalid(format!("the user has {most} API keys already: revoke one first"))
            }
            other => other.into(),
        })?;
        Ok(NewUserKey { login_name: user.login_name, app_key, secrets, created_at })
    }

    /// The API keys of a user, oldest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown user.
    pub async fn keys(&self, admin: &AccountAdmin, login_name: &str) -> Result<Vec<UserKey>, Error> {
        let user = self.find(admin.account(), login_name).await?;
        Ok(self.storage.user_keys(&user.account, user.id).await?)
    }

    /// Revokes an API key and ends the sessions that began with it, at once.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown user, or a key that the user does not have.
    pub async fn revoke_key(
        &self,
        admin: &AccountAdmin,
        login_name: &str,
        app_key: &AppKey,
    ) -> Result<(), Error> {
        let user = self.find(admin.account(), login_name).await?;
        match self.storage.revoke_user_key(&user.account, user.id, app_key).await {
            Err(storage::Error::NotFound) => return Err(Error::NotFound("API key")),
            other => other?,
        }
        self.sessions.forget_user(&user.account, user.id);
        Ok(())
    }
}
