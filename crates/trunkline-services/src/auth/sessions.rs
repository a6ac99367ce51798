//! Sessions of signed-in users: kept in the store by the hashes of their tokens, remembered here for a few seconds.
//!
//! What ends a session in this process (logout, disabling the user, a new password) takes effect at once; what ends it
//! elsewhere is seen when the remembered copy is next compared with the store.

mod endings;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use data_encoding::HEXLOWER;
use quick_cache::sync::Cache;
use trunkline_jose::constant_time_eq;
use trunkline_model::{Clock, LoginProof, Rng, Secret, Session, Timer, TokenHash, User, UserState};
use trunkline_storage::Storage;
use trunkline_wire::{AccountId, EpochMillis, UserId};

use super::hash_of;
use crate::Error;
use endings::{Ending, Endings};

/// How long sessions live.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// How long a session lives without a refresh: 8 hours, never below half an hour. Source: spec 20 §4.
    pub ttl: Duration,
    /// After this long a remembered session is compared with the store again.
    pub recheck_after: Duration,
    /// How many sessions are remembered.
    pub remembered: usize,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self { ttl: Duration::from_hours(8), recheck_after: Duration::from_secs(5), remembered: 16 * 1024 }
    }
}

/// Clients refresh every ten minutes, so anything shorter would sign them out. Source: spec 20 §4.
const SHORTEST_TTL: Duration = Duration::from_mins(30);

/// A live session and its user.
#[derive(Debug, Clone)]
pub struct LiveSession {
    /// The session.
    pub session: Arc<Session>,
    /// The user, who may sign in.
    pub user: Arc<User>,
    checked_at: EpochMillis,
}

/// The tokens of a new session: each 64 hex characters, 256 random bits.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// For `Authorization` and the WebSocket path.
    pub bearer: Secret,
    /// For the `Session_id` cookie.
    pub cookie: Secret,
    /// For the bodies of refresh and logout.
    pub csrf: Secret,
    /// When it was made.
    pub created_at: EpochMillis,
    /// How long it lives without a refresh.
    pub ttl: Duration,
}

/// Why a session cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionRefusal {
    /// There is none, or it was ended.
    #[error("the session is unknown")]
    Unknown,
    /// It has run out.
    #[error("the session has expired")]
    Expired,
    /// The csrf token is another session's.
    #[error("the csrf token does not belong to the session")]
    Csrf,
    /// It could not be looked up.
    #[error("the session could not be checked")]
    Storage(#[source] Error),
}

impl From<trunkline_storage::Error> for SessionRefusal {
    fn from(error: trunkline_storage::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// How long after a failed look a session is looked at again.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// The sessions of all accounts.
pub struct Sessions {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    options: SessionOptions,
    remembered: Cache<TokenHash, LiveSession>,
    /// Counts what made remembered sessions invalid, so that a copy read before is not remembered after.
    forgotten: Mutex<u64>,
    /// Which sessions may have ended.
    endings: Endings,
}

impl Sessions {
    /// Sessions in this store.
    pub fn new(
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        mut options: SessionOptions,
    ) -> Self {
        options.ttl = options.ttl.max(SHORTEST_TTL);
        Self {
            remembered: Cache::new(options.remembered),
            forgotten: Mutex::new(0),
            endings: Endings::default(),
            storage,
            clock,
            rng,
            options,
        }
    }

    /// Begins a session of a user who showed `proof`. `None` when the user was disabled since, or the proof counts no more.
    pub(crate) async fn start(&self, user: &User, proof: LoginProof) -> Result<Option<NewSession>, Error> {
        let random = || Secret::new(HEXLOWER.encode(&self.rng.bytes::<32>()));
        let (bearer, cookie, csrf) = (random(), random(), random());
        let created_at = self.clock.now();
        let session = Session {
            account: user.account.clone(),
            user: user.id,
            bearer: hash_of(bearer.expose()),
            cookie: hash_of(cookie.expose()),
            csrf: hash_of(csrf.expose()),
            created_at,
            expires_at: created_at.plus(self.options.ttl),
        };
        match self.storage.create_session(session, proof).await {
            Err(trunkline_storage::Error::Conflict) => return Ok(None),
            other => other?,
        }
        Ok(Some(NewSession { bearer, cookie, csrf, created_at, ttl: self.options.ttl }))
    }

    /// The live session of a bearer.
    ///
    /// # Errors
    /// See [`SessionRefusal`].
    pub async fn find(&self, bearer: TokenHash) -> Result<LiveSession, SessionRefusal> {
        let now = self.clock.now();
        if let Some(live) = self.remembered.get(&bearer)
            && now.since(live.checked_at) < self.options.recheck_after
        {
            return if now < live.session.expires_at { Ok(live) } else { Err(SessionRefusal::Expired) };
        }
        self.look_up(bearer, now).await
    }

    async fn look_up(&self, bearer: TokenHash, now: EpochMillis) -> Result<LiveSession, SessionRefusal> {
        let before = *self.forgotten();
        let session = self.storage.session(bearer).await?.ok_or(SessionRefusal::Unknown)?;
        if now >= session.expires_at {
            return Err(SessionRefusal::Expired);
        }
        let user = self.storage.user(&session.account, session.user).await?;
        let user = user.filter(|user| user.state == UserState::Active).ok_or(SessionRefusal::Unknown)?;
        let live = LiveSession { session: Arc::new(session), user: Arc::new(user), checked_at: now };
        let forgotten = self.forgotten();
        if *forgotten == before {
            self.remembered.insert(bearer, live.clone());
        }
        drop(forgotten);
        Ok(live)
    }

    /// Moves the end of the session of a cookie to a full life from now.
    pub(crate) async fn refresh(
        &self,
        account: &AccountId,
        cookie: &str,
        csrf: &str,
    ) -> Result<(), SessionRefusal> {
        let session = self.by_cookie(account, cookie, csrf).await?;
        let expires_at = self.clock.now().plus(self.options.ttl);
        match self.storage.extend_session(session.bearer, expires_at).await {
            Err(trunkline_storage::Error::NotFound) => return Err(SessionRefusal::Unknown),
            other => other?,
        }
        // It did not end: whoever waits for that looks again at the old end.
        self.forget_remembered(session.bearer);
        Ok(())
    }

    /// Ends the session of a cookie, at once.
    pub(crate) async fn end(
        &self,
        account: &AccountId,
        cookie: &str,
        csrf: &str,
    ) -> Result<(), SessionRefusal> {
        let session = self.by_cookie(account, cookie, csrf).await?;
        self.storage.end_session(session.bearer).await?;
        self.forget(session.bearer);
        Ok(())
    }

    /// Forgets the sessions of a user, after the store ended them or the user changed.
    pub(crate) fn forget_user(&self, account: &AccountId, user: UserId) {
        let mut forgotten = self.forgotten();
        *forgotten += 1;
        self.remembered.retain(|_, live| live.session.user != user || live.session.account != *account);
        drop(forgotten);
        self.endings.tell(Ending::OfUser(account.clone(), user));
    }

    /// Waits until a session has ended: by logout, by its time, or because its user was disabled.
    pub(crate) async fn ended(&self, session: &Session, timer: &dyn Timer) {
        let mut endings = self.endings.listen();
        loop {
            let look_again = match self.find(session.bearer).await {
                Ok(live) => live.session.expires_at,
                // Nobody has to sign in again because the store is in trouble.
                Err(SessionRefusal::Storage(_)) => timer.now().plus(AFTER_FAILURE),
                Err(SessionRefusal::Unknown | SessionRefusal::Expired | SessionRefusal::Csrf) => return,
            };
            tokio::select! {
                () = timer.sleep_until(look_again) => {
                    // It may have been refreshed: what is remembered is asked for anew.
                    self.forget_remembered(session.bearer);
                }
                () = endings.next_of(session) => {}
            }
        }
    }

    fn forget_remembered(&self, bearer: TokenHash) {
        let mut forgotten = self.forgotten();
        *forgotten += 1;
        self.remembered.remove(&bearer);
    }

    async fn by_cookie(
        &self,
        account: &AccountId,
        cookie: &str,
        csrf: &str,
    ) -> Result<Session, SessionRefusal> {
        let session = self.storage.session_by_cookie(account, hash_of(cookie)).await?;
        let session = session.ok_or(SessionRefusal::Unknown)?;
        if self.clock.now() >= session.expires_at {
            return Err(SessionRefusal::Expired);
        }
        if !constant_time_eq(&session.csrf.0, &hash_of(csrf).0) {
            return Err(SessionRefusal::Csrf);
        }
        Ok(session)
    }

    fn forget(&self, bearer: TokenHash) {
        self.forget_remembered(bearer);
        self.endings.tell(Ending::Of(bearer));
    }

    fn forgotten(&self) -> std::sync::MutexGuard<'_, u64> {
        self.forgotten.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
