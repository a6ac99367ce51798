//! `[tls]`: the certificate of the HTTPS listener.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Invalid, require};

/// The certificate of the HTTPS listener. Both files or neither.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Tls {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) certificate_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_file: Option<PathBuf>,
}

impl Tls {
    /// The certificate and key files, when both are given.
    pub(crate) fn files(&self) -> Option<(&Path, &Path)> {
        self.certificate_file.as_deref().zip(self.key_file.as_deref())
    }

    pub(super) fn validate(&self, violations: &mut Vec<Invalid>) {
        require(
            violations,
            self.certificate_file.is_some() == self.key_file.is_some(),
            "tls.certificate_file",
            "and tls.key_file are needed together",
        );
    }
}
