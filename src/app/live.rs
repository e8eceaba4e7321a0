//! A service that follows its store: replaced whole when another process has written, without a restart.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::open::{kit, themes};
use super::{AppError, Policy, Service, Snapshot};
use crate::domain::{Fact, Role};
use crate::render::Kit;
use crate::store::{AsOf, Store, StoreError};

/// How often the store is asked whether it changed: one pragma, a few microseconds.
const POLL: Duration = Duration::from_millis(300);

/// Past states kept ready beside the current one; the one asked for the longest ago goes first.
const PAST_KEPT: usize = 3;

/// What each role sees of one version.
struct Views {
    whole: Arc<Service>,
    public: Arc<Service>,
    partner: Arc<Service>,
}

impl Views {
    /// Everything that may be told is worked out here, once a version, and by no request.
    fn of(whole: Arc<Service>, store: &mut Store, policy: &Policy, kit: &Arc<Kit>) -> Result<Self, AppError> {
        let mut view = |role| Live::veiled(whole.snapshot(), role, store, policy, kit);
        let (public, partner) = (view(Role::Public)?, view(Role::Partner)?);
        Ok(Self { whole, public, partner })
    }
}

impl Live {
    /// What a role sees of a snapshot; released months are read from the store as they were.
    pub(super) fn veiled(
        snapshot: &Snapshot,
        role: Role,
        store: &mut Store,
        policy: &Policy,
        kit: &Arc<Kit>,
    ) -> Result<Arc<Service>, AppError> {
        let releases = snapshot.releases();
        let store = RefCell::new(store);
        let read: RefCell<BTreeMap<i64, BTreeMap<String, Arc<[Fact]>>>> = RefCell::default();
        let frozen = |version: i64, theme: &str| -> Result<Arc<[Fact]>, AppError> {
            let mut read = read.borrow_mut();
            if let std::collections::btree_map::Entry::Vacant(place) = read.entry(version) {
                let facts = if version == releases.data {
                    snapshot.all_facts().map(|(t, f)| (t.to_owned(), Arc::from(f))).collect()
                } else {
                    let contents = store.borrow_mut().contents(AsOf::Version(version))?;
                    contents.facts.into_iter().map(|(t, f)| (t, Arc::from(f))).collect()
                };
                place.insert(facts);
            }
            Ok(read.get(&version).and_then(|f| f.get(theme)).cloned().unwrap_or_default())
        };
        let seen = snapshot.seen_by(role, policy, releases, &frozen)?;
        Ok(Arc::new(Service::with_kit(seen, kit.clone())?))
    }
}

/// The current service over a store, and a few past ones.
pub struct Live {
    current: ArcSwap<Views>,
    policy: Policy,
    past: Mutex<VecDeque<Arc<Service>>>,
    path: PathBuf,
    kit: Arc<Kit>,
}

impl Live {
    /// Opens the store and follows it for as long as the handle lives.
    pub fn open(path: &Path, styles: Option<&Path>, policy: Policy) -> Result<Arc<Self>, AppError> {
        let kit = kit(styles)?;
        let mut followed = Followed::open(path)?;
        let views = followed.read(&kit, &policy, None)?;
        let live = Arc::new(Self {
            current: ArcSwap::from_pointee(views),
            policy,
            past: Mutex::default(),
            path: path.to_path_buf(),
            kit,
        });
        let weak = Arc::downgrade(&live);
        std::thread::Builder::new()
            .name("store-watch".into())
            .spawn(move || follow(&weak, followed))
            .map_err(|e| AppError::Fault(e.to_string()))?;
        Ok(live)
    }

    /// A past state, which never changes.
    pub fn at_rest(path: &Path, styles: Option<&Path>, policy: Policy, as_of: AsOf) -> Result<Arc<Self>, AppError> {
        let kit = kit(styles)?;
        let mut store = Store::open(path)?;
        let snapshot = Snapshot::new(store.contents(as_of)?, themes())?;
        let whole = Arc::new(Service::with_kit(snapshot, kit.clone())?);
        let views = Views::of(whole, &mut store, &policy, &kit)?;
        let current = ArcSwap::from_pointee(views);
        Ok(Arc::new(Self { current, policy, past: Mutex::default(), path: path.to_path_buf(), kit }))
    }

    /// The service of this moment; what is begun with it ends with it.
    pub fn current(&self) -> Arc<Service> {
        self.current.load().whole.clone()
    }

    /// The same as a role sees it.
    pub fn seen_by(&self, role: Role) -> Arc<Service> {
        let views = self.current.load();
        match role {
            Role::Public => views.public.clone(),
            Role::Partner => views.partner.clone(),
            Role::Restricted | Role::Editor | Role::Admin => views.whole.clone(),
        }
    }

    /// The service of a past state. It is read from the store while the asker waits, unless it is one of the few kept.
    pub fn at(&self, as_of: AsOf) -> Result<Arc<Service>, AppError> {
        let current = self.current();
        let mut store = Store::open(&self.path)?;
        let version = match store.version_at(as_of) {
            Err(e @ StoreError::NoVersion { .. }) => return Err(AppError::BadRequest(e.to_string())),
            other => other?,
        };
        if version == current.snapshot().version {
            return Ok(current);
        }
        // One at a time: a past state costs as much memory as the current one, and two askers often want the same.
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = past.iter().position(|s| s.snapshot().version == version).and_then(|k| past.remove(k));
        let service = if let Some(service) = kept {
            service
        } else {
            let contents = store.contents(AsOf::Version(version))?;
            let mut snapshot = Snapshot::new(contents, themes())?;
            snapshot.share(current.snapshot());
            Arc::new(Service::with_kit(snapshot, self.kit.clone())?)
        };
        past.push_back(service.clone());
        while past.len() > PAST_KEPT {
            past.pop_front();
        }
        Ok(service)
    }
}

/// A store and how it was when it was last read.
struct Followed {
    store: Store,
    path: PathBuf,
    seen: i64,
    file: Option<(u64, u64)>,
}

impl Followed {
    fn open(path: &Path) -> Result<Self, AppError> {
        // Asked before the first read: a write between the two is seen as a change, never missed.
        let file = identity(path);
        let store = Store::open(path)?;
        let seen = store.change_counter()?;
        Ok(Self { store, path: path.to_path_buf(), seen, file })
    }

    /// The service of this moment; what `before` drew of sets that did not change is kept.
    fn read(&mut self, kit: &Arc<Kit>, policy: &Policy, before: Option<&Snapshot>) -> Result<Views, AppError> {
        let mut snapshot = Snapshot::new(self.store.contents(AsOf::Now)?, themes())?;
        if let Some(before) = before {
            snapshot.share(before);
        }
        let whole = Arc::new(Service::with_kit(snapshot, kit.clone())?);
        Views::of(whole, &mut self.store, policy, kit)
    }
}

/// What tells a file from another that took its name.
fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|m| (m.dev(), m.ino()))
}

fn follow(live: &Weak<Live>, mut followed: Followed) {
    loop {
        std::thread::sleep(POLL);
        let Some(live) = live.upgrade() else { return };
        let file = identity(&followed.path);
        // Another file under the name: the demonstration made anew, or a copy put back.
        let replaced = file.is_some() && file != followed.file;
        if replaced {
            match Followed::open(&followed.path) {
                Ok(other) => followed = other,
                Err(error) => {
                    tracing::error!(%error, "the file that took the store's place cannot be opened; what was read before is still served");
                    continue;
                }
            }
        }
        let now = match followed.store.change_counter() {
            Ok(now) if now != followed.seen || replaced => now,
            Ok(_) => continue,
            Err(error) => {
                tracing::warn!(%error, "the store cannot be asked whether it changed; what was read before is still served");
                continue;
            }
        };
        match followed.read(&live.kit, &live.policy, Some(live.current().snapshot())) {
            Ok(views) => {
                tracing::info!(version = views.whole.snapshot().version, store = %followed.path.display(), "the store changed");
                live.past.lock().unwrap_or_else(PoisonError::into_inner).clear();
                live.current.store(Arc::new(views));
                followed.seen = now;
            }
            Err(error) => {
                tracing::error!(%error, "the changed store cannot be read; the version before is still served");
                // Tried again at the next look.
                followed.file = None;
            }
        }
    }
}
