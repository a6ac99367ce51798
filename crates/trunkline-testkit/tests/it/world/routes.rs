//! For every route a request that succeeds with good credentials.

use std::fmt::Write as _;

use serde_json::json;
use trunkline_http::RouteInfo;
use trunkline_testkit::TestServer;
use trunkline_wire::Auth;
use trunkline_wire::history;

use super::World;
use super::call::Call;

/// A request to one route, without credentials.
pub(crate) struct Case {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// The query.
    query: &'static str,
    body: fn(&World) -> String,
}

const fn case(
    method: &'static str,
    path: &'static str,
    query: &'static str,
    body: fn(&World) -> String,
) -> Case {
    Case { method, path, query, body }
}

fn none(_: &World) -> String {
    String::new()
}

fn empty(_: &World) -> String {
    "{}".to_owned()
}

fn image(_: &World) -> String {
    "GIF89a, and what follows is not looked at".to_owned()
}

fn manifest(_: &World) -> String {
    json!({"client_name": "com.example.new", "scope": "msg.consumer", "capabilities": {"webhooks": {}}})
        .to_string()
}

fn renamed(_: &World) -> String {
    json!({"client_name": "com.example.renamed", "scope": "msg.consumer"}).to_string()
}

fn conversation(_: &World) -> String {
    json!([
        {"kind": "req", "id": "a1", "type": "userprofile.SetUserProfile", "body": {}},
        {"kind": "req", "id": "a2", "type": "cm.ConsumerRequestConversation", "body": {"brandId": TestServer::ACCOUNT}},
    ])
    .to_string()
}

fn send(world: &World) -> String {
    json!({"kind": "req", "id": "7", "type": "ms.PublishEvent", "body": {"dialogId": world.conversation,
        "event": {"type": "ContentEvent", "contentType": "text/plain", "message": "a side effect"}}})
    .to_string()
}

/// What stands in a path for the bearer that is missing.
pub(crate) const NO_BEARER: &str = "no-bearer";

/// The request with this bearer in its path.
pub(crate) fn with_bearer_in_path(call: &Call, bearer: &str) -> Call {
    let mut encoded = String::new();
    for byte in bearer.bytes() {
        write!(encoded, "%{byte:02X}").unwrap();
    }
    Call { path: call.path.replace(NO_BEARER, &encoded), ..call.clone() }
}

/// Asks for a WebSocket.
fn upgrade(call: Call) -> Call {
    call.header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
}

/// In an order in which all succeed one after the other.
pub(crate) const CASES: &[Case] = &[
    case("GET", "/health/live", "x=1", none),
    case("GET", "/health/ready", "x=1", none),
    case("GET", "/metrics", "x=1", none),
    case("GET", "/api/account/{account}/service/baseURI.json", "version=1.0", none),
    case("GET", "/api/account/{account}/service/baseURI", "version=1.0", none),
    case("GET", "/csdr/account/{account}/service/baseURI.json", "version=1.0", none),
    case("GET", "/csdr/account/{account}/service/baseURI", "version=1.0", none),
    case("GET", "/api/account/{account}/service/{service}/baseURI.json", "version=1.0", none),
    case("GET", "/api/account/{account}/service/{service}/baseURI", "version=1.0", none),
    case("GET", "/csdr/account/{account}/service/{service}/baseURI.json", "version=1.0", none),
    case("GET", "/csdr/account/{account}/service/{service}/baseURI", "version=1.0", none),
    case("GET", "/sentinel/well-known/jwks", "x=1", none),
    case("POST", "/sentinel/api/account/{account}/app/token", "v=1.0", none),
    case("POST", "/sentinel/api/v2/account/{account}/app/token", "x=1", none),
    case("POST", "/api/account/{account}/login", "v=1.3", none),
    case("GET", "/ws_api/account/{account}/messaging/brand/{bearer}", "v=2.1", none),
    case("GET", "/ws_api/account/{account}/messaging/consumer", "v=3", none),
    case("OPTIONS", "/api/account/{account}/signup", "x=1", none),
    case("OPTIONS", "/api/account/{account}/authenticate", "x=1", none),
    case("OPTIONS", "/api/account/{account}/anonymous/authorize", "x=1", none),
    case("OPTIONS", "/api/account/{account}/app/{connector}/authenticate", "v=3.0", none),
    case("POST", "/api/account/{account}/signup", "x=1", none),
    case("POST", "/api/account/{account}/anonymous/authorize", "x=1", none),
    case("POST", "/api/account/{account}/authenticate", "x=1", none),
    case("POST", "/api/account/{account}/app/{connector}/authenticate", "v=3.0", none),
    case("POST", "/api/account/{account}/consumer", "v=1.0", |_| {
        json!({"ext_consumer_id": "crm-4711"}).to_string()
    }),
    case("POST", "/api/account/{account}/app/{app}/engagement", "v=1.0&vid=v&sid=s", empty),
    case("POST", "/api/account/{account}/messaging/consumer/conversation", "v=3", conversation),
    case("POST", "/api/account/{account}/messaging/consumer/conversation/send", "v=3", send),
    case("GET", "/operator/v1/accounts/{account}/conversations/{conversation}/log", "after=0", none),
    case("PUT", "/v1/AUTH_async-images/{account}/{object}", "x=1", image),
    case("GET", "/v1/AUTH_async-images/{account}/{object}", "x=1", none),
    case("HEAD", "/v1/AUTH_async-images/{account}/{object}", "x=1", none),
    case("OPTIONS", "/v1/AUTH_async-images/{account}/{object}", "x=1", none),
    case("PUT", "//v1/AUTH_async-images/{account}/{object}", "x=1", image),
    case("GET", "//v1/AUTH_async-images/{account}/{object}", "x=1", none),
    case("HEAD", "//v1/AUTH_async-images/{account}/{object}", "x=1", none),
    case("OPTIONS", "//v1/AUTH_async-images/{account}/{object}", "x=1", none),
    case("POST", history::CONVERSATION_PATH, "offset=0", |world| {
        json!({"conversationId": world.conversation}).to_string()
    }),
    case("POST", history::TIME_PATH, "offset=0", |_| {
        json!({"start": {"from": 1_699_000_000_000_i64, "to": -1}}).to_string()
    }),
    case("POST", history::CONSUMER_PATH, "offset=0", |_| {
        json!({"consumer": "0".repeat(64), "status": ["OPEN"]}).to_string()
    }),
    case("GET", history::EVENTS_PATH, "conversationId=b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57", none),
    case("GET", "/api/account/{account}/configuration/app-install/installations", "v=1.0", none),
    case("POST", "/api/account/{account}/configuration/app-install/installations", "v=1.0", manifest),
    case("GET", "/api/account/{account}/configuration/app-install/installations/{id}", "v=1.0", none),
    case("PUT", "/api/account/{account}/configuration/app-install/installations/{id}", "v=1.0", renamed),
    case("POST", "/api/account/{account}/configuration/app-install/installations/{id}", "v=1.0", renamed),
    case("DELETE", "/api/account/{account}/configuration/app-install/installations/{id}", "v=1.0", none),
    case("GET", "/api/account/{account}/configuration/provision/featureGrants", "v=1.0", none),
    case("POST", "/api/account/{account}/configuration/provision/featureGrants", "v=1.0", none),
    case("POST", "/operator/v1/accounts", "x=1", |_| json!({"id": "30040050"}).to_string()),
    case("GET", "/operator/v1/accounts", "limit=10", none),
    case("POST", "/operator/v1/accounts/{account}/users", "x=1", |_| {
        json!({"login_name": "newcomer", "role": "admin", "password": TestServer::PASSWORD}).to_string()
    }),
    case("GET", "/operator/v1/accounts/{account}/users", "limit=10", none),
    case("POST", "/operator/v1/accounts/{account}/skills", "x=1", |_| json!({"name": "billing"}).to_string()),
    case("GET", "/operator/v1/accounts/{account}/skills", "limit=10", none),
    case("GET", "/operator/v1/accounts/{account}/behaviour", "x=1", none),
    case("PATCH", "/operator/v1/accounts/{account}/behaviour", "x=1", |_| {
        json!({"close_after_seconds": 86_400, "offer": "first_message"}).to_string()
    }),
    case("GET", "/operator/v1/accounts/{account}/engagements", "x=1", none),
    case("PUT", "/operator/v1/accounts/{account}/engagements", "x=1", |world| {
        json!({"campaign": "5100", "skill": world.skill}).to_string()
    }),
    case("POST", "/operator/v1/accounts/{account}/engagements/remove", "x=1", |_| {
        json!({"campaign": "5100"}).to_string()
    }),
    case("PUT", "/operator/v1/accounts/{account}/survey", "x=1", |_| {
        json!({"question": [{"id": "q", "text": "How was it?", "kind": "csat"}]}).to_string()
    }),
    case("GET", "/operator/v1/accounts/{account}/survey", "x=1", none),
    case("DELETE", "/operator/v1/accounts/{account}/survey", "x=1", none),
    case("PUT", "/operator/v1/accounts/{account}/auto-messages", "x=1", |_| {
        json!({"welcome": "Hello."}).to_string()
    }),
    case("GET", "/operator/v1/accounts/{account}/auto-messages", "x=1", none),
    case("DELETE", "/operator/v1/accounts/{account}/auto-messages", "x=1", none),
    case("PUT", "/operator/v1/accounts/{account}/identity-provider", "x=1", |_| {
        let key = trunkline_jose::testing::key(1).public().jwk("a");
        json!({"issuer": "https://id.example.org", "keys": [key]}).to_string()
    }),
    case("GET", "/operator/v1/accounts/{account}/identity-provider", "x=1", none),
    case("DELETE", "/operator/v1/accounts/{account}/identity-provider", "x=1", none),
    case("PATCH", "/operator/v1/accounts/{account}/users/{login_name}", "x=1", |_| {
        json!({"max_conversations": 3}).to_string()
    }),
    case("POST", "/operator/v1/accounts/{account}/users/{login_name}/keys", "x=1", none),
    case("GET", "/operator/v1/accounts/{account}/users/{login_name}/keys", "x=1", none),
    case("DELETE", "/operator/v1/accounts/{account}/users/{login_name}/keys/{app_key}", "x=1", none),
    case("PUT", "/operator/v1/accounts/{account}/users/{login_name}/password", "x=1", |_| {
        json!({"password": "another password"}).to_string()
    }),
    case("POST", "/operator/v1/accounts/{account}/users/{login_name}/disable", "x=1", empty),
    case("POST", "/operator/v1/accounts/{account}/apps", "x=1", |_| {
        json!({"client_name": "com.example.operated", "scope": "msg.consumer"}).to_string()
    }),
    case("GET", "/operator/v1/accounts/{account}/apps", "x=1", none),
    case("GET", "/operator/v1/accounts/{account}/apps/{client_id}", "x=1", none),
    case("GET", "/operator/v1/accounts/{account}/apps/{client_id}/deliveries", "limit=10", none),
    case("GET", "/operator/v1/accounts/{account}/apps/{client_id}/deliveries/{delivery}", "x=1", none),
    case("POST", "/operator/v1/accounts/{account}/apps/{client_id}/deliveries/replay", "x=1", |_| {
        json!({"outage": true}).to_string()
    }),
    case("GET", "/operator/v1/accounts/{account}/apps/{client_id}/deliveries/tail", "x=1", none),
    case("GET", "/operator/v1/accounts/{account}/apps/{client_id}/deliveries/status", "x=1", none),
    case("POST", "/operator/v1/accounts/{account}/apps/{client_id}/deliveries/resume", "x=1", empty),
    case("POST", "/operator/v1/accounts/{account}/apps/{client_id}/deliveries/test", "x=1", |_| {
        json!({"endpoint": "https://127.0.0.1:9/webhook"}).to_string()
    }),
    case("POST", "/api/account/{account}/webhooks/resume", "x=1", none),
    case("POST", "/operator/v1/accounts/{account}/apps/{client_id}/disable", "x=1", empty),
    case("POST", "/operator/v1/accounts/{account}/apps/{client_id}/enable", "x=1", empty),
    case("POST", "/operator/v1/accounts/{account}/apps/{client_id}/rotate-secret", "x=1", empty),
    case("DELETE", "/operator/v1/accounts/{account}/apps/{client_id}", "x=1", none),
    case("GET", "/operator/v1/backup", "x=1", none),
    case("GET", "/operator/v1/accounts/{account}/export", "since=1", none),
    case("PUT", "/operator/v1/accounts/{account}/retention", "x=1", |_| {
        json!({"content_seconds": 7_776_000}).to_string()
    }),
    case("GET", "/operator/v1/accounts/{account}/retention", "x=1", none),
    case("DELETE", "/operator/v1/accounts/{account}/retention", "x=1", none),
    case("POST", "/operator/v1/accounts/{account}/consumers/erase", "x=1", |_| {
        json!({"external_id": "somebody"}).to_string()
    }),
    case("GET", "/operator/v1/accounts/{account}/audit", "since=1", none),
    case("GET", "/operator/v1/keys", "x=1", none),
    case("POST", "/operator/v1/keys/{purpose}/rotate", "x=1", empty),
    case("POST", "/api/account/{account}/refresh", "v=1.3", none),
    case("POST", "/api/account/{account}/logout", "v=1.2", none),
];

impl Case {
    pub(crate) fn of(route: &RouteInfo) -> Option<&'static Self> {
        CASES.iter().find(|case| case.method == route.method.as_str() && case.path == route.path)
    }

    pub(crate) fn route(&self) -> Option<&'static RouteInfo> {
        trunkline_http::routes().find(|route| self.method == route.method.as_str() && self.path == route.path)
    }

    /// Who may call it.
    pub(crate) fn auth(&self) -> Auth {
        self.route().unwrap_or_else(|| panic!("{} {} is no route", self.method, self.path)).auth
    }

    /// The request without credentials.
    pub(crate) fn call(&self, world: &World) -> Call {
        let path = self
            .path
            .replace("{account}", TestServer::ACCOUNT)
            .replace("{service}", "sentinel")
            .replace("{connector}", "web")
            .replace("{bearer}", NO_BEARER)
            .replace("{conversation}", &world.conversation)
            .replace("{object}", world.file.rsplit('/').next().unwrap())
            .replace("{id}", &world.app_to_configure)
            .replace("{app}", &world.app.id)
            .replace("{client_id}", &world.app_to_operate)
            .replace("{delivery}", &world.delivery)
            .replace("{login_name}", "victim")
            .replace("{app_key}", world.keys[0]["appKey"].as_str().unwrap())
            .replace("{purpose}", "consumerjws");
        assert!(!path.contains('{'), "{path} has a parameter without a value");
        let method = self.method.parse().unwrap();
        let call = Call::new(method, format!("{path}?{}", self.query)).body((self.body)(world));
        if self.method == "POST" && self.path.ends_with("installations/{id}") {
            return call.header("x-http-method-override", "PUT");
        }
        if matches!(self.auth(), Auth::BearerInPath | Auth::ConsumerToken) {
            return upgrade(call);
        }
        call
    }

    /// The request with good credentials.
    pub(crate) fn good(&self, world: &World) -> Call {
        let call = self.call(world);
        match self.auth() {
            Auth::None | Auth::SignUp => call,
            Auth::Credentials if self.path.ends_with("/login") => call
                .body(json!({"username": TestServer::ADMIN, "password": TestServer::PASSWORD}).to_string()),
            Auth::Credentials => call.query(&client_credentials(&world.app.id, &world.app.secret)),
            Auth::SessionCookie => call
                .header("cookie", format!("Session_id={}", world.visitor.cookie))
                .body(json!({"csrf": world.visitor.csrf}).to_string()),
            Auth::AdminBearer => call.authorization(format!("Bearer {}", world.admin.bearer)),
            Auth::UserBearer => call.authorization(format!("Bearer {}", world.agent.bearer)),
            Auth::BearerInPath => with_bearer_in_path(&call, &world.agent.bearer),
            Auth::IdToken => call.body(json!({self.token_member(): world.id_token}).to_string()),
            Auth::ConsumerToken => call.authorization(&world.consumer_token),
            Auth::SignedUrl => {
                let method = if self.method == "PUT" { "PUT" } else { "GET" };
                let now = world.server.services.clock.now().seconds().0;
                call.query(&world.signed_url(&world.file, method, now + 60))
            }
            Auth::AppJwt => call.authorization(&world.app.app_jwt),
            Auth::AppJwtOnBehalf => {
                call.authorization(&world.app.app_jwt).header("x-lp-on-behalf", self.consumer(world))
            }
            Auth::Operator => call.authorization(format!("Bearer {}", TestServer::OPERATOR_TOKEN)),
        }
    }

    /// What the token of a consumer's identity is called in the body.
    pub(crate) fn token_member(&self) -> &'static str {
        if self.path.ends_with("{account}/authenticate") { "authCode" } else { "id_token" }
    }

    /// Whether the answers of the route have a body.
    pub(crate) fn says_something(&self) -> bool {
        !matches!(self.method, "HEAD" | "OPTIONS")
    }

    /// The consumer for whom the request succeeds.
    pub(crate) fn consumer<'a>(&self, world: &'a World) -> &'a str {
        if self.path.ends_with("/send") { &world.talker } else { &world.newcomer }
    }
}

/// `grant_type`, `client_id` and `client_secret` as parameters.
pub(crate) fn client_credentials(id: &str, secret: &str) -> String {
    format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")
}
