//! A measure's facts, ready to be added up at any level and over any period.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::coverage::{Coverage, Seen};
use super::tally::Tally;
use super::{Cell, Table};
use crate::boundaries::BoundarySet;
use crate::domain::{Attr, Fact, FactKind, Level, Measure, Month, Period, Reading, SetId, Side, Theme};

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
pub(super) struct Row {
    /// First month it holds in.
    pub first: Month,
    /// Last month; none where it still holds.
    pub last: Option<Month>,
    pub units: [Option<u32>; 3],
    source: u16,
    documented: bool,
    pub term: Option<u16>,
    /// None where the source did not give the number that the measure adds up: not known is not 0.
    pub amount: Option<u64>,
    /// Rows with the same number tell of the same thing: the same event, the same organisation, the same place observed.
    pub event: Option<u32>,
}

/// The facts of one measure on one boundary set.
#[derive(Debug, Clone)]
pub struct Cube {
    kind: FactKind,
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
        for fact in facts {
            let Some(codes) = units_of(fact, theme, measure, set) else { continue };
            let Some(span) = theme.span(fact) else { continue };
            let source = sources.iter().position(|s| *s == fact.source).unwrap_or_else(|| {
                sources.push(fact.source.clone());
                sources.len() - 1
            });
            let same = match &measure.distinct {
                Some(column) => Some(fact.attr(column).and_then(Attr::text).map_or_else(|| fact.id.clone(), Arc::from)),
                None if theme.kind == FactKind::Observation => Some(subject(fact)),
                None => None,
            };
            let event = same.map(|key| {
                let next = u32::try_from(events.len()).unwrap_or(u32::MAX);
                *events.entry((fact.source.clone(), key)).or_insert(next)
            });
            let amount = match &measure.sum {
                Some(column) => fact.attr(column).and_then(Attr::int).and_then(|n| u64::try_from(n).ok()),
                None => Some(1),
            };
            let units = Level::ALL.map(|l| {
                codes[l.index()].as_ref().and_then(|p| set.position(l, p)).and_then(|k| u32::try_from(k).ok())
            });
            let term = by
                .and_then(|column| fact.attr(column)?.text())
                .and_then(|code| terms.iter().position(|t| **t == *code))
                .and_then(|k| u16::try_from(k).ok());
            rows.push(Row {
                first: span.first,
                last: span.last,
                units,
                source: u16::try_from(source).unwrap_or(u16::MAX),
                documented: fact.is_documented(),
                term,
                amount,
                event,
            });
        }
        Self { kind: theme.kind, measure: measure.id.as_str().into(), terms, sources, rows }
    }

    /// Sources that have facts.
    pub fn sources(&self) -> &[Arc<str>] {
        &self.sources
    }

    /// First and last month with facts of a source.
    pub fn months(&self, source: &str) -> Option<(Month, Month)> {
        let source = self.source(source)?;
        let mut months = self.rows.iter().filter(|r| r.source == source).map(|r| (r.first, r.last.unwrap_or(r.first)));
        let first = months.next()?;
        Some(months.fold(first, |(a, b), (first, last)| (a.min(first), b.max(last))))
    }

    fn source(&self, source: &str) -> Option<u16> {
        self.sources.iter().position(|s| **s == *source).and_then(|k| u16::try_from(k).ok())
    }

    /// The rows that hold in the period, each event once. (Organisations count once a unit, observations once a place:
    /// the tally sees to both.)
    fn rows_of(&self, slice: &Slice<'_>) -> impl Iterator<Item = &Row> {
        let source = self.source(slice.source);
        let (period, basis, now) = (slice.period, slice.basis, slice.now);
        let once = !matches!(self.kind, FactKind::Presence | FactKind::Observation);
        let mut seen = BTreeSet::new();
        self.rows.iter().filter(move |r| {
            Some(r.source) == source
                && r.first <= period.last()
                // What has no end holds up to now, and no further.
                && r.last.unwrap_or(now) >= period.first()
                && (basis == Basis::All || r.documented)
                && (!once || r.event.is_none_or(|e| seen.insert(e)))
        })
    }

    /// The measure at one level: every unit with its status, and what is known only above the level.
    ///
    /// Cells plus `non_located` make the same total at every level. An absence is never a zero: a unit without
    /// facts is zero only where it was covered and its report came.
    pub fn table(&self, set: &BoundarySet, coverage: &Coverage, slice: &Slice<'_>) -> Table {
        let width = self.terms.len();
        let mut tally = Tally::new(set, slice, width);
        let rows = self.rows_of(slice);
        match self.kind {
            FactKind::Presence => tally.present(rows, coverage),
            FactKind::Observation => tally.observed(rows, coverage),
            FactKind::Event | FactKind::Interval | FactKind::Flow => tally.add(rows, coverage),
        }
        let elapsed = slice.period.first() <= slice.now;
        let cells = coverage
            .summary(set, slice.level, slice.period)
            .into_iter()
            .enumerate()
            .map(|(u, seen)| {
                let reading = match (tally.sums[u], seen.best) {
                    (n, _) if n > 0 => Reading::Value(n),
                    // A report that counts nobody is still a report; one without a number is no zero.
                    (_, _) if tally.unquantified[u] => Reading::Unknown,
                    (_, _) if tally.facts[u] => Reading::Zero,
                    // What was not observed is not 0, whoever reported of other things.
                    (_, Some(Seen::Reported)) if self.kind == FactKind::Observation => Reading::CoveredNoReport,
                    (_, Some(Seen::Reported)) => Reading::Zero,
                    (_, Some(Seen::NoReport)) => Reading::CoveredNoReport,
                    (_, Some(Seen::NotCovered)) => Reading::NotCovered,
                    (_, None) if elapsed => Reading::Unknown,
                    (_, None) => Reading::NotYetElapsed,
                };
                Cell {
                    reading,
                    outside_coverage: tally.facts[u] && !tally.inside[u],
                    by: if reading.number().is_some() {
                        tally.by[u * width..(u + 1) * width].to_vec()
                    } else {
                        Vec::new()
                    },
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
            non_located: Some(tally.non_located),
            non_located_by: tally.non_located_by.into_iter().map(Some).collect(),
            total: Some(tally.total),
            total_by: tally.total_by.into_iter().map(Some).collect(),
            unquantified: tally.unquantified_total,
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

/// The codes by level at which a fact counts for a measure; none where they are of another set.
fn units_of(fact: &Fact, theme: &Theme, measure: &Measure, set: &BoundarySet) -> Option<[Option<Arc<str>>; 3]> {
    let (Side::Destination, Some(to)) = (measure.at, &theme.destination) else {
        return (fact.place.set == set.info.id).then(|| fact.place.units.clone());
    };
    // A p-code of another set than the origin's carries its set before it.
    let text = fact.attr(&to.pcode).and_then(Attr::text);
    let (of, code) = match text.and_then(|t| t.split_once(':')) {
        Some((of, code)) => (SetId::new(of).ok()?, Some(code)),
        None => (fact.place.set.clone(), text),
    };
    // An unknown destination is known to no level: it stays in the totals of its origin's set.
    (of == set.info.id).then(|| code.and_then(|c| set.find(c)).map_or_else(Default::default, |u| set.chain(u)))
}

/// What was observed: the unit, and what was stated below it; two unknown communes of one cercle are two places.
fn subject(fact: &Fact) -> Arc<str> {
    let codes = fact.place.units.iter().chain(&fact.place.stated).map(|c| c.as_deref().unwrap_or_default());
    codes.collect::<Vec<_>>().join("\u{1f}").into()
}
