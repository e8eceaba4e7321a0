//! A measure's facts, ready to be added up at any level and over any period.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::coverage::{Coverage, Seen};
use super::{Cell, Table};
use crate::boundaries::BoundarySet;
use crate::domain::{Attr, Fact, Level, Measure, Month, Period, Reading, Theme};

/// Which reports are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Basis {
    /// Documented ones only.
    #[default]
    Documented,
    /// Documented and undocumented.
    All,
}

/// One fact's share of the measure.
#[derive(Debug, Clone, Copy)]
struct Row {
    month: Month,
    units: [Option<u32>; 3],
    source: u16,
    documented: bool,
    term: Option<u16>,
    /// None where the source did not give the number that the measure adds up: not known is not 0.
    amount: Option<u64>,
    /// Rows with the same number tell of the same event and are counted once.
    event: Option<u32>,
}

/// The facts of one measure on one boundary set.
#[derive(Debug, Clone)]
pub struct Cube {
    measure: Arc<str>,
    terms: Vec<Arc<str>>,
    sources: Vec<Arc<str>>,
    rows: Vec<Row>,
}

/// What a table is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Slice<'a> {
    /// Level of the units.
    pub level: Level,
    /// Period.
    pub period: Period,
    /// Source; figures of two are never added.
    pub source: &'a str,
    /// Basis.
    pub basis: Basis,
    /// The month in which the data stand: later ones have not elapsed.
    pub now: Month,
}

impl Cube {
    /// Adds up `measure` of `theme`. Facts located on another set are not this set's.
    pub fn build<'a>(
        set: &BoundarySet,
        theme: &Theme,
        measure: &Measure,
        facts: impl Iterator<Item = &'a Fact>,
    ) -> Self {
        let by = measure.by.as_deref();
        let terms: Vec<Arc<str>> = by
            .and_then(|column| theme.column(column)?.terms.as_deref())
            .map(|list| theme.terms(list).iter().map(|t| Arc::from(t.code.as_str())).collect())
            .unwrap_or_default();
        let mut sources: Vec<Arc<str>> = Vec::new();
        let mut events = BTreeMap::<(Arc<str>, Arc<str>), u32>::new();
        let mut rows = Vec::new();
        for fact in facts.filter(|f| f.place.set == set.info.id) {
            let Some(month) = fact.when.month() else { continue };
            let source = sources.iter().position(|s| *s == fact.source).unwrap_or_else(|| {
                sources.push(fact.source.clone());
                sources.len() - 1
            });
            let event = measure.distinct.as_deref().map(|column| {
                let key = fact.attr(column).and_then(Attr::text).map_or_else(|| fact.id.clone(), Arc::from);
                let next = u32::try_from(events.len()).unwrap_or(u32::MAX);
                *events.entry((fact.source.clone(), key)).or_insert(next)
            });
            let amount = match &measure.sum {
                Some(column) => fact.attr(column).and_then(Attr::int).and_then(|n| u64::try_from(n).ok()),
                None => Some(1),
            };
            let units = Level::ALL
                .map(|l| fact.place.unit(l).and_then(|p| set.position(l, p)).and_then(|k| u32::try_from(k).ok()));
            let term = by
                .and_then(|column| fact.attr(column)?.text())
                .and_then(|code| terms.iter().position(|t| **t == *code))
                .and_then(|k| u16::try_from(k).ok());
            rows.push(Row {
                month,
                units,
                source: u16::try_from(source).unwrap_or(u16::MAX),
                documented: fact.attr("basis").and_then(Attr::text).is_none_or(|b| b == "documented"),
                term,
                amount,
                event,
            });
        }
        Self { measure: measure.id.as_str().into(), terms, sources, rows }
    }

    /// Sources that have facts.
    pub fn sources(&self) -> &[Arc<str>] {
        &self.sources
    }

    /// First and last month with facts of a source.
    pub fn months(&self, source: &str) -> Option<(Month, Month)> {
        let source = self.source(source)?;
        let mut months = self.rows.iter().filter(|r| r.source == source).map(|r| r.month);
        let first = months.next()?;
        Some(months.fold((first, first), |(a, b), m| (a.min(m), b.max(m))))
    }

    fn source(&self, source: &str) -> Option<u16> {
        self.sources.iter().position(|s| **s == *source).and_then(|k| u16::try_from(k).ok())
    }

    fn rows_of(&self, slice: &Slice<'_>) -> impl Iterator<Item = &Row> {
        let source = self.source(slice.source);
        let (period, basis) = (slice.period, slice.basis);
        let mut seen = BTreeSet::new();
        self.rows.iter().filter(move |r| {
            Some(r.source) == source
                && period.contains(r.month)
                && (basis == Basis::All || r.documented)
                && r.event.is_none_or(|e| seen.insert(e))
        })
    }

    /// The measure at one level: every unit with its status, and what is known only above the level.
    ///
    /// Cells plus `non_located` make the same total at every level. An absence is never a zero: a unit without
    /// facts is zero only where it was covered and its report came.
    pub fn table(&self, set: &BoundarySet, coverage: &Coverage, slice: &Slice<'_>) -> Table {
        let units = set.units(slice.level).len();
        let width = self.terms.len();
        let mut sums = vec![0_u64; units];
        let mut by = vec![0_u64; units * width];
        // Per unit: has it a counted report, one without a number, one from a month in which it was covered?
        let (mut facts, mut unquantified, mut inside) = (vec![false; units], vec![false; units], vec![false; units]);
        let mut unquantified_total = 0;
        let mut seen_in = BTreeMap::<Month, Vec<Option<Seen>>>::new();
        let (mut non_located, mut non_located_by) = (0, vec![0; width]);
        let (mut total, mut total_by) = (0, vec![0; width]);
        for row in self.rows_of(slice) {
            let Some(amount) = row.amount else {
                unquantified_total += 1;
                if let Some(u) = row.units[slice.level.index()] {
                    unquantified[u as usize] = true;
                }
                continue;
            };
            total += amount;
            let term = row.term.map(usize::from);
            if let Some(t) = term {
                total_by[t] += amount;
            }
            if let Some(u) = row.units[slice.level.index()] {
                let u = u as usize;
                sums[u] += amount;
                facts[u] = true;
                let seen = seen_in.entry(row.month).or_insert_with(|| coverage.best(set, slice.level, row.month));
                inside[u] |= seen.get(u).copied().flatten() != Some(Seen::NotCovered);
                if let Some(t) = term {
                    by[u * width + t] += amount;
                }
            } else {
                non_located += amount;
                if let Some(t) = term {
                    non_located_by[t] += amount;
                }
            }
        }
        let elapsed = slice.period.first() <= slice.now;
        let cells = coverage
            .summary(set, slice.level, slice.period)
            .into_iter()
            .enumerate()
            .map(|(u, seen)| {
                let reading = match (sums[u], seen.best) {
                    (n, _) if n > 0 => Reading::Value(n),
                    // A report that counts nobody is still a report; one without a number is no zero.
                    (_, _) if unquantified[u] => Reading::Unknown,
                    (_, _) if facts[u] => Reading::Zero,
                    (_, Some(Seen::Reported)) => Reading::Zero,
                    (_, Some(Seen::NoReport)) => Reading::CoveredNoReport,
                    (_, Some(Seen::NotCovered)) => Reading::NotCovered,
                    (_, None) if elapsed => Reading::Unknown,
                    (_, None) => Reading::NotYetElapsed,
                };
                Cell {
                    reading,
                    outside_coverage: facts[u] && !inside[u],
                    by: if reading.number().is_some() { by[u * width..(u + 1) * width].to_vec() } else { Vec::new() },
                    units_covered: seen.units_covered,
                    units_total: seen.units_total,
                    months_covered: seen.months_covered,
                    months_total: slice.period.len(),
                }
            })
            .collect();
        Table {
            set: set.info.id.clone(),
            level: slice.level,
            period: slice.period,
            measure: self.measure.clone(),
            source: slice.source.into(),
            terms: self.terms.clone(),
            cells,
            non_located,
            non_located_by,
            total,
            total_by,
            unquantified: unquantified_total,
            units_covered: coverage.units_covered(slice.period),
            units_total: u32::try_from(set.units(set.finest()).len()).unwrap_or(u32::MAX),
        }
    }

    /// The measure inside a list of units of mixed levels: (inside, known too coarsely to tell, total).
    pub fn inside(&self, set: &BoundarySet, slice: &Slice<'_>, members: &[(Level, usize)]) -> (u64, u64, u64) {
        let chains: Vec<(Level, [Option<u32>; 3])> = members
            .iter()
            .map(|(level, k)| {
                let chain = set.chain(&set.units(*level)[*k]);
                let at = |l: Level| chain[l.index()].as_deref().and_then(|p| set.position(l, p));
                (*level, Level::ALL.map(|l| at(l).and_then(|k| u32::try_from(k).ok())))
            })
            .collect();
        let (mut inside, mut unclear, mut total) = (0, 0, 0);
        for row in self.rows_of(slice) {
            let Some(amount) = row.amount else { continue };
            total += amount;
            let is_member = |(level, chain): &(Level, [Option<u32>; 3])| {
                row.units[level.index()].is_some() && row.units[level.index()] == chain[level.index()]
            };
            // Not known as finely as the member, and nothing that is known speaks against it.
            let could_be = |(level, chain): &(Level, [Option<u32>; 3])| {
                let below = |l: &Level| l <= level;
                row.units[level.index()].is_none()
                    && Level::ALL
                        .iter()
                        .filter(|l| below(l))
                        .all(|l| row.units[l.index()].is_none() || row.units[l.index()] == chain[l.index()])
            };
            if chains.iter().any(is_member) {
                inside += amount;
            } else if chains.iter().any(could_be) {
                unclear += amount;
            }
        }
        (inside, unclear, total)
    }
}
