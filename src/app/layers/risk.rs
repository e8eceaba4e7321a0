//! The protection risk index: by commune a score and level, by cercle the communes at each level.

use std::collections::BTreeMap;

use super::by_unit::ByUnit;
use super::fields::{FieldRow, int, int_or_null, text, text_or_null};
use super::service::{Asked, Service};
use crate::app::{AppError, FeatureRow, FieldKind, PropertyValue};
use crate::boundaries::BoundarySet;
use crate::domain::{Attr, Level, Month, Reading};
use crate::indicators::{CoverageOf, Seen};

use FieldKind::{Integer, String as Text};

/// Own fields of `risk-communes`; `value` is the score, `class` the level.
pub(super) const COMMUNES: [FieldRow; 4] = [
    ("risk_score", Integer, "Score de l’indice", "Score of the index"),
    ("risk_level", Integer, "Niveau de risque", "Risk level"),
    ("risk_month", Text, "Mois du score", "Month of the score"),
    ("risk_text", Text, "Texte du niveau", "Text of the level"),
];

/// Own fields of `risk-cercles`; `value` is the number of communes with a score, `class` the worst level that two reach.
pub(super) const CERCLES: [FieldRow; 4] = [
    ("level_1", Integer, "Communes au niveau 1 (stable)", "Communes at level 1 (stable)"),
    ("level_2", Integer, "Communes au niveau 2 (modérée)", "Communes at level 2 (moderate)"),
    ("level_3", Integer, "Communes au niveau 3 (sérieuse)", "Communes at level 3 (serious)"),
    ("level_4", Integer, "Communes au niveau 4 (critique)", "Communes at level 4 (critical)"),
];

impl Service {
    /// The latest score of the period for each unit of the level the index is collected at.
    pub(in crate::app) fn latest_scores(
        &self,
        set: &BoundarySet,
        level: Level,
        asked: &Asked<'_>,
    ) -> Vec<Option<(Month, i64)>> {
        let mut latest: BTreeMap<usize, (Month, i64)> = BTreeMap::new();
        for fact in self.snapshot.facts("risk") {
            let here = fact.place.set == set.info.id && *fact.source == *asked.source;
            let month = fact.when.month().filter(|m| here && asked.period.contains(*m));
            let unit = fact.place.unit(level).and_then(|p| set.position(level, p));
            let score = fact.attr("score").and_then(Attr::int);
            let (Some(month), Some(unit), Some(score)) = (month, unit, score) else { continue };
            let best = latest.entry(unit).or_insert((month, score));
            if month >= best.0 {
                *best = (month, score);
            }
        }
        (0..set.units(level).len()).map(|k| latest.get(&k).copied()).collect()
    }

    /// Which absence a unit without a score is.
    pub(in crate::app) fn absence(&self, seen: &CoverageOf, asked: &Asked<'_>) -> Reading {
        match seen.best {
            // A report without a score is no score: never a zero.
            Some(Seen::Reported | Seen::NoReport) => Reading::CoveredNoReport,
            Some(Seen::NotCovered) => Reading::NotCovered,
            None if asked.period.first() > self.snapshot.now() => Reading::NotYetElapsed,
            None => Reading::Unknown,
        }
    }

    pub(super) fn risk_commune_rows(&self, set: &BoundarySet, asked: &Asked<'_>) -> Result<Vec<FeatureRow>, AppError> {
        let level = Level::Commune;
        let theme = self.snapshot.theme("risk")?;
        let coverage = self.snapshot.coverage(&set.info.id, "index", asked.source)?;
        let seen = coverage.summary(set, level, asked.period);
        let shapes = self.snapshot.place(&set.info.id)?.shapes.level(set, level);
        let scored = !self.snapshot.only_classes("risk");
        let scores = self.latest_scores(set, level, asked);
        let rows = set.units(level).iter().zip(shapes).zip(scores.into_iter().zip(&seen)).map(
            |((unit, shape), (score, seen))| {
                let threshold = score.and_then(|(_, s)| theme.threshold(s));
                let word = if score.is_some() { "value" } else { self.absence(seen, asked).word() };
                let shared = ByUnit {
                    status: Some(word),
                    // Where only levels are told there is no score to tell.
                    value: score.filter(|_| scored).and_then(|(_, s)| u64::try_from(s).ok()),
                    outside_coverage: Some(score.is_some() && seen.best == Some(Seen::NotCovered)),
                    class: threshold.map(|t| t.level),
                    class_label: threshold.map(|t| asked.lang.pick(t.fr.as_str(), t.en.as_str())),
                    population: self.population(set, unit, asked),
                    units_covered: seen.units_covered,
                    units_total: Some(seen.units_total),
                    months_covered: seen.months_covered,
                    ..ByUnit::asked(asked)
                };
                let mut values = shared.values().to_vec();
                let level_text = threshold.map(|t| asked.lang.pick(t.text_fr.as_str(), t.text_en.as_str()));
                values.extend([
                    int_or_null(score.filter(|_| scored).map(|(_, s)| s)),
                    int_or_null(threshold.map(|t| t.level)),
                    score.map_or(PropertyValue::Null, |(m, _)| text(m.to_string())),
                    text_or_null(level_text.filter(|t| !t.is_empty())),
                ]);
                self.unit_row(set, unit, shape, values)
            },
        );
        Ok(rows.collect())
    }

    pub(super) fn risk_cercle_rows(&self, set: &BoundarySet, asked: &Asked<'_>) -> Result<Vec<FeatureRow>, AppError> {
        let level = Level::Cercle;
        let theme = self.snapshot.theme("risk")?;
        let coverage = self.snapshot.coverage(&set.info.id, "index", asked.source)?;
        let seen = coverage.summary(set, level, asked.period);
        let shapes = self.snapshot.place(&set.info.id)?.shapes.level(set, level);
        let mut counts = vec![[0_u64; 4]; set.units(level).len()];
        let scores = self.latest_scores(set, Level::Commune, asked);
        for (commune, score) in set.units(Level::Commune).iter().zip(scores) {
            let cercle = commune.parent.as_deref().and_then(|p| set.position(level, p));
            let threshold = score.and_then(|(_, s)| theme.threshold(s)).map(|t| usize::from(t.level));
            if let (Some(k), Some(l @ 1..=4)) = (cercle, threshold) {
                counts[k][l - 1] += 1;
            }
        }
        let label = |l: u8| {
            let class = theme.thresholds.iter().find(|t| t.level == l)?;
            Some(asked.lang.pick(class.fr.as_str(), class.en.as_str()))
        };
        let rows =
            set.units(level).iter().zip(shapes).zip(counts.iter().zip(&seen)).map(|((unit, shape), (counts, seen))| {
                let n: u64 = counts.iter().sum();
                let class = worst_level(counts);
                let shared = ByUnit {
                    status: Some(if n > 0 { "value" } else { self.absence(seen, asked).word() }),
                    value: (n > 0).then_some(n),
                    outside_coverage: Some(n > 0 && seen.best == Some(Seen::NotCovered)),
                    class,
                    class_label: class.and_then(label),
                    population: self.population(set, unit, asked),
                    units_covered: seen.units_covered,
                    units_total: Some(seen.units_total),
                    months_covered: seen.months_covered,
                    ..ByUnit::asked(asked)
                };
                let mut values = shared.values().to_vec();
                values.extend(counts.map(|c| if n > 0 { int(c) } else { PropertyValue::Null }));
                self.unit_row(set, unit, shape, values)
            });
        Ok(rows.collect())
    }
}

/// The worst level that at least two communes reach (counting those above it); where one was examined, its level.
fn worst_level(counts: &[u64; 4]) -> Option<u8> {
    let total: u64 = counts.iter().sum();
    let needed = total.min(2);
    if needed == 0 {
        return None;
    }
    let mut reached = 0;
    (1_u8..=4).rev().find(|l| {
        reached += counts[usize::from(*l) - 1];
        reached >= needed
    })
}

#[cfg(test)]
mod tests {
    use super::worst_level;

    #[test]
    fn one_critical_commune_among_many_does_not_colour_the_cercle_but_two_do() {
        assert_eq!(worst_level(&[3, 2, 0, 1]), Some(2));
        assert_eq!(worst_level(&[3, 2, 0, 2]), Some(4));
        assert_eq!(worst_level(&[3, 2, 1, 1]), Some(3));
        assert_eq!(worst_level(&[0, 0, 1, 0]), Some(3));
        assert_eq!(worst_level(&[0, 0, 0, 0]), None);
    }
}
