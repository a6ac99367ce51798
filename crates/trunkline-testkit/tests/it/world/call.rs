//! A request that is changed before it is sent: credentials are put into it.

use reqwest::Method;
use trunkline_testkit::{Answer, TestServer};

/// A request to be.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// With the query, which is never empty.
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Call {
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    /// `Authorization`.
    pub(crate) fn authorization(self, value: impl Into<String>) -> Self {
        self.header("authorization", value)
    }

    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// More parameters for the query.
    pub(crate) fn query(mut self, parameters: &str) -> Self {
        self.path = format!("{}&{parameters}", self.path);
        self
    }

    pub(crate) async fn send(&self, server: &TestServer) -> Answer {
        let mut request = server.request(self.method.clone(), &self.path);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        Answer::to(request.body(self.body.clone())).await
    }
}
