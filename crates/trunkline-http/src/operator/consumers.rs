//! `/operator/v1/accounts/{account}/consumers/erase`.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use trunkline_services::Services;
use trunkline_wire::operator::consumers::{EraseConsumer, ErasedInfo};

use super::caller::Admin;
use super::input::Input;
use super::refusal::Refusal;
use super::{Answer, ok};

pub(super) async fn erase(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Input(request): Input<EraseConsumer>,
) -> Answer {
    let consumer = match (&request.external_id, request.consumer_id) {
        (Some(external), None) => services.erasure.consumer(&admin, external).await?,
        (None, Some(id)) => id,
        _ => {
            return Err(Refusal::invalid("the body must have exactly one of external_id and consumer_id"));
        }
    };
    let erased = services.erasure.erase_consumer(&admin, consumer).await.map_err(|error| {
        Refusal::from(error).hint_at(StatusCode::SERVICE_UNAVAILABLE, || {
            "the same call goes on where this one ended; a backup that is being made must end first"
                .to_owned()
        })
    })?;
    ok(&ErasedInfo::new(consumer, erased.conversations, erased.entries, erased.files, erased.profile))
}
