//! The scan on small maps whose answer is known, and its error rate under the null.

use super::super::alias::Alias;
use super::super::random::Stream;
use super::*;

/// A square grid of places 10 km apart.
fn grid(side: u32) -> Vec<[f64; 2]> {
    (0..side * side).map(|k| [f64::from(k % side) * 1e4, f64::from(k / side) * 1e4]).collect()
}

fn some<T: Copy>(values: &[T]) -> Vec<Option<T>> {
    values.iter().copied().map(Some).collect()
}

/// Every circle and window by plain loops and the plain formula, for simulations too.
fn plainly(points: &[[f64; 2]], periods: usize, cases: &[u32], expected: &[f64]) -> f64 {
    let total = f64::from(cases.iter().sum::<u32>());
    let mut best = 0.0_f64;
    for centre in points {
        let d2 = |p: &[f64; 2]| (p[0] - centre[0]).powi(2) + (p[1] - centre[1]).powi(2);
        for edge in points {
            let inside: Vec<usize> = (0..points.len()).filter(|k| d2(&points[*k]) <= d2(edge)).collect();
            let sum = |of: &dyn Fn(usize) -> f64, a: usize, b: usize| -> f64 {
                inside.iter().flat_map(|k| (a..=b).map(move |t| k * periods + t)).map(of).sum()
            };
            if sum(&|c| expected[c], 0, periods - 1) > total / 2.0 + 1e-9 {
                continue;
            }
            for a in 0..periods {
                for b in a..periods.min(a + (periods / 2).max(1)) {
                    let (c, e) = (sum(&|c| f64::from(cases[c]), a, b), sum(&|c| expected[c], a, b));
                    best = best.max(log_likelihood_ratio(c, e, total));
                }
            }
        }
    }
    best
}

#[test]
fn the_best_cylinder_is_that_of_plain_loops_in_space_and_in_time() {
    let points = grid(4);
    let mut stream = Stream::new(11, 0);
    for periods in [1, 2, 5] {
        let cases: Vec<u32> = (0..16 * periods).map(|_| [0, 0, 0, 1, 2, 7][stream.below(6) as usize]).collect();
        let exposure: Vec<f64> = (0..16 * periods).map(|_| [10.0, 25.0, 40.0][stream.below(3) as usize]).collect();
        let total = f64::from(cases.iter().sum::<u32>());
        let whole: f64 = exposure.iter().sum();
        let expected: Vec<f64> = exposure.iter().map(|e| e / whole * total).collect();
        let options = Options { simulations: 0, ..Options::default() };
        let found =
            poisson(&points, Metric::Plane, periods, &some(&cases), &some(&exposure), &options).expect("a scan");
        let llr = plainly(&points, periods, &cases, &expected);
        assert!((found.clusters[0].llr - llr).abs() < 1e-9, "{periods}: {} {llr}", found.clusters[0].llr);
        assert_eq!(found.clusters[0].p, None);
    }
}

#[test]
fn the_largest_ratio_of_a_simulation_is_that_of_plain_loops() {
    let points = grid(4);
    for (null, periods) in [(Null::Poisson, 1), (Null::Poisson, 4), (Null::Permutation, 4)] {
        let cases: Vec<u32> = (0..16 * periods).map(|k| u32::from(k % 3 == 0) + u32::from(k % 7 == 0)).collect();
        let total: u64 = cases.iter().map(|c| u64::from(*c)).sum();
        let sum = |cells: &mut dyn Iterator<Item = usize>| f64::from(cells.map(|c| cases[c]).sum::<u32>());
        let expected: Vec<f64> = (0..cases.len())
            .map(|c| match null {
                Null::Poisson => total as f64 / cases.len() as f64,
                Null::Permutation => {
                    let (unit, t) = (c / periods, c % periods);
                    sum(&mut (unit * periods..(unit + 1) * periods)) * sum(&mut (t..cases.len()).step_by(periods))
                        / total as f64
                }
            })
            .collect();
        let table = Table {
            units: (0..16).collect(),
            points: points.clone(),
            periods,
            cases: cases.clone(),
            expected: expected.clone(),
            total,
        };
        let options = Options { simulations: 20, seed: 4, ..Options::default() };
        let cylinders = Cylinders::new(&table, Metric::Plane, &options).expect("few");
        let fast = simulate::largest_llr(&table, &cylinders, null, &options);
        let alias = Alias::new(&expected);
        for (simulation, fast) in fast.iter().enumerate() {
            let mut stream = Stream::new(4, simulation as u64);
            let mut thrown = vec![0_u32; cases.len()];
            if null == Null::Poisson {
                (0..total).for_each(|_| thrown[alias.draw(&mut stream)] += 1);
            } else {
                let events: Vec<usize> =
                    (0..cases.len()).flat_map(|c| std::iter::repeat_n(c, cases[c] as usize)).collect();
                let mut when: Vec<usize> = events.iter().map(|c| c % periods).collect();
                stream.shuffle(&mut when);
                events.iter().zip(when).for_each(|(c, t)| thrown[c / periods * periods + t] += 1);
            }
            let plain = plainly(&points, periods, &thrown, &expected);
            assert!((fast - plain).abs() < 1e-9, "{null:?} {periods} {simulation}: {fast} {plain}");
        }
    }
}

#[test]
fn threads_change_no_digit() {
    let cases: Vec<u32> = (0..36).map(|k| if k < 6 { 5 } else { k % 2 }).collect();
    let run = |threads| {
        let options = Options { threads, simulations: 199, ..Options::default() };
        poisson(&grid(6), Metric::Plane, 1, &some(&cases), &[Some(50.0); 36], &options).expect("a scan")
    };
    assert_eq!(run(1), run(2));
    assert_eq!(run(1), run(7));
}

#[test]
fn two_groups_far_apart_are_two_clusters_that_share_no_unit() {
    let mut cases = vec![1_u32; 100];
    for hot in [0, 1, 10, 88, 89, 98, 99] {
        cases[hot] = 12;
    }
    let options = Options { simulations: 199, ..Options::default() };
    let found = poisson(&grid(10), Metric::Plane, 1, &some(&cases), &[Some(9.0); 100], &options).expect("a scan");
    let mut members: Vec<usize> = found.clusters.iter().flat_map(|c| c.members.clone()).collect();
    let all = members.len();
    members.sort_unstable();
    members.dedup();
    assert_eq!(members.len(), all, "no unit twice");
    assert!(found.clusters[..2].iter().all(|c| c.p.is_some_and(|p| p <= 0.05)), "{:?}", &found.clusters[..2]);
    assert!(found.clusters[0].members.contains(&99) && found.clusters[1].members.contains(&0));
    assert!(found.clusters.windows(2).all(|w| w[0].llr >= w[1].llr));
}

#[test]
fn an_outbreak_in_space_and_time_is_found_with_its_window() {
    // Six months over a 5 × 5 grid, one event everywhere; the south-west corner has nine in months 2 and 3.
    let cases: Vec<u32> = (0..25_usize)
        .flat_map(|unit| (0..6).map(move |t| if [0, 1, 5].contains(&unit) && (2..=3).contains(&t) { 9 } else { 1 }))
        .collect();
    let options = Options { simulations: 99, ..Options::default() };
    let exposure = vec![Some(30.0); 150];
    let a = poisson(&grid(5), Metric::Plane, 6, &some(&cases), &exposure, &options).expect("a scan");
    let b = permutation(&grid(5), Metric::Plane, 6, &some(&cases), &options).expect("a scan");
    for found in [&a, &b] {
        let first = &found.clusters[0];
        let mut members = first.members.clone();
        members.sort_unstable();
        assert_eq!((members.as_slice(), first.periods), ([0, 1, 5].as_slice(), (2, 3)));
        assert_eq!((first.cases, first.p), (54, Some(0.01)));
    }
    let current = Options { only_current: true, ..options };
    let now = poisson(&grid(5), Metric::Plane, 6, &some(&cases), &exposure, &current).expect("a scan");
    assert!(now.clusters.iter().all(|c| c.periods.1 == 5));
}

#[test]
fn units_without_population_or_report_are_outside_with_their_reason() {
    let cases = [Some(9), Some(8), None, Some(1), Some(0), Some(1)];
    let people = [Some(10.0), Some(10.0), Some(10.0), None, Some(10.0), Some(0.0)];
    let points: Vec<[f64; 2]> = (0..6).map(|k| [f64::from(k), 14.0]).collect();
    let options = Options { simulations: 19, ..Options::default() };
    let found = poisson(&points, Metric::Earth, 1, &cases, &people, &options).expect("three units");
    assert_eq!((found.tested, found.cases), (3, 17));
    assert_eq!(found.outside, [(2, Reason::NotCovered), (3, Reason::NoPopulation), (5, Reason::NoPopulation)]);
    let months = [Some(1), Some(2), None, Some(2), Some(3), Some(0)];
    let found = permutation(&points[..3], Metric::Earth, 2, &months, &options).expect("two units");
    assert_eq!(found.outside, [(1, Reason::NotCovered)]);
}

#[test]
fn maps_that_say_nothing_have_a_reason_and_limits_hold() {
    let options = Options { simulations: 9, ..Options::default() };
    let go = |cases: &[Option<u32>], people: &[Option<f64>]| {
        let points: Vec<[f64; 2]> = (0..cases.len()).map(|k| [k as f64, 0.0]).collect();
        poisson(&points, Metric::Plane, 1, cases, people, &options)
    };
    assert_eq!(go(&[], &[]), Err(Reason::NoData.into()));
    assert_eq!(go(&[Some(3)], &[Some(1.0)]), Err(Reason::TooFew.into()));
    assert_eq!(go(&[Some(0); 4], &[Some(1.0); 4]), Err(Reason::AllZero.into()));
    assert_eq!(go(&[None; 4], &[Some(1.0); 4]), Err(Reason::NoData.into()));
    assert_eq!(go(&[Some(1); 4], &[Some(f64::NAN); 4]), Err(Reason::NoData.into()));
    assert!(matches!(go(&[Some(1); 4], &[Some(1.0); 3]), Err(StatsError::Lengths { .. })));
    // The same rate everywhere: no circle has an excess, which is no cluster and no p.
    let even = go(&[Some(2); 4], &[Some(1.0); 4]).expect("a scan");
    assert!(even.clusters.is_empty());
    let one_period = permutation(&grid(2), Metric::Plane, 1, &[Some(1); 4], &options);
    assert_eq!(one_period, Err(Reason::TooFew.into()));
    let nowhere = poisson(&[[f64::NAN, 0.0]; 2], Metric::Plane, 1, &[Some(1); 2], &[Some(1.0); 2], &options);
    assert_eq!(nowhere, Err(Reason::NotFinite.into()));

    let too_many = |r: Result<Scan, StatsError>| matches!(r, Err(StatsError::TooMany { .. }));
    let many = vec![[0.0, 0.0]; MAX_UNITS + 1];
    assert!(too_many(poisson(&many, Metric::Plane, 1, &[], &[], &options)));
    let with = |options: Options, cases: u32| {
        poisson(&grid(2), Metric::Plane, 1, &[Some(cases), Some(0), Some(1), Some(1)], &[Some(1.0); 4], &options)
    };
    assert!(too_many(with(Options { simulations: MAX_SIMULATIONS + 1, ..options }, 1)));
    assert!(too_many(with(options, u32::MAX)));
    assert!(too_many(with(Options { simulations: MAX_SIMULATIONS, ..options }, 1_999_000)));
    assert!(matches!(with(Options { max_share: 0.0, ..options }, 1), Err(StatsError::OutOfRange { .. })));
    let (units, periods) = (400, 60);
    let line: Vec<[f64; 2]> = (0..units).map(|k| [k as f64, 0.0]).collect();
    let (ones, people) = (vec![Some(1); units * periods], vec![Some(1.0); units * periods]);
    assert!(too_many(poisson(&line, Metric::Plane, periods, &ones, &people, &options)));
}

#[test]
fn under_the_null_the_p_value_is_small_no_more_often_than_it_says() {
    // Zero-inflated counts of the same rate: 400 maps of 25 units, about one event a unit, 39 simulations each.
    let points = grid(5);
    let people: Vec<f64> = (0..25_u32).map(|k| f64::from(k % 4 + 1)).collect();
    let alias = Alias::new(&people);
    let maps = 400;
    let mut small = 0;
    for map in 0..maps {
        let mut stream = Stream::new(2021, map);
        let mut cases = [0_u32; 25];
        for _ in 0..24 {
            cases[alias.draw(&mut stream)] += 1;
        }
        let options = Options { simulations: 39, seed: map, clusters: 1, ..Options::default() };
        let found = poisson(&points, Metric::Plane, 1, &some(&cases), &some(&people), &options).expect("a scan");
        small += u32::from(found.clusters.first().and_then(|c| c.p).is_some_and(|p| p <= 0.05));
    }
    // Twenty maps expected at most; standard deviation 4.4. A search that forgot it searched would give hundreds.
    assert!((8..=31).contains(&small), "{small} of {maps}");
}

#[test]
fn the_gumbel_tail_of_a_gumbel_sample_is_gumbels() {
    // The quantiles of a Gumbel distribution of mode 5 and scale 2.
    let n = 20_000;
    let sample: Vec<f64> =
        (0..n).map(|k| 5.0 - 2.0 * libm::log(-libm::log((f64::from(k) + 0.5) / f64::from(n)))).collect();
    for x in [4.0, 8.0, 15.0_f64] {
        let tail = 1.0 - libm::exp(-libm::exp(-(x - 5.0) / 2.0));
        let found = gumbel_tail(&sample, x).expect("enough");
        assert!((found - tail).abs() < 0.01 * tail, "{x}: {found} {tail}");
    }
    assert_eq!(gumbel_tail(&sample[..29], 3.0), None);
    assert_eq!(gumbel_tail(&[1.0; 40], 3.0), None);
}
