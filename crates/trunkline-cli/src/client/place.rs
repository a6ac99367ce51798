//! Where the server is and what opens it: from the flags, else from the data directory.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use trunkline_model::Secret;

use crate::args::Global;
use crate::data_dir::{DataDir, ServerFile};
use crate::failure::{Exit, Failure};

/// A server and its operator token.
#[derive(Debug)]
pub(crate) struct Place {
    /// The base URL, without a slash at the end.
    pub(crate) base: String,
    /// The operator token.
    pub(crate) token: Secret,
    /// An authority to trust beside those of the system.
    pub(crate) ca_file: Option<PathBuf>,
    data_dir: Option<DataDir>,
}

impl Place {
    /// Finds the server that the flags name.
    pub(crate) fn find(global: &Global, data_dir: &DataDir) -> Result<Self, Failure> {
        let (base, from_dir) = match &global.server {
            Some(url) => (checked(url)?, None),
            None => (running(data_dir)?, Some(data_dir.clone())),
        };
        let token_file = global.token_file.clone().unwrap_or_else(|| data_dir.token_file());
        let token = read_token(&token_file)?;
        let ca_file =
            global.ca_file.clone().or_else(|| Some(data_dir.ca_file()).filter(|file| file.exists()));
        Ok(Self { base, token, ca_file, data_dir: from_dir })
    }

    /// The base URL of the server that the flags name, for clients that need no operator token.
    pub(crate) fn base_url(global: &Global, data_dir: &DataDir) -> Result<String, Failure> {
        global.server.as_deref().map_or_else(|| running(data_dir), checked)
    }

    /// What to do when nobody answers.
    pub(crate) fn start_hint(&self) -> String {
        match &self.data_dir {
            Some(dir) => start_hint(dir.path()),
            None => "check the URL of --server, or leave it out to find the server by --data-dir".to_owned(),
        }
    }
}

fn start_hint(dir: &Path) -> String {
    format!("start the server with: trunkline serve --data-dir {}", dir.display())
}

fn checked(url: &str) -> Result<String, Failure> {
    let parsed = url.parse::<http::Uri>().ok().filter(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
            && uri.path() == "/"
            && uri.query().is_none()
    });
    match parsed {
        Some(_) => Ok(url.trim_end_matches('/').to_owned()),
        None => Err(Failure::message(Exit::Usage, format!("{url:?} is no server URL"))
            .hint("--server takes a URL without a path: https://127.0.0.1:8443")),
    }
}

/// The address of the server that runs on the directory. Plain HTTP is preferred: it is on this machine and needs no
/// certificate.
fn running(data_dir: &DataDir) -> Result<String, Failure> {
    let found = ServerFile::read(&data_dir.server_file())?;
    found.and_then(|file| file.http.or(file.https)).ok_or_else(|| {
        let dir = data_dir.path();
        Failure::message(Exit::Unreachable, format!("no server runs on the data directory {}", dir.display()))
            .hint(format!("{}, or name one with --server and --token-file", start_hint(dir)))
    })
}

fn read_token(path: &Path) -> Result<Secret, Failure> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the operator token {}", path.display()))
        .map_err(|error| {
            Failure::new(Exit::Usage, error)
                .hint("the server keeps it in operator.token in its data directory; name the file with --token-file")
        })?;
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::message(Exit::Usage, format!("{} holds no operator token", path.display())));
    }
    Ok(Secret::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_urls_have_a_scheme_and_no_path() {
        assert_eq!(checked("http://127.0.0.1:8080/").unwrap(), "http://127.0.0.1:8080");
        assert_eq!(checked("https://hub.example.net").unwrap(), "https://hub.example.net");
        for url in [
            "127.0.0.1:8080",
            "ftp://host",
            "http://",
            "http://host/operator",
            "http://host?x=1",
            "nonsense here",
        ] {
            assert_eq!(checked(url).unwrap_err().exit(), Exit::Usage, "{url}");
        }
    }

    #[test]
    fn without_a_server_the_hint_says_how_to_start_one() {
        let dir = tempfile::tempdir().unwrap();
        let failure = running(&DataDir::new(dir.path())).unwrap_err();
        assert_eq!(failure.exit(), Exit::Unreachable);
        assert!(failure.to_string().contains("trunkline serve --data-dir"));
    }
}
