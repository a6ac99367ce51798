//! `cargo xtask lint`.

use crate::command::{cargo, has_cargo_command, step};
use crate::dependencies;

/// Everything that reads the code without running it; stops at the first failure, cheapest first.
pub(crate) fn run() -> anyhow::Result<()> {
    step(&mut cargo(&["fmt", "--all", "--check"]))?;
    eprintln!("\n=== check-deps");
    dependencies::run()?;
    step(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    step(
        cargo(&["doc", "--workspace", "--no-deps", "--document-private-items"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    if has_cargo_command("deny") {
        return step(&mut cargo(&["deny", "--workspace", "check"]));
    }
    eprintln!("\n=== cargo deny check\nskipped: cargo-deny is not installed");
    Ok(())
}
