//! What counts as an answer. Source: spec 05 §4.4.

use super::*;

const CHOICE: &str = r#"{"question":[
    {"id":"a","text":"Which?","kind":"choice","replies":[{"id":"r1","text":"Blue kettle"},{"id":"r2","text":"Red one"}]},
    {"id":"b","text":"Size?","kind":"choice","replies":[{"id":"s","text":"Small","value":"S"},{"id":"l","text":"Large","value":"L"}]}]}"#;

/// The place of the question that waits after this was said to the first; `None` when the survey is over.
fn after(definition: &str, command: Command) -> Option<usize> {
    let (mut state, _) = asked(definition, &["MULTI_DIALOG"]);
    say(&mut state, command);
    state.survey.map(|survey| survey.at)
}

#[test]
fn clicks_words_values_and_numbers_choose_a_reply() {
    for answer in ["Blue kettle", "  blue KETTLE ", "1", "1.", "2)", "red one"] {
        assert_eq!(after(CHOICE, typed(answer)), Some(1), "{answer}");
    }
    assert_eq!(after(CHOICE, clicked("a", "r2")), Some(1));
    for answer in ["", " ", ".", "3", "0", "blue", "r1"] {
        assert_eq!(after(CHOICE, typed(answer)), Some(0), "{answer}");
    }
    assert_eq!(after(CHOICE, clicked("a", "r9")), Some(0));
    // A client that names a question of another survey is taken by its words.
    assert_eq!(after(CHOICE, clicked("elsewhere", "r1")), Some(0));
}

#[test]
fn a_value_stands_for_its_reply() {
    for answer in ["L", "large", "l"] {
        let (mut state, _) = asked(CHOICE, &["MULTI_DIALOG"]);
        say(&mut state, typed("1"));
        say(&mut state, typed(answer));
        assert!(!state.is_open(), "{answer}");
        assert_eq!(state.csat, None, "nothing was asked about satisfaction");
    }
}

#[test]
fn the_number_of_a_rate_is_its_value() {
    let backwards = r#"{"question":[{"id":"q","text":"?","kind":"csat","replies":[
        {"id":"a","text":"Great","value":5},{"id":"b","text":"Bad","value":1}]}]}"#;
    for (answer, rate) in [("5", 5), ("1", 1), ("great", 5)] {
        let (mut state, _) = asked(backwards, &["MULTI_DIALOG"]);
        say(&mut state, typed(answer));
        assert_eq!(state.csat.unwrap().rate, Some(rate));
    }
}

#[test]
fn what_is_no_reply_is_asked_again_and_passed_over_at_last() {
    let (mut state, _) = asked(SURVEY, &["MULTI_DIALOG"]);
    for _ in 0..2 {
        let said = events(&say(&mut state, typed("maybe")));
        let again = message(&said[2]);
        assert!(
            again.starts_with("Please choose one of these answers.\nHow was it?\n1. Very dissatisfied\n"),
            "{again}"
        );
    }
    let said = events(&say(&mut state, typed("maybe")));
    assert!(message(&said[2]).starts_with("Settled?"));
    say(&mut state, typed("yes"));
    say(&mut state, typed("no"));
    let partly = Csat { rate: None, resolved: Some(true), status: CsatStatus::PartiallyFilled };
    assert_eq!(state.csat, Some(partly));
}

#[test]
fn a_survey_answered_with_nonsense_is_skipped() {
    let one = r#"{"hint":"Nur eine davon:","question":[{"id":"q","text":"?","kind":"csat"}]}"#;
    let (mut state, _) = asked(one, &["MULTI_DIALOG"]);
    let said = events(&say(&mut state, typed("x")));
    assert!(message(&said[2]).starts_with("Nur eine davon:\n?\n"));
    say(&mut state, typed("x"));
    let change = say(&mut state, typed("x"));
    assert_eq!(change.entries.len(), 3, "without thanks: text, receipt, close");
    assert_eq!(state.csat, Some(Csat { rate: None, resolved: None, status: CsatStatus::Skipped }));
}

#[test]
fn a_reply_clicked_twice_is_no_answer_to_the_next_question() {
    let (mut state, _) = asked(SURVEY, &["MULTI_DIALOG"]);
    say(&mut state, clicked("q-1", "5"));
    let mut before = state.survey.clone().unwrap();
    let change = say(&mut state, clicked("q-1", "5"));
    before.heard(state.last_activity());
    assert_eq!((change.entries.len(), state.survey), (2, Some(before)), "stored, read, and no more");
}

#[test]
fn anything_said_answers_an_open_question() {
    let open = r#"{"question":[{"id":"q","text":"?","kind":"text"}]}"#;
    let file = event(
        r#"{"type":"ContentEvent","contentType":"hosted/file","message":{"relativePath":"/x","fileType":"PNG"}}"#,
    );
    let rich = event(r#"{"type":"RichContentEvent","content":{"type":"text","text":"fine"}}"#);
    let said = ["fine", "1", ".", "...", ":)", ")"].map(typed);
    for command in said.into_iter().chain([in_dialog(file, None), in_dialog(rich, None)]) {
        assert_eq!(after(open, command.clone()), None, "{command:?}");
    }
    let (mut state, _) = asked(open, &["MULTI_DIALOG"]);
    let again = events(&say(&mut state, typed("  ")));
    assert_eq!(message(&again[2]), "?", "there is nothing to choose from");
}
