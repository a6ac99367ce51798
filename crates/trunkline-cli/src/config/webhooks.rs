//! `[webhooks]`: how notifications reach connectors. Source of the defaults: spec 06.

mod cidr;
mod client_certificate;

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{Invalid, Span, require};

pub(crate) use client_certificate::ClientCertificate;

/// How notifications reach connectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Webhooks {
    pub(crate) connect_timeout: Span,
    pub(crate) response_timeout: Span,
    pub(crate) max_in_flight: usize,
    pub(crate) chat_state_lifetime: Span,
    #[serde(with = "cidr")]
    pub(crate) allow: Vec<IpNet>,
    pub(crate) ca_files: Vec<PathBuf>,
    pub(crate) records: usize,
    pub(crate) records_retention: Span,
    pub(crate) disable_slow_apps: bool,
    pub(crate) agent_only_messages: bool,
    /// Last, because TOML wants tables after values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) client_certificate: Vec<ClientCertificate>,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self {
            connect_timeout: Span::from_secs(5),
            response_timeout: Span::from_secs(5),
            max_in_flight: 64,
            chat_state_lifetime: Span::from_secs(10),
            allow: Vec::new(),
            ca_files: Vec::new(),
            records: 1000,
            records_retention: Span::from_secs(7 * 24 * 3600),
            disable_slow_apps: false,
            agent_only_messages: false,
            client_certificate: Vec::new(),
        }
    }
}

impl Webhooks {
    pub(super) fn validate(&self, violations: &mut Vec<Invalid>) {
        let mut timeout = |value: Span, field| {
            let sensible = (Duration::from_millis(100)..=Duration::from_mins(1)).contains(&value.get());
            require(violations, sensible, field, "must be 100ms to 1m");
        };
        timeout(self.connect_timeout, "webhooks.connect_timeout");
        timeout(self.response_timeout, "webhooks.response_timeout");
        let in_flight = (1..=4096).contains(&self.max_in_flight);
        require(violations, in_flight, "webhooks.max_in_flight", "must be 1 to 4096");
        // Older ones say nothing about the present.
        let lifetime = self.chat_state_lifetime <= Span::from_secs(60);
        require(violations, lifetime, "webhooks.chat_state_lifetime", "must be at most 1m");
        for range in &self.allow {
            if let Err(rule) = cidr::check(*range) {
                violations.push(Invalid::new("webhooks.allow", rule));
            }
        }
        for path in &self.ca_files {
            require(violations, !path.as_os_str().is_empty(), "webhooks.ca_files", "must not be empty paths");
        }
        let records = (1..=1_000_000).contains(&self.records);
        require(violations, records, "webhooks.records", "must be 1 to 1000000");
        let retention = self.records_retention >= Span::from_secs(60);
        require(violations, retention, "webhooks.records_retention", "must be at least 1m");
        for (index, certificate) in self.client_certificate.iter().enumerate() {
            if let Err(rule) = certificate.check(&self.client_certificate[..index]) {
                violations.push(Invalid::new("webhooks.client_certificate", rule));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str) -> Vec<String> {
        let settings: Webhooks = toml::from_str(text).unwrap();
        let mut violations = Vec::new();
        settings.validate(&mut violations);
        violations.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_full_section_is_read_and_printed_back() {
        let text = r#"
            connect_timeout = "2s"
            response_timeout = "10s"
            max_in_flight = 8
            chat_state_lifetime = "0s"
            allow = ["10.0.0.0/8", "fd00::/8", "127.0.0.1"]
            ca_files = ["/etc/trunkline/partner-ca.pem"]
            records = 50
            records_retention = "1h"
            disable_slow_apps = true
            agent_only_messages = true

            [[client_certificate]]
            endpoint = "https://partner.example.org/lp/"
            certificate_file = "/etc/trunkline/partner.pem"
            key_file = "/etc/trunkline/partner.key"
        "#;
        assert_eq!(broken(text), [] as [&str; 0]);
        let settings: Webhooks = toml::from_str(text).unwrap();
        assert_eq!(settings.allow[2].to_string(), "127.0.0.1/32");
        let printed = toml::to_string(&settings).unwrap();
        assert_eq!(toml::from_str::<Webhooks>(&printed).unwrap(), settings);
    }

    #[test]
    fn every_bound_is_named() {
        for (text, expected) in [
            ("connect_timeout = \"50ms\"", "webhooks.connect_timeout must be 100ms to 1m"),
            ("response_timeout = \"2m\"", "webhooks.response_timeout must be 100ms to 1m"),
            ("max_in_flight = 0", "webhooks.max_in_flight must be 1 to 4096"),
            ("max_in_flight = 5000", "webhooks.max_in_flight must be 1 to 4096"),
            ("chat_state_lifetime = \"61s\"", "webhooks.chat_state_lifetime must be at most 1m"),
            ("ca_files = [\"\"]", "webhooks.ca_files must not be empty paths"),
            ("records = 0", "webhooks.records must be 1 to 1000000"),
            ("records = 1000001", "webhooks.records must be 1 to 1000000"),
            ("records_retention = \"59s\"", "webhooks.records_retention must be at least 1m"),
        ] {
            assert_eq!(broken(text), [expected]);
        }
    }
}
