//! `[server]`: where the data lies and where the server listens.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Invalid, SecretText, Span, require};

/// Where the data lies and where the server listens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) data_dir: PathBuf,
    pub(crate) http: SocketAddr,
    pub(crate) https: SocketAddr,
    pub(crate) plain_http_behind_proxy: bool,
    pub(crate) drain: Span,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) master_key: Option<SecretText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) master_key_file: Option<PathBuf>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("./trunkline-data"),
            http: SocketAddr::from(([127, 0, 0, 1], 8080)),
            https: SocketAddr::from(([127, 0, 0, 1], 8443)),
            plain_http_behind_proxy: false,
            drain: Span::from_secs(10),
            master_key: None,
            master_key_file: None,
        }
    }
}

impl Server {
    pub(super) fn validate(&self, violations: &mut Vec<Invalid>) {
        require(violations, !self.data_dir.as_os_str().is_empty(), "server.data_dir", "must not be empty");
        require(
            violations,
            self.master_key.is_none() || self.master_key_file.is_none(),
            "server.master_key",
            "and server.master_key_file exclude each other",
        );
        if let Some(key) = &self.master_key {
            let key = key.expose();
            let is_key = key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
            require(violations, is_key, "server.master_key", "must be 64 hex digits");
        }
        require(
            violations,
            self.http != self.https || self.http.port() == 0,
            "server.https",
            "must differ from server.http",
        );
    }
}
