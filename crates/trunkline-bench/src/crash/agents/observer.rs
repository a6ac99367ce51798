//! Follows the whole account, and waits until everybody is served.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::json;

use crate::agent::{Agent, AgentSocket, Frame, request};
use crate::http::Target;

/// How soon after a restart each open conversation must have an agent: one without is rung as soon as a bot is back, and bots
/// answer at once; only what many bots declined waits a little.
const PATIENCE: Duration = Duration::from_secs(30);

/// A socket that follows the whole account.
pub(super) struct Observer {
    socket: AgentSocket,
    room: Room,
}

impl Observer {
    /// Subscribes. From now on it is told of every change.
    pub(super) async fn begin(target: &Target, account: &str, admin: &Agent) -> anyhow::Result<Self> {
        let mut socket = AgentSocket::open(target, account, &admin.bearer).await?;
        let everything = json!({"convState": ["OPEN"]});
        let answer = socket.ask(request::SUBSCRIBE_CONVERSATIONS, &everything).await?;
        ensure!(answer.code == 200, "following the account was refused: {}", answer.summary());
        Ok(Self { socket, room: Room::default() })
    }

    /// Waits until every open conversation has an agent; those there are. `open` are known to be open; there may be more.
    pub(super) async fn everybody_served(
        &mut self,
        open: BTreeSet<String>,
    ) -> anyhow::Result<BTreeSet<String>> {
        let Self { socket, room } = self;
        room.unseen = open;
        let watching = async {
            while !room.is_content() {
                room.take(&socket.next().await?)?;
            }
            anyhow::Ok(())
        };
        match tokio::time::timeout(PATIENCE, watching).await {
            Ok(result) => result?,
            Err(_) => bail!("after {PATIENCE:?} {}", room.complaint()),
        }
        Ok(room.agents.keys().cloned().collect())
    }

    /// Closes a conversation whose consumer does not know it; false when a bot was quicker.
    pub(super) async fn close(&mut self, id: &str) -> anyhow::Result<bool> {
        let close = json!({"field": "ConversationStateField", "conversationState": "CLOSE"});
        let body = json!({"conversationId": id, "conversationField": [close]});
        let answer = self.socket.ask(request::UPDATE_CONVERSATION, &body).await?;
        ensure!(matches!(answer.code, 200 | 400), "closing was refused: {}", answer.summary());
        Ok(answer.code == 200)
    }
}

/// What the account looks like.
#[derive(Debug, Default)]
struct Room {
    /// Open, but not told yet.
    unseen: BTreeSet<String>,
    /// Who serves what is open.
    agents: HashMap<String, Option<String>>,
}

impl Room {
    fn is_content(&self) -> bool {
        self.unseen.is_empty() && self.agents.values().all(Option::is_some)
    }

    fn take(&mut self, text: &str) -> anyhow::Result<()> {
        let Frame::Conversations(changes) = Frame::read(text).with_context(|| format!("reading {text}"))?
        else {
            return Ok(());
        };
        for change in changes {
            let (id, assigned) = (&change.result.conv_id, change.result.assigned());
            ensure!(assigned.len() <= 1, "conversation {id} has the agents {assigned:?}");
            self.unseen.remove(id);
            if change.is_upsert() && change.result.is_open() {
                self.agents.insert(id.clone(), assigned.first().cloned());
            } else {
                self.agents.remove(id);
            }
        }
        Ok(())
    }

    fn complaint(&self) -> String {
        let waiting: Vec<_> = self.agents.iter().filter(|(_, agent)| agent.is_none()).collect();
        format!(
            "{} open conversations were not told and {} have no agent: {:?} {waiting:?}",
            self.unseen.len(),
            waiting.len(),
            self.unseen
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: &str, agents: &str) -> String {
        format!(
            r#"{{"kind":"notification","type":".ams.aam.ExConversationChangeNotification","body":{{"subscriptionId":"s","changes":[{{"type":"{kind}","result":{{"convId":"c","conversationDetails":{{"participants":{{"ASSIGNED_AGENT":[{agents}]}},"state":"OPEN"}}}}}}]}}}}"#
        )
    }

    #[test]
    fn everybody_is_served_once_everybody_has_an_agent() {
        let mut room = Room { unseen: ["c".to_owned()].into(), agents: HashMap::new() };
        assert!(!room.is_content());
        room.take(&told("UPSERT", "")).unwrap();
        assert!(!room.is_content() && room.complaint().contains("1 have no agent"));
        room.take(&told("UPSERT", r#""1.2""#)).unwrap();
        assert!(room.is_content());
        room.take(&told("DELETE", "")).unwrap();
        assert!(room.is_content());
        assert!(room.take(&told("UPSERT", r#""1.2","1.3""#)).is_err());
    }
}
