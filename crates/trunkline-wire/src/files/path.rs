//! `relativePath`.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use super::UploadFileType;
use crate::sentinel::civil::Civil;
use crate::{AccountId, ConsumerId, EpochMillis};

/// What every path begins with.
const CONTAINER: &str = "/v1/AUTH_async-images/";
/// The longest name of a file: one of a consumer's has 132 characters.
const MAX_NAME: usize = 160;

/// The path of a file on the storage service, signed as it is. Shape: `/v1/AUTH_async-images/{account}/{name}`, the name
/// 1 to 160 characters of `a-z`, `A-Z`, `0-9`, `_`, `-` and single dots inside. Source: spec 07 §2.
///
/// Nothing in it needs percent-encoding, so there is one spelling of each path: whatever else would lead to the same
/// place in a file system or URL is no path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePath {
    text: Arc<str>,
    account: AccountId,
}

/// Text that is the path of no file. The text is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a file's path must be /v1/AUTH_async-images/ACCOUNT/NAME")]
pub struct FilePathError;

impl FilePath {
    /// Reads a path exactly as it was issued.
    ///
    /// # Errors
    /// Text of any other shape.
    pub fn parse(text: &str) -> Result<Self, FilePathError> {
        let rest = text.strip_prefix(CONTAINER).ok_or(FilePathError)?;
        let (account, name) = rest.split_once('/').ok_or(FilePathError)?;
        let account = AccountId::parse(account).map_err(|_| FilePathError)?;
        if !is_name(name) {
            return Err(FilePathError);
        }
        Ok(Self { text: text.into(), account })
    }

    /// Names a consumer's file.
    pub fn of_consumer(
        account: &AccountId,
        consumer: ConsumerId,
        uuid: Uuid,
        at: EpochMillis,
        file_type: UploadFileType,
    ) -> Self {
        let uuid = uuid.as_hyphenated();
        Self::named(account, &format!("{consumer}_uuid_{uuid}_{}.{}", Stamp(at), file_type.as_str()))
    }

    /// Names a file of an agent, manager or bot. Source: spec 21 §7.7.
    pub fn of_agent(account: &AccountId, uuid: Uuid, file_type: UploadFileType) -> Self {
        Self::named(account, &format!("{}.{}", uuid.as_hyphenated(), file_type.as_str()))
    }

    fn named(account: &AccountId, name: &str) -> Self {
        Self { text: format!("{CONTAINER}{account}/{name}").into(), account: account.clone() }
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The account whose file it is.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The last segment.
    pub fn name(&self) -> &str {
        &self.text[CONTAINER.len() + self.account.as_str().len() + 1..]
    }
}

fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=MAX_NAME).contains(&text.len())
        && text.bytes().all(allowed)
        && !text.starts_with('.')
        && !text.ends_with('.')
        && !text.contains("..")
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FilePath({})", self.text)
    }
}

/// A moment as names spell it: `dd-MM-yyyy_HH-mm-ss-SSS`, UTC.
struct Stamp(EpochMillis);

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = Civil::of(self.0);
        let (second, millis) = (civil.second_of_day, self.0.0.rem_euclid(1000));
        write!(f, "{:02}-{:02}-{:04}", civil.day, civil.month, civil.year)?;
        write!(f, "_{:02}-{:02}-{:02}-{millis:03}", second / 3600, second / 60 % 60, second % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENTED: &str = "/v1/AUTH_async-images/10020030/51fa19b7c892b5c122cd6257ad1bbe8dcb603d88dca794c37cdd59dbfbc2c5f0_uuid_0f8e7d6c-5b4a-4938-8271-605f4e3d2c1b_14-11-2023_22-13-20-123.PNG";

    fn account() -> AccountId {
        AccountId::parse("10020030").unwrap()
    }

    #[test]
    fn a_consumers_file_is_named_as_documented() {
        let consumer =
            ConsumerId::parse("51fa19b7c892b5c122cd6257ad1bbe8dcb603d88dca794c37cdd59dbfbc2c5f0").unwrap();
        let uuid = Uuid::parse_str("0f8e7d6c-5b4a-4938-8271-605f4e3d2c1b").unwrap();
        let at = EpochMillis(1_700_000_000_123);
        let path = FilePath::of_consumer(&account(), consumer, uuid, at, UploadFileType::Png);
        assert_eq!(path.as_str(), DOCUMENTED);
        assert_eq!(FilePath::parse(DOCUMENTED), Ok(path.clone()));
        assert_eq!(path.account(), &account());
        assert!(path.name().starts_with("51fa19b7") && path.name().ends_with("-123.PNG"));
    }

    #[test]
    fn an_agents_file_is_named_by_a_uuid() {
        let path = FilePath::of_agent(&account(), Uuid::nil(), UploadFileType::Jpeg);
        assert_eq!(path.as_str(), "/v1/AUTH_async-images/10020030/00000000-0000-0000-0000-000000000000.JPEG");
        assert_eq!(FilePath::parse(path.as_str()), Ok(path));
    }

    #[test]
    fn anything_but_the_issued_spelling_is_no_path() {
        for text in [
            "",
            "/",
            "/x.PNG",
            "v1/AUTH_async-images/10020030/x.PNG",
            "//v1/AUTH_async-images/10020030/x.PNG",
            "/v1//AUTH_async-images/10020030/x.PNG",
            "/v1/AUTH_async-images//x.PNG",
            "/v1/AUTH_async-images/10020030/",
            "/v1/AUTH_async-images/10020030//x.PNG",
            "/v1/AUTH_async-images/10020030/x.PNG/",
            "/v1/AUTH_async-images/10020030/a/x.PNG",
            "/v1/AUTH_async-images/10020030/../20030040/x.PNG",
            "/v1/AUTH_async-images/10020030/..",
            "/v1/AUTH_async-images/10020030/.",
            "/v1/AUTH_async-images/10020030/.x",
            "/v1/AUTH_async-images/10020030/x.",
            "/v1/AUTH_async-images/10020030/x..PNG",
            "/v1/AUTH_async-images/10020030/%2e%2e%2fx.PNG",
            "/v1/AUTH_async-images/10020030/x%00.PNG",
            "/v1/AUTH_async-images/10020030/x\0.PNG",
            "/v1/AUTH_async-images/10020030/x\\y.PNG",
            "/v1/AUTH_async-images/10020030/x.PNG?temp_url_sig=1",
            "/v1/AUTH_async-images/10020030/ü.PNG",
            "/v1/AUTH_async-images/10020030/x y.PNG",
            "/v1/AUTH_async-images/../x.PNG",
            "/v1/AUTH_other/10020030/x.PNG",
            "/V1/AUTH_async-images/10020030/x.PNG",
        ] {
            assert_eq!(FilePath::parse(text), Err(FilePathError), "{text:?}");
        }
        let long = format!("/v1/AUTH_async-images/10020030/{}", "x".repeat(MAX_NAME + 1));
        assert_eq!(FilePath::parse(&long), Err(FilePathError));
    }

    proptest::proptest! {
        #[test]
        fn what_is_accepted_is_kept_as_it_is(text in "/v1/AUTH_async-images/[a-z0-9._/%-]{0,40}") {
            if let Ok(path) = FilePath::parse(&text) {
                proptest::prop_assert_eq!(path.as_str(), &text);
                proptest::prop_assert_eq!(path.as_str().matches('/').count(), 4);
                proptest::prop_assert!(!path.as_str().contains("..") && !path.as_str().contains('%'));
            }
        }
    }
}
