//! Filling a running server through its own API.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::http::{Answer, Target};
use crate::load::{self, Each, Exhaustible, Outcome, Span};
use crate::requests::{self, Caller, WebhookApp};
use crate::server::{App, Server};

/// Connections used for filling.
const CONNECTIONS: usize = 64;

/// A consumer with a token.
#[derive(Debug, Clone)]
pub struct Consumer {
    /// The ConsumerJWS.
    pub jws: String,
}

/// A consumer's open conversation.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// The ConsumerJWS.
    pub jws: String,
    /// The conversation's id, which is its main dialog's id too.
    pub id: String,
}

/// A connector signed in to a running server.
#[derive(Debug, Clone)]
pub struct Platform {
    /// Where requests go.
    pub target: Target,
    /// The signed-in connector.
    pub caller: Caller,
    /// The connector's credentials.
    pub app: App,
    /// The operator's token.
    pub operator_token: String,
}

impl Platform {
    /// Signs the app of `--dev` in.
    ///
    /// # Errors
    /// When no AppJWT is given.
    pub async fn sign_in(server: &Server) -> anyhow::Result<Self> {
        let target = server.plain()?;
        let (account, app) = (server.dev.account.clone(), server.dev.app.clone());
        let request = requests::app_token(&account, &app.client_id, &app.client_secret);
        let token: AccessToken = fetch(&target, &request, 200).await.context("asking for an AppJWT")?;
        Ok(Self {
            target,
            caller: Caller { account, app_jwt: token.access_token },
            app,
            operator_token: server.operator_token.clone(),
        })
    }

    /// Gets a ConsumerJWS for each name.
    ///
    /// # Errors
    /// When an answer is not as expected.
    pub async fn consumers(&self, names: Vec<String>) -> anyhow::Result<(Vec<Consumer>, Outcome)> {
        let each = ConsumerTokens { caller: self.caller.clone(), names };
        let count = each.names.len();
        let (yields, outcome) = all(&self.target, each, count).await.context("asking for ConsumerJWS")?;
        Ok((yields, outcome))
    }

    /// Opens a conversation for each consumer.
    ///
    /// # Errors
    /// When an answer is not as expected.
    pub async fn conversations(&self, consumers: &[Consumer]) -> anyhow::Result<Vec<Conversation>> {
        let each = Openings { caller: self.caller.clone(), consumers: consumers.to_vec(), lenient: false };
        let (yields, _) = all(&self.target, each, consumers.len()).await.context("opening conversations")?;
        Ok(yields)
    }

    /// The same, but a consumer who already has an open conversation is passed over: for going on after an interruption.
    ///
    /// # Errors
    /// When an answer is neither.
    pub async fn conversations_where_missing(
        &self,
        consumers: &[Consumer],
    ) -> anyhow::Result<Vec<Conversation>> {
        let each = Openings { caller: self.caller.clone(), consumers: consumers.to_vec(), lenient: true };
        let (mut yields, _) =
            all(&self.target, each, consumers.len()).await.context("opening conversations")?;
        yields.retain(|conversation| !conversation.id.is_empty());
        Ok(yields)
    }

    /// Installs apps through the operator API.
    ///
    /// # Errors
    /// When an answer is not as expected.
    pub async fn install_apps(&self, count: usize) -> anyhow::Result<Vec<App>> {
        let each =
            Installs { account: self.caller.account.clone(), operator_token: self.operator_token.clone() };
        Ok(all(&self.target, each, count).await.context("installing apps")?.0)
    }

    /// Installs an app with webhooks through the operator API.
    ///
    /// # Errors
    /// When the answer is not as expected.
    pub async fn install_webhooks(&self, app: &WebhookApp<'_>) -> anyhow::Result<App> {
        let request = app.install(&self.caller.account, &self.operator_token);
        fetch(&self.target, &request, 201).await.with_context(|| format!("installing {}", app.name))
    }
}

/// Sends one request on its own connection and parses the answer.
///
/// # Errors
/// When the status is another or the body does not parse.
pub async fn fetch<T: DeserializeOwned>(target: &Target, request: &[u8], status: u16) -> anyhow::Result<T> {
    let mut connection = target.connect().await?;
    let answer = connection.exchange(request).await?;
    if answer.status != status {
        bail!("expected {status}, got {}", answer.summary());
    }
    serde_json::from_slice(answer.body).with_context(|| format!("parsing {}", answer.summary()))
}

async fn all<E: Each>(target: &Target, each: E, count: usize) -> anyhow::Result<(Vec<E::Yield>, Outcome)> {
    all_over(target, each, count, CONNECTIONS).await
}

/// Sends the requests `0…count`, each once, over at most so many connections.
///
/// # Errors
/// When an answer is not as expected.
pub(crate) async fn all_over<E: Each>(
    target: &Target,
    each: E,
    count: usize,
    connections: usize,
) -> anyhow::Result<(Vec<E::Yield>, Outcome)> {
    let next = Arc::new(AtomicUsize::new(0));
    let workloads = Exhaustible::spread(&Arc::new(each), &next, count, connections.min(count.max(1)));
    let (outcome, workloads) = load::run(target, workloads, Span::exhausting()).await?;
    let outcome = outcome.all_well("filling the server")?;
    Ok((Exhaustible::collect(workloads), outcome))
}

#[derive(Deserialize)]
struct AccessToken {
    access_token: String,
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

struct ConsumerTokens {
    caller: Caller,
    names: Vec<String>,
}

impl Each for ConsumerTokens {
    type Yield = Consumer;

    fn write(&self, index: usize, request: &mut Vec<u8>) {
        let name = self.names.get(index).map_or("", String::as_str);
        request.extend_from_slice(&self.caller.consumer(name));
    }

    fn read(&self, _: usize, answer: &Answer<'_>) -> Option<Consumer> {
        let token: Token = (answer.status == 201).then(|| serde_json::from_slice(answer.body).ok())??;
        Some(Consumer { jws: token.token })
    }
}

/// Opens conversations; see [`opened`] for what an answer yields.
pub struct Openings {
    /// The connector.
    pub caller: Caller,
    /// Whose conversations are opened.
    pub consumers: Vec<Consumer>,
    /// Whether a consumer with an open conversation is passed over, yielding an empty id.
    pub lenient: bool,
}

impl Each for Openings {
    type Yield = Conversation;

    fn write(&self, index: usize, request: &mut Vec<u8>) {
        let jws = self.consumers.get(index).map_or("", |consumer| consumer.jws.as_str());
        request.extend_from_slice(&self.caller.conversation(jws));
    }

    fn read(&self, index: usize, answer: &Answer<'_>) -> Option<Conversation> {
        let jws = self.consumers.get(index)?.jws.clone();
        if self.lenient && is_already_open(answer) {
            return Some(Conversation { jws, id: String::new() });
        }
        opened(answer).map(|id| Conversation { jws, id })
    }
}

/// The id of the conversation that was opened. Source: spec 05 §3.2.
pub fn opened(answer: &Answer<'_>) -> Option<String> {
    #[derive(Deserialize)]
    struct Element<'a> {
        code: &'a str,
        body: Body<'a>,
    }
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(rename = "conversationId")]
        conversation_id: Option<&'a str>,
    }
    let elements: Vec<Element<'_>> =
        (answer.status == 200).then(|| serde_json::from_slice(answer.body).ok())??;
    let element = elements.get(1).filter(|element| element.code == "OK")?;
    element.body.conversation_id.map(str::to_owned)
}

/// Whether the answer says that the consumer has an open conversation. Source: spec 05 §6.2.
pub fn is_already_open(answer: &Answer<'_>) -> bool {
    answer.status == 400 && answer.contains(b"already has open conversation")
}

/// The sequence that a SEND was answered with. Source: spec 05 §4.1.
pub fn published(answer: &Answer<'_>) -> Option<u64> {
    #[derive(Deserialize)]
    struct Published<'a> {
        code: &'a str,
        body: Body,
    }
    #[derive(Deserialize)]
    struct Body {
        sequence: u64,
    }
    let published: Published<'_> =
        (answer.status == 200).then(|| serde_json::from_slice(answer.body).ok())??;
    (published.code == "OK").then_some(published.body.sequence)
}

struct Installs {
    account: String,
    operator_token: String,
}

impl Each for Installs {
    type Yield = App;

    fn write(&self, index: usize, request: &mut Vec<u8>) {
        let name = format!("com.example.bench-{index}");
        request.extend_from_slice(&requests::install_app(&self.account, &self.operator_token, &name));
    }

    fn read(&self, _: usize, answer: &Answer<'_>) -> Option<App> {
        (answer.status == 201).then(|| serde_json::from_slice(answer.body).ok())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_conversation_is_in_the_second_element() {
        let body = br#"[{"code":"OK","body":{"msg":"OK User Profile set successfully"},"reqId":"1"},{"code":"OK","body":{"conversationId":"c"},"reqId":"2"}]"#;
        assert_eq!(opened(&Answer { status: 200, body }), Some(String::from("c")));
        assert_eq!(opened(&Answer { status: 400, body }), None);
        assert_eq!(opened(&Answer { status: 200, body: b"[]" }), None);
    }

    #[test]
    fn the_answered_sequence_is_read() {
        let body = br#"{"reqId":"7","code":"OK","body":{"sequence":3}}"#;
        assert_eq!(published(&Answer { status: 200, body }), Some(3));
        assert_eq!(published(&Answer { status: 400, body }), None);
        assert_eq!(published(&Answer { status: 200, body: b"{}" }), None);
    }

    #[test]
    fn the_second_conversation_is_recognised() {
        let body = br#"[{},{"code":"BAD_REQUEST","body":{"msg":"Consumer request conversation failed: User x already has open conversation. Can't open another one."}}]"#;
        assert!(is_already_open(&Answer { status: 400, body }));
        assert!(!is_already_open(&Answer { status: 200, body }));
    }
}
