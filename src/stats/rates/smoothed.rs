//! Empirical Bayes: rates of small populations drawn towards the rate around them.

use super::super::{Neighbours, Reason};
use super::{Observed, Totals, observed, without_rate};

/// What the global smoothing rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Marshall {
    /// Smoothed rates, events per head, in the order given.
    pub rates: Vec<Result<f64, Reason>>,
    /// Overall rate b; none where no event was counted.
    pub mean: Option<f64>,
    /// Variance a between the units' true rates, 0 or more: at 0 every unit gets the overall rate.
    pub between: Option<f64>,
}

/// Marshall's global empirical Bayes estimator, in the order of `counts`.
///
/// Question: what rate should be shown for a small unit whose own rate is mostly noise?
///
/// b = Σo/Σp, s² = Σ p(r−b)²/Σp, a = max(0, s² − b/p̄), estimate b + (r−b)·a/(a + b/p) (Marshall 1991, Applied Statistics 40,
/// pp. 283–294; spdep `EBest`; esda does not cut a at 0).
///
/// Input: counts and populations, `None` where missing: those are left out. Assumes Poisson counts and true rates that vary
/// about one mean. Output between the raw and the overall rate.
///
/// ```
/// use vigie::stats::eb_global;
/// let eb = eb_global(&[Some(8.0), Some(0.0), Some(2.0)], &[Some(100.0), Some(10.0), None]);
/// assert!(eb.rates[2].is_err());
/// // b = 8/110, s² = (100·0.08² + 0)/110 − b², below b/p̄: all get b.
/// assert_eq!((eb.between, eb.rates[1]), (Some(0.0), Ok(8.0 / 110.0)));
/// ```
pub fn eb_global(counts: &[Option<f64>], populations: &[Option<f64>]) -> Marshall {
    let observed = observed(counts, populations);
    let Some(totals) = Totals::of(&observed).filter(|t| t.count > 0.0) else {
        return Marshall { rates: without_rate(&observed), mean: None, between: None };
    };
    let prior = Prior::of(observed.iter().flatten().copied(), totals);
    let rates = observed.iter().map(|o| o.map(|o| prior.estimate(o))).collect();
    Marshall { rates, mean: Some(prior.mean), between: Some(prior.between) }
}

/// Marshall's local empirical Bayes estimator, in the order of `counts`.
///
/// Question: as [`eb_global`], with the rate of the unit and its neighbours in place of the overall one, where rates differ
/// from region to region.
///
/// For each unit, b, s² and a are taken over the unit and its neighbours, deviations from the neighbourhood's own b
/// (Marshall 1991, p. 286; spdep `EBlocal(geoda = TRUE)`). `weights` tell who is a neighbour; their size is not used.
/// Units without an observed neighbour have a reason; a neighbourhood without any event has the rate 0.
///
/// ```
/// use vigie::stats::{Neighbours, eb_local};
/// let chain = Neighbours::from_links(3, &[(0, 1), (1, 2)])?;
/// let eb = eb_local(&[Some(0.0), Some(0.0), Some(9.0)], &[Some(50.0), Some(50.0), Some(100.0)], &chain);
/// assert_eq!(eb[0], Ok(0.0));
/// // Around unit 2: b = 9/150, s² = (100·0.03² + 50·0.06²)/150 = 0.0018, b/p̄ = 0.0008, a = 0.001.
/// assert!((eb[2]? - (0.06 + 0.03 * 0.001 / (0.001 + 0.0006))).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn eb_local(counts: &[Option<f64>], populations: &[Option<f64>], weights: &Neighbours) -> Vec<Result<f64, Reason>> {
    let observed = observed(counts, populations);
    if weights.len() != counts.len() {
        return vec![Err(Reason::WrongLength { values: counts.len(), units: weights.len() }); counts.len()];
    }
    let each = |unit: usize| {
        let own = observed[unit]?;
        let around = || {
            let others = weights.of(unit).iter().filter_map(|j| observed[*j as usize].ok());
            std::iter::once(own).chain(others)
        };
        let all: Vec<_> = around().map(Ok).collect();
        if all.len() == 1 {
            return Err(Reason::NoNeighbours);
        }
        match Totals::of(&all).filter(|t| t.count > 0.0) {
            Some(totals) => Ok(Prior::of(around(), totals).estimate(own)),
            None => Ok(0.0),
        }
    };
    (0..counts.len()).map(each).collect()
}

/// The law that true rates are taken to follow.
struct Prior {
    mean: f64,
    between: f64,
}

impl Prior {
    fn of(observed: impl Iterator<Item = Observed>, totals: Totals) -> Self {
        let mean = totals.rate();
        let spread = observed.map(|o| o.population * (o.rate() - mean).powi(2)).sum::<f64>() / totals.population;
        Self { mean, between: (spread - mean / (totals.population / totals.units)).max(0.0) }
    }

    fn estimate(&self, o: Observed) -> f64 {
        self.mean + (o.rate() - self.mean) * self.between / (self.between + self.mean / o.population)
    }
}
