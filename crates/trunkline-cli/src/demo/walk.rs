//! The walk: what the connector knows so far, and how it makes a call.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use reqwest::Certificate;

use super::answer::Answer;
use super::call::{Body, Call};
use super::campaign::Campaign;
use super::mismatch::{Mismatch, expect};
use super::notification::Notification;
use super::receiver::Receiver;
use super::screen::{Colour, Screen, brief, shorten};
use super::transcript::{Said, Sender, Transcript};
use super::visit::Visit;
use crate::bot::RunningBot;
use crate::dev::DevFile;
use crate::failure::Failure;
use crate::platform::Platform;

/// What the connector knows so far.
pub(crate) struct Walk {
    http: reqwest::Client,
    screen: Screen,
    step: &'static str,
    done: Vec<(&'static str, &'static str, String)>,
    calls: usize,
    receiver: Receiver,
    notifications: usize,
    /// Where the Domain API is: the one address a connector is configured with.
    pub(crate) csds: String,
    pub(crate) account: String,
    pub(crate) admin: (String, String),
    pub(crate) hosts: HashMap<String, String>,
    pub(crate) agent: (String, String),
    /// The participant id of the agent.
    pub(crate) agent_id: String,
    /// The authority of the platform.
    pub(crate) ca_file: PathBuf,
    pub(crate) bot: Option<RunningBot>,
    pub(crate) bearer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) app_jwt: String,
    pub(crate) consumer_jws: String,
    pub(crate) consumer: String,
    /// What visitors come by.
    pub(crate) campaign: Campaign,
    /// How this one came.
    pub(crate) visit: Option<Visit>,
    pub(crate) conversation: String,
    /// The skill that answers the conversation.
    pub(crate) skill: String,
    /// Where the store keeps the file of the conversation.
    pub(crate) file: String,
    /// What was said in all conversations.
    pub(crate) transcript: Transcript,
    /// The sequence of the last stored event.
    pub(crate) sequence: i64,
}

impl Walk {
    /// A connector that knows its account and the Domain API, trusts the platform's authority, and has a receiver.
    pub(crate) fn new(
        platform: &Platform,
        dev: &DevFile,
        campaign: Campaign,
        screen: Screen,
        receiver: Receiver,
    ) -> Result<Self, Failure> {
        let pem = std::fs::read(&dev.ca_file).with_context(|| format!("cannot read {}", dev.ca_file))?;
        let authority = Certificate::from_pem(&pem).context("the authority is no certificate")?;
        let http = reqwest::Client::builder()
            .tls_certs_only([authority])
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .context("cannot prepare the HTTPS client")?;
        Ok(Self {
            http,
            screen,
            step: "0",
            done: Vec::new(),
            calls: 0,
            receiver,
            notifications: 0,
            csds: platform.http_url().context("the platform has no plain listener")?,
            account: dev.account.clone(),
            admin: (dev.admin.username.clone(), dev.admin.password.clone()),
            hosts: HashMap::new(),
            agent: (dev.agent.username.clone(), dev.agent.password.clone()),
            agent_id: String::new(),
            ca_file: PathBuf::from(&dev.ca_file),
            bot: None,
            bearer: String::new(),
            client_id: String::new(),
            client_secret: String::new(),
            app_jwt: String::new(),
            consumer_jws: String::new(),
            consumer: String::new(),
            campaign,
            visit: None,
            conversation: String::new(),
            skill: String::new(),
            file: String::new(),
            transcript: Transcript::default(),
            sequence: -1,
        })
    }

    /// The step that is being walked.
    pub(crate) fn present_step(&self) -> &'static str {
        self.step
    }

    /// Takes one step; what it returns goes into the summary.
    pub(crate) async fn step(
        &mut self,
        number: &'static str,
        title: &'static str,
        step: impl AsyncFnOnce(&mut Self) -> Result<String, Mismatch>,
    ) -> Result<(), Mismatch> {
        self.step = number;
        let heading = self.screen.paint(Colour::Bold, &format!("Step {number} · {title}"));
        self.screen.line(&format!("\n{heading}"));
        match step(self).await {
            Ok(result) => {
                let line = self.screen.paint(Colour::Good, &format!("  ✓ {result}"));
                self.screen.line(&line);
                self.done.push((number, title, result));
                Ok(())
            }
            Err(mismatch) => {
                let line = self.screen.paint(Colour::Bad, &format!("  ✗ {}", mismatch.0));
                self.screen.line(&line);
                Err(mismatch)
            }
        }
    }

    /// Makes a call and prints both sides of it.
    pub(crate) async fn call(&mut self, call: Call) -> Result<Answer, Mismatch> {
        let (status, headers, body) = self.exchange(call).await?;
        let text = std::str::from_utf8(&body).map_err(|_| Mismatch::new("the body is not UTF-8"))?;
        let answer = Answer::new(status, headers, text)?;
        for line in brief(&answer.body) {
            let line = self.screen.paint(Colour::Dim, &format!("      {line}"));
            self.screen.line(&line);
        }
        Ok(answer)
    }

    /// Makes a call to the file store, which answers with bytes.
    pub(crate) async fn transfer(&mut self, call: Call) -> Result<(StatusCode, HeaderMap, Bytes), Mismatch> {
        let (status, headers, body) = self.exchange(call).await?;
        let kind = headers.get("content-type").and_then(|value| value.to_str().ok());
        let kind = kind.map_or_else(String::new, |kind| format!("{kind}, "));
        let line = self.screen.paint(Colour::Dim, &format!("      {kind}{} bytes", body.len()));
        self.screen.line(&line);
        Ok((status, headers, body))
    }

    async fn exchange(&mut self, call: Call) -> Result<(StatusCode, HeaderMap, Bytes), Mismatch> {
        self.calls += 1;
        for (index, line) in call.lines().into_iter().enumerate() {
            self.screen.line(&format!("  {}{line}", if index == 0 { "→ " } else { "    " }));
        }
        let mut request = self.http.request(call.method, &call.url);
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        request = match call.body {
            Some(Body::Json(body)) => request.body(body),
            Some(Body::File(bytes)) => request.body(bytes),
            None => request,
        };
        let unanswered = |error: reqwest::Error| {
            Mismatch::new(format!("no answer: {:#}", anyhow::Error::new(error.without_url())))
        };
        let response = request.send().await.map_err(unanswered)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(unanswered)?;
        self.screen.line(&format!("  ← {status}"));
        Ok((status, headers, body))
    }

    /// The URL of a webhook of this connector.
    pub(crate) fn webhook(&self, path: &str) -> String {
        format!("{}{path}", self.receiver.url())
    }

    /// Waits for the next notification, checks what holds for each of them, and prints it.
    pub(crate) async fn notification(&mut self, path: &str) -> Result<Notification, Mismatch> {
        let request = self.receiver.next().await?;
        self.notifications += 1;
        let line = format!("  ⇐ POST {}", self.webhook(&request.path));
        self.screen.line(&line);
        expect(request.path == path, format!("it belongs to {path}"))?;
        let notification =
            Notification::check(&request, &self.account, &self.client_id, &self.client_secret)?;
        let good = self.screen.paint(Colour::Good, "signature ok");
        self.screen.line(&format!("      {} · {good}", notification.title()));
        for line in brief(notification.gist()?) {
            let line = self.screen.paint(Colour::Dim, &format!("      {line}"));
            self.screen.line(&line);
        }
        Ok(notification)
    }

    /// Nothing came that was not asked for.
    pub(crate) fn no_other_notification(&mut self) -> Result<(), Mismatch> {
        match self.receiver.waiting() {
            None => Ok(()),
            Some(request) => Err(Mismatch::new(format!("a notification too many came to {}", request.path))),
        }
    }

    /// Prints something that was found out without a call.
    pub(crate) fn note(&mut self, name: &str, text: &str) {
        let line = self.screen.paint(Colour::Dim, &format!("      {name}: {text}"));
        self.screen.line(&line);
    }

    /// The base URL of a service. Clients put `https://` before what the Domain API says (spec 01 §2).
    pub(crate) fn service(&self, name: &str) -> Result<String, Mismatch> {
        let host =
            self.hosts.get(name).ok_or_else(|| Mismatch::new(format!("the Domain API has no {name}")))?;
        Ok(format!("https://{host}"))
    }

    /// A request to CONVERSATION (`path` empty) or SEND (`/send`).
    pub(crate) fn messaging(&self, path: &str, body: &serde_json::Value) -> Result<Call, Mismatch> {
        let base = self.service("asyncMessagingEnt")?;
        let url = format!("{base}/api/account/{}/messaging/consumer/conversation{path}?v=3", self.account);
        Ok(Call::post(url).authorization(&self.app_jwt).on_behalf(&self.consumer_jws).json(body))
    }

    /// The last step but one took the conversation this far: the sequence must follow without a gap (spec 05 §5).
    pub(crate) fn follows(&mut self, sequence: i64) -> Result<(), Mismatch> {
        let expected = self.sequence + 1;
        expect(sequence == expected, format!("the sequence is {sequence}, not {expected}"))?;
        self.sequence = sequence;
        Ok(())
    }

    /// Notes the message with the last sequence, for the transcript.
    pub(crate) fn said(&mut self, sender: Sender, said: Said) {
        self.transcript.add(&self.conversation, self.sequence, sender, said);
    }

    /// Ends the bot, if there is one: it would come back to a platform that stops.
    pub(crate) async fn stop_bot(&mut self) {
        if let Some(bot) = self.bot.take() {
            bot.stop().await;
        }
    }

    /// One screen with everything that was done.
    pub(crate) fn summary(&mut self) {
        let heading = self.screen.paint(Colour::Bold, "Summary: every step matched the spec");
        self.screen.line(&format!("\n{heading}"));
        let width = self.done.iter().map(|(_, title, _)| title.chars().count()).max().unwrap_or(0);
        for (number, title, result) in std::mem::take(&mut self.done) {
            let tick = self.screen.paint(Colour::Good, "✓");
            self.screen.line(&format!("  {tick} {number:>2}  {title:width$}  {result}"));
        }
        let line = format!(
            "\n  {} calls · {} webhooks · account {} · app {} · conversation {}",
            self.calls,
            self.notifications,
            self.account,
            shorten(&self.client_id),
            shorten(&self.conversation)
        );
        self.screen.line(&line);
        self.screen.line("  Your own: trunkline serve --dev");
    }
}
