//! Conversations: opening, publishing, changing, reading the log.
//!
//! Commands of one conversation queue behind its slot's lock; each is decided by the model on the state in the slot, and
//! answered once storage has made the outcome durable. The slots are a bounded cache: a state that is not there is
//! rebuilt from the store. A caller who goes away while its command is being stored leaves the slot empty, so the next
//! one starts from what was really stored.

mod auto;
mod erase;
mod error;
mod log;
mod open;
mod profile;
mod sharing;
mod slots;
mod surveys;
mod update;

use std::sync::Arc;

use trunkline_model::conversation::{Actor, Command, Conversation, Decision, Publish};
use trunkline_model::{Behaviour, Clock, Rng};
use trunkline_storage::{self as storage, Storage};
use trunkline_wire::conversations::Audience;
use trunkline_wire::conversations::properties::ClientProperties;
use trunkline_wire::conversations::send::PublishEvent;
use trunkline_wire::{AccountId, ConversationId, JsonText, ParticipantId};

use crate::auth::ActsForConsumer;
use crate::files::Files;
use crate::settings::Settings;
use crate::webhooks::{ChatState, Hub};
use slots::Slots;
use surveys::SurveyChanges;

pub use error::ConversationError;
pub(crate) use error::NotDone;
pub use log::LogPage;
pub use profile::Profiles;
pub(crate) use surveys::SurveyChange;
pub use update::Updated;

/// How conversations behave.
#[derive(Debug, Clone)]
pub struct Options {
    /// The most characters of a SEND. Source: spec 05 §6.2.
    pub max_request_characters: usize,
    /// The most conversations kept ready in memory.
    pub cached_conversations: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_request_characters: 5000, cached_conversations: 10_000 }
    }
}

/// The conversations service.
pub struct Conversations {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    slots: Slots,
    profiles: Arc<Profiles>,
    hub: Arc<Hub>,
    settings: Arc<Settings>,
    files: Arc<Files>,
    surveys: SurveyChanges,
    options: Options,
}

/// What came of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Acted {
    /// The number of the published event, if one was stored.
    pub(crate) sequence: Option<u64>,
    /// The version that the command made of the conversation. Messages that go with a change may have later ones.
    pub(crate) version: u64,
}

/// How often a command is decided anew because another writer was first, before that counts as a fault.
const MAX_DECISIONS: u32 = 16;

impl Conversations {
    /// The service on this store.
    pub fn new(
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        hub: Arc<Hub>,
        settings: Arc<Settings>,
        files: Arc<Files>,
        options: Options,
    ) -> Self {
        let slots = Slots::new(options.cached_conversations);
        let surveys = SurveyChanges::default();
        let profiles = Arc::new(Profiles::new(Arc::clone(&storage), Arc::clone(&clock)));
        Self { storage, clock, rng, slots, profiles, hub, settings, files, surveys, options }
    }

    /// How this service behaves.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The surveys that begin and end, for whoever ends them in time.
    pub(crate) fn surveys(&self) -> &SurveyChanges {
        &self.surveys
    }

    /// How conversations of an account behave.
    pub(crate) async fn behaviour(&self, account: &AccountId) -> Result<Behaviour, crate::Error> {
        Ok(self.settings.of(account).await?.behaviour)
    }

    /// Publishes an event of a consumer and returns its sequence; typing has none and yields 0. Only to a client that declares
    /// the feature with this very request, too, the platform says something by itself (spec 05 §8).
    ///
    /// # Errors
    /// [`ConversationError::Unknown`] for a dialog that is not there or not the consumer's,
    /// [`ConversationError::Closed`] for one that takes no more messages.
    pub async fn publish(
        &self,
        caller: &impl ActsForConsumer,
        event: PublishEvent,
        metadata: Option<JsonText>,
        properties: &ClientProperties,
    ) -> Result<u64, ConversationError> {
        let conversation = event.dialog_id.conversation();
        let command = Command::Publish(Publish {
            dialog: event.dialog_id,
            conversation: event.conversation_id,
            event: event.event,
            metadata,
            encoded_metadata: None,
            audience: Audience::All,
        });
        let sequence = self.execute(caller, conversation, command, &properties.features).await?;
        Ok(sequence.unwrap_or(0))
    }

    /// Does what a consumer asks for, whose client declares these features with the request; returns the sequence of a published
    /// event.
    async fn execute(
        &self,
        caller: &impl ActsForConsumer,
        id: ConversationId,
        command: Command,
        features: &[String],
    ) -> Result<Option<u64>, ConversationError> {
        let actor = Actor::Consumer(ParticipantId::Consumer(caller.consumer()));
        Ok(self.act_for(caller.account(), actor, id, command, features).await?.sequence)
    }

    /// Decides a command on the present state and stores the outcome. The features are those that the client of a consumer
    /// declares with it.
    async fn decide(
        &self,
        account: &AccountId,
        actor: Actor,
        id: ConversationId,
        command: Command,
        features: &[String],
    ) -> Result<Acted, NotDone> {
        for _ in 0..MAX_DECISIONS {
            let slot = self.slots.get_or_load(id, || self.load(account, id)).await?;
            let mut slot = slot.ok_or(NotDone::Unknown)?.lock_owned().await;
            // The state leaves the slot while the change is being stored: should this future be dropped there, nobody
            // can decide on a state that may be outdated.
            let state = match slot.take() {
                Some(state) => state,
                None => match self.load(account, id).await? {
                    Some(state) => state,
                    None => return Err(NotDone::Unknown),
                },
            };
            let is_foreign = match actor {
                Actor::Consumer(consumer) => consumer != ParticipantId::Consumer(state.consumer),
                Actor::Agent { .. } | Actor::System => false,
            };
            if is_foreign || state.account != *account {
                *slot = Some(state);
                return Err(NotDone::Unknown);
            }
            let words = self.words(&state, actor, features).await?;
            match state.decide_saying(words.as_ref(), actor, command.clone(), self.clock.now()) {
                Err(refusal) => {
                    *slot = Some(state);
                    return Err(NotDone::Refused(refusal));
                }
                Ok(Decision::Nothing) => {
                    let acted = Acted { sequence: None, version: state.version };
                    *slot = Some(state);
                    return Ok(acted);
                }
                Ok(Decision::Pass(event)) => {
                    let (account, after) = (state.account.clone(), state.version);
                    let at = self.clock.now();
                    // Still inside the turn: whatever is decided next comes after it.
                    self.hub.chat_state(ChatState { account, conversation: id, after, at, event });
                    *slot = Some(state);
                    return Ok(Acted { sequence: None, version: after });
                }
                Ok(Decision::Append { change, sequence }) => {
                    let made = change.made();
                    let was_in_survey = state.survey_expiry().is_some();
                    let mut next = state;
                    for entry in &change.entries {
                        next.apply(entry);
                    }
                    let survey = next.survey_expiry();
                    if let Some(survey) = survey.filter(|_| !was_in_survey) {
                        let (account, ends_at) = (account.clone(), survey.at);
                        self.surveys.note(SurveyChange::Begins { account, conversation: id, ends_at });
                    }
                    match self.storage.commit(change).await {
                        Ok(()) => {
                            if was_in_survey && survey.is_none() {
                                self.surveys.note(SurveyChange::Ended(id));
                            }
                            let acted = Acted { sequence, version: made };
                            *slot = Some(next);
                            return Ok(acted);
                        }
                        // Somebody else wrote first: the slot stays empty and the next round reads the store.
                        Err(storage::Error::Conflict) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
        Err(NotDone::Service(crate::Error::Overloaded))
    }

    async fn load(
        &self,
        account: &AccountId,
        id: ConversationId,
    ) -> Result<Option<Conversation>, storage::Error> {
        self.storage.conversation(account, id).await
    }
}
