//! What came of one conversation.

use anyhow::ensure;

/// The entries of a conversation, the first version first.
#[derive(Debug, Default)]
pub(super) struct Track(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    confirmed: bool,
    sequence: Option<u64>,
    text: Option<Box<str>>,
}

impl Track {
    /// The version that is due.
    pub(super) fn due(&self) -> u64 {
        self.0.len() as u64 + 1
    }

    /// Whether the entry with this version was confirmed.
    pub(super) fn is_confirmed(&self, version: u64) -> bool {
        self.at(version).is_some_and(|entry| entry.confirmed)
    }

    /// Sequence and text of all text messages.
    pub(super) fn messages(&self) -> impl Iterator<Item = (u64, &str)> {
        self.0.iter().filter_map(|entry| entry.sequence.zip(entry.text.as_deref()))
    }

    /// Takes an entry; whether it had been confirmed before.
    pub(super) fn entry(
        &mut self,
        version: u64,
        confirmed: bool,
        sequence: Option<u64>,
        text: Option<&str>,
    ) -> anyhow::Result<bool> {
        let due = self.due();
        ensure!(version > 0, "version 0 is before the first");
        ensure!(version <= due, "version {version} where {due} is due");
        if version == due {
            let before = version - 1;
            ensure!(before == 0 || self.is_confirmed(before), "it came before {before} was confirmed");
            self.0.push(Entry { confirmed, sequence, text: text.map(Box::from) });
            return Ok(false);
        }
        let Some(entry) = place(version).and_then(|place| self.0.get_mut(place)) else { return Ok(false) };
        ensure!(
            entry.sequence == sequence && entry.text.as_deref() == text,
            "it has other content than before: {entry:?}"
        );
        let duplicate = entry.confirmed;
        entry.confirmed |= confirmed;
        Ok(duplicate)
    }

    /// Takes a chat state that followed the entry with this version.
    pub(super) fn chat_state(&self, after: u64) -> anyhow::Result<()> {
        ensure!(self.is_confirmed(after), "a chat state came before the entry it follows");
        ensure!(self.due() == after + 1, "a chat state came after a later entry");
        Ok(())
    }

    fn at(&self, version: u64) -> Option<&Entry> {
        self.0.get(place(version)?)
    }
}

fn place(version: u64) -> Option<usize> {
    usize::try_from(version.checked_sub(1)?).ok()
}
