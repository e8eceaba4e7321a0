//! A fact on its way in and out of the history: one compact JSON array, its name and its digest.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::domain::{Attrs, Fact, Place, When};

/// What names a fact in the store: half of the SHA-256 of theme, source and id.
pub type Key = [u8; 16];

/// A fact ready to be written: made in any thread, written by one.
#[derive(Debug)]
pub struct Prepared {
    /// The fact.
    pub(super) fact: Fact,
    pub(super) body: String,
    /// Its name.
    pub key: Key,
    /// The first 64 bits of the SHA-256 of its body: two versions of one fact that agree in it are the same.
    pub digest: i64,
    /// Whether its place waits for an officer: it is written, and counted as to be reviewed.
    pub to_review: bool,
}

#[derive(Serialize)]
struct Written<'a>(&'a str, &'a str, When, &'a Place, &'a Attrs, bool);

#[derive(Deserialize)]
struct Read<'a>(#[serde(borrow)] Cow<'a, str>, #[serde(borrow)] Cow<'a, str>, When, Place, Attrs, bool);

impl Prepared {
    /// The fact.
    pub fn fact(&self) -> &Fact {
        &self.fact
    }

    /// Writes the body of a fact and works out its name.
    pub fn new(fact: Fact) -> Self {
        let parts = Written(&fact.id, &fact.source, fact.when, &fact.place, &fact.attrs, fact.synthetic);
        // Text, numbers and maps by text: none of it can fail to be written.
        let body = serde_json::to_string(&parts).unwrap_or_default();
        let key = key(&fact.theme, &fact.source, &fact.id);
        let digest = digest(&body);
        Self { fact, body, key, digest, to_review: false }
    }
}

/// The first 64 bits of a body's SHA-256.
pub(super) fn digest(body: &str) -> i64 {
    let hash = Sha256::digest(body.as_bytes());
    hash.first_chunk::<8>().map_or(0, |b| i64::from_be_bytes(*b))
}

pub(super) fn key(theme: &str, source: &str, id: &str) -> Key {
    let mut hash = Sha256::new();
    for part in [theme, "\u{1f}", source, "\u{1f}", id] {
        hash.update(part.as_bytes());
    }
    let mut key = [0; 16];
    key.copy_from_slice(&hash.finalize()[..16]);
    key
}

/// Reads a body back.
pub(super) fn read(theme: &Arc<str>, body: &str) -> Result<Fact, serde_json::Error> {
    let Read(id, source, when, place, attrs, synthetic) = serde_json::from_str(body)?;
    let (id, source) = (id.as_ref().into(), source.as_ref().into());
    Ok(Fact { theme: theme.clone(), id, source, when, place, attrs, synthetic })
}
