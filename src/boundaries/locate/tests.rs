//! Points on made-up neighbours and, where they are there, on the real communes.

use std::path::Path;

use geo::{Contains, Coord, LineString, MultiPolygon, Polygon};
use proptest::prelude::*;

use super::*;
use crate::boundaries::{ReadOptions, SetInfo, read_units};
use crate::domain::{Lang, Level};
use crate::spatial::{SquareKm, label_point};

fn info(id: &str, country: &str, geometry: GeometryKind) -> SetInfo {
    SetInfo {
        id: SetId::new(id).expect("id"),
        title_fr: String::new(),
        title_en: String::new(),
        country: country.to_owned(),
        geometry,
        valid_from: None,
        origin: String::new(),
        licence: String::new(),
    }
}

fn unit(pcode: &str, rings: &[&[(f64, f64)]]) -> Unit {
    let ring = |r: &[(f64, f64)]| LineString(r.iter().map(|(x, y)| Coord { x: *x, y: *y }).collect());
    let shape = MultiPolygon(vec![Polygon::new(ring(rings[0]), rings[1..].iter().map(|r| ring(r)).collect())]);
    Unit {
        pcode: pcode.into(),
        name: pcode.into(),
        level: Level::Region,
        parent: None,
        area: SquareKm(1.0),
        label: label_point(&shape).expect("area"),
        bbox: Bbox::of(&shape),
        shape,
    }
}

fn set(id: &str, country: &str, units: Vec<Unit>) -> Arc<BoundarySet> {
    Arc::new(BoundarySet::new(info(id, country, GeometryKind::Surveyed), units))
}

fn square(pcode: &str, x: f64, y: f64, side: f64) -> Unit {
    unit(pcode, &[&[(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]])
}

fn at(lon: f64, lat: f64) -> LonLat {
    LonLat::new(lon, lat).expect("in range")
}

fn code(locator: &Locator, lon: f64, lat: f64, country: Option<&str>) -> Option<(String, How)> {
    match locator.locate(at(lon, lat), country) {
        Located::Unit(found) => Some((locator.unit(&found).1.pcode.to_string(), found.how)),
        Located::Outside => None,
    }
}

#[test]
fn a_border_belongs_to_the_unit_east_or_north_of_it_and_to_no_other() {
    let units = (0..9).map(|k: u8| square(&format!("U{k}"), f64::from(k % 3), f64::from(k / 3), 1.0)).collect();
    let locator = Locator::build(&[set("s", "AAA", units)], false).expect("index");
    for i in 0..=20 {
        for j in 0..=20 {
            let (x, y) = (f64::from(i) * 0.125, f64::from(j) * 0.125);
            let expected = format!("U{}", x.floor() + 3.0 * y.floor());
            assert_eq!(code(&locator, x, y, None), Some((expected, How::Inside)), "{x} {y}");
        }
    }
    // The outer edges to the east and north lie east and north of every unit: 0 m away.
    let edge = code(&locator, 3.0, 1.5, None);
    assert!(matches!(edge, Some((ref c, How::Nearest { distance: Metres(d) })) if c == "U5" && d < 1e-6), "{edge:?}");
}

#[test]
fn a_hole_belongs_to_the_unit_that_fills_it() {
    let ring = unit(
        "A",
        &[
            &[(0.0, 0.0), (3.0, 0.0), (3.0, 3.0), (0.0, 3.0), (0.0, 0.0)],
            &[(1.0, 1.0), (1.0, 2.0), (2.0, 2.0), (2.0, 1.0), (1.0, 1.0)],
        ],
    );
    let locator = Locator::build(&[set("s", "AAA", vec![ring, square("B", 1.0, 1.0, 1.0)])], false).expect("index");
    let is = |x, y| code(&locator, x, y, None).map(|c| c.0);
    assert_eq!(is(0.5, 0.5).as_deref(), Some("A"));
    assert_eq!(is(1.5, 1.5).as_deref(), Some("B"));
    assert_eq!(
        [is(1.0, 1.5), is(2.0, 1.5), is(1.5, 1.0), is(1.5, 2.0)].map(Option::unwrap_or_default),
        ["B", "A", "B", "A"]
    );
}

#[test]
fn an_overlap_of_countries_follows_the_stated_one_else_the_first_set() {
    let (a, b) = (
        set("aaa-1", "AAA", vec![square("X1", 0.0, 0.0, 2.0)]),
        set("bbb-1", "BBB", vec![square("B1", 1.0, 0.0, 2.0)]),
    );
    let locator = Locator::build(&[b, a], false).expect("index");
    let is = |x, country| code(&locator, x, 0.5, country).map(|c| c.0).unwrap_or_default();
    assert_eq!(
        [is(1.5, None), is(1.5, Some("BBB")), is(1.5, Some("bbb")), is(1.5, Some("CCC"))],
        ["X1", "B1", "B1", "X1"]
    );
    assert_eq!([is(0.5, Some("BBB")), is(2.5, Some("AAA"))], ["X1", "B1"], "one country only: there");
}

#[test]
fn up_to_5_km_outside_the_nearest_unit_takes_the_point_with_its_distance() {
    let locator =
        Locator::build(&[set("s", "AAA", vec![square("A", 0.0, 0.0, 1.0), square("B", 0.0, 1.0, 1.0)])], false)
            .expect("index");
    // One hundredth of a degree of longitude at 0.5° N: 1 113.15 m.
    let Some((unit, How::Nearest { distance })) = code(&locator, 1.01, 0.5, None) else { unreachable!("nearest") };
    assert!(unit == "A" && (distance.0 - 1_113.15).abs() < 0.05, "{distance:?}");
    assert!(code(&locator, 1.0449, 0.5, None).is_some());
    assert_eq!(code(&locator, 1.0450, 0.5, None), None);
    assert_eq!(code(&locator, 40.0, 40.0, None), None);
    assert_eq!(code(&locator, 1.01, 1.0, None).map(|c| c.0).as_deref(), Some("A"), "of two equally near the first");
}

#[test]
fn a_schematic_set_is_refused_unless_rows_are_synthetic() {
    let schematic =
        Arc::new(BoundarySet::new(info("s", "AAA", GeometryKind::Schematic), vec![square("A", 0.0, 0.0, 1.0)]));
    assert!(matches!(Locator::build(std::slice::from_ref(&schematic), false), Err(LocatorError::Schematic(_))));
    assert!(Locator::build(&[schematic], true).is_ok());
}

#[test]
fn without_units_everything_is_outside() {
    let locator = Locator::build(&[], false).expect("index");
    assert_eq!(locator.locate(at(0.0, 0.0), None), Located::Outside);
}

/// Triangles that share vertices: a fan of `n` around a centre, all coordinates ordinary floats.
fn fan(centre: (f64, f64), spokes: &[(f64, f64)]) -> Vec<Unit> {
    (0..spokes.len())
        .map(|k| {
            let (a, b) = (spokes[k], spokes[(k + 1) % spokes.len()]);
            unit(&format!("T{k}"), &[&[centre, a, b, centre]])
        })
        .collect()
}

proptest! {
    #[test]
    fn points_on_shared_edges_and_vertices_are_in_exactly_one_unit(
        cx in -0.3_f64..0.3, cy in -0.3_f64..0.3, turn in 0.0_f64..1.0, n in 3_usize..9, t in 0.0_f64..0.999,
    ) {
        let spokes: Vec<(f64, f64)> = (0..n).map(|k| {
            let angle = (k as f64 + turn) / n as f64 * std::f64::consts::TAU;
            (2.0 * angle.cos(), 2.0 * angle.sin())
        }).collect();
        let units = fan((cx, cy), &spokes);
        let grid = Grid::over(Bbox { west: -2.5, south: -2.5, east: 2.5, north: 2.5 }, 5_000);
        let mut slabs = Slabs::default();
        let cells = Cells::build(grid, units.iter().map(|u| (&u.shape, u.bbox)), &mut slabs);
        for (x, y) in spokes {
            // On a spoke, as near as floats come to it; and at the hub itself.
            for (x, y) in [(cx + t * (x - cx), cy + t * (y - cy)), (cx, cy)] {
                let Some((cell, row)) = cells.at(x, y) else { continue };
                let owners = match cell {
                    Cell::Nothing => 0,
                    Cell::One(_) => 1,
                    Cell::Some(list) => list.iter().map(|w| candidate(*w))
                        .filter(|(u, whole)| *whole || slabs.holds(*u, row, x, y)).count(),
                };
                prop_assert_eq!(owners, 1, "{} {}", x, y);
            }
        }
    }

    #[test]
    fn the_grid_agrees_with_a_plain_test_of_every_unit(
        points in proptest::collection::vec((-2.2_f64..2.2, -2.2_f64..2.2), 50), turn in 0.0_f64..1.0,
    ) {
        let spokes: Vec<(f64, f64)> = (0..7).map(|k| {
            let angle = (f64::from(k) + turn) / 7.0 * std::f64::consts::TAU;
            (2.0 * angle.cos(), 2.0 * angle.sin())
        }).collect();
        let units = fan((0.1, 0.2), &spokes);
        let locator = Locator::build(&[set("s", "AAA", units.clone())], false).expect("index");
        for (x, y) in points {
            let plain = units.iter().find(|u| u.shape.contains(&Coord { x, y })).map(|u| u.pcode.to_string());
            let found = code(&locator, x, y, None).filter(|(_, how)| *how == How::Inside).map(|c| c.0);
            prop_assert_eq!(found, plain);
        }
    }
}

/// A real set read from files of `../shared/data`; none where it is absent, which is said.
fn real(id: &str, country: &str, file: &str) -> Option<Arc<BoundarySet>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(file);
    if !file.is_file() {
        eprintln!("skipped: ../shared/data is absent");
        return None;
    }
    let report = read_units(&[file], &ReadOptions::default(), Lang::Fr).expect("readable");
    Some(Arc::new(BoundarySet::new(info(id, country, GeometryKind::Surveyed), report.units)))
}

#[test]
fn where_mali_and_burkina_faso_overlap_the_stated_country_has_the_point() {
    let Some(mali) = real("mli-2019", "MLI", "mli_cod_2019/mli_adm3.geojson") else { return };
    let Some(burkina) = real("bfa-2018", "BFA", "bfa_cod_2018/bfa_adm3.topojson") else { return };
    let locator = Locator::build(&[mali.clone(), burkina], false).expect("index");
    let country = |p: LonLat, stated: Option<&str>| match locator.locate(p, stated) {
        Located::Unit(found) if found.how == How::Inside => locator.unit(&found).0.info.country.clone(),
        _ => String::new(),
    };
    let mut overlap = 0;
    for unit in mali.units(Level::Commune) {
        for c in unit.shape.iter().flat_map(|p| &p.exterior().0) {
            let p = at(c.x, c.y);
            if country(p, Some("MLI")) == "MLI" && country(p, Some("BFA")) == "BFA" {
                overlap += 1;
                assert_eq!(country(p, None), "BFA", "unstated: the first set by name");
            }
        }
    }
    assert!(overlap > 20, "{overlap}");
}

#[test]
fn every_vertex_and_middle_of_the_real_communes_is_in_exactly_one_or_on_the_outer_edge() {
    let Some(mali) = real("mli-2019", "MLI", "mli_cod_2019/mli_adm3.geojson") else { return };
    let locator = Locator::build(std::slice::from_ref(&mali), false).expect("index");
    let cells = locator.cells.as_ref().expect("cells");
    let (mut inside, mut edge) = (0, 0);
    for unit in mali.units(Level::Commune) {
        for [a, b] in slabs::edges_of(&unit.shape) {
            for (x, y) in [(a.x, a.y), (f64::midpoint(a.x, b.x), f64::midpoint(a.y, b.y))] {
                let owners = match cells.at(x, y) {
                    None | Some((Cell::Nothing, _)) => 0,
                    Some((Cell::One(_), _)) => 1,
                    Some((Cell::Some(list), row)) => list
                        .iter()
                        .map(|w| candidate(*w))
                        .filter(|(u, whole)| *whole || locator.slabs.holds(*u, row, x, y))
                        .count(),
                };
                assert!(owners <= 1, "{owners} units claim {x} {y}");
                match locator.locate(at(x, y), None) {
                    Located::Unit(Found { how: How::Inside, .. }) => inside += 1,
                    Located::Unit(Found { how: How::Nearest { distance }, .. }) => {
                        assert!(distance.0 < 1.0, "{x} {y}: {distance:?}");
                        edge += 1;
                    }
                    Located::Outside => unreachable!("{x} {y}"),
                }
            }
        }
    }
    assert!(inside > 10 * edge, "{inside} {edge}");
}
