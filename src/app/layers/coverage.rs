//! The layer of the monitoring's coverage: which communes, which stream, how many months.

use super::by_unit::ByUnit;
use super::fields::{FieldRow, int_or_null, text};
use super::service::{Asked, Service};
use crate::app::{AppError, FeatureRow, FieldKind};
use crate::boundaries::BoundarySet;
use crate::domain::{Level, Reading};
use crate::indicators::{CoverageOf, Seen};

use FieldKind::{Integer, String as Text};

/// Own fields of `coverage-communes`.
pub(super) const FIELDS: [FieldRow; 3] = [
    ("incidents_status", Text, "Flux incidents", "Incidents stream"),
    ("index_status", Text, "Flux indice de risque", "Risk index stream"),
    ("index_months_covered", Integer, "Mois couverts (flux indice)", "Months covered (index stream)"),
];

/// 1 index only, 2 incidents only, 3 both streams.
pub(in crate::app) fn class(incidents: &CoverageOf, index: &CoverageOf) -> Option<u8> {
    match (incidents.months_covered > Some(0), index.months_covered > Some(0)) {
        (true, true) => Some(3),
        (true, false) => Some(2),
        (false, true) => Some(1),
        (false, false) => None,
    }
}

impl Service {
    pub(super) fn coverage_rows(&self, set: &BoundarySet, asked: &Asked<'_>) -> Result<Vec<FeatureRow>, AppError> {
        let level = Level::Commune;
        let of = |stream| -> Result<Vec<CoverageOf>, AppError> {
            Ok(self.snapshot.coverage(&set.info.id, stream, asked.source)?.summary(set, level, asked.period))
        };
        let (incidents, index) = (of("incidents")?, of("index")?);
        let shapes = self.snapshot.place(&set.info.id)?.shapes.level(set, level);
        let style = self.styles.for_year("coverage-communes", asked.period.last().year());
        let elapsed = asked.period.first() <= self.snapshot.now();
        let stream_status = |c: &CoverageOf| match c.best {
            Some(Seen::Reported) => "reported",
            Some(Seen::NoReport) => Reading::CoveredNoReport.word(),
            Some(Seen::NotCovered) => Reading::NotCovered.word(),
            None if elapsed => Reading::Unknown.word(),
            None => Reading::NotYetElapsed.word(),
        };
        let rows = set.units(level).iter().zip(shapes).zip(incidents.iter().zip(&index)).map(
            |((unit, shape), (incidents, index))| {
                let class = class(incidents, index);
                let any = incidents.best.max(index.best);
                let status = match any {
                    Some(Seen::Reported | Seen::NoReport) => "value",
                    Some(Seen::NotCovered) => Reading::NotCovered.word(),
                    None => stream_status(incidents),
                };
                let shared = ByUnit {
                    status: Some(status),
                    // Months of coverage; who was never covered has no number here, and 0 in `months_covered`.
                    value: incidents.months_covered.map(u64::from).filter(|_| status == "value"),
                    // Coverage itself cannot lie outside coverage; the field is there because layers by unit share it.
                    outside_coverage: Some(false),
                    class,
                    class_label: class.and_then(|c| style?.class(c)).map(|c| c.label(asked.lang)),
                    population: self.population(set, unit, asked),
                    units_covered: incidents.units_covered,
                    units_total: Some(incidents.units_total),
                    months_covered: incidents.months_covered,
                    ..ByUnit::asked(asked)
                };
                let mut values = shared.values().to_vec();
                values.extend([
                    text(stream_status(incidents)),
                    text(stream_status(index)),
                    int_or_null(index.months_covered),
                ]);
                self.unit_row(set, unit, shape, values)
            },
        );
        Ok(rows.collect())
    }
}
