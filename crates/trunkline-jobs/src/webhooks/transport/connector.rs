//! Opening connections: look up, check, connect, shake hands.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_rustls::TlsConnector;

use super::addresses::AddressPolicy;
use super::connection::Connection;
use super::endpoint::{Host, Origin, TlsPeer};
use super::failure::{Failure, Step};
use super::options::PlainHttp;
use super::resolver::Resolver;
use super::stream::Channel;
use super::tls::Tls;

/// The most addresses of a host that are tried.
const ADDRESSES: usize = 8;

/// How long the next address waits for the one before. Source: RFC 8305 §5.
const HEAD_START: Duration = Duration::from_millis(250);

/// Opens connections.
pub(super) struct Connector {
    pub(super) resolver: Arc<dyn Resolver>,
    pub(super) addresses: AddressPolicy,
    pub(super) plain_http: PlainHttp,
    pub(super) tls: Tls,
    /// For all steps together.
    pub(super) timeout: Duration,
}

impl Connector {
    /// Opens a connection to an origin, within the time-out.
    pub(super) async fn connect(&self, origin: &Origin) -> Result<Connection, Failure> {
        if origin.tls.is_none() && self.plain_http == PlainHttp::Never {
            return Err(Failure::PlainHttp);
        }
        let deadline = Instant::now() + self.timeout;
        let addresses = self.within(deadline, Step::LookUp, self.allowed_addresses(origin)).await?;
        let connecting = async { connect_to_any(&addresses).await.map_err(Failure::connect) };
        let tcp = self.within(deadline, Step::Connect, connecting).await?;
        // A socket that cannot be set up will fail at its first use.
        let _ = tcp.set_nodelay(true);
        let channel = match &origin.tls {
            None => Channel::Plain(tcp),
            Some(peer) => self.within(deadline, Step::Handshake, self.shake_hands(peer, tcp)).await?,
        };
        Connection::new(channel).await.map_err(Failure::Other)
    }

    async fn within<T>(
        &self,
        deadline: Instant,
        step: Step,
        what: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let result = timeout_at(deadline, what).await;
        result.unwrap_or(Err(Failure::ConnectTimeout { step, limit: self.timeout }))
    }

    /// The addresses that may be connected to; exactly these are, with no second look-up that could say otherwise.
    async fn allowed_addresses(&self, origin: &Origin) -> Result<Vec<SocketAddr>, Failure> {
        let found = match &origin.host {
            Host::Address(address) => {
                self.addresses.check(*address).map_err(Failure::DeniedLiteral)?;
                vec![*address]
            }
            Host::Name(name) => self.resolver.resolve(name).await.map_err(Failure::Dns)?,
        };
        let mut allowed = Vec::new();
        let mut refusal = Failure::NoAddress;
        for address in found {
            match self.addresses.check(address) {
                Err(denial) => refusal = Failure::Denied(denial),
                Ok(()) if origin.tls.is_none() && !is_loopback(address) => {
                    refusal = Failure::PlainHttpElsewhere;
                }
                Ok(()) => allowed.push(SocketAddr::new(address, origin.port)),
            }
        }
        allowed.truncate(ADDRESSES);
        if allowed.is_empty() { Err(refusal) } else { Ok(allowed) }
    }

    async fn shake_hands(&self, peer: &TlsPeer, tcp: TcpStream) -> Result<Channel, Failure> {
        let connector = TlsConnector::from(self.tls.config(peer.identity));
        let shaking = connector.connect(peer.name.clone(), tcp).await;
        shaking.map(|tls| Channel::Tls(Box::new(tls))).map_err(|error| Failure::handshake(&error))
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// The first connection that comes about. An address that does not answer does not hold up the others: each has a head
/// start only.
async fn connect_to_any(addresses: &[SocketAddr]) -> std::io::Result<TcpStream> {
    let mut waiting = addresses.iter();
    let mut attempts = FuturesUnordered::new();
    let mut last = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    loop {
        if let Some(address) = waiting.next() {
            attempts.push(TcpStream::connect(*address));
        }
        if attempts.is_empty() {
            return Err(last);
        }
        tokio::select! {
            Some(attempt) = attempts.next() => match attempt {
                Ok(tcp) => return Ok(tcp),
                Err(error) => last = error,
            },
            () = sleep(HEAD_START), if waiting.len() > 0 => {}
        }
    }
}
