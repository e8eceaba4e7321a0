//! The registered table of a theme, which any GIS opens: one row a current fact, `fid` the number of its version.

use std::fmt::Write as _;

use rusqlite::types::Value;
use rusqlite::{Connection, Statement};

use super::units::point_blob;
use crate::domain::{Attr, Column, ColumnKind, Fact, Level, Match, Theme};

/// Columns of every theme's table, before the theme's own.
const FIXED: [(&str, &str); 12] = [
    ("fid", "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"),
    ("geom", "BLOB"),
    ("fact_id", "TEXT NOT NULL"),
    ("source", "TEXT NOT NULL"),
    ("when", "TEXT NOT NULL"),
    ("set_id", "TEXT NOT NULL"),
    ("region_pcode", "TEXT"),
    ("cercle_pcode", "TEXT"),
    ("commune_pcode", "TEXT"),
    ("located_level", "INTEGER"),
    ("match", "TEXT NOT NULL"),
    ("synthetic", "BOOLEAN NOT NULL"),
];

/// Writes rows of a theme's table.
pub(super) struct Publisher<'a> {
    db: &'a Connection,
    theme: &'a Theme,
    /// The theme's own columns: id and place in the statement, by id.
    own: Vec<(&'a str, usize)>,
    insert: Statement<'a>,
    delete: Statement<'a>,
    touched: bool,
}

/// A name from a theme's file, quoted with quotes doubled: it is only ever a name.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn is_attribute(kind: ColumnKind) -> bool {
    use ColumnKind as K;
    matches!(kind, K::Text | K::Count | K::Flag | K::Code | K::Codes)
}

pub(super) fn drop_table(db: &Connection, theme: &str) -> rusqlite::Result<()> {
    db.execute_batch(&format!("DROP TABLE IF EXISTS {}", quoted(theme)))?;
    db.execute("DELETE FROM gpkg_contents WHERE table_name = ?1", [theme])?;
    db.execute("DELETE FROM gpkg_geometry_columns WHERE table_name = ?1", [theme])?;
    Ok(())
}

/// Names of the columns that a theme's table has now; none where there is no table.
pub(super) fn columns_there(db: &Connection, theme: &str) -> rusqlite::Result<Vec<String>> {
    db.prepare("SELECT name FROM pragma_table_info(?1)")?.query_map([theme], |r| r.get(0))?.collect()
}

/// Names of the columns that a theme's table should have.
pub(super) fn columns_wanted(theme: &Theme) -> Vec<String> {
    let own = theme.columns.iter().filter(|c| is_attribute(c.kind)).map(|c| format!("a_{}", c.id));
    FIXED.iter().map(|(name, _)| (*name).to_owned()).chain(own).collect()
}

impl<'a> Publisher<'a> {
    /// Over the table as it is; made where there is none. (A table of other columns is made anew before: see `republish`.)
    pub(super) fn new(db: &'a Connection, theme: &'a Theme) -> rusqlite::Result<Self> {
        let own: Vec<_> = theme.columns.iter().filter(|c| is_attribute(c.kind)).collect();
        let table = quoted(&theme.id);
        if columns_there(db, &theme.id)?.is_empty() {
            let mut columns = FIXED.map(|(name, kind)| format!("{} {kind}", quoted(name))).join(", ");
            for c in &own {
                let kind = match c.kind {
                    ColumnKind::Count | ColumnKind::Year => "INTEGER",
                    ColumnKind::Flag => "BOOLEAN",
                    _ => "TEXT",
                };
                let _ = write!(columns, ", {} {kind}", quoted(&format!("a_{}", c.id)));
            }
            db.execute_batch(&format!("CREATE TABLE {table} ({columns})"))?;
            db.execute(
                "INSERT INTO gpkg_contents(table_name, data_type, identifier, description, srs_id) VALUES (?1, 'features', ?1, ?2, 4326)",
                [&theme.id, &theme.title_fr],
            )?;
            db.execute("INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', 'POINT', 4326, 0, 0)", [&theme.id])?;
        }
        let slots = vec!["?"; FIXED.len() + own.len()].join(", ");
        let insert = db.prepare(&format!("INSERT INTO {table} VALUES ({slots})"))?;
        let delete = db.prepare(&format!("DELETE FROM {table} WHERE fid = ?1"))?;
        let mut own: Vec<_> = own.iter().enumerate().map(|(k, c)| (c.id.as_str(), FIXED.len() + 1 + k)).collect();
        own.sort_unstable();
        Ok(Self { db, theme, own, insert, delete, touched: false })
    }

    pub(super) fn remove(&mut self, fid: i64) -> rusqlite::Result<()> {
        self.touched = true;
        self.delete.execute([fid]).map(drop)
    }

    pub(super) fn put(&mut self, fid: i64, fact: &Fact) -> rusqlite::Result<()> {
        self.touched = true;
        let s = &mut self.insert;
        s.clear_bindings();
        let place = &fact.place;
        s.raw_bind_parameter(1, fid)?;
        if let Some(point) = place.point {
            s.raw_bind_parameter(2, point_blob(point).as_slice())?;
        }
        s.raw_bind_parameter(3, &*fact.id)?;
        s.raw_bind_parameter(4, &*fact.source)?;
        s.raw_bind_parameter(5, fact.when.iso())?;
        s.raw_bind_parameter(6, place.set.as_str())?;
        for (k, unit) in place.units.iter().enumerate() {
            s.raw_bind_parameter(7 + k, unit.as_deref())?;
        }
        s.raw_bind_parameter(10, place.located().map(Level::number))?;
        s.raw_bind_parameter(11, match_word(place.matched))?;
        s.raw_bind_parameter(12, fact.synthetic)?;
        // Both in the order of the columns' ids.
        let mut attrs = fact.attrs.iter().peekable();
        for (id, at) in &self.own {
            while attrs.next_if(|(known, _)| ***known < **id).is_some() {}
            match attrs.next_if(|(known, _)| ***known == **id).map(|(_, value)| value) {
                None => {}
                Some(Attr::Flag(b)) => s.raw_bind_parameter(*at, b)?,
                Some(Attr::Int(n)) => s.raw_bind_parameter(*at, n)?,
                Some(Attr::Real(x)) => s.raw_bind_parameter(*at, x)?,
                Some(Attr::Text(t)) => s.raw_bind_parameter(*at, &**t)?,
                Some(Attr::Codes(codes)) => s.raw_bind_parameter(*at, codes.join("|"))?,
            }
        }
        s.raw_execute().map(drop)
    }

    /// Tells other programs that the table changed.
    pub(super) fn finish(self) -> rusqlite::Result<()> {
        if self.touched { touch(self.db, &self.theme.id) } else { Ok(()) }
    }
}

/// What a fact's row holds, in the order of the columns.
fn values(fid: i64, fact: &Fact, own: &[&Column]) -> Vec<Value> {
    let text = |t: Option<&str>| t.map_or(Value::Null, |t| Value::Text(t.to_owned()));
    let place = &fact.place;
    let mut values = Vec::with_capacity(FIXED.len() + own.len());
    values.extend([
        Value::Integer(fid),
        place.point.map_or(Value::Null, |p| Value::Blob(point_blob(p))),
        text(Some(&fact.id)),
        text(Some(&fact.source)),
        Value::Text(fact.when.iso()),
        text(Some(place.set.as_str())),
        text(place.units[0].as_deref()),
        text(place.units[1].as_deref()),
        text(place.units[2].as_deref()),
        place.located().map_or(Value::Null, |l| Value::Integer(l.number().into())),
        text(Some(match_word(place.matched))),
        Value::Integer(fact.synthetic.into()),
    ]);
    values.extend(own.iter().map(|c| match fact.attr(&c.id) {
        None => Value::Null,
        Some(Attr::Flag(b)) => Value::Integer((*b).into()),
        Some(Attr::Int(n)) => Value::Integer(*n),
        Some(Attr::Real(x)) => Value::Real(*x),
        Some(Attr::Text(t)) => text(Some(t)),
        Some(Attr::Codes(codes)) => Value::Text(codes.join("|")),
    }));
    values
}

/// Rows of a theme's table that are not what their fact says, by number: compared by writing the facts once more, aside.
pub(super) fn edited(db: &Connection, theme: &Theme) -> rusqlite::Result<Vec<i64>> {
    let table = quoted(&theme.id);
    let mut select = db.prepare(&format!("SELECT * FROM {table} ORDER BY fid"))?;
    let mut body = db.prepare("SELECT body FROM vigie_fact WHERE seq = ?1")?;
    let id = std::sync::Arc::from(theme.id.as_str());
    let own: Vec<_> = theme.columns.iter().filter(|c| is_attribute(c.kind)).collect();
    let mut rows = select.query([])?;
    let mut edited = Vec::new();
    while let Some(r) = rows.next()? {
        let fid: i64 = r.get(0)?;
        let known: Option<Option<String>> = body.query_map([fid], |r| r.get(0))?.next().transpose()?;
        let Some(fact) = known.flatten().and_then(|b| super::prepared::read(&id, &b).ok()) else { continue };
        let wanted = values(fid, &fact, &own);
        if wanted.iter().enumerate().any(|(k, v)| r.get_ref(k).ok() != Some(v.into())) {
            edited.push(fid);
        }
    }
    Ok(edited)
}

/// The word that reports and files use.
fn match_word(matched: Match) -> &'static str {
    match matched {
        Match::Pcode => "pcode",
        Match::Name => "name",
        Match::Alias => "alias",
        Match::Locality => "locality",
        Match::Axis => "axis",
        Match::Point => "point",
        Match::Nearest => "nearest",
        Match::None => "none",
    }
}

/// Removes the rows of versions in the working table `gone`.
pub(super) fn remove_gone(db: &Connection, theme: &str) -> rusqlite::Result<()> {
    if columns_there(db, theme)?.is_empty() {
        return Ok(());
    }
    db.execute(&format!("DELETE FROM {} WHERE fid IN (SELECT seq FROM temp.gone)", quoted(theme)), [])?;
    touch(db, theme)
}

/// Marks a registered table as changed now.
pub(super) fn touch(db: &Connection, table: &str) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = ?1",
        [table],
    )
    .map(drop)
}
