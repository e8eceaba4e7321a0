//! Scan, emerging hot spots and class breaks: how long they take, beside what others need.
//!
//! `cargo bench --bench stats_more` prints the figures. Targets on 2 cores: Kulldorff over 281 units with 999 simulations in
//! ≤ 30 ms (numpy, measured: 2.6 to 2.9 s); emerging hot spots over 703 × 60 months in ≤ 10 ms; Fisher–Jenks, 703 values in
//! 5 classes beside mapclassify's 2 ms. Values and neighbours are in memory; circles and cylinders are made inside the time.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use vigie::stats::breaks::fisher_jenks;
use vigie::stats::emerging::{self, Trend, emerging};
use vigie::stats::knox::knox;
use vigie::stats::scan::{self, permutation, poisson};
use vigie::stats::{Metric, Neighbours, NeighboursError};

const RUNS: usize = 15;

/// SplitMix64 (Steele, Lea, Flood 2014): the same data on every machine.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in 0..1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A count full of zeros: each further event half as likely.
    fn count(&mut self) -> u32 {
        self.next().trailing_ones().saturating_sub(2)
    }
}

/// Best and median of the runs.
fn time<T>(what: &str, mut run: impl FnMut() -> T) {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            black_box(run());
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let ms = |t: Duration| t.as_secs_f64() * 1e3;
    println!("{what}: {:.2} ms (median of {RUNS}; best {:.2})", ms(times[RUNS / 2]), ms(times[0]));
}

/// `units` places in a box of 1,000 km.
fn places(random: &mut SplitMix, units: usize) -> Vec<[f64; 2]> {
    (0..units).map(|_| [random.unit() * 1e6, random.unit() * 1e6]).collect()
}

/// The six nearest of each place.
fn nearest_six(places: &[[f64; 2]]) -> Result<Neighbours, NeighboursError> {
    let mut pairs = Vec::new();
    for (unit, a) in places.iter().enumerate() {
        let d2 = |b: &[f64; 2]| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2);
        let mut order: Vec<(f64, usize)> = places.iter().map(d2).zip(0..).collect();
        order.sort_unstable_by(|x, y| x.0.total_cmp(&y.0));
        pairs.extend(order.iter().map(|o| (unit, o.1)).filter(|(a, b)| a != b).take(6));
    }
    Neighbours::from_pairs(places.len(), &pairs)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut random = SplitMix(20_210_630);

    // 281 units with 592 events, as in the leukaemia data this size is known from.
    let points = places(&mut random, 281);
    let people: Vec<Option<f64>> = (0..281).map(|_| Some(1_000.0 + random.unit() * 5_000.0)).collect();
    let mut cases = vec![Some(0_u32); 281];
    for _ in 0..592 {
        let unit = usize::try_from(random.next() % 281)?;
        cases[unit] = cases[unit].map(|c| c + 1);
    }
    for threads in [1, 2] {
        let options = scan::Options { threads, ..scan::Options::default() };
        let go = || poisson(&points, Metric::Plane, 1, &cases, &people, &options);
        go()?;
        time(&format!("Kulldorff, 281 units, 592 events, 999 simulations, {threads} threads (target 30 on 2)"), go);
    }

    let points = places(&mut random, 180);
    let months: Vec<Option<u32>> = (0..180 * 12).map(|_| Some(random.count())).collect();
    let options = scan::Options { threads: 2, ..scan::Options::default() };
    permutation(&points, Metric::Plane, 12, &months, &options)?;
    time("space-time permutation scan, 180 units × 12 months, 999 simulations, 2 threads", || {
        permutation(&points, Metric::Plane, 12, &months, &options)
    });

    let points = places(&mut random, 703);
    let neighbours = nearest_six(&points)?;
    let values: Vec<Option<f64>> = (0..703 * 60).map(|_| Some(f64::from(random.count()))).collect();
    for trend in [Trend::MannKendall, Trend::HamedRao] {
        let options = emerging::Options { trend, ..emerging::Options::default() };
        let go = || emerging(&values, 60, &neighbours, &options);
        go()?;
        time(&format!("emerging hot spots, 703 units × 60 months, {trend:?}, 1 thread (target 10, Mann-Kendall)"), go);
    }

    for (n, classes) in [(703, 5), (100_000, 5)] {
        let values: Vec<f64> = (0..n).map(|_| random.unit().powi(4) * 1e4).collect();
        fisher_jenks(&values, classes)?;
        time(&format!("Fisher-Jenks, {n} values, {classes} classes (mapclassify at 703: 2)"), || {
            fisher_jenks(&values, classes)
        });
    }

    let points = places(&mut random, 2_000);
    let days: Vec<i64> = (0..2_000).map(|_| i64::try_from(random.next() % 365).unwrap_or(0)).collect();
    time("Knox, 2,000 events, 999 permutations, 2 threads", || {
        knox(&points, Metric::Plane, &days, 25_000.0, 14, 999, 1, 2)
    });
    Ok(())
}
