//! Invariants of the cube over random facts and coverage: totals hold at every level, an absence has no number.

use std::sync::Arc;

use geo::{MultiPolygon, polygon};
use proptest::prelude::*;

use super::{Basis, Coverage, Cube, Slice};
use crate::boundaries::{BoundarySet, SetInfo, Unit};
use crate::domain::{Attr, Fact, GeometryKind, Level, Match, Month, Period, Place, Reading, SetId, Theme, When};
use crate::spatial::{Bbox, LonLat, SquareKm};

const THEME: &str = r#"
id = "incidents"
version = "test"
kind = "event"
title_fr = "Incidents"
title_en = "Incidents"
style = "violations"
origin = "test"
[[columns]]
id = "date"
kind = "date"
[[columns]]
id = "victims"
kind = "count"
[[columns]]
id = "category"
kind = "code"
terms = "category"
[[terms.category]]
code = "A"
fr = "a"
[[terms.category]]
code = "B"
fr = "b"
[[measures]]
id = "violations"
sum = "victims"
by = "category"
unit_fr = "violations"
unit_en = "violations"
stream = "incidents"
"#;

/// Two regions of two cercles of two communes: R0, R0C1, R0C1M0…
fn set() -> BoundarySet {
    let square = MultiPolygon(vec![polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0)]]);
    let unit = |pcode: String, level: Level, parent: Option<&str>| Unit {
        name: pcode.as_str().into(),
        pcode: pcode.into(),
        level,
        parent: parent.map(Arc::from),
        bbox: Bbox::of(&square),
        shape: square.clone(),
        area: SquareKm(1.0),
        label: LonLat::new(0.5, 0.2).expect("a place"),
    };
    let mut units = Vec::new();
    for r in 0..2 {
        let region = format!("R{r}");
        for c in 0..2 {
            let cercle = format!("{region}C{c}");
            units.extend((0..2).map(|m| unit(format!("{cercle}M{m}"), Level::Commune, Some(&cercle))));
            units.push(unit(cercle, Level::Cercle, Some(&region)));
        }
        units.push(unit(region, Level::Region, None));
    }
    let info = SetInfo {
        id: SetId::new("test").expect("a name"),
        title_fr: String::new(),
        title_en: String::new(),
        country: String::new(),
        geometry: GeometryKind::Surveyed,
        valid_from: None,
        origin: String::new(),
        licence: String::new(),
    };
    BoundarySet::new(info, units)
}

/// A fact at a commune (0–7), known to `depth` levels (0 = nowhere).
fn fact(set: &BoundarySet, n: usize, (commune, depth, month): (usize, usize, i32), attrs: &[(&str, Attr)]) -> Fact {
    let mut units = set.chain(&set.units(Level::Commune)[commune]);
    for unit in units.iter_mut().skip(depth) {
        *unit = None;
    }
    Fact {
        theme: "incidents".into(),
        id: n.to_string().into(),
        source: "monitoring".into(),
        when: When::Month(Month::new(2021, 1).expect("a month").plus(month)),
        place: Place {
            set: set.info.id.clone(),
            units,
            matched: Match::Pcode,
            point: None,
            stated: Default::default(),
            axis: None,
        },
        attrs: attrs.iter().map(|(k, v)| (Arc::from(*k), v.clone())).collect(),
        synthetic: true,
    }
}

proptest! {
    #[test]
    fn totals_hold_at_every_level_and_an_absence_has_no_number(
        events in prop::collection::vec((0_usize..8, 0_usize..=3, 0_i32..4, 0_i64..30, prop::bool::ANY), 0..40),
        covered in prop::collection::vec((0_usize..8, 1_usize..=3, 0_i32..4, prop::bool::ANY, prop::bool::ANY), 0..30),
        last in 0_i32..4,
    ) {
        let set = set();
        let theme = Theme::parse(THEME).expect("a theme");
        let facts: Vec<Fact> = events.iter().enumerate().map(|(n, (commune, depth, month, victims, a))| {
            let category = Attr::Text(if *a { "A" } else { "B" }.into());
            fact(&set, n, (*commune, *depth, *month), &[("victims", Attr::Int(*victims)), ("category", category)])
        }).collect();
        let coverage: Vec<Fact> = covered.iter().enumerate().map(|(n, (commune, depth, month, covered, report))| {
            let flags = [("covered", Attr::Flag(*covered)), ("report_received", Attr::Flag(*report))];
            let stream = ("stream", Attr::Text("incidents".into()));
            fact(&set, n, (*commune, *depth, *month), &[flags[0].clone(), flags[1].clone(), stream])
        }).collect();
        let first = Month::new(2021, 1).expect("a month");
        let period = Period::new(first, first.plus(last)).expect("a period");
        let cube = Cube::build(&set, &theme, &theme.measures[0], facts.iter());
        let seen = Coverage::build(&set, "incidents", "monitoring", coverage.iter());
        let expected: i64 = events.iter().filter(|e| e.2 <= last).map(|e| e.3).sum();
        for level in Level::ALL {
            let slice = Slice { level, period, source: "monitoring", basis: Basis::Documented, now: first.plus(9) };
            let table = cube.table(&set, &seen, &slice);
            let cells: u64 = table.cells.iter().filter_map(|c| c.reading.number()).sum();
            prop_assert_eq!(i64::try_from(cells + table.non_located.expect("told")).expect("small"), expected);
            prop_assert_eq!(i64::try_from(table.total.expect("told")).expect("small"), expected);
            prop_assert_eq!(table.total_by.iter().copied().sum::<Option<u64>>(), table.total);
            for (k, cell) in table.cells.iter().enumerate() {
                prop_assert_eq!(cell.by.iter().sum::<u64>(), cell.reading.number().unwrap_or(0));
                // A zero needs a report from inside the unit; everything else without a count is an absence.
                let code = &set.units(level)[k].pcode;
                let reported = covered.iter().any(|(_, _, month, covered, report)| *month <= last && *covered && *report);
                let counted = facts.iter().any(|f| f.place.unit(level) == Some(code) && f.when.month() <= Some(period.last()));
                if cell.reading == Reading::Zero {
                    prop_assert!(reported || counted, "{} is zero without a report", code);
                }
            }
        }
    }
}

#[test]
fn a_commune_that_nobody_spoke_of_is_unknown_and_a_month_to_come_has_not_elapsed() {
    let set = set();
    let theme = Theme::parse(THEME).expect("a theme");
    let cube = Cube::build(&set, &theme, &theme.measures[0], [].into_iter());
    let now = Month::new(2021, 6).expect("a month");
    let reading = |month| {
        let slice = Slice {
            level: Level::Commune,
            period: Period::month(month),
            source: "monitoring",
            basis: Basis::Documented,
            now,
        };
        cube.table(&set, &Coverage::build(&set, "incidents", "monitoring", [].into_iter()), &slice).cells[0].reading
    };
    assert_eq!(reading(now), Reading::Unknown);
    assert_eq!(reading(now.plus(1)), Reading::NotYetElapsed);
}

fn one_commune(facts: &[Fact], coverage: &[Fact], last: i32) -> super::Table {
    let (set, theme) = (set(), Theme::parse(THEME).expect("a theme"));
    let cube = Cube::build(&set, &theme, &theme.measures[0], facts.iter());
    let first = Month::new(2021, 1).expect("a month");
    let slice = Slice {
        level: Level::Commune,
        period: Period::new(first, first.plus(last)).expect("a period"),
        source: "monitoring",
        basis: Basis::Documented,
        now: first.plus(9),
    };
    cube.table(&set, &Coverage::build(&set, "incidents", "monitoring", coverage.iter()), &slice)
}

fn covered(n: usize, month: i32, covered: bool) -> Fact {
    let stream = ("stream", Attr::Text("incidents".into()));
    let flags = [("covered", Attr::Flag(covered)), ("report_received", Attr::Flag(covered)), stream];
    fact(&set(), n, (0, 3, month), &flags)
}

#[test]
fn a_report_without_its_number_is_neither_a_zero_nor_a_value_and_is_said() {
    let table = one_commune(&[fact(&set(), 0, (0, 3, 0), &[])], &[covered(0, 0, true)], 0);
    assert_eq!(table.cells[0].reading, Reading::Unknown);
    assert_eq!((table.unquantified, table.total), (1, Some(0)));
}

#[test]
fn a_report_lies_outside_coverage_by_the_month_it_came_in_not_by_the_best_month_of_the_period() {
    let report = fact(&set(), 0, (0, 3, 1), &[("victims", Attr::Int(3))]);
    let coverage = [covered(0, 0, true), covered(1, 1, false)];
    let cell = &one_commune(std::slice::from_ref(&report), &coverage, 1).cells[0];
    assert_eq!((cell.reading, cell.outside_coverage), (Reading::Value(3), true));
    assert_eq!((cell.units_covered, cell.months_covered), (Some(1), Some(1)));
    // Nobody counted, and nobody monitored: a zero all the same, marked.
    let nobody = fact(&set(), 0, (0, 3, 1), &[("victims", Attr::Int(0))]);
    let cell = &one_commune(&[nobody], &coverage[1..], 1).cells[0];
    assert_eq!((cell.reading, cell.outside_coverage), (Reading::Zero, true));
    // Where nobody stated coverage there is no number of covered units either.
    let cell = &one_commune(&[report], &[], 1).cells[0];
    assert_eq!((cell.units_covered, cell.months_covered, cell.outside_coverage), (None, None, false));
}

#[test]
fn populations_of_two_sources_are_never_mixed() {
    let set = set();
    let people = |n: usize, source: &str, commune: usize, count: i64| {
        let mut fact = fact(&set, n, (commune, 3, 0), &[("population", Attr::Int(count))]);
        (fact.source, fact.when) = (source.into(), When::Year(2021));
        fact
    };
    let facts = [people(0, "survey", 0, 7), people(1, "census", 0, 100), people(2, "census", 1, 200)];
    let populations = super::Populations::build(&set, facts.iter());
    let of = |level, code: &str| populations.of(&set, level, code, 2021);
    assert_eq!(of(Level::Commune, "R0C0M0"), Some(100));
    assert_eq!(of(Level::Cercle, "R0C0"), Some(300));
    assert_eq!(of(Level::Cercle, "R0C1"), None);
}
