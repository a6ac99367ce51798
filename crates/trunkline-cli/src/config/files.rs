//! `[files]`: shared files. Source of the defaults: spec 07.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use trunkline_blobs::{S3Options, S3OptionsError};
use trunkline_model::Secret;

use super::{Invalid, SecretText, Span, require};

/// Where the bytes of files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FileStore {
    /// In the data directory.
    Local,
    /// In a bucket of a store that speaks S3.
    S3,
}

/// Shared files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Files {
    pub(crate) store: FileStore,
    pub(crate) url_life: Span,
    pub(crate) upload_time: Span,
    pub(crate) uploads: usize,
    pub(crate) max_waiting: usize,
    pub(crate) waiting_life: Span,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retention: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) s3_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) s3_bucket: Option<String>,
    pub(crate) s3_region: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) s3_access_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) s3_secret_key: Option<SecretText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) s3_secret_key_file: Option<PathBuf>,
}

impl Default for Files {
    fn default() -> Self {
        Self {
            store: FileStore::Local,
            url_life: Span::from_secs(60),
            upload_time: Span::from_secs(300),
            uploads: 256,
            max_waiting: 20,
            waiting_life: Span::from_secs(24 * 3600),
            retention: None,
            s3_endpoint: None,
            s3_bucket: None,
            s3_region: "us-east-1".to_owned(),
            s3_access_key: None,
            s3_secret_key: None,
            s3_secret_key_file: None,
        }
    }
}

impl Files {
    pub(super) fn validate(&self, violations: &mut Vec<Invalid>) {
        let mut span = |value: Span, least, most, field, rule| {
            let sensible = (Duration::from_secs(least)..=Duration::from_secs(most)).contains(&value.get());
            require(violations, sensible, field, rule);
        };
        span(self.url_life, 1, 3600, "files.url_life", "must be 1s to 1h");
        span(self.upload_time, 10, 3600, "files.upload_time", "must be 10s to 1h");
        // Longer than any upload takes.
        span(self.waiting_life, 3 * 3600, u64::MAX, "files.waiting_life", "must be at least 3h");
        require(violations, self.uploads > 0, "files.uploads", "must be at least 1");
        require(violations, self.max_waiting > 0, "files.max_waiting", "must be at least 1");
        if self.store == FileStore::S3 {
            self.validate_s3(violations);
        }
    }

    /// The options of the bucket, with this key; complete once they were validated.
    pub(crate) fn s3_options(&self, secret_key: Secret) -> S3Options {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        S3Options {
            endpoint: text(&self.s3_endpoint),
            bucket: text(&self.s3_bucket),
            region: self.s3_region.clone(),
            access_key: text(&self.s3_access_key),
            secret_key,
        }
    }

    fn validate_s3(&self, violations: &mut Vec<Invalid>) {
        // The key has no rule, and may be in a file that is there only when the server runs.
        let wrong = match self.s3_options(Secret::new(String::new())).url() {
            Err(S3OptionsError::Endpoint) => Some((
                "files.s3_endpoint",
                "must be a http or https URL without user and query when store is s3",
            )),
            Err(S3OptionsError::Bucket) if self.s3_bucket.is_some() => {
                Some(("files.s3_bucket", "must have 3 to 63 letters, digits, dots, hyphens and underscores"))
            }
            Err(S3OptionsError::Region) => {
                Some(("files.s3_region", "must have visible ASCII characters only"))
            }
            Err(S3OptionsError::AccessKey) if self.s3_access_key.is_some() => {
                Some(("files.s3_access_key", "must have visible ASCII characters only"))
            }
            _ => None,
        };
        violations.extend(wrong.map(|(field, rule)| Invalid::new(field, rule)));
        let mut given = |value: &Option<String>, field| {
            let is_given = value.as_ref().is_some_and(|value| !value.is_empty());
            require(violations, is_given, field, "is needed when store is s3");
        };
        given(&self.s3_bucket, "files.s3_bucket");
        given(&self.s3_access_key, "files.s3_access_key");
        require(
            violations,
            self.s3_secret_key.is_some() != self.s3_secret_key_file.is_some(),
            "files.s3_secret_key",
            "or files.s3_secret_key_file is needed when store is s3, not both",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str) -> Vec<String> {
        let settings: Files = toml::from_str(text).unwrap();
        let mut violations = Vec::new();
        settings.validate(&mut violations);
        violations.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_bucket_needs_everything_but_a_region() {
        let full = r#"
            store = "s3"
            s3_endpoint = "http://127.0.0.1:9000"
            s3_bucket = "trunkline-files"
            s3_access_key = "trunkline"
            s3_secret_key_file = "/run/secrets/trunkline-s3"
            retention = "365d"
        "#;
        assert_eq!(broken(full), [] as [&str; 0]);
        assert_eq!(
            broken("store = \"s3\""),
            [
                "files.s3_endpoint must be a http or https URL without user and query when store is s3",
                "files.s3_bucket is needed when store is s3",
                "files.s3_access_key is needed when store is s3",
                "files.s3_secret_key or files.s3_secret_key_file is needed when store is s3, not both",
            ]
        );
        for (line, field) in [
            ("s3_endpoint = \"http://127.0.0.1:99999\"", "files.s3_endpoint"),
            ("s3_endpoint = \"https://user:secret@s3.example.org\"", "files.s3_endpoint"),
            ("s3_bucket = \"a b\"", "files.s3_bucket"),
            ("s3_access_key = \"träger\"", "files.s3_access_key"),
        ] {
            let name = line.split(' ').next().unwrap();
            let others = full.lines().filter(|other| !other.trim_start().starts_with(name));
            let text = others.chain([line]).collect::<Vec<_>>().join("\n");
            let found = broken(&text);
            assert!(found.len() == 1 && found[0].starts_with(field), "{line} {found:?}");
            assert!(!found[0].contains("secret"));
        }
        let both = format!("{full}\ns3_secret_key = \"x\"");
        assert_eq!(broken(&both).len(), 1);
    }

    #[test]
    fn every_bound_is_named() {
        for (text, expected) in [
            ("url_life = \"0s\"", "files.url_life must be 1s to 1h"),
            ("upload_time = \"2h\"", "files.upload_time must be 10s to 1h"),
            ("waiting_life = \"1h\"", "files.waiting_life must be at least 3h"),
            ("uploads = 0", "files.uploads must be at least 1"),
            ("max_waiting = 0", "files.max_waiting must be at least 1"),
        ] {
            assert_eq!(broken(text), [expected]);
        }
    }

    #[test]
    fn the_secret_key_is_never_printed() {
        let settings: Files = toml::from_str("s3_secret_key = \"wJalrXUtnFEMI\"").unwrap();
        assert!(!toml::to_string(&settings).unwrap().contains("wJalr"));
        assert!(!format!("{settings:?}").contains("wJalr"));
    }
}
