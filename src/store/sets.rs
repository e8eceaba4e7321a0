//! Boundary sets in and out: each a statement of a batch, like facts.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use super::batch::Written;
use super::publish::touch;
use super::{StoreError, fold, units};
use crate::boundaries::BoundarySet;
use crate::domain::{Level, SetId, hex};

/// How a set takes the place of the default one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultSet {
    /// The officer said so.
    Make,
    /// Where none was chosen before and no fact lies on another set: its facts would silently count nowhere.
    IfFree,
    /// Only where there is none at all: the shipped sets stand in until an officer imports one.
    StandIn,
}

/// `vigie_set.made_default` of a set that only stands in, and of one that was chosen.
const STANDS_IN: i64 = 1;
const CHOSEN: i64 = 2;

/// What a set is and holds, to tell whether a file brings the same again. Where it lies in which file does not matter.
pub(super) fn digest(set: &BoundarySet) -> String {
    let mut hash = Sha256::new();
    for unit in Level::ALL.into_iter().flat_map(|l| set.units(l)) {
        hash.update([unit.level.number()]);
        for text in
            [&*unit.pcode, "\u{1f}", &*unit.name, "\u{1f}", unit.parent.as_deref().unwrap_or_default(), "\u{1e}"]
        {
            hash.update(text.as_bytes());
        }
        hash.update(units::multipolygon_blob(&unit.shape));
    }
    hex(&hash.finalize())
}

/// Current facts that are not located on a set.
pub(super) fn facts_elsewhere(db: &Connection, set: &str) -> rusqlite::Result<usize> {
    let themes: Vec<String> = db
        .prepare("SELECT DISTINCT b.theme FROM vigie_batch b JOIN gpkg_contents c ON c.table_name = b.theme WHERE b.kind = 'facts'")?
        .query_map([], |r| r.get(0))?
        .collect::<Result<_, _>>()?;
    let mut n: i64 = 0;
    for theme in themes {
        let table = format!("\"{}\"", theme.replace('"', "\"\""));
        n +=
            db.query_row(&format!("SELECT count(*) FROM {table} WHERE set_id <> ?1"), [set], |r| r.get::<_, i64>(0))?;
    }
    Ok(usize::try_from(n).unwrap_or(0))
}

/// Writes what a batch says of its sets.
pub(super) fn add(
    db: &Connection,
    path: &Path,
    batch: i64,
    sets: &[BoundarySet],
    default: DefaultSet,
) -> Result<Written, StoreError> {
    let fails = |e| StoreError::of(path, e);
    let mut done = Written { batch, ..Written::default() };
    for (k, set) in sets.iter().enumerate() {
        let name = set.info.id.as_str();
        let digest = digest(set);
        let known = fold::sets(db, batch).map_err(fails)?.into_iter().find(|(id, ..)| id == name);
        let count: usize = Level::ALL.into_iter().map(|l| set.units(l).len()).sum();
        let (units, info) = if let Some((_, units, info)) = known {
            let sql = "SELECT digest FROM vigie_set WHERE batch = ?1 AND id = ?2";
            let before: Option<String> =
                db.query_row(sql, params![units, name], |r| r.get(0)).optional().map_err(fails)?;
            if before.as_deref() != Some(&digest) {
                return Err(StoreError::SetExists(name.to_owned()));
            }
            done.same += count;
            (units, info)
        } else {
            let info = serde_json::to_string(&set.info).map_err(|e| StoreError::Unreadable {
                path: path.into(),
                table: "vigie_set",
                row: 0,
                detail: e.to_string(),
            })?;
            units::insert(db, set, batch).map_err(fails)?;
            done.added += count;
            (batch, info)
        };
        let made = if k > 0 { 0 } else { made_default(db, name, batch, default).map_err(fails)? };
        db.execute(
            "INSERT INTO vigie_set(batch, id, info, digest, units, made_default) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![batch, name, info, digest, units, made],
        )
        .map_err(fails)?;
    }
    settle(db, batch).map_err(fails)?;
    Ok(done)
}

fn made_default(db: &Connection, name: &str, version: i64, asked: DefaultSet) -> rusqlite::Result<i64> {
    let now = fold::default_set(db, version)?;
    Ok(match (asked, now) {
        (DefaultSet::StandIn, None) => STANDS_IN,
        (DefaultSet::StandIn, Some(_)) => 0,
        (DefaultSet::IfFree, Some((_, made))) if made == CHOSEN => 0,
        (DefaultSet::IfFree, _) if facts_elsewhere(db, name)? > 0 => 0,
        (DefaultSet::Make | DefaultSet::IfFree, _) => CHOSEN,
    })
}

/// Takes back what a batch said of its sets; refused while facts lie on one of them.
pub(super) fn undo(db: &Connection, path: &Path, number: i64, version: i64) -> Result<(), StoreError> {
    let fails = |e| StoreError::of(path, e);
    let first: i64 = db.query_row("SELECT min(id) FROM vigie_batch", [], |r| r.get(0)).map_err(fails)?;
    if number == first {
        return Err(StoreError::CannotUndo(number, "the shipped sets stay"));
    }
    let left = fold::sets(db, version).map_err(fails)?;
    let said: Vec<String> = db
        .prepare("SELECT id FROM vigie_set WHERE batch = ?1")
        .and_then(|mut s| s.query_map([number], |r| r.get(0))?.collect())
        .map_err(fails)?;
    for id in said.iter().filter(|id| left.iter().all(|(l, ..)| l != *id)) {
        if facts_on(db, id).map_err(fails)? {
            return Err(StoreError::CannotUndo(number, "facts are located on its units: undo their imports first"));
        }
    }
    settle(db, version).map_err(fails)
}

fn facts_on(db: &Connection, set: &str) -> rusqlite::Result<bool> {
    let all: i64 = db.query_row("SELECT count(*) FROM vigie_current", [], |r| r.get(0))?;
    Ok(facts_elsewhere(db, set)? < usize::try_from(all).unwrap_or(0))
}

/// Brings `admin_units` and the default set to what the fold gives: units of sets taken back move aside, and back.
fn settle(db: &Connection, version: i64) -> rusqlite::Result<()> {
    let sets = fold::sets(db, version)?;
    let pairs: Vec<String> =
        sets.iter().map(|(id, units, _)| format!("({units}, '{}')", id.replace('\'', "''"))).collect();
    let holds = format!("(batch, set_id) IN (VALUES {})", pairs.join(", "));
    let holds = if pairs.is_empty() { "0".to_owned() } else { holds };
    db.execute_batch(&format!(
        "INSERT INTO vigie_unit SELECT * FROM admin_units WHERE NOT ({holds});
         DELETE FROM admin_units WHERE NOT ({holds});
         INSERT INTO admin_units SELECT * FROM vigie_unit WHERE {holds};
         DELETE FROM vigie_unit WHERE {holds};"
    ))?;
    match fold::default_set(db, version)? {
        Some((id, made)) => {
            set_meta(db, "default_set", &id)?;
            set_meta(db, "default_set_chosen", if made == CHOSEN { "true" } else { "false" })?;
        }
        None => {
            db.execute("DELETE FROM vigie_meta WHERE key IN ('default_set', 'default_set_chosen')", [])?;
        }
    }
    touch(db, "admin_units")
}

pub(super) fn set_meta(db: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    db.execute(
        "INSERT INTO vigie_meta VALUES (?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
        [key, value],
    )
    .map(drop)
}

/// The default set at a version, if its name is one.
pub(super) fn default_at(db: &Connection, version: i64) -> rusqlite::Result<Option<SetId>> {
    Ok(fold::default_set(db, version)?.and_then(|(id, _)| SetId::new(&id).ok()))
}
