//! `/operator/v1/accounts/{account}/apps`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use http::StatusCode;
use trunkline_model::AppInstallation;
use trunkline_services::auth::AccountAdmin;
use trunkline_services::installations::InstalledApp;
use trunkline_services::{Error, Services};
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
    let (app, _) =
        installations.create(&admin, manifest, None).await.map_err(|error| refused(error, &admin))?;
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
    let found = services.installations.get(&admin, client_id(&id, &admin)?).await;
    let (app, _) = found.map_err(|error| refused(error, &admin))?;
    ok(&info(&app.app))
}

pub(super) async fn delete(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Path((_, id)): Path<(String, String)>,
) -> Answer {
    let deleted = services.installations.delete(&admin, client_id(&id, &admin)?, None).await;
    deleted.map_err(|error| refused(error, &admin))?;
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
    let rotated = services.installations.rotate_secret(&admin, client_id(&id, &admin)?, overlap).await;
    let (app, _) = rotated.map_err(|error| refused(error, &admin))?;
    ok(&with_secret(&app))
}

async fn set_enabled(services: &Services, admin: &AccountAdmin, id: &str, enabled: bool) -> Answer {
    let changed = services.installations.set_enabled(admin, client_id(id, admin)?, enabled).await;
    let (app, _) = changed.map_err(|error| refused(error, admin))?;
    ok(&info(&app.app))
}

/// An id of another shape names nothing.
fn client_id(text: &str, admin: &AccountAdmin) -> Result<AppInstallationId, Refusal> {
    AppInstallationId::parse(text).map_err(|_| refused(Error::NotFound("app installation"), admin))
}

/// Says where the apps are when one is unknown or a `client_name` taken.
fn refused(error: Error, admin: &AccountAdmin) -> Refusal {
    let hint = || format!("see: trunkline app list --account {}", admin.account());
    Refusal::from(error).hint_at(StatusCode::NOT_FOUND, hint).hint_at(StatusCode::CONFLICT, hint)
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
