//! A service that follows its store: replaced whole when another process has written, without a restart.

use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::open::{kit, themes};
use super::{AppError, Service, Snapshot};
use crate::render::Kit;
use crate::store::Store;

/// How often the store is asked whether it changed: one pragma, a few microseconds.
const POLL: Duration = Duration::from_millis(300);

/// The current service over a store.
pub struct Live {
    current: ArcSwap<Service>,
}

impl Live {
    /// Opens the store and follows it for as long as the handle lives.
    pub fn open(path: &Path, styles: Option<&Path>) -> Result<Arc<Self>, AppError> {
        let kit = kit(styles)?;
        let mut store = Store::open(path)?;
        // Asked before the first read: a write between the two is seen as a change, never missed.
        let seen = store.change_counter()?;
        let service = Service::with_kit(Snapshot::new(store.contents()?, themes())?, kit.clone())?;
        let live = Arc::new(Self { current: ArcSwap::from_pointee(service) });
        let (weak, path) = (Arc::downgrade(&live), path.to_path_buf());
        std::thread::Builder::new()
            .name("store-watch".into())
            .spawn(move || follow(&weak, &mut store, seen, &path, &kit))
            .map_err(|e| AppError::Fault(e.to_string()))?;
        Ok(live)
    }

    /// The service of this moment; what is begun with it ends with it.
    pub fn current(&self) -> Arc<Service> {
        self.current.load_full()
    }
}

fn follow(live: &Weak<Live>, store: &mut Store, mut seen: i64, path: &Path, kit: &Arc<Kit>) {
    loop {
        std::thread::sleep(POLL);
        let Some(live) = live.upgrade() else { return };
        let now = match store.change_counter() {
            Ok(now) if now != seen => now,
            Ok(_) => continue,
            Err(error) => {
                tracing::warn!(%error, "the store cannot be asked whether it changed; what was read before is still served");
                continue;
            }
        };
        let loaded = store
            .contents()
            .map_err(AppError::from)
            .and_then(|contents| Snapshot::new(contents, themes()))
            .and_then(|snapshot| Service::with_kit(snapshot, kit.clone()));
        match loaded {
            Ok(service) => {
                tracing::info!(version = service.snapshot().version, store = %path.display(), "the store changed");
                live.current.store(Arc::new(service));
                seen = now;
            }
            Err(error) => {
                tracing::error!(%error, "the changed store cannot be read; the version before is still served");
            }
        }
    }
}
