//! Who may do and see what: every kind of caller with every kind of request, over sockets. Source: spec 21 §4, §7, §8, 22 §4,
//! 24 §3. What may be changed is in a table of its own beside the rules.

use serde_json::{Value, json};
use trunkline_model::Role;
use trunkline_testkit::{AgentSocket, Settings, TestServer};

/// Another account, whose manager is among the callers.
const ELSEWHERE: &str = "10020031";
const NAMES: [&str; 9] = [
    "consumer",
    "assigned",
    "reader",
    "suggested",
    "past",
    "other",
    "manager",
    TestServer::ADMIN,
    "elsewhere",
];

/// An open conversation, and everybody who may have to do with it. Nobody but the consumer and those in it has joined.
struct World {
    _server: TestServer,
    callers: Vec<Caller>,
    conversation: String,
    consumer: String,
    ring: String,
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
            "manager" => (TestServer::ACCOUNT, Role::Manager),
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
        let [_, assigned, reader, suggested, past, ..] = &mut callers[..] else { unreachable!() };
        for what in ["ADD", "REMOVE"] {
            let change = participant(what, "ASSIGNED_AGENT", past);
            past.change(&conversation, change).await;
        }
        let join = participant("ADD", "ASSIGNED_AGENT", assigned);
        assigned.change(&conversation, join).await;
        let join = participant("ADD", "READER", reader);
        reader.change(&conversation, join).await;
        suggested.done(".ams.routing.SetAgentState", json!({"availability": "ONLINE"})).await;
        suggested.done(".ams.routing.SubscribeRoutingTasks", json!({"channelType": "MESSAGING"})).await;
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
        Self { _server: server, callers, conversation, consumer, ring }
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
    let reject = json!({"ringId": world.ring, "ringState": "REJECTED"});
    #[rustfmt::skip]
    let table = [
        //                                                        cons ass  read sugg past othr mgr  adm  else
        (".ams.ms.QueryMessages", &dialog,                       [400, 200, 200, 403, 200, 403, 200, 200, 404]),
        ("ms.SubscribeMessagingEvents", &dialog,                 [200, 200, 200, 403, 200, 403, 200, 200, 404]),
        (".ams.userprofile.GetUserProfile", &json!(world.consumer),
                                                                 [400, 200, 200, 403, 403, 403, 200, 200, 404]),
        (".ams.userprofile.GetUserProfile", &json!({}),          [400, 200, 200, 200, 200, 200, 200, 200, 200]),
        (".ams.ms.PublishEvent", &public,                        [200, 200, 403, 403, 403, 403, 403, 403, 404]),
        (".ams.ms.PublishEvent", &private,                       [200, 200, 403, 403, 403, 403, 403, 403, 404]),
        (".ams.routing.SetAgentState", &away,                    [400, 202, 403, 403, 403, 403, 202, 202, 404]),
        (".ams.routing.SubscribeAgentsState", &of_assigned,      [400, 200, 200, 200, 200, 200, 200, 200, 404]),
        (".ams.routing.SubscribeAgentsState", &json!({}),        [400, 403, 403, 403, 403, 403, 200, 200, 200]),
        (".ams.routing.SubscribeRoutingTasks", &of_assigned,     [400, 200, 403, 403, 403, 403, 200, 200, 404]),
        // Last of all comes the one whose ring it is.
        (".ams.routing.UpdateRingState", &reject,                [400, 403, 403,   0, 403, 403, 403, 403, 404]),
        (".ams.routing.UpdateRingState", &reject,                [  0,   0,   0, 202,   0,   0,   0,   0,   0]),
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
        //                                       cons   ass    read   sugg   past   othr   mgr    adm    else
        (json!({"convState": ["OPEN"]}),         [true, true,  true,  false, false, false, true,  true,  false]),
        (json!({"stage": ["CLOSE"]}),            [false, false, false, false, false, false, false, false, false]),
        (json!({"agentIds": [assigned]}),        [true, true,  false, false, false, false, true,  true,  false]),
        (json!({"agentIds": ["me"]}),            [true, true,  true,  false, false, false, false, false, false]),
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
            "assigned" | "reader" => &["to all", "careful", "bye"],
            _ => &[],
        };
        let mut heard = Vec::new();
        while heard.len() < expected.len() {
            let frame = caller.socket.notification(|frame| !texts(frame).is_empty()).await;
            heard.extend(texts(&frame));
        }
        // What was told before an answer came before it.
        let clock = if caller.name == "consumer" { "GetClock" } else { ".GetClock" };
        caller.done(clock, json!({})).await;
        heard.extend(caller.socket.take_notifications().iter().flat_map(texts));
        assert_eq!(heard, expected, "{}", caller.name);
    }
}

/// The messages that a frame tells of.
fn texts(frame: &Value) -> Vec<String> {
    let body = &frame["body"];
    let message = |event: &Value| event["event"]["message"].as_str().map(str::to_owned);
    match body["changes"].as_array() {
        Some(changes) => changes.iter().filter_map(message).collect(),
        None => message(body).into_iter().collect(),
    }
}
