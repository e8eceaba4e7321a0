//! Emerging hot spots on small tables whose answer is known.

use proptest::prelude::*;

use super::*;

/// A ring of units: each beside the one before and the one after.
fn ring(units: usize) -> Neighbours {
    let pairs: Vec<(usize, usize)> =
        (0..units).flat_map(|k| [(k, (k + units - 1) % units), (k, (k + 1) % units)]).collect();
    Neighbours::from_pairs(units, &pairs).expect("a ring")
}

fn run(values: &[Option<f64>], units: usize, periods: usize, options: &Options) -> Result<Emerging, StatsError> {
    emerging(values, periods, &ring(units), options)
}

/// Twelve units over twelve months at 1 or 2 events, units 3 to 5 at twenty from month 9 on.
fn outbreak() -> Vec<Option<f64>> {
    (0..12_u32)
        .flat_map(|unit| (0..12_u32).map(move |t| (unit, t)))
        .map(|(unit, t)| if (3..=5).contains(&unit) && t >= 9 { 20.0 } else { f64::from((unit * 5 + t * 7) % 2) + 1.0 })
        .map(Some)
        .collect()
}

#[test]
fn an_outbreak_in_the_last_months_is_a_consecutive_hot_spot_and_the_far_side_has_no_pattern() {
    let found = run(&outbreak(), 12, 12, &Options::default()).expect("a table");
    let heart = found.units[4].expect("tested");
    assert_eq!(heart.pattern, Some((Category::Consecutive, Temperature::Hot)), "{heart:?}");
    assert_eq!((heart.tested, heart.hot, heart.cold), (12, 3, 0));
    assert_eq!(found.units[10].expect("tested").pattern, None);
    assert_eq!(found.tested, 144);
}

#[test]
fn the_score_of_a_bin_is_the_formula_by_hand() {
    let values = outbreak();
    let found = run(&values, 12, 12, &Options::default()).expect("a table");
    let y: Vec<f64> = values.iter().copied().flatten().collect();
    let n = y.len() as f64;
    let mean = y.iter().sum::<f64>() / n;
    let s = (y.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    // Unit 4 in month 9: units 3, 4, 5 in months 8 and 9.
    let sum: f64 = [3, 4, 5].iter().flat_map(|u| [y[u * 12 + 8], y[u * 12 + 9]]).sum();
    let z = (sum - 6.0 * mean) / (s * ((n * 6.0 - 36.0) / (n - 1.0)).sqrt());
    assert!((found.z[4 * 12 + 9].expect("tested") - z).abs() < 1e-12);
    // The first month has no month before it.
    let sum: f64 = [3, 4, 5].iter().map(|u| y[u * 12]).sum();
    let z = (sum - 3.0 * mean) / (s * ((n * 3.0 - 9.0) / (n - 1.0)).sqrt());
    assert!((found.z[4 * 12].expect("tested") - z).abs() < 1e-12);
}

#[test]
fn bins_that_were_not_observed_are_outside_and_not_zero() {
    let mut values = outbreak();
    // Unit 0 never seen, unit 8 not in the last month, unit 1 seen in five months only.
    for t in 0..12 {
        values[t] = None;
        values[12 + t] = values[12 + t].filter(|_| t < 5);
    }
    values[8 * 12 + 11] = None;
    let found = run(&values, 12, 12, &Options::default()).expect("a table");
    assert_eq!(found.units[0], Err(Reason::NotCovered));
    assert_eq!(found.units[1], Err(Reason::TooFew));
    assert_eq!(found.units[8], Err(Reason::LastNotObserved));
    assert!(found.z[..12].iter().all(Option::is_none) && found.bins[0] == Bin::Untested);
    assert_eq!(found.tested, found.z.iter().flatten().count());
    // As if the missing units were not on the map at all: a zero would change the mean.
    let zeros: Vec<_> = values.iter().map(|v| Some(v.unwrap_or(0.0))).collect();
    assert_ne!(run(&zeros, 12, 12, &Options::default()).expect("a table").z[4 * 12], found.z[4 * 12]);
}

#[test]
fn a_unit_without_neighbours_is_not_tested() {
    let values = outbreak();
    // A row of eleven, and unit 11 beside nobody.
    let pairs: Vec<(usize, usize)> = (0..10).flat_map(|k| [(k, k + 1), (k + 1, k)]).collect();
    let row = Neighbours::from_pairs(12, &pairs).expect("a row");
    let found = emerging(&values, 12, &row, &Options::default()).expect("a table");
    assert_eq!(found.units[11], Err(Reason::NoNeighbours));
}

#[test]
fn tables_that_say_nothing_have_a_reason() {
    let table = |v: Option<f64>| vec![v; 120];
    let go = |values: &[Option<f64>]| run(values, 12, 10, &Options::default());
    assert_eq!(go(&table(Some(0.0))), Err(Reason::AllEqual.into()));
    assert_eq!(go(&table(Some(0.1))), Err(Reason::AllEqual.into()));
    assert_eq!(go(&table(None)), Err(Reason::NoData.into()));
    assert_eq!(go(&table(Some(f64::NAN))), Err(Reason::NotFinite.into()));
    assert!(matches!(go(&table(None)[1..]), Err(StatsError::Lengths { .. })));
    let one = Neighbours::from_pairs(1, &[]).expect("one unit");
    assert_eq!(emerging(&[Some(1.0)], 1, &one, &Options::default()), Err(Reason::TooFew.into()));
    let none = Neighbours::from_pairs(0, &[]).expect("no unit");
    assert_eq!(emerging(&[], 0, &none, &Options::default()), Err(Reason::NoData.into()));
    let options = Options { alpha: 1.0, ..Options::default() };
    assert!(matches!(run(&outbreak(), 12, 12, &options), Err(StatsError::OutOfRange { .. })));
    assert!(matches!(emerging(&[], MAX_PERIODS + 1, &none, &Options::default()), Err(StatsError::TooMany { .. })));
}

proptest! {
    #[test]
    fn scaling_and_shifting_the_counts_changes_no_score(seed in 0_u64..1_000, scale in 1_u32..9, shift in 0_u32..50) {
        let mut stream = crate::stats::random::Stream::new(seed, 0);
        let values: Vec<Option<f64>> = (0..120).map(|_| Some([0.0, 0.0, 0.0, 1.0, 4.0, 9.0][stream.below(6) as usize])).collect();
        let moved: Vec<_> = values.iter().map(|v| v.map(|v| v * f64::from(scale) + f64::from(shift))).collect();
        let options = Options { trend: Trend::HamedRao, ..Options::default() };
        let (a, b) = (run(&values, 12, 10, &options).expect("a table"), run(&moved, 12, 10, &options).expect("a table"));
        for (x, y) in a.z.iter().zip(&b.z) {
            prop_assert!((x.expect("tested") - y.expect("tested")).abs() < 1e-9);
        }
    }
}

#[test]
fn the_first_example_of_benjamini_and_hochberg_rejects_four() {
    // Benjamini and Hochberg 1995, section 3.1: 15 p-values, four rejected at 5 %.
    let p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459];
    assert_eq!(cutoff(p.to_vec(), 15, 0.05), Some(0.0095));
    assert_eq!(cutoff(vec![0.04], 15, 0.05), None);
}
