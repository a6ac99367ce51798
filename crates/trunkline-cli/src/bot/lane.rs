//! One conversation: what was said and is not answered yet, and what is being done about it.
//!
//! One request is in flight at a time, so that everything arrives in order and a refusal concerns one act. Nothing is
//! written down: what was answered before is told from the history of the conversation itself.

use std::collections::VecDeque;

use super::frame::Event;
use super::persona::{Act, Persona};

/// The most consumer messages that wait for an answer; a consumer who sends more is a flood.
const MOST_WAITING: usize = 1000;
/// The most events that are kept until the history is there.
const MOST_EARLY: usize = 10_000;
/// With so many events of a history nothing older is asked for: nobody waits for the answer to that.
const MOST_HISTORY: usize = 10_000;

/// A conversation that this bot answers.
#[derive(Debug)]
pub(super) struct Lane {
    /// Whether this connection knows it; a lane outlives a connection.
    pub(super) joined: bool,
    pub(super) busy: Busy,
    /// How often the act at the front was tried in vain.
    pub(super) tries: u32,
    /// The highest sequence that was looked at.
    seen: Option<u64>,
    history: History,
    greeted: bool,
    /// Messages of the consumer, oldest first; `None` for what is no text.
    waiting: VecDeque<(u64, Option<String>)>,
    /// The act at the front is the one in flight.
    acts: VecDeque<Act>,
}

/// What a lane waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Busy {
    No,
    /// The answer to a request.
    Answer,
    /// The timer with this number.
    Timer(u64),
}

#[derive(Debug)]
enum History {
    Asked(Asked),
    Known,
}

/// What is there of a history that has not come as a whole.
#[derive(Debug, Default)]
struct Asked {
    from: u64,
    /// The first sequence that came.
    first: Option<u64>,
    /// What came of it, the newest part first.
    parts: Vec<Event>,
    /// What happened since it was asked for.
    early: Vec<Event>,
}

/// The part of a history to ask for: with `from` and before `before`, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) from: u64,
    pub(super) before: Option<u64>,
}

/// More came than a bot can look at.
#[derive(Debug)]
pub(super) struct Flood;

impl Asked {
    /// Takes a part; returns the sequence before which more may be missing.
    fn take(&mut self, part: Vec<Event>) -> Option<u64> {
        let first = part.iter().filter_map(|event| event.sequence).min();
        let earlier = first.filter(|first| self.first.is_none_or(|known| *first < known));
        self.first = earlier.or(self.first);
        self.parts.extend(part);
        earlier.filter(|first| *first > self.from && self.parts.len() < MOST_HISTORY)
    }
}

impl Lane {
    pub(super) fn new() -> Self {
        Self {
            joined: false,
            busy: Busy::No,
            tries: 0,
            seen: None,
            history: History::Asked(Asked::default()),
            greeted: false,
            waiting: VecDeque::new(),
            acts: VecDeque::new(),
        }
    }

    /// A connection knows the conversation; returns what has to be read of its history.
    pub(super) fn join(&mut self) -> Part {
        self.joined = true;
        let from = self.seen.unwrap_or(0);
        self.history = History::Asked(Asked { from, ..Asked::default() });
        Part { from, before: None }
    }

    /// The connection is lost: the act in flight is done again, unless the history shows that it arrived.
    pub(super) fn leave(&mut self) {
        self.joined = false;
        self.busy = Busy::No;
        self.history = History::Asked(Asked::default());
    }

    /// An event that just happened.
    pub(super) fn happened(&mut self, event: Event, aid: &str) -> Result<(), Flood> {
        match &mut self.history {
            History::Known => self.digest(vec![event], aid),
            History::Asked(asked) if asked.early.len() < MOST_EARLY => asked.early.push(event),
            History::Asked(_) => return Err(Flood),
        }
        Ok(())
    }

    /// The newest part of what was asked for of the history; returns what to ask for next. With the last part, everything
    /// that came meanwhile is taken in. The greeting is said to those who heard none.
    pub(super) fn told(&mut self, part: Vec<Event>, aid: &str, persona: &Persona) -> Option<Part> {
        let History::Asked(asked) = &mut self.history else { return None };
        if let Some(before) = asked.take(part) {
            return Some(Part { from: asked.from, before: Some(before) });
        }
        let mut events = std::mem::take(&mut asked.parts);
        events.append(&mut asked.early);
        self.history = History::Known;
        self.digest(events, aid);
        if !self.greeted {
            self.greeted = true;
            self.acts.extend(persona.greeting());
        }
        None
    }

    /// The act to do now; takes up the next message when the one before is done with.
    pub(super) fn next(&mut self, persona: &Persona) -> Option<&Act> {
        if !self.joined || self.busy != Busy::No || matches!(self.history, History::Asked(_)) {
            return None;
        }
        if self.acts.is_empty()
            && let Some((sequence, text)) = self.waiting.pop_front()
        {
            self.acts.push_back(Act::Read(sequence));
            self.acts.extend(text.into_iter().flat_map(|text| persona.answer(&text)));
        }
        self.acts.front()
    }

    /// The act at the front is done.
    pub(super) fn done(&mut self) -> Option<Act> {
        self.tries = 0;
        self.acts.pop_front()
    }

    /// The act at the front cannot be done: what would follow it makes no sense either.
    pub(super) fn give_up(&mut self) {
        self.tries = 0;
        self.acts.clear();
    }

    /// Takes in what is new. A message counts as answered when somebody else of the brand spoke after it, or when
    /// this bot read it and spoke after that: a bot that was killed in between answers again.
    fn digest(&mut self, mut events: Vec<Event>, aid: &str) {
        events.retain(|event| event.sequence.is_some() && event.sequence > self.seen);
        events.sort_by_key(|event| event.sequence);
        events.dedup_by_key(|event| event.sequence);
        let Some(last) = events.last().and_then(|event| event.sequence) else { return };
        self.seen = Some(last);
        let mut new: VecDeque<(u64, Option<String>)> = VecDeque::new();
        let mut read: Vec<u64> = Vec::new();
        for event in &events {
            let own = event.originator_id == aid;
            if event.is_of_consumer() && event.is_content() {
                new.push_back((event.sequence.unwrap_or(last), event.text().map(str::to_owned)));
            } else if own && event.is_content() {
                self.greeted = true;
                self.arrived(event);
                new.retain(|(sequence, _)| !read.contains(sequence));
            } else if own {
                read.extend(event.read());
            } else if event.is_of_brand() && event.is_content() {
                new.clear();
            }
        }
        let room = MOST_WAITING.saturating_sub(self.waiting.len());
        if new.len() > room {
            tracing::warn!(dropped = new.len() - room, "too many messages wait for an answer");
        }
        self.waiting.extend(new.into_iter().take(room));
    }

    /// What was in flight when a connection was lost had arrived.
    fn arrived(&mut self, event: &Event) {
        if self.busy == Busy::No
            && let Some(Act::Say(text)) = self.acts.front()
            && event.text() == Some(text)
        {
            self.done();
        }
    }
}
