//! A service that follows its store: replaced whole when another process has written, without a restart.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::open::{kit, now, themes};
use super::tokens::today;
use super::{AppError, Policy, Service, Snapshot};
use crate::domain::{Fact, Role};
use crate::render::Kit;
use crate::store::{AsOf, NewEntry, Store, StoreError, Tokens};

/// How often the store is asked whether it changed: one pragma, a few microseconds.
const POLL: Duration = Duration::from_millis(300);

/// Past states kept ready beside the current one; the one asked for the longest ago goes first.
const PAST_KEPT: usize = 3;

/// Facts of one data version.
type FactsByTheme = BTreeMap<String, Arc<[Fact]>>;

/// What each role sees of one version.
struct Views {
    whole: Arc<Service>,
    public: Arc<Service>,
    partner: Arc<Service>,
}

impl Views {
    /// Everything that may be told is worked out here, once a version, and by no request.
    fn of(whole: Arc<Service>, store: &mut Store, policy: &Policy, kit: &Arc<Kit>) -> Result<Self, AppError> {
        let past = Past::new(whole.snapshot(), store);
        let (public, partner) = (past.seen_by(Role::Public, policy, kit)?, past.seen_by(Role::Partner, policy, kit)?);
        Ok(Self { whole, public, partner })
    }
}

/// A snapshot with the states in which its months were released, each read from the store once.
pub(super) struct Past<'a> {
    snapshot: &'a Snapshot,
    store: RefCell<&'a mut Store>,
    read: RefCell<BTreeMap<i64, FactsByTheme>>,
}

impl<'a> Past<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, store: &'a mut Store) -> Self {
        Self { snapshot, store: RefCell::new(store), read: RefCell::default() }
    }

    /// A theme's facts as they were at a data version.
    fn facts(&self, version: i64, theme: &str) -> Result<Arc<[Fact]>, AppError> {
        let mut read = self.read.borrow_mut();
        if let std::collections::btree_map::Entry::Vacant(place) = read.entry(version) {
            let facts = if version == self.snapshot.releases().data {
                self.snapshot.all_facts().map(|(t, f)| (t.to_owned(), Arc::from(f))).collect()
            } else {
                let contents = self.store.borrow_mut().contents(AsOf::Version(version))?;
                contents.facts.into_iter().map(|(t, f)| (t, Arc::from(f))).collect()
            };
            place.insert(facts);
        }
        Ok(read.get(&version).and_then(|f| f.get(theme)).cloned().unwrap_or_default())
    }

    /// What a role that does not see all sees of the snapshot.
    pub(super) fn seen_by(&self, role: Role, policy: &Policy, kit: &Arc<Kit>) -> Result<Arc<Service>, AppError> {
        let moved = policy.moves_points(role);
        let secret = if moved { Some(self.store.borrow_mut().mask_secret()?) } else { None };
        let seen =
            self.snapshot.seen_by(role, policy, secret.as_ref(), &|version, theme| self.facts(version, theme))?;
        Ok(Arc::new(Service::with_kit(seen, kit.clone())?))
    }
}

/// A store's state as a role sees it, for one answer; `role` is told whether the data are made up.
pub fn open_as(
    path: &Path,
    as_of: AsOf,
    policy: &Policy,
    role: impl FnOnce(bool) -> Role,
) -> Result<Arc<Service>, AppError> {
    let kit = kit(None)?;
    let mut store = Store::open(path)?;
    let snapshot = Snapshot::new(store.contents(as_of)?, themes())?;
    let role = role(snapshot.synthetic);
    if role.sees_all() {
        return Ok(Arc::new(Service::with_kit(snapshot, kit)?));
    }
    Past::new(&snapshot, &mut store).seen_by(role, policy, &kit)
}

/// The current service over a store, and a few past ones.
pub struct Live {
    current: ArcSwap<Views>,
    policy: Policy,
    tokens: ArcSwap<Tokens>,
    /// Tokens used today that the store does not know of yet.
    used: Mutex<BTreeSet<String>>,
    /// Reads of what is not public that the audit does not know of yet: how often each token asked for each path.
    reads: Mutex<BTreeMap<(String, String), u64>>,
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
            tokens: ArcSwap::from_pointee(followed.store.tokens()?),
            used: Mutex::default(),
            reads: Mutex::default(),
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
        let tokens = ArcSwap::from_pointee(store.tokens()?);
        let (past, used, reads) = (Mutex::default(), Mutex::default(), Mutex::default());
        Ok(Arc::new(Self { current, policy, tokens, used, reads, past, path: path.to_path_buf(), kit }))
    }

    /// The service of this moment; what is begun with it ends with it.
    pub fn current(&self) -> Arc<Service> {
        self.current.load().whole.clone()
    }

    /// What a token gives: its id and role; none where it is unknown, has ended or was revoked.
    pub fn authorise(&self, brought: &str) -> Option<(String, Role)> {
        let today = today();
        let tokens = self.tokens.load();
        let token = tokens.check(brought, today)?;
        if token.last_used != Some(today) {
            self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(token.id.clone());
        }
        Some((token.id.clone(), token.role))
    }

    /// Notes that a token read a path, for the audit.
    pub fn note_read(&self, token: &str, path: &str) {
        let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        *reads.entry((token.to_owned(), path.to_owned())).or_default() += 1;
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

    /// Enters the reads noted since the last look into the audit.
    fn keep_reads(&self, followed: &mut Followed) {
        let reads = std::mem::take(&mut *self.reads.lock().unwrap_or_else(PoisonError::into_inner));
        if reads.is_empty() {
            return;
        }
        let time = now();
        let actors: Vec<String> = reads.keys().map(|(token, _)| format!("token {token}")).collect();
        let entries: Vec<NewEntry<'_>> = reads
            .iter()
            .zip(&actors)
            .map(|(((_, path), times), actor)| NewEntry {
                time: &time,
                actor,
                action: "read",
                detail: serde_json::json!({"path": path, "times": times}),
            })
            .collect();
        if let Err(error) = followed.store.audit(&entries) {
            tracing::error!(%error, reads = entries.len(), "reads could not be entered into the audit");
        }
    }

    /// Reads the tokens anew; whether they are others than before.
    fn take_tokens(&self, followed: &Followed) -> bool {
        match followed.store.tokens() {
            Ok(tokens) => {
                let others = **self.tokens.load() != tokens;
                self.tokens.store(Arc::new(tokens));
                others
            }
            // Better nobody than somebody whose token was revoked.
            Err(error) => {
                tracing::error!(%error, "tokens cannot be read: none is good until they can");
                self.tokens.store(Arc::default());
                true
            }
        }
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
        let used = std::mem::take(&mut *live.used.lock().unwrap_or_else(PoisonError::into_inner));
        if !used.is_empty() {
            // A store that cannot be written keeps no days: that is no reason to refuse anyone.
            if let Err(error) = followed.store.tokens_used(used.iter().map(String::as_str), today()) {
                tracing::warn!(%error, "the day on which a token was used could not be kept");
            }
            live.take_tokens(&followed);
        }
        live.keep_reads(&mut followed);
        let now = match followed.store.change_counter() {
            Ok(now) if now != followed.seen || replaced => now,
            Ok(_) => continue,
            Err(error) => {
                tracing::warn!(%error, "the store cannot be asked whether it changed; what was read before is still served");
                continue;
            }
        };
        let same_data = followed.store.version().is_ok_and(|v| v == live.current().snapshot().version);
        // A token came or went, and no import did: what is drawn stays.
        if live.take_tokens(&followed) && same_data && !replaced {
            followed.seen = now;
            continue;
        }
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
