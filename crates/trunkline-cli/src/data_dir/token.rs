//! Random keys in files: the operator token and the master key. 256 bits, written as 64 hex digits.

use std::io;
use std::path::Path;

use anyhow::Context as _;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use trunkline_model::{Rng, Secret};

use super::{Mode, write_atomically};
use crate::failure::Failure;

/// Reads a key, or makes it at the first start.
pub(crate) fn read_or_create(path: &Path, rng: &dyn Rng) -> Result<Secret, Failure> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let text = text.trim().to_owned();
            hex_key(&text).with_context(|| format!("{} is damaged", path.display()))?;
            if is_open_to_others(path) {
                let path = path.display();
                tracing::warn!("other users of this machine can read a secret: chmod 600 {path}");
            }
            Ok(Secret::new(text))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let text = HEXLOWER.encode(&rng.bytes::<32>());
            write_atomically(path, format!("{text}\n").as_bytes(), Mode::Private)
                .with_context(|| format!("cannot write {}", path.display()))?;
            Ok(Secret::new(text))
        }
        Err(error) => {
            Err(anyhow::Error::new(error).context(format!("cannot read {}", path.display())).into())
        }
    }
}

/// True if its group or everybody may read or change a file.
#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o066 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

/// The 32 bytes of a key.
pub(crate) fn hex_key(text: &str) -> anyhow::Result<[u8; 32]> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok();
    bytes.and_then(|bytes| bytes.try_into().ok()).context("a key has 64 hex digits")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRng;

    #[test]
    fn a_key_is_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("operator.token");
        let first = read_or_create(&path, &SystemRng).unwrap();
        assert_eq!(first.expose().len(), 64);
        assert_eq!(read_or_create(&path, &SystemRng).unwrap().expose(), first.expose());
    }

    #[test]
    fn a_damaged_key_is_an_error_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        std::fs::write(&path, "short").unwrap();
        assert!(read_or_create(&path, &SystemRng).unwrap_err().to_string().contains("master.key is damaged"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "short");
    }

    #[cfg(unix)]
    #[test]
    fn open_files_are_noticed() {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        read_or_create(&path, &SystemRng).unwrap();
        for (mode, open) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(is_open_to_others(&path), open, "{mode:o}");
        }
    }
}
