//! Webhook deliveries as operators and connectors see them.

mod list;
mod replay;
mod state;
mod tail;
mod trial;

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_services::auth::Operator;
use trunkline_testkit::{Answer, Settings, TestServer};
use trunkline_wire::AppInstallationId;

use crate::world::delivery::Delivery;

/// A server with an app that has a webhook, and the delivery to it.
struct Platform {
    server: TestServer,
    app: AppInstallationId,
    app_jwt: String,
    delivery: Delivery,
}

impl Platform {
    async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    async fn with(settings: Settings) -> Self {
        let server = TestServer::with(settings).await;
        let app = server.app().await;
        let (id, app_jwt) = (app.id, app.app_jwt().await);
        let delivery = Delivery::to(&server, &TestServer::account(), id).await;
        Self { server, app: id, app_jwt, delivery }
    }

    fn path(&self, rest: &str) -> String {
        format!("/operator/v1/accounts/10020030/apps/{}/deliveries{rest}", self.app)
    }

    async fn get(&self, rest: &str) -> Answer {
        let request = self.server.request(Method::GET, &self.path(rest));
        Answer::to(request.bearer_auth(TestServer::OPERATOR_TOKEN)).await
    }

    async fn post(&self, rest: &str, body: &Value) -> Answer {
        let request = self.server.request(Method::POST, &self.path(rest));
        Answer::to(request.bearer_auth(TestServer::OPERATOR_TOKEN).json(body)).await
    }

    /// Disables the app.
    async fn disable(&self) {
        let admin = Operator::this_process().account_admin(TestServer::account());
        self.server.services.installations.set_enabled(&admin, self.app, false).await.unwrap();
    }
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, code: &str, words: &str) {
    let error = &answer.json()["error"];
    assert_eq!((answer.status, &error["code"]), (status, &json!(code)), "{answer:?}");
    assert!(error["message"].as_str().unwrap().contains(words), "{answer:?}");
}
