//! `trunkline backup` and `restore`: an installation moves into another directory.

mod whole;

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::support::{Server, run, run_with};

/// Serves without a certificate.
const PROXIED: [(&str, &str); 1] = [("TRUNKLINE_SERVER__PLAIN_HTTP_BEHIND_PROXY", "true")];

fn on(dir: &Path, command: &[&str]) -> crate::support::Ran {
    run(&[&["--data-dir", dir.to_str().unwrap()], command].concat())
}

#[test]
fn an_installation_moves_into_another_directory() {
    let mut server = Server::dev();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trunkline.tar");
    let name = file.to_str().unwrap();
    server.run(&["account", "create", "20030040"]);
    let backup = server.run(&["backup", name, "--format", "json"]).json();
    assert_eq!(backup["bytes"], json!(fs::metadata(&file).unwrap().len()));
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    server.run(&["backup", name]).failed(6, &["is there already", "hint:"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half is left");
    assert!(fs::read_dir(&server.dir).unwrap().flatten().all(|entry| {
        let name = entry.file_name();
        !name.to_string_lossy().starts_with("copy-")
    }));
    // What comes later is not in it.
    server.run(&["account", "create", "50060070"]);

    let elsewhere = folder.path().join("elsewhere");
    let restored = on(&elsewhere, &["restore", name, "--format", "json"]).json();
    assert_eq!((&restored["conversations"], &restored["log_entries"]), (&json!(0), &json!(0)));
    on(&elsewhere, &["restore", name]).failed(6, &["there is a store", "--data-dir"]);
    // The keys are not in the archive.
    let archive = fs::read(&file).unwrap();
    let key = fs::read_to_string(server.dir.join("master.key")).unwrap();
    assert!(!archive.windows(key.trim().len()).any(|window| window == key.trim().as_bytes()));
    run_with(&["--data-dir", elsewhere.to_str().unwrap(), "serve"], &PROXIED, "")
        .failed(1, &["master.key is missing", "hint: put it back"]);
    fs::copy(server.dir.join("master.key"), elsewhere.join("master.key")).unwrap();
    server.stop();

    let again = Server::start(&elsewhere, &[], &PROXIED);
    let accounts = again.run(&["account", "list", "--format", "json"]).json();
    let ids: Vec<_> = accounts["accounts"].as_array().unwrap().iter().map(|account| &account["id"]).collect();
    assert_eq!(ids, ["10020030", "20030040"]);
    let apps = again.run(&["app", "list", "--account", "10020030", "--format", "json"]).json();
    assert_eq!(apps["apps"].as_array().unwrap().len(), 1);
}

/// After a crash the damaged database is moved away, and the log beside it forgotten: it belongs to no other database.
#[test]
fn logs_of_another_store_are_in_the_way() {
    let server = Server::dev();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trunkline.tar");
    let name = file.to_str().unwrap();
    server.run(&["backup", name]);
    for ending in ["-wal", "-shm", "-journal"] {
        let target = folder.path().join(format!("target{ending}"));
        fs::create_dir(&target).unwrap();
        let left = format!("trunkline.db{ending}");
        fs::write(target.join(&left), "old").unwrap();
        on(&target, &["restore", name]).failed(6, &["there is a store", &left, "--data-dir"]);
        assert_eq!(fs::read_dir(&target).unwrap().count(), 1);
        assert_eq!(fs::read(target.join(&left)).unwrap(), b"old", "it is left for whoever may need it");
    }
}

#[test]
fn a_damaged_archive_leaves_nothing() {
    let server = Server::dev();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trunkline.tar");
    let name = file.to_str().unwrap();
    server.run(&["backup", name]);
    let mut bytes = fs::read(&file).unwrap();
    let half = bytes.len() / 2;
    bytes[half] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let target = folder.path().join("target");
    on(&target, &["restore", name]).failed(1, &["changed or damaged"]);
    fs::write(&file, &bytes[..half]).unwrap();
    on(&target, &["restore", name]).failed(1, &["cannot restore"]);
    on(&target, &["restore", "nowhere.tar"]).failed(1, &["nowhere.tar"]);
    let left = || fs::read_dir(&target).unwrap().flatten().map(|entry| entry.file_name()).collect::<Vec<_>>();
    assert!(left().is_empty(), "{:?}", left());
    // What was there before is not this command's.
    fs::write(target.join("lock"), "").unwrap();
    on(&target, &["restore", name]).failed(1, &["cannot restore"]);
    assert_eq!(left(), ["lock"]);
}

#[test]
fn a_backup_needs_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trunkline.tar");
    on(folder.path(), &["backup", file.to_str().unwrap()]).failed(3, &["hint:"]);
    assert!(!file.exists());
}
