//! One notification, and what must hold for every one of them (spec 06 §2 to §4).

use aws_lc_rs::hmac;
use data_encoding::BASE64;
use http::{HeaderMap, StatusCode};
use trunkline_wire::json::JsValue;

use super::answer::Answer;
use super::mismatch::{Mismatch, expect};
use super::receiver::Received;

/// How the two kinds of notifications are called.
const MESSAGE: &str = "ms.MessagingEventNotification";
const CONVERSATION: &str = "cqm.ExConversationChangeNotification";

/// A notification whose headers, signature and frame are right.
#[derive(Debug)]
pub(crate) struct Notification {
    body: Answer,
}

impl Notification {
    /// Checks a request for one app.
    pub(crate) fn check(
        request: &Received,
        account: &str,
        client_id: &str,
        client_secret: &str,
    ) -> Result<Self, Mismatch> {
        for (name, value) in [
            ("content-type", "application/json"),
            ("x-liveperson-account-id", account),
            ("x-liveperson-client-id", client_id),
        ] {
            let found = header(&request.headers, name);
            expect(found == Some(value), format!("the header {name} is {found:?}, not {value:?}"))?;
        }
        let signature = header(&request.headers, "x-liveperson-signature").unwrap_or_default();
        expect(
            is_signed(signature, &request.body, client_secret),
            format!("the signature {signature:?} does not fit the body (spec 06 §4)"),
        )?;
        let text = std::str::from_utf8(&request.body).map_err(|_| Mismatch::new("the body is not UTF-8"))?;
        let body = Answer::new(StatusCode::OK, request.headers.clone(), text)?;
        expect(
            body.body.to_json().as_str() == text,
            "JavaScript would write the body differently, so re-serialising receivers could not verify it (spec 06 §4)",
        )?;
        body.members("", &["kind", "body", "type"])?.is("kind", "notification")?;
        body.members("body", &["changes"])?.elements("body.changes", 1)?;
        Ok(Self { body })
    }

    /// Type, sequence and role, for people.
    pub(crate) fn title(&self) -> String {
        let kind = self.body.text(&inside("event.type")).or_else(|_| self.body.text("type"));
        let sequence = self.integer("sequence").map(|sequence| format!("sequence {sequence}"));
        let role = self.body.text(&inside("originatorMetadata.role")).map(|role| format!("from {role}"));
        let words = [kind.ok().map(str::to_owned), sequence.ok(), role.ok()];
        words.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// The part that people look for: the event, or the state of the conversation.
    pub(crate) fn gist(&self) -> Result<&JsValue, Mismatch> {
        self.at("event").or_else(|_| self.at("result.conversationDetails"))
    }

    /// It tells of a message event of this type (spec 06 §3.4 to §3.7): where and who.
    pub(crate) fn is_event(
        &self,
        event: &str,
        conversation: &str,
        (originator, role): (&str, &str),
    ) -> Result<&Self, Mismatch> {
        self.body.is("type", MESSAGE)?;
        self.is("event.type", event)?.is("conversationId", conversation)?.is("dialogId", conversation)?;
        self.is("originatorId", originator)?.is("originatorMetadata.id", originator)?;
        self.is("originatorMetadata.role", role)
    }

    /// It tells how a conversation is now (spec 06 §3.1).
    pub(crate) fn is_conversation(&self, conversation: &str) -> Result<&Self, Mismatch> {
        self.body.is("type", CONVERSATION)?;
        self.is("type", "UPSERT")?.is("result.convId", conversation)
    }

    /// The text at a path of the change must be this one.
    pub(crate) fn is(&self, path: &str, text: &str) -> Result<&Self, Mismatch> {
        self.body.is(&inside(path), text)?;
        Ok(self)
    }

    /// The change must have exactly these members, in any order.
    pub(crate) fn members(&self, names: &[&str]) -> Result<&Self, Mismatch> {
        self.body.members("body.changes.0", names)?;
        Ok(self)
    }

    /// The integer at a path of the change.
    pub(crate) fn integer(&self, path: &str) -> Result<i64, Mismatch> {
        self.body.integer(&inside(path))
    }

    /// The value at a path of the change.
    pub(crate) fn at(&self, path: &str) -> Result<&JsValue, Mismatch> {
        self.body.at(&inside(path))
    }
}

fn inside(path: &str) -> String {
    format!("body.changes.0.{path}")
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// HMAC-SHA1 over the exact bytes with the text of the secret as the key.
fn is_signed(signature: &str, body: &[u8], client_secret: &str) -> bool {
    let tag = signature.strip_prefix("sha1=").and_then(|text| BASE64.decode(text.as_bytes()).ok());
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, client_secret.as_bytes());
    tag.is_some_and(|tag| hmac::verify(&key, body, &tag).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second vector of spec 06 §4.
    const BODY: &str = r#"{"kind":"notification","body":{"changes":[{"sequence":2,"originatorId":"6d0b5c1e-93a4-5f27-8c41-7be2d90a1f36","originatorMetadata":{"id":"6d0b5c1e-93a4-5f27-8c41-7be2d90a1f36","role":"ASSIGNED_AGENT"},"serverTimestamp":1700000000123,"event":{"type":"ContentEvent","message":"Grüße 😀\n","contentType":"text/plain"},"conversationId":"b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57","dialogId":"b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57"}]},"type":"ms.MessagingEventNotification"}"#;
    const SECRET: &str = "m4q0v7t2b9k1s8e5h3g6d0a2u9";

    fn request(body: &str, signature: &str) -> Received {
        let headers = [
            ("content-type", "application/json"),
            ("x-liveperson-account-id", "10020030"),
            ("x-liveperson-client-id", "c"),
            ("x-liveperson-signature", signature),
        ];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let body = body.to_owned().into();
        Received { path: "/".to_owned(), headers: HeaderMap::from_iter(headers), body }
    }

    fn check(body: &str, signature: &str) -> Result<Notification, Mismatch> {
        Notification::check(&request(body, signature), "10020030", "c", SECRET)
    }

    const SIGNATURE: &str = "sha1=P7Yb0HU5TzsKJHGfvqU+GQh8aeE=";

    #[test]
    fn a_published_vector_passes() {
        let notification = check(BODY, SIGNATURE).unwrap();
        assert_eq!(notification.title(), "ContentEvent · sequence 2 · from ASSIGNED_AGENT");
        assert_eq!(notification.integer("sequence").unwrap(), 2);
        assert!(notification.is_conversation("b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57").is_err());
    }

    #[test]
    fn what_is_changed_on_the_way_is_noticed() {
        for (body, signature) in [
            (BODY.replace('2', "3").as_str(), SIGNATURE),
            (BODY, "sha1=4DPDEdCefXSPvy99TDuOQJyrSPA="),
            (BODY, "sha1="),
            (BODY, ""),
        ] {
            let Mismatch(text) = check(body, signature).unwrap_err();
            assert!(text.contains("does not fit the body"), "{text}");
        }
        let Mismatch(text) = Notification::check(&request(BODY, SIGNATURE), "1", "c", SECRET).unwrap_err();
        assert!(text.contains("x-liveperson-account-id"), "{text}");
    }

    #[test]
    fn a_body_that_javascript_would_write_differently_is_noticed() {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, SECRET.as_bytes());
        let body = BODY.replace(":2,", ": 2,");
        let signature = format!("sha1={}", BASE64.encode(hmac::sign(&key, body.as_bytes()).as_ref()));
        let Mismatch(text) = check(&body, &signature).unwrap_err();
        assert!(text.contains("JavaScript"), "{text}");
    }
}
