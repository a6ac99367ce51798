//! `/operator/v1/accounts`.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use trunkline_model::{Account, PageRequest};
use trunkline_services::Services;
use trunkline_wire::AccountId;
use trunkline_wire::operator::PageQuery;
use trunkline_wire::operator::accounts::{AccountInfo, AccountList, CreateAccount};

use super::caller::Caller;
use super::input::{Input, Query, check_limit};
use super::refusal::Refusal;
use super::{Answer, created, ok};

pub(super) async fn create(
    State(services): State<Arc<Services>>,
    Caller(operator): Caller,
    Input(request): Input<CreateAccount>,
) -> Answer {
    let account = services.accounts.create(&operator, request.id).await.map_err(|error| {
        Refusal::from(error).hint_at(StatusCode::CONFLICT, || "see: trunkline account list".to_owned())
    })?;
    created(&info(&account))
}

pub(super) async fn list(
    State(services): State<Arc<Services>>,
    Caller(operator): Caller,
    Query(query): Query<PageQuery>,
) -> Answer {
    check_limit(query.limit)?;
    let after = query.after.as_deref().map(AccountId::parse).transpose();
    let after = after.map_err(|error| Refusal::invalid(format!("after: {error}")))?;
    let page = services.accounts.list(&operator, PageRequest { after, limit: query.limit() }).await?;
    ok(&AccountList { accounts: page.items.iter().map(info).collect(), next: page.next })
}

fn info(account: &Account) -> AccountInfo {
    AccountInfo { id: account.id.clone(), created_at: account.created_at }
}
