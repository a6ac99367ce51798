//! `trunkline user key create|list|revoke`.

use trunkline_wire::operator::user_keys::{
    CreateUserKey, ListUserKeys, NewUserKey, RevokeUserKey, UserKeyInfo,
};

use crate::args::UserKeyCommand;
use crate::client::OperatorClient;
use crate::failure::Failure;
use crate::output::{self, Format};

pub(super) async fn run(
    client: &OperatorClient,
    format: Format,
    command: UserKeyCommand,
) -> Result<(), Failure> {
    match command {
        UserKeyCommand::Create { name, account } => {
            let key = client.call(&[account.account.as_str(), &name], &CreateUserKey {}).await?;
            output::object(format, &key, &fields(&key))
        }
        UserKeyCommand::List { name, account } => {
            let list = client.call(&[account.account.as_str(), &name], &ListUserKeys {}).await?;
            let rows: Vec<_> = list.keys.iter().map(row).collect();
            output::list(format, &list, ["APP KEY", "CREATED"], &rows)
        }
        UserKeyCommand::Revoke { name, app_key, account } => {
            let parameters = [account.account.as_str(), &name, app_key.as_str()];
            let done = client.call(&parameters, &RevokeUserKey {}).await?;
            output::object(format, &done, &[("revoked", app_key.to_string())])
        }
    }
}

fn row(key: &UserKeyInfo) -> [String; 2] {
    [key.app_key.to_string(), output::time(key.created_at)]
}

/// In the words that clients are configured with.
fn fields(key: &NewUserKey) -> [(&'static str, String); 6] {
    [
        ("username", key.username.clone()),
        ("appKey", key.app_key.to_string()),
        ("secret", key.secret.clone()),
        ("accessToken", key.access_token.clone()),
        ("accessTokenSecret", key.access_token_secret.clone()),
        ("created", output::time(key.created_at)),
    ]
}
