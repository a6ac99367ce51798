//! The other fields, closing, time-outs. Source: spec 21 §7.4, §9.

use trunkline_wire::agent::DelayKind;

use super::*;

fn close_dialog() -> FieldChange {
    FieldChange::CloseDialog(CloseDialog { dialog: Some(DialogId::Main(id())), cause: None })
}

/// Rule 6: `closedBy` is derived from the caller; 22 §1.1 `closeReason`.
#[test]
fn the_close_tells_who_closed() {
    for (actor, reason) in [
        (consumer(), CloseReason::Consumer),
        (agent(1), CloseReason::Agent),
        (manager(9), CloseReason::Agent),
        (Actor::System, CloseReason::System),
    ] {
        for close in [FieldChange::CloseConversation, close_dialog()] {
            let mut state = served();
            change(&mut state, actor, vec![close]);
            let Stage::Closed { reason: known, .. } = state.stage else { panic!("still open") };
            assert_eq!((known, state.close_reason()), (reason, Some(reason)));
            assert_eq!(state.main().closed_by(), Some(reason));
            assert_eq!(state.needs_agent(), None);
            assert_eq!(participants(&state).len(), 2, "the lists stay as they were");
        }
    }
}

/// Rule 5.
#[test]
fn a_closed_conversation_takes_notes_and_nothing_else() {
    let mut state = served();
    change(&mut state, agent(1), vec![FieldChange::CloseConversation]);
    for refused in [
        FieldChange::CloseConversation,
        close_dialog(),
        FieldChange::AttachMetadata(Some(DialogId::Main(id()))),
        FieldChange::Ttr(Ttr { kind: TtrType::Urgent, seconds: 1 }),
        join(1, ParticipantRole::Reader),
        leave(1, ParticipantRole::AssignedAgent),
        suggest(2),
        skill(3),
        FieldChange::ManualAnswerDue(Some(NOW)),
        FieldChange::Topic("t".to_owned()),
        FieldChange::Delay(None),
    ] {
        let with_metadata =
            Command::Update { changes: vec![refused], metadata: Some(metadata()), survey: None };
        assert_eq!(state.decide(agent(1), with_metadata, NOW), Err(Refusal::Closed));
    }
    change(&mut state, agent(1), vec![FieldChange::Note("called back".to_owned())]);
    assert_eq!(state.note.as_deref(), Some("called back"));
}

fn metadata() -> JsonText {
    JsonText::normalise(r#"[{"type":"ActionReason","reason":"done"}]"#).unwrap()
}

#[test]
fn texts_are_replaced_cleared_and_bounded() {
    let mut state = served();
    change(
        &mut state,
        agent(1),
        vec![FieldChange::Note("one".to_owned()), FieldChange::Topic("a".to_owned())],
    );
    change(&mut state, agent(1), vec![FieldChange::Note("two".to_owned())]);
    assert_eq!((state.note.as_deref(), state.topic.as_deref()), (Some("two"), Some("a")));
    change(&mut state, agent(1), vec![FieldChange::Note(String::new()), FieldChange::Topic(String::new())]);
    assert_eq!((&state.note, &state.topic), (&None, &None));

    let (note, topic) = (Conversation::MAX_NOTE_CHARACTERS, Conversation::MAX_TOPIC_CHARACTERS);
    change(
        &mut state,
        agent(1),
        vec![FieldChange::Note("ü".repeat(note)), FieldChange::Topic("ü".repeat(topic))],
    );
    assert_eq!(refusal(&state, agent(1), vec![FieldChange::Note("ü".repeat(note + 1))]), Refusal::TooLong);
    assert_eq!(refusal(&state, agent(1), vec![FieldChange::Topic("ü".repeat(topic + 1))]), Refusal::TooLong);
    let cause = Some("ü".repeat(Conversation::MAX_CAUSE_CHARACTERS + 1));
    let close = FieldChange::CloseDialog(CloseDialog { dialog: Some(DialogId::Main(id())), cause });
    assert_eq!(refusal(&state, agent(1), vec![close]), Refusal::TooLong);
}

#[test]
fn a_manual_deadline_stands_beside_the_computed_one() {
    let mut state = served();
    let due = state.answer_due;
    change(&mut state, agent(1), vec![FieldChange::ManualAnswerDue(Some(EpochMillis(5)))]);
    assert_eq!((state.manual_answer_due, state.answer_due), (Some(EpochMillis(5)), due));
    change(&mut state, agent(1), vec![FieldChange::ManualAnswerDue(None)]);
    assert_eq!(state.manual_answer_due, None);
}

#[test]
fn a_delay_is_set_and_cleared() {
    let delay = Some(Delay { kind: DelayKind::Weekend, until: EpochMillis(NOW.0 + 86_400_000) });
    let mut state = served();
    change(&mut state, agent(1), vec![FieldChange::Delay(delay)]);
    assert_eq!(state.delay, delay);
    change(&mut state, agent(1), vec![FieldChange::Delay(None)]);
    assert_eq!(state.delay, None);
}

#[test]
fn attached_metadata_is_kept_with_the_change() {
    let state = served();
    let attach = |metadata| Command::Update {
        changes: vec![FieldChange::AttachMetadata(Some(DialogId::Main(id())))],
        metadata,
        survey: None,
    };
    let Ok(Decision::Append { change, .. }) = state.decide(agent(1), attach(Some(metadata())), NOW) else {
        panic!("attaching changes the dialog")
    };
    let by = Some(ParticipantId::Agent(agent_id(1)));
    assert_eq!(change.entries[0].body, EntryBody::Changed { by, metadata: Some(metadata()) });
    let after = change.entries[0].state.as_deref().unwrap();
    assert!(after.main().updated_at > state.main().updated_at);
    assert_eq!(state.decide(agent(1), attach(None), NOW), Ok(Decision::Nothing));
    let elsewhere = FieldChange::AttachMetadata(Some(DialogId::Further([1; 16])));
    let elsewhere = Command::Update { changes: vec![elsewhere], metadata: Some(metadata()), survey: None };
    assert_eq!(state.decide(agent(1), elsewhere, NOW), Err(Refusal::UnknownDialog));
}

mod time_out {
    use super::*;

    fn expire(quiet_since: EpochMillis) -> Command {
        Command::Expire { dialog: None, quiet_since }
    }

    #[test]
    fn a_quiet_conversation_is_closed_by_the_platform() {
        let mut state = served();
        let quiet_since = state.last_activity();
        run_as(Actor::System, &mut state, expire(quiet_since), EpochMillis(NOW.0 + 9)).unwrap();
        assert_eq!(state.close_reason(), Some(CloseReason::Timeout));
        let Stage::Closed { reason, .. } = state.stage else { panic!("still open") };
        assert_eq!(reason, CloseReason::Timeout);
        assert_eq!(state.main().closed_by(), Some(CloseReason::System), "22 §1.1 has no TIMEOUT there");
    }

    /// The message came while the decision to close was on its way.
    #[test]
    fn a_message_in_time_keeps_it_open() {
        for event in [text(), receipt()] {
            let mut state = served();
            let quiet_since = state.last_activity();
            run(&mut state, publish(event), EpochMillis(quiet_since.0 + 1)).unwrap();
            let decision = state.decide(Actor::System, expire(quiet_since), EpochMillis(NOW.0 + 9));
            assert_eq!(decision, Ok(Decision::Nothing));
        }
    }

    #[test]
    fn typing_is_no_activity_and_a_change_is() {
        let mut state = served();
        let before = state.last_activity();
        run(&mut state, publish(typing()), EpochMillis(NOW.0 + 70_000)).unwrap();
        assert_eq!(state.last_activity(), before);
        change(&mut state, agent(1), vec![skill(3)]);
        assert!(state.last_activity() > before);
    }

    #[test]
    fn activity_does_not_go_back_with_the_clock() {
        let mut state = served();
        run(&mut state, publish(text()), EpochMillis(NOW.0 + 5000)).unwrap();
        run(&mut state, publish(text()), EpochMillis(NOW.0 - 5000)).unwrap();
        assert_eq!(state.last_activity(), EpochMillis(NOW.0 + 5000));
    }

    #[test]
    fn it_is_for_the_platform_and_happens_once() {
        let mut state = served();
        let end = EpochMillis(i64::MAX);
        for actor in [consumer(), agent(1), manager(9)] {
            assert_eq!(state.decide(actor, expire(end), NOW), Err(Refusal::NotAllowed));
        }
        run_as(Actor::System, &mut state, expire(end), NOW).unwrap();
        assert_eq!(state.decide(Actor::System, expire(end), NOW), Err(Refusal::Closed));
    }
}
