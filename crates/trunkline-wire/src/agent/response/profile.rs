//! A consumer's profile as agents get it. Source: spec 21 §7.7.

use crate::JsonText;
use crate::agent::Family;
use crate::conversations::profile::UNAUTHENTICATED_DATA;
use crate::json::{JsValue, Members};

/// A profile in both families: the raw object of version 2, and the list of structured data that the public family (and the
/// JavaScript agent SDK, for its users) makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileView {
    raw: JsonText,
    public: JsonText,
}

impl ProfileView {
    /// Prepares what a consumer or connector set; without anything, an empty profile.
    pub fn of(profile: Option<&JsonText>) -> Self {
        let profile = match profile.map(|profile| JsValue::parse(profile.as_str())) {
            Some(Ok(JsValue::Object(members))) => members,
            _ => Members::default(),
        };
        let raw = raw(profile);
        let public = JsValue::Array(public(&raw)).to_json();
        Self { raw: JsValue::Object(raw).to_json(), public }
    }

    pub(super) const fn of_family(&self, family: Family) -> &JsonText {
        match family {
            Family::Wire => &self.raw,
            Family::Public => &self.public,
        }
    }
}

/// The raw profile in the shape that the SDK can read: it walks `lp_sdes` as an array of objects, and looks for the mail
/// address under another name than it is set by. What the consumer says about itself stands behind what a connector says:
/// only `claims` are marked as verified.
fn raw(mut profile: Members) -> Members {
    let own = profile.take(UNAUTHENTICATED_DATA).filter(|own| own.as_object().is_some());
    for name in ["authenticatedData", "claims"] {
        let own = own.as_ref().filter(|_| name == "authenticatedData");
        let holder = profile.get(name).filter(|holder| holder.as_object().is_some());
        if let Some(JsValue::Object(mut all)) = holder.or(own).cloned() {
            let list = holder.into_iter().chain(own).flat_map(elements).cloned().collect();
            all.set("lp_sdes", JsValue::Array(list));
            profile.set(name, JsValue::Object(all));
        } else {
            profile.take(name);
        }
    }
    if let Some(JsValue::Object(mut private)) = profile.get("privateData").cloned() {
        for (from, to) in [("mail", "email"), ("email", "mail")] {
            if let (Some(text), None) = (private.get(from).cloned(), private.get(to)) {
                private.set(to, text);
            }
        }
        profile.set("privateData", JsValue::Object(private));
    }
    profile
}

/// The objects in `lp_sdes`: a list, or one element.
fn elements(holder: &JsValue) -> impl Iterator<Item = &JsValue> {
    let list = match holder.as_object().and_then(|holder| holder.get("lp_sdes")) {
        Some(JsValue::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    list.iter().filter(|sde| sde.as_object().is_some())
}

/// The structured data: what was claimed, what a connector vouches for, and what the other members add up to.
fn public(raw: &Members) -> Vec<JsValue> {
    let object = |name| raw.get(name).and_then(JsValue::as_object);
    let mut list = Vec::new();
    if let Some(claims) = object("claims") {
        let marks = [("acr", raw.get("acr")), ("iss", claims.get("iss"))];
        list.extend(sdes(claims).map(|sde| marked(sde, &marks)));
    }
    if let Some(authenticated) = object("authenticatedData") {
        let empty = JsValue::Object(Members::default());
        // What the connector itself said about the proof is kept.
        let auth = |sde: &Members| sde.get("auth").is_none().then_some(&empty);
        list.extend(sdes(authenticated).map(|sde| marked(sde, &[("auth", auth(sde))])));
    }
    let private = object("privateData");
    let private = |name| text(private.and_then(|private| private.get(name)));
    let (email, phone) = (private("email"), private("mobileNum"));

    let info = members([("imei", phone.clone()), ("customerId", private("userId"))]);
    if !info.is_empty() {
        list.push(sde("ctmrinfo", "info", info));
    }
    let mut personal =
        members([("firstname", text(raw.get("firstName"))), ("lastname", text(raw.get("lastName")))]);
    let contact = members([("email", email), ("phone", phone)]);
    if !contact.is_empty() {
        personal.set("contacts", JsValue::Array(vec![JsValue::Object(contact)]));
    }
    if !personal.is_empty() {
        list.push(sde("personal", "personal", personal));
    }
    list
}

fn sdes(holder: &Members) -> impl Iterator<Item = &Members> {
    let list = match holder.get("lp_sdes") {
        Some(JsValue::Array(list)) => list.as_slice(),
        _ => &[],
    };
    list.iter().filter_map(JsValue::as_object)
}

fn marked(sde: &Members, marks: &[(&str, Option<&JsValue>)]) -> JsValue {
    let mut sde = sde.clone();
    for (name, value) in marks {
        if let Some(value) = value {
            sde.set(name, (*value).clone());
        }
    }
    JsValue::Object(sde)
}

/// Text that is there and not empty.
fn text(value: Option<&JsValue>) -> Option<JsValue> {
    value.filter(|value| value.as_text().is_some_and(|text| !text.is_empty())).cloned()
}

fn members<const N: usize>(list: [(&str, Option<JsValue>); N]) -> Members {
    let mut members = Members::default();
    for (name, value) in list {
        if let Some(value) = value {
            members.set(name, value);
        }
    }
    members
}

fn sde(kind: &str, name: &str, content: Members) -> JsValue {
    let mut sde = Members::default();
    sde.set("type", JsValue::Text(kind.to_owned()));
    sde.set(name, JsValue::Object(content));
    JsValue::Object(sde)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(profile: &str) -> ProfileView {
        ProfileView::of(Some(&JsonText::normalise(profile).unwrap()))
    }

    #[test]
    fn an_empty_profile_is_an_object_and_an_empty_list() {
        for view in [ProfileView::of(None), view("{}"), view("7")] {
            assert_eq!((view.raw.as_str(), view.public.as_str()), ("{}", "[]"));
        }
    }

    #[test]
    fn structured_data_is_made_of_the_members_the_sdk_reads() {
        let view = view(
            r#"{"firstName":"Ada","lastName":"Byron","privateData":{"mail":"ada@example.org","mobileNum":"123","userId":"u1"},
                "acr":"loa1","claims":{"iss":"https://id.example.org","lp_sdes":[{"type":"ctmrinfo","info":{"ctype":"gold"}}]},
                "authenticatedData":{"lp_sdes":[{"type":"personal","personal":{"gender":"FEMALE"}}]}}"#,
        );
        assert_eq!(
            view.public.as_str(),
            concat!(
                r#"[{"type":"ctmrinfo","info":{"ctype":"gold"},"acr":"loa1","iss":"https://id.example.org"},"#,
                r#"{"type":"personal","personal":{"gender":"FEMALE"},"auth":{}},"#,
                r#"{"type":"ctmrinfo","info":{"imei":"123","customerId":"u1"}},"#,
                r#"{"type":"personal","personal":{"firstname":"Ada","lastname":"Byron","#,
                r#""contacts":[{"email":"ada@example.org","phone":"123"}]}}]"#,
            )
        );
        // Set as `mail`, read as `email` (spec 21 §7.7).
        assert!(view.raw.as_str().contains(
            r#""mail":"ada@example.org","mobileNum":"123","userId":"u1","email":"ada@example.org""#
        ));
    }

    #[test]
    fn what_consumers_say_about_themselves_stands_behind_what_connectors_say() {
        let own = r#""unauthenticatedData":{"lp_sdes":{"type":"personal","personal":{}}}"#;
        let of_connector = r#""authenticatedData":{"lp_sdes":[{"type":"ctmrinfo","info":{}}]}"#;
        assert_eq!(
            view(&format!("{{{own},{of_connector}}}")).raw.as_str(),
            r#"{"authenticatedData":{"lp_sdes":[{"type":"ctmrinfo","info":{}},{"type":"personal","personal":{}}]}}"#
        );
        let alone = view(&format!("{{{own}}}"));
        assert_eq!(
            alone.raw.as_str(),
            r#"{"authenticatedData":{"lp_sdes":[{"type":"personal","personal":{}}]}}"#
        );
        assert_eq!(alone.public.as_str(), r#"[{"type":"personal","personal":{},"auth":{}}]"#);
    }

    #[test]
    fn lists_that_the_sdk_would_stumble_over_are_mended() {
        let sde = r#"{"type":"ctmrinfo","info":{}}"#;
        for (given, expected) in [
            (sde.to_owned(), format!("[{sde}]")),
            (format!("[{sde},null,7]"), format!("[{sde}]")),
            ("null".to_owned(), "[]".to_owned()),
        ] {
            let profile = format!(r#"{{"authenticatedData":{{"lp_sdes":{given}}},"claims":"none"}}"#);
            assert_eq!(
                view(&profile).raw.as_str(),
                format!(r#"{{"authenticatedData":{{"lp_sdes":{expected}}}}}"#)
            );
        }
    }
}
