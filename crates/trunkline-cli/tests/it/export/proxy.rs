//! Stands between the command and the server, and cuts the first answer short.

use std::io::{self, Read as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// What happens to a connection whose bytes are used up.
#[derive(Clone, Copy)]
pub(crate) enum Cut {
    Close,
    /// It stays open, and nothing comes any more.
    Hold,
}

pub(crate) struct Proxy {
    pub(crate) base: String,
    cut: Receiver<()>,
}

impl Proxy {
    /// Hands on to the server at a base URL: so many bytes of the first answer, and everything of the others.
    pub(crate) fn to(server: &str, most: usize, cut: Cut) -> Self {
        let server = server.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (tell, told) = channel();
        thread::spawn(move || {
            let mut held = Vec::new();
            let mut left = most;
            for client in listener.incoming() {
                let client = client.unwrap();
                hand_on(&client, &server, left);
                if left == most {
                    match cut {
                        Cut::Close => client.shutdown(Shutdown::Both).unwrap_or_default(),
                        Cut::Hold => held.push(client),
                    }
                    // Not every test waits for it.
                    let _ = tell.send(());
                }
                left = usize::MAX;
            }
        });
        Self { base, cut: told }
    }

    pub(crate) fn wait_for_the_cut(&self) {
        self.cut.recv().unwrap();
    }
}

/// Hands on until either side is through, or so many bytes came from the server.
fn hand_on(client: &TcpStream, server: &str, most: usize) {
    let server = TcpStream::connect(server).unwrap();
    let (mut asks, mut asked) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || {
        let _ = io::copy(&mut asks, &mut asked);
        let _ = asked.shutdown(Shutdown::Write);
    });
    let mut client = client;
    let _ = io::copy(&mut (&server).take(most as u64), &mut client);
    let _ = server.shutdown(Shutdown::Both);
}
