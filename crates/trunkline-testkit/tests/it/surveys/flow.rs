use serde_json::{Value, json};
use trunkline_model::{Role, Survey};
use trunkline_testkit::{Answer, Receiver, TestServer};
use trunkline_wire::AccountId;

use super::{dialog_change, open, properties, publish, set, survey_dialog, text, try_open};
use crate::webhooks::{TYPES, change, everything_to, members};

const CLOSED: &str = "Bad Request, Conversation is close";

/// The whole flow as a connector sees it, every body in the documented form.
#[tokio::test]
async fn a_consumer_is_asked_answers_and_is_thanked() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    set(&server).await;
    let app = server.app_with(members("com.example.all", &everything_to(&receiver.url("/")))).await;
    let consumer = app.consumer("c1").await;
    let conversation = open(&consumer, &["MULTI_DIALOG"]).await;
    let opened = receiver.wait_for(1).await[0].clone();
    let started = change(&opened)["result"]["conversationDetails"]["startTs"].as_i64().unwrap();
    let person = change(&opened)["result"]["conversationDetails"]["participants"][0]["id"].clone();
    let person = person.as_str().unwrap();

    server.clock.advance(std::time::Duration::from_mins(15));
    let answer = consumer.update(&conversation, dialog_change(&conversation)).await;
    assert_eq!(
        answer.text,
        r#"{"reqId":"9","code":"OK","body":{"msg":"OK Conversation resolved successfully"}}"#
    );
    let dialog = survey_dialog(&consumer, &conversation).await;
    let arrived = receiver.wait_for(4).await;
    let (now, ask) = (started + 900_000, arrived[2].json());
    let bot = ask["body"]["changes"][0]["originatorId"].as_str().unwrap();
    // The example of 06 §3.3, member by member.
    assert_eq!(
        arrived[1].text(),
        format!(
            r#"{{"kind":"notification","body":{{"changes":[{{"type":"UPSERT","result":{{"convId":"{conversation}","effectiveTTR":-1,"conversationDetails":{{"skillId":"5300","participants":[{{"id":"{person}","role":"CONSUMER"}},{{"id":"{bot}","role":"AGENT"}}],"dialogs":[{{"dialogId":"{conversation}","participantsDetails":[{{"id":"{person}","role":"CONSUMER"}}],"dialogType":"MAIN","channelType":"MESSAGING","state":"CLOSE","creationTs":{started},"endTs":{now},"metaDataLastUpdateTs":{now},"closedBy":"CONSUMER","closedCause":"Closed by consumer"}},{{"dialogId":"{dialog}","participantsDetails":[{{"id":"{person}","role":"CONSUMER"}},{{"id":"{bot}","role":"AGENT"}}],"dialogType":"POST_SURVEY","channelType":"MESSAGING","metaData":{{"appInstallId":"{bot}"}},"state":"OPEN","creationTs":{now},"metaDataLastUpdateTs":{now}}}],"brandId":"10020030","state":"CLOSE","stage":"OPEN","closeReason":"CONSUMER","startTs":{started},"metaDataLastUpdateTs":{now},"ttr":{{"ttrType":"PRIORITIZED","value":600}}}}}}}}]}},"type":"cqm.ExConversationChangeNotification"}}"#
        )
    );
    assert_eq!(
        arrived[2].text(),
        format!(
            r#"{{"kind":"notification","body":{{"changes":[{{"sequence":0,"originatorId":"{bot}","originatorMetadata":{{"id":"{bot}","role":"AGENT"}},"serverTimestamp":{now},"event":{{"type":"ContentEvent","message":"Hello.","contentType":"text/plain"}},"conversationId":"{conversation}","dialogId":"{dialog}","messageAudience":"ALL"}}]}},"type":"ms.MessagingEventNotification"}}"#
        )
    );
    let question = change(&arrived[3]);
    assert_eq!((&question["sequence"], &question["metadata"][0]["id"]), (&json!(1), &json!("q-1")));
    assert_eq!(
        question["event"]["message"],
        "How was it?\n1. Very dissatisfied\n2. Dissatisfied\n3. Neutral\n4. Satisfied\n5. Very satisfied"
    );

    // 05 §4.4: the click, then its text; §5: 2, 3, and the bot's READ 4.
    let clicked = json!([{"type": "Answer", "questionId": "q-1", "id": "4", "provider": "AC"}]);
    let action = json!({"type": "AcceptStatusEvent", "status": "ACTION", "sequenceList": [1]});
    let answer = publish(&consumer, &dialog, action, Some(clicked.clone())).await;
    assert_eq!(answer.text, r#"{"reqId":"7","code":"OK","body":{"sequence":2}}"#);
    let answer = publish(&consumer, &dialog, text("Satisfied"), Some(clicked)).await;
    assert_eq!(answer.text, r#"{"reqId":"7","code":"OK","body":{"sequence":3}}"#);
    let typing = json!({"type": "ChatStateEvent", "chatState": "COMPOSING"});
    let answer = publish(&consumer, &dialog, typing, None).await;
    assert_eq!(answer.text, r#"{"reqId":"7","code":"OK","body":{"sequence":0}}"#);
    let late = publish(&consumer, &conversation, text("to the main dialog"), None).await;
    assert_eq!((late.status, &late.json()["body"]["msg"]), (400, &json!(CLOSED)));
    let answer = publish(&consumer, &dialog, text("More tea."), None).await;
    assert_eq!(answer.json()["body"]["sequence"], 6);

    let arrived = receiver.wait_for(12).await;
    let told: Vec<Value> = arrived[4..].iter().map(|arrived| change(arrived)).collect();
    let numbers: Vec<_> = told[..7].iter().map(|change| change["sequence"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [2, 3, 4, 5, 6, 7, 8]);
    let roles: Vec<_> = told[..7].iter().map(|change| change["originatorMetadata"]["role"].clone()).collect();
    assert_eq!(roles, ["CONSUMER", "CONSUMER", "AGENT", "AGENT", "CONSUMER", "AGENT", "AGENT"]);
    assert_eq!(told[2]["event"], json!({"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [3]}));
    assert_eq!(
        (&told[3]["event"]["message"], &told[6]["event"]["message"]),
        (&json!("Why?"), &json!("Thank you."))
    );
    let details = &told[7]["result"]["conversationDetails"];
    assert_eq!((&details["state"], &details["stage"]), (&json!("CLOSE"), &json!("CLOSE")));
    assert_eq!(details["closeReason"], "CONSUMER");
    assert_eq!(details["dialogs"][1]["state"], "CLOSE");
    assert_eq!(
        (&details["dialogs"][1]["closedBy"], &details["dialogs"][1]["closedCause"]),
        (&json!("AGENT"), &json!("Completed"))
    );
    assert_eq!((&details["csat"]["csatRate"], &details["csat"]["status"]), (&json!(4), &json!("FILLED")));
    let late = publish(&consumer, &dialog, text("late"), None).await;
    assert_eq!((late.status, &late.json()["body"]["msg"]), (400, &json!(CLOSED)));
    assert_eq!(receiver.count(), 12);
}

/// Spec 08 §2.2 `conversationSurveys`.
#[tokio::test]
async fn history_shows_what_was_asked_and_answered() {
    let server = TestServer::new().await;
    set(&server).await;
    let app = server.app().await;
    let consumer = app.consumer("c1").await;
    let conversation = open(&consumer, &["MULTI_DIALOG"]).await;
    consumer.update(&conversation, dialog_change(&conversation)).await;
    let dialog = survey_dialog(&consumer, &conversation).await;
    let session = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    let record = async || {
        let path = "/messaging_history/api/account/10020030/conversations/conversation/search";
        let search = json!({"conversationId": conversation,
            "contentToRetrieve": ["conversationSurveys", "agentParticipants"]});
        let request = server.request(reqwest::Method::POST, path).bearer_auth(&session.bearer).json(&search);
        Answer::to(request).await.json()["conversationHistoryRecords"][0].clone()
    };
    let of_dialog = |status: &str, answers: Value| json!({"surveyType": "POST_SURVEY", "surveyStatus": status, "dialogId": dialog, "surveyData": answers});
    let shown = record().await;
    assert_eq!(shown["conversationSurveys"], json!([of_dialog("PARTIALLY_FILLED", json!([]))]));
    let bot = &shown["agentParticipants"][0];
    assert_eq!((&bot["userType"], &bot["userTypeName"]), (&json!("0"), &json!("System")));
    // The first is no answer, and is asked for once more.
    for words in ["perhaps", "4", "More tea."] {
        assert_eq!(publish(&consumer, &dialog, text(words), None).await.status, 200);
    }
    let answers = json!([{"question": "How was it?", "answer": "Satisfied"}, {"question": "Why?", "answer": "More tea."}]);
    let satisfaction = json!({"surveyType": "Satisfaction", "surveyStatus": "FILLED",
        "surveyData": [{"question": "Rate Conversation", "answer": "4"}]});
    assert_eq!(record().await["conversationSurveys"], json!([satisfaction, of_dialog("FILLED", answers)]));
}

/// 05 §4.3, §8: without a survey, without `MULTI_DIALOG`, or by another way, everything closes at once.
#[tokio::test]
async fn everybody_else_is_done_with_the_close() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let consumer = app.consumer("c1").await;
    let stages = async |conversation: &str| {
        let last = consumer.log(conversation).await.pop().unwrap();
        (last["state"].clone(), last["stage"].clone())
    };
    let closed = (json!("CLOSE"), json!("CLOSE"));
    let conversation = open(&consumer, &["MULTI_DIALOG"]).await;
    consumer.update(&conversation, dialog_change(&conversation)).await;
    assert_eq!(stages(&conversation).await, closed, "no survey is set");
    set(&server).await;
    let conversation = open(&consumer, &["RICH_CONTENT"]).await;
    consumer.update(&conversation, dialog_change(&conversation)).await;
    assert_eq!(stages(&conversation).await, closed, "the client knows no survey");
    for field in ["ConversationStateField", "Stage"] {
        let conversation = open(&consumer, &["MULTI_DIALOG"]).await;
        consumer.update(&conversation, json!({"field": field, "conversationState": "CLOSE"})).await;
        assert_eq!(stages(&conversation).await, closed, "{field}");
    }
    // The features of the SEND count for that call.
    let conversation = open(&consumer, &["MULTI_DIALOG"]).await;
    let body = json!({"kind": "req", "id": "9", "type": "cm.UpdateConversationField", "body": {
        "conversationId": conversation, "conversationField": dialog_change(&conversation)}});
    let request = consumer.request("/send").header("client-properties", properties(&[])).json(&body);
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert_eq!(stages(&conversation).await, closed, "the call declares nothing");
}

#[tokio::test]
async fn a_new_conversation_ends_the_survey_of_the_one_before() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    set(&server).await;
    let app = server
        .app_with(members("com.example.all", &json!({TYPES[4]: {"endpoint": receiver.url("/")}})))
        .await;
    let consumer = app.consumer("c1").await;
    let first = open(&consumer, &["MULTI_DIALOG"]).await;
    let refused = try_open(&consumer, &["MULTI_DIALOG"]).await;
    assert_eq!(refused.status, 400, "the main dialog is open");
    consumer.update(&first, dialog_change(&first)).await;
    let dialog = survey_dialog(&consumer, &first).await;
    let second = open(&consumer, &["MULTI_DIALOG"]).await;
    assert_ne!(first, second);
    assert_eq!(try_open(&consumer, &["MULTI_DIALOG"]).await.status, 400, "one at a time");
    let arrived = receiver.wait_for(4).await;
    let mut told = arrived.iter().map(|arrived| change(arrived)["result"].clone());
    let ended = told.rfind(|result| result["convId"] == first.as_str()).unwrap();
    let survey = &ended["conversationDetails"]["dialogs"][1];
    assert_eq!((&survey["dialogId"], &survey["state"]), (&json!(dialog), &json!("CLOSE")));
    assert_eq!(
        (&survey["closedBy"], &survey["closedCause"]),
        (&json!("CONSUMER"), &json!("New conversation"))
    );
    assert_eq!(ended["conversationDetails"]["csat"]["status"], "SKIPPED");
    assert_eq!(consumer.say(&second, "hello again").await, 0);
    assert_eq!(publish(&consumer, &dialog, text("5"), None).await.status, 400);
}

/// 21 §9, row "main dialog closed, survey configured".
#[tokio::test]
async fn agents_are_told_by_what_they_want_to_hear() {
    let server = TestServer::new().await;
    set(&server).await;
    server.create_user(TestServer::ACCOUNT, "boss", Role::Manager).await;
    let session = server.sign_in(TestServer::ACCOUNT, "boss").await;
    let mut boss = server.agent_socket(&session).await;
    let mut subscriptions = Vec::new();
    for filter in [json!({"convState": ["OPEN"]}), json!({"stage": ["OPEN"]}), json!({"stage": ["CLOSE"]})] {
        let answer = boss.request(".ams.aam.SubscribeExConversations", filter).await;
        subscriptions.push(answer["body"]["subscriptionId"].clone());
    }
    let app = server.app().await;
    let consumer = app.consumer("c1").await;
    let conversation = open(&consumer, &["MULTI_DIALOG"]).await;
    // The brand's side closes: the features of the conversation count.
    let body = json!({"conversationId": conversation, "conversationField": dialog_change(&conversation)});
    let answer = boss.request(".ams.cm.UpdateConversationField", body).await;
    assert_eq!(answer["code"], 200, "{answer}");
    let dialog = survey_dialog(&consumer, &conversation).await;
    let in_survey =
        |frame: &Value| frame["body"]["changes"][0]["result"]["conversationDetails"]["state"] == "CLOSE";
    for (subscription, kind) in [(&subscriptions[0], "DELETE"), (&subscriptions[1], "UPSERT")] {
        let told = boss
            .notification(|frame| frame["body"]["subscriptionId"] == *subscription && in_survey(frame))
            .await;
        assert_eq!(told["body"]["changes"][0]["type"], kind);
        let details = &told["body"]["changes"][0]["result"]["conversationDetails"];
        assert_eq!((&details["stage"], &details["closeReason"]), (&json!("OPEN"), &json!("AGENT")));
        assert_eq!(details["dialogs"][1]["dialogType"], "POST_SURVEY");
        // The bot has no number: it goes by its new id in both forms.
        let bot = &details["participantsPId"]["AGENT"][0];
        assert_eq!(&details["participants"]["AGENT"][0], bot);
        assert_eq!(details["dialogs"][1]["participantsDetails"][1]["id"], *bot);
    }
    for words in ["5", "No reason."] {
        assert_eq!(publish(&consumer, &dialog, text(words), None).await.status, 200);
    }
    let ended = boss
        .notification(|frame| frame["body"]["subscriptionId"] == subscriptions[2] && in_survey(frame))
        .await;
    let details = &ended["body"]["changes"][0]["result"]["conversationDetails"];
    assert_eq!((&details["stage"], &details["csat"]["csatRate"]), (&json!("CLOSE"), &json!(5)), "{details}");
}

/// 21 §7.4 `REMOVE`: whoever wants to ask himself sends the bot away, by the only id that it has.
#[tokio::test]
async fn a_manager_sends_the_bot_away() {
    let server = TestServer::new().await;
    set(&server).await;
    server.create_user(TestServer::ACCOUNT, "boss", Role::Manager).await;
    let session = server.sign_in(TestServer::ACCOUNT, "boss").await;
    let mut boss = server.agent_socket(&session).await;
    let app = server.app().await;
    let consumer = app.consumer("c1").await;
    let conversation = open(&consumer, &["MULTI_DIALOG"]).await;
    consumer.update(&conversation, dialog_change(&conversation)).await;
    let dialog = survey_dialog(&consumer, &conversation).await;
    let bot = Survey::bot_of(&AccountId::parse(TestServer::ACCOUNT).unwrap()).to_string();
    let change = |kind: &str| {
        json!({"conversationId": conversation, "conversationField": {"field": "ParticipantsChange",
            "type": kind, "role": "AGENT", "userId": bot}})
    };
    let refused = boss.request(".ams.cm.UpdateConversationField", change("ADD")).await;
    assert_eq!(refused["code"], 404, "it is no user: {refused}");
    let removed = boss.request(".ams.cm.UpdateConversationField", change("REMOVE")).await;
    assert_eq!(removed["code"], 200, "{removed}");
    let before = consumer.log(&conversation).await.len();
    assert_eq!(publish(&consumer, &dialog, text("5"), None).await.status, 200);
    assert_eq!(consumer.log(&conversation).await.len(), before + 1, "nobody answers");
    // The dialog that is open is meant unless one is named (21 §7.4 `dialogId`).
    let close = json!({"conversationId": conversation, "conversationField": {"field": "DialogChange",
        "type": "UPDATE", "dialog": {"state": "CLOSE", "closedCause": "Thanks"}}});
    let closed = boss.request(".ams.cm.UpdateConversationField", close).await;
    assert_eq!(closed["code"], 200, "{closed}");
    let last = consumer.log(&conversation).await.pop().unwrap();
    assert_eq!((&last["state"], &last["stage"]), (&json!("CLOSE"), &json!("CLOSE")));
}

/// 05 §8: an agent declares nothing for the consumer's client, so what it declared last counts.
#[tokio::test]
async fn a_conversation_that_an_agent_opened_has_a_survey_too() {
    let server = TestServer::new().await;
    set(&server).await;
    server.create_user(TestServer::ACCOUNT, "boss", Role::Manager).await;
    let session = server.sign_in(TestServer::ACCOUNT, "boss").await;
    let mut boss = server.agent_socket(&session).await;
    let app = server.app().await;
    let consumer = app.consumer("c1").await;
    let first = open(&consumer, &["MULTI_DIALOG"]).await;
    consumer.update(&first, json!({"field": "Stage", "conversationState": "CLOSE"})).await;
    let person = consumer.log(&first).await[0]["consumerId"].clone();
    let wanted = json!({"consumerId": person, "channelType": "MESSAGING"});
    let opened = boss.request(".ams.cm.AgentRequestConversation", wanted).await;
    assert_eq!(opened["code"], 200, "{opened}");
    let second = opened["body"]["conversationId"].as_str().unwrap().to_owned();
    let body = json!({"conversationId": second, "conversationField": dialog_change(&second)});
    let answer = boss.request(".ams.cm.UpdateConversationField", body).await;
    assert_eq!(answer["code"], 200, "{answer}");
    let dialog = survey_dialog(&consumer, &second).await;
    for words in ["5", "No reason."] {
        assert_eq!(publish(&consumer, &dialog, text(words), None).await.status, 200);
    }
}
