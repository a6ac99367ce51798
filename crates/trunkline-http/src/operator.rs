//! The operator API, `/operator/v1/…`: what the commands of the binary call. `docs/operator-api.md` describes it.

mod accounts;
mod apps;
mod audit;
mod auto_messages;
mod backup;
mod behaviour;
mod caller;
mod consumers;
mod conversations;
mod deliveries;
mod engagements;
mod export;
mod identity_provider;
mod input;
mod keys;
mod refusal;
mod retention;
mod skills;
mod survey;
mod user_keys;
mod users;

use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, patch, post, put};
use axum::{Extension, Router};
use http::{Method, StatusCode};
use tokio_util::sync::CancellationToken;
use trunkline_services::Services;
use trunkline_wire::Auth;
use trunkline_wire::conversations::log;
use trunkline_wire::operator as wire;

use crate::RouteInfo;

/// The routes of this module.
pub(crate) const ROUTES: &[RouteInfo] = &[
    RouteInfo::of::<wire::accounts::CreateAccount>(),
    RouteInfo::of::<wire::accounts::ListAccounts>(),
    RouteInfo::of::<wire::behaviour::ShowBehaviour>(),
    RouteInfo::of::<wire::behaviour::ChangeBehaviour>(),
    RouteInfo::of::<wire::users::CreateUser>(),
    RouteInfo::of::<wire::users::ListUsers>(),
    RouteInfo::of::<wire::users::ChangeUser>(),
    RouteInfo::of::<wire::users::SetPassword>(),
    RouteInfo::of::<wire::users::DisableUser>(),
    RouteInfo::of::<wire::user_keys::CreateUserKey>(),
    RouteInfo::of::<wire::user_keys::ListUserKeys>(),
    RouteInfo::of::<wire::user_keys::RevokeUserKey>(),
    RouteInfo::of::<wire::skills::CreateSkill>(),
    RouteInfo::of::<wire::skills::ListSkills>(),
    RouteInfo::of::<wire::engagements::ListEngagements>(),
    RouteInfo::of::<wire::engagements::SetEngagement>(),
    RouteInfo::of::<wire::engagements::RemoveEngagement>(),
    RouteInfo::of::<wire::survey::ShowSurvey>(),
    RouteInfo::of::<wire::survey::SetSurvey>(),
    RouteInfo::of::<wire::survey::ClearSurvey>(),
    RouteInfo::of::<wire::auto_messages::ShowAutoMessages>(),
    RouteInfo::of::<wire::auto_messages::SetAutoMessages>(),
    RouteInfo::of::<wire::auto_messages::ClearAutoMessages>(),
    RouteInfo::of::<wire::identity_provider::ShowIdentityProvider>(),
    RouteInfo::of::<wire::identity_provider::SetIdentityProvider>(),
    RouteInfo::of::<wire::identity_provider::ClearIdentityProvider>(),
    RouteInfo::of::<wire::retention::ShowRetention>(),
    RouteInfo::of::<wire::retention::SetRetention>(),
    RouteInfo::of::<wire::retention::ClearRetention>(),
    RouteInfo::of::<wire::consumers::EraseConsumer>(),
    RouteInfo::of::<wire::audit::ListAudit>(),
    RouteInfo::of::<wire::apps::InstallApp>(),
    RouteInfo::of::<wire::apps::ListApps>(),
    RouteInfo::of::<wire::apps::ShowApp>(),
    RouteInfo::of::<wire::apps::DeleteApp>(),
    RouteInfo::of::<wire::apps::EnableApp>(),
    RouteInfo::of::<wire::apps::DisableApp>(),
    RouteInfo::of::<wire::apps::RotateSecret>(),
    RouteInfo::new(Method::GET, wire::backup::PATH, Auth::Operator),
    RouteInfo::of::<wire::keys::ListKeys>(),
    RouteInfo::of::<wire::keys::RotateKey>(),
    RouteInfo::new(Method::GET, log::PATH, Auth::Operator),
    RouteInfo::of::<wire::export::ExportConversations>(),
    RouteInfo::of::<wire::deliveries::ListDeliveries>(),
    RouteInfo::of::<wire::deliveries::ShowDelivery>(),
    RouteInfo::of::<wire::deliveries::ReplayDeliveries>(),
    RouteInfo::of::<wire::deliveries::TailDeliveries>(),
    RouteInfo::of::<wire::deliveries::ShowStatus>(),
    RouteInfo::of::<wire::deliveries::ResumeDeliveries>(),
    RouteInfo::of::<wire::deliveries::TestDeliveries>(),
];

/// The operator API; exports and live tails end when `shutdown` is cancelled.
pub(crate) fn router(shutdown: CancellationToken) -> Router<Arc<Services>> {
    Router::new()
        .route(wire::accounts::PATH, get(accounts::list).post(accounts::create))
        .route(wire::behaviour::PATH, get(behaviour::show).patch(behaviour::change))
        .route(wire::users::PATH, get(users::list).post(users::create))
        .route(wire::users::ONE_PATH, patch(users::change))
        .route(wire::users::PASSWORD_PATH, put(users::set_password))
        .route(wire::users::DISABLE_PATH, post(users::disable))
        .route(wire::user_keys::PATH, get(user_keys::list).post(user_keys::create))
        .route(wire::user_keys::ONE_PATH, delete(user_keys::revoke))
        .route(wire::skills::PATH, get(skills::list).post(skills::create))
        .route(wire::engagements::PATH, get(engagements::list).put(engagements::set))
        .route(wire::engagements::REMOVE_PATH, post(engagements::remove))
        .route(wire::survey::PATH, get(survey::show).put(survey::set).delete(survey::clear))
        .route(
            wire::auto_messages::PATH,
            get(auto_messages::show).put(auto_messages::set).delete(auto_messages::clear),
        )
        .route(
            wire::identity_provider::PATH,
            get(identity_provider::show).put(identity_provider::set).delete(identity_provider::clear),
        )
        .route(wire::retention::PATH, get(retention::show).put(retention::set).delete(retention::clear))
        .route(wire::consumers::ERASE_PATH, post(consumers::erase))
        .route(wire::audit::PATH, get(audit::list))
        .route(wire::apps::PATH, get(apps::list).post(apps::install))
        .route(wire::apps::ONE_PATH, get(apps::show).delete(apps::delete))
        .route(wire::apps::ENABLE_PATH, post(apps::enable))
        .route(wire::apps::DISABLE_PATH, post(apps::disable))
        .route(wire::apps::ROTATE_SECRET_PATH, post(apps::rotate_secret))
        .route(wire::backup::PATH, get(backup::make))
        .route(wire::keys::PATH, get(keys::list))
        .route(wire::keys::ROTATE_PATH, post(keys::rotate))
        .route(log::PATH, get(conversations::log))
        .route(wire::export::PATH, get(export::run).layer(Extension(shutdown.clone())))
        .merge(deliveries::router(shutdown))
}

/// True if a path without a handler is this module's to refuse.
pub(crate) fn owns(path: &str) -> bool {
    path.strip_prefix("/operator/v1").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// 404 for a path that does not exist.
pub(crate) fn no_such_path() -> Response {
    refusal::Refusal::not_found("no such path").hint("docs/operator-api.md lists all paths").into_response()
}

/// 405 for a path that exists; the router adds `Allow`.
pub(crate) fn method_not_allowed() -> Response {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let message = "this path does not take this method";
    refusal::Refusal::new(status, wire::ErrorCode::MethodNotAllowed, message).into_response()
}

/// What a handler answers.
type Answer = Result<Response, refusal::Refusal>;

#[expect(clippy::unnecessary_wraps, reason = "the form in which every handler ends")]
fn ok(body: &impl serde::Serialize) -> Answer {
    Ok(crate::error::json_response(StatusCode::OK, body))
}

#[expect(clippy::unnecessary_wraps, reason = "the form in which every handler ends")]
fn created(body: &impl serde::Serialize) -> Answer {
    Ok(crate::error::json_response(StatusCode::CREATED, body))
}
