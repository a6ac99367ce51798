//! Where files go and come from. Source: spec 21 §7.7.

use trunkline_wire::agent::{ErrorCode, UploadRequest};

use super::Refused;
use crate::agent::connection::AgentConnection;
use crate::files::{FileCaller, FileError, SignedFileUrl};

impl From<FileError> for Refused {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Invalid(rule) => Self::new(ErrorCode::BadRequest, rule),
            FileError::Unknown => Self::not_found("file"),
            FileError::TooManyWaiting => Self::new(ErrorCode::TooManyRequests, error.to_string()),
            FileError::Service(error) => error.into(),
        }
    }
}

/// A URL for one upload.
pub(super) async fn upload_url(
    connection: &AgentConnection,
    request: UploadRequest,
) -> Result<SignedFileUrl, Refused> {
    Ok(connection.parts.files.upload_url(&caller(connection), request).await?)
}

/// A URL for downloads of a file, for whoever takes or took part in its conversation, and for managers.
pub(super) async fn download_url(
    connection: &AgentConnection,
    relative_path: &str,
) -> Result<SignedFileUrl, Refused> {
    Ok(connection.parts.files.download_url(&caller(connection), relative_path).await?)
}

fn caller(connection: &AgentConnection) -> FileCaller {
    let caller = &connection.caller;
    FileCaller::agent(caller.account.clone(), caller.pid, caller.is_manager())
}
