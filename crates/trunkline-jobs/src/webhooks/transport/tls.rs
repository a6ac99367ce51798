//! TLS towards endpoints: whom we trust, and who we are.

use std::fmt;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::TransportError;
use super::endpoint::{Endpoint, Origin};

/// Who may sign the certificates of endpoints.
#[derive(Debug, Clone)]
pub struct Authorities {
    /// Those the operating system trusts.
    pub system: bool,
    /// More of them.
    pub extra: Vec<CertificateDer<'static>>,
}

impl Default for Authorities {
    fn default() -> Self {
        Self { system: true, extra: Vec::new() }
    }
}

impl Authorities {
    /// Adds all certificates of a PEM text.
    ///
    /// # Errors
    /// When the text is not PEM or holds no certificate.
    pub fn add_pem(&mut self, pem: &[u8]) -> Result<(), TransportError> {
        self.extra.extend(certificates(pem)?);
        Ok(())
    }
}

/// What the platform shows to the endpoints below a URL that ask for a certificate (mutual TLS). Source: spec 06 §8.
pub struct ClientCertificate {
    scope: Scope,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl ClientCertificate {
    /// Takes a URL such as `https://hooks.example.org/lp` and PEM texts: the chain, leaf first, and its key (PKCS#8, PKCS#1
    /// or SEC1). The certificate is meant for all endpoints of that scheme, host and port whose path is that path or below
    /// it; where several match, the longest path wins.
    ///
    /// # Errors
    /// When the URL is not `https` or has a query, or the texts do not hold what they should.
    pub fn from_pem(prefix: &str, chain: &[u8], key: &[u8]) -> Result<Self, TransportError> {
        let endpoint = Endpoint::parse(prefix).map_err(TransportError::Prefix)?;
        if endpoint.origin.tls.is_none() {
            return Err(TransportError::Prefix("it is not an https URL"));
        }
        if prefix.contains(['?', '#']) {
            return Err(TransportError::Prefix("it has a query or a fragment"));
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(TransportError::Key)?;
        let path = endpoint.path().trim_end_matches('/').to_owned();
        Ok(Self { scope: Scope { origin: endpoint.origin, path }, chain: certificates(chain)?, key })
    }
}

/// Endpoints of one origin whose path is this one or below it.
#[derive(Debug, Clone)]
struct Scope {
    origin: Arc<Origin>,
    /// Without a slash at its end.
    path: String,
}

impl Scope {
    fn contains(&self, endpoint: &Endpoint) -> bool {
        let below = endpoint.path().strip_prefix(self.path.as_str());
        endpoint.origin == self.origin && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// The settings of TLS connections: one for endpoints without a client certificate, and one per certificate, so that
/// nothing of one is ever used for another.
pub(super) struct Tls {
    anonymous: Arc<ClientConfig>,
    identities: Vec<Identity>,
}

struct Identity {
    scope: Scope,
    config: Arc<ClientConfig>,
}

impl Tls {
    pub(super) fn new(
        authorities: &Authorities,
        certificates: Vec<ClientCertificate>,
    ) -> Result<Self, TransportError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let roots = Arc::new(roots(authorities)?);
        let identities = certificates.into_iter().map(|certificate| {
            let scope = certificate.scope.clone();
            Ok(Identity { scope, config: config(&provider, &roots, Some(certificate))? })
        });
        Ok(Self {
            anonymous: config(&provider, &roots, None)?,
            identities: identities.collect::<Result<_, TransportError>>()?,
        })
    }

    /// The client certificate to show to an endpoint.
    pub(super) fn identity(&self, endpoint: &Endpoint) -> Option<usize> {
        let matching = self.identities.iter().enumerate();
        let matching = matching.filter(|(_, identity)| identity.scope.contains(endpoint));
        matching.max_by_key(|(_, identity)| identity.scope.path.len()).map(|(index, _)| index)
    }

    /// The settings for connections that show this certificate.
    pub(super) fn config(&self, identity: Option<usize>) -> Arc<ClientConfig> {
        let identity = identity.and_then(|index| self.identities.get(index));
        Arc::clone(identity.map_or(&self.anonymous, |identity| &identity.config))
    }
}

fn config(
    provider: &Arc<CryptoProvider>,
    roots: &Arc<RootCertStore>,
    certificate: Option<ClientCertificate>,
) -> Result<Arc<ClientConfig>, TransportError> {
    let builder = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .map_err(TransportError::Tls)?
        .with_root_certificates(Arc::clone(roots));
    let mut config = match certificate {
        None => builder.with_no_client_auth(),
        Some(ClientCertificate { chain, key, .. }) => {
            builder.with_client_auth_cert(chain, key).map_err(TransportError::ClientCertificate)?
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A resumed session is not checked against the certificate again; connections are kept, so nothing is lost.
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

fn roots(authorities: &Authorities) -> Result<RootCertStore, TransportError> {
    let mut roots = RootCertStore::empty();
    if authorities.system {
        let found = rustls_native_certs::load_native_certs();
        let (added, _) = roots.add_parsable_certificates(found.certs);
        if added == 0 {
            let error = found.errors.first().map(ToString::to_string);
            tracing::warn!(
                error,
                "the system trusts no certificate authority, so no public endpoint can be reached"
            );
        }
    }
    for certificate in &authorities.extra {
        roots.add(certificate.clone()).map_err(TransportError::Authority)?;
    }
    Ok(roots)
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(TransportError::Certificate)?;
    if found.is_empty() { Err(TransportError::NoCertificate) } else { Ok(found) }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").field("scope", &self.scope).finish_non_exhaustive()
    }
}
