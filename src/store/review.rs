//! What the store knows of places beside its boundaries: localities, what officers settled, and the rows that still wait
//! for them. Each belongs to a batch and counts while that batch is not undone; nothing here is ever changed.

use std::sync::Arc;

use rusqlite::{Connection, params};

use super::batch::{self, BatchKind};
use super::{FactWriter, NewBatch, Prepared, Store, StoreError, Written};
use crate::boundaries::{Knowledge, Learned, Locality, Settlement};
use crate::domain::{Fact, Level, SetId, Theme};
use crate::spatial::LonLat;

/// The tables of this topic.
pub(super) const CREATE: &str = "
CREATE TABLE vigie_locality (
  batch INTEGER NOT NULL REFERENCES vigie_batch(id), name TEXT NOT NULL, lon REAL NOT NULL, lat REAL NOT NULL,
  country TEXT NOT NULL, region TEXT, cercle TEXT, commune TEXT);
CREATE TABLE vigie_learned (
  batch INTEGER NOT NULL REFERENCES vigie_batch(id), set_id TEXT NOT NULL, level INTEGER, name TEXT NOT NULL,
  parent TEXT, pcode TEXT NOT NULL);
CREATE TABLE vigie_settled (
  batch INTEGER NOT NULL REFERENCES vigie_batch(id), theme TEXT NOT NULL, source TEXT NOT NULL, fact_id TEXT NOT NULL,
  statement TEXT NOT NULL, set_id TEXT NOT NULL, pcode TEXT NOT NULL);
CREATE TABLE vigie_review (
  batch INTEGER NOT NULL REFERENCES vigie_batch(id), line INTEGER NOT NULL, source TEXT NOT NULL, fact_id TEXT NOT NULL);
CREATE INDEX vigie_review_batch ON vigie_review(batch);
";

/// A row of a batch that waits for an officer to settle its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Its line in the file.
    pub line: u64,
    /// Its fact's source.
    pub source: Arc<str>,
    /// Its fact's id.
    pub fact_id: Arc<str>,
}

/// A fact that an officer settled.
#[derive(Debug, Clone)]
pub struct Settled {
    /// What is remembered of it.
    pub settlement: Settlement,
    /// The fact where it lies now; its id may be another where its place is part of what names it.
    pub fact: Fact,
}

/// Notes which rows of a batch wait for an officer.
pub(super) fn queue(db: &Connection, batch: i64, rows: &[Queued]) -> rusqlite::Result<()> {
    let mut insert = db.prepare("INSERT INTO vigie_review VALUES (?1, ?2, ?3, ?4)")?;
    for row in rows {
        insert.execute(params![batch, i64::try_from(row.line).unwrap_or(i64::MAX), &*row.source, &*row.fact_id])?;
    }
    Ok(())
}

impl Store {
    /// Everything known of places, oldest first.
    pub fn knowledge(&self) -> Result<Knowledge, StoreError> {
        read_knowledge(self.db()).map_err(|e| StoreError::of(self.path(), e))
    }

    /// The rows of a batch that waited for an officer when it was imported, in the order of its file.
    pub fn queued(&self, batch: i64) -> Result<Vec<Queued>, StoreError> {
        let read = || -> rusqlite::Result<Vec<Queued>> {
            let mut statement = self
                .db()
                .prepare("SELECT line, source, fact_id FROM vigie_review WHERE batch = ?1 ORDER BY line, rowid")?;
            let rows = statement.query_map([batch], |r| {
                let line: i64 = r.get(0)?;
                Ok(Queued { line: line.unsigned_abs(), source: text(r, 1)?, fact_id: text(r, 2)? })
            })?;
            rows.collect()
        };
        read().map_err(|e| StoreError::of(self.path(), e))
    }

    /// Adds villages and towns as one batch.
    pub fn add_localities(&mut self, new: &NewBatch, localities: &[Locality]) -> Result<Written, StoreError> {
        self.write(|tx, fails| {
            let work = || -> rusqlite::Result<Written> {
                let id = batch::insert(tx, BatchKind::Localities, "localities", &new.created)?;
                let mut insert = tx.prepare("INSERT INTO vigie_locality VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
                for l in localities {
                    let [region, cercle, commune] = [0, 1, 2].map(|k| l.admin[k].as_deref());
                    let (lon, lat) = (l.point.lon(), l.point.lat());
                    insert.execute(params![id, &*l.name, lon, lat, &*l.country, region, cercle, commune])?;
                }
                let done = Written { batch: id, added: localities.len(), ..Written::default() };
                batch::finish(tx, new, done)?;
                Ok(done)
            };
            work().map_err(fails)
        })
    }

    /// Puts facts where officers said they lie, and learns from it: one batch, which can be undone.
    pub fn settle(
        &mut self,
        new: &NewBatch,
        theme: &Theme,
        settled: &[Settled],
        learned: &[Learned],
    ) -> Result<Written, StoreError> {
        let path = self.path().to_path_buf();
        self.write(|tx, fails| {
            let id = batch::insert(tx, BatchKind::Facts, &theme.id, &new.created).map_err(fails)?;
            let mut writer = FactWriter::new(tx, &path, id, theme, None, false)?;
            for s in settled.iter().filter(|s| s.fact.id != s.settlement.fact_id) {
                writer.end(&theme.id, &s.settlement.source, &s.settlement.fact_id).map_err(fails)?;
            }
            for s in settled {
                writer.put(&Prepared::new(s.fact.clone()))?;
            }
            let done = writer.finish().map_err(fails)?;
            let remember = || -> rusqlite::Result<()> {
                let mut remember = tx.prepare("INSERT INTO vigie_settled VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
                for Settled { settlement: s, .. } in settled {
                    let (set, statement) = (s.set.as_str(), &s.statement);
                    remember.execute(params![id, &*s.theme, &*s.source, &*s.fact_id, statement, set, &*s.pcode])?;
                }
                let mut learn = tx.prepare("INSERT INTO vigie_learned VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
                for l in learned {
                    let level = l.level.map(Level::number);
                    learn.execute(params![id, l.set.as_str(), level, l.name, l.parent.as_deref(), &*l.pcode])?;
                }
                batch::finish(tx, new, done)
            };
            remember().map_err(fails)?;
            Ok(done)
        })
    }
}

fn text(r: &rusqlite::Row<'_>, k: usize) -> rusqlite::Result<Arc<str>> {
    Ok(r.get_ref(k)?.as_str()?.into())
}

fn maybe(r: &rusqlite::Row<'_>, k: usize) -> rusqlite::Result<Option<Arc<str>>> {
    Ok(r.get_ref(k)?.as_str_or_null()?.map(Arc::from))
}

/// A value that does not read back: of column `k`, with the reason.
fn wrong(k: usize, reason: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(k, rusqlite::types::Type::Text, reason.into())
}

fn read_knowledge(db: &Connection) -> rusqlite::Result<Knowledge> {
    let set = |r: &rusqlite::Row<'_>, k: usize| SetId::new(r.get_ref(k)?.as_str()?).map_err(|e| wrong(k, e));
    let live = "JOIN vigie_batch b ON b.id = t.batch WHERE b.undone_by IS NULL";
    let mut statement = db.prepare(&format!(
        "SELECT t.name, t.lon, t.lat, t.country, t.region, t.cercle, t.commune FROM vigie_locality t {live} ORDER BY t.rowid"
    ))?;
    let localities = statement.query_map([], |r| {
        Ok(Locality {
            name: text(r, 0)?,
            point: LonLat::new(r.get(1)?, r.get(2)?).map_err(|e| wrong(1, e.to_string()))?,
            country: text(r, 3)?,
            admin: [maybe(r, 4)?, maybe(r, 5)?, maybe(r, 6)?],
        })
    })?;
    let localities = localities.collect::<rusqlite::Result<_>>()?;
    let mut statement = db.prepare(&format!(
        "SELECT t.set_id, t.level, t.name, t.parent, t.pcode FROM vigie_learned t {live} ORDER BY t.rowid"
    ))?;
    let learned = statement.query_map([], |r| {
        let level: Option<u8> = r.get(1)?;
        let level = level.map(Level::try_from).transpose().map_err(|e| wrong(1, e))?;
        Ok(Learned { set: set(r, 0)?, level, name: r.get(2)?, parent: maybe(r, 3)?, pcode: text(r, 4)? })
    })?;
    let learned = learned.collect::<rusqlite::Result<_>>()?;
    let mut statement = db.prepare(&format!(
        "SELECT t.theme, t.source, t.fact_id, t.statement, t.set_id, t.pcode FROM vigie_settled t {live} ORDER BY t.rowid"
    ))?;
    let settled = statement.query_map([], |r| {
        Ok(Settlement {
            theme: text(r, 0)?,
            source: text(r, 1)?,
            fact_id: text(r, 2)?,
            statement: r.get(3)?,
            set: set(r, 4)?,
            pcode: text(r, 5)?,
        })
    })?;
    let settled = settled.collect::<rusqlite::Result<_>>()?;
    Ok(Knowledge { localities, learned, settled })
}
