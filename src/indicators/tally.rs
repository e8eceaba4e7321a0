//! Rows become figures by unit: added up, counted unit by unit, or the last that was observed.

use std::collections::{BTreeMap, BTreeSet};

use super::Slice;
use super::coverage::{Coverage, Seen};
use super::cube::Row;
use crate::boundaries::BoundarySet;
use crate::domain::{Level, Month};

/// Figures of one level in the making; the lists are parallel to the set's units.
pub(super) struct Tally<'a> {
    set: &'a BoundarySet,
    slice: &'a Slice<'a>,
    width: usize,
    pub sums: Vec<u64>,
    /// By unit, then term.
    pub by: Vec<u64>,
    /// Has it a counted report?
    pub facts: Vec<bool>,
    /// Has it one without a number?
    pub unquantified: Vec<bool>,
    /// Has it a counted report from a month in which it was not known to be uncovered?
    pub inside: Vec<bool>,
    pub unquantified_total: u64,
    pub non_located: u64,
    pub non_located_by: Vec<u64>,
    pub total: u64,
    pub total_by: Vec<u64>,
    seen: BTreeMap<Month, Vec<Option<Seen>>>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(set: &'a BoundarySet, slice: &'a Slice<'a>, width: usize) -> Self {
        let units = set.units(slice.level).len();
        Self {
            set,
            slice,
            width,
            sums: vec![0; units],
            by: vec![0; units * width],
            facts: vec![false; units],
            unquantified: vec![false; units],
            inside: vec![false; units],
            unquantified_total: 0,
            non_located: 0,
            non_located_by: vec![0; width],
            total: 0,
            total_by: vec![0; width],
            seen: BTreeMap::new(),
        }
    }

    fn unit(&self, row: &Row) -> Option<usize> {
        row.units[self.slice.level.index()].map(|u| u as usize)
    }

    /// The row's number; where it has none its unit is marked, and the row is left out.
    fn amount(&mut self, row: &Row) -> Option<u64> {
        if row.amount.is_none() {
            self.unquantified_total += 1;
            if let Some(u) = self.unit(row) {
                self.unquantified[u] = true;
            }
        }
        row.amount
    }

    /// A counted report of a unit, and whether any month that it holds in was one of coverage, or of none stated.
    fn mark(&mut self, u: usize, row: &Row, coverage: &Coverage) {
        self.facts[u] = true;
        if self.inside[u] {
            return;
        }
        let (set, level, period) = (self.set, self.slice.level, self.slice.period);
        let last = row.last.unwrap_or(self.slice.now).min(period.last());
        let mut month = row.first.max(period.first());
        while month <= last && !self.inside[u] {
            let seen = self.seen.entry(month).or_insert_with(|| coverage.best(set, level, month));
            self.inside[u] = seen.get(u).copied().flatten() != Some(Seen::NotCovered);
            month = month.plus(1);
        }
    }

    /// Adds up: violations, alerts, blockades that held, people who moved.
    pub(super) fn add<'r>(&mut self, rows: impl Iterator<Item = &'r Row>, coverage: &Coverage) {
        for row in rows {
            let Some(amount) = self.amount(row) else { continue };
            let (unit, term) = (self.unit(row), row.term.map(usize::from));
            self.total += amount;
            if let Some(t) = term {
                self.total_by[t] += amount;
            }
            if let Some(u) = unit {
                self.sums[u] += amount;
                self.mark(u, row, coverage);
                if let Some(t) = term {
                    self.by[u * self.width + t] += amount;
                }
            } else {
                self.non_located += amount;
                if let Some(t) = term {
                    self.non_located_by[t] += amount;
                }
            }
        }
    }

    /// Counts distinct ones unit by unit: one that is in two units counts in both, and once in the total. Not located are
    /// those that no unit of the level holds.
    pub(super) fn present<'r>(&mut self, rows: impl Iterator<Item = &'r Row>, coverage: &Coverage) {
        // Once a unit and once a unit and term; the unit past the last is the whole set.
        let mut counted = BTreeSet::new();
        let mut somewhere = [BTreeSet::new(), BTreeSet::new()];
        let all = self.sums.len();
        for row in rows {
            let Some(event) = row.event else { continue };
            let unit = self.unit(row);
            somewhere[usize::from(unit.is_none())].insert((event, row.term));
            for u in unit.into_iter().chain([all]) {
                let (new, new_term) = (counted.insert((u, event, None)), counted.insert((u, event, Some(row.term))));
                let term = row.term.map(usize::from).filter(|_| new_term);
                if u == all {
                    self.total += u64::from(new);
                    if let Some(t) = term {
                        self.total_by[t] += 1;
                    }
                } else {
                    self.sums[u] += u64::from(new);
                    if let Some(t) = term {
                        self.by[u * self.width + t] += 1;
                    }
                }
            }
            if let Some(u) = unit {
                self.mark(u, row, coverage);
            }
        }
        let [located, above] = somewhere;
        let of = |set: &BTreeSet<(u32, Option<u16>)>| set.iter().map(|(e, _)| *e).collect::<BTreeSet<u32>>();
        self.non_located = of(&above).difference(&of(&located)).count() as u64;
        for t in above.difference(&located).filter_map(|(_, term)| *term) {
            self.non_located_by[usize::from(t)] += 1;
        }
    }

    /// Takes the last observation of each place. What is stated of a whole unit counts for what its parts do not tell, and
    /// where the parts make more than the whole, the parts stand: nothing is counted twice, and totals hold at every level.
    pub(super) fn observed<'r>(&mut self, rows: impl Iterator<Item = &'r Row>, coverage: &Coverage) {
        let mut last: BTreeMap<Option<u32>, &Row> = BTreeMap::new();
        for row in rows {
            let known = last.entry(row.event).or_insert(row);
            if row.first >= known.first {
                *known = row;
            }
        }
        let mut values: [Vec<Option<u64>>; 3] = Level::ALL.map(|l| vec![None; self.set.units(l).len()]);
        let mut nowhere = 0;
        for row in last.into_values() {
            let Some(amount) = self.amount(row) else { continue };
            let at = Level::ALL.into_iter().rev().find_map(|l| Some((l, row.units[l.index()]? as usize)));
            match at {
                Some((level, u)) => *values[level.index()][u].get_or_insert(0) += amount,
                None => nowhere += amount,
            }
            if let Some(u) = self.unit(row) {
                self.mark(u, row, coverage);
            }
        }
        for level in [Level::Commune, Level::Cercle] {
            let Some(above) = level.parent() else { continue };
            let mut parts: Vec<Option<u64>> = vec![None; self.set.units(above).len()];
            for (unit, value) in self.set.units(level).iter().zip(&values[level.index()]) {
                let parent = unit.parent.as_deref().and_then(|p| self.set.position(above, p));
                if let (Some(p), Some(n)) = (parent, value) {
                    *parts[p].get_or_insert(0) += n;
                }
            }
            for (whole, parts) in values[above.index()].iter_mut().zip(parts) {
                *whole = (*whole).max(parts);
            }
        }
        self.total = nowhere + values[0].iter().flatten().sum::<u64>();
        let level = self.slice.level.index();
        self.non_located = self.total - values[level].iter().flatten().sum::<u64>();
        self.sums = values[level].iter().map(|v| v.unwrap_or(0)).collect();
    }
}
