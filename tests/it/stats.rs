//! The statistics against reference numbers made elsewhere (spdep, esda, enumeration; `../shared/stats/cases`), and
//! against maps without any structure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use vigie::stats::{
    ExactLimits, HotspotOptions, Islands, LocalGKind, MonteCarlo, NegativeVariance, Neighbours, Quadrant, adjusted,
    eb_global, eb_local, eb_moran, eb_standardised, exact_conditional, geary, hotspots, local_g, local_geary,
    local_moran, moran, normal_two_sided, normal_upper,
};

fn cases() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/stats/cases");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: ../shared/stats/cases is absent");
    None
}

/// A CSV file by column.
struct Table(BTreeMap<String, Vec<String>>);

impl Table {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("readable");
        let mut lines = text.lines().map(|l| l.split(',').map(str::to_owned).collect::<Vec<_>>());
        let header = lines.next().expect("a header");
        let rows: Vec<Vec<String>> = lines.filter(|l| l.len() == header.len()).collect();
        let column = |k: usize| rows.iter().map(|r| r[k].clone()).collect();
        Self(header.iter().enumerate().map(|(k, name)| (name.clone(), column(k))).collect())
    }

    fn text(&self, column: &str) -> &[String] {
        self.0.get(column).unwrap_or_else(|| panic!("no column {column}"))
    }

    fn numbers(&self, column: &str) -> Vec<f64> {
        self.text(column).iter().map(|v| v.parse().unwrap_or(f64::NAN)).collect()
    }

    fn some(&self, column: &str) -> Vec<Option<f64>> {
        self.numbers(column).into_iter().map(Some).collect()
    }
}

fn weights(path: &Path, units: usize) -> Neighbours {
    let table = Table::read(path);
    let unit = |column: &str| table.text(column).iter().map(|v| v.parse().expect("a unit")).collect::<Vec<usize>>();
    Neighbours::from_pairs(units, &unit("i").into_iter().zip(unit("j")).collect::<Vec<_>>()).expect("neighbours")
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("readable")).expect("JSON")
}

/// Relative to the reference, absolute where it is 0.
fn assert_close(ours: f64, reference: f64, tolerance: f64, what: &str) {
    let scale = if reference == 0.0 { 1.0 } else { reference.abs() };
    assert!((ours - reference).abs() <= tolerance * scale, "{what}: {ours} here, {reference} there");
}

/// Data file, column of values, neighbours, expected files' name.
const MAPS: [(&str, &str, &str, &str); 4] = [
    ("afcon.csv", "totcon", "afcon_paper_nb.csv", "afcon_paper"),
    ("afcon.csv", "totcon", "afcon_rook_nb.csv", "afcon_rook"),
    ("columbus.csv", "CRIME", "columbus_gal_nb.csv", "columbus_CRIME"),
    ("sids2.csv", "SIDR74", "sids2_gal_nb.csv", "sids2_SIDR74"),
];

fn map(folder: &Path, data: &str, column: &str, neighbours: &str) -> (Vec<f64>, Neighbours) {
    let values = Table::read(&folder.join(data)).numbers(column);
    let weights = weights(&folder.join(neighbours), values.len());
    (values, weights)
}

#[test]
fn closed_forms_of_each_unit_equal_the_reference_to_1e_10() {
    let Some(folder) = cases() else { return };
    for (data, column, neighbours, name) in MAPS {
        let (values, binary) = map(&folder, data, column, neighbours);
        let expected = Table::read(&folder.join(format!("{name}.expected.csv")));
        let standardised = binary.row_standardised();
        let check = |of: &str, ours: Vec<f64>| {
            for (unit, (ours, reference)) in ours.iter().zip(expected.numbers(of)).enumerate() {
                assert_close(*ours, reference, 1e-10, &format!("{name} {of} {unit}"));
            }
        };
        for weights in [&binary, &standardised] {
            let z = |kind| local_g(&values, weights, kind).into_iter().map(|g| g.expect("tested")).collect::<Vec<_>>();
            check("gi_z", z(LocalGKind::Gi).iter().map(|g| g.z).collect());
            let star = z(LocalGKind::GiStar);
            check("gistar_z", star.iter().map(|g| g.z).collect());
            let p: Vec<f64> = star.iter().map(|g| g.p_normal).collect();
            check("gistar_q_bh", adjusted(&p, vigie::stats::Correction::BenjaminiHochberg));
            check("gistar_p_two", p);
        }
        let lisa: Vec<_> = local_moran(&values, &standardised).into_iter().map(|m| m.expect("tested")).collect();
        check("Ii_n", lisa.iter().map(|m| m.i).collect());
        let n = values.len() as f64;
        check("Ii_esda", lisa.iter().map(|m| m.i * (n - 1.0) / n).collect());
        check("E_cond", lisa.iter().map(|m| m.conditional.expected).collect());
        check("V_cond", lisa.iter().map(|m| m.conditional.variance).collect());
        check("z_cond", lisa.iter().map(|m| m.conditional.z).collect());
        check("E_tot", lisa.iter().map(|m| m.total.expected).collect());
        check("V_tot", lisa.iter().map(|m| m.total.variance).collect());
        check("z_tot", lisa.iter().map(|m| m.total.z).collect());
        let number = |q| match q {
            Quadrant::HighHigh => 1.0,
            Quadrant::LowHigh => 2.0,
            Quadrant::LowLow => 3.0,
            Quadrant::HighLow => 4.0,
        };
        check("quad", lisa.iter().map(|m| number(m.quadrant)).collect());
    }
}

#[test]
fn whole_map_statistics_equal_the_reference_to_1e_10() {
    let Some(folder) = cases() else { return };
    for (data, column, neighbours, name) in MAPS {
        let (values, binary) = map(&folder, data, column, neighbours);
        let expected = json(&folder.join(format!("{name}.expected.json")));
        for (style, weights) in [("B", &binary), ("W", &binary.row_standardised())] {
            let i = moran(&values, weights, Islands::default()).expect("varied");
            let c = geary(&values, weights, Islands::default()).expect("varied");
            let check = |of: &str, key: &str, ours: f64| {
                let reference = expected[format!("{of}_{style}")][key].as_f64().expect("a number");
                assert_close(ours, reference, 1e-10, &format!("{name} {of}_{style} {key}"));
            };
            check("moran", "I", i.i);
            check("moran", "EI", i.normality.expected);
            check("moran", "VI_norm", i.normality.variance);
            check("moran", "z_norm", i.normality.z);
            check("moran", "p_norm_greater", normal_upper(i.normality.z));
            check("moran", "VI_rand", i.randomisation.variance);
            check("moran", "z_rand", i.randomisation.z);
            check("moran", "p_rand_greater", normal_upper(i.randomisation.z));
            check("moran", "p_rand_two", normal_two_sided(i.randomisation.z));
            check("geary", "C", c.c);
            check("geary", "VC_norm", c.normality.variance);
            check("geary", "z_norm", c.normality.z);
            check("geary", "VC_rand", c.randomisation.variance);
            check("geary", "z_rand", c.randomisation.z);
        }
        let q: Vec<f64> = local_g(&values, &binary, LocalGKind::GiStar).iter().map(|g| g.expect("tested").z).collect();
        let called = |limit: f64| [q.iter().filter(|z| **z > limit).count(), q.iter().filter(|z| **z < -limit).count()];
        assert_eq!(serde_json::json!(called(1.96)), expected["gstar_hot_cold_1.96"], "{name}");
    }
}

/// Numbers printed in the literature, to the digits printed.
#[test]
fn printed_numbers_come_out_as_printed() {
    let Some(folder) = cases() else { return };
    let (values, binary) = map(&folder, "afcon.csv", "totcon", "afcon_paper_nb.csv");
    let names = Table::read(&folder.join("afcon.csv"));
    let printed = Table::read(&folder.join("afcon_paper.spdep_localmoran_printed.csv"));
    let lisa = local_moran(&values, &binary.row_standardised());
    for (row, name) in printed.text("name").iter().enumerate() {
        let unit = names.text("name").iter().position(|n| n == name).expect("a country");
        let m = lisa[unit].expect("tested");
        for (column, ours) in
            [("Ii", m.i), ("E", m.conditional.expected), ("Var", m.conditional.variance), ("Z", m.conditional.z)]
        {
            // Five digits are printed: half a unit of the fifth.
            assert_close(ours, printed.numbers(column)[row], 5e-5, &format!("{name} {column}"));
        }
    }
    let g = local_g(&values, &binary, LocalGKind::GiStar);
    for (name, z) in
        [("EGYPT", 4.421_336), ("SUDAN", 4.039_252), ("KENYA", 3.503_019), ("UGANDA", 3.336_009), ("MALI", -1.698_934)]
    {
        let unit = names.text("name").iter().position(|n| n == name).expect("a country");
        assert!((g[unit].expect("tested").z - z).abs() < 5e-7, "{name}");
    }
    let i = moran(&values, &binary.row_standardised(), Islands::default()).expect("varied");
    assert!((i.i - 0.416_795_631_9).abs() < 5e-11 && (i.randomisation.z - 4.348_489_570_8).abs() < 5e-11);
    assert!((i.normality.z - 4.147_521_540_5).abs() < 5e-11);

    let (values, rook) = map(&folder, "afcon.csv", "totcon", "afcon_rook_nb.csv");
    let printed = Table::read(&folder.join("afcon_rook.spdep_localC_printed.csv")).numbers("localC");
    for (unit, (c, printed)) in local_geary(&values, &rook.row_standardised()).iter().zip(printed).enumerate() {
        assert!((c.expect("tested").c - printed).abs() < 5.1e-9, "local Geary {unit}");
    }
    let (values, gal) = map(&folder, "sids2.csv", "SIDR79", "sids2_gal_nb.csv");
    let i = moran(&values, &gal.row_standardised(), Islands::default()).expect("varied");
    assert!((i.i - 0.166_557_450_9).abs() < 5e-11);
}

#[test]
fn exact_p_values_equal_the_reference_within_1e_10() {
    let Some(folder) = cases() else { return };
    for (data, column, neighbours, name, below) in [
        ("afcon.csv", "totcon", "afcon_paper_nb.csv", "afcon_totcon", 6),
        ("sids2.csv", "SID74", "sids2_gal_nb.csv", "sids2_SID74", 11),
    ] {
        let (values, weights) = map(&folder, data, column, neighbours);
        let expected = Table::read(&folder.join(format!("{name}.exact_perm.csv")));
        let tails = exact_conditional(&values, &weights, ExactLimits::default(), 2).expect("whole numbers");
        let mut significant = 0;
        for (unit, tail) in tails.iter().enumerate() {
            let tail = tail.expect("tested");
            for (of, ours) in [
                ("exact_p_ge", tail.p_ge),
                ("exact_p_le", tail.p_le),
                ("exact_p_eq", tail.p_eq),
                ("exact_p_two", tail.two_sided()),
                ("exact_midp_two", tail.mid_p()),
            ] {
                let reference = expected.numbers(of)[unit];
                assert!((ours - reference).abs() < 1e-10, "{name} {of} {unit}: {ours} here, {reference} there");
            }
            significant += usize::from(tail.two_sided() < 0.05);
        }
        assert_eq!(significant, below, "{name}");
        // The default method shows the same p, and z beside it.
        let found =
            hotspots(&values.iter().copied().map(Some).collect::<Vec<_>>(), &weights, &HotspotOptions::default());
        for (unit, hotspot) in found.units.iter().enumerate() {
            let hotspot = hotspot.expect("tested");
            assert!((hotspot.p - expected.numbers("exact_p_two")[unit]).abs() < 1e-10, "{name} {unit}");
            assert_close(hotspot.z, expected.numbers("gistar_z")[unit], 1e-10, &format!("{name} {unit}"));
        }
    }
}

#[test]
fn rates_equal_what_spdep_prints() {
    let Some(folder) = cases() else { return };
    let expected = Table::read(&folder.join("auckland.expected.csv"));
    let (counts, people) = (expected.some("o"), expected.some("p"));
    let eb = eb_global(&counts, &people);
    let (a, b) = (eb.between.expect("events"), eb.mean.expect("events"));
    assert!((a - 7.284_173e-7).abs() < 5e-14 && (b - 0.002_633_436).abs() < 5e-10, "{a} {b}");
    for (unit, (ours, reference)) in eb.rates.iter().zip(expected.numbers("eb_global")).enumerate() {
        assert_close(ours.expect("a rate"), reference, 1e-10, &format!("Auckland {unit}"));
    }

    let counties = Table::read(&folder.join("nc_sids_gpkg.csv"));
    let (counts, people) = (counties.some("SID74"), counties.some("BIR74"));
    let weights = weights(&folder.join("nc_sids_gpkg_CC89_nb.csv"), counts.len());
    assert_eq!(weights.islands().len(), 2);
    let reference = Table::read(&folder.join("nc_sids_gpkg.ebstd.expected.csv")).numbers("eb_std_rate");
    for negative in [NegativeVariance::Cut, NegativeVariance::Keep] {
        for (unit, ours) in eb_standardised(&counts, &people, negative).iter().enumerate() {
            assert_close(ours.expect("a rate"), reference[unit], 1e-10, &format!("NC {unit}"));
        }
    }
    let eb = eb_moran(&counts, &people, &weights, NegativeVariance::Cut).expect("varied");
    assert!((eb.i - 0.257_89).abs() < 5e-6, "{}", eb.i);
    let raw: Vec<f64> = counts.iter().flatten().zip(people.iter().flatten()).map(|(o, p)| o / p).collect();
    let raw = moran(&raw, &weights, Islands::NotCounted).expect("varied");
    assert!(raw.n == 98 && (raw.i - 0.209_04).abs() < 5e-6, "{}", raw.i);
    let local = eb_local(&counts, &people, &weights);
    assert_eq!(local.iter().filter(|r| r.is_err()).count(), 2, "the two islands");
}

/// SplitMix64 (Steele, Lea & Flood 2014): the same maps on every machine.
struct SplitMix(u64);

impl SplitMix {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A grid of 27 × 26 units, queen contiguity: about as many as Mali has communes, with 5.7 neighbours each in the mean
/// there and 7.7 here.
fn grid() -> Neighbours {
    let (columns, rows) = (27_usize, 26_usize);
    let mut links = Vec::new();
    for y in 0..rows {
        for x in 0..columns {
            let mut link = |dx: usize, dy: usize, back: bool| {
                let to = if back { x.checked_sub(dx) } else { Some(x + dx).filter(|x| *x < columns) };
                if let Some(to) = to.filter(|_| y + dy < rows) {
                    links.push((y * columns + x, (y + dy) * columns + to));
                }
            };
            link(1, 0, false);
            link(0, 1, false);
            link(1, 1, false);
            link(1, 1, true);
        }
    }
    Neighbours::from_links(columns * rows, &links).expect("a grid")
}

/// Counts without any spatial structure: 87 % zeros, the others geometric; a tenth of the units not covered.
fn noise(random: &mut SplitMix, units: usize) -> Vec<Option<f64>> {
    (0..units)
        .map(|_| {
            let (covered, zero, size) = (random.unit(), random.unit(), random.unit());
            let count = if zero < 0.87 { 0.0 } else { 1.0 + (libm::log(1.0 - size) / libm::log(0.8)).floor() };
            (covered < 0.9).then_some(count)
        })
        .collect()
}

#[test]
fn on_a_thousand_maps_of_noise_no_more_is_called_than_promised() {
    let weights = grid();
    let mut random = SplitMix(20_210_630);
    let (mut tested, mut small, mut maps_called, mut small_mid) = (0_usize, 0_usize, 0_usize, 0_usize);
    for _ in 0..1_000 {
        let found = hotspots(&noise(&mut random, weights.len()), &weights, &HotspotOptions::default());
        tested += found.summary.tested;
        small += found.units.iter().flatten().filter(|u| u.p <= 0.05).count();
        small_mid += found.units.iter().flatten().filter(|u| u.mid_p <= 0.05).count();
        maps_called += usize::from(found.units.iter().flatten().any(|u| u.q <= 0.05));
    }
    let share = small as f64 / tested as f64;
    println!(
        "{tested} tests: p <= 0.05 in {:.2} % (mid-p in {:.2} %); q <= 0.05 on {maps_called} of 1,000 maps",
        100.0 * share,
        100.0 * small_mid as f64 / tested as f64
    );
    assert!(share <= 0.05, "{share}");
    assert!(maps_called <= 50, "{maps_called}");
    // The test has something to find: it is not silent about a planted cluster.
    let mut values = noise(&mut random, weights.len());
    for unit in [300, 301, 302, 327, 328, 329, 354, 355, 356] {
        values[unit] = Some(12.0);
    }
    assert!(hotspots(&values, &weights, &HotspotOptions::default()).summary.hot >= 5);
}

#[test]
fn sampled_p_values_are_no_less_honest_than_exact_ones() {
    let weights = grid();
    let mut random = SplitMix(7);
    let options = HotspotOptions {
        exact: false,
        sampling: MonteCarlo { permutations: 999, seed: 11, threads: 2 },
        ..HotspotOptions::default()
    };
    let (mut tested, mut small) = (0_usize, 0_usize);
    for _ in 0..40 {
        let found = hotspots(&noise(&mut random, weights.len()), &weights, &options);
        tested += found.summary.tested;
        small += found.units.iter().flatten().filter(|u| u.p <= 0.05).count();
    }
    assert!(small as f64 / tested as f64 <= 0.05, "{small} of {tested}");
}
