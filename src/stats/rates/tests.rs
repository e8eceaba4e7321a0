use super::*;
use crate::stats::Neighbours;

#[test]
fn a_missing_population_is_missing_and_never_zero() {
    let rate = |count, population| raw_rate(count, population, 0.95);
    assert_eq!(rate(Some(2.0), Some(0.0)), Err(Reason::NoPopulation));
    assert_eq!(rate(Some(2.0), None), Err(Reason::NoPopulation));
    assert_eq!(rate(Some(2.0), Some(-5.0)), Err(Reason::NoPopulation));
    assert_eq!(rate(None, Some(10.0)), Err(Reason::NotCovered));
    assert_eq!(rate(Some(1.5), Some(10.0)), Err(Reason::BadCount));
    assert_eq!(rate(Some(-1.0), Some(10.0)), Err(Reason::BadCount));
    assert_eq!(rate(Some(f64::NAN), Some(10.0)), Err(Reason::NotFinite));
    assert_eq!(raw_rate(Some(1.0), Some(10.0), 1.0), Err(Reason::BadValue));
    let (counts, people) = ([Some(4.0), Some(0.0), None], [Some(0.0), Some(10.0), Some(10.0)]);
    let reasons = |all: Vec<Option<Reason>>| {
        assert_eq!(all, [Some(Reason::NoPopulation), Some(Reason::AllEqual), Some(Reason::NotCovered)]);
    };
    reasons(eb_global(&counts, &people).rates.iter().map(|r| r.err()).collect());
    reasons(choynowski(&counts, &people).iter().map(|r| r.err()).collect());
    reasons(eb_standardised(&counts, &people, NegativeVariance::Cut).iter().map(|r| r.err()).collect());
}

#[test]
fn garwood_intervals_are_those_of_the_published_table() {
    // Garwood 1936: 95 % limits of a Poisson mean.
    for (count, low, high) in [(1.0, 0.03, 5.57), (5.0, 1.62, 11.67), (10.0, 4.80, 18.39), (50.0, 37.11, 65.92)] {
        let rate = raw_rate(Some(count), Some(1.0), 0.95).expect("a rate");
        assert!((rate.lower - low).abs() < 5e-3 && (rate.upper - high).abs() < 5e-3, "{count} {rate:?}");
    }
    let large = raw_rate(Some(1e6), Some(1e6), 0.99).expect("a rate");
    assert!((large.upper - 1.002_58).abs() < 1e-5 && (large.lower - 0.997_427).abs() < 1e-5, "{large:?}");
}

#[test]
fn the_local_rate_of_a_unit_without_observed_neighbours_is_missing() {
    let chain = Neighbours::from_links(3, &[(0, 1), (1, 2)]).expect("a chain");
    let eb = eb_local(&[Some(1.0), None, Some(2.0)], &[Some(10.0); 3], &chain);
    assert_eq!(eb, [Err(Reason::NoNeighbours), Err(Reason::NotCovered), Err(Reason::NoNeighbours)]);
}
