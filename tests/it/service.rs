//! The running service: it follows its store, stops when told, and keeps what must not be seen.

use std::time::{Duration, Instant};

use crate::support::{Server, arg, json};

const HEADER: &str = "incident_id,date,region,cercle,commune,category,violation_type,victims\n";

/// A store of real data: 3 victims in one commune, 40 in another.
pub fn real_store(dir: &std::path::Path) -> std::path::PathBuf {
    let file = dir.join("june.csv");
    let rows = "a,2021-06-17,Mopti,Mopti,Sio,B,Meurtre,3\nb,2021-06-18,Mopti,Douentza,Hombori,B,Meurtre,40\n";
    std::fs::write(&file, format!("{HEADER}{rows}")).expect("written");
    let store = dir.join("real.gpkg");
    let outcome = json(&["import", "incidents", arg(&file), "--store", arg(&store)]);
    assert_eq!(outcome["rejected"], 0, "{outcome:#}");
    store
}

#[test]
fn a_source_nobody_reported_is_refused_not_answered_with_a_total_of_0() {
    let dir = tempfile::tempdir().expect("a folder");
    let server = Server::start(&real_store(dir.path()), &["--unsafe-local"]);
    let (status, body) = server.status("/collections/violations-regions/items?period=2021-06&source=acled");
    assert_eq!(status, 400, "{body}");
    let known = server.get("/collections/violations-regions/items?period=2021-06&source=monitoring");
    assert_eq!(known["total"], 43);
    // Nobody stated any coverage in this store: null, not 0.
    assert!(known["features"][0]["properties"]["units_covered"].is_null());
}

#[test]
fn a_running_service_answers_from_the_new_data_without_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = real_store(dir.path());
    let server = Server::start(&store, &["--unsafe-local"]);
    let total = |s: &Server| s.get("/collections/violations-regions/items?period=2021-06")["total"].as_u64();
    assert_eq!(total(&server), Some(43));
    let more = dir.path().join("more.csv");
    std::fs::write(&more, format!("{HEADER}c,2021-06-19,Gao,Gao,Gao,B,Meurtre,7\n")).expect("written");
    json(&["import", "incidents", arg(&more), "--store", arg(&store)]);
    let start = Instant::now();
    while total(&server) != Some(50) {
        assert!(start.elapsed() < Duration::from_secs(20), "still {:?}", total(&server));
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn told_to_stop_the_service_ends_with_status_0() {
    let dir = tempfile::tempdir().expect("a folder");
    let server = Server::start(&real_store(dir.path()), &[]);
    let told = std::process::Command::new("kill").args(["-TERM", &server.pid().to_string()]).status().expect("kill");
    assert!(told.success());
    assert!(server.wait().success());
}

#[test]
fn the_same_data_version_gives_the_same_annex_to_the_byte() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = crate::support::demo_store();
    let write = |out: &str| -> Vec<Vec<u8>> {
        let out = dir.path().join(out);
        let answer = json(&["annexes", "2021-06", "--dpi", "100", "--store", arg(store), "--out", arg(&out)]);
        let files = answer["written"].as_array().expect("files");
        // Five maps in three formats and the list, which has no picture.
        assert_eq!(files.len(), 16);
        files.iter().map(|f| std::fs::read(f.as_str().expect("a path")).expect("written")).collect()
    };
    assert!(write("a") == write("b"), "two runs differ");
}
