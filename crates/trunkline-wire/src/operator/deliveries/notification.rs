//! The kinds of notification by their names.

use serde::{Deserialize, Deserializer, Serializer, de};

use crate::installations::WebhookEvent;

/// All of them.
const ALL: [WebhookEvent; 5] = [
    WebhookEvent::Content,
    WebhookEvent::RichContent,
    WebhookEvent::AcceptStatus,
    WebhookEvent::ChatState,
    WebhookEvent::ConversationChange,
];

/// The last part of a kind's name: `ContentEvent`, `ExConversationChangeNotification`.
pub fn short_name(event: WebhookEvent) -> &'static str {
    event.as_str().rsplit('.').next().unwrap_or_default()
}

/// Finds a kind by the name it has in a manifest, or by the last part of that.
pub fn notification(name: &str) -> Option<WebhookEvent> {
    ALL.into_iter().find(|event| event.as_str() == name || short_name(*event) == name)
}

/// For `#[serde(with)]`: written as in a manifest, read in both forms.
pub(super) mod required {
    use super::{Deserialize, Deserializer, Serializer, WebhookEvent, de, notification};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    pub(in super::super) fn serialize<S: Serializer>(
        event: &WebhookEvent,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(event.as_str())
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<WebhookEvent, D::Error> {
        let name = String::deserialize(deserializer)?;
        notification(&name).ok_or_else(|| de::Error::custom("type must name a kind of webhook: ContentEvent, RichContentEvent, AcceptStatusEvent, ChatStateEvent or ExConversationChangeNotification"))
    }
}

/// The same for a member that may be absent.
pub(super) mod optional {
    use super::{Deserializer, Serializer, WebhookEvent, required};

    #[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    pub(in super::super) fn serialize<S: Serializer>(
        event: &Option<WebhookEvent>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match event {
            Some(event) => required::serialize(event, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<WebhookEvent>, D::Error> {
        required::deserialize(deserializer).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_of_every_kind_are_known() {
        for event in ALL {
            assert_eq!(notification(event.as_str()), Some(event));
            assert_eq!(notification(short_name(event)), Some(event));
        }
        assert_eq!(short_name(WebhookEvent::ConversationChange), "ExConversationChangeNotification");
        for unknown in ["", "contentevent", "Event", "ms.MessagingEventNotification", "AccpetStatusEvent"] {
            assert_eq!(notification(unknown), None, "{unknown}");
        }
    }
}
