//! The proofs. Only the checks of this module make them.

use std::sync::Arc;

use trunkline_model::{AppInstallation, AuditActor, Session, User};
use trunkline_wire::{AccountId, AppInstallationId, ConsumerId, EpochMillis, ExternalConsumerId};

/// A live app of an account, by a valid AppJWT.
#[derive(Debug, Clone)]
pub struct AppCaller {
    account: AccountId,
    app: Arc<AppInstallation>,
}

impl AppCaller {
    pub(super) fn new(account: AccountId, app: Arc<AppInstallation>) -> Self {
        Self { account, app }
    }

    /// The account.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The app.
    pub fn app(&self) -> &Arc<AppInstallation> {
        &self.app
    }
}

/// A live app that speaks for a consumer, by a valid AppJWT and a valid ConsumerJWS.
#[derive(Debug, Clone)]
pub struct OnBehalf {
    account: AccountId,
    app: Arc<AppInstallation>,
    consumer: ConsumerId,
    external: ExternalConsumerId,
}

impl OnBehalf {
    pub(super) fn new(
        account: AccountId,
        app: Arc<AppInstallation>,
        consumer: ConsumerId,
        external: ExternalConsumerId,
    ) -> Self {
        Self { account, app, consumer, external }
    }

    /// The account.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The app.
    pub fn app(&self) -> &Arc<AppInstallation> {
        &self.app
    }

    /// The consumer.
    pub fn consumer(&self) -> ConsumerId {
        self.consumer
    }

    /// The app's own name for the consumer.
    pub fn external_id(&self) -> &ExternalConsumerId {
        &self.external
    }
}

/// A consumer who signed in without a connector, by a valid token of its own.
#[derive(Debug, Clone)]
pub struct SignedInConsumer {
    account: AccountId,
    consumer: ConsumerId,
    external: ExternalConsumerId,
    ends_at: EpochMillis,
    can_renew: bool,
}

impl SignedInConsumer {
    pub(super) fn new(
        account: AccountId,
        consumer: ConsumerId,
        external: ExternalConsumerId,
        ends_at: EpochMillis,
        can_renew: bool,
    ) -> Self {
        Self { account, consumer, external, ends_at, can_renew }
    }

    /// When the token ends, tolerance included.
    pub fn ends_at(&self) -> EpochMillis {
        self.ends_at
    }

    /// True when the identity behind the token can be renewed at its end.
    pub fn can_renew(&self) -> bool {
        self.can_renew
    }
}

/// Whoever may speak for a consumer: the proof of an app, or of the consumer itself. Only the proofs of this module are one.
pub trait ActsForConsumer: sealed::Proof + Send + Sync {
    /// The account.
    fn account(&self) -> &AccountId;
    /// The consumer.
    fn consumer(&self) -> ConsumerId;
    /// The name outside the platform.
    fn external_id(&self) -> &ExternalConsumerId;
    /// The app installation, if there is one between.
    fn app_id(&self) -> Option<AppInstallationId>;
}

mod sealed {
    pub trait Proof {}
    impl Proof for super::OnBehalf {}
    impl Proof for super::SignedInConsumer {}
}

impl ActsForConsumer for OnBehalf {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn consumer(&self) -> ConsumerId {
        self.consumer
    }

    fn external_id(&self) -> &ExternalConsumerId {
        &self.external
    }

    fn app_id(&self) -> Option<AppInstallationId> {
        Some(self.app.id)
    }
}

impl ActsForConsumer for SignedInConsumer {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn consumer(&self) -> ConsumerId {
        self.consumer
    }

    fn external_id(&self) -> &ExternalConsumerId {
        &self.external
    }

    fn app_id(&self) -> Option<AppInstallationId> {
        None
    }
}

/// A signed-in user, by a live bearer.
#[derive(Debug, Clone)]
pub struct SignedIn {
    account: AccountId,
    user: Arc<User>,
    session: Arc<Session>,
}

impl SignedIn {
    pub(super) fn new(account: AccountId, user: Arc<User>, session: Arc<Session>) -> Self {
        Self { account, user, session }
    }

    /// The account.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The user.
    pub fn user(&self) -> &Arc<User> {
        &self.user
    }

    /// The session.
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }
}

/// Somebody who may administer an account: one of its admins, or the operator.
#[derive(Debug, Clone)]
pub struct AccountAdmin {
    account: AccountId,
    actor: AuditActor,
}

impl AccountAdmin {
    pub(super) fn new(account: AccountId, actor: AuditActor) -> Self {
        Self { account, actor }
    }

    /// The account.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// Who it is, for the audit trail.
    pub(crate) fn actor(&self) -> AuditActor {
        self.actor
    }
}

/// The operator of this installation.
#[derive(Debug, Clone)]
pub struct Operator(());

impl Operator {
    pub(super) fn by_token() -> Self {
        Self(())
    }

    /// The process that opened the store and holds the master key, for what it sets up by itself at the first start.
    /// Never for work on a request: that must present the operator's token.
    pub fn this_process() -> Self {
        Self(())
    }

    /// The operator may administer every account.
    #[expect(clippy::unused_self, reason = "holding the proof is the argument")]
    pub fn account_admin(&self, account: AccountId) -> AccountAdmin {
        AccountAdmin::new(account, AuditActor::Operator)
    }
}
