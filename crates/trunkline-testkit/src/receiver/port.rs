//! A port that stays ours while nobody listens on it.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// A loopback port, bound by a socket that does not listen (whoever connects is refused) or known to be listened on.
#[derive(Debug)]
pub(super) struct Port {
    address: SocketAddr,
    reserved: Option<TcpSocket>,
}

impl Port {
    /// A port that the system chose.
    pub(super) fn any() -> Self {
        Self::bound(([127, 0, 0, 1], 0).into())
    }

    /// The address.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Begins to listen.
    pub(super) fn listen(self) -> (TcpListener, Self) {
        let socket = self.reserved.unwrap_or_else(|| socket(self.address));
        let listener = socket.listen(1024).expect("the port is ours");
        (listener, Self { address: self.address, reserved: None })
    }

    /// Holds the port while its listener goes away.
    pub(super) fn reserve_again(self) -> Self {
        Self::bound(self.address)
    }

    fn bound(address: SocketAddr) -> Self {
        let socket = socket(address);
        let address = socket.local_addr().expect("a bound socket has an address");
        Self { address, reserved: Some(socket) }
    }
}

fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    // Lets the new socket have the port while the old one still listens.
    #[cfg(unix)]
    socket.set_reuseport(true).expect("the system can share ports");
    socket.bind(address).expect("loopback has a free port");
    socket
}
