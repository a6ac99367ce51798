//! The local certificate authority and the server certificate of `serve --dev`, made once and kept.
//!
//! Each certificate file begins with a line that says when it ends (text outside the PEM block is ignored by every
//! reader, RFC 7468 §2), so that renewing needs no certificate parser.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use anyhow::Context as _;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use trunkline_http::server::TlsIdentity;
use trunkline_wire::{EpochMillis, EpochSeconds};

use super::dates::Validity;
use crate::data_dir::{DataDir, Mode, read_if_there, write_atomically};
use crate::failure::Failure;

const CA_DAYS: i64 = 3650;
/// Some clients refuse server certificates that are valid for longer.
const SERVER_DAYS: i64 = 397;
/// Certificates that end sooner are made anew.
const MARGIN_SECONDS: i64 = 30 * 86_400;

/// A certificate and its key, PEM.
struct Pair {
    certificate: String,
    key: String,
}

/// The certificate that `serve --dev` shows, with its authority in `dev-ca.pem`.
pub(crate) fn server_identity(data_dir: &DataDir, now: EpochMillis) -> Result<TlsIdentity, Failure> {
    let pair = ensure(data_dir, now).context("cannot set up the development certificate")?;
    let identity = TlsIdentity::from_pem(pair.certificate.as_bytes(), pair.key.as_bytes());
    Ok(identity.context("the development certificate is damaged; remove dev-server.pem to get a new one")?)
}

fn ensure(data_dir: &DataDir, now: EpochMillis) -> anyhow::Result<Pair> {
    let (ca_file, ca_key_file) = (data_dir.ca_file(), data_dir.file("dev-ca.key"));
    let (server_file, server_key_file) = (data_dir.file("dev-server.pem"), data_dir.file("dev-server.key"));
    let ca = read(&ca_file, &ca_key_file, now)?;
    if ca.is_some()
        && let Some(server) = read(&server_file, &server_key_file, now)?
    {
        return Ok(server);
    }
    let ca_key = if let Some(ca) = ca {
        KeyPair::from_pem(&ca.key).with_context(|| format!("{} is damaged", ca_key_file.display()))?
    } else {
        let key = KeyPair::generate()?;
        let validity = Validity::days(now, CA_DAYS);
        let mut parameters = ca_parameters();
        validity.apply(&mut parameters);
        let certificate = parameters.self_signed(&key)?;
        write(&ca_file, &ca_key_file, validity, &certificate.pem(), &key)?;
        key
    };
    let validity = Validity::days(now, SERVER_DAYS);
    let (certificate, key) = issue(ca_key, "Trunkline development server", validity)?;
    write(&server_file, &server_key_file, validity, &certificate, &key)?;
    Ok(Pair { certificate, key: key.serialize_pem() })
}

/// A certificate for another server on this machine, with its key, signed by the authority that is there: as a
/// connector's developer would want one for a local receiver.
pub(crate) fn peer_identity(
    data_dir: &DataDir,
    name: &str,
    now: EpochMillis,
) -> anyhow::Result<(CertificateDer<'static>, PrivateKeyDer<'static>)> {
    let ca = read(&data_dir.ca_file(), &data_dir.file("dev-ca.key"), now)?;
    let ca = ca.context("there is no development authority")?;
    let validity = Validity::days(now, SERVER_DAYS);
    let (certificate, key) = issue(KeyPair::from_pem(&ca.key)?, name, validity)?;
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes())?;
    Ok((certificate, PrivatePkcs8KeyDer::from(key.serialize_der()).into()))
}

/// A new certificate, PEM, and its new key.
fn issue(ca_key: KeyPair, name: &str, validity: Validity) -> anyhow::Result<(String, KeyPair)> {
    let issuer = Issuer::new(ca_parameters(), ca_key);
    let key = KeyPair::generate()?;
    let mut parameters = server_parameters(name);
    validity.apply(&mut parameters);
    let certificate = parameters.signed_by(&key, &issuer)?.pem();
    Ok((certificate, key))
}

/// The name must stay the same for ever: it ties new server certificates to an authority that clients trust already.
fn ca_parameters() -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, "Trunkline development CA");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters
}

fn server_parameters(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, name);
    let localhost = "localhost".try_into().expect("plain ASCII");
    parameters.subject_alt_names = vec![
        SanType::DnsName(localhost),
        SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST)),
    ];
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    parameters.use_authority_key_identifier_extension = true;
    parameters
}

const ENDS: &str = "Ends (epoch seconds): ";

fn write(
    file: &Path,
    key_file: &Path,
    validity: Validity,
    certificate: &str,
    key: &KeyPair,
) -> anyhow::Result<()> {
    let text = format!("{ENDS}{}\n{certificate}", validity.until().0);
    // The key first: a certificate without its key would look complete after a crash.
    write_atomically(key_file, key.serialize_pem().as_bytes(), Mode::Private)
        .with_context(|| format!("cannot write {}", key_file.display()))?;
    write_atomically(file, text.as_bytes(), Mode::Public)
        .with_context(|| format!("cannot write {}", file.display()))
}

/// A pair that is there and still valid for a while.
fn read(file: &Path, key_file: &Path, now: EpochMillis) -> anyhow::Result<Option<Pair>> {
    let (Some(certificate), Some(key)) = (read_if_there(file)?, read_if_there(key_file)?) else {
        return Ok(None);
    };
    let ends = certificate.lines().find_map(|line| line.strip_prefix(ENDS)?.parse().ok().map(EpochSeconds));
    let lasts = ends.is_some_and(|ends| ends.0 - now.seconds().0 > MARGIN_SECONDS);
    Ok(lasts.then_some(Pair { certificate, key }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: EpochMillis = EpochMillis(1_795_000_000_000);

    fn certificates(dir: &DataDir) -> [String; 2] {
        ["dev-ca.pem", "dev-server.pem"].map(|name| std::fs::read_to_string(dir.file(name)).unwrap())
    }

    #[test]
    fn certificates_are_made_once_and_renewed_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::new(folder.path());
        server_identity(&dir, NOW).unwrap();
        let [ca, server] = certificates(&dir);
        assert!(ca.contains("BEGIN CERTIFICATE"));
        let days = |days: i64| EpochMillis(NOW.0 + days * 86_400_000);

        server_identity(&dir, days(300)).unwrap();
        assert_eq!(certificates(&dir), [ca.clone(), server.clone()]);

        server_identity(&dir, days(380)).unwrap();
        let [same_ca, renewed] = certificates(&dir);
        assert_eq!(same_ca, ca);
        assert_ne!(renewed, server);

        server_identity(&dir, days(3640)).unwrap();
        assert_ne!(certificates(&dir)[0], ca);
    }

    #[cfg(unix)]
    #[test]
    fn keys_are_private_and_certificates_public() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::new(folder.path());
        server_identity(&dir, NOW).unwrap();
        for (name, mode) in [
            ("dev-ca.key", 0o600),
            ("dev-server.key", 0o600),
            ("dev-ca.pem", 0o644),
            ("dev-server.pem", 0o644),
        ] {
            let found = std::fs::metadata(dir.file(name)).unwrap().permissions().mode() & 0o777;
            assert_eq!(found, mode, "{name}");
        }
    }
}
