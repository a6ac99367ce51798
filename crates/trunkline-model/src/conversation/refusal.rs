//! Why a command may be refused.

/// Why a command was refused. Nothing was changed. The statuses in the texts below are those of an agent's socket (spec 21
/// §4); the Send API has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The conversation has no such dialog. 404.
    #[error("the dialog is unknown")]
    UnknownDialog,
    /// The dialog is not in the conversation that the request names. 400.
    #[error("the dialog is not in that conversation")]
    WrongConversation,
    /// The dialog or conversation is closed. 400.
    #[error("the conversation is closed")]
    Closed,
    /// The caller does not take part, and has no privilege to act without. 403.
    #[error("the caller does not take part in the conversation")]
    NotParticipant,
    /// The caller takes part as `READER` only, who may not publish. 403. Source: spec 21 §8.
    #[error("a reader may not publish")]
    ReaderMayNotPublish,
    /// The caller's kind or privilege does not allow this change at all. 403.
    #[error("the caller may not do that")]
    NotAllowed,
    /// Somebody is to leave a role that he does not hold. 400. The text is the documented one (spec 21 §7.4 rule 2).
    #[error("Agent does not exist in conversation")]
    NotInConversation,
    /// Another agent is assigned. 400. Source: spec 21 §7.4 rule 3.
    #[error("another agent is assigned to the conversation")]
    AlreadyAssigned,
    /// Nobody can join this dialog in that role. 400.
    #[error("nobody can join the dialog in that role")]
    IllegalRole,
    /// A dialog takes no more than [`Conversation::MAX_PARTICIPANTS`](super::Conversation::MAX_PARTICIPANTS). 400.
    #[error("the dialog has too many participants")]
    Full,
    /// A text is longer than its field takes. 400.
    #[error("the text is too long")]
    TooLong,
    /// A message names a file that its author did not upload, or that was published in another conversation. 400. Source:
    /// spec 07 §4.
    #[error("relativePath is not that of a file which the caller may publish here")]
    UnknownFile,
    /// The ring is not the caller's any more: somebody else is assigned. 409.
    #[error("the conversation went to another agent")]
    RingLost,
}
