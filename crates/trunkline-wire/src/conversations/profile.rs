//! `body` of `userprofile.SetUserProfile`. Source: spec 05 §3.1, §7.

use super::envelope::{BadRequest, Envelope};
use crate::json::{JsValue, Members};

/// What a connector says about its consumer, or a consumer about itself: documented members have their documented types,
/// unknown ones are kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profile(Members);

/// The member that holds what a consumer says about itself in `authenticatedData`. Ours, and never sent.
pub const UNAUTHENTICATED_DATA: &str = "unauthenticatedData";
/// Members by which whoever reads a profile knows what was verified. Source: spec 21 §7.7.
const MARKS: [&str; 2] = ["claims", "acr"];
/// The same of one element of `lp_sdes`.
const SDE_MARKS: [&str; 3] = ["auth", "acr", "iss"];

/// Members that are text.
const TEXTS: [&str; 7] =
    ["firstName", "lastName", "userId", "avatarUrl", "role", "backgndImgUri", "description"];
/// Members of `privateData` that are text.
const PRIVATE_TEXTS: [&str; 3] = ["mobileNum", "mail", "email"];

impl Profile {
    /// The longest profile of one request, in bytes. The contract names no limit; a useful profile has a few KiB.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// Reads the body, which may be missing or null.
    ///
    /// # Errors
    /// [`BadRequest`] when it is too long, no object, or a documented member has another type.
    pub(crate) fn parse(envelope: &Envelope<'_>) -> Result<Self, BadRequest> {
        let bad = |reason: &str| BadRequest::new(&envelope.id, reason);
        let Some(body) = envelope.body else { return Ok(Self::default()) };
        if body.get().len() > Self::MAX_BYTES {
            return Err(bad("the profile is too large"));
        }
        match JsValue::parse(body.get()) {
            Ok(JsValue::Null) => Ok(Self::default()),
            Ok(JsValue::Object(members)) => check(&members).map(|()| Self(members)).map_err(bad),
            _ => Err(bad("body must be an object")),
        }
    }

    /// The same as the word of an app: without the marks of what was verified by a token of the consumer.
    #[must_use]
    pub fn by_app(mut self) -> Self {
        for mark in MARKS.into_iter().chain([UNAUTHENTICATED_DATA]) {
            self.0.take(mark);
        }
        self
    }

    /// The same as the word of a consumer that nobody vouches for: without any mark, and with its structured data apart from
    /// what apps vouch for.
    #[must_use]
    pub fn by_consumer(self) -> Self {
        let Self(mut members) = self.by_app();
        if let Some(mut data) = members.take("authenticatedData") {
            if let JsValue::Object(holder) = &mut data
                && let Some(sdes) = holder.take("lp_sdes")
            {
                holder.set("lp_sdes", unmarked(sdes));
            }
            members.set(UNAUTHENTICATED_DATA, data);
        }
        Self(members)
    }

    /// The members.
    pub fn into_members(self) -> Members {
        self.0
    }
}

fn unmarked(sdes: JsValue) -> JsValue {
    match sdes {
        JsValue::Array(list) => JsValue::Array(list.into_iter().map(unmarked).collect()),
        JsValue::Object(mut sde) => {
            for mark in SDE_MARKS {
                sde.take(mark);
            }
            JsValue::Object(sde)
        }
        other => other,
    }
}

fn check(members: &Members) -> Result<(), &'static str> {
    texts(members, &TEXTS)?;
    if let Some(private) = object(members, "privateData")? {
        texts(private, &PRIVATE_TEXTS)?;
        if let Some(push) = object(private, "pushNotificationData")? {
            texts(push, &["serviceName", "certName", "token"])?;
        }
    }
    let Some(authenticated) = object(members, "authenticatedData")? else { return Ok(()) };
    match authenticated.get("lp_sdes") {
        None | Some(JsValue::Null | JsValue::Object(_)) => Ok(()),
        Some(JsValue::Array(list)) if list.iter().all(|sde| sde.as_object().is_some()) => Ok(()),
        Some(_) => Err("lp_sdes must be an array of objects"),
    }
}

fn texts(members: &Members, names: &[&str]) -> Result<(), &'static str> {
    let fits = |name: &&str| matches!(members.get(name), None | Some(JsValue::Null | JsValue::Text(_)));
    if names.iter().all(fits) { Ok(()) } else { Err("a member of the profile must be a string") }
}

fn object<'m>(members: &'m Members, name: &str) -> Result<Option<&'m Members>, &'static str> {
    match members.get(name) {
        None | Some(JsValue::Null) => Ok(None),
        Some(JsValue::Object(object)) => Ok(Some(object)),
        Some(_) => Err("a member of the profile must be an object"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(body: &str) -> Result<Profile, BadRequest> {
        let text = format!(r#"{{"id":"p","type":"userprofile.SetUserProfile","body":{body}}}"#);
        Profile::parse(&Envelope::parse(&text).unwrap())
    }

    #[test]
    fn documented_and_unknown_members_are_read() {
        for body in [
            "null",
            "{}",
            r#"{"firstName":"Ada","lastName":"","avatarUrl":null,"privateData":{"mail":"a@example.org","pushNotificationData":{"token":"t"}}}"#,
            r#"{"authenticatedData":{"lp_sdes":[{"type":"ctmrinfo","info":{"balance":1}},{"type":"unknown"}]}}"#,
            r#"{"authenticatedData":{"lp_sdes":{"type":"personal","personal":{}}}}"#,
            r#"{"somethingElse":[1,{}]}"#,
        ] {
            assert!(profile(body).is_ok(), "{body}");
        }
    }

    /// Spec 21 §7.7: `claims`, `iss` and `acr` say that somebody was authenticated.
    #[test]
    fn consumers_do_not_vouch_for_themselves() {
        let said = |body| JsValue::Object(profile(body).unwrap().by_consumer().into_members()).to_json();
        assert_eq!(
            said(
                r#"{"firstName":"Ada","acr":"loa3","claims":{"iss":"https://id.example.org","lp_sdes":[{"type":"ctmrinfo"}]},
                    "authenticatedData":{"lp_sdes":[{"type":"ctmrinfo","info":{"ctype":"gold"},"auth":{"x":1},"acr":"loa3","iss":"me"}]}}"#
            )
            .as_str(),
            r#"{"firstName":"Ada","unauthenticatedData":{"lp_sdes":[{"type":"ctmrinfo","info":{"ctype":"gold"}}]}}"#
        );
        let one = r#"{"authenticatedData":{"lp_sdes":{"type":"personal","auth":1}},"unauthenticatedData":7}"#;
        assert_eq!(said(one).as_str(), r#"{"unauthenticatedData":{"lp_sdes":{"type":"personal"}}}"#);
        let of_app =
            profile(r#"{"acr":"loa3","claims":{},"authenticatedData":{"lp_sdes":[{"auth":{}}]}}"#).unwrap();
        assert_eq!(
            JsValue::Object(of_app.by_app().into_members()).to_json().as_str(),
            r#"{"authenticatedData":{"lp_sdes":[{"auth":{}}]}}"#
        );
        let none = r#"{"authenticatedData":null}"#;
        assert_eq!(said(none).as_str(), r#"{"unauthenticatedData":null}"#);
    }

    #[test]
    fn wrong_types_and_sizes_are_refused() {
        let long = format!(r#"{{"description":"{}"}}"#, "x".repeat(Profile::MAX_BYTES));
        for body in [
            "[]",
            "7",
            r#"{"firstName":5}"#,
            r#"{"privateData":"x"}"#,
            r#"{"privateData":{"mail":[]}}"#,
            r#"{"authenticatedData":[]}"#,
            r#"{"authenticatedData":{"lp_sdes":"x"}}"#,
            r#"{"authenticatedData":{"lp_sdes":[7]}}"#,
            &long,
        ] {
            assert_eq!(profile(body).unwrap_err().id, "p", "{body:.60}");
        }
    }
}
