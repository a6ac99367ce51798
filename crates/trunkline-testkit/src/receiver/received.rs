//! What a receiver got.

/// A request as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The place in the order of all requests, from 0.
    pub number: usize,
    /// The connection it came on, from 0.
    pub connection: usize,
    /// `POST`.
    pub method: String,
    /// Path and query as they were sent.
    pub target: String,
    /// Header names in lower case with their values, in the order in which they were sent.
    pub headers: Vec<(String, String)>,
    /// The bytes of the body.
    pub body: Vec<u8>,
}

impl Received {
    /// The path without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The first value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("notifications are UTF-8")
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Reads a head, without the empty line at its end.
    pub(super) fn parse(connection: usize, head: &str) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        });
        let headers = headers.collect::<Option<_>>()?;
        Some(Self { number: 0, connection, method, target, headers, body: Vec::new() })
    }

    /// The announced length of the body.
    pub(super) fn content_length(&self) -> usize {
        self.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)
    }
}
