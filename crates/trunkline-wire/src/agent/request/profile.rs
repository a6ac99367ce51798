//! Profiles. Source: spec 21 §7.7.

use serde_json::value::RawValue;

use crate::agent::UserRef;
use crate::agent::body::{Body, Broken};
use crate::conversations::envelope::Envelope;
use crate::conversations::profile::Profile;
use crate::json::JsValue;

/// The body of `GetUserProfile`: the id as a bare string, an object with `userId`, or nothing for one's own profile.
pub(super) fn whose(body: Option<&RawValue>) -> Result<Option<UserRef>, Broken> {
    match body.map(|body| JsValue::parse(body.get())) {
        Some(Ok(JsValue::Text(text))) if !text.is_empty() => Ok(Some(UserRef::of(&text))),
        _ => Body::read(body)?.user("userId"),
    }
}

/// The body of `SetUserProfile`.
pub(super) fn profile(body: Option<&RawValue>) -> Result<Profile, Broken> {
    let envelope = Envelope { id: String::new(), kind: "".into(), body, metadata: None };
    Profile::parse(&envelope).map_err(|bad| Broken::new(bad.reason))
}
