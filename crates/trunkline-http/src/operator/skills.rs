//! `/operator/v1/accounts/{account}/skills`.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use trunkline_model::{PageRequest, Skill};
use trunkline_services::Services;
use trunkline_wire::SkillId;
use trunkline_wire::operator::PageQuery;
use trunkline_wire::operator::skills::{CreateSkill, SkillInfo, SkillList};

use super::caller::Admin;
use super::input::{Input, Query, check_limit};
use super::refusal::Refusal;
use super::{Answer, created, ok};

pub(super) async fn create(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Input(request): Input<CreateSkill>,
) -> Answer {
    let hint = || format!("see: trunkline skill list --account {}", admin.account());
    let skill = services.skills.create(&admin, request.name).await;
    let skill = skill.map_err(|error| Refusal::from(error).hint_at(StatusCode::CONFLICT, hint))?;
    created(&info(&skill))
}

pub(super) async fn list(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Query(query): Query<PageQuery>,
) -> Answer {
    check_limit(query.limit)?;
    let after = query.after.as_deref().map(SkillId::parse).transpose();
    let after = after.map_err(|error| Refusal::invalid(format!("after: {error}")))?;
    let page = services.skills.list(&admin, PageRequest { after, limit: query.limit() }).await?;
    ok(&SkillList { skills: page.items.iter().map(info).collect(), next: page.next })
}

fn info(skill: &Skill) -> SkillInfo {
    SkillInfo {
        account: skill.account.clone(),
        id: skill.id,
        name: skill.name.clone(),
        created_at: skill.created_at,
    }
}
