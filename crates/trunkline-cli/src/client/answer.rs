//! Turns a refusal of the operator API into a failure with its exit code and a hint.

use http::StatusCode;
use trunkline_wire::operator::ErrorBody;

use super::Place;
use crate::failure::{Exit, Failure};

/// The failure that an answer other than success stands for.
pub(crate) fn refusal(status: StatusCode, body: &[u8], place: &Place) -> Failure {
    let exit = match status.as_u16() {
        400 | 413 | 415 | 422 => Exit::Invalid,
        401 | 403 => Exit::Unauthorized,
        404 => Exit::NotFound,
        409 | 412 => Exit::Conflict,
        429 | 503 => Exit::Busy,
        _ => Exit::Failure,
    };
    let Ok(ErrorBody { error }) = serde_json::from_slice(body) else {
        let message = format!("{} answered {status}, not as a trunkline server does", place.base);
        return Failure::message(exit, message)
            .hint("is this the address of a trunkline server of this version?");
    };
    let failure = Failure::message(exit, error.message);
    match (exit, error.hint) {
        (_, Some(hint)) => failure.hint(hint),
        (Exit::Unauthorized, None) => failure.hint(
            "the token is in operator.token in the server's data directory; name the file with --token-file",
        ),
        (Exit::Busy, None) => failure.hint("try again in a moment"),
        (_, None) => failure,
    }
}
