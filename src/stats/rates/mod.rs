//! Rates: counts over populations, with their uncertainty.
//!
//! A count or a population that is missing, and a population of 0, give a reason: never a rate of 0.

mod smoothed;
mod standardised;

use super::Reason;
use super::distributions::{crossing, poisson_tails};

pub use smoothed::{Marshall, eb_global, eb_local};
pub use standardised::{NegativeVariance, eb_moran, eb_standardised};

/// A rate with its interval, in events per head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// count / population.
    pub value: f64,
    /// Lower end; 0 where the count is 0.
    pub lower: f64,
    /// Upper end; above 0 also where the count is 0.
    pub upper: f64,
}

/// A raw rate with its exact Poisson interval.
///
/// Question: between which rates may the true one lie, given this count? Garwood's interval (1936, Biometrika 28): the means
/// λ at which P(X ≥ count) and P(X ≤ count) are (1 − confidence)/2, divided by the population. Coverage is at least
/// `confidence`; it assumes that events are independent.
///
/// Input: a whole count of 0 or more, a population above 0 (people, monitored days), a confidence in 0..1.
///
/// ```
/// use vigie::stats::raw_rate;
/// let rate = raw_rate(Some(3.0), Some(1_000.0), 0.95)?;
/// assert!((rate.lower - 0.000_618_672_1).abs() < 1e-10 && (rate.upper - 0.008_767_273).abs() < 1e-9);
/// // No event: the rule of 3.689.
/// let none = raw_rate(Some(0.0), Some(1.0), 0.95)?;
/// assert!(none.lower == 0.0 && (none.upper - 3.688_879_454).abs() < 1e-9);
/// # Ok::<(), vigie::stats::Reason>(())
/// ```
pub fn raw_rate(count: Option<f64>, population: Option<f64>, confidence: f64) -> Result<Rate, Reason> {
    let Observed { count, population } = Observed::of(count, population)?;
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(Reason::BadValue);
    }
    let tail = (1.0 - confidence) / 2.0;
    let lower = if count > 0.0 { crossing(0.0, count, |mean| poisson_tails(count, mean).0 > tail) } else { 0.0 };
    // The upper end lies within a few tail logarithms of the count.
    let far = count + 10.0 * (count + 1.0).sqrt() * (1.0 - libm::log(tail)) + 10.0 - 10.0 * libm::log(tail);
    let upper = crossing(count, far, |mean| poisson_tails(count, mean).1 < tail);
    Ok(Rate { value: count / population, lower: lower / population, upper: upper / population })
}

/// Where a count stands under the rate of all units together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choynowski {
    /// count expected: population × overall rate.
    pub expected: f64,
    /// P(X ≥ count).
    pub p_high: f64,
    /// P(X ≤ count).
    pub p_low: f64,
}

/// Choynowski's probability map, in the order of `counts`.
///
/// Question: how unusual is each count if every unit has the overall rate b = Σo/Σp? X is Poisson with mean p·b
/// (Choynowski 1959, JASA 54; Bailey & Gatrell 1995, p. 300). It looks at each unit alone: no neighbours, no correction for
/// many tests; large populations make small differences unusual.
///
/// Input: counts and populations, `None` where missing; those are left out of the overall rate too.
///
/// ```
/// use vigie::stats::choynowski;
/// let map = choynowski(&[Some(4.0), Some(0.0), None], &[Some(100.0), Some(100.0), Some(50.0)]);
/// // Two expected: P(X ≥ 4) = 1 − 19/3·e⁻².
/// assert!((map[0]?.p_high - (1.0 - 19.0 / 3.0 * (-2.0_f64).exp())).abs() < 1e-14);
/// assert!(map[2].is_err());
/// # Ok::<(), vigie::stats::Reason>(())
/// ```
pub fn choynowski(counts: &[Option<f64>], populations: &[Option<f64>]) -> Vec<Result<Choynowski, Reason>> {
    let observed = observed(counts, populations);
    let Some(totals) = Totals::of(&observed).filter(|t| t.count > 0.0) else { return without_rate(&observed) };
    let each = |o: &Result<Observed, Reason>| {
        let o = (*o)?;
        let expected = o.population * totals.rate();
        let (p_high, p_low) = poisson_tails(o.count, expected);
        Ok(Choynowski { expected, p_high, p_low })
    };
    observed.iter().map(each).collect()
}

/// A count over a population above 0.
#[derive(Debug, Clone, Copy)]
struct Observed {
    count: f64,
    population: f64,
}

impl Observed {
    fn of(count: Option<f64>, population: Option<f64>) -> Result<Self, Reason> {
        let count = count.ok_or(Reason::NotCovered)?;
        let population = population.ok_or(Reason::NoPopulation)?;
        if !count.is_finite() {
            return Err(Reason::NotFinite);
        }
        if count < 0.0 || count.fract() != 0.0 {
            return Err(Reason::BadCount);
        }
        if !(population > 0.0 && population.is_finite()) {
            return Err(Reason::NoPopulation);
        }
        Ok(Self { count, population })
    }

    fn rate(self) -> f64 {
        self.count / self.population
    }
}

fn observed(counts: &[Option<f64>], populations: &[Option<f64>]) -> Vec<Result<Observed, Reason>> {
    let units = counts.len();
    if units != populations.len() {
        return vec![Err(Reason::WrongLength { values: populations.len(), units }); units];
    }
    counts.iter().zip(populations).map(|(c, p)| Observed::of(*c, *p)).collect()
}

/// Sums over the observed units.
#[derive(Debug, Clone, Copy)]
struct Totals {
    units: f64,
    count: f64,
    population: f64,
}

impl Totals {
    /// None where nothing was observed.
    fn of(observed: &[Result<Observed, Reason>]) -> Option<Self> {
        let mut totals = Self { units: 0.0, count: 0.0, population: 0.0 };
        for o in observed.iter().flatten() {
            totals.units += 1.0;
            totals.count += o.count;
            totals.population += o.population;
        }
        (totals.units > 0.0).then_some(totals)
    }

    fn rate(self) -> f64 {
        self.count / self.population
    }
}

/// Where no event was counted anywhere there is nothing to compare with.
fn without_rate<T>(observed: &[Result<Observed, Reason>]) -> Vec<Result<T, Reason>> {
    observed.iter().map(|o| Err(o.err().unwrap_or(Reason::AllEqual))).collect()
}

#[cfg(test)]
mod tests;
