//! `/operator/v1/accounts/{account}/users/{login_name}/keys`.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use trunkline_model::UserKey;
use trunkline_services::auth::AccountAdmin;
use trunkline_services::{Error, Services};
use trunkline_wire::operator::Done;
use trunkline_wire::operator::user_keys::{CreateUserKey, NewUserKey, UserKeyInfo, UserKeyList};
use trunkline_wire::{AccountId, AppKey};

use super::caller::Admin;
use super::input::Input;
use super::refusal::Refusal;
use super::{Answer, created, ok};

pub(super) async fn create(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Path((_, login_name)): Path<(AccountId, String)>,
    Input(CreateUserKey {}): Input<CreateUserKey>,
) -> Answer {
    let key = services.users.create_key(&admin, &login_name).await;
    let key = key.map_err(|error| refused(error, &admin, &login_name))?;
    created(&NewUserKey {
        username: key.login_name,
        app_key: key.app_key,
        secret: key.secrets.secret.expose().to_owned(),
        access_token: key.secrets.access_token.expose().to_owned(),
        access_token_secret: key.secrets.access_token_secret.expose().to_owned(),
        created_at: key.created_at,
    })
}

pub(super) async fn list(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Path((_, login_name)): Path<(AccountId, String)>,
) -> Answer {
    let keys = services.users.keys(&admin, &login_name).await;
    let keys = keys.map_err(|error| refused(error, &admin, &login_name))?;
    let info = |key: UserKey| UserKeyInfo { app_key: key.app_key, created_at: key.created_at };
    ok(&UserKeyList { keys: keys.into_iter().map(info).collect() })
}

pub(super) async fn revoke(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Path((_, login_name, app_key)): Path<(AccountId, String, String)>,
) -> Answer {
    let revoked = match AppKey::parse(&app_key) {
        Ok(app_key) => services.users.revoke_key(&admin, &login_name, &app_key).await,
        // No key has a name of another shape.
        Err(_) => Err(Error::NotFound("API key")),
    };
    revoked.map_err(|error| refused(error, &admin, &login_name))?;
    ok(&Done {})
}

/// Says where the names are when one is unknown.
fn refused(error: Error, admin: &AccountAdmin, login_name: &str) -> Refusal {
    let account = admin.account();
    let hint = match error {
        Error::NotFound("user") => format!("see: trunkline user list --account {account}"),
        _ => format!("see: trunkline user key list {login_name} --account {account}"),
    };
    let (missing, invalid) = (hint.clone(), hint);
    Refusal::from(error)
        .hint_at(StatusCode::NOT_FOUND, || missing)
        .hint_at(StatusCode::BAD_REQUEST, || invalid)
}
