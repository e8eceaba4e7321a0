//! Join counts of a map in two colours.

use super::local_moran::Moments;
use super::pool::WeightSums;
use super::{Neighbours, Reason};

/// Joins of one kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Joins {
    /// Joins counted (with weights, summed; each pair once).
    pub count: f64,
    /// Under [`super::Null::Randomisation`] ("nonfree" sampling: the number of black units is given); a reason where the
    /// count is the same under every arrangement.
    pub randomisation: Result<Moments, Reason>,
}

/// Joins of a map in two colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JoinCounts {
    /// Black beside black.
    pub black_black: Joins,
    /// White beside white.
    pub white_white: Joins,
    /// Black beside white.
    pub black_white: Joins,
}

/// Join counts with their closed-form moments.
///
/// Question: do the units where it happened (black) lie beside each other more than by chance?
///
/// BB = ½ Σ w_ij x_i x_j, BW = ½ Σ w_ij (x_i − x_j)². With f_r = n_B^(r)/n^(r) (falling factorials):
/// E(BB) = ½ S0 f2, V(BB) = ¼(S1 f2 + (S2 − 2 S1) f3 + (S0² + S1 − S2) f4) − E²; WW likewise;
/// E(BW) = S0 n_B n_W / n^(2), V(BW) = ¼(2 S1 n_B n_W / n^(2) + (S2 − 2 S1) n_B n_W (n_B + n_W − 2)/n^(3)
/// + 4 (S0² + S1 − S2) n_B^(2) n_W^(2) / n^(4)) − E² (Cliff & Ord 1981, *Spatial Processes*, pp. 19–20).
///
/// Input: the colour of each unit, all observed, and any weights; every unit counts in n. Both colours must be there.
///
/// ```
/// use vigie::stats::{Neighbours, join_counts};
/// let chain = Neighbours::from_links(5, &[(0, 1), (1, 2), (2, 3), (3, 4)])?;
/// let joins = join_counts(&[true, true, true, false, false], &chain)?;
/// assert_eq!([joins.black_black.count, joins.white_white.count, joins.black_white.count], [2.0, 1.0, 1.0]);
/// assert!((joins.black_black.randomisation?.expected - 1.2).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn join_counts(black: &[bool], weights: &Neighbours) -> Result<JoinCounts, Reason> {
    let units = black.len();
    if units != weights.len() {
        return Err(Reason::WrongLength { values: units, units: weights.len() });
    }
    if units < 4 {
        return Err(Reason::TooFewUnits { units, needed: 4 });
    }
    let blacks = black.iter().filter(|b| **b).count();
    if blacks == 0 || blacks == units {
        return Err(Reason::AllEqual);
    }
    let sums = WeightSums::of(weights)?;
    let (mut bb, mut ww, mut bw) = (0.0, 0.0, 0.0);
    for unit in 0..units {
        for (other, w) in weights.row(unit) {
            match (black[unit], black[other]) {
                (true, true) => bb += w / 2.0,
                (false, false) => ww += w / 2.0,
                _ => bw += w / 2.0,
            }
        }
    }
    let (n, b, w) = (units as f64, blacks as f64, (units - blacks) as f64);
    let (s0, s1, s2) = (sums.s0, sums.s1, sums.s2);
    let rest = s0 * s0 + s1 - s2;
    let alike = |count: f64, of: f64| {
        let f = |r: u32| falling(of, r) / falling(n, r);
        let expected = s0 * f(2) / 2.0;
        let variance = (s1 * f(2) + (s2 - 2.0 * s1) * f(3) + rest * f(4)) / 4.0 - expected * expected;
        Joins { count, randomisation: Moments::of(count, expected, variance) }
    };
    let expected = s0 * b * w / falling(n, 2);
    let variance = (2.0 * s1 * b * w / falling(n, 2)
        + (s2 - 2.0 * s1) * b * w * (n - 2.0) / falling(n, 3)
        + 4.0 * rest * falling(b, 2) * falling(w, 2) / falling(n, 4))
        / 4.0
        - expected * expected;
    Ok(JoinCounts {
        black_black: alike(bb, b),
        white_white: alike(ww, w),
        black_white: Joins { count: bw, randomisation: Moments::of(bw, expected, variance) },
    })
}

/// n (n − 1) … of r factors.
fn falling(n: f64, r: u32) -> f64 {
    (0..r).map(|k| n - f64::from(k)).product()
}
