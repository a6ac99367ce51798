//! A connector app as a caller.

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_services::auth::{AccountAdmin, Operator};
use trunkline_wire::installations::Manifest;
use trunkline_wire::{AccountId, AppInstallationId};

use crate::{Answer, Consumer, TestServer};

/// An installed app.
pub struct App<'a> {
    /// The server it is installed on.
    pub server: &'a TestServer,
    /// Its account.
    pub account: String,
    /// `client_id`.
    pub id: AppInstallationId,
    /// `client_secret`.
    pub secret: String,
}

impl<'a> App<'a> {
    pub(crate) async fn install(server: &'a TestServer, account: &str, name: &str) -> Self {
        Self::install_with(server, account, json!({"client_name": name})).await
    }

    pub(crate) async fn install_with(server: &'a TestServer, account: &str, members: Value) -> Self {
        let manifest = manifest(members);
        let admin = Operator::this_process().account_admin(AccountId::parse(account).expect("an account id"));
        let (installed, _) =
            server.services.installations.create(&admin, manifest, None).await.expect("a new app");
        Self {
            server,
            account: account.to_owned(),
            id: installed.app.id,
            secret: installed.secret.expose().to_owned(),
        }
    }

    /// Replaces the app's manifest by one of these members and the basics of a connector.
    pub async fn update(&self, members: Value) {
        let (admin, manifest) = (self.admin(), manifest(members));
        let installations = &self.server.services.installations;
        installations.update(&admin, self.id, manifest, None).await.expect("a changed app");
    }

    /// Enables or disables the app.
    pub async fn set_enabled(&self, enabled: bool) {
        let installations = &self.server.services.installations;
        installations.set_enabled(&self.admin(), self.id, enabled).await.expect("a changed app");
    }

    /// Somebody who may administer the app's account.
    pub fn admin(&self) -> AccountAdmin {
        let account = AccountId::parse(&self.account).expect("an account id");
        Operator::this_process().account_admin(account)
    }

    /// A fresh AppJWT over HTTP.
    pub async fn app_jwt(&self) -> String {
        let answer = self.token().await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["access_token"].as_str().expect("a token").to_owned()
    }

    /// Asks Sentinel for a token, as the official sample does: everything in the query.
    pub async fn token(&self) -> Answer {
        let path = format!(
            "/sentinel/api/account/{}/app/token?v=1.0&grant_type=client_credentials&client_id={}&client_secret={}",
            self.account, self.id, self.secret
        );
        let request = self.server.request(Method::POST, &path);
        Answer::to(request.header("content-type", "application/x-www-form-urlencoded")).await
    }

    /// The app speaking for a consumer.
    pub async fn consumer(&self, external_id: &str) -> Consumer<'a> {
        let app_jwt = self.app_jwt().await;
        let path = format!("/api/account/{}/consumer?v=1.0", self.account);
        let request = self.server.request(Method::POST, &path).header("authorization", &app_jwt);
        let answer = Answer::to(request.json(&json!({"ext_consumer_id": external_id}))).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let jws = answer.json()["token"].as_str().expect("a token").to_owned();
        Consumer { server: self.server, account: self.account.clone(), app_jwt, jws }
    }
}

fn manifest(members: Value) -> Manifest {
    let mut manifest = json!({
        "grant_types": ["client_credentials"],
        "scope": "msg.consumer",
        "capabilities": {"webhooks": {}},
    });
    if let (Value::Object(manifest), Value::Object(members)) = (&mut manifest, members) {
        manifest.extend(members);
    }
    serde_json::from_value(manifest).expect("a manifest")
}
