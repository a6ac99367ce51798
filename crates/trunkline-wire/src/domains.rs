//! The Domain API: which host serves which service of an account. Source: spec 01.

use http::Method;
use serde::{Deserialize, Serialize};

use crate::{AccountId, Auth, Endpoint};

/// The services this platform publishes, in the order of spec 01 §3. Names are case sensitive.
pub const SERVICES: [&str; 9] = [
    "asyncMessagingEnt",
    "sentinel",
    "idp",
    "swift",
    "msgHist",
    "agentVep",
    "accountConfigReadWrite",
    // Agent SDKs from 1.4 dial this name, older ones `asyncMessagingEnt` (spec 20 §2).
    "facadeMsg",
    // Monitoring: the engagement endpoint (spec 01 §3, last open point).
    "smt",
];

/// Where one service of an account is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseUri {
    /// The service.
    pub service: String,
    /// The account of the request; the official sample takes it as the account of its session.
    pub account: AccountId,
    /// `host` or `host:port`: no scheme, no path, no slash.
    #[serde(rename = "baseURI")]
    pub host: String,
}

/// Where all services of an account are reached; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseUris {
    /// One entry per service.
    #[serde(rename = "baseURIs")]
    pub base_uris: Vec<BaseUri>,
}

impl BaseUris {
    /// The host of a service.
    pub fn host(&self, service: &str) -> Option<&str> {
        self.base_uris.iter().find(|entry| entry.service == service).map(|entry| entry.host.as_str())
    }
}

/// Asks for all services of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListDomains {}

impl Endpoint for ListDomains {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/account/{account}/service/baseURI.json";
    const AUTH: Auth = Auth::None;
    type Response = BaseUris;
}

/// Asks for one service of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetDomain {}

impl Endpoint for GetDomain {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/account/{account}/service/{service}/baseURI.json";
    const AUTH: Auth = Auth::None;
    type Response = BaseUri;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collection_has_the_documented_shape() {
        let entry = |service: &str| BaseUri {
            service: service.to_owned(),
            account: AccountId::parse("10020030").unwrap(),
            host: "connect.example.net".to_owned(),
        };
        let list = BaseUris { base_uris: vec![entry("sentinel"), entry("idp")] };
        let text = r#"{"baseURIs":[{"service":"sentinel","account":"10020030","baseURI":"connect.example.net"},{"service":"idp","account":"10020030","baseURI":"connect.example.net"}]}"#;
        assert_eq!(serde_json::to_string(&list).unwrap(), text);
        assert_eq!(serde_json::from_str::<BaseUris>(text).unwrap(), list);
        assert_eq!(list.host("idp"), Some("connect.example.net"));
        assert_eq!(list.host("IDP"), None);
    }
}
