//! `cargo xtask test`.

use crate::command::{cargo, has_cargo_command, step};

/// Runs every test; doctests apart, because nextest does not run them.
pub(crate) fn run(arguments: &[&str]) -> anyhow::Result<()> {
    if !has_cargo_command("nextest") {
        eprintln!("cargo-nextest is not installed: using cargo test");
        return step(cargo(&["test"]).args(scope(arguments)).args(arguments));
    }
    step(cargo(&["nextest", "run"]).args(scope(arguments)).args(arguments))?;
    // A chosen package or filter means that somebody works on one thing.
    if arguments.is_empty() { step(&mut cargo(&["test", "--doc", "--workspace"])) } else { Ok(()) }
}

/// The whole workspace unless packages are named.
fn scope(arguments: &[&str]) -> &'static [&'static str] {
    let named = |argument: &&str| argument.starts_with("-p") || argument.starts_with("--package");
    if arguments.iter().any(named) { &[] } else { &["--workspace"] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_package_replaces_the_workspace() {
        assert_eq!(scope(&["-p", "x"]), &[] as &[&str]);
        assert_eq!(scope(&["--package=x"]), &[] as &[&str]);
        assert_eq!(scope(&["some_test"]), &["--workspace"]);
    }
}
