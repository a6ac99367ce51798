//! Token endpoints.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::{Bench, CONNECTIONS, CONVERSATIONS, median};
use crate::http::Answer;
use crate::load::{self, Each, Exhaustible, Rotation, Span};
use crate::report::{Bound, Row};
use crate::{requests, yardstick};

/// More apps than one core can sign tokens for in a second, so that no app asks twice in one second and gets a token
/// that was already signed.
const APPS: usize = 6000;

/// AppJWT: one app again and again, then every request a different app.
pub(super) async fn app(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let (server, platform) = bench.fresh("appjwt").await?;
    let account = platform.caller.account.clone();
    let app = &platform.app;
    let one = vec![requests::app_token(&account, &app.client_id, &app.client_secret)];
    let repeated = bench
        .beside_echo("AppJWT, one app", &bench.echo, &platform.target, || {
            Rotation::spread(one.clone(), CONNECTIONS, 200, b"\"access_token\":\"")
        })
        .await?;
    let apps = platform.install_apps(APPS).await?;
    let many = Arc::new(ManyApps {
        requests: apps
            .iter()
            .map(|app| requests::app_token(&account, &app.client_id, &app.client_secret))
            .collect(),
        last: apps.iter().map(|_| AtomicU64::new(0)).collect(),
    });
    let next = Arc::new(AtomicUsize::new(0));
    let (mut rates, mut bases) = (Vec::new(), vec![yardstick::signing(bench.core, bench.span() / 2)?.rate]);
    for _ in 0..bench.runs() {
        let workloads = Exhaustible::spread(&many, &next, usize::MAX / 2, CONNECTIONS);
        let (outcome, _) = load::run(&platform.target, workloads, Span::of(bench.span())).await?;
        rates.push(outcome.all_well("AppJWT, different apps")?.rate());
        bases.push(yardstick::signing(bench.core, bench.span() / 2)?.rate);
    }
    bench.discard(server, "appjwt")?;
    Ok(vec![
        Row::ratio(
            "AppJWT, one app",
            repeated.rate,
            "/s",
            ("echo", repeated.base),
            Bound::at_least(0.4, 0.7),
        ),
        Row::ratio(
            "AppJWT, each another app",
            median(rates),
            "/s",
            ("RSA sign", median(bases)),
            Bound::at_least(0.8, 0.95),
        ),
    ])
}

/// ConsumerJWS for consumers that have asked before.
pub(super) async fn consumer(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let (server, platform) = bench.fresh("consumerjws").await?;
    let names: Vec<String> = (0..CONVERSATIONS).map(|n| format!("bench-{n}")).collect();
    let requests: Vec<Vec<u8>> = names.iter().map(|name| platform.caller.consumer(name)).collect();
    platform.consumers(names).await?;
    let medians = bench
        .beside_echo("ConsumerJWS", &bench.echo, &platform.target, || {
            Rotation::spread(requests.clone(), CONNECTIONS, 201, b"\"token\":\"")
        })
        .await?;
    bench.discard(server, "consumerjws")?;
    let bound = Bound::at_least(0.4, 0.6);
    Ok(vec![Row::ratio("ConsumerJWS, known consumers", medians.rate, "/s", ("echo", medians.base), bound)])
}

/// Token requests of many apps in turn; a token that comes again was not signed for this request.
struct ManyApps {
    requests: Vec<Vec<u8>>,
    last: Vec<AtomicU64>,
}

impl Each for ManyApps {
    type Yield = ();

    fn write(&self, index: usize, request: &mut Vec<u8>) {
        if let Some(bytes) = self.requests.get(index % self.requests.len()) {
            request.extend_from_slice(bytes);
        }
    }

    fn read(&self, index: usize, answer: &Answer<'_>) -> Option<()> {
        let last = self.last.get(index % self.last.len())?;
        let mut hasher = DefaultHasher::new();
        answer.body.hash(&mut hasher);
        let token = hasher.finish();
        (answer.status == 200
            && answer.contains(b"access_token")
            && last.swap(token, Ordering::Relaxed) != token)
            .then_some(())
    }
}
