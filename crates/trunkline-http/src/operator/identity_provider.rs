//! `/operator/v1/accounts/{account}/identity-provider`.

use std::sync::Arc;

use axum::extract::State;
use trunkline_services::Services;
use trunkline_services::idp::IdentityProvider;
use trunkline_wire::operator::Done;
use trunkline_wire::operator::identity_provider::SetIdentityProvider;

use super::caller::Admin;
use super::input::Input;
use super::refusal::Refusal;
use super::{Answer, ok};

pub(super) async fn show(State(services): State<Arc<Services>>, Admin(admin): Admin) -> Answer {
    let settings = services.settings.of(admin.account()).await?;
    let provider = settings.identity_provider.as_ref().ok_or_else(|| {
        let account = admin.account();
        Refusal::not_found("the account trusts no identity provider")
            .hint(format!("set one: trunkline account identity set FILE --account {account}"))
    })?;
    ok(provider.definition())
}

pub(super) async fn set(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Input(SetIdentityProvider(provider)): Input<SetIdentityProvider>,
) -> Answer {
    let provider = IdentityProvider::new(provider)?;
    services.settings.set_identity_provider(&admin, provider.clone()).await?;
    ok(provider.definition())
}

pub(super) async fn clear(State(services): State<Arc<Services>>, Admin(admin): Admin) -> Answer {
    services.settings.clear_identity_provider(&admin).await?;
    ok(&Done {})
}
