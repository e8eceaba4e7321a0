//! Digests: how they are written, and how they are made with a key.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// Bytes in hexadecimal, two small letters or digits each.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// HMAC-SHA-256 (RFC 2104): digests that nobody makes without the key.
#[derive(Debug)]
pub struct Hmac {
    inner: Sha256,
    outer: Sha256,
}

impl Hmac {
    /// With a key of the length that SHA-256 gives.
    pub fn keyed(key: &[u8; 32]) -> Self {
        let padded = |with: u8| {
            let mut block = [with; 64];
            block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
            Sha256::new_with_prefix(block)
        };
        Self { inner: padded(0x36), outer: padded(0x5c) }
    }

    /// The digest of texts one after the other; they carry what keeps them apart.
    pub fn of(mut self, texts: &[&[u8]]) -> [u8; 32] {
        for text in texts {
            self.inner.update(text);
        }
        self.outer.update(self.inner.finalize());
        self.outer.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_keyed_digest_is_that_of_the_standard() {
        // RFC 4231, case 1: a key of 20 bytes, which its padding makes one of 32.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let mac = super::Hmac::keyed(&key).of(&[b"Hi ", b"There"]);
        assert_eq!(super::hex(&mac), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    }

    #[test]
    fn every_byte_is_two_characters() {
        assert_eq!(super::hex(&[0, 10, 255]), "000aff");
        assert_eq!(super::hex(&[]), "");
    }
}
