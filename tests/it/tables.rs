//! Published tables through the real program: every contradiction that the tables at hand show is found, and none where
//! there is none.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{arg, json, run, shared, text};

fn facts(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("geodata/demo/build/facts").join(name)
}

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/tables").join(name)
}

fn check(theme: &str, files: &[PathBuf]) -> Value {
    let mut args = vec!["import", "tables", theme];
    args.extend(files.iter().map(|f| arg(f)));
    json(&args)
}

/// Code, file, line, column, stated, computed.
type Found = (String, String, u64, String, Option<f64>, Option<f64>);

fn found(report: &Value, severity: &str) -> Vec<Found> {
    let text = |f: &Value, k: &str| f[k].as_str().expect(k).to_owned();
    report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|f| f["severity"] == severity)
        .map(|f| {
            let line = f["line"].as_u64().expect("a line");
            let numbers = (f["stated"].as_f64(), f["computed"].as_f64());
            (text(f, "code"), text(f, "file"), line, text(f, "column"), numbers.0, numbers.1)
        })
        .collect()
}

fn row(code: &str, file: &str, line: u64, column: &str, stated: f64, computed: f64) -> Found {
    (code.into(), file.into(), line, column.into(), Some(stated), Some(computed))
}

#[test]
fn the_monthly_tables_agree_with_themselves_and_with_each_other() {
    let names = [
        "violations_category_month_2020.csv",
        "violations_category_month_2021.csv",
        "violations_region_month_2020.csv",
        "violations_region_month_2021.csv",
        "violations_subtype_2020-09.csv",
        "victims_status_agesex_2020-09.csv",
        "perpetrators_2020-09.csv",
        "places_2020-09.csv",
    ];
    let report = check("incidents", &names.map(facts));
    assert_eq!(report["findings"], Value::Array(Vec::new()));
    assert_eq!(report["stored"], false);
    // Margins, percentages, and every month's total by category against the same by region.
    assert!(report["checks"].as_u64().expect("a number") >= 120, "{}", report["checks"]);
}

#[test]
fn the_contradictions_of_the_published_figures_are_found_with_both_numbers() {
    let tables = [
        facts("violations_category_month_2020.csv"),
        facts("violations_category_month_2021.csv"),
        facts("violations_region_month_2020.csv"),
        corpus("statements.csv"),
        corpus("quarter-2024-Q3.csv"),
        corpus("displaced-2020-04-30.csv"),
        corpus("changes.csv"),
    ];
    let report = check("incidents", &tables);
    let across = |line, stated, computed| row("ACROSS_TABLES", "statements.csv", line, "value", stated, computed);
    let quarter = |computed| row("COLUMN_TOTAL", "quarter-2024-Q3.csv", 2, "violations", 8312.0, computed);
    assert_eq!(
        found(&report, "warning"),
        [
            // I02: 1 282 and 467 stated, 1 281 and 466 in the table; the bar of March 351, its table 350.
            across(2, 1282.0, 1281.0),
            across(3, 467.0, 466.0),
            across(4, 351.0, 350.0),
            // I23: the quarters make 10 644.
            across(10, 15_815.0, 10_644.0),
            // I22: three categories and six regions, both above the total.
            quarter(9472.0),
            quarter(9970.0),
            // I15.
            row("COLUMN_TOTAL", "displaced-2020-04-30.csv", 11, "pdi", 250_998.0, 249_741.0),
            // I09.
            row("PERCENT_CHANGE", "changes.csv", 2, "printed_pct", 20.0, 100.0 * 174.0 / 1975.0),
        ]
    );
    let remarks = found(&report, "info");
    // I01: another basis is no contradiction, and no figure to compare with.
    let basis = |line, stated, computed| row("OTHER_BASIS", "statements.csv", line, "value", stated, computed);
    assert!(remarks.contains(&basis(5, 280.0, 144.0)), "{remarks:?}");
    assert!(remarks.contains(&basis(6, 224.0, 53.0)), "{remarks:?}");
    // The other formula of change in use: told, not blamed.
    assert!(remarks.iter().any(|r| r.0 == "SYMMETRIC_CHANGE" && r.2 == 4), "{remarks:?}");
    // I16: an alert may be of several kinds.
    let alerts = check("alerts", &[facts("flash_alert_totals.csv")]);
    let alerts = found(&alerts, "warning");
    assert_eq!((alerts.len(), alerts[0].4, alerts[0].5), (1, Some(205.0), Some(252.0)));
}

#[test]
fn months_printed_as_zero_before_they_elapsed_and_numbers_that_read_two_ways_are_told() {
    // I19, I20.
    let report = check("incidents", &[corpus("printed-2021.csv")]);
    let codes: Vec<(String, u64)> = found(&report, "warning").into_iter().map(|f| (f.0, f.2)).collect();
    let expected = [("ZERO_NOT_ELAPSED", 1), ("AMBIGUOUS_NUMBER", 5), ("AMBIGUOUS_NUMBER", 8), ("AMBIGUOUS_NUMBER", 8)];
    assert_eq!(codes, expected.map(|(c, l)| (c.to_owned(), l)));
}

#[test]
fn nothing_is_stored_the_report_is_written_and_strict_says_it_in_the_exit_status() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, report) = (dir.path().join("s.gpkg"), dir.path().join("r.json"));
    let file = corpus("displaced-2020-04-30.csv");
    let args =
        ["import", "tables", "incidents", arg(&file), "--strict", "--report", arg(&report), "--store", arg(&store)];
    let out = run(&args);
    assert_eq!(out.status.code(), Some(3), "{}", text(&out.stderr));
    let said = text(&out.stdout);
    assert!(said.contains("printed 250998, the 9 rows make 249741"), "{said}");
    assert!(said.contains("Nothing was stored"), "{said}");
    assert!(!store.exists());
    let written: Value = serde_json::from_slice(&std::fs::read(&report).expect("written")).expect("JSON");
    assert_eq!((&written["warnings"], &written["stored"]), (&Value::from(1), &Value::from(false)));
    // Twice the same bytes.
    assert_eq!(run(&args).stdout, out.stdout);
}

#[test]
fn what_cannot_be_checked_is_refused_with_the_cure() {
    let file = corpus("displaced-2020-04-30.csv");
    for (args, cure) in [
        (vec!["import", "tables", arg(&file)], "vigie import tables incidents FILE"),
        (vec!["import", "tables", "incidents"], "give 1 to 100 files"),
        (vec!["import", "tables", "incidents", "/no/such/file.csv"], "/no/such/file.csv"),
    ] {
        let out = run(&args);
        assert_eq!(out.status.code(), Some(1), "{args:?}");
        assert!(text(&out.stderr).contains(cure), "{}", text(&out.stderr));
    }
}

#[test]
fn every_reference_table_at_hand_is_read_without_a_fault() {
    let Some(folder) = shared("domain") else { return };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|e| e.expect("an entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "csv"))
        .collect();
    files.sort();
    let mut read = 0;
    for file in files {
        let out = run(&["import", "tables", "incidents", arg(&file), "--json"]);
        // Lists of names have no heading of a table: refused, with the cure.
        let refused = text(&out.stderr).contains("No known heading");
        assert!(out.status.success() || refused, "{}: {}", file.display(), text(&out.stderr));
        read += usize::from(out.status.success());
    }
    assert!(read >= 20, "{read}");
}
