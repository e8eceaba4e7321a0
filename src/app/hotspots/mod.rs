//! Hotspots: where violence clusters, and whether it is more than chance. The statistics are in `stats`; here they meet
//! the data, the boundaries and plain language.

mod layer;
mod sentence;
mod study;

use serde_json::{Map, Value, json};

use super::layers::{Asked, theme_of};
use super::{AppError, LayerQuery, LayerSelection, Service};
use crate::boundaries::{BoundarySet, Unit};
use crate::domain::{GeometryKind, Lang, Level, Reading};
use crate::indicators::Cell;
use crate::stats::{Cluster, Hotspot, HotspotOptions, Hotspots, MonteCarlo, Reason, hotspots};

pub(in crate::app) use layer::FIELDS;
pub(super) use sentence::{Noun, reason};
pub(in crate::app) use study::Borders;
pub use study::Weights;
pub(super) use study::{Study, observed};

/// A question about hotspots.
#[derive(Debug, Clone)]
pub struct HotspotQuery {
    /// What is counted: `violations`, `incidents`, `alerts`.
    pub measure: String,
    /// Level of the units.
    pub level: Level,
    /// Who is whose neighbour.
    pub weights: Weights,
    /// False discovery rate, in 0..1 without the ends.
    pub alpha: f64,
    /// Period, sets, source, basis, language.
    pub layer: LayerQuery,
}

impl Default for HotspotQuery {
    /// Violations by commune, queen neighbours, 5 %.
    fn default() -> Self {
        Self {
            measure: "violations".into(),
            level: Level::Commune,
            weights: Weights::default(),
            alpha: HotspotOptions::default().alpha,
            layer: LayerQuery::default(),
        }
    }
}

/// The answer to one: what was found, by unit, and all that is needed to judge it.
#[derive(Debug, Clone)]
pub struct HotspotAnswer {
    /// The sentence that a report can print.
    pub sentence: String,
    /// Method, null, level, number of tests, neighbours, coverage.
    pub about: Map<String, Value>,
    /// The units as features.
    pub selection: LayerSelection,
}

/// What was computed.
struct Found<'a> {
    study: Study<'a>,
    spots: Hotspots,
    sentence: String,
}

/// A unit as the map of hotspots shows it.
#[derive(Debug, Clone)]
pub(in crate::app) struct MappedUnit {
    pub name: String,
    pub parent: String,
    pub reading: Reading,
    pub outside_coverage: bool,
    /// As in the layers: 1 not tested, 2 and 3 low, 4 not significant, 5 and 6 hot.
    pub class: Option<u8>,
    /// q, where the unit was tested.
    pub q: Option<f64>,
}

/// What the map of hotspots shows of a level.
pub(in crate::app) struct MappedHotspots {
    pub sentence: String,
    /// Finest units covered; none where nobody stated the coverage.
    pub units_covered: Option<u32>,
    /// The units of the one set, in its order.
    pub units: Vec<MappedUnit>,
}

impl Service {
    /// The default method on the violations of one set, for a map.
    pub(in crate::app) fn mapped_hotspots(&self, level: Level, query: &LayerQuery) -> Result<MappedHotspots, AppError> {
        let asked = self.asked(query, Some("incidents"))?;
        let question = HotspotQuery { level, layer: query.clone(), ..HotspotQuery::default() };
        let found = self.find_hotspots(("incidents", "violations"), &question, &asked)?;
        let unit = |((set, unit, cell), spot): ((&BoundarySet, &Unit, &Cell), &Result<Hotspot, Reason>)| {
            let parent = unit.parent.as_deref().and_then(|p| set.find(p));
            let tested = spot.as_ref().ok();
            MappedUnit {
                name: unit.name.to_string(),
                parent: parent.map(|p| p.name.to_string()).unwrap_or_default(),
                reading: cell.reading,
                outside_coverage: cell.outside_coverage,
                class: layer::class(tested, cell.reading.number().is_some()),
                q: tested.map(|h| h.q),
            }
        };
        let covered: Option<Vec<u32>> = found.study.units().map(|(_, _, cell)| cell.units_covered).collect();
        Ok(MappedHotspots {
            units_covered: covered.map(|of| of.iter().sum()),
            units: found.study.units().zip(&found.spots.units).map(unit).collect(),
            sentence: found.sentence,
        })
    }

    /// Answers a question by the default method: Gi*, exact conditional permutation p, false discovery rate.
    ///
    /// # Errors
    /// An unknown measure or set, α outside 0..1, units below region of real data where they may not be shown.
    pub fn hotspots(&self, query: &HotspotQuery) -> Result<HotspotAnswer, AppError> {
        let theme = theme_of(&query.measure)?;
        let asked = self.asked(&query.layer, Some(theme))?;
        let found = self.find_hotspots((theme, &query.measure), query, &asked)?;
        let sets = &found.study.sets;
        let tables = &found.study.tables;
        let selection = LayerSelection {
            fields: super::layers::unit_layer_fields(&FIELDS).into(),
            rows: self.hotspot_rows(&found, &asked)?,
            period: Some(asked.period),
            sets: sets.iter().map(|s| s.info.id.clone()).collect(),
            non_located: tables.iter().map(|t| t.non_located).sum(),
            total: tables.iter().map(|t| t.total).sum(),
            synthetic: self.snapshot.synthetic,
            schematic: sets.iter().any(|s| s.info.geometry == GeometryKind::Schematic),
            version: self.snapshot.version,
        };
        Ok(HotspotAnswer { about: about(&found, query, &asked), sentence: found.sentence, selection })
    }

    fn find_hotspots(
        &self,
        (theme, measure): (&str, &str),
        query: &HotspotQuery,
        asked: &Asked<'_>,
    ) -> Result<Found<'_>, AppError> {
        if !(query.alpha > 0.0 && query.alpha < 1.0) {
            return Err(AppError::BadRequest(format!("alpha « {} »: between 0 and 1, such as 0.05", query.alpha)));
        }
        let study = self.study((theme, measure), query.level, query.weights, &query.layer, asked)?;
        let options = HotspotOptions {
            alpha: query.alpha,
            sampling: MonteCarlo { threads: threads(), ..MonteCarlo::default() },
            ..HotspotOptions::default()
        };
        let spots = hotspots(&study.values, study.neighbours(), &options);
        let groups = groups(&spots, &study);
        let why = spots.units.iter().find_map(|u| u.as_ref().err().filter(|r| **r != Reason::NotCovered)).copied();
        let why = why.or_else(|| spots.units.first().and_then(|u| u.as_ref().err()).copied());
        let sentence = sentence::of_hotspots(&study, &spots.summary, groups, why, asked.lang);
        Ok(Found { study, spots, sentence })
    }
}

/// Neighbours of a unit that were observed; the others are outside its test.
fn observed_neighbours(study: &Study<'_>, unit: usize) -> usize {
    study.neighbours().of(unit).iter().filter(|n| study.values[**n as usize].is_some()).count()
}

/// Two at most: requests run side by side on the pool already.
pub(super) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(2)
}

/// Hot units that hang together, counted: « 12 communes form 2 hotspots ».
fn groups(spots: &Hotspots, study: &Study<'_>) -> usize {
    let hot = |k: usize| spots.units.get(k).is_some_and(|u| u.as_ref().is_ok_and(|u| u.cluster == Cluster::Hot));
    let mut seen = vec![false; spots.units.len()];
    let mut groups = 0;
    for start in (0..spots.units.len()).filter(|k| hot(*k)) {
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        groups += 1;
        let mut waiting = vec![start];
        while let Some(unit) = waiting.pop() {
            for next in study.neighbours().of(unit).iter().map(|n| *n as usize).filter(|n| hot(*n)) {
                if !std::mem::replace(&mut seen[next], true) {
                    waiting.push(next);
                }
            }
        }
    }
    groups
}

/// All that goes with every output: the null named, α, m, valid neighbours, coverage.
fn about(found: &Found<'_>, query: &HotspotQuery, asked: &Asked<'_>) -> Map<String, Value> {
    let (study, summary) = (&found.study, &found.spots.summary);
    let counts = study.neighbours().counts();
    let covered: Option<u32> = study.tables.iter().map(|t| t.units_covered).sum();
    let total: u32 = study.tables.iter().map(|t| t.units_total).sum();
    let value = json!({
        "method": "gi-star",
        "measure": query.measure,
        "level": query.level.number(),
        "period": asked.period.to_string(),
        "source": asked.source,
        "sentence": found.sentence,
        "weights": {
            "rule": query.weights.code(),
            "pairs_by_tolerance": study.borders.by_tolerance,
            "pairs_across_sets": study.borders.across,
            "islands": counts.islands,
            "neighbours_min": counts.min,
            "neighbours_mean": counts.mean,
            "neighbours_max": counts.max,
        },
        "null_z": crate::stats::LocalG::NULL.code(),
        "null_p": summary.null.map(crate::stats::Null::code),
        "alpha": summary.alpha,
        "correction": summary.correction.code(),
        "units": summary.units,
        "units_observed": summary.covered,
        "m": summary.tested,
        "hot": summary.hot,
        "cold": summary.cold,
        "not_tested": found.spots.not_tested(),
        "mean": summary.mean,
        "communes_covered": covered,
        "communes_total": total,
        "limits": limits(asked.lang),
    });
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// What the reader must know of any such result.
pub(super) fn limits(lang: Lang) -> &'static str {
    lang.pick(
        "Les rapports sont partiels ; un foyer dit où les rapports se concentrent parmi les unités suivies, non où la violence manque ailleurs.",
        "Reports are partial; a hotspot tells where reports cluster among the monitored units, not that there is no violence elsewhere.",
    )
}
