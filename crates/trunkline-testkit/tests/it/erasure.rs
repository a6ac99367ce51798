//! Erasing consumers, and what is too old: nothing of it is left anywhere, and everything else stays.

mod operator;
mod retention;

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_model::Role;
use trunkline_testkit::{Answer, App, Behaviour, Consumer, Receiver, TestServer};

use crate::agents::Agent;
use crate::files;
use crate::surveys::{self, call};
use crate::webhooks::{everything_to, members, settled};

/// Whatever anybody wrote has this in it.
const SECRET: &str = "xyzzy";
const ERASE: &str = "/operator/v1/accounts/10020030/consumers/erase";
const AUDIT: &str = "/operator/v1/accounts/10020030/audit";

pub(crate) async fn erase(server: &TestServer, external_id: &str) -> Value {
    let answer = call(server, Method::POST, ERASE, Some(&json!({"external_id": external_id}))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

async fn audit(server: &TestServer) -> Vec<Value> {
    let answer = call(server, Method::GET, AUDIT, None).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["entries"].as_array().unwrap().clone()
}

fn actions(trail: &[Value]) -> Vec<&str> {
    trail.iter().map(|entry| entry["action"].as_str().unwrap()).collect()
}

/// Whether the store's files hold a text.
fn holds(server: &TestServer, text: &str) -> bool {
    ["trunkline.db", "trunkline.db-wal"].into_iter().any(|file| {
        let bytes = std::fs::read(server.directory().join(file)).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

/// A conversation in which everybody says something in every way, in a survey by now.
struct Talk {
    conversation: String,
    file: String,
    download: files::Url,
    bot: Agent,
}

/// Opens a conversation that says much about its consumer.
async fn open(consumer: &Consumer<'_>) -> String {
    let sdes = json!({"lp_sdes": [{"type": "ctmrinfo", "info": {"customerId": SECRET}}]});
    let body = json!([
        {"kind": "req", "id": "a1", "type": "userprofile.SetUserProfile",
            "body": {"firstName": SECRET, "authenticatedData": sdes}},
        {"kind": "req", "id": "a2", "type": "cm.ConsumerRequestConversation", "body": {
            "brandId": consumer.account, "campaignInfo": {"campaignId": SECRET, "engagementId": SECRET},
            "conversationContext": {"type": "CustomContext", "visitorId": SECRET}}},
    ]);
    let properties =
        json!({"type": ".ClientProperties", "appId": SECRET, "features": ["MULTI_DIALOG", SECRET]});
    let request = consumer.request("").header("client-properties", properties.to_string());
    let answer = Answer::to(request.json(&body)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()[1]["body"]["conversationId"].as_str().unwrap().to_owned()
}

async fn talk(server: &TestServer, consumer: &Consumer<'_>) -> Talk {
    let mut bot = Agent::new(server, "bot", Role::Manager).await;
    bot.work().await;
    let conversation = open(consumer).await;
    assert_eq!(bot.accept().await, conversation);
    consumer.say(&conversation, "my number is xyzzy").await;
    let file = files::shared(consumer, &conversation, &files::jpeg(3000)).await;
    let download = files::ask_for_download(consumer, &file).await;
    let download = files::Url::of(&download.json()["body"]);
    let card = json!({"type": "RichContentEvent", "content": {"type": "vertical", "elements": [
        {"type": "text", "text": SECRET, "tooltip": SECRET}]}});
    let metadata = json!([{"type": "ExternalId", "id": SECRET}]);
    let body = json!({"kind": "req", "id": "7", "type": "ms.PublishEvent", "metadata": metadata,
        "body": {"dialogId": conversation, "event": card}});
    assert_eq!(consumer.send(&body).await.status, 200);
    bot.say(&conversation, "I see, xyzzy").await;
    let aside = json!({"type": "ContentEvent", "contentType": "text/plain", "message": "odd, that xyzzy"});
    let aside = json!({"dialogId": conversation, "event": aside, "messageAudience": "AGENTS_AND_MANAGERS"});
    bot.done(".ams.ms.PublishEvent", aside).await;
    let read = json!({"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0, 1, 2, 4]});
    bot.done(".ams.ms.PublishEvent", json!({"dialogId": conversation, "event": read})).await;
    let note = json!({"field": "Note", "note": SECRET});
    let body = json!({"conversationId": conversation, "conversationField": [note]});
    bot.done(".ams.cm.UpdateConversationField", body).await;
    let close = json!({"field": "DialogChange", "type": "UPDATE",
        "dialog": {"dialogId": conversation, "state": "CLOSE", "closedCause": SECRET}});
    assert_eq!(consumer.update(&conversation, close).await.status, 200);
    let id = trunkline_wire::ConversationId::parse(&conversation).unwrap();
    let survey = trunkline_wire::DialogId::survey_of(id).to_string();
    for words in ["4", "because xyzzy"] {
        let event = surveys::text(words);
        let body = json!({"kind": "req", "id": "7", "type": "ms.PublishEvent",
            "body": {"dialogId": survey, "event": event}});
        assert_eq!(consumer.send(&body).await.status, 200);
    }
    Talk { conversation, file, download, bot }
}

async fn platform() -> (TestServer, Receiver) {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let path = "/operator/v1/accounts/10020030/survey";
    let mut survey = surveys::survey();
    // The last question is not answered: the survey is on when the consumer is erased.
    survey["question"].as_array_mut().unwrap().push(json!({"id": "q-3", "text": "Else?", "kind": "text"}));
    assert_eq!(call(&server, Method::PUT, path, Some(&survey)).await.status, 200);
    (server, receiver)
}

async fn app<'a>(server: &'a TestServer, receiver: &Receiver) -> App<'a> {
    server.app_with(members("com.example.all", &everything_to(&receiver.url("/")))).await
}

/// What of a log stays: everything that counts.
fn shape(log: &[Value]) -> Vec<Value> {
    log.iter()
        .map(|entry| {
            json!([
                entry["version"],
                entry["at"],
                entry["type"],
                entry["dialogId"],
                entry["sequence"],
                entry["originatorId"],
                entry["role"],
                entry["messageAudience"],
                entry["state"],
                entry["stage"]
            ])
        })
        .collect()
}

async fn history(server: &TestServer, conversation: &str) -> Value {
    let session = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    let base = "/messaging_history/api/account/10020030/conversations";
    let path = format!("{base}/conversation/search?v=2");
    let request = server.request(Method::POST, &path).bearer_auth(&session.bearer);
    let answer = Answer::to(request.json(&json!({"conversationId": conversation}))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let path = format!("{base}/conversation/content/search?conversationId={conversation}");
    let events = Answer::to(server.request(Method::GET, &path).bearer_auth(&session.bearer)).await;
    assert_eq!(events.status, 200, "{events:?}");
    json!([answer.json(), events.json()])
}

async fn export(server: &TestServer) -> String {
    call(server, Method::GET, "/operator/v1/accounts/10020030/export", None).await.text
}

#[tokio::test]
async fn nothing_of_an_erased_consumer_is_left() {
    let (server, receiver) = platform().await;
    let app = app(&server, &receiver).await;
    let consumer = app.consumer("crm-xyzzy").await;
    let mut talk = talk(&server, &consumer).await;
    settled(&app).await;
    let before = consumer.log(&talk.conversation).await;
    for text in [history(&server, &talk.conversation).await.to_string(), export(&server).await] {
        assert!(text.contains(SECRET), "{text}");
    }
    assert!(holds(&server, SECRET));
    assert_eq!((server.stored_blobs(), talk.download.get(&server).await.0), (1, 200));

    let erased = erase(&server, "crm-xyzzy").await;
    settled(&app).await;
    let after = consumer.log(&talk.conversation).await;
    let counts = json!({"conversations": 1, "entries": after.len(), "files": 1, "profile": true,
        "consumer_id": erased["consumer_id"]});
    assert_eq!(erased, counts);
    assert!(!holds(&server, SECRET), "neither in the file nor in what is beside it");
    assert_eq!(server.stored_blobs(), 0);
    // It was closed, and nothing else is different.
    assert_eq!(shape(&after)[..before.len()], shape(&before));
    assert_eq!(after.len(), before.len() + 1);
    let last = after.last().unwrap();
    assert_eq!((&last["state"], &last["stage"]), (&json!("CLOSE"), &json!("CLOSE")));
    assert!(last["erasedAt"].is_i64(), "{last}");
    assert!(!json!(after).to_string().contains(SECRET));

    let told = history(&server, &talk.conversation).await;
    assert!(!told.to_string().contains(SECRET), "{told}");
    let messages = told[0]["conversationHistoryRecords"][0]["messageRecords"].as_array().unwrap();
    assert!(messages.iter().all(|message| message["messageData"]["msg"]["text"] == ""), "{messages:?}");
    assert!(!export(&server).await.contains(SECRET));
    assert_ne!(files::ask_for_download(&consumer, &talk.file).await.status, 200);
    assert_eq!(talk.download.get(&server).await.0, 404);
    let query = json!({"dialogId": talk.conversation});
    let events = talk.bot.done(".ams.ms.QueryMessages", query).await;
    assert!(!events.to_string().contains(SECRET), "{events}");
    assert_eq!(events[0]["event"]["message"], "");

    // What is delivered once more says nothing either.
    let delivered = receiver.take().len();
    let path = format!("/operator/v1/accounts/10020030/apps/{}/deliveries/replay", app.id);
    let replay = json!({"conversation": talk.conversation});
    assert_eq!(call(&server, Method::POST, &path, Some(&replay)).await.status, 202);
    let again = receiver.wait_for(after.len() - 1).await;
    assert!(delivered > 0 && again.iter().all(|arrived| !arrived.text().contains(SECRET)));

    assert_eq!(erase(&server, "crm-xyzzy").await["conversations"], 0);
    let trail = audit(&server).await;
    let noted = ["export.begun", "erasure.begun", "erasure.done", "export.begun"];
    assert_eq!(actions(&trail)[..4], noted);
    assert_eq!((&trail[1]["subject"], &trail[1]["actor"]), (&erased["consumer_id"], &json!("operator")));
    let details = json!({"request": trail[1]["number"], "conversations": 1, "entries": after.len(), "files": 1,
        "profile": true});
    assert_eq!(trail[2]["details"], details);
    assert!(!json!(trail).to_string().contains(SECRET));

    // The consumer may come back.
    let conversation = consumer.open().await;
    assert_eq!(consumer.say(&conversation, "here again").await, 0);
}

/// An endpoint that takes its time makes events wait in memory, without any failure.
#[tokio::test]
async fn what_waits_for_a_slow_answer_is_delivered_empty() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let app = app(&server, &receiver).await;
    let consumer = app.consumer("crm-1").await;
    let conversation = consumer.open().await;
    settled(&app).await;
    receiver.take();
    receiver.once(Behaviour::Hold);
    for number in 0..3 {
        consumer.say(&conversation, &format!("xyzzy {number}")).await;
    }
    receiver.wait_for(1).await;
    erase(&server, "crm-1").await;
    receiver.release();
    settled(&app).await;
    let arrived = receiver.take();
    assert!(arrived[0].text().contains("xyzzy 0"), "it was on its way");
    assert_eq!(arrived.len(), 4, "three messages, and the end");
    for late in &arrived[1..] {
        assert!(!late.text().contains(SECRET), "{}", late.text());
    }
}

/// Other consumers of the account, and those of others, keep everything.
#[tokio::test]
async fn nobody_else_is_concerned() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let (one, other) = (app.consumer("crm-1").await, app.consumer("crm-2").await);
    let (first, second) = (one.open().await, other.open().await);
    one.say(&first, "one").await;
    other.say(&second, "two").await;
    let shared = files::shared(&other, &second, &files::jpeg(100)).await;
    server.create_account("20030040").await;
    let theirs = "/operator/v1/accounts/20030040/consumers/erase";
    let id = erase(&server, "crm-3").await["consumer_id"].clone();
    assert_eq!(id.as_str().unwrap().len(), 64);
    let state = server.services.storage.conversation(&TestServer::account(), first.parse_id()).await.unwrap();
    let consumer = state.unwrap().consumer;
    let foreign = call(&server, Method::POST, theirs, Some(&json!({"consumer_id": consumer}))).await;
    assert_eq!((foreign.status, &foreign.json()["conversations"]), (200, &json!(0)));
    assert!(json!(one.log(&first).await).to_string().contains("one"), "it is another account's consumer");

    erase(&server, "crm-1").await;
    assert!(!json!(one.log(&first).await).to_string().contains("\"one\""));
    assert!(json!(other.log(&second).await).to_string().contains("two"));
    assert_eq!(other.say(&second, "three").await, 2, "the conversation goes on");
    assert_eq!(files::ask_for_download(&other, &shared).await.status, 200);
    assert_eq!(one.close(&first).await.status, 400);
}

/// Killed between two pages: the call that is made again finishes it, and the trail shows which one did.
#[tokio::test]
async fn what_was_interrupted_is_finished_by_the_same_call() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    let conversation = consumer.open().await;
    for _ in 0..5 {
        consumer.say(&conversation, SECRET).await;
    }
    consumer.close(&conversation).await;
    let storage = &server.services.storage;
    let (account, id) = (TestServer::account(), conversation.parse_id());
    let half = storage.conversation_tail(&account, id, 0, 3).await.unwrap();
    storage.replace_entries(half.iter().map(|entry| entry.erased(entry.entry.at)).collect()).await.unwrap();
    assert!(json!(consumer.log(&conversation).await).to_string().contains(SECRET));

    let erased = erase(&server, "crm-1").await;
    assert_eq!((&erased["conversations"], &erased["entries"]), (&json!(1), &json!(7)));
    assert!(!json!(consumer.log(&conversation).await).to_string().contains(SECRET));
    assert!(!holds(&server, SECRET));
    assert_eq!(actions(&audit(&server).await), ["erasure.begun", "erasure.done"]);
}

/// The id of a conversation as the store knows it.
trait ParseId {
    fn parse_id(&self) -> trunkline_wire::ConversationId;
}

impl ParseId for String {
    fn parse_id(&self) -> trunkline_wire::ConversationId {
        trunkline_wire::ConversationId::parse(self).unwrap()
    }
}
