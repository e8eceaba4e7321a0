//! Who was monitored when: what tells an absence from a zero.

use std::collections::BTreeMap;

use crate::boundaries::BoundarySet;
use crate::domain::{Fact, Level, Month, Period};

/// What the coverage of one finest unit in one month says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// Not covered.
    NotCovered,
    /// Covered, no report came.
    NoReport,
    /// Covered, the report came.
    Reported,
}

/// Coverage of a set's finest units by one source in one stream.
///
/// A statement about a cercle or region holds for all its communes, unless one says otherwise of the commune itself.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    months: BTreeMap<Month, Vec<Option<Seen>>>,
    finest: Vec<[usize; 3]>,
    level: Option<Level>,
}

impl Coverage {
    /// From the facts of the theme `coverage` (columns `stream`, `covered`, `report_received`).
    pub fn build<'a>(set: &BoundarySet, stream: &str, source: &str, facts: impl Iterator<Item = &'a Fact>) -> Self {
        let said = |fact: &Fact| {
            if fact.attr("stream").and_then(|a| a.text()) != Some(stream) {
                return None;
            }
            let flag = |c: &str| fact.attr(c).and_then(crate::domain::Attr::flag);
            match (flag("covered"), flag("report_received")) {
                (Some(false), _) => Some(Seen::NotCovered),
                (Some(true), Some(true)) => Some(Seen::Reported),
                (Some(true), _) => Some(Seen::NoReport),
                (None, _) => None,
            }
        };
        Self::stated(set, source, facts, said)
    }

    /// Adds what facts imply: a unit of which there is a questionnaire was covered in its month, and its report came,
    /// unless the coverage says otherwise of it.
    #[must_use]
    pub fn with_implied<'a>(mut self, set: &BoundarySet, source: &str, facts: impl Iterator<Item = &'a Fact>) -> Self {
        for (month, implied) in Self::stated(set, source, facts, |_| Some(Seen::Reported)).months {
            let units = self.months.entry(month).or_insert_with(|| vec![None; implied.len()]);
            for (stated, implied) in units.iter_mut().zip(implied) {
                *stated = stated.or(implied);
            }
        }
        self
    }

    /// What the facts of a source say of the finest units, month by month.
    fn stated<'a>(
        set: &BoundarySet,
        source: &str,
        facts: impl Iterator<Item = &'a Fact>,
        said: impl Fn(&Fact) -> Option<Seen>,
    ) -> Self {
        let level = set.finest();
        let finest = finest_chains(set);
        let mut stated: BTreeMap<Month, Vec<(Level, usize, Seen)>> = BTreeMap::new();
        for fact in facts.filter(|f| f.place.set == set.info.id && *f.source == *source) {
            let Some((month, at)) = fact.when.month().zip(fact.place.located()) else { continue };
            let Some(seen) = said(fact) else { continue };
            let Some(k) = fact.place.unit(at).and_then(|p| set.position(at, p)) else { continue };
            stated.entry(month).or_default().push((at, k, seen));
        }
        let months = stated
            .into_iter()
            .map(|(month, mut rows)| {
                // Coarse statements first, so that the finer ones overrule them.
                rows.sort_by_key(|(at, k, _)| (*at, *k));
                let mut units = vec![None; finest.len()];
                for (at, k, seen) in rows {
                    if at == level {
                        units[k] = Some(seen);
                    } else {
                        for (u, chain) in finest.iter().enumerate() {
                            if chain[at.index()] == k {
                                units[u] = Some(seen);
                            }
                        }
                    }
                }
                (month, units)
            })
            .collect();
        Self { months, finest, level: Some(level) }
    }

    /// For each unit of a level: its best reading, finest units covered and in all, months covered.
    pub fn summary(&self, set: &BoundarySet, level: Level, period: Period) -> Vec<CoverageOf> {
        let mut out = vec![CoverageOf::default(); set.units(level).len()];
        let at = |chain: &[usize; 3]| chain[level.index()];
        for chain in &self.finest {
            if let Some(o) = out.get_mut(at(chain)) {
                o.units_total += 1;
            }
        }
        let mut ever = vec![false; self.finest.len()];
        for month in period.months() {
            let Some(units) = self.months.get(&month) else { continue };
            let mut this_month = vec![false; out.len()];
            for (u, seen) in units.iter().enumerate() {
                let Some(seen) = *seen else { continue };
                let k = at(&self.finest[u]);
                let Some(o) = out.get_mut(k) else { continue };
                o.best = o.best.max(Some(seen));
                let covered = seen != Seen::NotCovered;
                this_month[k] |= covered;
                *o.units_covered.get_or_insert(0) += u32::from(covered && !ever[u]);
                ever[u] |= covered;
            }
            for (o, covered) in out.iter_mut().zip(this_month).filter(|(o, _)| o.best.is_some()) {
                *o.months_covered.get_or_insert(0) += u32::from(covered);
            }
        }
        out
    }

    /// The best that is said of each unit of a level in one month.
    pub fn best(&self, set: &BoundarySet, level: Level, month: Month) -> Vec<Option<Seen>> {
        let mut out = vec![None; set.units(level).len()];
        for (seen, chain) in self.months.get(&month).into_iter().flatten().zip(&self.finest) {
            if let Some(best) = out.get_mut(chain[level.index()]) {
                *best = (*best).max(*seen);
            }
        }
        out
    }

    /// Finest units covered in at least one month of the period; none where nobody stated any coverage in it.
    pub fn units_covered(&self, period: Period) -> Option<u32> {
        let mut ever = vec![false; self.finest.len()];
        self.months.range(period.first()..=period.last()).next()?;
        for (_, units) in self.months.range(period.first()..=period.last()) {
            for (e, seen) in ever.iter_mut().zip(units) {
                *e |= seen.is_some_and(|s| s != Seen::NotCovered);
            }
        }
        u32::try_from(ever.iter().filter(|e| **e).count()).ok()
    }

    /// The finest level, that coverage is known at.
    pub fn level(&self) -> Option<Level> {
        self.level
    }

    /// First and last month with any statement.
    pub fn months(&self) -> Option<(Month, Month)> {
        self.months.first_key_value().zip(self.months.last_key_value()).map(|(a, b)| (*a.0, *b.0))
    }
}

/// Coverage of one unit over a period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CoverageOf {
    /// The best that is said of any of its finest units in any month; none where nothing is said.
    pub best: Option<Seen>,
    /// Finest units covered in at least one month; none where nothing is said.
    pub units_covered: Option<u32>,
    /// Finest units in all.
    pub units_total: u32,
    /// Months in which any was covered; none where nothing is said.
    pub months_covered: Option<u32>,
}

/// For each finest unit the positions of the units it lies in, by level (its own at the finest level).
fn finest_chains(set: &BoundarySet) -> Vec<[usize; 3]> {
    set.units(set.finest())
        .iter()
        .map(|unit| {
            let chain = set.chain(unit);
            Level::ALL.map(|l| chain[l.index()].as_deref().and_then(|p| set.position(l, p)).unwrap_or(usize::MAX))
        })
        .collect()
}
