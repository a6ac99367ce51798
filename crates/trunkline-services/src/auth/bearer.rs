//! Checks bearers of signed-in users and the operator's token.

use std::sync::Arc;

use trunkline_model::{AuditActor, Role};
use trunkline_wire::AccountId;

use super::{AccountAdmin, Auth, BearerRefusal, Operator, SessionRefusal, SignedIn, hash_of, present};

impl Auth {
    /// Accepts a user of this account who presents a live bearer.
    ///
    /// # Errors
    /// See [`BearerRefusal`].
    pub async fn signed_in(
        &self,
        account: &AccountId,
        bearer: Option<&str>,
    ) -> Result<SignedIn, BearerRefusal> {
        let bearer = present(bearer).ok_or(BearerRefusal::Missing)?;
        let live = self.sessions.find(hash_of(bearer)).await?;
        if live.session.account != *account {
            return Err(BearerRefusal::WrongAccount);
        }
        Ok(SignedIn::new(account.clone(), Arc::clone(&live.user), Arc::clone(&live.session)))
    }

    /// Accepts an admin of this account who presents a live bearer.
    ///
    /// # Errors
    /// See [`BearerRefusal`].
    pub async fn admin(
        &self,
        account: &AccountId,
        bearer: Option<&str>,
    ) -> Result<AccountAdmin, BearerRefusal> {
        let user = self.signed_in(account, bearer).await?;
        if user.user().role < Role::Admin {
            return Err(BearerRefusal::Role);
        }
        Ok(AccountAdmin::new(account.clone(), AuditActor::User(user.user().id)))
    }

    /// Accepts the operator.
    ///
    /// # Errors
    /// [`BearerRefusal::Missing`], [`BearerRefusal::Unknown`].
    pub fn operator(&self, token: Option<&str>) -> Result<Operator, BearerRefusal> {
        let token = present(token).ok_or(BearerRefusal::Missing)?;
        let expected = self.options.operator_token.ok_or(BearerRefusal::Unknown)?;
        if trunkline_jose::constant_time_eq(&expected.0, &hash_of(token).0) {
            Ok(Operator::by_token())
        } else {
            Err(BearerRefusal::Unknown)
        }
    }
}

impl From<SessionRefusal> for BearerRefusal {
    fn from(refusal: SessionRefusal) -> Self {
        match refusal {
            SessionRefusal::Expired => Self::Expired,
            SessionRefusal::Storage(error) => Self::Storage(error),
            _ => Self::Unknown,
        }
    }
}
