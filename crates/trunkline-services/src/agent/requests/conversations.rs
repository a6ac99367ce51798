//! Subscriptions, and new conversations. Source: spec 21 §7.1, §7.2, §7.6.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use trunkline_model::conversation::Conversation;
use trunkline_model::{LogPosition, PageRequest};
use trunkline_storage::ConversationFilter as Stored;
use trunkline_wire::agent::{
    AgentRequestConversation, AgentStateFilter, Close, ConversationFilter, ErrorCode, Reference,
    RoutingFilter, SNAPSHOT_BATCH, SubscriptionId,
};
use trunkline_wire::{AccountId, ConversationId};

use super::{Refused, profiles};
use crate::agent::AgentsParts;
use crate::agent::account::{Command, Filter, RingFilter};
use crate::agent::connection::{AgentConnection, ConnectionId};
use crate::agent::lists::Then;
use crate::conversations::ConversationError;
use crate::socket::Outbox;

/// Closed conversations read at once.
const PAGE: usize = 500;

pub(super) async fn subscribe_agents(
    connection: &AgentConnection,
    filter: AgentStateFilter,
) -> Result<SubscriptionId, Refused> {
    check_brand(connection, filter.brand.as_deref())?;
    let agent = match &filter.agent {
        Some(who) => Some(super::user(connection, who).await?),
        None if connection.caller.is_manager() => None,
        None => return Err(Refused::forbidden("only managers may follow all agents")),
    };
    let id = connection.id();
    let subscribed = connection.ask(|reply| Command::SubscribeAgents { connection: id, agent, reply }).await;
    Ok(subscribed.ok_or_else(Refused::unavailable)??)
}

pub(super) async fn subscribe_rings(
    connection: &AgentConnection,
    subscription: Option<SubscriptionId>,
    filter: RoutingFilter,
) -> Result<SubscriptionId, Refused> {
    check_brand(connection, filter.brand.as_deref())?;
    let agent = match &filter.agent {
        Some(who) => super::user(connection, who).await?,
        None => connection.caller.pid,
    };
    if agent != connection.caller.pid && !connection.caller.is_manager() {
        return Err(Refused::forbidden("only managers may follow the rings of other agents"));
    }
    let conversation = match filter.conversation {
        Some(Reference::To(conversation)) => Some(conversation),
        Some(Reference::ToNothing) => return Err(Refused::not_found("conversation")),
        None => None,
    };
    let filter = RingFilter { agent, skill: filter.skill, conversation };
    let id = connection.id();
    let subscribed =
        connection.ask(|reply| Command::SubscribeRings { connection: id, subscription, filter, reply }).await;
    Ok(subscribed.ok_or_else(Refused::unavailable)??)
}

pub(super) async fn unsubscribe(
    connection: &AgentConnection,
    subscription: Option<SubscriptionId>,
) -> Result<(), Refused> {
    let subscription = subscription.ok_or_else(|| Refused::not_found("subscription"))?;
    let id = connection.id();
    let removed = connection.ask(|reply| Command::Unsubscribe { connection: id, subscription, reply }).await;
    connection.lists.end(subscription);
    if removed.ok_or_else(Refused::unavailable)? { Ok(()) } else { Err(Refused::not_found("subscription")) }
}

/// Subscribes; what matches already follows the answer at the reader's pace.
pub(super) async fn subscribe(
    connection: &AgentConnection,
    wanted: &ConversationFilter,
) -> Result<(SubscriptionId, Then), Refused> {
    check_brand(connection, wanted.brand.as_deref())?;
    let filter = filter(connection, wanted).await?;
    let (id, asked) = (connection.id(), filter.clone());
    let subscribed = connection
        .ask(|reply| Command::SubscribeConversations { connection: id, filter: asked, reply })
        .await;
    let (subscription, matching) = subscribed.ok_or_else(Refused::unavailable)??;
    let snapshot = Snapshot {
        parts: Arc::clone(&connection.parts),
        account: connection.account.clone(),
        id: connection.caller.account.clone(),
        outbox: connection.outbox(),
        connection: id,
        subscription,
        filter,
        telling: None,
        is_begun: false,
    };
    Ok((subscription, connection.lists.begin(subscription, snapshot.send(matching))))
}

/// Whom and what a subscription is about. Who is no manager sees the own conversations only.
async fn filter(connection: &AgentConnection, wanted: &ConversationFilter) -> Result<Filter, Refused> {
    let me = connection.caller.pid;
    let mut agents = match &wanted.agents {
        None => None,
        Some(named) => {
            let mut agents = Vec::new();
            for who in named {
                // Somebody unknown takes part in nothing.
                let user = connection.parts.users.resolve(&connection.caller.account, who).await?;
                agents.extend(user.map(|user| user.agent_id()));
            }
            Some(agents)
        }
    };
    if !connection.caller.is_manager() {
        agents =
            Some(agents.map_or(vec![me], |named| named.into_iter().filter(|agent| *agent == me).collect()));
    }
    let consumer = match wanted.consumer {
        Some(Reference::To(consumer)) => Some(consumer),
        Some(Reference::ToNothing) => {
            agents = Some(Vec::new());
            None
        }
        None => None,
    };
    Ok(Filter {
        state: wanted.state,
        stage: wanted.stage,
        agents,
        updated_from: wanted.updated_from,
        updated_to: wanted.updated_to,
        due_to: wanted.due_to,
        consumer,
    })
}

/// What matches when somebody subscribes.
struct Snapshot {
    parts: Arc<AgentsParts>,
    account: mpsc::Sender<Command>,
    id: AccountId,
    outbox: Arc<Outbox>,
    connection: ConnectionId,
    subscription: SubscriptionId,
    filter: Filter,
    /// The answer to the last batch.
    telling: Option<oneshot::Receiver<bool>>,
    is_begun: bool,
}

/// The list is not wanted any more, or cannot be told.
enum Ended {
    Unwanted,
    Failed(crate::Error),
}

impl From<trunkline_storage::Error> for Ended {
    fn from(error: trunkline_storage::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Snapshot {
    async fn send(mut self, open: Vec<LogPosition>) {
        if let Err(Ended::Failed(error)) = self.read(open).await {
            let error = &error as &dyn std::error::Error;
            tracing::error!(account = %self.id, error, "cannot read conversations for an agent's socket");
            // A client that believed to know everything would never ask again.
            self.outbox.close(Close::GoingAway);
        }
    }

    async fn read(&mut self, open: Vec<LogPosition>) -> Result<(), Ended> {
        for places in open.chunks(SNAPSHOT_BATCH) {
            let states = self.parts.storage.states_at(&self.id, places.to_vec()).await?;
            self.flush(states).await?;
        }
        drop(open);
        if self.filter.wants_closed() {
            self.closed().await?;
        }
        if !self.is_begun {
            // An empty list says that nothing matches.
            self.flush(Vec::new()).await?;
        }
        self.told().await
    }

    async fn closed(&mut self) -> Result<(), Ended> {
        let stored = Stored { open: Some(false), consumer: self.filter.consumer };
        let mut page = PageRequest::first(PAGE);
        let mut batch = Vec::new();
        loop {
            let found = self.parts.storage.conversations(&self.id, stored, page).await?;
            for state in found.items {
                if self.filter.matches(&state) {
                    batch.push(state);
                }
                if batch.len() >= SNAPSHOT_BATCH {
                    self.flush(std::mem::take(&mut batch)).await?;
                }
            }
            match found.next {
                Some(after) => page = PageRequest { after: Some(after), limit: PAGE },
                None if batch.is_empty() => return Ok(()),
                None => return self.flush(batch).await,
            }
        }
    }

    /// Has the account tell a batch: it knows what happened since the batch was read. The next one is read meanwhile.
    async fn flush(&mut self, states: Vec<Conversation>) -> Result<(), Ended> {
        self.is_begun = true;
        self.told().await?;
        if !self.outbox.has_room().await {
            return Err(Ended::Unwanted);
        }
        let (reply, told) = oneshot::channel();
        let (connection, subscription) = (self.connection, self.subscription);
        let snapshot = Command::Snapshot { connection, subscription, states, reply };
        self.account.send(snapshot).await.map_err(|_| Ended::Unwanted)?;
        self.telling = Some(told);
        Ok(())
    }

    /// Waits until the last batch is told.
    async fn told(&mut self) -> Result<(), Ended> {
        let Some(told) = self.telling.take() else { return Ok(()) };
        if told.await.unwrap_or(false) { Ok(()) } else { Err(Ended::Unwanted) }
    }
}

/// Opens a conversation with a consumer who had one before; the caller is assigned at once.
pub(super) async fn open(
    connection: &AgentConnection,
    wanted: AgentRequestConversation,
) -> Result<ConversationId, Refused> {
    let consumer = wanted.consumer.id().ok_or_else(|| Refused::not_found("consumer"))?;
    let earlier = profiles::last_with(connection, consumer).await?;
    let earlier = earlier.ok_or_else(|| Refused::not_found("consumer"))?;
    let opened =
        connection.parts.conversations.open_for_agent(connection.caller.pid, &earlier, *wanted.request);
    opened.await.map_err(|error| match error {
        ConversationError::Service(error) => error.into(),
        ConversationError::Unknown => Refused::not_found("consumer"),
        other => Refused::new(ErrorCode::BadRequest, other.to_string()),
    })
}

/// `brandId` is the account, or the request is a mistake.
fn check_brand(connection: &AgentConnection, brand: Option<&str>) -> Result<(), Refused> {
    match brand {
        Some(brand) if brand != connection.caller.account.as_str() => {
            Err(Refused::new(ErrorCode::BadRequest, "brandId must be the account"))
        }
        _ => Ok(()),
    }
}
