//! The survey after the main dialog: it begins with the close, the bot answers within the consumer's own change, and it
//! ends with the last answer. Source: spec 05 §4.3, §4.4, §5.
//!
//! Nothing runs beside the conversation. What the bot says is in the same change as what it reacts to, so a crash leaves
//! neither an answer without its next question nor a survey that nobody asks.

use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::conversations::{Audience, CloseReason, DialogType, ParticipantRole, ParticipantState};
use trunkline_wire::{DialogId, EpochMillis, ParticipantId};

use crate::conversation::draft::Draft;
use crate::conversation::survey::{Next, Speech, appearance, intro, question, repeated, thanks};
use crate::conversation::{
    Conversation, Decision, Dialog, DialogState, MessageEvent, Participant, PrivateSequences, RunningSurvey,
    SurveyOffer,
};

/// What the dialog says when every question was asked. Source: spec 05 §4.3.
const COMPLETED: &str = "Completed";

impl Conversation {
    /// Closes the main dialog and opens that of the survey behind it.
    pub(super) fn begin_survey(
        &mut self,
        offer: &SurveyOffer,
        by: CloseReason,
        at: EpochMillis,
        cause: Option<&str>,
    ) {
        for dialog in &mut self.dialogs {
            dialog.close(at, by, cause.map(str::to_owned));
        }
        self.answer_due = None;
        let active = |id, role| Participant { id, role, state: ParticipantState::Active };
        self.dialogs.push(Dialog {
            id: DialogId::survey_of(self.id),
            kind: DialogType::PostSurvey,
            participants: vec![
                active(ParticipantId::Consumer(self.consumer), ParticipantRole::Consumer),
                active(ParticipantId::Agent(offer.bot), ParticipantRole::Agent),
            ],
            state: DialogState::Open,
            created_at: at,
            updated_at: at,
            next_sequence: 0,
            meta_data: Some(appearance(offer.bot)),
            private: PrivateSequences::default(),
        });
        self.survey = Some(RunningSurvey::begin(offer, &self.features, at));
        self.list_participants();
    }

    /// Notes what came of the survey; there is none any more.
    pub(super) fn settle_survey(&mut self) {
        if let Some(survey) = self.survey.take() {
            self.csat = survey.csat(self.csat);
        }
    }

    /// The survey that this event is put to; `None` when it is not the consumer who says something to the bot. Whoever
    /// sends the bot away asks himself.
    pub(in crate::conversation) fn survey_asked(&self, event: &MessageEvent) -> Option<&RunningSurvey> {
        let survey = self.survey.as_ref()?;
        let dialog = self.dialog(event.dialog)?;
        let bot = ParticipantId::Agent(survey.bot);
        let is_answer = event.role == ParticipantRole::Consumer
            && matches!(event.kind, EventKind::Content | EventKind::RichContent)
            && dialog.kind == DialogType::PostSurvey
            && dialog
                .participants
                .iter()
                .any(|known| known.id == bot && known.role == ParticipantRole::Agent);
        is_answer.then_some(survey)
    }

    /// The consumer's message, the bot's receipt, and what the bot says to it.
    pub(super) fn answer_survey(
        &self,
        asked: &RunningSurvey,
        event: MessageEvent,
        now: EpochMillis,
    ) -> Decision {
        let mut survey = asked.clone();
        let next = survey.take(&event);
        survey.heard(now);
        let (dialog, sequence) = (event.dialog, event.sequence);
        let mut draft = Draft::new(self, now);
        draft.publish(event);
        draft.say(&survey, dialog, Speech::read(sequence));
        match next {
            Next::Wait => {}
            Next::Again => {
                draft.say_some(&survey, dialog, repeated(&survey));
                draft.keep(|state| state.survey = Some(survey));
            }
            Next::Question => {
                draft.say_some(&survey, dialog, question(&survey));
                draft.keep(|state| state.survey = Some(survey));
            }
            Next::End => {
                draft.say_some(&survey, dialog, thanks(&survey));
                let bot = ParticipantId::Agent(survey.bot);
                let mut next = draft.state.clone();
                let at = next.next_update(now);
                next.survey = Some(survey);
                next.end_dialog(dialog, CloseReason::Agent, at, Some(COMPLETED.to_owned()));
                draft.change(next, Some(bot), None);
            }
        }
        Decision::Append { change: draft.finish(), sequence: Some(sequence) }
    }
}

impl Draft<'_> {
    /// What the bot says first, when the change so far has begun a survey.
    pub(super) fn open_survey(&mut self) {
        let Some(survey) = self.state.survey.clone() else { return };
        let dialog = DialogId::survey_of(self.state.id);
        self.say_some(&survey, dialog, intro(&survey));
        self.say_some(&survey, dialog, question(&survey));
    }

    fn say_some(&mut self, survey: &RunningSurvey, dialog: DialogId, speech: Option<Speech>) {
        if let Some(speech) = speech {
            self.say(survey, dialog, speech);
        }
    }

    fn say(&mut self, survey: &RunningSurvey, dialog: DialogId, speech: Speech) {
        let Some(sequence) = self.state.dialog(dialog).map(|known| known.next_sequence) else { return };
        self.publish(MessageEvent {
            dialog,
            sequence,
            originator: ParticipantId::Agent(survey.bot),
            role: ParticipantRole::Agent,
            kind: speech.kind,
            event: speech.event,
            audience: Audience::All,
            metadata: speech.metadata,
            encoded_metadata: None,
            public: None,
        });
    }
}
