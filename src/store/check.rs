//! Whether a store is whole: the file, the history, and the current state that is made from it.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, params};
use serde::Serialize;

use super::{Store, StoreError, batch, fold, prepared, publish, purge, sets, units};
use crate::domain::Theme;

/// Faults of one kind are named up to here; the rest is counted.
const NAMED: usize = 20;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Which check: `file`, `foreign_keys`, `history`, `current`, `registered`, `totals`, `units`, `purge`.
    pub check: &'static str,
    /// What is wrong.
    pub what: String,
}

/// What a check looked at, and what it found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Check {
    /// Data version.
    pub version: i64,
    /// Batches.
    pub batches: usize,
    /// Versions of facts in the history.
    pub versions: usize,
    /// Current facts.
    pub facts: usize,
    /// Administrative units of current sets.
    pub units: usize,
    /// Everything wrong; empty where the store is whole.
    pub faults: Vec<Fault>,
}

impl Check {
    fn fault(&mut self, check: &'static str, what: impl Into<String>) {
        self.faults.push(Fault { check, what: what.into() });
    }

    fn faults(&mut self, check: &'static str, all: Vec<String>) {
        let more = all.len().saturating_sub(NAMED);
        for what in all.into_iter().take(NAMED) {
            self.fault(check, what);
        }
        if more > 0 {
            self.fault(check, format!("… and {more} more"));
        }
    }
}

pub(super) fn check(db: &Connection, path: &Path, themes: &[Theme]) -> Result<Check, StoreError> {
    let fails = |e| StoreError::of(path, e);
    let mut found = Check::default();
    let lines: Vec<String> = db
        .prepare("PRAGMA integrity_check(20)")
        .and_then(|mut s| s.query_map([], |r| r.get(0))?.collect())
        .map_err(fails)?;
    found.faults("file", lines.into_iter().filter(|l| l != "ok").collect());
    let broken: Vec<String> = db
        .prepare("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check")
        .and_then(|mut s| {
            s.query_map([], |r| {
                let row: Option<i64> = r.get(1)?;
                Ok(format!("row {row:?} of {} names no row of {}", r.get::<_, String>(0)?, r.get::<_, String>(2)?))
            })?
            .collect()
        })
        .map_err(fails)?;
    found.faults("foreign_keys", broken);
    let count = |sql: &str| db.query_row(sql, [], |r| r.get::<_, i64>(0)).map_err(fails).map(size);
    found.versions = count("SELECT count(*) FROM vigie_fact")?;
    found.version = i64::try_from(count("SELECT ifnull(max(id), 0) FROM vigie_batch")?).unwrap_or(i64::MAX);
    if Store::purge_is_unfinished(db).map_err(fails)? {
        found.fault(
            "purge",
            "bytes of purged facts may still lie in the file: stop what reads the store, then check again",
        );
    }
    totals(&mut found, db).map_err(fails)?;
    current(&mut found, db).map_err(fails)?;
    registered(&mut found, db, themes).map_err(fails)?;
    let sets = fold::sets(db, found.version).map_err(fails)?;
    let digests: Vec<String> = sets
        .iter()
        .map(|(id, units, _)| {
            db.query_row("SELECT digest FROM vigie_set WHERE id = ?1 AND batch = ?2", params![id, units], |r| r.get(0))
        })
        .collect::<Result<_, _>>()
        .map_err(fails)?;
    match units::load(db, path, sets) {
        Ok(sets) => {
            found.units = sets
                .iter()
                .map(|s| crate::domain::Level::ALL.into_iter().map(|l| s.units(l).len()).sum::<usize>())
                .sum();
            let there = count("SELECT count(*) FROM admin_units")?;
            if there != found.units {
                let units = found.units;
                found.fault("units", format!("admin_units has {there} rows, the current sets have {units} units"));
            }
            for (set, digest) in sets.iter().zip(digests) {
                if sets::digest(set) != digest {
                    found.fault("units", format!("the units of {} are not those that were imported", set.info.id));
                }
            }
        }
        Err(error) => found.fault("units", error.to_string()),
    }
    Ok(found)
}

/// What a batch says it did, against what the history holds of it.
fn totals(found: &mut Check, db: &Connection) -> rusqlite::Result<()> {
    let batches = batch::all(db, found.version)?;
    found.batches = batches.len();
    let mut wrong = Vec::new();
    let purged = purge::taken(db)?;
    let mut said = db.prepare("SELECT ifnull(sum(last - first + 1), 0) FROM vigie_said WHERE batch = ?1")?;
    let by_batch: std::collections::BTreeMap<i64, (i64, i64)> = db
        .prepare("SELECT batch, count(body), count(*) - count(body) FROM vigie_fact GROUP BY batch")?
        .query_map([], |r| Ok((r.get(0)?, (r.get(1)?, r.get(2)?))))?
        .collect::<Result<_, _>>()?;
    for b in batches.iter().filter(|b| b.kind == batch::BatchKind::Facts) {
        let parts = b.added + b.changed + b.same + b.to_review + b.rejected + b.skipped;
        if parts != b.rows_in {
            wrong.push(format!("import {}: {} rows read, {parts} accounted for", b.id, b.rows_in));
        }
        let (wrote, ended) = by_batch.get(&b.id).copied().unwrap_or_default();
        let same: i64 = said.query_row([b.id], |r| r.get(0))?;
        // What a purge took counts as it did before.
        let taken = purged.get(&b.id).copied().unwrap_or_default();
        let (wrote, ended, same) = (wrote + taken.0, ended + taken.1, same + taken.2);
        // A row to review was written, or known to the letter.
        if (wrote + same, ended) != (b.added + b.changed + b.same + b.to_review, b.ended) || same < b.same {
            wrong.push(format!(
                "import {}: says {} new, changed or to review, {} ended, {} unchanged; the history has {wrote}, {ended}, {same}",
                b.id,
                b.added + b.changed + b.to_review,
                b.ended,
                b.same
            ));
        }
    }
    found.faults("totals", wrong);
    Ok(())
}

/// The list of current versions, against the fold of the history.
fn current(found: &mut Check, db: &Connection) -> rusqlite::Result<()> {
    let wanted = fold::seqs(db, found.version, None)?;
    let mut have: Vec<i64> =
        db.prepare("SELECT seq FROM vigie_current")?.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?;
    have.sort_unstable();
    found.facts = have.len();
    let (missing, extra) = difference(&wanted, &have);
    found.faults("current", missing.iter().map(|s| format!("version {s} holds and is not listed")).collect());
    found.faults("current", extra.iter().map(|s| format!("version {s} is listed and does not hold")).collect());
    let mut wrong = Vec::new();
    let mut rows = db.prepare(
        "SELECT f.seq, b.theme, f.body, c.key = f.key, c.digest FROM vigie_current c JOIN vigie_fact f ON f.seq = c.seq
         JOIN vigie_batch b ON b.id = f.batch WHERE f.body IS NOT NULL",
    )?;
    let mut rows = rows.query([])?;
    while let Some(r) = rows.next()? {
        let (seq, theme, body): (i64, String, String) = (r.get(0)?, r.get(1)?, r.get(2)?);
        let same_key: bool = r.get(3)?;
        match prepared::read(&Arc::from(theme), &body) {
            Err(error) => wrong.push(format!("version {seq} does not read back: {error}")),
            Ok(_) if !same_key || prepared::digest(&body) != r.get::<_, i64>(4)? => {
                wrong.push(format!("version {seq} is listed under another name or digest than its own"));
            }
            Ok(_) => {}
        }
    }
    found.faults("history", wrong);
    Ok(())
}

/// The registered tables, against the list of current versions.
fn registered(found: &mut Check, db: &Connection, themes: &[Theme]) -> rusqlite::Result<()> {
    let names: Vec<String> = db
        .prepare("SELECT DISTINCT theme FROM vigie_batch WHERE kind = 'facts' ORDER BY theme")?
        .query_map([], |r| r.get(0))?
        .collect::<Result<_, _>>()?;
    for name in names {
        let wanted = fold::seqs(db, found.version, Some(&name))?;
        if publish::columns_there(db, &name)?.is_empty() {
            found.fault("registered", format!("the table of {name} is gone"));
            continue;
        }
        let table = format!("\"{}\"", name.replace('"', "\"\""));
        let have: Vec<i64> = db
            .prepare(&format!("SELECT fid FROM {table} ORDER BY fid"))?
            .query_map([], |r| r.get(0))?
            .collect::<Result<_, _>>()?;
        let (missing, extra) = difference(&wanted, &have);
        found.faults("registered", missing.iter().map(|s| format!("{name}: fact {s} is missing")).collect());
        found.faults("registered", extra.iter().map(|s| format!("{name}: row {s} is no current fact")).collect());
        // What a foreign program may have edited: held against the history, column by column.
        if let Some(theme) = themes.iter().find(|t| t.id == name)
            && publish::columns_there(db, &name)? == publish::columns_wanted(theme)
        {
            let edited = publish::edited(db, theme)?;
            found.faults(
                "registered",
                edited.iter().map(|s| format!("{name}: row {s} was edited by another program")).collect(),
            );
        }
    }
    Ok(())
}

fn size(n: i64) -> usize {
    usize::try_from(n).unwrap_or(0)
}

/// What is in the first and not in the second, and the reverse; both ascending.
fn difference(a: &[i64], b: &[i64]) -> (Vec<i64>, Vec<i64>) {
    let not_in = |x: &[i64], y: &[i64]| x.iter().filter(|n| y.binary_search(n).is_err()).copied().collect();
    (not_in(a, b), not_in(b, a))
}
