//! Batches: what each import and each undo did, when, from which file, by whom.

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::domain::Finding;

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
    /// Made months public, or withdrew them.
    Release,
    /// Removed facts with their history.
    Purge,
    /// Took another batch back.
    Undo,
}

impl BatchKind {
    fn word(self) -> &'static str {
        match self {
            Self::Boundaries => "boundaries",
            Self::Facts => "facts",
            Self::Localities => "localities",
            Self::Release => "release",
            Self::Purge => "purge",
            Self::Undo => "undo",
        }
    }
}

/// A batch about to be written.
#[derive(Debug, Clone, Default)]
pub struct NewBatch {
    /// File name as given.
    pub file: String,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Who imports, as they call themselves; empty where nobody said.
    pub by: String,
    /// When, RFC 3339 UTC.
    pub created: String,
    /// Rows read: those put in, rejected and skipped, together.
    pub rows_in: usize,
    /// Rows that stayed out.
    pub rejected: usize,
    /// Rows that say nothing of their own: repeated ones, totals, blank ones.
    pub skipped: usize,
    /// Everything the import found.
    pub findings: Vec<Finding>,
    /// Rows whose place waits for an officer; their facts are among those written.
    pub review: Vec<super::Queued>,
}

/// A batch as it stands in the store. Of facts: `rows_in = added + changed + same + to_review + rejected + skipped`.
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
    /// Who imported; empty where nobody said.
    pub by: String,
    /// When, RFC 3339 UTC.
    pub created: String,
    /// Rows read.
    pub rows_in: i64,
    /// Facts (or units) new.
    pub added: i64,
    /// Facts that superseded an earlier one.
    pub changed: i64,
    /// Facts (or units) already known to the letter.
    pub same: i64,
    /// Facts of the period replaced that the file does not have: they hold no longer. (No rows of the file.)
    pub ended: i64,
    /// Facts whose place waits for an officer; written, and left out of the numbers above.
    pub to_review: i64,
    /// Rows that stayed out.
    pub rejected: i64,
    /// Rows that say nothing of their own: repeated ones, totals, blank ones.
    pub skipped: i64,
    /// What the import found.
    pub findings: Vec<Finding>,
    /// The batch that took it back.
    pub undone_by: Option<i64>,
}

/// What a write did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Written {
    /// The batch's number, now the data version; 0 where nothing was stored.
    pub batch: i64,
    /// Facts (or units) new.
    pub added: usize,
    /// Facts that superseded an earlier one.
    pub changed: usize,
    /// Facts (or units) already known to the letter.
    pub same: usize,
    /// Facts of the period replaced that the file does not have.
    pub ended: usize,
    /// Facts whose place waits for an officer; the numbers above leave them out.
    pub to_review: usize,
}

pub(super) fn insert(db: &Connection, kind: BatchKind, theme: &str, created: &str) -> rusqlite::Result<i64> {
    db.execute(
        "INSERT INTO vigie_batch(kind, theme, file, sha256, by, created, rows_in, added, changed, same, ended, to_review,
                                 rejected, skipped, findings)
         VALUES (?1, ?2, '', '', '', ?3, 0, 0, 0, 0, 0, 0, 0, 0, '[]')",
        params![kind.word(), theme, created],
    )?;
    Ok(db.last_insert_rowid())
}

/// Writes what is known once the last row was read, and enters it into the audit.
pub(super) fn finish(db: &Connection, batch: &NewBatch, done: Written) -> rusqlite::Result<()> {
    record(db, batch, done)?;
    let (kind, theme): (String, String) =
        db.query_row("SELECT kind, theme FROM vigie_batch WHERE id = ?1", [done.batch], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?;
    let detail =
        serde_json::json!({"batch": done.batch, "theme": theme, "sha256": batch.sha256, "rows": batch.rows_in});
    let action = if kind == "facts" { "import" } else { &kind };
    super::audit::append(db, &super::NewEntry { time: &batch.created, actor: &batch.by, action, detail })
}

/// Writes what is known of a batch.
pub(super) fn record(db: &Connection, batch: &NewBatch, done: Written) -> rusqlite::Result<()> {
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let findings =
        serde_json::to_string(&batch.findings).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
    db.execute(
        "UPDATE vigie_batch SET file = ?2, sha256 = ?3, by = ?4, created = ?5, rows_in = ?6, added = ?7, changed = ?8,
                same = ?9, ended = ?10, to_review = ?11, rejected = ?12, skipped = ?13, findings = ?14 WHERE id = ?1",
        params![
            done.batch,
            batch.file,
            batch.sha256,
            batch.by,
            batch.created,
            number(batch.rows_in),
            number(done.added),
            number(done.changed),
            number(done.same),
            number(done.ended),
            number(done.to_review),
            number(batch.rejected),
            number(batch.skipped),
            findings
        ],
    )?;
    Ok(())
}

/// Every batch up to a version, oldest first, as they stood then.
pub(super) fn all(db: &Connection, version: i64) -> rusqlite::Result<Vec<Batch>> {
    let mut statement = db.prepare(
        "SELECT id, kind, theme, file, sha256, by, created, rows_in, added, changed, same, ended, to_review, rejected,
                skipped, findings, CASE WHEN undone_by <= ?1 THEN undone_by END
         FROM vigie_batch WHERE id <= ?1 ORDER BY id",
    )?;
    statement.query_map([version], read)?.collect()
}

fn read(r: &rusqlite::Row<'_>) -> rusqlite::Result<Batch> {
    let kind = match r.get_ref(1)?.as_str()? {
        "boundaries" => BatchKind::Boundaries,
        "localities" => BatchKind::Localities,
        "release" => BatchKind::Release,
        "purge" => BatchKind::Purge,
        "undo" => BatchKind::Undo,
        _ => BatchKind::Facts,
    };
    Ok(Batch {
        id: r.get(0)?,
        kind,
        theme: r.get(2)?,
        file: r.get(3)?,
        sha256: r.get(4)?,
        by: r.get(5)?,
        created: r.get(6)?,
        rows_in: r.get(7)?,
        added: r.get(8)?,
        changed: r.get(9)?,
        same: r.get(10)?,
        ended: r.get(11)?,
        to_review: r.get(12)?,
        rejected: r.get(13)?,
        skipped: r.get(14)?,
        findings: serde_json::from_str(r.get_ref(15)?.as_str()?)
            .map_err(|e| rusqlite::Error::FromSqlConversionFailure(15, rusqlite::types::Type::Text, Box::new(e)))?,
        undone_by: r.get(16)?,
    })
}
