//! Spec 08: bodies as clients send them, texts as the documented answers have them.

use super::*;
use crate::{ConversationId, EpochMillis};

fn names(contents: &Contents) -> Vec<String> {
    serde_json::from_value(serde_json::to_value(contents).unwrap()).unwrap()
}

#[test]
fn times_are_spelled_as_documented() {
    for (millis, text) in [
        (1_700_000_000_000, "2023-11-14 22:13:20.000+0000"),
        (1_700_000_010_123, "2023-11-14 22:13:30.123+0000"),
        (1_472_481_024_565, "2016-08-29 14:30:24.565+0000"),
        (-1, "1969-12-31 23:59:59.999+0000"),
    ] {
        assert_eq!(time_text(EpochMillis(millis)), text);
    }
}

/// The official sample's request, word for word.
#[test]
fn the_samples_body_is_read() {
    let body = r#"{"conversationId":"b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57","contentToRetrieve":["campaign","messageRecords","agentParticipants","agentParticipantsLeave","agentParticipantsActive","consumerParticipants","transfers","messageScores","messageStatuses"]}"#;
    let search: ConversationSearch = serde_json::from_str(body).unwrap();
    assert_eq!(search.conversation_id, Some(Loose("b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57".to_owned())));
    assert!(search.content_to_retrieve.has(Content::MessageStatuses));
    assert!(!search.content_to_retrieve.has(Content::Sdes));
    assert_eq!(names(&search.content_to_retrieve).len(), 9);
}

#[test]
fn contents_ignore_what_they_do_not_know() {
    for (list, expected) in [
        (
            r#"["messageRecords","coBrowseSessions","intents",7,null,"dialogs","dialogs"]"#,
            &["messageRecords", "dialogs"][..],
        ),
        (r#""summary""#, &["summary"][..]),
        (r#"["nonsense"]"#, &[][..]),
    ] {
        assert_eq!(names(&serde_json::from_str(list).unwrap()), expected, "{list}");
    }
    for none in ["null", "[]"] {
        assert_eq!(serde_json::from_str::<Contents>(none).unwrap(), Contents::default());
    }
    let absent: ConversationSearch = serde_json::from_str("{}").unwrap();
    assert!(absent.content_to_retrieve.has(Content::Interactions));
    assert!(!absent.content_to_retrieve.has(Content::Dialogs));
    assert!(serde_json::from_str::<Contents>("7").is_err());
}

#[test]
fn ids_and_times_may_be_text_or_numbers_and_one_stands_for_a_list() {
    let body = r#"{"start":{"from":"1484830093231","to":-1},"status":"OPEN","skillIds":["-1",2],"agentIds":3678429210,"keyword":7,"cappingConfiguration":"x","mcs":{"from":0}}"#;
    let search: TimeSearch = serde_json::from_str(body).unwrap();
    let start = search.start.unwrap();
    assert_eq!(start.from.unwrap().millis(), Some(EpochMillis(1_484_830_093_231)));
    assert_eq!(start.to.unwrap().millis(), Some(EpochMillis(-1)));
    let texts = |list: Option<crate::OneOrMany<Loose>>| -> Vec<String> {
        list.unwrap().0.into_iter().map(|loose| loose.0).collect()
    };
    assert_eq!(texts(search.status), ["OPEN"]);
    assert_eq!(texts(search.skill_ids), ["-1", "2"]);
    assert_eq!(texts(search.agent_ids), ["3678429210"]);
    assert_eq!(search.keyword, Some(Loose("7".to_owned())));
    for bad in [r#"{"start":7}"#, r#"{"status":[{}]}"#, r#"{"keyword":1.5}"#, "7"] {
        assert!(serde_json::from_str::<TimeSearch>(bad).is_err(), "{bad}");
    }
}

/// A list would be taken for the members in their order.
#[test]
fn a_range_is_an_object() {
    let range = |text: &str| serde_json::from_str::<Span>(text);
    let whole = range(r#"{"to":"-1","from":1,"more":[]}"#).unwrap();
    assert_eq!(whole, Span { from: Some(Loose("1".to_owned())), to: Some(Loose("-1".to_owned())) });
    assert_eq!(serde_json::to_string(&whole).unwrap(), r#"{"from":"1","to":"-1"}"#);
    assert_eq!(range(r#"{"from":null}"#).unwrap(), Span { from: None, to: None });
    for bad in ["[1,2]", "[]", "7", r#""1""#, r#"{"from":{}}"#, r#"{"to":1.5}"#, r#"{"to":[1]}"#] {
        assert!(range(bad).is_err(), "{bad}");
    }
}

#[test]
fn cursors_read_back_and_nothing_else_does() {
    let id = ConversationId::parse("b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57").unwrap();
    let cursor = Cursor { after: id, skip: 0 };
    let text = cursor.to_string();
    assert_eq!(text, "cb0d7f5a27c1e4f9b8a332e6c1d9f0a57");
    assert_eq!(Cursor::parse(&text), Ok(cursor));
    let within = Cursor { skip: 17, ..cursor };
    assert_eq!(within.to_string(), format!("{text}s17"));
    assert_eq!(Cursor::parse(&format!("{text}s17")), Ok(within));
    for more in ["s", "s-1", "s+1", "sx", "s1s1", "17"] {
        assert!(Cursor::parse(&format!("{text}{more}")).is_err(), "{more}");
    }
    for bad in ["", "c", "b0d7f5a27c1e4f9b8a332e6c1d9f0a57", "cb0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a", "cé"] {
        assert!(Cursor::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(EventCursor::parse("v17"), Ok(EventCursor(17)));
    assert_eq!(EventCursor(17).to_string(), "v17");
    for bad in ["", "v", "v-1", "v+1", "17", "v99999999999999999999999"] {
        assert!(EventCursor::parse(bad).is_err(), "{bad}");
    }
}
