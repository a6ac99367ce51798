//! `trunkline account identity set|show|clear`.

use trunkline_wire::operator::identity_provider::{
    ClearIdentityProvider, IdentityProvider, SetIdentityProvider, ShowIdentityProvider,
};

use crate::args::IdentityCommand;
use crate::client::OperatorClient;
use crate::commands::document::{self, Kind};
use crate::failure::Failure;
use crate::output::{self, Format};

const KIND: Kind =
    Kind { name: "identity provider", max_bytes: 256 * 1024, hint: "docs/web-chat.md describes the format" };

pub(super) async fn run(
    client: &OperatorClient,
    format: Format,
    command: IdentityCommand,
) -> Result<(), Failure> {
    match command {
        IdentityCommand::Set { file, account } => {
            let provider = SetIdentityProvider(document::read(&file, KIND, parse)?);
            show(format, &client.call(&[account.account.as_str()], &provider).await?)
        }
        IdentityCommand::Show { account } => {
            show(format, &client.call(&[account.account.as_str()], &ShowIdentityProvider {}).await?)
        }
        IdentityCommand::Clear { account } => {
            let account = account.account;
            let done = client.call(&[account.as_str()], &ClearIdentityProvider {}).await?;
            output::object(format, &done, &[("cleared", account.to_string())])
        }
    }
}

fn parse(text: &str) -> anyhow::Result<IdentityProvider> {
    let provider: IdentityProvider = serde_json::from_str(text)?;
    // It would be left out on the way, and the file with it stay where it is.
    anyhow::ensure!(
        !provider.keys.iter().any(|key| key.is_private),
        "one of the keys is private; only public keys belong here"
    );
    Ok(provider)
}

fn show(format: Format, provider: &IdentityProvider) -> Result<(), Failure> {
    let kids = provider.keys.iter().map(|key| key.kid.as_deref().unwrap_or("unnamed"));
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let fields = [
        ("name", or_none(&provider.name)),
        ("issuer", provider.issuer.clone()),
        ("audience", or_none(&provider.audience)),
        ("keys", kids.collect::<Vec<_>>().join(", ")),
    ];
    output::object(format, provider, &fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwks_fits_in_and_private_keys_are_refused() {
        let file = |key: &str| format!(r#"{{"issuer":"https://id.example.org","keys":[{key}]}}"#);
        let key = r#"{"kty":"RSA","kid":"a","use":"sig","alg":"RS256","n":"AQ","e":"AQAB","x5t":"…"}"#;
        let provider = parse(&file(key)).unwrap();
        assert_eq!((provider.keys[0].kid.as_deref(), provider.audience), (Some("a"), None));
        let private = r#"{"kty":"RSA","n":"AQ","e":"AQAB","d":"AQ"}"#;
        assert!(parse(&file(private)).unwrap_err().to_string().contains("private"));
        for broken in ["", "{}", r#"{"issuer":"x","keys":[],"extra":1}"#] {
            assert!(parse(broken).is_err(), "{broken}");
        }
    }
}
