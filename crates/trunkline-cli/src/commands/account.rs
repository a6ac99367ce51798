//! `trunkline account create|list|show|set|identity|messages|retention`.

mod identity;
mod messages;
mod retention;

use trunkline_wire::operator::PageQuery;
use trunkline_wire::operator::accounts::{AccountList, CreateAccount, ListAccounts};
use trunkline_wire::operator::behaviour::{BehaviourInfo, Change, ChangeBehaviour, ShowBehaviour};

use crate::args::{AccountCommand, BehaviourArgs};
use crate::client::OperatorClient;
use crate::config::Span;
use crate::failure::Failure;
use crate::output::{self, Format};

pub(crate) async fn run(
    client: &OperatorClient,
    format: Format,
    command: AccountCommand,
) -> Result<(), Failure> {
    match command {
        AccountCommand::Create { id } => {
            let account = client.call(&[], &CreateAccount::new(id)).await?;
            let fields = [("id", account.id.to_string()), ("created", output::time(account.created_at))];
            output::object(format, &account, &fields)
        }
        AccountCommand::List => {
            let list = all(client).await?;
            let rows: Vec<_> = list
                .accounts
                .iter()
                .map(|account| [account.id.to_string(), output::time(account.created_at)])
                .collect();
            output::list(format, &list, ["ID", "CREATED"], &rows)
        }
        AccountCommand::Show { id } => {
            let behaviour = client.call(&[id.as_str()], &ShowBehaviour {}).await?;
            output::object(format, &behaviour, &fields(&behaviour))
        }
        AccountCommand::Set { id, behaviour } => {
            let behaviour = client.call(&[id.as_str()], &requested(&behaviour)).await?;
            output::object(format, &behaviour, &fields(&behaviour))
        }
        AccountCommand::Identity(command) => identity::run(client, format, command).await,
        AccountCommand::Messages(command) => messages::run(client, format, command).await,
        AccountCommand::Retention(command) => retention::run(client, format, command).await,
    }
}

fn requested(change: &BehaviourArgs) -> ChangeBehaviour {
    let mut request = ChangeBehaviour::default();
    request.close_after_seconds = seconds(change.close_after);
    request.offer = change.offer.map(Into::into).unwrap_or_default();
    request.ttr_urgent_seconds = seconds(change.ttr_urgent);
    request.ttr_prioritized_seconds = seconds(change.ttr_prioritized);
    request.ttr_normal_seconds = seconds(change.ttr_normal);
    request.web_chat = change.web_chat.unwrap_or_default();
    request
}

fn seconds(change: Option<Change<Span>>) -> Change<u32> {
    match change {
        None | Some(Change::Keep) => Change::Keep,
        Some(Change::Reset) => Change::Reset,
        // The server refuses what is too long.
        Some(Change::Set(span)) => Change::Set(u32::try_from(span.get().as_secs()).unwrap_or(u32::MAX)),
    }
}

fn fields(behaviour: &BehaviourInfo) -> [(&'static str, String); 7] {
    let span = |seconds: u32| Span::from_secs(seconds.into()).to_string();
    [
        ("account", behaviour.account.to_string()),
        ("close after", span(behaviour.close_after_seconds)),
        ("offer", behaviour.offer.as_str().replace('_', "-")),
        ("ttr urgent", span(behaviour.ttr_urgent_seconds)),
        ("ttr prioritized", span(behaviour.ttr_prioritized_seconds)),
        ("ttr normal", span(behaviour.ttr_normal_seconds)),
        ("web chat", behaviour.web_chat.to_string()),
    ]
}

/// Every page.
async fn all(client: &OperatorClient) -> Result<AccountList, Failure> {
    let mut list = client.call(&[], &ListAccounts::default()).await?;
    while let Some(next) = list.next.take() {
        let page = client.call(&[], &ListAccounts(PageQuery::after(Some(next.to_string())))).await?;
        list.accounts.extend(page.accounts);
        list.next = page.next;
    }
    Ok(list)
}
