//! `trunkline config` and the command line.

use crate::support::{run, run_with};

#[test]
fn flags_cover_the_environment_which_covers_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trunkline.toml");
    std::fs::write(&file, "[server]\ndata_dir = \"from-file\"\nhttp = \"127.0.0.1:1\"\ndrain = \"3s\"\n")
        .unwrap();
    let file = file.to_str().unwrap();
    let environment = [("TRUNKLINE_SERVER__HTTP", "127.0.0.1:2"), ("TRUNKLINE_CONFIG", file)];
    let printed =
        run_with(&["config", "print", "--format", "json", "--data-dir", "from-flag"], &environment, "")
            .json();
    assert_eq!(printed["server"]["data_dir"], "from-flag");
    assert_eq!(printed["server"]["http"], "127.0.0.1:2");
    assert_eq!(printed["server"]["drain"], "3s");
    assert_eq!(printed["server"]["https"], "127.0.0.1:8443");
}

#[test]
fn secrets_are_hidden() {
    let key = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let ran = run_with(&["config", "print"], &[("TRUNKLINE_SERVER__MASTER_KEY", key)], "");
    assert_eq!(ran.code, 0);
    assert!(ran.stdout.contains("master_key = \"(hidden)\"") && !ran.stdout.contains(key), "{}", ran.stdout);
}

#[test]
fn what_print_prints_is_a_configuration_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trunkline.toml");
    for command in ["print", "sample"] {
        std::fs::write(&file, run(&["config", command]).stdout).unwrap();
        let ran = run(&["config", "check", "--config", file.to_str().unwrap()]);
        assert_eq!((ran.code, ran.stdout.as_str()), (0, "the configuration is valid\n"));
    }
}

#[test]
fn a_wrong_configuration_is_explained() {
    run_with(&["config", "check"], &[("TRUNKLINE_LIMITS__BODY", "1MB")], "")
        .failed(2, &["TRUNKLINE_LIMITS__BODY", "10MiB"]);
    run_with(&["config", "check"], &[("TRUNKLINE_TOKENS__SESSION_LIFE", "5m")], "")
        .failed(2, &["tokens.session_life must be at least 30m"]);
    run_with(&["config", "check"], &[("TRUNKLINE_WEBHOOKS__ALLOW", "169.254.169.254")], "")
        .failed(2, &["webhooks.allow has 169.254.169.254/32, which changes nothing"]);
    run_with(&["config", "check"], &[("TRUNKLINE_WEBHOOKS__ALLOW", "example.org")], "")
        .failed(2, &["TRUNKLINE_WEBHOOKS__ALLOW", "10.0.0.0/8"]);
    run(&["config", "check", "--config", "/nowhere/trunkline.toml"])
        .failed(2, &["/nowhere/trunkline.toml", "hint:"]);
}

#[test]
fn the_command_line_is_checked() {
    assert_eq!(run(&["nonsense"]).code, 2);
    assert_eq!(run(&["app", "show", "NOT-A-UUID", "--account", "7"]).code, 2);
    assert_eq!(run(&["account", "create", "no/slash"]).code, 2);
    let help = run(&["--help"]);
    assert_eq!(help.code, 0);
    assert!(help.stdout.contains("Exit codes:") && help.stdout.contains("no server answers"));
}
