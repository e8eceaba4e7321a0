//! Statistical disclosure control: a theme's figures as they may be told to those who may not see single people in them.
//!
//! Everything is decided by month. What is told of a longer period is the sum of what is told of its months, so a question about a
//! period gives nothing away that its months do not. What is told of a month is a table by unit down to a level, the country's
//! and the regions' breakdown, and shares of zones; see [`blocks`] for why what is hidden cannot be worked out.
//! All measures of a theme are hidden in the same places: one bounds the other.

mod blocks;
mod breakdown;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::blocks::{Chain, Hidden, Leaf, Node, hide, told_beside};
use self::breakdown::Breakdown;
use super::{Basis, Cell, Coverage, Cube, Slice, Table};
use crate::boundaries::BoundarySet;
use crate::domain::{Level, Month, Period, Reading};

/// What is told and what not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disclosure {
    /// The smallest count that is told.
    pub least: u64,
    /// The finest level of which counts are told.
    pub finest: Level,
    /// Whether the breakdown by category is told, of the country and its regions.
    pub breakdown: bool,
}

/// A list of units whose share is asked for, as positions in the set.
pub type Members = Vec<(Level, usize)>;

/// What each measure of a zone comes to: inside, and known too coarsely to tell; none where it is not told.
pub type ZoneSums = Option<(u64, u64)>;

/// Figures of one source in one month, as they may be told.
#[derive(Debug, Clone)]
struct Told {
    /// By measure, then level.
    tables: Vec<[Table; 3]>,
    /// By measure, then zone.
    zones: Vec<Vec<ZoneSums>>,
}

/// A theme's figures on one set, as they may be told.
#[derive(Debug, Clone)]
pub struct Disclosed {
    measures: Vec<Arc<str>>,
    finest: Level,
    months: BTreeMap<(Arc<str>, Month), Told>,
    /// What later releases of a month have to mind, by source and month.
    kept: BTreeMap<(Arc<str>, Month), Kept>,
}

/// What was told of a month and what not, in any release so far.
#[derive(Debug, Clone, Default)]
struct Kept {
    /// Nodes and places that were hidden: they stay hidden.
    nodes: BTreeSet<Node>,
    places: BTreeSet<Chain>,
    /// Places that were told to hold something, or hidden. Of all others it was told that they hold nothing.
    something: BTreeSet<Chain>,
    breakdown: Option<Breakdown>,
}

/// What a theme's figures are made from.
pub struct Sources<'a> {
    /// The set.
    pub set: &'a BoundarySet,
    /// Every measure with its facts.
    pub cubes: Vec<(Arc<str>, &'a Cube)>,
    /// The zones that shares are told of, in the order in which they are decided.
    pub zones: &'a [Members],
    /// The month in which the data stand.
    pub now: Month,
}

impl Disclosed {
    /// The figures of the months in `months`, by source with its coverage.
    ///
    /// `before` are the figures of earlier releases of the same months: what was hidden then is hidden now.
    pub fn build(
        from: &Sources<'_>,
        rule: Disclosure,
        months: &[(Arc<str>, Month, Arc<Coverage>)],
        before: Option<&Self>,
    ) -> Self {
        let mut out = Self {
            measures: from.cubes.iter().map(|(id, _)| id.clone()).collect(),
            finest: rule.finest.min(from.set.finest()),
            months: BTreeMap::new(),
            kept: BTreeMap::new(),
        };
        for (source, month, coverage) in months {
            let key = (source.clone(), *month);
            let (told, kept) = out.month(from, rule, (source, *month), coverage, before.and_then(|b| b.kept.get(&key)));
            out.months.insert(key.clone(), told);
            out.kept.insert(key, kept);
        }
        out
    }

    fn month(
        &self,
        from: &Sources<'_>,
        rule: Disclosure,
        (source, month): (&str, Month),
        coverage: &Coverage,
        before: Option<&Kept>,
    ) -> (Told, Kept) {
        let set = from.set;
        let table = |cube: &Cube, level| {
            let slice = Slice { level, period: Period::month(month), source, basis: Basis::Documented, now: from.now };
            cube.table(set, coverage, &slice)
        };
        let mut tables: Vec<[Table; 3]> =
            from.cubes.iter().map(|(_, cube)| Level::ALL.map(|level| table(cube, level))).collect();
        let leaves = with_the_empty(set, self.finest, leaves(set, self.finest, &tables), before);
        let none = BTreeSet::new();
        let hidden = hide(&leaves, rule.least, before.map_or(&none, |b| &b.nodes));
        let sums: Vec<BTreeSet<usize>> =
            from.zones.iter().flat_map(|zone| zone_leaves(set, self.finest, zone, &leaves)).collect();
        let may = told_beside(&leaves, &hidden, &sums, rule.least);
        let zones = (0..tables.len())
            .map(|m| {
                let sum = |k: usize| -> u64 { sums[k].iter().map(|l| leaves[*l].amounts[m]).sum() };
                let zone = |z: usize| {
                    let known = from.zones[z].iter().all(|(level, _)| *level <= self.finest);
                    (known && may[2 * z] && may[2 * z + 1]).then(|| (sum(2 * z), sum(2 * z + 1)))
                };
                (0..from.zones.len()).map(zone).collect()
            })
            .collect();
        let mut kept = before.cloned().unwrap_or_default();
        for (m, levels) in tables.iter_mut().enumerate() {
            // A second measure broken down alike would bound the first.
            let broken_down = rule.breakdown && m == 0 && hidden.total;
            let earlier = before.and_then(|b| b.breakdown.as_ref());
            let breakdown = broken_down.then(|| Breakdown::of(&levels[0], &leaves, &hidden, rule.least, earlier));
            for table in levels {
                veil(self.finest, (m, &leaves, &hidden), breakdown.as_ref(), table);
                mark_the_empty(self.finest, (&leaves, &hidden), (set, coverage), table);
            }
            kept.breakdown = breakdown.or(kept.breakdown);
        }
        kept.places.extend(hidden.leaves.iter().map(|k| leaves[*k].chain));
        kept.something.extend(leaves.iter().filter(|l| !l.is_empty()).map(|l| l.chain));
        kept.something.extend(kept.places.iter().copied());
        kept.nodes.extend(hidden.nodes);
        (Told { tables, zones }, kept)
    }

    /// Sources and months there is anything of.
    pub fn months(&self, source: &str) -> Option<(Month, Month)> {
        let mut months = self.months.keys().filter(|(s, _)| **s == *source).map(|(_, month)| *month);
        let first = months.next()?;
        Some((first, months.next_back().unwrap_or(first)))
    }

    /// Sources that there is anything of.
    pub fn sources(&self) -> BTreeSet<Arc<str>> {
        self.months.keys().map(|(source, _)| source.clone()).collect()
    }

    /// A measure at one level in a period: the sum of what is told of its months. None where the theme has no such measure.
    /// Months that are not there are months of which nothing is told.
    pub fn table(&self, measure: &str, set: &BoundarySet, coverage: &Coverage, slice: &Slice<'_>) -> Option<Table> {
        let m = self.measures.iter().position(|id| **id == *measure)?;
        let source: Arc<str> = slice.source.into();
        let months: Vec<Option<&Table>> = slice
            .period
            .months()
            .map(|month| self.months.get(&(source.clone(), month)).map(|t| &t.tables[m][slice.level.index()]))
            .collect();
        let elapsed = slice.period.first() <= slice.now;
        let cells = coverage.summary(set, slice.level, slice.period).into_iter().enumerate().map(|(u, seen)| {
            let cells = || months.iter().flatten().map(|t| &t.cells[u]);
            let told: Vec<&Cell> = cells().filter(|c| c.reading.number().is_some()).collect();
            let reading = if cells().any(|c| c.reading == Reading::Suppressed) {
                Reading::Suppressed
            } else if told.is_empty() {
                let absences = [Reading::CoveredNoReport, Reading::NotCovered, Reading::NotYetElapsed];
                let unknown = if elapsed { Reading::Unknown } else { Reading::NotYetElapsed };
                match seen.best {
                    // A report without a number is no zero.
                    _ if cells().any(|c| c.reading == Reading::Unknown) && seen.best.is_some() => Reading::Unknown,
                    None => unknown,
                    Some(_) => absences.iter().find(|a| cells().any(|c| c.reading == **a)).copied().unwrap_or(unknown),
                }
            } else {
                super::counted_as(told.iter().filter_map(|c| c.reading.number()).sum())
            };
            let whole =
                reading.number().is_some() && told.iter().all(|c| !c.by.is_empty() || c.reading.number() == Some(0));
            let with_reports = || cells().filter(|c| matches!(c.reading, Reading::Value(_) | Reading::Suppressed));
            Cell {
                reading,
                outside_coverage: with_reports().next().is_some() && with_reports().all(|c| c.outside_coverage),
                by: if whole { added(told.iter().map(|c| c.by.iter().copied())) } else { Vec::new() },
                units_covered: seen.units_covered,
                units_total: seen.units_total,
                months_covered: seen.months_covered,
                months_total: slice.period.len(),
            }
        });
        let terms = self.months.values().next().map(|t| t.tables[m][0].terms.clone()).unwrap_or_default();
        let present = || months.iter().flatten();
        let all = |of: fn(&Table) -> Option<u64>| present().map(|t| of(t)).sum::<Option<u64>>();
        let by = |of: fn(&Table) -> &[Option<u64>]| {
            let term = |k: usize| present().map(|t| of(t).get(k).copied().flatten()).sum::<Option<u64>>();
            (0..terms.len()).map(term).collect()
        };
        Some(Table {
            set: set.info.id.clone(),
            level: slice.level,
            period: slice.period,
            measure: self.measures[m].clone(),
            source,
            cells: cells.collect(),
            non_located: all(|t| t.non_located),
            non_located_by: by(|t| &t.non_located_by),
            total: all(|t| t.total),
            total_by: by(|t| &t.total_by),
            unquantified: 0,
            units_covered: coverage.units_covered(slice.period),
            units_total: u32::try_from(set.units(set.finest()).len()).unwrap_or(u32::MAX),
            terms,
        })
    }

    /// A measure in a zone, by its position in the list that the figures were made with: inside, known too coarsely, in all.
    pub fn zone(&self, measure: &str, zone: usize, slice: &Slice<'_>) -> [Option<u64>; 3] {
        let Some(m) = self.measures.iter().position(|id| **id == *measure) else { return [None; 3] };
        let source: Arc<str> = slice.source.into();
        let months: Vec<&Told> =
            slice.period.months().filter_map(|month| self.months.get(&(source.clone(), month))).collect();
        let sums = || months.iter().map(|t| t.zones[m].get(zone).copied().flatten());
        [
            sums().map(|s| s.map(|(inside, _)| inside)).sum(),
            sums().map(|s| s.map(|(_, unclear)| unclear)).sum(),
            months.iter().map(|t| t.tables[m][0].total).sum(),
        ]
    }
}

/// Lists of equal length added up.
fn added(lists: impl Iterator<Item = impl Iterator<Item = u64>>) -> Vec<u64> {
    let mut sums: Vec<u64> = Vec::new();
    for list in lists {
        for (k, n) in list.enumerate() {
            if k < sums.len() {
                sums[k] += n;
            } else {
                sums.push(n);
            }
        }
    }
    sums
}

/// The leaves of a month's tables, those that hold anything.
fn leaves(set: &BoundarySet, finest: Level, tables: &[[Table; 3]]) -> Vec<Leaf> {
    let mut found: BTreeMap<Chain, Vec<u64>> = BTreeMap::new();
    for (m, levels) in tables.iter().enumerate() {
        let number = |level: Level, k: usize| levels[level.index()].cells[k].reading.number().unwrap_or(0);
        let mut put = |chain: Chain, n: u64| {
            if n > 0 {
                found.entry(chain).or_insert_with(|| vec![0; tables.len()])[m] += n;
            }
        };
        let mut above: BTreeMap<Chain, u64> = BTreeMap::from([([None; 3], levels[0].total.unwrap_or(0))]);
        for level in Level::ALL.into_iter().filter(|l| *l <= finest) {
            let mut here = BTreeMap::new();
            for (k, unit) in set.units(level).iter().enumerate() {
                let codes = set.chain(unit);
                let chain: Chain = std::array::from_fn(|l| {
                    let at = Level::ALL[l];
                    let code = codes[l].as_deref().filter(|_| at <= level)?;
                    set.position(at, code).and_then(|p| u32::try_from(p).ok())
                });
                let mut parent = chain;
                parent[level.index()] = None;
                let n = number(level, k);
                if let Some(rest) = above.get_mut(&parent) {
                    *rest = rest.saturating_sub(n);
                }
                here.insert(chain, n);
            }
            for (chain, rest) in std::mem::replace(&mut above, here) {
                put(chain, rest);
            }
        }
        for (chain, n) in above {
            put(chain, n);
        }
    }
    // A cercle of one commune is that commune.
    let communes = |chain: &Chain| {
        let unit = set.finest() > finest && chain[finest.index()].is_some();
        unit.then(|| children(set, finest, chain[finest.index()].unwrap_or_default() as usize))
    };
    found
        .into_iter()
        .map(|(chain, amounts)| Leaf {
            withheld: communes(&chain).is_some_and(|n| n < 2),
            chain,
            amounts,
            fresh: false,
        })
        .collect()
}

/// The leaves with those that hold nothing and matter to whoever has an earlier release: places that were hidden in it and, where a
/// place is new, all others of which it told that they hold nothing.
fn with_the_empty(set: &BoundarySet, finest: Level, mut leaves: Vec<Leaf>, before: Option<&Kept>) -> Vec<Leaf> {
    let Some(before) = before else { return leaves };
    for leaf in &mut leaves {
        leaf.fresh = !before.something.contains(&leaf.chain);
    }
    let known: BTreeSet<Chain> = leaves.iter().map(|l| l.chain).collect();
    let measures = leaves.first().map_or(1, |l| l.amounts.len());
    let empty = |chain: Chain, fresh: bool| Leaf { chain, amounts: vec![0; measures], withheld: false, fresh };
    let left: Vec<Leaf> = before.places.difference(&known).map(|c| empty(*c, false)).collect();
    let mut quiet = Vec::new();
    if leaves.iter().any(|l| l.fresh) {
        // Every unit at the finest level, and what is known to each above it alone.
        let units = Level::ALL.into_iter().filter(|l| *l <= finest).flat_map(|l| set.units(l));
        let chains = units.map(|unit| {
            let codes = set.chain(unit);
            std::array::from_fn(|l| {
                let code = codes[l].as_deref()?;
                set.position(Level::ALL[l], code).and_then(|p| u32::try_from(p).ok())
            })
        });
        let other = |c: &Chain| !known.contains(c) && !before.something.contains(c);
        quiet.extend(chains.chain([[None; 3]]).filter(other).map(|c| empty(c, true)));
    }
    leaves.extend(left.into_iter().chain(quiet));
    leaves
}

/// Units of the next finer level in a unit.
fn children(set: &BoundarySet, level: Level, unit: usize) -> usize {
    let finer = Level::ALL.into_iter().find(|l| l.parent() == Some(level));
    let code = &set.units(level)[unit].pcode;
    finer.map_or(0, |l| set.units(l).iter().filter(|u| u.parent.as_deref() == Some(&**code)).count())
}

/// The leaves inside a zone, and those that may be: known no finer than a unit that holds one of its own.
fn zone_leaves(set: &BoundarySet, finest: Level, zone: &Members, leaves: &[Leaf]) -> [BTreeSet<usize>; 2] {
    let members: Vec<(Level, Chain)> = zone
        .iter()
        .filter(|(level, _)| *level <= finest)
        .map(|(level, k)| {
            let codes = set.chain(&set.units(*level)[*k]);
            let at = |l: usize| codes[l].as_deref().and_then(|c| set.position(Level::ALL[l], c));
            (*level, std::array::from_fn(|l| at(l).and_then(|p| u32::try_from(p).ok())))
        })
        .collect();
    let mut out = [BTreeSet::new(), BTreeSet::new()];
    for (k, leaf) in leaves.iter().enumerate() {
        let inside = |(level, chain): &(Level, Chain)| {
            let l = level.index();
            leaf.chain[l].is_some() && leaf.chain[l] == chain[l]
        };
        let could_be = |(level, chain): &(Level, Chain)| {
            let to = level.index();
            leaf.chain[to].is_none() && (0..=to).all(|l| leaf.chain[l].is_none() || leaf.chain[l] == chain[l])
        };
        if members.iter().any(inside) {
            out[0].insert(k);
        } else if members.iter().any(could_be) {
            out[1].insert(k);
        }
    }
    out
}

/// Shows units that hold nothing and are hidden as any other that is: nothing else about them tells them apart.
fn mark_the_empty(
    finest: Level,
    (leaves, hidden): (&[Leaf], &Hidden),
    (set, coverage): (&BoundarySet, &Coverage),
    table: &mut Table,
) {
    let level = table.level;
    // Of first releases there are none.
    if level > finest || !hidden.leaves.iter().any(|k| leaves[*k].is_empty() || leaves[*k].fresh) {
        return;
    }
    let seen = coverage.summary(set, level, table.period);
    for (k, cell) in table.cells.iter_mut().enumerate() {
        let here = |l: &usize| leaves[*l].chain[level.index()].is_some_and(|at| at as usize == k);
        let below: BTreeSet<usize> = (0..leaves.len()).filter(here).collect();
        let empty = below.iter().any(|l| leaves[*l].is_empty() && hidden.leaves.contains(l));
        if (empty || cell.reading == Reading::Suppressed) && !hidden.tells(&below) {
            cell.reading = Reading::Suppressed;
            cell.outside_coverage = seen.get(k).is_some_and(|s| s.best == Some(super::Seen::NotCovered));
            cell.by.clear();
        }
    }
}

/// Takes out of a table what is not told.
fn veil(
    finest: Level,
    (measure, leaves, hidden): (usize, &[Leaf], &Hidden),
    breakdown: Option<&Breakdown>,
    table: &mut Table,
) {
    let level = table.level;
    let sum = |some: &dyn Fn(&Leaf) -> bool| {
        let wanted: BTreeSet<usize> = (0..leaves.len()).filter(|k| some(&leaves[*k])).collect();
        hidden.tells(&wanted).then(|| wanted.iter().map(|k| leaves[*k].amounts[measure]).sum::<u64>())
    };
    for (k, cell) in table.cells.iter_mut().enumerate() {
        let at = u32::try_from(k).ok();
        let told = level <= finest && sum(&|leaf| leaf.chain[level.index()] == at).is_some();
        if cell.reading.number().is_some() && !told {
            cell.reading = Reading::Suppressed;
        }
        let whole_row = level == Level::Region && breakdown.is_some_and(|b| b.region(k));
        if !whole_row || cell.reading.number().is_none() {
            cell.by.clear();
        }
    }
    table.total = sum(&|_| true);
    table.non_located = if level <= finest { sum(&|leaf| leaf.chain[level.index()].is_none()) } else { None };
    let none = || vec![None; table.terms.len()];
    table.total_by = breakdown.map_or_else(none, |b| b.country().to_vec());
    table.non_located_by = none();
    // How many reports say no number is a small count of its own.
    table.unquantified = 0;
}
