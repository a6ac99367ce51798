//! Answers. Source: spec 21 §2 – §4, 24 §3.
//!
//! The JavaScript agent SDK runs its table of translations over answers too, by `type`: an answer named like its request is
//! never heard of again, and one named `.ams.ms.QueryMessages$Response` must hold an array. So code, body and type are not
//! chosen one by one: an [`Answer`] is all three.

mod answer;
mod error_code;
mod profile;

pub use answer::{Answer, FieldsUpdated, SignedUrl};
pub use error_code::ErrorCode;
pub use profile::ProfileView;

use serde::Serialize;

use super::{Family, Unreadable};

/// The answer to a name that nobody knows. Source: spec 21 §7.7.
pub const UNKNOWN_REQUEST: &str = "Unknown request";
/// The answer to a change that takes somebody out of a role he does not have. Source: spec 21 §7.4 rule 2.
pub const NOT_IN_CONVERSATION: &str = "Agent does not exist in conversation";

/// The type of every answer that is only a text, errors first of all.
const TEXT: &str = ".ReqBody$StringResp";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a, B: Serialize> {
    kind: &'static str,
    req_id: &'a str,
    code: u16,
    body: B,
    #[serde(rename = "type")]
    name: &'static str,
}

/// The frame that answers the request of this id and spelling.
pub fn response(id: &str, family: Family, answer: &Answer<'_>) -> String {
    let response = Response {
        kind: "resp",
        req_id: id,
        code: answer.code(),
        body: answer.body(family),
        name: answer.name(family),
    };
    // Only maps with other keys than text fail, and there are none.
    serde_json::to_string(&response).expect("an answer is made of text keys and JSON that was checked")
}

/// The frame that says no. Its type is the same for every request, whatever its spelling.
pub fn refusal(id: &str, code: ErrorCode, text: &str) -> String {
    response(id, Family::Wire, &Answer::Refused { code, text })
}

impl Unreadable {
    /// The frame that says so; `None` when there is nobody to answer, and the frame is ignored.
    pub fn response(&self) -> Option<String> {
        self.id.as_ref().map(|id| refusal(id, ErrorCode::BadRequest, &self.reason))
    }
}
