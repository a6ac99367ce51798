//! `trunkline demo`.

use crate::support::run;

#[test]
fn every_step_matches_the_spec() {
    let ran = run(&["demo"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("Summary: every step matched the spec"));
    for step in
        ["Step 1 ", "Step 2 ", "Step 3 ", "Step 4 ", "Step 5 ", "Step 6 ", "Step 8 ", "Step 10 ", "Step 13 "]
    {
        assert!(ran.stdout.contains(step), "{step} is missing");
    }
    assert!(!ran.stdout.contains('\x1b'), "no colours without a terminal");
}

#[test]
fn no_token_and_no_secret_is_printed_whole() {
    let ran = run(&["demo"]);
    let longest =
        ran.stdout.split(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).max_by_key(|w| w.len());
    // Consumer ids are the longest words that are no secrets.
    assert!(longest.unwrap().len() <= 64, "{longest:?}");
    assert!(!ran.stdout.contains("client_secret\": \"m") && ran.stdout.contains("client_secret=…"));
}
