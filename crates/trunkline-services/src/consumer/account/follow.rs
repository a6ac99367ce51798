//! What happens in conversations, in the order of the log.

use trunkline_model::conversation::{EntryBody, TailEntry};

use super::{Account, ENTRIES};

impl Account {
    /// Takes everything into account that is in the log by now.
    pub(super) async fn follow_log(&mut self) {
        // Not what comes in meanwhile: others want something, too.
        let end = *self.tail.borrow_and_update();
        while self.position < end {
            match self.parts.storage.account_tail(&self.id, self.position, end, ENTRIES).await {
                Ok(page) => {
                    for entry in &page.entries {
                        self.take(entry);
                    }
                    self.position = page.reached;
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(account = %self.id, error, "consumers' sockets cannot follow the log: trying again");
                    // The next look at everything comes within a second.
                    return;
                }
            }
        }
    }

    fn take(&mut self, entry: &TailEntry) {
        self.note(entry.conversation, entry.entry.version);
        match (&entry.entry.body, &entry.entry.state) {
            (EntryBody::Changed { .. }, Some(state)) => {
                self.tell_change(state);
                if !state.is_open() {
                    self.closed(entry.conversation);
                }
            }
            (EntryBody::Changed { .. }, None) => {}
            (EntryBody::Event(event), _) => self.published(entry, event),
        }
    }
}
