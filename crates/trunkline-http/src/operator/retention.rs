//! `/operator/v1/accounts/{account}/retention`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use trunkline_model as model;
use trunkline_services::Services;
use trunkline_wire::operator::Done;
use trunkline_wire::operator::retention::{Retention, SetRetention};

use super::caller::Admin;
use super::input::Input;
use super::{Answer, ok};

pub(super) async fn show(State(services): State<Arc<Services>>, Admin(admin): Admin) -> Answer {
    let content = services.erasure.retention(&admin).await?;
    let seconds = |span: Duration| u32::try_from(span.as_secs()).unwrap_or(u32::MAX);
    ok(&Retention { content_seconds: content.map(seconds) })
}

pub(super) async fn set(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Input(SetRetention(retention)): Input<SetRetention>,
) -> Answer {
    let content_seconds = retention.content_seconds;
    services.erasure.set_retention(&admin, Some(model::Retention { content_seconds })).await?;
    ok(&retention)
}

pub(super) async fn clear(State(services): State<Arc<Services>>, Admin(admin): Admin) -> Answer {
    services.erasure.set_retention(&admin, None).await?;
    ok(&Done {})
}
