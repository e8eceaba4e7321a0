//! Killed, raced, out of room: a batch is whole or absent, and the store is whole.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{arg, json, run, text, vigie};

const HEADER: &str = "incident_id,date,region,cercle,commune,category,violation_type,victims\n";

fn rows(prefix: &str, n: usize) -> String {
    let mut out = HEADER.to_owned();
    for k in 0..n {
        out.push_str(&format!("{prefix}{k},2021-06-1{},Mopti,Mopti,Sio,B,Meurtre,1\n", k % 10));
    }
    out
}

fn file(dir: &Path, name: &str, content: &str) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, content).expect("written");
    path
}

/// Checks the store and gives the number of facts that each import of facts put in.
fn batches(store: &Path) -> Vec<i64> {
    let out = run(&["check", "--store", arg(store)]);
    assert!(out.status.success(), "{}{}", text(&out.stdout), text(&out.stderr));
    let list = json(&["imports", "list", "--store", arg(store)]);
    let facts = list.as_array().expect("batches").iter().filter(|b| b["kind"] == "facts");
    facts.map(|b| b["added"].as_i64().expect("a number")).collect()
}

fn import(store: &Path, file: &Path) -> Command {
    let mut command = vigie();
    command
        .args(["import", "incidents", arg(file), "--store", arg(store)])
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Kills imports at moments spread at random over the time one takes, and a little after.
fn kill_at_random_moments(times: u64, n: usize) {
    let expected = i64::try_from(n).expect("small");
    let dir = tempfile::tempdir().expect("a folder");
    let base = dir.path().join("base.gpkg");
    let (first, more) = (file(dir.path(), "a.csv", &rows("A", 50)), file(dir.path(), "b.csv", &rows("B", n)));
    assert!(import(&base, &first).status().expect("it starts").success());
    let store = dir.path().join("store.gpkg");
    let (mut whole, mut absent, mut random) = (0, 0, 2021_u64);
    let mut lasts = Duration::ZERO;
    for k in 0..=times {
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(dir.path().join(format!("store.gpkg{ending}")));
        }
        // One in four imports makes the store itself.
        let new = k % 4 == 3;
        if !new {
            std::fs::copy(&base, &store).expect("copied");
        }
        let start = Instant::now();
        let mut child = import(&store, &more).spawn().expect("it starts");
        if k == 0 {
            assert!(child.wait().expect("it ends").success());
            lasts = start.elapsed();
            assert_eq!(batches(&store), [50, expected]);
            continue;
        }
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(lasts * u32::try_from(random >> 33).expect("31 bits") / (1 << 31) * 11 / 10);
        child.kill().expect("killed");
        child.wait().expect("ended");
        if new && !store.exists() {
            absent += 1;
            continue;
        }
        match batches(&store).as_slice() {
            [50] if !new => absent += 1,
            [50, all] if !new && *all == expected => whole += 1,
            [all] if new && *all == expected => whole += 1,
            other => panic!("half of a batch: {other:?} (kill {k})"),
        }
    }
    println!("{times} kills over {lasts:?}: {absent} imports absent, {whole} whole");
    assert!(absent > 0, "no kill came before the end");
    // What killed imports left beside is cleared by the next one.
    assert!(import(&dir.path().join("store.gpkg"), &more).status().expect("it starts").success());
}

#[test]
fn an_import_killed_at_any_moment_is_whole_or_absent() {
    kill_at_random_moments(20, 8000);
}

#[test]
#[ignore = "minutes: make durability"]
fn an_import_killed_at_200_moments_is_whole_or_absent() {
    // More than the pages kept in memory hold: some reach the disk before the end.
    kill_at_random_moments(200, 30_000);
}

#[test]
fn two_imports_at_once_are_both_whole() {
    for new in [false, true] {
        let dir = tempfile::tempdir().expect("a folder");
        let store = dir.path().join("store.gpkg");
        let mut expected = vec![3000, 3000];
        if !new {
            assert!(
                import(&store, &file(dir.path(), "first.csv", &rows("F", 50))).status().expect("it starts").success()
            );
            expected.insert(0, 50);
        }
        let children = ["A", "B"].map(|name| {
            let file = file(dir.path(), &format!("{name}.csv"), &rows(name, 3000));
            import(&store, &file).spawn().expect("it starts")
        });
        for child in children {
            let out = child.wait_with_output().expect("it ends");
            assert!(out.status.success(), "new {new}: {}", text(&out.stderr));
        }
        assert_eq!(batches(&store), expected, "new {new}");
        let left = std::fs::read_dir(dir.path()).expect("a folder").flatten();
        assert!(left.into_iter().all(|e| !e.file_name().to_string_lossy().contains("building")));
    }
}

#[test]
fn without_room_the_error_is_clear_and_the_store_whole_wherever_the_room_ends() {
    let dir = tempfile::tempdir().expect("a folder");
    let base = dir.path().join("base.gpkg");
    assert!(import(&base, &file(dir.path(), "a.csv", &rows("A", 50))).status().expect("it starts").success());
    let more = file(dir.path(), "b.csv", &rows("B", 20_000));
    let size = std::fs::metadata(&base).expect("a store").len() / 1024;
    let store = dir.path().join("store.gpkg");
    for kib in [1, 64, size / 2, size + 1, size + 512, size + 4096] {
        std::fs::copy(&base, &store).expect("copied");
        let script = format!(
            "ulimit -f {kib}; exec {} import incidents {} --store {}",
            env!("CARGO_BIN_EXE_vigie"),
            arg(&more),
            arg(&store)
        );
        let out = Command::new("bash").args(["-c", &script]).env("LC_ALL", "en_GB.UTF-8").output().expect("bash");
        assert_eq!(out.status.code(), Some(1), "{kib} KiB: an error, not a signal: {:?}", out.status);
        assert!(text(&out.stderr).contains("no room"), "{kib} KiB: {}", text(&out.stderr));
        assert_eq!(batches(&store), [50], "{kib} KiB");
    }
}
