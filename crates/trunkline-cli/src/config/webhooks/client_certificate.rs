//! `[[webhooks.client_certificate]]`: what is shown to endpoints that ask for a certificate. Source: spec 06 §8.

use std::path::PathBuf;

use http::Uri;
use serde::{Deserialize, Serialize};

/// A certificate for the endpoints whose URL begins with `endpoint`; of several, the longest beginning counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientCertificate {
    pub(crate) endpoint: String,
    #[serde(rename = "certificate_file")]
    pub(crate) certificate: PathBuf,
    #[serde(rename = "key_file")]
    pub(crate) key: PathBuf,
}

impl ClientCertificate {
    /// Says what is wrong with an entry, those before it known.
    pub(super) fn check(&self, before: &[Self]) -> Result<(), String> {
        let shown = &self.endpoint;
        let uri = shown.parse::<Uri>().ok().filter(|uri| {
            uri.scheme_str() == Some("https")
                && uri.host().is_some_and(|host| !host.is_empty())
                && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
        });
        if uri.is_none_or(|uri| uri.query().is_some()) || shown.contains('#') {
            return Err(format!(
                "needs as endpoint the beginning of an https:// URL without user, query and fragment, not {shown:?}"
            ));
        }
        for (name, path) in [("certificate_file", &self.certificate), ("key_file", &self.key)] {
            if path.as_os_str().is_empty() {
                return Err(format!("needs {name} for {shown}"));
            }
        }
        if before.iter().any(|other| other.endpoint == *shown) {
            return Err(format!("has {shown} twice"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(endpoint: &str) -> ClientCertificate {
        ClientCertificate {
            endpoint: endpoint.to_owned(),
            certificate: PathBuf::from("a.pem"),
            key: PathBuf::from("a.key"),
        }
    }

    #[test]
    fn the_endpoint_is_the_beginning_of_a_url() {
        for endpoint in ["https://a.example", "https://a.example/", "https://a.example:8443/lp/x"] {
            assert_eq!(certificate(endpoint).check(&[]), Ok(()), "{endpoint}");
        }
        for endpoint in [
            "",
            "a.example",
            "http://a.example/",
            "https://",
            "https:///x",
            "https://u:p@a.example/",
            "https://a.example/?x",
            "https://a.example/#x",
        ] {
            assert!(certificate(endpoint).check(&[]).is_err(), "{endpoint}");
        }
    }

    #[test]
    fn both_files_are_needed_and_an_endpoint_stands_once() {
        let one = certificate("https://a.example/");
        let no_key = ClientCertificate { key: PathBuf::new(), ..one.clone() };
        assert_eq!(no_key.check(&[]).unwrap_err(), "needs key_file for https://a.example/");
        assert_eq!(one.check(std::slice::from_ref(&one)).unwrap_err(), "has https://a.example/ twice");
    }
}
