//! Users who answer, and their sessions. Source: spec 20.

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{Answer, Request, Target};
use crate::load::Each;
use crate::platform::{self, Platform};
use crate::server::Login;

/// Connections over which users are created: the server hashes few passwords at a time and turns away who would wait behind
/// thirty others.
const CREATING: usize = 8;
/// Connections for everything else.
const SIGNING_IN: usize = 32;

/// A user with a session.
#[derive(Debug, Clone)]
pub struct Agent {
    /// The old id, `{account}.{user}`.
    pub aid: String,
    /// The id that consumers see.
    pub pid: String,
    /// The session's bearer; it outlives the server.
    pub bearer: String,
}

/// Creates agents and signs them in, with API keys: checking a password costs the server tens of milliseconds.
///
/// # Errors
/// When an answer is not as expected.
pub async fn hire(
    platform: &Platform,
    count: usize,
    max_conversations: Option<u32>,
) -> anyhow::Result<Vec<Agent>> {
    let target = &platform.target;
    let step = |what| Step { platform: platform.clone(), what };
    platform::all_over(target, step(What::Create { max_conversations }), count, CREATING)
        .await
        .context("creating users")?;
    let keys = platform::all_over(target, step(What::Key), count, SIGNING_IN).await;
    let (keys, _) = keys.context("creating API keys")?;
    let logins = platform::all_over(target, step(What::SignIn(keys)), count, SIGNING_IN).await;
    let (logins, _) = logins.context("signing agents in")?;
    logins.iter().map(|answer| Agent::read(&platform.caller.account, answer)).collect()
}

/// Signs the administrator of `--dev` in, who may follow the whole account.
///
/// # Errors
/// When the answer is not as expected.
pub async fn administrator(target: &Target, account: &str, login: &Login) -> anyhow::Result<Agent> {
    let body = json!({"username": login.username, "password": login.password});
    let answer: Value = platform::fetch(target, &sign_in(account, &body), 200).await?;
    Agent::read(account, &answer)
}

impl Agent {
    fn read(account: &str, answer: &Value) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Session {
            bearer: String,
            config: Config,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Config {
            user_id: String,
            user_pid: String,
        }
        let session = Session::deserialize(answer).context("reading a login")?;
        let aid = format!("{account}.{}", session.config.user_id);
        Ok(Self { aid, pid: session.config.user_pid, bearer: session.bearer })
    }
}

fn sign_in(account: &str, body: &Value) -> Vec<u8> {
    Request::post(&format!("/api/account/{account}/login?v=1.3")).json(&body.to_string())
}

/// A step towards sessions, for each agent once.
struct Step {
    platform: Platform,
    what: What,
}

enum What {
    Create {
        max_conversations: Option<u32>,
    },
    Key,
    /// A new key is the body of a login.
    SignIn(Vec<Value>),
}

impl Each for Step {
    type Yield = Value;

    fn write(&self, index: usize, request: &mut Vec<u8>) {
        let account = &self.platform.caller.account;
        let name = format!("bench-agent-{index}");
        let operator = |path: &str, body: &Value| {
            Request::post(&format!("/operator/v1/accounts/{account}/users{path}"))
                .header("Authorization", &format!("Bearer {}", self.platform.operator_token))
                .json(&body.to_string())
        };
        let bytes = match &self.what {
            What::Create { max_conversations } => operator(
                "",
                &json!({
                    "login_name": name,
                    "role": "agent",
                    "password": format!("a password of {name}"),
                    "max_conversations": max_conversations,
                }),
            ),
            What::Key => operator(&format!("/{name}/keys"), &json!({})),
            What::SignIn(keys) => sign_in(account, keys.get(index).unwrap_or(&Value::Null)),
        };
        request.extend_from_slice(&bytes);
    }

    fn read(&self, _: usize, answer: &Answer<'_>) -> Option<Value> {
        let expected = if matches!(self.what, What::SignIn(_)) { 200 } else { 201 };
        (answer.status == expected).then(|| serde_json::from_slice(answer.body).ok())?
    }
}
