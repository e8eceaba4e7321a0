//! Layers of a measure by unit: violations, incidents, alerts.

use std::sync::Arc;

use super::fields::{BY_UNIT, FieldRow, ORIGIN, UNIT, fields, int, int_or_null, text, text_or_null};
use super::service::{Asked, Service};
use crate::app::{AppError, FeatureRow, FieldInfo, FieldKind, PropertyValue};
use crate::boundaries::{BoundarySet, Unit};
use crate::domain::{Level, Measure, Period, Theme};
use crate::indicators::{Cell, Slice, Table};

/// The layer's fields: the shared ones, then one a term of the breakdown (`category_a` … `category_f`).
pub(super) fn layer_fields(theme: &Theme, measure: &Measure) -> Vec<FieldInfo> {
    let mut out = fields(UNIT.iter().chain(&BY_UNIT));
    if let Some(by) = &measure.by {
        let list = theme.column(by).and_then(|c| c.terms.as_deref()).unwrap_or(by);
        out.extend(theme.terms(list).iter().map(|t| FieldInfo {
            name: format!("{by}_{}", t.code.to_lowercase()),
            kind: FieldKind::Integer,
            title_fr: t.fr.clone(),
            title_en: t.en.clone(),
        }));
    }
    out.extend(fields(&ORIGIN));
    out
}

/// What a unit says of itself, in the order of [`UNIT`].
fn unit_values(set: &BoundarySet, unit: &Unit) -> Vec<PropertyValue> {
    let parent = unit.level.parent().zip(unit.parent.as_deref()).and_then(|(l, p)| set.unit(l, p));
    vec![
        text(set.info.id.as_str()),
        text(unit.pcode.clone()),
        text(unit.name.clone()),
        int(unit.level.number()),
        text_or_null(unit.parent.as_deref()),
        text_or_null(parent.map(|p| &*p.name)),
    ]
}

impl Service {
    /// A measure's table on a set, as far as this snapshot tells it.
    pub(in crate::app) fn measure_table(
        &self,
        set: &BoundarySet,
        (theme, measure): (&str, &str),
        level: Level,
        asked: &Asked<'_>,
    ) -> Result<Table, AppError> {
        let slice =
            Slice { level, period: asked.period, source: asked.source, basis: asked.basis, now: self.snapshot.now() };
        self.snapshot.table(set, (theme, measure), &slice)
    }

    pub(super) fn measure_rows(
        &self,
        set: &BoundarySet,
        (theme_id, measure): (&str, &str),
        level: Level,
        asked: &Asked<'_>,
    ) -> Result<(Vec<FeatureRow>, Table), AppError> {
        let table = self.measure_table(set, (theme_id, measure), level, asked)?;
        let place = self.snapshot.place(&set.info.id)?;
        let populations = self.snapshot.populations(&set.info.id)?;
        let style = self.styles.for_year(&format!("{measure}-{}", level.plural()), asked.period.last().year());
        let shapes = place.shapes.level(set, level);
        let year = asked.period.last().year();
        let rows = set.units(level).iter().zip(&table.cells).zip(shapes).map(|((unit, cell), shape)| {
            let number = cell.reading.number();
            let class = number.and_then(|n| style.and_then(|s| s.class_of(n as f64)));
            let population = populations.of(set, level, &unit.pcode, year);
            let (rate_per_100k, rate_status) = rate(number, population);
            let shared = ByUnit {
                class,
                class_label: class.and_then(|c| style?.class(c)).map(|c| c.label(asked.lang)),
                population,
                rate_per_100k,
                rate_status: Some(rate_status),
                ..ByUnit::of(cell, asked)
            };
            let mut values = shared.values().to_vec();
            values.extend((0..table.terms.len()).map(|t| int_or_null(cell.by.get(t).copied())));
            self.unit_row(set, unit, shape, values)
        });
        let rows = rows.collect();
        Ok((rows, table))
    }

    /// Population of a unit in the period asked, where it is known.
    pub(in crate::app) fn population(&self, set: &BoundarySet, unit: &Unit, asked: &Asked<'_>) -> Option<u64> {
        let populations = self.snapshot.populations(&set.info.id).ok()?;
        populations.of(set, unit.level, &unit.pcode, asked.period.last().year())
    }

    /// A unit's feature: what it says of itself, the layer's own values, where it all comes from.
    pub(in crate::app) fn unit_row(
        &self,
        set: &BoundarySet,
        unit: &Unit,
        shape: &Arc<str>,
        own: Vec<PropertyValue>,
    ) -> FeatureRow {
        let mut values = unit_values(set, unit);
        values.extend(own);
        values.extend(self.origin(set));
        FeatureRow {
            id: format!("{}.{}", set.info.id, unit.pcode),
            geometry: Some(shape.clone()),
            bbox: unit.bbox,
            values,
        }
    }

    /// The two fields of [`ORIGIN`].
    pub(super) fn origin(&self, set: &BoundarySet) -> [PropertyValue; 2] {
        let schematic = set.info.geometry == crate::domain::GeometryKind::Schematic;
        [PropertyValue::Flag(self.snapshot.synthetic), PropertyValue::Flag(schematic)]
    }
}

/// Rate per 100,000 people and why there is none.
fn rate(number: Option<u64>, population: Option<u64>) -> (Option<f64>, &'static str) {
    match (number, population) {
        (Some(n), Some(p)) if p > 0 => {
            let rate = (n as f64) * 100_000.0 / (p as f64);
            (Some((rate * 100.0).round() / 100.0), "value")
        }
        (None, _) => (None, "no_value"),
        (_, _) => (None, "no_population"),
    }
}

/// What every layer by unit says of a unit, in the order of [`BY_UNIT`]. What means nothing on a layer stays none, and is
/// null on its features: every key on every feature.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::app) struct ByUnit<'a> {
    pub period: Option<Period>,
    pub source: Option<&'a str>,
    pub status: Option<&'a str>,
    pub value: Option<u64>,
    pub outside_coverage: Option<bool>,
    pub class: Option<u8>,
    pub class_label: Option<&'a str>,
    pub population: Option<u64>,
    pub rate_per_100k: Option<f64>,
    pub rate_status: Option<&'static str>,
    pub units_covered: Option<u32>,
    pub units_total: Option<u32>,
    pub months_covered: Option<u32>,
    pub months_total: Option<u32>,
    pub release: Option<&'static str>,
}

impl<'a> ByUnit<'a> {
    /// What a cell of a table says.
    pub(in crate::app) fn of(cell: &Cell, asked: &Asked<'a>) -> Self {
        Self {
            status: Some(cell.reading.word()),
            value: cell.reading.number(),
            outside_coverage: Some(cell.outside_coverage),
            units_covered: cell.units_covered,
            units_total: Some(cell.units_total),
            months_covered: cell.months_covered,
            ..Self::asked(asked)
        }
    }

    /// What follows from the question alone.
    pub(in crate::app) fn asked(asked: &Asked<'a>) -> Self {
        Self {
            period: Some(asked.period),
            source: Some(asked.source),
            months_total: Some(asked.period.len()),
            release: Some(asked.release),
            ..Self::default()
        }
    }

    /// The values, one a field of [`BY_UNIT`].
    pub(in crate::app) fn values(&self) -> [PropertyValue; 15] {
        [
            self.period.map_or(PropertyValue::Null, |p| text(p.to_string())),
            text_or_null(self.source),
            text_or_null(self.status),
            int_or_null(self.value),
            self.outside_coverage.map_or(PropertyValue::Null, PropertyValue::Flag),
            int_or_null(self.class),
            text_or_null(self.class_label),
            int_or_null(self.population),
            self.rate_per_100k.map_or(PropertyValue::Null, PropertyValue::Real),
            text_or_null(self.rate_status),
            int_or_null(self.units_covered),
            int_or_null(self.units_total),
            int_or_null(self.months_covered),
            int_or_null(self.months_total),
            text_or_null(self.release),
        ]
    }
}

/// Fields of a layer by unit: the shared ones, the layer's own, where it all comes from.
pub(in crate::app) fn unit_layer_fields(own: &[FieldRow]) -> Vec<FieldInfo> {
    fields(UNIT.iter().chain(&BY_UNIT).chain(own).chain(&ORIGIN))
}
