//! The shape of generated client secrets.

use zeroize::Zeroizing;

/// The digits of a client secret: base 32 in the order of the alphabet. Source: spec 02 §1 (examples).
const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// Writes 130 of these random bits as a client secret: 26 characters of `0-9a-v`. Source: spec 00 §1.
pub fn client_secret(random: [u8; 17]) -> Zeroizing<String> {
    let random = Zeroizing::new(random);
    let digit = |index: usize| {
        let bit = index * 5;
        let pair = u16::from(random[bit / 8]) << 8 | u16::from(random.get(bit / 8 + 1).copied().unwrap_or(0));
        char::from(DIGITS[usize::from(pair >> (11 - bit % 8) & 31)])
    };
    Zeroizing::new((0..26).map(digit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_secret_has_26_digits_and_uses_130_bits() {
        assert_eq!(*client_secret([0; 17]), "0".repeat(26));
        assert_eq!(*client_secret([255; 17]), "v".repeat(26));
        let mut first = [0; 17];
        first[0] = 0b0000_1000;
        assert_eq!(*client_secret(first), format!("1{}", "0".repeat(25)));
        let mut last = [0; 17];
        last[16] = 0b0100_0000;
        assert_eq!(*client_secret(last), format!("{}1", "0".repeat(25)));
    }

    proptest! {
        #[test]
        fn every_secret_agrees_with_base32hex(random: [u8; 17]) {
            let expected = data_encoding::BASE32HEX_NOPAD.encode(&random).to_lowercase();
            let secret = client_secret(random);
            prop_assert_eq!(secret.as_str(), &expected[..26]);
        }
    }
}
