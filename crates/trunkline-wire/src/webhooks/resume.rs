//! What a connector can tell about its own webhooks. Our own, not part of the Connector API.

use http::Method;
use serde::{Deserialize, Serialize};

use crate::{Auth, Endpoint};

/// Where a connector says "we are back".
pub const RESUME_PATH: &str = "/api/account/{account}/webhooks/resume";

/// "We are back": has the failed endpoints of the calling app tried now instead of at the next probe. 204; the body of the
/// request is not looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResumeOwnDeliveries {}

impl Endpoint for ResumeOwnDeliveries {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = RESUME_PATH;
    const AUTH: Auth = Auth::AppJwt;
    type Response = ();
}
