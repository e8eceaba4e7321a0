//! Mann and Kendall's test: does a series rise or fall over time, whatever the shape?
//!
//! **Statistic**: S = Σ over pairs i < j of sign(xⱼ − xᵢ), from −n(n−1)/2 to n(n−1)/2. **Variance** with ties of sizes t:
//! Var S = (n(n−1)(2n+5) − Σ t(t−1)(2t+5))/18. **Output**: S, Var S, z = (S − sign S)/√Var S, its two-sided normal p in
//! 0..1 and Kendall's τ_b in −1..1. **Input**: at least [`MIN_PERIODS`] finite values in order of time, any unit.
//!
//! **Assumptions**: the values are independent under the null. A series whose neighbours are alike (months of a conflict,
//! z-scores of overlapping windows) makes p too small; [`hamed_rao`] corrects Var S for that. Fewer than ten values make
//! the normal p rough. **Sources**: Mann 1945; Kendall 1975, *Rank Correlation Methods*, eq. 4.2 and 4.3 (ties); Hamed and
//! Rao 1998, "A modified Mann–Kendall trend test for autocorrelated data", J. Hydrology 204, eq. 15 and 16.
//!
//! ```
//! use vigie::stats::mann_kendall::mann_kendall;
//! let found = mann_kendall(&[1.0, 3.0, 2.0, 5.0])?;
//! assert_eq!((found.s, found.var_s), (4, 26.0 / 3.0));
//! assert!((found.z - 3.0 / (26.0_f64 / 3.0).sqrt()).abs() < 1e-15);
//! # Ok::<(), vigie::stats::StatsError>(())
//! ```

use std::cmp::Ordering;

use super::distributions::normal_two_sided;
use super::error::{StatsError, within};
use super::reason::Reason;

/// The least number of values.
pub const MIN_PERIODS: usize = 4;
/// The most values: every pair is looked at.
pub const MAX_PERIODS: usize = 5_000;

/// The result of Mann and Kendall's test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannKendall {
    /// How many values.
    pub n: usize,
    /// Rises less falls over all pairs.
    pub s: i64,
    /// Variance of S under the null, ties taken into account (and autocorrelation, by [`hamed_rao`]).
    pub var_s: f64,
    /// Standard score, with the continuity correction.
    pub z: f64,
    /// Two-sided p, normal approximation.
    pub p: f64,
    /// Kendall's τ_b.
    pub tau_b: f64,
    /// By what the variance was multiplied for autocorrelation; 1 where it was not.
    pub variance_factor: f64,
}

/// The test with the correction for ties.
pub fn mann_kendall(series: &[f64]) -> Result<MannKendall, StatsError> {
    checked(series)?;
    Ok(test(series, 1.0)?)
}

/// The test with the variance corrected for autocorrelation: Sen's slope is taken out, the ranks of what is left are
/// correlated with themselves at every lag, and those correlations that are significant at 5 % enter.
///
/// Where they are so negative that the variance is not positive, there is no test ([`Reason::Degenerate`]).
pub fn hamed_rao(series: &[f64]) -> Result<MannKendall, StatsError> {
    /// Two-sided 5 % point of the normal distribution.
    const POINT_5: f64 = 1.959_963_984_540_054;
    checked(series)?;
    let n = series.len();
    let slope = sen_slope(series);
    let detrended: Vec<f64> = series.iter().enumerate().map(|(k, x)| x - slope * (k + 1) as f64).collect();
    let ranks = ranks(&detrended);
    let mean = ranks.iter().sum::<f64>() / n as f64;
    let at_lag = |lag: usize| ranks[lag..].iter().zip(&ranks).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
    let whole = at_lag(0);
    let mut sum = 0.0;
    if whole > 0.0 {
        for lag in 1..n {
            let r = at_lag(lag) / whole;
            if r.abs() > POINT_5 / (n as f64).sqrt() {
                let left = (n - lag) as f64;
                sum += left * (left - 1.0) * (left - 2.0) * r;
            }
        }
    }
    let m = n as f64;
    let factor = 1.0 + 2.0 / (m * (m - 1.0) * (m - 2.0)) * sum;
    Ok(test(series, factor)?)
}

/// The median of the slopes between all pairs, in the values' unit a period (Sen 1968).
fn sen_slope(series: &[f64]) -> f64 {
    let mut slopes: Vec<f64> = Vec::with_capacity(series.len() * (series.len() - 1) / 2);
    for (i, x) in series.iter().enumerate() {
        slopes.extend(series[i + 1..].iter().enumerate().map(|(gap, y)| (y - x) / (gap + 1) as f64));
    }
    slopes.sort_unstable_by(f64::total_cmp);
    let middle = slopes.len() / 2;
    if slopes.len().is_multiple_of(2) { f64::midpoint(slopes[middle - 1], slopes[middle]) } else { slopes[middle] }
}

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    for tie in order.chunk_by(|a, b| values[*a].total_cmp(&values[*b]).is_eq()) {
        let shared = from as f64 + (tie.len() + 1) as f64 / 2.0;
        for k in tie {
            ranks[*k] = shared;
        }
        from += tie.len();
    }
    ranks
}

fn checked(series: &[f64]) -> Result<(), StatsError> {
    within("periods", series.len(), MAX_PERIODS)?;
    if series.len() < MIN_PERIODS {
        return Err(Reason::TooFew.into());
    }
    if series.iter().any(|x| !x.is_finite()) {
        return Err(Reason::NotFinite.into());
    }
    Ok(())
}

/// The test on a series that was checked (finite, at most [`MAX_PERIODS`] values).
pub(super) fn test(series: &[f64], variance_factor: f64) -> Result<MannKendall, Reason> {
    let n = series.len();
    let s: i64 = (0..n)
        .map(|i| {
            let x = series[i];
            series[i + 1..].iter().map(|y| i64::from(*y > x) - i64::from(*y < x)).sum::<i64>()
        })
        .sum();
    let mut sorted = series.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let term = |t: usize| (t * (t - 1) * (2 * t + 5)) as f64;
    let pairs = |t: usize| (t * (t - 1) / 2) as f64;
    let (mut ties, mut tied_pairs) = (0.0, 0.0);
    // Compared as numbers: 0 and −0 are a tie.
    for tie in sorted.chunk_by(|a, b| a.partial_cmp(b).is_some_and(Ordering::is_eq)) {
        ties += term(tie.len());
        tied_pairs += pairs(tie.len());
    }
    let plain = (term(n) - ties) / 18.0;
    if plain <= 0.0 {
        return Err(Reason::AllEqual);
    }
    let var_s = plain * variance_factor;
    if var_s <= 0.0 {
        return Err(Reason::Degenerate);
    }
    let z = (s - s.signum()) as f64 / var_s.sqrt();
    let tau_b = s as f64 / (pairs(n) * (pairs(n) - tied_pairs)).sqrt();
    Ok(MannKendall { n, s, var_s, z, p: normal_two_sided(z), tau_b, variance_factor })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn only_the_order_of_the_values_counts(values in prop::collection::vec(-20_i32..20, 4..40)) {
            let plain: Vec<f64> = values.iter().map(|v| f64::from(*v)).collect();
            let bent: Vec<f64> = plain.iter().map(|v| v * v * v + 5.0 * v).collect();
            let mirrored: Vec<f64> = plain.iter().map(|v| -v).collect();
            match (mann_kendall(&plain), mann_kendall(&bent), mann_kendall(&mirrored)) {
                (Ok(a), Ok(b), Ok(c)) => {
                    prop_assert_eq!(a, b);
                    prop_assert_eq!((a.s, a.var_s, a.p), (-c.s, c.var_s, c.p));
                }
                (Err(a), Err(b), Err(c)) => prop_assert!(a == b && b == c),
                _ => prop_assert!(false),
            }
        }
    }

    #[test]
    fn a_constant_a_short_and_a_broken_series_have_no_trend_to_test() {
        assert_eq!(mann_kendall(&[2.0; 10]), Err(Reason::AllEqual.into()));
        assert_eq!(mann_kendall(&[0.0, -0.0, 0.0, -0.0]), Err(Reason::AllEqual.into()));
        assert_eq!(mann_kendall(&[1.0, 2.0, 3.0]), Err(Reason::TooFew.into()));
        assert_eq!(mann_kendall(&[]), Err(Reason::TooFew.into()));
        assert_eq!(mann_kendall(&[1.0, 2.0, f64::NAN, 3.0]), Err(Reason::NotFinite.into()));
        assert!(matches!(mann_kendall(&vec![1.0; MAX_PERIODS + 1]), Err(StatsError::TooMany { .. })));
        assert_eq!(hamed_rao(&[2.0; 10]), Err(Reason::AllEqual.into()));
    }

    #[test]
    fn a_series_whose_neighbours_are_alike_gets_a_larger_variance() {
        // Slow waves on a gentle slope. Numbers of pymannkendall 1.4.3, hamed_rao_modification_test.
        let series: Vec<f64> = (0..48).map(|k| libm::sin(f64::from(k) / 4.0) * 5.0 + f64::from(k) * 0.05).collect();
        let (plain, corrected) = (mann_kendall(&series).expect("a test"), hamed_rao(&series).expect("a test"));
        assert_eq!((plain.s, corrected.s), (-132, -132));
        assert!((corrected.var_s / 32_747.751_671_575_188 - 1.0).abs() < 1e-9, "{corrected:?}");
        assert!((corrected.z / -0.723_903_291_693_424_6 - 1.0).abs() < 1e-9, "{corrected:?}");
        assert!(corrected.p > plain.p);
        // Uncorrelated once the slope is out: nothing to correct.
        let straight: Vec<f64> = (0..12).map(f64::from).collect();
        assert_eq!(hamed_rao(&straight), mann_kendall(&straight));
    }
}
