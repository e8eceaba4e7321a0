//! Getis and Ord's general G: concentration of high or of low values over a whole map.

use super::local_moran::Moments;
use super::monte_carlo::{MonteCarlo, monte_carlo_global};
use super::pool::{Pool, WeightSums};
use super::{Neighbours, Reason, Tail};

/// The general G.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeneralG {
    /// G, in 0..1: above its expectation where high values are neighbours, below where low ones are.
    pub g: f64,
    /// Under [`super::Null::Randomisation`].
    pub randomisation: Moments,
    /// Units counted: those with neighbours.
    pub n: usize,
}

/// The general G with its closed-form moments.
///
/// Question: are it the high values or the low ones that lie together?
///
/// G = Σ_ij w_ij y_i y_j / Σ_{i≠j} y_i y_j. E = S0/(n(n−1)); the second moment is Getis & Ord 1992, p. 195, with B1 as
/// corrected in Geographical Analysis 25 (1993), p. 276: B0 = (n²−3n+3)S1 − n S2 + 3 S0², B1 = −((n²−n)S1 − 2n S2 + 6 S0²),
/// B2 = −(2n S1 − (n+3)S2 + 6 S0²), B3 = 4(n−1)S1 − 2(n+1)S2 + 8 S0², B4 = S1 − S2 + S0².
///
/// Input: values of 0 or more, binary weights as a rule. Units without neighbours are left out with their values, as spdep
/// does. Checked against the listing of all arrangements.
///
/// ```
/// use vigie::stats::{Neighbours, general_g};
/// let chain = Neighbours::from_links(4, &[(0, 1), (1, 2), (2, 3)])?;
/// let g = general_g(&[4.0, 3.0, 1.0, 0.0], &chain)?;
/// assert!((g.g - 30.0 / 38.0).abs() < 1e-15 && (g.randomisation.expected - 0.5).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn general_g(values: &[f64], weights: &Neighbours) -> Result<GeneralG, Reason> {
    let (values, weights) = with_neighbours(values, weights)?;
    let sums = WeightSums::of(&weights)?;
    let (n, s0, s1, s2) = (values.len() as f64, sums.s0, sums.s1, sums.s2);
    let power = |k: i32| values.iter().map(|v| v.powi(k)).sum::<f64>();
    let [m1, m2, m3, m4] = [1, 2, 3, 4].map(power);
    let products = m1 * m1 - m2;
    if products <= 1e-12 * m1 * m1 {
        return Err(Reason::Degenerate);
    }
    let g = statistic(&values, &weights) / products;
    let square = s0 * s0;
    let b0 = (n * n - 3.0 * n + 3.0) * s1 - n * s2 + 3.0 * square;
    let b1 = -((n * n - n) * s1 - 2.0 * n * s2 + 6.0 * square);
    let b2 = -(2.0 * n * s1 - (n + 3.0) * s2 + 6.0 * square);
    let b3 = 4.0 * (n - 1.0) * s1 - 2.0 * (n + 1.0) * s2 + 8.0 * square;
    let b4 = s1 - s2 + square;
    let second = (b0 * m2 * m2 + b1 * m4 + b2 * m1 * m1 * m2 + b3 * m1 * m3 + b4 * m1.powi(4))
        / (products * products * n * (n - 1.0) * (n - 2.0) * (n - 3.0));
    let expected = s0 / (n * (n - 1.0));
    Ok(GeneralG { g, randomisation: Moments::of(g, expected, second - expected * expected)?, n: values.len() })
}

/// The permutation tails of the general G, by sampling; [`Tail::p_ge`] is the p of "high values lie together".
pub fn general_g_monte_carlo(values: &[f64], weights: &Neighbours, how: &MonteCarlo) -> Result<Tail, Reason> {
    let (values, weights) = with_neighbours(values, weights)?;
    WeightSums::of(&weights)?;
    Ok(monte_carlo_global(&values, how, |v| statistic(v, &weights)))
}

/// Checked values and weights without the units that have no neighbours.
fn with_neighbours(values: &[f64], weights: &Neighbours) -> Result<(Vec<f64>, Neighbours), Reason> {
    Pool::of(values, weights, 4)?;
    if values.iter().any(|v| *v < 0.0) {
        return Err(Reason::BadValue);
    }
    let keep: Vec<bool> = (0..values.len()).map(|u| weights.count(u) > 0).collect();
    let kept: Vec<f64> = values.iter().zip(&keep).filter(|(_, k)| **k).map(|(v, _)| *v).collect();
    let weights = weights.subset(&keep);
    if kept.is_empty() {
        return Err(Reason::NoNeighbours);
    }
    Pool::of(&kept, &weights, 4)?;
    Ok((kept, weights))
}

/// Σ_ij w_ij y_i y_j.
fn statistic(values: &[f64], weights: &Neighbours) -> f64 {
    (0..values.len()).map(|u| values[u] * weights.row(u).map(|(j, w)| w * values[j]).sum::<f64>()).sum()
}
