//! The rules for the values of a manifest. Source: spec 02 §1 and its open points.

use std::fmt::Display;
use std::net::{Ipv4Addr, Ipv6Addr};

use http::{HeaderName, Uri};

use super::engagement::Engagement;
use super::manifest::Manifest;
use super::violation::{ManifestError, Violation, note};
use super::webhooks::{CustomHeader, MAX_RETRIES, RETENTION_SECONDS, Webhook, Webhooks};

/// Which webhook endpoints a manifest may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EndpointPolicy {
    /// `https://` only.
    #[default]
    Https,
    /// `https://`, and `http://` on loopback hosts: for development.
    HttpOnLoopback,
}

/// Headers a webhook may not set: the three the platform must keep true, and those that steer the connection.
const RESERVED_HEADERS: [&str; 13] = [
    "content-type",
    "host",
    "content-length",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// The most custom headers of a webhook; real ones have a few.
const MAX_HEADERS: usize = 64;

/// The headers of Standard Webhooks, reserved for apps that switch them on.
const STANDARD_WEBHOOKS_HEADERS: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];

impl Manifest {
    /// Checks every rule of spec 02 §1.
    ///
    /// # Errors
    /// [`ManifestError::Rules`] with all broken rules.
    pub fn validate(&self, policy: EndpointPolicy) -> Result<(), ManifestError> {
        let mut rules = Rules(Vec::new());
        if self.client_name.trim().is_empty() {
            rules.broken("client_name", "must not be empty");
        }
        if !has_language_tag_or_none(&self.client_name) {
            rules.broken("client_name", "must have a language tag such as en-US after #");
        }
        for (field, text) in [
            ("client_name", Some(&self.client_name)),
            ("display_name", self.display_name.as_ref()),
            ("description", self.description.as_ref()),
        ] {
            if text.is_some_and(|text| text.chars().any(char::is_control)) {
                rules.broken(field, "must not contain control characters");
            }
        }
        rules.at_most("client_name", &self.client_name, 128);
        rules.at_most("display_name", self.display_name.as_deref().unwrap_or_default(), 128);
        rules.at_most("description", self.description.as_deref().unwrap_or_default(), 256);
        for (index, uri) in self.redirect_uris.iter().enumerate() {
            rules.at_most(format_args!("redirect_uris[{index}]"), uri, 128);
        }
        rules.at_most("scope", self.scope.as_deref().unwrap_or_default(), 128);
        rules.at_most("logo_uri", self.logo_uri.as_deref().unwrap_or_default(), 1024);
        rules.webhooks(&self.capabilities.webhooks, policy, self.settings().standard_webhooks);
        if let Some(engagement) = &self.capabilities.engagement {
            rules.engagement(engagement);
        }
        rules.at_most("entry_uri", self.entry_uri.as_deref().unwrap_or_default(), 1024);
        ManifestError::unless_empty(rules.0)
    }
}

struct Rules(Vec<Violation>);

impl Rules {
    fn broken(&mut self, field: impl Display, rule: impl Into<std::borrow::Cow<'static, str>>) {
        note(&mut self.0, Violation::new(field.to_string(), rule));
    }

    fn at_most(&mut self, field: impl Display, text: &str, limit: usize) {
        if text.len() > limit && text.chars().count() > limit {
            self.broken(field, format!("must be at most {limit} characters"));
        }
    }

    fn webhooks(&mut self, webhooks: &Webhooks, policy: EndpointPolicy, standard_webhooks: bool) {
        if let Some(retry) = &webhooks.retry {
            let (least, most) = (*RETENTION_SECONDS.start(), *RETENTION_SECONDS.end());
            let time = retry.retention_time;
            if time.subsec_nanos() != 0 || !(u64::from(least)..=u64::from(most)).contains(&time.as_secs()) {
                let rule = format!("must be an integer from {least} to {most}");
                self.broken("capabilities.webhooks.retry.retention_time", rule);
            }
        }
        for (event, webhook) in &webhooks.events {
            let path = format!("capabilities.webhooks.{}", event.as_str());
            self.webhook(&path, webhook, policy, standard_webhooks);
        }
    }

    fn webhook(&mut self, path: &str, webhook: &Webhook, policy: EndpointPolicy, standard_webhooks: bool) {
        if let Err(rule) = check_endpoint(&webhook.endpoint, policy) {
            self.broken(format_args!("{path}.endpoint"), rule);
        }
        if webhook.max_retries.is_some_and(|count| !MAX_RETRIES.contains(&count)) {
            let rule = format!("must be an integer from {} to {}", MAX_RETRIES.start(), MAX_RETRIES.end());
            self.broken(format_args!("{path}.max_retries"), rule);
        }
        if webhook.headers().len() > MAX_HEADERS {
            self.broken(format_args!("{path}.headers"), format!("must have at most {MAX_HEADERS} elements"));
        }
        for (index, header) in webhook.headers().iter().enumerate().take(MAX_HEADERS) {
            self.header(&format!("{path}.headers[{index}]"), header, standard_webhooks);
        }
    }

    fn header(&mut self, path: &str, header: &CustomHeader, standard_webhooks: bool) {
        match HeaderName::from_bytes(header.header_name.as_bytes()) {
            Err(_) => self.broken(format_args!("{path}.header_name"), "must be a valid HTTP header name"),
            Ok(name) if is_reserved(name.as_str(), standard_webhooks) => {
                let rule = format!("must not be {name}, which the platform sets");
                self.broken(format_args!("{path}.header_name"), rule);
            }
            Ok(_) => {}
        }
        let is_text = |byte: u8| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t');
        if !header.header_value.bytes().all(is_text) {
            self.broken(
                format_args!("{path}.header_value"),
                "must consist of visible ASCII characters, spaces and tabs",
            );
        }
    }

    fn engagement(&mut self, engagement: &Engagement) {
        self.list("entry_point", &engagement.entry_point, 1, 10);
        self.list("visitor_behavior", &engagement.visitor_behavior, 0, 10);
        self.list("target_audience", &engagement.target_audience, 0, 20);
        self.list("goal", &engagement.goal, 0, 10);
        self.list("consumer_identity", &engagement.consumer_identity, 1, 5);
    }

    fn list<T: PartialEq>(&mut self, name: &str, list: &[T], least: usize, most: usize) {
        let field = format!("capabilities.engagement.{name}");
        if list.len() < least {
            self.broken(&field, format!("must have at least {least} element"));
        }
        if list.len() > most {
            self.broken(&field, format!("must have at most {most} elements"));
        }
        // The vocabularies are tiny: beyond `most` elements a repetition is certain, and the loop stays short.
        let repeated = |(index, word)| list[..index].contains(word);
        if list.iter().enumerate().take(most + 1).any(repeated) {
            self.broken(&field, "must not repeat an element");
        }
    }
}

/// RFC 5646: parts of 1 to 8 letters and digits, separated by hyphens. Source: spec 02 §1.1.
fn has_language_tag_or_none(name: &str) -> bool {
    let is_part =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    name.split_once('#').is_none_or(|(_, tag)| tag.split('-').all(is_part))
}

fn is_reserved(lower_case_name: &str, standard_webhooks: bool) -> bool {
    lower_case_name.starts_with("x-liveperson-")
        || RESERVED_HEADERS.contains(&lower_case_name)
        || (standard_webhooks && STANDARD_WEBHOOKS_HEADERS.contains(&lower_case_name))
}

/// Checks a webhook endpoint; the error is the broken rule.
fn check_endpoint(endpoint: &str, policy: EndpointPolicy) -> Result<(), &'static str> {
    let scheme = endpoint.split_once("://").map_or("", |(scheme, _)| scheme);
    let secure = scheme.eq_ignore_ascii_case("https");
    let plain = policy == EndpointPolicy::HttpOnLoopback && scheme.eq_ignore_ascii_case("http");
    if !secure && !plain {
        return Err(match policy {
            EndpointPolicy::Https => "must start with https://",
            EndpointPolicy::HttpOnLoopback => "must start with https:// (or http:// on a loopback host)",
        });
    }
    // `Uri` would drop a fragment silently.
    if endpoint.contains('#') {
        return Err("must not have a fragment (#)");
    }
    let uri: Uri = endpoint.parse().map_err(|_| "must be a valid URL")?;
    let authority = uri.authority().ok_or("must be a valid URL")?;
    if authority.as_str().contains('@') {
        return Err("must not contain user information; use a custom header");
    }
    let host = authority.host();
    let port = &authority.as_str()[host.len()..];
    if host.is_empty() || !(port.is_empty() || authority.port_u16().is_some_and(|port| port > 0)) {
        return Err("must name a host and, if any, a port from 1 to 65535");
    }
    if !secure && !is_loopback(host) {
        return Err("must start with https:// unless its host is loopback (localhost, 127.0.0.0/8, [::1])");
    }
    Ok(())
}

fn is_loopback(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    if name == "localhost" || name.ends_with(".localhost") {
        return true;
    }
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback()),
        None => host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints() {
        use EndpointPolicy::{HttpOnLoopback, Https};
        for (endpoint, https, dev) in [
            ("https://bridge.example.org/lp/content", true, true),
            ("https://bridge.example.org", true, true),
            ("https://bridge.example.org:8443/x?tenant=1&y=%20", true, true),
            ("https://127.0.0.1:9/x", true, true),
            ("https://[::1]:9/x", true, true),
            ("http://127.0.0.1:9/x", false, true),
            ("http://127.9.9.9/x", false, true),
            ("http://localhost:9/x", false, true),
            ("http://hooks.localhost/x", false, true),
            ("http://[::1]:9/x", false, true),
            ("http://bridge.example.org/x", false, false),
            ("http://127.0.0.1.example.org/x", false, false),
            ("http://localhost@example.org/x", false, false),
            ("HTTPS://bridge.example.org/x", true, true),
            ("Http://localhost:9/x", false, true),
            ("HTTP://bridge.example.org/x", false, false),
            ("ftp://bridge.example.org/x", false, false),
            ("bridge.example.org/x", false, false),
            ("", false, false),
            ("https://", false, false),
            ("https:///x", false, false),
            ("https://:443/x", false, false),
            ("https://host:/x", false, false),
            ("https://host:0/x", false, false),
            ("https://host:99999/x", false, false),
            ("https://user:pw@host/x", false, false),
            ("https://host/x#part", false, false),
            ("https://host/a b", false, false),
            ("https://host\r\nX: y/", false, false),
            ("https://hö.example/x", false, false),
        ] {
            assert_eq!(check_endpoint(endpoint, Https).is_ok(), https, "{endpoint}");
            assert_eq!(check_endpoint(endpoint, HttpOnLoopback).is_ok(), dev, "dev: {endpoint}");
        }
    }

    #[test]
    fn a_webhook_has_a_bounded_number_of_custom_headers() {
        let header = |n| CustomHeader { header_name: format!("x-{n}"), header_value: String::new() };
        let violations = |count| {
            let mut rules = Rules(Vec::new());
            let mut webhook = Webhook::new("https://bridge.example.org/lp");
            webhook.headers = Some((0..count).map(header).collect());
            rules.webhook("w", &webhook, EndpointPolicy::Https, false);
            rules.0.len()
        };
        assert_eq!((violations(MAX_HEADERS), violations(MAX_HEADERS + 1)), (0, 1));
    }

    #[test]
    fn standard_webhooks_headers_are_reserved_only_when_they_are_on() {
        assert!(!is_reserved("webhook-id", false));
        assert!(is_reserved("webhook-id", true));
        assert!(is_reserved("x-liveperson-anything", false));
    }
}
