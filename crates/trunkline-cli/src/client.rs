//! The client of the operator API that the commands use.

mod answer;
mod download;
mod events;
mod place;

pub(crate) use download::Download;
pub(crate) use events::{Events, ServerEvent};
pub(crate) use place::Place;

use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Certificate, ClientBuilder, RequestBuilder, Response};
use trunkline_wire::Endpoint;
use trunkline_wire::operator::deliveries::KEEP_ALIVE;

use crate::failure::{Exit, Failure};

/// How long a stream may last: it ends when one of both sides does.
const STREAM: Duration = Duration::from_hours(24 * 365);

/// A connection to a server, with its operator token.
#[derive(Debug)]
pub(crate) struct OperatorClient {
    http: reqwest::Client,
    place: Place,
}

impl OperatorClient {
    /// Prepares to talk to a server; nothing is sent yet.
    pub(crate) fn new(place: Place) -> Result<Self, Failure> {
        let builder = Self::builder(&place)?
            .timeout(Duration::from_mins(1))
            // A stream that misses several comments is dead.
            .read_timeout(KEEP_ALIVE * 3);
        let http = builder.build().context("cannot prepare the HTTP client")?;
        Ok(Self { http, place })
    }

    /// What holds for every call to a server.
    fn builder(place: &Place) -> Result<ClientBuilder, Failure> {
        let mut builder = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            // The token must not travel through a proxy that the environment names.
            .no_proxy()
            .user_agent(concat!("trunkline/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = &place.ca_file {
            let pem = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            let authority = Certificate::from_pem(&pem)
                .with_context(|| format!("{} is no certificate", path.display()))?;
            builder = builder.tls_certs_merge([authority]);
        }
        Ok(builder)
    }

    /// Makes one call; `parameters` fill the braces of the path, in their order.
    pub(crate) async fn call<E: Endpoint>(
        &self,
        parameters: &[&str],
        request: &E,
    ) -> Result<E::Response, Failure> {
        let call = self.request(parameters, request)?;
        let answer = call.send().await.map_err(|error| self.unreachable(error))?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|error| self.unreachable(error))?;
        if status.is_success() {
            let context = || format!("the server's answer to {} {} does not parse", E::METHOD, E::PATH);
            Ok(serde_json::from_slice(&body).with_context(context)?)
        } else {
            Err(answer::refusal(status, &body, &self.place))
        }
    }

    /// Opens a stream of events; `parameters` as for [`Self::call`].
    pub(crate) async fn follow<E: Endpoint>(
        &self,
        parameters: &[&str],
        request: &E,
    ) -> Result<Events, Failure> {
        let call = self.request(parameters, request)?.timeout(STREAM);
        self.accepted(call).await.map(Events::of)
    }

    /// Begins to read an answer that comes bit by bit; `parameters` as for [`Self::call`].
    pub(crate) async fn read<E: Endpoint>(
        &self,
        parameters: &[&str],
        request: &E,
    ) -> Result<Download<'_>, Failure> {
        let call = self.request(parameters, request)?.timeout(STREAM);
        Ok(Download { client: self, response: self.accepted(call).await? })
    }

    /// Begins to read a long answer. Its first byte may take long: the server makes it meanwhile.
    pub(crate) async fn download(&self, path: &str) -> Result<Download<'_>, Failure> {
        let client = Self::builder(&self.place)?.build().context("cannot prepare the HTTP client")?;
        let call = client.get(format!("{}{path}", self.place.base)).bearer_auth(self.place.token.expose());
        Ok(Download { client: self, response: self.accepted(call).await? })
    }

    /// The answer to a call, its body unread, unless the server says no.
    async fn accepted(&self, call: RequestBuilder) -> Result<Response, Failure> {
        let answer = call.send().await.map_err(|error| self.unreachable(error))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let body = answer.bytes().await.map_err(|error| self.unreachable(error))?;
        Err(answer::refusal(status, &body, &self.place))
    }

    fn request<E: Endpoint>(&self, parameters: &[&str], request: &E) -> Result<RequestBuilder, Failure> {
        let mut url = format!("{}{}", self.place.base, fill(E::PATH, parameters));
        let reads = E::METHOD == http::Method::GET;
        if reads {
            url.push_str(&query(request)?);
        }
        let call = self.http.request(E::METHOD, url).bearer_auth(self.place.token.expose());
        Ok(if reads { call } else { call.json(request) })
    }

    fn unreachable(&self, error: reqwest::Error) -> Failure {
        let base = &self.place.base;
        let failure = Failure::new(
            Exit::Unreachable,
            anyhow::Error::new(error.without_url()).context(format!("no answer from {base}")),
        );
        failure.hint(self.place.start_hint())
    }
}

/// Fills the braces of a path template with percent-encoded values.
fn fill(template: &str, parameters: &[&str]) -> String {
    let mut parameters = parameters.iter();
    let parts = template.split('/').map(|part| {
        if part.starts_with('{') {
            parameters.next().map_or_else(String::new, |value| encode(value))
        } else {
            part.to_owned()
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The query of a GET: the members of the request that are present.
fn query<E: Endpoint>(request: &E) -> Result<String, Failure> {
    let value = serde_json::to_value(request).context("cannot print the request")?;
    let pairs = value.as_object().into_iter().flatten().map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{}={}", encode(name), encode(&text))
    });
    let text = pairs.collect::<Vec<_>>().join("&");
    Ok(if text.is_empty() { text } else { format!("?{text}") })
}

/// Percent-encodes everything but the unreserved characters of RFC 3986 §2.3.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use trunkline_wire::operator::PageQuery;
    use trunkline_wire::operator::users::{ListUsers, PASSWORD_PATH};

    use super::*;

    #[test]
    fn path_parameters_are_encoded() {
        assert_eq!(
            fill(PASSWORD_PATH, &["10020030", "ada/../b ü"]),
            "/operator/v1/accounts/10020030/users/ada%2F..%2Fb%20%C3%BC/password"
        );
    }

    #[test]
    fn absent_members_are_left_out_of_a_query() {
        assert_eq!(query(&ListUsers(PageQuery::after(None))).unwrap(), "");
        assert_eq!(query(&ListUsers(PageQuery::after(Some("a&b".to_owned())))).unwrap(), "?after=a%26b");
    }
}
