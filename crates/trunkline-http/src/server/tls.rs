//! The certificate of the HTTPS listener and what is spoken over it.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate chain, leaf first, and its private key.
pub struct TlsIdentity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// Why a TLS identity cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate text is not PEM.
    #[error("the certificate is not valid PEM")]
    Certificate(#[source] rustls_pki_types::pem::Error),
    /// The certificate text holds no certificate.
    #[error("the certificate file holds no certificate")]
    NoCertificate,
    /// The key text is not PEM, or holds no private key.
    #[error("the private key is not valid PEM")]
    Key(#[source] rustls_pki_types::pem::Error),
    /// Certificate and key do not fit together, or are of an unsupported kind.
    #[error("certificate and private key cannot be used")]
    Unusable(#[source] rustls::Error),
}

impl TlsIdentity {
    /// Takes a chain, leaf first, and its key.
    pub fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Self {
        Self { chain, key }
    }

    /// Reads PEM text: the chain, leaf first, and the key (PKCS#8, PKCS#1 or SEC1).
    ///
    /// # Errors
    /// When either text is not PEM or lacks what it should hold.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain: Vec<_> =
            CertificateDer::pem_slice_iter(chain).collect::<Result<_, _>>().map_err(TlsError::Certificate)?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate);
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(TlsError::Key)?;
        Ok(Self { chain, key })
    }

    /// TLS 1.2 and 1.3 with session tickets, HTTP/1.1 only.
    pub(super) fn into_config(self) -> Result<ServerConfig, TlsError> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(self.chain, self.key))
            .map_err(TlsError::Unusable)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.ticketer = aws_lc_rs::Ticketer::new().map_err(TlsError::Unusable)?;
        Ok(config)
    }
}

impl std::fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsIdentity").field("certificates", &self.chain.len()).finish_non_exhaustive()
    }
}
