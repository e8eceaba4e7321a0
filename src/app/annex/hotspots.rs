//! The map of hotspots: the default method by finest unit, with what it says by cercle beside it.

use super::ground::Setting;
use super::{AnnexError, AnnexRequest};
use crate::app::hotspots::{MappedHotspots, MappedUnit};
use crate::app::{AppError, Service};
use crate::domain::{Lang, Level, Reading};
use crate::render::{Cell, ChoroplethMap, ClassSymbol, Filled, Kit, Page, SideTable, choropleth_page};
use crate::style::{decimal, grouped};

/// Hot units named beside the legend; the layers and tables have all.
const NAMED: usize = 8;

pub(super) fn page(service: &Service, request: &AnnexRequest) -> Result<Page, AnnexError> {
    let here = Setting::new(service, request)?;
    let lang = here.lang();
    let (finest, middle) = (here.set.finest(), here.middle());
    let of = |level| service.mapped_hotspots(level, &request.query(request.period));
    let found = of(finest)?;
    let say = service.kit().words(lang)?;
    let mut lines = vec![found.sentence.clone()];
    if middle != finest {
        lines.push(say.say("hotspots_by_cercle", &[("sentence", &of(middle)?.sentence)]));
    }
    let base = here.base(request.period, ("incidents", ""), found.units_covered);
    let rows = hottest(&found, lang);
    let map = ChoroplethMap {
        key: "hotspots",
        template: "hotspots.typ",
        filled: Filled::Communes,
        cells: found.units.iter().map(cell).collect(),
        classes: classes(service.kit(), finest, base.notes.year, lang)?,
        always: &["covered_no_report", "not_covered"],
        headline: Some(found.units.iter().filter(|u| u.class.is_some_and(|c| c >= 5)).count() as u64),
        lines,
        // Nothing to name where nothing is hot.
        table: (!rows.is_empty()).then(|| SideTable {
            title: say.say("hotspots_table", &[]),
            note: say.say("hotspots_table_note", &[]),
            rows,
        }),
        coverage_known: found.units_covered.is_some(),
        base,
    };
    Ok(choropleth_page(&map, service.kit())?)
}

/// What is written in a unit: in grey print its colour alone would not tell hot from cold.
fn mark(class: u8) -> &'static str {
    match class {
        2 => "− −",
        3 => "−",
        5 => "+",
        6 => "+ +",
        _ => "",
    }
}

fn cell(unit: &MappedUnit) -> Cell {
    Cell {
        class: unit.class,
        // A number that could be tested or not is drawn by its class.
        status: if unit.class.is_some() { "value" } else { unit.reading.word() },
        outside_coverage: unit.outside_coverage,
        mark: unit.class.map_or("", mark).to_owned(),
    }
}

/// The classes of the layer's style, each with its mark; low areas carry dots besides.
fn classes(kit: &Kit, level: Level, year: i16, lang: Lang) -> Result<Vec<ClassSymbol>, AppError> {
    let id = format!("hotspots-{}", level.plural());
    let style = kit.styles.for_year(&id, year).ok_or_else(|| AppError::Fault(format!("no style {id}")))?;
    let mut classes = ClassSymbol::of(style, lang);
    for class in &mut classes {
        let mark = mark(class.number);
        if !mark.is_empty() {
            class.label = format!("{}\u{a0}: {mark}", class.label);
        }
        if mark.starts_with('−') {
            class.dot();
        }
    }
    Ok(classes)
}

/// The hot units, the least chance first: name, number, q.
fn hottest(found: &MappedHotspots, lang: Lang) -> Vec<[String; 3]> {
    let mut hot: Vec<(&MappedUnit, f64)> =
        found.units.iter().filter(|u| u.class.is_some_and(|c| c >= 5)).filter_map(|u| Some((u, u.q?))).collect();
    // Of equal chance the larger number first.
    let number = |unit: &MappedUnit| unit.reading.number().unwrap_or(0);
    hot.sort_by(|a, b| a.1.total_cmp(&b.1).then(number(b.0).cmp(&number(a.0))).then(a.0.name.cmp(&b.0.name)));
    let q = |q: f64| if q < 0.001 { format!("q < {}", decimal(0.001, 3, lang)) } else { decimal(q, 3, lang) };
    let row = |(unit, chance): &(&MappedUnit, f64)| {
        let name = if unit.parent.is_empty() { unit.name.clone() } else { format!("{} ({})", unit.name, unit.parent) };
        let n = if let Reading::Suppressed = unit.reading { "–".to_owned() } else { grouped(number(unit), lang) };
        [name, n, q(*chance)]
    };
    hot.iter().take(NAMED).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(name: &str, n: u64, class: u8, q: f64) -> MappedUnit {
        MappedUnit {
            name: name.into(),
            parent: String::new(),
            reading: Reading::Value(n),
            outside_coverage: false,
            class: Some(class),
            q: Some(q),
        }
    }

    #[test]
    fn the_least_chance_comes_first_then_the_larger_number_and_units_that_are_not_hot_are_not_named() {
        let units =
            vec![unit("Sio", 3, 5, 0.02), unit("Fatoma", 9, 6, 1e-6), unit("Bara", 5, 5, 0.02), unit("Ke", 1, 4, 0.9)];
        let found = MappedHotspots { sentence: String::new(), units_covered: None, units };
        let rows = hottest(&found, Lang::Fr);
        assert_eq!(rows.iter().map(|r| &*r[0]).collect::<Vec<_>>(), ["Fatoma", "Bara", "Sio"]);
        assert_eq!(rows[0][2], "q < 0,001");
    }

    #[test]
    fn hot_and_low_carry_marks_and_what_is_neither_carries_none() {
        assert_eq!([1, 2, 3, 4, 5, 6].map(mark), ["", "− −", "−", "", "+", "+ +"]);
        let absent = MappedUnit { class: None, reading: Reading::NotCovered, ..unit("A", 0, 4, 1.0) };
        assert_eq!((cell(&absent).class, cell(&absent).status), (None, "not_covered"));
    }
}
