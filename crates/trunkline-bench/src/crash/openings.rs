//! Conversations opened around a kill: acknowledged ones exist, and never two for one consumer.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};

use super::Summary;
use super::ledger::Track;
use super::traffic::Results;
use crate::http::{Answer, Connection, Target};
use crate::platform::{Consumer, Conversation, Platform, is_already_open, opened};
use crate::requests::Caller;

/// One attempt to open a consumer's conversation.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) consumer: Consumer,
    pub(super) outcome: Opened,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Opened {
    /// With this conversation.
    Acknowledged(String),
    /// With the answer that there is an open one.
    Refused,
    /// Without an answer.
    CutOff,
}

/// Opens a conversation for each consumer until all have one or the connection breaks.
pub(super) async fn open_all(
    target: Target,
    caller: Caller,
    consumers: Arc<[Consumer]>,
) -> anyhow::Result<Results> {
    let mut results = Results::default();
    let Ok(mut connection) = target.connect().await else { return Ok(results) };
    for consumer in consumers.iter() {
        let outcome = match connection.exchange(&caller.conversation(&consumer.jws)).await {
            Ok(answer) => judge(&answer)?,
            Err(_) => Opened::CutOff,
        };
        let broken = outcome == Opened::CutOff;
        results.openings.push(Opening { consumer: consumer.clone(), outcome });
        if broken {
            break;
        }
    }
    Ok(results)
}

fn judge(answer: &Answer<'_>) -> anyhow::Result<Opened> {
    match opened(answer) {
        Some(id) => Ok(Opened::Acknowledged(id)),
        None if is_already_open(answer) => Ok(Opened::Refused),
        None => bail!("an opening was refused: {}", answer.summary()),
    }
}

/// Checks every consumer of a round after the restart.
pub(super) async fn settle(
    platform: &Platform,
    openings: &[Opening],
    summary: &mut Summary,
) -> anyhow::Result<()> {
    let mut consumers: HashMap<&str, Vec<&Opened>> = HashMap::new();
    for opening in openings {
        consumers.entry(&opening.consumer.jws).or_default().push(&opening.outcome);
    }
    let mut connection = platform.target.connect().await?;
    for (jws, outcomes) in consumers {
        let ids: Vec<&String> = outcomes
            .iter()
            .filter_map(|outcome| if let Opened::Acknowledged(id) = outcome { Some(id) } else { None })
            .collect();
        ensure!(ids.len() < 2, "a consumer was given two open conversations: {ids:?}");
        summary.openings_acknowledged += ids.len() as u64;
        summary.openings_unanswered +=
            outcomes.iter().filter(|outcome| ***outcome == Opened::CutOff).count() as u64;
        let again = judge(&connection.exchange(&platform.caller.conversation(jws)).await?)?;
        if let Some(id) = ids.first() {
            ensure!(again == Opened::Refused, "conversation {id} was acknowledged but another can be opened");
            only_one(platform, &mut connection, jws, id)
                .await
                .with_context(|| format!("conversation {id}"))?;
        }
    }
    Ok(())
}

/// The acknowledged conversation is whole, and once it is closed nothing else is open.
async fn only_one(
    platform: &Platform,
    connection: &mut Connection,
    jws: &str,
    id: &str,
) -> anyhow::Result<()> {
    let mut track = Track::new(Conversation { jws: jws.to_owned(), id: id.to_owned() });
    track.read(platform, connection).await?;
    let answer = connection.exchange(&platform.caller.close(jws, id)).await?;
    ensure!(answer.status == 200, "closing was refused: {}", answer.summary());
    let next = judge(&connection.exchange(&platform.caller.conversation(jws)).await?)?;
    ensure!(matches!(next, Opened::Acknowledged(_)), "its consumer has a second open conversation");
    Ok(())
}
