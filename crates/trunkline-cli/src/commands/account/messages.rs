//! `trunkline account messages set|show|clear`.

use anyhow::Context as _;
use trunkline_wire::operator::auto_messages::{
    AutoMessages, ClearAutoMessages, SetAutoMessages, ShowAutoMessages,
};

use crate::args::MessagesCommand;
use crate::client::OperatorClient;
use crate::commands::document::{self, Kind};
use crate::failure::Failure;
use crate::output::{self, Format};

const KIND: Kind = Kind {
    name: "file of messages",
    max_bytes: 256 * 1024,
    hint: "docs/auto-messages.md describes the format, examples/messages.toml is one",
};

pub(super) async fn run(
    client: &OperatorClient,
    format: Format,
    command: MessagesCommand,
) -> Result<(), Failure> {
    match command {
        MessagesCommand::Set { file, account } => {
            let messages = SetAutoMessages(document::read(&file, KIND, parse)?);
            show(format, &client.call(&[account.account.as_str()], &messages).await?)
        }
        MessagesCommand::Show { account } => {
            show(format, &client.call(&[account.account.as_str()], &ShowAutoMessages {}).await?)
        }
        MessagesCommand::Clear { account } => {
            let account = account.account;
            let done = client.call(&[account.as_str()], &ClearAutoMessages {}).await?;
            output::object(format, &done, &[("cleared", account.to_string())])
        }
    }
}

fn parse(text: &str) -> anyhow::Result<AutoMessages> {
    Ok(toml::from_str(text)?)
}

/// Prints messages as the file they could have come from.
fn show(format: Format, messages: &AutoMessages) -> Result<(), Failure> {
    match format {
        Format::Json => output::object(format, messages, &[]),
        Format::Text => {
            let text = toml::to_string_pretty(messages).context("cannot print the messages as TOML")?;
            output::print(&text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_one_and_what_is_shown_reads_back() {
        let messages = parse(include_str!("../../../../../examples/messages.toml")).unwrap();
        let checked = trunkline_model::AutoMessages::new(messages).unwrap();
        let shown = toml::to_string_pretty(checked.definition()).unwrap();
        assert_eq!(parse(&shown).unwrap(), *checked.definition());
    }

    #[test]
    fn a_mistake_is_shown_with_its_place() {
        for (text, expected) in [
            ("welcome = 5", "welcome"),
            ("greeting = \"Hi.\"", "unknown field `greeting`"),
            ("welcome", "line 1"),
        ] {
            let refused = format!("{:#}", parse(text).unwrap_err());
            assert!(refused.contains(expected), "{text}: {refused}");
        }
    }
}
