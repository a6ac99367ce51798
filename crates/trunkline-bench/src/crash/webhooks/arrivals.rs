//! What the receiver's ledger says, checked line by line.

mod track;

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};

use super::super::ledger::Ledger;
use crate::receiver::ConversationKey;
use crate::receiver::process::Line;
use crate::stopwatch;
use track::Track;

/// Longest silence of the receiver while something is missing. A failed endpoint is probed after two seconds.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks at the ledger.
const PAUSE: Duration = Duration::from_millis(2);

/// Everything that came.
pub(super) struct Arrivals {
    file: File,
    /// The beginning of a line whose end is not written yet.
    rest: Vec<u8>,
    apps: Vec<App>,
    chat_states: u64,
    /// The last mark that was read.
    mark: u64,
    /// When the present server was started, in milliseconds since 1970.
    restarted: i64,
}

/// What came for one app.
#[derive(Default)]
struct App {
    tracks: HashMap<ConversationKey, Track>,
    duplicates: u64,
}

impl Arrivals {
    pub(super) fn open(ledger: &Path, apps: usize) -> anyhow::Result<Self> {
        let file = File::open(ledger).with_context(|| format!("opening {}", ledger.display()))?;
        let apps = (0..apps).map(|_| App::default()).collect();
        Ok(Self { file, rest: Vec::new(), apps, chat_states: 0, mark: 0, restarted: 0 })
    }

    /// Reads and checks what is new; whether anything was.
    pub(super) fn read(&mut self) -> anyhow::Result<bool> {
        let mut bytes = std::mem::take(&mut self.rest);
        let read = self.file.read_to_end(&mut bytes).context("reading the receiver's ledger")?;
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        self.rest = bytes.split_off(end);
        for line in std::str::from_utf8(&bytes).context("the receiver's ledger is no UTF-8")?.lines() {
            let parsed = Line::parse(line)?;
            self.take(parsed).with_context(|| format!("the receiver's ledger has {line:?}"))?;
        }
        Ok(read > 0)
    }

    /// Reads what the server that was killed sent, up to this mark. Chat states from before now must not come any more.
    pub(super) async fn drain(&mut self, mark: u64) -> anyhow::Result<()> {
        let asked = stopwatch::now();
        while self.mark != mark {
            ensure!(asked.elapsed() < PATIENCE, "the receiver does not come to an end");
            tokio::time::sleep(PAUSE).await;
            self.read()?;
        }
        self.restarted = jiff::Timestamp::now().as_millisecond();
        Ok(())
    }

    /// Entries that came again although they had been confirmed, since the last question.
    pub(super) fn take_duplicates(&mut self) -> u64 {
        self.apps.iter_mut().map(|app| std::mem::take(&mut app.duplicates)).sum()
    }

    /// Waits until both apps have confirmed each of these logs to its end.
    pub(super) async fn wait(&mut self, ends: Vec<(ConversationKey, u64)>) -> anyhow::Result<()> {
        let apps = 0..self.apps.len();
        let mut missing: Vec<_> =
            apps.flat_map(|app| ends.iter().map(move |(key, end)| (app, *key, *end))).collect();
        let mut heard = stopwatch::now();
        loop {
            if self.read()? {
                heard = stopwatch::now();
            }
            missing.retain(|(app, key, end)| !self.confirmed(*app, *key, *end));
            let Some((app, key, end)) = missing.first() else { return Ok(()) };
            if heard.elapsed() > PATIENCE {
                let track = self.apps.get(*app).and_then(|app| app.tracks.get(key));
                bail!(
                    "{} conversations wait for entries that do not come; the first: app {app}, {key}, version {} of {end}",
                    missing.len(),
                    track.map_or(1, Track::due)
                );
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// What came for the conversations of the ledger is what their logs say.
    pub(super) fn compare(&self, ledger: &Ledger) -> anyhow::Result<()> {
        for (number, app) in self.apps.iter().enumerate() {
            for (key, track) in &app.tracks {
                for (sequence, text) in track.messages() {
                    ensure!(
                        ledger.has(*key, sequence, text).unwrap_or(true),
                        "app {number} was told that {key} has {text:?} with sequence {sequence}, which its log has not"
                    );
                }
            }
            for (key, end) in ledger.ends() {
                let due = app.tracks.get(&key).map_or(1, Track::due);
                ensure!(due == end + 1, "app {number} knows {key} up to {}, its log ends at {end}", due - 1);
            }
        }
        Ok(())
    }

    /// Every conversation that anybody was told of.
    pub(super) fn conversations(&self) -> BTreeSet<ConversationKey> {
        self.apps.iter().flat_map(|app| app.tracks.keys().copied()).collect()
    }

    /// Entries that came, each counted once for each app.
    pub(super) fn entries(&self) -> u64 {
        self.apps.iter().flat_map(|app| app.tracks.values()).map(|track| track.due() - 1).sum()
    }

    /// Chat states that came.
    pub(super) fn chat_states(&self) -> u64 {
        self.chat_states
    }

    fn confirmed(&self, app: usize, key: ConversationKey, version: u64) -> bool {
        let track = self.apps.get(app).and_then(|app| app.tracks.get(&key));
        track.is_some_and(|track| track.is_confirmed(version))
    }

    fn take(&mut self, line: Line<'_>) -> anyhow::Result<()> {
        match line {
            Line::Entry { listener, confirmed, conversation, version, sequence, text } => {
                let app = self.apps.get_mut(listener).context("there is no such app")?;
                let track = app.tracks.entry(conversation).or_default();
                app.duplicates += u64::from(track.entry(version, confirmed, sequence, text.as_deref())?);
                Ok(())
            }
            Line::ChatState { listener, conversation, after, at, .. } => {
                ensure!(at >= self.restarted, "a chat state from before the kill");
                let app = self.apps.get_mut(listener).context("there is no such app")?;
                self.chat_states += 1;
                app.tracks.entry(conversation).or_default().chat_state(after)
            }
            Line::Mark(number) => {
                self.mark = number;
                Ok(())
            }
            Line::Odd { what, .. } => bail!("a request that is {what}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57";

    fn arrivals(lines: &[&str]) -> anyhow::Result<Arrivals> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("arrivals");
        std::fs::write(&path, lines.join("\n").replace("ID", ID) + "\nentry 0 tr").unwrap();
        let mut arrivals = Arrivals::open(&path, 1).unwrap();
        arrivals.restarted = 1000;
        arrivals.read()?;
        Ok(arrivals)
    }

    const OPENED: &str = "entry 0 true ID 1 - -";
    const FIRST: &str = "entry 0 true ID 2 0 a";
    const SECOND: &str = "entry 0 true ID 3 1 b";

    #[test]
    fn what_came_twice_is_counted() {
        let lines = [OPENED, FIRST, FIRST, "typing 0 true ID 2 1000", SECOND, OPENED, FIRST];
        let mut arrivals = arrivals(&lines).unwrap();
        assert_eq!(arrivals.take_duplicates(), 3);
        assert_eq!(arrivals.take_duplicates(), 0);
        assert_eq!((arrivals.entries(), arrivals.chat_states()), (3, 1));
        assert_eq!(arrivals.conversations().len(), 1);
    }

    #[test]
    fn a_retry_is_no_duplicate() {
        let refused = "entry 0 false ID 2 0 a";
        let mut arrivals = arrivals(&[OPENED, refused, refused, FIRST, SECOND]).unwrap();
        assert_eq!(arrivals.take_duplicates(), 0);
    }

    #[test]
    fn every_broken_promise_is_found() {
        for (lines, complaint) in [
            (vec![OPENED, SECOND], "version 3 where 2 is due"),
            (vec![FIRST], "version 2 where 1 is due"),
            (vec![OPENED, "entry 0 false ID 2 0 a", SECOND], "before 2 was confirmed"),
            (vec![OPENED, FIRST, "entry 0 true ID 2 0 b"], "other content"),
            (vec![OPENED, FIRST, "entry 0 true ID 2 1 a"], "other content"),
            (vec!["entry 0 true ID 0 - -"], "version 0"),
            (vec!["entry 1 true ID 1 - -"], "no such app"),
            (vec![OPENED, "typing 0 true ID 1 999"], "from before the kill"),
            (vec![OPENED, "typing 0 true ID 2 1000"], "before the entry it follows"),
            (vec![OPENED, FIRST, "typing 0 true ID 1 1000"], "after a later entry"),
            (vec!["forged 0"], "forged"),
            (vec!["unreadable 0"], "unreadable"),
        ] {
            let error = arrivals(&lines).err().map(|error| format!("{error:#}")).unwrap_or_default();
            assert!(error.contains(complaint), "{complaint}: {error}");
        }
    }

    #[tokio::test]
    async fn a_log_is_there_when_its_end_is_confirmed() {
        let key = ConversationKey::parse(ID.as_bytes()).unwrap();
        let mut all = arrivals(&[OPENED, FIRST]).unwrap();
        all.wait(vec![(key, 2)]).await.unwrap();
        let refused = arrivals(&[OPENED, "entry 0 false ID 2 0 a"]).unwrap();
        assert!(refused.confirmed(0, key, 1) && !refused.confirmed(0, key, 2));
    }
}
