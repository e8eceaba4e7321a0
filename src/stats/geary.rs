//! Geary's C, of a whole map and of each unit.

use super::local_moran::Moments;
use super::monte_carlo::{MonteCarlo, monte_carlo_global};
use super::moran::{Islands, counted};
use super::pool::{Pool, RowSums, WeightSums};
use super::{Neighbours, Reason, Tail};

/// Geary's C.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GlobalGeary {
    /// C: below 1 where neighbours are alike, above 1 where they are unlike.
    pub c: f64,
    /// Under [`super::Null::Normality`].
    pub normality: Moments,
    /// Under [`super::Null::Randomisation`].
    pub randomisation: Moments,
    /// Units counted.
    pub n: usize,
}

/// Geary's C with its closed-form moments.
///
/// Question: do neighbours differ less than any two units, over the whole map? More sensitive to small distances in value
/// than Moran's I.
///
/// C = ((n−1)/(2 S0)) Σ_ij w_ij (y_i − y_j)² / Σ z². E = 1; VN = ((2 S1 + S2)(n−1) − 4 S0²)/(2(n+1) S0²),
/// VR = ((n−1) S1 (n²−3n+3−(n−1)b2) − ¼(n−1) S2 (n²+3n−6−(n²−n+2)b2) + S0²(n²−3−(n−1)² b2)) / (n(n−2)(n−3) S0²)
/// (Cliff & Ord 1981, *Spatial Processes*, pp. 17 and 21).
///
/// Input as [`super::moran()`]. Alike neighbours have a z **below** 0.
///
/// ```
/// use vigie::stats::{Islands, Neighbours, geary};
/// let chain = Neighbours::from_links(4, &[(0, 1), (1, 2), (2, 3)])?;
/// assert!((geary(&[1.0, 2.0, 3.0, 4.0], &chain, Islands::default())?.c - 0.3).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn geary(values: &[f64], weights: &Neighbours, islands: Islands) -> Result<GlobalGeary, Reason> {
    let pool = Pool::of(values, weights, 4)?;
    let sums = WeightSums::of(weights)?;
    let counted = counted(&sums, &pool, islands, 4)?;
    let (n, s0, s1, s2, b2) = (counted as f64, sums.s0, sums.s1, sums.s2, pool.b2);
    let c = statistic(values, weights) * (n - 1.0) / (2.0 * s0) / (pool.m2 * pool.n as f64);
    let square = s0 * s0;
    let normality = ((2.0 * s1 + s2) * (n - 1.0) - 4.0 * square) / (2.0 * (n + 1.0) * square);
    let randomisation = ((n - 1.0) * s1 * (n * n - 3.0 * n + 3.0 - (n - 1.0) * b2)
        - (n - 1.0) * s2 * (n * n + 3.0 * n - 6.0 - (n * n - n + 2.0) * b2) / 4.0
        + square * (n * n - 3.0 - (n - 1.0) * (n - 1.0) * b2))
        / (n * (n - 2.0) * (n - 3.0) * square);
    Ok(GlobalGeary {
        c,
        normality: Moments::of(c, 1.0, normality)?,
        randomisation: Moments::of(c, 1.0, randomisation)?,
        n: counted,
    })
}

/// The permutation tails of Geary's C, by sampling; [`Tail::p_le`] is the p of "alike".
pub fn geary_monte_carlo(values: &[f64], weights: &Neighbours, how: &MonteCarlo) -> Result<Tail, Reason> {
    Pool::of(values, weights, 3)?;
    WeightSums::of(weights)?;
    Ok(monte_carlo_global(values, how, |v| statistic(v, weights)))
}

/// Σ_ij w_ij (y_i − y_j)².
fn statistic(values: &[f64], weights: &Neighbours) -> f64 {
    (0..values.len()).map(|u| weights.row(u).map(|(j, w)| w * (values[u] - values[j]).powi(2)).sum::<f64>()).sum()
}

/// A unit's local Geary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalGeary {
    /// c_i, at least 0: small where the neighbours have nearly the unit's value.
    pub c: f64,
    /// Under [`super::Null::ConditionalRandomisation`].
    pub conditional: Moments,
}

/// Local Geary of every unit, in the order of `values`.
///
/// Question: do the neighbours have nearly this unit's value, high or low?
///
/// c_i = Σ_j w_ij (s_i − s_j)² with s the values standardised by the n − 1 standard deviation (Anselin 1995,
/// Geographical Analysis 27; spdep's and GeoDa's scale). Conditional null (own value held): the neighbours are draws
/// without replacement from g_j = (s_i − s_j)², j ≠ i, so E = W_i ḡ and
/// V = (S1_i − W_i²/(n−1)) · Var(g) · (n−1)/(n−2), Var with divisor n − 1 (moments of sampling without replacement).
///
/// Input as [`super::local_moran()`]. A z far below 0 says "alike"; the law of c_i is skewed, its normal tail a guide only.
///
/// ```
/// use vigie::stats::{Neighbours, local_geary};
/// let chain = Neighbours::from_links(4, &[(0, 1), (1, 2), (2, 3)])?;
/// let first = local_geary(&[1.0, 2.0, 3.0, 4.0], &chain)[0]?;
/// // Variance 5/3; (1 − 2)² / (5/3), and the mean of 1, 4 and 9 by the same.
/// assert!((first.c - 0.6).abs() < 1e-15 && (first.conditional.expected - 2.8).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn local_geary(values: &[f64], weights: &Neighbours) -> Vec<Result<LocalGeary, Reason>> {
    match Pool::of(values, weights, 3) {
        Err(reason) => vec![Err(reason); values.len()],
        Ok(pool) => {
            let power = |k: i32| values.iter().map(|v| (v - pool.mean).powi(k)).sum::<f64>();
            let powers = [power(2), power(3), power(4)];
            (0..values.len()).map(|unit| local(values, weights, &pool, powers, unit)).collect()
        }
    }
}

fn local(
    values: &[f64],
    weights: &Neighbours,
    pool: &Pool,
    [sum2, sum3, sum4]: [f64; 3],
    unit: usize,
) -> Result<LocalGeary, Reason> {
    let row = RowSums::of(values, weights, unit, pool.mean);
    if row.w == 0.0 {
        return Err(Reason::NoNeighbours);
    }
    let (n, others) = (pool.n as f64, pool.n as f64 - 1.0);
    let variance = sum2 / others;
    let c = weights.row(unit).map(|(j, w)| w * (values[unit] - values[j]).powi(2)).sum::<f64>() / variance;
    let spread = row.s1 - row.w * row.w / others;
    if spread <= 1e-12 * row.s1 {
        return Err(Reason::FullNeighbourhood);
    }
    if pool.lone == Some(unit) {
        return Err(Reason::Degenerate);
    }
    let z = values[unit] - pool.mean;
    let mean = (n * z * z + sum2) / others;
    let square = (n * z.powi(4) + 6.0 * z * z * sum2 - 4.0 * z * sum3 + sum4) / others;
    let of_g = (square - mean * mean) / (variance * variance);
    let conditional = Moments::of(c, row.w * mean / variance, spread * of_g * others / (n - 2.0))?;
    Ok(LocalGeary { c, conditional })
}
