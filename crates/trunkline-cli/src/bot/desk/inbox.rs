//! Takes in what the server sends.

use serde_json::json;
use trunkline_wire::SkillId;
use trunkline_wire::agent::RequestName;

use super::super::frame::{self, Answer, Change, Conversation, Event, Incoming, Task};
use super::super::lane::{Lane, Part};
use super::{About, Broken, Desk, Effect};

impl Desk {
    /// A frame came.
    ///
    /// # Errors
    /// The connection is of no more use.
    pub(in crate::bot) fn received(&mut self, text: &str) -> Result<Vec<Effect>, Broken> {
        let mut out = Vec::new();
        match frame::read(text).map_err(Broken::Frame)? {
            Incoming::Answer(answer) => self.answered(&answer, &mut out)?,
            Incoming::Conversations(changes) => {
                for change in changes {
                    self.conversation(change.kind, &change.result, &mut out);
                }
            }
            Incoming::Rings(changes) => {
                for change in changes.iter().filter(|change| change.kind == Change::Upsert) {
                    self.rung(&change.result, &mut out);
                }
            }
            Incoming::Event(event) => self.happened(event, &mut out)?,
            Incoming::Other => {}
        }
        Ok(out)
    }

    fn answered(&mut self, answer: &Answer, out: &mut Vec<Effect>) -> Result<(), Broken> {
        let Some(pending) = self.pending.remove(&answer.request) else { return Ok(()) };
        match pending.about {
            About::Act(conversation) => return self.acted(&conversation, answer, out),
            _ if answer.code == 401 => return Err(Broken::Unauthorized),
            About::Ring { ring, conversation, accepts } => {
                self.ring_answered(&ring, &conversation, accepts, answer);
            }
            // The conversation may have gone to somebody else while the question was on its way.
            About::History(conversation) if matches!(answer.code, 400 | 403 | 404) => {
                self.lanes.remove(&conversation);
                let (code, reason) = (answer.code, answer.reason());
                tracing::warn!(conversation.id = conversation, code, reason, "the history was refused");
            }
            about if answer.code >= 400 => {
                return Err(Broken::Refused {
                    what: about.what(),
                    code: answer.code,
                    reason: answer.reason(),
                });
            }
            About::Profile => {
                let profile: Profile = answer.body().map_err(Broken::Frame)?;
                self.set_up(&profile.user_id, out);
                self.aid = Some(profile.user_id);
            }
            About::Setup(_) => {
                if !self.pending.values().any(|pending| matches!(pending.about, About::Setup(_))) {
                    out.push(Effect::Online);
                }
            }
            About::History(conversation) => {
                let events = answer.events().map_err(Broken::Frame)?;
                let (Some(lane), Some(aid)) = (self.lanes.get_mut(&conversation), &self.aid) else {
                    return Ok(());
                };
                match lane.told(events, aid, &self.persona) {
                    Some(part) => self.ask_history(conversation, part, out),
                    None => self.advance(&conversation, out),
                }
            }
        }
        Ok(())
    }

    fn ring_answered(&mut self, ring: &str, conversation: &str, accepts: bool, answer: &Answer) {
        self.rings.remove(ring);
        let (code, reason) = (answer.code, answer.reason());
        match (code, accepts) {
            (..=399, true) => tracing::info!(conversation.id = conversation, "accepted"),
            (..=399, false) => tracing::info!(conversation.id = conversation, "rejected: another skill"),
            // Somebody else was faster, or it was closed: nothing is wrong.
            (404 | 409, _) => {
                tracing::debug!(conversation.id = conversation, code, reason, "the ring is over");
            }
            _ => tracing::warn!(
                conversation.id = conversation,
                code,
                reason,
                "the server refused the answer to a ring"
            ),
        }
    }

    /// A ring is answered once, however often it is announced.
    fn rung(&mut self, task: &Task, out: &mut Vec<Effect>) {
        let skill = task.skill_id.unwrap_or(SkillId::UNASSIGNED);
        let accepts = self.skills.is_empty() || self.skills.contains(&skill);
        for ring in task.rings_details.iter().filter(|ring| ring.waits()) {
            if !self.rings.insert(ring.ring_id.clone()) {
                continue;
            }
            let (ring, conversation) = (ring.ring_id.clone(), task.conversation_id.clone());
            let state = if accepts { "ACCEPTED" } else { "REJECTED" };
            let body = json!({"ringId": ring, "ringState": state});
            let about = About::Ring { ring, conversation, accepts };
            self.ask(about, RequestName::UpdateRingState, &body, out);
        }
    }

    fn conversation(&mut self, kind: Change, conversation: &Conversation, out: &mut Vec<Effect>) {
        let id = &conversation.conv_id;
        let assigned = self.aid.as_deref().is_some_and(|aid| conversation.is_assigned_to(aid));
        if kind == Change::Delete || !assigned {
            if self.lanes.remove(id).is_some() {
                tracing::info!(conversation.id = id, "left");
            }
            return;
        }
        let lane = self.lanes.entry(id.clone()).or_insert_with(Lane::new);
        if lane.joined {
            return;
        }
        let part = lane.join();
        tracing::info!(conversation.id = id, "joined");
        self.ask_history(id.clone(), part, out);
    }

    /// Asks for the events of a conversation; of many the newest come, and the others are asked for with the next question
    /// (spec 21 §7.3).
    fn ask_history(&mut self, conversation: String, part: Part, out: &mut Vec<Effect>) {
        let mut body = json!({"dialogId": conversation, "newerThanSequence": part.from});
        if let Some(before) = part.before {
            body["olderThanSequence"] = before.into();
        }
        self.ask(About::History(conversation), RequestName::QueryMessages, &body, out);
    }

    /// Events of dialogs that are not a main dialog of ours (a survey) are none of a bot's business.
    fn happened(&mut self, event: Event, out: &mut Vec<Effect>) -> Result<(), Broken> {
        let dialog = event.dialog_id.clone();
        let (Some(lane), Some(aid)) = (self.lanes.get_mut(&dialog), &self.aid) else { return Ok(()) };
        lane.happened(event, aid).map_err(|_| Broken::Flood)?;
        self.advance(&dialog, out);
        Ok(())
    }
}

/// The own profile (spec 21 §7.7).
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    user_id: String,
}
