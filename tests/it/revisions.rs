//! What was known when: files that come again, corrected months, imports taken back, the past asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::Value;

use crate::support::{Server, arg, json, run, text, vigie};

const HEADER: &str = "incident_id,date,region,cercle,commune,category,violation_type,victims\n";

struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a folder") }
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).expect("written");
        path
    }

    fn store(&self) -> PathBuf {
        self.dir.path().join("real.gpkg")
    }

    fn incidents(&self, name: &str, rows: &str, more: &[&str]) -> Value {
        let file = self.file(name, &format!("{HEADER}{rows}"));
        self.import("incidents", &file, more)
    }

    fn import(&self, theme: &str, file: &Path, more: &[&str]) -> Value {
        let store = self.store();
        let answer = json(&[&["import", theme, arg(file), "--store", arg(&store)], more].concat());
        for batch in json(&["imports", "list", "--store", arg(&store)]).as_array().into_iter().flatten() {
            let n = |key: &str| batch[key].as_i64().expect("a number");
            let parts = ["added", "changed", "same", "to_review", "rejected", "skipped"].map(n).iter().sum::<i64>();
            assert!(batch["kind"] != "facts" || n("rows_in") == parts, "{batch}");
        }
        answer
    }

    fn undo(&self, batch: &Value) {
        json(&["imports", "undo", &batch["written"]["batch"].to_string(), "--store", arg(&self.store())]);
        self.is_whole();
    }

    fn total(&self, more: &[&str]) -> i64 {
        let store = self.store();
        let args = ["concentration", "--zone", "ALG", "--period", "2021-06", "--store", arg(&store)];
        json(&[&args, more].concat())["shares"][0]["total"].as_i64().expect("a total")
    }

    fn is_whole(&self) {
        let check = json(&["check", "--store", arg(&self.store())]);
        assert_eq!(check["faults"], serde_json::json!([]));
    }

    /// The features of every layer, as served, to the byte.
    fn layers(&self) -> Vec<(String, String)> {
        let server = Server::start(&self.store(), &["--unsafe-local"]);
        let all = server.get("/collections");
        let ids = all["collections"].as_array().expect("collections").iter();
        ids.map(|c| {
            let id = c["id"].as_str().expect("an id").to_owned();
            let bytes = raw(&server, &format!("/collections/{id}/items?limit=10000&period=2021-06"))
                .or_else(|| raw(&server, &format!("/collections/{id}/items?limit=10000")));
            let bytes = bytes.expect("an answer");
            let features = bytes.split_once("\"features\":").expect("features").1.to_owned();
            (id, features)
        })
        .collect()
    }
}

fn raw(server: &Server, path: &str) -> Option<String> {
    let url = format!("{}{path}", server.url);
    ureq::get(&url).call().ok()?.body_mut().with_config().limit(100 << 20).read_to_string().ok()
}

const THREE: &str = "a,2021-06-01,Mopti,Mopti,Sio,B,Meurtre,1\nb,2021-06-02,Gao,Gao,Gao,B,Meurtre,2\nc,2021-06-03,Gao,Ansongo,Bara,E,,4\n";

#[test]
fn the_same_file_again_changes_no_layer_and_nothing_in_the_history() {
    let bench = Bench::new();
    bench.incidents("a.csv", THREE, &[]);
    let before = bench.layers();
    let again = bench.incidents("a.csv", THREE, &[]);
    assert_eq!(again["written"]["same"], 3);
    assert!(bench.layers() == before);
    let db = rusqlite::Connection::open(bench.store()).expect("a store");
    let count = |sql: &str| db.query_row(sql, [], |r| r.get::<_, i64>(0)).expect(sql);
    assert_eq!((count("SELECT count(*) FROM vigie_fact"), count("SELECT count(*) FROM vigie_said")), (3, 1));
    bench.is_whole();
}

#[test]
fn a_revised_file_changes_just_its_rows_and_undo_restores_every_layer_to_the_byte() {
    let bench = Bench::new();
    bench.incidents("a.csv", THREE, &[]);
    let before = bench.layers();
    assert!(before.len() > 10 && before.iter().any(|(id, f)| id == "violations-communes" && f.contains("\"value\":4")));
    let revised = bench.incidents("a.csv", &THREE.replace("Meurtre,2", "Meurtre,9"), &[]);
    let written = &revised["written"];
    assert_eq!((&written["added"], &written["changed"], &written["same"]), (&0.into(), &1.into(), &2.into()));
    let after = bench.layers();
    assert!(after != before);
    bench.undo(&revised);
    assert!(bench.layers() == before);
}

#[test]
fn a_batch_that_repeats_a_fact_keeps_it_when_the_first_is_undone() {
    let bench = Bench::new();
    let first = bench.incidents("a.csv", THREE, &[]);
    bench.incidents("b.csv", &THREE[..THREE.find("c,").expect("a row")], &[]);
    bench.undo(&first);
    assert_eq!(bench.total(&[]), 3, "a and b are still said by the second file, c by none");
}

#[test]
fn a_corrected_month_replaces_what_it_no_longer_has_and_nothing_else() {
    let bench = Bench::new();
    bench.incidents("a.csv", &format!("{THREE}d,2021-05-03,Gao,Gao,Gao,B,Meurtre,8\n"), &[]);
    let before = bench.layers();
    let corrected = "a,2021-06-01,Mopti,Mopti,Sio,B,Meurtre,1\ne,2021-06-09,Gao,Gao,Gao,B,Meurtre,5\n";
    let told = bench.incidents("b.csv", corrected, &["--replaces", "2021-06", "--dry-run"]);
    assert_eq!((&told["written"]["ended"], &told["dry_run"]), (&2.into(), &true.into()));
    let done = bench.incidents("b.csv", corrected, &["--replaces", "2021-06"]);
    let written = &done["written"];
    assert_eq!((&written["added"], &written["same"], &written["ended"]), (&1.into(), &1.into(), &2.into()));
    assert_eq!(bench.total(&[]), 6, "a and e; b and c hold no longer, d is of another month");
    bench.is_whole();
    bench.undo(&done);
    assert!(bench.layers() == before);
}

#[test]
fn without_ids_the_same_content_is_the_same_fact_counted_once() {
    let bench = Bench::new();
    let rows = "date,region,cercle,commune,category,victims\n2021-06-01,Mopti,Mopti,Sio,B,1\n2021-06-01,Mopti,Mopti,Sio,B,1\n2021-06-02,Gao,Gao,Gao,B,2\n";
    let file = bench.file("a.csv", rows);
    let first = bench.import("incidents", &file, &[]);
    assert_eq!((&first["written"]["added"], &first["skipped"], &first["rejected"]), (&2.into(), &1.into(), &0.into()));
    let codes: Vec<&str> =
        first["findings"].as_array().expect("findings").iter().filter_map(|f| f["code"].as_str()).collect();
    assert_eq!(codes, ["NO_IDS", "REPEATED_ROW"]);
    let again = bench.import("incidents", &file, &[]);
    assert_eq!((&again["written"]["added"], &again["written"]["same"]), (&0.into(), &2.into()));
    assert_eq!(bench.total(&[]), 3);
    let corrected = bench.file("b.csv", &rows.replace("Gao,B,2", "Gao,B,7"));
    let third = bench.import("incidents", &corrected, &["--replaces", "2021-06"]);
    assert_eq!((&third["written"]["added"], &third["written"]["ended"]), (&1.into(), &1.into()));
    assert_eq!(bench.total(&[]), 8);
}

#[test]
fn what_was_known_when_is_answered_by_version_and_by_date() {
    let bench = Bench::new();
    let first = bench.incidents("a.csv", THREE, &["--by", "Awa"]);
    let second = bench.incidents("b.csv", "b,2021-06-02,Gao,Gao,Gao,B,Meurtre,20\n", &[]);
    bench.undo(&second);
    let version = first["written"]["batch"].to_string();
    let of_second = second["written"]["batch"].to_string();
    assert_eq!(
        (bench.total(&[]), bench.total(&["--as-of", &version]), bench.total(&["--as-of", &of_second])),
        (7, 7, 25)
    );
    let store = bench.store();
    // The second import is made a day of its own, so that dates tell them apart.
    let db = rusqlite::Connection::open(&store).expect("a store");
    db.execute("UPDATE vigie_batch SET created = '2021-07-0' || id || 'T10:00:00Z'", []).expect("dated");
    drop(db);
    let day = |batch: &str| format!("2021-07-0{batch}");
    assert_eq!(bench.total(&["--as-of", &day(&of_second)]), 25);
    assert_eq!(bench.total(&["--as-of", &day(&version)]), 7);
    let list = json(&["imports", "list", "--as-of", &of_second, "--store", arg(&store)]);
    let list = list.as_array().expect("batches");
    assert_eq!((list.len(), &list[2]["undone_by"], &list[1]["by"]), (3, &Value::Null, &"Awa".into()));
    for wrong in ["2019-01-01", "99", "0", "juin"] {
        let out = run(&["concentration", "--period", "2021-06", "--as-of", wrong, "--store", arg(&store)]);
        assert!(!out.status.success(), "{wrong}");
    }

    let server = Server::start(&store, &["--unsafe-local"]);
    let at = |as_of: &str| server.get(&format!("/collections/violations-regions/items?period=2021-06{as_of}"));
    let past = at(&format!("&as_of={of_second}"));
    assert_eq!((&past["total"], past["data_version"].to_string()), (&25.into(), of_second.clone()));
    assert_eq!(at("")["total"], 7);
    assert_eq!(at(&format!("&as_of={}", day(&of_second)))["total"], 25);
    assert_eq!(at(&format!("&as_of={of_second}&v={of_second}"))["total"], 25);
    let wrong = |path: &str| server.status(&format!("/collections/violations-regions/items?period=2021-06&{path}")).0;
    assert_eq!((wrong("as_of=2019-01-01"), wrong("as_of=juin"), wrong(&format!("v={of_second}"))), (400, 400, 404));
    // More past states than are kept, there and back: each its own.
    for _ in 0..2 {
        for (version, total) in [("1", 0), (&*version, 7), (&*of_second, 25)] {
            assert_eq!(at(&format!("&as_of={version}"))["total"], total, "{version}");
        }
    }
}

#[test]
fn what_only_asks_or_is_refused_leaves_no_store_behind() {
    let bench = Bench::new();
    let good = bench.file("good.csv", &format!("{HEADER}{THREE}"));
    let bad = bench.file("bad.csv", &format!("{HEADER}{THREE}x,no date,Gao,,,B,,1\n"));
    let none = bench.file("none.csv", "a,b\n1,2\n");
    let store = bench.store();
    let told = json(&["import", "incidents", arg(&good), "--dry-run", "--store", arg(&store)]);
    assert_eq!((&told["written"]["added"], &told["dry_run"]), (&3.into(), &true.into()));
    for (file, more, status) in
        [(&bad, "--strict", 3), (&none, "--strict", 1), (&bench.dir.path().join("absent.csv"), "--json", 1)]
    {
        let out = run(&["import", "incidents", arg(file), more, "--store", arg(&store)]);
        assert_eq!(out.status.code(), Some(status), "{}", text(&out.stderr));
    }
    let left: Vec<_> =
        std::fs::read_dir(bench.dir.path()).expect("a folder").flatten().map(|e| e.file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
    // What was said before is what is done then, and asking once more changes no byte.
    let done = bench.import("incidents", &good, &[]);
    assert_eq!(done["written"]["added"], 3);
    let bytes = std::fs::read(&store).expect("a store");
    assert_eq!(bench.import("incidents", &good, &["--dry-run"])["written"]["same"], 3);
    assert!(std::fs::read(&store).expect("a store") == bytes);
}

/// One region with one cercle and one commune around Mopti, drawn here.
fn small_set(bench: &Bench) -> Vec<PathBuf> {
    let unit = |level: u8, code: &str, parent: &str, name: &str| {
        let parent = if level > 1 { format!("\"ADM{}_PCODE\":\"{parent}\",", level - 1) } else { String::new() };
        let content = format!(
            "{{\"type\":\"FeatureCollection\",\"features\":[{{\"type\":\"Feature\",\"properties\":{{{parent}\"ADM{level}_PCODE\":\"{code}\",\"ADM{level}_FR\":\"{name}\"}},\
             \"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[[[-5,14],[-4,14],[-4,15],[-5,15],[-5,14]]]}}}}]}}"
        );
        bench.file(&format!("adm{level}.geojson"), &content)
    };
    vec![unit(1, "ML05", "", "Mopti"), unit(2, "ML0501", "ML05", "Mopti"), unit(3, "ML050101", "ML0501", "Sio")]
}

fn import_set(bench: &Bench, id: &str, files: &[PathBuf], more: &[&str]) -> Value {
    let store = bench.store();
    let mut args = vec!["import", "boundaries"];
    args.extend(files.iter().map(|f| arg(f)));
    args.extend(["--set", id, "--store", arg(&store)]);
    args.extend(more);
    json(&args)
}

#[test]
fn boundaries_never_take_the_default_from_under_facts_in_silence() {
    let bench = Bench::new();
    bench.incidents("a.csv", THREE, &[]);
    let files = small_set(&bench);
    let default = || json(&["concentration", "--period", "2021-06", "--store", arg(&bench.store())]);
    let brought = import_set(&bench, "small", &files, &[]);
    assert!(brought["notes"][0].as_str().expect("a note").contains("stays mli-2021"), "{brought}");
    assert_eq!(bench.total(&[]), 7);
    assert_eq!(default()["facts_on_other_sets"], 0);
    let again = import_set(&bench, "small", &files, &["--default"]);
    assert_eq!((&again["written"]["same"], &again["written"]["added"]), (&3.into(), &0.into()));
    assert!(again["notes"][0].as_str().expect("a note").contains("3 facts on other boundary sets"), "{again}");
    let server = Server::start(&bench.store(), &["--unsafe-local"]);
    let notes = server.get("/collections/violations-regions/items?period=2021-06")["notes"].to_string();
    assert!(notes.contains("3 faits sur d’autres découpages"), "{notes}");
    drop(server);
    bench.undo(&again);
    assert_eq!(bench.total(&[]), 7, "with the import that made it one, the default is taken back");
}

#[test]
fn boundaries_are_undone_unless_facts_lie_on_them_and_come_back() {
    let bench = Bench::new();
    let files = small_set(&bench);
    let first = import_set(&bench, "small", &files, &[]);
    let facts = bench.incidents("a.csv", &THREE[..THREE.find("b,").expect("a row")], &[]);
    let store = bench.store();
    let undo = first["written"]["batch"].to_string();
    let refused = run(&["imports", "undo", &undo, "--store", arg(&store)]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("undo their imports first"));
    bench.undo(&facts);
    bench.undo(&first);
    let server = Server::start(&store, &["--unsafe-local"]);
    let sets = |path: &str| server.get(path)["features"].as_array().expect("features").len();
    assert!(sets("/collections/communes/items?limit=10000") > 1, "the shipped set is the default again");
    assert_eq!(sets(&format!("/collections/communes/items?as_of={undo}")), 1, "and the small one was, then");
    drop(server);
    assert_eq!(import_set(&bench, "small", &files, &[])["written"]["added"], 3);
    bench.is_whole();
    let shifted = std::fs::read_to_string(&files[2]).expect("a file").replace("Sio", "Fatoma");
    std::fs::write(&files[2], shifted).expect("written");
    let mut args = vec!["import", "boundaries", "--set", "small", "--store", arg(&store)];
    args.extend(files.iter().map(|f| arg(f)));
    let refused = run(&args);
    assert!(
        !refused.status.success() && text(&refused.stderr).contains("with other units"),
        "{}",
        text(&refused.stderr)
    );
}

#[test]
fn a_store_that_cannot_be_written_can_be_read() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt as _;
    let bench = Bench::new();
    bench.incidents("a.csv", THREE, &[]);
    let store = bench.store();
    let set = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("changed");
    set(&store, 0o444);
    set(bench.dir.path(), 0o555);
    let ask = |args: &[&str]| {
        let mut command = vigie();
        command.args(args).args(["--store", arg(&store)]);
        // The superuser may write everywhere: then somebody else asks.
        if std::fs::File::options().append(true).open(&store).is_ok() {
            command.uid(65534).gid(65534);
        }
        command.output().expect("it starts")
    };
    let read = ask(&["concentration", "--period", "2021-06", "--json"]);
    let checked = ask(&["check"]);
    let file = bench.dir.path().join("a.csv");
    let written = ask(&["import", "incidents", arg(&file)]);
    set(bench.dir.path(), 0o755);
    assert!(read.status.success() && text(&read.stdout).contains("\"total\": 7"), "{}", text(&read.stderr));
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    assert_eq!(written.status.code(), Some(1), "{}", text(&written.stdout));
}

#[test]
fn a_served_store_that_is_replaced_by_another_file_is_noticed() {
    let bench = Bench::new();
    let store = bench.dir.path().join("demo.gpkg");
    json(&["demo", "--store", arg(&store)]);
    let server = Server::start(&store, &[]);
    let version = || server.get("/health/ready")["data_version"].as_i64();
    let first = version().expect("a version");
    // An import more, and the demonstration made anew over it: the same name, another file.
    let db = rusqlite::Connection::open(&store).expect("a store");
    db.execute("INSERT INTO vigie_batch SELECT 99, kind, theme, file, sha256, by, created, 0, 0, 0, 0, 0, 0, 0, 0, '[]', NULL FROM vigie_batch WHERE id = 2", [])
        .expect("a batch");
    drop(db);
    let wait = |wanted: i64| {
        let start = Instant::now();
        while version() != Some(wanted) {
            assert!(start.elapsed() < Duration::from_secs(20), "still {:?}", version());
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    wait(99);
    json(&["demo", "--store", arg(&store)]);
    wait(first);
}

#[test]
fn a_check_finds_what_another_program_changed() {
    let bench = Bench::new();
    bench.incidents("a.csv", THREE, &[]);
    bench.is_whole();
    for (sql, check) in [
        ("DELETE FROM incidents WHERE fact_id LIKE 'a|%'", "registered"),
        ("UPDATE incidents SET a_victims = 5 WHERE fact_id LIKE 'b|%'", "registered"),
        ("DELETE FROM vigie_current WHERE seq = 1", "current"),
        ("UPDATE vigie_fact SET body = replace(body, 'Sio', 'Soi')", "history"),
        ("UPDATE vigie_batch SET added = added + 1 WHERE id = 2", "totals"),
        ("DELETE FROM admin_units WHERE fid = 1", "units"),
        ("PRAGMA foreign_keys = 0; INSERT INTO vigie_fact VALUES (99, 77, x'00', NULL)", "foreign_keys"),
    ] {
        let copy = bench.dir.path().join("copy.gpkg");
        std::fs::copy(bench.store(), &copy).expect("copied");
        rusqlite::Connection::open(&copy).expect("a store").execute_batch(sql).expect(sql);
        let out = run(&["check", "--json", "--store", arg(&copy)]);
        assert_eq!(out.status.code(), Some(1), "{sql}");
        let found: Value = serde_json::from_slice(&out.stdout).expect("JSON");
        let faults = found["faults"].as_array().expect("faults");
        assert!(faults.iter().any(|f| f["check"] == check), "{sql}: {found}");
    }
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let bench = Bench::new();
    let mut rows = String::new();
    for k in 0..5000 {
        rows.push_str(&format!("I{k},2021-06-{:02},Mopti,Mopti,Sio,B,Meurtre,{}\n", k % 30 + 1, k % 7));
    }
    let file = bench.file("many.csv", &format!("{HEADER}{rows}"));
    let dump = |store: &Path, cpus: &str| {
        let out = std::process::Command::new("taskset")
            .args(["-c", cpus, env!("CARGO_BIN_EXE_vigie"), "import", "incidents", arg(&file), "--store", arg(store)])
            .output()
            .expect("taskset");
        assert!(out.status.success(), "{}", text(&out.stderr));
        let db = rusqlite::Connection::open(store).expect("a store");
        let mut rows = db.prepare("SELECT seq, hex(key), body FROM vigie_fact ORDER BY seq").expect("the history");
        rows.query_map([], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?, r.get::<_, String>(2)?)))
            .expect("rows")
            .collect::<Result<Vec<_>, _>>()
            .expect("rows")
    };
    let one = dump(&bench.dir.path().join("one.gpkg"), "0");
    let two = dump(&bench.dir.path().join("two.gpkg"), "0,1");
    assert_eq!(one.len(), 5000);
    assert!(one == two);
}

/// A row of a made-up file: which incident, how many victims (0: not a number), the place as written.
type Told = (u8, u8, u8);

/// What one import should do to what is known, by the rules that `docs/imports.md` states.
fn model(known: &mut BTreeMap<u8, (u8, u8)>, rows: &[Told]) -> [i64; 6] {
    let [mut added, mut changed, mut same, mut review, mut rejected, mut skipped] = [0; 6];
    let mut seen = BTreeSet::new();
    for &(id, victims, place) in rows {
        if id == 0 {
            skipped += 1; // a row of totals
        } else if victims == 0 || !seen.insert(id) {
            rejected += 1;
        } else {
            let before = known.insert(id, (victims, place));
            match (place, before) {
                (2, _) => review += 1, // a name that nobody knows waits for an officer, and counts meanwhile
                (_, None) => added += 1,
                (_, Some(b)) if b == (victims, place) => same += 1,
                _ => changed += 1,
            }
        }
    }
    [added, changed, same, review, rejected, skipped]
}

fn written(rows: &[Told]) -> String {
    let row = |&(id, victims, place): &Told| {
        let victims = if victims == 0 { "x".into() } else { victims.to_string() };
        let place = ["Koro", "Bandiagara", "Zzyzx"][usize::from(place)];
        if id == 0 {
            format!("Total,,,,,,,{victims}\n")
        } else {
            format!("I{id},2021-06-17,Mopti,{place},,,Viol,{victims}\n")
        }
    };
    rows.iter().map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn every_row_read_is_inserted_updated_unchanged_to_review_rejected_or_skipped_and_the_state_is_the_fold_of_the_batches(
        files in proptest::collection::vec(proptest::collection::vec((0_u8..9, 0_u8..4, 0_u8..3), 1..12), 1..4),
        undone in 0_usize..4,
    ) {
        let bench = Bench::new();
        // A file without one good row is refused as such; the first incident keeps each of these from being one.
        let files: Vec<Vec<Told>> = files.into_iter().map(|rows| [&[(99, 1, 0)], rows.as_slice()].concat()).collect();
        let mut known = BTreeMap::new();
        let mut batches = Vec::new();
        for (k, rows) in files.iter().enumerate() {
            let expected = model(&mut known, rows);
            let answer = bench.incidents(&format!("f{k}.csv"), &written(rows), &[]);
            let store = bench.store();
            let listed = json(&["imports", "list", "--store", arg(&store)]);
            let batch = listed.as_array().and_then(|l| l.iter().find(|b| b["id"] == answer["written"]["batch"])).cloned();
            let Some(batch) = batch else {
                // Nothing new: no batch, nothing lost.
                prop_assert_eq!(expected[0] + expected[1], 0, "{}", answer);
                continue;
            };
            let got = ["added", "changed", "same", "to_review", "rejected", "skipped"].map(|n| batch[n].as_i64().expect("a number"));
            prop_assert_eq!(got, expected, "{}", batch);
            prop_assert_eq!(batch["rows_in"].as_u64(), Some(rows.len() as u64));
            batches.push((answer, rows));
        }
        let total = |known: &BTreeMap<u8, (u8, u8)>| known.values().map(|(v, _)| i64::from(*v)).sum::<i64>();
        prop_assert_eq!(bench.total(&[]), total(&known));
        if let Some((answer, _)) = batches.get(undone).filter(|_| batches.len() > 1) {
            bench.undo(answer);
            let mut known = BTreeMap::new();
            for (_, rows) in batches.iter().enumerate().filter(|(k, _)| *k != undone).map(|(_, b)| b) {
                model(&mut known, rows);
            }
            prop_assert_eq!(bench.total(&[]), total(&known));
        }
    }
}
