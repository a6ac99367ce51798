//! Faults of ours, as a socket tells them. Source: spec 21 §4.

use trunkline_wire::agent::ErrorCode;

use crate::Error;

/// Code and text of the answer to a request that failed for no fault of its own. What can be helped by nobody outside is
/// logged under `what`.
pub(crate) fn fault(error: &Error, what: &'static str) -> (ErrorCode, &'static str) {
    if matches!(error, Error::Overloaded) {
        return (ErrorCode::Unavailable, "the server has too much to do, try again");
    }
    tracing::error!(error = error as &dyn std::error::Error, "{what} failed");
    (ErrorCode::Internal, "internal error")
}
