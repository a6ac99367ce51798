//! The archive: a tar file that is made while it is read.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use tar::Header;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::sync::OwnedSemaphorePermit;
use trunkline_storage::StoreCopy;
use trunkline_wire::EpochMillis;
use trunkline_wire::operator::backup::{FORMAT, MANIFEST, Manifest, Member, STORE};

/// Bytes read at once.
const CHUNK: usize = 64 * 1024;
/// Tar files consist of blocks of this size.
const BLOCK: usize = 512;

/// An archive that is being read. What it is made of goes away with it.
#[derive(Debug)]
pub struct Archive {
    sources: VecDeque<Source>,
    member: Option<Open>,
    manifest: Option<Manifest>,
    begun_at: EpochMillis,
    _copy: StoreCopy,
    _turn: OwnedSemaphorePermit,
}

/// A file that becomes a member.
#[derive(Debug)]
struct Source {
    name: String,
    path: PathBuf,
}

/// The member at hand.
#[derive(Debug)]
struct Open {
    name: String,
    file: File,
    bytes: u64,
    left: u64,
    digest: Digest,
}

/// A running SHA-256.
struct Digest(Context);

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digest")
    }
}

impl Archive {
    pub(super) fn new(copy: StoreCopy, begun_at: EpochMillis, turn: OwnedSemaphorePermit) -> Self {
        let store = Source { name: STORE.to_owned(), path: copy.path().to_owned() };
        let manifest = Manifest {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            created_at: begun_at,
            members: Vec::new(),
        };
        Self {
            sources: VecDeque::from([store]),
            member: None,
            manifest: Some(manifest),
            begun_at,
            _copy: copy,
            _turn: turn,
        }
    }

    /// The next bytes; `None` at the end. After an error the archive is of no use.
    ///
    /// # Errors
    /// A file that cannot be read, or that became shorter.
    pub async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if let Some(member) = &mut self.member {
            if let Some(bytes) = member.read().await? {
                return Ok(Some(bytes));
            }
            return Ok(Some(self.end_member()));
        }
        if let Some(source) = self.sources.pop_front() {
            let file = File::open(&source.path).await?;
            let bytes = file.metadata().await?.len();
            let header = self.header(&source.name, bytes)?;
            let digest = Digest(Context::new(&SHA256));
            self.member = Some(Open { name: source.name, file, bytes, left: bytes, digest });
            return Ok(Some(header));
        }
        self.manifest.take().map(|manifest| self.end(&manifest)).transpose()
    }

    /// Notes the member that was read to its end, and fills its last block.
    fn end_member(&mut self) -> Bytes {
        let Some(Open { name, bytes, digest, .. }) = self.member.take() else { return Bytes::new() };
        let sha256 = HEXLOWER.encode(digest.0.finish().as_ref());
        if let Some(manifest) = &mut self.manifest {
            manifest.members.push(Member { name, bytes, sha256 });
        }
        padding(bytes)
    }

    /// The manifest and the end of the archive, which is two empty blocks.
    fn end(&self, manifest: &Manifest) -> io::Result<Bytes> {
        let text = serde_json::to_vec_pretty(manifest)?;
        let length = u64::try_from(text.len()).map_err(io::Error::other)?;
        let mut end = self.header(MANIFEST, length)?.to_vec();
        end.extend_from_slice(&text);
        end.extend_from_slice(&padding(length));
        end.resize(end.len() + 2 * BLOCK, 0);
        Ok(end.into())
    }

    fn header(&self, name: &str, bytes: u64) -> io::Result<Bytes> {
        let mut header = Header::new_gnu();
        header.set_path(name)?;
        header.set_size(bytes);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(self.begun_at.0 / 1000).unwrap_or(0));
        header.set_cksum();
        Ok(Bytes::copy_from_slice(header.as_bytes()))
    }
}

impl Open {
    /// The next bytes of the content; `None` at its end.
    async fn read(&mut self) -> io::Result<Option<Bytes>> {
        if self.left == 0 {
            return Ok(None);
        }
        let wanted = usize::try_from(self.left).map_or(CHUNK, |left| left.min(CHUNK));
        let mut chunk = vec![0; wanted];
        let got = self.file.read(&mut chunk).await?;
        if got == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        chunk.truncate(got);
        self.left = self.left.saturating_sub(u64::try_from(got).map_err(io::Error::other)?);
        self.digest.0.update(&chunk);
        Ok(Some(chunk.into()))
    }
}

/// What a content of this length lacks to whole blocks.
fn padding(bytes: u64) -> Bytes {
    let over = usize::try_from(bytes % 512).unwrap_or(0);
    Bytes::from_static(&[0; BLOCK]).slice(..if over == 0 { 0 } else { BLOCK - over })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_end_with_their_block() {
        for (bytes, lacking) in [(0, 0), (1, 511), (511, 1), (512, 0), (513, 511)] {
            assert_eq!(padding(bytes).len(), lacking);
        }
    }
}
