//! `trunkline user create|list|set-password|disable`.

use std::io::Read as _;

use anyhow::Context as _;
use trunkline_wire::AccountId;
use trunkline_wire::operator::PageQuery;
use trunkline_wire::operator::users::{CreateUser, DisableUser, ListUsers, SetPassword, UserInfo, UserList};

use crate::args::{PasswordArgs, UserCommand};
use crate::client::OperatorClient;
use crate::failure::{Exit, Failure};
use crate::output::{self, Format};

pub(crate) async fn run(
    client: &OperatorClient,
    format: Format,
    command: UserCommand,
) -> Result<(), Failure> {
    match command {
        UserCommand::Create { name, account, role, password } => {
            let request = CreateUser::new(name, role.into(), read_password(password)?);
            let user = client.call(&[account.account.as_str()], &request).await?;
            output::object(format, &user, &fields(&user))
        }
        UserCommand::List { account } => {
            let list = all(client, &account.account).await?;
            let rows: Vec<_> = list.users.iter().map(row).collect();
            output::list(format, &list, ["ID", "LOGIN NAME", "ROLE", "STATE", "CREATED"], &rows)
        }
        UserCommand::SetPassword { name, account, password } => {
            let request = SetPassword::new(read_password(password)?);
            let done = client.call(&[account.account.as_str(), &name], &request).await?;
            output::object(format, &done, &[("password", format!("set for {name}"))])
        }
        UserCommand::Disable { name, account } => {
            let done = client.call(&[account.account.as_str(), &name], &DisableUser {}).await?;
            output::object(format, &done, &[("disabled", name)])
        }
    }
}

/// Every page.
async fn all(client: &OperatorClient, account: &AccountId) -> Result<UserList, Failure> {
    let mut list = client.call(&[account.as_str()], &ListUsers::default()).await?;
    while let Some(next) = list.next.take() {
        let query = PageQuery::after(Some(next.to_string()));
        let page = client.call(&[account.as_str()], &ListUsers(query)).await?;
        list.users.extend(page.users);
        list.next = page.next;
    }
    Ok(list)
}

fn state(user: &UserInfo) -> &'static str {
    if user.enabled { "enabled" } else { "disabled" }
}

fn row(user: &UserInfo) -> [String; 5] {
    [
        user.id.to_string(),
        user.login_name.clone(),
        user.role.as_str().to_owned(),
        state(user).to_owned(),
        output::time(user.created_at),
    ]
}

fn fields(user: &UserInfo) -> [(&'static str, String); 7] {
    [
        ("account", user.account.to_string()),
        ("id", user.id.to_string()),
        ("agent id", user.agent_id.to_string()),
        ("login name", user.login_name.clone()),
        ("role", user.role.as_str().to_owned()),
        ("state", state(user).to_owned()),
        ("created", output::time(user.created_at)),
    ]
}

/// The password of the flag, or the first line of standard input.
fn read_password(args: PasswordArgs) -> Result<String, Failure> {
    if let Some(password) = args.password {
        return Ok(password);
    }
    let mut text = String::new();
    // More than any password; the server checks the length.
    std::io::stdin().lock().take(16 << 10).read_to_string(&mut text).context("cannot read the password")?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => Err(Failure::message(Exit::Usage, "standard input holds no password")
            .hint("printf %s \"$PASSWORD\" | trunkline user … --password-stdin")),
    }
}
