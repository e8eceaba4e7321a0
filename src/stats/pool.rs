//! What every statistic needs of the values as a whole.

use super::{Neighbours, Reason};

/// Mean and moments of the observed values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pool {
    /// Number of values.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// Σ (y − mean)² / n, above 0.
    pub m2: f64,
    /// Kurtosis m4 / m2².
    pub b2: f64,
    /// The unit that alone differs from all others, which are equal.
    pub lone: Option<usize>,
}

impl Pool {
    /// Of at least `needed` values, not all equal, one a unit of the weights.
    pub fn of(values: &[f64], weights: &Neighbours, needed: usize) -> Result<Self, Reason> {
        let n = values.len();
        if n != weights.len() {
            return Err(Reason::WrongLength { values: n, units: weights.len() });
        }
        if values.iter().any(|v| !v.is_finite()) {
            return Err(Reason::NotFinite);
        }
        if n < needed.max(1) {
            return Err(Reason::TooFewUnits { units: n, needed: needed.max(1) });
        }
        let mut differ = (0..n).filter(|u| values[*u] != values[0]);
        let (first, second) = (differ.next(), differ.next());
        let Some(first) = first else { return Err(Reason::AllEqual) };
        // The first value itself differs where all that follow equal each other.
        let lone = match second {
            None => Some(first),
            Some(_) => values[1..].iter().all(|v| *v == values[1]).then_some(0),
        };
        let count = n as f64;
        let mean = values.iter().sum::<f64>() / count;
        let (mut m2, mut m4) = (0.0, 0.0);
        for v in values {
            let square = (v - mean) * (v - mean);
            m2 += square;
            m4 += square * square;
        }
        (m2, m4) = (m2 / count, m4 / count);
        if !(m2 > 0.0 && m2.is_finite()) {
            return Err(Reason::Degenerate);
        }
        Ok(Self { n, mean, m2, b2: m4 / (m2 * m2), lone })
    }
}

/// A unit's weights and neighbours' values, summed.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowSums {
    /// W_i = Σ_j w_ij.
    pub w: f64,
    /// S1_i = Σ_j w_ij².
    pub s1: f64,
    /// Σ_j w_ij (y_j − mean).
    pub lag: f64,
    /// The largest weight.
    pub most: f64,
}

impl RowSums {
    pub fn of(values: &[f64], weights: &Neighbours, unit: usize, mean: f64) -> Self {
        if weights.weights_of(unit).is_none() {
            let k = weights.count(unit) as f64;
            let lag = weights.of(unit).iter().map(|j| values[*j as usize] - mean).sum();
            return Self { w: k, s1: k, lag, most: 1.0 };
        }
        let mut sums = Self { w: 0.0, s1: 0.0, lag: 0.0, most: 0.0 };
        for (j, w) in weights.row(unit) {
            sums.w += w;
            sums.s1 += w * w;
            sums.lag += w * (values[j] - mean);
            sums.most = sums.most.max(w);
        }
        sums
    }
}

/// The sums over all weights that moments of map-wide statistics are made of (Cliff & Ord 1981, 1.35 and 1.36).
#[derive(Debug, Clone, Copy)]
pub(super) struct WeightSums {
    /// Σ_ij w_ij.
    pub s0: f64,
    /// ½ Σ_ij (w_ij + w_ji)².
    pub s1: f64,
    /// Σ_i (Σ_j w_ij + Σ_j w_ji)².
    pub s2: f64,
    /// Units without neighbours.
    pub islands: usize,
}

impl WeightSums {
    /// Of weights with at least one pair.
    pub fn of(weights: &Neighbours) -> Result<Self, Reason> {
        let mut sums = Self { s0: 0.0, s1: 0.0, s2: 0.0, islands: 0 };
        let mut both = vec![0.0; weights.len()];
        for unit in 0..weights.len() {
            sums.islands += usize::from(weights.count(unit) == 0);
            for (other, w) in weights.row(unit) {
                sums.s0 += w;
                sums.s1 += w * (w + weights.weight(other, unit));
                both[unit] += w;
                both[other] += w;
            }
        }
        sums.s2 = both.iter().map(|b| b * b).sum();
        if sums.s0 > 0.0 { Ok(sums) } else { Err(Reason::NoNeighbours) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_do_not_vary_or_are_too_few_have_a_reason() {
        let of =
            |values: &[f64], units| Pool::of(values, &Neighbours::from_pairs(units, &[]).expect("no pair"), 3).err();
        assert_eq!(of(&[0.1, 0.1, 0.1], 3), Some(Reason::AllEqual));
        assert_eq!(of(&[1.0, 2.0], 2), Some(Reason::TooFewUnits { units: 2, needed: 3 }));
        assert_eq!(of(&[], 0), Some(Reason::TooFewUnits { units: 0, needed: 3 }));
        assert_eq!(of(&[1.0, f64::NAN, 2.0], 3), Some(Reason::NotFinite));
        assert_eq!(of(&[1e300, -1e300, 2.0], 3), Some(Reason::Degenerate));
        assert_eq!(of(&[1.0, 2.0, 3.0], 4), Some(Reason::WrongLength { values: 3, units: 4 }));
    }

    #[test]
    fn the_unit_that_alone_differs_is_found_wherever_it_stands() {
        let none = Neighbours::from_pairs(4, &[]).expect("no pair");
        let lone = |values: [f64; 4]| Pool::of(&values, &none, 3).expect("varied").lone;
        assert_eq!(lone([5.0, 0.0, 0.0, 0.0]), Some(0));
        assert_eq!(lone([0.0, 0.0, 5.0, 0.0]), Some(2));
        assert_eq!(lone([0.0, 1.0, 5.0, 0.0]), None);
    }
}
