//! What happens when nothing happens.

use trunkline_wire::{ConversationId, EpochMillis};

use super::entry::Place;
use super::{Effect, Routing};

impl Routing {
    /// Does whatever is due: rings expire, proposals end, pauses are over.
    pub fn tick(&mut self, now: EpochMillis) -> Vec<Effect> {
        let mut effects = Vec::new();
        while self.next_tick().is_some_and(|at| at <= now)
            && let Some((_, conversation)) = self.timers.pop_first()
        {
            self.wake(conversation, now, &mut effects);
        }
        effects
    }

    /// Deals with one task whose time has come; every way leads to a later time or to none.
    fn wake(&mut self, conversation: ConversationId, now: EpochMillis, effects: &mut Vec<Effect>) {
        let Some(task) = self.task_mut(conversation) else { return };
        match &task.place {
            Place::Nowhere | Place::Silent => {}
            Place::Queued { .. } => {
                self.take_out(conversation);
                if let Some(task) = self.task_mut(conversation) {
                    task.begin_round();
                }
                self.place(conversation, now, effects);
            }
            Place::Bound(_) => {
                self.take_out(conversation);
                self.end_suggestion(conversation, now, effects);
            }
            Place::Ringing(ring) if ring.reserved_until.is_some() => self.release(conversation, now, effects),
            Place::Ringing(_) => self.expire(conversation, now, effects),
        }
    }
}
