//! What the platform says by itself: within the change that it speaks of, so that no crash comes between. Source: spec 05 §8.

use trunkline_wire::conversations::{Audience, ParticipantRole};
use trunkline_wire::{DialogId, EpochMillis, ParticipantId};

use crate::conversation::auto::Occasion;
use crate::conversation::draft::Draft;
use crate::conversation::survey::said;
use crate::conversation::{AutoOffer, Automatic, Conversation, Decision, MessageEvent};

impl Conversation {
    /// Whether this event decides if the platform speaks here: the consumer's first message.
    pub(super) fn is_awaited(&self, event: &MessageEvent) -> bool {
        self.automatic == Automatic::Awaiting
            && event.is_word_of_consumer()
            && event.dialog == DialogId::Main(self.id)
    }

    /// The consumer's first message, and what is said to it if it came in time.
    pub(super) fn take_first_message(
        &self,
        event: MessageEvent,
        words: Option<&AutoOffer>,
        now: EpochMillis,
    ) -> Decision {
        let sequence = event.sequence;
        let automatic = if self.is_automatic_at(now) { Automatic::On } else { Automatic::Off };
        let mut draft = Draft::new(self, now);
        draft.publish(event);
        draft.keep(|state| state.automatic = automatic);
        draft.say_by_itself(words, Occasion::FirstMessage);
        Decision::Append { change: draft.finish(), sequence: Some(sequence) }
    }

    /// Takes over what messages changed that were published since this state was made.
    pub(super) fn catch_up(&mut self, present: &Self) {
        self.event_at = present.event_at;
        for (dialog, now) in self.dialogs.iter_mut().zip(&present.dialogs) {
            dialog.next_sequence = now.next_sequence;
        }
    }
}

impl Draft<'_> {
    /// Says what the account has to say on this occasion, in the main dialog, for everybody to read.
    pub(super) fn say_by_itself(&mut self, words: Option<&AutoOffer>, occasion: Occasion) {
        if !self.state.is_automatic_at(self.now()) {
            return;
        }
        let Some((offer, words)) = words.and_then(|offer| Some((offer, offer.words(occasion)?))) else {
            return;
        };
        let speech = said(words);
        self.publish(MessageEvent {
            dialog: DialogId::Main(self.state.id),
            sequence: self.state.main().next_sequence,
            originator: ParticipantId::Agent(offer.controller),
            role: ParticipantRole::Controller,
            kind: speech.kind,
            event: speech.event,
            audience: Audience::All,
            metadata: speech.metadata,
            encoded_metadata: None,
            public: None,
        });
    }
}
