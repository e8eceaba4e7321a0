//! Populations by unit: the denominators, where they exist.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::boundaries::BoundarySet;
use crate::domain::{Fact, Level, When};

/// Population of a set's units: the latest year not after the one asked for, else the earliest.
///
/// Denominators of two sources are never mixed: where several give populations of the set, the one that knows the
/// most units and years is used (the first by name where two know as many).
#[derive(Debug, Clone, Default)]
pub struct Populations {
    by_unit: BTreeMap<(Level, Arc<str>), BTreeMap<i16, u64>>,
}

impl Populations {
    /// From the facts of the theme `population` that are of this set.
    pub fn build<'a>(set: &BoundarySet, facts: impl Iterator<Item = &'a Fact>) -> Self {
        let mut sources: BTreeMap<Arc<str>, BTreeMap<_, BTreeMap<i16, u64>>> = BTreeMap::new();
        for fact in facts.filter(|f| f.place.set == set.info.id) {
            let (Some(level), When::Year(year)) = (fact.place.located(), fact.when) else { continue };
            let count = fact.attr("population").and_then(crate::domain::Attr::int).and_then(|n| u64::try_from(n).ok());
            if let Some((unit, n)) = fact.place.unit(level).zip(count) {
                let by_unit = sources.entry(fact.source.clone()).or_default();
                by_unit.entry((level, unit.clone())).or_default().insert(year, n);
            }
        }
        let known = |units: &BTreeMap<_, BTreeMap<i16, u64>>| units.values().map(BTreeMap::len).sum::<usize>();
        let mut best = BTreeMap::new();
        for units in sources.into_values() {
            if known(&units) > known(&best) {
                best = units;
            }
        }
        Self { by_unit: best }
    }

    /// Population of a unit; that of its parts added up only where every part has one. 0 counts as unknown.
    pub fn of(&self, set: &BoundarySet, level: Level, pcode: &str, year: i16) -> Option<u64> {
        if let Some(years) = self.by_unit.get(&(level, Arc::from(pcode))) {
            let found = years.range(..=year).next_back().or_else(|| years.first_key_value());
            return found.map(|(_, n)| *n).filter(|n| *n > 0);
        }
        let below = Level::ALL.into_iter().find(|l| l.parent() == Some(level))?;
        let mut parts = set.units(below).iter().filter(|u| u.parent.as_deref() == Some(pcode)).peekable();
        parts.peek()?;
        parts.map(|u| self.of(set, below, &u.pcode, year)).sum()
    }
}
