//! `trunkline app install|list|show|enable|disable|rotate-secret|delete`.

use std::path::Path;

use anyhow::Context as _;
use serde_json::value::RawValue;
use trunkline_wire::operator::apps::{
    AppInfo, DeleteApp, DisableApp, EnableApp, InstallApp, ListApps, RotateSecret, ShowApp,
};

use crate::args::{AppArgs, AppCommand};
use crate::client::OperatorClient;
use crate::failure::{Exit, Failure};
use crate::output::{self, Format};

pub(crate) async fn run(client: &OperatorClient, format: Format, command: AppCommand) -> Result<(), Failure> {
    let one = |app: AppArgs| (app.account.account.to_string(), app.client_id.to_string());
    match command {
        AppCommand::Install { manifest, account } => {
            let request = InstallApp(read_manifest(&manifest)?);
            let app = client.call(&[account.account.as_str()], &request).await?;
            show(format, &app)
        }
        AppCommand::List { account } => {
            let list = client.call(&[account.account.as_str()], &ListApps {}).await?;
            let rows: Vec<_> = list.apps.iter().map(row).collect();
            output::list(format, &list, ["CLIENT ID", "NAME", "STATE", "INSTALLED"], &rows)
        }
        AppCommand::Show(app) => {
            let (account, id) = one(app);
            show(format, &client.call(&[&account, &id], &ShowApp {}).await?)
        }
        AppCommand::Enable(app) => {
            let (account, id) = one(app);
            show(format, &client.call(&[&account, &id], &EnableApp {}).await?)
        }
        AppCommand::Disable(app) => {
            let (account, id) = one(app);
            show(format, &client.call(&[&account, &id], &DisableApp {}).await?)
        }
        AppCommand::RotateSecret { app, overlap } => {
            let (account, id) = one(app);
            let request = RotateSecret::overlapping(overlap.get().as_secs());
            show(format, &client.call(&[&account, &id], &request).await?)
        }
        AppCommand::Delete(app) => {
            let (account, id) = one(app);
            let done = client.call(&[&account, &id], &DeleteApp {}).await?;
            output::object(format, &done, &[("deleted", id)])
        }
    }
}

fn state(app: &AppInfo) -> &'static str {
    if app.manifest.enabled { "enabled" } else { "disabled" }
}

fn row(app: &AppInfo) -> [String; 4] {
    [
        app.client_id.to_string(),
        app.manifest.client_name.clone(),
        state(app).to_owned(),
        output::time(app.client_id_issued_at.millis()),
    ]
}

fn show(format: Format, app: &AppInfo) -> Result<(), Failure> {
    let mut fields = vec![("client id", app.client_id.to_string())];
    fields.extend(app.client_secret.clone().map(|secret| ("client secret", secret)));
    fields.extend([
        ("name", app.manifest.client_name.clone()),
        ("state", state(app).to_owned()),
        ("scope", app.manifest.scope.clone().unwrap_or_default()),
        ("installed", output::time(app.client_id_issued_at.millis())),
    ]);
    output::object(format, app, &fields)
}

/// The manifest as written; the server checks it. Here it only has to be JSON.
fn read_manifest(path: &Path) -> Result<Box<RawValue>, Failure> {
    let (name, text) = if path == Path::new("-") {
        ("standard input".to_owned(), std::io::read_to_string(std::io::stdin()))
    } else {
        (path.display().to_string(), std::fs::read_to_string(path))
    };
    let text = text.with_context(|| format!("cannot read the manifest from {name}")).map_err(|error| {
        Failure::new(Exit::Usage, error).hint("give the path of a JSON file, or - for standard input")
    })?;
    serde_json::from_str(&text).map_err(|error| {
        let error = anyhow::Error::new(error).context(format!("the manifest in {name} is not JSON"));
        Failure::new(Exit::Invalid, error).hint("a manifest is one JSON object with at least \"client_name\"")
    })
}
