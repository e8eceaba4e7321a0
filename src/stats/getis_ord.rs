//! Getis and Ord's local statistics, in closed form.

use super::distributions::normal_two_sided;
use super::pool::{Pool, RowSums};
use super::{Neighbours, Null, Reason};

/// Whether a unit's own value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalGKind {
    /// Gi: the neighbours without the unit.
    Gi,
    /// Gi*: the neighbours and the unit itself.
    GiStar,
}

/// A unit's Gi or Gi*.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalG {
    /// The standardised statistic: above 0 where values around are high.
    pub z: f64,
    /// Two-sided p of z, **normal approximation** under [`LocalG::NULL`] (Gi*) or with the own value left out (Gi). Poor
    /// for few neighbours and skewed counts: hotspots use exact permutation p-values instead.
    pub p_normal: f64,
}

impl LocalG {
    /// Every arrangement of all values, the unit's own included, is equally likely.
    pub const NULL: Null = Null::Randomisation;
}

/// Gi or Gi* of every unit, in the order of `values`.
///
/// Question: are the values around a unit higher (lower) than those of as many units anywhere?
///
/// z = (Σ_j w_ij y_j − W_i ȳ) / (s √((N S1_i − W_i²)/(N − 1))), with W_i = Σ_j w_ij, S1_i = Σ_j w_ij².
/// **Gi\***: the sums hold the unit itself, ȳ and s (divisor n) are over all n units, N = n. **Gi**: the unit is in none of
/// them, N = n − 1. (Getis & Ord 1992; Ord & Getis 1995, Geographical Analysis 27, pp. 286–306.)
///
/// Input: one finite value a unit, all observed; any weights without the unit itself. Gi* gives the unit the largest
/// weight of its row, that is 1 for binary weights and 1/k for row-standardised ones: standardising rows changes no z.
/// (esda ≤ 2.8 takes S1_i = W_i, which is wrong unless weights are binary; `methods.md` F1.) Getis & Ord 1996 print a value
/// with divisor n − 1 in s; that is not offered.
///
/// Assumptions of the normal p: many neighbours, no strong skew. Without neighbours, with all units as neighbours or with
/// no variation there is a reason and no number.
///
/// ```
/// use vigie::stats::{LocalGKind, Neighbours, local_g};
/// let chain = Neighbours::from_links(4, &[(0, 1), (1, 2), (2, 3)])?;
/// let g = local_g(&[1.0, 2.0, 3.0, 6.0], &chain, LocalGKind::GiStar)[3]?;
/// // Sum 9 of two, mean 3, s² = 3.5: (9 − 6) / √(3.5 · (4·2 − 4)/3).
/// assert!((g.z - 3.0 / (3.5_f64 * 4.0 / 3.0).sqrt()).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn local_g(values: &[f64], weights: &Neighbours, kind: LocalGKind) -> Vec<Result<LocalG, Reason>> {
    match Pool::of(values, weights, 3) {
        Err(reason) => vec![Err(reason); values.len()],
        Ok(pool) => (0..values.len())
            .map(|unit| {
                let sums = RowSums::of(values, weights, unit, pool.mean);
                let z = z_of(&pool, sums, values[unit], pool.lone == Some(unit), kind)?;
                Ok(LocalG { z, p_normal: normal_two_sided(z) })
            })
            .collect(),
    }
}

/// z of one unit; `lone`: it alone differs from all others.
pub(super) fn z_of(pool: &Pool, row: RowSums, own: f64, lone: bool, kind: LocalGKind) -> Result<f64, Reason> {
    if row.w == 0.0 {
        return Err(Reason::NoNeighbours);
    }
    let n = pool.n as f64;
    let own = own - pool.mean;
    let (w, s1, excess, s2, count) = match kind {
        LocalGKind::GiStar => (row.w + row.most, row.s1 + row.most * row.most, row.lag + row.most * own, pool.m2, n),
        LocalGKind::Gi => {
            if lone {
                return Err(Reason::Degenerate);
            }
            // Mean and variance of the others, from deviations that sum to 0.
            let others = n - 1.0;
            let mean = -own / others;
            ((row.w), row.s1, row.lag - row.w * mean, (n * pool.m2 - own * own) / others - mean * mean, others)
        }
    };
    let spread = count * s1 - w * w;
    if spread <= 1e-12 * count * s1 {
        return Err(Reason::FullNeighbourhood);
    }
    Ok(excess / (s2 * spread / (count - 1.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nothing_can_be_said_there_is_a_reason() {
        let star = Neighbours::from_links(4, &[(0, 1), (0, 2), (0, 3)]).expect("a star");
        let g = local_g(&[0.0, 0.0, 7.0, 0.0], &star, LocalGKind::GiStar);
        assert_eq!(g[0], Err(Reason::FullNeighbourhood));
        assert!(g[1].is_ok());
        assert_eq!(local_g(&[0.0, 0.0, 7.0, 0.0], &star, LocalGKind::Gi)[2], Err(Reason::Degenerate));
        let island = Neighbours::from_links(4, &[(0, 1)]).expect("a pair");
        assert_eq!(local_g(&[0.0, 1.0, 7.0, 0.0], &island, LocalGKind::GiStar)[2], Err(Reason::NoNeighbours));
        assert_eq!(local_g(&[0.0; 4], &star, LocalGKind::Gi)[1], Err(Reason::AllEqual));
    }
}
