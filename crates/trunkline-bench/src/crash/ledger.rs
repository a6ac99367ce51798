//! What was sent, held against what the logs say.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::Summary;
use super::log::{Entry, Kind, LogReader};
use super::traffic::Sent;
use crate::http::Connection;
use crate::platform::{Conversation, Platform};
use crate::receiver::ConversationKey;

/// All conversations of a run.
pub(super) struct Ledger {
    conversations: Arc<[Conversation]>,
    tracks: Vec<Track>,
    /// Where the track of a conversation is.
    places: HashMap<ConversationKey, usize>,
}

impl Ledger {
    pub(super) fn new(conversations: Vec<Conversation>) -> Self {
        let tracks: Vec<_> = conversations.iter().cloned().map(Track::new).collect();
        let places = tracks.iter().enumerate().filter_map(|(place, track)| Some((track.key()?, place)));
        Self { conversations: conversations.into(), places: places.collect(), tracks }
    }

    pub(super) fn conversations(&self) -> Arc<[Conversation]> {
        Arc::clone(&self.conversations)
    }

    /// Notes what a round's connections sent.
    pub(super) fn add(&mut self, sent: Vec<Sent>) {
        for message in sent {
            if let Some(track) = self.tracks.get_mut(message.conversation) {
                track.sent.insert(message.text, message.sequence);
            }
        }
    }

    /// Reads what is new in every log and checks all of it.
    pub(super) async fn check(&mut self, platform: &Platform) -> anyhow::Result<()> {
        let mut connection = platform.target.connect().await?;
        for track in &mut self.tracks {
            let id = track.conversation.id.clone();
            track.read(platform, &mut connection).await.with_context(|| format!("conversation {id}"))?;
            track.complete().with_context(|| format!("conversation {id}"))?;
        }
        Ok(())
    }

    /// The next check reads every log from its beginning.
    pub(super) fn forget_what_was_read(&mut self) {
        for track in &mut self.tracks {
            track.log = LogReader::default();
            track.found.clear();
        }
    }

    /// Each conversation and the last version of its log.
    pub(super) fn ends(&self) -> impl Iterator<Item = (ConversationKey, u64)> {
        self.tracks.iter().filter_map(|track| Some((track.key()?, track.end())))
    }

    /// Whether a conversation's log has this message with this sequence; `None` for a conversation that is not followed.
    pub(super) fn has(&self, conversation: ConversationKey, sequence: u64, text: &str) -> Option<bool> {
        let track = self.tracks.get(*self.places.get(&conversation)?)?;
        Some(track.found.get(text) == Some(&sequence))
    }

    /// Adds the figures up.
    pub(super) fn count(&self, summary: &mut Summary) {
        for track in &self.tracks {
            for (text, sequence) in &track.sent {
                match (sequence, track.found.get(text)) {
                    (Some(answered), found) => {
                        summary.acknowledged += 1;
                        summary.found += u64::from(found == Some(answered));
                    }
                    (None, Some(_)) => summary.unacknowledged_present += 1,
                    (None, None) => summary.unacknowledged_absent += 1,
                }
            }
        }
    }
}

/// One conversation: what was sent to it and how far its log was read.
pub(super) struct Track {
    conversation: Conversation,
    /// Text to answered sequence.
    sent: HashMap<String, Option<u64>>,
    log: LogReader,
    /// Text to the sequence in the log.
    found: HashMap<String, u64>,
}

impl Track {
    pub(super) fn new(conversation: Conversation) -> Self {
        Self { conversation, sent: HashMap::new(), log: LogReader::default(), found: HashMap::new() }
    }

    /// The last version that was read.
    pub(super) fn end(&self) -> u64 {
        self.log.version()
    }

    fn key(&self) -> Option<ConversationKey> {
        ConversationKey::parse(self.conversation.id.as_bytes())
    }

    /// Reads the rest of the log and checks each entry.
    pub(super) async fn read(
        &mut self,
        platform: &Platform,
        connection: &mut Connection,
    ) -> anyhow::Result<()> {
        let entries = self.log.read(&self.conversation.id, platform, connection).await?;
        entries.into_iter().try_for_each(|entry| self.take(entry))
    }

    fn take(&mut self, entry: Entry) -> anyhow::Result<()> {
        let text = entry.event.and_then(|event| event.message);
        match (entry.kind, entry.sequence, text) {
            (Kind::Event, Some(sequence), Some(text)) => self.find(text, sequence),
            _ => Ok(()),
        }
    }

    fn find(&mut self, text: String, sequence: u64) -> anyhow::Result<()> {
        match self.sent.get(&text) {
            None => bail!("message {text} was never sent to it"),
            Some(Some(answered)) if *answered != sequence => {
                bail!("message {text} has sequence {sequence}, but {answered} was answered")
            }
            Some(_) => {}
        }
        if let Some(first) = self.found.insert(text, sequence) {
            bail!("a message is there twice, with sequences {first} and {sequence}");
        }
        Ok(())
    }

    /// Everything acknowledged is there.
    fn complete(&self) -> anyhow::Result<()> {
        match self.sent.iter().find(|(text, answer)| answer.is_some() && !self.found.contains_key(*text)) {
            None => Ok(()),
            Some((text, answer)) => bail!("message {text} is lost; it was acknowledged with {answer:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::log::Page;
    use super::*;

    fn track(sent: &[(&str, Option<u64>)]) -> Track {
        let mut track = Track::new(Conversation { jws: String::new(), id: String::from("c") });
        track.sent = sent.iter().map(|(text, answer)| ((*text).to_owned(), *answer)).collect();
        track
    }

    fn take(track: &mut Track, page: &str) -> anyhow::Result<()> {
        let page: Page = serde_json::from_str(page).unwrap();
        page.entries.into_iter().try_for_each(|entry| {
            track.log.follow(&entry)?;
            track.take(entry)
        })?;
        track.complete()
    }

    const OPENING: &str = r#"{"version":1,"type":"conversation","conversation":{}}"#;

    fn message(version: u64, sequence: u64, text: &str) -> String {
        format!(
            r#"{{"version":{version},"type":"event","dialogId":"c","sequence":{sequence},"event":{{"type":"ContentEvent","message":"{text}"}}}}"#
        )
    }

    fn page(entries: &[&str]) -> String {
        format!(r#"{{"entries":[{}],"next":null}}"#, entries.join(","))
    }

    #[test]
    fn a_whole_log_passes() {
        let mut track = track(&[("a", Some(0)), ("b", None), ("gone", None)]);
        take(&mut track, &page(&[OPENING, &message(2, 0, "a"), &message(3, 1, "b")])).unwrap();
        let ledger = Ledger { conversations: Arc::new([]), tracks: vec![track], places: HashMap::new() };
        let mut summary = Summary::default();
        ledger.count(&mut summary);
        assert_eq!((summary.acknowledged, summary.found), (1, 1));
        assert_eq!((summary.unacknowledged_present, summary.unacknowledged_absent), (1, 1));
    }

    #[test]
    fn every_broken_promise_is_found() {
        let (first, second) = (message(2, 0, "a"), message(3, 1, "a"));
        for (sent, entries, complaint) in [
            (Some(0), vec![OPENING], "is lost"),
            (Some(0), vec![OPENING, &first, &second], "but 0 was answered"),
            (None, vec![OPENING, &first, &second], "twice"),
            (Some(1), vec![OPENING, &first], "but 1 was answered"),
            (None, vec![OPENING, &second], "version 3 where 2"),
            (None, vec![OPENING, &message(2, 1, "a")], "sequence 1 where 0"),
            (None, vec![OPENING, &message(2, 0, "z")], "never sent"),
            (None, vec![&message(1, 0, "a")], "begin with its opening"),
        ] {
            let error = take(&mut track(&[("a", sent)]), &page(&entries)).unwrap_err().to_string();
            assert!(error.contains(complaint), "{error}");
        }
    }
}
