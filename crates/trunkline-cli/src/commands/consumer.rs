//! `trunkline consumer erase`.

use trunkline_wire::operator::consumers::EraseConsumer;

use crate::args::{ConsumerCommand, ConsumerName};
use crate::client::OperatorClient;
use crate::failure::{Exit, Failure};
use crate::output::{self, Format};

pub(crate) async fn run(
    client: &OperatorClient,
    format: Format,
    command: ConsumerCommand,
) -> Result<(), Failure> {
    let ConsumerCommand::Erase { account, name } = command;
    let request = match name {
        ConsumerName { consumer: Some(external), id: None } => EraseConsumer::by_external_id(external),
        ConsumerName { consumer: None, id: Some(id) } => EraseConsumer::by_consumer_id(id),
        _ => return Err(Failure::message(Exit::Usage, "one name of the consumer is needed".to_owned())),
    };
    let erased = client.call(&[account.account.as_str()], &request).await?;
    if erased.conversations == 0 && erased.files == 0 && !erased.profile {
        eprintln!("nothing of this consumer was there (any more): is the name right?");
    }
    let fields = [
        ("consumer", erased.consumer_id.to_string()),
        ("conversations", erased.conversations.to_string()),
        ("entries", erased.entries.to_string()),
        ("files", erased.files.to_string()),
        ("profile", if erased.profile { "yes" } else { "none" }.to_owned()),
    ];
    output::object(format, &erased, &fields)
}
