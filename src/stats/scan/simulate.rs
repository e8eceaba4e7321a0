//! The largest ratio under the null, sixteen simulations at a time.
//!
//! Each simulation throws its events from a stream of its own. Then sixteen walk over the circles together, one in each
//! lane. Most cylinders cannot beat a lane's largest ratio so far, and that is seen without a logarithm: for c > e,
//! LLR ≤ (c − e)²·(1/2e + 1/(C − e)), because u·ln(u/v) − u + v is at most (u − v)²/2v for u ≥ v and at most (u − v)²/v
//! for u ≤ v. So only where c > e + √LLR·r, with r = 1/√(1/2e + 1/(C − e)), is the ratio worked out.

use std::ops::Range;

use super::super::alias::Alias;
use super::super::random::Stream;
use super::super::threads::in_parts;
use super::cylinders::Cylinders;
use super::{Null, Options, Table, log_likelihood_ratio};

const LANES: usize = 16;
type Lanes = [f32; LANES];

/// What a simulation needs beside the cylinders.
struct Nulls {
    null: Null,
    seed: u64,
    /// Poisson: the cells by their expected events.
    cells: Alias,
    /// Permutation: the unit and the period of each event.
    events: (Vec<u32>, Vec<u32>),
}

/// The largest LLR of each simulation.
pub(super) fn largest_llr(table: &Table, cylinders: &Cylinders, null: Null, options: &Options) -> Vec<f64> {
    let mut events = (Vec::new(), Vec::new());
    if null == Null::Permutation {
        for (unit, row) in (0_u32..).zip(table.cases.chunks(table.periods)) {
            for (period, cases) in (0_u32..).zip(row) {
                for _ in 0..*cases {
                    events.0.push(unit);
                    events.1.push(period);
                }
            }
        }
    }
    let nulls = Nulls { null, seed: options.seed, cells: Alias::new(&table.expected), events };
    let reach = reach(table, cylinders);
    in_parts(options.simulations, options.threads, LANES, |part| {
        let mut cells = vec![[0.0; LANES]; table.cases.len()];
        let mut out = Vec::with_capacity(part.len());
        for first in part.clone().step_by(LANES) {
            let block = first..part.end.min(first + LANES);
            let lanes = block.len();
            throw(table, &nulls, block, &mut cells);
            out.extend(&walk(table, cylinders, &reach, &cells)[..lanes]);
        }
        out
    })
}

/// e and r of each cylinder in single precision, a little too small, so that no better cylinder is passed over.
#[expect(clippy::cast_possible_truncation, reason = "a bound in single precision, with a margin")]
fn reach(table: &Table, cylinders: &Cylinders) -> Vec<(f32, f32)> {
    let total = table.total as f64;
    let one = |e: &f64| {
        let r = (2.0 * e * (total - e).max(0.0) / (total + e)).sqrt();
        ((e * (1.0 - 1e-6)) as f32, (r * (1.0 - 1e-5)) as f32)
    };
    cylinders.expected.iter().map(one).collect()
}

/// Throws the events of a block of simulations, one a lane; each cell then holds its unit's events up to its period.
fn throw(table: &Table, nulls: &Nulls, block: Range<usize>, cells: &mut [Lanes]) {
    cells.fill([0.0; LANES]);
    for (lane, simulation) in block.enumerate() {
        let mut stream = Stream::new(nulls.seed, simulation as u64);
        match nulls.null {
            Null::Poisson => {
                for _ in 0..table.total {
                    cells[nulls.cells.draw(&mut stream)][lane] += 1.0;
                }
            }
            Null::Permutation => {
                let mut periods = nulls.events.1.clone();
                stream.shuffle(&mut periods);
                for (unit, period) in nulls.events.0.iter().zip(&periods) {
                    cells[*unit as usize * table.periods + *period as usize][lane] += 1.0;
                }
            }
        }
    }
    for row in cells.chunks_mut(table.periods) {
        for t in 1..row.len() {
            let before = row[t - 1];
            add(&mut row[t], &before);
        }
    }
}

fn add(to: &mut Lanes, from: &Lanes) {
    for (a, b) in to.iter_mut().zip(from) {
        *a += b;
    }
}

/// Walks over every cylinder: the largest ratio of each lane.
fn walk(table: &Table, cylinders: &Cylinders, reach: &[(f32, f32)], cells: &[Lanes]) -> [f64; LANES] {
    let periods = table.periods;
    let mut best = [0.0_f64; LANES];
    let mut roots = [0.0_f32; LANES];
    let mut sums = vec![[0.0; LANES]; periods];
    for centre in cylinders.centres() {
        sums.fill([0.0; LANES]);
        let mut cylinder = centre.first_cylinder;
        for (member, closes) in centre.members.iter().zip(centre.closes) {
            let row = *member as usize * periods;
            for (sum, cell) in sums.iter_mut().zip(&cells[row..row + periods]) {
                add(sum, cell);
            }
            if !closes {
                continue;
            }
            for (a, b) in cylinders.windows() {
                let mut counts = sums[*b];
                if *a > 0 {
                    for (count, before) in counts.iter_mut().zip(&sums[*a - 1]) {
                        *count -= before;
                    }
                }
                let (e, r) = reach[cylinder];
                let mut over = false;
                for (count, root) in counts.iter().zip(&roots) {
                    over |= *count > e + root * r;
                }
                if over {
                    let (expected, total) = (cylinders.expected[cylinder], table.total as f64);
                    beat(&counts, (e, r), expected, total, &mut best, &mut roots);
                }
                cylinder += 1;
            }
        }
    }
    best
}

/// Works out the ratios of a cylinder in the lanes that are over their bound, and keeps those that are larger. Apart from
/// the walk, so that its loops stay simple enough for vector instructions.
#[cold]
#[inline(never)]
#[expect(clippy::cast_possible_truncation, reason = "the root only bounds, and reach() leaves a margin")]
fn beat(counts: &Lanes, (e, r): (f32, f32), expected: f64, total: f64, best: &mut [f64; LANES], roots: &mut Lanes) {
    for (lane, count) in counts.iter().enumerate() {
        if *count > e + roots[lane] * r {
            let llr = log_likelihood_ratio(f64::from(*count), expected, total);
            if llr > best[lane] {
                best[lane] = llr;
                roots[lane] = llr.sqrt() as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_bound_without_logarithms_is_never_below_the_ratio(c in 1_u32..500, rest in 0_u32..2_000, share in 0.001..0.999_f64) {
            let (c, total) = (f64::from(c), f64::from(c) + f64::from(rest));
            let e = total * share;
            let llr = log_likelihood_ratio(c, e, total);
            if c > e {
                let bound = (c - e).powi(2) * (1.0 / (2.0 * e) + 1.0 / (total - e));
                prop_assert!(bound * (1.0 + 1e-9) >= llr, "{} {}", bound, llr);
            }
        }
    }
}
