//! How questions look to clients of different skill. Source: spec 06 §3.4, §3.5, 05 §8, §10.

use super::*;

const FCR: &str = r#"{"question":[{"id":"q-1","text":"Settled?","kind":"fcr"}]}"#;

fn question(features: &[&str]) -> MessageEvent {
    let (_, mut said) = asked(FCR, features);
    assert_eq!(said.len(), 1);
    said.remove(0)
}

const BUTTONS: &str = r#"{"type":"button","title":"Yes","tooltip":"Yes","click":{"metadata":[{"type":"Answer","questionId":"q-1","id":"yes","provider":"AC","groupId":"1"}],"actions":[{"type":"publishText","text":"Yes"}]}},{"type":"button","title":"No","tooltip":"No","click":{"metadata":[{"type":"Answer","questionId":"q-1","id":"no","provider":"AC","groupId":"1"}],"actions":[{"type":"publishText","text":"No"}]}}"#;

#[test]
fn the_list_is_in_the_text_for_clients_that_show_nothing_else() {
    let asked = question(&["MULTI_DIALOG"]);
    assert_eq!(asked.kind, EventKind::Content);
    assert_eq!(
        asked.event.as_str(),
        r#"{"type":"ContentEvent","message":"Settled?\n1. Yes\n2. No","contentType":"text/plain"}"#
    );
    let bot = Survey::bot_of(&request().account);
    assert_eq!(
        asked.metadata.unwrap().as_str(),
        format!(
            r#"[{{"type":"Question","id":"q-1","groupId":"1","surveyId":"{bot}","provider":"AC","replies":[{{"id":"yes","text":"Yes"}},{{"id":"no","text":"No"}}]}}]"#
        )
    );
}

#[test]
fn quick_replies_stand_under_the_text() {
    let asked = question(&["QUICK_REPLIES", "MULTI_DIALOG"]);
    assert_eq!(
        asked.event.as_str(),
        format!(
            r#"{{"type":"ContentEvent","message":"Settled?","contentType":"text/plain","quickReplies":{{"type":"quickReplies","itemsPerRow":8,"replies":[{BUTTONS}]}}}}"#
        )
    );
}

#[test]
fn structured_content_has_quick_replies_or_buttons() {
    let asked = question(&["RICH_CONTENT", "QUICK_REPLIES", "MULTI_DIALOG"]);
    assert_eq!(asked.kind, EventKind::RichContent);
    assert_eq!(
        asked.event.as_str(),
        format!(
            r#"{{"type":"RichContentEvent","content":{{"type":"vertical","elements":[{{"type":"text","text":"Settled?"}}]}},"quickReplies":{{"type":"quickReplies","itemsPerRow":8,"replies":[{BUTTONS}]}}}}"#
        )
    );
    let asked = question(&["RICH_CONTENT", "MULTI_DIALOG"]);
    assert_eq!(
        asked.event.as_str(),
        format!(
            r#"{{"type":"RichContentEvent","content":{{"type":"vertical","elements":[{{"type":"text","text":"Settled?"}},{BUTTONS}]}}}}"#
        )
    );
}

/// What the bot says must be what the platform would take from anybody.
#[test]
fn everything_said_is_an_event_in_the_documented_form() {
    for features in [
        &["MULTI_DIALOG"][..],
        &["MULTI_DIALOG", "RICH_CONTENT"][..],
        &["MULTI_DIALOG", "QUICK_REPLIES"][..],
        &["MULTI_DIALOG", "QUICK_REPLIES", "RICH_CONTENT"][..],
    ] {
        let (mut state, mut said) = asked(SURVEY, features);
        for answer in ["?", "1", "2", "no more"] {
            said.extend(events(&say(&mut state, typed(answer))));
        }
        assert!(!state.is_open());
        for said in said {
            let checked = event(said.event.as_str());
            assert_eq!((checked.kind, &checked.json), (said.kind, &said.event));
        }
    }
}

#[test]
fn open_questions_are_plain_text_for_everybody() {
    let (_, said) = asked(
        r#"{"question":[{"id":"q","text":"Why?","kind":"text"}]}"#,
        &["RICH_CONTENT", "QUICK_REPLIES", "MULTI_DIALOG"],
    );
    assert_eq!(
        said[0].event.as_str(),
        r#"{"type":"ContentEvent","message":"Why?","contentType":"text/plain"}"#
    );
}
