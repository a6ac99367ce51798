//! Apps whose receivers are dead, each in another way.

use crate::platform::Platform;
use crate::receiver::{Inbox, Receiver, Reply};
use crate::requests::{Retry, WebhookApp};

/// Each way of being dead with each of these policies.
const POLICIES: [Retry; 3] = [Retry::Seconds(3600), Retry::Times(5), Retry::Times(0)];

/// Nine apps: three refuse connections, three never answer, three answer 500.
pub(super) struct DeadApps {
    _receivers: Vec<Receiver<Inbox>>,
}

impl DeadApps {
    /// Installs them.
    pub(super) async fn install(platform: &Platform) -> anyhow::Result<Self> {
        let mut receivers = Vec::new();
        for retry in POLICIES {
            for receiver in [
                Receiver::down(Inbox::answering(Reply::Fail))?,
                Receiver::up(Inbox::answering(Reply::Hang))?,
                Receiver::up(Inbox::answering(Reply::Fail))?,
            ] {
                let name = format!("com.example.dead-{}", receivers.len());
                let url = receiver.url();
                let app = WebhookApp { name: &name, url: &url, retry, standard_webhooks: false };
                platform.install_webhooks(&app).await?;
                receivers.push(receiver);
            }
        }
        Ok(Self { _receivers: receivers })
    }
}
