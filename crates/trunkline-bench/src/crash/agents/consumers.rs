//! Consumers: they open conversations, write, and close now and then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, bail};
use tokio::task::JoinSet;

use super::super::traffic::Fuse;
use super::act::{Act, CONSUMER, Change, What};
use crate::http::{Answer, Connection, Target};
use crate::platform::{Platform, opened, published};
use crate::random::SplitMix;
use crate::requests::Caller;

/// After one message in so many the conversation is closed.
const CLOSED: u64 = 50;

/// One consumer at a time; somebody new when it is unknown whether the last one has an open conversation.
#[derive(Debug, Default)]
struct Seat {
    jws: Option<String>,
    conversation: Option<String>,
}

/// Consumers that share a connection.
#[derive(Debug)]
struct Group {
    seats: Vec<Seat>,
    random: SplitMix,
    /// Begins its texts; unique in the run.
    label: String,
    said: u64,
    acts: Vec<Act>,
}

/// All consumers.
#[derive(Debug)]
pub(super) struct Consumers {
    groups: Vec<Group>,
    /// Consumers there ever were.
    named: usize,
}

/// Consumers at work.
pub(super) struct Talking(JoinSet<anyhow::Result<Group>>);

impl Consumers {
    pub(super) fn new(connections: usize, count: usize, random: &mut SplitMix) -> Self {
        let connections = connections.clamp(1, count.max(1));
        let groups = (0..connections)
            .map(|number| Group {
                seats: (number..count).step_by(connections).map(|_| Seat::default()).collect(),
                random: SplitMix::new(random.number()),
                label: format!("consumer-{number}"),
                said: 0,
                acts: Vec::new(),
            })
            .collect();
        Self { groups, named: 0 }
    }

    /// Gives every empty seat to somebody new, and lets them talk until the server is gone.
    pub(super) async fn talk(
        &mut self,
        platform: &Platform,
        fuse: &Arc<Fuse>,
        gone: &Arc<AtomicBool>,
    ) -> anyhow::Result<Talking> {
        let mut empty: Vec<&mut Seat> = self
            .groups
            .iter_mut()
            .flat_map(|group| &mut group.seats)
            .filter(|seat| seat.jws.is_none())
            .collect();
        let first = self.named;
        self.named += empty.len();
        let names = (first..self.named).map(|number| format!("served-{number}")).collect();
        let (consumers, _) = platform.consumers(names).await?;
        for (seat, consumer) in empty.iter_mut().zip(consumers) {
            seat.jws = Some(consumer.jws);
        }
        let mut talking = JoinSet::new();
        for group in self.groups.drain(..) {
            let (target, caller) = (platform.target.clone(), platform.caller.clone());
            talking.spawn(group.talk(target, caller, Arc::clone(fuse), Arc::clone(gone)));
        }
        Ok(Talking(talking))
    }

    /// Takes the consumers back once the server is gone; what they did.
    pub(super) async fn fall_silent(&mut self, mut talking: Talking) -> anyhow::Result<Vec<Act>> {
        let mut acts = Vec::new();
        while let Some(group) = talking.0.join_next().await {
            let mut group = group.context("a connection's task failed")??;
            acts.append(&mut group.acts);
            self.groups.push(group);
        }
        // Tasks end in any order; the next round shall not depend on it.
        self.groups.sort_unstable_by(|left, right| left.label.cmp(&right.label));
        Ok(acts)
    }
}

impl Group {
    async fn talk(
        mut self,
        target: Target,
        caller: Caller,
        fuse: Arc<Fuse>,
        gone: Arc<AtomicBool>,
    ) -> anyhow::Result<Self> {
        if let Ok(mut connection) = target.connect().await {
            while self.step(&mut connection, &caller).await? {
                fuse.burn();
            }
        }
        if !gone.load(Ordering::SeqCst) {
            bail!("a consumer's connection broke though nobody killed the server");
        }
        Ok(self)
    }

    /// One request; false when it was cut off.
    async fn step(&mut self, connection: &mut Connection, caller: &Caller) -> anyhow::Result<bool> {
        let place = self.random.index(self.seats.len());
        let Some(mut seat) = self.seats.get_mut(place).map(std::mem::take) else { return Ok(false) };
        let is_answered = match seat.conversation.clone() {
            None => self.open(connection, caller, &mut seat).await,
            Some(id) if self.random.below(CLOSED) == 0 => self.close(connection, caller, &mut seat, id).await,
            Some(id) => self.say(connection, caller, &mut seat, id).await,
        };
        if let Some(back) = self.seats.get_mut(place) {
            *back = seat;
        }
        is_answered
    }

    async fn open(
        &mut self,
        connection: &mut Connection,
        caller: &Caller,
        seat: &mut Seat,
    ) -> anyhow::Result<bool> {
        let jws = seat.jws.clone().unwrap_or_default();
        let Ok(answer) = connection.exchange(&caller.conversation(&jws)).await else {
            seat.jws = None;
            return Ok(false);
        };
        let id = opened(&answer).with_context(|| format!("an opening was refused: {}", answer.summary()))?;
        self.acted(&id, What::Change { change: Change::Open, is_acknowledged: true });
        seat.conversation = Some(id);
        Ok(true)
    }

    async fn close(
        &mut self,
        connection: &mut Connection,
        caller: &Caller,
        seat: &mut Seat,
        id: String,
    ) -> anyhow::Result<bool> {
        let jws = seat.jws.clone().unwrap_or_default();
        let is_acknowledged = match connection.exchange(&caller.close(&jws, &id)).await {
            Ok(answer) if answer.status == 200 => true,
            Ok(answer) if is_closed(&answer) => {
                seat.conversation = None;
                return Ok(true);
            }
            Ok(answer) => bail!("closing was refused: {}", answer.summary()),
            Err(_) => false,
        };
        self.acted(&id, What::Change { change: Change::Close, is_acknowledged });
        // Cut off, the next message tells.
        if is_acknowledged {
            seat.conversation = None;
        }
        Ok(is_acknowledged)
    }

    async fn say(
        &mut self,
        connection: &mut Connection,
        caller: &Caller,
        seat: &mut Seat,
        id: String,
    ) -> anyhow::Result<bool> {
        self.said += 1;
        let text = format!("{}-{}", self.label, self.said);
        let jws = seat.jws.clone().unwrap_or_default();
        let sequence = match connection.exchange(&caller.text(&jws, &id, &text)).await {
            Ok(answer) if is_closed(&answer) => {
                seat.conversation = None;
                return Ok(true);
            }
            Ok(answer) => Some(
                published(&answer).with_context(|| format!("a message was refused: {}", answer.summary()))?,
            ),
            Err(_) => None,
        };
        self.acted(&id, What::Text { text, sequence });
        Ok(sequence.is_some())
    }

    fn acted(&mut self, conversation: &str, what: What) {
        self.acts.push(Act { conversation: conversation.to_owned(), by: CONSUMER.to_owned(), what });
    }
}

/// A bot has closed it meanwhile. Source: spec 05 §6.2.
fn is_closed(answer: &Answer<'_>) -> bool {
    answer.status == 400 && answer.contains(b"Conversation is close")
}
