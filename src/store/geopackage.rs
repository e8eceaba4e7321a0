//! Opening, writing and reading the store's file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};

use super::batch::{self, Batch, BatchKind, NewBatch, Written};
use super::facts::{self, FactWriter, Replaces};
use super::prepared::Prepared;
use super::release::{self, Releases};
use super::schema::{APPLICATION_ID, CREATE, GPKG_VERSION, LAYOUT};
use super::sets::{self, DefaultSet};
use super::{StoreError, check, fold, publish, review, units};
use crate::boundaries::BoundarySet;
use crate::domain::{Fact, SetId, Theme};

/// How long a writer waits for another before it gives up: an import of a million rows is over by then.
const BUSY: Duration = Duration::from_secs(30);

/// How long the end of a purge waits for readers to go, where it is made up for.
const RESUME: Duration = Duration::from_secs(2);

/// Pages kept in memory, KiB: what an import works on, and no more.
const CACHE_KIB: i64 = 16_384;

/// Size of a page: large ones halve the time that a million rows take to be written.
const PAGE_BYTES: i64 = 16_384;

/// Which state of the data is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// The current one.
    Now,
    /// The one after this batch.
    Version(i64),
    /// The one at the end of this day, UTC.
    Date(jiff::civil::Date),
}

impl std::str::FromStr for AsOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(version) = text.parse() {
            return Ok(Self::Version(version));
        }
        let date = text.parse().map_err(|_| format!("« {text} »: a date (2021-06-30) or the number of an import"))?;
        Ok(Self::Date(date))
    }
}

/// The current state, read in one transaction.
#[derive(Debug)]
pub struct Contents {
    /// Data version: number of the last batch; 0 before the first.
    pub version: i64,
    /// When that batch was written, RFC 3339 UTC; empty before the first.
    pub created: String,
    /// Whether everything in it is made up.
    pub synthetic: bool,
    /// The default set.
    pub default_set: Option<SetId>,
    /// Boundary sets by id.
    pub sets: Vec<BoundarySet>,
    /// Current facts by theme.
    pub facts: BTreeMap<String, Vec<Fact>>,
    /// Which months are public.
    pub releases: Releases,
}

/// An open store.
#[derive(Debug)]
pub struct Store {
    db: Connection,
    path: PathBuf,
}

impl Store {
    /// Makes a store and opens it; a store that is there already is opened as it is.
    pub fn create(path: &Path, synthetic: bool) -> Result<Self, StoreError> {
        let fails = |e| StoreError::of(path, e);
        if path.exists() && std::fs::metadata(path).is_ok_and(|m| m.len() > 0) {
            return Self::open(path);
        }
        let mut db = Connection::open(path).map_err(fails)?;
        own(path);
        configure(&db).map_err(fails)?;
        db.pragma_update(None, "page_size", PAGE_BYTES).map_err(fails)?;
        db.pragma_update(None, "journal_mode", "WAL").map_err(fails)?;
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fails)?;
        // Another process may have made it while this one waited for the lock.
        let empty: bool = tx.query_row("SELECT count(*) = 0 FROM sqlite_master", [], |r| r.get(0)).map_err(fails)?;
        if empty {
            tx.pragma_update(None, "application_id", APPLICATION_ID).map_err(fails)?;
            tx.pragma_update(None, "user_version", GPKG_VERSION).map_err(fails)?;
            tx.execute_batch(CREATE).map_err(fails)?;
            tx.execute_batch(review::CREATE).map_err(fails)?;
            for (key, value) in [("layout", LAYOUT.to_string()), ("synthetic", synthetic.to_string())] {
                sets::set_meta(&tx, key, &value).map_err(fails)?;
            }
        }
        tx.commit().map_err(fails)?;
        Ok(Self { db, path: path.into() })
    }

    /// Opens a store that is there; one that cannot be written is opened for reading.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing { path: path.into() });
        }
        let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
        match Self::open_with(path, path.as_os_str(), flags | OpenFlags::SQLITE_OPEN_READ_WRITE) {
            // A folder that cannot be written has no room for the shared index that the log needs. Where nothing waits
            // in a log, the file alone is the whole store, and nobody can be writing to it.
            Err(StoreError::Unreachable { .. }) if !log_waits(path) => {
                let address = immutable_address(path);
                let flags = flags | OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
                Self::open_with(path, address.as_ref(), flags)
            }
            other => other,
        }
    }

    fn open_with(path: &Path, address: &std::ffi::OsStr, flags: OpenFlags) -> Result<Self, StoreError> {
        let fails = |e| StoreError::of(path, e);
        let db = Connection::open_with_flags(address, flags).map_err(fails)?;
        configure(&db).map_err(fails)?;
        let ours: i64 = db
            .query_row("SELECT count(*) FROM sqlite_master WHERE name = 'vigie_meta'", [], |r| r.get(0))
            .map_err(fails)?;
        if ours != 1 {
            return Err(StoreError::Foreign { path: path.into() });
        }
        let store = Self { db, path: path.into() };
        let found = store.meta("layout")?.and_then(|v| v.parse().ok()).unwrap_or(0);
        match found {
            LAYOUT => Ok(store.cared_for()),
            _ if found > LAYOUT => Err(StoreError::Newer { path: path.into(), found, known: LAYOUT }),
            _ => Err(StoreError::Older { path: path.into(), found, known: LAYOUT }),
        }
    }

    /// Says where others of this machine may read real data, and ends a purge that was cut off.
    fn cared_for(mut self) -> Self {
        if !self.is_synthetic().unwrap_or(false) && readable_by_others(&self.path) {
            tracing::warn!(
                store = %self.path.display(),
                "other accounts of this machine may read the store: « chmod 600 » makes it its owner's alone"
            );
        }
        // Not for long: whoever opens the store has something else to do.
        let short = self.db.busy_timeout(RESUME);
        if let Err(error) = short.map_err(|e| self.fails(e)).and_then(|()| self.resume_purge()) {
            tracing::warn!(%error, "a purge is not finished");
        }
        let _ = self.db.busy_timeout(busy());
        self
    }

    /// Closes it, its write-ahead log folded in: the one file is the whole store.
    pub fn close(self) -> Result<(), StoreError> {
        let Self { db, path } = self;
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(|e| StoreError::of(&path, e))?;
        db.close().map_err(|(_, e)| StoreError::of(&path, e))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn db(&self) -> &Connection {
        &self.db
    }

    fn fails(&self, e: rusqlite::Error) -> StoreError {
        StoreError::of(&self.path, e)
    }

    pub(super) fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.db
            .query_row("SELECT value FROM vigie_meta WHERE key = ?1", [key], |r| r.get(0))
            .optional()
            .map_err(|e| self.fails(e))
    }

    /// Whether it holds made-up data; such a store refuses real imports.
    pub fn is_synthetic(&self) -> Result<bool, StoreError> {
        Ok(self.meta("synthetic")?.as_deref() == Some("true"))
    }

    /// Data version: the number of the last batch; 0 before the first.
    pub fn version(&self) -> Result<i64, StoreError> {
        self.db.query_row("SELECT ifnull(max(id), 0) FROM vigie_batch", [], |r| r.get(0)).map_err(|e| self.fails(e))
    }

    /// A number that changes when another connection has written.
    pub fn change_counter(&self) -> Result<i64, StoreError> {
        self.db.query_row("PRAGMA data_version", [], |r| r.get(0)).map_err(|e| self.fails(e))
    }

    /// The data version that is meant; none before the first batch.
    pub fn version_at(&self, as_of: AsOf) -> Result<i64, StoreError> {
        let last = self.version()?;
        let found = match as_of {
            AsOf::Now => return Ok(last),
            AsOf::Version(v) => (1..=last).contains(&v).then_some(v),
            AsOf::Date(day) => self
                .db
                .query_row(
                    "SELECT max(id) FROM vigie_batch WHERE substr(created, 1, 10) <= ?1",
                    [day.to_string()],
                    |r| r.get(0),
                )
                .map_err(|e| self.fails(e))?,
        };
        found.ok_or_else(|| {
            let first = self.db.query_row("SELECT substr(min(created), 1, 10) FROM vigie_batch", [], |r| r.get(0));
            let asked = match as_of {
                AsOf::Version(v) => v.to_string(),
                AsOf::Date(day) => day.to_string(),
                AsOf::Now => String::new(),
            };
            StoreError::NoVersion { asked, first: first.unwrap_or_default(), last }
        })
    }

    /// Current facts that are not located on a set: they count nowhere on it.
    pub fn facts_elsewhere(&self, set: &SetId) -> Result<usize, StoreError> {
        sets::facts_elsewhere(&self.db, set.as_str()).map_err(|e| self.fails(e))
    }

    /// Stores boundary sets as one batch; a set that is there to the letter is unchanged, another of its name refused.
    /// `default` is about the first of them.
    pub fn add_sets(
        &mut self,
        new: &NewBatch,
        sets: &[BoundarySet],
        default: DefaultSet,
    ) -> Result<Written, StoreError> {
        let path = self.path.clone();
        let names: Vec<&str> = sets.iter().map(|s| s.info.id.as_str()).collect();
        self.write(|tx, fails| {
            let id = batch::insert(tx, BatchKind::Boundaries, &names.join(","), &new.created).map_err(fails)?;
            let done = sets::add(tx, &path, id, sets, default)?;
            batch::finish(tx, new, done).map_err(fails)?;
            Ok(done)
        })
    }

    /// Stores the facts of one import as one batch, all or nothing; each fact is there once.
    pub fn add_facts(&mut self, new: &NewBatch, theme: &Theme, facts: Vec<Fact>) -> Result<Written, StoreError> {
        self.import(theme, None, false, |writer| {
            for fact in facts {
                writer.put(&Prepared::new(fact))?;
            }
            Ok(Some(new.clone()))
        })
    }

    /// Runs an import of facts: `work` puts them in one by one and says at the end what it read. All of it is stored as
    /// one batch or, where `work` fails, says none or the run is `dry`, nothing at all.
    pub fn import<E: From<StoreError>>(
        &mut self,
        theme: &Theme,
        replaces: Option<&Replaces>,
        dry: bool,
        work: impl FnOnce(&mut FactWriter<'_>) -> Result<Option<NewBatch>, E>,
    ) -> Result<Written, E> {
        let path = self.path.clone();
        let fails = |e| StoreError::of(&path, e);
        // A run that only asks takes no lock that a writer would wait for.
        let behaviour = if dry { TransactionBehavior::Deferred } else { TransactionBehavior::Immediate };
        let tx = self.db.transaction_with_behavior(behaviour).map_err(fails)?;
        let id = if dry {
            0
        } else {
            let there = publish::columns_there(&tx, &theme.id).map_err(fails)?;
            if !there.is_empty() && there != publish::columns_wanted(theme) {
                facts::republish(&tx, &path, theme)?;
            }
            batch::insert(&tx, BatchKind::Facts, &theme.id, "").map_err(fails)?
        };
        let mut writer = FactWriter::new(&tx, &path, id, theme, replaces, dry)?;
        let new = work(&mut writer)?;
        let mut done = writer.finish().map_err(fails)?;
        match new {
            Some(new) if !dry => {
                review::queue(&tx, id, &new.review).map_err(fails)?;
                batch::finish(&tx, &new, done).map_err(fails)?;
                tx.commit().map_err(fails)?;
            }
            _ => {
                done.batch = 0;
                tx.rollback().map_err(fails)?;
            }
        }
        Ok(done)
    }

    /// Takes an import back: a new batch; the current state is folded anew.
    pub fn undo(&mut self, number: i64, created: &str, by: &str, themes: &[Theme]) -> Result<Written, StoreError> {
        let path = self.path.clone();
        self.write(|tx, fails| {
            let found: Option<(String, String, Option<i64>)> = tx
                .query_row("SELECT kind, theme, undone_by FROM vigie_batch WHERE id = ?1", [number], |r| {
                    Ok((r.get(0)?, r.get(1)?, r.get(2)?))
                })
                .optional()
                .map_err(fails)?;
            let (kind, name, undone) = found.ok_or(StoreError::NoBatch(number))?;
            if kind == "undo" {
                return Err(StoreError::CannotUndo(number, "it took another one back itself: import that file again"));
            }
            if kind == "purge" {
                return Err(StoreError::CannotUndo(number, "what it removed is gone: import the files again"));
            }
            if undone.is_some() {
                return Err(StoreError::CannotUndo(number, "it has been taken back already"));
            }
            let id = batch::insert(tx, BatchKind::Undo, &number.to_string(), created).map_err(fails)?;
            tx.execute("UPDATE vigie_batch SET undone_by = ?1 WHERE id = ?2", [id, number]).map_err(fails)?;
            if kind == "boundaries" {
                sets::undo(tx, &path, number, id)?;
            } else if kind == "facts" {
                let theme = themes
                    .iter()
                    .find(|t| t.id == name)
                    .ok_or(StoreError::CannotUndo(number, "its theme is not known to this program"))?;
                facts::refold(tx, &path, theme, id)?;
            }
            let new = NewBatch { created: created.to_owned(), by: by.to_owned(), ..NewBatch::default() };
            let done = Written { batch: id, ..Written::default() };
            batch::finish(tx, &new, done).map_err(fails)?;
            Ok(done)
        })
    }

    /// Every batch up to a version, oldest first, as they stood then.
    pub fn batches(&self, as_of: AsOf) -> Result<Vec<Batch>, StoreError> {
        let version = self.version_at(as_of)?;
        batch::all(&self.db, version).map_err(|e| self.fails(e))
    }

    /// One batch.
    pub fn batch(&self, number: i64) -> Result<Batch, StoreError> {
        self.batches(AsOf::Now)?.into_iter().find(|b| b.id == number).ok_or(StoreError::NoBatch(number))
    }

    /// The state at a version, all of one moment.
    pub fn contents(&mut self, as_of: AsOf) -> Result<Contents, StoreError> {
        let version = self.version_at(as_of)?;
        self.read(|tx, path| {
            let fails = |e| StoreError::of(path, e);
            // In the same transaction: whether a writer came in between.
            let last: i64 =
                tx.query_row("SELECT ifnull(max(id), 0) FROM vigie_batch", [], |r| r.get(0)).map_err(fails)?;
            let version = if as_of == AsOf::Now { last } else { version };
            let mut contents = about(tx, path, version)?;
            contents.facts = facts::load(tx, path, version, version == last)?;
            Ok(contents)
        })
    }

    /// The current state without its facts: what an import needs to place rows.
    pub fn ground(&mut self) -> Result<Contents, StoreError> {
        let version = self.version()?;
        self.read(|tx, path| about(tx, path, version))
    }

    /// Whether the store is whole: every fault found, a sentence each.
    pub fn check(&mut self, themes: &[Theme]) -> Result<check::Check, StoreError> {
        self.read(|tx, path| check::check(tx, path, themes))
    }

    /// Runs a read in one transaction: writers go on, this reader sees one version.
    fn read<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &Path) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let path = self.path.clone();
        let tx = self.db.transaction().map_err(|e| StoreError::of(&path, e))?;
        work(&tx, &path)
    }

    /// Runs a write in one transaction that takes the lock at once: all of it, or nothing.
    pub(super) fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &dyn Fn(rusqlite::Error) -> StoreError) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.write_unless(false, work)
    }

    /// The same, and all of it is taken back where the run is `dry`.
    pub(super) fn write_unless<T>(
        &mut self,
        dry: bool,
        work: impl FnOnce(&Transaction<'_>, &dyn Fn(rusqlite::Error) -> StoreError) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let path = self.path.clone();
        let fails = |e| StoreError::of(&path, e);
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fails)?;
        let done = work(&tx, &fails)?;
        if dry { tx.rollback() } else { tx.commit() }.map_err(fails)?;
        Ok(done)
    }
}

/// What the store holds at a version beside its facts.
fn about(tx: &Connection, path: &Path, version: i64) -> Result<Contents, StoreError> {
    let fails = |e| StoreError::of(path, e);
    let created: Option<String> = tx
        .query_row("SELECT created FROM vigie_batch WHERE id = ?1", [version], |r| r.get(0))
        .optional()
        .map_err(fails)?;
    let synthetic: Option<String> = tx
        .query_row("SELECT value FROM vigie_meta WHERE key = 'synthetic'", [], |r| r.get(0))
        .optional()
        .map_err(fails)?;
    Ok(Contents {
        version,
        created: created.unwrap_or_default(),
        synthetic: synthetic.as_deref() == Some("true"),
        default_set: sets::default_at(tx, version).map_err(fails)?,
        sets: units::load(tx, path, fold::sets(tx, version).map_err(fails)?)?,
        facts: BTreeMap::new(),
        releases: release::load(tx, version).map_err(fails)?,
    })
}

fn configure(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(busy())?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "cache_size", -CACHE_KIB)?;
    // Durable against a killed process; a power cut may lose the last batch, never half of one.
    db.pragma_update(None, "synchronous", "NORMAL")
}

/// How long to wait for another writer: `VIGIE_BUSY_SECONDS`, for scripts that would rather try again themselves.
fn busy() -> Duration {
    let said = std::env::var("VIGIE_BUSY_SECONDS").ok().and_then(|s| s.parse().ok());
    said.map_or(BUSY, |s: u64| Duration::from_secs(s.min(3600)))
}

/// Makes the file its owner's alone, before anything is in it; SQLite gives the log beside it the same mode. A file system without
/// modes keeps none.
fn own(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if let Err(error) = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)) {
        tracing::warn!(%error, store = %path.display(), "the store could not be made its owner's alone");
    }
}

/// Whether the file's mode lets others than its owner read it.
fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o077 != 0)
}

/// Whether a write-ahead log lies beside the file with anything in it.
fn log_waits(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|m| m.len() > 0)
}

/// The file as a URI that says that nobody writes to it.
fn immutable_address(path: &Path) -> String {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt as _;
    let mut address = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-~".contains(byte) {
            address.push(char::from(*byte));
        } else {
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address + "?immutable=1"
}
