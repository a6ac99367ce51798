//! The table.

use super::{Edge, Kind};

/// Each crate and the workspace's crates it may depend on, `trunkline-` left out.
const ALLOWED: [(&str, &[&str]); 13] = [
    ("wire", &[]),
    ("jose", &["wire"]),
    ("model", &["wire"]),
    ("storage", &["model", "wire"]),
    ("storage-sqlite", &["storage", "model", "wire"]),
    ("blobs", &["storage", "model"]),
    ("services", &["storage", "jose", "model", "wire"]),
    ("http", &["services", "model", "wire"]),
    ("jobs", &["services", "storage", "jose", "model", "wire"]),
    ("cli", &["http", "jobs", "services", "blobs", "storage-sqlite", "storage", "jose", "model", "wire"]),
    ("testkit", &["http", "jobs", "services", "blobs", "storage-sqlite", "storage", "jose", "model", "wire"]),
    // Speaks to the binary from outside only; routing, a pure machine, is measured by itself.
    ("bench", &["model", "wire"]),
    ("xtask", &[]),
];

/// Crates that tests of every crate may use besides.
const FOR_TESTS: [&str; 4] = ["testkit", "bench", "storage-sqlite", "blobs"];

/// Other people's crates and the only crates that may name them, in tests too.
const FENCES: [(&str, &[&str]); 3] = [
    ("rusqlite", &["storage-sqlite"]),
    ("object_store", &["blobs"]),
    ("axum", &["http", "testkit", "bench"]),
];

/// What is wrong with an edge, if anything.
pub(super) fn violation(edge: &Edge) -> Option<String> {
    if edge.own { forbidden(edge) } else { fenced(edge) }
}

fn forbidden(edge: &Edge) -> Option<String> {
    let (from, to) = (short(&edge.from), short(&edge.to));
    let for_tests = edge.kind == Kind::Dev && usable_in_tests(from, to);
    let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == from) else {
        return Some(format!("{} is not in the table of xtask/src/dependencies/rules.rs", edge.from));
    };
    if for_tests || allowed.contains(&to) {
        return None;
    }
    Some(format!("{} -> {} (it may depend on: {})", edge.from, edge.to, list(allowed)))
}

/// Tests assemble the real layers, so they may name everything their crate is built on, however indirectly; and a crate
/// may depend on itself with other features.
fn usable_in_tests(from: &str, to: &str) -> bool {
    from == to || FOR_TESTS.contains(&to) || is_below(from, to)
}

/// Whether `from` is built on `to`. Ends because the table has no cycle, which a test holds.
fn is_below(from: &str, to: &str) -> bool {
    let direct = ALLOWED.iter().find(|(name, _)| *name == from).map_or(&[] as &[&str], |(_, direct)| direct);
    direct.contains(&to) || direct.iter().any(|next| is_below(next, to))
}

fn fenced(edge: &Edge) -> Option<String> {
    let (_, allowed) = FENCES.iter().find(|(name, _)| *name == edge.to)?;
    if allowed.contains(&short(&edge.from)) {
        return None;
    }
    Some(format!("{} -> {} (only for: {})", edge.from, edge.to, list(allowed)))
}

fn short(name: &str) -> &str {
    name.strip_prefix("trunkline-").unwrap_or(name)
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { String::from("none") } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: &str, to: &str, kind: Kind) -> Edge {
        let own = to.starts_with("trunkline-");
        Edge { from: from.to_owned(), to: to.to_owned(), kind, own }
    }

    #[test]
    fn edges_of_the_table_pass() {
        for (from, to) in [
            ("trunkline-http", "trunkline-services"),
            ("trunkline-storage-sqlite", "rusqlite"),
            ("trunkline-wire", "serde"),
        ] {
            assert_eq!(violation(&edge(from, to, Kind::Normal)), None, "{from} -> {to}");
        }
    }

    #[test]
    fn forbidden_edges_are_named() {
        for (from, to, kind) in [
            ("trunkline-wire", "trunkline-model", Kind::Normal),
            ("trunkline-http", "trunkline-storage-sqlite", Kind::Normal),
            ("trunkline-cli", "trunkline-testkit", Kind::Normal),
            ("trunkline-cli", "trunkline-bench", Kind::Build),
            ("trunkline-model", "trunkline-storage", Kind::Dev),
            ("trunkline-services", "rusqlite", Kind::Normal),
            ("trunkline-services", "axum", Kind::Dev),
            ("trunkline-new", "trunkline-wire", Kind::Normal),
        ] {
            let found = violation(&edge(from, to, kind)).expect("it is forbidden");
            assert!(found.starts_with(from), "{found}");
        }
    }

    #[test]
    fn tests_may_use_the_testkit() {
        for to in ["trunkline-testkit", "trunkline-bench", "trunkline-storage-sqlite", "trunkline-blobs"] {
            assert_eq!(violation(&edge("trunkline-services", to, Kind::Dev)), None);
        }
        assert_eq!(violation(&edge("trunkline-storage", "trunkline-storage", Kind::Dev)), None);
    }

    #[test]
    fn tests_may_use_what_their_crate_is_built_on() {
        for to in ["trunkline-jose", "trunkline-storage"] {
            assert_eq!(violation(&edge("trunkline-http", to, Kind::Dev)), None);
            assert!(violation(&edge("trunkline-http", to, Kind::Normal)).is_some());
        }
        assert!(violation(&edge("trunkline-storage", "trunkline-http", Kind::Dev)).is_some());
    }

    #[test]
    fn the_table_has_no_cycle() {
        let mut known: Vec<&str> = Vec::new();
        while known.len() < ALLOWED.len() {
            let next = ALLOWED
                .iter()
                .find(|(name, needs)| !known.contains(name) && needs.iter().all(|need| known.contains(need)));
            known.push(next.expect("some crate needs only crates that are placed").0);
        }
    }
}
