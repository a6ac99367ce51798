//! What a bot knows of a dialog: what its sockets were told, and what it asked for.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use anyhow::ensure;

use crate::agent::Event;

/// Whether the bot takes part, as far as this socket was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Membership {
    /// Nothing was told yet.
    #[default]
    Unknown,
    /// It does.
    Member,
    /// It did.
    Left,
}

/// A dialog.
#[derive(Debug, Default)]
pub(super) struct View {
    pub(super) membership: Membership,
    known: BTreeMap<u64, Event>,
    /// The last event this socket was told since the bot takes part.
    live: Option<u64>,
    /// Queries without an answer.
    pub(super) asked: usize,
}

impl View {
    /// A new socket: nothing was told yet.
    pub(super) fn reconnect(&mut self) {
        (self.membership, self.live, self.asked) = (Membership::Unknown, None, 0);
    }

    /// The bot takes no part any more.
    pub(super) fn leave(&mut self) {
        (self.membership, self.live) = (Membership::Left, None);
    }

    /// The first event that is not known.
    pub(super) fn next(&self) -> u64 {
        self.known.keys().zip(0..).take_while(|(known, due)| **known == *due).count() as u64
    }

    /// Takes an event that was told. Events of one socket follow one another.
    pub(super) fn tell(&mut self, sequence: u64, event: Event) -> anyhow::Result<()> {
        ensure!(self.membership != Membership::Left, "event {sequence} was told after the bot had left");
        if let Some(last) = self.live {
            ensure!(sequence == last + 1, "event {sequence} was told after {last}");
        }
        self.live = Some(sequence);
        self.keep(sequence, event)
    }

    /// Takes the answer to the question for everything from `from` on; whether the last event is new.
    pub(super) fn answer(&mut self, from: u64, events: Vec<Event>) -> anyhow::Result<Option<Event>> {
        self.asked = self.asked.saturating_sub(1);
        let mut newest = None;
        for (due, event) in (from..).zip(events) {
            ensure!(event.sequence == Some(due), "event {:?} was found where {due} is due", event.sequence);
            newest = (!self.known.contains_key(&due)).then(|| event.clone());
            self.keep(due, event)?;
        }
        Ok(newest)
    }

    fn keep(&mut self, sequence: u64, event: Event) -> anyhow::Result<()> {
        match self.known.entry(sequence) {
            Entry::Vacant(place) => {
                place.insert(event);
            }
            Entry::Occupied(known) => {
                let known = known.get();
                ensure!(*known == event, "event {sequence} is {event:?} now, but was {known:?}");
            }
        }
        Ok(())
    }

    /// There is no gap, unless a question is open.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let (next, count) = (self.next(), self.known.len() as u64);
        ensure!(self.asked > 0 || next == count, "event {next} is missing, though later ones were told");
        Ok(())
    }

    /// Every event that is known, by number.
    pub(super) fn events(&self) -> impl Iterator<Item = (u64, &Event)> {
        self.known.iter().map(|(sequence, event)| (*sequence, event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(sequence: u64, text: &str) -> Event {
        let json = format!(
            r#"{{"dialogId":"c","sequence":{sequence},"originatorMetadata":{{"id":"x","role":"CONSUMER"}},"event":{{"type":"ContentEvent","message":"{text}"}}}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    fn told(sequences: &[u64]) -> anyhow::Result<View> {
        let mut view = View::default();
        for sequence in sequences {
            view.tell(*sequence, event(*sequence, "t"))?;
        }
        Ok(view)
    }

    #[test]
    fn what_is_told_has_no_gap_and_no_repetition() {
        assert!(told(&[3, 4, 5]).is_ok());
        assert!(told(&[3, 5]).is_err());
        assert!(told(&[3, 3]).is_err());
    }

    #[test]
    fn what_was_found_fills_the_gap() {
        let mut view = told(&[2, 3]).unwrap();
        assert!(view.check().is_err());
        view.asked = 1;
        assert!(view.check().is_ok());
        let newest = view.answer(0, (0..3).map(|sequence| event(sequence, "t")).collect()).unwrap();
        assert_eq!((newest, view.next()), (None, 4));
        assert!(view.check().is_ok());
        assert!(view.answer(4, vec![event(5, "t")]).is_err());
        assert!(view.answer(3, vec![event(3, "another")]).is_err());
        assert!(view.answer(4, vec![event(4, "t")]).unwrap().is_some());
    }

    #[test]
    fn nothing_is_told_to_whom_left() {
        let mut view = told(&[0]).unwrap();
        view.leave();
        assert!(view.tell(1, event(1, "t")).is_err());
        view.reconnect();
        assert!(view.tell(4, event(4, "t")).is_ok());
    }
}
