//! Reading a conversation's log through the operator API, and the rules every log keeps.

use std::collections::HashMap;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::http::Connection;
use crate::platform::Platform;
use crate::requests;

/// A page of a log, as the operator API gives it.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub(super) entries: Vec<Entry>,
    next: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    version: u64,
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    #[serde(rename = "dialogId")]
    dialog: Option<String>,
    pub(super) sequence: Option<u64>,
    /// Who did it; absent for the platform.
    #[serde(rename = "originatorId")]
    pub(super) originator: Option<String>,
    /// Of a change: whether the whole conversation is open.
    stage: Option<String>,
    pub(super) event: Option<Event>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Event,
    Conversation,
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
pub(super) struct Event {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) message: Option<String>,
}

impl Entry {
    /// Whether the conversation is closed from this change on.
    pub(super) fn closes(&self) -> bool {
        self.stage.as_deref() == Some("CLOSE")
    }
}

/// How far a log was read.
#[derive(Debug, Default)]
pub(super) struct LogReader {
    /// The last version read.
    version: u64,
    /// The sequence each dialog's next event must have.
    next_sequence: HashMap<String, u64>,
}

impl LogReader {
    /// The last version that was read.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// Reads the rest of the log. Versions and sequences have no gaps, and it begins with the opening.
    pub(super) async fn read(
        &mut self,
        id: &str,
        platform: &Platform,
        connection: &mut Connection,
    ) -> anyhow::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        loop {
            let request = requests::conversation_log(
                &platform.caller.account,
                &platform.operator_token,
                id,
                self.version,
            );
            let answer = connection.exchange(&request).await?;
            ensure!(answer.status == 200, "its log cannot be read: {}", answer.summary());
            let page: Page = serde_json::from_slice(answer.body).context("its log does not parse")?;
            let (more, empty) = (page.next.is_some(), page.entries.is_empty());
            for entry in page.entries {
                self.follow(&entry)?;
                entries.push(entry);
            }
            ensure!(!(more && empty), "an empty page claims that there is more");
            if !more {
                break;
            }
        }
        ensure!(self.version > 0, "its log is empty");
        Ok(entries)
    }

    /// Checks that an entry is the next one.
    pub(super) fn follow(&mut self, entry: &Entry) -> anyhow::Result<()> {
        let expected = self.version + 1;
        ensure!(entry.version == expected, "version {} where {expected} is due", entry.version);
        ensure!(expected > 1 || entry.kind == Kind::Conversation, "it does not begin with its opening");
        self.version = entry.version;
        if let (Kind::Event, Some(dialog), Some(sequence)) = (entry.kind, &entry.dialog, entry.sequence) {
            let next = self.next_sequence.entry(dialog.clone()).or_default();
            ensure!(sequence == *next, "sequence {sequence} where {next} is due");
            *next += 1;
        }
        Ok(())
    }
}
