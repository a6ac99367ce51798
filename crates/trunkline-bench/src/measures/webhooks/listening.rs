//! A server with an app that listens to everything.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use anyhow::ensure;

use super::super::memory::Messages;
use super::super::{Bench, CONNECTIONS, CONVERSATIONS, open, texts};
use super::dead::DeadApps;
use crate::load::{self, Exhaustible, Span};
use crate::platform::{Conversation, Platform};
use crate::receiver::{Inbox, Receiver};
use crate::requests::{self, Retry, WebhookApp};
use crate::server::{App, Server};

/// How long undelivered events are kept, in seconds: longer than any run.
const RETENTION: u32 = 86_400;

/// A server, the receiver of an app of its, and open conversations.
pub(super) struct Listening {
    name: &'static str,
    pub(super) server: Server,
    pub(super) platform: Platform,
    pub(super) receiver: Receiver<Inbox>,
    app: App,
    pub(super) conversations: Vec<Conversation>,
    /// Messages that were accepted so far.
    sent: u64,
}

impl Listening {
    /// Starts a server on an empty directory and waits until the app heard of every conversation.
    pub(super) async fn start(bench: &Bench, name: &'static str) -> anyhow::Result<Self> {
        Ok(Self::start_beside(bench, name, false).await?.0)
    }

    /// The same, beside dead apps if wanted.
    pub(super) async fn start_beside(
        bench: &Bench,
        name: &'static str,
        dead: bool,
    ) -> anyhow::Result<(Self, Option<DeadApps>)> {
        let (server, platform) = bench.fresh(name).await?;
        let receiver = Receiver::up(Arc::<Inbox>::default())?;
        let app = platform
            .install_webhooks(&WebhookApp {
                name: "com.example.bench-webhooks",
                url: &receiver.url(),
                retry: Retry::Seconds(RETENTION),
                standard_webhooks: false,
            })
            .await?;
        receiver.desk().check_signatures(&app.client_secret);
        let dead = if dead { Some(DeadApps::install(&platform).await?) } else { None };
        let conversations = open(&platform, CONVERSATIONS).await?;
        receiver.desk().changes(CONVERSATIONS as u64).await?;
        let listening = Self { name, server, platform, receiver, app, conversations, sent: 0 };
        Ok((listening, dead))
    }

    /// A text for each conversation.
    pub(super) fn texts(&self) -> Vec<Vec<u8>> {
        texts(&self.platform, &self.conversations)
    }

    /// Notes accepted messages.
    pub(super) fn accepted(&mut self, messages: u64) {
        self.sent += messages;
    }

    /// Sends so many messages as fast as they are accepted.
    pub(super) async fn send(&mut self, messages: usize) -> anyhow::Result<()> {
        let each = Arc::new(Messages(self.texts()));
        let workloads = Exhaustible::spread(&each, &Arc::new(AtomicUsize::new(0)), messages, CONNECTIONS);
        let (outcome, _) = load::run(&self.platform.target, workloads, Span::exhausting()).await?;
        self.accepted(outcome.all_well("SEND with webhooks")?.accepted);
        Ok(())
    }

    /// Waits until every accepted message arrived, each once and in order; when the newest did.
    pub(super) async fn delivered(&self) -> anyhow::Result<std::time::Instant> {
        let newest = self.receiver.desk().messages(self.sent).await?;
        self.receiver.desk().all_well()?;
        Ok(newest)
    }

    /// Messages that were accepted but have not arrived.
    pub(super) fn undelivered(&self) -> u64 {
        self.sent.saturating_sub(self.receiver.desk().counts().messages)
    }

    /// Tells the server that the receiver is back.
    pub(super) async fn resume(&self) -> anyhow::Result<()> {
        let Platform { caller, operator_token, target, .. } = &self.platform;
        let request = requests::resume_deliveries(&caller.account, operator_token, &self.app.client_id);
        let mut connection = target.connect().await?;
        let answer = connection.exchange(&request).await?;
        ensure!((200..300).contains(&answer.status), "resuming was refused: {}", answer.summary());
        Ok(())
    }

    /// Stops the server and removes its data.
    pub(super) fn discard(self, bench: &Bench) -> anyhow::Result<()> {
        bench.discard(self.server, self.name)
    }
}
