//! What a server says when it is ready: where it is and what to do next.

use crate::config::Settings;
use crate::data_dir::{DataDir, ServerFile};
use crate::platform::Mode;

pub(crate) fn show(settings: &Settings, mode: Mode, data_dir: &DataDir, server: &ServerFile) {
    let http = server.http.as_deref().unwrap_or("-");
    let https = server.https.as_deref().unwrap_or("-");
    tracing::info!(http, https, data_dir = %data_dir.path().display(), "serving");
    match mode {
        Mode::Dev => {
            let (dev, ca) = (data_dir.dev_file(), data_dir.ca_file());
            tracing::info!("credentials: {}", dev.display());
            tracing::info!(
                "certificate authority to trust (curl --cacert, NODE_EXTRA_CA_CERTS): {}",
                ca.display()
            );
            tracing::info!(
                "try: curl '{http}/api/account/{}/service/baseURI.json?version=1.0'",
                crate::dev::ACCOUNT
            );
        }
        Mode::Production => {
            tracing::info!("next: trunkline --data-dir {} account list", data_dir.path().display());
            if settings.public.host.is_none() {
                tracing::warn!(
                    "public.host is not set: the Domain API names the listener's address to connectors"
                );
            }
        }
    }
}
