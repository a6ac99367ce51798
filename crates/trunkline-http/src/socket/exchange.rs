//! What a socket needs of the service behind it.

use trunkline_services::socket::Next;
use trunkline_wire::agent::Close;

/// The service's side of one socket. Dropping it tells the service that the socket is gone.
pub(crate) trait Exchange: Send + Sync {
    /// Takes one text frame; its answer comes through [`Exchange::next`].
    fn receive(&self, frame: &str) -> impl Future<Output = ()> + Send;
    /// Waits for what is to be written. Nothing is lost when the wait is given up.
    fn next(&self) -> impl Future<Output = Next> + Send;
    /// Takes nothing more to write; what waits is followed by this close.
    fn close(&self, close: Close);
    /// Waits until the credential counts no more, and says how the socket is closed then.
    fn ended(&self) -> impl Future<Output = Close> + Send;
}
