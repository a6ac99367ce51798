//! Reading the log of a conversation, a slice at a time and not beyond a number of bytes.

use std::sync::Arc;

use trunkline_model::Transcript;
use trunkline_model::conversation::{Conversation, EntryBody, LogEntry};
use trunkline_storage::Storage;
use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::{AccountId, ConversationId, JsonText};

use super::pace::Pace;
use crate::Error;

/// Entries read at once: most conversations take one read, and the longest entries together some megabytes.
pub(super) const SLICE: usize = 128;

/// About what a record has beside what was published.
const AROUND: usize = 512;
/// About what one number of a receipt becomes.
const STATUS: usize = 320;

/// Reads the logs of an account's conversations.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) storage: &'a dyn Storage,
    pub(super) account: &'a AccountId,
    /// The pace of who may read thousands of conversations.
    pub(super) pace: Option<&'a Pace>,
}

/// A conversation that was read.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub(super) transcript: Transcript,
    /// About how long it will be when it is written.
    pub(super) bytes: usize,
    /// Whether the log was not read to its end. The state is the present one all the same.
    pub(super) is_partial: bool,
}

impl Reader<'_> {
    /// Reads a conversation up to so many bytes; `None` when the account has no such conversation.
    pub(super) async fn load(&self, id: ConversationId, most: usize) -> Result<Option<Loaded>, Error> {
        if let Some(pace) = self.pace {
            pace.give_way().await;
        }
        if most < AROUND {
            let state = self.storage.conversation(self.account, id).await?;
            return Ok(state.map(|state| Loaded::unread(state.into())));
        }
        let mut loaded: Option<Loaded> = None;
        let mut after = 0;
        loop {
            let entries = self.storage.log_after(self.account, id, after, SLICE).await?;
            if entries.is_empty() {
                return Ok(loaded);
            }
            for entry in entries {
                after = entry.version;
                let bytes = cost(&entry);
                match &mut loaded {
                    None => {
                        let Some(transcript) = Transcript::begin(entry) else {
                            tracing::error!(conversation.id = %id, "the log of conversation {id} begins in its middle");
                            return Ok(None);
                        };
                        loaded = Some(Loaded { transcript, bytes, is_partial: false });
                    }
                    Some(known) if known.bytes.saturating_add(bytes) > most => {
                        known.is_partial = true;
                        if let Some(state) = self.storage.conversation(self.account, id).await? {
                            known.transcript.state = Arc::new(state);
                        }
                        return Ok(loaded);
                    }
                    Some(known) => {
                        known.bytes += bytes;
                        known.transcript.add(entry);
                    }
                }
            }
        }
    }
}

impl Loaded {
    /// The same, without what was read when it is more than so many bytes.
    pub(super) fn within(self, most: usize) -> Self {
        if self.bytes <= most {
            return self;
        }
        let opened_by = self.transcript.opened_by;
        let unread = Self::unread(self.transcript.state);
        Self { transcript: Transcript { opened_by, ..unread.transcript }, ..unread }
    }

    /// A conversation of which nothing but the state was read.
    fn unread(state: Arc<Conversation>) -> Self {
        Self { transcript: Transcript::of_state(state), bytes: AROUND, is_partial: true }
    }
}

/// About how much an entry adds to an answer.
pub(super) fn cost(entry: &LogEntry) -> usize {
    let twice = |metadata: Option<&JsonText>| metadata.map_or(0, |metadata| 2 * metadata.as_str().len());
    match &entry.body {
        EntryBody::Changed { metadata, .. } => AROUND + twice(metadata.as_ref()),
        EntryBody::Event(event) => {
            let text = event.event.as_str();
            let statuses = match event.kind {
                EventKind::AcceptStatus => text.bytes().filter(|byte| *byte == b',').count() * STATUS,
                _ => 0,
            };
            AROUND + text.len() + statuses + twice(event.metadata.as_ref())
        }
    }
}
