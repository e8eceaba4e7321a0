//! From one boundary set to another: the table, what changed, and a measure carried across as an estimate.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::layers::theme_of;
use super::{AppError, LayerQuery, Service, Snapshot};
use crate::boundaries::crosswalk::{
    Change, ChangeKind, Crosswalk, CrosswalkError, Group, MIN_SHARE, OUTSIDE_SHARE, SAME_SHARE, SLACK, Side, by_area,
    by_identity, by_population,
};
use crate::boundaries::{BoundarySet, NameKey, Unit};
use crate::domain::{GeometryKind, Lang, Level, Month, Period, Reading, SetId};

pub use crate::boundaries::crosswalk::Basis as CrosswalkBasis;

/// A question about two sets.
#[derive(Debug, Clone)]
pub struct CrosswalkQuery {
    /// A set, or a grouping that ships (`regions-2023`).
    pub from: String,
    /// A set or a grouping.
    pub to: String,
    /// Level of a set's units; a grouping's groups are what they are.
    pub level: Level,
    /// What shares rest on.
    pub by: CrosswalkBasis,
    /// Overlaps below this share of both units are differences of drawing.
    pub min_share: f64,
    /// Language of sentences.
    pub lang: Lang,
}

impl CrosswalkQuery {
    /// By area, with the usual threshold.
    pub fn new(from: &str, to: &str, level: Level, lang: Lang) -> Self {
        let (from, to) = (from.to_owned(), to.to_owned());
        Self { from, to, level, by: CrosswalkBasis::Area, min_share: MIN_SHARE, lang }
    }
}

/// A measure of a period, to be carried across month by month.
#[derive(Debug, Clone)]
pub struct SeriesQuery {
    /// `violations`, `incidents`, `alerts`.
    pub measure: String,
    /// The months.
    pub period: Period,
    /// Source; none = `monitoring`.
    pub source: Option<String>,
    /// `documented` or `all`; none = documented.
    pub basis: Option<String>,
}

/// One unit in one month of a series across sets.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRow {
    /// Code in the second set.
    pub pcode: Arc<str>,
    /// Name there.
    pub name: Arc<str>,
    /// The month.
    pub month: Month,
    /// The set whose facts the number comes from.
    pub data_set: String,
    /// Whether it came through the crosswalk. Facts of the second set itself are counted, not estimated.
    pub estimated: bool,
    /// Status of the value.
    pub status: &'static str,
    /// The value, where the status has one.
    pub value: Option<f64>,
    /// Some of what feeds the unit has no number: the value is a lower bound.
    pub partial: bool,
    /// Share of what feeds the unit that has a number.
    pub known_share: Option<f64>,
}

/// A month's balance: the first set's total = units + unassigned + non-located.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesMonth {
    /// The month.
    pub month: Month,
    /// The measure on the first set.
    pub total: Option<u64>,
    /// Known only above the level, or nowhere: carried to no unit.
    pub non_located: Option<u64>,
    /// In units that go nowhere, or not to one place for certain.
    pub unassigned: f64,
    /// Both sets have facts in this month: two rows a unit, never added up here.
    pub both: bool,
}

/// A measure across two sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Ordered by month, then unit, the estimate first.
    pub rows: Vec<SeriesRow>,
    /// By month.
    pub months: Vec<SeriesMonth>,
}

/// A grouping that ships: units regrouped, such as the regions of 2023 (approximate).
struct Grouping {
    id: &'static str,
    head: &'static str,
    members: &'static str,
}

const GROUPINGS: [Grouping; 1] = [Grouping {
    id: "regions-2023",
    head: include_str!("../../geodata/groupings/regions-2023.toml"),
    members: include_str!("../../geodata/groupings/regions-2023.csv"),
}];

#[derive(Deserialize)]
struct GroupingHead {
    group: Vec<GroupHead>,
}

#[derive(Deserialize)]
struct GroupHead {
    code: String,
    name: String,
}

#[derive(Deserialize)]
struct Member {
    code: String,
    set: String,
    pcode: String,
}

impl Grouping {
    /// Its groups by the set that the members' codes are of.
    fn groups(&self) -> Result<BTreeMap<String, Vec<Group>>, AppError> {
        let fault = |e: &dyn std::fmt::Display| AppError::Fault(format!("grouping {}: {e}", self.id));
        let head: GroupingHead = toml::from_str(self.head).map_err(|e| fault(&e))?;
        let empty: Vec<Group> =
            head.group.into_iter().map(|g| Group { code: g.code, name: g.name, members: Vec::new() }).collect();
        let mut out: BTreeMap<String, Vec<Group>> = BTreeMap::new();
        for row in csv::Reader::from_reader(self.members.as_bytes()).deserialize() {
            let row: Member = row.map_err(|e| fault(&e))?;
            let groups = out.entry(row.set).or_insert_with(|| empty.clone());
            let group = groups.iter_mut().find(|g| g.code == row.code);
            group.ok_or_else(|| fault(&format!("no group {}", row.code)))?.members.push(row.pcode);
        }
        Ok(out)
    }
}

/// Regions and cercles of two sets have the same codes and names, all of them: a code of the one is one of the other.
fn same_units(a: &BoundarySet, b: &BoundarySet) -> bool {
    let list = |s: &BoundarySet| -> Vec<(Level, Arc<str>, NameKey)> {
        let units = [Level::Region, Level::Cercle].into_iter().flat_map(|l| s.units(l));
        units.map(|u| (u.level, u.pcode.clone(), NameKey::of(&u.name))).collect()
    };
    list(a) == list(b)
}

impl Snapshot {
    /// The set named, or the grouping on the set it can be laid on: `other`, if the grouping knows its units, else the
    /// first surveyed set of which it does.
    fn side(&self, id: &str, level: Level, other: &str, lang: Lang) -> Result<Side<'_>, AppError> {
        let known = |id: &str| SetId::new(id).ok().and_then(|id| self.set(&id).ok());
        if let Some(set) = known(id) {
            return Ok(Side::of_set(set, level));
        }
        let Some(grouping) = GROUPINGS.iter().find(|g| g.id == id) else {
            let names: Vec<&str> =
                self.sets().map(|s| s.info.id.as_str()).chain(GROUPINGS.iter().map(|g| g.id)).collect();
            let names = names.join(", ");
            return Err(AppError::BadRequest(lang.pick(
                format!("pas de découpage « {id} » dans cet entrepôt\u{a0}; il y a {names}"),
                format!("no boundary set « {id} » in this store; there are {names}"),
            )));
        };
        let groups = grouping.groups()?;
        let surveyed = self.sets().filter(|s| s.info.geometry == GeometryKind::Surveyed).map(|s| &**s);
        for base in known(other).map(|s| &**s).into_iter().chain(surveyed) {
            for (written, groups) in &groups {
                let same = base.info.id.as_str() == written || known(written).is_some_and(|w| same_units(w, base));
                if same {
                    let lost = |code| AppError::Fault(format!("grouping {id}: no unit {code} in {written}"));
                    return Side::of_groups(id, base, Level::Cercle, groups).map_err(lost);
                }
            }
        }
        let sets: Vec<&str> = groups.keys().map(String::as_str).collect();
        let sets = sets.join(", ");
        Err(AppError::BadRequest(lang.pick(
            format!("le regroupement {id} est une liste de cercles de {sets}\u{a0}: aucun découpage levé de cet entrepôt n’a ces cercles. Importez-en un (vigie import boundaries …)"),
            format!("the grouping {id} is a list of cercles of {sets}: no surveyed set of this store has them. Import one (vigie import boundaries …)"),
        )))
    }
}

fn refusal(error: &CrosswalkError, query: &CrosswalkQuery) -> AppError {
    let lang = query.lang;
    AppError::BadRequest(match error {
        CrosswalkError::Schematic { sets } => {
            let names: Vec<&str> = sets.iter().map(SetId::as_str).collect();
            let (names, CrosswalkQuery { from, to, .. }) = (names.join(", "), query);
            let level = query.level.number();
            lang.pick(
                format!("pas de passage par superficie\u{a0}: le tracé de {names} est schématique, ses surfaces ne sont celles de rien. L’identité passe là par le code et le nom\u{a0}: vigie crosswalk {from} {to} --level {level} --by identity"),
                format!("no crosswalk by area: the outlines of {names} are schematic, their areas are nothing's. Identity goes by code and name there: vigie crosswalk {from} {to} --level {level} --by identity"),
            )
        }
        CrosswalkError::NoUnits { id } => lang.pick(
            format!("{id} n’a pas d’unité au niveau {}\u{a0}: choisissez un autre --level", query.level.number()),
            format!("{id} has no unit at level {}: choose another --level", query.level.number()),
        ),
        CrosswalkError::TooMany { limit } => lang.pick(
            format!("plus de {limit} paires d’unités se recouvrent\u{a0}: passez à un niveau plus grossier"),
            format!("more than {limit} pairs of units overlap: take a coarser level"),
        ),
    })
}

impl Service {
    /// The table between two sets or groupings.
    pub fn crosswalk(&self, query: &CrosswalkQuery) -> Result<Crosswalk, AppError> {
        if !(0.0..=0.5).contains(&query.min_share) {
            return Err(AppError::BadRequest(
                query.lang.pick("--min-share va de 0 à 0,5".to_owned(), "--min-share goes from 0 to 0.5".to_owned()),
            ));
        }
        let from = self.snapshot.side(&query.from, query.level, &query.to, query.lang)?;
        let to = self.snapshot.side(&query.to, query.level, &query.from, query.lang)?;
        let table = match query.by {
            CrosswalkBasis::Area => by_area(&from, &to, query.min_share),
            CrosswalkBasis::Identity => by_identity(&from, &to),
            CrosswalkBasis::Population => {
                let year = self.latest().year();
                let of = |side: &Side<'_>, unit: &Unit| {
                    let populations = self.snapshot.populations(&side.set.info.id).ok()?;
                    populations.of(side.set, unit.level, &unit.pcode, year)
                };
                by_population(&from, &to, query.min_share, (&|u| of(&from, u), &|u| of(&to, u)))
            }
        };
        table.map_err(|e| refusal(&e, query))
    }

    /// A measure on the second set, month by month: what was located on the first set comes through the crosswalk and
    /// is marked as estimated; what was located on the second itself is given as it is.
    pub fn series_across(&self, query: &CrosswalkQuery, series: &SeriesQuery) -> Result<(Crosswalk, Series), AppError> {
        let theme = theme_of(&series.measure)?;
        let Some(from) = self.own_set(&query.from) else {
            return Err(AppError::BadRequest(query.lang.pick(
                format!("--series part d’un découpage, et {} n’en est pas un\u{a0}: les données sont situées sur un découpage", query.from),
                format!("--series starts from a boundary set, which {} is not: data are located on a set", query.from),
            )));
        };
        let table = self.crosswalk(query)?;
        let to = self.own_set(&query.to);
        let (mut rows, mut months) = (Vec::new(), Vec::new());
        for month in series.period.months() {
            let layer = LayerQuery {
                period: Some(Period::month(month)),
                source: series.source.clone(),
                basis: series.basis.clone(),
                lang: query.lang,
                ..LayerQuery::default()
            };
            let asked = self.asked(&layer, Some(theme))?;
            let old = self.measure_table(from, (theme, &series.measure), query.level, &asked)?;
            let own = to.map(|to| self.measure_table(to, (theme, &series.measure), query.level, &asked)).transpose()?;
            // A set without a fact in the month has nothing to say, not « unknown » everywhere.
            let speaks = |t: &crate::indicators::Table| {
                t.total.is_none_or(|n| n > 0)
                    || t.cells.iter().any(|c| !matches!(c.reading, Reading::Unknown | Reading::NotYetElapsed))
            };
            let own = own.filter(speaks);
            let readings: Vec<Reading> = old.cells.iter().map(|c| c.reading).collect();
            let carried = table.carry(&readings);
            let told = speaks(&old) || own.is_none();
            if told {
                months.push(SeriesMonth {
                    month,
                    total: old.total,
                    non_located: old.non_located,
                    unassigned: carried.unassigned,
                    both: own.is_some(),
                });
            }
            for (k, unit) in table.to.iter().enumerate() {
                let row = |data_set: &str, estimated| SeriesRow {
                    pcode: unit.code.clone(),
                    name: unit.name.clone(),
                    month,
                    data_set: data_set.to_owned(),
                    estimated,
                    status: Reading::Unknown.word(),
                    value: None,
                    partial: false,
                    known_share: None,
                };
                if told {
                    let cell = carried.cells[k].clone();
                    let (partial, known_share) = (cell.partial, cell.known_share);
                    rows.push(SeriesRow {
                        status: cell.status,
                        value: cell.value,
                        partial,
                        known_share,
                        ..row(&query.from, true)
                    });
                }
                if let Some(own) = &own {
                    let reading = own.cells[k].reading;
                    let value = reading.number().map(|n| n as f64);
                    rows.push(SeriesRow { status: reading.word(), value, ..row(&query.to, false) });
                }
            }
        }
        Ok((table, Series { rows, months }))
    }

    fn own_set(&self, id: &str) -> Option<&Arc<BoundarySet>> {
        SetId::new(id).ok().and_then(|id| self.snapshot.set(&id).ok())
    }
}

fn rounded(x: f64) -> Value {
    // Six decimals: what two drawings of one border differ by is far more.
    json!((x * 1e6).round() / 1e6)
}

fn optional(x: Option<f64>) -> Value {
    x.map_or(Value::Null, rounded)
}

/// Columns of the table as CSV.
pub const CROSSWALK_COLUMNS: [&str; 15] = [
    "from_set",
    "from_code",
    "from_name",
    "from_parent",
    "to_set",
    "to_code",
    "to_name",
    "to_parent",
    "amount",
    "amount_unit",
    "share_of_from",
    "share_of_to",
    "weight",
    "basis",
    "relation",
];

/// The table's rows, parallel to [`CROSSWALK_COLUMNS`]; a unit without counterpart has a row with one side only.
pub fn crosswalk_rows(table: &Crosswalk) -> Vec<Vec<Value>> {
    let side = |id: &str, unit: Option<&crate::boundaries::crosswalk::Named>| {
        unit.map_or_else(
            || vec![json!(id), Value::Null, Value::Null, Value::Null],
            |u| vec![json!(id), json!(u.code), json!(u.name), json!(u.parent)],
        )
    };
    let line = |from, to| [side(&table.from_id, from), side(&table.to_id, to)].concat();
    let alone = |from, to, relation: &str| {
        let mut row = line(from, to);
        row.resize(CROSSWALK_COLUMNS.len() - 1, Value::Null);
        row.push(json!(relation));
        row
    };
    let mut rows = Vec::new();
    for (f, unit) in table.from.iter().enumerate() {
        let links = table.links_of(f);
        if links.is_empty() {
            rows.push(alone(Some(unit), None, "gone"));
        }
        for link in links {
            let mut row = line(Some(unit), table.to.get(link.to));
            let unit = link.basis.unit();
            row.extend([rounded(link.amount), json!(unit), rounded(link.share), optional(link.share_of_to)]);
            row.extend([optional(link.weight), json!(link.basis), json!(table.relation(link))]);
            rows.push(row);
        }
    }
    for (t, unit) in table.to.iter().enumerate() {
        if table.links_into(t).next().is_none() {
            rows.push(alone(None, Some(unit), "new"));
        }
    }
    rows
}

/// Columns of a series as CSV.
pub const SERIES_COLUMNS: [&str; 9] =
    ["pcode", "name", "period", "status", "value", "partial", "known_share", "estimated", "data_set"];

/// A series' rows, parallel to [`SERIES_COLUMNS`].
pub fn series_rows(series: &Series) -> Vec<Vec<Value>> {
    let row = |r: &SeriesRow| {
        vec![
            json!(r.pcode),
            json!(r.name),
            json!(r.month.to_string()),
            json!(r.status),
            optional(r.value),
            json!(r.partial),
            optional(r.known_share),
            json!(r.estimated),
            json!(r.data_set),
        ]
    };
    series.rows.iter().map(row).collect()
}

fn objects(columns: &[&str], rows: Vec<Vec<Value>>) -> Value {
    let object = |row: Vec<Value>| -> Value { columns.iter().map(|c| (*c).to_owned()).zip(row).collect() };
    rows.into_iter().map(object).collect()
}

/// Rows as CSV text; absent is empty.
pub fn csv_text(columns: &[&str], rows: &[Vec<Value>]) -> Result<String, AppError> {
    let fault = |e: &dyn std::fmt::Display| AppError::Fault(format!("CSV: {e}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns).map_err(|e| fault(&e))?;
    for row in rows {
        let cells = row.iter().map(|v| match v {
            Value::Null => String::new(),
            Value::String(s) => s.clone(),
            other => other.to_string(),
        });
        writer.write_record(cells).map_err(|e| fault(&e))?;
    }
    String::from_utf8(writer.into_inner().map_err(|e| fault(&e))?).map_err(|e| fault(&e))
}

/// The table with what changed, as JSON.
pub fn crosswalk_json(table: &Crosswalk, lang: Lang) -> Value {
    let changes: Vec<Value> = table
        .changes()
        .iter()
        .map(|c| {
            let from: Vec<_> = c.from.iter().map(|k| &table.from[*k].code).collect();
            let to: Vec<_> = c.to.iter().map(|k| &table.to[*k].code).collect();
            json!({"kind": c.kind, "from": from, "to": to, "sentence": table.sentence(c, lang)})
        })
        .collect();
    let outside: Vec<Value> = table
        .from
        .iter()
        .zip(&table.outside)
        .filter(|(_, share)| **share > SLACK)
        .map(|(u, share)| json!({"code": u.code, "name": u.name, "share": rounded(*share)}))
        .collect();
    json!({
        "from": table.from_id,
        "to": table.to_id,
        "by": table.by,
        "estimated": true,
        "same_share": SAME_SHARE,
        "outside_share": OUTSIDE_SHARE,
        "slack": SLACK,
        "slivers_left_out": table.slivers,
        "outside": outside,
        "changes": changes,
        "rows": objects(&CROSSWALK_COLUMNS, crosswalk_rows(table)),
    })
}

/// A series with its balance, as JSON.
pub fn series_json(table: &Crosswalk, series: &Series, measure: &str) -> Value {
    let months: Vec<Value> = series
        .months
        .iter()
        .map(|m| {
            json!({
                "period": m.month.to_string(), "total": m.total, "non_located": m.non_located,
                "unassigned": rounded(m.unassigned), "both_sets_have_facts": m.both,
            })
        })
        .collect();
    json!({
        "from": table.from_id, "to": table.to_id, "by": table.by, "measure": measure,
        "months": months, "rows": objects(&SERIES_COLUMNS, series_rows(series)),
    })
}

/// What changed, in plain words: how many units are the same, then one line for each that is not.
pub fn crosswalk_report(table: &Crosswalk, lang: Lang) -> Vec<String> {
    let changes = table.changes();
    let (same, other): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|c| c.kind == ChangeKind::Identical);
    let (n, from, to) = (same.len(), &table.from_id, &table.to_id);
    let (a, b) = (table.from.len(), table.to.len());
    let how = match table.by {
        CrosswalkBasis::Area => lang.pick("par superficie", "by area"),
        CrosswalkBasis::Population => lang.pick("par population", "by population"),
        CrosswalkBasis::Identity => lang.pick("par code et nom", "by code and name"),
    };
    let mut lines = vec![lang.pick(
        format!("{from} ({a} unités) → {to} ({b} unités), {how}\u{a0}: {n} inchangées."),
        format!("{from} ({a} units) → {to} ({b} units), {how}: {n} unchanged."),
    )];
    lines.extend(other.iter().map(|c| format!("· {}.", table.sentence(c, lang))));
    if table.by == CrosswalkBasis::Identity {
        lines.push(
            lang.pick(
                "Code et nom disent qui est qui, non si le territoire a changé\u{a0}; une part inconnue reste vide.",
                "Code and name tell who is who, not whether the ground changed; a share that is not known stays empty.",
            )
            .into(),
        );
    } else {
        let slivers = table.slivers;
        lines.push(lang.pick(
            format!("{slivers} recouvrements laissés de côté (différences de tracé). Tout chiffre porté d’un découpage à l’autre est une estimation."),
            format!("{slivers} overlaps left out (differences of drawing). Any figure carried from one set to the other is an estimate."),
        ));
    }
    lines
}
