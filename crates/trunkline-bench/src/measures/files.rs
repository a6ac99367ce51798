//! A file of 3 MB, up and down, beside a bare handler that keeps a body in a file and gives it back.
//!
//! Both sides run on the same core and the same disk, in turns; the copier makes a file as durable as the server does.

use std::sync::Arc;

use anyhow::{Context as _, ensure};

use super::{Bench, median, open};
use crate::http::{Answer, Request, Target};
use crate::load::{self, Span, Workload};
use crate::platform::{Conversation, Platform, published};
use crate::random::SplitMix;
use crate::report::{Bound, Row};
use crate::requests::SignedUrl;
use crate::server;
use crate::yardstick::Copier;

/// Bytes of the file.
const SIZE: usize = 3_000_000;
/// Connections, each with files of its own: with one alone, the time would be the disk's.
const CONNECTIONS: usize = 8;
/// Uploads of a run on each connection. They are counted, not timed, because what they replace stays on the disk until it is
/// swept.
const UPLOADS: usize = 12;
/// Downloads of a run on each connection: enough for some seconds, and far from the end of a URL's minute.
const DOWNLOADS: usize = 48;
/// Either, of a run that is for trying out.
const FEW: usize = 2;

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let (server, platform) = bench.fresh("files").await?;
    let folder = bench.directory("files-copied");
    server::clear(&folder).context("emptying the copier's folder")?;
    let copier = Copier::start(bench.core, &folder)?;
    let sharing = Sharing {
        bench,
        conversations: open(&platform, CONNECTIONS).await?,
        platform,
        copier,
        image: Arc::from(image()),
    };
    let (paths, up) = sharing.uploads().await?;
    let down = sharing.downloads(&paths).await?;
    drop(sharing);
    bench.discard(server, "files")?;
    server::clear(&folder).context("removing the copier's folder")?;
    let bound = Bound::at_least(0.5, 0.5);
    Ok(vec![
        Row::ratio("uploads of 3 MB", up.rate, "MB/s", ("bare handler", up.base), bound),
        Row::ratio("downloads of 3 MB", down.rate, "MB/s", ("bare handler", down.base), bound),
    ])
}

/// Megabytes per second on both sides.
struct Rates {
    rate: f64,
    base: f64,
}

/// Consumers with a file, and the copier beside their platform.
struct Sharing<'a> {
    bench: &'a Bench,
    platform: Platform,
    copier: Copier,
    conversations: Vec<Conversation>,
    image: Arc<[u8]>,
}

impl Sharing<'_> {
    /// Uploads in turns; the paths are those of the last one.
    async fn uploads(&self) -> anyhow::Result<(Vec<String>, Rates)> {
        let copies: Vec<_> = (0..CONNECTIONS).map(|n| copy("PUT", n).bytes(&self.image)).collect();
        let (mut rates, mut bases) = (Vec::new(), vec![self.up(&self.copier.target, &copies).await?]);
        let mut paths = Vec::new();
        for _ in 0..self.bench.runs() {
            // For each run anew: they are good for a minute.
            let urls = self.urls(|consumer, _| self.platform.caller.upload_url(&consumer.jws, SIZE)).await?;
            let requests: Vec<_> = urls.iter().map(|url| url.request("PUT").bytes(&self.image)).collect();
            rates.push(self.up(&self.platform.target, &requests).await?);
            bases.push(self.up(&self.copier.target, &copies).await?);
            paths = urls.into_iter().map(|url| url.relative_path).collect();
        }
        Ok((paths, Rates { rate: median(rates), base: median(bases) }))
    }

    /// Publishes the files and downloads them in turns.
    async fn downloads(&self, paths: &[String]) -> anyhow::Result<Rates> {
        let caller = &self.platform.caller;
        let mut connection = self.platform.target.connect().await?;
        for (open, path) in self.conversations.iter().zip(paths) {
            let answer = connection.exchange(&caller.file(&open.jws, &open.id, path)).await?;
            ensure!(published(&answer).is_some(), "publishing a file: {}", answer.summary());
        }
        let copies: Vec<_> = (0..CONNECTIONS).map(|n| copy("GET", n).empty()).collect();
        let (mut rates, mut bases) = (Vec::new(), vec![self.down(&self.copier.target, &copies).await?]);
        for _ in 0..self.bench.runs() {
            let urls = self.urls(|consumer, n| {
                caller.download_url(&consumer.jws, paths.get(n).map_or("", String::as_str))
            });
            let requests: Vec<_> = urls.await?.iter().map(|url| url.request("GET").empty()).collect();
            rates.push(self.down(&self.platform.target, &requests).await?);
            bases.push(self.down(&self.copier.target, &copies).await?);
        }
        Ok(Rates { rate: median(rates), base: median(bases) })
    }

    /// A signed URL for each consumer.
    async fn urls(
        &self,
        request: impl Fn(&Conversation, usize) -> Vec<u8>,
    ) -> anyhow::Result<Vec<SignedUrl>> {
        let mut connection = self.platform.target.connect().await?;
        let mut urls = Vec::with_capacity(CONNECTIONS);
        for (n, open) in self.conversations.iter().enumerate() {
            let answer = connection.exchange(&request(open, n)).await?;
            urls.push(SignedUrl::answered(&answer).with_context(|| format!("a URL: {}", answer.summary()))?);
        }
        Ok(urls)
    }

    async fn up(&self, target: &Target, requests: &[Vec<u8>]) -> anyhow::Result<f64> {
        let times = if self.bench.plan.quick { FEW } else { UPLOADS };
        let nothing: Arc<[u8]> = Arc::from([]);
        megabytes("an upload", target, Repeated::each(requests, times, 201, &nothing)).await
    }

    async fn down(&self, target: &Target, requests: &[Vec<u8>]) -> anyhow::Result<f64> {
        let times = if self.bench.plan.quick { FEW } else { DOWNLOADS };
        megabytes("a download", target, Repeated::each(requests, times, 200, &self.image)).await
    }
}

/// The file at the copier's that a connection has for itself.
fn copy(method: &str, number: usize) -> Request {
    Request::new(method, &format!("/{number}"))
}

async fn megabytes(what: &str, target: &Target, workloads: Vec<Repeated>) -> anyhow::Result<f64> {
    let (outcome, _) = load::run(target, workloads, Span::exhausting()).await?;
    #[expect(clippy::cast_precision_loss, reason = "three millions")]
    Ok(outcome.all_well(what)?.rate() * SIZE as f64 / 1e6)
}

/// What passes for a GIF: it begins like one, and nothing in it can be compressed.
fn image() -> Vec<u8> {
    let mut random = SplitMix::new(3);
    let mut image = b"GIF89a".to_vec();
    while image.len() < SIZE {
        image.extend_from_slice(&random.number().to_le_bytes());
    }
    image.truncate(SIZE);
    image
}

/// One request again and again, on a connection of its own.
struct Repeated {
    request: Vec<u8>,
    left: usize,
    status: u16,
    body: Arc<[u8]>,
}

impl Repeated {
    /// A workload for each request; every answer must have this status and exactly this body.
    fn each(requests: &[Vec<u8>], times: usize, status: u16, body: &Arc<[u8]>) -> Vec<Self> {
        let one = |request: &Vec<u8>| Self {
            request: request.clone(),
            left: times,
            status,
            body: Arc::clone(body),
        };
        requests.iter().map(one).collect()
    }
}

impl Workload for Repeated {
    fn write(&mut self, request: &mut Vec<u8>) -> bool {
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        request.extend_from_slice(&self.request);
        true
    }

    fn accepts(&mut self, answer: &Answer<'_>) -> bool {
        answer.status == self.status && *answer.body == *self.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_its_size_and_begins_like_an_image() {
        let image = image();
        assert_eq!(image.len(), SIZE);
        assert!(image.starts_with(b"GIF89a"));
    }

    #[test]
    fn a_request_is_repeated_so_often_and_its_answer_compared() {
        let mut all = Repeated::each(&[b"GET".to_vec()], 2, 200, &Arc::from(*b"abc"));
        let mut one = all.remove(0);
        let mut sent = Vec::new();
        assert!(one.write(&mut sent) && one.write(&mut sent) && !one.write(&mut sent));
        assert_eq!(sent, b"GETGET");
        assert!(one.accepts(&Answer { status: 200, body: b"abc" }));
        assert!(!one.accepts(&Answer { status: 200, body: b"abd" }));
        assert!(!one.accepts(&Answer { status: 206, body: b"abc" }));
    }
}
