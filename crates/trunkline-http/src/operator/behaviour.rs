//! `/operator/v1/accounts/{account}/behaviour`.

use std::sync::Arc;

use axum::extract::State;
use trunkline_model::{Behaviour, Offer};
use trunkline_services::Services;
use trunkline_services::settings::BehaviourChange;
use trunkline_wire::AccountId;
use trunkline_wire::operator::behaviour::{self as wire, BehaviourInfo, ChangeBehaviour};

use super::caller::Admin;
use super::input::Input;
use super::refusal::Refusal;
use super::{Answer, ok};

pub(super) async fn show(State(services): State<Arc<Services>>, Admin(admin): Admin) -> Answer {
    let settings = services.settings.of(admin.account()).await?;
    ok(&info(admin.account(), settings.behaviour))
}

pub(super) async fn change(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Input(request): Input<ChangeBehaviour>,
) -> Answer {
    if request == ChangeBehaviour::default() {
        return Err(Refusal::invalid("close_after_seconds, offer or one of ttr_…_seconds is needed"));
    }
    let change = BehaviourChange {
        close_after_seconds: request.close_after_seconds,
        offer: request.offer.try_map(offer)?,
        urgent_seconds: request.ttr_urgent_seconds,
        prioritized_seconds: request.ttr_prioritized_seconds,
        normal_seconds: request.ttr_normal_seconds,
    };
    let behaviour = services.settings.change_behaviour(&admin, change).await?;
    ok(&info(admin.account(), behaviour))
}

fn offer(offer: wire::Offer) -> Result<Offer, Refusal> {
    match offer {
        wire::Offer::Creation => Ok(Offer::Creation),
        wire::Offer::FirstMessage => Ok(Offer::FirstMessage),
        _ => Err(Refusal::invalid("offer must be creation or first_message")),
    }
}

fn info(account: &AccountId, behaviour: Behaviour) -> BehaviourInfo {
    BehaviourInfo {
        account: account.clone(),
        close_after_seconds: behaviour.close_after_seconds,
        offer: match behaviour.offer {
            Offer::Creation => wire::Offer::Creation,
            Offer::FirstMessage => wire::Offer::FirstMessage,
        },
        ttr_urgent_seconds: behaviour.urgent_seconds,
        ttr_prioritized_seconds: behaviour.prioritized_seconds,
        ttr_normal_seconds: behaviour.normal_seconds,
    }
}
