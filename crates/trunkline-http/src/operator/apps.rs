//! `/operator/v1/accounts/{account}/apps`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use trunkline_model::AppInstallation;
use trunkline_services::Services;
use trunkline_services::auth::AccountAdmin;
use trunkline_services::installations::InstalledApp;
use trunkline_wire::AppInstallationId;
use trunkline_wire::installations::Manifest;
use trunkline_wire::operator::Done;
use trunkline_wire::operator::apps::{AppInfo, AppList, RotateSecret};

use super::caller::Admin;
use super::input::{Input, Whole};
use super::refusal::Refusal;
use super::{Answer, created, ok};

/// How long an old secret keeps signing in unless the request says otherwise.
const OVERLAP: Duration = Duration::from_hours(24);

pub(super) async fn install(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Whole(body): Whole,
) -> Answer {
    let installations = &services.installations;
    let text = body.json_text().map_err(|error| Refusal::invalid(error.to_string()))?;
    let manifest = Manifest::parse(text.as_bytes(), installations.policy()).map_err(|error| {
        Refusal::invalid(error.to_string()).hint("docs/operator-api.md has an example manifest")
    })?;
    let (app, _) = installations.create(&admin, manifest, None).await?;
    created(&with_secret(&app))
}

pub(super) async fn list(State(services): State<Arc<Services>>, Admin(admin): Admin) -> Answer {
    let (apps, _) = services.installations.list(&admin).await?;
    ok(&AppList { apps: apps.iter().map(|app| info(&app.app)).collect() })
}

pub(super) async fn show(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Path((_, id)): Path<(String, String)>,
) -> Answer {
    let (app, _) = services.installations.get(&admin, client_id(&id)?).await?;
    ok(&info(&app.app))
}

pub(super) async fn delete(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Path((_, id)): Path<(String, String)>,
) -> Answer {
    services.installations.delete(&admin, client_id(&id)?, None).await?;
    ok(&Done {})
}

pub(super) async fn enable(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Path((_, id)): Path<(String, String)>,
) -> Answer {
    set_enabled(&services, &admin, &id, true).await
}

pub(super) async fn disable(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Path((_, id)): Path<(String, String)>,
) -> Answer {
    set_enabled(&services, &admin, &id, false).await
}

pub(super) async fn rotate_secret(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Path((_, id)): Path<(String, String)>,
    Input(request): Input<RotateSecret>,
) -> Answer {
    let overlap = request.overlap_seconds.map_or(OVERLAP, Duration::from_secs);
    let (app, _) = services.installations.rotate_secret(&admin, client_id(&id)?, overlap).await?;
    ok(&with_secret(&app))
}

async fn set_enabled(services: &Services, admin: &AccountAdmin, id: &str, enabled: bool) -> Answer {
    let (app, _) = services.installations.set_enabled(admin, client_id(id)?, enabled).await?;
    ok(&info(&app.app))
}

/// An id of another shape names nothing.
fn client_id(text: &str) -> Result<AppInstallationId, Refusal> {
    AppInstallationId::parse(text).map_err(|_| Refusal::not_found("app installation not found"))
}

fn info(app: &AppInstallation) -> AppInfo {
    AppInfo {
        id: app.id,
        client_id: app.id,
        client_secret: None,
        client_id_issued_at: app.issued_at,
        manifest: app.manifest.clone(),
    }
}

fn with_secret(app: &InstalledApp) -> AppInfo {
    AppInfo { client_secret: Some(app.secret.expose().to_owned()), ..info(&app.app) }
}
