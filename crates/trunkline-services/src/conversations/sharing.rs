//! Commands, and the files that go with them.

use trunkline_model::conversation::{Actor, Command, Refusal};
use trunkline_wire::conversations::Audience;
use trunkline_wire::{AccountId, ConversationId};

use super::{Acted, Conversations, NotDone};
use crate::Error;
use crate::files::{FileError, Sharing};

impl Conversations {
    /// What [`act_for`](Self::act_for) does, for whoever is no consumer, or declares nothing.
    pub(crate) async fn act(
        &self,
        account: &AccountId,
        actor: Actor,
        id: ConversationId,
        command: Command,
    ) -> Result<Acted, NotDone> {
        self.act_for(account, actor, id, command, &[]).await
    }

    /// Decides a command on the present state and stores the outcome; returns the sequence of a published event. A
    /// consumer knows no conversations but the own ones. A message with a file binds the file to the conversation. The features are
    /// those that the client of a consumer declares with the request.
    pub(crate) async fn act_for(
        &self,
        account: &AccountId,
        actor: Actor,
        id: ConversationId,
        command: Command,
        features: &[String],
    ) -> Result<Acted, NotDone> {
        let sharing = self.share(account, actor, id, &command).await?;
        let outcome = self.decide(account, actor, id, command, features).await;
        if let Some(sharing) = sharing {
            match &outcome {
                Ok(_) => self.files.confirm(sharing).await,
                Err(NotDone::Unknown | NotDone::Refused(_) | NotDone::Service(Error::Overloaded)) => {
                    self.files.take_back(sharing).await;
                }
                // Whether the message was stored is not known: the file stays bound, and the sweep looks for the message.
                Err(NotDone::Service(_)) => {}
            }
        }
        outcome
    }

    async fn share(
        &self,
        account: &AccountId,
        actor: Actor,
        id: ConversationId,
        command: &Command,
    ) -> Result<Option<Sharing>, NotDone> {
        let (Command::Publish(publish), Some(owner)) = (command, actor.participant()) else {
            return Ok(None);
        };
        let Some(path) = &publish.event.file else { return Ok(None) };
        let for_consumer = publish.audience == Audience::All;
        match self.files.share(account, owner, id, path, for_consumer).await {
            Ok(sharing) => Ok(Some(sharing)),
            Err(FileError::Service(error)) => Err(NotDone::Service(error)),
            Err(_) => Err(NotDone::Refused(Refusal::UnknownFile)),
        }
    }
}
