//! `trunkline key list|rotate`.

use trunkline_wire::operator::keys::{KeyInfo, KeyList, ListKeys, Purpose, RotateKey};

use crate::args::KeyCommand;
use crate::client::OperatorClient;
use crate::failure::Failure;
use crate::output::{self, Format};

pub(crate) async fn run(client: &OperatorClient, format: Format, command: KeyCommand) -> Result<(), Failure> {
    let keys: KeyList = match command {
        KeyCommand::List => client.call(&[], &ListKeys {}).await?,
        KeyCommand::Rotate { purpose } => {
            client.call(&[Purpose::from(purpose).as_str()], &RotateKey {}).await?
        }
    };
    let rows: Vec<_> = keys.keys.iter().map(row).collect();
    output::list(format, &keys, ["KID", "PURPOSE", "STATE", "CREATED", "RETIRED"], &rows)
}

fn row(key: &KeyInfo) -> [String; 5] {
    [
        key.kid.clone(),
        key.purpose.as_str().to_owned(),
        key.state.as_str().to_owned(),
        output::time(key.created_at),
        key.retired_at.map(output::time).unwrap_or_default(),
    ]
}
