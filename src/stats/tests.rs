//! Moments against the listing of every arrangement, and what must not change a result.

use proptest::prelude::*;

use super::*;

/// Every arrangement of the values (Heap's algorithm).
fn arrangements(values: &[f64]) -> Vec<Vec<f64>> {
    fn heap(k: usize, values: &mut Vec<f64>, out: &mut Vec<Vec<f64>>) {
        if k <= 1 {
            out.push(values.clone());
            return;
        }
        for at in 0..k {
            heap(k - 1, values, out);
            values.swap(if k.is_multiple_of(2) { at } else { 0 }, k - 1);
        }
    }
    let mut out = Vec::new();
    heap(values.len(), &mut values.to_vec(), &mut out);
    out
}

fn mean_and_variance(all: &[f64]) -> (f64, f64) {
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    (mean, all.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / all.len() as f64)
}

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + b.abs())
}

/// Asymmetric, unequal weights.
fn uneven() -> Neighbours {
    let pairs = [
        (0, 1, 1.0),
        (1, 0, 0.5),
        (1, 2, 2.0),
        (2, 3, 1.0),
        (3, 4, 0.25),
        (4, 0, 1.5),
        (4, 2, 1.0),
        (5, 1, 3.0),
        (2, 5, 1.0),
    ];
    Neighbours::from_weighted(6, &pairs).expect("weights")
}

const SIX: [f64; 6] = [0.0, 3.0, 1.0, 0.5, 9.0, 2.0];

fn assert_moments(what: &str, moments: Moments, all: &[f64]) {
    let (mean, variance) = mean_and_variance(all);
    assert!(
        near(moments.expected, mean, 1e-12) && near(moments.variance, variance, 1e-11),
        "{what}: {moments:?} {mean} {variance}"
    );
}

type Kind = fn(JoinCounts) -> Joins;

#[test]
fn moments_under_randomisation_are_those_of_all_720_arrangements() {
    let (weights, all) = (uneven(), arrangements(&SIX));
    assert_eq!(all.len(), 720);
    let of = |f: &dyn Fn(&[f64]) -> f64| all.iter().map(|v| f(v)).collect::<Vec<_>>();
    let islands = Islands::default();
    let i = of(&|v| moran(v, &weights, islands).expect("varied").i);
    assert_moments("Moran", moran(&SIX, &weights, islands).expect("varied").randomisation, &i);
    let c = of(&|v| geary(v, &weights, islands).expect("varied").c);
    assert_moments("Geary", geary(&SIX, &weights, islands).expect("varied").randomisation, &c);
    let g = of(&|v| general_g(v, &weights).expect("varied").g);
    assert_moments("General G", general_g(&SIX, &weights).expect("varied").randomisation, &g);
    let black = |v: &[f64]| v.iter().map(|v| *v > 1.5).collect::<Vec<_>>();
    let joins = |v: &[f64]| join_counts(&black(v), &weights).expect("two colours");
    let kinds: [(&str, Kind); 3] = [("BB", |j| j.black_black), ("WW", |j| j.white_white), ("BW", |j| j.black_white)];
    for (name, kind) in kinds {
        let counts = of(&|v| kind(joins(v)).count);
        assert_moments(name, kind(joins(&SIX)).randomisation.expect("varied"), &counts);
    }
    for unit in 0..6 {
        let i = of(&|v| local_moran(v, &weights)[unit].map_or(0.0, |m| m.i));
        assert_moments("local Moran", local_moran(&SIX, &weights)[unit].expect("varied").total, &i);
    }
}

#[test]
fn conditional_moments_are_those_of_all_arrangements_that_hold_the_units_value() {
    let weights = uneven();
    for (unit, own) in SIX.iter().enumerate() {
        let others: Vec<f64> = (0..6).filter(|u| *u != unit).map(|u| SIX[u]).collect();
        let all: Vec<Vec<f64>> = arrangements(&others)
            .into_iter()
            .map(|mut v| {
                v.insert(unit, *own);
                v
            })
            .collect();
        let i: Vec<f64> = all.iter().map(|v| local_moran(v, &weights)[unit].expect("varied").i).collect();
        assert_moments("local Moran", local_moran(&SIX, &weights)[unit].expect("varied").conditional, &i);
        let c: Vec<f64> = all.iter().map(|v| local_geary(v, &weights)[unit].expect("varied").c).collect();
        assert_moments("local Geary", local_geary(&SIX, &weights)[unit].expect("varied").conditional, &c);
        let g: Vec<f64> = all.iter().map(|v| weights.row(unit).map(|(j, w)| w * v[j]).sum()).collect();
        let (mean, variance) = mean_and_variance(&g);
        let observed: f64 = weights.row(unit).map(|(j, w)| w * SIX[j]).sum();
        let z = local_g(&SIX, &weights, LocalGKind::Gi)[unit].expect("varied").z;
        assert!(near(z, (observed - mean) / variance.sqrt(), 1e-12), "Gi {unit}");
    }
}

#[test]
fn global_sampling_finds_the_tail_that_listing_finds() {
    let weights = uneven();
    let observed = moran(&SIX, &weights, Islands::default()).expect("varied").i;
    let all = arrangements(&SIX);
    let reached =
        all.iter().filter(|v| moran(v, &weights, Islands::default()).expect("varied").i >= observed - 1e-12).count();
    let how = MonteCarlo { permutations: 19_999, seed: 4, threads: 2 };
    let tail = moran_monte_carlo(&SIX, &weights, &how).expect("varied");
    assert!((tail.p_ge - reached as f64 / 720.0).abs() < 0.02, "{tail:?} {reached}");
    let g = general_g_monte_carlo(&SIX, &weights, &how).expect("varied");
    let c = geary_monte_carlo(&SIX, &weights, &how).expect("varied");
    assert!(g.p_ge + g.p_le > 1.0 && c.p_ge + c.p_le > 1.0);
}

#[test]
fn whole_map_statistics_of_degenerate_maps_have_reasons() {
    let weights = uneven();
    assert_eq!(moran(&[2.0; 6], &weights, Islands::Counted).err(), Some(Reason::AllEqual));
    assert_eq!(geary(&SIX[..5], &weights, Islands::Counted).err(), Some(Reason::WrongLength { values: 5, units: 6 }));
    let none = Neighbours::from_pairs(6, &[]).expect("no pair");
    assert_eq!(moran(&SIX, &none, Islands::default()).err(), Some(Reason::NoNeighbours));
    assert_eq!(general_g(&SIX, &none).err(), Some(Reason::NoNeighbours));
    assert_eq!(general_g(&[-1.0, 0.0, 1.0, 2.0, 3.0, 4.0], &weights).err(), Some(Reason::BadValue));
    assert_eq!(join_counts(&[true; 6], &weights).err(), Some(Reason::AllEqual));
    let two = Neighbours::from_links(6, &[(0, 1)]).expect("a pair");
    assert_eq!(moran(&SIX, &two, Islands::NotCounted).err(), Some(Reason::TooFewUnits { units: 2, needed: 4 }));
    let lonely = join_counts(&[true, false, false, false, false, false], &weights).expect("two colours");
    assert_eq!(lonely.black_black.randomisation, Err(Reason::Degenerate));
    assert!(lonely.white_white.randomisation.is_ok());
}

/// A map of 5 to 24 units with counts full of zeros and random links.
fn maps() -> impl Strategy<Value = (Vec<f64>, Vec<(usize, usize)>)> {
    (5_usize..25).prop_flat_map(|n| {
        let value = prop_oneof![3 => Just(0.0), 2 => (1_u32..30).prop_map(f64::from)];
        let links = prop::collection::btree_set((0..n, 0..n), 1..4 * n);
        (prop::collection::vec(value, n), links.prop_map(|l| l.into_iter().filter(|(a, b)| a < b).collect()))
    })
}

fn default_map(values: &[f64], weights: &Neighbours) -> Hotspots {
    hotspots(&values.iter().copied().map(Some).collect::<Vec<_>>(), weights, &HotspotOptions::default())
}

proptest! {
    #[test]
    fn the_conditional_z_of_local_moran_is_that_of_gi_with_the_sign_of_the_value((values, links) in maps()) {
        let weights = Neighbours::from_links(values.len(), &links).expect("links").row_standardised();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let g = local_g(&values, &weights, LocalGKind::Gi);
        for ((moran, g), value) in local_moran(&values, &weights).iter().zip(&g).zip(&values) {
            match (moran, g) {
                (Ok(moran), Ok(g)) => {
                    prop_assert!(near(moran.conditional.z, g.z * (value - mean).signum(), 1e-9), "{:?} {:?}", moran, g);
                }
                (Err(Reason::AtTheMean), _) => {}
                (a, b) => prop_assert_eq!(a.err(), b.err()),
            }
        }
    }

    #[test]
    fn shifting_scaling_renumbering_and_standardising_rows_change_no_hotspot((values, links) in maps()) {
        let n = values.len();
        let weights = Neighbours::from_links(n, &links).expect("links");
        let plain = default_map(&values, &weights);
        let moved: Vec<f64> = values.iter().map(|v| v * 3.0 + 17.0).collect();
        let reversed: Vec<f64> = values.iter().rev().copied().collect();
        let back: Vec<(usize, usize)> = links.iter().map(|(a, b)| (n - 1 - a, n - 1 - b)).collect();
        let back = Neighbours::from_links(n, &back).expect("links");
        let mut renumbered = default_map(&reversed, &back);
        renumbered.units.reverse();
        for other in [default_map(&moved, &weights), default_map(&values, &weights.row_standardised()), renumbered] {
            prop_assert_eq!(other.summary.tested, plain.summary.tested);
            for (a, b) in plain.units.iter().zip(&other.units) {
                match (a, b) {
                    (Ok(a), Ok(b)) => {
                        prop_assert!(near(a.z, b.z, 1e-9) && near(a.p, b.p, 1e-10) && near(a.q, b.q, 1e-10), "{:?} {:?}", a, b);
                        prop_assert_eq!(a.cluster, b.cluster);
                        // Rounding may put a value a hair off the mean: only there may quadrants differ.
                        if let (Ok(a), Ok(b)) = (a.lisa, b.lisa) && a.i.abs() > 1e-9 {
                            prop_assert_eq!(a.quadrant, b.quadrant);
                        }
                    }
                    (a, b) => prop_assert_eq!(a.err(), b.err()),
                }
            }
        }
    }

    #[test]
    fn every_p_lies_between_its_mid_p_and_one((values, links) in maps()) {
        let found = default_map(&values, &Neighbours::from_links(values.len(), &links).expect("links"));
        for unit in found.units.iter().flatten() {
            prop_assert!(0.0 < unit.p && unit.mid_p <= unit.p && unit.p <= unit.q && unit.q <= 1.0, "{:?}", unit);
            prop_assert!(unit.tail.p_ge + unit.tail.p_le >= 1.0 - 1e-12);
        }
    }
}
