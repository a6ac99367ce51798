//! Every kind of caller on one server, and a request to every route.

pub(crate) mod call;
pub(crate) mod delivery;
pub(crate) mod routes;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_jose::TempUrlKey;
use trunkline_model::{KeyPurpose, Role};
use trunkline_services::auth::{AccountAdmin, Operator};
use trunkline_testkit::{Answer, App, Session, Settings, TestServer};
use trunkline_wire::files::FilePath;
use trunkline_wire::{AccountId, AppKey, SkillId};

use crate::files;
use crate::forgery::signed;
use delivery::Delivery;

/// The account next door.
pub(crate) const ELSEWHERE: &str = "20030040";

/// What a connector holds.
pub(crate) struct Connector {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) app_jwt: String,
}

/// A server with two accounts and every kind of caller, good and bad.
pub(crate) struct World {
    pub(crate) server: TestServer,
    pub(crate) app: Connector,
    /// Consumer without a conversation.
    pub(crate) newcomer: String,
    /// Consumer with an open conversation.
    pub(crate) talker: String,
    pub(crate) conversation: String,
    /// Another consumer of the same account, with an open conversation.
    pub(crate) stranger: String,
    pub(crate) expired_app_jwt: String,
    pub(crate) disabled: Connector,
    pub(crate) deleted: Connector,
    pub(crate) unscoped: Connector,
    pub(crate) elsewhere: Connector,
    pub(crate) consumer_elsewhere: String,
    /// A consumer without a connector: an identity to exchange, and the token for it.
    pub(crate) id_token: String,
    pub(crate) consumer_token: String,
    pub(crate) admin: Session,
    /// A session to refresh and to end.
    pub(crate) visitor: Session,
    pub(crate) agent: Session,
    pub(crate) manager: Session,
    pub(crate) disabled_user: Session,
    pub(crate) signed_out: Session,
    pub(crate) expired: Session,
    pub(crate) admin_elsewhere: Session,
    /// An app for requests that change or delete one over the configuration API.
    pub(crate) app_to_configure: String,
    /// An app for requests that change or delete one over the operator API.
    pub(crate) app_to_operate: String,
    /// Deliveries to [`Self::app`] and to [`Self::app_to_operate`].
    pub(crate) deliveries: [Delivery; 2],
    /// A delivery to [`Self::app_to_operate`].
    pub(crate) delivery: String,
    /// API keys as bodies of a login: of the user `victim`, of the disabled user `gone`, of the one next door, a revoked one.
    pub(crate) keys: [Value; 4],
    /// A skill of the account.
    pub(crate) skill: SkillId,
    /// `relativePath` of a file that the talker uploaded.
    pub(crate) file: String,
    /// What signs the URLs of files, here and next door.
    url_keys: [TempUrlKey; 2],
    pub(crate) jwks: Value,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one of everything, in the order in which it depends on each other"
    )]
    pub(crate) async fn with(mut settings: Settings) -> Self {
        settings.options.idp.identities.anonymous = true;
        settings.options.idp.identities.per_minute = 100_000;
        let server = TestServer::with(settings).await;
        let here = TestServer::ACCOUNT;
        server.create_account(ELSEWHERE).await;
        server.create_user(ELSEWHERE, "eve", Role::Admin).await;
        for (name, role) in [
            ("agent", Role::Agent),
            ("manager", Role::Manager),
            ("gone", Role::Admin),
            ("leaver", Role::Admin),
            ("victim", Role::Agent),
        ] {
            server.create_user(here, name, role).await;
        }
        let app = server.app().await;
        let expired_app_jwt = app.app_jwt().await;
        let expired = server.sign_in(here, TestServer::ADMIN).await;
        // Longer than the life of a session, hence than that of an AppJWT.
        server.clock.advance(Duration::from_hours(8) + Duration::from_secs(1));

        let consumer = async |app: &App<'_>, name: &str| app.consumer(name).await.jws;
        let (talker, stranger) = (app.consumer("crm-1").await, app.consumer("crm-2").await);
        let conversation = talker.open().await;
        talker.say(&conversation, "Is the shop open?").await;
        stranger.open().await;
        let file = files::uploaded(&talker, b"GIF89a, and what follows is not looked at").await;
        let newcomer = consumer(&app, "crm-3").await;
        let app_elsewhere = server.app_named(ELSEWHERE, "elsewhere").await;
        let consumer_elsewhere = consumer(&app_elsewhere, "crm-1").await;

        let operator = Operator::this_process();
        let admin = operator.account_admin(TestServer::account());
        let disabled = server.app_named(here, "disabled").await;
        let deleted = server.app_named(here, "deleted").await;
        let unscoped = server.app_named(here, "unscoped").await;
        let to_configure = server.app_named(here, "to-configure").await;
        let to_operate = server.app_named(here, "to-operate").await;
        let (disabled_id, deleted_id) = (disabled.id, deleted.id);
        let ids = (to_configure.id.to_string(), to_operate.id.to_string());
        let connectors = (
            connector(&app).await,
            connector(&disabled).await,
            connector(&deleted).await,
            // Its token is for something else than speaking for consumers.
            Connector { app_jwt: app_jwt(&server, &unscoped, "other.scope"), ..connector(&unscoped).await },
            connector(&app_elsewhere).await,
        );
        server.services.installations.set_enabled(&admin, disabled_id, false).await.unwrap();
        server.services.installations.delete(&admin, deleted_id, None).await.unwrap();

        let skill = server.services.skills.create(&admin, "orders".to_owned()).await.unwrap().id;
        let survey = json!({"question": [{"id": "q", "text": "How was it?", "kind": "csat"}]});
        let survey = serde_json::from_value(survey).unwrap();
        server.services.settings.set_survey(&admin, survey).await.unwrap();
        let messages = serde_json::from_value(json!({"welcome": "Hello."})).unwrap();
        server.services.settings.set_auto_messages(&admin, messages).await.unwrap();
        let next_door = operator.account_admin(AccountId::parse(ELSEWHERE).unwrap());
        let keys = [
            api_key(&server, &admin, "victim").await,
            api_key(&server, &admin, "gone").await,
            api_key(&server, &next_door, "eve").await,
            api_key(&server, &admin, TestServer::ADMIN).await,
        ];
        let revoked = AppKey::parse(keys[3]["appKey"].as_str().unwrap()).unwrap();
        server.services.users.revoke_key(&admin, TestServer::ADMIN, &revoked).await.unwrap();

        let account = TestServer::account();
        let deliveries = [
            Delivery::to(&server, &account, app.id).await,
            Delivery::to(&server, &account, to_operate.id).await,
        ];
        delivery::store(&server, to_operate.id, vec![delivery::record(1_700_000_000_001)]).await;

        let identity = server.post_idp("anonymous/authorize", &json!({})).await.json();
        let id_token = identity["token"].as_str().unwrap().to_owned();
        let exchange = json!({"id_token": id_token});
        let exchanged = server.post_idp("app/web/authenticate?v=3.0", &exchange).await.json();
        let consumer_token = exchanged["token"].as_str().unwrap().to_owned();
        let sign_in = async |name: &str| server.sign_in(here, name).await;
        let (disabled_user, signed_out) = (sign_in("gone").await, sign_in("leaver").await);
        server.services.users.disable(&admin, "gone").await.unwrap();
        assert_eq!(signed_out.post(&server, "logout").await.status, 200);
        Self {
            newcomer,
            talker: talker.jws,
            stranger: stranger.jws,
            conversation,
            expired_app_jwt,
            consumer_elsewhere,
            id_token,
            consumer_token,
            admin: sign_in(TestServer::ADMIN).await,
            visitor: sign_in(TestServer::ADMIN).await,
            agent: sign_in("agent").await,
            manager: sign_in("manager").await,
            disabled_user,
            signed_out,
            expired,
            admin_elsewhere: server.sign_in(ELSEWHERE, "eve").await,
            app: connectors.0,
            disabled: connectors.1,
            deleted: connectors.2,
            unscoped: connectors.3,
            elsewhere: connectors.4,
            app_to_configure: ids.0,
            app_to_operate: ids.1,
            deliveries,
            delivery: "1700000000001".to_owned(),
            keys,
            skill,
            url_keys: [files::key(&server, here).await, files::key(&server, ELSEWHERE).await],
            file,
            jwks: server.get("/sentinel/well-known/jwks").await.json(),
            server,
        }
    }

    /// The query of a signed URL.
    pub(crate) fn signed_url(&self, path: &str, method: &str, expires: i64) -> String {
        files::query(&self.url_keys[0], path, method, expires)
    }

    /// The query of a URL of [`Self::file`] that the account next door signed.
    pub(crate) fn signed_url_elsewhere(&self, method: &str, expires: i64) -> String {
        files::query(&self.url_keys[1], &self.file, method, expires)
    }

    /// Everything that a request could have changed, as its owners see it.
    pub(crate) async fn state(&self) -> Value {
        let mut state = Vec::new();
        for admin in [&self.admin, &self.admin_elsewhere] {
            let request = admin.configuration(&self.server, Method::GET, "app-install/installations?v=1.0");
            let apps = Answer::to(request).await;
            state.push(json!([apps.header("ac-revision"), apps.json()]));
        }
        for path in [
            "accounts",
            "accounts/10020030/users",
            "accounts/20030040/users",
            "accounts/10020030/users/victim/keys",
            "accounts/10020030/skills",
            "accounts/10020030/behaviour",
            "accounts/20030040/behaviour",
            "accounts/10020030/engagements",
            "accounts/20030040/engagements",
            "keys",
        ] {
            state.push(self.operator(&format!("/operator/v1/{path}?limit=500")).await);
        }
        let log =
            format!("/operator/v1/accounts/10020030/conversations/{}/log?limit=1000", self.conversation);
        state.push(self.operator(&log).await);
        let deliveries =
            format!("/operator/v1/accounts/10020030/apps/{}/deliveries?limit=500", self.app_to_operate);
        state.push(self.operator(&deliveries).await);
        state.push(json!(self.deliveries.each_ref().map(|delivery| format!("{:?}", delivery.asked()))));
        for session in [&self.admin, &self.visitor, &self.agent, &self.manager] {
            let account = AccountId::parse(&session.account).unwrap();
            assert!(self.server.services.auth.signed_in(&account, Some(&session.bearer)).await.is_ok());
        }
        let settings = self.server.services.settings.of(&TestServer::account()).await.unwrap();
        state.push(json!(format!("{settings:?}")));
        let file = FilePath::parse(&self.file).unwrap();
        let file = self.server.services.storage.file(&file).await.unwrap();
        state.push(json!([format!("{file:?}"), self.server.stored_blobs()]));
        state.push(json!(self.has_open_conversation(&self.newcomer).await));
        json!(state)
    }

    async fn operator(&self, path: &str) -> Value {
        let request = self.server.request(Method::GET, path).bearer_auth(TestServer::OPERATOR_TOKEN);
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    async fn has_open_conversation(&self, jws: &str) -> bool {
        let auth = &self.server.services.auth;
        let account = TestServer::account();
        let caller = auth.on_behalf(&account, Some(&self.app.app_jwt), Some(jws)).await.unwrap();
        let open = self.server.services.storage.open_conversation_of(&account, caller.consumer()).await;
        open.unwrap().is_some()
    }
}

/// A new API key of a user, as the body of a login.
pub(crate) async fn api_key(server: &TestServer, admin: &AccountAdmin, name: &str) -> Value {
    let key = server.services.users.create_key(admin, name).await.unwrap();
    let secrets = &key.secrets;
    json!({"username": key.login_name, "appKey": key.app_key, "secret": secrets.secret.expose(),
        "accessToken": secrets.access_token.expose(), "accessTokenSecret": secrets.access_token_secret.expose()})
}

async fn connector(app: &App<'_>) -> Connector {
    Connector { id: app.id.to_string(), secret: app.secret.clone(), app_jwt: app.app_jwt().await }
}

/// A well signed AppJWT of any scope.
pub(crate) fn app_jwt(server: &TestServer, app: &App<'_>, scope: &str) -> String {
    let now = server.services.clock.now().seconds();
    let claims = json!({"aud": app.account, "azp": app.id.to_string(), "scope": scope, "iss": "Sentinel",
        "exp": now.0 + 3600, "iat": now.0});
    signed(server, KeyPurpose::AppJwt, &claims)
}
