//! `[public]`: the hosts that the Domain API advertises.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Invalid, require};

/// Further services that clients look up; they are published only when a host is given. Source: spec 01 §3, 20 §2.
const FURTHER: [&str; 7] = [
    "etool",
    "faasGW",
    "liveEngageUI",
    "messagingRestApiDomain",
    "mtlsGateway",
    "runtimeFormLogic",
    "visitorFeed",
];

/// The services a host can be given for.
pub(crate) fn services() -> impl Iterator<Item = &'static str> {
    trunkline_wire::domains::SERVICES.into_iter().chain(FURTHER)
}

/// The hosts that the Domain API advertises, `host` or `host:port`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Public {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) host: Option<String>,
    pub(crate) services: BTreeMap<String, String>,
}

impl Public {
    pub(super) fn validate(&self, violations: &mut Vec<Invalid>) {
        if let Some(host) = &self.host {
            require(
                violations,
                is_host(host),
                "public.host",
                "must be host or host:port, without scheme and path",
            );
        }
        for (service, host) in &self.services {
            if !services().any(|known| known == service) {
                let known = services().collect::<Vec<_>>().join(", ");
                let rule = format!("has no service {service:?}; there are {known}");
                violations.push(Invalid::new("public.services", rule));
            }
            if !is_host(host) {
                let rule = format!("must be host or host:port for {service}, without scheme and path");
                violations.push(Invalid::new("public.services", rule));
            }
        }
    }
}

/// Clients put `https://` before it and a path behind it (spec 01 §2).
fn is_host(text: &str) -> bool {
    text.parse::<http::uri::Authority>().is_ok_and(|authority| {
        // Whatever follows the host must be a port that was understood.
        let port = authority.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        !authority.host().is_empty() && text == format!("{}{port}", authority.host())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_neither_scheme_nor_path() {
        for host in ["connect.example.net", "connect.example.net:8443", "127.0.0.1:8443", "[::1]:8443"] {
            assert!(is_host(host), "{host}");
        }
        for host in
            ["", "https://connect.example.net", "connect.example.net/", "a b", "a:b", "me@host", "host:"]
        {
            assert!(!is_host(host), "{host}");
        }
    }
}
