//! What a receiver can be told to do.

use std::time::Duration;

/// What happens when a request came in. Whatever does not say otherwise is recorded first, and keeps the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behaviour {
    /// Answers with this status and the body `OK`.
    Answer(u16),
    /// Answers with this status and this body.
    AnswerWith(u16, String),
    /// Answers 302 to this place.
    Redirect(String),
    /// Answers 200 after a while.
    Delay(Duration),
    /// Answers 200 when the test calls [`Receiver::release`](super::Receiver::release).
    Hold,
    /// Never answers; the connection stays open.
    Hang,
    /// Resets the connection instead of answering.
    Reset,
    /// Closes the connection instead of answering.
    Close,
    /// Answers with this status and closes the connection at once without having announced it.
    AnswerAndClose(u16),
    /// Answers 200, one byte of the head at a time.
    SlowHead(Duration),
    /// Sends the first bytes of a head, and then no more.
    HalfHead,
    /// Answers 200 with a body of this many bytes, its length announced.
    BigBody(usize),
    /// Answers 200 with a body in chunks that never ends.
    EndlessBody,
    /// Answers 200 with a body of which one byte comes at a time.
    SlowBody(Duration),
    /// Writes exactly these bytes and closes the connection.
    Raw(Vec<u8>),
    /// Resets every new connection before anything is read: nothing is recorded but that there was one. Only for
    /// [`Receiver::behave`](super::Receiver::behave).
    ResetOnConnect,
    /// Accepts connections and never reads from them: no TLS handshake, no request is recorded. Only for
    /// [`Receiver::behave`](super::Receiver::behave).
    HangOnConnect,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self::Answer(200)
    }
}
