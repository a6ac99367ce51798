//! How the transport behaves.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{AddressPolicy, Authorities, ClientCertificate, Resolver, SystemResolver};

/// How the transport behaves; the default is what spec 06 and issue 3 ask for.
pub struct TransportOptions {
    /// For looking up the host, connecting and the TLS handshake together. Source: spec 06 §5.
    pub connect_timeout: Duration,
    /// From the beginning of sending to the end of the answer's head. Source: spec 06 §5.
    pub response_timeout: Duration,
    /// How long the rest of an answer is waited for, so that its connection can be used again.
    pub body_grace: Duration,
    /// How long an unused connection is kept.
    pub idle_timeout: Duration,
    /// How many unused connections to one origin are kept.
    pub idle_per_origin: usize,
    /// How many unused connections are kept in all.
    pub idle_in_all: usize,
    /// Which addresses may be called.
    pub addresses: AddressPolicy,
    /// Where `http` may be used.
    pub plain_http: PlainHttp,
    /// Who may sign the certificates of endpoints.
    pub authorities: Authorities,
    /// What is shown to endpoints that ask for a certificate.
    pub client_certificates: Vec<ClientCertificate>,
    /// Looks hosts up.
    pub resolver: Arc<dyn Resolver>,
}

/// Where plain HTTP may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlainHttp {
    /// Nowhere: endpoints are `https`.
    #[default]
    Never,
    /// To loopback addresses, as far as the address policy allows them: for development.
    Loopback,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            response_timeout: Duration::from_secs(5),
            body_grace: Duration::from_millis(250),
            idle_timeout: Duration::from_secs(30),
            idle_per_origin: 64,
            idle_in_all: 512,
            addresses: AddressPolicy::public_only(),
            plain_http: PlainHttp::Never,
            authorities: Authorities::default(),
            client_certificates: Vec::new(),
            resolver: Arc::new(SystemResolver::default()),
        }
    }
}

impl TransportOptions {
    /// What `serve --dev` uses: loopback addresses are allowed, and plain HTTP to them.
    pub fn development() -> Self {
        Self {
            addresses: AddressPolicy::public_only().and_loopback(),
            plain_http: PlainHttp::Loopback,
            ..Self::default()
        }
    }
}

impl fmt::Debug for TransportOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportOptions")
            .field("connect_timeout", &self.connect_timeout)
            .field("response_timeout", &self.response_timeout)
            .field("addresses", &self.addresses)
            .field("plain_http", &self.plain_http)
            .field("client_certificates", &self.client_certificates)
            .finish_non_exhaustive()
    }
}

/// Why a transport cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// A certificate text is not PEM.
    #[error("the certificate is not valid PEM")]
    Certificate(#[source] rustls_pki_types::pem::Error),
    /// A certificate text holds no certificate.
    #[error("the certificate file holds no certificate")]
    NoCertificate,
    /// A key text is not PEM, or holds no private key.
    #[error("the private key is not valid PEM")]
    Key(#[source] rustls_pki_types::pem::Error),
    /// A certificate cannot be that of an authority.
    #[error("the certificate cannot be trusted as an authority")]
    Authority(#[source] rustls::Error),
    /// Client certificate and key do not fit together, or are of an unsupported kind.
    #[error("the client certificate and its private key cannot be used")]
    ClientCertificate(#[source] rustls::Error),
    /// A client certificate is meant for a URL that is of no use.
    #[error("the URL of a client certificate is of no use: {0}")]
    Prefix(&'static str),
    /// TLS cannot be set up.
    #[error("cannot set up TLS")]
    Tls(#[source] rustls::Error),
}
