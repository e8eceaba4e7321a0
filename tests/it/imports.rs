//! Wrong input gets a clear error and leaves the store as it was.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{arg, demo_store, json, run, text, vigie};

const HEADER: &str = "incident_id,date,region,cercle,commune,pcode,lon,lat,category,violation_type,victims,source\n";

struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a folder") }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).expect("written");
        path
    }

    fn store(&self) -> PathBuf {
        self.dir.path().join("real.gpkg")
    }

    fn import(&self, theme: &str, file: &Path) -> std::process::Output {
        run(&["import", theme, arg(file), "--store", arg(&self.store()), "--json"])
    }
}

fn rows(n: usize) -> String {
    let mut out = HEADER.to_owned();
    for k in 0..n {
        out.push_str(&format!("I{k},2021-06-1{},Mopti,Mopti,Sio,,,,B,Meurtre,1,monitoring\n", k % 10));
    }
    out
}

/// What the store holds, as one text: batches and current facts.
fn state(store: &Path) -> String {
    let db = rusqlite::Connection::open(store).expect("a store");
    let count = |sql: &str| db.query_row(sql, [], |r| r.get::<_, i64>(0)).expect(sql);
    format!(
        "{} batches, {} facts, check {}",
        count("SELECT count(*) FROM vigie_batch"),
        count("SELECT count(*) FROM vigie_fact"),
        db.query_row("PRAGMA integrity_check", [], |r| r.get::<_, String>(0)).expect("check"),
    )
}

#[test]
fn a_wrong_row_is_a_reject_and_the_rest_goes_in() {
    let bench = Bench::new();
    let file = bench.file(
        "june.csv",
        format!(
            "{HEADER}\
             a,2021-06-17,Mopti,Mopti,Sio,,,,B,Meurtre,2,monitoring\n\
             b,2021-06-17,,,,ML999999,,,B,Meurtre,1,monitoring\n\
             c,2021-06-31,Mopti,Mopti,Sio,,,,B,Meurtre,1,monitoring\n\
             d,2021-06-17,Mopti,Mopti,Nulle Part,,,,B,Meurtre,1,monitoring\n\
             e,2021-06-17,,,,,,,B,Meurtre,3,monitoring\n"
        ),
    );
    let outcome = json(&["import", "incidents", arg(&file), "--store", arg(&bench.store())]);
    assert_eq!(
        (outcome["rows_in"].as_u64(), outcome["accepted"].as_u64(), outcome["rejected"].as_u64()),
        (Some(5), Some(3), Some(2))
    );
    let findings = outcome["findings"].as_array().expect("findings");
    let reject = findings.iter().find(|f| f["code"] == "UNKNOWN_PCODE").expect("the unknown code");
    assert_eq!((reject["line"].as_u64(), reject["value"].as_str()), (Some(3), Some("ML999999")));
    assert!(findings.iter().any(|f| f["line"] == 4 && f["severity"] == "reject"), "31 June");
    // Known to the cercle only, and to nothing at all: kept, and counted in the total.
    let shares = json(&["concentration", "--zone", "ALG", "--period", "2021-06", "--store", arg(&bench.store())]);
    assert_eq!(shares["shares"][0]["total"], 6);
}

#[test]
fn strict_stores_nothing_and_says_so_with_status_3() {
    let bench = Bench::new();
    let good = bench.file("good.csv", rows(3));
    assert!(bench.import("incidents", &good).status.success());
    let before = state(&bench.store());
    let bad = bench.file("bad.csv", format!("{}x,not a date,Mopti,,,,,,B,Meurtre,1,monitoring\n", rows(2)));
    let out = run(&["import", "incidents", arg(&bad), "--strict", "--store", arg(&bench.store())]);
    assert_eq!(out.status.code(), Some(3), "{}", text(&out.stderr));
    assert_eq!(state(&bench.store()), before);
}

#[test]
fn the_same_file_again_changes_nothing_and_a_correction_supersedes() {
    let bench = Bench::new();
    let file = bench.file("a.csv", rows(10));
    let first = json(&["import", "incidents", arg(&file), "--store", arg(&bench.store())]);
    assert_eq!(first["written"]["added"], 10);
    let again = json(&["import", "incidents", arg(&file), "--store", arg(&bench.store())]);
    assert_eq!((again["written"]["added"].as_u64(), again["written"]["same"].as_u64()), (Some(0), Some(10)));
    let corrected = bench.file("b.csv", format!("{HEADER}I3,2021-06-13,Mopti,Mopti,Sio,,,,B,Meurtre,9,monitoring\n"));
    let third = json(&["import", "incidents", arg(&corrected), "--store", arg(&bench.store())]);
    assert_eq!(third["written"]["changed"], 1);
    let total = |s: &Path| {
        json(&["concentration", "--zone", "ALG", "--period", "2021-06", "--store", arg(s)])["shares"][0]["total"]
            .clone()
    };
    assert_eq!(total(&bench.store()), 18);
    let batch = third["written"]["batch"].to_string();
    json(&["imports", "undo", &batch, "--store", arg(&bench.store())]);
    assert_eq!(total(&bench.store()), 10);
}

#[test]
fn files_that_are_not_what_they_seem_are_refused_with_the_cure() {
    let bench = Bench::new();
    let good = bench.file("good.csv", rows(3));
    assert!(bench.import("incidents", &good).status.success());
    let before = state(&bench.store());
    for (file, content) in [
        ("zip.csv", b"PK\x03\x04\x14\x00\x00\x00".to_vec()),
        ("text.xlsx", b"incident_id,date\n1,2021-06-01\n".to_vec()),
        ("empty.csv", Vec::new()),
        ("headless.csv", b"a1,2021-06-17,Mopti,Mopti,Sio\na2,2021-06-18,Mopti,Mopti,Sio\n".to_vec()),
    ] {
        let path = bench.file(file, content);
        let out = bench.import("incidents", &path);
        assert_eq!(out.status.code(), Some(1), "{file}");
        assert!(text(&out.stderr).contains(file), "{}", text(&out.stderr));
    }
    let out = run(&["import", "incidents", arg(&good), "--set", "no-such-set", "--store", arg(&bench.store())]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("mli-2021"), "the sets that exist are named: {}", text(&out.stderr));
    assert_eq!(state(&bench.store()), before);
}

#[test]
fn real_coordinates_are_never_located_on_a_schematic_set() {
    let bench = Bench::new();
    let file = bench.file("points.csv", format!("{HEADER}p,2021-06-17,,,,,-4.19,14.49,B,Meurtre,1,monitoring\n"));
    let outcome = json(&["import", "incidents", arg(&file), "--store", arg(&bench.store())]);
    assert_eq!(outcome["rejected"], 1);
    assert_eq!(outcome["findings"][0]["code"], "SCHEMATIC_SET");
}

#[test]
fn a_demonstration_store_refuses_real_data_and_a_real_store_the_demonstration() {
    let bench = Bench::new();
    let copy = bench.dir.path().join("demo-copy.gpkg");
    std::fs::copy(demo_store(), &copy).expect("copied");
    let before = state(&copy);
    let good = bench.file("good.csv", rows(3));
    let out = run(&["import", "incidents", arg(&good), "--store", arg(&copy)]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("demonstration"), "{}", text(&out.stderr));
    assert_eq!(state(&copy), before);

    assert!(bench.import("incidents", &good).status.success());
    let before = state(&bench.store());
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("geodata/demo/incidents.csv");
    let out = run(&["import", "incidents", arg(&demo), "--store", arg(&bench.store())]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("synthetic"), "{}", text(&out.stderr));
    assert_eq!(state(&bench.store()), before);
}

#[test]
fn a_full_disk_leaves_the_store_as_it_was() {
    let bench = Bench::new();
    assert!(bench.import("incidents", &bench.file("good.csv", rows(3))).status.success());
    let before = state(&bench.store());
    let size = std::fs::metadata(bench.store()).expect("a store").len();
    let big = bench.file("big.csv", rows(20_000));
    // ulimit -f counts blocks of 1024 bytes in bash: a little more than the store has now.
    let script = format!(
        "ulimit -f {}; exec {} import incidents {} --store {}",
        size / 1024 + 64,
        env!("CARGO_BIN_EXE_vigie"),
        arg(&big),
        arg(&bench.store())
    );
    let out = Command::new("bash").args(["-c", &script]).env("LC_ALL", "en_GB.UTF-8").output().expect("bash");
    assert_eq!(out.status.code(), Some(1), "an error, not a signal: {:?} {}", out.status, text(&out.stderr));
    assert!(text(&out.stderr).contains("no room"), "{}", text(&out.stderr));
    assert_eq!(state(&bench.store()), before);
}

#[test]
fn a_store_that_another_process_writes_to_is_said_to_be_busy() {
    let bench = Bench::new();
    let good = bench.file("good.csv", rows(3));
    assert!(bench.import("incidents", &good).status.success());
    let before = state(&bench.store());
    let other = rusqlite::Connection::open(bench.store()).expect("a store");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let more = bench.file("more.csv", rows(9));
    let out = vigie()
        .args(["import", "incidents", arg(&more), "--store", arg(&bench.store())])
        .env("VIGIE_BUSY_SECONDS", "1")
        .output()
        .expect("it starts");
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("another process"), "{}", text(&out.stderr));
    other.execute_batch("ROLLBACK").expect("released");
    drop(other);
    assert_eq!(state(&bench.store()), before);
}

#[test]
fn an_import_killed_in_the_middle_leaves_the_store_as_it_was() {
    let bench = Bench::new();
    assert!(bench.import("incidents", &bench.file("good.csv", rows(3))).status.success());
    let before = state(&bench.store());
    let big = bench.file("big.csv", rows(60_000));
    let wal = bench.dir.path().join("real.gpkg-wal");
    let mut child = vigie()
        .args(["import", "incidents", arg(&big), "--store", arg(&bench.store())])
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    // Killed once its uncommitted pages begin to reach the disk.
    let start = Instant::now();
    while std::fs::metadata(&wal).map_or(0, |m| m.len()) < 100_000 && start.elapsed() < Duration::from_mins(1) {
        assert!(child.try_wait().expect("a child").is_none(), "it ended before it could be killed");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert_eq!(state(&bench.store()), before);
    // And it still takes imports.
    assert!(bench.import("incidents", &bench.file("more.csv", rows(9))).status.success());
}

#[test]
fn a_file_that_is_no_store_is_never_written_to() {
    let bench = Bench::new();
    let notes = bench.file("notes.gpkg", "these are my notes");
    let good = bench.file("good.csv", rows(3));
    let out = run(&["import", "incidents", arg(&good), "--store", arg(&notes)]);
    assert_eq!(out.status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(&notes).expect("still there"), "these are my notes");
    let missing = bench.dir.path().join("missing.gpkg");
    let out = run(&["imports", "list", "--store", arg(&missing)]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("vigie import boundaries"), "the cure is said: {}", text(&out.stderr));
    assert!(!missing.exists());
}
