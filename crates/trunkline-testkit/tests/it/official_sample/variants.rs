//! What the user of the sample may fill in, in all its forms. Source: spec 10 §2, §3.

use serde_json::{Value, json};
use trunkline_model::conversation::Conversation;
use trunkline_testkit::TestServer;
use trunkline_wire::ConversationId;

use super::bodies::{self, FEATURES, Form};
use super::hub::Hub;

async fn state(server: &TestServer, conversation: &str) -> Conversation {
    let (account, id) = (TestServer::account(), ConversationId::parse(conversation).unwrap());
    server.services.storage.conversation(&account, id).await.unwrap().unwrap()
}

/// S1: skills and campaigns as strings and as numbers mean the same.
#[tokio::test]
async fn every_form_of_the_first_message_is_taken() {
    let server = TestServer::new().await;
    let mut hub = Hub::open(&server).await;
    hub.sign_in().await;
    let app = hub.create(&bodies::manifest()).await;
    let skills = [(json!("-1"), -1), (json!(-1), -1), (json!("5300"), 5300), (json!(5300), 5300)];
    let campaigns =
        [(json!(5100), json!(5200)), (json!("5100"), json!("5200")), (json!(5100), json!("5200"))];
    let mut consumer = 0;
    for (skill, number) in skills {
        for (campaign, engagement) in &campaigns {
            consumer += 1;
            hub.form = Form {
                skill: skill.clone(),
                campaign: campaign.clone(),
                engagement: engagement.clone(),
                ..Form::default()
            };
            hub.start_conversation(&app, &format!("0.7301{consumer}")).await;
            let state = state(&server, &hub.conversation).await;
            assert_eq!(state.skill.number(), number, "{:?}", hub.form);
            let known = state.campaign.unwrap();
            assert_eq!(
                (known.campaign.as_deref(), known.engagement.as_deref()),
                (Some("5100"), Some("5200")),
                "{:?}",
                hub.form
            );
            assert_eq!(state.features, FEATURES);
            let text = bodies::publish("3", &hub.conversation.clone(), bodies::text("Is the shop open?"));
            assert_eq!(hub.send(&text).await.status(), 200);
        }
    }
}

/// Any of the features may be selected, or none: what the client cannot show it is not sent.
#[tokio::test]
async fn features_are_what_the_user_selected() {
    let server = TestServer::new().await;
    let mut hub = Hub::open(&server).await;
    hub.sign_in().await;
    let app = hub.create(&bodies::manifest()).await;
    let question = json!({"question": [{"id": "q", "text": "How was it?", "kind": "csat"}]});
    let set = server.request(reqwest::Method::PUT, "/operator/v1/accounts/10020030/survey");
    let set = set.bearer_auth(TestServer::OPERATOR_TOKEN).json(&question).send().await.unwrap();
    assert_eq!(set.status(), 200);
    let choices = [vec![], vec!["MULTI_DIALOG"], vec!["RICH_CONTENT", "QUICK_REPLIES"], FEATURES.to_vec()];
    for (consumer, features) in choices.into_iter().enumerate() {
        hub.form = Form { features, ..Form::default() };
        hub.start_conversation(&app, &format!("0.9120{consumer}")).await;
        let id = hub.conversation.clone();
        assert_eq!(state(&server, &id).await.features, hub.form.features);
        assert_eq!(hub.send(&bodies::close_main_dialog(&id)).await.status(), 200);
        let log = hub.log(&id).await;
        let asked = log.iter().rfind(|entry| entry["event"].is_object()).map(|entry| &entry["event"]["type"]);
        let expected = match hub.form.features.as_slice() {
            ["MULTI_DIALOG"] => Some("ContentEvent"),
            features if features.contains(&"MULTI_DIALOG") => Some("RichContentEvent"),
            _ => None,
        };
        assert_eq!(asked.and_then(Value::as_str), expected, "{:?}", hub.form);
        assert_eq!(state(&server, &id).await.is_open(), expected.is_some());
    }
}

/// C6: webhooks that nobody filled in are left out, up to no capabilities at all.
#[tokio::test]
async fn manifests_with_few_capabilities_are_installed() {
    let server = TestServer::new().await;
    let mut hub = Hub::open(&server).await;
    hub.sign_in().await;
    let endpoint = json!({"headers": [], "endpoint": "https://bridge.example.org/notifications/event"});
    let one = json!({"webhooks": {"ms.MessagingEventNotification.ContentEvent": endpoint}});
    for (number, capabilities) in [json!({}), json!({"webhooks": {}}), one].into_iter().enumerate() {
        let mut manifest = bodies::manifest();
        manifest["client_name"] = json!(format!("sms-{number}--Demo--"));
        manifest["capabilities"] = capabilities;
        let app = hub.create(&manifest).await;
        let list = hub.list().await;
        let listed = list.as_array().unwrap().iter().find(|known| known["id"] == app["id"]).unwrap();
        assert_eq!(
            (&listed["description"], &listed["scope"]),
            (&json!("SMS bridge"), &json!("msg.consumer"))
        );
        assert!(listed["capabilities"].is_object(), "{listed}");
        hub.start_conversation(&app, &format!("0.5512{number}")).await;
        let text = bodies::publish("3", &hub.conversation.clone(), bodies::text("Is the shop open?"));
        assert_eq!(hub.send(&text).await.status(), 200);
    }
}
