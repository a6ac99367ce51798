//! The events of a dialog that exist when somebody begins to listen. Source: spec 24 §3.5.

use std::sync::Arc;

use trunkline_model::conversation::{EntryBody, TailEntry};
use trunkline_wire::agent::messaging_events;
use trunkline_wire::conversations::Audience;
use trunkline_wire::webhooks::MessageChange;
use trunkline_wire::{ConversationId, DialogId};

use crate::Error;
use crate::consumer::account::{Begin, Begun, Command};
use crate::consumer::connection::{ConsumerConnection, Member};
use crate::consumer::receipts::{Private, for_consumer};
use crate::socket::Frame;
use crate::webhooks::notification::message_change;

/// Entries read at once.
const PAGE: usize = 500;
/// The most text of the events of one notification, in bytes: it has to fit into what may wait for a socket.
const MOST_BYTES: usize = 512 * 1024;
/// About what a change has beside what was published.
const AROUND: usize = 512;

/// Reads the events, and lets the socket follow those after them.
pub(in crate::consumer) struct History {
    conversation: ConversationId,
    dialog: DialogId,
    from: u64,
    /// Nobody asked for it: the socket created the conversation.
    is_implied: bool,
    version: u64,
    private: Private,
    is_over: bool,
    waiting: Vec<Arc<TailEntry>>,
    bytes: usize,
}

impl History {
    pub(super) fn new(conversation: ConversationId, dialog: DialogId, from: u64) -> Self {
        Self {
            conversation,
            dialog,
            from,
            is_implied: false,
            version: 0,
            private: Private::new(),
            is_over: false,
            waiting: Vec::new(),
            bytes: 0,
        }
    }

    /// Of the main dialog of a conversation that the socket has just created.
    pub(super) fn of_new(conversation: ConversationId) -> Self {
        Self { is_implied: true, ..Self::new(conversation, DialogId::Main(conversation), 0) }
    }

    /// Has the account note that somebody listens; false when the socket has too many subscriptions.
    pub(super) async fn follow(&self, member: &Member) -> Option<bool> {
        let Self { conversation, dialog, from, .. } = *self;
        let socket = member.id();
        member.ask(|reply| Command::Follow { socket, conversation, dialog, from, reply }).await
    }

    /// Sends what exists, at the reader's pace.
    pub(super) async fn send(
        mut self,
        connection: &ConsumerConnection,
        member: &Member,
    ) -> Result<(), Error> {
        if self.is_implied && self.follow(member).await != Some(true) {
            // The client can still subscribe by itself.
            return Ok(());
        }
        loop {
            if !self.read(connection).await? {
                return Ok(());
            }
            let begin = |reply| {
                Command::Begin(Box::new(Begin {
                    socket: member.id(),
                    conversation: self.conversation,
                    dialog: self.dialog,
                    version: self.version,
                    private: self.private.clone(),
                    is_over: self.is_over,
                    frame: self.frame(),
                    reply,
                }))
            };
            if member.ask(begin).await != Some(Begun::Behind) {
                return Ok(());
            }
        }
    }

    /// Reads to the end of the conversation, and sends all but the last part; false when the socket is closed.
    async fn read(&mut self, connection: &ConsumerConnection) -> Result<bool, Error> {
        loop {
            let page = connection
                .parts()
                .storage
                .conversation_tail(connection.account(), self.conversation, self.version, PAGE)
                .await?;
            if page.is_empty() {
                return Ok(connection.outbox().has_room().await);
            }
            for entry in page {
                self.take(entry);
                if self.bytes >= MOST_BYTES {
                    if !connection.outbox().has_room().await {
                        return Ok(false);
                    }
                    if let Some(frame) = self.frame() {
                        connection.outbox().notify(frame, connection.now());
                    }
                    self.waiting.clear();
                    self.bytes = 0;
                }
            }
        }
    }

    fn take(&mut self, entry: Arc<TailEntry>) {
        self.version = entry.entry.version;
        if let Some(state) = &entry.entry.state {
            self.is_over = !state.is_open();
        }
        let EntryBody::Event(event) = &entry.entry.body else { return };
        if event.audience != Audience::All {
            self.private.insert((event.dialog, event.sequence));
        } else if event.dialog == self.dialog && event.sequence >= self.from {
            let metadata = event.metadata.as_ref().map_or(0, |json| json.as_str().len());
            self.bytes += AROUND + event.event.as_str().len() + metadata;
            self.waiting.push(entry);
        }
    }

    /// What was read and is not sent yet; `None` when that is nothing.
    fn frame(&self) -> Option<Frame> {
        let shown: Vec<_> = self
            .waiting
            .iter()
            .filter_map(|entry| match &entry.entry.body {
                EntryBody::Event(event) => Some((for_consumer(event, &self.private)?, entry.entry.at)),
                EntryBody::Changed { .. } => None,
            })
            .collect();
        let changes: Vec<MessageChange<'_>> =
            shown.iter().map(|(event, at)| message_change(event, self.conversation, *at)).collect();
        (!changes.is_empty()).then(|| messaging_events(&changes).into())
    }
}
