//! `/operator/v1/accounts/{account}/behaviour`.

use std::sync::Arc;

use axum::extract::State;
use trunkline_model::Offer;
use trunkline_services::Services;
use trunkline_services::settings::BehaviourChange;
use trunkline_wire::AccountId;
use trunkline_wire::operator::behaviour::{self as wire, BehaviourInfo, Change, ChangeBehaviour};

use super::caller::Admin;
use super::input::Input;
use super::refusal::Refusal;
use super::{Answer, ok};

pub(super) async fn show(State(services): State<Arc<Services>>, Admin(admin): Admin) -> Answer {
    ok(&info(&services, admin.account()).await?)
}

pub(super) async fn change(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Input(request): Input<ChangeBehaviour>,
) -> Answer {
    if request == ChangeBehaviour::default() {
        return Err(Refusal::invalid(
            "close_after_seconds, offer, web_chat or one of ttr_…_seconds is needed",
        ));
    }
    let change = BehaviourChange {
        close_after_seconds: request.close_after_seconds,
        offer: request.offer.try_map(offer)?,
        urgent_seconds: request.ttr_urgent_seconds,
        prioritized_seconds: request.ttr_prioritized_seconds,
        normal_seconds: request.ttr_normal_seconds,
    };
    if change != BehaviourChange::default() {
        services.settings.change_behaviour(&admin, change).await?;
    }
    match request.web_chat {
        Change::Keep => {}
        Change::Reset => services.settings.set_web_chat(&admin, None).await?,
        Change::Set(on) => services.settings.set_web_chat(&admin, Some(on)).await?,
    }
    ok(&info(&services, admin.account()).await?)
}

fn offer(offer: wire::Offer) -> Result<Offer, Refusal> {
    match offer {
        wire::Offer::Creation => Ok(Offer::Creation),
        wire::Offer::FirstMessage => Ok(Offer::FirstMessage),
        _ => Err(Refusal::invalid("offer must be creation or first_message")),
    }
}

async fn info(services: &Services, account: &AccountId) -> Result<BehaviourInfo, Refusal> {
    let behaviour = services.settings.of(account).await?.behaviour;
    Ok(BehaviourInfo {
        account: account.clone(),
        close_after_seconds: behaviour.close_after_seconds,
        offer: match behaviour.offer {
            Offer::Creation => wire::Offer::Creation,
            Offer::FirstMessage => wire::Offer::FirstMessage,
        },
        ttr_urgent_seconds: behaviour.urgent_seconds,
        ttr_prioritized_seconds: behaviour.prioritized_seconds,
        ttr_normal_seconds: behaviour.normal_seconds,
        web_chat: services.idp.web_chat(account).await?,
    })
}
