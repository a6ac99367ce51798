//! The Send API: CONVERSATION and SEND, and the vocabulary of conversations. Source: spec 05.

pub mod conversation;
pub mod envelope;
pub mod error;
pub mod event;
pub mod field;
pub mod log;
pub mod profile;
pub mod properties;
pub mod send;
mod vocabulary;

pub(crate) use vocabulary::words;
pub use vocabulary::{
    Audience, CloseReason, CsatStatus, DialogType, ParticipantRole, ParticipantState, TtrType,
};
