//! A consumer's connection as a socket.

use trunkline_services::consumer::ConsumerConnection;
use trunkline_services::socket::Next;
use trunkline_wire::agent::Close;

use crate::socket::Exchange;

impl Exchange for ConsumerConnection {
    async fn receive(&self, frame: &str) {
        self.receive(frame).await;
    }

    async fn next(&self) -> Next {
        self.outbox().next().await
    }

    fn close(&self, close: Close) {
        self.outbox().close(close);
    }

    async fn ended(&self) -> Close {
        self.ended().await
    }
}
