//! The sample's webhook receiver. Source: spec 10 §4.

use serde_json::Value;
use trunkline_testkit::{Behaviour, Received, Receiver, TestServer};
use trunkline_wire::JsonText;

use super::bodies;
use super::hub::Hub;
use super::window::Window;

/// The largest body that the sample's parser takes.
const LARGEST: usize = 100 * 1024;

/// The receiver of one app, and the page that shows what it hears of one conversation.
pub(super) struct Bridge {
    receiver: Receiver,
    id: String,
    secret: String,
    /// The conversation that the page has subscribed to.
    conversation: String,
    pub(super) window: Window,
    /// Every change of that conversation, as it came.
    pub(super) heard: Vec<Value>,
}

impl Bridge {
    /// Starts a receiver and installs an app (C6) that is notified there.
    pub(super) async fn install(hub: &mut Hub, name: &str) -> (Self, Value) {
        let receiver = Receiver::start().await;
        receiver.behave(Behaviour::AnswerWith(200, r#""OK""#.to_owned()));
        let app = hub.create(&bodies::manifest_of(name, &receiver.url("/notifications/event"))).await;
        let member = |name: &str| app[name].as_str().unwrap().to_owned();
        let bridge = Self {
            receiver,
            id: member("client_id"),
            secret: member("client_secret"),
            conversation: String::new(),
            window: Window::default(),
            heard: Vec::new(),
        };
        (bridge, app)
    }

    /// Shows this conversation from now on.
    pub(super) fn follow(&mut self, conversation: &str) {
        conversation.clone_into(&mut self.conversation);
        self.window = Window::of(conversation);
    }

    /// Waits until so many notifications arrived since the start, whatever they are about.
    pub(super) async fn arrived(&self, count: usize) {
        self.receiver.wait_for(count).await;
    }

    /// The next change of the conversation that is shown. What it is about others is dropped.
    pub(super) async fn next(&mut self) -> Value {
        loop {
            let arrived = self.receiver.next().await;
            self.check(&arrived);
            let change = arrived.json()["body"]["changes"][0].clone();
            let id = change["conversationId"].as_str().or_else(|| change["result"]["convId"].as_str());
            if id.expect("a notification without conversation is lost to the sample") == self.conversation {
                self.heard.push(change.clone());
                return change;
            }
        }
    }

    /// The next change, shown. What the page does about it is sent: C14 for every message.
    pub(super) async fn hear(&mut self, hub: &mut Hub) -> Value {
        let change = self.next().await;
        if let Some(receipt) = self.window.show(&change) {
            let answer =
                hub.send(&bodies::publish_to("1,", &self.conversation, &self.window.dialog, receipt)).await;
            assert_eq!((answer.status(), &answer.json()["code"]), (200, &"OK".into()), "{answer:?}");
        }
        change
    }

    /// What the receiver asks of a request before it reads it, and what its check of signatures would.
    fn check(&self, arrived: &Received) {
        assert_eq!((arrived.method.as_str(), arrived.target.as_str()), ("POST", "/notifications/event"));
        assert_eq!(arrived.header("content-type"), Some("application/json"), "other types are not parsed");
        assert!(arrived.body.len() <= LARGEST, "{}", arrived.body.len());
        assert_eq!(arrived.header("x-liveperson-account-id"), Some(TestServer::ACCOUNT));
        assert_eq!(arrived.header("x-liveperson-client-id"), Some(self.id.as_str()));
        let printed = JsonText::normalise(arrived.text()).unwrap();
        let key = aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY;
        let key = aws_lc_rs::hmac::Key::new(key, self.secret.as_bytes());
        let tag = aws_lc_rs::hmac::sign(&key, printed.as_str().as_bytes());
        let signature = format!("sha1={}", data_encoding::BASE64.encode(tag.as_ref()));
        assert_eq!(arrived.header("x-liveperson-signature"), Some(signature.as_str()), "{}", arrived.text());
    }
}
