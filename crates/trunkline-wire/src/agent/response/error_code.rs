//! What may go wrong with a request. Source: spec 21 §4.

/// The code of an answer that says no. Clients go by the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// 400: unknown type, malformed or missing member, illegal change of state.
    BadRequest,
    /// 401: the credential is no longer valid; a close with 4401 or 4407 follows. On a consumer's socket also everything
    /// before `InitConnection`.
    Unauthorized,
    /// 403: role or privilege missing.
    Forbidden,
    /// 404: conversation, dialog, ring, subscription or user unknown in this account.
    NotFound,
    /// 409: somebody was faster.
    Conflict,
    /// 429: too many requests; clients wait at least a second.
    TooManyRequests,
    /// 500: a fault of the server.
    Internal,
    /// 503: the store cannot take the request now.
    Unavailable,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [Self; 8] = [
        Self::BadRequest,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::TooManyRequests,
        Self::Internal,
        Self::Unavailable,
    ];

    /// The number.
    pub const fn code(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }
}
