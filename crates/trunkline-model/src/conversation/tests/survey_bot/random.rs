//! Any survey, whatever anybody says.

use proptest::prelude::*;

use super::*;

fn question(number: usize, kind: u8) -> String {
    match kind {
        0 => format!(r#"{{"id":"q{number}","text":"?","kind":"text"}}"#),
        1 if number == 0 => r#"{"id":"q0","text":"?","kind":"csat"}"#.to_owned(),
        2 if number == 1 => r#"{"id":"q1","text":"?","kind":"fcr"}"#.to_owned(),
        _ => format!(
            r#"{{"id":"q{number}","text":"?","kind":"choice","replies":[{{"id":"a","text":"Yes"}},{{"id":"b","text":"No"}}]}}"#
        ),
    }
}

fn definition() -> impl Strategy<Value = String> {
    (prop::collection::vec(0..4_u8, 1..6), any::<bool>()).prop_map(|(kinds, is_polite)| {
        let questions: Vec<_> = kinds.iter().enumerate().map(|(n, kind)| question(n, *kind)).collect();
        let words = if is_polite { r#""intro":"Hi.","thanks":"Thanks.","# } else { "" };
        format!(r#"{{{words}"question":[{}]}}"#, questions.join(","))
    })
}

fn features() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(vec!["RICH_CONTENT", "QUICK_REPLIES"]), 0..2).prop_map(
        |mut features| {
            features.push("MULTI_DIALOG");
            features
        },
    )
}

fn input() -> impl Strategy<Value = (Actor, Command)> {
    let words = prop::sample::select(vec!["1", "2", "yes", "no", "5", "", "maybe", "Yes."]);
    let consumers = prop_oneof![
        6 => words.prop_map(typed),
        4 => (0..5_usize, prop::sample::select(vec!["a", "b", "1", "4", "yes", "no", "zzz"]))
            .prop_map(|(number, reply)| clicked(&format!("q{number}"), reply)),
        1 => Just(in_dialog(receipt(), None)),
        1 => Just(in_dialog(typing(), None)),
        1 => Just(publish(text())),
        1 => (1..=5_u8).prop_map(|rate| update(vec![FieldChange::Csat(Csat {
            rate: Some(rate), resolved: None, status: CsatStatus::Filled })])),
    ];
    prop_oneof![
        20 => consumers.prop_map(|command| (consumer(), command)),
        1 => Just((manager(9), update(vec![join(9, ParticipantRole::Manager)]))),
        1 => Just((agent(3), in_dialog(text(), None))),
        1 => (-60_000..60_000_i64).prop_map(|span| (Actor::System, Command::Expire {
            dialog: Some(dialog()), quiet_since: EpochMillis(CLOSED.0 + span) })),
    ]
}

/// What holds in every state.
fn check(state: &Conversation) {
    let survey = &state.dialogs[1];
    assert_eq!(state.is_open(), survey.is_open(), "the survey's end is the end");
    assert_eq!(state.is_open(), state.survey.is_some());
    assert_eq!(state.is_open(), state.survey_expiry().is_some());
    assert_eq!((state.answer_due, state.needs_agent()), (None, None));
    if let Some(running) = &state.survey {
        assert!(running.question().is_some(), "exactly one question waits");
    }
    if let Some(Csat { rate: Some(rate), .. }) = state.csat {
        assert!((1..=5).contains(&rate));
    }
}

proptest! {
    #[test]
    fn keeps_the_invariants(
        definition in definition(),
        features in features(),
        inputs in prop::collection::vec((input(), 0..5000_i64), 0..60),
    ) {
        let (mut state, said) = asked(&definition, &features);
        let mut sequences = said.len() as u64;
        let mut now = CLOSED;
        check(&state);
        for ((actor, command), step) in inputs {
            now = EpochMillis(now.0 + step);
            let before = state.clone();
            match state.decide(actor, command.clone(), now) {
                Ok(Decision::Append { sequence, .. }) => {
                    let change = decided(&mut state, actor, command, now);
                    for event in events(&change) {
                        prop_assert_eq!(event.sequence, sequences, "gapless");
                        prop_assert_eq!(event.dialog, dialog());
                        sequences += 1;
                    }
                    if let Some(sequence) = sequence {
                        prop_assert_eq!(sequence, before.dialogs[1].next_sequence, "the publisher's own");
                    }
                    let closes = change.entries.iter().filter(|entry| match &entry.body {
                        EntryBody::Changed { by, .. } => *by == Some(bot()),
                        EntryBody::Event(_) => false,
                    });
                    prop_assert!(closes.count() <= usize::from(!state.is_open()));
                }
                Ok(_) => prop_assert_eq!(&state, &before),
                Err(refusal) => {
                    let is_foreign = matches!(refusal, Refusal::NotParticipant);
                    prop_assert!(is_foreign || refusal == Refusal::Closed, "{refusal}");
                }
            }
            prop_assert!(before.is_open() || !state.is_open(), "closed stays closed");
            check(&state);
        }
        // Whatever was said, three words to each question lead to the end.
        let mut left = 3 * 5;
        while state.is_open() {
            prop_assert!(left > 0, "the end is not reached");
            left -= 1;
            say(&mut state, typed("anything"));
        }
        check(&state);
    }
}
