//! `/operator/v1/accounts/{account}/survey`.

use std::sync::Arc;

use axum::extract::State;
use trunkline_services::Services;
use trunkline_wire::operator::Done;
use trunkline_wire::operator::survey::SetSurvey;

use super::caller::Admin;
use super::input::Input;
use super::refusal::Refusal;
use super::{Answer, ok};

pub(super) async fn show(State(services): State<Arc<Services>>, Admin(admin): Admin) -> Answer {
    let settings = services.settings.of(admin.account()).await?;
    let survey = settings.survey.as_ref().ok_or_else(|| {
        let account = admin.account();
        Refusal::not_found("the account has no survey")
            .hint(format!("set one: trunkline survey set FILE --account {account}"))
    })?;
    ok(survey.definition())
}

pub(super) async fn set(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Input(SetSurvey(survey)): Input<SetSurvey>,
) -> Answer {
    let survey = services.settings.set_survey(&admin, survey).await?;
    ok(survey.definition())
}

pub(super) async fn clear(State(services): State<Arc<Services>>, Admin(admin): Admin) -> Answer {
    services.settings.clear_survey(&admin).await?;
    ok(&Done {})
}
