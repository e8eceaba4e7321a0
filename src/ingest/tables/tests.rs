use proptest::prelude::*;

use super::*;
use crate::ingest::shipped_theme;

fn check(files: &[(&str, &str)]) -> TablesReport {
    let theme = shipped_theme("incidents").expect("a theme");
    let files: Vec<TableFile<'_>> =
        files.iter().map(|(name, text)| TableFile { name, bytes: text.as_bytes() }).collect();
    check_tables(&files, &theme, Lang::En).expect("readable")
}

/// Code, line, column, stated, computed.
type Found<'a> = (&'a str, u64, &'a str, Option<f64>, Option<f64>);

fn found(report: &TablesReport) -> Vec<Found<'_>> {
    report.findings.iter().map(|f| (f.code, f.at.line, f.at.column.as_str(), f.stated, f.computed)).collect()
}

#[test]
fn rows_and_columns_that_do_not_add_up_are_told_with_both_numbers() {
    let text =
        "region,2020-01,2020-02,2020-03,total,percent\nGao,16,60,,76,50\nMopti,54,20,,75,49\nTOTAL,70,81,,151,100\n";
    let report = check(&[("t.csv", text)]);
    assert_eq!(
        found(&report),
        [
            ("ROW_TOTAL", 3, "total", Some(75.0), Some(74.0)),
            ("PERCENT", 3, "percent", Some(49.0), Some(7500.0 / 151.0)),
            ("COLUMN_TOTAL", 4, "2020-02", Some(81.0), Some(80.0)),
        ]
    );
    assert!(report.findings.iter().any(|f| f.message == "Mopti: the printed total is 75, the columns make 74"));
}

#[test]
fn empty_months_are_no_zeros_and_zeros_to_the_end_are_told() {
    let elapsed = "region,2020-01,2020-02,total\nGao,16,,16\nMopti,54,,54\nTOTAL,70,,70\n";
    assert_eq!(found(&check(&[("t.csv", elapsed)])), []);
    let printed = "region,2020-01,2020-02,total\nGao,16,0,16\nMopti,54,0,54\nTOTAL,70,0,70\n";
    assert_eq!(found(&check(&[("t.csv", printed)])), [("ZERO_NOT_ELAPSED", 1, "2020-02", None, None)]);
    // A part that is missing can only add: 90 may be right, 60 cannot.
    let partly = "region,2020-01\nGao,16\nMopti,54\nKidal,\nTOTAL,90\n";
    assert_eq!(found(&check(&[("t.csv", partly)])), []);
    let too_little = "region,2020-01\nGao,16\nMopti,54\nKidal,\nTOTAL,60\n";
    assert_eq!(found(&check(&[("t.csv", too_little)])), [("COLUMN_TOTAL", 5, "2020-01", Some(60.0), Some(70.0))]);
}

#[test]
fn a_number_that_reads_two_ways_is_never_taken() {
    let text = "region;janvier 2021;février 2021;total\nMopti;60;1.817;1.877\nGao;1;2;3\n";
    let report = check(&[("t.csv", text)]);
    let codes: Vec<&str> = report.findings.iter().map(|f| f.code).collect();
    assert_eq!(codes, ["AMBIGUOUS_NUMBER", "AMBIGUOUS_NUMBER"]);
}

#[test]
fn a_total_in_a_long_table_is_that_of_its_own_period() {
    let text = "period,kind,n\n2020-H1,alertes (total),205\n2020-H1,attaque,128\n2020-H1,menace,35\n2020-H1,mouvement,89\n2020-08,attaque,9\n";
    assert_eq!(found(&check(&[("t.csv", text)])), [("COLUMN_TOTAL", 2, "n", Some(205.0), Some(252.0))]);
    let two = "month,dimension,label,violations\n2020-01,total,,3\n2020-01,category,A,1\n2020-01,category,B,2\n2020-01,region,Gao,1\n2020-01,region,Mopti,1\n";
    assert_eq!(found(&check(&[("t.csv", two)])), [("COLUMN_TOTAL", 2, "violations", Some(3.0), Some(2.0))]);
}

#[test]
fn changes_are_judged_by_both_formulas() {
    let text = "statement,new,old,printed_pct\nécoles,2149,1975,+20\nrelative,8698,2064,321\nsymétrique,8312,4004,70\n";
    let report = check(&[("t.csv", text)]);
    let codes: Vec<_> = report.findings.iter().map(|f| (f.code, f.at.line)).collect();
    assert_eq!(codes, [("PERCENT_CHANGE", 2), ("SYMMETRIC_CHANGE", 4)]);
    assert_eq!(report.warnings(), 1);
}

#[test]
fn the_same_figure_in_two_tables_must_be_one() {
    let months = "category_code,2020-01,2020-02,total\nE,29,66,95\nC,41,37,78\nTOTAL,70,103,173\n";
    let stated = "period,measure,value\n2020-01,violations,71\n2020-01..02,atteintes propriété,96\n2020-01..02,violations (bulletin),173\n2020-02,violations documentées et non documentées,280\n";
    let report = check(&[("a.csv", months), ("b.csv", stated)]);
    let codes: Vec<_> =
        report.findings.iter().map(|f| (f.code, f.at.file.as_str(), f.at.line, f.stated, f.computed)).collect();
    assert_eq!(
        codes,
        [
            ("ACROSS_TABLES", "b.csv", 2, Some(71.0), Some(70.0)),
            ("ACROSS_TABLES", "b.csv", 3, Some(96.0), Some(95.0)),
            ("OTHER_BASIS", "b.csv", 5, Some(280.0), Some(103.0)),
        ]
    );
}

#[test]
fn a_table_without_totals_says_that_there_was_nothing_to_check() {
    let codes: Vec<&str> =
        check(&[("t.csv", "region,pdi\nGao,3\nMopti,4\n")]).findings.iter().map(|f| f.code).collect();
    assert_eq!(codes, ["NOTHING_TO_CHECK"]);
}

proptest! {
    #[test]
    fn tables_that_add_up_are_never_blamed_and_one_wrong_cell_always_is(
        rows in prop::collection::vec(prop::collection::vec(0_u32..5000, 4), 2..6),
        wrong in (0_usize..6, 0_usize..4, 1_u32..50),
    ) {
        let write = |change: Option<(usize, usize, u32)>| {
            let mut text = "region,2020-01,2020-02,2020-03,2020-04,total\n".to_owned();
            let mut sums = [0; 5];
            for (r, row) in rows.iter().enumerate() {
                let total: u32 = row.iter().sum();
                let cells = row.iter().enumerate().map(|(k, n)| match change {
                    Some((wr, wk, by)) if (wr % rows.len(), wk) == (r, k) => n + by,
                    _ => *n,
                });
                let cells: Vec<String> = cells.map(|n| n.to_string()).collect();
                text.extend([format!("R{r},{},{total}\n", cells.join(","))]);
                row.iter().chain([&total]).enumerate().for_each(|(k, n)| sums[k] += n);
            }
            text + &format!("TOTAL,{}\n", sums.map(|n| n.to_string()).join(","))
        };
        let codes = |text: &str| check(&[("t.csv", text)]).findings.iter().map(|f| f.code).filter(|c| *c != "ZERO_NOT_ELAPSED").count();
        prop_assert_eq!(codes(&write(None)), 0);
        prop_assert_eq!(codes(&write(Some(wrong))), 2);
    }

    #[test]
    fn any_text_is_a_table_or_a_refusal_and_never_a_fault(text in "([a-z0-9.,;%é\"\\-]{0,9}[,;\n]){0,40}") {
        let theme = shipped_theme("incidents").expect("a theme");
        let text = format!("region,2020-01,total,pct\n{text}");
        let _ = check_tables(&[TableFile { name: "t.csv", bytes: text.as_bytes() }], &theme, Lang::Fr);
    }
}
