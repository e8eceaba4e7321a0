//! The breakdown of a month by category, of the country and of its regions: which of it is told.
//!
//! Regions × categories is a table with both margins. A region's row is told whole or not at all. Of the rows that are not told
//! both margins can be worked out, so a cell of theirs lies between max(0, T + S − G) and min(T, S), with T its row's sum, S its
//! column's and G that of all of them (M. Fréchet's bounds): its width is the least of T, S, G − T and G − S, and every one has to
//! be wide enough. Categories whose number for the country is small are hidden with others, and taken together.

use std::collections::BTreeSet;

use super::blocks::{Hidden, Leaf};
use crate::indicators::Table;

/// Width that what can be inferred of a cell must have: one more than [`super::blocks`] asks for, since the margins of a row
/// with a hidden sum are themselves known to a width only.
const WIDTH: u64 = 4;

/// What is told of a month's breakdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Breakdown {
    country: Vec<Option<u64>>,
    /// Rows told, by region.
    regions: BTreeSet<usize>,
    /// Rows and columns that are not, for the releases to come; the row past the last region is what is in none.
    untold: BTreeSet<usize>,
    closed: BTreeSet<usize>,
}

impl Breakdown {
    /// Decides, from the table by region as it is. The country's total is told. What was not told `before`, in an earlier release of
    /// the month, is not told now.
    pub fn of(regions: &Table, leaves: &[Leaf], hidden: &Hidden, least: u64, before: Option<&Self>) -> Self {
        let terms = regions.terms.len();
        // What has no term is a column of its own, and what is in no region a row.
        let row = |by: &mut dyn Iterator<Item = u64>, whole: u64| {
            let mut row: Vec<u64> = by.take(terms).collect();
            row.resize(terms, 0);
            row.push(whole.saturating_sub(row.iter().sum()));
            row
        };
        let mut rows: Vec<Vec<u64>> =
            regions.cells.iter().map(|c| row(&mut c.by.iter().copied(), c.reading.number().unwrap_or(0))).collect();
        let nowhere = &mut regions.non_located_by.iter().map(|n| n.unwrap_or(0));
        rows.push(row(nowhere, regions.non_located.unwrap_or(0)));
        let sums: Vec<u64> = rows.iter().map(|r| r.iter().sum()).collect();
        let columns: Vec<u64> = (0..=terms).map(|t| rows.iter().map(|r| r[t]).sum()).collect();
        let small = |n: &u64| (1..least).contains(n);
        // The blocks of hidden regions: their rows are known only together.
        let blocks = region_blocks(regions.cells.len(), leaves, hidden);
        let mut untold: BTreeSet<usize> = (0..rows.len())
            .filter(|r| {
                let was = before.is_some_and(|b| b.untold.contains(r));
                sums[*r] > 0 && (was || rows[*r].iter().any(small) || blocks.iter().any(|b| b.contains(r)))
            })
            .collect();
        let was = |t: &usize| before.is_some_and(|b| b.closed.contains(t));
        let secret: BTreeSet<usize> = (0..=terms).filter(|t| small(&columns[*t]) || was(t)).collect();
        loop {
            let left: Vec<u64> = (0..=terms).map(|t| untold.iter().map(|r| rows[*r][t]).sum()).collect();
            let closed = secret_columns(&secret, &left);
            let fits = closed.as_ref().is_some_and(|closed| wide(&untold, &rows, &left, &blocks, closed));
            let next = (0..rows.len()).filter(|r| sums[*r] > 0 && !untold.contains(r)).min_by_key(|r| (sums[*r], *r));
            match (fits, next) {
                (false, Some(next)) => {
                    untold.insert(next);
                }
                (fits, _) => {
                    // With no row told only margins are, and none of them is small.
                    let closed = closed.filter(|c| fits || c.is_empty() || enough(c, &left));
                    let told = |t: usize| closed.as_ref().is_some_and(|c| !c.contains(&t));
                    let country = (0..terms).map(|t| told(t).then(|| columns[t])).collect();
                    let regions = (0..regions.cells.len()).filter(|r| sums[*r] > 0 && !untold.contains(r)).collect();
                    let closed = closed.unwrap_or_else(|| (0..=terms).collect());
                    let closed = closed.into_iter().chain(before.into_iter().flat_map(|b| b.closed.iter().copied()));
                    untold.extend(before.into_iter().flat_map(|b| b.untold.iter().copied()));
                    return Self { country, regions, closed: closed.collect(), untold };
                }
            }
        }
    }

    /// The country's numbers by term; none where they are not told.
    pub fn country(&self) -> &[Option<u64>] {
        &self.country
    }

    /// Whether a region's row is told.
    pub fn region(&self, region: usize) -> bool {
        self.regions.contains(&region)
    }
}

/// Rows that are known only together: those of regions that are hidden in one block. The row past the last is what is in no region.
fn region_blocks(regions: usize, leaves: &[Leaf], hidden: &Hidden) -> Vec<BTreeSet<usize>> {
    let region = |k: &usize| leaves[*k].chain[0].map_or(regions, |r| r as usize);
    let whole = |r: usize| -> BTreeSet<usize> { (0..leaves.len()).filter(|k| region(k) == r).collect() };
    hidden
        .blocks
        .iter()
        .map(|block| block.iter().map(region).collect::<BTreeSet<usize>>())
        .filter(|rows| rows.iter().any(|r| !hidden.tells(&whole(*r))))
        .collect()
}

/// The categories hidden for the country: the small ones, with the smallest others that make them safe. None where no choice does.
fn secret_columns(secret: &BTreeSet<usize>, left: &[u64]) -> Option<BTreeSet<usize>> {
    let mut closed = secret.clone();
    while !closed.is_empty() && !enough(&closed, left) {
        let next = (0..left.len()).filter(|t| left[*t] > 0 && !closed.contains(t)).min_by_key(|t| (left[*t], *t))?;
        closed.insert(next);
    }
    Some(closed)
}

/// Whether the sum of hidden categories may be known.
fn enough(closed: &BTreeSet<usize>, left: &[u64]) -> bool {
    let sum: u64 = closed.iter().map(|t| left[*t]).sum();
    let present = closed.iter().filter(|t| left[**t] > 0).count() as u64;
    present >= 2 && sum >= present + WIDTH
}

/// Whether every cell of the rows that are not told keeps its width.
fn wide(
    untold: &BTreeSet<usize>,
    rows: &[Vec<u64>],
    left: &[u64],
    blocks: &[BTreeSet<usize>],
    closed: &BTreeSet<usize>,
) -> bool {
    if untold.is_empty() {
        return true;
    }
    let sum = |r: &usize| rows[*r].iter().sum::<u64>();
    let alone = untold.iter().filter(|r| !blocks.iter().any(|b| b.contains(r))).map(sum);
    let together = blocks.iter().map(|b| b.iter().filter(|r| untold.contains(r)).map(sum).sum());
    let whole: u64 = left.iter().sum();
    let columns: Vec<u64> = (0..left.len())
        .filter(|t| !closed.contains(t))
        .map(|t| left[t])
        .chain((!closed.is_empty()).then(|| closed.iter().map(|t| left[*t]).sum()))
        .filter(|s| *s > 0)
        .collect();
    let enough = |t: u64, s: u64| t.min(s).min(whole - t).min(whole - s) >= WIDTH;
    alone.chain(together).filter(|t: &u64| *t > 0).all(|t| columns.iter().all(|s| enough(t, *s)))
}
