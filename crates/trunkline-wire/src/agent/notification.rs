//! What a socket is told without having asked. Source: spec 22, 24.
//!
//! A change is the same for everybody who sees it in one form; only the subscription and whether it still matches differ.
//! So it is printed once ([`Rendered`]) and put into as many frames as there are subscriptions ([`changes`], [`ChangeFrame`]). Message events
//! know no subscription: their frame is printed once and shared ([`online_event`], [`messaging_events`]).

mod agent_state;
mod client_properties;
mod conversation;
mod event;
mod frame;
mod roster;
mod routing_task;

pub use agent_state::AgentState;
pub use client_properties::ShownClientProperties;
pub use conversation::{AgentConversation, AgentDialog};
pub use event::FlatEvent;
pub use frame::ChangeFrame;
pub use roster::Member;
pub use routing_task::{Ring, RoutingTask};

use std::fmt::{self, Write as _};
use std::marker::PhantomData;
use std::ops::Range;

use serde::Serialize;

use super::{ChangeKind, SubscriptionId};
use crate::webhooks::{Change as _, ConversationChange, MessageChange};

/// The most changes of one frame of a snapshot. Source: spec 21 §7.2.
pub const SNAPSHOT_BATCH: usize = 100;

/// What a subscription is about, and in which form it is told.
pub trait Subject {
    /// `type` of its notifications.
    const TYPE: &'static str;
}

/// Conversations for agents, version 2.
#[derive(Debug)]
pub enum ForAgents {}

/// Conversations for consumers, version 3.
#[derive(Debug)]
pub enum ForConsumers {}

/// An agent's rings.
#[derive(Debug)]
pub enum Rings {}

/// States of agents.
#[derive(Debug)]
pub enum AgentStates {}

impl Subject for ForAgents {
    const TYPE: &'static str = ".ams.aam.ExConversationChangeNotification";
}

impl Subject for ForConsumers {
    const TYPE: &'static str = ConversationChange::TYPE;
}

impl Subject for Rings {
    const TYPE: &'static str = ".ams.routing.RoutingTaskNotification";
}

impl Subject for AgentStates {
    const TYPE: &'static str = ".ams.routing.AgentStateNotification";
}

/// The complete `result` of a change, printed. A change of either kind carries it: clients read it of a `DELETE` too.
pub struct Rendered<S> {
    json: Box<str>,
    subject: PhantomData<fn() -> S>,
}

impl<S> Rendered<S> {
    fn print(result: &impl Serialize) -> Self {
        Self { json: print(result).into(), subject: PhantomData }
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        &self.json
    }
}

impl Rendered<ForConsumers> {
    /// A conversation as its consumer sees it: nothing but the new form of ids, no notes, nobody who was only proposed.
    /// Source: spec 22 §1.4, 24 §3.4.
    pub fn of(conversation: &ConversationChange<'_>) -> Self {
        Self::print(&conversation.result())
    }
}

impl<S> Clone for Rendered<S> {
    fn clone(&self) -> Self {
        Self { json: self.json.clone(), subject: PhantomData }
    }
}

impl<S> fmt::Debug for Rendered<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rendered({} bytes)", self.json.len())
    }
}

/// The frame that tells one subscription of changes; without any it says that nothing matches yet.
pub fn changes<'a, S: Subject + 'a>(
    subscription: SubscriptionId,
    changes: impl IntoIterator<Item = (ChangeKind, &'a Rendered<S>)>,
) -> String {
    let mut frame = String::new();
    write_changes(&mut frame, subscription, changes);
    frame
}

/// Writes the frame and tells where the subscription's id is in it.
fn write_changes<'a, S: Subject + 'a>(
    frame: &mut String,
    subscription: SubscriptionId,
    changes: impl IntoIterator<Item = (ChangeKind, &'a Rendered<S>)>,
) -> Range<usize> {
    // Writing to text never fails.
    let _ = write!(frame, r#"{{"kind":"notification","type":"{}","body":{{"subscriptionId":""#, S::TYPE);
    let start = frame.len();
    let _ = write!(frame, "{subscription}");
    let id = start..frame.len();
    frame.push_str(r#"","changes":["#);
    for (index, (kind, result)) in changes.into_iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        // One reservation for the long part.
        frame.reserve(result.json.len() + 40);
        let _ = write!(frame, r#"{comma}{{"type":"{}","result":{}}}"#, kind.as_str(), result.json);
    }
    frame.push_str("]}}");
    id
}

/// The frame that tells agents of an event: one per frame, flat. Source: spec 22 §4.
pub fn online_event(event: &FlatEvent<'_>) -> String {
    notification(".ams.ms.OnlineEventDistribution", event)
}

/// The frame that tells a consumer of events of one dialog, by ascending sequence. Source: spec 22 §5.
pub fn messaging_events(events: &[MessageChange<'_>]) -> String {
    #[derive(Serialize)]
    struct Body<'a> {
        changes: &'a [MessageChange<'a>],
    }

    notification(MessageChange::TYPE, &Body { changes: events })
}

fn notification(name: &'static str, body: &impl Serialize) -> String {
    #[derive(Serialize)]
    struct Umbrella<'a, B> {
        kind: &'static str,
        #[serde(rename = "type")]
        name: &'static str,
        body: &'a B,
    }

    print(&Umbrella { kind: "notification", name, body })
}

fn print(value: &impl Serialize) -> String {
    // Only maps with other keys than text fail, and there are none.
    serde_json::to_string(value).expect("a notification is made of text keys and JSON that was checked")
}
