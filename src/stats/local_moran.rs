//! Anselin's local Moran.

use super::pool::{Pool, RowSums};
use super::{Neighbours, Reason};

/// A unit's own value against its neighbours'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quadrant {
    /// High among high.
    HighHigh,
    /// Low among high.
    LowHigh,
    /// Low among low.
    LowLow,
    /// High among low.
    HighLow,
}

impl Quadrant {
    /// From deviations of the unit and of its neighbours from the mean; 0 counts as low (PySAL's rule).
    pub(super) fn of(own: f64, lag: f64) -> Self {
        match (own > 0.0, lag > 0.0) {
            (true, true) => Self::HighHigh,
            (false, true) => Self::LowHigh,
            (false, false) => Self::LowLow,
            (true, false) => Self::HighLow,
        }
    }

    /// HH, LH, LL or HL.
    pub fn code(self) -> &'static str {
        match self {
            Self::HighHigh => "HH",
            Self::LowHigh => "LH",
            Self::LowLow => "LL",
            Self::HighLow => "HL",
        }
    }
}

/// An expectation and a variance under a null, and the z they give.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Expectation.
    pub expected: f64,
    /// Variance.
    pub variance: f64,
    /// (statistic − expected) / √variance.
    pub z: f64,
}

impl Moments {
    pub(super) fn of(statistic: f64, expected: f64, variance: f64) -> Result<Self, Reason> {
        if variance > 0.0 && variance.is_finite() {
            Ok(Self { expected, variance, z: (statistic - expected) / variance.sqrt() })
        } else {
            Err(Reason::Degenerate)
        }
    }
}

/// A unit's local Moran.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalMoran {
    /// I_i: above 0 where the unit is like its neighbours.
    pub i: f64,
    /// Under [`super::Null::ConditionalRandomisation`].
    pub conditional: Moments,
    /// Under [`super::Null::Randomisation`].
    pub total: Moments,
    /// High or low, among high or low.
    pub quadrant: Quadrant,
}

/// Local Moran of every unit, in the order of `values`.
///
/// Question: is a unit like its neighbours (high among high, low among low) or unlike them, more than by chance?
///
/// I_i = (z_i / m2) Σ_j w_ij z_j with z = y − ȳ and m2 = Σ z² / n (Anselin 1995, Geographical Analysis 27, pp. 93–115;
/// rows as given, usually standardised). Conditional null (z_i held; Sokal, Oden & Thomson 1998, A7 and A8): E = −z_i² W_i / ((n−1) m2),
/// V = (z_i/m2)² · n/(n−2) · (S1_i − W_i²/(n−1)) · (m2 − z_i²/(n−1)). Total null (Anselin 1995, appendix A):
/// E = −W_i/(n−1), V = S1_i (n−b2)/(n−1) + (W_i² − S1_i)(2 b2 − n)/((n−1)(n−2)) − E². esda's `Is` is (n−1)/n times ours,
/// which equals spdep's (`methods.md` F7).
///
/// Input: one finite value a unit, all observed. The conditional z equals ± the z of [`super::LocalGKind::Gi`] with the
/// sign of z_i. Where z_i = 0, I_i is 0 whatever the neighbours are, and the reason says so.
///
/// ```
/// use vigie::stats::{Neighbours, Quadrant, local_moran};
/// let chain = Neighbours::from_links(4, &[(0, 1), (1, 2), (2, 3)])?.row_standardised();
/// let last = local_moran(&[1.0, 2.0, 4.0, 9.0], &chain)[3]?;
/// // z = −3, −2, 0, 5; m2 = 9.5; the only neighbour lies at the mean.
/// assert_eq!((last.i, last.quadrant), (0.0, Quadrant::HighLow));
/// assert!((last.conditional.expected + 25.0 / (3.0 * 9.5)).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn local_moran(values: &[f64], weights: &Neighbours) -> Vec<Result<LocalMoran, Reason>> {
    match Pool::of(values, weights, 3) {
        Err(reason) => vec![Err(reason); values.len()],
        Ok(pool) => (0..values.len())
            .map(|unit| {
                let row = RowSums::of(values, weights, unit, pool.mean);
                of_unit(&pool, row, values[unit], pool.lone == Some(unit))
            })
            .collect(),
    }
}

/// Of one unit; `lone`: it alone differs from all others.
pub(super) fn of_unit(pool: &Pool, row: RowSums, own: f64, lone: bool) -> Result<LocalMoran, Reason> {
    if row.w == 0.0 {
        return Err(Reason::NoNeighbours);
    }
    let own = own - pool.mean;
    if own == 0.0 {
        return Err(Reason::AtTheMean);
    }
    if lone {
        return Err(Reason::Degenerate);
    }
    let (n, others) = (pool.n as f64, pool.n as f64 - 1.0);
    let spread = row.s1 - row.w * row.w / others;
    if spread <= 1e-12 * row.s1 {
        return Err(Reason::FullNeighbourhood);
    }
    let scaled = own / pool.m2;
    let i = scaled * row.lag;
    let conditional = Moments::of(
        i,
        -own * scaled * row.w / others,
        scaled * scaled * (n / (n - 2.0)) * spread * (pool.m2 - own * own / others),
    )?;
    let expected = -row.w / others;
    let variance = row.s1 * (n - pool.b2) / others
        + (row.w * row.w - row.s1) * (2.0 * pool.b2 - n) / (others * (n - 2.0))
        - expected * expected;
    let total = Moments::of(i, expected, variance)?;
    Ok(LocalMoran { i, conditional, total, quadrant: Quadrant::of(own, row.lag) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_at_the_mean_has_no_local_moran() {
        let chain = Neighbours::from_links(4, &[(0, 1), (1, 2), (2, 3)]).expect("a chain");
        let all = local_moran(&[1.0, 2.0, 4.0, 9.0], &chain);
        assert_eq!(all[2], Err(Reason::AtTheMean));
        assert_eq!(all[0].expect("low among low").quadrant.code(), "LL");
        assert_eq!(local_moran(&[0.0, 0.0, 0.0, 9.0], &chain)[3], Err(Reason::Degenerate));
    }
}
