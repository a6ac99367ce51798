//! Login, refresh and logout of agents, bots and admins. Source: spec 20 §3–5.

use std::time::Duration;

use trunkline_model::{Secret, User, UserState};
use trunkline_wire::AccountId;
use trunkline_wire::idp::LoginRequest;

use super::Idp;
use crate::Error;
use crate::auth::{NewSession, SessionRefusal};

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
    #[error("the body must have username and password")]
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
    ApiKey,
}

impl Credentials {
    fn of(request: LoginRequest) -> Result<Self, LoginRefusal> {
        match request {
            LoginRequest { username: Some(name), password: Some(password), .. } => {
                Ok(Self::Password { name, password: Secret::new(password) })
            }
            LoginRequest { assertion: Some(_), .. } => Ok(Self::Saml),
            LoginRequest {
                username: Some(_),
                app_key: Some(_),
                secret: Some(_),
                access_token: Some(_),
                access_token_secret: Some(_),
                ..
            } => Ok(Self::ApiKey),
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
        let user = match Credentials::of(request)? {
            Credentials::Password { name, password } => self.by_password(account, &name, password).await?,
            Credentials::Saml => return Err(LoginRefusal::Saml),
            // No API keys exist, so none is right.
            Credentials::ApiKey => return Err(LoginRefusal::Credentials),
        };
        let session = self.parts.sessions.start(&user).await?.ok_or(LoginRefusal::Credentials)?;
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
    ) -> Result<User, LoginRefusal> {
        // Asked before queueing, so that a throttled name takes no place in the queue, and counted after it, so that
        // guesses that queued up together count too.
        let throttled = |after| LoginRefusal::Throttled { after };
        self.throttle
            .must_wait(account, name, self.parts.clock.now())
            .map_or(Ok(()), |after| Err(throttled(after)))?;
        let user = self.parts.storage.user_by_name(account, name).await.map_err(Error::from)?;
        let turn = self.parts.passwords.turn().await?;
        self.throttle.begin(account, name, self.parts.clock.now()).map_err(throttled)?;
        let hash = user.as_ref().map(|user| user.password_hash.as_str());
        let right = self.parts.passwords.check(turn, password, hash).await?;
        if let Some(user) = user.filter(|user| right && user.state == UserState::Active) {
            self.throttle.succeeded(account, name);
            Ok(user)
        } else {
            Err(LoginRefusal::Credentials)
        }
    }
}
