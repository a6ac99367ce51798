//! Ready-made keys for tests, because making one takes long. Their private halves are public: never use them elsewhere.

use crate::RsaKey;

const KEYS: [&[u8]; 6] = [
    include_bytes!("../testdata/rsa-2048-0.pkcs8"),
    include_bytes!("../testdata/rsa-2048-1.pkcs8"),
    include_bytes!("../testdata/rsa-2048-2.pkcs8"),
    include_bytes!("../testdata/rsa-2048-3.pkcs8"),
    include_bytes!("../testdata/rsa-2048-4.pkcs8"),
    include_bytes!("../testdata/rsa-2048-5.pkcs8"),
];

/// How many different keys there are.
pub const KEY_COUNT: usize = KEYS.len();

/// The key of this number; beyond [`KEY_COUNT`] they repeat.
pub fn key(number: usize) -> RsaKey {
    RsaKey::from_pkcs8(KEYS[number % KEY_COUNT]).expect("the file holds a key")
}
