//! Finished bodies, kept up to a number of bytes; the least recently asked for goes first.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue};

use super::negotiate::Coding;

/// An answer that is ready to be sent, in one coding.
#[derive(Debug, Clone)]
pub(super) struct Finished {
    pub(super) media: &'static str,
    /// Hash of the uncoded body; the `ETag` is this and the coding.
    pub(super) tag: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) coding: Coding,
    pub(super) body: Bytes,
}

impl Finished {
    /// The strong entity tag: another coding is another sequence of bytes, so another tag.
    pub(super) fn etag(&self) -> String {
        self.coding.token().map_or_else(|| format!("\"{}\"", self.tag), |token| format!("\"{}-{token}\"", self.tag))
    }
}

/// What an answer depends on: the canonical request and the coding.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// The state of the data in memory: a later one has a larger number.
    pub(super) state: u64,
    pub(super) request: String,
    pub(super) coding: Coding,
}

/// The bounded store of finished bodies.
#[derive(Debug)]
pub(super) struct Cache {
    inner: Mutex<Inner>,
    most_bytes: usize,
    most_body: usize,
}

#[derive(Debug, Default)]
struct Inner {
    state: u64,
    entries: HashMap<Key, (u64, Finished)>,
    /// Order of use: the smallest was asked for the longest ago.
    order: BTreeMap<u64, Key>,
    clock: u64,
    bytes: usize,
}

/// What an entry costs beside its body: key, headers, both maps' nodes.
const OVERHEAD_BYTES: usize = 512;

fn cost(key: &Key, finished: &Finished) -> usize {
    finished.body.len() + 2 * key.request.len() + OVERHEAD_BYTES
}

impl Cache {
    pub(super) fn new(most_bytes: usize, most_body: usize) -> Self {
        Self { inner: Mutex::default(), most_bytes, most_body }
    }

    /// A finished answer.
    pub(super) fn get(&self, key: &Key) -> Option<Finished> {
        let mut inner = self.lock();
        let next = inner.clock + 1;
        let (used, finished) = inner.entries.get_mut(key)?;
        let before = std::mem::replace(used, next);
        let finished = finished.clone();
        inner.clock = next;
        inner.order.remove(&before);
        inner.order.insert(next, key.clone());
        Some(finished)
    }

    /// Keeps an answer, where it fits. The first of a newer state clears those of older ones.
    pub(super) fn put(&self, key: Key, finished: Finished) {
        let cost_bytes = cost(&key, &finished);
        if cost_bytes > self.most_bytes || finished.body.len() > self.most_body {
            return;
        }
        let mut inner = self.lock();
        if key.state > inner.state {
            *inner = Inner { state: key.state, clock: inner.clock, ..Inner::default() };
        }
        inner.remove(&key);
        inner.clock += 1;
        let now = inner.clock;
        inner.bytes += cost_bytes;
        inner.order.insert(now, key.clone());
        inner.entries.insert(key, (now, finished));
        while inner.bytes > self.most_bytes {
            let Some((_, oldest)) = inner.order.first_key_value() else { break };
            let oldest = oldest.clone();
            inner.remove(&oldest);
        }
    }

    /// What was in the map when a thread panicked is still whole: every change is made of moves that do not panic.
    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn remove(&mut self, key: &Key) {
        if let Some((used, finished)) = self.entries.remove(key) {
            self.order.remove(&used);
            self.bytes -= cost(key, &finished);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, state: u64) -> Key {
        Key { state, request: name.into(), coding: Coding::Identity }
    }

    fn body(bytes: usize) -> Finished {
        Finished {
            media: "text/plain",
            tag: "t".into(),
            headers: Vec::new(),
            coding: Coding::Identity,
            body: Bytes::from(vec![0; bytes]),
        }
    }

    #[test]
    fn the_least_recently_asked_for_goes_first() {
        let cache = Cache::new(3 * (1000 + OVERHEAD_BYTES + 2), 2000);
        for name in ["a", "b", "c"] {
            cache.put(key(name, 1), body(1000));
        }
        assert!(cache.get(&key("a", 1)).is_some());
        cache.put(key("d", 1), body(1000));
        assert!(cache.get(&key("b", 1)).is_none());
        assert!(["a", "c", "d"].into_iter().all(|n| cache.get(&key(n, 1)).is_some()));
    }

    #[test]
    fn the_bytes_kept_never_pass_the_limit() {
        let cache = Cache::new(10_000, 5_000);
        for n in 0..200_usize {
            cache.put(key(&(n % 37).to_string(), 1), body(n * 31 % 6_000));
            let inner = cache.lock();
            assert!(inner.bytes <= 10_000);
            assert_eq!(inner.bytes, inner.entries.iter().map(|(k, (_, f))| cost(k, f)).sum::<usize>());
            assert_eq!(inner.order.len(), inner.entries.len());
        }
    }

    #[test]
    fn a_new_data_version_clears_the_old_and_large_bodies_are_not_kept() {
        let cache = Cache::new(10_000, 500);
        cache.put(key("a", 1), body(10));
        cache.put(key("large", 1), body(501));
        assert!(cache.get(&key("large", 1)).is_none());
        cache.put(key("b", 2), body(10));
        assert!(cache.get(&key("a", 1)).is_none() && cache.get(&key("b", 2)).is_some());
    }
}
