//! Transcripts of conversations that the rules made. Source: spec 08 §2.

use trunkline_wire::conversations::event::Event;
use trunkline_wire::conversations::{Audience, ParticipantRole, TtrType};
use trunkline_wire::json::JsValue;
use trunkline_wire::{
    AccountId, AgentId, ConsumerId, ConversationId, DialogId, ExternalConsumerId, ParticipantId, SkillId,
};
use uuid::Uuid;

use super::*;
use crate::conversation::{
    Actor, Command, Decision, FieldChange, Membership, OpenConversation, Participant, Publish, Ttr,
};
use trunkline_wire::conversations::{DialogType, ParticipantState};

const NOW: EpochMillis = EpochMillis(1_700_000_000_000);

fn id() -> ConversationId {
    ConversationId::parse("b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57").unwrap()
}

fn user(number: u128) -> AgentId {
    AgentId::from_uuid(Uuid::from_u128(number))
}

fn agent(number: u128) -> Actor {
    Actor::Agent { id: user(number), manager: false }
}

fn manager(number: u128) -> Actor {
    Actor::Agent { id: user(number), manager: true }
}

const CONSUMER: ParticipantId = ParticipantId::Consumer(ConsumerId::from_bytes([7; 32]));

fn skill(number: i64) -> SkillId {
    SkillId::from_number(number).unwrap()
}

/// A conversation whose log grows by commands, a second each.
struct Talk {
    log: Vec<LogEntry>,
    state: Conversation,
}

impl Talk {
    fn begin() -> Self {
        let change = OpenConversation {
            account: AccountId::parse("10020030").unwrap(),
            consumer: ConsumerId::from_bytes([7; 32]),
            external_consumer: ExternalConsumerId::parse("crm-4711").unwrap(),
            app: None,
            skill: SkillId::UNASSIGNED,
            ttr: Ttr { kind: TtrType::Prioritized, seconds: 600 },
            campaign: None,
            context: None,
            client_properties: None,
            features: Vec::new(),
        }
        .decide(id(), NOW);
        let state = Conversation::clone(change.entries[0].state.as_ref().unwrap());
        Self { log: change.entries, state }
    }

    /// The time of the entry after `version`.
    fn at(version: u64) -> EpochMillis {
        EpochMillis(NOW.0 + i64::try_from(version).unwrap() * 1000)
    }

    fn run(&mut self, actor: Actor, command: Command) {
        let now = Self::at(self.state.version);
        let Ok(Decision::Append { change, .. }) = self.state.decide(actor, command, now) else {
            panic!("the command must be possible")
        };
        for entry in change.entries {
            self.state.apply(&entry);
            self.log.push(entry);
        }
    }

    fn change(&mut self, actor: Actor, changes: Vec<FieldChange>) {
        self.run(actor, Command::Update { changes, metadata: None, survey: None });
    }

    fn publish(&mut self, actor: Actor, event: &str, audience: Audience) {
        let event = Event::from_js(JsValue::parse(event).unwrap()).unwrap();
        let dialog = DialogId::Main(id());
        let publish =
            Publish { dialog, conversation: None, event, metadata: None, encoded_metadata: None, audience };
        self.run(actor, Command::Publish(publish));
    }

    fn transcript(&self) -> Transcript {
        let transcript = Transcript::of(self.log.clone()).unwrap();
        assert_eq!(*transcript.state, self.state);
        transcript
    }
}

const TEXT: &str = r#"{"type":"ContentEvent","contentType":"text/plain","message":"hi"}"#;

fn join(number: u128, role: ParticipantRole) -> FieldChange {
    FieldChange::Join(Membership { agent: user(number), role, dialog: None })
}

fn leave(number: u128, role: ParticipantRole) -> FieldChange {
    FieldChange::Leave(Membership { agent: user(number), role, dialog: None })
}

#[test]
fn nothing_and_half_a_log_have_no_transcript() {
    assert_eq!(Transcript::of([]), None);
    let mut talk = Talk::begin();
    talk.publish(Actor::Consumer(CONSUMER), TEXT, Audience::All);
    assert_eq!(Transcript::of(talk.log.split_off(1)), None);
}

#[test]
fn messages_and_receipts_come_in_order_with_their_times() {
    let mut talk = Talk::begin();
    talk.publish(Actor::Consumer(CONSUMER), TEXT, Audience::All);
    talk.run(agent(1), Command::AcceptRing);
    let read = r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":[0,4]}"#;
    talk.publish(agent(1), read, Audience::All);
    talk.publish(agent(1), TEXT, Audience::AgentsAndManagers);
    let transcript = talk.transcript();
    let messages: Vec<_> = transcript
        .messages
        .iter()
        .map(|message| (message.at, message.event.sequence, message.event.audience))
        .collect();
    assert_eq!(messages, [(Talk::at(1), 0, Audience::All), (Talk::at(4), 2, Audience::AgentsAndManagers)]);
    let [receipt] = transcript.receipts.as_slice() else { panic!("{:?}", transcript.receipts) };
    assert_eq!((receipt.at, receipt.status.as_str()), (Talk::at(3), "READ"));
    assert_eq!((receipt.sequences.as_slice(), receipt.sequence), ([0, 4].as_slice(), 1));
    assert_eq!(receipt.by, ParticipantId::Agent(user(1)));
}

#[test]
fn entries_with_states_in_between_change_nothing() {
    let mut talk = Talk::begin();
    for _ in 0..200 {
        talk.publish(Actor::Consumer(CONSUMER), TEXT, Audience::All);
    }
    assert!(talk.log.iter().filter(|entry| entry.state.is_some()).count() > 3);
    assert_eq!(talk.transcript().messages.len(), 200);
}

#[test]
fn who_joins_and_leaves_is_noted_once() {
    use ParticipantRole::{AssignedAgent, Manager};
    let mut talk = Talk::begin();
    talk.run(agent(1), Command::AcceptRing);
    talk.change(manager(5), vec![join(5, Manager)]);
    talk.change(manager(5), vec![leave(5, Manager)]);
    talk.change(manager(5), vec![join(5, Manager)]);
    let transcript = talk.transcript();
    let of = |list: &[Presence]| -> Vec<_> { list.iter().map(|p| (p.at, p.user, p.role)).collect() };
    let joined = [
        (Talk::at(1), user(1), AssignedAgent),
        (Talk::at(2), user(5), Manager),
        (Talk::at(4), user(5), Manager),
    ];
    assert_eq!(of(&transcript.joined), joined);
    assert_eq!(of(&transcript.left), [(Talk::at(3), user(5), Manager)]);
    let present: Vec<_> = transcript.present().cloned().collect();
    assert_eq!(of(&present), [joined[0], joined[2]]);
    assert!(transcript.took_part(user(5)) && !transcript.took_part(user(2)));
    assert_eq!(transcript.assignments.len(), 1);
}

#[test]
fn whoever_was_only_proposed_took_no_part() {
    let mut talk = Talk::begin();
    talk.run(agent(1), Command::AcceptRing);
    talk.change(agent(1), vec![FieldChange::Suggest { agent: user(2), dialog: None }]);
    let transcript = talk.transcript();
    assert!(!transcript.took_part(user(2)));
    assert_eq!(transcript.transfers, []);
}

#[test]
fn transfers_say_how_from_whom_and_to_whom() {
    let mut talk = Talk::begin();
    talk.run(agent(1), Command::AcceptRing);
    // To another agent, by proposal.
    talk.change(agent(1), vec![FieldChange::Suggest { agent: user(2), dialog: None }]);
    talk.run(agent(2), Command::AcceptRing);
    // To another skill, as agents' software does it: the skill, and leaving.
    let leaving = leave(2, ParticipantRole::AssignedAgent);
    talk.change(agent(2), vec![FieldChange::Skill(skill(7)), leaving]);
    talk.run(agent(3), Command::AcceptRing);
    // Back to the queue.
    talk.change(agent(3), vec![leave(3, ParticipantRole::AssignedAgent)]);
    talk.run(agent(1), Command::AcceptRing);
    // A manager takes it over.
    let over = vec![leave(1, ParticipantRole::AssignedAgent), join(5, ParticipantRole::AssignedAgent)];
    talk.change(manager(5), over);
    talk.change(Actor::Consumer(CONSUMER), vec![FieldChange::CloseConversation]);

    let transcript = talk.transcript();
    let transfers: Vec<_> =
        transcript.transfers.iter().map(|t| (t.reason, t.from_user, t.to_user, t.to_skill)).collect();
    let expected = [
        (TransferReason::Agent, Some(user(1)), Some(user(2)), skill(-1)),
        (TransferReason::Skill, Some(user(2)), None, skill(7)),
        (TransferReason::BackToQueue, Some(user(3)), None, skill(7)),
        (TransferReason::TakeOver, Some(user(1)), Some(user(5)), skill(7)),
    ];
    assert_eq!(transfers, expected);
    let assigned: Vec<_> = transcript.assignments.iter().map(|assignment| assignment.user).collect();
    assert_eq!(assigned, [1, 2, 3, 1, 5].map(user));
    let [change] = transcript.skill_changes.as_slice() else { panic!("{:?}", transcript.skill_changes) };
    assert_eq!((change.from, change.to), (SkillId::UNASSIGNED, skill(7)));
    assert_eq!(change.by, Some(ParticipantId::Agent(user(2))));
    assert_eq!(transcript.latest_agent(), Some(user(5)));
}

#[test]
fn the_latest_agent_is_the_last_who_answered() {
    let mut talk = Talk::begin();
    assert_eq!(talk.transcript().latest_agent(), None);
    talk.run(agent(1), Command::AcceptRing);
    talk.change(agent(1), vec![leave(1, ParticipantRole::AssignedAgent)]);
    assert_eq!(talk.transcript().latest_agent(), Some(user(1)));
}

#[test]
fn the_note_has_the_time_of_its_last_change() {
    let mut talk = Talk::begin();
    assert_eq!(talk.transcript().noted_at, None);
    talk.change(manager(5), vec![FieldChange::Note("calm".to_owned())]);
    talk.publish(Actor::Consumer(CONSUMER), TEXT, Audience::All);
    assert_eq!(talk.transcript().noted_at, Some(Talk::at(1)));
}

/// A survey that begins with the end of the main dialog: its bot is there from the start.
#[test]
fn users_of_a_further_dialog_are_noted_with_it() {
    let mut talk = Talk::begin();
    talk.run(agent(1), Command::AcceptRing);
    let mut next = talk.state.clone();
    let survey = DialogId::survey_of(id());
    let bot = Participant {
        id: ParticipantId::Agent(user(9)),
        role: ParticipantRole::Agent,
        state: ParticipantState::Active,
    };
    let mut dialog = next.dialogs[0].clone();
    dialog.id = survey;
    dialog.kind = DialogType::PostSurvey;
    dialog.participants = vec![dialog.participants[0], bot];
    next.dialogs.push(dialog);
    next.version += 1;
    let entry = LogEntry {
        version: next.version,
        at: Talk::at(2),
        body: EntryBody::Changed { by: Some(CONSUMER), metadata: None },
        state: Some(Arc::new(next.clone())),
    };
    talk.state = next;
    talk.log.push(entry);
    let transcript = talk.transcript();
    let joined: Vec<_> = transcript.joined.iter().map(|p| (p.dialog, p.user)).collect();
    assert_eq!(joined, [(DialogId::Main(id()), user(1)), (survey, user(9))]);
    assert_eq!(transcript.transfers, []);
}
