//! `cargo xtask check-deps`: who may depend on whom.
//!
//! Crates enforce what folders only suggest, so the allowed edges are a table that a change has to touch. Other people's
//! crates that must stay behind one door are fenced here too; `deny.toml` says the same for indirect dependencies.

mod rules;

use std::process::Stdio;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::command::{cargo, root};

/// One `[dependencies]` line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edge {
    from: String,
    to: String,
    kind: Kind,
    /// Whether `to` is a crate of the workspace.
    own: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Normal,
    Dev,
    Build,
}

/// Checks every dependency line of the workspace.
pub(crate) fn run() -> anyhow::Result<()> {
    let output = cargo(&["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(root())
        .stderr(Stdio::inherit())
        .output()
        .context("starting cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata ended with {}", output.status);
    }
    let metadata = serde_json::from_slice(&output.stdout).context("reading cargo metadata")?;
    let edges = edges(&metadata).context("cargo metadata has an unexpected shape")?;
    let violations: Vec<String> = edges.iter().filter_map(rules::violation).collect();
    if violations.is_empty() {
        println!("check-deps: {} dependencies, all allowed", edges.len());
        return Ok(());
    }
    bail!("forbidden dependencies:\n  {}", violations.join("\n  "))
}

fn edges(metadata: &Value) -> Option<Vec<Edge>> {
    let mut edges = Vec::new();
    for package in metadata.get("packages")?.as_array()? {
        let from = package.get("name")?.as_str()?;
        for dependency in package.get("dependencies")?.as_array()? {
            edges.push(Edge {
                from: from.to_owned(),
                to: dependency.get("name")?.as_str()?.to_owned(),
                kind: match dependency.get("kind")?.as_str() {
                    Some("dev") => Kind::Dev,
                    Some("build") => Kind::Build,
                    _ => Kind::Normal,
                },
                own: dependency.get("path").is_some_and(Value::is_string),
            });
        }
    }
    Some(edges)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_read_from_the_metadata() {
        let metadata = serde_json::json!({"packages": [{"name": "a", "dependencies": [
            {"name": "b", "kind": null, "path": "/b"},
            {"name": "c", "kind": "dev"}
        ]}]});
        let read = edges(&metadata).unwrap();
        let edge = |to: &str, kind, own| Edge { from: String::from("a"), to: to.to_owned(), kind, own };
        assert_eq!(read, [edge("b", Kind::Normal, true), edge("c", Kind::Dev, false)]);
        assert_eq!(edges(&serde_json::json!({})), None);
    }

    #[test]
    fn the_workspace_keeps_to_the_table() {
        run().unwrap();
    }
}
