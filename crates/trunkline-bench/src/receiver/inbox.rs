//! Counts what arrives, in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::ensure;
use tokio::sync::Notify;

use super::{ConversationKey, Desk, Notification, Received, Reply, SignatureCheck};
use crate::stopwatch;
use crate::timeline::Timeline;

/// Longest wait for a notification that must come.
const PATIENCE: Duration = Duration::from_mins(3);

/// Counts and checks notifications: their signature, and that each conversation's messages come in order.
#[derive(Debug, Default)]
pub struct Inbox {
    state: Mutex<State>,
    awaited: Notify,
}

/// What an inbox has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages that came for the first time.
    pub messages: u64,
    /// Messages that had been confirmed before.
    pub duplicates: u64,
    /// Conversation changes.
    pub changes: u64,
    /// Messages that came before an earlier one of their conversation.
    pub disordered: u64,
    /// Requests whose signature does not fit.
    pub forged: u64,
    /// Requests that are no notification.
    pub unreadable: u64,
}

#[derive(Debug, Default)]
struct State {
    reply: Reply,
    check: Option<SignatureCheck>,
    tracks: HashMap<ConversationKey, Track>,
    counts: Counts,
    timeline: Timeline,
    /// When the newest message came for the first time.
    newest: Option<Instant>,
    /// What [`Inbox::awaited`] rings for.
    target: Option<Target>,
}

/// How far a conversation is.
#[derive(Debug, Clone, Copy)]
struct Track {
    /// The sequence that is due.
    next: u64,
    /// When the one before it came.
    at: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Messages(u64),
    Changes(u64),
    Message(ConversationKey, u64),
}

impl Inbox {
    /// An inbox that answers every request so.
    pub fn answering(reply: Reply) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State { reply, ..State::default() }), ..Self::default() })
    }

    /// From now on signatures are checked with this secret.
    pub fn check_signatures(&self, client_secret: &str) {
        self.lock().check = Some(SignatureCheck::new(client_secret));
    }

    /// What was seen so far.
    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// Messages that came between two moments, to a hundredth of a second.
    pub fn messages_between(&self, from: Instant, to: Instant) -> u64 {
        self.lock().timeline.between(from, to)
    }

    /// Waits until this many messages came for the first time; when the newest did.
    ///
    /// # Errors
    /// When they do not come.
    pub async fn messages(&self, count: u64) -> anyhow::Result<Instant> {
        self.reach(Target::Messages(count)).await?;
        Ok(self.lock().newest.unwrap_or_else(stopwatch::now))
    }

    /// Waits until this many conversation changes came.
    ///
    /// # Errors
    /// When they do not come.
    pub async fn changes(&self, count: u64) -> anyhow::Result<()> {
        self.reach(Target::Changes(count)).await
    }

    /// Waits for a message; when it came. Only the newest message of a conversation can be asked for.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn message(&self, conversation: ConversationKey, sequence: u64) -> anyhow::Result<Instant> {
        self.reach(Target::Message(conversation, sequence)).await?;
        let track = self.lock().tracks.get(&conversation).copied();
        track.map(|track| track.at).ok_or_else(|| anyhow::anyhow!("conversation {conversation} is unknown"))
    }

    async fn reach(&self, target: Target) -> anyhow::Result<()> {
        let reached = async {
            loop {
                let notified = self.awaited.notified();
                {
                    let mut state = self.lock();
                    if state.reached(target) {
                        state.target = None;
                        return;
                    }
                    state.target = Some(target);
                }
                notified.await;
            }
        };
        if tokio::time::timeout(PATIENCE, reached).await.is_err() {
            anyhow::bail!("{target:?} is not reached after {PATIENCE:?}: {:?}", self.counts());
        }
        Ok(())
    }

    /// Refuses what a receiver must never see; a healthy receiver sees no message twice either.
    ///
    /// # Errors
    /// When something was forged, unreadable, out of order or a duplicate.
    pub fn all_well(&self) -> anyhow::Result<()> {
        let counts = self.counts();
        let odd = counts.duplicates + counts.disordered + counts.forged + counts.unreadable;
        ensure!(odd == 0, "the receiver saw what it must not: {counts:?}");
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The counts are right even if a holder panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk for Inbox {
    fn take(&self, request: &Received<'_>, at: Instant) -> Reply {
        let mut state = self.lock();
        state.take(request, at);
        if state.target.is_some_and(|target| state.reached(target)) {
            self.awaited.notify_one();
        }
        state.reply
    }

    fn garbled(&self) {
        self.lock().counts.unreadable += 1;
    }
}

impl State {
    fn take(&mut self, request: &Received<'_>, at: Instant) {
        if self.check.as_ref().is_some_and(|check| !check.fits(request.signature, request.body)) {
            self.counts.forged += 1;
            return;
        }
        match Notification::read(request.body) {
            None => self.counts.unreadable += 1,
            Some(_) if self.reply != Reply::Confirm => {}
            Some(Notification::Message { conversation, sequence, .. }) => {
                self.message(conversation, sequence, at);
            }
            Some(Notification::Conversation { .. }) => self.counts.changes += 1,
            Some(Notification::ChatState { .. }) => {}
        }
    }

    fn message(&mut self, conversation: ConversationKey, sequence: u64, at: Instant) {
        let track = self.tracks.entry(conversation).or_insert(Track { next: 0, at });
        if sequence < track.next {
            self.counts.duplicates += 1;
            return;
        }
        self.counts.disordered += u64::from(sequence > track.next);
        *track = Track { next: sequence + 1, at };
        self.counts.messages += 1;
        self.timeline.note(at);
        self.newest = Some(at);
    }

    fn reached(&self, target: Target) -> bool {
        match target {
            Target::Messages(count) => self.counts.messages >= count,
            Target::Changes(count) => self.counts.changes >= count,
            Target::Message(conversation, sequence) => {
                self.tracks.get(&conversation).is_some_and(|track| track.next > sequence)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::notification::tests::message;
    use super::*;

    fn take(inbox: &Inbox, body: &str) {
        let request = Received { signature: None, webhook_id: None, body: body.as_bytes() };
        assert_eq!(inbox.take(&request, stopwatch::now()), Reply::Confirm);
    }

    #[test]
    fn order_and_duplicates_are_counted() {
        let inbox = Inbox::default();
        for sequence in [0, 1, 1, 3, 2, 4] {
            take(&inbox, &message(sequence, "x"));
        }
        let expected = Counts { messages: 4, duplicates: 2, disordered: 1, ..Counts::default() };
        assert_eq!(inbox.counts(), expected);
        assert!(inbox.all_well().is_err());
    }

    #[test]
    fn what_is_not_signed_for_it_does_not_count() {
        let inbox = Inbox::default();
        inbox.check_signatures("m4q0v7t2b9k1s8e5h3g6d0a2u9");
        take(&inbox, &message(0, "x"));
        assert_eq!(inbox.counts(), Counts { forged: 1, ..Counts::default() });
    }

    #[test]
    fn what_cannot_be_read_is_counted() {
        let inbox = Inbox::default();
        take(&inbox, "{}");
        inbox.garbled();
        assert_eq!(inbox.counts().unreadable, 2);
    }

    #[tokio::test]
    async fn messages_can_be_waited_for() {
        let inbox = Inbox::default();
        let start = stopwatch::now();
        let key = ConversationKey::parse(super::super::notification::tests::ID.as_bytes()).unwrap();
        tokio::join!(
            async { assert!(inbox.message(key, 1).await.unwrap() >= start) },
            async { take(&inbox, &message(0, "x")) },
            async { take(&inbox, &message(1, "x")) },
        );
        inbox.messages(2).await.unwrap();
        inbox.all_well().unwrap();
        assert_eq!(inbox.messages_between(start, stopwatch::now() + Duration::from_secs(1)), 2);
    }
}
