//! Layers of the units themselves, and of the zones.

use std::sync::Arc;

use geo::MultiPolygon;

use super::by_unit::ByUnit;
use super::fields::{FieldRow, int, int_or_null, text};
use super::service::{Asked, Service};
use crate::app::{AppError, FeatureRow, FieldKind, PropertyValue, geometry};
use crate::boundaries::BoundarySet;
use crate::domain::Level;
use crate::indicators::{Share, Slice, Zone, ZoneKind};
use crate::spatial::Bbox;

/// Own fields of the boundary layers.
pub(super) const BOUNDARY: [FieldRow; 3] = [
    ("area_km2", FieldKind::Number, "Superficie (km²)", "Area (km²)"),
    ("label_lon", FieldKind::Number, "Longitude de l’étiquette", "Longitude of the label"),
    ("label_lat", FieldKind::Number, "Latitude de l’étiquette", "Latitude of the label"),
];

/// Own fields of the zones.
pub(super) const ZONE: [FieldRow; 8] = [
    ("zone_id", FieldKind::String, "Zone", "Zone"),
    ("version", FieldKind::String, "Version", "Version"),
    ("kind", FieldKind::String, "Nature", "Kind"),
    ("units", FieldKind::Integer, "Unités", "Units"),
    ("unclear", FieldKind::Integer, "Violations trop vaguement situées", "Violations known too coarsely"),
    ("total", FieldKind::Integer, "Violations en tout", "Violations in all"),
    ("share_percent", FieldKind::Number, "Part (%)", "Share (%)"),
    ("origin", FieldKind::String, "Origine de la définition", "Origin of the definition"),
];

impl Service {
    pub(super) fn boundary_rows(
        &self,
        set: &BoundarySet,
        level: Level,
        asked: &Asked<'_>,
    ) -> Result<Vec<FeatureRow>, AppError> {
        let place = self.snapshot.place(&set.info.id)?;
        let shapes = place.shapes.level(set, level);
        let tenth = |x: f64| PropertyValue::Real((x * 10.0).round() / 10.0);
        let rows = set.units(level).iter().zip(shapes).map(|(unit, shape)| {
            // A boundary has no period and no value; its people are the same whatever is counted.
            let shared = ByUnit { population: self.population(set, unit, asked), ..ByUnit::default() };
            let mut values = shared.values().to_vec();
            values.extend([
                tenth(unit.area.0),
                PropertyValue::Real(unit.label.lon()),
                PropertyValue::Real(unit.label.lat()),
            ]);
            self.unit_row(set, unit, shape, values)
        });
        Ok(rows.collect())
    }

    pub(super) fn zone_rows(&self, set: &BoundarySet, asked: &Asked<'_>) -> Result<Vec<FeatureRow>, AppError> {
        let mut rows = Vec::new();
        for zone in &self.snapshot.zones {
            let members = self.snapshot.zone_members(zone, set);
            if members.is_empty() {
                continue;
            }
            let (shape, bbox) = self.zone_shape(zone, set, &members);
            let share = self.share(zone, set, ("incidents", "violations"), asked)?;
            // A zone is no unit: it has a name, no p-code and no parent.
            let null = || PropertyValue::Null;
            let name = text(asked.lang.pick(zone.title_fr.as_str(), zone.title_en.as_str()));
            let mut values = vec![text(set.info.id.as_str()), null(), name, null(), null(), null()];
            let shared = ByUnit { value: share.inside, status: Some(share.status), ..ByUnit::asked(asked) };
            values.extend(shared.values());
            values.extend([
                text(zone.id.as_str()),
                text(zone.version.as_str()),
                text(kind_word(zone.kind)),
                int(members.len()),
                int_or_null(share.unclear),
                int_or_null(share.total),
                share.percent.map_or(PropertyValue::Null, PropertyValue::Real),
                text(zone.source.as_str()),
            ]);
            values.extend(self.origin(set));
            rows.push(FeatureRow { id: format!("{}.{}", set.info.id, zone.id), geometry: Some(shape), bbox, values });
        }
        Ok(rows)
    }

    /// How much of a measure lies in a zone.
    pub(super) fn share(
        &self,
        zone: &Zone,
        set: &BoundarySet,
        (theme, measure): (&str, &str),
        asked: &Asked<'_>,
    ) -> Result<Share, AppError> {
        let slice = Slice {
            level: Level::Region,
            period: asked.period,
            source: asked.source,
            basis: asked.basis,
            now: self.snapshot.now(),
        };
        let sums = self.snapshot.zone_sums(set, (theme, measure), zone, &slice)?;
        let named = Share {
            zone: zone.id.clone(),
            title: asked.lang.pick(&zone.title_fr, &zone.title_en).clone(),
            version: zone.version.clone(),
            kind: zone.kind,
            status: "zero",
            inside: None,
            unclear: None,
            total: None,
            percent: None,
        };
        Ok(Share::new(named, sums))
    }

    /// The zone's outline: its units put together, once a set and snapshot.
    fn zone_shape(&self, zone: &Zone, set: &BoundarySet, members: &[(Level, usize)]) -> (Arc<str>, Bbox) {
        let key = (set.info.id.clone(), zone.id.clone());
        let mut known = self.zone_shapes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        known
            .entry(key)
            .or_insert_with(|| {
                let outline = outline(set, members);
                (geometry::multipolygon(&outline), Bbox::of(&outline))
            })
            .clone()
    }
}

/// Units dissolved into one outline.
fn outline(set: &BoundarySet, members: &[(Level, usize)]) -> MultiPolygon<f64> {
    crate::tiles::dissolved(members.iter().map(|(l, k)| &set.units(*l)[*k].shape))
}

fn kind_word(kind: ZoneKind) -> &'static str {
    match kind {
        ZoneKind::Definition => "definition",
        ZoneKind::AffectedArea => "affected_area",
        ZoneKind::Regions => "regions",
    }
}
