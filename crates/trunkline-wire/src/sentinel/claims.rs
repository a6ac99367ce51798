//! What an AppJWT says.

use serde::{Deserialize, Serialize};

use crate::{AccountId, AppInstallationId, EpochSeconds};

/// The scope of connectors: they speak for consumers. Source: spec 03 §4.
pub const SCOPE_CONSUMER: &str = "msg.consumer";

/// The claims of an AppJWT, in the order of the samples. Source: spec 03 §4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AppJwtClaims {
    /// The account.
    pub aud: AccountId,
    /// The app installation (`client_id`).
    pub azp: AppInstallationId,
    /// The app's scopes, separated by spaces.
    pub scope: String,
    /// `Sentinel`; compared without regard to case.
    pub iss: String,
    /// When the token ends.
    pub exp: EpochSeconds,
    /// When it was issued.
    pub iat: EpochSeconds,
}

impl AppJwtClaims {
    /// The `iss` we write.
    pub const ISSUER: &str = "Sentinel";

    /// Claims issued by us.
    pub fn new(
        aud: AccountId,
        azp: AppInstallationId,
        scope: String,
        iat: EpochSeconds,
        exp: EpochSeconds,
    ) -> Self {
        Self { aud, azp, scope, iss: Self::ISSUER.to_owned(), exp, iat }
    }
}
