//! Archives of backups, read: `docs/backup.md` describes their form.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;
use trunkline_wire::operator::backup::{FORMAT, MANIFEST, Manifest, Member};

/// The most bytes of a manifest.
const MANIFEST_BYTES: u64 = 256 << 20;

/// Reads an archive from its beginning to its end and returns its manifest. `keep` says where the content of a member goes.
///
/// # Errors
/// An archive that is cut off, changed, or of a form that this version does not know.
pub(crate) fn read(
    path: &Path,
    mut keep: impl FnMut(&Path) -> anyhow::Result<Box<dyn Write>>,
) -> anyhow::Result<Manifest> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut archive = tar::Archive::new(io::BufReader::with_capacity(1 << 16, file));
    let mut found = BTreeMap::new();
    for member in archive.entries().context("this is no archive")? {
        let mut member = member.context("the archive is damaged or cut off")?;
        let name =
            String::from_utf8(member.path_bytes().into_owned()).context("a member has no proper name")?;
        if name == MANIFEST {
            let mut text = String::new();
            member
                .by_ref()
                .take(MANIFEST_BYTES)
                .read_to_string(&mut text)
                .context("the manifest is cut off")?;
            return checked(&text, &found);
        }
        let inside = inside(&name).with_context(|| format!("a member has the name {name:?}"))?;
        let mut sink = keep(&inside)?;
        let content = copy(&mut member, &mut *sink).with_context(|| format!("cannot read {name}"))?;
        found.insert(name, content);
    }
    Err(anyhow!("the archive has no manifest: it was cut off"))
}

/// The name as a path that leads nowhere else.
fn inside(name: &str) -> anyhow::Result<PathBuf> {
    let path = PathBuf::from(name);
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    if name.is_empty() || !is_plain {
        bail!("it leads out of the archive");
    }
    Ok(path)
}

/// Length and SHA-256.
type Content = (u64, String);

fn copy(member: &mut impl Read, sink: &mut dyn Write) -> io::Result<Content> {
    let (mut digest, mut bytes, mut chunk) = (Context::new(&SHA256), 0_u64, vec![0; 1 << 16]);
    loop {
        let got = member.read(&mut chunk)?;
        if got == 0 {
            sink.flush()?;
            return Ok((bytes, HEXLOWER.encode(digest.finish().as_ref())));
        }
        digest.update(&chunk[..got]);
        sink.write_all(&chunk[..got])?;
        bytes += u64::try_from(got).map_err(io::Error::other)?;
    }
}

/// The manifest, if it is about these members.
fn checked(text: &str, found: &BTreeMap<String, Content>) -> anyhow::Result<Manifest> {
    let manifest: Manifest = serde_json::from_str(text).context("the manifest does not parse")?;
    if manifest.format != FORMAT {
        let (format, version) = (manifest.format, &manifest.version);
        bail!("the archive has form {format}, made by version {version}; this program reads form {FORMAT}");
    }
    if manifest.members.len() != found.len() {
        bail!("the archive does not have the members that its manifest names");
    }
    for Member { name, bytes, sha256 } in &manifest.members {
        if found.get(name).is_none_or(|content| content != &(*bytes, sha256.clone())) {
            bail!("{name} is not what the manifest says: the archive was changed or damaged");
        }
    }
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trunkline_wire::EpochMillis;

    fn member(name: &str, content: &[u8]) -> Member {
        let (bytes, sha256) = copy(&mut &*content, &mut io::sink()).unwrap();
        Member { name: name.to_owned(), bytes, sha256 }
    }

    fn archive(members: &[(&str, &[u8])], manifest: Option<&Manifest>) -> tempfile::NamedTempFile {
        let mut builder = tar::Builder::new(Vec::new());
        let mut add = |name: &str, content: &[u8]| {
            let mut header = tar::Header::new_gnu();
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(u64::try_from(content.len()).unwrap());
            header.set_mode(0o600);
            header.set_cksum();
            builder.append(&header, content).unwrap();
        };
        for (name, content) in members {
            add(name, content);
        }
        if let Some(manifest) = manifest {
            add(MANIFEST, &serde_json::to_vec(manifest).unwrap());
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), builder.into_inner().unwrap()).unwrap();
        file
    }

    fn manifest(members: Vec<Member>) -> Manifest {
        Manifest { format: FORMAT, version: "0.1.0".to_owned(), created_at: EpochMillis(0), members }
    }

    fn refusal(file: &tempfile::NamedTempFile) -> String {
        format!("{:#}", read(file.path(), |_| Ok(Box::new(io::sink()))).unwrap_err())
    }

    #[test]
    fn a_whole_archive_is_read() {
        let manifest = manifest(vec![member("a", b"one"), member("files/b", b"")]);
        let file = archive(&[("a", b"one"), ("files/b", b"")], Some(&manifest));
        let mut names = Vec::new();
        let read = read(file.path(), |name| {
            names.push(name.to_owned());
            Ok(Box::new(io::sink()))
        });
        assert_eq!(read.unwrap(), manifest);
        assert_eq!(names, [Path::new("a"), Path::new("files/b")]);
    }

    #[test]
    fn what_was_cut_off_or_changed_is_refused() {
        let whole = manifest(vec![member("a", b"one")]);
        assert!(refusal(&archive(&[("a", b"one")], None)).contains("cut off"));
        assert!(refusal(&archive(&[("a", b"two")], Some(&whole))).contains("changed or damaged"));
        assert!(refusal(&archive(&[], Some(&whole))).contains("does not have the members"));
        assert!(refusal(&archive(&[("a", b"one"), ("b", b"")], Some(&whole))).contains("does not have"));
        let file = archive(&[("a", &[7; 4000])], Some(&whole));
        let half = std::fs::read(file.path()).unwrap()[..2000].to_vec();
        std::fs::write(file.path(), half).unwrap();
        assert!(!refusal(&file).is_empty());
        std::fs::write(file.path(), b"no archive at all").unwrap();
        assert!(!refusal(&file).is_empty());
    }

    #[test]
    fn other_forms_are_named() {
        let other = Manifest { format: 9, ..manifest(Vec::new()) };
        let said = refusal(&archive(&[], Some(&other)));
        assert!(said.contains("form 9") && said.contains("0.1.0"), "{said}");
    }

    #[test]
    fn names_do_not_lead_elsewhere() {
        for name in ["../a", "/etc/a", "a/../../b", "./a/.."] {
            let said = refusal(&archive(&[(name, b"")], Some(&manifest(vec![member(name, b"")]))));
            assert!(said.contains("leads out of the archive"), "{name}: {said}");
        }
    }
}
