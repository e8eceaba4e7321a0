//! The secret by which points are moved: made once, when a policy first asks for it, and kept for as long as the store is.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::OptionalExtension as _;

use super::{Store, StoreError, sets};

/// The name under which the store keeps it.
const KEY: &str = "mask_secret";

/// 256 random bits of a store. Whoever has them can move points back: they are never shown, logged or exported.
#[derive(Clone, PartialEq, Eq)]
pub struct MaskSecret([u8; 32]);

impl std::fmt::Debug for MaskSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MaskSecret(…)")
    }
}

impl MaskSecret {
    /// From bits known already.
    pub fn new(bits: [u8; 32]) -> Self {
        Self(bits)
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Store {
    /// The store's secret, made where there is none yet.
    ///
    /// # Errors
    /// A store that cannot be written and has none; one that is not what was written; no random numbers.
    pub fn mask_secret(&mut self) -> Result<MaskSecret, StoreError> {
        if let Some(kept) = self.meta(KEY)? {
            return read(&kept);
        }
        let mut bits = [0; 32];
        getrandom::fill(&mut bits).map_err(|e| StoreError::NoRandom(e.to_string()))?;
        self.write(|tx, fails| {
            // Another program may have been faster.
            let kept: Option<String> = tx
                .query_row("SELECT value FROM vigie_meta WHERE key = ?1", [KEY], |r| r.get(0))
                .optional()
                .map_err(fails)?;
            if let Some(kept) = kept {
                return read(&kept);
            }
            sets::set_meta(tx, KEY, &URL_SAFE_NO_PAD.encode(bits)).map_err(fails)?;
            Ok(MaskSecret(bits))
        })
    }
}

fn read(kept: &str) -> Result<MaskSecret, StoreError> {
    let bits = URL_SAFE_NO_PAD.decode(kept).ok().and_then(|b| b.try_into().ok());
    bits.map(MaskSecret).ok_or(StoreError::BadSecret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_has_one_secret_and_no_two_stores_the_same() {
        let dir = tempfile::tempdir().expect("a folder");
        let secret = |name: &str| {
            let mut store = Store::create(&dir.path().join(name), false).expect("a store");
            store.mask_secret().expect("a secret")
        };
        let of = |name: &str| Store::open(&dir.path().join(name)).expect("a store").mask_secret().expect("a secret");
        let (a, b) = (secret("a.gpkg"), secret("b.gpkg"));
        assert!(a == of("a.gpkg") && b == of("b.gpkg") && a != b);
        assert_eq!(format!("{a:?}"), "MaskSecret(…)");
        assert!(matches!(read("AAAA"), Err(StoreError::BadSecret)));
    }
}
