//! Everything identity needs, on an empty store, with time and randomness in the tests' hands.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;
use trunkline_jose::{SealingKey, testing};
use trunkline_model::{Behaviour, Clock, KeyPurpose, Rng, Role, Secret, TokenHash, User};
use trunkline_storage::Storage;
use trunkline_storage_sqlite::{Options, SqliteStorage};
use trunkline_wire::idp::LoginRequest;
use trunkline_wire::installations::{EndpointPolicy, Manifest};
use trunkline_wire::sentinel::TokenRequest;
use trunkline_wire::{AccountId, EpochMillis};

use crate::accounts::Accounts;
use crate::auth::{AccountAdmin, Auth, AuthOptions, Operator, SessionOptions, Sessions};
use crate::conversations::Profiles;
use crate::idp::{Idp, IdpOptions, IdpParts, SignedInUser};
use crate::installations::{Installations, InstalledApp, Registry};
use crate::keys::{KeyRing, KeyRingOptions, ReadyKeys};
use crate::sentinel::{ClientSecrets, Sentinel, SentinelOptions};
use crate::settings::Settings;
use crate::users::{NewUser, PasswordOptions, Passwords, Users};

pub(crate) const OPERATOR_TOKEN: &str = "operator-token";
/// 2026-11-21T00:00:00Z.
pub(crate) const START: i64 = 1_795_219_200_000;

#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> EpochMillis {
        EpochMillis(self.0.load(Ordering::Relaxed))
    }
}

/// Different bytes every time, the same in every run.
#[derive(Debug)]
pub(crate) struct TestRng(AtomicU64);

impl TestRng {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(1)))
    }
}

impl Rng for TestRng {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut state = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(state ^ (state >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

pub(crate) fn account(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

pub(crate) struct World {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) rng: Arc<TestRng>,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) installations: Installations,
    pub(crate) users: Arc<Users>,
    pub(crate) sentinel: Sentinel,
    pub(crate) idp: Idp,
    pub(crate) auth: Auth,
    pub(crate) operator: Operator,
    pub(crate) account: AccountId,
    directory: tempfile::TempDir,
}

impl World {
    /// An installation with the accounts `10020030` and `20030040`.
    pub(crate) async fn new() -> Self {
        Self::with(IdpOptions::default()).await
    }

    pub(crate) async fn with(options: IdpOptions) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(START)));
        let world = Self::open(directory, clock, TestRng::new(), options).await;
        for id in ["10020030", "20030040"] {
            world.accounts.create(&world.operator, account(id)).await.unwrap();
        }
        world
    }

    /// The same installation after a restart of the process.
    pub(crate) async fn restart(self) -> Self {
        let Self { storage, clock, rng, directory, .. } = self;
        storage.close().await;
        drop(storage);
        Self::open(directory, clock, rng, IdpOptions::default()).await
    }

    async fn open(
        directory: tempfile::TempDir,
        clock: Arc<TestClock>,
        rng: Arc<TestRng>,
        options: IdpOptions,
    ) -> Self {
        let storage: Arc<dyn Storage> = SqliteStorage::open(directory.path(), Options::default()).unwrap();
        let sealing = Arc::new(SealingKey::from_bytes([7; 32]));
        let (dyn_clock, dyn_rng): (Arc<dyn Clock>, Arc<dyn Rng>) = (clock.clone(), rng.clone());
        let source = Arc::new(ReadyKeys::new((0..testing::KEY_COUNT).map(testing::key).collect()));
        let keys = KeyRing::open(
            storage.clone(),
            dyn_clock.clone(),
            dyn_rng.clone(),
            sealing.clone(),
            KeyRingOptions { source, ..KeyRingOptions::default() },
        );
        let keys = Arc::new(keys.await.unwrap());
        let registry = Arc::new(Registry::new(storage.clone(), 1000));
        let accounts =
            Arc::new(Accounts::new(storage.clone(), dyn_clock.clone(), dyn_rng.clone(), sealing.clone()));
        let sessions = Arc::new(Sessions::new(
            storage.clone(),
            dyn_clock.clone(),
            dyn_rng.clone(),
            SessionOptions::default(),
        ));
        let passwords = Arc::new(Passwords::new(PasswordOptions::cheap(), dyn_rng.clone()).unwrap());
        let operator_token = Some(TokenHash(trunkline_jose::sha256(OPERATOR_TOKEN.as_bytes())));
        Self {
            installations: Installations::new(
                storage.clone(),
                dyn_clock.clone(),
                dyn_rng.clone(),
                sealing.clone(),
                registry.clone(),
                EndpointPolicy::Https,
                Arc::default(),
            ),
            users: Arc::new(Users::new(
                storage.clone(),
                dyn_clock.clone(),
                dyn_rng.clone(),
                passwords.clone(),
                sessions.clone(),
            )),
            sentinel: Sentinel::new(
                keys.clone(),
                registry.clone(),
                Arc::new(ClientSecrets::new(sealing.clone(), dyn_clock.clone())),
                dyn_clock.clone(),
                SentinelOptions::default(),
            ),
            idp: Idp::new(
                IdpParts {
                    storage: storage.clone(),
                    clock: dyn_clock.clone(),
                    rng: dyn_rng,
                    accounts: accounts.clone(),
                    keys: keys.clone(),
                    passwords,
                    sessions: sessions.clone(),
                    settings: Arc::new(Settings::new(storage.clone(), Behaviour::default())),
                    profiles: Arc::new(Profiles::new(storage.clone(), dyn_clock.clone())),
                },
                options,
            ),
            auth: Auth::new(
                keys.clone(),
                registry,
                sessions.clone(),
                dyn_clock,
                AuthOptions { operator_token, ..AuthOptions::default() },
            ),
            operator: Operator::this_process(),
            account: account("10020030"),
            clock,
            rng,
            storage,
            keys,
            accounts,
            directory,
        }
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now().seconds().0
    }

    pub(crate) fn admin(&self) -> AccountAdmin {
        self.operator.account_admin(self.account.clone())
    }

    pub(crate) async fn app(&self) -> InstalledApp {
        self.app_with(Manifest::connector("connector")).await
    }

    pub(crate) async fn app_with(&self, manifest: Manifest) -> InstalledApp {
        self.installations.create(&self.admin(), manifest, None).await.unwrap().0
    }

    /// An AppJWT from Sentinel.
    pub(crate) async fn app_jwt(&self, app: &InstalledApp) -> Arc<str> {
        let request = TokenRequest::new(app.app.id, app.secret.expose().to_owned());
        self.sentinel.token(&self.account, request).await.unwrap().token
    }

    /// A token with these claims, signed by the active key.
    pub(crate) async fn signed<C: Serialize + Send + 'static>(
        &self,
        purpose: KeyPurpose,
        claims: C,
    ) -> Arc<str> {
        self.keys.sign(purpose, claims).await.unwrap()
    }

    pub(crate) async fn user(&self, name: &str, role: Role) -> User {
        let password = Secret::new(format!("password of {name}"));
        self.users.create(&self.admin(), NewUser::new(name.to_owned(), role, password)).await.unwrap()
    }

    pub(crate) async fn login(&self, name: &str) -> SignedInUser {
        let request = LoginRequest::password(name.to_owned(), format!("password of {name}"));
        self.idp.login(&self.account, request).await.unwrap()
    }
}
