//! Making request bytes.

use std::fmt::Write as _;

/// A request under construction.
#[derive(Debug, Clone)]
pub struct Request {
    head: String,
}

impl Request {
    /// Starts a request.
    pub fn new(method: &str, path: &str) -> Self {
        Self { head: format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n") }
    }

    /// Starts a GET.
    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// Starts a POST.
    pub fn post(path: &str) -> Self {
        Self::new("POST", path)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        // Writing into a String cannot fail.
        let _ = write!(self.head, "{name}: {value}\r\n");
        self
    }

    /// The request's bytes without a body.
    pub fn empty(self) -> Vec<u8> {
        self.header("Content-Length", "0").finish(b"")
    }

    /// The request's bytes with a JSON body.
    pub fn json(self, body: &str) -> Vec<u8> {
        self.header("Content-Type", "application/json")
            .header("Content-Length", &body.len().to_string())
            .finish(body.as_bytes())
    }

    /// The request's bytes with any body.
    pub fn bytes(self, body: &[u8]) -> Vec<u8> {
        self.header("Content-Length", &body.len().to_string()).finish(body)
    }

    /// The request's bytes with a form body.
    pub fn form(self, body: &str) -> Vec<u8> {
        self.header("Content-Type", "application/x-www-form-urlencoded")
            .header("Content-Length", &body.len().to_string())
            .finish(body.as_bytes())
    }

    fn finish(self, body: &[u8]) -> Vec<u8> {
        let mut bytes = self.head.into_bytes();
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_what_http_says() {
        let bytes = Request::post("/a").header("Authorization", "x").json("{}");
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "POST /a HTTP/1.1\r\nHost: localhost\r\nAuthorization: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        );
    }
}
