//! One change for many subscriptions.

use std::ops::Range;

use uuid::Uuid;

use super::{Rendered, Subject, write_changes};
use crate::agent::{ChangeKind, SubscriptionId};

/// The frame of a change, printed once: the frames of its subscriptions differ in nothing but the id, which has the same
/// length in all of them.
#[derive(Debug, Clone)]
pub struct ChangeFrame {
    text: String,
    id: Range<usize>,
}

impl ChangeFrame {
    /// Prints the frame of one change.
    pub fn of<S: Subject>(kind: ChangeKind, result: &Rendered<S>) -> Self {
        let mut text = String::with_capacity(result.as_str().len() + 192);
        let id = write_changes(&mut text, SubscriptionId::from_uuid(Uuid::nil()), [(kind, result)]);
        Self { text, id }
    }

    /// The frame for a subscription.
    pub fn to(&mut self, subscription: SubscriptionId) -> &str {
        self.text.replace_range(self.id.clone(), subscription.encode(&mut Uuid::encode_buffer()));
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AgentState, AgentStates, changes};
    use super::*;
    use crate::AccountId;
    use crate::agent::{Availability, Identity};
    use crate::{AgentId, UserId};

    #[test]
    fn every_subscription_gets_what_it_would_get_alone() {
        let state = Rendered::<AgentStates>::of(&AgentState {
            account: &AccountId::parse("1234567").unwrap(),
            agent: Identity::Agent {
                pid: AgentId::from_uuid(Uuid::max()),
                user: Some(UserId::from_number(7)),
            },
            availability: Availability::Online,
            description: "subscriptionId",
        });
        let mut frame = ChangeFrame::of(ChangeKind::Upsert, &state);
        for number in [1, 2, 1] {
            let id = SubscriptionId::from_uuid(Uuid::from_u128(number));
            assert_eq!(frame.to(id), changes(id, [(ChangeKind::Upsert, &state)]));
        }
    }
}
