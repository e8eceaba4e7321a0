//! Class breaks for maps: Fisher–Jenks (exact), quantiles, equal intervals, head/tail, set by hand.
//!
//! **Question**: into which few classes do these values fall, so that a map can show them? **Input**: values in any one
//! unit, in any order, finite (a unit without value has no place here: absence is a symbol of its own, not a class), and a
//! number of classes. **Output**: [`Breaks`]: the upper bounds of the classes, increasing, each class closed on the right
//! (`lower < value ≤ upper`, the first one open below), and how many values fall into each.
//!
//! **Assumptions**: none on the distribution. For months to compare, breaks are fixed beforehand (a layer and a year),
//! never computed from the month shown. **Sources**: W. D. Fisher 1958, "On grouping for maximum homogeneity", JASA 53,
//! eq. 1 (the sum of squares minimised); G. F. Jenks 1977; B. Jiang 2013, "Head/tail breaks", Professional Geographer 65.
//! Results agree with the `mapclassify` library (class bounds, counts) on its own data.
//!
//! ```
//! use vigie::stats::breaks;
//! let found = breaks::fisher_jenks(&[1.0, 2.0, 9.0, 10.0, 30.0], 3)?;
//! assert_eq!(found.upper(), [2.0, 10.0, 30.0]);
//! assert_eq!(found.counts(), [2, 2, 1]);
//! assert_eq!(found.within_squares(), 0.5 + 0.5);
//! # Ok::<(), vigie::stats::StatsError>(())
//! ```

use super::error::{StatsError, within};
use super::reason::Reason;

/// No more values than this: a layer has some thousands of units, a grid a million of cells.
pub const MAX_VALUES: usize = 1_000_000;
/// No more classes than this; a reader tells about seven apart.
pub const MAX_CLASSES: usize = 32;

/// Classes closed on the right, with the values that made them counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Breaks {
    upper: Vec<f64>,
    counts: Vec<usize>,
    within_squares: f64,
}

impl Breaks {
    /// The largest value of each class, increasing; as many as there are classes, at least one.
    pub fn upper(&self) -> &[f64] {
        &self.upper
    }

    /// How many values fall into each class.
    pub fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// Sum over classes of squared deviations from the class mean, in the square of the values' unit: what
    /// [`fisher_jenks`] makes smallest.
    pub fn within_squares(&self) -> f64 {
        self.within_squares
    }

    /// The number of the class a value falls into, from 0; none above the last class or for a value that is no number.
    pub fn class_of(&self, value: f64) -> Option<usize> {
        let class = self.upper.partition_point(|u| *u < value);
        (class < self.upper.len() && !value.is_nan()).then_some(class)
    }

    /// Counts the sorted values into classes with these upper bounds.
    fn new(upper: Vec<f64>, sorted: &[f64]) -> Self {
        let (mut counts, mut within_squares, mut from) = (Vec::with_capacity(upper.len()), 0.0, 0);
        for bound in &upper {
            let to = sorted.partition_point(|v| v <= bound).max(from);
            let class = &sorted[from..to];
            let mean = class.iter().sum::<f64>() / class.len().max(1) as f64;
            within_squares += class.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
            counts.push(class.len());
            from = to;
        }
        Self { upper, counts, within_squares }
    }
}

/// The classes of Fisher and Jenks: of all ways to cut the ordered values into `classes` groups, the one whose sum of
/// squared deviations from the group means is smallest.
///
/// Exact, by dynamic programming over the distinct values (equal values are never parted); the best cut moves only
/// upwards with the last value, so each row takes m·log m instead of m² steps. Where fewer distinct values exist than
/// classes, each is its own class. Ties go to the lower cut.
pub fn fisher_jenks(values: &[f64], classes: usize) -> Result<Breaks, StatsError> {
    let sorted = checked(values, classes)?;
    let mut distinct: Vec<f64> = Vec::new();
    // Prefix sums of counts, values and squares around the mean: differences of them lose few digits.
    let centre = sorted.iter().sum::<f64>() / sorted.len() as f64;
    let mut sums = vec![(0.0, 0.0, 0.0)];
    for v in &sorted {
        let d = v - centre;
        if distinct.last() != Some(v) {
            distinct.push(*v);
            let last = sums[sums.len() - 1];
            sums.push(last);
        }
        if let Some(s) = sums.last_mut() {
            *s = (s.0 + 1.0, s.1 + d, s.2 + d * d);
        }
    }
    let m = distinct.len();
    let classes = classes.min(m);
    let squares = |from: usize, to: usize| {
        let (a, b) = (sums[from], sums[to]);
        let (n, s) = (b.0 - a.0, b.1 - a.1);
        (b.2 - a.2 - s * s / n).max(0.0)
    };
    // cost[j]: least sum of squares of the first j distinct values in as many classes as rows were done.
    let mut cost: Vec<f64> = (0..=m).map(|j| if j == 0 { 0.0 } else { squares(0, j) }).collect();
    let mut starts: Vec<Vec<usize>> = Vec::with_capacity(classes);
    for class in 1..classes {
        let mut next = vec![f64::INFINITY; m + 1];
        let mut start = vec![0; m + 1];
        // Rows still to fill, with the range their last class may start in.
        let mut todo = vec![(class + 1, m, class, m - 1)];
        while let Some((low, high, first, last)) = todo.pop() {
            if low > high {
                continue;
            }
            let row = usize::midpoint(low, high);
            let mut best = (f64::INFINITY, first);
            for (cut, before) in (first..row).zip(&cost[first..=last]) {
                let total = before + squares(cut, row);
                if total < best.0 {
                    best = (total, cut);
                }
            }
            (next[row], start[row]) = best;
            todo.push((low, row - 1, first, best.1));
            todo.push((row + 1, high, best.1, last));
        }
        cost = next;
        starts.push(start);
    }
    let mut upper = vec![distinct[m - 1]];
    let mut end = m;
    for start in starts.iter().rev() {
        end = start[end];
        upper.push(distinct[end - 1]);
    }
    upper.reverse();
    Ok(Breaks::new(upper, &sorted))
}

/// Classes of as nearly equal numbers of values as ties allow: bounds are the quantiles j/classes with linear
/// interpolation (type 7 of Hyndman and Fan 1996). Equal bounds fall together, so there may be fewer classes.
pub fn quantiles(values: &[f64], classes: usize) -> Result<Breaks, StatsError> {
    let sorted = checked(values, classes)?;
    let last = sorted.len() - 1;
    let mut upper: Vec<f64> = (1..=classes)
        .map(|j| {
            // Whole number and rest of j·(n−1)/classes, so that no rounding picks the wrong value.
            let (whole, rest) = (j * last / classes, j * last % classes);
            let next = sorted[(whole + 1).min(last)];
            sorted[whole] + (next - sorted[whole]) * (rest as f64 / classes as f64)
        })
        .collect();
    upper.dedup();
    Ok(Breaks::new(upper, &sorted))
}

/// Classes of equal width between the smallest and the largest value. One class where all values are equal.
pub fn equal_interval(values: &[f64], classes: usize) -> Result<Breaks, StatsError> {
    let sorted = checked(values, classes)?;
    let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
    let width = (high - low) / classes as f64;
    let mut upper: Vec<f64> = (1..classes).map(|j| low + width * j as f64).collect();
    upper.push(high);
    upper.dedup();
    Ok(Breaks::new(upper, &sorted))
}

/// Jiang's head/tail breaks for long-tailed values: cut at the mean, then the head at its own mean, until the head
/// cannot be cut. Without Jiang's 40 % rule, as the common libraries do. At most [`MAX_CLASSES`] classes.
pub fn head_tail(values: &[f64]) -> Result<Breaks, StatsError> {
    let sorted = checked(values, 1)?;
    let mut upper = Vec::new();
    let mut head = sorted.as_slice();
    while head.len() > 1 && upper.len() + 1 < MAX_CLASSES {
        let mean = head.iter().sum::<f64>() / head.len() as f64;
        let from = head.partition_point(|v| *v < mean);
        if from == 0 || from == head.len() {
            break;
        }
        upper.push(mean);
        head = &head[from..];
    }
    upper.push(sorted[sorted.len() - 1]);
    Ok(Breaks::new(upper, &sorted))
}

/// Classes with upper bounds set by hand, increasing; the last may be infinite (the open class on top). Values above
/// the last bound fall into no class and are not counted.
pub fn manual(values: &[f64], upper: &[f64]) -> Result<Breaks, StatsError> {
    within("classes", upper.len(), MAX_CLASSES)?;
    let increasing = upper.windows(2).all(|w| w[0] < w[1]) && !upper.iter().any(|u| u.is_nan());
    if upper.is_empty() || !increasing {
        let given = upper.windows(2).find(|w| w[0] >= w[1]).map_or(f64::NAN, |w| w[1]);
        return Err(StatsError::OutOfRange { what: "class bound", given, allowed: "increasing numbers" });
    }
    Ok(Breaks::new(upper.to_vec(), &checked(values, upper.len())?))
}

/// The values sorted, once they are known to be numbers within the limits.
fn checked(values: &[f64], classes: usize) -> Result<Vec<f64>, StatsError> {
    within("values", values.len(), MAX_VALUES)?;
    within("classes", classes, MAX_CLASSES)?;
    if classes == 0 {
        return Err(StatsError::OutOfRange { what: "number of classes", given: 0.0, allowed: "1 or more" });
    }
    if values.is_empty() {
        return Err(Reason::NoData.into());
    }
    if !values.iter().all(|v| v.is_finite()) {
        return Err(Reason::NotFinite.into());
    }
    // −0 would be a class bound of its own beside 0.
    let mut sorted: Vec<f64> = values.iter().map(|v| v + 0.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    Ok(sorted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Least sum of squares over every way to cut the sorted values into at most `classes` groups.
    fn brute_force(sorted: &[f64], classes: usize) -> f64 {
        let whole = {
            let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
            sorted.iter().map(|v| (v - mean).powi(2)).sum::<f64>()
        };
        if classes == 1 {
            return whole;
        }
        (1..sorted.len())
            .map(|cut| brute_force(&sorted[..cut], 1) + brute_force(&sorted[cut..], classes - 1))
            .fold(whole, f64::min)
    }

    proptest! {
        #[test]
        fn no_cut_of_the_values_beats_fisher_jenks(values in prop::collection::vec(-50_i32..50, 1..11), classes in 1_usize..5) {
            let mut values: Vec<f64> = values.into_iter().map(|v| f64::from(v) / 4.0).collect();
            let found = fisher_jenks(&values, classes).expect("finite values");
            values.sort_unstable_by(f64::total_cmp);
            let best = brute_force(&values, classes);
            prop_assert!((found.within_squares() - best).abs() <= 1e-9 * best.max(1.0), "{found:?} {best}");
        }

        #[test]
        fn every_value_falls_into_the_class_that_counted_it(values in prop::collection::vec(-1e6..1e6_f64, 1..60), classes in 1_usize..8) {
            for found in [fisher_jenks(&values, classes), quantiles(&values, classes), equal_interval(&values, classes), head_tail(&values)] {
                let found = found.expect("finite values");
                let mut counts = vec![0; found.upper().len()];
                for v in &values {
                    counts[found.class_of(*v).expect("below the last bound")] += 1;
                }
                prop_assert_eq!(&counts, found.counts());
                prop_assert!(found.upper().windows(2).all(|w| w[0] < w[1]), "{:?}", found);
            }
        }

        #[test]
        fn scaling_and_shifting_the_values_moves_the_breaks_with_them(values in prop::collection::vec(0_i32..200, 3..40), classes in 2_usize..6) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let moved: Vec<f64> = values.iter().map(|v| v * 4.0 + 64.0).collect();
            let (a, b) = (fisher_jenks(&values, classes).expect("finite"), fisher_jenks(&moved, classes).expect("finite"));
            prop_assert!((a.within_squares() * 16.0 - b.within_squares()).abs() <= 1e-9 * b.within_squares().max(1.0));
        }
    }

    #[test]
    fn fewer_distinct_values_than_classes_give_a_class_each() {
        let found = fisher_jenks(&[0.0, 0.0, 3.0, 3.0], 5).expect("finite");
        assert_eq!(found.upper(), [0.0, 3.0]);
        assert_eq!(found.counts(), [2, 2]);
        for one in
            [fisher_jenks(&[7.0; 4], 3), quantiles(&[7.0; 4], 3), equal_interval(&[7.0; 4], 3), head_tail(&[7.0; 4])]
        {
            assert_eq!(one.expect("finite").upper(), [7.0]);
        }
    }

    #[test]
    fn values_that_are_none_and_bounds_that_fall_are_refused() {
        assert_eq!(fisher_jenks(&[], 3), Err(Reason::NoData.into()));
        assert_eq!(quantiles(&[1.0, f64::NAN], 3), Err(Reason::NotFinite.into()));
        assert!(matches!(equal_interval(&[1.0], 0), Err(StatsError::OutOfRange { .. })));
        assert!(matches!(fisher_jenks(&[1.0], MAX_CLASSES + 1), Err(StatsError::TooMany { .. })));
        assert!(matches!(head_tail(&vec![1.0; MAX_VALUES + 1]), Err(StatsError::TooMany { .. })));
        assert!(matches!(manual(&[1.0], &[2.0, 2.0]), Err(StatsError::OutOfRange { .. })));
        assert!(matches!(manual(&[1.0], &[]), Err(StatsError::OutOfRange { .. })));
    }

    #[test]
    fn an_open_top_class_takes_what_is_above() {
        let found = manual(&[0.0, 5.0, 6.0, 947.0], &[5.0, 20.0, f64::INFINITY]).expect("bounds increase");
        assert_eq!(found.counts(), [2, 1, 1]);
        assert_eq!(found.class_of(5.0), Some(0));
        assert_eq!(found.class_of(f64::NAN), None);
        assert_eq!(manual(&[9.0], &[5.0]).expect("bounds increase").class_of(9.0), None);
    }
}
