//! Purging: facts and whatever carries them leave the file for good. What stays is that it was done, and how many there were.
//!
//! A fact goes with its whole history where its present version is of an earlier day than the one asked; of one that stays, the
//! versions go that were. What goes with them: their rows in the registered tables, what waited for an officer and what officers
//! settled of it, and the values that findings quote (a rejected row has no date to trust, so those of the themes go all).
//!
//! An absence is no zero: what says that the months purged were covered goes too, so that they read as unknown and not as
//! months in which nothing happened.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rusqlite::{Connection, params};
use serde::Serialize;

use super::batch::{self, BatchKind, NewBatch, Written};
use super::{Store, StoreError, publish, release, sets};
use crate::domain::{Finding, Month, Theme};

/// What is to be purged.
#[derive(Debug, Clone)]
pub struct NewPurge {
    /// Facts of an earlier day go; the first of a month, so that none is left half.
    pub before: Date,
    /// Themes; all where none is named. Facts of a whole year go only of a theme that is named.
    pub themes: Vec<String>,
    /// Released months that would change are withdrawn; without it they are a reason to refuse.
    pub even_released: bool,
    /// Says what would go, and removes nothing.
    pub dry: bool,
    /// Who.
    pub by: String,
    /// When, RFC 3339 UTC.
    pub created: String,
}

/// What a purge removed, or would.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Purged {
    /// The batch's number, now the data version; 0 where nothing was removed.
    pub batch: i64,
    /// By theme.
    pub themes: BTreeMap<String, PurgedFacts>,
    /// Findings whose quoted value and sentence went.
    pub findings: usize,
    /// Released months withdrawn, or to be: theme and month.
    pub withdrawn: Vec<(String, Month)>,
}

/// How much of one theme.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PurgedFacts {
    /// Facts that went with all their versions.
    pub facts: i64,
    /// Versions of facts, of those that stay too.
    pub versions: i64,
}

/// The theme that says who was covered.
const COVERAGE: &str = "coverage";
/// What a finding says after its value went.
const BLANK: &str = "purged";
/// Set from the moment facts are removed until no byte of them is left in the file.
const UNFINISHED: &str = "purge_unfinished";

/// What a purge took from each batch, so that a store can still be checked against what its batches say they brought.
const CREATE: &str = "
CREATE TABLE IF NOT EXISTS vigie_purged (
  batch INTEGER NOT NULL REFERENCES vigie_batch(id), purge INTEGER NOT NULL REFERENCES vigie_batch(id),
  versions INTEGER NOT NULL, ended INTEGER NOT NULL, same INTEGER NOT NULL);";

/// `old`: versions of an earlier day. `whole`: facts that go. `gone`: versions that go, ends of facts among them.
const WORKING: &str = "
DROP TABLE IF EXISTS temp.old; DROP TABLE IF EXISTS temp.whole; DROP TABLE IF EXISTS temp.gone; DROP TABLE IF EXISTS temp.named;
CREATE TEMP TABLE old (seq INTEGER PRIMARY KEY, key BLOB NOT NULL);
CREATE INDEX temp.old_key ON old(key);
CREATE TEMP TABLE whole (key BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE gone (seq INTEGER PRIMARY KEY);";

/// Versions of theme ?1 before ?2, of the streams ?4 where it is not null; whole years only where ?3.
const FIND_OLD: &str = "
INSERT OR IGNORE INTO temp.old SELECT f.seq, f.key FROM vigie_fact f JOIN vigie_batch b ON b.id = f.batch
WHERE b.kind = 'facts' AND b.theme = ?1 AND f.body IS NOT NULL
  AND coalesce(json_extract(f.body, '$[2].day'), json_extract(f.body, '$[2].month') || '-01',
               CASE WHEN ?3 THEN json_extract(f.body, '$[2].year') || '-12-31' END) < ?2
  AND (?4 IS NULL OR json_extract(f.body, '$[4].stream') IN (SELECT value FROM json_each(?4)))";

/// A fact goes whole where the version that holds, or the last one where none does, is an old one.
const CHOOSE: &str = "
INSERT INTO temp.whole
  SELECT o.key FROM (SELECT DISTINCT key FROM temp.old) o
  LEFT JOIN vigie_current c ON c.key = o.key
  LEFT JOIN (SELECT key, max(seq) AS seq FROM vigie_fact
             WHERE body IS NOT NULL AND key IN (SELECT key FROM temp.old) GROUP BY key) l ON l.key = o.key
  WHERE coalesce(c.seq, l.seq) IN (SELECT seq FROM temp.old);
INSERT INTO temp.gone SELECT seq FROM temp.old;
INSERT OR IGNORE INTO temp.gone SELECT seq FROM vigie_fact WHERE key IN (SELECT key FROM temp.whole);
CREATE TEMP TABLE named AS
  SELECT b.theme, f.batch, f.key IN (SELECT key FROM temp.whole) AS whole,
         json_extract(f.body, '$[1]') AS source, json_extract(f.body, '$[0]') AS id
  FROM temp.gone g JOIN vigie_fact f ON f.seq = g.seq JOIN vigie_batch b ON b.id = f.batch WHERE f.body IS NOT NULL;
CREATE INDEX temp.named_id ON named(id, source);";

/// Everything beside the registered tables and the runs of repeated versions.
const REMOVE: &str = "
DELETE FROM vigie_review WHERE EXISTS (
  SELECT 1 FROM temp.named n WHERE n.id = vigie_review.fact_id AND n.source = vigie_review.source
    AND (n.batch = vigie_review.batch
         OR n.whole AND n.theme = (SELECT theme FROM vigie_batch b WHERE b.id = vigie_review.batch)));
DELETE FROM vigie_settled WHERE EXISTS (
  SELECT 1 FROM temp.named n WHERE n.id = vigie_settled.fact_id AND n.source = vigie_settled.source
    AND n.theme = vigie_settled.theme AND (n.whole OR n.batch = vigie_settled.batch));
DELETE FROM vigie_current WHERE seq IN (SELECT seq FROM temp.gone);
DELETE FROM vigie_fact WHERE seq IN (SELECT seq FROM temp.gone);
DELETE FROM vigie_learned WHERE batch IN (SELECT batch FROM vigie_purged)
  AND batch NOT IN (SELECT batch FROM vigie_fact) AND batch NOT IN (SELECT batch FROM vigie_said);";

impl Store {
    /// Removes facts with their history, as one batch, and every byte of them from the file and the log beside it.
    ///
    /// # Errors
    /// A day that is not the first of a month; a released month that would change, unless told. Where facts are removed and their
    /// bytes cannot be cleared because another program reads an earlier state, [`StoreError::PurgeUnfinished`]: opening the store
    /// again tries once more.
    pub fn purge(&mut self, ask: &NewPurge, themes: &[Theme]) -> Result<Purged, StoreError> {
        if ask.before.day() != 1 {
            return Err(StoreError::HalfMonth(ask.before));
        }
        let fails = |path: &std::path::Path, e| StoreError::of(path, e);
        let path = self.path().to_path_buf();
        // What the work needs in between is written to no other file, and what is removed is overwritten.
        self.db().pragma_update(None, "temp_store", "MEMORY").map_err(|e| fails(&path, e))?;
        self.db().pragma_update(None, "secure_delete", true).map_err(|e| fails(&path, e))?;
        let done = self.write_unless(ask.dry, |tx, fails| {
            let found = choose(tx, ask, themes).map_err(fails)?;
            if !ask.even_released && !found.withdrawn.is_empty() && !ask.dry {
                return Err(StoreError::Released(listed(&found.withdrawn)));
            }
            if ask.dry { Ok(found) } else { remove(tx, ask, found).map_err(fails) }
        })?;
        if done.batch > 0 {
            self.finish_purge()?;
        }
        Ok(done)
    }

    /// Clears what a purge left behind that was cut off after its facts were removed. Nothing to do in any other store.
    pub(super) fn resume_purge(&mut self) -> Result<(), StoreError> {
        if self.meta(UNFINISHED)?.is_some() { self.finish_purge() } else { Ok(()) }
    }

    /// Whether bytes of purged facts may still lie in the file.
    pub(super) fn purge_is_unfinished(db: &Connection) -> rusqlite::Result<bool> {
        db.query_row("SELECT count(*) FROM vigie_meta WHERE key = ?1", [UNFINISHED], |r| r.get(0))
    }

    fn finish_purge(&mut self) -> Result<(), StoreError> {
        let path = self.path().to_path_buf();
        let work = |db: &Connection| -> rusqlite::Result<bool> {
            // What is copied now is what stays: it may be more than memory holds.
            db.pragma_update(None, "temp_store", "FILE")?;
            db.execute_batch("VACUUM")?;
            if !folded(db)? {
                return Ok(false);
            }
            db.execute("DELETE FROM vigie_meta WHERE key = ?1", [UNFINISHED])?;
            folded(db)
        };
        let unfinished = |detail: String| StoreError::PurgeUnfinished { path: path.clone(), detail };
        match work(self.db()) {
            Ok(true) => Ok(()),
            Ok(false) => Err(unfinished("another program reads an earlier state of it".into())),
            Err(e) => Err(unfinished(e.to_string())),
        }
    }
}

/// Folds the log into the file and cuts it to nothing; false where a reader is in the way.
fn folded(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| Ok(r.get::<_, i64>(0)? == 0))
}

/// Finds what goes, into working tables, and how much it is.
fn choose(tx: &Connection, ask: &NewPurge, themes: &[Theme]) -> rusqlite::Result<Purged> {
    tx.execute_batch(CREATE)?;
    tx.execute_batch(WORKING)?;
    let known: Vec<String> = tx
        .prepare("SELECT DISTINCT theme FROM vigie_batch WHERE kind = 'facts' ORDER BY theme")?
        .query_map([], |r| r.get(0))?
        .collect::<Result<_, _>>()?;
    let asked = |id: &str| ask.themes.is_empty() || ask.themes.iter().any(|t| t == id);
    let before = ask.before.to_string();
    let mut streams = BTreeSet::new();
    let mut find = tx.prepare(FIND_OLD)?;
    for id in known.iter().filter(|id| asked(id)) {
        find.execute(params![id, before, !ask.themes.is_empty(), None::<String>])?;
        let theme = themes.iter().find(|t| t.id == *id);
        streams.extend(
            theme
                .iter()
                .flat_map(|t| t.measures.iter().map(|m| m.stream.as_str()).chain(t.implies_coverage.as_deref())),
        );
    }
    if !asked(COVERAGE) {
        find.execute(params![COVERAGE, before, false, serde_json::json!(streams).to_string()])?;
    }
    drop(find);
    tx.execute_batch(CHOOSE)?;
    let mut found = Purged::default();
    let counted = "SELECT b.theme, count(DISTINCT CASE WHEN f.key IN (SELECT key FROM temp.whole) THEN f.key END), count(f.body)
                   FROM temp.gone g JOIN vigie_fact f ON f.seq = g.seq JOIN vigie_batch b ON b.id = f.batch GROUP BY b.theme";
    let mut statement = tx.prepare(counted)?;
    let rows = statement
        .query_map([], |r| Ok((r.get::<_, String>(0)?, PurgedFacts { facts: r.get(1)?, versions: r.get(2)? })))?;
    found.themes = rows.collect::<Result<_, _>>()?;
    let touched = |theme: &str| asked(theme) || found.themes.contains_key(theme);
    for id in known.iter().filter(|id| touched(id)) {
        for (_, findings) in quoting(tx, id)? {
            found.findings += findings.len();
        }
    }
    found.withdrawn = withdrawn(tx)?;
    Ok(found)
}

/// Released months that the choice changes.
fn withdrawn(tx: &Connection) -> rusqlite::Result<Vec<(String, Month)>> {
    let version = tx.query_row("SELECT ifnull(max(id), 0) FROM vigie_batch", [], |r| r.get(0))?;
    let releases = release::load(tx, version)?;
    let mut statement = tx.prepare(
        "SELECT DISTINCT b.theme, substr(coalesce(json_extract(f.body, '$[2].day'), json_extract(f.body, '$[2].month')), 1, 7)
         FROM temp.gone g JOIN vigie_fact f ON f.seq = g.seq JOIN vigie_batch b ON b.id = f.batch WHERE f.body IS NOT NULL",
    )?;
    let touched: Vec<(String, Option<Month>)> = statement
        .query_map([], |r| Ok((r.get(0)?, r.get::<_, Option<String>>(1)?.and_then(|m| Month::of_iso(&m)))))?
        .collect::<Result<_, _>>()?;
    let changes = |theme: &str, month: Month| {
        touched.iter().any(|(of, when)| {
            // Coverage is read by every theme, and what holds for a whole year by every month.
            when.is_none_or(|m| m == month) && (of == theme || of == COVERAGE || when.is_none())
        })
    };
    let themes: BTreeSet<&str> = releases.entries.iter().map(|e| e.theme.as_str()).collect();
    let all = themes.into_iter().flat_map(|t| releases.months(t).into_iter().map(move |m| (t.to_owned(), m)));
    Ok(all.filter(|(theme, month)| changes(theme, *month)).collect())
}

/// Removes what was chosen.
fn remove(tx: &Connection, ask: &NewPurge, mut found: Purged) -> rusqlite::Result<Purged> {
    let any = found.themes.values().any(|t| t.versions > 0);
    if !any && found.findings == 0 {
        return Ok(found);
    }
    let id = batch::insert(tx, BatchKind::Purge, &ask.themes.join(","), &ask.created)?;
    tx.execute(
        "INSERT INTO vigie_purged SELECT f.batch, ?1, count(f.body), count(*) - count(f.body), 0
         FROM temp.gone g JOIN vigie_fact f ON f.seq = g.seq GROUP BY f.batch",
        [id],
    )?;
    cut_runs(tx, id)?;
    for theme in found.themes.keys().filter(|t| !t.is_empty()) {
        publish::remove_gone(tx, theme)?;
    }
    tx.execute_batch(REMOVE)?;
    let blanked: Vec<String> = if ask.themes.is_empty() {
        let mut statement = tx.prepare("SELECT DISTINCT theme FROM vigie_batch WHERE kind = 'facts'")?;
        statement.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?
    } else {
        ask.themes.iter().chain(found.themes.keys()).collect::<BTreeSet<_>>().into_iter().cloned().collect()
    };
    for theme in blanked {
        for (batch, mut findings) in quoting(tx, &theme)? {
            for finding in &mut findings {
                finding.value = None;
                BLANK.clone_into(&mut finding.message);
            }
            let findings =
                serde_json::to_string(&findings).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
            tx.execute("UPDATE vigie_batch SET findings = ?2 WHERE id = ?1", params![batch, findings])?;
        }
    }
    let note = format!("purge of what is before {}", ask.before);
    release::withdraw(tx, id, &found.withdrawn, &note)?;
    let new = NewBatch { created: ask.created.clone(), by: ask.by.clone(), ..NewBatch::default() };
    batch::record(tx, &new, Written { batch: id, ..Written::default() })?;
    let detail = serde_json::json!({
        "batch": id, "before": ask.before.to_string(), "themes": found.themes, "findings": found.findings, "withdrawn": found.withdrawn,
    });
    super::audit::append(tx, &super::NewEntry { time: &ask.created, actor: &ask.by, action: "purge", detail })?;
    sets::set_meta(tx, UNFINISHED, &id.to_string())?;
    found.batch = id;
    Ok(found)
}

/// Batches of a theme whose findings still quote something, with all their findings.
fn quoting(tx: &Connection, theme: &str) -> rusqlite::Result<Vec<(i64, Vec<Finding>)>> {
    let mut statement =
        tx.prepare("SELECT id, findings FROM vigie_batch WHERE kind = 'facts' AND theme = ?1 AND findings <> '[]'")?;
    let rows = statement.query_map([theme], |r| {
        let findings: Vec<Finding> = serde_json::from_str(r.get_ref(1)?.as_str()?)
            .map_err(|e| rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, Box::new(e)))?;
        Ok((r.get(0)?, findings))
    })?;
    let quotes = |f: &Finding| f.value.is_some() || f.message != BLANK;
    let all = rows.collect::<rusqlite::Result<Vec<(i64, Vec<Finding>)>>>()?;
    Ok(all.into_iter().filter(|(_, findings)| findings.iter().any(quotes)).collect())
}

/// Cuts the versions that go out of the runs that later batches repeat.
fn cut_runs(tx: &Connection, purge: i64) -> rusqlite::Result<()> {
    let runs: Vec<(i64, i64, i64)> = tx
        .prepare(
            "SELECT batch, first, last FROM vigie_said s
             WHERE EXISTS (SELECT 1 FROM temp.gone g WHERE g.seq BETWEEN s.first AND s.last)",
        )?
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let mut inside = tx.prepare("SELECT seq FROM temp.gone WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq")?;
    let mut forget = tx.prepare("DELETE FROM vigie_said WHERE batch = ?1 AND first = ?2")?;
    let mut keep = tx.prepare("INSERT INTO vigie_said VALUES (?1, ?2, ?3)")?;
    let mut count = tx.prepare("INSERT INTO vigie_purged VALUES (?1, ?2, 0, 0, ?3)")?;
    for (batch, first, last) in runs {
        forget.execute([batch, first])?;
        let mut next = first;
        let gone: Vec<i64> = inside.query_map([first, last], |r| r.get(0))?.collect::<Result<_, _>>()?;
        for &seq in &gone {
            if next < seq {
                keep.execute([batch, next, seq - 1])?;
            }
            next = seq + 1;
        }
        if next <= last {
            keep.execute([batch, next, last])?;
        }
        count.execute(params![batch, purge, i64::try_from(gone.len()).unwrap_or(i64::MAX)])?;
    }
    Ok(())
}

/// Versions, ends and repetitions that purges took from a batch.
pub(super) fn taken(db: &Connection) -> rusqlite::Result<BTreeMap<i64, (i64, i64, i64)>> {
    let there: bool =
        db.query_row("SELECT count(*) FROM sqlite_master WHERE name = 'vigie_purged'", [], |r| r.get(0))?;
    if !there {
        return Ok(BTreeMap::new());
    }
    db.prepare("SELECT batch, sum(versions), sum(ended), sum(same) FROM vigie_purged GROUP BY batch")?
        .query_map([], |r| Ok((r.get(0)?, (r.get(1)?, r.get(2)?, r.get(3)?))))?
        .collect()
}

fn listed(months: &[(String, Month)]) -> String {
    const NAMED: usize = 6;
    let mut text = months.iter().take(NAMED).map(|(t, m)| format!("{t} {m}")).collect::<Vec<_>>().join(", ");
    if months.len() > NAMED {
        text.push_str(", …");
    }
    text
}
