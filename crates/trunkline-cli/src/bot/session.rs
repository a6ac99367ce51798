//! Domain API, login and refresh over HTTPS (spec 20).

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use http::{StatusCode, header};
use reqwest::{Certificate, Response};
use trunkline_model::Secret;
use trunkline_wire::AccountId;
use trunkline_wire::domains::BaseUris;
use trunkline_wire::idp::{LoginRequest, LoginResponse, RefreshRequest, SESSION_COOKIE};

use super::trouble::Trouble;

/// Calls are answered within seconds.
const PATIENCE: Duration = Duration::from_secs(15);

/// How a bot proves who it is.
#[derive(Debug, Clone)]
pub(crate) enum Credentials {
    Password {
        username: String,
        password: Secret,
    },
    /// A bearer from elsewhere (spec 20 §3, variant 4).
    Bearer(Secret),
}

/// Where the platform is and how it is asked.
#[derive(Debug)]
pub(super) struct Platform {
    http: reqwest::Client,
    /// The base URL of the Domain API, without a slash at the end.
    base: String,
    account: AccountId,
}

/// The hosts a bot needs: `host` or `host:port`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hosts {
    pub(super) login: String,
    pub(super) socket: String,
}

/// A session of a bot.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) bearer: Secret,
    /// The old form of the user's id; unknown for a bearer from elsewhere.
    pub(super) aid: Option<String>,
    refresh: Option<Refresh>,
}

#[derive(Debug)]
struct Refresh {
    csrf: Secret,
    cookie: Secret,
}

impl Platform {
    pub(super) fn new(base: String, account: AccountId, ca_file: Option<&Path>) -> anyhow::Result<Self> {
        let mut builder = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            // Passwords must not travel through a proxy that the environment names.
            .no_proxy()
            .user_agent(concat!("trunkline/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = ca_file {
            let pem = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            let authority = Certificate::from_pem(&pem)
                .with_context(|| format!("{} is no certificate", path.display()))?;
            builder = builder.tls_certs_merge([authority]);
        }
        Ok(Self { http: builder.build().context("cannot prepare the HTTPS client")?, base, account })
    }

    /// Asks the Domain API. Newer agents use `facadeMsg`, older ones `asyncMessagingEnt` (spec 20 §2).
    pub(super) async fn hosts(&self) -> Result<Hosts, Trouble> {
        const WHAT: &str = "the answer of the Domain API";
        let url = format!("{}/api/account/{}/service/baseURI.json?version=1.0", self.base, self.account);
        let answer = self.http.get(url).send().await.map_err(|error| unreachable(&self.base, error))?;
        let answer = success(answer, "the Domain API's list of services")?;
        let list: BaseUris = answer.json().await.map_err(|error| unreadable(WHAT, error))?;
        let host = |name: &'static str| list.host(name).map(str::to_owned).ok_or(Trouble::NoService(name));
        Ok(Hosts {
            login: host("agentVep")?,
            socket: host("facadeMsg").or_else(|_| host("asyncMessagingEnt"))?,
        })
    }

    /// Signs in, unless the credentials are a session already.
    pub(super) async fn login(&self, host: &str, credentials: &Credentials) -> Result<Session, Trouble> {
        let (username, password) = match credentials {
            Credentials::Bearer(bearer) => {
                return Ok(Session { bearer: bearer.clone(), aid: None, refresh: None });
            }
            Credentials::Password { username, password } => (username.clone(), password.expose().to_owned()),
        };
        let url = format!("https://{host}/api/account/{}/login?v=1.3", self.account);
        let request = self.http.post(url).json(&LoginRequest::password(username, password));
        let answer = request.send().await.map_err(|error| unreachable(host, error))?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            return Err(Trouble::LoginRefused);
        }
        let answer = success(answer, "the login")?;
        let answer: LoginResponse =
            answer.json().await.map_err(|error| unreadable("the answer to the login", error))?;
        Ok(Session {
            bearer: Secret::new(answer.bearer),
            aid: Some(format!("{}.{}", self.account, answer.config.user_id)),
            refresh: Some(Refresh { csrf: Secret::new(answer.csrf), cookie: Secret::new(answer.session_id) }),
        })
    }

    /// Moves the end of the session; sessions from elsewhere are refreshed by whoever made them.
    pub(super) async fn refresh(&self, host: &str, session: &Session) -> Result<(), Trouble> {
        let Some(refresh) = &session.refresh else { return Ok(()) };
        let url = format!("https://{host}/api/account/{}/refresh?v=1.3", self.account);
        let request = self
            .http
            .post(url)
            .header(header::COOKIE, format!("{SESSION_COOKIE}={}", refresh.cookie.expose()))
            .json(&RefreshRequest::new(refresh.csrf.expose().to_owned()));
        let answer = request.send().await.map_err(|error| unreachable(host, error))?;
        match answer.status() {
            StatusCode::UNAUTHORIZED => Err(Trouble::BearerRefused),
            _ => success(answer, "the refresh of the session").map(drop),
        }
    }
}

fn success(answer: Response, what: &'static str) -> Result<Response, Trouble> {
    let status = answer.status();
    if status.is_success() { Ok(answer) } else { Err(Trouble::Status { what, status }) }
}

fn unreachable(host: impl Display, error: reqwest::Error) -> Trouble {
    Trouble::Unreachable { host: host.to_string(), cause: error.without_url().into() }
}

fn unreadable(what: &'static str, error: reqwest::Error) -> Trouble {
    Trouble::Answer(what, error.without_url().into())
}

/// Where a bot finds its platform.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The base URL of the Domain API, without a slash at the end.
    pub(crate) base: String,
    /// The account.
    pub(crate) account: AccountId,
    /// An authority to trust beside those of the system.
    pub(crate) ca_file: Option<PathBuf>,
}
