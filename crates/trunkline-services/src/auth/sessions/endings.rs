//! Telling those who wait for the end of a session that it may have come.
//!
//! Every open socket waits, and most endings are of others: each is compared before anybody looks into the store.

use tokio::sync::broadcast::{self, error::RecvError};
use trunkline_model::{Session, TokenHash};
use trunkline_wire::{AccountId, UserId};

/// How many endings are kept for whoever has not heard of them yet. Who misses some looks for himself.
const KEPT: usize = 1024;

/// Sessions that may have ended.
#[derive(Debug, Clone)]
pub(super) enum Ending {
    /// The one of this bearer.
    Of(TokenHash),
    /// All of a user.
    OfUser(AccountId, UserId),
}

impl Ending {
    fn concerns(&self, session: &Session) -> bool {
        match self {
            Self::Of(bearer) => *bearer == session.bearer,
            Self::OfUser(account, user) => *user == session.user && *account == session.account,
        }
    }
}

/// The endings of sessions in this process.
#[derive(Debug)]
pub(super) struct Endings(broadcast::Sender<Ending>);

impl Default for Endings {
    fn default() -> Self {
        Self(broadcast::Sender::new(KEPT))
    }
}

impl Endings {
    pub(super) fn tell(&self, ending: Ending) {
        // It may be that nobody waits.
        let _ = self.0.send(ending);
    }

    /// Hears of every ending from now on.
    pub(super) fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

/// Somebody who waits.
#[derive(Debug)]
pub(super) struct Listener(broadcast::Receiver<Ending>);

impl Listener {
    /// Waits until this session may have ended. Nothing is lost when the wait is given up.
    pub(super) async fn next_of(&mut self, session: &Session) {
        loop {
            match self.0.recv().await {
                Ok(ending) if !ending.concerns(session) => {}
                Ok(_) | Err(RecvError::Lagged(_) | RecvError::Closed) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use trunkline_wire::EpochMillis;

    use super::*;

    fn session() -> Session {
        let hash = |byte| TokenHash([byte; 32]);
        Session {
            account: AccountId::parse("10020030").unwrap(),
            user: UserId::parse("282467514").unwrap(),
            bearer: hash(1),
            cookie: hash(2),
            csrf: hash(3),
            created_at: EpochMillis(0),
            expires_at: EpochMillis(1),
        }
    }

    fn hears(listener: &mut Listener, session: &Session) -> bool {
        pin!(listener.next_of(session)).poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn only_the_own_ending_is_heard() {
        let (endings, session) = (Endings::default(), session());
        let mut listener = endings.listen();
        let mut heard = || hears(&mut listener, &session);
        endings.tell(Ending::Of(TokenHash([9; 32])));
        endings.tell(Ending::OfUser(AccountId::parse("10020031").unwrap(), session.user));
        endings.tell(Ending::OfUser(session.account.clone(), UserId::parse("282467515").unwrap()));
        assert!(!heard());
        endings.tell(Ending::Of(session.bearer));
        assert!(heard());
        endings.tell(Ending::OfUser(session.account.clone(), session.user));
        assert!(heard());
        assert!(!heard());
    }

    #[test]
    fn who_missed_some_looks_for_himself() {
        let (endings, session) = (Endings::default(), session());
        let mut listener = endings.listen();
        for _ in 0..=KEPT {
            endings.tell(Ending::Of(TokenHash([9; 32])));
        }
        assert!(hears(&mut listener, &session));
    }
}
