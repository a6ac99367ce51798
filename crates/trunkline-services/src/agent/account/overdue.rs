//! Answers that are overdue, and other changes whose state has to be read before they can be told.
//!
//! A deadline passes without anything being stored, and a message that answers in time or too late is told to nobody by
//! itself. What subscribers are told of is the whole state, which is read beside the account's task, a batch at a time.

use std::collections::{BTreeSet, HashMap, VecDeque};

use trunkline_model::LogPosition;
use trunkline_model::conversation::Conversation;
use trunkline_wire::agent::ChangeKind;
use trunkline_wire::{ConversationId, EpochMillis};

use super::Account;
use super::jobs::Job;
use super::registry::Key;
use super::telling::Printed;
use crate::Error;
use crate::agent::view;

/// Conversations that wait to be told of; what else is overdue waits in the order of the deadlines.
const WAITING: usize = 1000;
/// States read at once.
const BATCH: usize = 100;

/// The deadlines of open conversations that have not passed, the earliest first.
#[derive(Debug, Default)]
pub(super) struct Deadlines(BTreeSet<(EpochMillis, ConversationId)>);

impl Deadlines {
    /// Replaces the deadline of a conversation.
    pub(super) fn replace(
        &mut self,
        conversation: ConversationId,
        before: Option<EpochMillis>,
        after: Option<EpochMillis>,
    ) {
        if before != after {
            if let Some(at) = before {
                self.0.remove(&(at, conversation));
            }
            self.0.extend(after.map(|at| (at, conversation)));
        }
    }

    /// The earliest.
    pub(super) fn next(&self) -> Option<EpochMillis> {
        self.0.first().map(|(at, _)| *at)
    }

    fn pop(&mut self, now: EpochMillis) -> Option<ConversationId> {
        self.next().filter(|at| *at <= now)?;
        self.0.pop_first().map(|(_, conversation)| conversation)
    }
}

/// Who is to be told of which conversations once their states are read.
#[derive(Debug, Default)]
pub(super) struct Announcements {
    waiting: HashMap<ConversationId, BTreeSet<Key>>,
    order: VecDeque<ConversationId>,
    is_reading: bool,
}

impl Announcements {
    fn add(&mut self, conversation: ConversationId, keys: impl IntoIterator<Item = Key>) {
        let mut keys = keys.into_iter().peekable();
        if keys.peek().is_none() {
            return;
        }
        if let Some(waiting) = self.waiting.get_mut(&conversation) {
            waiting.extend(keys);
        } else {
            self.waiting.insert(conversation, keys.collect());
            self.order.push_back(conversation);
        }
    }

    /// Takes those out who were to be told of a conversation: its state is at hand.
    pub(super) fn take(&mut self, conversation: ConversationId) -> BTreeSet<Key> {
        self.waiting.remove(&conversation).unwrap_or_default()
    }

    /// Whether more deadlines may pass.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < WAITING
    }
}

impl Account {
    /// Has everybody told whom a conversation matches that has just become overdue.
    pub(super) fn pass_deadlines(&mut self, now: EpochMillis) {
        while self.announcements.has_room()
            && let Some(conversation) = self.deadlines.pop(now)
        {
            if let Some(brief) = self.briefs.get_mut(&conversation) {
                brief.is_overdue = true;
                self.announcements.add(conversation, self.subscriptions.matching(brief));
            }
        }
        self.read_announced();
    }

    /// Notes when an answer is due after a message. Who learns that it is not overdue any more, and whose filter says
    /// something else now, is told.
    pub(super) fn set_due(&mut self, conversation: ConversationId, due: Option<EpochMillis>) {
        let Some(brief) = self.briefs.get_mut(&conversation) else { return };
        let (was_overdue, deadline) = (brief.is_overdue, brief.deadline());
        let matched = self.subscriptions.matching_by_deadline(brief);
        (brief.answer_due, brief.is_overdue) = (due, false);
        self.deadlines.replace(conversation, deadline, brief.deadline());
        let matching = self.subscriptions.matching_by_deadline(brief);
        self.announcements.add(conversation, matched.symmetric_difference(&matching).copied());
        if was_overdue {
            self.announcements.add(conversation, self.subscriptions.matching(brief));
        }
        self.read_announced();
    }

    /// Reads the states of the conversations that wait longest.
    pub(super) fn read_announced(&mut self) {
        if self.announcements.is_reading {
            return;
        }
        let mut conversations = Vec::new();
        let mut places: Vec<LogPosition> = Vec::new();
        while places.len() < BATCH
            && let Some(conversation) = self.announcements.order.pop_front()
        {
            if self.announcements.waiting.contains_key(&conversation)
                && let Some(brief) = self.briefs.get(&conversation)
            {
                conversations.push(conversation);
                places.push(brief.state_at);
            }
        }
        if !places.is_empty() {
            self.announcements.is_reading = true;
            self.start(Job::Announce(conversations), places);
        }
    }

    /// Tells what was read; what could not be read waits for the next look.
    pub(super) async fn announce(
        &mut self,
        conversations: Vec<ConversationId>,
        read: Result<Vec<Conversation>, Error>,
    ) {
        self.announcements.is_reading = false;
        let mut again = Vec::new();
        match read {
            Ok(states) => {
                for state in states {
                    let conversation = state.id;
                    if !self.announce_one(state).await {
                        again.push(conversation);
                    }
                }
                for conversation in conversations.into_iter().filter(|known| !again.contains(known)) {
                    // Most are told by now; what is not there to be read never will be.
                    self.announcements.take(conversation);
                }
                self.announcements.order.extend(again);
                self.pass_deadlines(self.timer.now());
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(account = %self.id, error, "cannot tell what is overdue: trying again");
                self.announcements.order.extend(conversations);
            }
        }
    }

    /// False when the conversation changed since its state was read and has to be told of for another reason now.
    async fn announce_one(&mut self, mut state: Conversation) -> bool {
        let Some(brief) = self.briefs.get(&state.id) else { return true };
        if state.version < brief.changed {
            return !self.announcements.waiting.contains_key(&state.id);
        }
        brief.bring_up(&mut state);
        let keys = self.announcements.take(state.id);
        let told: Vec<(Key, ChangeKind)> = keys
            .into_iter()
            .filter_map(|key| {
                let matches = self.subscriptions.filter(key)?.matches_brief(brief);
                Some((key, if matches { ChangeKind::Upsert } else { ChangeKind::Delete }))
            })
            .collect();
        self.look_up(view::agents_of(&state).collect()).await;
        self.tell(&mut Printed::new(&state), told);
        true
    }
}
