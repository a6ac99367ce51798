//! Who calls: an admin of the account in the path, by bearer.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use trunkline_services::Services;
use trunkline_services::auth::{AccountAdmin, BearerRefusal};
use trunkline_wire::AppInstallationId;

use crate::extract::{Params, token};
use crate::failure::Failure;

/// An admin of the account in the path.
pub(super) struct Admin(pub(super) AccountAdmin);

/// An admin of the account in the path, and the app installation in the path. The id is looked at only after the
/// bearer; `None` is an id that no app can have.
pub(super) struct AdminOfApp {
    pub(super) admin: AccountAdmin,
    pub(super) id: Option<AppInstallationId>,
}

impl FromRequestParts<Arc<Services>> for Admin {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Failure> {
        AdminOfApp::from_request_parts(parts, services).await.map(|caller| Self(caller.admin))
    }
}

impl FromRequestParts<Arc<Services>> for AdminOfApp {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Failure> {
        let Ok(params) = Params::from_request_parts(parts, services).await;
        // No bearer belongs to an account that cannot exist.
        let account = params.account().ok_or(BearerRefusal::Unknown)?;
        let admin = services.auth.admin(&account, token(&parts.headers, "authorization")).await?;
        let id = params.get("id").and_then(|id| AppInstallationId::parse(id).ok());
        Ok(Self { admin, id })
    }
}
