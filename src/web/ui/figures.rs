//! What the tables and figures of a page say, taken from the layers: readings, never bare numbers.

use super::super::problem::Problem;
use super::super::service::Asked;
use super::view::View;
use super::words::say;
use crate::app::{
    ConcentrationQuery, FeatureRow, FieldInfo, LayerQuery, LayerSelection, PropertyValue, grouped, period_text,
};
use crate::domain::{Lang, Period, Reading};
use crate::formats::grid::{Grid, GridCell, GridColumn, GridRow, absence};

/// Rows of the table of units; the data files have them all.
const MOST_UNITS: usize = 60;
/// Rows of the table of communes.
const MOST_COMMUNES: usize = 15;

/// The reading of a feature.
pub(super) fn reading(fields: &[FieldInfo], row: &FeatureRow) -> Reading {
    let status = text(fields, row, "status").unwrap_or_default();
    let value = property(fields, row, "value").and_then(|v| match v {
        PropertyValue::Int(n) => u64::try_from(*n).ok(),
        _ => None,
    });
    match (status, value) {
        ("value", Some(n)) if n > 0 => Reading::Value(n),
        ("value" | "zero", Some(_)) => Reading::Zero,
        ("covered_no_report", _) => Reading::CoveredNoReport,
        ("not_covered", _) => Reading::NotCovered,
        // A value that is not told: a risk score where only its level is.
        ("suppressed", _) | ("value", None) => Reading::Suppressed,
        ("not_yet_elapsed", _) => Reading::NotYetElapsed,
        _ => Reading::Unknown,
    }
}

fn property<'a>(fields: &[FieldInfo], row: &'a FeatureRow, name: &str) -> Option<&'a PropertyValue> {
    row.values.get(fields.iter().position(|f| f.name == name)?)
}

pub(super) fn text<'a>(fields: &[FieldInfo], row: &'a FeatureRow, name: &str) -> Option<&'a str> {
    match property(fields, row, name)? {
        PropertyValue::Text(text) => Some(text),
        _ => None,
    }
}

/// The sum of a selection with what is not located, or the absence that its units share.
pub(super) fn together(selection: &LayerSelection) -> Reading {
    let readings = || selection.rows.iter().map(|row| reading(&selection.fields, row));
    let counted = readings().any(|r| r.number().is_some()) || selection.total.is_some_and(|n| n > 0);
    if counted {
        return match selection.total {
            Some(0) => Reading::Zero,
            Some(n) => Reading::Value(n),
            None => Reading::Suppressed,
        };
    }
    let said = [Reading::Suppressed, Reading::NotYetElapsed, Reading::CoveredNoReport, Reading::NotCovered];
    said.into_iter().find(|r| readings().any(|other| other == *r)).unwrap_or(Reading::Unknown)
}

/// A reading as a large figure: the number, or the words of the absence.
pub(super) fn figure(reading: Reading, lang: Lang) -> String {
    reading.number().map_or_else(|| absence(reading.word(), lang).1.to_owned(), |n| grouped(n, lang))
}

/// A layer in a period, where there is one.
pub(super) fn select(asked: &Asked, layer: &str, query: &LayerQuery) -> Option<LayerSelection> {
    asked.layer(layer).ok()?;
    asked.source.select(layer, query).ok()
}

/// The counts of a legend by the id of their lines.
pub(super) fn legend_counts(asked: &Asked, layer: &str, query: &LayerQuery) -> Option<Vec<(String, String, u64)>> {
    asked.layer(layer).ok()?;
    let legend = asked.source.legend(layer, query).ok()?;
    let entry = |e: &serde_json::Value| {
        Some((e["id"].as_str()?.to_owned(), e["label"].as_str()?.to_owned(), e["count"].as_u64()?))
    };
    Some(legend.json["entries"].as_array()?.iter().filter_map(entry).collect())
}

/// The units of the map's layer with their values, the largest first; with those of the month compared where there is one.
pub(super) fn units(asked: &Asked, view: &View, drawn: &LayerSelection) -> Result<Grid, Problem> {
    let lang = asked.lang;
    // Points are in no unit of their own: the cercles of the same theme tell where they are.
    let points = view.level == "points";
    let layer = if points { format!("{}-cercles", view.theme) } else { view.layer.id.clone() };
    let of_cercles = if points { Some(asked.source.select(&layer, &view.query)?) } else { None };
    let selection = of_cercles.as_ref().unwrap_or(drawn);
    let with = view.compare.map(|period| asked.source.select(&layer, &view.query_in(period))).transpose()?;
    let parents = view.level != "regions";
    let fields = &selection.fields;
    let classed = ["risk", "coverage", "hotspots"].contains(&view.theme);
    let mut rows: Vec<((Reading, i64), GridRow)> = selection
        .rows
        .iter()
        .map(|row| {
            let now = reading(fields, row);
            let parent = text(fields, row, "parent_name").unwrap_or_default().to_owned();
            let class = text(fields, row, "class_label").unwrap_or_default();
            let mut cells: Vec<GridCell> = parents.then_some(GridCell::Text(parent)).into_iter().collect();
            if classed {
                let known = matches!(text(fields, row, "status"), Some("value" | "zero"));
                let class = if known { class } else { absence(now.word(), lang).1 };
                cells.push(GridCell::Text(class.to_owned()));
            }
            if view.theme != "coverage" {
                cells.push(GridCell::Count { reading: now, partial: false });
            }
            if let Some(with) = &with {
                let before = with.rows.iter().find(|r| same_unit(&with.fields, r, fields, row));
                let reading = before.map_or(Reading::Unknown, |r| reading(&with.fields, r));
                cells.push(GridCell::Count { reading, partial: false });
            }
            let code = text(fields, row, "pcode").unwrap_or(&row.id).to_owned();
            let label = text(fields, row, "name").unwrap_or(&row.id).to_owned();
            let rank = match property(fields, row, "class") {
                Some(PropertyValue::Int(n)) => *n,
                _ => 0,
            };
            ((now, rank), GridRow { code, label, cells, total: false })
        })
        .collect();
    // Numbers first, the largest on top; what is withheld after them, the highest class on top; absences last, as the units stand.
    let withheld = |r: Reading| r == Reading::Suppressed;
    rows.sort_by_key(|((reading, rank), _)| {
        let number = reading.number();
        (number.is_none(), !withheld(*reading), std::cmp::Reverse(number), std::cmp::Reverse(*rank))
    });
    let cut = rows.len() > MOST_UNITS;
    rows.truncate(MOST_UNITS);
    let mut columns: Vec<GridColumn> =
        parents.then(|| GridColumn::new("parent", say("above", lang))).into_iter().collect();
    if classed {
        columns.push(GridColumn::new("class", say(&format!("theme_{}", view.theme), lang)));
    }
    if view.theme != "coverage" {
        columns.push(GridColumn::new("value", spoken(view.period, lang)));
    }
    if let Some(period) = view.compare {
        columns.push(GridColumn::new("compared", spoken(period, lang)));
    }
    Ok(Grid {
        id: "units",
        title: say("units", lang),
        unit: view.theme.to_owned(),
        corner: say("unit", lang),
        columns,
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        notes: if cut { vec![say("first_units", lang)] } else { Vec::new() },
    })
}

fn same_unit(fields: &[FieldInfo], row: &FeatureRow, others: &[FieldInfo], other: &FeatureRow) -> bool {
    let key =
        |fields, row| (text(fields, row, "set").map(str::to_owned), text(fields, row, "pcode").map(str::to_owned));
    key(fields, row) == key(others, other)
}

/// The communes with the most violations.
pub(super) fn communes(asked: &Asked, view: &View, region: Option<&str>) -> Option<Grid> {
    let lang = asked.lang;
    let selection = select(asked, "violations-communes", &view.query)?;
    let fields = &selection.fields;
    let inside =
        |row: &&FeatureRow| region.is_none_or(|r| text(fields, row, "pcode").is_some_and(|p| p.starts_with(r)));
    let mut rows: Vec<(u64, &FeatureRow)> = selection
        .rows
        .iter()
        .filter(inside)
        .filter_map(|row| Some((reading(fields, row).number().filter(|n| *n > 0)?, row)))
        .collect();
    rows.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    rows.truncate(MOST_COMMUNES);
    let row = |(n, row): (u64, &FeatureRow)| GridRow {
        code: text(fields, row, "pcode").unwrap_or_default().to_owned(),
        label: text(fields, row, "name").unwrap_or_default().to_owned(),
        cells: vec![
            GridCell::Text(text(fields, row, "parent_name").unwrap_or_default().to_owned()),
            GridCell::Count { reading: Reading::Value(n), partial: false },
        ],
        total: false,
    };
    let mut notes = Vec::new();
    if let Some(n) = selection.non_located.filter(|n| *n > 0) {
        notes.push(format!("{} {}.", say("non_located", lang), grouped(n, lang)));
    }
    if rows.is_empty() {
        // Nothing can be told: say why, by the readings there are.
        let mut words: Vec<&str> = selection.rows.iter().map(|r| absence(reading(fields, r).word(), lang).1).collect();
        words.sort_unstable();
        words.dedup();
        notes.push(format!("{} {}.", say("unavailable", lang), words.join(", ")));
    }
    Some(Grid {
        id: "communes_top",
        title: format!("{}, {}", say("communes_top", lang), spoken(view.period, lang)),
        unit: "violations".to_owned(),
        corner: say("level_communes", lang),
        columns: vec![GridColumn::new("parent", say("above", lang)), GridColumn::new("value", say("value", lang))],
        rows: rows.into_iter().map(row).collect(),
        notes,
    })
}

/// Communes by risk level in each month: a level nobody has is 0 where an index came in, else the month's absence.
pub(super) fn severity(asked: &Asked, view: &View, months: &[Period]) -> Option<Grid> {
    let lang = asked.lang;
    let tables: Vec<Vec<(String, String, u64)>> =
        months.iter().map(|p| legend_counts(asked, "risk-communes", &view.query_in(*p))).collect::<Option<_>>()?;
    let first = tables.first()?;
    let rows = first.iter().enumerate().map(|(k, (id, label, _))| {
        let cells = tables.iter().map(|lines| {
            let class = id.starts_with("class-");
            let any = lines.iter().any(|(id, _, n)| id.starts_with("class-") && *n > 0);
            let n = lines.get(k).map_or(0, |(_, _, n)| *n);
            let reading = match n {
                0 if class && !any => absent_of(lines),
                0 => Reading::Zero,
                n => Reading::Value(n),
            };
            GridCell::Count { reading, partial: false }
        });
        GridRow { code: id.clone(), label: label.clone(), cells: cells.collect(), total: false }
    });
    Some(Grid {
        id: "severity",
        title: say("severity", lang),
        unit: "communes".to_owned(),
        corner: say("risk_level", lang),
        columns: months.iter().map(|p| GridColumn::new(p.to_string(), spoken(*p, lang))).collect(),
        rows: rows
            .filter(|r| {
                r.cells.iter().any(|c| !matches!(c, GridCell::Count { reading: Reading::Zero, .. }))
                    || r.code.starts_with("class-")
            })
            .collect(),
        notes: Vec::new(),
    })
}

/// Why a month has no level at all.
fn absent_of(lines: &[(String, String, u64)]) -> Reading {
    let most = lines.iter().filter(|(id, ..)| !id.starts_with("class-")).max_by_key(|(_, _, n)| *n);
    match most.map(|(id, ..)| id.as_str()) {
        Some("covered_no_report") => Reading::CoveredNoReport,
        Some("not_covered") => Reading::NotCovered,
        Some("suppressed") => Reading::Suppressed,
        Some("not_yet_elapsed") => Reading::NotYetElapsed,
        _ => Reading::Unknown,
    }
}

/// The share of each definition of the Liptako-Gourma, and the sentence that says how far they lie apart.
pub(super) fn liptako(asked: &Asked, view: &View) -> Option<Grid> {
    let lang = asked.lang;
    let query = ConcentrationQuery { layer: view.query.clone(), zone: "all".into(), ..ConcentrationQuery::default() };
    let answer = asked.source.concentration(&query).ok()?;
    let count = |v: &serde_json::Value| match v.as_u64() {
        Some(0) => Reading::Zero,
        Some(n) => Reading::Value(n),
        None => Reading::Suppressed,
    };
    let row = |s: &serde_json::Value| {
        Some(GridRow {
            code: s["zone"].as_str()?.to_owned(),
            label: s["title"].as_str()?.to_owned(),
            cells: vec![
                GridCell::Text(format!("{} {}", s["zone"].as_str()?, s["version"].as_str().unwrap_or_default())),
                GridCell::Count { reading: count(&s["inside"]), partial: false },
                GridCell::Count { reading: count(&s["unclear"]), partial: false },
                GridCell::Count { reading: count(&s["total"]), partial: false },
                GridCell::Tenths(s["percent"].as_f64()),
            ],
            total: false,
        })
    };
    let rows: Vec<GridRow> = answer["shares"].as_array()?.iter().filter_map(row).collect();
    let columns =
        [("id", "id_version"), ("inside", "inside"), ("unclear", "unclear"), ("total", "total"), ("percent", "share")];
    Some(Grid {
        id: "liptako",
        title: format!("{}, {}", say("liptako", lang), spoken(view.period, lang)),
        unit: "violations".to_owned(),
        corner: say("definition", lang),
        columns: columns.map(|(id, key)| GridColumn::new(id, say(key, lang))).to_vec(),
        rows,
        notes: answer["sensitivity"]["sentence"].as_str().map(str::to_owned).into_iter().collect(),
    })
}

/// A period in words.
pub(super) fn spoken(period: Period, lang: Lang) -> String {
    period_text(period, lang)
}
