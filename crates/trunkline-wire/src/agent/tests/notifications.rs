//! Every example of spec 22, to the byte.

use std::time::Duration;

use super::people::*;
use crate::agent::{
    AgentConversation, AgentState, AgentStates, AgentVersion, Availability, ChangeKind, FlatEvent, ForAgents,
    ForConsumers, Rendered, Ring, RingId, RingState, Rings, RoutingTask, ShownClientProperties,
    SubscriptionId, changes, messaging_events, online_event,
};
use crate::conversations::{Audience, ParticipantRole};
use crate::webhooks::{self, MessageChange, Numbered, Participant};
use crate::{EpochMillis, SkillId};

macro_rules! example {
    ($name:literal) => {
        compact(include_str!(concat!("../../../testdata/agent/", $name, ".json")))
    };
}

fn subscription(text: &str) -> SubscriptionId {
    SubscriptionId::parse(text).unwrap()
}

const TEXT: &str = r#"{"type":"ContentEvent","message":"…","contentType":"text/plain"}"#;

#[test]
fn conversation_for_agents() {
    let account = account();
    let text = json(TEXT);
    let last = flat(&account, &text);
    let context = json(r#"{"type":"SharkContext","lang":"en-US"}"#);
    let client = ShownClientProperties::of(&json(r#"{"appId":"webAsync","features":["RICH_CONTENT"]}"#));
    let conversation = AgentConversation {
        context: Some(&context),
        client_properties: client.as_ref(),
        last_content: Some(last),
        unread: &[(consumer(), 1), (agent(), 0)],
        touched_at: Some(EpochMillis(1_700_000_196_220)),
        ..open(&account)
    };
    let frame = changes(
        subscription("0a9d6c1e-52b7-4f3a-8e10-c4b7d2f61a35"),
        [(ChangeKind::Upsert, &Rendered::<ForAgents>::of(&conversation, AgentVersion::V2Dot1))],
    );
    // The example leaves the event to §4.
    let last = serde_json::to_string(&last).unwrap();
    assert_eq!(frame, example!("conversation").replace(r#"{"…":"flat event"}"#, &last));
}

#[test]
fn rings() {
    let account = account();
    let id = RingId::new(conversation(), &account, EpochMillis(1_700_000_827_442));
    let ring = Ring {
        id: id.as_str(),
        state: RingState::Waiting,
        lasts: Duration::from_secs(72),
        expires_at: EpochMillis(1_700_000_899_442),
        weight: EpochMillis(1_700_004_427_442),
    };
    let task = RoutingTask {
        id: Some("…"),
        is_completed: false,
        conversation: conversation(),
        consumer: consumer_id(),
        skill: SkillId::UNASSIGNED,
        agent: Some(agent()),
        account: &account,
        rings: &[ring],
    };
    let to = subscription("6e2f41b8-90cd-4a57-b3e6-18f5a7c0d942");
    assert_eq!(changes(to, [(ChangeKind::Upsert, &Rendered::<Rings>::of(&task))]), example!("rings"));

    // A DELETE without rings still has the list: the SDK drops the frame otherwise.
    let gone = Rendered::<Rings>::of(&RoutingTask { rings: &[], id: None, agent: None, ..task });
    let frame = changes(to, [(ChangeKind::Delete, &gone)]);
    assert!(frame.contains(r#"{"type":"DELETE","result":{"taskCompleted":false,"#), "{frame}");
    assert!(frame.ends_with(r#""ringsDetails":[]}}]}}"#), "{frame}");
}

#[test]
fn agent_state() {
    let account = account();
    let state =
        AgentState { account: &account, agent: agent(), availability: Availability::Online, description: "" };
    let frame = changes(
        subscription("0a9d6c1e-52b7-4f3a-8e10-c4b7d2f61a35"),
        [(ChangeKind::Upsert, &Rendered::<AgentStates>::of(&state))],
    );
    assert_eq!(frame, example!("agent_state"));
}

#[test]
fn event_for_agents() {
    let (account, text) = (account(), json(TEXT));
    let metadata = json(r#"[{"type":"ExternalId","id":"CARD"}]"#);
    let client = ShownClientProperties::of(&json(r#"{"ipAddress":"192.0.2.13"}"#));
    let event =
        FlatEvent { client_properties: client.as_ref(), metadata: Some(&metadata), ..flat(&account, &text) };
    // Addresses are not passed on (spec 22 §4).
    assert_eq!(online_event(&event), example!("online_event").replace(r#","ipAddress":"192.0.2.13""#, ""));
}

#[test]
fn typing_has_neither_number_nor_time() {
    let account = account();
    let typing = json(r#"{"type":"ChatStateEvent","chatState":"COMPOSING"}"#);
    let event = FlatEvent { numbered: None, audience: None, ..flat(&account, &typing) };
    let frame = online_event(&event);
    assert!(!frame.contains("sequence") && !frame.contains("serverTimestamp"), "{frame}");
    assert!(frame.contains(r#""originatorPId":"393c6873-756d-54af-86e1-8795d57eba14""#), "{frame}");
}

#[test]
fn encoded_metadata_goes_beside_metadata() {
    let (account, text) = (account(), json(TEXT));
    let metadata = json("[]");
    let event =
        FlatEvent { metadata: Some(&metadata), encoded_metadata: Some("eyJ\"9"), ..flat(&account, &text) };
    assert!(online_event(&event).contains(r#""metadata":[],"encodedMetadata":"eyJ\"9","#));
}

#[test]
fn event_for_consumers() {
    let text = json(r#"{"type":"ContentEvent","message":"Hello","contentType":"text/plain"}"#);
    let event = MessageChange {
        numbered: Some(Numbered { sequence: 3, server_timestamp: EpochMillis(1_700_002_353_533) }),
        originator: Participant { id: agent().pid(), role: ParticipantRole::AssignedAgent },
        event: &text,
        conversation: conversation(),
        dialog: main_dialog(),
        audience: Some(Audience::All),
        metadata: None,
    };
    assert_eq!(messaging_events(&[event]), example!("messaging_event"));
}

#[test]
fn conversation_for_consumers() {
    let account = account();
    let open = webhooks::ConversationChange {
        conversation: conversation(),
        answer_due: None,
        skill: SkillId::UNASSIGNED,
        participants: vec![Participant { id: agent().pid(), role: ParticipantRole::AssignedAgent }],
        dialogs: Vec::new(),
        account: &account,
        close_reason: None,
        started_at: EpochMillis(1),
        ended_at: None,
        updated_at: EpochMillis(2),
        ttr: open(&account).ttr,
        delay: None,
        csat: None,
        manual_answer_due: None,
    };
    let to = subscription("0a9d6c1e-52b7-4f3a-8e10-c4b7d2f61a35");
    let rendered = Rendered::<ForConsumers>::of(&open);
    let frame = changes(to, [(ChangeKind::Delete, &rendered), (ChangeKind::Upsert, &rendered)]);
    let result = concat!(
        r#"{"convId":"220d3639-ae23-4c90-83e8-455e3bb2cf13","effectiveTTR":-1,"conversationDetails":{"skillId":"-1","#,
        r#""participants":[{"id":"393c6873-756d-54af-86e1-8795d57eba14","role":"ASSIGNED_AGENT"}],"dialogs":[],"#,
        r#""brandId":"1234567","state":"OPEN","stage":"OPEN","startTs":1,"metaDataLastUpdateTs":2,"#,
        r#""ttr":{"ttrType":"NORMAL","value":3600}}}"#
    );
    assert_eq!(
        frame,
        format!(
            r#"{{"kind":"notification","type":"cqm.ExConversationChangeNotification","body":{{"subscriptionId":"{to}","changes":[{{"type":"DELETE","result":{result}}},{{"type":"UPSERT","result":{result}}}]}}}}"#
        )
    );
}

/// Spec 23 §4, 24 §3.4: right after subscribing, when nothing matches.
#[test]
fn nothing_yet() {
    fn frame<S: crate::agent::Subject + 'static>() -> serde_json::Value {
        let none: [(ChangeKind, &Rendered<S>); 0] = [];
        serde_json::from_str(&changes(subscription("0a9d6c1e-52b7-4f3a-8e10-c4b7d2f61a35"), none)).unwrap()
    }

    let expected = |name: &str| {
        serde_json::json!({"kind":"notification","type":name,
            "body":{"subscriptionId":"0a9d6c1e-52b7-4f3a-8e10-c4b7d2f61a35","changes":[]}})
    };
    assert_eq!(frame::<ForAgents>(), expected(".ams.aam.ExConversationChangeNotification"));
    assert_eq!(frame::<ForConsumers>(), expected("cqm.ExConversationChangeNotification"));
    assert_eq!(frame::<Rings>(), expected(".ams.routing.RoutingTaskNotification"));
    assert_eq!(frame::<AgentStates>(), expected(".ams.routing.AgentStateNotification"));
}

/// Spec 23 §6, §7: what the SDK was shown to accept is part of what it is sent.
#[test]
fn nothing_the_sdk_was_tested_with_is_missing() {
    let account = account();
    let text = json(r#"{"type":"ContentEvent","message":"hello from consumer","contentType":"text/plain"}"#);
    let event = FlatEvent {
        originator: consumer(),
        role: ParticipantRole::Consumer,
        numbered: Some(Numbered { sequence: 1, server_timestamp: EpochMillis(1_795_248_847_210) }),
        ..flat(&account, &text)
    };
    let tested = compact(
        r#"{"sequence":1,"originatorId":"d51ce914-97ad-4544-a686-8335b61dcdf3","originatorPId":"d51ce914-97ad-4544-a686-8335b61dcdf3","originatorMetadata":{"id":"d51ce914-97ad-4544-a686-8335b61dcdf3","role":"CONSUMER"},"serverTimestamp":1795248847210,"event":{"type":"ContentEvent","message":"hello from consumer","contentType":"text/plain"},"dialogId":"220d3639-ae23-4c90-83e8-455e3bb2cf13"}"#,
    );
    assert_has(&serde_json::to_string(&event).unwrap(), &tested);

    let ring = Ring {
        id: "r",
        state: RingState::Accepted,
        lasts: Duration::from_secs(72),
        expires_at: EpochMillis(1),
        weight: EpochMillis(2),
    };
    let task = RoutingTask {
        id: None,
        is_completed: true,
        conversation: conversation(),
        consumer: consumer_id(),
        skill: SkillId::UNASSIGNED,
        agent: None,
        account: &account,
        rings: &[ring],
    };
    let tested = compact(
        r#"{"taskCompleted":true,"conversationId":"220d3639-ae23-4c90-83e8-455e3bb2cf13","consumerId":"d51ce914-97ad-4544-a686-8335b61dcdf3","skillId":"-1"}"#,
    );
    let rendered = Rendered::<Rings>::of(&task);
    assert_has(rendered.as_str(), &tested);
    assert!(rendered.as_str().contains(
        r#""ringsDetails":[{"ringId":"r","ringState":"ACCEPTED","ringExpiration":72000,"ringExpirationTs":1,"weight":2,"#
    ));
}

fn assert_has(printed: &str, tested: &str) {
    let [printed, tested] =
        [printed, tested].map(|text| serde_json::from_str::<serde_json::Value>(text).unwrap());
    for (name, value) in tested.as_object().unwrap() {
        assert_eq!(printed.get(name), Some(value), "{name}");
    }
}
