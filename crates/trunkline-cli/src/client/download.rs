//! Long answers, as they come.

use bytes::Bytes;
use reqwest::Response;

use super::OperatorClient;
use crate::failure::Failure;

/// An answer that is being read.
#[derive(Debug)]
pub(crate) struct Download<'a> {
    pub(super) client: &'a OperatorClient,
    pub(super) response: Response,
}

impl Download<'_> {
    /// The next bytes; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        self.response.chunk().await.map_err(|error| self.client.unreachable(error))
    }
}
