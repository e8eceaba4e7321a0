//! Invariants of the cube over random facts and coverage: totals hold at every level, an absence has no number.

use std::collections::BTreeMap;
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
        attrs: attrs.iter().map(|(k, v)| (Arc::from(*k), v.clone())).collect::<BTreeMap<_, _>>(),
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
            prop_assert_eq!(i64::try_from(cells + table.non_located).expect("small"), expected);
            prop_assert_eq!(i64::try_from(table.total).expect("small"), expected);
            prop_assert_eq!(table.total_by.iter().sum::<u64>(), table.total);
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
