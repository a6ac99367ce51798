//! `/operator/v1/accounts/{account}/engagements`.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use trunkline_model::EngagementRule;
use trunkline_services::Services;
use trunkline_wire::operator::Done;
use trunkline_wire::operator::engagements::{
    EngagementInfo, EngagementList, RemoveEngagement, SetEngagement,
};

use super::caller::Admin;
use super::input::Input;
use super::refusal::Refusal;
use super::{Answer, ok};

pub(super) async fn list(State(services): State<Arc<Services>>, Admin(admin): Admin) -> Answer {
    let settings = services.settings.of(admin.account()).await?;
    let engagements = settings.engagements.rules().iter().map(info).collect();
    ok(&EngagementList { account: admin.account().clone(), engagements })
}

pub(super) async fn set(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Input(request): Input<SetEngagement>,
) -> Answer {
    let SetEngagement { campaign, engagement, skill, .. } = request;
    let rule = EngagementRule { campaign, engagement, skill };
    let answer = info(&rule);
    services.settings.set_engagement(&admin, rule).await?;
    ok(&answer)
}

pub(super) async fn remove(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Input(request): Input<RemoveEngagement>,
) -> Answer {
    let hint = || format!("see: trunkline engagement list --account {}", admin.account());
    let removed = services.settings.remove_engagement(&admin, request.campaign, request.engagement).await;
    removed.map_err(|error| Refusal::from(error).hint_at(StatusCode::NOT_FOUND, hint))?;
    ok(&Done {})
}

fn info(rule: &EngagementRule) -> EngagementInfo {
    EngagementInfo { campaign: rule.campaign.clone(), engagement: rule.engagement.clone(), skill: rule.skill }
}
