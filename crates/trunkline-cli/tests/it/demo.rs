//! `trunkline demo`.

use crate::support::run;

#[test]
fn every_step_matches_the_spec() {
    let ran = run(&["demo"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("Summary: every step matched the spec"));
    for step in 1..=14 {
        assert!(ran.stdout.contains(&format!("\nStep {step} ")), "step {step} is missing");
    }
    assert_eq!(ran.stdout.matches("signature ok").count(), 23, "{}", ran.stdout);
    assert!(!ran.stdout.contains('\x1b'), "no colours without a terminal");
}

#[test]
fn no_token_and_no_secret_is_printed_whole() {
    let ran = run(&["demo"]);
    // Each of a token's three parts is longer than any name.
    let longest =
        ran.stdout.split(|c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c))).max_by_key(|w| w.len());
    // Consumer ids are the longest words that are no secrets.
    assert!(longest.unwrap().len() <= 64, "{longest:?}");
    assert!(!ran.stdout.contains("client_secret\": \"m") && ran.stdout.contains("client_secret=…"));
}
