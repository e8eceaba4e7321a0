//! Change between two periods: the ratio of two rates, with an exact test and an exact interval.
//!
//! **Question**: did the rate of a unit change from one period to the next, by how much, and is it more than the chance of
//! small counts? **Input**: for each unit and period a count and its exposure (people × months, or monitored days: the same
//! unit in both periods, > 0). **Formula**: given c₁ + c₂ = n events in all, c₂ is binomial of n trials with probability
//! π = R·e₂/(e₁ + R·e₂), where R is the ratio of the rates. The test takes R = 1: p = min(1, 2·min(P(X ≤ c₂), P(X ≥ c₂))).
//! The interval is Clopper and Pearson's for π, turned into R = π/(1−π)·e₁/e₂. Test and interval agree: p < α just where
//! the interval leaves out 1. **Output**: R ≥ 0 (none where c₁ = 0: no finite estimate, though a lower bound), the
//! interval, p and mid-p in 0..1, and over many units q by Benjamini and Hochberg.
//!
//! **Assumptions**: counts are Poisson; events that come in series (one attack, forty violations) vary more than that and
//! make p too small: test incidents rather than violations. Exposure says what was watched: where coverage changed and the
//! exposure does not say so, the change is that of coverage. **Sources**: Przyborowski and Wilenski 1940, Biometrika 31,
//! eq. 4; Clopper and Pearson 1934; Lancaster 1961 (mid-p); Benjamini and Hochberg 1995, eq. 1.
//!
//! ```
//! use vigie::stats::change::{Tally, rate_ratio};
//! // 4 events, then 12, over the same exposure: twice P(X ≥ 12) of Bin(16, ½) = 2·2517/65536.
//! let found = rate_ratio(Tally { count: 4, exposure: 1.0 }, Tally { count: 12, exposure: 1.0 }, 0.05)?;
//! assert_eq!(found.ratio, Some(3.0));
//! assert!((found.p - 5034.0 / 65536.0).abs() < 1e-14);
//! # Ok::<(), vigie::stats::StatsError>(())
//! ```

use super::discrete::{binomial_at_least, binomial_exactly, clopper_pearson};
use super::error::{StatsError, rate, same_length, within};
use super::multiple::{Correction, adjusted};
use super::reason::Reason;

/// No more units than this.
pub const MAX_UNITS: usize = 200_000;
/// No larger count than this in one unit and period.
pub const MAX_COUNT: u64 = 10_000_000;

/// Events counted over an exposure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tally {
    /// Events, at most [`MAX_COUNT`].
    pub count: u64,
    /// What they could have happened in: people × time, or days watched. More than 0.
    pub exposure: f64,
}

/// How two rates compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateRatio {
    /// Later rate by earlier rate; none where the earlier count is 0.
    pub ratio: Option<f64>,
    /// Lower bound of the exact interval, ≥ 0.
    pub lower: f64,
    /// Upper bound; none where it is unbounded (earlier count 0).
    pub upper: Option<f64>,
    /// Exact two-sided p under equal rates.
    pub p: f64,
    /// Two-sided mid-p: less conservative, not guaranteed.
    pub mid_p: f64,
}

/// The exact ratio of a later to an earlier rate with an interval of confidence 1 − alpha.
///
/// No value where an exposure is missing ([`Reason::NoPopulation`]) or nothing happened in either period
/// ([`Reason::AllZero`]: 0 of 0 is no ratio).
pub fn rate_ratio(before: Tally, after: Tally, alpha: f64) -> Result<RateRatio, StatsError> {
    rate("alpha", alpha)?;
    for tally in [before, after] {
        if !(tally.exposure > 0.0 && tally.exposure.is_finite()) {
            return Err(Reason::NoPopulation.into());
        }
        if tally.count > MAX_COUNT {
            return Err(StatsError::TooMany { what: "events", given: tally.count, limit: MAX_COUNT });
        }
    }
    let n = before.count + after.count;
    if n == 0 {
        return Err(Reason::AllZero.into());
    }
    let (x, share) = (after.count, after.exposure / (before.exposure + after.exposure));
    let at_least = binomial_at_least(x, n, share);
    // The other tail from the other side: no digits are lost in 1 − p.
    let at_most = binomial_at_least(n - x, n, 1.0 - share);
    let exactly = binomial_exactly(x, n, share);
    let two_sided = |a: f64, b: f64| (2.0 * a.min(b)).min(1.0);
    let (low, high) = clopper_pearson(x, n, alpha);
    let scale = before.exposure / after.exposure;
    let ratio = |pi: f64| pi / (1.0 - pi) * scale;
    Ok(RateRatio {
        ratio: (before.count > 0).then(|| x as f64 / before.count as f64 * scale),
        lower: ratio(low),
        upper: (before.count > 0).then(|| ratio(high)),
        p: two_sided(at_least, at_most),
        mid_p: two_sided(at_least - exactly / 2.0, at_most - exactly / 2.0).max(0.0),
    })
}

/// A unit's change, tested among others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// The ratio, its interval and p.
    pub ratio: RateRatio,
    /// The smallest false discovery rate at which the change is a discovery.
    pub q: f64,
    /// Whether q ≤ alpha.
    pub significant: bool,
}

/// The changes of many units.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// False discovery rate, and 1 − confidence of the intervals.
    pub alpha: f64,
    /// How many units were tested: those with a value.
    pub tested: usize,
    /// Each unit's change, or why it has none.
    pub units: Vec<Result<Change, Reason>>,
}

/// [`rate_ratio`] for each unit, with the false discovery rate held at `alpha` over the units tested. A unit not observed
/// in one of the periods (none) is outside the test.
pub fn changes(before: &[Option<Tally>], after: &[Option<Tally>], alpha: f64) -> Result<Changes, StatsError> {
    same_length("later tallies", before.len(), after.len())?;
    within("units", before.len(), MAX_UNITS)?;
    let mut ratios = Vec::with_capacity(before.len());
    for (before, after) in before.iter().zip(after) {
        ratios.push(match (before, after) {
            (Some(before), Some(after)) => match rate_ratio(*before, *after, alpha) {
                Ok(ratio) => Ok(ratio),
                Err(StatsError::Undefined(reason)) => Err(reason),
                Err(refused) => return Err(refused),
            },
            _ => Err(Reason::NotCovered),
        });
    }
    let p: Vec<f64> = ratios.iter().flatten().map(|r| r.p).collect();
    let mut q = adjusted(&p, Correction::BenjaminiHochberg).into_iter();
    let units = ratios
        .into_iter()
        .map(|ratio| {
            let ratio = ratio?;
            let q = q.next().ok_or(Reason::NoData)?;
            Ok(Change { ratio, q, significant: q <= alpha })
        })
        .collect();
    Ok(Changes { alpha, tested: p.len(), units })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tally(count: u64, exposure: f64) -> Tally {
        Tally { count, exposure }
    }

    proptest! {
        #[test]
        fn the_test_and_the_interval_agree(a in 0_u64..80, b in 0_u64..80, e in 0.1..10.0_f64) {
            prop_assume!(a + b > 0);
            let found = rate_ratio(tally(a, 1.0), tally(b, e), 0.05).expect("events");
            let one_outside = found.lower > 1.0 || found.upper.is_some_and(|u| u < 1.0);
            // At the boundary itself rounding decides.
            prop_assume!((found.p - 0.05).abs() > 1e-9);
            prop_assert_eq!(found.p < 0.05, one_outside, "{:?}", found);
        }

        #[test]
        fn looking_back_turns_the_ratio_over(a in 1_u64..60, b in 1_u64..60, e in 0.1..10.0_f64) {
            let forth = rate_ratio(tally(a, 1.0), tally(b, e), 0.1).expect("events");
            let back = rate_ratio(tally(b, e), tally(a, 1.0), 0.1).expect("events");
            let close = |x: f64, y: f64| (x - y).abs() <= 1e-9 * y.abs();
            prop_assert!(close(forth.p, back.p), "{:?} {:?}", forth, back);
            prop_assert!(close(forth.ratio.expect("a") * back.ratio.expect("b"), 1.0));
            prop_assert!(close(forth.lower * back.upper.expect("b"), 1.0), "{:?} {:?}", forth, back);
        }
    }

    #[test]
    fn no_event_before_has_a_lower_bound_and_no_estimate() {
        let found = rate_ratio(tally(0, 1.0), tally(8, 1.0), 0.05).expect("events");
        assert_eq!((found.ratio, found.upper), (None, None));
        assert!(found.lower > 1.0 && (found.p - 2.0 / 256.0).abs() < 1e-14, "{found:?}");
        let found = rate_ratio(tally(8, 1.0), tally(0, 1.0), 0.05).expect("events");
        assert_eq!((found.ratio, found.lower), (Some(0.0), 0.0));
    }

    #[test]
    fn what_cannot_be_compared_is_a_reason_and_takes_no_part_in_the_correction() {
        let some = |count, exposure| Some(tally(count, exposure));
        let before = [some(4, 1.0), None, some(0, 1.0), some(3, 0.0), some(1, 1.0)];
        let after = [some(40, 1.0), some(2, 1.0), some(0, 1.0), some(3, 1.0), some(2, f64::NAN)];
        let found = changes(&before, &after, 0.05).expect("slices of one length");
        assert_eq!(found.tested, 1);
        let first = found.units[0].expect("a change");
        assert!(first.significant && (first.q - first.ratio.p).abs() < f64::EPSILON);
        let reasons: Vec<_> = found.units[1..].iter().map(|u| u.expect_err("no change")).collect();
        assert_eq!(reasons, [Reason::NotCovered, Reason::AllZero, Reason::NoPopulation, Reason::NoPopulation]);
        assert!(matches!(changes(&before, &after[1..], 0.05), Err(StatsError::Lengths { .. })));
        assert!(matches!(rate_ratio(tally(1, 1.0), tally(1, 1.0), 0.0), Err(StatsError::OutOfRange { .. })));
        assert!(matches!(changes(&[some(MAX_COUNT + 1, 1.0)], &[some(1, 1.0)], 0.05), Err(StatsError::TooMany { .. })));
        assert_eq!(changes(&[], &[], 0.05).expect("nothing").tested, 0);
    }
}
