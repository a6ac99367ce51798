//! The operator API itself: what a client that is not ours may get wrong.

use serde_json::{Value, json};

use crate::support::{Server, block_on};

/// Every route, with a body that would do something.
fn routes() -> Vec<(&'static str, &'static str, Value)> {
    let app = "/operator/v1/accounts/10020030/apps/3f1c9a52-6b7e-4c1d-9a0e-5d2f8b7c6a41";
    let app = |verb: &str| -> &'static str { format!("{app}{verb}").leak() };
    let user = json!({"login_name": "eve", "role": "admin", "password": "a long password"});
    let manifest = json!({"client_name": "com.example.eve"});
    vec![
        ("POST", "/operator/v1/accounts", json!({"id": "666"})),
        ("GET", "/operator/v1/accounts", Value::Null),
        ("POST", "/operator/v1/accounts/10020030/users", user),
        ("GET", "/operator/v1/accounts/10020030/users", Value::Null),
        (
            "PUT",
            "/operator/v1/accounts/10020030/users/admin/password",
            json!({"password": "a long password"}),
        ),
        ("POST", "/operator/v1/accounts/10020030/users/admin/disable", Value::Null),
        ("PATCH", "/operator/v1/accounts/10020030/users/admin", json!({"max_conversations": 1})),
        ("POST", "/operator/v1/accounts/10020030/users/admin/keys", Value::Null),
        ("GET", "/operator/v1/accounts/10020030/users/admin/keys", Value::Null),
        (
            "DELETE",
            "/operator/v1/accounts/10020030/users/admin/keys/0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",
            Value::Null,
        ),
        ("POST", "/operator/v1/accounts/10020030/skills", json!({"name": "billing"})),
        ("GET", "/operator/v1/accounts/10020030/skills", Value::Null),
        ("GET", "/operator/v1/accounts/10020030/behaviour", Value::Null),
        ("PATCH", "/operator/v1/accounts/10020030/behaviour", json!({"close_after_seconds": 1})),
        ("GET", "/operator/v1/accounts/10020030/engagements", Value::Null),
        ("PUT", "/operator/v1/accounts/10020030/engagements", json!({"campaign": 1, "skill": "101"})),
        ("POST", "/operator/v1/accounts/10020030/engagements/remove", json!({"campaign": 1})),
        ("POST", "/operator/v1/accounts/10020030/apps", manifest),
        ("GET", "/operator/v1/accounts/10020030/apps", Value::Null),
        ("GET", app(""), Value::Null),
        ("DELETE", app(""), Value::Null),
        ("POST", app("/enable"), Value::Null),
        ("POST", app("/disable"), Value::Null),
        ("POST", app("/rotate-secret"), json!({})),
        ("GET", app("/deliveries"), Value::Null),
        ("GET", app("/deliveries/7"), Value::Null),
        ("POST", app("/deliveries/replay"), json!({"outage": true})),
        ("GET", app("/deliveries/tail"), Value::Null),
        ("GET", app("/deliveries/status"), Value::Null),
        ("POST", app("/deliveries/resume"), Value::Null),
        ("POST", app("/deliveries/test"), json!({})),
        ("GET", "/operator/v1/backup", Value::Null),
        ("GET", "/operator/v1/accounts/10020030/export", Value::Null),
        ("GET", "/operator/v1/keys", Value::Null),
        ("POST", "/operator/v1/keys/appjwt/rotate", Value::Null),
    ]
}

struct Api {
    server: Server,
    client: reqwest::Client,
    base: String,
    token: String,
}

impl Api {
    fn new() -> Self {
        let server = Server::dev();
        let base = server.file("dev.json")["http"].as_str().unwrap().to_owned();
        let token = std::fs::read_to_string(server.dir.join("operator.token")).unwrap().trim().to_owned();
        Self { client: reqwest::Client::builder().no_proxy().build().unwrap(), server, base, token }
    }

    /// Status and JSON body; every answer must be JSON.
    fn call(&self, method: &str, path: &str, authorization: Option<&str>, body: Vec<u8>) -> (u16, Value) {
        block_on(async {
            let mut call =
                self.client.request(method.parse().unwrap(), format!("{}{path}", self.base)).body(body);
            if let Some(value) = authorization {
                call = call.header("authorization", value);
            }
            let answer = call.send().await.unwrap();
            assert_eq!(answer.headers()["content-type"], "application/json", "{method} {path}");
            (answer.status().as_u16(), answer.json().await.unwrap())
        })
    }

    fn authorised(&self, method: &str, path: &str, body: &[u8]) -> (u16, Value) {
        self.call(method, path, Some(&format!("Bearer {}", self.token)), body.to_vec())
    }

    fn refused(&self, method: &str, path: &str, body: &[u8], status: u16, code: &str) {
        let (found, answer) = self.authorised(method, path, body);
        assert_eq!(found, status, "{method} {path} {answer}");
        assert_eq!(answer["error"]["code"], code, "{method} {path} {answer}");
        assert!(answer["error"]["message"].is_string());
    }
}

#[test]
fn every_route_needs_the_operator_token_and_does_nothing_without() {
    let api = Api::new();
    let before = [
        api.authorised("GET", "/operator/v1/accounts", b""),
        api.authorised("GET", "/operator/v1/keys", b""),
    ];
    let dev = api.server.file("dev.json");
    let login =
        json!({"username": dev["admin"]["username"], "password": dev["admin"]["password"]}).to_string();
    let admin = api.call("POST", "/api/account/10020030/login", None, login.into_bytes()).1;
    let wrong = [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some(format!("Bearer {}", "0".repeat(64))),
        Some(format!("Bearer {}", &api.token[..63])),
        Some(format!("Basic {}", api.token)),
        Some(format!("Bearer {}", admin["bearer"].as_str().unwrap())),
    ];
    for (method, path, body) in routes() {
        for authorization in &wrong {
            let (status, answer) =
                api.call(method, path, authorization.as_deref(), body.to_string().into_bytes());
            assert_eq!((status, &answer["error"]["code"]), (401, &json!("unauthorized")), "{method} {path}");
        }
    }
    let after = [
        api.authorised("GET", "/operator/v1/accounts", b""),
        api.authorised("GET", "/operator/v1/keys", b""),
    ];
    assert_eq!(before, after);
}

#[test]
fn what_is_not_there_is_404() {
    let api = Api::new();
    for (method, path, body) in routes().into_iter().filter(|(_, path, _)| path.contains("10020030")) {
        for account in ["999", "a%2Fb", "%00", "ä"] {
            let path = path.replace("10020030", account);
            api.refused(method, &path, body.to_string().as_bytes(), 404, "not_found");
        }
    }
    for (method, path, body) in routes().into_iter().filter(|(_, path, _)| path.contains("3f1c9a52")) {
        api.refused(method, path, body.to_string().as_bytes(), 404, "not_found");
        api.refused(method, &path.replace("3f1c9a52", "NOT"), body.to_string().as_bytes(), 404, "not_found");
    }
    api.refused("POST", "/operator/v1/keys/nonsense/rotate", b"", 404, "not_found");
    api.refused(
        "PUT",
        "/operator/v1/accounts/10020030/users/nobody/password",
        b"{\"password\":\"long enough\"}",
        404,
        "not_found",
    );
}

#[test]
fn bodies_that_are_not_as_documented_are_400() {
    let api = Api::new();
    let deep = [b"[".repeat(100), b"]".repeat(100)].concat();
    let bad: [&[u8]; 8] = [b"{", b"[]", b"null", b"7", b"\xff\xfe", b"{\"id\":7}", &deep, b"\"text\""];
    for path in [
        "/operator/v1/accounts",
        "/operator/v1/accounts/10020030/users",
        "/operator/v1/accounts/10020030/apps",
        "/operator/v1/accounts/10020030/skills",
    ] {
        for body in bad {
            api.refused("POST", path, body, 400, "invalid");
        }
    }
    api.refused("POST", "/operator/v1/accounts", b"{\"id\":\"no/slash\"}", 400, "invalid");
    api.refused("GET", "/operator/v1/accounts?limit=many", b"", 400, "invalid");
    api.refused("GET", "/operator/v1/accounts/10020030/users?after=x", b"", 400, "invalid");
    for query in ["since=yesterday", "after=x", "since=1&since=2"] {
        let path = format!("/operator/v1/accounts/10020030/export?{query}");
        api.refused("GET", &path, b"", 400, "invalid");
    }
    let user = |role: &str, password: &str| {
        json!({"login_name": "bob", "role": role, "password": password}).to_string()
    };
    for body in [user("boss", "a long password"), user("agent", ""), user("agent", &"x".repeat(5000))] {
        api.refused("POST", "/operator/v1/accounts/10020030/users", body.as_bytes(), 400, "invalid");
    }
    for body in [
        json!({"skills": "101"}),
        json!({"skills": ["x"]}),
        json!({"skills": ["-1"]}),
        json!({"skills": ["4242"]}),
        json!({"max_conversations": -1}),
        json!({"max_conversations": "3"}),
        json!({"max_conversations": 4_294_967_296_u64}),
        json!([]),
    ] {
        let body = body.to_string();
        api.refused("PATCH", "/operator/v1/accounts/10020030/users/agent", body.as_bytes(), 400, "invalid");
    }
    for name in [String::new(), "a\nb".to_owned(), "x".repeat(129)] {
        let body = json!({"name": name}).to_string();
        api.refused("POST", "/operator/v1/accounts/10020030/skills", body.as_bytes(), 400, "invalid");
    }
}

#[test]
fn a_body_that_is_too_large_is_413() {
    let api = Api::new();
    let body = json!({"client_name": "x".repeat(2 << 20)}).to_string();
    api.refused("POST", "/operator/v1/accounts/10020030/apps", body.as_bytes(), 413, "too_large");
}

#[test]
fn pages_follow_one_another() {
    let api = Api::new();
    let page =
        |query: &str| api.authorised("GET", &format!("/operator/v1/accounts/10020030/users{query}"), b"").1;
    let first = page("?limit=1");
    assert_eq!(first["users"].as_array().unwrap().len(), 1);
    let second = page(&format!("?limit=1&after={}", first["next"].as_str().unwrap()));
    assert_eq!(second["users"][0]["login_name"], "agent");
    assert_eq!(second["next"], Value::Null);
    let log = "/operator/v1/accounts/10020030/conversations/0189f7a4-5f2e-7c31-9d4b-2a6c8e0f1b3d/log";
    let skills = "/operator/v1/accounts/10020030/skills";
    for name in ["billing", "sales"] {
        assert_eq!(api.authorised("POST", skills, json!({"name": name}).to_string().as_bytes()).0, 201);
    }
    let first = api.authorised("GET", &format!("{skills}?limit=1"), b"").1;
    let next = format!("{skills}?limit=1&after={}", first["next"].as_str().unwrap());
    let second = api.authorised("GET", &next, b"").1;
    assert_eq!((&second["skills"][0]["name"], &second["next"]), (&json!("sales"), &Value::Null));
    for path in ["/operator/v1/accounts", "/operator/v1/accounts/10020030/users", skills, log] {
        api.refused("GET", &format!("{path}?limit=0"), b"", 400, "invalid");
    }
}

#[test]
fn paths_and_methods_that_do_not_exist_are_refused_in_the_same_form() {
    let api = Api::new();
    for path in ["/operator/v1", "/operator/v1/nonsense", "/operator/v1/accounts/10020030/nonsense"] {
        api.refused("GET", path, b"", 404, "not_found");
    }
    for (method, path) in [("DELETE", "/operator/v1/accounts"), ("POST", "/operator/v1/keys")] {
        api.refused(method, path, b"", 405, "method_not_allowed");
    }
    let elsewhere = api.authorised("GET", "/operator/v10", b"");
    assert_eq!((elsewhere.0, &elsewhere.1["error"]["status"]), (404, &json!(404)));
}
