use std::sync::Arc;

use geo::{MultiPolygon, Rect};
use proptest::prelude::*;

use super::*;
use crate::boundaries::{BoundarySet, SetInfo, Unit};
use crate::domain::{GeometryKind, Lang, Level, Reading};
use crate::spatial::{Bbox, LonLat, polygon_area_km2};

/// A rectangle in tenths of a degree: west, south, east, north.
type Tenths = [f64; 4];

fn unit(code: &str, name: &str, level: Level, parent: Option<&str>, r: Tenths) -> Unit {
    let [w, s, e, n] = r.map(|x| x / 10.0);
    let shape = MultiPolygon(vec![Rect::new((w, s), (e, n)).to_polygon()]);
    Unit {
        pcode: code.into(),
        name: name.into(),
        level,
        parent: parent.map(Arc::from),
        area: polygon_area_km2(&shape),
        label: LonLat::new(f64::midpoint(w, e), f64::midpoint(s, n)).expect("a place"),
        bbox: Bbox::of(&shape),
        shape,
    }
}

fn set(id: &str, geometry: GeometryKind, units: Vec<Unit>) -> BoundarySet {
    let info = SetInfo {
        id: SetId::new(id).expect("a name"),
        title_fr: String::new(),
        title_en: String::new(),
        country: "MLI".into(),
        geometry,
        valid_from: None,
        origin: String::new(),
        licence: String::new(),
    };
    BoundarySet::new(info, units)
}

/// Two regions of two cercles each: R1 (A, B), R2 (C, D), one degree squared a cercle, in a row.
fn before(geometry: GeometryKind) -> BoundarySet {
    let (r, c) = (Level::Region, Level::Cercle);
    set(
        "old",
        geometry,
        vec![
            unit("R1", "Nord", r, None, [0.0, 0.0, 20.0, 10.0]),
            unit("R2", "Sud", r, None, [20.0, 0.0, 40.0, 10.0]),
            unit("C1", "Alpha", c, Some("R1"), [0.0, 0.0, 10.0, 10.0]),
            unit("C2", "Béta", c, Some("R1"), [10.0, 0.0, 20.0, 10.0]),
            unit("C3", "Gamma", c, Some("R2"), [20.0, 0.0, 30.0, 10.0]),
            unit("C4", "Delta", c, Some("R2"), [30.0, 0.0, 40.0, 10.0]),
        ],
    )
}

/// Alpha split 3:1, Béta moved to a new region and recoded (to the code of old Gamma), Gamma and Delta merged.
fn after(geometry: GeometryKind) -> BoundarySet {
    let (r, c) = (Level::Region, Level::Cercle);
    set(
        "new",
        geometry,
        vec![
            unit("R1", "Nord", r, None, [0.0, 0.0, 10.0, 10.0]),
            unit("R2", "Sud", r, None, [20.0, 0.0, 40.0, 10.0]),
            unit("R3", "Centre", r, None, [10.0, 0.0, 20.0, 10.0]),
            unit("C1", "Alpha", c, Some("R1"), [0.0, 0.0, 7.5, 10.0]),
            unit("C5", "Alpha-Est", c, Some("R1"), [7.5, 0.0, 10.0, 10.0]),
            unit("C3", "BETA", c, Some("R3"), [10.0, 0.0, 20.0, 10.0]),
            unit("C6", "Gamma-Delta", c, Some("R2"), [20.0, 0.0, 40.0, 10.0]),
        ],
    )
}

fn table(level: Level) -> Crosswalk {
    let (a, b) = (before(GeometryKind::Surveyed), after(GeometryKind::Surveyed));
    by_area(&Side::of_set(&a, level), &Side::of_set(&b, level), MIN_SHARE).expect("a table")
}

fn link<'a>(table: &'a Crosswalk, from: &str, to: &str) -> &'a Link {
    table.links.iter().find(|l| &*table.from[l.from].code == from && &*table.to[l.to].code == to).expect("a link")
}

#[test]
fn shares_are_those_of_the_ground_and_weights_sum_to_one() {
    let table = table(Level::Cercle);
    assert!((link(&table, "C1", "C1").share - 0.75).abs() < 1e-5);
    assert!((link(&table, "C1", "C5").share - 0.25).abs() < 1e-5);
    assert!((link(&table, "C3", "C6").share_of_to.expect("known") - 0.5).abs() < 1e-5);
    for f in 0..table.from.len() {
        let sum: f64 = table.links_of(f).iter().filter_map(|l| l.weight).sum();
        assert!((sum - 1.0).abs() < SLACK, "{sum}");
    }
}

#[test]
fn the_report_names_what_split_merged_moved_was_recoded_and_which_code_means_another_place() {
    let table = table(Level::Cercle);
    let said: Vec<String> = table.changes().iter().map(|c| table.sentence(c, Lang::En)).collect();
    assert_eq!(
        said,
        [
            "Béta (C2) was recoded: BETA (C3)",
            "BETA (C3) was moved from Nord to Centre",
            "Alpha (C1) was split into Alpha (C1), 75%; Alpha-Est (C5), 25%",
            "Gamma-Delta (C6) merges Gamma (C3), 100.0%; Delta (C4), 100.0%",
            "the code C3 means Gamma in old and BETA in new: not the same place",
        ]
    );
    let french = table.sentence(&table.changes()[2], Lang::Fr);
    assert_eq!(french, "Alpha (C1) a été divisé en Alpha (C1), 75\u{a0}%\u{a0}; Alpha-Est (C5), 25\u{a0}%");
    let regions = self::table(Level::Region);
    let kinds: Vec<ChangeKind> = regions.changes().iter().map(|c| c.kind).collect();
    assert_eq!(kinds, [ChangeKind::Identical, ChangeKind::Split]);
}

#[test]
fn schematic_outlines_have_no_area_to_share_but_code_and_name_still_tell() {
    let (a, b) = (before(GeometryKind::Surveyed), after(GeometryKind::Schematic));
    let (from, to) = (Side::of_set(&a, Level::Region), Side::of_set(&b, Level::Region));
    assert!(
        matches!(by_area(&from, &to, MIN_SHARE), Err(CrosswalkError::Schematic { sets }) if sets[0].as_str() == "new")
    );
    let table = by_identity(&from, &to).expect("a table");
    // Of Nord's cercles Alpha stayed and Béta went to Centre: half and half, but no weight by people or ground.
    assert_eq!(link(&table, "R1", "R1").weight, None);
    assert!((link(&table, "R1", "R3").share - 0.5).abs() < 1e-9);
    // Gamma and Delta are called otherwise: nothing is guessed.
    assert_eq!(table.links_of(1), []);
    assert!((table.outside[1] - 1.0).abs() < 1e-9);
}

#[test]
fn populations_of_the_parts_weigh_more_than_ground() {
    let (a, b) = (before(GeometryKind::Surveyed), after(GeometryKind::Surveyed));
    let people = |u: &Unit| match &*u.pcode {
        "C1" => Some(900),
        "C2" => Some(100),
        "C3" | "C4" => Some(50),
        _ => None,
    };
    let nobody = |_: &Unit| None;
    let (from, to) = (Side::of_set(&a, Level::Region), Side::of_set(&b, Level::Region));
    let table = by_population(&from, &to, MIN_SHARE, (&people, &nobody)).expect("a table");
    let to_north = link(&table, "R1", "R1");
    assert_eq!((to_north.basis, to_north.weight), (Basis::Population, Some(0.9)));
    // Without the parts, the populations of what it became; without those, the ground, and it says so.
    let after_people = |u: &Unit| (u.level == Level::Region).then_some(if &*u.pcode == "R3" { 300 } else { 100 });
    let table = by_population(&from, &to, MIN_SHARE, (&nobody, &after_people)).expect("a table");
    assert!((link(&table, "R1", "R3").weight.expect("known") - 0.75).abs() < 1e-5);
    let table = by_population(&from, &to, MIN_SHARE, (&nobody, &nobody)).expect("a table");
    assert_eq!(link(&table, "R1", "R1").basis, Basis::Area);
    // Between schematic sets the parts' identity places their people.
    let (a, b) = (before(GeometryKind::Schematic), after(GeometryKind::Schematic));
    let (from, to) = (Side::of_set(&a, Level::Region), Side::of_set(&b, Level::Region));
    let table = by_population(&from, &to, MIN_SHARE, (&people, &nobody)).expect("a table");
    assert_eq!(link(&table, "R1", "R3").weight, Some(0.1));
}

#[test]
fn a_group_is_the_ground_of_its_members_and_a_missing_member_is_an_error() {
    let a = before(GeometryKind::Surveyed);
    let group = |code: &str, members: &[&str]| Group {
        code: code.into(),
        name: format!("G{code}"),
        members: members.iter().map(|m| (*m).to_owned()).collect(),
    };
    let groups = [group("2", &["C2", "C3"]), group("1", &["C1"]), group("3", &[])];
    let to = Side::of_groups("g", &a, Level::Cercle, &groups).expect("groups");
    let table = by_area(&Side::of_set(&a, Level::Region), &to, MIN_SHARE).expect("a table");
    assert_eq!(table.to.iter().map(|u| &*u.code).collect::<Vec<_>>(), ["1", "2"]);
    assert!((link(&table, "R1", "2").share - 0.5).abs() < 1e-5);
    // Delta is in no group: half of Sud goes nowhere, and is not spread over the rest.
    assert!((link(&table, "R2", "2").weight.expect("known") - 0.5).abs() < 1e-5);
    assert!((table.outside[1] - 0.5).abs() < 1e-5);
    assert_eq!(Side::of_groups("g", &a, Level::Cercle, &[group("1", &["C9"])]).map(|_| ()), Err("C9".to_owned()));
}

#[test]
fn an_absence_never_becomes_a_zero() {
    let table = table(Level::Cercle);
    let carried = |c3, c4| {
        let all = table.carry(&[Reading::Value(8), Reading::Zero, c3, c4]);
        let at = table.to.iter().position(|u| &*u.code == "C6").expect("merged");
        (all.cells[at].clone(), all)
    };
    let (cell, all) = carried(Reading::Value(3), Reading::Value(4));
    assert_eq!((cell.status, cell.value, cell.partial), ("value", Some(7.0), false));
    assert_eq!((all.total, all.unassigned.abs() < SLACK), (15, true));
    let alpha = &all.cells[0];
    assert!((alpha.value.expect("a number") - 6.0).abs() < 1e-4, "{alpha:?}");
    // Béta reported nothing, in all of it.
    assert_eq!(all.cells.iter().filter(|c| c.status == "zero").count(), 1);
    let (cell, _) = carried(Reading::Value(3), Reading::NotCovered);
    assert_eq!((cell.status, cell.value, cell.partial), ("value", Some(3.0), true));
    assert!((cell.known_share.expect("fed") - 0.5).abs() < 1e-5);
    let (cell, _) = carried(Reading::Zero, Reading::NotCovered);
    assert_eq!((cell.status, cell.value, cell.partial), ("unknown", None, true));
    let (cell, _) = carried(Reading::NotCovered, Reading::NotCovered);
    assert_eq!((cell.status, cell.value, cell.partial), ("not_covered", None, false));
    let (cell, _) = carried(Reading::NotCovered, Reading::Suppressed);
    assert_eq!((cell.status, cell.value), ("suppressed", None));
    let (cell, _) = carried(Reading::Zero, Reading::Zero);
    assert_eq!((cell.status, cell.value), ("zero", Some(0.0)));
}

fn reading() -> impl Strategy<Value = Reading> {
    prop_oneof![
        (1_u64..1000).prop_map(Reading::Value),
        Just(Reading::Zero),
        Just(Reading::CoveredNoReport),
        Just(Reading::NotCovered),
        Just(Reading::Unknown),
        Just(Reading::Suppressed),
    ]
}

/// Columns of a country cut at random places.
fn columns(id: &str, cuts: &[u16]) -> BoundarySet {
    let mut at: Vec<f64> = cuts.iter().map(|c| f64::from(*c) / 10.0).collect();
    at.extend([0.0, 100.0]);
    at.sort_by(f64::total_cmp);
    at.dedup();
    let units = at
        .windows(2)
        .enumerate()
        .map(|(k, w)| unit(&format!("U{k:02}"), &format!("{id} {k}"), Level::Region, None, [w[0], 0.0, w[1], 10.0]));
    set(id, GeometryKind::Surveyed, units.collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_is_lost_doubled_or_made_up(
        old in prop::collection::vec(1_u16..1000, 0..8),
        new in prop::collection::vec(1_u16..1000, 0..8),
        readings in prop::collection::vec(reading(), 10),
    ) {
        let (a, b) = (columns("old", &old), columns("new", &new));
        let table = by_area(&Side::of_set(&a, Level::Region), &Side::of_set(&b, Level::Region), MIN_SHARE).expect("a table");
        for f in 0..table.from.len() {
            let sum: f64 = table.links_of(f).iter().filter_map(|l| l.weight).sum();
            prop_assert!((sum - 1.0).abs() < SLACK, "{}", sum);
        }
        let carried = table.carry(&readings[..table.from.len()]);
        let sum: f64 = carried.cells.iter().filter_map(|c| c.value).sum();
        prop_assert!((sum + carried.unassigned - carried.total as f64).abs() < 1e-6 * (1.0 + sum));
        prop_assert!(carried.unassigned.abs() < 1e-3);
        for (t, cell) in carried.cells.iter().enumerate() {
            prop_assert_eq!(cell.value.is_some(), matches!(cell.status, "value" | "zero"));
            let all_absent = table.links_into(t).all(|l| readings[l.from].number().is_none());
            prop_assert_eq!(all_absent && cell.value.is_some(), false);
            if cell.status == "zero" {
                prop_assert!(table.links_into(t).all(|l| readings[l.from] == Reading::Zero));
            }
        }
        // Every unit is spoken of.
        let changes = table.changes();
        for f in 0..table.from.len() {
            prop_assert!(changes.iter().any(|c| c.from.contains(&f)));
        }
        for t in 0..table.to.len() {
            prop_assert!(changes.iter().any(|c| c.to.contains(&t)));
        }
    }
}
