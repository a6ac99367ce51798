//! `trunkline user create|list|update|set-password|disable|key`.

mod key;

use std::io::Read as _;

use anyhow::Context as _;
use trunkline_wire::AccountId;
use trunkline_wire::operator::PageQuery;
use trunkline_wire::operator::users::{
    ChangeUser, CreateUser, DisableUser, ListUsers, SetPassword, UserInfo, UserList,
};

use crate::args::{PasswordArgs, UserChangeArgs, UserCommand};
use crate::client::OperatorClient;
use crate::failure::{Exit, Failure};
use crate::output::{self, Format};

pub(crate) async fn run(
    client: &OperatorClient,
    format: Format,
    command: UserCommand,
) -> Result<(), Failure> {
    match command {
        UserCommand::Create { name, account, role, password, skills, max_conversations } => {
            let mut request = CreateUser::new(name, role.into(), read_password(password)?);
            request.skills = skills;
            request.max_conversations = max_conversations;
            let user = client.call(&[account.account.as_str()], &request).await?;
            output::object(format, &user, &fields(&user))
        }
        UserCommand::List { account } => {
            let list = all(client, &account.account).await?;
            let rows: Vec<_> = list.users.iter().map(row).collect();
            let titles = ["ID", "LOGIN NAME", "ROLE", "STATE", "SKILLS", "MAX", "CREATED"];
            output::list(format, &list, titles, &rows)
        }
        UserCommand::Update { name, account, change } => {
            let user = client.call(&[account.account.as_str(), &name], &requested(change)).await?;
            output::object(format, &user, &fields(&user))
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
        UserCommand::Key(command) => key::run(client, format, command).await,
    }
}

fn requested(change: UserChangeArgs) -> ChangeUser {
    let skills = if change.any_skill { Some(Vec::new()) } else { change.skills };
    let max_conversations = if change.no_limit { Some(None) } else { change.max_conversations.map(Some) };
    ChangeUser::new(skills, max_conversations)
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

fn skills(user: &UserInfo) -> String {
    if user.skills.is_empty() {
        return "all".to_owned();
    }
    let skills: Vec<_> = user.skills.iter().map(ToString::to_string).collect();
    skills.join(",")
}

fn max_conversations(user: &UserInfo) -> String {
    user.max_conversations.map_or_else(|| "-".to_owned(), |most| most.to_string())
}

fn row(user: &UserInfo) -> [String; 7] {
    [
        user.id.to_string(),
        user.login_name.clone(),
        user.role.as_str().to_owned(),
        state(user).to_owned(),
        skills(user),
        max_conversations(user),
        output::time(user.created_at),
    ]
}

fn fields(user: &UserInfo) -> [(&'static str, String); 9] {
    [
        ("account", user.account.to_string()),
        ("id", user.id.to_string()),
        ("agent id", user.agent_id.to_string()),
        ("login name", user.login_name.clone()),
        ("role", user.role.as_str().to_owned()),
        ("state", state(user).to_owned()),
        ("skills", skills(user)),
        ("max conversations", max_conversations(user)),
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
