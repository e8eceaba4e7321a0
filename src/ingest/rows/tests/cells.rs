//! What single cells and rows become.

use super::*;

#[test]
fn a_row_goes_in_with_its_place_codes_and_the_category_of_its_type() {
    let done = import(
        "incidents",
        "N° incident;Date de l’incident;Région;Cercle;Commune;Type de violation;Femmes;Hommes;Statut de la victime\n\
         A1;17/06/2021;GAO;ansongo;TESSIT;menaces;2;1;PDI\n",
    );
    assert!(done.findings.is_empty(), "{:?}", done.findings);
    let fact = &done.facts[0];
    assert_eq!(fact.id.as_ref(), "A1|C|C3|pdi");
    assert_eq!(fact.source.as_ref(), "monitoring");
    assert_eq!(fact.when.iso(), "2021-06-17");
    assert_eq!(fact.place.unit(Level::Commune).map(AsRef::as_ref), Some("ML070201"));
    assert_eq!(fact.place.matched, Match::Name);
    assert_eq!(fact.place.stated[2].as_deref(), Some("TESSIT"));
    assert_eq!(fact.attr("category").and_then(Attr::text), Some("C"));
    assert_eq!(fact.attr("victims").and_then(Attr::int), Some(3));
    assert_eq!(fact.attr("basis").and_then(Attr::text), Some("documented"));
    assert_eq!(fact.attr("incident_id").and_then(Attr::text), Some("A1"));
    assert_eq!(fact.attr("region"), None);
    assert_eq!(done.understood.separator, Some(';'));
}

#[test]
fn a_wrong_row_is_a_reject_that_says_where_and_the_rest_goes_in() {
    let done = import(
        "incidents",
        "incident_id,date,commune,Nb victimes,violation_type\nA1,2021-06-01,Tessit,2.5,Viol\nA2,2021-06-02,Tessit,,Viol\n",
    );
    assert_eq!((done.rows_in, done.facts.len(), done.rejected_rows), (2, 1, 1));
    let finding = &done.findings[0];
    assert_eq!((finding.code.as_ref(), finding.severity), ("NOT_WHOLE", Severity::Reject));
    assert_eq!((finding.file.as_str(), finding.line), ("fichier.csv", Some(2)));
    assert_eq!(finding.column.as_deref(), Some("Nb victimes"));
    assert_eq!(finding.value.as_deref(), Some("2.5"));
    assert_eq!(done.facts[0].attr("victims").and_then(Attr::int), Some(1));
}

#[test]
fn every_wrong_cell_is_rejected_under_its_code() {
    for (columns, values, code) in [
        ("victims", "-2", "NEGATIVE"),
        ("victims", "2,5", "NOT_WHOLE"),
        ("victims", "deux", "BAD_NUMBER"),
        ("victim_status", "Martien", "UNKNOWN_TERM"),
        ("category", "E", "CATEGORY_MISMATCH"),
        ("victims;women;men;girls;boys", "5;1;1;1;1", "SUM_MISMATCH"),
        ("victims;women", "1;2", "SUM_MISMATCH"),
        ("pcode", "ML999999", "UNKNOWN_PCODE"),
        ("pcode;commune", "ML999999;Tessit", "UNKNOWN_PCODE"),
        ("lon;lat", "0;0", "NULL_ISLAND"),
        ("lon;lat", "10,5;0,2", "SWAPPED_COORDINATES"),
        ("lon;lat", "200;10", "COORDINATES_OUT_OF_RANGE"),
        ("lon;lat", "0,2;", "INCOMPLETE_COORDINATES"),
        ("lon;lat", "0°12'E;10", "BAD_COORDINATE"),
        ("locality", &"x".repeat(501), "TEXT_TOO_LONG"),
        ("source", "a\u{7}b", "CONTROL_CHARACTER"),
        ("locality", &"x".repeat(32_768), "CELL_TOO_LONG"),
        ("commune", "Tessit;en;trop", "TOO_MANY_CELLS"),
    ] {
        let (codes, taken, rejected) = incident(columns, values);
        assert!(codes.iter().any(|c| c == code), "{columns} {values:.30}: {codes:?}");
        assert_eq!((taken, rejected), (0, 1), "{columns} {values:.30}: {codes:?}");
    }
}

#[test]
fn dates_and_required_cells_are_checked() {
    let head = "incident_id;date;violation_type;commune\n";
    for (row, code) in [
        (";17/06/2021;Viol;Bara", "MISSING_VALUE"),
        ("A;;Viol;Bara", "MISSING_VALUE"),
        ("A;17/06/2021;;Bara", "MISSING_VALUE"),
        ("A;31/06/2021;Viol;Bara", "BAD_DATE"),
        ("A;13/07/2021;Viol;Bara", "FUTURE_DATE"),
        ("A;01/01/1970;Viol;Bara", "DATE_TOO_OLD"),
    ] {
        let (codes, _, rejected) = outcome("incidents", &format!("{head}{row}\n"));
        assert_eq!((codes, rejected), (vec![code.to_owned()], 1), "{row}");
    }
}

#[test]
fn duplicates_inside_a_file_are_told_apart() {
    let text = "incident_id,date,violation_type,commune,victims\n\
                A1,2021-06-01,Viol,Bara,1\nA1,2021-06-01,Viol,Bara,1\nA1,2021-06-01,Viol,Bara,2\nA1,2021-06-01,Menace,Bara,1\n";
    let (codes, taken, rejected) = outcome("incidents", text);
    assert_eq!((codes, taken, rejected), (vec!["DUPLICATE_ROW".to_owned(), "DUPLICATE_ID".to_owned()], 2, 2));
}

#[test]
fn a_merged_label_is_rejected_with_both_types_it_could_be() {
    let text = "incident_id;date;violation_type;commune\nA;17/06/2021;Assassinat, meurtre;Bara\n";
    let done = import("incidents", text);
    let message = &done.findings[0].message;
    assert!(message.contains("Assassinat (B1)") && message.contains("Meurtre (B2)"), "{message}");
}

#[test]
fn alerts_carry_several_kinds_and_unknown_households_are_no_zero() {
    let text = "alert_id,date,cercle,kinds,households,preventive\n\
                AL1,2021-06-17,Ansongo,population_movement|Attaque de village,,oui\nAL2,2021-06-17,Ansongo,rumeur,,\n";
    let done = import("alerts", text);
    let codes: Vec<&str> = done.findings.iter().map(|f| f.code.as_ref()).collect();
    assert_eq!(codes, ["UNKNOWN_TERM"]);
    let fact = &done.facts[0];
    let kinds = Attr::Codes(vec!["village_attack".into(), "population_movement".into()]);
    assert_eq!((fact.id.as_ref(), fact.attr("kinds")), ("AL1", Some(&kinds)));
    assert_eq!(fact.attr("households"), None);
    assert_eq!(fact.attr("preventive").and_then(Attr::flag), Some(true));
}

#[test]
fn a_risk_score_is_a_total_or_the_sum_of_all_its_answers() {
    let answers: Vec<String> = (1..=15).map(|q| format!("q{q}")).collect();
    let head = format!("period,commune,score,{}\n", answers.join(","));
    let row = |month: &str, score: &str, given: usize| {
        let cells: Vec<&str> = (0..15).map(|k| if k < given { "1" } else { "" }).collect();
        format!("{month},Bara,{score},{}\n", cells.join(","))
    };
    let rows = [
        row("2021-01", "20", 0),
        row("2021-02", "", 15),
        row("2021-03", "15", 15),
        row("2021-04", "16", 15),
        row("2021-05", "", 14),
        row("2021-06", "", 0),
        row("2020-01", "4.5", 0),
        row("2020-02", "-1", 0),
    ];
    let done = import("risk", &(head + &rows.concat()));
    let scores: Vec<i64> = done.facts.iter().filter_map(|f| f.attr("score")?.int()).collect();
    assert_eq!(scores, [20, 15, 15]);
    let codes: Vec<&str> = done.findings.iter().map(|f| f.code.as_ref()).collect();
    assert_eq!(codes, ["SUM_MISMATCH", "INCOMPLETE_ANSWERS", "MISSING_VALUE", "NOT_WHOLE", "NEGATIVE"]);
}

#[test]
fn columns_and_labels_that_are_not_known_are_said_and_never_dropped_in_silence() {
    let (codes, taken, _) = incident("commune;comune;Profession", "Bara;x;forgeron");
    assert_eq!((codes, taken), (vec!["UNKNOWN_COLUMN".to_owned(), "UNLISTED_TERM".to_owned()], 1));
}
