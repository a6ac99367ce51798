//! `trunkline account create|list`.

use trunkline_wire::operator::PageQuery;
use trunkline_wire::operator::accounts::{AccountList, CreateAccount, ListAccounts};

use crate::args::AccountCommand;
use crate::client::OperatorClient;
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
    }
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
