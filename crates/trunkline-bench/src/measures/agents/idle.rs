//! What an agent who is connected and hears nothing costs.

use anyhow::Context as _;

use super::super::Bench;
use super::super::memory::settled;
use super::desk::connect;
use crate::agent::hire;
use crate::http::Target;
use crate::platform::Platform;
use crate::report::{Bound, Row};
use crate::server::{self, Server};

/// Sockets of a real run.
const SOCKETS: usize = 10_000;
/// Sockets of a run that is for trying out.
const FEW_SOCKETS: usize = 500;
/// Sockets of each user: a user costs the server a password's hash, and adds little to what its sockets cost.
const PER_USER: usize = 50;

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let count = if bench.plan.quick { FEW_SOCKETS } else { SOCKETS };
    let plain = each(bench, "agent-idle", count, Server::plain).await?;
    let tls = each(bench, "agent-idle-tls", count, Server::tls).await?;
    Ok(vec![
        Row::absolute(
            &format!("memory per idle agent, {count} sockets"),
            plain,
            "KB",
            Bound::at_most(40.0, 15.0),
        ),
        Row::absolute("  over TLS", tls, "KB", Bound::at_most(80.0, 40.0)),
    ])
}

/// Kilobytes for each of so many sockets.
async fn each(
    bench: &Bench,
    name: &str,
    count: usize,
    target: fn(&Server) -> anyhow::Result<Target>,
) -> anyhow::Result<f64> {
    let data_dir = bench.directory(name);
    server::clear(&data_dir)?;
    let mut launch = bench.launch(data_dir, bench.core);
    // The default is just about as many as there are sockets.
    launch.settings.push(("TRUNKLINE_LIMITS__CONNECTIONS", (count + 1000).to_string()));
    let server = launch.start().await?;
    let platform = Platform::sign_in(&server).await?;
    let target = target(&server)?;
    let agents = hire(&platform, count.div_ceil(PER_USER), None).await?;
    // Whatever the first socket of an account costs is no matter of the others.
    let first = agents.first().context("no agent")?;
    let mut sockets = vec![connect(&target, &platform.caller.account, first).await?];
    let before = settled(&server).await?;
    for agent in agents.iter().cycle().take(count) {
        sockets.push(connect(&target, &platform.caller.account, agent).await?);
    }
    let after = settled(&server).await?;
    drop(sockets);
    bench.discard(server, name)?;
    #[expect(clippy::cast_precision_loss, reason = "a few thousand sockets")]
    Ok((after - before) * 1e3 / count as f64)
}
