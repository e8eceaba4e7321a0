//! Exact conditional permutation p-values for whole numbers under equal weights, by a dynamic programme over the
//! histogram of values.
//!
//! # Question
//! With the unit's own value held and every arrangement of the other n − 1 values equally likely, how often is the sum
//! over its k neighbours at least (at most) what was observed?
//!
//! # Method
//! Under equal weights that sum is the sum of k draws without replacement from the other values, so only the number of
//! k-subsets with each sum matters. With m_v units of value v, those numbers are the coefficients of
//! ∏_v (1 + ρ x t^v)^{m_v}, truncated at x^kmax; `methods.md` F4(b). One table serves all units: cumulative coefficients
//! over t, and a unit's own value is divided out term by term,
//! F₋ᵥ\[k\]\[s\] = Σ_j (−ρ)^j F\[k−j\]\[s − j·v\]. The tilt ρ = kmax/n keeps every coefficient within e^kmax. Neighbourhoods of
//! more than half of the others are counted through their complement, which keeps the division stable.
//!
//! No seed and no sampling error: absolute rounding error below 1e-12 (checked against enumeration and against files
//! made elsewhere). p is never below 1 / C(n−1, k), the probability of a single subset.

use super::threads::fill;
use super::{Neighbours, Reason, Tail};

/// Table cells and cell updates the exact method may take; beyond them sampling is the method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExactLimits {
    /// Cells of the table, 16 bytes each.
    pub cells: u64,
    /// Additions to fill it.
    pub updates: u64,
}

impl Default for ExactLimits {
    /// 4 M cells (64 MB) and 400 M updates (some 0.2 s).
    fn default() -> Self {
        Self { cells: 4_000_000, updates: 400_000_000 }
    }
}

/// Why there is no exact p-value; sampling gives one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotExact {
    /// A value is not a whole number, or does not lie within ±2^53.
    #[error("exact p-values need whole numbers")]
    NotWhole,
    /// Values and units differ in number.
    #[error("{values} values for {units} units")]
    WrongLength {
        /// Values given.
        values: usize,
        /// Units of the neighbour lists.
        units: usize,
    },
    /// Weights differ within a row.
    #[error("exact p-values need equal weights within each row")]
    UnequalWeights,
    /// The table would exceed [`ExactLimits`].
    #[error("values or neighbourhoods are too large for the exact method")]
    TooLarge,
}

/// The largest neighbourhood (or complement of one): e^400 still is a double, with room.
const MOST_NEIGHBOURS: usize = 400;

/// Exact conditional permutation tails of every unit's neighbour sum; the order of `values`.
///
/// `values`: one whole number a unit, all observed; `weights`: any with equal weights within each row. A unit without
/// neighbours, or with all others as neighbours, has a reason instead. `threads` changes no digit.
///
/// ```
/// use vigie::stats::{ExactLimits, Neighbours, exact_conditional};
/// // Five units in a ring; unit 0 has 9 and 5 beside it, the largest pair of the four others: 1 of 6 pairs reaches 14.
/// let ring = Neighbours::from_links(5, &[(0, 1), (1, 2), (2, 3), (3, 4), (0, 4)])?;
/// let tails = exact_conditional(&[0.0, 9.0, 1.0, 0.0, 5.0], &ring, ExactLimits::default(), 1)?;
/// assert!((tails[0]?.p_ge - 1.0 / 6.0).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn exact_conditional(
    values: &[f64],
    weights: &Neighbours,
    limits: ExactLimits,
    threads: usize,
) -> Result<Vec<Result<Tail, Reason>>, NotExact> {
    let exact = Exact::new(values, weights, limits)?;
    let mut out = vec![Err(Reason::NoNeighbours); values.len()];
    fill(threads, 4_096, &mut out, |unit| exact.tail(unit));
    Ok(out)
}

/// The table of a map, ready to be asked unit by unit.
pub(super) struct Exact<'a> {
    weights: &'a Neighbours,
    values: Vec<u64>,
    total: u64,
    table: SubsetSums,
}

impl<'a> Exact<'a> {
    pub fn new(values: &[f64], weights: &'a Neighbours, limits: ExactLimits) -> Result<Self, NotExact> {
        let n = values.len();
        if n != weights.len() {
            return Err(NotExact::WrongLength { values: n, units: weights.len() });
        }
        if !weights.rows_have_equal_weights() {
            return Err(NotExact::UnequalWeights);
        }
        let values = steps(values)?;
        let most = (0..n).map(|u| counted_way(weights.count(u), n)).max().unwrap_or(0);
        let table = SubsetSums::new(&values, most, limits)?;
        Ok(Self { weights, total: values.iter().fold(0, |t, v| t.saturating_add(*v)), values, table })
    }

    pub fn tail(&self, unit: usize) -> Result<Tail, Reason> {
        let (k, n) = (self.weights.count(unit), self.values.len());
        if k == 0 {
            return Err(Reason::NoNeighbours);
        }
        if k + 1 == n {
            return Err(Reason::FullNeighbourhood);
        }
        let own = self.values[unit];
        let sum: u64 = self.weights.of(unit).iter().map(|j| self.values[*j as usize]).sum();
        let fewer = counted_way(k, n);
        if fewer == k {
            return Ok(self.table.tail(own, k, sum));
        }
        // The neighbours hold much exactly where the others hold little.
        let others = self.table.tail(own, fewer, self.total - own - sum);
        Ok(Tail { p_ge: others.p_le, p_le: others.p_ge, p_eq: others.p_eq })
    }
}

/// k, or the number of other units that are no neighbours where that is smaller.
fn counted_way(k: usize, n: usize) -> usize {
    k.min((n - 1) - k)
}

/// Values as steps above the least one, in units of their greatest common divisor: the smallest table for the same order.
fn steps(values: &[f64]) -> Result<Vec<u64>, NotExact> {
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    if !values.iter().all(|v| v.fract() == 0.0 && v.abs() <= WHOLE) {
        return Err(NotExact::NotWhole);
    }
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let mut steps: Vec<u64> = values.iter().map(|v| whole(*v, least)).collect();
    let divisor = steps.iter().fold(0, |d, u| if d == 1 { 1 } else { gcd(d, *u) });
    if divisor > 1 {
        for step in &mut steps {
            *step /= divisor;
        }
    }
    Ok(steps)
}

/// The difference of two whole doubles within ±2^53, exactly.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, within ±2^53, value ≥ least")]
fn whole(value: f64, least: f64) -> u64 {
    (value as i64 - least as i64) as u64
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Tilted, cumulative numbers of k-subsets by their sum, for k up to the most neighbours.
struct SubsetSums {
    /// Row k: at index s, subsets with sum ≤ s, and subsets with sum ≥ s. Rows end at the largest sum of k values.
    rows: Vec<Vec<(f64, f64)>>,
    /// C(n, k)·ρ^k.
    totals: Vec<f64>,
    /// C(n − 1, k)·ρ^k.
    others: Vec<f64>,
    /// 1 / C(n − 1, k), or 0 where that is below the doubles.
    least: Vec<f64>,
    tilt: f64,
}

impl SubsetSums {
    fn new(values: &[u64], most: usize, limits: ExactLimits) -> Result<Self, NotExact> {
        if most > MOST_NEIGHBOURS {
            return Err(NotExact::TooLarge);
        }
        let n = values.len();
        let histogram = histogram(values);
        let tilt = most.max(1) as f64 / n.max(1) as f64;
        let ends = largest_sums(&histogram, most);
        let cells: u64 = ends.iter().fold(0, |c, e| c.saturating_add(e.saturating_add(1)));
        let updates = cells.saturating_mul(histogram.iter().map(|(_, m)| (*m).min(most) as u64).sum());
        if cells > limits.cells || updates > limits.updates {
            return Err(NotExact::TooLarge);
        }
        let mut rows: Vec<Vec<f64>> = ends.iter().map(|end| vec![0.0; index(*end) + 1]).collect();
        rows[0][0] = 1.0;
        // How far each row is filled: the largest sum so far; none where there are not yet k values.
        let mut filled: Vec<Option<usize>> = vec![None; most + 1];
        filled[0] = Some(0);
        for (value, copies) in &histogram {
            let value = index(*value);
            let coefficients = binomials(*copies, (*copies).min(most), tilt);
            // Rows downwards: row k takes from rows not yet touched by this value.
            for k in (1..=most).rev() {
                let (below, row) = rows.split_at_mut(k);
                let row = &mut row[0];
                for (j, coefficient) in coefficients.iter().enumerate().take(k + 1).skip(1) {
                    let Some(end) = filled[k - j] else { continue };
                    let shift = j * value;
                    for (to, from) in row[shift..=shift + end].iter_mut().zip(&below[k - j][..=end]) {
                        *to += coefficient * from;
                    }
                    filled[k] = filled[k].max(Some(shift + end));
                }
            }
        }
        let rows = rows.into_iter().map(|row| both_ways(&row)).collect();
        let least = binomials(n.saturating_sub(1), most, 1.0).iter().map(|c| 1.0 / c).collect();
        Ok(Self {
            rows,
            totals: binomials(n, most, tilt),
            others: binomials(n.saturating_sub(1), most, tilt),
            least,
            tilt,
        })
    }

    /// The tails of a sum of `k` values drawn from all but one copy of `own`.
    fn tail(&self, own: u64, k: usize, sum: u64) -> Tail {
        let (mut le, mut ge, mut factor) = (0.0, 0.0, 1.0);
        // j copies of the own value taken out: they account for j·own of the sum.
        let mut rest = Some(sum);
        for fewer in (0..=k).rev() {
            let row = &self.rows[fewer];
            match rest {
                Some(s) => match row.get(index(s)) {
                    Some((at_most, at_least)) => {
                        le += factor * at_most;
                        ge += factor * at_least;
                    }
                    None => le += factor * self.totals[fewer],
                },
                None => ge += factor * self.totals[fewer],
            }
            rest = rest.and_then(|s| s.checked_sub(own));
            factor *= -self.tilt;
        }
        Tail::exact(ge / self.others[k], le / self.others[k], self.least[k])
    }
}

/// Table indices stay below `ExactLimits::cells`; sums that do not fit lie beyond every row.
fn index(sum: u64) -> usize {
    usize::try_from(sum).unwrap_or(usize::MAX)
}

/// Distinct values with their counts, ascending.
fn histogram(values: &[u64]) -> Vec<(u64, usize)> {
    let largest = values.iter().copied().max().unwrap_or(0);
    // Counts are small numbers: count them in place instead of sorting.
    if largest < 4 * values.len() as u64 + 1_024 {
        let mut counts = vec![0; index(largest) + 1];
        for v in values {
            counts[index(*v)] += 1;
        }
        return (0..).zip(counts).filter(|(_, count)| *count > 0).collect();
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.chunk_by(|a, b| a == b).map(|run| (run[0], run.len())).collect()
}

/// The sum of the k largest values, for k in 0..=most.
fn largest_sums(histogram: &[(u64, usize)], most: usize) -> Vec<u64> {
    let mut sums = vec![0];
    let descending = histogram.iter().rev().flat_map(|(value, copies)| std::iter::repeat_n(*value, *copies));
    for value in descending.take(most) {
        sums.push(sums.last().copied().unwrap_or(0_u64).saturating_add(value));
    }
    sums
}

/// C(n, k)·tilt^k for k in 0..=most.
fn binomials(n: usize, most: usize, tilt: f64) -> Vec<f64> {
    let mut out = vec![1.0];
    for k in 1..=most {
        let last = out[k - 1];
        out.push(last * (n as f64 - (k - 1) as f64) / k as f64 * tilt);
    }
    out
}

/// Sums from below and from above, side by side.
fn both_ways(row: &[f64]) -> Vec<(f64, f64)> {
    let mut out: Vec<(f64, f64)> = row.iter().map(|v| (*v, *v)).collect();
    for s in 1..out.len() {
        out[s].0 += out[s - 1].0;
    }
    for s in (1..out.len()).rev() {
        out[s - 1].1 += out[s].1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tails by listing every subset of the others.
    fn enumerated(values: &[f64], weights: &Neighbours, unit: usize) -> (f64, f64) {
        let observed: f64 = weights.of(unit).iter().map(|j| values[*j as usize]).sum();
        let others: Vec<f64> = (0..values.len()).filter(|u| *u != unit).map(|u| values[u]).collect();
        let (mut ge, mut le, mut all) = (0.0, 0.0, 0.0);
        for mask in 0_u32..1 << others.len() {
            if mask.count_ones() as usize == weights.count(unit) {
                let sum: f64 = others.iter().enumerate().filter(|(k, _)| mask >> k & 1 == 1).map(|(_, v)| v).sum();
                all += 1.0;
                ge += f64::from(u8::from(sum >= observed));
                le += f64::from(u8::from(sum <= observed));
            }
        }
        (ge / all, le / all)
    }

    #[test]
    fn the_programme_agrees_with_listing_every_subset_for_every_size_of_neighbourhood() {
        let values = [0.0, 0.0, 7.0, 0.0, 3.0, 1.0, 1.0, 0.0, 12.0, 5.0, 0.0, 2.0];
        for reach in 1..=10 {
            let pairs: Vec<(usize, usize)> =
                (0..12).flat_map(|i| (1..=reach).map(move |d| (i, (i + d) % 12))).collect();
            let weights = Neighbours::from_pairs(12, &pairs).expect("a ring");
            let tails = exact_conditional(&values, &weights, ExactLimits::default(), 1).expect("whole numbers");
            for (unit, tail) in tails.iter().enumerate() {
                let (ge, le) = enumerated(&values, &weights, unit);
                let tail = tail.expect("neighbours");
                assert!(
                    (tail.p_ge - ge).abs() < 1e-13 && (tail.p_le - le).abs() < 1e-13,
                    "{reach} {unit} {tail:?} {ge} {le}"
                );
            }
        }
    }

    #[test]
    fn negative_and_spread_out_whole_numbers_give_the_same_p() {
        let ring: Vec<(usize, usize)> = (0..9).map(|i| (i, (i + 1) % 9)).collect();
        let ring = Neighbours::from_links(9, &ring).expect("a ring");
        let counts = [4.0, 0.0, 0.0, 1.0, 9.0, 8.0, 0.0, 2.0, 0.0];
        let moved: Vec<f64> = counts.iter().map(|v| v * 1_000_000.0 - 3e9).collect();
        let limits = ExactLimits::default();
        assert_eq!(exact_conditional(&counts, &ring, limits, 1), exact_conditional(&moved, &ring, limits, 2));
    }

    #[test]
    fn what_cannot_be_counted_says_why() {
        let pair = Neighbours::from_links(3, &[(0, 1)]).expect("a pair");
        let of = |values: &[f64], weights: &Neighbours| exact_conditional(values, weights, ExactLimits::default(), 1);
        assert_eq!(of(&[0.5, 1.0, 2.0], &pair), Err(NotExact::NotWhole));
        assert_eq!(of(&[0.0, 1.0, 9e15], &pair), Err(NotExact::TooLarge));
        let uneven = Neighbours::from_weighted(3, &[(0, 1, 1.0), (0, 2, 2.0)]).expect("weights");
        assert_eq!(of(&[0.0, 1.0, 2.0], &uneven), Err(NotExact::UnequalWeights));
        let tails = of(&[0.0, 1.0, 2.0], &pair).expect("small");
        assert_eq!(tails[2], Err(Reason::NoNeighbours));
        let full = Neighbours::from_links(3, &[(0, 1), (0, 2)]).expect("a star");
        assert_eq!(of(&[0.0, 1.0, 2.0], &full).expect("small")[0], Err(Reason::FullNeighbourhood));
        assert_eq!(of(&[], &Neighbours::from_pairs(0, &[]).expect("none")), Ok(vec![]));
    }
}
