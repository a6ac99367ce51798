//! What must hold for any input from strangers, one function per fuzz target.
//!
//! ```text
//! cargo install cargo-fuzz
//! cargo +nightly fuzz run send_body
//! ```
//!
//! The tests of `trunkline-testkit` run the same functions on the stable compiler, over the corpus and over mutations
//! of it. A finding becomes a seed with a name that says what it shows.

use std::sync::LazyLock;

use serde_json::Value;
use trunkline_jose::VerifyingKeys;
use trunkline_wire::conversations::conversation::{self, Action as Element};
use trunkline_wire::conversations::envelope::BadRequest;
use trunkline_wire::conversations::event::Event;
use trunkline_wire::conversations::properties::ClientProperties;
use trunkline_wire::conversations::send::{self, Action};
use trunkline_wire::installations::{EndpointPolicy, Manifest};
use trunkline_wire::json::{JsValue, JsonText};
use trunkline_wire::sentinel::TokenRequest;

/// A manifest is refused, or stored in a form that reads back as the same manifest.
pub fn manifest(input: &[u8]) {
    for policy in [EndpointPolicy::Https, EndpointPolicy::HttpOnLoopback] {
        match Manifest::parse(input, policy) {
            Ok(manifest) => {
                let stored = serde_json::to_string(&manifest).expect("a manifest prints");
                let again =
                    Manifest::parse(stored.as_bytes(), policy).expect("what was accepted is accepted again");
                assert_eq!(again, manifest);
                assert_eq!(serde_json::to_string(&again).expect("a manifest prints"), stored);
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

/// A SEND body is refused with an id that fits, or everything that will be relayed is in JavaScript's form.
pub fn send_body(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match send::Request::parse(text, 5000) {
        Ok(request) => {
            check_id(&request.id);
            request.metadata.iter().for_each(check_normal);
            match request.action {
                Action::Publish(publish) => check_event(&publish.event),
                Action::SetUserProfile(profile) => {
                    check_normal(&JsValue::Object(profile.into_members()).to_json());
                }
                _ => {}
            }
        }
        Err(bad) => check_bad(&bad),
    }
}

/// A CONVERSATION body is no array, or each of its elements is read or refused for itself. The input is read as the
/// header that comes with it, too.
pub fn conversation_body(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let _ = ClientProperties::parse(text);
    let Ok(request) = conversation::Request::parse(text) else { return };
    assert!(!request.elements.is_empty());
    for element in request.elements {
        match element {
            Ok(element) => {
                check_id(&element.id);
                match element.action {
                    Element::SetUserProfile(profile) => {
                        check_normal(&JsValue::Object(profile.into_members()).to_json());
                    }
                    Element::RequestConversation(request) => request.context.iter().for_each(check_normal),
                }
            }
            Err(bad) => check_bad(&bad),
        }
    }
}

/// A token verifies only if it is one of ours; the parameters of a token request are refused, or read back alike.
pub fn tokens(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        let token = text.trim_end_matches('\n');
        for purpose in [Purpose::App, Purpose::Consumer] {
            if let Ok((claims, kid)) = KEYS.verify::<Value>(token, purpose) {
                assert!(claims.is_object() && kid == purpose.kid());
                assert_eq!(token.split('.').count(), 3);
            }
        }
        read_parameters(Some(text), None, b"");
    }
    // The part before a line end as query, the rest as body.
    let mut parts = input.splitn(2, |byte| *byte == b'\n');
    let query = parts.next().and_then(|query| std::str::from_utf8(query).ok());
    read_parameters(query, Some(b"application/x-www-form-urlencoded"), parts.next().unwrap_or_default());
}

fn read_parameters(query: Option<&str>, content_type: Option<&[u8]>, body: &[u8]) {
    match TokenRequest::read(query, content_type, body) {
        Ok(request) => {
            let form = request.to_form();
            for read in [
                TokenRequest::read(None, content_type, form.as_bytes()),
                TokenRequest::read(Some(&form), None, b""),
                TokenRequest::read(Some(&form), content_type, form.as_bytes()),
            ] {
                assert_eq!(read.expect("what was printed is read"), request);
            }
        }
        Err(error) => assert!(error.to_string().is_ascii()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    App,
    Consumer,
}

impl Purpose {
    const fn kid(self) -> &'static str {
        match self {
            Self::App => "appjwt-14-11-23",
            Self::Consumer => "consumerjws-14-11-23",
        }
    }
}

static KEYS: LazyLock<VerifyingKeys<Purpose>> = LazyLock::new(|| {
    let mut keys = VerifyingKeys::default();
    for (number, purpose) in [Purpose::App, Purpose::Consumer].into_iter().enumerate() {
        keys.add(purpose.kid().to_owned(), purpose, trunkline_jose::testing::key(number).public());
    }
    keys
});

/// What is answered as `reqId`.
fn check_id(id: &str) {
    assert!((1..=64).contains(&id.chars().count()), "{id:?}");
}

fn check_bad(bad: &BadRequest) {
    assert!(bad.id.is_empty() || bad.id.chars().count() <= 64, "{bad}");
}

/// What is relayed must survive a receiver that parses and prints it again.
fn check_normal(json: &JsonText) {
    let again = JsonText::normalise(json.as_str()).expect("what is relayed is JSON");
    assert_eq!(again.as_str(), json.as_str());
}

/// An accepted event is accepted again, as the same event.
fn check_event(event: &Event) {
    check_normal(&event.json);
    let again = JsValue::parse(event.json.as_str()).expect("what is relayed is JSON");
    assert_eq!(Event::from_js(again).as_ref(), Ok(event));
}
