//! What a socket needs of the service behind it.

use trunkline_services::agent::{AgentConnection, Next};
use trunkline_wire::agent::Close;

/// The service's side of one socket. Dropping it tells the service that the socket is gone.
pub(super) trait Exchange: Send + Sync {
    /// Takes one text frame; its answer comes through [`Exchange::next`].
    fn receive(&self, frame: &str) -> impl Future<Output = ()> + Send;
    /// Waits for what is to be written. Nothing is lost when the wait is given up.
    fn next(&self) -> impl Future<Output = Next> + Send;
    /// Takes nothing more to write; what waits is followed by this close.
    fn close(&self, close: Close);
    /// Waits until the credential counts no more.
    fn ended(&self) -> impl Future<Output = ()> + Send;
}

impl Exchange for AgentConnection {
    async fn receive(&self, frame: &str) {
        self.receive(frame).await;
    }

    async fn next(&self) -> Next {
        self.outbox().next().await
    }

    fn close(&self, close: Close) {
        self.outbox().close(close);
    }

    async fn ended(&self) {
        self.ended().await;
    }
}
