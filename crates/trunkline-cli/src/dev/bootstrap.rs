//! What `serve --dev` finds or makes in the store: an account, an admin, an agent and an app.

use std::io;

use anyhow::Context as _;
use data_encoding::HEXLOWER;
use trunkline_model::{PageRequest, Rng, Role, Secret};
use trunkline_services::auth::{AccountAdmin, Operator};
use trunkline_services::users::NewUser;
use trunkline_services::{Error, Services};
use trunkline_wire::AccountId;
use trunkline_wire::installations::Manifest;

use super::ACCOUNT;
use super::file::{App, DevFile, Login};
use crate::data_dir::{DataDir, Mode, write_atomically};
use crate::failure::{Exit, Failure};

/// The name of the app that `serve --dev` installs.
const APP_NAME: &str = "dev.trunkline.local-connector";
/// The official sample shows it (spec 10 §2 C4).
const APP_DESCRIPTION: &str = "The connector that you develop";

/// Makes the account and its credentials on an empty store; on a used one takes them from `dev.json`. The addresses
/// are left empty: they are known once the server serves.
///
/// A marker file is there from the first change to the end of [`finish`]: a start that was killed in between is taken
/// up by the next one, while a used store without `dev.json` is left alone.
pub(crate) async fn bootstrap(
    services: &Services,
    data_dir: &DataDir,
    rng: &dyn Rng,
) -> Result<DevFile, Failure> {
    let operator = Operator::this_process();
    let file = data_dir.dev_file();
    if let Some(found) = DevFile::read(&file)? {
        let account = AccountId::parse(&found.account).context("dev.json names no account")?;
        let known = services.accounts.known(&account).await.context("cannot read the account")?;
        return match known {
            // The directory may have been moved, or restored elsewhere.
            Some(_) => Ok(DevFile { ca_file: ca_file(data_dir)?, ..found }),
            None => Err(Failure::message(
                Exit::Conflict,
                format!("{} does not belong to this store: account {account} is unknown", file.display()),
            )
            .hint("remove dev.json, or use another --data-dir")),
        };
    }
    let marker = data_dir.dev_marker();
    if !marker.exists() {
        let accounts = services.accounts.list(&operator, PageRequest::first(1)).await;
        if !accounts.context("cannot read the accounts")?.items.is_empty() {
            let dir = data_dir.path().display();
            let message = format!("the store in {dir} is in use, but {} is missing", file.display());
            return Err(Failure::message(Exit::Failure, message).hint(
                "its credentials are stored nowhere else: start without --dev, or use another --data-dir",
            ));
        }
        write_atomically(&marker, b"", Mode::Private)
            .with_context(|| format!("cannot write {}", marker.display()))?;
    }
    Setup { services, operator, rng }.run(data_dir).await
}

/// Writes `dev.json` with the addresses; now the store is set up.
pub(crate) fn finish(dev: &DevFile, data_dir: &DataDir) -> Result<(), Failure> {
    dev.write(&data_dir.dev_file())?;
    match std::fs::remove_file(data_dir.dev_marker()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(anyhow::Error::new(error).context("cannot remove dev.incomplete").into())
        }
        _ => Ok(()),
    }
}

/// Makes what is missing; what an earlier attempt made is taken over, with new passwords.
struct Setup<'a> {
    services: &'a Services,
    operator: Operator,
    rng: &'a dyn Rng,
}

impl Setup<'_> {
    async fn run(&self, data_dir: &DataDir) -> Result<DevFile, Failure> {
        let account = AccountId::parse(ACCOUNT).context("the development account")?;
        match self.services.accounts.create(&self.operator, account.clone()).await {
            Ok(_) | Err(Error::Duplicate(_)) => {}
            Err(error) => return Err(anyhow::Error::new(error).context("cannot create the account").into()),
        }
        let on_account = self.operator.account_admin(account);
        let admin = self.user(&on_account, "admin", Role::Admin).await?;
        let agent = self.user(&on_account, "agent", Role::Agent).await?;
        let app = self.app(&on_account).await.context("cannot install the app")?;
        Ok(DevFile {
            account: ACCOUNT.to_owned(),
            http: String::new(),
            https: String::new(),
            ca_file: ca_file(data_dir)?,
            admin,
            agent,
            app,
        })
    }

    async fn user(&self, account: &AccountAdmin, name: &str, role: Role) -> Result<Login, Failure> {
        let password = HEXLOWER.encode(&self.rng.bytes::<16>());
        let users = &self.services.users;
        let secret = || Secret::new(password.clone());
        let created = users.create(account, NewUser::new(name.to_owned(), role, secret()));
        let made = match created.await {
            Err(Error::Duplicate(_)) => users.set_password(account, name, secret()).await.map(drop),
            other => other.map(drop),
        };
        made.with_context(|| format!("cannot create the user {name}"))?;
        Ok(Login { username: name.to_owned(), password })
    }

    async fn app(&self, account: &AccountAdmin) -> Result<App, Error> {
        let installations = &self.services.installations;
        let (apps, _) = installations.list(account).await?;
        let app = match apps.into_iter().find(|app| app.app.manifest.client_name == APP_NAME) {
            Some(app) => app,
            None => installations.create(account, manifest(), None).await?.0,
        };
        Ok(App { client_id: app.app.id.to_string(), client_secret: app.secret.expose().to_owned() })
    }
}

fn ca_file(data_dir: &DataDir) -> anyhow::Result<String> {
    let path = std::path::absolute(data_dir.ca_file()).context("cannot tell the path of dev-ca.pem")?;
    Ok(path.display().to_string())
}

fn manifest() -> Manifest {
    let mut manifest = Manifest::connector(APP_NAME);
    manifest.description = Some(APP_DESCRIPTION.to_owned());
    manifest
}
