//! `trunkline account create|list|show|set|identity`.

mod identity;

use trunkline_wire::operator::PageQuery;
use trunkline_wire::operator::accounts::{AccountList, CreateAccount, ListAccounts};
use trunkline_wire::operator::behaviour::{BehaviourInfo, ChangeBehaviour, ShowBehaviour};

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
    }
}

fn requested(change: &BehaviourArgs) -> ChangeBehaviour {
    // The server refuses what is too long.
    let seconds = |span: Span| u32::try_from(span.get().as_secs()).unwrap_or(u32::MAX);
    let mut request = ChangeBehaviour::new(change.close_after.map(seconds), change.offer.map(Into::into));
    request.web_chat = change.web_chat;
    request
}

fn fields(behaviour: &BehaviourInfo) -> [(&'static str, String); 4] {
    [
        ("account", behaviour.account.to_string()),
        ("close after", Span::from_secs(behaviour.close_after_seconds.into()).to_string()),
        ("offer", behaviour.offer.as_str().replace('_', "-")),
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
