//! Messages while somebody searches all conversations for a word that nobody said, so that every one must be read.

use anyhow::{bail, ensure};
use tokio::sync::watch;

use super::super::messages::rate;
use super::super::{Bench, median};
use super::Archive;
use super::beside::Beside;
use crate::http::Target;
use crate::report::{Bound, Row};
use crate::requests::{Page, Reader};

/// Nobody says it.
const WORD: &str = "rhubarb";
/// The longest range that may be searched is about three months; the store is filled within hours. In milliseconds.
const RANGE: i64 = 90 * 24 * 3_600_000;
/// Conversations were opened side by side, so some began before the first that is known. In milliseconds.
const BEFORE: i64 = 60_000;

/// SEND without and with a scan, in turns on the same server.
pub(super) async fn measure(
    bench: &Bench,
    archive: &Archive,
    requests: &[Vec<u8>],
) -> anyhow::Result<Vec<Row>> {
    let from = archive.began - BEFORE;
    let range = (from, from + RANGE);
    let (mut alone, mut beside, mut searches) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.runs() {
        alone.push(rate(bench, &archive.target, requests).await?);
        let scan = Beside::begin(|done| read(archive.target.clone(), archive.reader.clone(), range, done));
        beside.push(rate(bench, &archive.target, requests).await?);
        searches.push(scan.end().await?);
    }
    alone.push(rate(bench, &archive.target, requests).await?);
    Ok(vec![
        Row::ratio(
            "SEND, history being scanned",
            median(beside),
            "/s",
            ("without", median(alone)),
            Bound::at_least(0.8, 0.8),
        ),
        Row::noted("  searches meanwhile, 1000 conversations each", median(searches), "/s"),
    ])
}

/// Goes on from cursor to cursor, and begins again at the end.
async fn read(
    target: Target,
    reader: Reader,
    range: (i64, i64),
    done: watch::Sender<u32>,
) -> anyhow::Result<()> {
    let mut connection = target.connect().await?;
    let mut cursor: Option<String> = None;
    loop {
        let answer = connection.exchange(&reader.keyword(range, WORD, cursor.as_deref())).await?;
        let Some(page) = Page::answered(&answer) else { bail!("a search: {}", answer.summary()) };
        ensure!(page.count == 0, "{} conversations have a word that nobody said", page.count);
        cursor = page.cursor;
        done.send_modify(|done| *done += 1);
    }
}
