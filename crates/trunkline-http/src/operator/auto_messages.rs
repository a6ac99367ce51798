//! `/operator/v1/accounts/{account}/auto-messages`.

use std::sync::Arc;

use axum::extract::State;
use trunkline_services::Services;
use trunkline_wire::operator::Done;
use trunkline_wire::operator::auto_messages::SetAutoMessages;

use super::caller::Admin;
use super::input::Input;
use super::refusal::Refusal;
use super::{Answer, ok};

pub(super) async fn show(State(services): State<Arc<Services>>, Admin(admin): Admin) -> Answer {
    let settings = services.settings.of(admin.account()).await?;
    let messages = settings.auto_messages.as_ref().ok_or_else(|| {
        let account = admin.account();
        Refusal::not_found("the account has no automatic messages")
            .hint(format!("set some: trunkline account messages set FILE --account {account}"))
    })?;
    ok(messages.definition())
}

pub(super) async fn set(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Input(SetAutoMessages(messages)): Input<SetAutoMessages>,
) -> Answer {
    let messages = services.settings.set_auto_messages(&admin, messages).await?;
    ok(messages.definition())
}

pub(super) async fn clear(State(services): State<Arc<Services>>, Admin(admin): Admin) -> Answer {
    services.settings.clear_auto_messages(&admin).await?;
    ok(&Done {})
}
