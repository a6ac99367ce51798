//! `/operator/v1/accounts/{account}/apps/{client_id}/deliveries`.

mod convert;
mod tail;

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::StatusCode;
use tokio_util::sync::CancellationToken;
use trunkline_model::{DeliveryFilter, PageRequest};
use trunkline_services::auth::AccountAdmin;
use trunkline_services::webhooks::{ReplayError, ReplayRequest, WebhookError};
use trunkline_services::{Error, Services};
use trunkline_wire::operator::deliveries::{
    self as wire, DeliveryList, ListDeliveries, ReplayDeliveries, TestDeliveries,
};
use trunkline_wire::operator::{Done, ErrorCode};
use trunkline_wire::{AppInstallationId, DeliveryId};

use super::caller::Admin;
use super::input::{Input, Query, check_limit};
use super::refusal::Refusal;
use super::{Answer, ok};
use crate::error::json_response;
use crate::extract::Params;

/// This part of the operator API; live tails end when `shutdown` is cancelled.
pub(super) fn router(shutdown: CancellationToken) -> Router<Arc<Services>> {
    Router::new()
        .route(wire::PATH, get(list))
        .route(wire::ONE_PATH, get(show))
        .route(wire::REPLAY_PATH, post(replay))
        .route(wire::TAIL_PATH, get(tail::tail).layer(Extension(shutdown)))
        .route(wire::STATUS_PATH, get(status))
        .route(wire::RESUME_PATH, post(resume))
        .route(wire::TEST_PATH, post(test))
}

async fn list(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    params: Params,
    Query(query): Query<ListDeliveries>,
) -> Answer {
    check_limit(query.limit)?;
    let page = PageRequest { after: query.after, limit: query.limit() };
    let filter = DeliveryFilter {
        conversation: query.conversation,
        event: query.event,
        outcome: query.outcome.map(convert::outcome).transpose()?,
        since: query.since,
        until: query.until,
    };
    let app = app(&params, &admin)?;
    let page = services.webhooks.records(&admin, app, filter, page).await;
    let page = page.map_err(|error| refused(error, &admin, app))?;
    ok(&DeliveryList { deliveries: page.items.iter().map(convert::record).collect(), next: page.next })
}

async fn show(State(services): State<Arc<Services>>, Admin(admin): Admin, params: Params) -> Answer {
    let app = app(&params, &admin)?;
    let id = params.get("delivery").and_then(|id| DeliveryId::parse(id).ok());
    let found = match id {
        Some(id) => services.webhooks.record(&admin, app, id).await,
        // An id of another shape names nothing.
        None => Err(Error::NotFound("delivery").into()),
    };
    ok(&convert::record(&found.map_err(|error| refused(error, &admin, app))?))
}

async fn replay(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    params: Params,
    Input(request): Input<ReplayDeliveries>,
) -> Answer {
    let app = app(&params, &admin)?;
    let replayed = services.webhooks.replay(&admin, app, what(&request)?).await;
    replayed.map_err(|error| refused(error, &admin, app))?;
    accepted(&Done {})
}

async fn status(State(services): State<Arc<Services>>, Admin(admin): Admin, params: Params) -> Answer {
    let app = app(&params, &admin)?;
    let status = services.webhooks.status(&admin, app).await;
    let status = status.map_err(|error| refused(error, &admin, app))?;
    ok(&convert::status(status, services.clock.now()))
}

async fn resume(State(services): State<Arc<Services>>, Admin(admin): Admin, params: Params) -> Answer {
    let app = app(&params, &admin)?;
    services.webhooks.resume(&admin, app).await.map_err(|error| refused(error, &admin, app))?;
    ok(&Done {})
}

async fn test(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    params: Params,
    Input(request): Input<TestDeliveries>,
) -> Answer {
    let app = app(&params, &admin)?;
    let report = services.webhooks.test(&admin, app, request.endpoint.as_deref()).await;
    ok(&convert::report(report.map_err(|error| refused(error, &admin, app))?))
}

/// The app of the path. An id of another shape names nothing.
fn app(params: &Params, admin: &AccountAdmin) -> Result<AppInstallationId, Refusal> {
    let id = params.get("client_id").and_then(|id| AppInstallationId::parse(id).ok());
    id.ok_or_else(|| unknown_app(admin))
}

/// Exactly one thing to deliver once more.
fn what(request: &ReplayDeliveries) -> Result<ReplayRequest, Refusal> {
    const ONE: &str = "the body must have exactly one of delivery, conversation, since and \"outage\":true";
    let what = match *request {
        ReplayDeliveries { delivery: Some(id), conversation: None, since: None, outage: None, .. } => {
            ReplayRequest::Delivery(id)
        }
        ReplayDeliveries {
            delivery: None, conversation: Some(id), since: None, outage: None, from, ..
        } => {
            return Ok(ReplayRequest::Conversation { id, from: from.unwrap_or(1) });
        }
        ReplayDeliveries { delivery: None, conversation: None, since: Some(at), outage: None, .. } => {
            ReplayRequest::Since(at)
        }
        ReplayDeliveries { delivery: None, conversation: None, since: None, outage: Some(true), .. } => {
            ReplayRequest::Outage
        }
        _ => return Err(Refusal::invalid(ONE)),
    };
    if request.from.is_some() { Err(Refusal::invalid("from belongs to conversation")) } else { Ok(what) }
}

fn refused(error: WebhookError, admin: &AccountAdmin, app: AppInstallationId) -> Refusal {
    let account = admin.account();
    let conflict =
        |error: WebhookError| Refusal::new(StatusCode::CONFLICT, ErrorCode::Conflict, error.to_string());
    match error {
        WebhookError::Service(Error::NotFound("app installation")) => unknown_app(admin),
        WebhookError::Service(error @ Error::NotFound("delivery")) => {
            Refusal::from(error).hint(format!("see: trunkline webhook list {app} --account {account}"))
        }
        WebhookError::Service(error) => error.into(),
        WebhookError::Invalid(text) => Refusal::invalid(text),
        WebhookError::Disabled => {
            conflict(error).hint(format!("enable it with: trunkline app enable {app} --account {account}"))
        }
        WebhookError::NoWebhooks => {
            conflict(error).hint("docs/operator-api.md shows a manifest with a webhook")
        }
        WebhookError::Replay(ReplayError::Unknown) => Refusal::not_found(error.to_string()),
        WebhookError::Replay(ReplayError::NothingLost) => conflict(error),
        WebhookError::Replay(ReplayError::Busy) | WebhookError::NotRunning | WebhookError::Busy(_) => {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            Refusal::new(status, ErrorCode::Overloaded, error.to_string()).hint("try again in a second")
        }
        other => Refusal::internal(&other),
    }
}

fn unknown_app(admin: &AccountAdmin) -> Refusal {
    let hint = format!("see: trunkline app list --account {}", admin.account());
    Refusal::from(Error::NotFound("app installation")).hint(hint)
}

#[expect(clippy::unnecessary_wraps, reason = "the form in which every handler ends")]
fn accepted(body: &impl serde::Serialize) -> Answer {
    Ok(json_response(StatusCode::ACCEPTED, body))
}
