//! What is purged is in no byte of the store; a purge or a token killed half way is whole or absent.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use serde_json::Value;
use sha2::Digest as _;

use crate::support::{Server, arg, json, run, text, vigie};

const HEADER: &str = "incident_id,date,region,cercle,commune,locality,violation_type,victims,perpetrator_class,place\n";

/// In every column of the months to go, and in nothing that stays.
const CANARY: &str = "kanari";

struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a folder") }
    }

    fn store(&self) -> PathBuf {
        self.dir.path().join("real.gpkg")
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).expect("written");
        path
    }

    fn vigie(&self, args: &[&str]) -> Value {
        let store = self.store();
        json(&[args, &["--store", arg(&store)]].concat())
    }

    fn import(&self, theme: &str, name: &str, content: &str) -> Value {
        self.vigie(&["import", theme, arg(&self.file(name, content))])
    }

    fn fails(&self, args: &[&str]) -> String {
        let store = self.store();
        let out = run(&[args, &["--store", arg(&store)]].concat());
        assert_eq!(out.status.code(), Some(1), "{}", text(&out.stdout));
        text(&out.stderr)
    }

    /// In which of the store's files a word stands, in letters of any case.
    fn holding(&self, word: &str) -> Vec<&'static str> {
        let there = |ending: &&str| {
            let path = self.dir.path().join(format!("real.gpkg{ending}"));
            std::fs::read(path)
                .is_ok_and(|bytes| bytes.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word.as_bytes())))
        };
        ["", "-wal", "-shm"].into_iter().filter(there).collect()
    }

    fn current(&self) -> i64 {
        self.vigie(&["check"])["facts"].as_i64().expect("a number")
    }
}

/// Incidents of May that speak of canaries, and of June that do not: one repeated, one corrected, one moved from May to June, one
/// ended, one that waits for an officer, one that an officer settled, one rejected; coverage of both months.
fn with_a_history(bench: &Bench) {
    let canary = |id: &str, day: &str, commune: &str, n: u8| {
        format!(
            "KANARI-{id},2021-05-{day},Mopti,Mopti,{commune},KANARI-LIEU,Meurtre,{n},KANARI-AUTEUR,KANARI-ENDROIT\n"
        )
    };
    let june: String = (10..20).map(|d| format!("J{d},2021-06-{d},Mopti,Mopti,Konna,Sendégué,Meurtre,1,,\n")).collect();
    let first = [
        HEADER,
        &canary("A", "03", "Sio", 1),
        &canary("B", "04", "Sio", 1),
        &canary("END", "05", "Sio", 1),
        &canary("REV", "06", "KANARI-HAIRE", 1),
        &canary("BAD", "07", "Sio", 1).replace("Meurtre", "KANARI-TYPE"),
        "MOVED,2021-05-30,Mopti,Mopti,Sio,KANARI-AVANT,Meurtre,1,,\n",
        &june,
    ]
    .concat();
    let one = bench.import("incidents", "one.csv", &first);
    assert_eq!(one["written"]["to_review"], 1, "{one:#}");
    assert_eq!(one["rejected"], 1, "{one:#}");
    // The same once more to the letter, with one corrected and one moved.
    let second = first
        .replace(&canary("B", "04", "Sio", 1), &canary("B", "04", "Sio", 7))
        .replace("MOVED,2021-05-30,Mopti,Mopti,Sio,KANARI-AVANT", "MOVED,2021-06-02,Mopti,Mopti,Sio,Sio");
    let two = bench.import("incidents", "two.csv", &second);
    assert_eq!((&two["written"]["changed"], &two["written"]["same"]), (&2.into(), &12.into()), "{two:#}");
    // And without one, which ends.
    let third = second.replace(&canary("END", "05", "Sio", 1), "");
    let path = bench.file("three.csv", &third);
    let three = bench.vigie(&["import", "incidents", arg(&path), "--replaces", "2021-05"]);
    assert_eq!(three["written"]["ended"], 1, "{three:#}");
    settle(bench, &one["written"]["batch"]);
    let coverage =
        "period,region,stream,covered,report_received\n2021-05,Mopti,incidents,1,1\n2021-06,Mopti,incidents,1,1\n";
    assert_eq!(bench.import("coverage", "coverage.csv", coverage)["rejected"], 0);
}

/// An officer says where the place lies that nobody knew.
fn settle(bench: &Bench, batch: &Value) {
    let (queue, filled) = (bench.dir.path().join("queue.xlsx"), bench.dir.path().join("filled.xlsx"));
    bench.vigie(&["imports", "review", &batch.to_string(), "--out", arg(&queue)]);
    let known: String = rusqlite::Connection::open(bench.store())
        .and_then(|db| db.query_row("SELECT commune_pcode FROM incidents WHERE fact_id LIKE '%J10%'", [], |r| r.get(0)))
        .expect("a commune");
    let mut book: Xlsx<_> = open_workbook(&queue).expect("a workbook");
    let range = book.worksheet_range_at(0).expect("a sheet").expect("cells");
    let mut answers = rust_xlsxwriter::Workbook::new();
    let page = answers.add_worksheet();
    let (rows, columns) = range.end().expect("cells");
    for r in 0..=rows {
        for c in 0..=columns {
            let cell = range.get_value((r, c)).map(Data::to_string).unwrap_or_default();
            let cell = if c == 1 && r > 0 { known.clone() } else { cell };
            page.write_string(r, u16::try_from(c).expect("few"), cell).expect("written");
        }
    }
    answers.save(&filled).expect("saved");
    let settled = bench.vigie(&["imports", "settle", arg(&filled)]);
    assert_eq!(settled["answered"], 1, "{settled:#}");
}

#[test]
fn what_is_purged_is_in_no_byte_of_the_store_and_what_stays_is_whole() {
    let bench = Bench::new();
    with_a_history(&bench);
    assert_eq!(bench.holding(CANARY), [""], "the search finds what is there");
    assert_eq!(bench.current(), 16);
    // A service looks on.
    let server = Server::start(&bench.store(), &["--unsafe-local"]);
    let tried = bench.vigie(&["purge", "--before", "2021-06-01", "--dry-run"]);
    assert_eq!((&tried["batch"], bench.current()), (&0.into(), 16));
    let done = bench.vigie(&["purge", "--before", "2021-06-01", "--by", "Awa"]);
    assert_eq!(done["themes"], tried["themes"]);
    // Of incidents A, B (twice), END, REV (twice, once settled); MOVED stays and loses its version of May.
    assert_eq!(done["themes"]["incidents"], serde_json::json!({"facts": 4, "versions": 7}), "{done:#}");
    assert_eq!(done["themes"]["coverage"], serde_json::json!({"facts": 1, "versions": 1}));
    assert_eq!(bench.holding(CANARY), [""; 0]);
    assert_eq!(bench.current(), 12);

    let out = run(&["audit", "--verify", "--store", arg(&bench.store())]);
    assert!(out.status.success(), "{}", text(&out.stdout));
    let audit = bench.vigie(&["audit"]);
    let entry = audit.as_array().expect("entries").last().expect("one");
    assert_eq!((&entry["action"], &entry["actor"]), (&"purge".into(), &"Awa".into()));
    assert!(entry["detail"].as_str().expect("text").contains("\"facts\":4"), "{entry}");

    // May is unknown, not a month without incidents; June stands.
    let start = Instant::now();
    let reading = |period: &str| {
        let page = server.get(&format!("/collections/violations-regions/items?period={period}&limit=100"));
        let of = page["features"].as_array().expect("features").iter().map(|f| &f["properties"]);
        of.filter(|p| p["name"] == "Mopti").map(|p| (p["status"].clone(), p["value"].clone())).next().expect("Mopti")
    };
    while reading("2021-05").0 != "unknown" {
        assert!(start.elapsed() < Duration::from_secs(10), "May reads as {:?}", reading("2021-05"));
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(reading("2021-06"), ("value".into(), 11.into()));
    drop(server);

    // It cannot be taken back; what stays can.
    let batches = bench.vigie(&["imports", "list"]);
    let last = batches.as_array().expect("batches").last().expect("one").clone();
    assert_eq!(last["kind"], "purge");
    let refused = bench.fails(&["imports", "undo", &last["id"].to_string()]);
    assert!(refused.contains("gone"), "{refused}");
    bench.vigie(&["imports", "undo", "2"]);
    assert_eq!(bench.current(), 12, "the third import says the same");
    bench.vigie(&["imports", "undo", "4"]);
    assert_eq!(bench.current(), 12);
    let again = bench.vigie(&["import", "incidents", arg(&bench.dir.path().join("one.csv"))]);
    assert_eq!(again["rejected"], 1, "a file that was purged can be imported again");
    assert!(bench.current() > 12);
}

#[test]
fn of_one_theme_the_coverage_that_would_make_zeros_goes_too_and_other_themes_stay() {
    let bench = Bench::new();
    with_a_history(&bench);
    bench.import("risk", "risk.csv", "period,cercle,commune,score\n2021-05,Mopti,Sio,17\n2021-06,Mopti,Sio,18\n");
    let done = bench.vigie(&["purge", "--before", "2021-06-01", "--theme", "incidents"]);
    let themes: Vec<&String> = done["themes"].as_object().expect("themes").keys().collect();
    assert_eq!(themes, ["coverage", "incidents"]);
    assert_eq!(bench.holding(CANARY), [""; 0]);
    assert_eq!(bench.current(), 14);
}

#[test]
fn half_a_month_and_what_is_public_are_refused_and_change_nothing() {
    let bench = Bench::new();
    with_a_history(&bench);
    let said = bench.fails(&["purge", "--before", "2021-05-15"]);
    assert!(said.contains("first of a month") && said.contains("2021-05-01"), "{said}");
    let said = bench.fails(&["purge", "--before", "2021-06-01", "--theme", "incidence"]);
    assert!(said.contains("no such theme") && said.contains("incidents"), "{said}");
    bench.vigie(&["release", "2021-05", "--theme", "incidents", "--by", "Awa"]);
    let said = bench.fails(&["purge", "--before", "2021-06-01"]);
    assert!(said.contains("incidents 2021-05") && said.contains("--even-released"), "{said}");
    assert_eq!((bench.current(), bench.holding(CANARY).len()), (16, 1));
    // What is before the released month goes without a word, and there is nothing.
    assert_eq!(bench.vigie(&["purge", "--before", "2021-05-01", "--theme", "alerts"])["batch"], 0);

    let done = bench.vigie(&["purge", "--before", "2021-06-01", "--even-released"]);
    assert!(done["withdrawn"].to_string().contains("[\"incidents\",\"2021-05\"]"), "{done}");
    let register = bench.vigie(&["releases"]);
    let last = register.as_array().expect("entries").iter().rfind(|e| e["theme"] == "incidents").expect("one").clone();
    assert_eq!((&last["state"], &last["month"]), (&"draft".into(), &"2021-05".into()));
    assert_eq!(bench.holding(CANARY), [""; 0]);
    // The public is told nothing of the month: no zero where there is no fact left.
    let server = Server::start(&bench.store(), &[]);
    let (status, page) = server.status("/collections/violations-regions/items?period=2021-05");
    let told = page["features"].as_array().into_iter().flatten();
    assert!(told.into_iter().all(|f| f["properties"]["value"].is_null()), "{status} {page:#}");
}

#[test]
fn a_reader_in_the_way_is_named_and_the_next_command_ends_what_was_begun() {
    let bench = Bench::new();
    with_a_history(&bench);
    let reader = rusqlite::Connection::open(bench.store()).expect("a store");
    reader.execute_batch("BEGIN; SELECT count(*) FROM vigie_fact").expect("read");
    let out = vigie()
        .args(["purge", "--before", "2021-06-01", "--store", arg(&bench.store())])
        .env("VIGIE_BUSY_SECONDS", "1")
        .output()
        .expect("it starts");
    assert_eq!(out.status.code(), Some(1), "{}", text(&out.stderr));
    assert!(text(&out.stderr).contains("vigie check"), "{}", text(&out.stderr));
    drop(reader);
    assert_eq!(bench.current(), 12);
    assert_eq!(bench.holding(CANARY), [""; 0]);
}

/// A moment spread at random over the time that something takes, and a little after.
fn moment(random: &mut u64, lasts: Duration) -> Duration {
    *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    lasts * u32::try_from(*random >> 33).expect("31 bits") / (1 << 31) * 11 / 10
}

#[test]
fn a_purge_killed_at_any_moment_is_whole_or_absent_and_once_whole_leaves_no_byte() {
    let bench = Bench::new();
    let mut csv = HEADER.to_owned();
    for k in 0..6000 {
        let (month, word) = if k % 2 == 0 { (5, "KANARI") } else { (6, "Sio") };
        csv.push_str(&format!("{word}{k},2021-0{month}-1{},Mopti,Mopti,Sio,{word},Meurtre,1,,\n", k % 10));
    }
    bench.import("incidents", "many.csv", &csv);
    let base = bench.dir.path().join("base.gpkg");
    std::fs::copy(bench.store(), &base).expect("copied");
    let (mut absent, mut whole, mut cleared_later) = (0, 0, 0);
    let (mut lasts, mut random) = (Duration::ZERO, 2021_u64);
    for k in 0..=24 {
        for ending in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(bench.dir.path().join(format!("real.gpkg{ending}")));
        }
        std::fs::copy(&base, bench.store()).expect("copied");
        let start = Instant::now();
        let mut child = vigie()
            .args(["purge", "--before", "2021-06-01", "--store", arg(&bench.store())])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        if k == 0 {
            assert!(child.wait().expect("it ends").success());
            lasts = start.elapsed();
        } else {
            std::thread::sleep(moment(&mut random, lasts));
            child.kill().expect("killed");
            child.wait().expect("ended");
        }
        let left_over = !bench.holding(CANARY).is_empty();
        match bench.current() {
            6000 => absent += 1,
            3000 => {
                whole += 1;
                cleared_later += usize::from(left_over);
                assert_eq!(bench.holding(CANARY), [""; 0], "kill {k}");
            }
            other => panic!("half of a purge: {other} facts (kill {k})"),
        }
        let out = run(&["audit", "--verify", "--store", arg(&bench.store())]);
        assert!(out.status.success(), "kill {k}: {}", text(&out.stdout));
    }
    println!(
        "24 kills over {lasts:?}: {absent} absent, {whole} whole, {cleared_later} of them cleared by the next command"
    );
    assert!(absent > 0 && whole > 0);
}

#[test]
fn a_token_change_killed_at_any_moment_is_whole_or_absent_with_its_entry() {
    let bench = Bench::new();
    with_a_history(&bench);
    let (mut lasts, mut random) = (Duration::ZERO, 7_u64);
    let mut known = 0;
    for k in 0..=20 {
        let start = Instant::now();
        let made: Option<String> = (k % 2 == 1 && known > 0).then(|| {
            let list = bench.vigie(&["token", "list"]);
            list.as_array().expect("tokens")[0]["id"].as_str().expect("an id").to_owned()
        });
        let args: Vec<&str> = match &made {
            Some(id) => vec!["token", "revoke", id],
            None => vec!["token", "add", "--role", "partner", "--label", "essai"],
        };
        let mut child =
            vigie().args(args).args(["--store", arg(&bench.store())]).stdout(Stdio::null()).spawn().expect("it starts");
        if k == 0 {
            assert!(child.wait().expect("it ends").success());
            lasts = start.elapsed();
        } else {
            std::thread::sleep(moment(&mut random, lasts));
            child.kill().expect("killed");
            child.wait().expect("ended");
        }
        let tokens = bench.vigie(&["token", "list"]);
        let tokens = tokens.as_array().expect("tokens");
        known = tokens.len();
        let revoked = tokens.iter().filter(|t| !t["revoked"].is_null()).count();
        let audit = bench.vigie(&["audit"]);
        let entries = |action: &str| {
            let of = audit.as_array().expect("entries").iter().filter(|e| e["action"] == action);
            of.map(|e| e["detail"].to_string()).collect::<std::collections::BTreeSet<_>>().len()
        };
        assert_eq!((entries("token-add"), entries("token-revoke")), (known, revoked), "kill {k}");
        let out = run(&["audit", "--verify", "--store", arg(&bench.store())]);
        assert!(out.status.success(), "kill {k}: {}", text(&out.stdout));
    }
    println!("20 kills over {lasts:?}: {known} tokens made");
}

#[test]
fn a_release_killed_at_any_moment_is_whole_or_absent_and_the_register_names_what_the_public_gets() {
    let bench = Bench::new();
    with_a_history(&bench);
    let (mut lasts, mut random, mut known) = (Duration::ZERO, 11_u64, 0);
    let (mut absent, mut whole) = (0, 0);
    for k in 0..=20 {
        let start = Instant::now();
        let note = format!("essai {k}");
        // In turn released and withdrawn, which the public must see or not see whole.
        let state = if k % 2 == 0 { "released" } else { "draft" };
        let mut release = vigie();
        release.args(["release", "2021-06", "--theme", "incidents", "--state", state, "--note", &note, "--store"]);
        let mut child =
            release.arg(bench.store()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        if k == 0 {
            assert!(child.wait().expect("it ends").success());
            lasts = start.elapsed();
        } else {
            std::thread::sleep(moment(&mut random, lasts));
            child.kill().expect("killed");
            child.wait().expect("ended");
        }
        let register = bench.vigie(&["releases"]);
        let register = register.as_array().expect("entries");
        assert!(register.len() == known || register.len() == known + 1, "kill {k}: {} after {known}", register.len());
        let here = register.last().is_some_and(|e| e["note"] == note);
        assert_eq!(here, register.len() > known, "kill {k}");
        (absent, whole) = if here { (absent, whole + 1) } else { (absent + 1, whole) };
        known = register.len();
        // Who entered it stands in the audit, each entry once; the public sees what the register says.
        let audit = bench.vigie(&["audit"]);
        let entered = audit.as_array().expect("entries").iter().filter(|e| e["action"] == "release").count();
        assert_eq!(entered, known, "kill {k}");
        assert!(run(&["audit", "--verify", "--store", arg(&bench.store())]).status.success(), "kill {k}");
        let last = register.last().expect("the first was not killed");
        let out = bench.dir.path().join("seen.csv");
        let export = [
            "violations-regions",
            "--period",
            "2021-06",
            "--format",
            "csv",
            "--as",
            "public",
            "--lang",
            "fr",
            "--out",
            arg(&out),
        ];
        bench.vigie(&[&["export"], &export[..]].concat());
        let seen = std::fs::read(&out).expect("written");
        if last["state"] == "released" {
            let outputs = last["outputs"].as_array().expect("outputs");
            let named = outputs.iter().find(|o| o["name"] == "violations-regions.csv").expect("the layer");
            assert_eq!(named["sha256"], hex(&sha2::Sha256::digest(&seen)), "kill {k}");
        } else {
            assert!(last["outputs"].as_array().is_none_or(Vec::is_empty), "kill {k}: {last}");
        }
        std::fs::remove_file(&out).expect("removed");
    }
    println!("20 kills over {lasts:?}: {absent} absent, {} whole", whole - 1);
    assert!(absent > 0 && whole > 1);
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

#[test]
fn a_store_that_others_may_read_is_said_to_be_and_its_log_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new();
    with_a_history(&bench);
    let mode = |path: &Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    let quiet = run(&["check", "--store", arg(&bench.store())]);
    assert!(!text(&quiet.stderr).contains("chmod"), "{}", text(&quiet.stderr));
    let db = rusqlite::Connection::open(bench.store()).expect("a store");
    db.execute_batch("BEGIN IMMEDIATE; UPDATE vigie_meta SET value = value; COMMIT").expect("written");
    for ending in ["", "-wal", "-shm"] {
        assert_eq!(mode(&bench.dir.path().join(format!("real.gpkg{ending}"))), 0o600, "{ending}");
    }
    drop(db);
    std::fs::set_permissions(bench.store(), std::fs::Permissions::from_mode(0o644)).expect("set");
    let loud = run(&["check", "--store", arg(&bench.store())]);
    assert!(loud.status.success() && text(&loud.stderr).contains("chmod 600"), "{}", text(&loud.stderr));
}
