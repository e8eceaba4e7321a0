//! Moran's I of a whole map.

use super::local_moran::Moments;
use super::monte_carlo::{MonteCarlo, monte_carlo_global};
use super::pool::{Pool, WeightSums};
use super::{Neighbours, Reason, Tail};

/// Whether units without neighbours count in n.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Islands {
    /// They do not (spdep's `adjust.n`, its default): n counts the units with neighbours. Their values stay in the mean.
    #[default]
    NotCounted,
    /// They do.
    Counted,
}

/// Moran's I.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GlobalMoran {
    /// I: above the expectation where neighbours are alike, below where they are unlike.
    pub i: f64,
    /// Under [`super::Null::Normality`].
    pub normality: Moments,
    /// Under [`super::Null::Randomisation`].
    pub randomisation: Moments,
    /// Units counted.
    pub n: usize,
}

/// Moran's I with its closed-form moments.
///
/// Question: do neighbours have like values, over the whole map?
///
/// I = (n/S0) Σ_ij w_ij z_i z_j / Σ z², z = y − ȳ. E = −1/(n−1); variances under normality and randomisation as Cliff &
/// Ord 1981, *Spatial Processes*, pp. 17 and 21: VN = (n² S1 − n S2 + 3 S0²)/((n²−1) S0²) − E²,
/// VR = (n((n²−3n+3) S1 − n S2 + 3 S0²) − b2((n²−n) S1 − 2n S2 + 6 S0²))/((n−1)(n−2)(n−3) S0²) − E².
///
/// Input: one finite value a unit, all observed; any weights. p from z: [`super::normal_upper`] (alike) or
/// [`super::normal_two_sided`]; [`moran_monte_carlo`] assumes no normal tail.
///
/// ```
/// use vigie::stats::{Islands, Neighbours, moran};
/// let chain = Neighbours::from_links(4, &[(0, 1), (1, 2), (2, 3)])?;
/// let moran = moran(&[1.0, 2.0, 3.0, 4.0], &chain, Islands::default())?;
/// assert!((moran.i - 1.0 / 3.0).abs() < 1e-15);
/// // The variance that listing all 24 arrangements gives.
/// assert!((moran.randomisation.variance - 8.0 / 45.0).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn moran(values: &[f64], weights: &Neighbours, islands: Islands) -> Result<GlobalMoran, Reason> {
    let pool = Pool::of(values, weights, 4)?;
    let sums = WeightSums::of(weights)?;
    let counted = counted(&sums, &pool, islands, 4)?;
    let (n, s0, s1, s2) = (counted as f64, sums.s0, sums.s1, sums.s2);
    let i = statistic(values, weights, pool.mean) * n / s0 / (pool.m2 * pool.n as f64);
    let expected = -1.0 / (n - 1.0);
    let square = s0 * s0;
    let normality = (n * n * s1 - n * s2 + 3.0 * square) / ((n * n - 1.0) * square) - expected * expected;
    let randomisation = (n * ((n * n - 3.0 * n + 3.0) * s1 - n * s2 + 3.0 * square)
        - pool.b2 * ((n * n - n) * s1 - 2.0 * n * s2 + 6.0 * square))
        / ((n - 1.0) * (n - 2.0) * (n - 3.0) * square)
        - expected * expected;
    Ok(GlobalMoran {
        i,
        normality: Moments::of(i, expected, normality)?,
        randomisation: Moments::of(i, expected, randomisation)?,
        n: counted,
    })
}

/// The permutation tails of Moran's I: every arrangement of all values equally likely, by sampling.
///
/// Question, input and reasons as [`moran`]; [`Tail::p_ge`] is the p of "alike". Islands change the scale of I and no p.
pub fn moran_monte_carlo(values: &[f64], weights: &Neighbours, how: &MonteCarlo) -> Result<Tail, Reason> {
    let pool = Pool::of(values, weights, 3)?;
    WeightSums::of(weights)?;
    Ok(monte_carlo_global(values, how, |v| statistic(v, weights, pool.mean)))
}

/// Σ_ij w_ij z_i z_j.
fn statistic(values: &[f64], weights: &Neighbours, mean: f64) -> f64 {
    let unit = |u: usize| (values[u] - mean) * weights.row(u).map(|(j, w)| w * (values[j] - mean)).sum::<f64>();
    (0..values.len()).map(unit).sum()
}

/// The n of the formulas.
pub(super) fn counted(sums: &WeightSums, pool: &Pool, islands: Islands, needed: usize) -> Result<usize, Reason> {
    let units = match islands {
        Islands::Counted => pool.n,
        Islands::NotCounted => pool.n - sums.islands,
    };
    if units < needed { Err(Reason::TooFewUnits { units, needed }) } else { Ok(units) }
}
