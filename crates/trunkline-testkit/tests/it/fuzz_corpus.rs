//! The fuzz targets on the stable compiler: over their corpus, and over random changes of it.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;

#[path = "../../../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "public where it is a crate of its own")]
mod targets;

/// The seeds of a target with their names.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut seeds: Vec<_> = std::fs::read_dir(corpus)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).unwrap())
        })
        .collect();
    seeds.sort();
    assert!(seeds.len() >= 24, "{target} has only {} seeds", seeds.len());
    seeds
}

/// One change of an input.
#[derive(Debug, Clone)]
enum Change {
    Flip(Index, u8),
    Cut(Index, usize),
    Insert(Index, &'static str),
    Repeat(Index, usize, usize),
    /// The rest is that of another seed.
    Cross(Index, Index, Index),
}

/// Words that parsers stumble over.
const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    ",",
    ":",
    "null",
    "true",
    "-0",
    "1e400",
    "1e-400",
    "0.1",
    "-1",
    "\\ud800",
    "\\u0000",
    "\u{2028}",
    "\u{feff}",
    "😀",
    "9007199254740993",
    "\"id\":",
    "\"type\":",
    "\"body\":{",
    "\"1\":",
    "\"metadata\":",
    "%",
    "%00",
    "%ff",
    "+",
    "&",
    "=",
    ".",
    "eyJ",
    "\n",
    "__proto__",
    "https://",
    "[[[[[[[[",
    "\"event\":{",
    "\"preview\":",
    "\"sequenceList\":",
    "\"headers\":",
    "client_id=",
];

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Flip(at, byte)),
        (any::<Index>(), 1_usize..20).prop_map(|(at, count)| Change::Cut(at, count)),
        (any::<Index>(), prop::sample::select(WORDS)).prop_map(|(at, word)| Change::Insert(at, word)),
        (any::<Index>(), 1_usize..60, 1_usize..40)
            .prop_map(|(at, length, times)| Change::Repeat(at, length, times)),
        (any::<Index>(), any::<Index>(), any::<Index>())
            .prop_map(|(at, other, from)| Change::Cross(at, other, from)),
    ];
    prop::collection::vec(change, 1..6)
}

fn apply(change: &Change, input: &mut Vec<u8>, seeds: &[(String, Vec<u8>)]) {
    let places = input.len() + 1;
    match change {
        Change::Flip(at, byte) => {
            if let Some(place) = input.get_mut(at.index(places)) {
                *place ^= byte;
            }
        }
        Change::Cut(at, count) => {
            let at = at.index(places);
            input.drain(at..(at + count).min(places - 1));
        }
        Change::Insert(at, word) => {
            let at = at.index(places);
            input.splice(at..at, word.bytes());
        }
        Change::Repeat(at, length, times) => {
            let at = at.index(places);
            let part = input[at..(at + length).min(places - 1)].repeat(*times);
            input.splice(at..at, part);
        }
        Change::Cross(at, other, from) => {
            let (_, other) = other.get(seeds);
            input.truncate(at.index(places));
            input.extend_from_slice(&other[from.index(other.len() + 1)..]);
        }
    }
}

fn run(target: &str, property: fn(&[u8])) {
    let seeds = seeds(target);
    for (name, seed) in &seeds {
        // Says which seed it was if the property does not hold.
        let outcome = std::panic::catch_unwind(|| property(seed));
        assert!(outcome.is_ok(), "{target}/{name}");
    }
    let config = ProptestConfig { cases: 5000, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(seed in any::<Index>(), changes in changes())| {
        let mut input = seed.get(&seeds).1.clone();
        for change in &changes {
            apply(change, &mut input, &seeds);
        }
        property(&input);
    });
}

#[test]
fn manifests() {
    run("manifest", targets::manifest);
}

#[test]
fn send_bodies() {
    run("send_body", targets::send_body);
}

#[test]
fn conversation_bodies() {
    run("conversation_body", targets::conversation_body);
}

#[test]
fn tokens_and_token_requests() {
    run("tokens", targets::tokens);
}
