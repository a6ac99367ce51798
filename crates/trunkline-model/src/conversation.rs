//! A conversation: its state, its log, and the pure function that decides what a command does to it.
//!
//! A command is *decided* against the state ([`Conversation::decide`]); the outcome is a [`ConversationChange`], a few log
//! entries that storage appends atomically. The state after them is what [`Conversation::apply`] makes of the entries,
//! so a reader who holds an old state and the entries since then arrives at the same place as the writer did.

mod actor;
mod auto;
mod change;
mod command;
mod decide;
mod dialog;
mod draft;
mod due;
mod entry;
mod erasure;
mod need;
mod open;
mod private;
mod refusal;
mod state;
mod stored;
mod survey;
mod tail;
mod tally;
#[cfg(test)]
mod tests;

pub use actor::Actor;
pub use auto::{AutoOffer, Automatic};
pub use change::{ConversationChange, Decision};
pub use command::{CloseDialog, Command, FieldChange, Membership, Publish};
pub use dialog::{Dialog, DialogState};
pub use due::AnswerClock;
pub use entry::{EntryBody, LogEntry, MessageEvent};
pub use need::Need;
pub use open::OpenConversation;
pub use private::PrivateSequences;
pub use refusal::Refusal;
pub use state::{CampaignInfo, Conversation, Csat, Delay, Participant, Stage, Ttr};
pub use survey::{RunningSurvey, SurveyExpiry, SurveyOffer};
pub use tail::TailEntry;
pub use tally::Tally;
