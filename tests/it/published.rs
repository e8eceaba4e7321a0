//! The demonstration equals the published tables, to the unit, through the whole program.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::support::{arg, demo_server, demo_store, json};

/// A published table: row label → column label → figure. Empty cells (months not yet elapsed) are left out.
fn published(name: &str) -> BTreeMap<String, BTreeMap<String, u64>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("geodata/demo/build/facts").join(name);
    let mut reader = csv::Reader::from_path(path).expect("a shipped fact");
    let headers = reader.headers().expect("a header").clone();
    let mut out = BTreeMap::new();
    for record in reader.records() {
        let record = record.expect("a row");
        let row = headers
            .iter()
            .zip(&record)
            .filter(|(h, v)| h.len() == 7 && h.starts_with("20") && !v.is_empty())
            .map(|(h, v)| (h.to_owned(), v.parse().expect("a count")))
            .collect();
        out.insert(record[0].to_owned(), row);
    }
    out
}

fn features(path: &str) -> Vec<Value> {
    let answer = demo_server().get(path);
    answer["features"].as_array().expect("features").iter().map(|f| f["properties"].clone()).collect()
}

#[test]
fn every_region_of_every_month_equals_the_published_table() {
    let mut months = 0;
    for year in ["2020", "2021"] {
        let table = published(&format!("violations_region_month_{year}.csv"));
        for (month, total) in &table["TOTAL"] {
            months += 1;
            let answer = demo_server().get(&format!("/collections/violations-regions/items?period={month}"));
            assert_eq!(answer["total"], *total, "{month}");
            let mut sum = 0;
            for feature in answer["features"].as_array().expect("features") {
                let p = &feature["properties"];
                let name = p["name"].as_str().expect("a name");
                if let Some(figure) = table.get(name).map(|row| row[month]) {
                    assert_eq!(p["value"], figure, "{name} {month}");
                    assert_eq!(p["status"], if figure == 0 { "zero" } else { "value" }, "{name} {month}");
                    sum += figure;
                } else {
                    assert_eq!(p["status"], "not_covered", "{name} {month}");
                    assert_eq!(p["value"], Value::Null, "{name} {month}: an absence has no number");
                }
            }
            assert_eq!(sum, *total, "{month}");
        }
    }
    assert_eq!(months, 15);
}

#[test]
fn every_category_of_every_month_equals_the_published_table() {
    for year in ["2020", "2021"] {
        for (letter, row) in published(&format!("violations_category_month_{year}.csv")) {
            if letter == "TOTAL" {
                continue;
            }
            let field = format!("category_{}", letter.to_lowercase());
            for (month, figure) in row {
                let rows = features(&format!("/collections/violations-regions/items?period={month}"));
                let sum: u64 = rows.iter().filter_map(|p| p[&field].as_u64()).sum();
                assert_eq!(sum, figure, "{letter} {month}");
            }
        }
    }
}

#[test]
fn at_every_level_units_and_non_located_make_the_same_total() {
    for period in ["2020-09", "2021-06", "2021-Q2", "2021", "2020-01/2021-06"] {
        let mut totals = Vec::new();
        for level in ["regions", "cercles", "communes"] {
            let answer =
                demo_server().get(&format!("/collections/violations-{level}/items?period={period}&limit=1000"));
            let units: u64 = answer["features"]
                .as_array()
                .expect("features")
                .iter()
                .filter_map(|f| f["properties"]["value"].as_u64())
                .sum();
            let outside = answer["non_located"].as_u64().expect("a number");
            assert_eq!(answer["total"], units + outside, "{level} {period}");
            totals.push(units + outside);
        }
        assert!(totals.windows(2).all(|w| w[0] == w[1]), "{period}: {totals:?}");
    }
}

#[test]
fn june_2021_has_1237_violations_and_the_published_cercles() {
    let answer = demo_server().get("/collections/violations-cercles/items?period=2021-06");
    assert_eq!(answer["total"], 1237);
    for (cercle, figure) in [("Douentza", 644), ("Mopti", 200), ("Ansongo", 29), ("Niono", 10)] {
        let found = answer["features"]
            .as_array()
            .expect("features")
            .iter()
            .find(|f| f["properties"]["name"] == cercle)
            .expect(cercle);
        assert_eq!(found["properties"]["value"], figure, "{cercle}");
    }
}

#[test]
fn the_liptako_gourma_authority_holds_96_5_percent_of_june_2021() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/liptako_share_by_definition.csv");
    let mut reader = csv::Reader::from_path(path).expect("the reference");
    let mut checked = 0;
    for record in reader.records() {
        let record = record.expect("a row");
        let period = record[0].replace("2020-01..09", "2020-01/2020-09").replace("2021-01..06", "2021-01/2021-06");
        let answer = json(&["concentration", "--zone", &record[1], "--period", &period, "--store", arg(demo_store())]);
        let share = &answer["shares"][0];
        assert_eq!(share["inside"].to_string(), record[2], "{period} {}", &record[1]);
        assert_eq!(share["total"].to_string(), record[3], "{period} {}", &record[1]);
        let percent: f64 = record[4].parse().expect("a number");
        assert_eq!(share["percent"], percent, "{period} {}", &record[1]);
        checked += 1;
    }
    assert_eq!(checked, 12);
}

#[test]
fn communes_without_a_report_are_never_zero() {
    let rows = features("/collections/violations-communes/items?period=2021-06&limit=1000");
    assert_eq!(rows.len(), 701);
    let mut seen = BTreeMap::<String, usize>::new();
    for p in &rows {
        let status = p["status"].as_str().expect("a status");
        *seen.entry(status.to_owned()).or_default() += 1;
        match status {
            "value" => assert!(p["value"].as_u64().is_some_and(|n| n > 0), "{p}"),
            "zero" => assert_eq!(p["value"], 0),
            _ => assert_eq!(p["value"], Value::Null, "{p}"),
        }
    }
    for status in ["value", "zero", "covered_no_report", "not_covered"] {
        assert!(seen.contains_key(status), "{seen:?}");
    }
}

#[test]
fn places_that_no_commune_has_stay_at_the_cercle_and_count_in_totals() {
    let communes = demo_server().get("/collections/alerts-communes/items?period=2021-06&limit=1000");
    let regions = demo_server().get("/collections/alerts-regions/items?period=2021-06");
    assert_eq!(communes["total"], regions["total"]);
    // Lerneb and Inhinta: no commune has that name.
    assert!(communes["non_located"].as_u64().expect("a number") >= 2, "{}", communes["non_located"]);
}
