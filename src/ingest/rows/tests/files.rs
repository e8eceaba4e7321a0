//! Files as wholes: refused, limited, of any format; whatever their rows hold.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::ingest::{ContentKind, Locale, Profile};

#[test]
fn a_file_in_which_no_row_could_go_in_is_refused_with_the_cure() {
    let reading = Reading::default();
    let read = |name: &str, bytes: &[u8]| {
        import_with("incidents", bytes, name, GeometryKind::Surveyed, &reading).expect_err("refused")
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
    let taken_up = b"incident_id,date,type,commune\nA,2021-06-17,\"Viol,Bara\nB,2021-06-18,Viol,Bara\nC,2021-06-19,\"Viol\",Bara\n";
    assert_eq!(read("f.csv", taken_up), IngestError::OpenQuote { line: 2 });
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
    let reading = Reading::default();
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
            reading: &reading,
            limits,
        };
        crate::ingest::read(text.as_bytes(), "f.csv", &ctx).map(|done| done.facts.len())
    };
    let normal = Limits::default();
    assert_eq!((normal.bytes, normal.rows, normal.columns, normal.cell_chars), (200_000_000, 2_000_000, 500, 32_767));
    assert_eq!(read(normal), Ok(2));
    let size = text.len() as u64;
    assert_eq!(read(Limits { bytes: 10, ..normal }), Err(IngestError::TooLarge { bytes: size, limit: 10 }));
    assert_eq!(read(Limits { rows: 1, ..normal }), Err(IngestError::TooManyRows { limit: 1 }));
    assert_eq!(read(Limits { columns: 3, ..normal }), Err(IngestError::TooManyColumns { columns: 4, limit: 3 }));
    assert_eq!(read(Limits { cells: 7, ..normal }), Err(IngestError::TooManyCells { limit: 7 }));
    assert_eq!(normal.rejected, 100_000);
}

#[test]
fn a_file_that_is_wrong_as_a_whole_is_refused_by_what_most_of_its_rows_have_in_common() {
    let text = "incident_id,date,type,commune\nA,2021-13-17,Viol,Bara\nB,soon,Viol,Bara\nC,2021-06-17,Tears,Bara\n";
    let limits = |rejected| Limits { rejected, ..Limits::default() };
    let read = |rejected| {
        import_within(
            "incidents",
            text.as_bytes(),
            "f.csv",
            GeometryKind::Surveyed,
            &Reading::default(),
            limits(rejected),
        )
    };
    assert_eq!(read(3).expect("three are not too many").rejected_rows, 3);
    let refused = read(2).expect_err("three are too many for two");
    let IngestError::TooManyRejected { limit, code, line, said } = &refused else { unreachable!("{refused:?}") };
    assert_eq!((*limit, &**code, *line), (2, "BAD_DATE", 2));
    assert!(refused.message(Lang::Fr).contains(&**said) && said.contains("date"), "{said}");
}

#[test]
fn a_profile_names_columns_and_declares_the_order_of_dates() {
    let mut profile = Profile { id: "own".into(), locale: Some(Locale::EnUs), ..Profile::default() };
    profile.columns.insert("commune".into(), vec!["Wo".into()]);
    let reading = Reading { profile: Some(Arc::new(profile)), ..Reading::default() };
    let text = "incident_id,date,type,wo\nA,03/04/2021,Viol,Bara\n";
    let done = import_with("incidents", text.as_bytes(), "f.csv", GeometryKind::Surveyed, &reading).expect("a table");
    assert_eq!(done.facts[0].when.iso(), "2021-03-04");
    assert_eq!(done.facts[0].place.located(), Some(Level::Commune));
}

#[test]
fn a_file_whose_dates_or_numbers_read_two_ways_is_refused_until_it_is_declared() {
    let text = "incident_id,date,type,commune,victims\nA,03/04/2021,Viol,Bara,1\nB,05/06/2021,Viol,Bara,2\n";
    let read = |text: &str, locale| {
        let reading = Reading { locale, ..Reading::default() };
        import_with("incidents", text.as_bytes(), "f.csv", GeometryKind::Surveyed, &reading)
    };
    assert!(matches!(read(text, None), Err(IngestError::AmbiguousDates { line: 2, .. })));
    let first = |locale| read(text, Some(locale)).expect("declared").facts[0].when.iso();
    assert_eq!((first(Locale::Fr), first(Locale::EnUs)), ("2021-04-03".to_owned(), "2021-03-04".to_owned()));
    // One day above twelve, anywhere, settles the file.
    assert_eq!(read(&text.replace("05/06", "17/06"), None).expect("settled").facts[0].when.iso(), "2021-04-03");
    let thousands = text.replace("03/04", "13/04").replace(",1\n", ",1.877\n");
    assert!(matches!(read(&thousands, None), Err(IngestError::AmbiguousNumbers { line: 2, .. })));
    let victims = |locale| read(&thousands, Some(locale)).expect("declared").facts.len();
    assert_eq!((victims(Locale::Fr), victims(Locale::EnGb)), (2, 1));
}

#[test]
fn titles_totals_blank_rows_and_repeated_headers_are_passed_over_and_said() {
    let text = "Cluster Protection;;;\nMois de juin;;;\n\nincident_id;date;type;commune\nA;17/06/2021;Viol;Bara\n\n;;;\nB;18/06/2021;Viol;Bara\n\
                incident_id;date;type;commune\nC;18/06/2021;Viol;Bara\nTotal;;;\nTotal Gao : 3;;;\n";
    let done = import("incidents", text);
    assert_eq!((done.rows_in, done.facts.len(), done.rejected_rows, done.skipped_rows), (6, 3, 0, 3));
    let said: Vec<(&str, Option<u64>)> = done.findings.iter().map(|f| (&*f.code, f.line)).collect();
    let expected = [
        ("TITLE_ROWS", Some(4)),
        ("REPEATED_HEADER", Some(9)),
        ("TOTAL_ROW", Some(11)),
        ("TOTAL_ROW", Some(12)),
        ("BLANK_ROWS", None),
    ];
    assert_eq!(said, expected);
    assert!(done.findings[4].message.contains("6–7"), "{}", done.findings[4].message);
}

#[test]
fn rows_of_one_event_are_one_with_all_of_its_actors_and_are_not_given_on() {
    let text = "event_id_cnty,event_date,sub_event_type,actor1,actor2,admin1,source,fatalities,geo_precision,time_precision\n\
                M1,17 June 2021,Attack,A,,Gao,a newspaper,3,2,1\nM2,18 June 2021,Attack,C,D,Gao,,0,3,2\nM1,17 June 2021,Attack,B,A,Gao,,3,2,1\n";
    let done = import("events", text);
    assert_eq!((done.rows_in, done.facts.len(), done.rejected_rows, done.skipped_rows), (3, 2, 0, 1));
    let fact = &done.facts[0];
    assert_eq!(fact.attr("actors").and_then(Attr::text), Some("A ; B"));
    assert_eq!((fact.id.as_ref(), fact.source.as_ref()), ("M1", "acled"));
    assert_eq!(fact.attr("geo_precision").and_then(Attr::text), Some("2"));
    assert_eq!(done.facts[1].attr("time_precision").and_then(Attr::text), Some("2"));
    assert!(!fact.may_be_given_on());
    assert!(import("incidents", "incident_id,date,type\nA,2021-06-17,Viol\n").facts[0].may_be_given_on());
}

#[test]
fn answers_in_any_of_their_three_forms_are_the_same() {
    let head = "g/date,_uuid,_validation_status";
    let row = "2021-06-17,u1,Approved";
    let both = Attr::Codes(vec!["village_attack".into(), "population_movement".into()]);
    for (columns, cells) in [
        ("g/kinds", "population_movement village_attack"),
        ("g/kinds/village_attack,g/kinds/population_movement,g/kinds/threat", "1,True,0"),
        ("g/kinds,g/kinds/village_attack,g/kinds/population_movement", "village_attack population_movement,1,1"),
    ] {
        let done = import("alerts", &format!("{head},{columns}\n{row},{cells}\n"));
        assert_eq!(done.understood.profile, "kobo");
        assert_eq!(done.facts.len(), 1, "{columns}: {:?}", done.findings);
        let fact = &done.facts[0];
        assert_eq!((fact.attr("kinds"), fact.id.as_ref()), (Some(&both), "u1"), "{columns}");
    }
}

#[test]
fn the_watch_workbook_is_read_through_its_typing_errors() {
    let reading = Reading { profile: crate::ingest::shipped_profile("veille"), ..Reading::default() };
    let text = "N° alerte;Date;Région;Cercle;Nature;Ménages\n1;1ç:06:2021;GAO;RAS;Attaque de village;RAS\n2;03/06/2021 08:30;GAO;n/a;Attaque de village;12\n";
    let done = import_with("alerts", text.as_bytes(), "f.csv", GeometryKind::Surveyed, &reading).expect("a table");
    let days: Vec<String> = done.facts.iter().map(|f| f.when.iso()).collect();
    assert_eq!(days, ["2021-06-19", "2021-06-03"], "{:?}", done.findings);
    assert_eq!((done.facts[0].attr("households"), done.facts[0].place.stated[1].as_ref()), (None, None));
}

#[test]
fn an_apostrophe_that_marks_a_text_for_spreadsheets_is_no_part_of_it() {
    let text = "incident_id,date,type,locality\nA,2021-06-17,Viol,'=cmd|' /C calc'!A0\nB,2021-06-17,Viol,=1+1\nC,2021-06-17,Viol,'t Zand\n";
    let stated: Vec<String> =
        import("incidents", text).facts.iter().filter_map(|f| Some(f.place.stated[3].as_deref()?.to_owned())).collect();
    assert_eq!(stated, ["=cmd|' /C calc'!A0", "=1+1", "'t Zand"]);
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
    let reading = Reading::default();
    let done = import_with("incidents", &bytes, "f.XLSX", GeometryKind::Surveyed, &reading).expect("a table");
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
    let error = import_with("coverage", &bytes, "f.xlsx", GeometryKind::Surveyed, &reading).expect_err("no columns");
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
    fn every_row_is_a_fact_a_reject_or_skipped_whatever_it_holds(
        rows in proptest::collection::vec(
            (0_u8..9, 0_usize..6, 0_usize..6, 0_usize..6, 0_usize..6, "\\PC{0,12}"), 0..40,
        ),
        between in proptest::collection::vec(0_usize..12, 40),
    ) {
        let strays = ["Total;;;;;\n", "Total Gao;;;;3;\n", "incident_id;date;type;commune;victims;place\n", "\n", ";;;;;\n"];
        let mut skipped = 0;
        let dates = ["2021-06-17", "17/06/2021", "2021-13-01", "", "2030-01-01", "juin 2021"];
        let types = ["Viol", "C5", "Assassinat, meurtre", "", "menaces", "?"];
        let communes = ["Bara", "Tessit", "Inhinta", "", "GAO", "\"Ba\nra\""];
        let victims = ["1", "", "1.5", "-1", "1 877", "x"];
        let mut text = String::from("incident_id;date;type;commune;victims;place\n");
        for ((id, d, t, c, v, free), stray) in rows.iter().zip(between) {
            if let Some(line) = strays.get(stray) {
                text.push_str(line);
                // Empty lines are no rows; totals and headers are.
                skipped += usize::from(stray < 3);
            }
            let free = free.replace('"', "\"\"");
            let (d, t, c, v) = (dates[*d], types[*t], communes[*c], victims[*v]);
            writeln!(text, "{id};{d};{t};{c};{v};\"{free}\"").expect("a string takes all");
        }
        let done = import("incidents", &text);
        prop_assert_eq!(done.rows_in, rows.len() + skipped);
        prop_assert_eq!(done.skipped_rows, skipped);
        prop_assert_eq!(done.rows_in, done.facts.len() + done.rejected_rows + done.skipped_rows);
        let rejected: BTreeSet<u64> =
            done.findings.iter().filter(|f| f.severity == Severity::Reject).filter_map(|f| f.line).collect();
        prop_assert_eq!(rejected.len(), done.rejected_rows);
        let ids: BTreeSet<_> = done.facts.iter().map(|f| f.id.clone()).collect();
        prop_assert_eq!(ids.len(), done.facts.len());
    }

    #[test]
    fn no_bytes_make_the_reader_fail_other_than_by_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let reading = Reading::default();
        for name in ["f.csv", "f.xlsx", "f.xls", "f.ods"] {
            let _ = import_with("incidents", &bytes, name, GeometryKind::Surveyed, &reading);
        }
        let zip = [b"PK\x03\x04".as_slice(), &bytes, b"xl/workbook.xmlPK\x05\x06", &bytes].concat();
        let _ = import_with("incidents", &zip, "f.xlsx", GeometryKind::Surveyed, &reading);
    }

    #[test]
    fn every_row_is_accounted_for_under_every_profile(
        profile in 0_usize..6,
        rows in proptest::collection::vec(proptest::collection::vec(0_usize..14, 0..12), 0..25),
    ) {
        let profile = crate::ingest::shipped_profiles()[profile].clone();
        let cells = [
            "", "RAS", "1", "0", "x y", "Gao", "Total", "17/06/2021", "1ç:06:2021", "Approved", "u1", "u2", "village_attack population_movement",
            "14.5",
        ];
        let mut text = String::from(
            "event_id_cnty,date,g/kinds,g/kinds/village_attack,_uuid,_validation_status,actor1,region,_p_latitude,_p_longitude,_v\n",
        );
        for row in &rows {
            let row: Vec<&str> = row.iter().map(|k| cells[*k]).collect();
            text.push_str(&row.join(","));
            text.push('\n');
        }
        for theme in ["alerts", "events"] {
            let reading = Reading { profile: Some(profile.clone()), locale: Some(Locale::Fr), sheet: None };
            let Ok(done) = import_with(theme, text.as_bytes(), "f.csv", GeometryKind::Surveyed, &reading) else { continue };
            prop_assert_eq!(done.rows_in, done.facts.len() + done.rejected_rows + done.skipped_rows);
            let rejected: BTreeSet<u64> =
                done.findings.iter().filter(|f| f.severity == Severity::Reject).filter_map(|f| f.line).collect();
            prop_assert_eq!(rejected.len(), done.rejected_rows);
        }
    }
}
