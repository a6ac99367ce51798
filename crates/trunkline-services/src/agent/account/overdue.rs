//! Answers that are overdue, and other changes whose state has to be read before they can be told.
//!
//! A deadline passes without anything being stored, and a message that answers in time or too late is told to nobody by
//! itself. What subscribers are told of is the whole state, which is read beside the account's task, a batch at a time.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::iter;

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

    /// Gives back room, as [`Routing::pack`](trunkline_model::routing::Routing::pack) does.
    pub(super) fn pack(&mut self) {
        self.0 = std::mem::take(&mut self.0).into_iter().collect();
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

/// Conversations, and where their states are stored.
type Batch = (Vec<ConversationId>, Vec<LogPosition>);

/// Who is to be told of which conversations once their states are read.
#[derive(Debug, Default)]
pub(super) struct Announcements {
    waiting: HashMap<ConversationId, BTreeSet<Key>>,
    order: VecDeque<ConversationId>,
    /// They were in a batch that could not be read: each is read by itself, so that only those wait that are to blame.
    alone: VecDeque<ConversationId>,
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

    /// The conversations to be read next: those that wait longest, or one that has to be read by itself.
    fn next(&mut self, place: impl Fn(ConversationId) -> Option<LogPosition>) -> Batch {
        let waiting = &self.waiting;
        let placed = |conversation| {
            let place = place(conversation).filter(|_| waiting.contains_key(&conversation))?;
            Some((conversation, place))
        };
        let batch: Batch = iter::from_fn(|| self.order.pop_front()).filter_map(placed).take(BATCH).unzip();
        if !batch.0.is_empty() {
            return batch;
        }
        iter::from_fn(|| self.alone.pop_front()).filter_map(placed).take(1).unzip()
    }

    /// Has conversations wait again that could not be read. False when the next try should wait, too.
    fn put_back(&mut self, conversations: Vec<ConversationId>) -> bool {
        let were_many = conversations.len() > 1;
        self.alone.extend(conversations);
        were_many
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
        (brief.answer_due, brief.is_overdue) = (due.into(), false);
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
        let briefs = &self.briefs;
        let place = |conversation| briefs.get(&conversation).map(|brief| brief.state_at);
        let (conversations, places) = self.announcements.next(place);
        if !places.is_empty() {
            self.announcements.is_reading = true;
            self.start(Job::Announce(conversations), places);
        }
    }

    /// Tells what was read. What could not be read is read one by one, and waits for the next look after that.
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
                if self.announcements.put_back(conversations) {
                    self.read_announced();
                }
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

#[cfg(test)]
mod tests {
    use trunkline_wire::agent::SubscriptionId;
    use uuid::Uuid;

    use super::*;
    use crate::agent::connection::ConnectionId;

    fn id(number: u128) -> ConversationId {
        ConversationId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn one_that_cannot_be_read_keeps_the_others_of_its_batch_waiting_only_once() {
        let key = (ConnectionId(1), SubscriptionId::from_uuid(Uuid::nil()));
        let place = |_| Some(LogPosition(7));
        let mut announcements = Announcements::default();
        for number in 1..4 {
            announcements.add(id(number), [key]);
        }
        let (batch, places) = announcements.next(place);
        assert_eq!((batch.as_slice(), places.len()), (&[id(1), id(2), id(3)][..], 3));
        assert!(announcements.put_back(batch), "they are read one by one at once");
        announcements.add(id(4), [key]);
        announcements.take(id(2));
        assert_eq!(announcements.next(place).0, [id(4)], "what is new does not wait");
        let (alone, _) = announcements.next(place);
        assert_eq!(alone, [id(1)]);
        assert!(!announcements.put_back(alone), "the store is given a moment");
        assert_eq!(announcements.next(place).0, [id(3)]);
        assert_eq!(announcements.next(place).0, [id(1)]);
        assert_eq!(announcements.next(place).0, []);
    }
}
