//! `/operator/v1/accounts/{account}/users`.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use trunkline_model::{PageRequest, Role, Secret, User, UserChange, UserState};
use trunkline_services::auth::AccountAdmin;
use trunkline_services::users::NewUser;
use trunkline_services::{Error, Services};
use trunkline_wire::operator::users::{ChangeUser, CreateUser, SetPassword, UserInfo, UserList, UserRole};
use trunkline_wire::operator::{Done, PageQuery};
use trunkline_wire::{AccountId, UserId};

use super::caller::Admin;
use super::input::{Input, Query, check_limit};
use super::refusal::Refusal;
use super::{Answer, created, ok};

pub(super) async fn create(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Input(request): Input<CreateUser>,
) -> Answer {
    let mut user = NewUser::new(request.login_name, role(request.role)?, Secret::new(request.password));
    user.skills = request.skills;
    user.max_conversations = request.max_conversations;
    let user = services.users.create(&admin, user).await.map_err(|error| refused(error, &admin))?;
    created(&info(&user))
}

pub(super) async fn list(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Query(query): Query<PageQuery>,
) -> Answer {
    check_limit(query.limit)?;
    let after = query.after.as_deref().map(UserId::parse).transpose();
    let after = after.map_err(|error| Refusal::invalid(format!("after: {error}")))?;
    let page = services.users.list(&admin, PageRequest { after, limit: query.limit() }).await?;
    ok(&UserList { users: page.items.iter().map(info).collect(), next: page.next })
}

pub(super) async fn change(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Path((_, login_name)): Path<(AccountId, String)>,
    Input(request): Input<ChangeUser>,
) -> Answer {
    let change = UserChange { skills: request.skills, max_conversations: request.max_conversations };
    let user = services.users.change(&admin, &login_name, change).await;
    ok(&info(&user.map_err(|error| refused(error, &admin))?))
}

pub(super) async fn set_password(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Path((_, login_name)): Path<(AccountId, String)>,
    Input(request): Input<SetPassword>,
) -> Answer {
    let password = Secret::new(request.password);
    let set = services.users.set_password(&admin, &login_name, password).await;
    set.map_err(|error| refused(error, &admin))?;
    ok(&Done {})
}

pub(super) async fn disable(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Path((_, login_name)): Path<(AccountId, String)>,
) -> Answer {
    services.users.disable(&admin, &login_name).await.map_err(|error| refused(error, &admin))?;
    ok(&Done {})
}

/// Says where the login names are when one is taken or unknown.
fn refused(error: Error, admin: &AccountAdmin) -> Refusal {
    let hint = || format!("see: trunkline user list --account {}", admin.account());
    Refusal::from(error).hint_at(StatusCode::NOT_FOUND, hint).hint_at(StatusCode::CONFLICT, hint)
}

fn role(role: UserRole) -> Result<Role, Refusal> {
    match role {
        UserRole::Agent => Ok(Role::Agent),
        UserRole::Manager => Ok(Role::Manager),
        UserRole::Admin => Ok(Role::Admin),
        _ => Err(Refusal::invalid("role must be agent, manager or admin")),
    }
}

fn info(user: &User) -> UserInfo {
    UserInfo {
        account: user.account.clone(),
        id: user.id,
        agent_id: user.agent_id(),
        login_name: user.login_name.clone(),
        role: match user.role {
            Role::Agent => UserRole::Agent,
            Role::Manager => UserRole::Manager,
            Role::Admin => UserRole::Admin,
        },
        enabled: user.state == UserState::Active,
        skills: user.skills.clone(),
        max_conversations: user.max_conversations,
        created_at: user.created_at,
    }
}
