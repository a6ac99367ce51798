//! How often one core signs with RSA-2048: the ceiling of every token endpoint.

use std::time::Duration;

use anyhow::Context as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use serde::{Deserialize, Serialize};

use crate::stopwatch;

/// What was measured.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Signing {
    /// Signatures per second.
    pub rate: f64,
}

/// Signs the bytes of a token's length for `span`.
///
/// # Errors
/// When the cryptography fails.
pub fn measure(span: Duration) -> anyhow::Result<Signing> {
    let key = KeyPair::generate(KeySize::Rsa2048).context("generating a key")?;
    let (random, message) = (SystemRandom::new(), [b'x'; 330]);
    let mut signature = vec![0; key.public_modulus_len()];
    let start = stopwatch::now();
    let mut signatures = 0_u32;
    while start.elapsed() < span {
        key.sign(&RSA_PKCS1_SHA256, &random, &message, &mut signature).context("signing")?;
        signatures += 1;
    }
    Ok(Signing { rate: f64::from(signatures) / start.elapsed().as_secs_f64() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_yields_a_rate() {
        assert!(measure(Duration::from_millis(20)).unwrap().rate > 0.0);
    }
}
