//! Knox's test: do events that are close in space come close in time more often than chance?
//!
//! **Statistic**: X, the number of pairs of events at most `radius_m` apart *and* at most `window_days` apart. **Expected**
//! under independence of place and time: E = Nₛ·Nₜ/N with Nₛ pairs close in space, Nₜ close in time, N = n(n−1)/2 pairs.
//! **Input**: one place and one day an event; a radius in metres; a window in days. **Output**: X, E, their ratio, and two
//! p-values in 0..1, both one-sided (more close pairs than chance): P(X ≥ x) for a Poisson count of mean E, and
//! (#{simulated ≥ x} + 1)/(M + 1) with the days shuffled among the places.
//!
//! **Assumptions**: places and days are independent under the null; a population that grows more in some places than in
//! others breaks that, and so does coverage that moves. The Poisson p holds for rare pairs (E small beside N); the
//! permutation p needs no such thing. **Sources**: Knox 1964, "The detection of space-time interactions", Applied
//! Statistics 13, table 2; Barton and David 1966 on the Poisson limit. P(X ≥ x), not P(X > x) as some libraries print.
//!
//! ```
//! use vigie::stats::{Metric, knox::{Knox, knox}};
//! // Two pairs of neighbours, each struck on following days.
//! let places = [[0.0, 0.0], [10.0, 0.0], [5_000.0, 0.0], [5_010.0, 0.0]];
//! let found: Knox = knox(&places, Metric::Plane, &[0, 1, 90, 91], 100.0, 2, 99, 1, 1)?;
//! assert_eq!((found.close_in_both, found.close_in_space, found.close_in_time, found.pairs), (2, 2, 2, 6));
//! assert!((found.expected - 4.0 / 6.0).abs() < 1e-15);
//! # Ok::<(), vigie::stats::StatsError>(())
//! ```

use super::discrete::poisson_at_least;
use super::error::{StatsError, same_length, within};
use super::near::{Metric, close_pairs};
use super::random::Stream;
use super::reason::Reason;
use super::threads::in_parts;

/// No more permutations than this.
pub const MAX_PERMUTATIONS: usize = 99_999;
/// No more looks at a pair than this in all: pairs close in space × permutations.
pub const MAX_WORK: usize = 20_000_000_000;

/// The result of Knox's test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Knox {
    /// Pairs of events.
    pub pairs: u64,
    /// Pairs close in space.
    pub close_in_space: u64,
    /// Pairs close in time.
    pub close_in_time: u64,
    /// Pairs close in both: the statistic.
    pub close_in_both: u64,
    /// What independence of place and time lets expect.
    pub expected: f64,
    /// P(X ≥ x) of a Poisson count.
    pub p_poisson: f64,
    /// Permutation p; none where no permutations were asked for.
    pub p_permutation: Option<f64>,
    /// How many permutations it stands on.
    pub permutations: usize,
}

/// Knox's test; see the module's page. `threads` changes no digit.
#[expect(clippy::too_many_arguments, reason = "data, the two distances, and how to simulate: all plain numbers")]
pub fn knox(
    points: &[[f64; 2]],
    metric: Metric,
    days: &[i64],
    radius_m: f64,
    window_days: u64,
    permutations: usize,
    seed: u64,
    threads: usize,
) -> Result<Knox, StatsError> {
    same_length("days", points.len(), days.len())?;
    within("permutations", permutations, MAX_PERMUTATIONS)?;
    let space = close_pairs(points, metric, radius_m, |_, _| true)?;
    within("pairs close in space × permutations", space.len().saturating_mul(permutations), MAX_WORK)?;
    if points.len() < 2 {
        return Err(Reason::TooFew.into());
    }
    let pairs = points.len() as u64 * (points.len() as u64 - 1) / 2;
    let close_in_time = pairs_in_time(days, window_days);
    if space.is_empty() || close_in_time == 0 {
        // Nothing close in one of the two: nothing can be close in both, by chance or not.
        return Err(Reason::TooFew.into());
    }
    if close_in_time == pairs {
        return Err(Reason::AllEqual.into());
    }
    let both = |days: &[i64]| {
        let near = |a: u32, b: u32| days[a as usize].abs_diff(days[b as usize]) <= window_days;
        space.iter().filter(|(a, b)| near(*a, *b)).count() as u64
    };
    let close_in_both = both(days);
    let expected = space.len() as f64 * close_in_time as f64 / pairs as f64;
    let simulated = in_parts(permutations, threads, 1, |part| {
        part.map(|k| {
            let mut shuffled = days.to_vec();
            Stream::new(seed, k as u64).shuffle(&mut shuffled);
            both(&shuffled)
        })
        .collect()
    });
    let reached = simulated.iter().filter(|x| **x >= close_in_both).count();
    Ok(Knox {
        pairs,
        close_in_space: space.len() as u64,
        close_in_time,
        close_in_both,
        expected,
        p_poisson: poisson_at_least(close_in_both, expected),
        p_permutation: (permutations > 0).then(|| (reached + 1) as f64 / (permutations + 1) as f64),
        permutations,
    })
}

/// Pairs of days at most the window apart, counted along the sorted days.
fn pairs_in_time(days: &[i64], window_days: u64) -> u64 {
    let mut days = days.to_vec();
    days.sort_unstable();
    let (mut first, mut count) = (0, 0);
    for (k, day) in days.iter().enumerate() {
        while days[first].abs_diff(*day) > window_days {
            first += 1;
        }
        count += (k - first) as u64;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_change_no_digit_and_another_seed_does_not_change_the_count() {
        let points: Vec<[f64; 2]> = (0..60).map(|k| [f64::from(k * 37 % 50), f64::from(k * 11 % 50)]).collect();
        let days: Vec<i64> = (0..60).map(|k| k * k % 97).collect();
        let run = |seed, threads| knox(&points, Metric::Plane, &days, 8.0, 10, 199, seed, threads).expect("a test");
        assert_eq!(run(1, 1), run(1, 3));
        assert_eq!(run(1, 1).close_in_both, run(2, 1).close_in_both);
    }

    #[test]
    fn days_that_follow_the_places_are_found() {
        // Twenty places in a row, struck one after the other.
        let points: Vec<[f64; 2]> = (0..20).map(|k| [f64::from(k) * 10.0, 0.0]).collect();
        let found = knox(&points, Metric::Plane, &(0..20).collect::<Vec<_>>(), 10.0, 1, 999, 5, 2).expect("a test");
        assert_eq!((found.close_in_both, found.close_in_space, found.close_in_time), (19, 19, 19));
        assert_eq!(found.p_permutation, Some(0.001));
    }

    #[test]
    fn where_nothing_is_close_there_is_no_test() {
        let points = [[0.0, 0.0], [100.0, 0.0], [200.0, 0.0]];
        let run = |days: &[i64], radius| knox(&points, Metric::Plane, days, radius, 1, 9, 1, 1);
        assert_eq!(run(&[0, 1, 9], 5.0), Err(Reason::TooFew.into()));
        assert_eq!(run(&[0, 10, 20], 150.0), Err(Reason::TooFew.into()));
        assert_eq!(run(&[3, 3, 3], 150.0), Err(Reason::AllEqual.into()));
        assert_eq!(knox(&[], Metric::Plane, &[], 1.0, 1, 9, 1, 1), Err(Reason::TooFew.into()));
        assert!(matches!(run(&[3, 3], 150.0), Err(StatsError::Lengths { .. })));
        let many = knox(&points, Metric::Plane, &[0, 1, 9], 150.0, 1, MAX_PERMUTATIONS + 1, 1, 1);
        assert!(matches!(many, Err(StatsError::TooMany { .. })));
    }
}
