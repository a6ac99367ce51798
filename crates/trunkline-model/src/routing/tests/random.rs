//! Anything in any order: conversations, agents, the store and the log, each at its own pace.

use std::collections::{BTreeSet, VecDeque};

use proptest::prelude::*;
use trunkline_wire::conversations::Audience;
use trunkline_wire::conversations::event::Event;
use trunkline_wire::json::JsValue;
use trunkline_wire::{DialogId, ParticipantId};

use super::*;
use crate::conversation::Publish;

const AGENTS: u128 = 4;

#[derive(Debug, Clone)]
enum Input {
    Open {
        skill: i64,
        is_silent: bool,
    },
    Update {
        conversation: usize,
        change: Change,
    },
    Agent {
        agent: u128,
        skills: Vec<i64>,
        most: Option<u32>,
    },
    Available {
        agent: u128,
        availability: Availability,
    },
    Gone {
        agent: u128,
    },
    /// The consumer says something.
    Say {
        conversation: usize,
    },
    /// An agent answers the ring at this place among all there ever were, his or not.
    Accept {
        agent: Option<u128>,
        ring: usize,
    },
    Reject {
        agent: Option<u128>,
        ring: usize,
    },
    /// The store settles the oldest acceptance it has.
    Settle {
        fails: bool,
    },
    /// Routing reads this many entries of the log.
    Read {
        entries: usize,
    },
    /// The driver takes the oldest ended proposal back.
    EndProposal,
    Wait {
        millis: i64,
    },
}

#[derive(Debug, Clone)]
enum Change {
    Close,
    Leave,
    Join(u128),
    Suggest(u128),
    LeaveAndSuggest(u128),
    Skill(i64),
}

fn agent() -> std::ops::RangeInclusive<u128> {
    1..=AGENTS
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => Just(Change::Close),
        3 => Just(Change::Leave),
        1 => agent().prop_map(Change::Join),
        2 => agent().prop_map(Change::Suggest),
        3 => agent().prop_map(Change::LeaveAndSuggest),
        2 => (-1..3_i64).prop_map(Change::Skill),
    ]
}

fn availability() -> impl Strategy<Value = Availability> {
    prop_oneof![
        6 => Just(Availability::Online),
        1 => Just(Availability::Occupied),
        1 => Just(Availability::BackSoon),
        1 => Just(Availability::Away),
        1 => Just(Availability::Offline),
    ]
}

fn input() -> impl Strategy<Value = Input> {
    let skills = prop::collection::vec(-1..3_i64, 0..3);
    let most = prop_oneof![2 => Just(None), 1 => (0..3_u32).prop_map(Some)];
    let who = prop_oneof![5 => Just(None), 1 => agent().prop_map(Some)];
    prop_oneof![
        4 => (-1..3_i64, prop::bool::weighted(0.3))
            .prop_map(|(skill, is_silent)| Input::Open { skill, is_silent }),
        4 => (0..8_usize, change()).prop_map(|(conversation, change)| Input::Update { conversation, change }),
        3 => (agent(), skills, most).prop_map(|(agent, skills, most)| Input::Agent { agent, skills, most }),
        4 => (agent(), availability())
            .prop_map(|(agent, availability)| Input::Available { agent, availability }),
        1 => agent().prop_map(|agent| Input::Gone { agent }),
        6 => (who.clone(), 0..8_usize).prop_map(|(agent, ring)| Input::Accept { agent, ring }),
        3 => (who, 0..8_usize).prop_map(|(agent, ring)| Input::Reject { agent, ring }),
        5 => prop::bool::weighted(0.2).prop_map(|fails| Input::Settle { fails }),
        8 => (1..4_usize).prop_map(|entries| Input::Read { entries }),
        4 => (0..8_usize).prop_map(|conversation| Input::Say { conversation }),
        3 => Just(Input::EndProposal),
        3 => prop_oneof![-50..200_i64, Just(5000), Just(72_000)].prop_map(|millis| Input::Wait { millis }),
    ]
}

#[derive(Debug)]
struct Acceptance {
    ring: RingId,
    agent: AgentId,
    conversation: ConversationId,
}

/// What routing is told of an entry.
#[derive(Debug)]
enum Told {
    Changed(ConversationView),
    Heard { conversation: ConversationId, version: u64, is_silent: bool, answer_due: Option<EpochMillis> },
}

/// Routing, its driver, and a store with a log that is read later.
#[derive(Debug)]
struct World {
    desk: Desk,
    /// States that routing has not read yet.
    log: VecDeque<Told>,
    /// Acceptances that the store has not settled yet, and when they began.
    accepting: VecDeque<(Acceptance, EpochMillis)>,
    /// The latest time there was; the clock goes back, too.
    latest: EpochMillis,
    /// Every ring there ever was, with the agent.
    rings: Vec<(RingId, AgentId)>,
    live: BTreeSet<RingId>,
    /// How many effects have been looked at.
    seen: usize,
    proposals: VecDeque<(u128, u128)>,
    opened: u128,
}

impl World {
    fn new() -> Self {
        let options = Options { rings_per_agent: 3, remembered_rings: 20, ..Options::default() };
        Self {
            desk: Desk::with(options),
            log: VecDeque::new(),
            accepting: VecDeque::new(),
            latest: START,
            rings: Vec::new(),
            live: BTreeSet::new(),
            seen: 0,
            proposals: VecDeque::new(),
            opened: 0,
        }
    }

    fn apply(&mut self, input: Input) {
        self.latest = self.latest.max(self.desk.now);
        match input {
            Input::Open { skill, is_silent } => self.open(skill, is_silent),
            Input::Update { conversation, change } => self.update(conversation, &change),
            Input::Agent { agent, skills, most } => drop(self.desk.agent(agent, &skills, most)),
            Input::Available { agent, availability } => drop(self.desk.set(agent, availability)),
            Input::Gone { agent } => drop(self.desk.gone(agent)),
            Input::Say { conversation } => self.say(conversation),
            Input::Accept { agent, ring } => self.accept(agent, ring),
            Input::Reject { agent, ring } => self.reject(agent, ring),
            Input::Settle { fails } => self.settle(fails),
            Input::Read { entries } => self.read(entries),
            Input::EndProposal => self.end_proposal(),
            Input::Wait { millis } => drop(self.desk.wait(millis)),
        }
        self.latest = self.latest.max(self.desk.now);
        self.observe();
    }

    fn open(&mut self, skill: i64, is_silent: bool) {
        self.opened += 1;
        // Opened elsewhere: routing hears of it from the log.
        let mut other = Desk { now: self.desk.now, ..Desk::new() };
        other.open_as(self.opened, skill, is_silent);
        let state = other.conversations.remove(&self.opened).unwrap();
        self.log.push_back(Told::Changed(ConversationView::from(&state)));
        self.desk.conversations.insert(self.opened, state);
    }

    /// Decides a command; what it changed goes to the log.
    fn command(&mut self, number: u128, actor: Actor, command: Command) -> Result<(), Refusal> {
        let before = self.desk.conversations[&number].version;
        self.desk.command(number, actor, command)?;
        let state = &self.desk.conversations[&number];
        if state.version > before {
            self.log.push_back(Told::Changed(ConversationView::from(state)));
        }
        Ok(())
    }

    fn say(&mut self, conversation: usize) {
        let number = conversation as u128 + 1;
        let Some(state) = self.desk.conversations.get(&number) else { return };
        let consumer = Actor::Consumer(ParticipantId::Consumer(state.consumer));
        let event = r#"{"type":"ContentEvent","contentType":"text/plain","message":"hello"}"#;
        let publish = Publish {
            dialog: DialogId::Main(state.id),
            conversation: None,
            event: Event::from_js(JsValue::parse(event).unwrap()).unwrap(),
            metadata: None,
            encoded_metadata: None,
            audience: Audience::All,
        };
        // In a closed conversation nothing is said.
        if self.desk.command(number, consumer, Command::Publish(publish)).is_ok() {
            let state = &self.desk.conversations[&number];
            self.log.push_back(Told::Heard {
                conversation: state.id,
                version: state.version,
                is_silent: state.is_silent,
                answer_due: state.answer_due,
            });
            assert!(!state.is_silent);
        }
    }

    fn update(&mut self, conversation: usize, change: &Change) {
        let number = conversation as u128 + 1;
        let Some(state) = self.desk.conversations.get(&number) else { return };
        let present = state.assigned_agent().map_or(0, |agent| agent.as_uuid().as_u128());
        let changes = match change {
            Change::Close => vec![FieldChange::CloseConversation],
            Change::Leave => vec![leave(present)],
            Change::Join(agent) => vec![join(*agent)],
            Change::Suggest(agent) => vec![suggest(*agent)],
            Change::LeaveAndSuggest(agent) => vec![leave(present), suggest(*agent)],
            Change::Skill(skill) => vec![to_skill(*skill)],
        };
        let actor = Actor::Agent { id: agent_id(99), manager: true };
        // What is refused changes nothing.
        let _ = self.command(number, actor, Command::Update { changes, metadata: None, survey: None });
    }

    fn pick(&self, agent: Option<u128>, ring: usize) -> Option<(RingId, AgentId, AgentId)> {
        let at = self.rings.len().checked_sub(ring + 1)?;
        let (id, owner) = self.rings[at].clone();
        Some((id, agent.map_or(owner, agent_id), owner))
    }

    fn accept(&mut self, agent: Option<u128>, ring: usize) {
        let Some((id, agent, owner)) = self.pick(agent, ring) else { return };
        if let Ok(conversation) = self.desk.routing.accept(&id, agent, self.desk.now) {
            assert_eq!(agent, owner, "somebody else accepted");
            assert!(self.live.contains(&id), "a ring that has ended was accepted");
            for (other, begun) in self.accepting.iter().filter(|(other, _)| other.ring == id) {
                let reserved_until = begun.plus(self.desk.routing.options.reservation);
                assert!(reserved_until <= self.latest, "{other:?} was accepted twice at once");
            }
            self.accepting.push_back((Acceptance { ring: id, agent, conversation }, self.desk.now));
        }
    }

    fn reject(&mut self, agent: Option<u128>, ring: usize) {
        let Some((id, agent, owner)) = self.pick(agent, ring) else { return };
        if let Ok(effects) = self.desk.routing.reject(&id, agent, self.desk.now) {
            assert_eq!(agent, owner, "somebody else rejected");
            assert!(self.live.contains(&id), "a ring that has ended was rejected");
            self.desk.took(effects);
        }
    }

    fn settle(&mut self, fails: bool) {
        let Some((Acceptance { ring, agent, conversation }, _)) = self.accepting.pop_front() else { return };
        let number = conversation.as_uuid().as_u128();
        let actor = Actor::Agent { id: agent, manager: false };
        let is_assigned = !fails && self.command(number, actor, Command::AcceptRing).is_ok();
        let effects = if is_assigned {
            let version = self.desk.conversations[&number].version;
            self.desk.routing.accepted(&ring, version, self.desk.now)
        } else {
            self.desk.routing.accept_failed(&ring, self.desk.now)
        };
        self.desk.took(effects);
    }

    fn read(&mut self, entries: usize) {
        for _ in 0..entries {
            let Some(told) = self.log.pop_front() else { return };
            let (routing, now) = (&mut self.desk.routing, self.desk.now);
            let effects = match told {
                Told::Changed(view) => routing.follow(&view, now),
                Told::Heard { conversation, version, is_silent, answer_due } => {
                    routing.heard(conversation, version, is_silent, answer_due, now)
                }
            };
            self.desk.took(effects);
        }
    }

    fn end_proposal(&mut self) {
        if let Some((conversation, agent)) = self.proposals.pop_front() {
            let end = Command::EndSuggestion { agent: agent_id(agent), until: EpochMillis(i64::MAX) };
            let _ = self.command(conversation, Actor::System, end);
        }
    }

    /// Follows the life of every ring: `WAITING` once, one end, and one ring per conversation at a time.
    fn observe(&mut self) {
        for effect in &self.desk.effects[self.seen..] {
            match effect {
                Effect::Ring(notice) if notice.ring.state == RingState::Waiting => {
                    assert!(self.rings.iter().all(|(id, _)| *id != notice.ring.id), "an id came twice");
                    self.rings.push((notice.ring.id.clone(), notice.agent));
                    self.live.insert(notice.ring.id.clone());
                }
                Effect::Ring(notice) => {
                    assert!(self.live.remove(&notice.ring.id), "a ring ended twice");
                    let is_over = notice.ring.state == RingState::Accepted;
                    assert!(!is_over || notice.task.is_completed);
                }
                Effect::SuggestionEnded { conversation, agent } => {
                    self.proposals.push_back((conversation.as_uuid().as_u128(), agent.as_uuid().as_u128()));
                }
            }
        }
        self.seen = self.desk.effects.len();
        let ringing =
            self.desk.routing.conversations.values().filter_map(|entry| entry.task.as_ref()?.ring());
        let ringing: BTreeSet<RingId> = ringing.map(|ring| ring.id.clone()).collect();
        assert_eq!(self.live, ringing, "what rings was announced");
    }

    /// Lets everything that is under way arrive.
    fn calm_down(&mut self) {
        while !(self.log.is_empty() && self.accepting.is_empty() && self.proposals.is_empty()) {
            for input in [Input::Settle { fails: false }, Input::EndProposal, Input::Read { entries: 9 }] {
                self.apply(input);
            }
        }
    }

    /// Routing knows of every conversation what its state says.
    fn compare(&self) {
        for (number, state) in &self.desk.conversations {
            let entry = self.desk.routing.conversations.get(&conversation_id(*number));
            assert_eq!(entry.is_some(), state.is_open());
            let Some(entry) = entry else { continue };
            assert_eq!(entry.assigned.as_deref().copied(), state.assigned_agent());
            assert_eq!(
                entry.task.is_some(),
                state.needs_agent().is_some(),
                "lost between queue, ring and agent"
            );
            if let (Some(task), Some(need)) = (&entry.task, state.needs_agent()) {
                assert!(task.is_for(&need));
            }
        }
    }

    /// Everybody goes home; every ring must have ended. Then one tireless agent comes, and nobody waits any longer.
    fn wind_up(&mut self) {
        for agent in agent() {
            self.apply(Input::Gone { agent });
        }
        self.calm_down();
        self.apply(Input::Wait { millis: 72_000 });
        self.calm_down();
        assert_eq!(self.live, BTreeSet::new(), "every ring ends");
        for conversation in 0..self.desk.conversations.len() {
            self.apply(Input::Say { conversation });
        }
        self.calm_down();
        self.apply(Input::Agent { agent: 77, skills: Vec::new(), most: None });
        self.apply(Input::Available { agent: 77, availability: Availability::Online });
        for _ in 0..200 {
            while !self.live.is_empty() {
                for ring in 0..self.rings.len() {
                    self.apply(Input::Accept { agent: None, ring });
                }
                self.calm_down();
            }
            self.apply(Input::Wait { millis: 60_000 });
            self.calm_down();
        }
        self.compare();
        assert_eq!(self.desk.routing.waiting(), 0, "nobody waits while somebody is free");
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_and_nothing_happens_twice(inputs in prop::collection::vec(input(), 0..150)) {
        let mut world = World::new();
        for input in inputs {
            world.apply(input);
        }
        world.calm_down();
        world.compare();
        world.wind_up();
    }

    #[test]
    fn the_same_inputs_have_the_same_effects(inputs in prop::collection::vec(input(), 0..150)) {
        let (mut one, mut other) = (World::new(), World::new());
        for input in inputs {
            one.apply(input.clone());
            other.apply(input);
            prop_assert_eq!(&one.desk.effects, &other.desk.effects);
        }
    }
}
