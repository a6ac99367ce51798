//! An endpoint taken apart: whom to connect to, and what the request says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use rustls_pki_types::ServerName;

use super::Post;

/// What the platform calls itself.
const AGENT: HeaderValue = HeaderValue::from_static(concat!("trunkline/", env!("CARGO_PKG_VERSION")));

/// Where connections go and what they may be used for: those to equal origins are interchangeable.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    pub(super) host: Host,
    pub(super) port: u16,
    /// `None` for plain HTTP.
    pub(super) tls: Option<TlsPeer>,
}

/// A host as it stands in a URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Host {
    /// In lower case.
    Name(String),
    Address(IpAddr),
}

/// The other end of a TLS connection, and who we are to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct TlsPeer {
    /// Whom its certificate must name.
    pub(super) name: ServerName<'static>,
    /// Which client certificate is shown: its place in the list of the options. A connection that was authorised by one
    /// must not carry requests for another.
    pub(super) identity: Option<usize>,
}

/// An endpoint, ready to be called. Not `Debug`: its query may be a credential.
pub(super) struct Endpoint {
    pub(super) origin: Arc<Origin>,
    /// Path and query as they were given.
    target: Uri,
    host: HeaderValue,
}

impl Endpoint {
    /// Takes a URL apart. Which client certificate is shown for it remains to be chosen.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(url: &str) -> Result<Self, &'static str> {
        let uri: Uri = url.parse().map_err(|_| "it is not a URL")?;
        let is_secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("it is neither an https nor an http URL"),
        };
        let authority = uri.authority().ok_or("it names no host")?;
        let (text, name) = (authority.as_str(), authority.host());
        if text.contains('@') {
            return Err("it contains user information");
        }
        let default = if is_secure { 443 } else { 80 };
        let port = match text.get(name.len()..) {
            Some("") => default,
            Some(_) => authority.port_u16().filter(|port| *port > 0).ok_or("its port is no port")?,
            None => return Err("it names no host"),
        };
        let host = Host::parse(name).ok_or("it names no host")?;
        let tls = if is_secure {
            let name = host.server_name().ok_or("its host name cannot be in a certificate")?;
            Some(TlsPeer { name, identity: None })
        } else {
            None
        };
        let header = if port == default { name.to_owned() } else { format!("{name}:{port}") };
        Ok(Self {
            origin: Arc::new(Origin { host, port, tls }),
            target: uri.path_and_query().map_or_else(Uri::default, |target| Uri::from(target.clone())),
            host: HeaderValue::try_from(header).map_err(|_| "it names no host")?,
        })
    }

    /// The same endpoint, with a client certificate.
    #[must_use]
    pub(super) fn with_identity(mut self, identity: Option<usize>) -> Self {
        if let Some(tls) = &mut Arc::make_mut(&mut self.origin).tls {
            tls.identity = identity;
        }
        self
    }

    /// The path, without the query.
    pub(super) fn path(&self) -> &str {
        self.target.path()
    }

    /// The request. The protocol adds the length of a body, but not of one that is empty.
    pub(super) fn request(&self, post: &Post) -> Request<Full<Bytes>> {
        let mut headers = HeaderMap::with_capacity(post.headers.len() + 3);
        // First, as RFC 9110 §7.2 asks for.
        headers.insert(HOST, self.host.clone());
        headers.insert(USER_AGENT, AGENT);
        for (name, value) in &post.headers {
            if !is_ours(name) {
                headers.append(name, value.clone());
            }
        }
        if post.body.is_empty() {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let mut request = Request::new(Full::new(post.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.target.clone();
        *request.headers_mut() = headers;
        request
    }
}

/// Headers that steer the connection or that the transport sets; manifests cannot name most of them anyway.
fn is_ours(name: &HeaderName) -> bool {
    [HOST, USER_AGENT, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION, UPGRADE, EXPECT, TE, TRAILER]
        .contains(name)
}

impl Host {
    fn parse(text: &str) -> Option<Self> {
        if let Some(literal) = text.strip_prefix('[') {
            let address: Ipv6Addr = literal.strip_suffix(']')?.parse().ok()?;
            return Some(Self::Address(address.into()));
        }
        if text.is_empty() {
            return None;
        }
        // Other spellings of addresses (octal, hexadecimal, one number) are names: the resolver may understand them, and
        // the address policy judges what it makes of them.
        let address: Option<Ipv4Addr> = text.parse().ok();
        Some(
            address.map_or_else(
                || Self::Name(text.to_ascii_lowercase()),
                |address| Self::Address(address.into()),
            ),
        )
    }

    fn server_name(&self) -> Option<ServerName<'static>> {
        match self {
            Self::Name(name) => ServerName::try_from(name.clone()).ok(),
            Self::Address(address) => Some(ServerName::from(*address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(headers: &[(&'static str, &'static str)]) -> Post {
        let pairs = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        Post { endpoint: "".into(), headers: pairs.collect(), body: Bytes::from_static(b"{}") }
    }

    fn parse(url: &str) -> Endpoint {
        Endpoint::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    #[test]
    fn path_and_query_stay_as_they_were_given() {
        for (url, target) in [
            ("https://a.example/x?tenant=1&y=%20%2f", "/x?tenant=1&y=%20%2f"),
            ("https://a.example", "/"),
            ("https://a.example/", "/"),
            ("https://a.example?q=1", "/?q=1"),
            ("https://a.example//x/../y", "//x/../y"),
        ] {
            assert_eq!(parse(url).request(&post(&[])).uri().to_string(), target, "{url}");
        }
    }

    #[test]
    fn the_host_header_names_a_port_that_is_not_the_default() {
        for (url, host, port) in [
            ("https://a.example/x", "a.example", 443),
            ("https://a.example:443/x", "a.example", 443),
            ("http://a.example/x", "a.example", 80),
            ("http://a.example:443/x", "a.example:443", 443),
            ("https://a.example:8443/x", "a.example:8443", 8443),
            ("https://[::1]:8443/x", "[::1]:8443", 8443),
            ("https://[::1]/x", "[::1]", 443),
        ] {
            let endpoint = parse(url);
            assert_eq!(endpoint.request(&post(&[])).headers()[HOST], host, "{url}");
            assert_eq!(endpoint.origin.port, port, "{url}");
        }
    }

    #[test]
    fn host_is_the_first_header_and_ours_cannot_be_replaced() {
        let custom = [
            ("content-type", "application/json"),
            ("x-one", "1"),
            ("x-one", "2"),
            ("host", "evil.example"),
            ("user-agent", "evil"),
            ("content-length", "1"),
            ("transfer-encoding", "chunked"),
            ("connection", "upgrade"),
            ("expect", "100-continue"),
        ];
        let request = parse("https://a.example/x").request(&post(&custom));
        let agent = format!("trunkline/{}", env!("CARGO_PKG_VERSION"));
        let sent: Vec<_> = request.headers().iter().map(|(name, value)| (name.as_str(), value)).collect();
        let text: Vec<_> = sent.iter().map(|(name, value)| (*name, value.to_str().unwrap())).collect();
        assert_eq!(
            text,
            [
                ("host", "a.example"),
                ("user-agent", agent.as_str()),
                ("content-type", "application/json"),
                ("x-one", "1"),
                ("x-one", "2"),
            ]
        );
    }

    #[test]
    fn equal_origins_share_connections_and_others_do_not() {
        let origin = |url| parse(url).origin;
        assert_eq!(origin("https://a.example/x"), origin("https://A.example:443/y?z"));
        for other in ["http://a.example/x", "https://b.example/x", "https://a.example:444/x"] {
            assert_ne!(origin("https://a.example/x"), origin(other), "{other}");
        }
        let identified = parse("https://a.example/x").with_identity(Some(0)).origin;
        assert_ne!(origin("https://a.example/x"), identified);
    }

    #[test]
    fn only_plain_literals_are_addresses() {
        for (url, is_address) in [
            ("http://127.0.0.1/", true),
            ("http://[::ffff:127.0.0.1]/", true),
            ("http://2130706433/", false),
            ("http://127.1/", false),
            ("http://0x7f000001/", false),
            ("http://0177.0.0.1/", false),
        ] {
            assert_eq!(matches!(parse(url).origin.host, Host::Address(_)), is_address, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_called_is_refused() {
        for url in [
            "",
            "x",
            "/x",
            "ftp://a.example/",
            "https://",
            "https:///x",
            "https://user:pw@a.example/",
            "https://a.example:0/",
            "https://a.example:99999/",
            "https://a.example:/",
            "https://[::1/",
            "https://a b/",
            "https://a_b..example/",
        ] {
            assert!(Endpoint::parse(url).is_err(), "{url}");
        }
    }
}
