//! What all notifications have in common. Source: spec 06 §3.

use serde::{Serialize, Serializer};

use crate::ParticipantId;
use crate::conversations::ParticipantRole;

/// The body of one POST to a webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification<C>(
    /// What happened.
    pub C,
);

/// What a notification tells.
pub trait Change: Serialize {
    /// `type` of the notification. The keys of a manifest name events more precisely; those never appear in a body.
    const TYPE: &'static str;
}

/// Somebody and as what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Participant {
    /// Who.
    pub id: ParticipantId,
    /// As what.
    pub role: ParticipantRole,
}

impl<C: Change> Notification<C> {
    /// The body as it is sent, as long as nothing escapes it.
    pub fn to_json(&self) -> String {
        // Only maps with other keys than text and foreign `Serialize` code fail, and there is neither in a change.
        serde_json::to_string(self).expect("a notification is made of text keys and JSON that was checked")
    }
}

impl<C: Change> Serialize for Notification<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Umbrella<'a, C> {
            kind: &'static str,
            body: Body<'a, C>,
            #[serde(rename = "type")]
            name: &'static str,
        }

        #[derive(Serialize)]
        struct Body<'a, C> {
            changes: [&'a C; 1],
        }

        let body = Body { changes: [&self.0] };
        Umbrella { kind: "notification", body, name: C::TYPE }.serialize(serializer)
    }
}
