//! The demonstration data of a month, for tests of the pages: read straight from `geodata`, without a store.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use geo::{InteriorPoint, MultiPolygon};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::base::{Area, BaseMap, Notes, Sheet, Zone};
use super::context::Context;
use super::incident_map::{Category, Count, IncidentMap};
use super::map_ground::Covered;
use crate::domain::Lang;
use crate::spatial::LonLat;

pub struct Unit {
    pcode: String,
    name: String,
    parent: String,
    shape: MultiPolygon<f64>,
    label: LonLat,
}

/// Units by level and the month's counts.
pub struct Fixture {
    levels: [Vec<Unit>; 3],
    ground: Vec<Covered>,
    counts: Vec<Count>,
    region_only: Vec<u64>,
    nowhere: u64,
    by: [u64; 6],
    covered: u32,
}

fn fold(name: &str) -> String {
    name.nfd().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

fn units(path: &Path, keys: [&str; 3]) -> Vec<Unit> {
    let text = std::fs::read_to_string(path).expect("a boundary file");
    let value: Value = serde_json::from_str(&text).expect("GeoJSON");
    let ring = |r: &Value| -> geo::LineString<f64> {
        r.as_array()
            .expect("a ring")
            .iter()
            .map(|p| (p[0].as_f64().expect("lon"), p[1].as_f64().expect("lat")))
            .collect()
    };
    let polygon = |p: &Value| {
        let mut rings: Vec<_> = p.as_array().expect("a polygon").iter().map(ring).collect();
        let outer = rings.remove(0);
        geo::Polygon::new(outer, rings)
    };
    let mut units: Vec<Unit> = value["features"]
        .as_array()
        .expect("features")
        .iter()
        .map(|f| {
            let text = |key: &str| f["properties"][key].as_str().unwrap_or_default().to_owned();
            let g = &f["geometry"];
            let shape = if g["type"] == "Polygon" {
                MultiPolygon(vec![polygon(&g["coordinates"])])
            } else {
                MultiPolygon(g["coordinates"].as_array().expect("polygons").iter().map(polygon).collect())
            };
            let p = shape.interior_point().expect("an inside");
            let label = LonLat::new(p.x(), p.y()).expect("on earth");
            Unit { pcode: text(keys[0]), name: text(keys[1]), parent: text(keys[2]), shape, label }
        })
        .collect();
    units.sort_by(|a, b| a.pcode.cmp(&b.pcode));
    units
}

fn geodata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("geodata")
}

impl Fixture {
    /// The schematic set of 2021 with a month of the demonstration data.
    pub fn month(month: &str) -> Self {
        let dir = geodata().join("mli-2021");
        let keys = ["pcode", "name", "parent_pcode"];
        let level = |n: u8| units(&dir.join(format!("adm{n}.geojson")), keys);
        Self::with(month, [level(1), level(2), level(3)])
    }

    /// The real communes of 2019, where they are at hand.
    pub fn real(month: &str) -> Option<Self> {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mli_cod_2019");
        if !dir.is_dir() {
            return None;
        }
        let level = |n: u8| {
            let (code, name, parent) =
                (format!("admin{n}Pcode"), format!("admin{n}Name"), format!("admin{}Pcode", n - 1));
            units(&dir.join(format!("mli_adm{n}.geojson")), [code.as_str(), name.as_str(), parent.as_str()])
        };
        Some(Self::with(month, [level(1), level(2), level(3)]))
    }

    fn with(month: &str, levels: [Vec<Unit>; 3]) -> Self {
        let mut names: HashMap<String, String> = HashMap::new();
        let aliases = std::fs::read_to_string(geodata().join("aliases.csv")).expect("aliases");
        for mut record in csv::Reader::from_reader(aliases.as_bytes()).into_records().flatten() {
            record.trim();
            names.insert(fold(&record[0]), fold(&record[1]));
        }
        let find = |level: usize, name: &str| {
            let name = fold(name);
            let name = names.get(&name).cloned().unwrap_or(name);
            levels[level].iter().position(|u| fold(&u.name) == name)
        };
        let mut counts: Vec<Count> = levels[1]
            .iter()
            .map(|_| Count { number: None, status: "unknown", outside_coverage: false, by: vec![0; 6], rate: None })
            .collect();
        let mut region_only = vec![0; levels[0].len()];
        let (mut nowhere, mut by, mut communes) = (0, [0; 6], BTreeMap::new());
        let mut rows = csv::Reader::from_path(geodata().join("demo/incidents.csv")).expect("incidents");
        for row in rows.deserialize::<HashMap<String, String>>().flatten().filter(|r| r["date"].starts_with(month)) {
            let victims: u64 = row["victims"].parse().unwrap_or(1);
            let category = row["category"].bytes().next().map_or(0, |c| usize::from(c - b'A'));
            by[category] += victims;
            *communes.entry(row["pcode"].clone()).or_insert(0) += victims;
            let cercle = levels[1]
                .iter()
                .position(|u| row["pcode"].len() > 6 && row["pcode"].starts_with(&u.pcode))
                .or_else(|| find(1, &row["cercle"]));
            if let Some(k) = cercle {
                counts[k].number = Some(counts[k].number.unwrap_or(0) + victims);
                counts[k].by[category] += victims;
                counts[k].status = "value";
            } else if let Some(r) = find(0, &row["region"]) {
                region_only[r] += victims;
            } else {
                nowhere += victims;
            }
        }
        let mut coverage: HashMap<String, &'static str> = HashMap::new();
        let mut rows = csv::Reader::from_path(geodata().join("demo/coverage.csv")).expect("coverage");
        for row in rows.deserialize::<HashMap<String, String>>().flatten() {
            if row["period"] == month && row["stream"] == "incidents" {
                let status = match (row["covered"].as_str(), row["report_received"].as_str()) {
                    ("1", "1") => "zero",
                    ("1", _) => "covered_no_report",
                    _ => "not_covered",
                };
                coverage.insert(row["pcode"].clone(), status);
            }
        }
        let ground: Vec<Covered> = levels[2]
            .iter()
            .map(|u| {
                let status = coverage.get(&u.pcode).copied().unwrap_or("unknown");
                Covered { status, outside_coverage: status == "not_covered" && communes.contains_key(&u.pcode) }
            })
            .collect();
        let covered = ground.iter().filter(|g| matches!(g.status, "zero" | "covered_no_report")).count();
        Self { levels, ground, counts, region_only, nowhere, by, covered: u32::try_from(covered).expect("small") }
    }

    /// The map of the month.
    pub fn map(&self, lang: Lang, zone: bool) -> IncidentMap<'_> {
        let areas = |level: usize| -> Vec<Area<'_>> {
            let parent = |u: &Unit| {
                level.checked_sub(1).and_then(|l| self.levels[l].iter().position(|p| p.pcode == u.parent)).unwrap_or(0)
            };
            self.levels[level]
                .iter()
                .map(|u| Area { name: &u.name, shape: &u.shape, label: u.label, parent: parent(u) })
                .collect()
        };
        let labels = [
            "Mouvement de population forcé",
            "Atteintes au droit à la vie",
            "Atteintes à l’intégrité physique et/ou psychique",
            "Atteintes à la liberté et à la sécurité de la personne",
            "Atteintes au droit à la propriété",
            "Atteintes à l’accès aux services de base",
        ];
        let categories = ["A", "B", "C", "D", "E", "F"].iter().zip(labels).zip(self.by);
        let members = self.levels[2]
            .iter()
            .map(|u| ["ML05", "ML06", "ML07", "ML08", "ML10"].iter().any(|r| u.pcode.starts_with(r)))
            .collect();
        IncidentMap {
            base: self.base(lang, zone, areas(0), areas(1), areas(2), members),
            covered: self.ground.clone(),
            rates: false,
            counts: self.counts.clone(),
            region_only: self.region_only.clone(),
            nowhere: Some(self.nowhere),
            total: Some(self.by.iter().sum()),
            categories: categories
                .map(|((l, t), n)| Category { letter: (*l).into(), label: t.into(), total: n })
                .collect(),
        }
    }

    fn base<'a>(
        &self,
        lang: Lang,
        zone: bool,
        regions: Vec<Area<'a>>,
        cercles: Vec<Area<'a>>,
        communes: Vec<Area<'a>>,
        members: Vec<bool>,
    ) -> BaseMap<'a> {
        BaseMap {
            key: "fixture".into(),
            lang,
            sheet: Sheet::default(),
            regions,
            cercles,
            communes,
            units_covered: self.covered,
            units_total: u32::try_from(self.ground.len()).expect("small"),
            zone: zone.then(|| Zone { title: "Liptako-Gourma (Autorité du Liptako-Gourma)".into(), members }),
            context: Context::shipped(),
            notes: Notes {
                country: "Mali".into(),
                iso3: "MLI".into(),
                period: lang.pick("juin 2021", "June 2021").into(),
                year: 2021,
                measure: lang
                    .pick(
                        "Violations documentées (une victime × un type de violation)",
                        "Documented violations (one victim × one violation type)",
                    )
                    .into(),
                sources: lang
                    .pick(
                        "monitoring de protection (données de démonstration)",
                        "protection monitoring (demonstration data)",
                    )
                    .into(),
                set_title: "Mali, découpage 2021 (10 régions, 53 cercles, 701 communes), tracé schématique".into(),
                created: Some((2021, 7, 12)),
                created_text: lang.pick("12 juillet 2021", "12 July 2021").into(),
                version: Some(42),
                synthetic: true,
                schematic: true,
                provisional: false,
                page: (1, 1),
            },
        }
    }
}
