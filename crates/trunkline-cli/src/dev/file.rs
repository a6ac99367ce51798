//! `dev.json`: hands addresses and credentials of a development server to scripts.
//!
//! Its members are promised to users; nothing is added, left out or renamed.

use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::data_dir::{Mode, read_if_there, write_atomically};
use crate::failure::Failure;

/// The content of `dev.json`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DevFile {
    /// The account.
    pub(crate) account: String,
    /// Base URL of the plain listener.
    pub(crate) http: String,
    /// Base URL of the TLS listener.
    pub(crate) https: String,
    /// The authority to trust, an absolute path.
    pub(crate) ca_file: String,
    /// An admin.
    pub(crate) admin: Login,
    /// An agent.
    pub(crate) agent: Login,
    /// An app installation.
    pub(crate) app: App,
}

/// What a user signs in with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    /// The login name.
    pub(crate) username: String,
    /// The password.
    pub(crate) password: String,
}

/// What an app signs in with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct App {
    /// The id.
    pub(crate) client_id: String,
    /// The secret.
    pub(crate) client_secret: String,
}

impl DevFile {
    /// Reads it; `None` if there is none.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, Failure> {
        let Some(text) = read_if_there(path)? else { return Ok(None) };
        let parsed = serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()));
        parsed.map(Some).map_err(|error| {
            Failure::from(error)
                .hint("its credentials are stored nowhere else: start over with another --data-dir")
        })
    }

    /// Writes it, readable by its owner only.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        let mut text = serde_json::to_string_pretty(self).context("cannot print dev.json")?;
        text.push('\n');
        Ok(write_atomically(path, text.as_bytes(), Mode::Private)
            .with_context(|| format!("cannot write {}", path.display()))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_members_are_those_that_are_promised() {
        let text = r#"{"account":"10020030","http":"http://127.0.0.1:8080","https":"https://127.0.0.1:8443","ca_file":"/d/dev-ca.pem","admin":{"username":"admin","password":"a"},"agent":{"username":"agent","password":"b"},"app":{"client_id":"c","client_secret":"d"}}"#;
        let file: DevFile = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&file).unwrap(), text);
    }
}
