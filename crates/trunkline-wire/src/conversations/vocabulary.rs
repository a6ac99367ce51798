//! Words that conversations share with webhooks, sockets and history.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+ }

        impl $name {
            /// The word as the wire spells it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// Parses the word as the wire spells it.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

pub(crate) use words;

words! {
    /// What somebody is in a conversation or dialog. Source: spec 06 §3, 21 §8.
    ParticipantRole {
        /// The consumer; exactly one.
        Consumer = "CONSUMER",
        /// The agent who answers; at most one.
        AssignedAgent = "ASSIGNED_AGENT",
        /// The survey bot inside a survey dialog.
        Agent = "AGENT",
        /// A manager who joined.
        Manager = "MANAGER",
        /// Occurs in webhook documents only.
        AgentManager = "AGENT_MANAGER",
        /// Occurs in webhook documents only.
        AssignedManager = "ASSIGNED_MANAGER",
        /// Reads, but does not publish.
        Reader = "READER",
        /// The platform itself.
        Controller = "CONTROLLER",
    }
}

words! {
    /// Whether a participant takes part or was only proposed. Source: spec 22 §1.1.
    ParticipantState {
        /// Takes part.
        Active = "ACTIVE",
        /// Was proposed by a transfer and has not accepted.
        Suggested = "SUGGESTED",
    }
}

words! {
    /// How urgent an answer is. Source: spec 05 §3.1, §4.3.
    TtrType {
        /// Default 300 s.
        Urgent = "URGENT",
        /// Default 1200 s.
        Normal = "NORMAL",
        /// Default 600 s.
        Prioritized = "PRIORITIZED",
        /// A number of seconds given with it.
        Custom = "CUSTOM",
    }
}

words! {
    /// How far a satisfaction survey was filled in. Source: spec 05 §4.3.
    CsatStatus {
        /// Completely.
        Filled = "FILLED",
        /// In part.
        PartiallyFilled = "PARTIALLY_FILLED",
        /// Not at all.
        Skipped = "SKIPPED",
    }
}

words! {
    /// What a dialog is for. Source: spec 00 §2.
    DialogType {
        /// The conversation proper.
        Main = "MAIN",
        /// The survey after it.
        PostSurvey = "POST_SURVEY",
    }
}

words! {
    /// Who closed a dialog or conversation. Source: spec 06 §3.1, 22 §1.1.
    CloseReason {
        /// The consumer.
        Consumer = "CONSUMER",
        /// An agent or manager.
        Agent = "AGENT",
        /// The platform.
        System = "SYSTEM",
        /// The platform, after inactivity.
        Timeout = "TIMEOUT",
    }
}

words! {
    /// Who may read a message. Source: spec 06 §3, 21 §7.3.
    Audience {
        /// Everybody in the dialog.
        All = "ALL",
        /// The brand's side only.
        AgentsAndManagers = "AGENTS_AND_MANAGERS",
    }
}
