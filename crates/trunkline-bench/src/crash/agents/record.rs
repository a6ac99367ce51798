//! What bots and consumers did, held against what the logs say.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Context as _, bail, ensure};

use super::super::log::{Entry, Kind, LogReader};
use super::act::{Act, CONSUMER, Change, What};
use super::bot::Bot;
use super::view::Membership;
use crate::platform::Platform;

/// All conversations of a run.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// The bots, by the id that consumers see.
    bots: BTreeSet<String>,
    conversations: BTreeMap<String, Track>,
}

/// One conversation.
#[derive(Debug, Default)]
struct Track {
    log: LogReader,
    /// What each side asked for and was not refused.
    asked: BTreeMap<(String, Change), Asked>,
    /// Text to its author and the answered sequence.
    said: HashMap<String, (String, Option<u64>)>,
    /// Answered sequences of receipts, and their authors.
    receipts: Vec<(u64, String)>,
    found: Found,
    /// Closed and checked: nothing can change any more.
    is_settled: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Asked {
    acknowledged: usize,
    cut_off: usize,
}

/// What the log says.
#[derive(Debug, Default)]
struct Found {
    is_open: bool,
    assigned: Option<String>,
    changes: BTreeMap<(String, Change), usize>,
    /// Text to its sequence.
    texts: HashMap<String, u64>,
    /// By sequence.
    events: Vec<Published>,
}

#[derive(Debug, PartialEq, Eq)]
struct Published {
    by: String,
    kind: String,
    text: Option<String>,
}

/// Figures for the summary.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) conversations: usize,
    pub(super) by_consumers: u64,
    pub(super) by_bots: u64,
    pub(super) accepted: usize,
    pub(super) given_back: usize,
}

impl Record {
    pub(super) fn new(bots: impl Iterator<Item = String>) -> Self {
        Self { bots: bots.collect(), conversations: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, acts: Vec<Act>) {
        for act in acts {
            self.conversations.entry(act.conversation).or_default().note(act.by, act.what);
        }
    }

    /// Reads what is new in every log and checks all of it. Nobody may be at work meanwhile.
    pub(super) async fn check(&mut self, platform: &Platform) -> anyhow::Result<()> {
        let mut connection = platform.target.connect().await?;
        for (id, track) in self.conversations.iter_mut().filter(|(_, track)| !track.is_settled) {
            let place = || format!("conversation {id}");
            let entries = track.log.read(id, platform, &mut connection).await.with_context(place)?;
            for entry in entries {
                track.found.take(entry, &self.bots).with_context(place)?;
            }
            track.check().with_context(place)?;
            track.is_settled = !track.found.is_open;
        }
        Ok(())
    }

    /// The next check reads every log from its beginning.
    pub(super) fn forget_what_was_read(&mut self) {
        for track in self.conversations.values_mut() {
            (track.log, track.found, track.is_settled) = (LogReader::default(), Found::default(), false);
        }
    }

    /// Conversations that are open by their logs.
    pub(super) fn open(&self) -> BTreeSet<String> {
        let open = self.conversations.iter().filter(|(_, track)| track.found.is_open);
        open.map(|(id, _)| id.clone()).collect()
    }

    /// Whether some consumer knows the conversation: its opening was answered.
    pub(super) fn has_consumer(&self, id: &str) -> bool {
        let opened = (CONSUMER.to_owned(), Change::Open);
        self.conversations.get(id).is_some_and(|track| track.asked.contains_key(&opened))
    }

    /// A bot knows every event of its dialogs up to some point, each as it is in the log; up to the end where it still
    /// takes part.
    pub(super) fn compare(&self, bot: &Bot) -> anyhow::Result<()> {
        for (dialog, view) in &bot.views {
            let place = || format!("dialog {dialog} as agent {} knows it", bot.agent.aid);
            let track = self.conversations.get(dialog).with_context(place)?;
            let events = &track.found.events;
            for (sequence, event) in view.events() {
                let stored = usize::try_from(sequence).ok().and_then(|sequence| events.get(sequence));
                let stored = stored.with_context(|| format!("event {sequence} is not in the log"));
                let stored = stored.with_context(place)?;
                let is_same = self.author(Some(event.originator())) == stored.by
                    && event.kind() == stored.kind
                    && event.text() == stored.text.as_deref();
                ensure!(is_same, "{}: event {sequence} is {event:?}, in the log {stored:?}", place());
            }
            let is_told = view.membership == Membership::Member;
            if is_told && track.found.assigned.as_ref() == Some(&bot.agent.pid) {
                let (known, all) = (view.next(), events.len() as u64);
                ensure!(known == all, "{}: {known} of {all} events", place());
            }
        }
        Ok(())
    }

    fn author<'a>(&self, originator: Option<&'a str>) -> &'a str {
        author(originator, &self.bots)
    }

    pub(super) fn count(&self) -> Counts {
        let mut counts = Counts { conversations: self.conversations.len(), ..Counts::default() };
        for track in self.conversations.values() {
            for (by, sequence) in track.said.values() {
                let side = if by == CONSUMER { &mut counts.by_consumers } else { &mut counts.by_bots };
                *side += u64::from(sequence.is_some());
            }
            for ((_, change), done) in &track.found.changes {
                match change {
                    Change::Accept => counts.accepted += done,
                    Change::Leave => counts.given_back += done,
                    Change::Open | Change::Close => {}
                }
            }
        }
        counts
    }
}

/// Whoever is no bot is the conversation's consumer.
fn author<'a>(originator: Option<&'a str>, bots: &BTreeSet<String>) -> &'a str {
    originator.filter(|originator| bots.contains(*originator)).unwrap_or(CONSUMER)
}

impl Track {
    fn note(&mut self, by: String, what: What) {
        self.is_settled = false;
        match what {
            What::Change { change, is_acknowledged } => {
                let asked = self.asked.entry((by, change)).or_default();
                if is_acknowledged {
                    asked.acknowledged += 1;
                } else {
                    asked.cut_off += 1;
                }
            }
            What::Text { text, sequence } => {
                self.said.insert(text, (by, sequence));
            }
            What::Receipt { sequence } => self.receipts.extend(sequence.map(|sequence| (sequence, by))),
        }
    }

    /// Everything acknowledged is there once, and nothing that nobody asked for.
    fn check(&self) -> anyhow::Result<()> {
        for (key, asked) in &self.asked {
            let done = self.found.changes.get(key).copied().unwrap_or(0);
            let Asked { acknowledged, cut_off } = asked;
            ensure!(
                (*acknowledged..=acknowledged + cut_off).contains(&done),
                "{key:?} is there {done} times; {acknowledged} were acknowledged and {cut_off} cut off"
            );
        }
        // Whose opening was cut off does not know his conversation.
        let unasked = |key: &&(String, Change)| key.1 != Change::Open && !self.asked.contains_key(*key);
        if let Some(key) = self.found.changes.keys().find(unasked) {
            bail!("{key:?} is there, but nobody asked for it");
        }
        for (text, (by, sequence)) in &self.said {
            let found = self.found.texts.get(text);
            if let Some(answered) = sequence {
                ensure!(found == Some(answered), "{text} was answered {answered}, but is at {found:?}");
            }
            if let Some(event) = found.and_then(|sequence| self.event(*sequence)) {
                ensure!(event.by == *by, "{text} is of {}, not of {by}", event.by);
            }
        }
        if let Some(text) = self.found.texts.keys().find(|text| !self.said.contains_key(*text)) {
            bail!("{text} is there, but was never sent to it, or was refused");
        }
        for (sequence, by) in &self.receipts {
            let is_there = self
                .event(*sequence)
                .is_some_and(|event| event.kind == "AcceptStatusEvent" && event.by == *by);
            ensure!(is_there, "the receipt of {by} that was answered {sequence} is not there");
        }
        Ok(())
    }

    fn event(&self, sequence: u64) -> Option<&Published> {
        self.found.events.get(usize::try_from(sequence).ok()?)
    }
}

impl Found {
    fn take(&mut self, entry: Entry, bots: &BTreeSet<String>) -> anyhow::Result<()> {
        let by = author(entry.originator.as_deref(), bots).to_owned();
        let is_bot = by != CONSUMER;
        match entry.kind {
            Kind::Event => {
                ensure!(
                    !is_bot || self.assigned.as_ref() == Some(&by),
                    "{by} published while {:?} was assigned",
                    self.assigned
                );
                let sequence = entry.sequence.context("an event without a sequence")?;
                ensure!(sequence == self.events.len() as u64, "there is more than one dialog");
                let event = entry.event.context("an event without content")?;
                if let Some(text) = &event.message
                    && let Some(first) = self.texts.insert(text.clone(), sequence)
                {
                    bail!("{text} is there twice, at {first} and {sequence}");
                }
                self.events.push(Published { by, kind: event.kind, text: event.message });
            }
            Kind::Conversation => {
                let change = self.change(&entry, &by, is_bot)?;
                *self.changes.entry((by, change)).or_default() += 1;
            }
            Kind::Other => bail!("an entry of an unknown type"),
        }
        Ok(())
    }

    /// What a change was. As agents do nothing but accept, leave and close, two of them can never be assigned at once without
    /// its being seen here.
    fn change(&mut self, entry: &Entry, by: &str, is_bot: bool) -> anyhow::Result<Change> {
        let is_first = self.changes.is_empty();
        ensure!(is_first || self.is_open, "{by} changed it after it was closed");
        if is_bot && self.assigned.as_deref().is_some_and(|assigned| assigned != by) {
            bail!("{by} changed it while {:?} was assigned", self.assigned);
        }
        let change = match (entry.closes(), is_bot) {
            (true, _) => Change::Close,
            (false, false) if is_first => Change::Open,
            (false, false) => bail!("the consumer changed it"),
            (false, true) if self.assigned.is_none() => Change::Accept,
            (false, true) => Change::Leave,
        };
        match change {
            Change::Open => self.is_open = true,
            Change::Accept => self.assigned = Some(by.to_owned()),
            Change::Leave => self.assigned = None,
            Change::Close => {
                ensure!(!is_bot || self.assigned.is_some(), "{by} closed it without being assigned");
                (self.is_open, self.assigned) = (false, None);
            }
        }
        Ok(change)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::log::Page;
    use super::*;

    fn take(entries: &[&str]) -> anyhow::Result<Found> {
        let page: Page =
            serde_json::from_str(&format!(r#"{{"entries":[{}],"next":null}}"#, entries.join(","))).unwrap();
        let bots = ["a".to_owned(), "b".to_owned()].into();
        let mut found = Found::default();
        page.entries.into_iter().try_for_each(|entry| found.take(entry, &bots))?;
        Ok(found)
    }

    fn change(by: &str, stage: &str) -> String {
        format!(r#"{{"version":1,"type":"conversation","originatorId":"{by}","stage":"{stage}"}}"#)
    }

    fn text(by: &str, sequence: u64, text: &str) -> String {
        format!(
            r#"{{"version":1,"type":"event","dialogId":"c","sequence":{sequence},"originatorId":"{by}","event":{{"type":"ContentEvent","message":"{text}"}}}}"#
        )
    }

    #[test]
    fn one_agent_after_the_other_is_fine() {
        let (open, a, b) = (change("x", "OPEN"), change("a", "OPEN"), change("b", "OPEN"));
        let (said, closed) = (text("b", 0, "t"), change("b", "CLOSE"));
        let found = take(&[&open, &a, &a, &b, &said, &closed]).unwrap();
        assert!(!found.is_open && found.assigned.is_none());
        assert_eq!(found.changes[&("a".to_owned(), Change::Leave)], 1);
        assert_eq!(found.texts["t"], 0);
    }

    #[test]
    fn two_agents_at_once_are_found() {
        let (open, a, b) = (change("x", "OPEN"), change("a", "OPEN"), change("b", "OPEN"));
        assert!(take(&[&open, &a, &b]).unwrap_err().to_string().contains("while"));
        assert!(take(&[&open, &a, &text("b", 0, "t")]).unwrap_err().to_string().contains("published"));
        assert!(take(&[&open, &change("b", "CLOSE")]).is_err());
        assert!(take(&[&open, &a, &change("x", "CLOSE"), &b]).is_err());
    }

    #[test]
    fn what_was_acknowledged_must_be_there_once() {
        let open = change("x", "OPEN");
        for (acknowledged, cut_off, holds) in [(0, 0, false), (1, 0, true), (0, 1, true), (2, 0, false)] {
            let mut track =
                Track { found: take(&[&open, &change("a", "OPEN")]).unwrap(), ..Track::default() };
            for number in 0..acknowledged + cut_off {
                let is_acknowledged = number < acknowledged;
                track.note("a".to_owned(), What::Change { change: Change::Accept, is_acknowledged });
            }
            assert_eq!(track.check().is_ok(), holds, "{acknowledged} {cut_off}");
        }
    }

    #[test]
    fn texts_and_receipts_are_where_they_were_answered() {
        let (open, a, said) = (change("x", "OPEN"), change("a", "OPEN"), text("a", 0, "t"));
        for (sequence, by, holds) in
            [(Some(0), "a", true), (None, "a", true), (Some(1), "a", false), (Some(0), "b", false)]
        {
            let mut track = Track { found: take(&[&open, &a, &said]).unwrap(), ..Track::default() };
            track.note("a".to_owned(), What::Change { change: Change::Accept, is_acknowledged: true });
            track.note(by.to_owned(), What::Text { text: "t".to_owned(), sequence });
            assert_eq!(track.check().is_ok(), holds, "{sequence:?} {by}");
            track.note(by.to_owned(), What::Receipt { sequence: Some(0) });
            assert!(track.check().is_err());
        }
    }
}
