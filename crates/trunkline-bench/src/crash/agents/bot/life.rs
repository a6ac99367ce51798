//! One connection of a bot.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::super::act::{Change, What};
use super::super::view::Membership;
use super::{Bot, CLOSED, GIVEN_BACK, REJECTED, Surroundings};
use crate::agent::{AgentSocket, Answer, Conversations, Event, Frame, Rings, SocketError, request};

/// A bot with a socket.
pub(super) struct Life<'a> {
    bot: &'a mut Bot,
    surroundings: Surroundings,
    /// Requests without an answer.
    pending: HashMap<u64, Pending>,
    answered_rings: HashSet<String>,
    is_finishing: bool,
}

/// What a request was about.
enum Pending {
    /// Availability, subscriptions.
    SetUp,
    Query {
        dialog: String,
        from: u64,
    },
    Text {
        conversation: String,
        text: String,
    },
    Receipt {
        conversation: String,
    },
    Change {
        conversation: String,
        change: Change,
    },
    Reject,
}

#[derive(Deserialize)]
struct Published {
    sequence: u64,
}

impl<'a> Life<'a> {
    pub(super) fn of(bot: &'a mut Bot, surroundings: Surroundings) -> Self {
        Self {
            bot,
            surroundings,
            pending: HashMap::new(),
            answered_rings: HashSet::new(),
            is_finishing: false,
        }
    }

    pub(super) async fn run(mut self) -> anyhow::Result<()> {
        let ended = self.serve().await;
        if let Err(error) = ended {
            // A broken socket is what a kill does. Everything else is not.
            match error.downcast_ref::<SocketError>() {
                Some(SocketError::Broken(_) | SocketError::Closed(1006))
                    if self.surroundings.is_killed.load(Ordering::SeqCst) => {}
                _ => return Err(error).with_context(|| self.bot.label.clone()),
            }
        }
        self.cut_off();
        for (dialog, view) in &self.bot.views {
            view.check().with_context(|| format!("{} in dialog {dialog}", self.bot.label))?;
        }
        Ok(())
    }

    async fn serve(&mut self) -> anyhow::Result<()> {
        let Surroundings { target, account, .. } = &self.surroundings;
        let mut socket = AgentSocket::open(target, account, &self.bot.agent.bearer).await?;
        self.begin(&mut socket).await?;
        self.surroundings.connected.add_permits(1);
        while !(self.is_finishing && self.pending.is_empty()) {
            tokio::select! {
                text = socket.next() => self.take(&mut socket, &text?).await?,
                told = finish(&mut self.surroundings.finish), if !self.is_finishing => {
                    told?;
                    self.is_finishing = true;
                    let everything = self.bot.views.keys().cloned().collect();
                    self.ask_for(&mut socket, everything).await?;
                }
            }
        }
        Ok(())
    }

    /// As the SDK's bots do: everything at once, without waiting for an answer.
    async fn begin(&mut self, socket: &mut AgentSocket) -> anyhow::Result<()> {
        let (aid, account) = (self.bot.agent.aid.clone(), self.surroundings.account.clone());
        for (name, body) in [
            (
                request::SET_AGENT_STATE,
                json!({"availability": "ONLINE", "channels": ["MESSAGING"], "agentUserId": aid}),
            ),
            (request::SUBSCRIBE_CONVERSATIONS, json!({"agentIds": [aid], "convState": ["OPEN"]})),
            (
                request::SUBSCRIBE_RINGS,
                json!({"channelType": "MESSAGING", "agentId": aid, "brandId": account}),
            ),
        ] {
            self.send(socket, name, &body, Pending::SetUp).await?;
        }
        let mut served = Vec::new();
        for (dialog, view) in &mut self.bot.views {
            // Where it took no part any more, it missed nothing but the answer to its question.
            if view.membership != Membership::Left || view.asked > 0 {
                served.push(dialog.clone());
            }
            view.reconnect();
        }
        self.ask_for(socket, served).await
    }

    /// Asks for what was missed in dialogs.
    async fn ask_for(&mut self, socket: &mut AgentSocket, mut dialogs: Vec<String>) -> anyhow::Result<()> {
        // The order shall follow from the seed.
        dialogs.sort_unstable();
        for dialog in dialogs {
            self.query(socket, dialog).await?;
        }
        Ok(())
    }

    async fn query(&mut self, socket: &mut AgentSocket, dialog: String) -> anyhow::Result<()> {
        let view = self.bot.views.entry(dialog.clone()).or_default();
        view.asked += 1;
        let from = view.next();
        let body = json!({"dialogId": dialog, "newerThanSequence": from});
        self.send(socket, request::QUERY_MESSAGES, &body, Pending::Query { dialog, from }).await
    }

    async fn send(
        &mut self,
        socket: &mut AgentSocket,
        name: &str,
        body: &Value,
        pending: Pending,
    ) -> anyhow::Result<()> {
        // What could not be sent whole may still have arrived.
        let id = socket.upcoming();
        self.pending.insert(id, pending);
        let sent = socket.send(name, body).await?;
        debug_assert_eq!(sent, id, "ids are given in their order");
        Ok(())
    }

    async fn take(&mut self, socket: &mut AgentSocket, text: &str) -> anyhow::Result<()> {
        match Frame::read(text).with_context(|| format!("reading {text}"))? {
            Frame::Answer(answer) => self.answered(socket, &answer).await,
            Frame::Conversations(changes) => {
                for change in changes {
                    self.conversation(socket, change.is_upsert(), &change.result).await?;
                }
                Ok(())
            }
            Frame::Rings(changes) => {
                for change in changes.iter().filter(|change| change.is_upsert()) {
                    self.rung(socket, &change.result).await?;
                }
                Ok(())
            }
            Frame::Event(event) => self.told(socket, event).await,
            Frame::Other => Ok(()),
        }
    }

    async fn conversation(
        &mut self,
        socket: &mut AgentSocket,
        is_upsert: bool,
        conversation: &Conversations,
    ) -> anyhow::Result<()> {
        let (id, assigned) = (&conversation.conv_id, conversation.assigned());
        ensure!(assigned.len() <= 1, "conversation {id} has the agents {assigned:?}");
        let is_mine = is_upsert && conversation.is_open() && assigned.contains(&self.bot.agent.aid);
        let view = self.bot.views.entry(id.clone()).or_default();
        match (is_mine, view.membership) {
            (true, Membership::Member) => Ok(()),
            (true, _) => {
                view.membership = Membership::Member;
                self.query(socket, id.clone()).await
            }
            (false, _) => {
                view.leave();
                Ok(())
            }
        }
    }

    async fn rung(&mut self, socket: &mut AgentSocket, task: &Rings) -> anyhow::Result<()> {
        let Some(ring) = task.waiting() else { return Ok(()) };
        // A ring may be told twice: when it begins, and to a new subscription.
        if self.is_finishing || !self.answered_rings.insert(ring.to_owned()) {
            return Ok(());
        }
        let (state, pending) = if self.bot.random.below(REJECTED) == 0 {
            ("REJECTED", Pending::Reject)
        } else {
            let conversation = task.conversation_id.clone();
            ("ACCEPTED", Pending::Change { conversation, change: Change::Accept })
        };
        let body = json!({"ringId": ring, "ringState": state});
        self.send(socket, request::UPDATE_RING, &body, pending).await
    }

    async fn told(&mut self, socket: &mut AgentSocket, event: Event) -> anyhow::Result<()> {
        let Some(sequence) = event.sequence else { return Ok(()) };
        let dialog = event.dialog_id.clone();
        let view = self.bot.views.entry(dialog.clone()).or_default();
        view.tell(sequence, event.clone())
            .with_context(|| format!("{} in dialog {dialog}", self.bot.label))?;
        self.react(socket, &event).await
    }

    /// Reads and answers what the consumer said.
    async fn react(&mut self, socket: &mut AgentSocket, event: &Event) -> anyhow::Result<()> {
        let conversation = event.dialog_id.clone();
        let is_member =
            self.bot.views.get(&conversation).is_some_and(|view| view.membership == Membership::Member);
        if self.is_finishing || !is_member || !event.is_of_consumer() || event.kind() != "ContentEvent" {
            return Ok(());
        }
        let receipt = json!({
            "type": "AcceptStatusEvent", "status": "READ", "sequenceList": [event.sequence]
        });
        let body = json!({"dialogId": conversation, "event": receipt});
        let pending = Pending::Receipt { conversation: conversation.clone() };
        self.send(socket, request::PUBLISH, &body, pending).await?;
        let text = self.bot.text();
        let said = json!({"type": "ContentEvent", "contentType": "text/plain", "message": text});
        let body = json!({"dialogId": conversation, "event": said});
        let pending = Pending::Text { conversation: conversation.clone(), text };
        self.send(socket, request::PUBLISH, &body, pending).await?;
        if self.bot.random.below(GIVEN_BACK) == 0 {
            let leave = json!({
                "field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT"
            });
            self.change(socket, conversation, Change::Leave, &leave).await
        } else if self.bot.random.below(CLOSED) == 0 {
            let close = json!({"field": "ConversationStateField", "conversationState": "CLOSE"});
            self.change(socket, conversation, Change::Close, &close).await
        } else {
            Ok(())
        }
    }

    async fn change(
        &mut self,
        socket: &mut AgentSocket,
        conversation: String,
        change: Change,
        field: &Value,
    ) -> anyhow::Result<()> {
        let body = json!({"conversationId": conversation, "conversationField": [field]});
        self.send(socket, request::UPDATE_CONVERSATION, &body, Pending::Change { conversation, change }).await
    }

    async fn answered(&mut self, socket: &mut AgentSocket, answer: &Answer) -> anyhow::Result<()> {
        let pending = self.pending.remove(&answer.request);
        let is_done = matches!(answer.code, 200 | 202);
        match pending.with_context(|| format!("nobody asked for {}", answer.summary()))? {
            Pending::SetUp => {
                ensure!(is_done, "setting up was refused: {}", answer.summary());
                Ok(())
            }
            Pending::Query { dialog, from } => self.found(socket, answer, dialog, from).await,
            Pending::Text { conversation, text } => {
                if let Some(sequence) = published(answer)? {
                    self.acknowledged(conversation, What::Text { text, sequence: Some(sequence) });
                }
                Ok(())
            }
            Pending::Receipt { conversation } => {
                if let Some(sequence) = published(answer)? {
                    self.acknowledged(conversation, What::Receipt { sequence: Some(sequence) });
                }
                Ok(())
            }
            Pending::Change { conversation, change } => {
                if is_done {
                    self.acknowledged(conversation, What::Change { change, is_acknowledged: true });
                } else {
                    may_be_refused(answer)?;
                }
                Ok(())
            }
            Pending::Reject if is_done => Ok(()),
            Pending::Reject => may_be_refused(answer),
        }
    }

    /// The answer to a query. The last event may be one to react to.
    async fn found(
        &mut self,
        socket: &mut AgentSocket,
        answer: &Answer,
        dialog: String,
        from: u64,
    ) -> anyhow::Result<()> {
        ensure!(answer.code == 200, "a query was refused: {}", answer.summary());
        let events: Vec<Event> = answer.body().context("reading the answer to a query")?;
        let view = self.bot.views.entry(dialog.clone()).or_default();
        let newest =
            view.answer(from, events).with_context(|| format!("{} in dialog {dialog}", self.bot.label))?;
        match newest {
            Some(newest) => self.react(socket, &newest).await,
            None => Ok(()),
        }
    }

    fn acknowledged(&mut self, conversation: String, what: What) {
        self.bot.acted(conversation, what);
        self.surroundings.fuse.burn();
    }

    /// What was not answered may have been done or not.
    fn cut_off(&mut self) {
        for pending in std::mem::take(&mut self.pending).into_values() {
            match pending {
                Pending::SetUp | Pending::Query { .. } | Pending::Reject => {}
                Pending::Text { conversation, text } => {
                    self.bot.acted(conversation, What::Text { text, sequence: None });
                }
                Pending::Receipt { conversation } => {
                    self.bot.acted(conversation, What::Receipt { sequence: None });
                }
                Pending::Change { conversation, change } => self.bot.changed(conversation, change, false),
            }
        }
    }
}

/// Waits until the bot shall finish.
async fn finish(finish: &mut watch::Receiver<bool>) -> anyhow::Result<()> {
    finish.wait_for(|finish| *finish).await.map(drop).context("the driver is gone")
}

/// The number of a published event; `None` when it was refused.
fn published(answer: &Answer) -> anyhow::Result<Option<u64>> {
    if answer.code != 200 {
        return may_be_refused(answer).map(|()| None);
    }
    let published: Published = answer.body().context("reading the answer to a published event")?;
    Ok(Some(published.sequence))
}

/// The consumer may have closed the conversation, another agent may have the ring, the bot itself may have left.
fn may_be_refused(answer: &Answer) -> anyhow::Result<()> {
    match answer.code {
        400 | 403 | 404 | 409 => Ok(()),
        _ => bail!("a request failed: {}", answer.summary()),
    }
}
