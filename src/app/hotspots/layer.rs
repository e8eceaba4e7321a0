//! Hotspots as features: the layers `hotspots-cercles` and `hotspots-communes`, and what `/hotspots` answers.

use std::sync::Arc;

use super::{Found, HotspotQuery, observed_neighbours};
use crate::app::layers::{Asked, ByUnit, FieldRow, int, text_or_null};
use crate::app::{AppError, FeatureRow, FieldKind, LayerQuery, PropertyValue, Service};
use crate::boundaries::BoundarySet;
use crate::domain::Level;
use crate::stats::{Cluster, Hotspot};

use FieldKind::{Boolean, Integer, Number, String as Text};

/// Own fields of the hotspot layers.
pub(in crate::app) const FIELDS: [FieldRow; 10] = [
    ("tested", Boolean, "Testée", "Tested"),
    ("reason", Text, "Pourquoi non testée", "Why not tested"),
    ("z", Number, "z de Gi*", "z of Gi*"),
    ("p", Number, "p bilatérale", "Two-sided p"),
    ("mid_p", Number, "mid-p bilatérale", "Two-sided mid-p"),
    ("q", Number, "q (p corrigée des tests multiples)", "q (p corrected for multiple tests)"),
    ("cluster", Text, "Foyer : hot, cold ou none", "Cluster: hot, cold or none"),
    ("quadrant", Text, "Quadrant du Moran local", "Quadrant of the local Moran"),
    ("neighbours_observed", Integer, "Voisines observées", "Observed neighbours"),
    ("neighbours_total", Integer, "Voisines en tout", "Neighbours in all"),
];

/// Below this q a cluster is drawn in the stronger colour; it changes no result.
const STRONG: f64 = 0.01;

/// 1 a number that could not be tested (outside coverage, or no neighbour observed), 2 and 3 cold (q ≤ 1 %, ≤ α), 4 not significant, 5 and 6 hot (q ≤ α, ≤ 1 %); none where there is no
/// number to test, which its status draws.
pub(super) fn class(tested: Option<&Hotspot>, has_number: bool) -> Option<u8> {
    match (tested, has_number) {
        (Some(h), _) => Some(match h.cluster {
            Cluster::Cold if h.q <= STRONG => 2,
            Cluster::Cold => 3,
            Cluster::None => 4,
            Cluster::Hot if h.q <= STRONG => 6,
            Cluster::Hot => 5,
        }),
        (None, true) => Some(1),
        (None, false) => None,
    }
}

impl Service {
    /// The rows of a hotspot layer: the default method on the violations.
    pub(in crate::app) fn hotspot_layer_rows(
        &self,
        level: Level,
        query: &LayerQuery,
        asked: &Asked<'_>,
    ) -> Result<Vec<FeatureRow>, AppError> {
        let question = HotspotQuery { level, layer: query.clone(), ..HotspotQuery::default() };
        let found = self.find_hotspots(("incidents", "violations"), &question, asked)?;
        self.hotspot_rows(&found, asked)
    }

    pub(super) fn hotspot_rows(&self, found: &Found<'_>, asked: &Asked<'_>) -> Result<Vec<FeatureRow>, AppError> {
        let level = found.study.level;
        let style = self.styles.for_year(&format!("hotspots-{}", level.plural()), asked.period.last().year());
        let mut shapes: Vec<&Arc<str>> = Vec::new();
        for set in &found.study.sets {
            shapes.extend(self.snapshot.place(&set.info.id)?.shapes.level(set, level));
        }
        let rows = found.study.units().zip(&found.spots.units).zip(shapes).enumerate();
        Ok(rows
            .map(|(k, (((set, unit, cell), spot), shape))| {
                let set: &BoundarySet = set;
                let tested = spot.as_ref().ok();
                let class = class(tested, cell.reading.number().is_some());
                let number = |x: Option<f64>| x.map_or(PropertyValue::Null, PropertyValue::Real);
                let quadrant = tested.and_then(|h| h.lisa.ok()).map(|l| l.quadrant.code());
                let shared = ByUnit {
                    class,
                    class_label: class.and_then(|c| style?.class(c)).map(|c| c.label(asked.lang)),
                    population: self.population(set, unit, asked),
                    ..ByUnit::of(cell, asked)
                };
                let mut own = shared.values().to_vec();
                own.extend([
                    PropertyValue::Flag(tested.is_some()),
                    text_or_null(spot.as_ref().err().map(|r| r.code())),
                    number(tested.map(|h| h.z)),
                    number(tested.map(|h| h.p)),
                    number(tested.map(|h| h.mid_p)),
                    number(tested.map(|h| h.q)),
                    text_or_null(tested.map(|h| h.cluster.code())),
                    text_or_null(quadrant),
                    int(observed_neighbours(&found.study, k)),
                    int(found.study.neighbours().count(k)),
                ]);
                self.unit_row(set, unit, shape, own)
            })
            .collect())
    }
}
