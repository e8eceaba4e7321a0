//! Permutation p-values by sampling, for any real values and weights: seeded, and the same on any number of threads.
//!
//! All units share the draws of a permutation (an ordered draw of kmax + 1 distinct units; unit i reads the first k of
//! them that are not i). Under equal weights one sort of the sums of the first k serves every unit with k neighbours
//! ([`Block::count_equal`]; `methods.md` F4(a)); under unequal weights the drawn values lie in columns and a unit's sums
//! are a few multiply-adds down the columns, without gathers ([`Block::count_weighted`]). Either way only the
//! permutations that drew the unit itself are looked at one by one.

use super::random::Stream;
use super::{Neighbours, Reason, Tail};

/// How to sample arrangements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonteCarlo {
    /// Arrangements drawn; the smallest two-sided p is 2 / (permutations + 1). Time grows in proportion.
    pub permutations: u32,
    /// Seed: equal seeds give equal digits.
    pub seed: u64,
    /// Threads at most; they change no digit.
    pub threads: usize,
}

impl Default for MonteCarlo {
    /// 99,999 arrangements: with 703 tests, Benjamini–Hochberg at 5 % can call a single unit only below 7.1e-5.
    fn default() -> Self {
        Self { permutations: 99_999, seed: 20_210_630, threads: 1 }
    }
}

/// Permutations worked on together: their columns stay in the cache.
const BLOCK: usize = 2_048;

/// Sums this near, relative to the largest value times the weights, are ties: rounding must not break them.
const TIE: f64 = 1e-12;

/// Conditional permutation tails of every unit's weighted neighbour sum Σ_j w_ij y_j, by sampling; the order of `values`.
///
/// Question: with the unit's own value held and the other values arranged at random, how often is the neighbours' sum at
/// least (at most) what was observed? `values`: one finite number a unit, all observed. A unit without neighbours, or
/// under equal weights with all others as neighbours, has a reason instead. p = (count + 1) / (permutations + 1), ties in
/// both tails.
pub fn monte_carlo_conditional(values: &[f64], weights: &Neighbours, how: &MonteCarlo) -> Vec<Result<Tail, Reason>> {
    let n = values.len();
    if n != weights.len() {
        return vec![Err(Reason::WrongLength { values: n, units: weights.len() }); n];
    }
    if values.iter().any(|v| !v.is_finite()) {
        return vec![Err(Reason::NotFinite); n];
    }
    let job = Job::new(values, weights);
    let counts = in_blocks(how, n, |first, length, counts| {
        let block = Block::draw(&job, how.seed, first, length);
        if job.equal { block.count_equal(&job, counts) } else { block.count_weighted(&job, counts) }
    });
    (0..n)
        .map(|unit| match job.untested(unit) {
            Some(reason) => Err(reason),
            None => Ok(Tail::counted(counts[unit].0, counts[unit].1, how.permutations)),
        })
        .collect()
}

/// The permutation tail of a statistic of the whole map: every arrangement of all values equally likely.
///
/// `statistic` is called on the values as given and on each arrangement of them; it must depend on nothing else.
pub fn monte_carlo_global(values: &[f64], how: &MonteCarlo, statistic: impl Fn(&[f64]) -> f64 + Sync) -> Tail {
    let observed = statistic(values);
    let tolerance = 1e-10 * observed.abs();
    let counts = in_blocks(how, 1, |first, length, counts| {
        let mut shuffled = values.to_vec();
        for key in first..first + length {
            shuffled.copy_from_slice(values);
            Stream::new(how.seed, key as u64).shuffle(&mut shuffled);
            counts[0].count(statistic(&shuffled), observed - tolerance, observed + tolerance);
        }
    });
    Tail::counted(counts[0].0, counts[0].1, how.permutations)
}

/// Arrangements that reached the observation, and that did not pass it.
#[derive(Debug, Clone, Copy, Default)]
struct Counts(u32, u32);

impl Counts {
    fn count(&mut self, sum: f64, low: f64, high: f64) {
        self.0 += u32::from(sum >= low);
        self.1 += u32::from(sum <= high);
    }

    fn uncount(&mut self, sum: f64, low: f64, high: f64) {
        self.0 -= u32::from(sum >= low);
        self.1 -= u32::from(sum <= high);
    }
}

/// Runs blocks of permutations on the threads, each thread adding into counts of its own; whole numbers add up to the
/// same in any order.
fn in_blocks(how: &MonteCarlo, n: usize, run: impl Fn(usize, usize, &mut [Counts]) + Sync) -> Vec<Counts> {
    let permutations = how.permutations as usize;
    let blocks = permutations.div_ceil(BLOCK);
    let threads = how.threads.clamp(1, blocks.max(1));
    let share = |thread: usize| {
        let mut counts = vec![Counts::default(); n];
        for block in (thread..blocks).step_by(threads) {
            let first = block * BLOCK;
            run(first, BLOCK.min(permutations - first), &mut counts);
        }
        counts
    };
    if threads == 1 {
        return share(0);
    }
    std::thread::scope(|scope| {
        let share = &share;
        let others: Vec<_> = (1..threads).map(|thread| scope.spawn(move || share(thread))).collect();
        let mut all = share(0);
        for other in others {
            match other.join() {
                Ok(counts) => {
                    for (sum, part) in all.iter_mut().zip(counts) {
                        sum.0 += part.0;
                        sum.1 += part.1;
                    }
                }
                Err(fault) => std::panic::resume_unwind(fault),
            }
        }
        all
    })
}

/// What every block needs to know.
struct Job<'a> {
    values: &'a [f64],
    weights: &'a Neighbours,
    equal: bool,
    /// Draws a permutation needs.
    width: usize,
    /// Lower and upper bound of what counts as equal to the observation, by unit.
    bounds: Vec<(f64, f64)>,
}

impl<'a> Job<'a> {
    fn new(values: &'a [f64], weights: &'a Neighbours) -> Self {
        let equal = weights.rows_have_equal_weights();
        let largest = values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        let bounds = (0..values.len())
            .map(|unit| {
                let weigh = |w: f64| if equal { 1.0 } else { w };
                let (mut sum, mut total) = (0.0, 0.0);
                for (j, w) in weights.row(unit) {
                    sum += weigh(w) * values[j];
                    total += weigh(w);
                }
                let tolerance = TIE * total * largest;
                (sum - tolerance, sum + tolerance)
            })
            .collect();
        let width = (weights.max_count() + 1).min(values.len());
        Self { values, weights, equal, width, bounds }
    }

    fn untested(&self, unit: usize) -> Option<Reason> {
        match self.weights.count(unit) {
            0 => Some(Reason::NoNeighbours),
            k if self.equal && k + 1 == self.values.len() => Some(Reason::FullNeighbourhood),
            _ => None,
        }
    }
}

/// Some permutations: which units were drawn, and their values.
struct Block {
    length: usize,
    /// Permutation by permutation, `width` units each.
    drawn: Vec<u32>,
    /// Draw by draw, `length` values each.
    columns: Vec<f64>,
}

impl Block {
    fn draw(job: &Job, seed: u64, first: usize, length: usize) -> Self {
        let mut order: Vec<u32> = (0..).take(job.values.len()).collect();
        let mut swaps = Vec::with_capacity(job.width);
        let mut drawn = vec![0; length * job.width];
        let mut columns = vec![0.0; length * job.width];
        for (p, slots) in drawn.chunks_exact_mut(job.width.max(1)).enumerate() {
            Stream::new(seed, (first + p) as u64).draw(&mut order, slots, &mut swaps);
            for (j, unit) in slots.iter().enumerate() {
                columns[j * length + p] = job.values[*unit as usize];
            }
        }
        Self { length, drawn, columns }
    }

    fn column(&self, j: usize) -> &[f64] {
        &self.columns[j * self.length..(j + 1) * self.length]
    }

    fn count_equal(mut self, job: &Job, counts: &mut [Counts]) {
        // Columns become sums of the first draws: column j holds the sum of j + 1 of them.
        for at in self.length..self.columns.len() {
            self.columns[at] += self.columns[at - self.length];
        }
        let mut by_count: Vec<Vec<usize>> = vec![Vec::new(); job.width];
        for unit in (0..job.values.len()).filter(|u| job.untested(*u).is_none()) {
            by_count[job.weights.count(unit)].push(unit);
        }
        let mut sorted = Vec::with_capacity(self.length);
        for (k, units) in by_count.iter().enumerate().filter(|(_, units)| !units.is_empty()) {
            sorted.clear();
            sorted.extend_from_slice(self.column(k - 1));
            sorted.sort_unstable_by(f64::total_cmp);
            for unit in units {
                let (low, high) = job.bounds[*unit];
                counts[*unit].0 += narrow(self.length - sorted.partition_point(|s| *s < low));
                counts[*unit].1 += narrow(sorted.partition_point(|s| *s <= high));
            }
        }
        for (p, slots) in self.drawn.chunks_exact(job.width.max(1)).enumerate() {
            for (j, unit) in slots.iter().enumerate() {
                let unit = *unit as usize;
                let k = job.weights.count(unit);
                if j < k && job.untested(unit).is_none() {
                    let (low, high) = job.bounds[unit];
                    counts[unit].uncount(self.column(k - 1)[p], low, high);
                    counts[unit].count(self.column(k)[p] - job.values[unit], low, high);
                }
            }
        }
    }

    fn count_weighted(self, job: &Job, counts: &mut [Counts]) {
        let mut sums = vec![0.0; self.length];
        for (unit, count) in counts.iter_mut().enumerate() {
            let Some(row) = job.weights.weights_of(unit).filter(|row| !row.is_empty()) else { continue };
            sums.fill(0.0);
            for (j, w) in row.iter().enumerate() {
                for (sum, value) in sums.iter_mut().zip(self.column(j)) {
                    *sum += w * value;
                }
            }
            let (low, high) = job.bounds[unit];
            let (mut ge, mut le) = (0, 0);
            for sum in &sums {
                ge += u32::from(*sum >= low);
                le += u32::from(*sum <= high);
            }
            count.0 += ge;
            count.1 += le;
        }
        for (p, slots) in self.drawn.chunks_exact(job.width.max(1)).enumerate() {
            for (own, unit) in slots.iter().enumerate() {
                let unit = *unit as usize;
                let Some(row) = job.weights.weights_of(unit).filter(|row| own < row.len()) else { continue };
                // As above, in the same order of additions, with the unit itself and without it.
                let (mut with, mut without) = (0.0, 0.0);
                for (j, w) in row.iter().enumerate() {
                    with += w * self.column(j)[p];
                    without += w * self.column(if j < own { j } else { j + 1 })[p];
                }
                let (low, high) = job.bounds[unit];
                counts[unit].uncount(with, low, high);
                counts[unit].count(without, low, high);
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "at most BLOCK")]
fn narrow(value: usize) -> u32 {
    value as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{ExactLimits, exact_conditional};

    fn ring(n: usize) -> Neighbours {
        let links: Vec<(usize, usize)> = (0..n).flat_map(|i| [(i, (i + 1) % n), (i, (i + 3) % n)]).collect();
        Neighbours::from_links(n, &links).expect("a ring")
    }

    fn counts(n: usize) -> Vec<f64> {
        (0..n).map(|i| ((i * i * 7 + i) % 11) as f64).map(|v| if v < 6.0 { 0.0 } else { v }).collect()
    }

    #[test]
    fn sampling_comes_to_the_exact_p_within_its_error_by_both_ways() {
        let (values, weights) = (counts(40), ring(40));
        let exact = exact_conditional(&values, &weights, ExactLimits::default(), 1).expect("whole numbers");
        // Weights that differ by less than any tie: the general way on the same problem.
        let nearly: Vec<(usize, usize, f64)> =
            (0..40).flat_map(|i| weights.row(i).map(move |(j, w)| (i, j, w + 1e-15 * j as f64))).collect();
        let nearly = Neighbours::from_weighted(40, &nearly).expect("weights");
        assert!(!nearly.rows_have_equal_weights());
        let how = MonteCarlo { permutations: 99_999, seed: 5, threads: 2 };
        for weights in [&weights, &nearly] {
            for (sampled, exact) in monte_carlo_conditional(&values, weights, &how).iter().zip(&exact) {
                let (s, e) = (sampled.expect("tested"), exact.expect("tested"));
                let error = 5.0 * (e.p_ge * (1.0 - e.p_ge) / 99_999.0).sqrt() + 2e-5;
                assert!((s.p_ge - e.p_ge).abs() < error, "{s:?} {e:?}");
                assert!((s.p_eq - e.p_eq).abs() < 5.0 * (e.p_eq / 99_999.0).sqrt() + 2e-5, "{s:?} {e:?}");
            }
        }
    }

    #[test]
    fn threads_change_no_digit_and_seeds_do() {
        let values: Vec<f64> = counts(30).iter().map(|v| v * 0.37).collect();
        let of = |seed, threads| {
            monte_carlo_conditional(&values, &ring(30), &MonteCarlo { permutations: 5_000, seed, threads })
        };
        assert_eq!(of(1, 1), of(1, 3));
        assert_ne!(of(1, 1), of(2, 1));
        let moran = |threads| {
            let how = MonteCarlo { permutations: 3_000, seed: 9, threads };
            monte_carlo_global(&values, &how, |v| v.windows(2).map(|w| w[0] * w[1]).sum())
        };
        assert_eq!(moran(1), moran(4));
    }

    #[test]
    fn the_shared_order_counts_as_brute_force_on_the_same_draws() {
        let (values, weights) = (counts(25).iter().map(|v| v / 3.0).collect::<Vec<_>>(), ring(25));
        let how = MonteCarlo { permutations: 1_500, seed: 3, threads: 1 };
        let tails = monte_carlo_conditional(&values, &weights, &how);
        let mut order: Vec<u32> = (0..25).collect();
        let (mut out, mut swaps) = ([0; 5], Vec::new());
        let mut ge = [0_u32; 25];
        for key in 0..1_500 {
            Stream::new(3, key).draw(&mut order, &mut out, &mut swaps);
            for (unit, ge) in ge.iter_mut().enumerate() {
                let others = out.iter().map(|u| *u as usize).filter(|u| *u != unit).take(4);
                let sum: f64 = others.map(|u| values[u]).sum();
                let observed: f64 = weights.row(unit).map(|(j, _)| values[j]).sum();
                *ge += u32::from(sum >= observed - 1e-9);
            }
        }
        for (tail, ge) in tails.iter().zip(ge) {
            assert_eq!(tail.expect("tested").p_ge, f64::from(ge + 1) / 1_501.0);
        }
    }

    #[test]
    fn islands_full_neighbourhoods_and_single_units_have_a_reason() {
        let how = MonteCarlo { permutations: 99, ..MonteCarlo::default() };
        let star = Neighbours::from_links(4, &[(0, 1), (0, 2)]).expect("a star");
        let tails = monte_carlo_conditional(&[0.5, 1.5, 2.5, 3.0], &star, &how);
        assert_eq!(tails[3], Err(Reason::NoNeighbours));
        assert!(tails[0].is_ok());
        let full = star.subset(&[true, true, true]);
        assert_eq!(monte_carlo_conditional(&[0.5, 1.5, 2.5], &full, &how)[0], Err(Reason::FullNeighbourhood));
        let alone = Neighbours::from_pairs(1, &[]).expect("one unit");
        assert_eq!(monte_carlo_conditional(&[0.5], &alone, &how), [Err(Reason::NoNeighbours)]);
        assert!(monte_carlo_conditional(&[], &Neighbours::from_pairs(0, &[]).expect("none"), &how).is_empty());
    }
}
