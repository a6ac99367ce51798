//! `/operator/v1/keys`.

use std::sync::Arc;

use axum::extract::State;
use trunkline_model::{KeyPurpose, KeyState};
use trunkline_services::Services;
use trunkline_services::keys::KeyInfo as Key;
use trunkline_wire::operator::keys::{KeyInfo, KeyList, Purpose, State as WireState};

use super::caller::Caller;
use super::refusal::Refusal;
use super::{Answer, ok};
use crate::extract::Params;

pub(super) async fn list(State(services): State<Arc<Services>>, Caller(operator): Caller) -> Answer {
    let keys = services.keys.list(&operator);
    ok(&KeyList { keys: keys.iter().map(info).collect() })
}

pub(super) async fn rotate(
    State(services): State<Arc<Services>>,
    Caller(operator): Caller,
    params: Params,
) -> Answer {
    let purpose = match params.get("purpose").and_then(Purpose::parse) {
        Some(Purpose::AppJwt) => KeyPurpose::AppJwt,
        Some(Purpose::ConsumerJws) => KeyPurpose::ConsumerJws,
        Some(Purpose::WebConsumer) => KeyPurpose::WebConsumer,
        _ => return Err(Refusal::not_found("there are keys for appjwt, consumerjws and webconsumer only")),
    };
    services.keys.rotate(&operator, purpose).await?;
    let keys = services.keys.list(&operator);
    ok(&KeyList { keys: keys.iter().filter(|key| key.purpose == purpose).map(info).collect() })
}

fn info(key: &Key) -> KeyInfo {
    let (state, retired_at) = match key.state {
        KeyState::Next => (WireState::Next, None),
        KeyState::Active => (WireState::Active, None),
        KeyState::Retired { at } => (WireState::Retired, Some(at)),
    };
    KeyInfo {
        kid: key.kid.clone(),
        purpose: match key.purpose {
            KeyPurpose::AppJwt => Purpose::AppJwt,
            KeyPurpose::ConsumerJws => Purpose::ConsumerJws,
            KeyPurpose::WebConsumer => Purpose::WebConsumer,
        },
        state,
        created_at: key.created_at,
        retired_at,
    }
}
