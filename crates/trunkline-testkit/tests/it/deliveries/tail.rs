//! Deliveries as they happen.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use trunkline_testkit::TestServer;

use super::Platform;
use crate::world::delivery::{Delivery, record};

/// A reader of a live tail.
struct Reader {
    response: Response,
    received: String,
}

impl Reader {
    async fn of(platform: &Platform) -> Self {
        let request = platform.server.request(Method::GET, &platform.path("/tail"));
        let response = request.bearer_auth(TestServer::OPERATOR_TOKEN).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-cache");
        Self { response, received: String::new() }
    }

    /// The next event as its fields; `None` when the stream has ended as it should.
    async fn next(&mut self) -> Option<Vec<(String, String)>> {
        loop {
            if let Some((event, rest)) = self.received.split_once("\n\n") {
                let fields = event.lines().map(|line| line.split_once(": ").unwrap());
                let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                let read = self.received.len() - rest.len();
                self.received.drain(..read);
                return Some(fields);
            }
            let chunk = self.response.chunk().await.expect("the stream is not cut off")?;
            self.received.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn event(&mut self) -> (String, Option<String>, Value) {
        let fields = self.next().await.expect("the stream goes on");
        let field = |name| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let data = serde_json::from_str(&field("data").unwrap()).unwrap();
        (field("event").unwrap(), field("id"), data)
    }
}

#[tokio::test]
async fn each_delivery_is_an_event() {
    let platform = Platform::new().await;
    let (mut one, mut other) = (Reader::of(&platform).await, Reader::of(&platform).await);
    for id in [7, 8] {
        let mut said = record(id);
        said.answer = "two\nlines \"and\" \u{2028}".to_owned();
        platform.delivery.say(said);
    }
    for reader in [&mut one, &mut other] {
        for id in ["7", "8"] {
            let (event, event_id, data) = reader.event().await;
            assert_eq!((&*event, event_id.as_deref(), &data["id"]), ("delivery", Some(id), &json!(id)));
            assert_eq!(data["answer"], "two\nlines \"and\" \u{2028}");
            assert_eq!(data["outcome"], "delivered");
        }
    }
}

#[tokio::test]
async fn a_slow_reader_is_told_what_it_missed() {
    let platform = Platform::new().await;
    let mut reader = Reader::of(&platform).await;
    // One thread runs this test: the server gets a turn only when we wait.
    for id in 0..(Delivery::RECORDS as u64 + 5) {
        platform.delivery.say(record(id));
    }
    let (event, id, data) = reader.event().await;
    assert_eq!((&*event, id, data), ("lagged", None, json!({"missed": 5})));
    assert_eq!(reader.event().await.1.as_deref(), Some("5"));
}

#[tokio::test]
async fn the_stream_ends_with_the_delivery() {
    let platform = Platform::new().await;
    let mut reader = Reader::of(&platform).await;
    platform.server.services.hub.unregister(platform.app, &platform.delivery.handle);
    let Platform { delivery, server: _server, .. } = platform;
    drop(delivery);
    assert_eq!(reader.next().await, None);
}

#[tokio::test]
async fn the_stream_ends_with_the_server() {
    let platform = Platform::new().await;
    let mut reader = Reader::of(&platform).await;
    platform.delivery.say(record(7));
    assert_eq!(reader.event().await.0, "delivery");
    let Platform { server, delivery: _delivery, .. } = platform;
    drop(server);
    assert_eq!(reader.next().await, None);
}
