//! `sdes` and `unAuthSdes`: what somebody vouched for about the consumer and what it said about itself, in history's own
//! spelling. Source: spec 08 §1, §2.2, 05 §7, 21 §7.7.

use trunkline_model::ConsumerProfile;
use trunkline_wire::conversations::profile::UNAUTHENTICATED_DATA;
use trunkline_wire::history::Sdes;
use trunkline_wire::json::{JsValue, Members};
use trunkline_wire::{EpochMillis, JsonText};

use crate::history::Style;

/// Members of `info` that are called otherwise here.
const INFO: [(&str, &str); 2] = [("cstatus", "customerStatus"), ("ctype", "customerType")];
/// Members of `personal` that are called otherwise here.
const PERSONAL: [(&str, &str); 2] = [("firstname", "name"), ("lastname", "surname")];
/// Members of `age` that are called otherwise here.
const AGE: [(&str, &str); 4] = [
    ("age", "customerAgeInYears"),
    ("year", "customerYearOfBirth"),
    ("month", "customerMonthOfBirth"),
    ("day", "customerDateOfBirth"),
];

/// What a verified token or a connector vouched for, as it is known now.
pub(super) fn vouched(profile: Option<&ConsumerProfile>, style: Style) -> Sdes {
    sdes(profile, style, &["claims", "authenticatedData"])
}

/// What the consumer said about itself, as it is known now.
pub(super) fn by_consumer(profile: Option<&ConsumerProfile>, style: Style) -> Sdes {
    sdes(profile, style, &[UNAUTHENTICATED_DATA])
}

fn sdes(profile: Option<&ConsumerProfile>, style: Style, holders: &[&str]) -> Sdes {
    let Some(profile) = profile else { return Sdes { events: Vec::new() } };
    let parsed = JsValue::parse(profile.profile.as_str()).ok();
    let Some(members) = parsed.as_ref().and_then(JsValue::as_object) else {
        return Sdes { events: Vec::new() };
    };
    let writing = Writing { at: profile.updated_at, style };
    let list = holders.iter().flat_map(|holder| list(members, holder));
    Sdes { events: list.filter_map(|sde| writing.event(sde)).collect() }
}

/// `lp_sdes` of a member: a list, or one element.
fn list<'p>(profile: &'p Members, holder: &str) -> Vec<&'p Members> {
    let holder = profile.get(holder).and_then(JsValue::as_object);
    match holder.and_then(|holder| holder.get("lp_sdes")) {
        Some(JsValue::Array(list)) => list.iter().filter_map(JsValue::as_object).collect(),
        Some(one) => one.as_object().into_iter().collect(),
        None => Vec::new(),
    }
}

struct Writing {
    at: EpochMillis,
    style: Style,
}

impl Writing {
    fn event(&self, sde: &Members) -> Option<JsonText> {
        let (holder, word, members) = match sde.get("type")?.as_text()? {
            "ctmrinfo" => ("customerInfo", "CUSTOMER_INFO", renamed(sde.get("info")?.as_object()?, &INFO)),
            "personal" => ("personalInfo", "PERSONAL_INFO", personal(sde.get("personal")?.as_object()?)),
            _ => return None,
        };
        let mut inner = Members::default();
        inner.set("serverTimeStamp", self.time());
        inner.set(holder, JsValue::Object(members));
        let mut event = Members::default();
        event.set(holder, JsValue::Object(inner));
        event.set("sdeType", JsValue::Text(word.to_owned()));
        event.set("serverTimeStamp", self.time());
        Some(JsValue::Object(event).to_json())
    }

    /// A number, or text for those who did not ask for types.
    fn time(&self) -> JsValue {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of dates are far below 2^53")]
        let number = self.at.0 as f64;
        if self.style.typed { JsValue::Number(number) } else { JsValue::Text(self.at.0.to_string()) }
    }
}

fn personal(personal: &Members) -> Members {
    let mut members = renamed(personal, &PERSONAL);
    if let Some(JsValue::Array(contacts)) = members.take("contacts") {
        let contact = |contact: JsValue| {
            let mut holder = Members::default();
            holder.set("personalContact", contact);
            JsValue::Object(holder)
        };
        members.set("contacts", JsValue::Array(contacts.into_iter().map(contact).collect()));
    }
    if let Some(JsValue::Object(age)) = members.take("age") {
        members.set("customerAge", JsValue::Object(renamed(&age, &AGE)));
    }
    members
}

fn renamed(members: &Members, names: &[(&str, &str)]) -> Members {
    let mut renamed = Members::default();
    for (name, value) in members.iter() {
        let name = names.iter().find(|(from, _)| *from == name).map_or(name, |(_, to)| to);
        renamed.set(name, value.clone());
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(typed: bool) -> Vec<String> {
        let profile = r#"{"authenticatedData":{"lp_sdes":[{"type":"ctmrinfo","info":{"socialId":"ig:4711","ctype":"gold"}},{"type":"personal","personal":{"firstname":"Ada","age":{"year":1990},"contacts":[{"email":"ada@example.org"}]}},{"type":"other"},7]}}"#;
        let profile = ConsumerProfile {
            profile: JsonText::normalise(profile).unwrap(),
            updated_at: EpochMillis(1_700_000_000_000),
        };
        let sdes = vouched(Some(&profile), Style { typed });
        sdes.events.iter().map(|event| event.as_str().to_owned()).collect()
    }

    #[test]
    fn known_structured_data_is_spelled_as_documented() {
        let expected = [
            r#"{"customerInfo":{"serverTimeStamp":"1700000000000","customerInfo":{"socialId":"ig:4711","customerType":"gold"}},"sdeType":"CUSTOMER_INFO","serverTimeStamp":"1700000000000"}"#,
            r#"{"personalInfo":{"serverTimeStamp":"1700000000000","personalInfo":{"name":"Ada","contacts":[{"personalContact":{"email":"ada@example.org"}}],"customerAge":{"customerYearOfBirth":1990}}},"sdeType":"PERSONAL_INFO","serverTimeStamp":"1700000000000"}"#,
        ];
        assert_eq!(events(false), expected);
        assert_eq!(events(true), expected.map(|text| text.replace("\"1700000000000\"", "1700000000000")));
    }

    #[test]
    fn nobody_known_has_none() {
        assert!(vouched(None, Style::default()).events.is_empty());
        assert!(by_consumer(None, Style::default()).events.is_empty());
    }

    #[test]
    fn what_consumers_say_about_themselves_stands_apart() {
        let sdes =
            |name: &str| format!(r#"{{"lp_sdes":[{{"type":"ctmrinfo","info":{{"ctype":"{name}"}}}}]}}"#);
        let profile = format!(
            r#"{{"unauthenticatedData":{},"authenticatedData":{},"claims":{}}}"#,
            sdes("own"),
            sdes("connector"),
            sdes("token")
        );
        let profile = ConsumerProfile {
            profile: JsonText::normalise(&profile).unwrap(),
            updated_at: EpochMillis(1_700_000_000_000),
        };
        let types = |sdes: Sdes| -> Vec<_> {
            let of = |event: &JsonText| {
                ["own", "connector", "token"].into_iter().find(|name| event.as_str().contains(name)).unwrap()
            };
            sdes.events.iter().map(of).collect()
        };
        assert_eq!(types(vouched(Some(&profile), Style::default())), ["token", "connector"]);
        assert_eq!(types(by_consumer(Some(&profile), Style::default())), ["own"]);
    }
}
