//! A bot for sandboxes: an agent that answers by itself, over the same public doors as every other agent (spec 20 to 22).
//!
//! [`desk`] decides everything and is pure; this module connects it to a socket. A lost connection is made again with
//! the same bearer after a pause that grows; a session that ended is followed by a new login. What was being done is
//! taken up where it was.

mod backoff;
mod desk;
mod frame;
mod lane;
mod persona;
mod script;
mod session;
mod socket;
#[cfg(test)]
mod tests;
mod trouble;

pub(crate) use persona::Persona;
pub(crate) use script::Script;
pub(crate) use session::{Credentials, Place};

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use trunkline_wire::SkillId;

use crate::clock::SystemRng;
use crate::failure::Failure;
use backoff::Backoff;
use desk::{Desk, Effect};
use session::{Hosts, Platform, Session};
use socket::Socket;
use trouble::Trouble;

/// How often the bot pings and looks for requests without an answer. The server closes what is silent (spec 21 §5).
const TICK: Duration = Duration::from_secs(30);
/// A server that sent nothing for this many ticks, not even pongs, is gone.
const SILENT_TICKS: u32 = 3;
/// How often the session is refreshed (spec 20 §4).
const REFRESH: Duration = Duration::from_mins(10);

/// A bot that has not connected yet.
pub(crate) struct Bot {
    place: Place,
    platform: Platform,
    tls: TlsConnector,
    credentials: Credentials,
    desk: Desk,
    first_pause: Duration,
    online: Option<oneshot::Sender<()>>,
}

/// A bot that works beside the rest of this process.
pub(crate) struct RunningBot {
    shutdown: CancellationToken,
    tasks: TaskTracker,
}

impl RunningBot {
    /// Starts it; what ends it before it is stopped goes to the log.
    pub(crate) fn start(bot: Bot) -> Self {
        let (shutdown, tasks) = (CancellationToken::new(), TaskTracker::new());
        let until = shutdown.clone();
        tasks.spawn(async move {
            if let Err(failure) = bot.run(until).await {
                tracing::error!("the bot has ended: {failure}");
            }
        });
        tasks.close();
        Self { shutdown, tasks }
    }

    /// Stops it.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.tasks.wait().await;
    }
}

/// Something that had to be waited for.
enum Later {
    Timer(u64),
    Refreshed(Result<(), Trouble>),
}

impl Bot {
    /// Prepares a bot; nothing is sent yet.
    pub(crate) fn new(
        place: Place,
        credentials: Credentials,
        persona: Persona,
        skills: BTreeSet<SkillId>,
    ) -> Result<Self, Failure> {
        let ca_file = place.ca_file.as_deref();
        let platform = Platform::new(place.base.clone(), place.account.clone(), ca_file)?;
        let tls = socket::tls(ca_file).map_err(Trouble::Tls)?;
        let desk = Desk::new(place.account.clone(), None, persona, skills);
        Ok(Self { place, platform, tls, credentials, desk, first_pause: backoff::FIRST, online: None })
    }

    /// Resolves when the bot is online for the first time.
    pub(crate) fn online(&mut self) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        self.online = Some(sender);
        receiver
    }

    /// Works until it is told to stop.
    ///
    /// # Errors
    /// The first connection does not come about, or a session ended and there is no other.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) -> Result<(), Failure> {
        let mut backoff = Backoff::starting_with(self.first_pause);
        let mut session = None;
        let mut worked = false;
        loop {
            let mut online = false;
            let trouble = match self.work(&mut session, &mut online, &shutdown).await {
                Ok(()) => {
                    tracing::info!("stopped");
                    return Ok(());
                }
                Err(trouble) => trouble,
            };
            self.desk.lost();
            worked |= online;
            if online {
                backoff = Backoff::starting_with(self.first_pause);
            }
            if !worked || trouble.is_final() || (trouble.ends_session() && !self.can_sign_in()) {
                return Err(trouble.into());
            }
            if trouble.ends_session() {
                session = None;
            }
            let pause = backoff.next(trouble.is_busy(), &SystemRng);
            tracing::warn!(
                error = &trouble as &dyn std::error::Error,
                "not connected; trying again in {:.1} s",
                pause.as_secs_f32()
            );
            if shutdown.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return Ok(());
            }
        }
    }

    fn can_sign_in(&self) -> bool {
        matches!(self.credentials, Credentials::Password { .. })
    }

    /// One connection, from the look-up to its end; `Ok` when the bot was told to stop.
    async fn work(
        &mut self,
        session: &mut Option<Session>,
        online: &mut bool,
        shutdown: &CancellationToken,
    ) -> Result<(), Trouble> {
        // Both futures hold whole handshakes and frames; they live as long as the bot.
        let connecting = shutdown.run_until_cancelled(Box::pin(self.connect(session)));
        let Some(connected) = connecting.await else { return Ok(()) };
        let (hosts, mut socket) = connected?;
        let Some(session) = session else { return Ok(()) };
        let Self { platform, desk, online: told, .. } = self;
        let mut connection =
            Connection { platform, desk, hosts: &hosts, session, later: FuturesUnordered::new() };
        let serving = Box::pin(connection.serve(&mut socket, || {
            *online = true;
            if let Some(told) = told.take() {
                // Nobody may wait for it any more.
                let _ = told.send(());
            }
        }));
        let served = shutdown.run_until_cancelled(serving).await;
        if let Some(trouble) = served {
            return Err(trouble);
        }
        drop(connection);
        socket.close().await;
        Ok(())
    }

    async fn connect(&mut self, session: &mut Option<Session>) -> Result<(Hosts, Socket), Trouble> {
        let hosts = self.platform.hosts().await?;
        let session = match session {
            Some(session) => session,
            None => session.insert(self.platform.login(&hosts.login, &self.credentials).await?),
        };
        if let Some(aid) = &session.aid {
            self.desk.is(aid.clone());
        }
        let socket = Socket::open(&self.tls, &hosts.socket, &self.place.account, &session.bearer).await?;
        tracing::info!(host = hosts.socket, account.id = %self.place.account, "connected");
        Ok((hosts, socket))
    }
}

/// One open socket and everything that waits beside it.
struct Connection<'a> {
    platform: &'a Platform,
    desk: &'a mut Desk,
    hosts: &'a Hosts,
    session: &'a Session,
    later: FuturesUnordered<BoxFuture<'a, Later>>,
}

impl Connection<'_> {
    /// Carries frames until something keeps it from doing so.
    async fn serve(&mut self, socket: &mut Socket, online: impl FnMut()) -> Trouble {
        match self.carry(socket, online).await {
            Ok(never) => match never {},
            Err(trouble) => trouble,
        }
    }

    async fn carry(&mut self, socket: &mut Socket, mut online: impl FnMut()) -> Result<Infallible, Trouble> {
        let mut tick = tokio::time::interval_at(Instant::now() + TICK, TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut silent = 0;
        self.refresh_later();
        let mut effects = self.desk.opened();
        loop {
            for effect in effects {
                match effect {
                    Effect::Send(text) => socket.send(text).await?,
                    Effect::Wait(timer, span) => {
                        self.later.push(tokio::time::sleep(span).map(move |()| Later::Timer(timer)).boxed());
                    }
                    Effect::Online => {
                        tracing::info!("online");
                        online();
                    }
                }
            }
            effects = tokio::select! {
                frame = socket.next() => {
                    silent = 0;
                    match frame? {
                        Some(text) => self.desk.received(&text)?,
                        None => Vec::new(),
                    }
                }
                Some(later) = self.later.next() => self.due(later)?,
                _ = tick.tick() => {
                    self.desk.tick()?;
                    silent += 1;
                    if silent > SILENT_TICKS {
                        return Err(Trouble::Lost("the server is silent".to_owned()));
                    }
                    socket.ping().await?;
                    Vec::new()
                }
            };
        }
    }

    fn due(&mut self, later: Later) -> Result<Vec<Effect>, Trouble> {
        match later {
            Later::Timer(timer) => return Ok(self.desk.woke(timer)),
            Later::Refreshed(Err(trouble)) if trouble.ends_session() => return Err(trouble),
            Later::Refreshed(Err(trouble)) => {
                tracing::warn!(error = &trouble as &dyn std::error::Error, "the session was not refreshed");
            }
            Later::Refreshed(Ok(())) => {}
        }
        self.refresh_later();
        Ok(Vec::new())
    }

    fn refresh_later(&self) {
        let (platform, host, session) = (self.platform, &self.hosts.login, self.session);
        let refresh = async move {
            tokio::time::sleep(REFRESH).await;
            Later::Refreshed(platform.refresh(host, session).await)
        };
        self.later.push(refresh.boxed());
    }
}
