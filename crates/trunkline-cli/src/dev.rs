//! What `serve --dev` and `demo` set up: a local certificate authority, an account, two users, an app, and the file
//! that hands their credentials to a developer.

mod bootstrap;
mod certificates;
mod dates;
mod file;

pub(crate) use bootstrap::{bootstrap, finish};
pub(crate) use certificates::{peer_identity, server_identity};
pub(crate) use file::DevFile;

/// The account that `serve --dev` creates.
pub(crate) const ACCOUNT: &str = "10020030";
