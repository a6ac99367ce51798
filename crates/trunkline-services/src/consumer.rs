//! Consumers over their own WebSocket, without a connector. Source: spec 24.
//!
//! One task per account with connected consumers follows the account's part of the log. It keeps nothing of conversations but
//! who wants to hear of them, found by consumer and by conversation, so what an entry costs depends on who is told. What was
//! there before is read from the store; where reading ends and following begins is agreed on by versions.

mod account;
mod connection;
mod filter;
pub(crate) mod receipts;
mod refused;
mod requests;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use trunkline_model::{Rng, Timer};
use trunkline_storage::Storage;
use trunkline_wire::AccountId;
use trunkline_wire::agent::ConsumerToken;
use trunkline_wire::conversations::properties::ClientProperties;

use crate::Error;
use crate::auth::Auth;
use crate::conversations::Conversations;
use crate::files::Files;
use crate::webhooks::{ChatStates, Hub};
use account::{Account, Command};

pub use connection::{ConnectRefusal, ConsumerConnection};

/// The most commands that wait for an account.
const COMMANDS: usize = 1024;

/// What the service stands on.
pub struct ConsumersParts {
    /// The store.
    pub storage: Arc<dyn Storage>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// Where chat states pass.
    pub hub: Arc<Hub>,
    /// Who is who.
    pub auth: Arc<Auth>,
    /// What is done to conversations.
    pub conversations: Arc<Conversations>,
    /// Shared files.
    pub files: Arc<Files>,
}

/// The service of consumers' sockets.
pub struct Consumers {
    parts: Arc<ConsumersParts>,
    runtime: OnceLock<Arc<Runtime>>,
}

/// Where its tasks run.
struct Runtime {
    parts: Arc<ConsumersParts>,
    timer: Arc<dyn Timer>,
    tasks: TaskTracker,
    stop: CancellationToken,
    accounts: Arc<Accounts>,
}

/// The tasks of accounts with connected consumers.
#[derive(Default)]
struct Accounts(Mutex<HashMap<AccountId, mpsc::Sender<Command>>>);

impl Consumers {
    /// The service; it takes no connections before [`Consumers::start`].
    pub fn new(parts: ConsumersParts) -> Self {
        Self { parts: Arc::new(parts), runtime: OnceLock::new() }
    }

    /// Takes connections from now on; the first call counts.
    pub fn start(&self, timer: Arc<dyn Timer>, tasks: TaskTracker, stop: CancellationToken) {
        self.runtime.get_or_init(|| {
            let accounts = Arc::<Accounts>::default();
            let (states, known) = (self.parts.hub.chat_states_for_consumers(), Arc::clone(&accounts));
            let stopped = stop.clone();
            tasks.spawn(async move { stopped.run_until_cancelled(pass_on(&states, &known)).await });
            Arc::new(Runtime { parts: Arc::clone(&self.parts), timer, tasks, stop, accounts })
        });
    }

    /// Connects a socket of an account. A token that came with the handshake is checked at once; one that is refused closes
    /// the socket, because browsers cannot see a status. Without one, the first frame brings it.
    ///
    /// # Errors
    /// See [`ConnectRefusal`].
    pub async fn connect(
        &self,
        account: AccountId,
        token: Option<&ConsumerToken>,
        properties: ClientProperties,
    ) -> Result<ConsumerConnection, ConnectRefusal> {
        let runtime = self.runtime.get().ok_or(ConnectRefusal::Service(Error::Overloaded))?;
        ConsumerConnection::open(Arc::clone(runtime), account, token, properties).await
    }
}

impl Runtime {
    /// The way to an account's task, which is started when there is none.
    fn account(&self, id: &AccountId) -> mpsc::Sender<Command> {
        let mut accounts = self.accounts.lock();
        if let Some(known) = accounts.get(id).filter(|known| !known.is_closed()) {
            return known.clone();
        }
        let (sender, commands) = mpsc::channel(COMMANDS);
        let account = Account::new(
            Arc::clone(&self.parts),
            Arc::clone(&self.timer),
            Arc::clone(&self.accounts),
            id.clone(),
        );
        self.tasks.spawn(account.run(commands, self.stop.clone()));
        accounts.insert(id.clone(), sender.clone());
        sender
    }
}

impl Accounts {
    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, mpsc::Sender<Command>>> {
        // The map is right even if a holder panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends an account's task unless somebody has asked it for something. Who holds the way to it from before finds it closed
    /// and asks for another.
    fn retire(&self, id: &AccountId, commands: &mut mpsc::Receiver<Command>) -> bool {
        let mut accounts = self.lock();
        if !commands.is_empty() {
            return false;
        }
        commands.close();
        if !commands.is_empty() {
            // It came in between: it is answered, and then this task ends anyway. Whoever it connected comes back.
            return false;
        }
        accounts.remove(id);
        true
    }
}

/// Hands chat states to the accounts with connected consumers. One that has too much to do gets none: they are worth little
/// later.
async fn pass_on(states: &ChatStates, accounts: &Accounts) {
    loop {
        states.wait().await;
        for state in states.take() {
            let account = accounts.lock().get(&state.account).cloned();
            if let Some(account) = account {
                let _ = account.try_send(Command::Chat(state));
            }
        }
    }
}

impl fmt::Debug for Consumers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accounts = self.runtime.get().map_or(0, |runtime| runtime.accounts.lock().len());
        f.debug_struct("Consumers").field("accounts", &accounts).finish_non_exhaustive()
    }
}
