//! A transport under test, and the names it knows.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use trunkline_jobs::webhooks::transport::{
    AddressPolicy, Answer, Authorities, HttpTransport, PlainHttp, Post, Resolver, Transport as _,
    TransportOptions,
};

/// A limit that is not to strike.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// A limit that is to strike.
pub(crate) const SHORT: Duration = Duration::from_millis(200);

/// What is in queries, headers and bodies and must not be in any error.
const SECRET: &str = "s3cret";

/// A transport for loopback receivers, and what its resolver is asked.
pub(crate) struct Caller {
    pub(crate) transport: HttpTransport,
    pub(crate) names: Arc<Names>,
}

impl Caller {
    /// Patient, and allowed to call loopback.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut TransportOptions)) -> Self {
        let names = Arc::new(Names::default());
        let mut options = TransportOptions {
            connect_timeout: LONG,
            response_timeout: LONG,
            body_grace: LONG,
            idle_timeout: LONG,
            addresses: AddressPolicy::public_only().and_loopback(),
            plain_http: PlainHttp::Loopback,
            authorities: Authorities { system: false, extra: Vec::new() },
            resolver: Arc::clone(&names) as _,
            ..TransportOptions::default()
        };
        change(&mut options);
        Self { transport: HttpTransport::new(options).unwrap(), names }
    }

    /// POSTs a notification full of secrets.
    pub(crate) async fn post(&self, url: &str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert("authorization", HeaderValue::from_static("Bearer s3cret"));
        let endpoint = format!("{url}?key={SECRET}").into();
        let body = Bytes::from_static(br#"{"text":"s3cret"}"#);
        let answer = self.transport.post(Post { endpoint, headers, body }).await;
        assert!(!format!("{:?}", answer.error).contains(SECRET), "{answer:?}");
        answer
    }

    /// POSTs and expects a confirmation with nothing to complain about.
    pub(crate) async fn confirmed(&self, url: &str) {
        let answer = self.post(url).await;
        assert_eq!((answer.status, answer.error.as_deref()), (Some(200), None), "{answer:?}");
        assert!(answer.is_confirmation());
    }

    /// POSTs, expects no answer, and returns why.
    pub(crate) async fn refused(&self, url: &str) -> String {
        let answer = self.post(url).await;
        assert_eq!((answer.status, answer.excerpt.as_str()), (None, ""), "{answer:?}");
        assert!(!answer.is_confirmation());
        answer.error.unwrap()
    }
}

/// A resolver that says what a test wants.
#[derive(Default)]
pub(crate) struct Names {
    known: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    /// The host resolves to these addresses, one list after the other; the last one stays.
    pub(crate) fn know(&self, host: &str, lists: &[&[&str]]) {
        let lists = lists.iter().map(|list| list.iter().map(|address| address.parse().unwrap()).collect());
        self.known.lock().unwrap().insert(host.to_owned(), lists.collect());
    }

    /// The hosts that were looked up.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Resolver for Names {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.lock().unwrap().push(host.to_owned());
        let mut known = self.known.lock().unwrap();
        let lists = known.get_mut(host).ok_or_else(|| io::Error::other("no such host"))?;
        Ok(if lists.len() > 1 { lists.remove(0) } else { lists[0].clone() })
    }
}

/// A resolver that never answers.
pub(crate) struct Silence;

#[async_trait]
impl Resolver for Silence {
    async fn resolve(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
        std::future::pending().await
    }
}
