//! The rules of conversations: what a command does, or why it is refused.

mod close;
mod fields;
mod participants;
mod publish;
mod rings;
mod survey;

use trunkline_wire::{EpochMillis, JsonText};

use super::draft::Draft;
use super::{Actor, Command, Conversation, Decision, FieldChange, Refusal, SurveyOffer};

impl Conversation {
    /// Decides what `command` does to this state. Pure: nothing changes until the decision is stored and applied.
    ///
    /// # Errors
    /// [`Refusal`] says why nothing may be done.
    pub fn decide(&self, actor: Actor, command: Command, now: EpochMillis) -> Result<Decision, Refusal> {
        // Somebody else's consumer learns nothing about the conversation; users of the account may.
        if matches!(actor, Actor::Consumer(_)) && !self.has_participant(actor) {
            return Err(Refusal::NotParticipant);
        }
        let at = self.next_update(now);
        match command {
            Command::Publish(publish) => self.decide_publish(actor, publish, now),
            Command::Update { changes, metadata, survey } => {
                self.decide_update(actor, changes, metadata, survey.as_ref(), now)
            }
            Command::AcceptRing => {
                let next = self.with_ring_accepted(actor, at)?;
                Ok(self.changed(next, actor, None, now))
            }
            Command::EndSuggestion { agent, until } => self.end_suggestion(actor, agent, until, now),
            Command::Expire { dialog, quiet_since } => {
                let next = self.expired(actor, dialog, quiet_since, at)?;
                Ok(self.changed(next, actor, None, now))
            }
        }
    }

    fn decide_update(
        &self,
        actor: Actor,
        changes: Vec<FieldChange>,
        metadata: Option<JsonText>,
        survey: Option<&SurveyOffer>,
        now: EpochMillis,
    ) -> Result<Decision, Refusal> {
        let mut next = self.clone();
        let at = self.next_update(now);
        // Who leaves with the first change of a request may still make the others of it.
        let may_change = actor.is_entitled() || self.has_participant(actor);
        // Who closes everything wants no survey, also if he closes the main dialog with the same request.
        let closes_all = |change: &FieldChange| matches!(change, FieldChange::CloseConversation);
        let survey = survey.filter(|_| !changes.iter().any(closes_all));
        for change in changes {
            if !(may_change || change.is_join_of(actor) || next.has_participant(actor)) {
                return Err(Refusal::NotParticipant);
            }
            if matches!(change, FieldChange::AttachMetadata(_)) && metadata.is_none() {
                continue;
            }
            // The close of the main dialog before it in the request has closed everything.
            if closes_all(&change) && self.is_open() && !next.is_open() {
                continue;
            }
            next.change_field(actor, change, survey, at)?;
        }
        Ok(self.changed(next, actor, metadata, now))
    }

    /// The decision that makes `next` of this state, together with what the bot says first if that state has a new survey;
    /// nothing when the two are the same.
    fn changed(&self, next: Self, actor: Actor, metadata: Option<JsonText>, now: EpochMillis) -> Decision {
        if next == *self {
            return Decision::Nothing;
        }
        let begins_survey = self.survey.is_none() && next.survey.is_some();
        let mut draft = Draft::new(self, now);
        draft.change(next, actor.participant(), metadata);
        if begins_survey {
            draft.open_survey();
        }
        Decision::Append { change: draft.finish(), sequence: None }
    }
}
