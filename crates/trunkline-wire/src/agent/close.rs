//! Why the server closes a socket. Source: spec 21 §6, 24 §1.

/// A reason to close a socket, with its close code and the text beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Close {
    /// 1000: nothing was received for [`super::IDLE_LIMIT`]. Clients connect again with the bearer they have.
    Idle,
    /// 1001: the server restarts as planned. Clients connect again with the bearer they have; 1011 would make every bot
    /// sign in again.
    GoingAway,
    /// 1008: the consumer has opened more sockets than it may have, and this is the oldest. Never sent to agents, whose clients
    /// would sign in again.
    Replaced,
    /// 1009: a frame is larger than [`super::MAX_FRAME_BYTES`].
    FrameTooBig,
    /// 1013: the client reads more slowly than events arrive. It may connect again.
    ReadsTooSlowly,
    /// 4401: the token is missing, expired or revoked; a fresh login is needed.
    TokenExpired,
    /// 4407: the identity provider should extend an unauthenticated consumer's identity. Never sent to agents.
    IdentityExpired,
}

impl Close {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::Idle,
        Self::GoingAway,
        Self::Replaced,
        Self::FrameTooBig,
        Self::ReadsTooSlowly,
        Self::TokenExpired,
        Self::IdentityExpired,
    ];

    /// The code of the close frame.
    pub const fn code(self) -> u16 {
        match self {
            Self::Idle => 1000,
            Self::GoingAway => 1001,
            Self::Replaced => 1008,
            Self::FrameTooBig => 1009,
            Self::ReadsTooSlowly => 1013,
            Self::TokenExpired => 4401,
            Self::IdentityExpired => 4407,
        }
    }

    /// The reason of the close frame: at most 123 bytes (RFC 6455 §5.5).
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::GoingAway => "going away",
            Self::Replaced => "replaced by a newer socket",
            Self::FrameTooBig => "frame too big",
            Self::ReadsTooSlowly => "reads too slowly",
            Self::TokenExpired => "token expired",
            Self::IdentityExpired => "identity expired",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_fits_a_close_frame_and_has_a_code_of_its_own() {
        for (index, close) in Close::ALL.into_iter().enumerate() {
            assert!(close.reason().len() <= 123);
            assert!(Close::ALL[..index].iter().all(|other| other.code() != close.code()));
        }
    }

    #[test]
    fn no_code_makes_bots_sign_in_again_without_need() {
        // README of the JavaScript agent SDK: 1008 and 1011 count as authentication trouble (spec 21 §6).
        let of_agents = Close::ALL.into_iter().filter(|close| *close != Close::Replaced);
        assert!(of_agents.into_iter().all(|close| ![1008, 1011].contains(&close.code())));
    }
}
