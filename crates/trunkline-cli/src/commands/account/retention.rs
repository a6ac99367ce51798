//! `trunkline account retention set|show|clear`.

use trunkline_wire::operator::retention::{ClearRetention, Retention, SetRetention, ShowRetention};

use crate::args::{Keep, RetentionCommand};
use crate::client::OperatorClient;
use crate::config::Span;
use crate::failure::Failure;
use crate::output::{self, Format};

pub(super) async fn run(
    client: &OperatorClient,
    format: Format,
    command: RetentionCommand,
) -> Result<(), Failure> {
    match command {
        RetentionCommand::Set { content, account } => {
            let content_seconds = match content {
                Keep::Forever => None,
                // The server refuses what is too long.
                Keep::For(span) => Some(u32::try_from(span.get().as_secs()).unwrap_or(u32::MAX)),
            };
            let retention = SetRetention(Retention { content_seconds });
            show(format, client.call(&[account.account.as_str()], &retention).await?)
        }
        RetentionCommand::Show { account } => {
            show(format, client.call(&[account.account.as_str()], &ShowRetention {}).await?)
        }
        RetentionCommand::Clear { account } => {
            let account = account.account;
            let done = client.call(&[account.as_str()], &ClearRetention {}).await?;
            output::object(format, &done, &[("cleared", account.to_string())])
        }
    }
}

fn show(format: Format, retention: Retention) -> Result<(), Failure> {
    let span = |seconds: u32| Span::from_secs(seconds.into()).to_string();
    let content = retention.content_seconds.map_or_else(|| "forever".to_owned(), span);
    output::object(format, &retention, &[("content", content)])
}
