//! The rules of conversations: what a command does, or why it is refused.

mod auto;
mod close;
mod fields;
mod participants;
mod publish;
mod rings;
mod survey;

use trunkline_wire::{EpochMillis, JsonText};

use super::auto::Occasion;
use super::draft::Draft;
use super::{Actor, AutoOffer, Command, Conversation, Decision, FieldChange, Refusal, SurveyOffer};

impl Conversation {
    /// Decides what `command` does to this state. Pure: nothing changes until the decision is stored and applied.
    ///
    /// # Errors
    /// [`Refusal`] says why nothing may be done.
    pub fn decide(&self, actor: Actor, command: Command, now: EpochMillis) -> Result<Decision, Refusal> {
        self.decide_saying(None, actor, command, now)
    }

    /// The same, together with what the platform may say about it.
    ///
    /// # Errors
    /// [`Refusal`] says why nothing may be done.
    pub fn decide_saying(
        &self,
        words: Option<&AutoOffer>,
        actor: Actor,
        command: Command,
        now: EpochMillis,
    ) -> Result<Decision, Refusal> {
        // Somebody else's consumer learns nothing about the conversation; users of the account may.
        if matches!(actor, Actor::Consumer(_)) && !self.has_participant(actor) {
            return Err(Refusal::NotParticipant);
        }
        if self.erased_at.is_some() {
            return Err(Refusal::Closed);
        }
        let at = self.next_update(now);
        match command {
            Command::Publish(publish) => self.decide_publish(actor, publish, words, now),
            Command::Update { changes, metadata, survey } => {
                let next = self.updated(actor, changes, metadata.is_some(), survey.as_ref(), at)?;
                Ok(self.changed(next, actor, metadata, words, now))
            }
            Command::AcceptRing => {
                let next = self.with_ring_accepted(actor, at)?;
                Ok(self.changed(next, actor, None, words, now))
            }
            Command::EndSuggestion { agent, until } => self.end_suggestion(actor, agent, until, now),
            Command::Expire { dialog, quiet_since } => {
                let next = self.expired(actor, dialog, quiet_since, at)?;
                Ok(self.changed(next, actor, None, words, now))
            }
        }
    }

    /// The state after these changes.
    fn updated(
        &self,
        actor: Actor,
        changes: Vec<FieldChange>,
        has_metadata: bool,
        survey: Option<&SurveyOffer>,
        at: EpochMillis,
    ) -> Result<Self, Refusal> {
        let mut next = self.clone();
        // Who leaves with the first change of a request may still make the others of it.
        let may_change = actor.is_entitled() || self.has_participant(actor);
        // Who closes everything wants no survey, also if he closes the main dialog with the same request.
        let closes_all = |change: &FieldChange| matches!(change, FieldChange::CloseConversation);
        let survey = survey.filter(|_| !changes.iter().any(closes_all));
        for change in changes {
            if !(may_change || change.is_join_of(actor) || next.has_participant(actor)) {
                return Err(Refusal::NotParticipant);
            }
            if matches!(change, FieldChange::AttachMetadata(_)) && !has_metadata {
                continue;
            }
            // The close of the main dialog before it in the request has closed everything.
            if closes_all(&change) && self.is_open() && !next.is_open() {
                continue;
            }
            next.change_field(actor, change, survey, at)?;
        }
        Ok(next)
    }

    /// The decision that makes `next` of this state, together with what the platform says about it, and what the bot says
    /// first if that state has a new survey; nothing when the two are the same.
    fn changed(
        &self,
        mut next: Self,
        actor: Actor,
        metadata: Option<JsonText>,
        words: Option<&AutoOffer>,
        now: EpochMillis,
    ) -> Decision {
        if next == *self {
            return Decision::Nothing;
        }
        let begins_survey = self.survey.is_none() && next.survey.is_some();
        let mut draft = Draft::new(self, now);
        let occasion = Occasion::between(self, &next);
        // A closed dialog takes no message.
        if let Some(ending @ Occasion::Closed(_)) = occasion {
            draft.say_by_itself(words, ending);
            next.catch_up(&draft.state);
        }
        draft.change(next, actor.participant(), metadata);
        if let Some(other @ (Occasion::AgentJoined | Occasion::AgentLeft)) = occasion {
            draft.say_by_itself(words, other);
        }
        if begins_survey {
            draft.open_survey();
        }
        Decision::Append { change: draft.finish(), sequence: None }
    }
}
