//! Agents and bots over their WebSocket: requests, subscriptions, rings. Source: spec 20 – 23.
//!
//! One task per account with connected agents follows the account's part of the log and knows, of every open conversation,
//! just what decides whom to tell and whom to ring. What is told is read from the log and the store, so nothing here needs
//! to survive a restart: queue and rings are what the stored states say.

mod account;
mod connection;
mod lists;
mod requests;
mod view;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use trunkline_model::{Rng, Timer};
use trunkline_storage::Storage;
use trunkline_wire::AccountId;
use trunkline_wire::agent::AgentVersion;

use crate::Error;
use crate::auth::{Sessions, SignedIn};
use crate::conversations::Conversations;
use crate::files::Files;
use crate::settings::Settings;
use crate::users::Users;
use crate::webhooks::{ChatStates, Hub};
use account::{Account, Command};

pub use connection::AgentConnection;

/// The most commands that wait for an account.
const COMMANDS: usize = 1024;

/// How often a socket is connected anew because the account's task ended at that moment.
const ATTEMPTS: usize = 3;

/// What the service stands on.
pub struct AgentsParts {
    /// The store.
    pub storage: Arc<dyn Storage>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// Where chat states pass.
    pub hub: Arc<Hub>,
    /// Who is who.
    pub users: Arc<Users>,
    /// Sessions, whose end closes sockets.
    pub sessions: Arc<Sessions>,
    /// What is done to conversations.
    pub conversations: Arc<Conversations>,
    /// How the account wants conversations offered.
    pub settings: Arc<Settings>,
    /// Shared files.
    pub files: Arc<Files>,
}

/// The service of agents' sockets.
pub struct Agents {
    parts: Arc<AgentsParts>,
    runtime: OnceLock<Runtime>,
    accounts: Arc<Accounts>,
}

/// The accounts whose agents have been connected.
#[derive(Default)]
struct Accounts(Mutex<HashMap<AccountId, KnownAccount>>);

#[derive(Default)]
struct KnownAccount {
    /// The way to its task, which ends some time after its last agent left.
    task: Option<mpsc::Sender<Command>>,
    /// When all its bots come back at once, one of them loads and the others wait.
    loading: Arc<tokio::sync::Mutex<()>>,
}

/// Where its tasks run.
struct Runtime {
    timer: Arc<dyn Timer>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Agents {
    /// The service; it takes no connections before [`Agents::start`].
    pub fn new(parts: AgentsParts) -> Self {
        Self { parts: Arc::new(parts), runtime: OnceLock::new(), accounts: Arc::default() }
    }

    /// Takes connections from now on; the first call counts.
    pub fn start(&self, timer: Arc<dyn Timer>, tasks: TaskTracker, stop: CancellationToken) {
        self.runtime.get_or_init(|| {
            let (accounts, states) = (Arc::clone(&self.accounts), self.parts.hub.chat_states_for_agents());
            let stopped = stop.clone();
            tasks.spawn(async move { stopped.run_until_cancelled(pass_on(&states, &accounts)).await });
            Runtime { timer, tasks, stop }
        });
    }

    /// Connects a socket of a signed-in user.
    ///
    /// # Errors
    /// [`Error::Overloaded`] while the service is not running; the store's.
    pub async fn connect(&self, caller: SignedIn, version: AgentVersion) -> Result<AgentConnection, Error> {
        let runtime = self.runtime.get().ok_or(Error::Overloaded)?;
        for _ in 0..ATTEMPTS {
            if runtime.stop.is_cancelled() {
                break;
            }
            let account = self.account(runtime, caller.account()).await?;
            let connection = AgentConnection::open(
                Arc::clone(&self.parts),
                Arc::clone(&runtime.timer),
                runtime.tasks.clone(),
                account,
                caller.clone(),
                version,
            );
            if let Some(connection) = connection.await {
                return Ok(connection);
            }
        }
        Err(Error::Overloaded)
    }

    /// The way to an account's task, which is started when it is first needed.
    async fn account(&self, runtime: &Runtime, id: &AccountId) -> Result<mpsc::Sender<Command>, Error> {
        if let Some(task) = self.accounts.task(id) {
            return Ok(task);
        }
        let loading = Arc::clone(&self.accounts.lock().entry(id.clone()).or_default().loading);
        let _turn = loading.lock().await;
        if let Some(task) = self.accounts.task(id) {
            return Ok(task);
        }
        let account = Account::load(Arc::clone(&self.parts), Arc::clone(&runtime.timer), id.clone()).await?;
        let (sender, commands) = mpsc::channel(COMMANDS);
        self.accounts.lock().entry(id.clone()).or_default().task = Some(sender.clone());
        let (accounts, id, stop) = (Arc::clone(&self.accounts), id.clone(), runtime.stop.clone());
        runtime.tasks.spawn(async move {
            account.run(commands, stop).await;
            accounts.forget_ended(&id);
        });
        Ok(sender)
    }
}

impl Accounts {
    /// The way to an account's task, if it runs.
    fn task(&self, id: &AccountId) -> Option<mpsc::Sender<Command>> {
        self.lock().get(id)?.task.clone().filter(|task| !task.is_closed())
    }

    /// Forgets the way to a task that has ended, unless there is another already.
    fn forget_ended(&self, id: &AccountId) {
        if let Some(known) = self.lock().get_mut(id) {
            known.task.take_if(|task| task.is_closed());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, KnownAccount>> {
        // The map is right even if a holder panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands chat states to the accounts with connected agents. One that has too much to do gets none: they are worth little
/// later.
async fn pass_on(states: &ChatStates, accounts: &Accounts) {
    loop {
        states.wait().await;
        for state in states.take() {
            if let Some(account) = accounts.task(&state.account) {
                let _ = account.try_send(Command::Chat(state));
            }
        }
    }
}

impl fmt::Debug for Agents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let running = self.accounts.lock().values().filter(|known| known.task.is_some()).count();
        f.debug_struct("Agents").field("accounts", &running).finish_non_exhaustive()
    }
}
