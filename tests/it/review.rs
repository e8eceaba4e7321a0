//! Places that an officer settles, reports, and rejected rows that come back corrected.

use std::path::{Path, PathBuf};

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use serde_json::Value;

use crate::support::{arg, json, run, text};

const HEADER: &str = "incident_id,date,region,cercle,commune,locality,pcode,violation_type,victims\n";

struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        std::fs::write(self.path(name), content).expect("written");
        self.path(name)
    }

    fn store(&self) -> PathBuf {
        self.path("real.gpkg")
    }

    fn vigie(&self, args: &[&str]) -> Value {
        let store = self.store();
        let mut all = args.to_vec();
        all.extend(["--store", arg(&store)]);
        json(&all)
    }

    fn import(&self, theme: &str, file: &Path) -> Value {
        self.vigie(&["import", theme, arg(file)])
    }

    /// The queue of a batch: headings and rows as text.
    fn queue(&self, batch: &Value) -> Vec<Vec<String>> {
        let out = self.path("queue.xlsx");
        self.vigie(&["imports", "review", &batch.to_string(), "--out", arg(&out)]);
        sheet(&out)
    }

    /// Fills the choice of each question by its line in the queue, and brings the workbook back.
    fn settle(&self, queue: &[Vec<String>], choices: &[&str]) -> Value {
        let filled = self.path("filled.xlsx");
        let mut book = rust_xlsxwriter::Workbook::new();
        let page = book.add_worksheet();
        for (r, row) in (0_u32..).zip(queue) {
            for (c, cell) in (0_u16..).zip(row) {
                let choice = (c == 1 && r > 0).then(|| choices[r as usize - 1]);
                page.write_string(r, c, choice.unwrap_or(cell)).expect("a cell");
            }
        }
        book.save(&filled).expect("saved");
        self.vigie(&["imports", "settle", arg(&filled)])
    }

    /// Of each current fact of a theme: the finest code known.
    fn located(&self, theme: &str) -> Vec<String> {
        let db = rusqlite::Connection::open(self.store()).expect("a store");
        let sql =
            format!("SELECT coalesce(commune_pcode, cercle_pcode, region_pcode, '-') FROM {theme} ORDER BY fact_id, 1");
        let mut statement = db.prepare(&sql).expect("the table");
        let rows = statement.query_map([], |r| r.get(0)).expect("rows");
        rows.map(|r| r.expect("a row")).collect()
    }
}

fn sheet(path: &Path) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = open_workbook(path).expect("a workbook");
    let name = book.sheet_names()[0].clone();
    let range = book.worksheet_range(&name).expect("a sheet");
    // From the first column on, whatever is empty.
    let (rows, columns) = range.end().expect("cells");
    let cell = |r, c| range.get_value((r, c)).map(Data::to_string).unwrap_or_default();
    (0..=rows).map(|r| (0..=columns).map(|c| cell(r, c)).collect()).collect()
}

/// The first suggestion of a question.
fn first_offer(row: &[String]) -> String {
    row[9].clone()
}

#[test]
fn an_officer_settles_a_place_once_and_later_imports_know_it() {
    let bench = Bench::new();
    let rows = "a,2021-06-17,Mopti,Douentza,Hayré,,,Meurtre,1\n\
                b,2021-06-18,Mopti,DOUENTZA,HAYRE,,,Viol,2\n\
                c,2021-06-18,,,Benkadi,,,Viol,2\n\
                d,2021-06-19,Mopti,Mopti,Sio,,,Viol,2\n";
    let file = bench.file("june.csv", &format!("{HEADER}{rows}"));
    let first = bench.import("incidents", &file);
    let w = &first["written"];
    assert_eq!((w["added"].as_u64(), w["to_review"].as_u64(), first["rejected"].as_u64()), (Some(1), Some(3), Some(0)));
    let before = bench.located("incidents");
    assert_eq!(before.iter().map(String::len).collect::<Vec<_>>(), [6, 6, 1, 8], "kept at the finest level known");

    let queue = bench.queue(&w["batch"]);
    assert_eq!(queue.len(), 3, "two rows that say the same are one question, a homonym its own: {queue:?}");
    assert!(queue[1][2] == "2, 3" && first_offer(&queue[1]).contains("Hairé"), "{:?}", queue[1]);
    assert!(queue[2][8].contains("AMBIGUOUS_PLACE") && queue[2][9].contains("Ben"), "{:?}", queue[2]);
    let (haire, benkadi) = (first_offer(&queue[1]), first_offer(&queue[2]));
    let done = bench.settle(&queue, &[&haire, benkadi.split(' ').next().expect("a code")]);
    assert_eq!(
        (done["answered"].as_u64(), done["rows"].as_u64(), done["learned"].as_u64()),
        (Some(2), Some(3), Some(1))
    );
    let after = bench.located("incidents");
    assert!(after.iter().all(|c| c.len() == 8) && haire.starts_with(&after[0]) && after[0] == after[1], "{after:?}");
    assert_eq!(bench.queue(&w["batch"]).len(), 1, "nothing waits any more");

    // The same file again changes nothing; another file knows the spelling, within its parent and nowhere else.
    let again = bench.import("incidents", &file);
    assert_eq!((again["written"]["same"].as_u64(), again["to_review"].as_u64()), (Some(4), Some(0)), "{again:#}");
    let other = format!(
        "{HEADER}x,2021-07-01,,Douentza,hayre,,,Viol,1\ny,2021-07-01,,Mopti,Hayré,,,Viol,1\nz,2021-07-01,,,Benkadi,,,Viol,1\n"
    );
    let later = bench.import("incidents", &bench.file("july.csv", &other));
    assert_eq!(later["to_review"], 2, "{later:#}");
    assert_eq!(bench.located("incidents")[4], after[0]);

    // Undone, the place and the spelling are as if nobody had said anything.
    for batch in [&later["written"]["batch"], &again["written"]["batch"], &done["written"]["batch"]] {
        bench.vigie(&["imports", "undo", &batch.to_string()]);
    }
    assert_eq!(bench.located("incidents"), before);
    assert_eq!(bench.import("incidents", &file)["to_review"], 3);
}

#[test]
fn a_score_that_is_settled_moves_and_is_never_counted_twice() {
    let bench = Bench::new();
    let file = bench.file(
        "risk.csv",
        "period,region,cercle,commune,score\n2021-06,Mopti,Douentza,Hayré,12\n2021-06,Mopti,Douentza,Hombori,7\n2021-06,Mopti,Douentza,Homborii,9\n",
    );
    let first = bench.import("risk", &file);
    assert_eq!(first["to_review"], 2);
    let queue = bench.queue(&first["written"]["batch"]);
    let offers: Vec<String> = queue[1..].iter().map(|r| first_offer(r)).collect();
    assert!(offers[0].contains("Hairé") && offers[1].contains("Hombori"), "{offers:?}");
    let done = bench.settle(&queue, &[&offers[0], &offers[1]]);
    // Hombori has its score of the month: a second one is refused, and stays where it was.
    assert_eq!((done["rows"].as_u64(), done["rejected"].as_u64()), (Some(1), Some(1)));
    assert_eq!(done["findings"][0]["code"], "DUPLICATE_ID");
    let mut located = bench.located("risk");
    located.sort_by_key(String::len);
    assert_eq!(located.iter().map(String::len).collect::<Vec<_>>(), [6, 8, 8]);
    let again = bench.import("risk", &file);
    assert_eq!((again["written"]["same"].as_u64(), bench.located("risk").len()), (Some(2), 3), "{again:#}");
    bench.vigie(&["imports", "undo", &again["written"]["batch"].to_string()]);
    bench.vigie(&["imports", "undo", &done["written"]["batch"].to_string()]);
    assert_eq!(bench.located("risk").iter().filter(|c| c.len() == 8).count(), 1);
}

#[test]
fn an_answer_that_cannot_be_taken_is_told_by_its_line_and_an_empty_one_stays_open() {
    let bench = Bench::new();
    let rows = "a,2021-06-17,Mopti,Douentza,Hayré,,,Meurtre,1\nb,2021-06-18,Mopti,Douentza,Petaca,,,Viol,2\n";
    let first = bench.import("incidents", &bench.file("june.csv", &format!("{HEADER}{rows}")));
    let queue = bench.queue(&first["written"]["batch"]);
    let done = bench.settle(&queue, &["ML999999", ""]);
    assert_eq!((done["answered"].as_u64(), done["left"].as_u64(), &done["written"]), (Some(0), Some(1), &Value::Null));
    assert_eq!((&done["findings"][0]["code"], &done["findings"][0]["line"]), (&"UNKNOWN_PCODE".into(), &2.into()));
    let offer = first_offer(&queue[1]);
    bench.settle(&queue, &[&offer, ""]);
    let twice = bench.settle(&queue, &[&offer, ""]);
    assert_eq!((&twice["findings"][0]["code"], &twice["written"]), (&"NOT_WAITING".into(), &Value::Null));
    assert_eq!(bench.queue(&first["written"]["batch"]).len(), 2);
    let out = run(&["imports", "settle", arg(&bench.path("june.csv")), "--store", arg(&bench.store())]);
    assert!(out.status.code() == Some(1) && text(&out.stderr).contains("vigie_key"), "{}", text(&out.stderr));
}

#[test]
fn a_dry_run_changes_nothing_and_says_the_same() {
    let bench = Bench::new();
    let rows = "a,2021-06-17,Mopti,Douentza,Hayré,,,Meurtre,1\nb,2021-06-18,Mopti,Mopti,Sio,,,Viol,2\nc,bad,Mopti,,,,,Viol,1\n";
    let file = bench.file("june.csv", &format!("{HEADER}{rows}"));
    let tried = bench.vigie(&["import", "incidents", arg(&file), "--dry-run"]);
    assert!(!bench.store().exists(), "not even a store");
    let done = bench.import("incidents", &file);
    let same = |a: &Value, b: &Value| {
        for key in ["rows_in", "accepted", "rejected", "to_review", "non_located", "codes", "findings"] {
            assert_eq!(a[key], b[key], "{key}");
        }
        for key in ["added", "changed", "same", "to_review"] {
            assert_eq!(a["written"][key], b["written"][key], "{key}");
        }
    };
    same(&tried, &done);
    let more = bench.file(
        "more.csv",
        &format!("{HEADER}{rows}d,2021-06-18,Mopti,Mopti,Sio,,,Viol,2\n").replace("Viol,2\nc", "Viol,5\nc"),
    );
    let bytes = |path: &Path| std::fs::read(path).expect("a store");
    let before = bytes(&bench.store());
    let tried = bench.vigie(&["import", "incidents", arg(&more), "--dry-run"]);
    assert!(bytes(&bench.store()) == before, "the store's bytes are as they were");
    same(&tried, &bench.import("incidents", &more));
    assert_eq!((tried["written"]["added"].as_u64(), tried["written"]["changed"].as_u64()), (Some(1), Some(1)));
}

#[test]
fn rejected_rows_come_back_corrected_and_no_value_becomes_a_formula() {
    let bench = Bench::new();
    let rows = "a,2021-06-17,Mopti,Mopti,Sio,,,Meurtre,1\n\
                b,2021-06-31,Mopti,Mopti,Sio,=cmd|' /C calc'!A0,,Viol,2\n\
                c,2021-06-18,,,,@x,ML999999,Viol,-3\n";
    let file = bench.file("june.csv", &format!("{HEADER}{rows}"));
    for name in ["back.csv", "back.xlsx"] {
        let back = bench.path(name);
        let outcome = bench.vigie(&["import", "incidents", arg(&file), "--rejects", arg(&back), "--dry-run"]);
        assert_eq!(outcome["rejected"], 2);
        let cells = if name.ends_with("xlsx") {
            sheet(&back)
        } else {
            let text = std::fs::read_to_string(&back).expect("UTF-8");
            assert!(
                text.contains(",'=cmd|' /C calc'!A0,") && text.contains(",'@x,") && text.contains(",-3,"),
                "{text}"
            );
            text.trim_start_matches('\u{feff}').lines().map(|l| l.split(',').map(str::to_owned).collect()).collect()
        };
        assert_eq!(cells[0][9..12], ["vigie_line", "vigie_code", "vigie_message"]);
        assert_eq!((cells[1][9].as_str(), cells[1][10].as_str(), cells[2][9].as_str()), ("3", "BAD_DATE", "4"));
    }
    // Corrected in the file and imported as it is; the extra columns are not even spoken of.
    let text = std::fs::read_to_string(bench.path("back.csv")).expect("UTF-8");
    let text = text.replace("2021-06-31", "2021-06-30").replace("ML999999", "").replace(",-3,", ",3,");
    let outcome = bench.import("incidents", &bench.file("corrected.csv", &text));
    assert_eq!((outcome["accepted"].as_u64(), outcome["rejected"].as_u64()), (Some(2), Some(0)), "{outcome:#}");
    assert_eq!(outcome["codes"]["UNKNOWN_COLUMN"], Value::Null);
    let db = rusqlite::Connection::open(bench.store()).expect("a store");
    let kept: i64 =
        db.query_row("SELECT count(*) FROM vigie_fact WHERE body LIKE '%\"=cmd|%'", [], |r| r.get(0)).expect("a count");
    assert_eq!(kept, 1, "the apostrophe is no part of the value");
}

#[test]
fn a_report_is_written_as_its_name_says_with_the_rejected_rows() {
    let bench = Bench::new();
    let rows = "a,2021-06-17,Mopti,Douentza,Hayré,,,Meurtre,1\nb,2021-06-31,Mopti,Mopti,Sio,,,Viol,2\n";
    let file = bench.file("june.csv", &format!("{HEADER}{rows}"));
    for name in ["r.json", "r.csv", "r.xlsx"] {
        let report = bench.path(name);
        bench.vigie(&["import", "incidents", arg(&file), "--report", arg(&report), "--dry-run"]);
        assert!(report.exists(), "{name}");
    }
    let value: Value = serde_json::from_slice(&std::fs::read(bench.path("r.json")).expect("read")).expect("JSON");
    assert_eq!((&value["codes"]["BAD_DATE"], &value["codes"]["UNKNOWN_PLACE"]), (&1.into(), &1.into()));
    let csv = std::fs::read_to_string(bench.path("r.csv")).expect("UTF-8");
    assert!(csv.contains("\nsummary,rows read,,2,") && csv.contains("\nsummary,to review,,1,"), "{csv}");
    assert!(csv.contains("\nreject,BAD_DATE,3,2021-06-31,date,"), "{csv}");
    assert!(bench.path("r-rejects.csv").exists());
    let summary = sheet(&bench.path("r.xlsx"));
    assert!(summary.iter().any(|r| r[0] == "BAD_DATE" && r[1] == "1"), "{summary:?}");
    let book: Xlsx<_> = open_workbook(bench.path("r.xlsx")).expect("a workbook");
    assert_eq!(book.sheet_names(), ["Summary", "Findings", "Rejects"]);
    let out = run(&[
        "import",
        "incidents",
        arg(&file),
        "--report",
        arg(&bench.path("r.pdf")),
        "--dry-run",
        "--store",
        arg(&bench.store()),
    ]);
    assert!(out.status.code() == Some(1) && text(&out.stderr).contains(".xlsx"), "{}", text(&out.stderr));
    // Every row read is one of these, always.
    let done = bench.import("incidents", &file);
    let n = |k: &str| done["written"][k].as_u64().expect(k);
    let sum = n("added") + n("changed") + n("same") + n("to_review") + done["rejected"].as_u64().expect("rejected");
    assert_eq!(Some(sum), done["rows_in"].as_u64());
}

/// Puts a row of text below the headings of a workbook's first sheet, as a spreadsheet would.
fn fill(template: &Path, out: &Path, cells: &[(&str, &str)], headings: &[String]) {
    use std::io::{Read as _, Write as _};
    let mut archive = zip::ZipArchive::new(std::fs::File::open(template).expect("a file")).expect("a zip");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(out).expect("a file"));
    for k in 0..archive.len() {
        let mut entry = archive.by_index(k).expect("an entry");
        let (name, mut bytes) = (entry.name().expect("a name").into_owned(), Vec::new());
        entry.read_to_end(&mut bytes).expect("read");
        if name == "xl/worksheets/sheet1.xml" {
            let text = String::from_utf8(bytes).expect("UTF-8");
            let mut row = "<row r=\"2\">".to_owned();
            for (at, heading) in headings.iter().enumerate() {
                if let Some((_, value)) = cells.iter().find(|(h, _)| h == heading) {
                    let letter = rust_xlsxwriter::column_number_to_name(u16::try_from(at).expect("few"));
                    row.push_str(&format!("<c r=\"{letter}2\" t=\"inlineStr\"><is><t>{value}</t></is></c>"));
                }
            }
            let filled = text.replace("</row></sheetData>", &format!("</row>{row}</row></sheetData>"));
            assert_ne!(filled, text);
            bytes = filled.into_bytes();
        }
        writer.start_file(name, zip::write::SimpleFileOptions::default()).expect("started");
        writer.write_all(&bytes).expect("written");
    }
    writer.finish().expect("finished");
}

#[test]
fn a_template_filled_in_french_imports_back() {
    let bench = Bench::new();
    let (template, filled) = (bench.path("modele.xlsx"), bench.path("rempli.xlsx"));
    let out = crate::support::vigie()
        .args(["template", "incidents", "--lang", "fr", "--out", arg(&template), "--store", arg(&bench.store())])
        .output()
        .expect("it starts");
    assert!(out.status.success() && !bench.store().exists(), "{}", text(&out.stderr));
    let headings = sheet(&template)[0].clone();
    let cells = [
        ("Numéro de l’incident", "0007"),
        ("Date", "2021-06-17"),
        ("Région", "Mopti"),
        ("Cercle", "Douentza"),
        ("Commune", "Hombori"),
        ("Type de violation", "Meurtre"),
        ("Victimes", "2"),
    ];
    assert!(cells.iter().all(|(h, _)| headings.iter().any(|k| k == h)), "{headings:?}");
    fill(&template, &filled, &cells, &headings);
    let outcome = bench.import("incidents", &filled);
    assert_eq!(
        (outcome["accepted"].as_u64(), outcome["findings"].as_array().map(Vec::len)),
        (Some(1), Some(0)),
        "{outcome:#}"
    );
    assert_eq!(bench.located("incidents")[0].len(), 8);
    // The lists are there, each within a formula's 255 characters, and only the cells below the headings are free.
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&template).expect("a file")).expect("a zip");
    let mut part = |name: &str| std::io::read_to_string(archive.by_name(name).expect(name)).expect("UTF-8");
    let data = part("xl/worksheets/sheet1.xml");
    assert!(data.contains("<sheetProtection "), "protected");
    let formulas: Vec<&str> = data.split("<formula1>").skip(1).filter_map(|f| f.split("</formula1>").next()).collect();
    assert!(formulas.iter().all(|f| f.len() <= 255), "{formulas:?}");
    for name in ["vigie_regions", "vigie_cercle_region", "vigie_commune_cercle"] {
        assert!(formulas.iter().any(|f| f.contains(name)), "{name}: {formulas:?}");
        assert!(part("xl/workbook.xml").contains(name));
    }
    let units = part("xl/worksheets/sheet4.xml");
    assert_eq!(units.matches("<row ").count(), 702, "701 communes and a header");
}
