//! `trunkline audit list`.

use trunkline_model::Clock as _;
use trunkline_wire::EpochMillis;
use trunkline_wire::operator::audit::{AuditInfo, AuditList, ListAudit};

use crate::args::AuditCommand;
use crate::client::OperatorClient;
use crate::clock::SystemClock;
use crate::failure::Failure;
use crate::output::{self, Format};

pub(crate) async fn run(
    client: &OperatorClient,
    format: Format,
    command: AuditCommand,
) -> Result<(), Failure> {
    let AuditCommand::List { account, since } = command;
    let since = since.map(|since| since.at(SystemClock.now()));
    let list = all(client, account.account.as_str(), since).await?;
    let rows: Vec<_> = list.entries.iter().map(row).collect();
    output::list(format, &list, ["NUMBER", "AT", "ACTOR", "ACTION", "SUBJECT", "DETAILS"], &rows)
}

/// Every page.
async fn all(
    client: &OperatorClient,
    account: &str,
    since: Option<EpochMillis>,
) -> Result<AuditList, Failure> {
    let mut list = client.call(&[account], &ListAudit::new(since, None)).await?;
    while let Some(next) = list.next.take() {
        let page = client.call(&[account], &ListAudit::new(since, Some(next))).await?;
        list.entries.extend(page.entries);
        list.next = page.next;
    }
    Ok(list)
}

fn row(info: &AuditInfo) -> [String; 6] {
    [
        info.number.to_string(),
        output::time(info.at),
        info.actor.clone(),
        info.action.clone(),
        info.subject.clone().unwrap_or_default(),
        info.details.as_str().to_owned(),
    ]
}
