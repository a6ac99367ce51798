//! RSA key pairs.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use data_encoding::BASE64URL_NOPAD;
use trunkline_wire::sentinel::Jwk;
use zeroize::Zeroizing;

/// Smallest modulus accepted, in bytes: 2048 bits. Source: spec 03 §4.
const MODULUS_LEN: usize = 256;

/// A private key that signs RS256.
pub struct RsaKey(KeyPair);

/// A key that cannot be made or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The generator failed.
    #[error("cannot make an RSA key")]
    Generate,
    /// Not a PKCS#8 RSA key, or an unsound one.
    #[error("not an RSA private key in PKCS#8 form")]
    Malformed,
    /// Shorter than 2048 bits.
    #[error("the RSA key is shorter than 2048 bits")]
    TooShort,
    /// The key cannot be written down.
    #[error("cannot write the RSA key in PKCS#8 form")]
    Encode,
    /// The signature failed.
    #[error("cannot sign with the RSA key")]
    Sign,
}

impl RsaKey {
    /// Makes a 2048-bit key pair. Takes tens to hundreds of milliseconds: call it on a blocking thread.
    ///
    /// # Errors
    /// [`KeyError::Generate`].
    pub fn generate() -> Result<Self, KeyError> {
        KeyPair::generate(KeySize::Rsa2048).map(Self).map_err(|_| KeyError::Generate)
    }

    /// Reads a private key in PKCS#8 DER form.
    ///
    /// # Errors
    /// [`KeyError::Malformed`], [`KeyError::TooShort`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let pair = KeyPair::from_pkcs8(der).map_err(|_| KeyError::Malformed)?;
        if pair.public_modulus_len() < MODULUS_LEN {
            return Err(KeyError::TooShort);
        }
        Ok(Self(pair))
    }

    /// Writes the private key in PKCS#8 DER form.
    ///
    /// # Errors
    /// [`KeyError::Encode`].
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let der: Pkcs8V1Der<'_> = self.0.as_der().map_err(|_| KeyError::Encode)?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        let public = self.0.public_key();
        PublicKey {
            n: BASE64URL_NOPAD.encode(public.modulus().big_endian_without_leading_zero()),
            e: BASE64URL_NOPAD.encode(public.exponent().big_endian_without_leading_zero()),
        }
    }

    /// Signs `message` with RSASSA-PKCS1-v1_5 and SHA-256 ("RS256"). About 250 µs of a core.
    ///
    /// # Errors
    /// [`KeyError::Sign`].
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| KeyError::Sign)?;
        Ok(signature)
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaKey(…)")
    }
}

/// The public half of a key pair, as a JWKS spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    pub(crate) n: String,
    pub(crate) e: String,
}

impl PublicKey {
    /// The JWKS entry under this name. Source: spec 03 §5.
    pub fn jwk(&self, kid: &str) -> Jwk {
        Jwk::rs256(kid.to_owned(), self.n.clone(), self.e.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_generated_key_has_2048_bits_and_survives_pkcs8() {
        let key = RsaKey::generate().unwrap();
        assert_eq!(BASE64URL_NOPAD.decode(key.public().n.as_bytes()).unwrap().len(), 256);
        assert_eq!(key.public().e, "AQAB");
        let again = RsaKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        assert_eq!(again.public(), key.public());
    }

    #[test]
    fn garbage_is_no_key() {
        assert_eq!(RsaKey::from_pkcs8(b"").unwrap_err(), KeyError::Malformed);
        assert_eq!(RsaKey::from_pkcs8(&[0x30, 0x82, 1]).unwrap_err(), KeyError::Malformed);
    }

    #[test]
    fn signatures_are_deterministic() {
        let key = testing::key(0);
        assert_eq!(key.sign(b"text").unwrap(), key.sign(b"text").unwrap());
        assert_ne!(key.sign(b"text").unwrap(), testing::key(1).sign(b"text").unwrap());
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", testing::key(0)), "RsaKey(…)");
    }
}
