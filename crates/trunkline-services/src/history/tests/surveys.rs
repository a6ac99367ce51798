//! What history says about surveys is what came of them. Source: spec 08 §2.2 `conversationSurveys`, 05 §4.4.

use trunkline_model::conversation::LogEntry;

use super::*;

const FILE: &str = r#"{"type":"ContentEvent","contentType":"hosted/file","message":{"relativePath":"/v1/AUTH_async-images/10020030/x.PNG","fileType":"PNG"}}"#;

/// A survey that waits for its first answer.
fn asked() -> Talk {
    let mut talk = Talk::begin();
    talk.begin_survey();
    assert_eq!(shown(&talk), (json!("PARTIALLY_FILLED"), json!([])));
    talk
}

/// `surveyStatus` and the answers of the survey's dialog.
fn shown(talk: &Talk) -> (Value, Value) {
    let record = talk.record();
    let surveys = record["conversationSurveys"].as_array().unwrap();
    let held = surveys.iter().find(|survey| survey["surveyType"] == "POST_SURVEY").unwrap();
    assert_eq!(held["dialogId"], DialogId::survey_of(id()).to_string());
    let pair = |answer: &Value| json!([answer["question"], answer["answer"]]);
    let answers = held["surveyData"].as_array().unwrap().iter().map(pair).collect();
    (held["surveyStatus"].clone(), Value::Array(answers))
}

/// What the conversation itself says.
fn satisfaction(talk: &Talk) -> Value {
    talk.record()["conversationSurveys"][0].clone()
}

#[test]
fn chosen_replies_are_shown_by_their_text() {
    let mut talk = asked();
    talk.types("4");
    talk.clicks("resolved", "no", "No");
    talk.types("More tea.");
    let answers = json!([
        ["How satisfied are you?", "Satisfied"],
        ["Did we settle your matter?", "No"],
        ["What could we do better?", "More tea."]
    ]);
    assert_eq!(shown(&talk), (json!("FILLED"), answers));
    assert_eq!(satisfaction(&talk)["surveyStatus"], "FILLED");
}

#[test]
fn a_question_that_was_passed_over_has_no_answer() {
    let mut talk = asked();
    talk.types("5");
    for _ in 0..3 {
        talk.types("5");
    }
    talk.types("Nothing.");
    let answers =
        json!([["How satisfied are you?", "Very satisfied"], ["What could we do better?", "Nothing."]]);
    assert_eq!(shown(&talk), (json!("PARTIALLY_FILLED"), answers));
    assert_eq!(satisfaction(&talk)["surveyStatus"], "PARTIALLY_FILLED");
}

#[test]
fn a_late_click_on_a_settled_question_changes_nothing() {
    let mut talk = asked();
    talk.clicks("satisfaction", "s5", "Very satisfied");
    talk.clicks("satisfaction", "s1", "Very dissatisfied");
    let answers = json!([["How satisfied are you?", "Very satisfied"]]);
    assert_eq!(shown(&talk), (json!("PARTIALLY_FILLED"), answers));
    talk.types("yes");
    talk.types("No.");
    assert_eq!(shown(&talk).0, "FILLED");
    let rate = json!({"question": "Rate Conversation", "answer": "5"});
    assert_eq!(satisfaction(&talk)["surveyData"][0], rate);
}

#[test]
fn whatever_answers_an_open_question_is_shown() {
    let rich = r#"{"type":"RichContentEvent","content":{"type":"vertical","elements":[{"type":"image","url":"u"},{"type":"text","text":"A kettle"}]}}"#;
    let card = r#"{"type":"RichContentEvent","content":{"type":"image","url":"u"}}"#;
    let captioned = FILE.replace(r#""relativePath""#, r#""caption":"My wish","relativePath""#);
    for (event, words) in [
        (FILE, "/v1/AUTH_async-images/10020030/x.PNG"),
        (captioned.as_str(), "My wish"),
        (rich, "A kettle"),
        (card, r#"{"type":"image","url":"u"}"#),
    ] {
        let mut talk = asked();
        talk.types("5");
        talk.types("yes");
        talk.says(event, None);
        let (status, answers) = shown(&talk);
        assert_eq!((status, &answers[2][1]), (json!("FILLED"), &json!(words)));
    }
}

#[test]
fn a_survey_without_an_answer_was_skipped() {
    let mut talk = asked();
    talk.says(FILE, None);
    talk.change(consumer(), FieldChange::CloseConversation);
    assert_eq!(shown(&talk), (json!("SKIPPED"), json!([])));
    assert_eq!(satisfaction(&talk)["surveyStatus"], "SKIPPED");
}

/// Every 64th version carries a state, wherever it lies within the change of an answer.
#[test]
fn answers_are_found_wherever_a_state_lies() {
    for before in LogEntry::STATE_EVERY - 16..LogEntry::STATE_EVERY {
        let mut talk = Talk::begin();
        for _ in 1..before {
            let event = json!({"type": "ContentEvent", "contentType": "text/plain", "message": "hi"});
            talk.publish(consumer(), DialogId::Main(id()), &event.to_string(), Audience::All);
        }
        talk.begin_survey();
        for words in ["perhaps", "5", "no", "Tea."] {
            talk.types(words);
        }
        let (status, answers) = shown(&talk);
        assert_eq!((status, answers.as_array().unwrap().len()), (json!("FILLED"), 3), "{before}");
    }
}

/// Whoever sends the bot away asks himself, and nothing that is said to him is an answer to the bot.
#[test]
fn nothing_is_answered_while_the_bot_is_away() {
    let mut talk = asked();
    let leaving = trunkline_model::conversation::Membership {
        agent: user(9),
        role: ParticipantRole::Agent,
        dialog: None,
    };
    talk.change(agent(4), FieldChange::Leave(leaving));
    talk.types("5");
    assert_eq!(shown(&talk), (json!("PARTIALLY_FILLED"), json!([])));
}

/// A log that was not read says nothing of its survey rather than something else.
#[test]
fn what_was_not_read_is_not_judged() {
    let mut talk = asked();
    talk.types("5");
    let whole = Transcript::of(talk.log.clone()).unwrap();
    let unread = Transcript::of_state(whole.state);
    assert_eq!(unread.survey, None);
}
