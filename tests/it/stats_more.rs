//! Scan, Knox, trend, concentration and breaks against published and independently computed reference numbers, read from
//! the reference cases that lie beside the repository.

use std::path::{Path, PathBuf};

use serde_json::Value;
use vigie::stats::breaks::{self, Breaks};
use vigie::stats::concentration::{concentration, location_quotients, theil_by_group, top_share};
use vigie::stats::emerging::{Bin, Category, Temperature, categorise};
use vigie::stats::knox::knox;
use vigie::stats::mann_kendall::mann_kendall;
use vigie::stats::scan::{Options, Scan, poisson};
use vigie::stats::{Metric, Reason, StatsError};

/// The folder of the reference cases; none (with a word) where it is absent.
fn cases() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/stats/cases");
    if !folder.is_dir() {
        println!("skipped: ../shared/stats/cases is absent");
        return None;
    }
    Some(folder)
}

/// The expected results; NaN, which JSON does not have, reads as null.
fn expected(folder: &Path, name: &str) -> Value {
    let text = std::fs::read_to_string(folder.join(name)).expect("a reference case");
    serde_json::from_str(&text.replace("NaN", "null")).expect("JSON")
}

/// A column of a CSV file.
fn texts(folder: &Path, file: &str, column: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_path(folder.join(file)).expect("a reference case");
    let at = reader.headers().expect("a header").iter().position(|h| h == column).expect("the column");
    reader.records().map(|r| r.expect("a row")[at].to_owned()).collect()
}

fn numbers(folder: &Path, file: &str, column: &str) -> Vec<f64> {
    texts(folder, file, column).iter().map(|v| v.parse().expect("a number")).collect()
}

fn whole(value: f64) -> u32 {
    assert!(value >= 0.0 && value.fract() == 0.0, "{value} is a count");
    format!("{value}").parse().expect("a count")
}

#[track_caller]
fn close(found: f64, expected: &Value, relative: f64) {
    let expected = expected.as_f64().expect("a number");
    assert!((found - expected).abs() <= relative * expected.abs().max(1e-300), "{found} {expected}");
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn sids_scan(folder: &Path, [x, y]: [&str; 2], metric: Metric, threads: usize) -> Scan {
    let column = |name: &str| numbers(folder, "nc_sids.csv", name);
    let points: Vec<[f64; 2]> = column(x).into_iter().zip(column(y)).map(|(x, y)| [x, y]).collect();
    let cases: Vec<Option<u32>> = column("SID74").into_iter().map(|c| Some(whole(c))).collect();
    let births: Vec<Option<f64>> = column("BIR74").into_iter().map(Some).collect();
    let options = Options { threads, ..Options::default() };
    poisson(&points, metric, 1, &cases, &births, &options).expect("a scan")
}

#[test]
fn the_scan_finds_the_39_counties_of_the_sids_cluster() {
    let Some(folder) = cases() else { return };
    let reference = &expected(&folder, "other.expected.json")["kulldorff_sids74"];
    let found = sids_scan(&folder, ["east", "north"], Metric::Plane, 2);
    let first = &found.clusters[0];
    close(first.llr, &reference["llr"], 1e-10);
    close(first.expected, &reference["expected"], 1e-10);
    close(first.relative_risk.expect("cases outside"), &reference["rr"], 1e-10);
    close(first.cases as f64, &reference["cases"], 0.0);
    assert_eq!(first.centre as u64, reference["centre"]);
    let mut members: Vec<f64> = first.members.iter().map(|m| *m as f64).collect();
    members.sort_unstable_by(f64::total_cmp);
    assert_eq!(members.len(), 39);
    assert_eq!(members, list(&reference["members"]));
    // 999 simulations, none as large: the smallest p there is, in the reference too.
    assert_eq!(first.p, Some(0.001));
    close(0.001, &reference["p_mc"], 1e-12);
    assert!(first.p_gumbel.is_some_and(|p| p < 0.001), "{:?}", first.p_gumbel);
    assert_eq!(found, sids_scan(&folder, ["east", "north"], Metric::Plane, 1), "threads change no digit");
    let on_earth = sids_scan(&folder, ["lon", "lat"], Metric::Earth, 2);
    close(on_earth.clusters[0].llr, &reference["llr"], 1e-10);
}

#[test]
fn knox_on_burkitts_lymphoma_has_the_published_counts_and_the_whole_upper_tail() {
    let Some(folder) = cases() else { return };
    let reference = &expected(&folder, "other.expected.json")["knox_burkitt"];
    let column = |name: &str| numbers(&folder, "burkitt.csv", name);
    let points: Vec<[f64; 2]> = column("X").into_iter().zip(column("Y")).map(|(x, y)| [x, y]).collect();
    let days: Vec<i64> = column("T").into_iter().map(|t| i64::from(whole(t))).collect();
    let found = knox(&points, Metric::Plane, &days, 20.0, 5, 9_999, 1, 2).expect("a test");
    assert_eq!(found.pairs, reference["pairs"]);
    assert_eq!(found.close_in_space, reference["ns"]);
    assert_eq!(found.close_in_time, reference["nt"]);
    assert_eq!(found.close_in_both, reference["nst"]);
    close(found.expected, &reference["expected"], 1e-12);
    close(found.p_poisson, &reference["p_poisson"], 1e-10);
    // P(X > x), as some libraries print, would be 0.146.
    let permuted = found.p_permutation.expect("simulated");
    assert!((0.19..0.24).contains(&permuted), "{permuted}");
}

#[test]
fn trends_of_six_series_are_those_of_the_reference() {
    let Some(folder) = cases() else { return };
    let reference = expected(&folder, "other.expected.json");
    for (name, case) in reference["mann_kendall"].as_object().expect("series") {
        let series = list(&case["series"]);
        if name == "const10" {
            // The reference prints z = 0 and p = 1 for a constant; Vigie has no number where nothing varies.
            assert_eq!(mann_kendall(&series), Err(StatsError::Undefined(Reason::AllEqual)));
            continue;
        }
        let found = mann_kendall(&series).expect("a trend");
        assert_eq!(found.n as u64, case["n"], "{name}");
        close(found.s as f64, &case["S"], 0.0);
        close(found.var_s, &case["varS"], 1e-14);
        close(found.z, &case["z"], 1e-14);
        close(found.p, &case["p_two"], 1e-12);
        close(found.tau_b, &case["tau_b"], 1e-14);
    }
}

#[test]
fn nineteen_strings_of_bins_have_their_category() {
    let Some(folder) = cases() else { return };
    let reference = expected(&folder, "other.expected.json");
    let strings = reference["ehsa"].as_array().expect("strings");
    assert_eq!(strings.len(), 19);
    for string in strings {
        let bins: Vec<Bin> = list(&string["bins"])
            .into_iter()
            .map(|b| {
                if b > 0.0 {
                    Bin::Hot
                } else if b < 0.0 {
                    Bin::Cold
                } else {
                    Bin::Neither
                }
            })
            .collect();
        let word = match categorise(&bins, string["trend"].as_i64().expect("a direction")) {
            None => "no pattern".to_owned(),
            Some((category, temperature)) => {
                let category = match category {
                    Category::New => "new",
                    Category::Consecutive => "consecutive",
                    Category::Intensifying => "intensifying",
                    Category::Persistent => "persistent",
                    Category::Diminishing => "diminishing",
                    Category::Historical => "historical",
                    Category::Oscillating => "oscillating",
                    Category::Sporadic => "sporadic",
                };
                format!("{category} {}", if temperature == Temperature::Hot { "hot" } else { "cold" })
            }
        };
        assert_eq!(word, string["category"].as_str().expect("a category"), "{string}");
    }
}

#[test]
fn the_concentration_of_mexicos_income_is_that_of_the_reference() {
    let Some(folder) = cases() else { return };
    let reference = expected(&folder, "other.expected.json");
    let regions: Vec<u32> = numbers(&folder, "mexico.csv", "hanson98").into_iter().map(whole).collect();
    for year in ["pcgdp1940", "pcgdp2000"] {
        let case = &reference["concentration"][year];
        let income: Vec<Option<f64>> = numbers(&folder, "mexico.csv", year).into_iter().map(Some).collect();
        let found = concentration(&income, None).expect("incomes");
        close(found.gini, &case["gini"], 1e-12);
        close(found.gini, &case["gini_pysal"], 1e-12);
        close(found.theil, &case["theil"], 1e-12);
        close(found.hoover, &case["hoover_vs_equal"], 1e-12);
        close(found.hhi, &case["hhi"], 1e-12);
        let parts = theil_by_group(&income, None, &regions).expect("incomes");
        close(parts.total, &case["theil_pysal"], 1e-12);
        close(parts.between, &case["theil_between"], 1e-12);
        close(parts.within, &case["theil_within"], 1e-12);
    }
}

#[test]
fn the_concentration_of_sids_beside_births_is_that_of_the_reference() {
    let Some(folder) = cases() else { return };
    let case = &expected(&folder, "other.expected.json")["concentration"]["sids74_vs_births"];
    let births: Vec<Option<f64>> = numbers(&folder, "sids2.csv", "BIR74").into_iter().map(Some).collect();
    let deaths: Vec<Option<f64>> = numbers(&folder, "sids2.csv", "SID74").into_iter().map(Some).collect();
    let found = concentration(&deaths, Some(&births)).expect("deaths");
    close(found.hoover, &case["hoover"], 1e-12);
    close(found.gini, &case["gini_lorenz"], 1e-12);
    close(found.theil, &case["theil"], 1e-12);
    close(top_share(&deaths, 10).expect("deaths"), &case["top10pct_units_share"], 1e-12);
    let counts: Vec<Option<u64>> = deaths.iter().map(|d| d.map(|d| u64::from(whole(d)))).collect();
    let quotients: Vec<f64> = location_quotients(&counts, &births, 0.05)
        .expect("deaths")
        .into_iter()
        .map(|q| q.expect("births everywhere").quotient)
        .collect();
    for (found, reference) in quotients.iter().zip(case["LQ_first5"].as_array().expect("five")) {
        close(*found, reference, 1e-12);
    }
    let largest = quotients.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).expect("a hundred");
    close(*largest.1, &case["LQ_max"], 1e-12);
    assert_eq!(largest.0 as u64, case["LQ_argmax"]);
}

#[test]
fn class_breaks_of_four_series_are_those_of_mapclassify_and_the_optimum() {
    let Some(folder) = cases() else { return };
    let reference = expected(&folder, "classify.expected.json");
    for (file, column, name) in [
        ("calempdensity.csv", "v", "calempdensity"),
        ("jenks71.csv", "jenks71", "jenks71"),
        ("afcon.csv", "totcon", "afcon_totcon"),
        ("sids2.csv", "SIDR74", "sids2_SIDR74"),
    ] {
        let values = numbers(&folder, file, column);
        let case = &reference[name];
        let optimal = breaks::fisher_jenks(&values, 5).expect("values");
        let close_bounds = |found: &Breaks, expected: &Value| {
            let bins = list(&expected["bins"]);
            assert_eq!(found.upper().len(), bins.len(), "{name} {found:?} {expected}");
            for (a, b) in found.upper().iter().zip(bins) {
                assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{name} {a} {b}");
            }
        };
        for (found, method) in [
            (&optimal, "FisherJenks"),
            (&breaks::quantiles(&values, 5).expect("values"), "Quantiles"),
            (&breaks::equal_interval(&values, 5).expect("values"), "EqualInterval"),
            (&breaks::head_tail(&values).expect("values"), "HeadTailBreaks"),
        ] {
            close_bounds(found, &case[method]);
            let counts: Vec<f64> = found.counts().iter().map(|c| *c as f64).collect();
            assert_eq!(counts, list(&case[method]["counts"]), "{name} {method}");
        }
        close_bounds(&optimal, &case["optimal_SSD_DP"]);
        close(optimal.within_squares(), &case["optimal_SSD_DP"]["ssd"], 1e-12);
    }
}
