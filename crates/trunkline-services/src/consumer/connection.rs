//! One socket of a consumer, signed in or not yet.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};
use trunkline_wire::agent::{Close, ConsumerToken, INIT_LIMIT};
use trunkline_wire::conversations::properties::ClientProperties;
use trunkline_wire::{AccountId, EpochMillis};

use super::account::{Command, SocketId};
use super::refused::Refused;
use super::{ConsumersParts, Runtime, requests};
use crate::Error;
use crate::auth::{ActsForConsumer as _, ConsumerTokenRefusal, SignedInConsumer};
use crate::rate::{Meter, Rate};
use crate::socket::{Outbox, Ticket};

/// The most requests of one socket: this many at once, and a twentieth of it each second. Source: spec 24 §1.
const REQUESTS: Rate = Rate { requests: 400, window: Duration::from_secs(20) };
/// How often an account's task that just ended is asked for anew.
const TRIES: usize = 8;

/// Why a token did not sign the socket in.
#[derive(Debug)]
pub(super) enum SignInRefusal {
    Token(ConsumerTokenRefusal),
    /// The socket is another consumer's already.
    OtherConsumer,
    Unavailable,
}

/// A connected socket. Dropping it ends its subscriptions and tells the account that it is gone.
pub struct ConsumerConnection {
    runtime: Arc<Runtime>,
    account: AccountId,
    outbox: Arc<Outbox>,
    opened_at: EpochMillis,
    member: OnceLock<Member>,
    /// When the newest token ends, and how the socket is closed then.
    end: Mutex<Option<(EpochMillis, Close)>>,
    renewed: Notify,
    properties: Mutex<ClientProperties>,
    meter: Mutex<Meter>,
}

/// A socket's place in its account.
pub(super) struct Member {
    pub(super) consumer: SignedInConsumer,
    pub(super) account: mpsc::Sender<Command>,
    ticket: Ticket<SocketId>,
}

impl ConsumerConnection {
    pub(super) async fn open(
        runtime: Arc<Runtime>,
        account: AccountId,
        token: Option<&ConsumerToken>,
        properties: ClientProperties,
    ) -> Result<Self, Error> {
        let connection = Self {
            opened_at: runtime.timer.now(),
            runtime,
            account,
            outbox: Arc::default(),
            member: OnceLock::new(),
            end: Mutex::default(),
            renewed: Notify::new(),
            properties: Mutex::new(properties),
            meter: Mutex::default(),
        };
        if let Some(token) = token {
            match connection.sign_in(token).await {
                Ok(()) => {}
                Err(SignInRefusal::Token(refusal)) => connection.outbox.close(close_of(refusal)),
                Err(_) => return Err(Error::Overloaded),
            }
        }
        Ok(connection)
    }

    /// Signs in, or brings a newer token of the same consumer.
    pub(super) async fn sign_in(&self, token: &ConsumerToken) -> Result<(), SignInRefusal> {
        let auth = &self.runtime.parts.auth;
        let consumer =
            auth.signed_in_consumer(&self.account, token.as_str()).map_err(SignInRefusal::Token)?;
        let close = if consumer.can_renew() { Close::IdentityExpired } else { Close::TokenExpired };
        let end = (consumer.ends_at(), close);
        match self.member.get() {
            Some(member) if member.consumer.consumer() != consumer.consumer() => {
                return Err(SignInRefusal::OtherConsumer);
            }
            Some(_) => {}
            None => {
                let member = self.join(consumer).await?;
                // Requests of a socket come one after the other, so nobody else has joined.
                let _ = self.member.set(member);
            }
        }
        *lock(&self.end) = Some(end);
        self.renewed.notify_one();
        Ok(())
    }

    async fn join(&self, consumer: SignedInConsumer) -> Result<Member, SignInRefusal> {
        for _ in 0..TRIES {
            let account = self.runtime.account(&self.account);
            let (reply, answer) = oneshot::channel();
            let connect =
                Command::Connect { consumer: consumer.consumer(), outbox: Arc::clone(&self.outbox), reply };
            // A task that ends because nobody is connected takes no more commands; the next one does.
            if account.send(connect).await.is_ok()
                && let Ok(ticket) = answer.await
            {
                return Ok(Member { consumer, account, ticket });
            }
            if self.runtime.stop.is_cancelled() {
                break;
            }
        }
        Err(SignInRefusal::Unavailable)
    }

    /// What waits to be written to the socket.
    pub fn outbox(&self) -> &Arc<Outbox> {
        &self.outbox
    }

    /// Takes one frame of the client. Its answer and what else follows from it, long lists included, is in the outbox when this
    /// returns. Frames of one socket are given one after the other.
    pub async fn receive(&self, frame: &str) {
        self.outbox.cork();
        let response = requests::answer(self, frame).await;
        self.outbox.respond(response.frame.map(Into::into), self.now());
        if let Some(close) = response.close {
            self.outbox.close(close);
        }
        if let (Some(then), Some(member)) = (response.then, self.member.get()) {
            then.run(self, member).await;
        }
    }

    /// Waits until the socket is to be closed: because no token came in time, or because the newest one ended.
    pub async fn ended(&self) -> Close {
        loop {
            let end = *lock(&self.end);
            let (at, close) = end.unwrap_or((self.opened_at.plus(INIT_LIMIT), Close::TokenExpired));
            tokio::select! {
                biased;
                () = self.renewed.notified() => {}
                () = self.runtime.timer.sleep_until(at) => return close,
            }
        }
    }

    pub(super) fn now(&self) -> EpochMillis {
        self.runtime.timer.now()
    }

    pub(super) fn parts(&self) -> &ConsumersParts {
        &self.runtime.parts
    }

    pub(super) fn account(&self) -> &AccountId {
        &self.account
    }

    pub(super) fn member(&self) -> Option<&Member> {
        self.member.get()
    }

    /// What the client said about itself last.
    pub(super) fn properties(&self) -> ClientProperties {
        lock(&self.properties).clone()
    }

    pub(super) fn set_properties(&self, properties: ClientProperties) {
        *lock(&self.properties) = properties;
    }

    /// Counts a request.
    pub(super) fn take_turn(&self) -> Result<(), Refused> {
        let taken = lock(&self.meter).take(REQUESTS, self.now());
        taken.map_err(|_| Refused::too_many("too many requests, wait a second"))
    }
}

impl Member {
    pub(super) fn id(&self) -> SocketId {
        self.ticket.id
    }

    /// Asks the account's task and waits for its answer; `None` when it is gone.
    pub(super) async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.account.send(command(reply)).await.ok()?;
        answer.await.ok()
    }
}

/// How a socket is closed whose token was refused. Source: spec 24 §1.
pub(super) fn close_of(refusal: ConsumerTokenRefusal) -> Close {
    match refusal {
        ConsumerTokenRefusal::IdentityExpired => Close::IdentityExpired,
        _ => Close::TokenExpired,
    }
}

/// The values are right even if a holder panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for ConsumerConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let consumer = self.member.get().map(|member| member.consumer.consumer());
        f.debug_struct("ConsumerConnection").field("consumer", &consumer).finish_non_exhaustive()
    }
}
