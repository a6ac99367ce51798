//! Login, refresh and logout of agents, bots and admins. Source: spec 20 §3–5.

use std::time::Duration;

use trunkline_jose::constant_time_eq;
use trunkline_model::{LoginProof, Secret, TokenHash, User, UserState};
use trunkline_wire::idp::LoginRequest;
use trunkline_wire::{AccountId, AppKey};

use super::Idp;
use crate::Error;
use crate::auth::{NewSession, SessionRefusal};
use crate::users::KeySecrets;

/// A user who has just signed in.
#[derive(Debug)]
pub struct SignedInUser {
    /// The user.
    pub user: User,
    /// The session's tokens.
    pub session: NewSession,
}

/// Why nobody was signed in. Texts are safe to show and do not tell an unknown user from a wrong password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginRefusal {
    /// No complete set of credentials.
    #[error(
        "the body must have username and password, or username, appKey, secret, accessToken and accessTokenSecret"
    )]
    Incomplete,
    /// Unknown account or user, wrong password or keys, disabled user.
    #[error("unknown account or user, or wrong credentials")]
    Credentials,
    /// A SAML assertion.
    #[error("sign-in by SAML assertion is not available")]
    Saml,
    /// Too many failures of this name.
    #[error("too many failed logins")]
    Throttled {
        /// When to try again.
        after: Duration,
    },
    /// Trouble on our side.
    #[error("the login could not be checked")]
    Service(#[from] Error),
}

/// The credentials of a request: the first complete row of the table in spec 20 §3.
enum Credentials {
    Password { name: String, password: Secret },
    Saml,
    Key { name: String, app_key: String, secrets: KeySecrets },
}

impl Credentials {
    fn of(request: LoginRequest) -> Result<Self, LoginRefusal> {
        match request {
            LoginRequest { username: Some(name), password: Some(password), .. } => {
                Ok(Self::Password { name, password: Secret::new(password) })
            }
            LoginRequest { assertion: Some(_), .. } => Ok(Self::Saml),
            LoginRequest {
                username: Some(name),
                app_key: Some(app_key),
                secret: Some(secret),
                access_token: Some(access_token),
                access_token_secret: Some(access_token_secret),
                ..
            } => {
                let secrets = KeySecrets {
                    secret: Secret::new(secret),
                    access_token: Secret::new(access_token),
                    access_token_secret: Secret::new(access_token_secret),
                };
                Ok(Self::Key { name, app_key, secrets })
            }
            _ => Err(LoginRefusal::Incomplete),
        }
    }
}

impl Idp {
    /// Signs a user in.
    ///
    /// # Errors
    /// See [`LoginRefusal`].
    pub async fn login(
        &self,
        account: &AccountId,
        request: LoginRequest,
    ) -> Result<SignedInUser, LoginRefusal> {
        let (user, proof) = match Credentials::of(request)? {
            Credentials::Password { name, password } => self.by_password(account, &name, password).await?,
            Credentials::Saml => return Err(LoginRefusal::Saml),
            Credentials::Key { name, app_key, secrets } => {
                self.by_key(account, &name, &app_key, &secrets).await?
            }
        };
        let session = self.parts.sessions.start(&user, proof).await?.ok_or(LoginRefusal::Credentials)?;
        tracing::info!(account.id = %user.account, user.id = %user.id, "user signed in");
        Ok(SignedInUser { user, session })
    }

    /// Moves the end of the session of a cookie to a full life from now; its tokens stay.
    ///
    /// # Errors
    /// See [`SessionRefusal`].
    pub async fn refresh(&self, account: &AccountId, cookie: &str, csrf: &str) -> Result<(), SessionRefusal> {
        self.parts.sessions.refresh(account, cookie, csrf).await
    }

    /// Ends the session of a cookie; its bearer is refused from then on.
    ///
    /// # Errors
    /// See [`SessionRefusal`].
    pub async fn logout(&self, account: &AccountId, cookie: &str, csrf: &str) -> Result<(), SessionRefusal> {
        self.parts.sessions.end(account, cookie, csrf).await
    }

    async fn by_password(
        &self,
        account: &AccountId,
        name: &str,
        password: Secret,
    ) -> Result<(User, LoginProof), LoginRefusal> {
        // Asked before queueing, so that a throttled name takes no place in the queue, and counted after it, so that
        // guesses that queued up together count too.
        let throttle = &self.password_throttle;
        throttle
            .must_wait(account, name, self.parts.clock.now())
            .map_or(Ok(()), |after| Err(throttled(after)))?;
        let user = self.parts.storage.user_by_name(account, name).await.map_err(Error::from)?;
        let turn = self.parts.passwords.turn().await?;
        throttle.begin(account, name, self.parts.clock.now()).map_err(throttled)?;
        let hash = user.as_ref().map(|user| user.password_hash.as_str());
        let right = self.parts.passwords.check(turn, password, hash).await?;
        if let Some(user) = user.filter(|user| right && user.state == UserState::Active) {
            throttle.succeeded(account, name);
            let proof = LoginProof::Password { hash: user.password_hash.clone() };
            Ok((user, proof))
        } else {
            Err(LoginRefusal::Credentials)
        }
    }

    async fn by_key(
        &self,
        account: &AccountId,
        name: &str,
        app_key: &str,
        secrets: &KeySecrets,
    ) -> Result<(User, LoginProof), LoginRefusal> {
        let throttle = &self.key_throttle;
        let must_wait = || throttle.must_wait(account, name, self.parts.clock.now());
        must_wait().map_or(Ok(()), |after| Err(throttled(after)))?;
        let user = self.parts.storage.user_by_name(account, name).await.map_err(Error::from)?;
        let key = match AppKey::parse(app_key) {
            Ok(app_key) => self.parts.storage.user_key(account, &app_key).await.map_err(Error::from)?,
            // No key has a name of another shape.
            Err(_) => None,
        };
        let expected = key.as_ref().map_or(TokenHash([0; 32]), |key| key.secrets);
        let right = constant_time_eq(&expected.0, &secrets.hash().0);
        let owner = user
            .zip(key)
            .filter(|(user, key)| right && key.user == user.id && user.state == UserState::Active);
        // Judged and counted at one moment, after all waiting: right keys never count, however many sign in at once, and
        // of guesses at once no more than the bound are judged.
        if let Some((user, key)) = owner {
            must_wait().map_or(Ok(()), |after| Err(throttled(after)))?;
            throttle.succeeded(account, name);
            Ok((user, LoginProof::Key(key.app_key)))
        } else {
            throttle.begin(account, name, self.parts.clock.now()).map_err(throttled)?;
            Err(LoginRefusal::Credentials)
        }
    }
}

const fn throttled(after: Duration) -> LoginRefusal {
    LoginRefusal::Throttled { after }
}
