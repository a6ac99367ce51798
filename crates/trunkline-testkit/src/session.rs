//! A signed-in user as a caller.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, TestServer};

/// The tokens of one login.
#[derive(Debug, Clone)]
pub struct Session {
    /// The account.
    pub account: String,
    /// For `Authorization: Bearer`.
    pub bearer: String,
    /// For the `Session_id` cookie.
    pub cookie: String,
    /// For the bodies of refresh and logout.
    pub csrf: String,
    /// The whole answer to the login.
    pub login: Value,
}

impl TestServer {
    /// Tries to sign a user in.
    pub async fn try_sign_in(&self, account: &str, name: &str, password: &str) -> Answer {
        let path = format!("/api/account/{account}/login?v=1.3");
        let body = json!({"username": name, "password": password});
        Answer::to(self.request(Method::POST, &path).json(&body)).await
    }

    /// Signs a user in.
    pub async fn sign_in(&self, account: &str, name: &str) -> Session {
        let answer = self.try_sign_in(account, name, Self::PASSWORD).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let login = answer.json();
        let member = |name: &str| login[name].as_str().expect("a documented member").to_owned();
        Session {
            account: account.to_owned(),
            bearer: member("bearer"),
            cookie: member("sessionId"),
            csrf: member("csrf"),
            login,
        }
    }
}

impl Session {
    /// `refresh` or `logout` of this session.
    pub async fn post(&self, server: &TestServer, action: &str) -> Answer {
        let path = format!("/api/account/{}/{action}?v=1.3", self.account);
        let request = server.request(Method::POST, &path);
        let request = request.header("cookie", format!("Session_id={}", self.cookie));
        Answer::to(request.json(&json!({"csrf": self.csrf}))).await
    }

    /// Calls the configuration API as an admin: `path` follows `/configuration/`.
    pub fn configuration(&self, server: &TestServer, method: Method, path: &str) -> reqwest::RequestBuilder {
        let path = format!("/api/account/{}/configuration/{path}", self.account);
        server.request(method, &path).bearer_auth(&self.bearer)
    }
}
