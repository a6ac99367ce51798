//! Certificates for receivers and for those who call them.

use std::fmt;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate authority that nobody trusts unless told to.
pub struct TestAuthority(CertifiedIssuer<'static, KeyPair>);

impl TestAuthority {
    /// Makes an authority.
    pub fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Self(CertifiedIssuer::self_signed(parameters, key()).expect("an authority"))
    }

    /// The certificate to trust.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server's certificate for host names or IP addresses.
    pub fn server(&self, names: &[&str]) -> TestIdentity {
        self.sign(names, ExtendedKeyUsagePurpose::ServerAuth, (2020, 2100))
    }

    /// A server's certificate that has expired.
    pub fn expired_server(&self, names: &[&str]) -> TestIdentity {
        self.sign(names, ExtendedKeyUsagePurpose::ServerAuth, (2020, 2021))
    }

    /// A server's certificate that is not valid yet.
    pub fn future_server(&self, names: &[&str]) -> TestIdentity {
        self.sign(names, ExtendedKeyUsagePurpose::ServerAuth, (2099, 2100))
    }

    /// A client's certificate.
    pub fn client(&self, name: &str) -> TestIdentity {
        self.sign(&[name], ExtendedKeyUsagePurpose::ClientAuth, (2020, 2100))
    }

    fn sign(&self, names: &[&str], purpose: ExtendedKeyUsagePurpose, years: (i32, i32)) -> TestIdentity {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut parameters = CertificateParams::new(names).expect("host names and addresses");
        parameters.extended_key_usages = vec![purpose];
        parameters.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        let key = key();
        let certificate = parameters.signed_by(&key, &self.0).expect("a certificate");
        TestIdentity { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() }
    }
}

/// A certificate with its key, as PEM texts.
pub struct TestIdentity {
    /// The certificate.
    pub certificate_pem: String,
    /// Its private key.
    pub key_pem: String,
}

impl TestIdentity {
    /// TLS as this server, open to everybody.
    pub(super) fn server_config(&self) -> ServerConfig {
        let builder = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("rustls knows TLS 1.2 and 1.3");
        let config = builder.with_no_client_auth().with_single_cert(self.chain(), self.key());
        with_http(config.expect("certificate and key fit"))
    }

    /// TLS as this server, open to holders of a certificate of this authority.
    pub(super) fn mutual_server_config(&self, clients: &TestAuthority) -> ServerConfig {
        let mut roots = RootCertStore::empty();
        roots.add(clients.0.der().clone()).expect("an authority");
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
        let builder = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("rustls knows TLS 1.2 and 1.3")
            .with_client_cert_verifier(verifier.build().expect("there is an authority"));
        with_http(builder.with_single_cert(self.chain(), self.key()).expect("certificate and key fit"))
    }

    fn chain(&self) -> Vec<CertificateDer<'static>> {
        let certificates = CertificateDer::pem_slice_iter(self.certificate_pem.as_bytes());
        certificates.collect::<Result<_, _>>().expect("PEM")
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes()).expect("PEM")
    }
}

impl fmt::Debug for TestIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TestIdentity(…)")
    }
}

impl fmt::Debug for TestAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TestAuthority(…)")
    }
}

fn with_http(mut config: ServerConfig) -> ServerConfig {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}
