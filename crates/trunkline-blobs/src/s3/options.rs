//! Which store, and as whom.

use std::fmt;

use reqwest::Url;
use trunkline_model::Secret;

/// Which store, and as whom.
#[derive(Clone)]
pub struct S3Options {
    /// The URL of the store: `https://s3.eu-central-1.amazonaws.com`, `http://127.0.0.1:9000`.
    pub endpoint: String,
    /// The bucket, which must be there.
    pub bucket: String,
    /// The region: `eu-central-1`; stores without regions take `us-east-1`.
    pub region: String,
    /// The access key id.
    pub access_key: String,
    /// The secret access key.
    pub secret_key: Secret,
}

/// What is wrong with the options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum S3OptionsError {
    /// The endpoint.
    #[error("the endpoint must be an http or https URL without user, query and fragment")]
    Endpoint,
    /// The bucket.
    #[error("the bucket's name must have 3 to 63 letters, digits, dots, hyphens and underscores")]
    Bucket,
    /// The region, which is put into a header.
    #[error("the region must have visible ASCII characters only")]
    Region,
    /// The access key id, which is put into a header.
    #[error("the access key id must have visible ASCII characters only")]
    AccessKey,
}

impl S3Options {
    /// Where the names of objects begin.
    ///
    /// # Errors
    /// [`S3OptionsError`]; whoever signs requests takes all of them for right.
    pub fn url(&self) -> Result<String, S3OptionsError> {
        let endpoint = Url::parse(&self.endpoint).map_err(|_| S3OptionsError::Endpoint)?;
        let is_bare = endpoint.username().is_empty()
            && endpoint.password().is_none()
            && endpoint.query().is_none()
            && endpoint.fragment().is_none();
        if !(matches!(endpoint.scheme(), "http" | "https") && endpoint.has_host() && is_bare) {
            return Err(S3OptionsError::Endpoint);
        }
        let is_named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        let name = &self.bucket;
        if !(3..=63).contains(&name.len()) || name.contains("..") || !name.bytes().all(is_named) {
            return Err(S3OptionsError::Bucket);
        }
        let is_visible = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_visible(&self.region) {
            return Err(S3OptionsError::Region);
        }
        if !is_visible(&self.access_key) {
            return Err(S3OptionsError::AccessKey);
        }
        Ok(format!("{}/{name}", self.endpoint.trim_end_matches('/')))
    }
}

impl fmt::Debug for S3Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Options")
            .field("endpoint", &self.endpoint)
            .field("bucket", &self.bucket)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> S3Options {
        S3Options {
            endpoint: "https://s3.example.org/".to_owned(),
            bucket: "trunkline-files".to_owned(),
            region: "us-east-1".to_owned(),
            access_key: "AKIA4711".to_owned(),
            secret_key: Secret::new("wJalrXUtnFEMI".to_owned()),
        }
    }

    #[test]
    fn objects_are_below_the_bucket() {
        assert_eq!(options().url().unwrap(), "https://s3.example.org/trunkline-files");
        let below = S3Options { endpoint: "http://[::1]:9000/s3".to_owned(), ..options() };
        assert_eq!(below.url().unwrap(), "http://[::1]:9000/s3/trunkline-files");
    }

    #[test]
    fn what_makes_no_request_is_refused() {
        for endpoint in [
            "",
            "s3.example.org",
            "ftp://s3.example.org",
            "http://",
            "http://[::1",
            "http://127.0.0.1:99999",
            "http://a^b",
            "https://user:secret@s3.example.org",
            "https://s3.example.org?x=y",
            "https://s3.example.org#x",
        ] {
            let options = S3Options { endpoint: endpoint.to_owned(), ..options() };
            assert_eq!(options.url(), Err(S3OptionsError::Endpoint), "{endpoint}");
        }
        for bucket in ["", "ab", "..", "a..b", "a b", "a/b", "a?b", "träger", &"x".repeat(64)] {
            let options = S3Options { bucket: bucket.to_owned(), ..options() };
            assert_eq!(options.url(), Err(S3OptionsError::Bucket), "{bucket}");
        }
        let options = |region: &str, access_key: &str| S3Options {
            region: region.to_owned(),
            access_key: access_key.to_owned(),
            ..options()
        };
        assert_eq!(options("us east", "x").url(), Err(S3OptionsError::Region));
        for access_key in ["", "trunk\nline", "träger"] {
            assert_eq!(options("us-east-1", access_key).url(), Err(S3OptionsError::AccessKey));
        }
    }

    #[test]
    fn the_secret_key_does_not_show() {
        assert!(!format!("{:?}", options()).contains("wJalr"));
    }
}
