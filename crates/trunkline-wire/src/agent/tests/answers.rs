//! Answers: codes, bodies, names. Source: spec 21 §2 – §4, 23 §4, §11, 24 §3.

use serde_json::Value;

use super::people::*;
use crate::agent::{
    Aid, Answer, ErrorCode, Family, FieldsUpdated, ProfileView, Request, RequestName, SignedUrl,
    SubscriptionId, Unreadable, refusal, response,
};
use crate::conversations::envelope::CLOSED;
use crate::{EpochMillis, EpochSeconds, UserId};

const FAMILIES: [Family; 2] = [Family::Wire, Family::Public];

fn subscription() -> SubscriptionId {
    SubscriptionId::parse("0a9d6c1e-52b7-4f3a-8e10-c4b7d2f61a35").unwrap()
}

/// Calls back with one answer of every kind.
fn every_answer(mut check: impl FnMut(&Answer<'_>)) {
    let aid = Aid { account: account(), user: UserId::from_number(282_467_514) };
    let (account, profile) = (account(), ProfileView::of(None));
    let text = json(r#"{"type":"ContentEvent","message":"hi","contentType":"text/plain"}"#);
    let events = [flat(&account, &text)];
    let url = SignedUrl {
        relative_path: "/v1/AUTH_async-images/1/x.JPEG",
        signature: "00",
        expires: EpochSeconds(1_700_000_060),
    };
    for answer in [
        Answer::Clock(EpochMillis(1)),
        Answer::KeptAlive,
        Answer::AgentStateUpdated,
        Answer::RingStateUpdated,
        Answer::Subscribed(subscription()),
        Answer::ConversationsSubscribed(subscription()),
        Answer::ConversationsUnsubscribed,
        Answer::MessagesSubscribed,
        Answer::Messages(&events),
        Answer::Messages(&[]),
        Answer::Published(0),
        Answer::FieldsUpdated(FieldsUpdated::Changed),
        Answer::ConversationOpened(conversation()),
        Answer::OwnProfile(&aid),
        Answer::ConsumerProfile(&profile),
        Answer::ProfileSet,
        Answer::FileUrl(url),
        Answer::Initialized,
        Answer::Refused { code: ErrorCode::Forbidden, text: "no" },
    ] {
        check(&answer);
    }
}

/// Spec 21 §2, the traps: what the SDK's table would do to an answer.
#[test]
fn no_answer_is_translated_away() {
    every_answer(|answer| {
        for family in FAMILIES {
            let frame: Value = serde_json::from_str(&response("7", family, answer)).unwrap();
            let name = frame["type"].as_str().unwrap();
            assert!(RequestName::parse(name).is_none(), "{name} is a request");
            match name {
                ".ams.ms.QueryMessages$Response" => assert!(frame["body"].is_array(), "{answer:?}"),
                ".ams.userprofile.GetUserProfile$Response" => {
                    assert!(frame["body"].is_object(), "{answer:?}");
                }
                ".ReqBody$StringResp" | "StringResponse" => assert!(frame["body"].is_string(), "{answer:?}"),
                _ => assert!(!frame["body"].is_null(), "{answer:?}"),
            }
            assert_eq!(frame["kind"], "resp");
            assert_eq!(frame["reqId"], "7");
            assert!(frame["code"].is_u64());
        }
    });
}

#[test]
fn documented_answers_are_reproduced() {
    // The subscriptions of the examples are words of a stub; ours are UUIDs.
    let sub = subscription();
    let dialog = conversation();
    for (id, family, answer, expected) in [
        (
            "20684118-a64f-4101-8c2f-6287b796cca4",
            Family::Wire,
            Answer::AgentStateUpdated,
            r#"{"kind":"resp","reqId":"20684118-a64f-4101-8c2f-6287b796cca4","code":202,"body":"Agent state updated successfully","type":".ReqBody$StringResp"}"#.to_owned(),
        ),
        (
            "99faa127-6a89-424b-b101-bc278c181d38",
            Family::Wire,
            Answer::ConversationsSubscribed(sub),
            format!(r#"{{"kind":"resp","reqId":"99faa127-6a89-424b-b101-bc278c181d38","code":200,"body":{{"subscriptionId":"{sub}"}},"type":".ams.aam.SubscribeExConversations$Response"}}"#),
        ),
        (
            "a5f92cf3-1be9-4f93-b17d-c8e9fc80ec1e",
            Family::Wire,
            Answer::Subscribed(sub),
            format!(r#"{{"kind":"resp","reqId":"a5f92cf3-1be9-4f93-b17d-c8e9fc80ec1e","code":200,"body":{{"subscriptionId":"{sub}"}},"type":".ams.GenericSubscribe$Response"}}"#),
        ),
        (
            "8bf3037a",
            Family::Wire,
            Answer::FieldsUpdated(FieldsUpdated::AgentAdded),
            r#"{"kind":"resp","reqId":"8bf3037a","code":200,"body":"OK Agent added successfully","type":".ReqBody$StringResp"}"#.to_owned(),
        ),
        (
            "9381080e",
            Family::Wire,
            Answer::RingStateUpdated,
            r#"{"kind":"resp","reqId":"9381080e","code":202,"body":"Ring state updated successfully","type":".ReqBody$StringResp"}"#.to_owned(),
        ),
        (
            "x",
            Family::Wire,
            Answer::Published(3),
            r#"{"kind":"resp","reqId":"x","code":200,"body":{"sequence":3},"type":".ams.ms.PublishEvent$Response"}"#.to_owned(),
        ),
        (
            "g",
            Family::Wire,
            Answer::FieldsUpdated(FieldsUpdated::Closed),
            r#"{"kind":"resp","reqId":"g","code":200,"body":"OK Conversation resolved successfully","type":".ReqBody$StringResp"}"#.to_owned(),
        ),
        (
            "c",
            Family::Wire,
            Answer::Clock(EpochMillis(1_700_000_000_000)),
            r#"{"kind":"resp","reqId":"c","code":200,"body":{"currentTime":1700000000000},"type":".GetClock$Response"}"#.to_owned(),
        ),
        (
            "1",
            Family::Public,
            Answer::ConversationOpened(dialog),
            format!(r#"{{"kind":"resp","reqId":"1","code":200,"body":{{"conversationId":"{dialog}"}},"type":"cm.RequestConversationResponse"}}"#),
        ),
        (
            "3",
            Family::Public,
            Answer::ConversationsSubscribed(sub),
            format!(r#"{{"kind":"resp","reqId":"3","code":200,"body":{{"subscriptionId":"{sub}"}},"type":"cqm.SubscribeExConversationsResponse"}}"#),
        ),
        (
            "2",
            Family::Public,
            Answer::Published(0),
            r#"{"kind":"resp","reqId":"2","code":200,"body":{"sequence":0},"type":"ms.PublishEventResponse"}"#.to_owned(),
        ),
        (
            "2",
            Family::Public,
            Answer::FieldsUpdated(FieldsUpdated::Closed),
            r#"{"kind":"resp","reqId":"2","code":200,"body":"OK Conversation resolved successfully","type":"StringResponse"}"#.to_owned(),
        ),
        (
            "4",
            Family::Public,
            Answer::MessagesSubscribed,
            r#"{"kind":"resp","reqId":"4","code":200,"body":{},"type":"GenericSubscribeResponse"}"#.to_owned(),
        ),
        (
            "0",
            Family::Public,
            Answer::Initialized,
            r#"{"kind":"resp","reqId":"0","code":200,"body":"Connection initialized successfully","type":".ReqBody$StringResp"}"#.to_owned(),
        ),
    ] {
        assert_eq!(response(id, family, &answer), expected);
    }
}

/// Spec 21 §7.7 and 07 §2: the expiry is a string.
#[test]
fn file_urls() {
    let url = SignedUrl {
        relative_path: "/v1/AUTH_async-images/1/x.JPEG",
        signature: "306a58f7183e56d84ca727f60f869bf619c666fb",
        expires: EpochSeconds(1_700_000_060),
    };
    let body = r#"{"relativePath":"/v1/AUTH_async-images/1/x.JPEG","queryParams":{"temp_url_sig":"306a58f7183e56d84ca727f60f869bf619c666fb","temp_url_expires":"1700000060"}}"#;
    for (family, name) in
        [(Family::Wire, ".ams.ms.BaseGenerateURL$Response"), (Family::Public, "ms.BaseGenerateURLResponse")]
    {
        assert_eq!(
            response("f", family, &Answer::FileUrl(url)),
            format!(r#"{{"kind":"resp","reqId":"f","code":200,"body":{body},"type":"{name}"}}"#)
        );
    }
}

/// Spec 23 §7: the elements of the list are the flat events of 22 §4.
#[test]
fn queried_messages() {
    let (account, text) =
        (account(), json(r#"{"type":"ContentEvent","message":"hi","contentType":"text/plain"}"#));
    let events = [flat(&account, &text), flat(&account, &text)];
    let element = serde_json::to_string(&events[0]).unwrap();
    assert_eq!(
        response("q", Family::Wire, &Answer::Messages(&events)),
        format!(
            r#"{{"kind":"resp","reqId":"q","code":200,"body":[{element},{element}],"type":".ams.ms.QueryMessages$Response"}}"#
        )
    );
    assert_eq!(
        response("q", Family::Wire, &Answer::Messages(&[])),
        r#"{"kind":"resp","reqId":"q","code":200,"body":[],"type":".ams.ms.QueryMessages$Response"}"#
    );
}

/// Spec 21 §7.7: one's own profile, a consumer's raw one, and the list that the public family makes of it.
#[test]
fn profiles() {
    let aid = Aid { account: account(), user: UserId::from_number(7) };
    let view = ProfileView::of(Some(&json(r#"{"firstName":"Ada"}"#)));
    for (family, answer, body, name) in [
        (
            Family::Wire,
            Answer::OwnProfile(&aid),
            r#"{"userId":"1234567.7"}"#,
            ".ams.userprofile.GetUserProfile$Response",
        ),
        (Family::Public, Answer::OwnProfile(&aid), r#"{"userId":"1234567.7"}"#, "up.GetUserProfile$Response"),
        (
            Family::Wire,
            Answer::ConsumerProfile(&view),
            r#"{"firstName":"Ada"}"#,
            ".ams.userprofile.GetUserProfile$Response",
        ),
        (
            Family::Public,
            Answer::ConsumerProfile(&view),
            r#"[{"type":"personal","personal":{"firstname":"Ada"}}]"#,
            "up.GetUserProfile$Response",
        ),
    ] {
        assert_eq!(
            response("p", family, &answer),
            format!(r#"{{"kind":"resp","reqId":"p","code":200,"body":{body},"type":"{name}"}}"#)
        );
    }
}

/// Spec 21 §4: one frame for every error.
#[test]
fn refusals_are_texts_whatever_was_asked() {
    for code in ErrorCode::ALL {
        for family in FAMILIES {
            let number = code.code();
            assert_eq!(
                response("e", family, &Answer::Refused { code, text: CLOSED }),
                format!(
                    r#"{{"kind":"resp","reqId":"e","code":{number},"body":"Bad Request, Conversation is close","type":".ReqBody$StringResp"}}"#
                )
            );
            assert!(number > 399, "the SDK takes anything up to 399 for success");
        }
    }
}

#[test]
fn unreadable_frames_are_answered_only_to_somebody() {
    let unreadable = |text: &str| Request::parse(text, 5000).unwrap_err().response();
    assert_eq!(unreadable("nonsense"), None);
    assert_eq!(
        unreadable(r#"{"kind":"req","id":1}"#).unwrap(),
        r#"{"kind":"resp","reqId":"1","code":400,"body":"type is missing","type":".ReqBody$StringResp"}"#
    );
    let quoted = Unreadable { id: Some("a\"b".to_owned()), reason: "no".into() };
    assert!(quoted.response().unwrap().contains(r#""reqId":"a\"b""#));
    assert_eq!(
        refusal("u", ErrorCode::BadRequest, "Unknown request"),
        r#"{"kind":"resp","reqId":"u","code":400,"body":"Unknown request","type":".ReqBody$StringResp"}"#
    );
}
