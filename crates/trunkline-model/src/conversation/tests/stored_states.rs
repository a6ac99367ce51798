//! States in the store outlive the code that wrote them.

use trunkline_wire::agent::DelayKind;

use super::*;

/// Written before conversations had agents: none of the members that came with them.
const OLD: &str = r#"{"id":"b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57","account":"10020030","version":3,"consumer":"0707070707070707070707070707070707070707070707070707070707070707","external_consumer":"crm-4711","skill":"-1","ttr":{"type":"PRIORITIZED","seconds":600},"answer_due":1700000600000,"participants":[{"id":"0707070707070707070707070707070707070707070707070707070707070707","role":"CONSUMER","state":"ACTIVE"}],"dialogs":[{"id":"b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57","type":"MAIN","participants":[{"id":"0707070707070707070707070707070707070707070707070707070707070707","role":"CONSUMER","state":"ACTIVE"}],"state":{"is":"open"},"created_at":1700000000000,"updated_at":1700000000000,"next_sequence":2}],"stage":{"is":"open"},"started_at":1700000000000,"updated_at":1700000000000}"#;

#[test]
fn old_states_read_and_wait_for_an_agent() {
    let state: Conversation = serde_json::from_str(OLD).unwrap();
    assert_eq!((state.event_at, state.unassigned_at, &state.note), (None, None, &None));
    assert_eq!(state.last_activity(), NOW);
    let need = state.needs_agent().unwrap();
    assert_eq!((need.since, need.is_transfer, need.suggested), (NOW, false, None));
    assert_eq!(serde_json::to_string(&state).unwrap(), OLD, "nothing is added that was not there");
}

#[test]
fn states_read_back_as_they_were() {
    let mut state = served();
    run(&mut state, publish(text()), NOW).unwrap();
    change(
        &mut state,
        agent(1),
        vec![
            leave(1, ParticipantRole::AssignedAgent),
            suggest(2),
            skill(7),
            FieldChange::Note("n".to_owned()),
            FieldChange::Topic("t".to_owned()),
            FieldChange::ManualAnswerDue(Some(NOW)),
            FieldChange::Delay(Some(Delay { kind: DelayKind::Night, until: NOW })),
        ],
    );
    let text = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<Conversation>(&text).unwrap(), state);
    run(&mut state, update(vec![close_main()]), NOW).unwrap();
    let text = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<Conversation>(&text).unwrap(), state);
}
