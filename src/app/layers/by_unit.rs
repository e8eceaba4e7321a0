//! Layers of a measure by unit: violations, incidents, alerts.

use std::sync::Arc;

use super::fields::{BY_UNIT, FieldRow, ORIGIN, UNIT, fields, int, int_or_null, text, text_or_null};
use super::service::{Asked, Service};
use crate::app::{AppError, FeatureRow, FieldInfo, FieldKind, PropertyValue};
use crate::boundaries::{BoundarySet, Unit};
use crate::domain::{Level, Measure, Reading, Theme};
use crate::indicators::{Cell, Slice, Table};

/// Counts below this are hidden below region until roles exist (`contract.md`); k of the suppression to come.
const SMALL_COUNT: u64 = 5;

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
    /// A measure's table on a set, small counts hidden where the asker may not see them.
    pub(in crate::app) fn measure_table(
        &self,
        set: &BoundarySet,
        (theme, measure): (&str, &str),
        level: Level,
        asked: &Asked<'_>,
    ) -> Result<Table, AppError> {
        let id = &set.info.id;
        let stream = self.theme_measure(theme, measure)?.1.stream.clone();
        let coverage = self.snapshot.coverage(id, &stream, asked.source)?;
        let slice =
            Slice { level, period: asked.period, source: asked.source, basis: asked.basis, now: self.snapshot.now() };
        let mut table = self.snapshot.cube(id, theme, measure)?.table(set, &coverage, &slice);
        if !asked.open && level > Level::Region {
            for cell in &mut table.cells {
                cell.by.clear();
                if matches!(cell.reading, Reading::Value(n) if n < SMALL_COUNT) {
                    cell.reading = Reading::Suppressed;
                }
            }
        }
        Ok(table)
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
            let mut values = Vec::new();
            let number = cell.reading.number();
            let class = number.and_then(|n| style.and_then(|s| s.class_of(n as f64)));
            let population = populations.of(set, level, &unit.pcode, year);
            values.extend([
                text(asked.period.to_string()),
                text(asked.source),
                text(cell.reading.word()),
                int_or_null(number),
                PropertyValue::Flag(cell.outside_coverage),
                class.map_or(PropertyValue::Null, int),
                text_or_null(class.and_then(|c| style?.class(c)).map(|c| c.label(asked.lang))),
                int_or_null(population),
            ]);
            values.extend(rate(number, population));
            values.extend(covered(cell));
            values.push(text("draft"));
            values.extend((0..table.terms.len()).map(|t| int_or_null(cell.by.get(t).copied())));
            self.unit_row(set, unit, shape, values)
        });
        let rows = rows.collect();
        Ok((rows, table))
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
fn rate(number: Option<u64>, population: Option<u64>) -> [PropertyValue; 2] {
    match (number, population) {
        (Some(n), Some(p)) if p > 0 => {
            let rate = (n as f64) * 100_000.0 / (p as f64);
            [PropertyValue::Real((rate * 100.0).round() / 100.0), text("value")]
        }
        (None, _) => [PropertyValue::Null, text("no_value")],
        (_, _) => [PropertyValue::Null, text("no_population")],
    }
}

/// The four coverage fields.
fn covered(cell: &Cell) -> [PropertyValue; 4] {
    [int_or_null(cell.units_covered), int(cell.units_total), int_or_null(cell.months_covered), int(cell.months_total)]
}

/// Fields of layers by unit that show no measure: the shared ones and the layer's own.
pub(in crate::app) fn unit_layer_fields(own: &[FieldRow]) -> Vec<FieldInfo> {
    fields(UNIT.iter().chain(own).chain(&ORIGIN))
}
