//! Names of requests, in both spellings. Source: spec 21 §3, 24 §3.
//!
//! Agents of version 2 use the wire names, which begin with a dot; consumers, documents and old tutorials use the public
//! ones, some mix both on one socket. Every socket understands both, and an answer is named in the family of its request.

/// Which spelling a request used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// `.ams.ms.PublishEvent`.
    Wire,
    /// `ms.PublishEvent`.
    Public,
}

macro_rules! requests {
    ($($(#[$doc:meta])* $name:ident { $wire:literal, $public:literal $(, $other:literal)* })+) => {
        /// What a request asks for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum RequestName { $($(#[$doc])* $name,)+ }

        impl RequestName {
            /// Every request.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Reads `type`; `None` for names that are answered 400 `Unknown request`.
            pub fn parse(text: &str) -> Option<(Self, Family)> {
                let family = if text.starts_with('.') { Family::Wire } else { Family::Public };
                match text {
                    $($wire | $public $(| $other)* => Some((Self::$name, family)),)+
                    _ => None,
                }
            }

            /// The name in a family.
            pub const fn as_str(self, family: Family) -> &'static str {
                match (self, family) {
                    $((Self::$name, Family::Wire) => $wire, (Self::$name, Family::Public) => $public,)+
                }
            }
        }
    };
}

// Where the contract has a name in one family only, the other follows the pattern of its neighbours.
requests! {
    /// What time it is.
    GetClock { ".GetClock", "GetClock" }
    /// Nothing; keeps the connection from being idle.
    KeepAlive { ".KeepAlive", "KeepAlive" }
    /// How far an agent is ready for work.
    SetAgentState { ".ams.routing.SetAgentState", "routing.SetAgentState" }
    /// Wants to be told of agents' states.
    SubscribeAgentsState { ".ams.routing.SubscribeAgentsState", "routing.SubscribeAgentsState" }
    /// Wants to be told of rings.
    SubscribeRoutingTasks { ".ams.routing.SubscribeRoutingTasks", "routing.SubscribeRoutingTasks" }
    /// Other filters for a subscription to rings.
    UpdateRoutingTaskSubscription {
        ".ams.routing.UpdateRoutingTaskSubscription", "routing.UpdateRoutingTaskSubscription"
    }
    /// Answers a ring.
    UpdateRingState { ".ams.routing.UpdateRingState", "routing.UpdateRingState" }
    /// Wants to be told of conversations.
    SubscribeExConversations { ".ams.aam.SubscribeExConversations", "cqm.SubscribeExConversations" }
    /// Wants to be told no longer.
    UnsubscribeExConversations { ".ams.aam.UnsubscribeExConversations", "cqm.UnsubscribeExConversations" }
    /// The stored events of a dialog.
    QueryMessages { ".ams.ms.QueryMessages", "ms.QueryMessages" }
    /// Wants to be told of a dialog's events.
    SubscribeMessagingEvents { ".ams.ms.SubscribeMessagingEvents", "ms.SubscribeMessagingEvents" }
    /// Says something in a dialog.
    PublishEvent { ".ams.ms.PublishEvent", "ms.PublishEvent" }
    /// Changes a conversation.
    UpdateConversationField { ".ams.cm.UpdateConversationField", "cm.UpdateConversationField" }
    /// An agent opens a conversation.
    AgentRequestConversation { ".ams.cm.AgentRequestConversation", "cm.AgentRequestConversation" }
    /// A consumer opens a conversation.
    ConsumerRequestConversation { ".ams.cm.ConsumerRequestConversation", "cm.ConsumerRequestConversation" }
    /// A consumer's profile, or one's own.
    GetUserProfile { ".ams.userprofile.GetUserProfile", "up.GetUserProfile", "userprofile.GetUserProfile" }
    /// A consumer's profile is changed.
    SetUserProfile { ".ams.userprofile.SetUserProfile", "userprofile.SetUserProfile" }
    /// Where to upload a file.
    GenerateUrlForUploadFile { ".ams.ms.GenerateURLForUploadFile", "ms.GenerateURLForUploadFile" }
    /// Where to download a file.
    GenerateUrlForDownloadFile { ".ams.ms.GenerateURLForDownloadFile", "ms.GenerateURLForDownloadFile" }
    /// A consumer's credentials.
    InitConnection { ".InitConnection", "InitConnection" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_one_request() {
        for &name in RequestName::ALL {
            for family in [Family::Wire, Family::Public] {
                assert_eq!(RequestName::parse(name.as_str(family)), Some((name, family)));
            }
            assert!(name.as_str(Family::Wire).starts_with('.'));
        }
    }

    #[test]
    fn other_names_are_unknown() {
        for name in [
            "",
            ".",
            "getclock",
            ".ams.ms.token.GenerateDownloadToken",
            ".ams.ms.QueryMessages$Response",
            "GetClock ",
        ] {
            assert_eq!(RequestName::parse(name), None, "{name}");
        }
    }
}
