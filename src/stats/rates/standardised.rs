//! Assunção and Reis: rates made comparable before Moran's I is taken of them.

use super::super::{GlobalMoran, Islands, Neighbours, Reason, moran};
use super::{Observed, Totals, observed, without_rate};

/// What is done where the variance between units comes out negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NegativeVariance {
    /// It becomes 0 (spdep).
    #[default]
    Cut,
    /// It stays, except for units whose own variance would be negative (esda; Assunção & Reis 1999).
    Keep,
}

/// Standardised rates of Assunção and Reis, in the order of `counts`.
///
/// Question: how many standard deviations lies a unit's rate from the overall one, when rates of small populations vary more?
///
/// z = (r − b)/√v, v = a + b/p with b = Σo/Σp and a = s² − b/p̄; v = b/p where a + b/p is negative (Assunção & Reis 1999,
/// Statistics in Medicine 18, pp. 2147–2162).
///
/// Input: counts and populations, `None` where missing: those are left out.
///
/// ```
/// use vigie::stats::{NegativeVariance, eb_standardised};
/// let z = eb_standardised(&[Some(3.0), Some(1.0)], &[Some(100.0), Some(100.0)], NegativeVariance::Cut);
/// // b = 0.02, s² = 0.0001 below b/p̄ = 0.0002: z = 0.01/√0.0002.
/// assert!((z[0]? - 0.5_f64.sqrt()).abs() < 1e-14);
/// # Ok::<(), vigie::stats::Reason>(())
/// ```
pub fn eb_standardised(
    counts: &[Option<f64>],
    populations: &[Option<f64>],
    negative: NegativeVariance,
) -> Vec<Result<f64, Reason>> {
    let observed = observed(counts, populations);
    let Some(totals) = Totals::of(&observed).filter(|t| t.count > 0.0) else { return without_rate(&observed) };
    let b = totals.rate();
    let deviation = |o: &Observed| o.population * (o.rate() - b).powi(2);
    let spread = observed.iter().flatten().map(deviation).sum::<f64>() / totals.population;
    let a = spread - b / (totals.population / totals.units);
    let a = if negative == NegativeVariance::Cut { a.max(0.0) } else { a };
    let each = |o: &Result<Observed, Reason>| {
        let o = (*o)?;
        let v = a + b / o.population;
        Ok((o.rate() - b) / if v > 0.0 { v } else { b / o.population }.sqrt())
    };
    observed.iter().map(each).collect()
}

/// Moran's I of the standardised rates (the empirical-Bayes Moran).
///
/// Question: do neighbours have like rates, once differing populations are accounted for? I as [`moran()`] over the units with
/// a count and a population, neighbour lists taken among them. Islands count in n, as in spdep's `EBImoran`. For p,
/// permute the standardised rates: [`super::super::moran_monte_carlo`] on [`eb_standardised`].
///
/// ```
/// use vigie::stats::{Neighbours, NegativeVariance, eb_moran};
/// let chain = Neighbours::from_links(4, &[(0, 1), (1, 2), (2, 3)])?;
/// let people = [Some(100.0); 4];
/// let found = eb_moran(&[Some(1.0), Some(2.0), Some(3.0), Some(4.0)], &people, &chain, NegativeVariance::Cut)?;
/// // Equal populations: the I of the counts.
/// assert!((found.i - 1.0 / 3.0).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn eb_moran(
    counts: &[Option<f64>],
    populations: &[Option<f64>],
    weights: &Neighbours,
    negative: NegativeVariance,
) -> Result<GlobalMoran, Reason> {
    if weights.len() != counts.len() {
        return Err(Reason::WrongLength { values: counts.len(), units: weights.len() });
    }
    let z = eb_standardised(counts, populations, negative);
    let kept: Vec<f64> = z.iter().flatten().copied().collect();
    let keep: Vec<bool> = z.iter().map(Result::is_ok).collect();
    moran(&kept, &weights.subset(&keep), Islands::Counted)
}
