//! The certificate of a production server.

use anyhow::Context as _;
use trunkline_http::TlsIdentity;

use super::Mode;
use crate::config::Settings;
use crate::failure::{Exit, Failure};

/// Reads the certificate files of a production server; `None` when a proxy terminates TLS. Without either there is
/// nothing that a connector could talk to safely, so the server does not start.
pub(crate) fn certificate_files(settings: &Settings, mode: Mode) -> Result<Option<TlsIdentity>, Failure> {
    match (mode, settings.tls.files()) {
        (Mode::Dev, _) => Ok(None),
        (Mode::Production, Some((certificate, key))) => {
            let read = |path: &std::path::Path| {
                let context = || format!("cannot read {}", path.display());
                std::fs::read(path).with_context(context).map_err(|error| Failure::new(Exit::Usage, error))
            };
            let identity = TlsIdentity::from_pem(&read(certificate)?, &read(key)?);
            let context = || format!("cannot use {} and {}", certificate.display(), key.display());
            identity.map(Some).with_context(context).map_err(|error| Failure::new(Exit::Usage, error))
        }
        (Mode::Production, None) if settings.server.plain_http_behind_proxy => Ok(None),
        (Mode::Production, None) => Err(Failure::message(Exit::Usage, "there is no certificate to serve HTTPS with")
            .hint(
                "on a developer's machine: trunkline serve --dev\n      \
                 in production: set tls.certificate_file and tls.key_file (TRUNKLINE_TLS__CERTIFICATE_FILE, TRUNKLINE_TLS__KEY_FILE)\n      \
                 behind a proxy that terminates TLS: set server.plain_http_behind_proxy = true (TRUNKLINE_SERVER__PLAIN_HTTP_BEHIND_PROXY=true)",
            )),
    }
}
