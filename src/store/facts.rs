//! Facts in and out: history in `vigie_fact`, the current state in a registered table a theme.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::units::point_blob;
use crate::domain::{Attr, ColumnKind, Fact, Theme};

/// How a batch changed the current state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub added: usize,
    pub changed: usize,
    pub same: usize,
}

/// Adds the facts of a batch: a fact with a known key supersedes the one before unless nothing changed.
pub(super) fn append(db: &Connection, batch: i64, theme: &Theme, facts: &[Fact]) -> rusqlite::Result<Change> {
    let mut find = db.prepare(
        "SELECT seq, body FROM vigie_fact WHERE theme = ?1 AND source = ?2 AND fact_id = ?3 AND is_current = 1",
    )?;
    let mut retire = db.prepare("UPDATE vigie_fact SET is_current = 0 WHERE seq = ?1")?;
    let mut insert = db.prepare(
        "INSERT INTO vigie_fact(batch, theme, source, fact_id, body, is_current) VALUES (?1, ?2, ?3, ?4, ?5, 1)",
    )?;
    let mut change = Change::default();
    for fact in facts {
        let body = serde_json::to_string(fact).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
        let before: Option<(i64, String)> = find
            .query_map(params![&*theme.id, &*fact.source, &*fact.id], |r| Ok((r.get(0)?, r.get(1)?)))?
            .next()
            .transpose()?;
        match before {
            // Written again all the same: this batch says so too, and goes on saying it when the earlier one is undone.
            Some((seq, known)) if known == body => {
                retire.execute([seq])?;
                change.same += 1;
            }
            Some((seq, _)) => {
                retire.execute([seq])?;
                change.changed += 1;
            }
            None => change.added += 1,
        }
        insert.execute(params![batch, &*theme.id, &*fact.source, &*fact.id, body])?;
    }
    Ok(change)
}

/// What appending these facts would change.
pub(super) fn compare<'a>(
    db: &Connection,
    theme: &Theme,
    facts: impl Iterator<Item = &'a Fact>,
) -> rusqlite::Result<Change> {
    let mut find =
        db.prepare("SELECT body FROM vigie_fact WHERE theme = ?1 AND source = ?2 AND fact_id = ?3 AND is_current = 1")?;
    let mut change = Change::default();
    for fact in facts {
        let body = serde_json::to_string(fact).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
        let mut rows = find.query(params![&*theme.id, &*fact.source, &*fact.id])?;
        match rows.next()? {
            None => change.added += 1,
            Some(r) if r.get_ref(0)?.as_str()? == body => change.same += 1,
            Some(_) => change.changed += 1,
        }
    }
    Ok(change)
}

/// A batch says that a fact holds no longer: a version without a body.
pub(super) fn end(db: &Connection, batch: i64, theme: &Theme, source: &str, id: &str) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE vigie_fact SET is_current = 0 WHERE theme = ?1 AND source = ?2 AND fact_id = ?3 AND is_current = 1",
        params![&*theme.id, source, id],
    )?;
    db.execute(
        "INSERT INTO vigie_fact(batch, theme, source, fact_id, body, is_current) VALUES (?1, ?2, ?3, ?4, '', 0)",
        params![batch, &*theme.id, source, id],
    )?;
    Ok(())
}

/// Works out anew which facts of a theme are current: of each key the last one of a batch not undone.
pub(super) fn refold(db: &Connection, theme: &str) -> rusqlite::Result<()> {
    db.execute("UPDATE vigie_fact SET is_current = 0 WHERE theme = ?1", [theme])?;
    db.execute(
        "UPDATE vigie_fact SET is_current = 1 WHERE seq IN (
           SELECT max(f.seq) FROM vigie_fact f JOIN vigie_batch b ON b.id = f.batch
           WHERE f.theme = ?1 AND b.undone_by IS NULL GROUP BY f.source, f.fact_id) AND body <> ''",
        [theme],
    )?;
    Ok(())
}

/// The current facts by theme, in the order they came.
pub(super) fn load(db: &Connection) -> rusqlite::Result<BTreeMap<String, Vec<Fact>>> {
    let mut statement = db.prepare("SELECT seq, theme, body FROM vigie_fact WHERE is_current = 1 ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let mut out: BTreeMap<String, Vec<Fact>> = BTreeMap::new();
    while let Some(r) = rows.next()? {
        let theme = r.get_ref(1)?.as_str()?;
        let fact: Fact = serde_json::from_str(r.get_ref(2)?.as_str()?)
            .map_err(|e| rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(e)))?;
        match out.get_mut(theme) {
            Some(list) => list.push(fact),
            None => {
                out.insert(theme.to_owned(), vec![fact]);
            }
        }
    }
    Ok(out)
}

/// Columns of every theme's table, before the theme's own.
const FIXED: &str = "fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom BLOB, fact_id TEXT NOT NULL, source TEXT NOT NULL, \
     \"when\" TEXT NOT NULL, set_id TEXT NOT NULL, region_pcode TEXT, cercle_pcode TEXT, commune_pcode TEXT, \
     located_level INTEGER, \"match\" TEXT NOT NULL, synthetic BOOLEAN NOT NULL";

/// Writes a theme's registered table from the current facts, dropping what stood there.
pub(super) fn publish(db: &Connection, theme: &Theme) -> rusqlite::Result<()> {
    let own: Vec<_> = theme.columns.iter().filter(|c| is_attribute(c.kind)).collect();
    // A theme's ids come from files: quoted, with quotes doubled, they are only ever names.
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let table = quoted(&theme.id);
    let mut columns = FIXED.to_owned();
    for c in &own {
        let kind = match c.kind {
            ColumnKind::Count | ColumnKind::Year => "INTEGER",
            ColumnKind::Flag => "BOOLEAN",
            _ => "TEXT",
        };
        let _ = write!(columns, ", {} {kind}", quoted(&format!("a_{}", c.id)));
    }
    db.execute_batch(&format!("DROP TABLE IF EXISTS {table}; CREATE TABLE {table} ({columns});"))?;
    db.execute("DELETE FROM gpkg_contents WHERE table_name = ?1", [&theme.id])?;
    db.execute("DELETE FROM gpkg_geometry_columns WHERE table_name = ?1", [&theme.id])?;
    db.execute(
        "INSERT INTO gpkg_contents(table_name, data_type, identifier, description, srs_id) VALUES (?1, 'features', ?1, ?2, 4326)",
        [&theme.id, &theme.title_fr],
    )?;
    db.execute("INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', 'POINT', 4326, 0, 0)", [&theme.id])?;

    let slots = vec!["?"; 11 + own.len()].join(", ");
    let mut insert = db.prepare(&format!("INSERT INTO {table} VALUES (NULL, {slots})"))?;
    let mut select = db.prepare("SELECT body FROM vigie_fact WHERE theme = ?1 AND is_current = 1 ORDER BY seq")?;
    let mut rows = select.query([&theme.id])?;
    while let Some(r) = rows.next()? {
        let fact: Fact = serde_json::from_str(r.get_ref(0)?.as_str()?)
            .map_err(|e| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(e)))?;
        let text = |t: Option<&str>| t.map_or(Value::Null, |t| Value::Text(t.to_owned()));
        let matched = serde_json::to_value(fact.place.matched).ok();
        let mut values = vec![
            fact.place.point.map_or(Value::Null, |p| Value::Blob(point_blob(p))),
            text(Some(&fact.id)),
            text(Some(&fact.source)),
            Value::Text(fact.when.iso()),
            text(Some(fact.place.set.as_str())),
            text(fact.place.units[0].as_deref()),
            text(fact.place.units[1].as_deref()),
            text(fact.place.units[2].as_deref()),
            fact.place.located().map_or(Value::Null, |l| Value::Integer(l.number().into())),
            text(matched.as_ref().and_then(serde_json::Value::as_str)),
            Value::Integer(fact.synthetic.into()),
        ];
        for c in &own {
            values.push(match fact.attr(&c.id) {
                None => Value::Null,
                Some(Attr::Flag(b)) => Value::Integer((*b).into()),
                Some(Attr::Int(n)) => Value::Integer(*n),
                Some(Attr::Real(x)) => Value::Real(*x),
                Some(Attr::Text(t)) => Value::Text(t.to_string()),
                Some(Attr::Codes(codes)) => Value::Text(codes.join("|")),
            });
        }
        insert.execute(params_from_iter(values))?;
    }
    Ok(())
}

fn is_attribute(kind: ColumnKind) -> bool {
    use ColumnKind as K;
    matches!(kind, K::Text | K::Count | K::Flag | K::Code | K::Codes)
}
