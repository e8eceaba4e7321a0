//! Opening, writing and reading the store's file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::schema::{APPLICATION_ID, CREATE, GPKG_VERSION, LAYOUT};
use super::{StoreError, facts, units};
use crate::boundaries::BoundarySet;
use crate::domain::{Fact, Finding, SetId, Theme};

/// How long a writer waits for another before it gives up.
const BUSY: Duration = Duration::from_secs(5);

/// What a batch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BatchKind {
    /// Brought boundaries.
    Boundaries,
    /// Brought facts of a theme.
    Facts,
    /// Brought villages and towns.
    Localities,
    /// Took another batch back.
    Undo,
}

/// A batch about to be written.
#[derive(Debug, Clone)]
pub struct NewBatch {
    /// File name as given.
    pub file: String,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// When, RFC 3339 UTC.
    pub created: String,
    /// Rows read.
    pub rows_in: usize,
    /// Rows that stayed out.
    pub rejected: usize,
    /// Everything the import found.
    pub findings: Vec<Finding>,
    /// Rows whose place waits for an officer; their facts are among those written.
    pub review: Vec<super::Queued>,
}

/// A batch as it stands in the store.
#[derive(Debug, Clone, Serialize)]
pub struct Batch {
    /// Its number: the data version.
    pub id: i64,
    /// What it did.
    pub kind: BatchKind,
    /// The theme, or the boundary set, or the number of the batch undone.
    pub theme: String,
    /// File name as given.
    pub file: String,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// When, RFC 3339 UTC.
    pub created: String,
    /// Rows read.
    pub rows_in: i64,
    /// Facts (or units) new.
    pub added: i64,
    /// Facts that superseded an earlier one.
    pub changed: i64,
    /// Facts already known to the letter.
    pub same: i64,
    /// Rows that stayed out.
    pub rejected: i64,
    /// What the import found.
    pub findings: Vec<Finding>,
    /// The batch that took it back.
    pub undone_by: Option<i64>,
}

/// What a write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Written {
    /// The batch's number, now the data version.
    pub batch: i64,
    /// Facts (or units) new.
    pub added: usize,
    /// Facts that superseded an earlier one.
    pub changed: usize,
    /// Facts already known to the letter.
    pub same: usize,
    /// Facts whose place waits for an officer; the other three numbers leave them out.
    pub to_review: usize,
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
        configure(&db).map_err(fails)?;
        db.pragma_update(None, "journal_mode", "WAL").map_err(fails)?;
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fails)?;
        // Another process may have made it while this one waited for the lock.
        let empty: bool = tx.query_row("SELECT count(*) = 0 FROM sqlite_master", [], |r| r.get(0)).map_err(fails)?;
        if empty {
            tx.pragma_update(None, "application_id", APPLICATION_ID).map_err(fails)?;
            tx.pragma_update(None, "user_version", GPKG_VERSION).map_err(fails)?;
            tx.execute_batch(CREATE).map_err(fails)?;
            for (key, value) in [("layout", LAYOUT.to_string()), ("synthetic", synthetic.to_string())] {
                set_meta(&tx, key, &value).map_err(fails)?;
            }
        }
        tx.commit().map_err(fails)?;
        Ok(Self { db, path: path.into() })
    }

    /// Opens a store that is there.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let fails = |e| StoreError::of(path, e);
        if !path.exists() {
            return Err(StoreError::Missing { path: path.into() });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags).map_err(fails)?;
        configure(&db).map_err(fails)?;
        let ours: Option<i64> = db
            .query_row("SELECT count(*) FROM sqlite_master WHERE name = 'vigie_meta'", [], |r| r.get(0))
            .optional()
            .map_err(fails)?;
        if ours != Some(1) {
            return Err(StoreError::Foreign { path: path.into() });
        }
        let store = Self { db, path: path.into() };
        let found = store.meta("layout")?.and_then(|v| v.parse().ok()).unwrap_or(0);
        if found > LAYOUT {
            return Err(StoreError::Newer { path: path.into(), found, known: LAYOUT });
        }
        Ok(store)
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

    fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.db
            .query_row("SELECT value FROM vigie_meta WHERE key = ?1", [key], |r| r.get(0))
            .optional()
            .map_err(|e| self.fails(e))
    }

    /// Whether it holds made-up data; such a store refuses real imports.
    pub fn is_synthetic(&self) -> Result<bool, StoreError> {
        Ok(self.meta("synthetic")?.as_deref() == Some("true"))
    }

    /// The default set, and whether an officer chose it (the shipped one is only a stand-in).
    pub fn default_set(&self) -> Result<Option<(SetId, bool)>, StoreError> {
        let chosen = self.meta("default_set_chosen")?.is_some();
        Ok(self.meta("default_set")?.and_then(|v| SetId::new(&v).ok()).map(|id| (id, chosen)))
    }

    /// Data version: the number of the last batch; 0 before the first.
    pub fn version(&self) -> Result<i64, StoreError> {
        self.db.query_row("SELECT ifnull(max(id), 0) FROM vigie_batch", [], |r| r.get(0)).map_err(|e| self.fails(e))
    }

    /// A number that changes when another connection has written.
    pub fn change_counter(&self) -> Result<i64, StoreError> {
        self.db.query_row("PRAGMA data_version", [], |r| r.get(0)).map_err(|e| self.fails(e))
    }

    /// Stores boundary sets as one batch. The first one an officer imports becomes the default; `make_default`
    /// says so of the first of these. `shipped` sets never take the default from a chosen one.
    pub fn add_sets(
        &mut self,
        batch: &NewBatch,
        sets: &[BoundarySet],
        make_default: bool,
        shipped: bool,
    ) -> Result<Written, StoreError> {
        let chosen = self.default_set()?.is_some_and(|(_, chosen)| chosen);
        let path = self.path.clone();
        let names: Vec<&str> = sets.iter().map(|s| s.info.id.as_str()).collect();
        self.write(|tx, fails| {
            let id = insert_batch(tx, BatchKind::Boundaries, &names.join(","), batch).map_err(fails)?;
            let mut added = 0;
            for set in sets {
                let name = set.info.id.as_str();
                let there: bool = tx
                    .query_row("SELECT count(*) FROM vigie_set WHERE id = ?1", [name], |r| r.get(0))
                    .map_err(fails)?;
                if there {
                    return Err(StoreError::SetExists(name.to_owned()));
                }
                let info = serde_json::to_string(&set.info).map_err(|e| StoreError::Unreadable {
                    path: path.clone(),
                    table: "vigie_set",
                    row: 0,
                    detail: e.to_string(),
                })?;
                tx.execute("INSERT INTO vigie_set(id, info, batch) VALUES (?1, ?2, ?3)", params![name, info, id])
                    .map_err(fails)?;
                added += units::insert(tx, set).map_err(fails)?;
            }
            if let Some(first) = names.first() {
                if make_default || !(chosen || shipped) {
                    set_meta(tx, "default_set", first).map_err(fails)?;
                    set_meta(tx, "default_set_chosen", "true").map_err(fails)?;
                } else if shipped && !chosen {
                    set_meta(tx, "default_set", first).map_err(fails)?;
                }
            }
            touch(tx, "admin_units").map_err(fails)?;
            finish_batch(tx, id, added, 0, 0).map_err(fails)?;
            Ok(Written { batch: id, added, changed: 0, same: 0, to_review: 0 })
        })
    }

    /// Stores the facts of one import as one batch, all or nothing.
    pub fn add_facts(&mut self, batch: &NewBatch, theme: &Theme, new: &[Fact]) -> Result<Written, StoreError> {
        self.write(|tx, fails| add_facts(tx, batch, theme, new).map_err(fails))
    }

    /// What [`Store::add_facts`] would do; nothing is stored.
    pub fn try_facts(&mut self, batch: &NewBatch, theme: &Theme, new: &[Fact]) -> Result<Written, StoreError> {
        let path = self.path.clone();
        let fails = |e| StoreError::of(&path, e);
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fails)?;
        tx.execute_batch(super::review::CREATE).map_err(fails)?;
        let done = add_facts(&tx, batch, theme, new).map_err(fails)?;
        tx.rollback().map_err(fails)?;
        Ok(done)
    }

    /// Takes an import of facts back: a new batch; the current state is folded anew.
    pub fn undo(&mut self, number: i64, created: &str, themes: &[Theme]) -> Result<Written, StoreError> {
        self.write(|tx, fails| {
            let found: Option<(String, String, Option<i64>)> = tx
                .query_row("SELECT kind, theme, undone_by FROM vigie_batch WHERE id = ?1", [number], |r| {
                    Ok((r.get(0)?, r.get(1)?, r.get(2)?))
                })
                .optional()
                .map_err(fails)?;
            let (kind, name, undone) = found.ok_or(StoreError::NoBatch(number))?;
            if kind != "facts" && kind != "localities" {
                return Err(StoreError::CannotUndo(number, "only imports of data can be taken back"));
            }
            if undone.is_some() {
                return Err(StoreError::CannotUndo(number, "it has been taken back already"));
            }
            let theme = themes.iter().find(|t| t.id == name);
            if kind == "facts" && theme.is_none() {
                return Err(StoreError::CannotUndo(number, "its theme is not known to this program"));
            }
            let batch = NewBatch {
                file: String::new(),
                sha256: String::new(),
                created: created.to_owned(),
                rows_in: 0,
                rejected: 0,
                findings: Vec::new(),
                review: Vec::new(),
            };
            let id = insert_batch(tx, BatchKind::Undo, &number.to_string(), &batch).map_err(fails)?;
            tx.execute("UPDATE vigie_batch SET undone_by = ?1 WHERE id = ?2", [id, number]).map_err(fails)?;
            if let Some(theme) = theme {
                facts::refold(tx, &theme.id).map_err(fails)?;
                facts::publish(tx, theme).map_err(fails)?;
            }
            Ok(Written { batch: id, added: 0, changed: 0, same: 0, to_review: 0 })
        })
    }

    /// Every batch, oldest first.
    pub fn batches(&self) -> Result<Vec<Batch>, StoreError> {
        let fails = |e| self.fails(e);
        let mut statement = self
            .db
            .prepare(
                "SELECT id, kind, theme, file, sha256, created, rows_in, added, changed, same, rejected, findings, undone_by
                 FROM vigie_batch ORDER BY id",
            )
            .map_err(fails)?;
        let rows = statement.query_map([], read_batch).map_err(fails)?;
        rows.collect::<Result<_, _>>().map_err(fails)
    }

    /// One batch.
    pub fn batch(&self, number: i64) -> Result<Batch, StoreError> {
        self.batches()?.into_iter().find(|b| b.id == number).ok_or(StoreError::NoBatch(number))
    }

    /// The current state, all of one moment.
    pub fn contents(&mut self) -> Result<Contents, StoreError> {
        let path = self.path.clone();
        let fails = |e| StoreError::of(&path, e);
        // A read transaction: writers go on, this reader sees one version.
        let tx = self.db.transaction().map_err(fails)?;
        let (version, created) = tx
            .query_row("SELECT id, created FROM vigie_batch ORDER BY id DESC LIMIT 1", [], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })
            .optional()
            .map_err(fails)?
            .unwrap_or((0, String::new()));
        let meta = |key: &str| -> Result<Option<String>, StoreError> {
            tx.query_row("SELECT value FROM vigie_meta WHERE key = ?1", [key], |r| r.get(0)).optional().map_err(fails)
        };
        Ok(Contents {
            version,
            created,
            synthetic: meta("synthetic")?.as_deref() == Some("true"),
            default_set: meta("default_set")?.and_then(|v| SetId::new(&v).ok()),
            sets: units::load(&tx, &path)?,
            facts: facts::load(&tx).map_err(fails)?,
        })
    }

    /// Runs a write in one transaction that takes the lock at once: all of it, or nothing.
    pub(super) fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &dyn Fn(rusqlite::Error) -> StoreError) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let path = self.path.clone();
        let fails = |e| StoreError::of(&path, e);
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fails)?;
        tx.execute_batch(super::review::CREATE).map_err(fails)?;
        let done = work(&tx, &fails)?;
        tx.commit().map_err(fails)?;
        Ok(done)
    }
}

fn configure(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "foreign_keys", true)?;
    // Durable against a killed process; a power cut may lose the last batch, never half of one.
    db.pragma_update(None, "synchronous", "NORMAL")
}

fn set_meta(db: &Connection, key: &str, value: &str) -> rusqlite::Result<usize> {
    db.execute(
        "INSERT INTO vigie_meta VALUES (?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
        [key, value],
    )
}

fn touch(db: &Connection, table: &str) -> rusqlite::Result<usize> {
    db.execute(
        "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = ?1",
        [table],
    )
}

fn add_facts(db: &Connection, batch: &NewBatch, theme: &Theme, new: &[Fact]) -> rusqlite::Result<Written> {
    let id = insert_batch(db, BatchKind::Facts, &theme.id, batch)?;
    // What becomes of the rows to review is told apart first: they count as such, whatever they change.
    let waiting = batch.review.iter().map(|q| (&*q.source, &*q.fact_id)).collect::<std::collections::BTreeSet<_>>();
    let of_those = new.iter().filter(|f| waiting.contains(&(&*f.source, &*f.id)));
    let apart = facts::compare(db, theme, of_those)?;
    let change = facts::append(db, id, theme, new)?;
    super::review::queue(db, id, &batch.review)?;
    facts::publish(db, theme)?;
    let (added, changed, same) = (change.added - apart.added, change.changed - apart.changed, change.same - apart.same);
    finish_batch(db, id, added, changed, same)?;
    Ok(Written { batch: id, added, changed, same, to_review: batch.review.len() })
}

pub(super) fn insert_batch(db: &Connection, kind: BatchKind, theme: &str, batch: &NewBatch) -> rusqlite::Result<i64> {
    let kind = match kind {
        BatchKind::Boundaries => "boundaries",
        BatchKind::Facts => "facts",
        BatchKind::Localities => "localities",
        BatchKind::Undo => "undo",
    };
    let findings =
        serde_json::to_string(&batch.findings).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    db.execute(
        "INSERT INTO vigie_batch(kind, theme, file, sha256, created, rows_in, added, changed, same, rejected, findings)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, 0, ?7, ?8)",
        params![
            kind,
            theme,
            batch.file,
            batch.sha256,
            batch.created,
            number(batch.rows_in),
            number(batch.rejected),
            findings
        ],
    )?;
    Ok(db.last_insert_rowid())
}

pub(super) fn finish_batch(
    db: &Connection,
    id: i64,
    added: usize,
    changed: usize,
    same: usize,
) -> rusqlite::Result<usize> {
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    db.execute(
        "UPDATE vigie_batch SET added = ?2, changed = ?3, same = ?4 WHERE id = ?1",
        params![id, number(added), number(changed), number(same)],
    )
}

fn read_batch(r: &rusqlite::Row<'_>) -> rusqlite::Result<Batch> {
    let kind = match r.get_ref(1)?.as_str()? {
        "boundaries" => BatchKind::Boundaries,
        "localities" => BatchKind::Localities,
        "undo" => BatchKind::Undo,
        _ => BatchKind::Facts,
    };
    Ok(Batch {
        id: r.get(0)?,
        kind,
        theme: r.get(2)?,
        file: r.get(3)?,
        sha256: r.get(4)?,
        created: r.get(5)?,
        rows_in: r.get(6)?,
        added: r.get(7)?,
        changed: r.get(8)?,
        same: r.get(9)?,
        rejected: r.get(10)?,
        findings: serde_json::from_str(r.get_ref(11)?.as_str()?)
            .map_err(|e| rusqlite::Error::FromSqlConversionFailure(11, rusqlite::types::Type::Text, Box::new(e)))?,
        undone_by: r.get(12)?,
    })
}
