//! What whole files become, on a small made-up set of two cercles.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use proptest::prelude::*;

use super::*;
use crate::boundaries::{NameFinding, Resolution, SetInfo, Unit};
use crate::domain::{GeometryKind, Level, Match, SetId};
use crate::ingest::place::PointAnswer;
use crate::ingest::{ContentKind, DateOrder, fold, shipped_theme};
use crate::spatial::{Bbox, LonLat, SquareKm};

/// Name, code, parent, western edge; each unit one degree wide from 10° to 11° north.
const UNITS: [(&str, &str, Option<&str>, f64, f64); 6] = [
    ("Gao", "ML07", None, -1.0, 2.0),
    ("Gao", "ML0701", Some("ML07"), -1.0, 1.0),
    ("Ansongo", "ML0702", Some("ML07"), 0.0, 1.0),
    ("Gao", "ML070101", Some("ML0701"), -1.0, 1.0),
    ("Tessit", "ML070201", Some("ML0702"), 0.0, 0.5),
    ("Bara", "ML070202", Some("ML0702"), 0.5, 0.5),
];

fn set(id: &str, geometry: GeometryKind) -> Arc<BoundarySet> {
    let unit = |(name, code, parent, west, width): (&str, &str, Option<&str>, f64, f64)| Unit {
        pcode: code.into(),
        name: name.into(),
        level: Level::try_from(u8::try_from(code.len() / 2 - 1).expect("short")).expect("three levels"),
        parent: parent.map(Into::into),
        shape: geo::MultiPolygon(vec![]),
        area: SquareKm(1.0),
        label: LonLat::new(west + width / 2.0, 10.5).expect("in range"),
        bbox: Bbox { west, south: 10.0, east: west + width, north: 11.0 },
    };
    let info = SetInfo {
        id: SetId::new(id).expect("an id"),
        title_fr: String::new(),
        title_en: String::new(),
        country: "MLI".into(),
        geometry,
        valid_from: None,
        origin: String::new(),
        licence: String::new(),
    };
    Arc::new(BoundarySet::new(info, UNITS.into_iter().map(unit).collect()))
}

/// Names compared after folding, boxes for shapes.
struct Fake(Arc<BoundarySet>);

impl PlaceResolver for Fake {
    fn names(&self, _set: usize, names: [Option<&str>; 3]) -> Resolution {
        let mut found = Resolution { units: Default::default(), matched: Match::None, findings: Vec::new() };
        for level in Level::ALL {
            let Some(name) = names[level.index()] else { continue };
            let parent = level.parent().and_then(|p| found.units[p.index()].clone());
            let fits = |u: &&Unit| fold(&u.name) == fold(name) && (parent.is_none() || u.parent == parent);
            match self.0.units(level).iter().find(fits) {
                Some(unit) => {
                    found.units = self.0.chain(unit);
                    found.matched = Match::Name;
                }
                None => {
                    found.findings.push(NameFinding::UnknownName {
                        level,
                        value: name.to_owned(),
                        suggestions: vec![],
                    });
                    break;
                }
            }
        }
        found
    }

    fn point(&self, point: LonLat) -> PointAnswer {
        if self.0.info.geometry == GeometryKind::Schematic {
            return PointAnswer::NoSurveyedSet;
        }
        let unit = self.0.units(Level::Commune).iter().find(|u| u.bbox.contains(point));
        unit.map_or(PointAnswer::Outside, |u| PointAnswer::Unit { set: 0, units: self.0.chain(u), km_outside: None })
    }
}

fn import_with(
    theme: &str,
    bytes: &[u8],
    name: &str,
    geometry: GeometryKind,
    profile: &Profile,
) -> Result<Ingested, IngestError> {
    let theme = shipped_theme(theme).expect("shipped");
    let sets = [set("tst-1", geometry)];
    let places = Fake(sets[0].clone());
    let ctx = ImportContext {
        theme: &theme,
        sets: &sets,
        places: &places,
        lang: Lang::Fr,
        today: Date::constant(2021, 7, 1),
        synthetic: false,
        default_source: "",
        profile,
        limits: Limits::default(),
    };
    read(bytes, name, &ctx)
}

fn import(theme: &str, text: &str) -> Ingested {
    let profile = Profile::default();
    import_with(theme, text.as_bytes(), "fichier.csv", GeometryKind::Surveyed, &profile).expect("a table")
}

/// The code of every finding, and the counts of rows in and out.
fn outcome(theme: &str, text: &str) -> (Vec<String>, usize, usize) {
    let done = import(theme, text);
    assert_eq!(done.rows_in, done.facts.len() + done.rejected_rows);
    let codes = done.findings.iter().map(|f| f.code.to_string()).collect();
    (codes, done.facts.len(), done.rejected_rows)
}

/// One incident with the given columns besides those that every row needs.
fn incident(columns: &str, values: &str) -> (Vec<String>, usize, usize) {
    let text = format!("incident_id;date;violation_type;{columns}\nA1;17/06/2021;Viol;{values}\n");
    outcome("incidents", &text)
}

#[test]
fn a_row_goes_in_with_its_place_codes_and_the_category_of_its_type() {
    let done = import(
        "incidents",
        "N° incident;Date de l’incident;Région;Cercle;Commune;Type de violation;Femmes;Hommes;Statut de la victime\n\
         A1;17/06/2021;GAO;ansongo;TESSIT;menaces;2;1;PDI\n",
    );
    assert!(done.findings.is_empty(), "{:?}", done.findings);
    let fact = &done.facts[0];
    assert_eq!(fact.id.as_ref(), "A1|C3|pdi");
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
        "incident_id,date,commune,Nb victimes,violation_type\nA1,2021-06-01,Tessit,1.877,Viol\nA2,2021-06-02,Tessit,,Viol\n",
    );
    assert_eq!((done.rows_in, done.facts.len(), done.rejected_rows), (2, 1, 1));
    let finding = &done.findings[0];
    assert_eq!((finding.code.as_ref(), finding.severity), ("AMBIGUOUS_NUMBER", Severity::Reject));
    assert_eq!((finding.file.as_str(), finding.line), ("fichier.csv", Some(2)));
    assert_eq!(finding.column.as_deref(), Some("Nb victimes"));
    assert_eq!(finding.value.as_deref(), Some("1.877"));
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
        ("A;02/07/2021;Viol;Bara", "FUTURE_DATE"),
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
fn what_is_known_to_a_cercle_stays_there_and_what_fits_nowhere_is_kept() {
    for (columns, values, codes, located) in [
        ("region;cercle", "Gao;Ansongo", vec![], Some(Level::Cercle)),
        ("region", "Gao", vec![], Some(Level::Region)),
        ("region;cercle;commune", "Gao;Ansongo;Inhinta", vec!["UNKNOWN_PLACE"], Some(Level::Cercle)),
        ("commune", "Atlantide", vec!["UNKNOWN_PLACE"], None),
        ("locality", "Tin", vec!["NOT_LOCATED"], None),
        ("lon;lat", "-2,5;10,5", vec!["POINT_OUTSIDE"], None),
    ] {
        let text = format!("incident_id;date;violation_type;{columns}\nA1;17/06/2021;Viol;{values}\n");
        let done = import("incidents", &text);
        let found: Vec<&str> = done.findings.iter().map(|f| f.code.as_ref()).collect();
        assert_eq!(found, codes, "{values}");
        assert_eq!(done.facts.len(), 1, "{values}");
        assert_eq!(done.facts[0].place.located(), located, "{values}");
        assert_eq!(done.facts[0].place.matched == Match::None, located.is_none(), "{values}");
    }
}

#[test]
fn codes_names_and_coordinates_prevail_in_this_order_and_contradictions_are_said() {
    for (columns, values, codes, unit, matched) in [
        ("pcode;commune", "ML070201;Tessit", vec![], "ML070201", Match::Pcode),
        ("pcode;commune", "ml070201;Bara", vec!["PCODE_NAME_MISMATCH"], "ML070201", Match::Pcode),
        ("pcode;commune", "ML070201;Atlantide", vec!["PCODE_NAME_MISMATCH"], "ML070201", Match::Pcode),
        ("pcode;commune", "ML0702;Tessit", vec![], "ML070201", Match::Name),
        ("commune;lon;lat", "Tessit;0,2;10,5", vec![], "ML070201", Match::Name),
        ("commune;lon;lat", "Tessit;0,7;10,5", vec!["POINT_ELSEWHERE"], "ML070201", Match::Name),
        ("lon;lat", "0,2;10,5", vec![], "ML070201", Match::Point),
        ("cercle;lon;lat", "Ansongo;0,2;10,5", vec![], "ML070201", Match::Point),
        ("cercle;lon;lat;geo_precision", "Ansongo;0,2;10,5;3", vec![], "ML0702", Match::Name),
        ("lon;lat;geo_precision", "0,2;10,5;3", vec![], "ML07", Match::Point),
    ] {
        let text = format!("incident_id;date;violation_type;{columns}\nA1;17/06/2021;Viol;{values}\n");
        let done = import("incidents", &text);
        let found: Vec<&str> = done.findings.iter().map(|f| f.code.as_ref()).collect();
        assert_eq!(found, codes, "{values}");
        let place = &done.facts[0].place;
        let finest = place.located().and_then(|l| place.unit(l)).map(AsRef::as_ref);
        assert_eq!((finest, place.matched), (Some(unit), matched), "{values}");
    }
}

#[test]
fn coordinates_are_never_located_on_a_schematic_set() {
    let profile = Profile::default();
    let read = |text: &str| {
        import_with("incidents", text.as_bytes(), "f.csv", GeometryKind::Schematic, &profile).expect("a table")
    };
    let done = read("incident_id;date;violation_type;lon;lat\nA1;17/06/2021;Viol;0,2;10,5\n");
    assert_eq!((done.findings[0].code.as_ref(), done.rejected_rows), ("SCHEMATIC_SET", 1));
    assert!(done.findings[0].message.contains("vigie import boundaries"));
    // With a name they are kept beside it, and say nothing about the place.
    let done = read("incident_id;date;violation_type;lon;lat;cercle\nA1;17/06/2021;Viol;0,2;10,5;Ansongo\n");
    assert_eq!(done.facts[0].place.located(), Some(Level::Cercle));
    assert!(done.facts[0].place.point.is_some());
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
fn a_unit_and_month_has_one_score_however_its_place_is_written() {
    let text = "period,commune,pcode,score\n2021-01,Bara,,5\n2021-01,,ML070202,6\n2021-02,Bara,,5\n";
    let (codes, taken, _) = outcome("risk", text);
    assert_eq!((codes, taken), (vec!["DUPLICATE_ID".to_owned()], 2));
    let one = import("risk", "period,commune,pcode,score\n2021-01,Bara,,5\n").facts;
    let other = import("risk", "pcode,period,score\nML070202,2021-01,9\n").facts;
    assert_eq!(one[0].id, other[0].id);
    assert_eq!(one[0].id.len(), 16);
}

#[test]
fn population_is_placed_by_code_or_by_name_and_level() {
    let text = "Année;découpage;niveau;pcode;nom;population\n2021;tst-1;2;ML0702;Ansongo;155 000\n\
                2021;;cercle;;Gao;276000\n2021;;;;Gao;1\n2021;mli-1900;2;ML0702;;1\n2021;;3;ML0702;;1\n2021;;9;ML0702;;1\n";
    let done = import("population", text);
    let codes: Vec<&str> = done.findings.iter().map(|f| f.code.as_ref()).collect();
    assert_eq!(codes, ["BAD_LEVEL", "UNKNOWN_SET", "LEVEL_MISMATCH", "BAD_LEVEL"]);
    let units: Vec<_> = done.facts.iter().filter_map(|f| f.place.unit(Level::Cercle)).map(AsRef::as_ref).collect();
    assert_eq!(units, ["ML0702", "ML0701"]);
    assert_eq!(done.facts[0].attr("population").and_then(Attr::int), Some(155_000));
    assert_eq!(done.facts[1].when, When::Year(2021));
}

#[test]
fn columns_and_labels_that_are_not_known_are_said_and_never_dropped_in_silence() {
    let (codes, taken, _) = incident("commune;comune;Profession", "Bara;x;forgeron");
    assert_eq!((codes, taken), (vec!["UNKNOWN_COLUMN".to_owned(), "UNLISTED_TERM".to_owned()], 1));
}

#[test]
fn a_file_in_which_no_row_could_go_in_is_refused_with_the_cure() {
    let profile = Profile::default();
    let read = |name: &str, bytes: &[u8]| {
        import_with("incidents", bytes, name, GeometryKind::Surveyed, &profile).expect_err("refused")
    };
    assert_eq!(read("f.csv", b""), IngestError::Empty);
    assert_eq!(read("f.csv", b" \n\n"), IngestError::Empty);
    assert!(matches!(read("f.csv", b"A1,2021-06-17,Gao\nA2,2021-06-18,Gao\n"), IngestError::NoHeader { .. }));
    assert!(matches!(read("f.csv", b"date,commune\n2021-06-17,Bara\n"), IngestError::MissingColumns { .. }));
    let doubled = "incident_id,date,type,Région,admin1\n".as_bytes();
    assert!(matches!(read("f.csv", doubled), IngestError::SameColumn { .. }));
    assert!(matches!(read("f.kml", b"incident_id"), IngestError::UnknownExtension { .. }));
    let open =
        b"incident_id,date,type,commune\nA,2021-06-17,Viol,Bara\nB,2021-06-18,\"Viol,Bara\nC,2021-06-19,Viol,Bara\n";
    assert_eq!(read("f.csv", open), IngestError::OpenQuote { line: 3 });
    for (name, bytes, found) in [
        ("f.xlsx", &b"incident_id,date\n"[..], ContentKind::Text),
        ("f.csv", b"PK\x03\x04\x14\0\0\0", ContentKind::Zip),
        ("f.csv", b"\x89PNG\r\n\x1a\n\0\0\0\r", ContentKind::Binary),
        ("f.csv", b"%PDF-1.7", ContentKind::Pdf),
        ("f.xls", b"<html><table>", ContentKind::Html),
        ("f.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ContentKind::OldOffice),
    ] {
        assert!(
            matches!(read(name, bytes), IngestError::WrongContent { found: f, .. } if f == found),
            "{name} {found:?}"
        );
    }
    for error in [read("f.csv", b""), read("f.kml", b"x"), read("f.csv", b"%PDF-1.7")] {
        assert!(error.message(Lang::Fr).len() > 10 && error.message(Lang::En).len() > 10);
    }
    // A zip directory that breaks off, under the right name.
    let broken = [b"PK\x03\x04".as_slice(), &[0; 40], b"xl/workbook.xml"].concat();
    assert!(matches!(read("f.xlsx", &broken), IngestError::Damaged { .. }));
}

#[test]
fn limits_hold_and_say_so() {
    let theme = shipped_theme("incidents").expect("shipped");
    let sets = [set("tst-1", GeometryKind::Surveyed)];
    let places = Fake(sets[0].clone());
    let profile = Profile::default();
    let text = "incident_id,date,type,commune\nA,2021-06-17,Viol,Bara\nB,2021-06-17,Viol,Bara\n";
    let read = |limits: Limits| {
        let ctx = ImportContext {
            theme: &theme,
            sets: &sets,
            places: &places,
            lang: Lang::En,
            today: Date::constant(2021, 7, 1),
            synthetic: false,
            default_source: "monitoring",
            profile: &profile,
            limits,
        };
        super::read(text.as_bytes(), "f.csv", &ctx).map(|done| done.facts.len())
    };
    let normal = Limits::default();
    assert_eq!((normal.bytes, normal.rows, normal.columns, normal.cell_chars), (200_000_000, 2_000_000, 500, 32_767));
    assert_eq!(read(normal), Ok(2));
    let size = text.len() as u64;
    assert_eq!(read(Limits { bytes: 10, ..normal }), Err(IngestError::TooLarge { bytes: size, limit: 10 }));
    assert_eq!(read(Limits { rows: 1, ..normal }), Err(IngestError::TooManyRows { limit: 1 }));
    assert_eq!(read(Limits { columns: 3, ..normal }), Err(IngestError::TooManyColumns { columns: 4, limit: 3 }));
    assert_eq!(read(Limits { cells: 7, ..normal }), Err(IngestError::TooManyCells { limit: 7 }));
}

#[test]
fn a_profile_names_columns_and_declares_the_order_of_dates() {
    let mut profile = Profile { dates: DateOrder::MonthFirst, ..Profile::default() };
    profile.headings.insert("Wo".into(), "commune".into());
    let text = "incident_id,date,type,wo\nA,03/04/2021,Viol,Bara\n";
    let done = import_with("incidents", text.as_bytes(), "f.csv", GeometryKind::Surveyed, &profile).expect("a table");
    assert_eq!(done.facts[0].when.iso(), "2021-03-04");
    assert_eq!(done.facts[0].place.located(), Some(Level::Commune));
}

#[test]
fn a_workbook_is_read_from_the_sheet_that_has_the_columns() {
    use rust_xlsxwriter::{Format, Workbook};
    let mut book = Workbook::new();
    let cover = book.add_worksheet().set_name("Couverture").expect("a name");
    cover.write(0, 0, "Cluster Protection").expect("written");
    let sheet = book.add_worksheet().set_name("Incidents").expect("a name");
    for (k, heading) in
        ["N° incident", "Date", "Type de violation", "Commune", "Victimes", "lon", "lat"].iter().enumerate()
    {
        sheet.write(0, u16::try_from(k).expect("few"), *heading).expect("written");
    }
    let day = Format::new().set_num_format("dd/mm/yyyy");
    sheet.write(2, 0, "A1").expect("written");
    sheet.write_number_with_format(2, 1, 44364.0, &day).expect("written");
    sheet
        .write(2, 2, "Viol")
        .expect("written")
        .write(2, 3, "Tessit")
        .expect("written")
        .write(2, 4, 3)
        .expect("written");
    sheet
        .write(3, 0, 7)
        .expect("written")
        .write(3, 1, "18/06/2021")
        .expect("written")
        .write(3, 2, "Viol")
        .expect("written");
    sheet.write(3, 5, 0.2).expect("written").write(3, 6, 10.5).expect("written").write(3, 4, 1.877).expect("written");
    let bytes = book.save_to_buffer().expect("saved");
    let profile = Profile::default();
    let done = import_with("incidents", &bytes, "f.XLSX", GeometryKind::Surveyed, &profile).expect("a table");
    assert_eq!(done.understood.sheet.as_deref(), Some("Incidents"));
    assert_eq!((done.facts.len(), done.rejected_rows), (1, 1));
    assert_eq!(done.facts[0].when.iso(), "2021-06-17");
    assert_eq!(done.facts[0].attr("victims").and_then(Attr::int), Some(3));
    let finding = &done.findings[0];
    assert_eq!(
        (finding.code.as_ref(), finding.line, finding.sheet.as_deref()),
        ("AMBIGUOUS_NUMBER", Some(4), Some("Incidents"))
    );
    // The same workbook without its second sheet's columns has no header to offer.
    let error = import_with("coverage", &bytes, "f.xlsx", GeometryKind::Surveyed, &profile).expect_err("no columns");
    assert!(matches!(error, IngestError::NoHeader { .. } | IngestError::MissingColumns { .. }), "{error}");
}

#[test]
fn separators_encodings_and_blank_rows_make_no_difference() {
    let plain = "incident_id,date,type,commune,cause\nA,2021-06-17,Viol,Bara,\n\n,,,,\nB,2021-06-18,Viol,Bara,\n";
    let expected = import("incidents", plain).facts;
    assert_eq!(expected.len(), 2);
    for text in [
        plain.replace(',', ";"),
        plain.replace(',', "\t"),
        format!("sep=;\r\n{}", plain.replace(',', ";").replace('\n', "\r\n")),
        format!("\u{feff}{plain}"),
    ] {
        assert_eq!(import("incidents", &text).facts, expected, "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn every_row_is_a_fact_or_a_reject_whatever_it_holds(
        rows in proptest::collection::vec(
            (0_u8..9, 0_usize..6, 0_usize..6, 0_usize..6, 0_usize..6, "\\PC{0,12}"), 0..40,
        )
    ) {
        let dates = ["2021-06-17", "17/06/2021", "2021-13-01", "", "2030-01-01", "juin 2021"];
        let types = ["Viol", "C5", "Assassinat, meurtre", "", "menaces", "?"];
        let communes = ["Bara", "Tessit", "Inhinta", "", "GAO", "\"Ba\nra\""];
        let victims = ["1", "", "1.877", "-1", "1 877", "x"];
        let mut text = String::from("incident_id;date;type;commune;victims;place\n");
        for (id, d, t, c, v, free) in &rows {
            let free = free.replace('"', "\"\"");
            text.push_str(&format!("{id};{};{};{};{};\"{free}\"\n", dates[*d], types[*t], communes[*c], victims[*v]));
        }
        let done = import("incidents", &text);
        prop_assert_eq!(done.rows_in, rows.len());
        prop_assert_eq!(done.rows_in, done.facts.len() + done.rejected_rows);
        let rejected: BTreeSet<u64> =
            done.findings.iter().filter(|f| f.severity == Severity::Reject).filter_map(|f| f.line).collect();
        prop_assert_eq!(rejected.len(), done.rejected_rows);
        let ids: BTreeSet<_> = done.facts.iter().map(|f| f.id.clone()).collect();
        prop_assert_eq!(ids.len(), done.facts.len());
    }

    #[test]
    fn no_bytes_make_the_reader_fail_other_than_by_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let profile = Profile::default();
        for name in ["f.csv", "f.xlsx", "f.xls", "f.ods"] {
            let _ = import_with("incidents", &bytes, name, GeometryKind::Surveyed, &profile);
        }
        let zip = [b"PK\x03\x04".as_slice(), &bytes, b"xl/workbook.xmlPK\x05\x06", &bytes].concat();
        let _ = import_with("incidents", &zip, "f.xlsx", GeometryKind::Surveyed, &profile);
    }
}
