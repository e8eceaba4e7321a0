//! Simplified outlines before an outside judge: GEOS, through Shapely 2.1 or newer.

use std::path::Path;
use std::process::Command;

use geo::Area as _;
use serde_json::{Value, json};
use vigie::boundaries::{ReadOptions, read_units};
use vigie::domain::{Lang, Level};
use vigie::tiles::light_outlines;

use crate::support::{arg, shared, text};

/// A Python with Shapely 2.1: that of `make judges`, or the machine's own.
pub fn python() -> Option<&'static str> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/target/judges/bin/python");
    let fit = |python: &&str| {
        let asked = Command::new(python).args(["-c", "import shapely; shapely.coverage_invalid_edges"]).output();
        asked.is_ok_and(|done| done.status.success())
    };
    let found = [own, "python3"].into_iter().find(fit);
    if found.is_none() {
        println!("skipped: no Python with Shapely 2.1 (make judges)");
    }
    found
}

#[test]
fn simplified_real_communes_have_no_gap_and_no_overlap_at_any_tolerance_says_geos() {
    let Some(python) = python() else { return };
    let Some(data) = shared("data/mli_cod_2019") else { return };
    let files = [1, 2, 3].map(|n| data.join(format!("mli_adm{n}.geojson"))).to_vec();
    let report = read_units(&files, &ReadOptions::default(), Lang::En).expect("boundaries");
    let communes: Vec<_> = report.units.iter().filter(|u| u.level == Level::Commune).map(|u| &u.shape).collect();
    assert_eq!(communes.len(), 701);
    let dir = tempfile::tempdir().expect("a folder");
    let whole: f64 = communes.iter().map(|c| c.unsigned_area()).sum();
    let mut written = Vec::new();
    for (k, tolerance) in [0.0002, 0.002, 0.01, 0.05, 0.2, 1.0].into_iter().enumerate() {
        let light = light_outlines(communes.iter().copied(), tolerance);
        let area: f64 = light.iter().map(geo::Area::unsigned_area).sum();
        assert!((area / whole - 1.0).abs() < 0.2, "{tolerance}: the country keeps its size, {area} of {whole}");
        let feature = |shape| json!({"type": "Feature", "properties": {}, "geometry": geometry(shape)});
        let features: Vec<Value> = light.iter().map(feature).collect();
        let path = dir.path().join(format!("{k}.geojson"));
        std::fs::write(&path, json!({"type": "FeatureCollection", "features": features}).to_string()).expect("written");
        written.push(path);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/judges/coverage.py");
    let judged = Command::new(python).arg(script).args(written.iter().map(|p| arg(p))).output().expect("Python starts");
    let said = text(&judged.stdout);
    let answers: Vec<Value> = said.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(answers.len(), written.len(), "{said}\n{}", text(&judged.stderr));
    for answer in answers {
        assert_eq!(answer, json!({"units": 701, "valid": true, "wrong": 0}), "{said}");
    }
}

fn geometry(shape: &geo::MultiPolygon) -> Value {
    let ring = |r: &geo::LineString| r.coords().map(|c| json!([c.x, c.y])).collect::<Value>();
    let polygon = |p: &geo::Polygon| std::iter::once(p.exterior()).chain(p.interiors()).map(ring).collect::<Value>();
    json!({"type": "MultiPolygon", "coordinates": shape.iter().map(polygon).collect::<Value>()})
}
