//! What ships inside the program: schematic sets, zones, aliases, populations, the demonstration's files.

use serde::Deserialize;

use super::AppError;
use crate::boundaries::SetInfo;
use crate::domain::{GeometryKind, SetId};
use crate::indicators::{Zone, parse_zones};

/// A shipped boundary set: its `SOURCE.toml` and its files by level.
pub struct ShippedSet {
    source: &'static str,
    /// File name and content, coarsest level first.
    pub files: &'static [(&'static str, &'static [u8])],
}

macro_rules! set {
    ($id:literal, $($file:literal),+) => {
        ShippedSet {
            source: include_str!(concat!("../../geodata/", $id, "/SOURCE.toml")),
            files: &[$((concat!($id, "_", $file), include_bytes!(concat!("../../geodata/", $id, "/", $file)))),+],
        }
    };
}

/// The shipped sets; the first is the default of a store in which no officer chose one.
pub const SETS: [ShippedSet; 4] = [
    set!("mli-2021", "adm1.geojson", "adm2.geojson", "adm3.geojson"),
    set!("mli-2019", "adm1.geojson", "adm2.geojson", "adm3.geojson"),
    set!("bfa-2018", "adm1.geojson", "adm2.geojson"),
    set!("ner-2023", "adm1.geojson", "adm2.geojson"),
];

/// Other spellings of places (`alias, canonical, level, parent, source`).
pub const ALIASES: &str = include_str!("../../geodata/aliases.csv");

/// Files of the demonstration: theme, file name, content. Imported in this order.
pub const DEMO: [(&str, &str, &[u8]); 5] = [
    ("coverage", "coverage.csv", include_bytes!("../../geodata/demo/coverage.csv")),
    ("population", "population_2021.csv", include_bytes!("../../geodata/population/population_2021.csv")),
    ("incidents", "incidents.csv", include_bytes!("../../geodata/demo/incidents.csv")),
    ("alerts", "alerts.csv", include_bytes!("../../geodata/demo/alerts.csv")),
    ("risk", "risk.csv", include_bytes!("../../geodata/demo/risk.csv")),
];

#[derive(Deserialize)]
struct Source {
    id: String,
    title_fr: String,
    title_en: String,
    country: String,
    geometry: GeometryKind,
    valid_from: Option<String>,
    origin: String,
    licence: String,
}

impl ShippedSet {
    /// What its `SOURCE.toml` says.
    pub fn info(&self) -> Result<SetInfo, AppError> {
        let source: Source = toml::from_str(self.source).map_err(|e| AppError::Fault(format!("SOURCE.toml: {e}")))?;
        Ok(SetInfo {
            id: SetId::new(&source.id).map_err(AppError::Fault)?,
            title_fr: source.title_fr,
            title_en: source.title_en,
            country: source.country,
            geometry: source.geometry,
            valid_from: source.valid_from,
            origin: source.origin,
            licence: source.licence,
        })
    }
}

/// The shipped zones.
pub fn zones() -> Result<Vec<Zone>, AppError> {
    let fault = |e: csv::Error| AppError::Fault(format!("zones: {e}"));
    let mut reader = csv::Reader::from_reader(include_bytes!("../../geodata/zones/liptako-gourma.csv").as_slice());
    let headers = reader.headers().map_err(fault)?.clone();
    let columns = ["zone_id", "set", "level", "pcode"].map(|c| headers.iter().position(|h| h == c));
    let mut units = Vec::new();
    for record in reader.records() {
        let record = record.map_err(fault)?;
        units.push(columns.map(|k| k.and_then(|k| record.get(k)).unwrap_or_default().to_owned()));
    }
    parse_zones(include_str!("../../geodata/zones/zones.toml"), &units).map_err(AppError::Fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_zones_ship_and_only_three_are_definitions() {
        let zones = zones().expect("shipped");
        assert_eq!(zones.len(), 6);
        let definitions = zones.iter().filter(|z| z.kind == crate::indicators::ZoneKind::Definition);
        assert_eq!(definitions.map(|z| z.id.as_str()).collect::<Vec<_>>(), ["ALG", "BRIEF_2019", "STUDY_ADM2"]);
        assert!(zones.iter().all(|z| !z.units.is_empty()));
    }

    #[test]
    fn every_shipped_set_says_that_it_is_schematic() {
        for set in &SETS {
            assert_eq!(set.info().expect("SOURCE.toml").geometry, GeometryKind::Schematic);
        }
    }
}
