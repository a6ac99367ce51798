//! What a request was answered.

use serde_json::Value;

/// An HTTP answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body as it came.
    pub text: String,
}

impl Answer {
    /// Sends a request and reads the answer. An event stream has no end: its head is the answer, and its text stays empty.
    pub async fn to(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.expect("the test server answers");
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let mut answer = Self { status, headers, text: String::new() };
        if answer.header("content-type") != Some("text/event-stream") {
            answer.text = response.text().await.expect("the answer is text");
        }
        answer
    }

    /// The body as JSON; an answer that is not labelled or formed as JSON fails the test.
    pub fn json(&self) -> Value {
        // The only two forms that the official sample parses (spec 10 §1 T1).
        let label = self.header("content-type");
        assert!(matches!(label, Some("application/json" | "application/json;charset=utf-8")), "{self:?}");
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
