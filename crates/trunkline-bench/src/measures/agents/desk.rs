//! Agents with a conversation each.

use anyhow::{Context as _, ensure};
use serde_json::json;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::super::{Bench, open};
use crate::agent::{Agent, AgentSocket, hire, request};
use crate::http::Target;
use crate::platform::{Conversation, Platform};
use crate::server::Server;

/// A server whose every conversation has an agent with a socket.
pub(super) struct Desk {
    name: &'static str,
    server: Server,
    pub(super) platform: Platform,
    pub(super) conversations: Vec<Conversation>,
    /// One for each conversation, in the same order.
    pub(super) sockets: Vec<AgentSocket>,
}

impl Desk {
    /// Starts a server on an empty directory, and has each of so many agents join a conversation.
    pub(super) async fn start(bench: &Bench, name: &'static str, count: usize) -> anyhow::Result<Self> {
        let (server, platform) = bench.fresh(name).await?;
        let agents = hire(&platform, count, None).await?;
        let conversations = open(&platform, count).await?;
        let mut sockets = Vec::with_capacity(count);
        for (agent, conversation) in agents.iter().zip(&conversations) {
            let mut socket = connect(&platform.target, &platform.caller.account, agent).await?;
            join(&mut socket, conversation).await?;
            sockets.push(socket);
        }
        Ok(Self { name, server, platform, conversations, sockets })
    }

    /// Stops the server and removes its data.
    pub(super) fn discard(self, bench: &Bench) -> anyhow::Result<()> {
        bench.discard(self.server, self.name)
    }
}

/// Opens a socket and subscribes as the SDK's bots do: to the own conversations and rings.
pub(super) async fn connect(target: &Target, account: &str, agent: &Agent) -> anyhow::Result<AgentSocket> {
    let mut socket = AgentSocket::open(target, account, &agent.bearer).await?;
    let own = json!({"agentIds": [agent.aid], "convState": ["OPEN"]});
    let rings = json!({"channelType": "MESSAGING", "agentId": agent.aid, "brandId": account});
    for (name, body) in [(request::SUBSCRIBE_CONVERSATIONS, own), (request::SUBSCRIBE_RINGS, rings)] {
        let answer = socket.ask(name, &body).await?;
        ensure!(answer.code == 200, "{name} was refused: {}", answer.summary());
    }
    Ok(socket)
}

async fn join(socket: &mut AgentSocket, conversation: &Conversation) -> anyhow::Result<()> {
    let field = json!({"field": "ParticipantsChange", "type": "ADD", "role": "ASSIGNED_AGENT"});
    let body = json!({"conversationId": conversation.id, "conversationField": [field]});
    let answer = socket.ask(request::UPDATE_CONVERSATION, &body).await?;
    ensure!(answer.code == 200, "joining a conversation was refused: {}", answer.summary());
    Ok(())
}

/// The numbers of a socket's events, which must follow one another from 0 on.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    next: u64,
}

impl Numbers {
    /// Waits for the next event; its number.
    pub(super) async fn event(&mut self, socket: &mut AgentSocket) -> anyhow::Result<u64> {
        loop {
            let text: Utf8Bytes = socket.next().await.context("waiting for an event")?;
            let Some(sequence) = sequence(&text) else { continue };
            ensure!(sequence == self.next, "event {sequence} came where {} was due", self.next);
            self.next += 1;
            return Ok(sequence);
        }
    }
}

/// The number of the event in a frame, found without reading the rest: the load generator has one core.
fn sequence(frame: &str) -> Option<u64> {
    const EVENT: &str = ".ams.ms.OnlineEventDistribution";
    const MEMBER: &str = "\"sequence\":";
    // The type stands in front of the body.
    frame.get(..frame.len().min(120))?.find(EVENT)?;
    let (_, rest) = frame.split_once(MEMBER)?;
    let digits = rest.split(|character: char| !character.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_an_event_is_found() {
        let event = r#"{"kind":"notification","type":".ams.ms.OnlineEventDistribution","body":{"sequence":42,"originatorId":"x","event":{"type":"ContentEvent","contentType":"text/plain","message":"Is the shop open on Sunday, and does it take cards?"}}}"#;
        assert_eq!(sequence(event), Some(42));
        let change = r#"{"kind":"notification","type":".ams.aam.ExConversationChangeNotification","body":{"changes":[{"result":{"lastContentEventNotification":{"sequence":1}}}]}}"#;
        assert_eq!(sequence(change), None);
        assert_eq!(sequence("{}"), None);
    }
}
