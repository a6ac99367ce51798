//! Who may do and see what: every kind of caller with every kind of request, over sockets. Source: spec 21 §4, §7, §8, 22 §4, §6,
//! 24 §3. What may be changed is in a table of its own beside the rules.

use serde_json::{Value, json};
use trunkline_model::Role;
use trunkline_testkit::{AgentSocket, Settings, TestServer};

use crate::files::{Url, hosted_file, jpeg};

/// Another account, whose manager is among the callers.
const ELSEWHERE: &str = "10020031";
const NAMES: [&str; 10] = [
    "consumer",
    "assigned",
    "reader",
    "suggested",
    "past",
    "other",
    "manager",
    "joined",
    TestServer::ADMIN,
    "elsewhere",
];

/// An open conversation, and everybody who may have to do with it. Nobody but the consumer and those in it has joined.
struct World {
    server: TestServer,
    callers: Vec<Caller>,
    conversation: String,
    consumer: String,
    /// Rings at the one who is proposed.
    ring: String,
    /// His subscription to rings.
    rings: String,
}

struct Caller {
    name: &'static str,
    aid: String,
    socket: AgentSocket,
}

impl Caller {
    async fn new(server: &TestServer, name: &'static str) -> Self {
        let (account, role) = match name {
            "elsewhere" => (ELSEWHERE, Role::Manager),
            "manager" | "joined" => (TestServer::ACCOUNT, Role::Manager),
            _ => (TestServer::ACCOUNT, Role::Agent),
        };
        if name != TestServer::ADMIN {
            server.create_user(account, name, role).await;
        }
        let session = server.sign_in(account, name).await;
        let user = session.login["config"]["userId"].as_str().unwrap().to_owned();
        Self { name, aid: format!("{account}.{user}"), socket: server.agent_socket(&session).await }
    }

    async fn done(&mut self, kind: &str, body: Value) -> Value {
        let mut answer = self.socket.request(kind, body).await;
        assert!(answer["code"].as_u64().unwrap() < 300, "{}: {answer}", self.name);
        answer["body"].take()
    }

    /// Waits for this many words, and for whatever was told beside them: what was told before an answer came before it.
    async fn hear(&mut self, least: usize, words: impl Fn(&Value) -> Vec<String>) -> Vec<String> {
        let mut heard = Vec::new();
        while heard.len() < least {
            let frame = self.socket.notification(|frame| !words(frame).is_empty()).await;
            heard.extend(words(&frame));
        }
        let clock = if self.name == "consumer" { "GetClock" } else { ".GetClock" };
        self.done(clock, json!({})).await;
        heard.extend(self.socket.take_notifications().iter().flat_map(words));
        heard
    }

    async fn change(&mut self, conversation: &str, field: Value) {
        let body = json!({"conversationId": conversation, "conversationField": [field]});
        self.done(".ams.cm.UpdateConversationField", body).await;
    }
}

fn participant(what: &str, role: &str, who: &Caller) -> Value {
    json!({"field": "ParticipantsChange", "type": what, "role": role, "userId": who.aid})
}

impl World {
    async fn new() -> Self {
        let mut settings = Settings::default();
        settings.options.idp.identities.anonymous = true;
        let server = TestServer::with(settings).await;
        server.create_account(ELSEWHERE).await;
        let token = server.sign_up().await;
        let socket = server.consumer_socket(&token).await;
        let mut consumer = Caller { name: NAMES[0], aid: String::new(), socket };
        let body = consumer.done("cm.ConsumerRequestConversation", json!({})).await;
        let conversation = body["conversationId"].as_str().unwrap().to_owned();
        let mut callers = vec![consumer];
        for name in &NAMES[1..] {
            callers.push(Caller::new(&server, name).await);
        }
        let [_, assigned, reader, suggested, past, _, _, joined, ..] = &mut callers[..] else {
            unreachable!()
        };
        for what in ["ADD", "REMOVE"] {
            let change = participant(what, "ASSIGNED_AGENT", past);
            past.change(&conversation, change).await;
        }
        let join = participant("ADD", "ASSIGNED_AGENT", assigned);
        assigned.change(&conversation, join).await;
        let join = participant("ADD", "READER", reader);
        reader.change(&conversation, join).await;
        let join = participant("ADD", "MANAGER", joined);
        joined.change(&conversation, join).await;
        suggested.done(".ams.routing.SetAgentState", json!({"availability": "ONLINE"})).await;
        let followed =
            suggested.done(".ams.routing.SubscribeRoutingTasks", json!({"channelType": "MESSAGING"})).await;
        let rings = followed["subscriptionId"].as_str().unwrap().to_owned();
        let suggest = participant("SUGGEST", "ASSIGNED_AGENT", suggested);
        assigned.change(&conversation, suggest).await;
        let ring = suggested
            .socket
            .notification(|frame| {
                frame["body"]["changes"][0]["result"]["ringsDetails"][0]["ringState"] == "WAITING"
            })
            .await;
        let ring = ring["body"]["changes"][0]["result"]["ringsDetails"][0]["ringId"].as_str().unwrap();
        let ring = ring.to_owned();
        let listed = list(assigned, json!({"agentIds": [assigned.aid]})).await;
        let details = &listed[0]["result"]["conversationDetails"];
        let consumer = details["participants"]["CONSUMER"][0].as_str().unwrap().to_owned();
        Self { server, callers, conversation, consumer, ring, rings }
    }
}

impl World {
    /// The assigned agent uploads a file and publishes it; where it is.
    async fn share(&mut self) -> String {
        let assigned = &mut self.callers[1];
        let body = json!({"fileSize": 5020, "fileType": "JPEG"});
        let url = Url::of(&assigned.done(".ams.ms.GenerateURLForUploadFile", body).await);
        assert_eq!(url.put(&self.server, jpeg(5020)).await.status, 201);
        let body = json!({"dialogId": self.conversation, "event": hosted_file(&url.path)});
        assigned.done(".ams.ms.PublishEvent", body).await;
        url.path
    }
}

/// Subscribes to conversations; what there is already.
async fn list(caller: &mut Caller, filter: Value) -> Vec<Value> {
    let kind = if caller.name == "consumer" {
        "cqm.SubscribeExConversations"
    } else {
        ".ams.aam.SubscribeExConversations"
    };
    let body = caller.done(kind, filter).await;
    let id = body["subscriptionId"].clone();
    let mut frame = caller.socket.notification(|frame| frame["body"]["subscriptionId"] == id).await;
    match frame["body"]["changes"].take() {
        Value::Array(changes) => changes,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn every_caller_and_every_request() {
    let mut world = World::new().await;
    let text = json!({"type": "ContentEvent", "contentType": "text/plain", "message": "hi"});
    let dialog = json!({"dialogId": world.conversation});
    let public = json!({"dialogId": world.conversation, "event": text});
    let private =
        json!({"dialogId": world.conversation, "event": text, "messageAudience": "AGENTS_AND_MANAGERS"});
    let assigned = world.callers[1].aid.clone();
    let of_assigned = json!({"agentId": assigned});
    let away = json!({"availability": "AWAY", "agentUserId": assigned});
    let accept = json!({"ringId": world.ring, "ringState": "ACCEPTED"});
    let reject = json!({"ringId": world.ring, "ringState": "REJECTED"});
    let rings = json!({"subscriptionId": world.rings});
    let rings_of_assigned = json!({"subscriptionId": world.rings, "agentId": assigned});
    let followed = world.callers[1].done(".ams.aam.SubscribeExConversations", json!({})).await;
    let list = json!({"subscriptionId": followed["subscriptionId"]});
    let with = json!({"consumerId": world.consumer, "channelType": "MESSAGING"});
    let file = json!({"fileSize": 5020, "fileType": "JPEG"});
    let shared = json!({"relativePath": world.share().await});
    #[rustfmt::skip]
    let table = [
        //                                                        cons ass  read sugg past othr mgr  join adm  else
        (".ams.ms.QueryMessages", &dialog,                       [400, 200, 200, 403, 200, 403, 200, 200, 200, 404]),
        ("ms.SubscribeMessagingEvents", &dialog,                 [200, 200, 200, 403, 200, 403, 200, 200, 200, 404]),
        (".ams.userprofile.GetUserProfile", &json!(world.consumer),
                                                                 [400, 200, 200, 403, 403, 403, 200, 200, 200, 404]),
        (".ams.userprofile.GetUserProfile", &json!({}),          [400, 200, 200, 200, 200, 200, 200, 200, 200, 200]),
        (".ams.ms.PublishEvent", &public,                        [200, 200, 403, 403, 403, 403, 403, 200, 403, 404]),
        (".ams.ms.PublishEvent", &private,                       [200, 200, 403, 403, 403, 403, 403, 200, 403, 404]),
        // Nobody may: the consumer has an open conversation. Whom the account does not know is not found.
        (".ams.cm.AgentRequestConversation", &with,              [400, 400, 400, 400, 400, 400, 400, 400, 400, 404]),
        (".ams.ms.GenerateURLForUploadFile", &file,              [200, 200, 200, 200, 200, 200, 200, 200, 200, 200]),
        (".ams.ms.GenerateURLForDownloadFile", &shared,          [200, 200, 200, 404, 200, 404, 200, 200, 200, 404]),
        (".ams.routing.SetAgentState", &away,                    [400, 202, 403, 403, 403, 403, 202, 202, 202, 404]),
        (".ams.routing.SubscribeAgentsState", &of_assigned,      [400, 200, 200, 200, 200, 200, 200, 200, 200, 404]),
        (".ams.routing.SubscribeAgentsState", &json!({}),        [400, 403, 403, 403, 403, 403, 200, 200, 200, 200]),
        (".ams.routing.SubscribeRoutingTasks", &of_assigned,     [400, 200, 403, 403, 403, 403, 200, 200, 200, 404]),
        // A subscription is its socket's, whatever the privilege.
        (".ams.routing.UpdateRoutingTaskSubscription", &rings,   [400, 404, 404, 200, 404, 404, 404, 404, 404, 404]),
        (".ams.routing.UpdateRoutingTaskSubscription", &rings_of_assigned,
                                                                 [400, 404, 403, 403, 403, 403, 404, 404, 404, 404]),
        // Last of all come those whose subscription and whose ring it is.
        (".ams.aam.UnsubscribeExConversations", &list,           [404,   0, 404, 404, 404, 404, 404, 404, 404, 404]),
        (".ams.aam.UnsubscribeExConversations", &list,           [  0, 200,   0,   0,   0,   0,   0,   0,   0,   0]),
        (".ams.routing.UpdateRingState", &accept,                [400, 403, 403,   0, 403, 403, 403, 403, 403, 404]),
        (".ams.routing.UpdateRingState", &reject,                [400, 403, 403,   0, 403, 403, 403, 403, 403, 404]),
        (".ams.routing.UpdateRingState", &accept,                [  0,   0,   0, 202,   0,   0,   0,   0,   0,   0]),
    ];
    for (kind, body, codes) in table {
        for (caller, code) in world.callers.iter_mut().zip(codes) {
            if code == 0 {
                continue;
            }
            let answer = caller.socket.request(kind, body.clone()).await;
            assert_eq!(answer["code"], code, "{} {kind} {body}: {answer}", caller.name);
        }
    }
}

/// 21 §7.2: without `agentIds` all conversations of the account, for managers; for others their own.
#[tokio::test]
async fn every_caller_and_every_list() {
    let mut world = World::new().await;
    let assigned = world.callers[1].aid.clone();
    #[rustfmt::skip]
    let table = [
        //                                       cons   ass    read   sugg   past   othr   mgr    join   adm    else
        (json!({"convState": ["OPEN"]}),         [true, true,  true,  false, false, false, true,  true,  true,  false]),
        (json!({"stage": ["CLOSE"]}),            [false, false, false, false, false, false, false, false, false, false]),
        (json!({"agentIds": [assigned]}),        [true, true,  false, false, false, false, true,  true,  true,  false]),
        (json!({"agentIds": ["me"]}),            [true, true,  true,  false, false, false, false, true,  false, false]),
    ];
    for (filter, listed) in table {
        for (caller, is_listed) in world.callers.iter_mut().zip(listed) {
            let mut filter = filter.clone();
            if filter["agentIds"][0] == "me" {
                filter["agentIds"][0] = json!(caller.aid);
            }
            let changes = list(caller, filter.clone()).await;
            let found = changes.iter().any(|change| change["result"]["convId"] == *world.conversation);
            assert_eq!(found, is_listed, "{} {filter}", caller.name);
        }
    }
}

/// 22 §4, §6: private messages are for the brand's side of the dialog, and nobody hears what he takes no part in.
#[tokio::test]
async fn every_caller_and_every_message() {
    let mut world = World::new().await;
    let conversation = world.conversation.clone();
    for (text, audience) in [("to all", "ALL"), ("careful", "AGENTS_AND_MANAGERS"), ("bye", "ALL")] {
        let event = json!({"type": "ContentEvent", "contentType": "text/plain", "message": text});
        let body = json!({"dialogId": conversation, "event": event, "messageAudience": audience});
        world.callers[1].done(".ams.ms.PublishEvent", body).await;
    }
    for caller in &mut world.callers {
        let expected: &[&str] = match caller.name {
            "consumer" => &["to all", "bye"],
            "assigned" | "reader" | "joined" => &["to all", "careful", "bye"],
            _ => &[],
        };
        let heard = caller.hear(expected.len(), texts).await;
        assert_eq!(heard, expected, "{}", caller.name);
    }
}

/// 22 §6: receipts and chat states go the same ways. What tells of private messages only is not for the consumer.
#[tokio::test]
async fn every_caller_and_every_receipt_and_chat_state() {
    let mut world = World::new().await;
    let conversation = world.conversation.clone();
    for (event, audience) in [
        (
            json!({"type": "ContentEvent", "contentType": "text/plain", "message": "careful"}),
            "AGENTS_AND_MANAGERS",
        ),
        (json!({"type": "AcceptStatusEvent", "status": "ACCEPT", "sequenceList": [0]}), "ALL"),
        (json!({"type": "ContentEvent", "contentType": "text/plain", "message": "to all"}), "ALL"),
        (json!({"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0, 2]}), "ALL"),
        (json!({"type": "ChatStateEvent", "chatState": "COMPOSING"}), "ALL"),
    ] {
        let body = json!({"dialogId": conversation, "event": event, "messageAudience": audience});
        world.callers[1].done(".ams.ms.PublishEvent", body).await;
    }
    for caller in &mut world.callers {
        let expected: &[&str] = match caller.name {
            "consumer" => &["READ [2]", "COMPOSING"],
            "assigned" | "reader" | "joined" => &["ACCEPT [0]", "READ [0,2]", "COMPOSING"],
            _ => &[],
        };
        let heard = caller.hear(expected.len(), signs).await;
        assert_eq!(heard, expected, "{}", caller.name);
    }
}

/// 22 §6: a ring is for the one at whom it rings, though everybody asks.
#[tokio::test]
async fn every_caller_and_every_ring() {
    let mut world = World::new().await;
    for caller in &mut world.callers[1..] {
        caller.done(".ams.routing.SubscribeRoutingTasks", json!({"channelType": "MESSAGING"})).await;
        // What rang before is in the answer to a subscription.
        let snapshot = caller.hear(usize::from(caller.name == "suggested"), rings).await;
        let expected: &[&str] = if caller.name == "suggested" { &["WAITING"] } else { &[] };
        assert_eq!(snapshot, expected, "{}", caller.name);
    }
    let accept = json!({"ringId": world.ring, "ringState": "ACCEPTED"});
    world.callers[3].done(".ams.routing.UpdateRingState", accept).await;
    for caller in &mut world.callers {
        // He has two subscriptions.
        let expected: &[&str] = if caller.name == "suggested" { &["ACCEPTED", "ACCEPTED"] } else { &[] };
        let heard = caller.hear(expected.len(), rings).await;
        assert_eq!(heard, expected, "{}", caller.name);
    }
}

/// 22 §6: states of agents are for those who follow them, and never for consumers.
#[tokio::test]
async fn every_caller_and_every_state() {
    let mut world = World::new().await;
    let assigned = world.callers[1].aid.clone();
    for caller in &mut world.callers[1..] {
        let whom = match caller.name {
            "manager" | "joined" | TestServer::ADMIN | "elsewhere" => json!({}),
            _ => json!({"agentId": assigned}),
        };
        caller.done(".ams.routing.SubscribeAgentsState", whom).await;
        caller.hear(0, |_| Vec::new()).await;
    }
    for (index, availability) in [(1, "BACK_SOON"), (3, "AWAY")] {
        world.callers[index].done(".ams.routing.SetAgentState", json!({"availability": availability})).await;
    }
    for caller in &mut world.callers {
        let expected: &[&str] = match caller.name {
            "consumer" | "elsewhere" => &[],
            "manager" | "joined" | TestServer::ADMIN => &["BACK_SOON", "AWAY"],
            _ => &["BACK_SOON"],
        };
        let heard = caller.hear(expected.len(), availabilities).await;
        assert_eq!(heard, expected, "{}", caller.name);
    }
}

/// 21 §7.6: every agent may begin with a consumer whom the account knows and who has no open conversation.
#[tokio::test]
async fn every_caller_and_a_conversation_with_the_consumer() {
    let mut world = World::new().await;
    let close = json!({"field": "Stage", "conversationState": "CLOSE"});
    world.callers[1].change(&world.conversation, close.clone()).await;
    for caller in &mut world.callers {
        let with = json!({"consumerId": world.consumer, "channelType": "MESSAGING"});
        let answer = caller.socket.request(".ams.cm.AgentRequestConversation", with).await;
        let expected = match caller.name {
            "consumer" => 400,
            "elsewhere" => 404,
            _ => 200,
        };
        assert_eq!(answer["code"], expected, "{}: {answer}", caller.name);
        if let Some(conversation) = answer["body"]["conversationId"].as_str() {
            caller.change(conversation, close.clone()).await;
        }
    }
}

/// The messages that a frame tells of.
fn texts(frame: &Value) -> Vec<String> {
    events(frame, |event| event["message"].as_str().map(str::to_owned))
}

/// The receipts and chat states that a frame tells of.
fn signs(frame: &Value) -> Vec<String> {
    events(frame, |event| match (&event["status"], &event["chatState"]) {
        (Value::String(status), _) => Some(format!("{status} {}", event["sequenceList"])),
        (_, Value::String(state)) => Some(state.clone()),
        _ => None,
    })
}

fn events(frame: &Value, word: impl Fn(&Value) -> Option<String>) -> Vec<String> {
    let body = &frame["body"];
    match body["changes"].as_array() {
        Some(changes) => changes.iter().filter_map(|change| word(&change["event"])).collect(),
        None => word(&body["event"]).into_iter().collect(),
    }
}

/// The states of the rings that a frame tells of.
fn rings(frame: &Value) -> Vec<String> {
    results(frame, |result| &result["ringsDetails"][0]["ringState"])
}

/// The states of the agents that a frame tells of.
fn availabilities(frame: &Value) -> Vec<String> {
    results(frame, |result| &result["availability"])
}

fn results(frame: &Value, word: impl Fn(&Value) -> &Value) -> Vec<String> {
    let changes = frame["body"]["changes"].as_array().into_iter().flatten();
    changes.filter_map(|change| word(&change["result"]).as_str().map(str::to_owned)).collect()
}
