//! Signs and verifies AppJWT and ConsumerJWS, signs webhooks and the URLs of files; key sets, sealing of secrets, and the small cryptographic
//! helpers the services share.
//!
//! Everything goes through one crypto stack, `aws-lc-rs`. Signing is our own compact JWS, because the token header
//! must be byte-identical to what the platform has always sent (spec 03 §4); verifying goes through `jsonwebtoken`.
//! Nothing here reads the clock, and what is random comes in as an argument, with two exceptions that cannot be
//! seeded: making an RSA key and RSA blinding.
#![warn(missing_docs)]

mod client_secret;
mod digest;
mod jws;
mod rsa;
mod sealing;
mod temp_url;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod trusted;
mod verify;
mod webhook;

pub use client_secret::client_secret;
pub use digest::{constant_time_eq, consumer_id, sha256};
pub use jws::{SignError, Signer};
pub use rsa::{KeyError, PublicKey, RsaKey};
pub use sealing::{NONCE_LEN, SealError, SealingKey};
pub use temp_url::TempUrlKey;
pub use trusted::{TrustedKeyError, TrustedKeys};
pub use verify::{VerifyError, VerifyingKeys};
pub use webhook::{StandardKey, WebhookKey, standard_webhooks_secret};
