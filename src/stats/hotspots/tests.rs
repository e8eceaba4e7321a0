use super::*;

fn ring(n: usize) -> Neighbours {
    let links: Vec<(usize, usize)> = (0..n).map(|i| (i, (i + 1) % n)).collect();
    Neighbours::from_links(n, &links).expect("a ring")
}

fn find(values: &[Option<f64>], weights: &Neighbours) -> Hotspots {
    hotspots(values, weights, &HotspotOptions::default())
}

#[test]
fn a_unit_not_covered_is_outside_mean_pool_neighbours_and_tests() {
    let with = [Some(3.0), None, Some(0.0), Some(5.0), Some(1.0), Some(9.0), Some(0.0), Some(2.0)];
    let found = find(&with, &ring(8));
    let keep: Vec<bool> = with.iter().map(Option::is_some).collect();
    let without: Vec<Option<f64>> = with.iter().flatten().map(|v| Some(*v)).collect();
    let alone = find(&without, &ring(8).subset(&keep));
    let tested: Vec<_> = found.units.iter().filter(|u| **u != Err(Reason::NotCovered)).copied().collect();
    assert_eq!(tested, alone.units);
    assert_eq!(found.summary, HotspotSummary { units: 8, ..alone.summary });
    assert_eq!(found.units[0].expect("tested").neighbours, 1);
    assert_eq!(found.summary.mean, Some(20.0 / 7.0));
}

#[test]
fn degenerate_maps_have_reasons_and_no_number() {
    let all = |reason: Reason, values: &[Option<f64>]| {
        let found = find(values, &ring(values.len()));
        assert!(found.units.iter().all(|u| *u == Err(reason)), "{:?}", found.units);
        assert_eq!((found.summary.tested, found.summary.null, found.summary.mean), (0, None, None));
    };
    all(Reason::AllEqual, &[Some(4.0); 7]);
    all(Reason::AllEqual, &[Some(0.0); 7]);
    all(Reason::NotCovered, &[None; 7]);
    all(Reason::NotFinite, &[Some(f64::NAN); 7]);
    all(Reason::TooFewUnits { units: 4, needed: 5 }, &[Some(0.0), Some(1.0), Some(5.0), Some(0.0)]);
    let one = Neighbours::from_pairs(1, &[]).expect("one unit");
    assert_eq!(find(&[Some(1.0)], &one).units, [Err(Reason::TooFewUnits { units: 1, needed: 5 })]);
    let none = Neighbours::from_pairs(0, &[]).expect("no unit");
    assert!(find(&[], &none).units.is_empty());
    assert_eq!(find(&[Some(1.0)], &none).units, [Err(Reason::WrongLength { values: 1, units: 0 })]);
}

#[test]
fn each_unit_that_cannot_be_tested_says_why_and_leaves_the_others_alone() {
    let links = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6)];
    let weights = Neighbours::from_links(8, &links).expect("a chain and an island");
    let values = [Some(1.0), Some(2.0), Some(f64::INFINITY), Some(0.0), Some(9.0), Some(7.0), None, Some(4.0)];
    let found = find(&values, &weights);
    assert_eq!(found.units[2], Err(Reason::NotFinite));
    assert_eq!(found.units[6], Err(Reason::NotCovered));
    assert_eq!(found.units[7], Err(Reason::NoNeighbours));
    assert_eq!(found.units[3].expect("one neighbour left").neighbours, 1);
    assert_eq!((found.summary.covered, found.summary.tested), (6, 5));
    assert_eq!(found.not_tested(), [("no_neighbours", 1), ("not_covered", 1), ("not_finite", 1)].into());
    let strict = HotspotOptions { min_neighbours: 2, ..HotspotOptions::default() };
    let found = hotspots(&values, &weights, &strict);
    assert_eq!(found.units[3], Err(Reason::TooFewNeighbours { valid: 1, needed: 2 }));
    assert_eq!(found.summary.tested, 1);
}

#[test]
fn values_that_are_not_whole_are_sampled_and_say_so() {
    let values: Vec<Option<f64>> = (0..20).map(|i| Some(f64::from((i * 7) % 5) + 0.5)).collect();
    let found = find(&values, &ring(20));
    assert_eq!(
        found.summary.null,
        Some(Null::ConditionalMonteCarlo { permutations: 99_999, seed: MonteCarlo::default().seed })
    );
    let whole: Vec<Option<f64>> = values.iter().map(|v| v.map(|v| v - 0.5)).collect();
    let exact = find(&whole, &ring(20));
    assert_eq!(exact.summary.null, Some(Null::ConditionalExact));
    for (s, e) in found.units.iter().zip(&exact.units) {
        let (s, e) = (s.expect("tested"), e.expect("tested"));
        assert!((s.p - e.p).abs() < 0.02 && (s.z - e.z).abs() < 1e-12, "{s:?} {e:?}");
    }
}
