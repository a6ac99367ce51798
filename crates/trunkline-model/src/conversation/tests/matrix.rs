//! Who may change what: every kind of caller with every kind of change. Source: spec 21 §7.4 rule 1, 24 §3.7.

use super::*;

/// What a caller gets; in one letter, so that the table can be read as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// The change is made, or was made already.
    Y,
    /// Refused: takes no part.
    P,
    /// Refused: may not at all.
    N,
}
use Cell::{N, P, Y};

/// Agent 1 answers, 2 reads, 3 is a manager inside, 4 a manager outside, 5 an agent outside, 6 is suggested.
fn conversation() -> Conversation {
    let mut state = served();
    change(&mut state, agent(2), vec![join(2, ParticipantRole::Reader)]);
    change(&mut state, manager(3), vec![join(3, ParticipantRole::Manager), suggest(6)]);
    state
}

#[test]
fn every_caller_and_every_change() {
    let callers = [
        ("consumer", consumer()),
        ("assigned", agent(1)),
        ("reader", agent(2)),
        ("manager inside", manager(3)),
        ("manager outside", manager(4)),
        ("agent outside", agent(5)),
        ("suggested", agent(6)),
        ("platform", Actor::System),
    ];
    let csat = Csat { rate: Some(3), resolved: None, status: CsatStatus::Filled };
    let ttr = Ttr { kind: TtrType::Custom, seconds: 5 };
    #[rustfmt::skip]
    let table = [
        //                                                           cons ass  read m.in m.out out sugg plat
        (FieldChange::CloseConversation,                             [Y,  Y,   Y,   Y,   Y,   P,   P,   Y]),
        (close_main(),                                               [Y,  Y,   Y,   Y,   Y,   P,   P,   Y]),
        (FieldChange::Ttr(ttr),                                      [Y,  Y,   Y,   Y,   Y,   P,   P,   Y]),
        (FieldChange::Csat(csat),                                    [Y,  N,   N,   N,   N,   P,   P,   N]),
        (FieldChange::AttachMetadata(None),                          [N,  Y,   Y,   Y,   Y,   P,   P,   Y]),
        (join(8, ParticipantRole::Reader),                           [N,  Y,   Y,   Y,   Y,   P,   P,   Y]),
        (join(8, ParticipantRole::Manager),                          [N,  N,   N,   Y,   Y,   P,   P,   Y]),
        (leave(1, ParticipantRole::AssignedAgent),                   [N,  Y,   Y,   Y,   Y,   P,   P,   Y]),
        (suggest(8),                                                 [N,  Y,   Y,   Y,   Y,   P,   P,   Y]),
        (skill(8),                                                   [N,  Y,   Y,   Y,   Y,   P,   P,   Y]),
        (FieldChange::ManualAnswerDue(Some(NOW)),                    [N,  Y,   Y,   Y,   Y,   P,   P,   Y]),
        (FieldChange::Note("n".to_owned()),                          [N,  Y,   Y,   Y,   Y,   P,   P,   Y]),
        (FieldChange::Topic("t".to_owned()),                         [N,  Y,   Y,   Y,   Y,   P,   P,   Y]),
        (FieldChange::Delay(None),                                   [N,  Y,   Y,   Y,   Y,   P,   P,   Y]),
    ];
    let state = conversation();
    let metadata = Some(JsonText::normalise("[]").unwrap());
    for (change, cells) in table {
        for ((name, caller), expected) in callers.into_iter().zip(cells) {
            let command =
                Command::Update { changes: vec![change.clone()], metadata: metadata.clone(), survey: None };
            let cell = match state.decide(caller, command, NOW) {
                Ok(_) => Y,
                Err(Refusal::NotParticipant) => P,
                Err(Refusal::NotAllowed) => N,
                Err(other) => panic!("{name} {change:?}: {other}"),
            };
            assert_eq!(cell, expected, "{name} {change:?}");
        }
    }
}
