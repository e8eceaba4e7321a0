//! Who is whose neighbour, and how much it weighs.

use std::collections::BTreeMap;

/// Why a neighbour list is refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum NeighboursError {
    /// A unit that is not among 0..units.
    #[error("unit {unit} is not among the {units} units (0 to {units} − 1)")]
    OutOfRange {
        /// The unit given.
        unit: usize,
        /// How many units there are.
        units: usize,
    },
    /// A unit given as its own neighbour. Statistics that count the unit itself add it on their own.
    #[error("unit {unit} is given as its own neighbour: leave it out, Gi* adds it by itself")]
    Itself {
        /// The unit.
        unit: usize,
    },
    /// The same pair twice.
    #[error("the pair {from} → {to} is given twice")]
    Twice {
        /// The unit.
        from: usize,
        /// Its neighbour.
        to: usize,
    },
    /// A weight that is 0, negative or not a number.
    #[error("the weight of {from} → {to} is {weight}: weights are above 0 (leave out a pair that is none)")]
    Weight {
        /// The unit.
        from: usize,
        /// Its neighbour.
        to: usize,
        /// The weight given.
        weight: f64,
    },
    /// More units or pairs than the index holds.
    #[error("{given} units or pairs: at most {limit} are taken", limit = Neighbours::LIMIT)]
    TooMany {
        /// How many were given.
        given: usize,
    },
}

/// Neighbour lists of units 0..n in compressed rows: sorted, without the unit itself, without repeats; each pair with a
/// weight above 0, or all of weight 1 (binary).
///
/// A row is what a local statistic sums over; rows need not be symmetric (k nearest are not).
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours {
    starts: Vec<u32>,
    list: Vec<u32>,
    /// None: every weight is 1.
    weights: Option<Vec<f64>>,
}

/// How many neighbours units have.
#[derive(Debug, Clone, PartialEq)]
pub struct NeighbourCounts {
    /// Units.
    pub units: usize,
    /// Directed pairs.
    pub pairs: usize,
    /// Units without any neighbour.
    pub islands: usize,
    /// Fewest neighbours.
    pub min: usize,
    /// Mean number of neighbours; 0 where there is no unit.
    pub mean: f64,
    /// Most neighbours.
    pub max: usize,
    /// How many units have each number of neighbours.
    pub histogram: BTreeMap<usize, usize>,
}

impl Neighbours {
    /// Units and pairs at most: rows are addressed by 32 bits.
    pub const LIMIT: usize = 1 << 31;

    /// Binary weights from directed pairs (unit, neighbour) in any order.
    ///
    /// ```
    /// use vigie::stats::Neighbours;
    /// let chain = Neighbours::from_pairs(3, &[(0, 1), (1, 0), (1, 2), (2, 1)])?;
    /// assert_eq!(chain.of(1), [0, 2]);
    /// assert!(Neighbours::from_pairs(3, &[(0, 3)]).is_err());
    /// # Ok::<(), vigie::stats::NeighboursError>(())
    /// ```
    pub fn from_pairs(units: usize, pairs: &[(usize, usize)]) -> Result<Self, NeighboursError> {
        let mut built = Self::build(units, pairs.iter().map(|(a, b)| (*a, *b, 1.0)).collect())?;
        built.weights = None;
        Ok(built)
    }

    /// Binary weights from pairs without direction: (a, b) makes a and b each other's neighbour.
    pub fn from_links(units: usize, links: &[(usize, usize)]) -> Result<Self, NeighboursError> {
        let both: Vec<_> = links.iter().flat_map(|(a, b)| [(*a, *b), (*b, *a)]).collect();
        Self::from_pairs(units, &both)
    }

    /// Weighted, from directed (unit, neighbour, weight above 0) in any order.
    pub fn from_weighted(units: usize, pairs: &[(usize, usize, f64)]) -> Result<Self, NeighboursError> {
        Self::build(units, pairs.to_vec())
    }

    fn build(units: usize, mut pairs: Vec<(usize, usize, f64)>) -> Result<Self, NeighboursError> {
        let given = units.max(pairs.len());
        if given > Self::LIMIT {
            return Err(NeighboursError::TooMany { given });
        }
        for &(from, to, weight) in &pairs {
            if let Some(unit) = [from, to].into_iter().find(|u| *u >= units) {
                return Err(NeighboursError::OutOfRange { unit, units });
            }
            if from == to {
                return Err(NeighboursError::Itself { unit: from });
            }
            if !(weight > 0.0 && weight.is_finite()) {
                return Err(NeighboursError::Weight { from, to, weight });
            }
        }
        pairs.sort_unstable_by_key(|(from, to, _)| (*from, *to));
        if let Some(twice) = pairs.windows(2).find(|w| (w[0].0, w[0].1) == (w[1].0, w[1].1)) {
            return Err(NeighboursError::Twice { from: twice[0].0, to: twice[0].1 });
        }
        let mut starts = vec![0; units + 1];
        for (from, _, _) in &pairs {
            starts[from + 1] += 1;
        }
        for unit in 0..units {
            starts[unit + 1] += starts[unit];
        }
        let list = pairs.iter().map(|(_, to, _)| narrow(*to)).collect();
        let weights = Some(pairs.iter().map(|(_, _, weight)| *weight).collect());
        Ok(Self { starts, list, weights })
    }

    /// Number of units.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is no unit.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn range(&self, unit: usize) -> std::ops::Range<usize> {
        self.starts[unit] as usize..self.starts[unit + 1] as usize
    }

    /// The neighbours of a unit, in order.
    ///
    /// # Panics
    /// Where `unit` is not below [`Neighbours::len`], as slices do.
    pub fn of(&self, unit: usize) -> &[u32] {
        &self.list[self.range(unit)]
    }

    /// The weights of a unit's neighbours, in the order of [`Neighbours::of`]; none where all weigh 1.
    pub fn weights_of(&self, unit: usize) -> Option<&[f64]> {
        self.weights.as_ref().map(|w| &w[self.range(unit)])
    }

    /// A unit's neighbours with their weights.
    pub fn row(&self, unit: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let weights = self.weights_of(unit);
        self.of(unit).iter().enumerate().map(move |(k, j)| (*j as usize, weights.map_or(1.0, |w| w[k])))
    }

    /// The weight of a pair; 0 where `to` is no neighbour of `from`.
    pub fn weight(&self, from: usize, to: usize) -> f64 {
        match self.of(from).binary_search(&narrow(to)) {
            Ok(at) => self.weights_of(from).map_or(1.0, |w| w[at]),
            Err(_) => 0.0,
        }
    }

    /// How many neighbours a unit has.
    pub fn count(&self, unit: usize) -> usize {
        self.range(unit).len()
    }

    /// The most neighbours any unit has; 0 where there is no unit.
    pub fn max_count(&self) -> usize {
        (0..self.len()).map(|u| self.count(u)).max().unwrap_or(0)
    }

    /// Whether every weight is 1.
    pub fn is_binary(&self) -> bool {
        self.weights.as_ref().is_none_or(|w| w.iter().all(|w| *w == 1.0))
    }

    /// Whether within each row all weights are equal (binary, row-standardised contiguity): then a row's sum depends only
    /// on which units are its neighbours, and exact permutation p-values can be had.
    pub fn rows_have_equal_weights(&self) -> bool {
        self.weights.is_none()
            || (0..self.len()).all(|u| self.weights_of(u).is_none_or(|w| w.windows(2).all(|p| p[0] == p[1])))
    }

    /// Whether each pair has its reverse with the same weight.
    pub fn is_symmetric(&self) -> bool {
        (0..self.len()).all(|unit| self.row(unit).all(|(other, weight)| self.weight(other, unit) == weight))
    }

    /// Units without any neighbour, in order.
    pub fn islands(&self) -> Vec<usize> {
        (0..self.len()).filter(|u| self.count(*u) == 0).collect()
    }

    /// How many neighbours units have.
    pub fn counts(&self) -> NeighbourCounts {
        let mut histogram = BTreeMap::new();
        for unit in 0..self.len() {
            *histogram.entry(self.count(unit)).or_insert(0) += 1;
        }
        NeighbourCounts {
            units: self.len(),
            pairs: self.list.len(),
            islands: histogram.get(&0).copied().unwrap_or(0),
            min: histogram.keys().next().copied().unwrap_or(0),
            mean: if self.is_empty() { 0.0 } else { self.list.len() as f64 / self.len() as f64 },
            max: histogram.keys().next_back().copied().unwrap_or(0),
            histogram,
        }
    }

    /// The lists among the units kept only, numbered anew in the same order: what is not kept is nobody's neighbour.
    /// Units past the end of `keep` are not kept. Weights are carried as they are; standardise after taking a subset.
    #[must_use]
    pub fn subset(&self, keep: &[bool]) -> Self {
        let kept = |u: usize| keep.get(u).copied().unwrap_or(false);
        let mut number = vec![u32::MAX; self.len()];
        let mut next = 0;
        for (unit, slot) in number.iter_mut().enumerate() {
            if kept(unit) {
                *slot = next;
                next += 1;
            }
        }
        let mut starts = vec![0];
        let mut list = Vec::new();
        let mut weights = self.weights.as_ref().map(|_| Vec::new());
        for unit in (0..self.len()).filter(|u| kept(*u)) {
            for (other, weight) in self.row(unit).filter(|(other, _)| kept(*other)) {
                list.push(number[other]);
                if let Some(w) = &mut weights {
                    w.push(weight);
                }
            }
            starts.push(narrow(list.len()));
        }
        Self { starts, list, weights }
    }

    /// Each row divided by its sum, so that a neighbours' sum becomes their mean. Islands keep an empty row.
    #[must_use]
    pub fn row_standardised(&self) -> Self {
        let mut weights = Vec::with_capacity(self.list.len());
        for unit in 0..self.len() {
            let sum: f64 = self.row(unit).map(|(_, w)| w).sum();
            weights.extend(self.row(unit).map(|(_, w)| w / sum));
        }
        Self { starts: self.starts.clone(), list: self.list.clone(), weights: Some(weights) }
    }
}

/// Rows and units are counted below [`Neighbours::LIMIT`].
#[expect(clippy::cast_possible_truncation, reason = "below 2^31, checked when built")]
fn narrow(value: usize) -> u32 {
    value as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> Neighbours {
        Neighbours::from_links(5, &[(0, 1), (2, 1), (2, 3)]).expect("a chain and an island")
    }

    #[test]
    fn rows_are_sorted_and_islands_are_known() {
        let chain = chain();
        assert_eq!(chain.of(1), [0, 2]);
        assert_eq!(chain.islands(), [4]);
        assert!(chain.is_symmetric() && chain.is_binary());
        let counts = chain.counts();
        assert_eq!((counts.units, counts.pairs, counts.islands, counts.min, counts.max), (5, 6, 1, 0, 2));
        assert_eq!(counts.histogram, BTreeMap::from([(0, 1), (1, 2), (2, 2)]));
    }

    #[test]
    fn what_is_no_neighbour_list_is_refused() {
        use NeighboursError as E;
        let of = |pairs: &[(usize, usize, f64)]| Neighbours::from_weighted(3, pairs).expect_err("wrong");
        assert_eq!(of(&[(0, 3, 1.0)]), E::OutOfRange { unit: 3, units: 3 });
        assert_eq!(of(&[(2, 2, 1.0)]), E::Itself { unit: 2 });
        assert_eq!(of(&[(0, 1, 1.0), (0, 2, 1.0), (0, 1, 2.0)]), E::Twice { from: 0, to: 1 });
        assert_eq!(of(&[(0, 1, 0.0)]), E::Weight { from: 0, to: 1, weight: 0.0 });
        assert!(matches!(of(&[(0, 1, f64::NAN)]), E::Weight { .. }));
        assert!(Neighbours::from_pairs(0, &[]).is_ok_and(|n| n.is_empty()));
    }

    #[test]
    fn a_subset_forgets_the_units_left_out_and_numbers_the_rest_anew() {
        let kept = chain().subset(&[true, true, false, true, true]);
        assert_eq!(kept.len(), 4);
        assert_eq!(kept.of(1), [0]);
        assert_eq!(kept.islands(), [2, 3]);
    }

    #[test]
    fn row_standardised_rows_sum_to_one_and_stay_equal_within_a_row() {
        let weights = chain().row_standardised();
        assert_eq!(weights.weights_of(1), Some([0.5, 0.5].as_slice()));
        assert!(weights.rows_have_equal_weights() && !weights.is_binary() && !weights.is_symmetric());
        assert_eq!(weights.count(4), 0);
    }
}
