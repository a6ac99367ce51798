//! What a client says about itself in the handshake. Source: spec 24 §1, 05 §8.

use http::{HeaderMap, Uri};
use trunkline_wire::conversations::properties::ClientProperties;
use trunkline_wire::json::{JsValue, Members};

use crate::extract::Pairs;

/// The members that may stand in the query, one parameter each; the features are separated by commas.
const NAMES: [&str; 14] = [
    "appId",
    "appVersion",
    "deviceFamily",
    "os",
    "osName",
    "osVersion",
    "integration",
    "integrationVersion",
    "browser",
    "browserVersion",
    "timeZone",
    "deviceManufacture",
    "deviceModel",
    "features",
];

/// From the header, else from the query. What cannot be used is ignored, as everywhere.
pub(super) fn of(headers: &HeaderMap, uri: &Uri) -> ClientProperties {
    match headers.get("client-properties").and_then(|value| value.to_str().ok()) {
        Some(header) => ClientProperties::parse(header),
        None => of_query(uri),
    }
}

fn of_query(uri: &Uri) -> ClientProperties {
    let Ok(pairs) = Pairs::of_query(uri) else { return ClientProperties::default() };
    let mut members = Members::default();
    for name in NAMES {
        let mut values = pairs.all(name).peekable();
        if name == "features" && values.peek().is_some() {
            let features = values.flat_map(|value| value.split(',')).filter(|feature| !feature.is_empty());
            let features = features.map(|feature| JsValue::Text(feature.to_owned())).collect();
            members.set(name, JsValue::Array(features));
        } else if let Some(value) = values.next() {
            members.set(name, JsValue::Text(value.to_owned()));
        }
    }
    if members.is_empty() {
        return ClientProperties::default();
    }
    ClientProperties::parse(JsValue::Object(members).to_json().as_str())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn query(query: &str) -> ClientProperties {
        let uri = format!("/ws_api/account/1/messaging/consumer?v=3{query}").parse().unwrap();
        of(&HeaderMap::new(), &uri)
    }

    #[test]
    fn parameters_of_the_query_are_properties() {
        let properties =
            query("&appId=webAsync&os=LINUX&features=RICH_CONTENT,MULTI_DIALOG&ipAddress=192.0.2.1&x=y");
        assert_eq!(properties.features, ["RICH_CONTENT", "MULTI_DIALOG"]);
        assert_eq!(
            properties.json.unwrap().as_str(),
            r#"{"appId":"webAsync","os":"LINUX","features":["RICH_CONTENT","MULTI_DIALOG"]}"#
        );
        assert_eq!(query(""), ClientProperties::default());
    }

    #[test]
    fn the_header_goes_first() {
        let value = HeaderValue::from_static(r#"{"type":".ClientProperties","features":["AUTO_MESSAGES"]}"#);
        let headers = HeaderMap::from_iter([("client-properties".parse().unwrap(), value)]);
        let properties = of(&headers, &"/?appId=other".parse().unwrap());
        assert_eq!(properties.features, ["AUTO_MESSAGES"]);
        assert!(!properties.json.unwrap().as_str().contains("other"));
    }
}
