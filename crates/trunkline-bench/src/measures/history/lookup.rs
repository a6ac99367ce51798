//! One conversation, and the conversations of one consumer: one search at a time.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use super::super::{Bench, median, milliseconds};
use super::{Archive, MESSAGES};
use crate::http::{Answer, Target};
use crate::load::{self, Each, Exhaustible, Outcome, Span};
use crate::report::{Bound, Row};

pub(super) async fn measure(bench: &Bench, archive: &Archive, count: usize) -> anyhow::Result<Vec<Row>> {
    let reader = &archive.reader;
    let by_id = Searches::new(archive.ids.iter().map(|id| reader.conversation(id)), &archive.ids);
    let by_consumer = Searches::new(archive.consumers.iter().map(|id| reader.consumer(id)), &archive.ids);
    let (by_id, by_consumer) = (Arc::new(by_id), Arc::new(by_consumer));
    let (mut conversations, mut consumers) = (Vec::new(), Vec::new());
    for _ in 0..bench.runs() {
        conversations.push(run(bench, &archive.target, &by_id).await?);
        consumers.push(run(bench, &archive.target, &by_consumer).await?);
    }
    let mut rows =
        rows(&format!("history of one of {count} conversations"), &conversations, Bound::at_most(2.0, 0.5));
    rows.extend(self::rows("history of a consumer", &consumers, Bound::at_most(5.0, 5.0)));
    Ok(rows)
}

fn rows(what: &str, outcomes: &[Outcome], bound: Bound) -> Vec<Row> {
    let p50 = median(outcomes.iter().map(|outcome| outcome.latency.p50()).collect());
    let p99 = median(outcomes.iter().map(|outcome| outcome.latency.p99()).collect());
    vec![
        Row::absolute(&format!("{what}, p50"), milliseconds(p50), "ms", bound),
        Row::noted("  p99", milliseconds(p99), "ms"),
    ]
}

async fn run(bench: &Bench, target: &Target, searches: &Arc<Searches>) -> anyhow::Result<Outcome> {
    let workloads = Exhaustible::spread(searches, &Arc::new(AtomicUsize::new(0)), usize::MAX / 2, 1);
    let (outcome, _) = load::run(target, workloads, Span::of(bench.span())).await?;
    outcome.all_well("a search of history")
}

/// Searches in turn. Each must find its conversation and all that was said there.
struct Searches {
    requests: Vec<Vec<u8>>,
    found: Vec<Vec<u8>>,
    last: Vec<u8>,
}

impl Searches {
    fn new(requests: impl Iterator<Item = Vec<u8>>, ids: &[String]) -> Self {
        let member = |id: &String| format!(r#""conversationId":"{id}""#).into_bytes();
        let last = format!(r#""seq":{}"#, MESSAGES - 1).into_bytes();
        Self { requests: requests.collect(), found: ids.iter().map(member).collect(), last }
    }
}

impl Each for Searches {
    type Yield = ();

    fn write(&self, index: usize, request: &mut Vec<u8>) {
        if let Some(bytes) = self.requests.get(index % self.requests.len()) {
            request.extend_from_slice(bytes);
        }
    }

    fn read(&self, index: usize, answer: &Answer<'_>) -> Option<()> {
        let found = self.found.get(index % self.requests.len())?;
        (answer.status == 200 && answer.contains(found) && answer.contains(&self.last)).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_that_finds_another_conversation_fails() {
        let searches = Searches::new([vec![b'x']].into_iter(), &["a".to_owned()]);
        let body = br#"{"conversationHistoryRecords":[{"info":{"conversationId":"a"},"messageRecords":[{"seq":9}]}]}"#;
        assert_eq!(searches.read(3, &Answer { status: 200, body }), Some(()));
        let another = br#"{"info":{"conversationId":"b"},"messageRecords":[{"seq":9}]}"#;
        assert_eq!(searches.read(3, &Answer { status: 200, body: another }), None);
        let cut = br#"{"info":{"conversationId":"a"},"messageRecords":[{"seq":8}]}"#;
        assert_eq!(searches.read(3, &Answer { status: 200, body: cut }), None);
    }
}
