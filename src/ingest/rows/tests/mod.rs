//! What whole files become, on a small made-up set of two cercles.

mod cells;
mod files;
mod places;

use std::sync::Arc;

use jiff::civil::Date;

use super::*;
use crate::boundaries::{NameFinding, Resolution, SetInfo, Unit};
use crate::domain::{GeometryKind, Level, Match, SetId};
use crate::ingest::place::PointAnswer;
use crate::ingest::{fold, shipped_theme};
use crate::spatial::{Bbox, LonLat, SquareKm};

/// Name, code, parent, western edge; each unit one degree wide from 10° to 11° north.
const UNITS: [(&str, &str, Option<&str>, f64, f64); 6] = [
    ("Gao", "ML07", None, -1.0, 2.0),
    ("Gao", "ML0701", Some("ML07"), -1.0, 1.0),
    ("Ansongo", "ML0702", Some("ML07"), 0.0, 1.0),
    ("Gao", "ML070101", Some("ML0701"), -1.0, 1.0),
    ("Tessit", "ML070201", Some("ML0702"), 0.0, 0.5),
    ("Bara", "ML070202", Some("ML0702"), 0.5, 0.5),
];

fn set(id: &str, geometry: GeometryKind) -> Arc<BoundarySet> {
    let unit = |(name, code, parent, west, width): (&str, &str, Option<&str>, f64, f64)| Unit {
        pcode: code.into(),
        name: name.into(),
        level: Level::try_from(u8::try_from(code.len() / 2 - 1).expect("short")).expect("three levels"),
        parent: parent.map(Into::into),
        shape: geo::MultiPolygon(vec![]),
        area: SquareKm(1.0),
        label: LonLat::new(west + width / 2.0, 10.5).expect("in range"),
        bbox: Bbox { west, south: 10.0, east: west + width, north: 11.0 },
    };
    let info = SetInfo {
        id: SetId::new(id).expect("an id"),
        title_fr: String::new(),
        title_en: String::new(),
        country: "MLI".into(),
        geometry,
        valid_from: None,
        origin: String::new(),
        licence: String::new(),
    };
    Arc::new(BoundarySet::new(info, UNITS.into_iter().map(unit).collect()))
}

/// Names compared after folding, boxes for shapes.
struct Fake(Arc<BoundarySet>);

impl PlaceResolver for Fake {
    fn names(&self, _set: usize, names: [Option<&str>; 3]) -> Resolution {
        let mut found = Resolution { units: Default::default(), matched: Match::None, findings: Vec::new() };
        for level in Level::ALL {
            let Some(name) = names[level.index()] else { continue };
            let parent = level.parent().and_then(|p| found.units[p.index()].clone());
            let fits = |u: &&Unit| fold(&u.name) == fold(name) && (parent.is_none() || u.parent == parent);
            let Some(unit) = self.0.units(level).iter().find(fits) else {
                found.findings.push(NameFinding::UnknownName {
                    level,
                    value: name.to_owned(),
                    suggestions: Vec::new(),
                });
                break;
            };
            found.units = self.0.chain(unit);
            found.matched = Match::Name;
        }
        found
    }

    fn point(&self, point: LonLat, _country: Option<&str>) -> PointAnswer {
        if self.0.info.geometry == GeometryKind::Schematic {
            return PointAnswer::NoSurveyedSet;
        }
        let unit = self.0.units(Level::Commune).iter().find(|u| u.bbox.contains(point));
        unit.map_or(PointAnswer::Outside, |u| PointAnswer::Unit { set: 0, units: self.0.chain(u), km_outside: None })
    }
}

fn import_with(
    theme: &str,
    bytes: &[u8],
    name: &str,
    geometry: GeometryKind,
    reading: &Reading,
) -> Result<Ingested, IngestError> {
    import_within(theme, bytes, name, geometry, reading, Limits::default())
}

fn import_within(
    theme: &str,
    bytes: &[u8],
    name: &str,
    geometry: GeometryKind,
    reading: &Reading,
    limits: Limits,
) -> Result<Ingested, IngestError> {
    let theme = shipped_theme(theme).expect("shipped");
    let sets = [set("tst-1", geometry)];
    let places = Fake(sets[0].clone());
    let ctx = ImportContext {
        theme: &theme,
        sets: &sets,
        places: &places,
        lang: Lang::Fr,
        today: Date::constant(2021, 7, 1),
        synthetic: false,
        default_source: "",
        reading,
        limits,
    };
    read(bytes, name, &ctx)
}

fn import(theme: &str, text: &str) -> Ingested {
    let reading = Reading::default();
    import_with(theme, text.as_bytes(), "fichier.csv", GeometryKind::Surveyed, &reading).expect("a table")
}

/// The code of every finding, and the counts of rows in and out.
fn outcome(theme: &str, text: &str) -> (Vec<String>, usize, usize) {
    let done = import(theme, text);
    assert_eq!(done.rows_in, done.facts.len() + done.rejected_rows);
    let codes = done.findings.iter().map(|f| f.code.to_string()).collect();
    (codes, done.facts.len(), done.rejected_rows)
}

/// One incident with the given columns besides those that every row needs.
fn incident(columns: &str, values: &str) -> (Vec<String>, usize, usize) {
    let text = format!("incident_id;date;violation_type;{columns}\nA1;17/06/2021;Viol;{values}\n");
    outcome("incidents", &text)
}
