//! QGIS itself opens what the service serves, where QGIS is installed.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::source::Small;
use vigie::web::{Access, Exposure, Limits, ServeOptions, Server};

const PYTHON: &str = "/usr/bin/python3";

/// A Python that can import QGIS, without the tester's own settings and cache; says so where there is none.
pub fn python(home: &Path) -> Option<Command> {
    let prepared = || {
        let mut command = Command::new(PYTHON);
        command
            .env("QT_QPA_PLATFORM", "offscreen")
            .env("HOME", home)
            .env("XDG_RUNTIME_DIR", home)
            .env("XDG_CACHE_HOME", home)
            .env("XDG_CONFIG_HOME", home)
            .env("XDG_DATA_HOME", home)
            .env("LANG", "C.UTF-8");
        command
    };
    let there = prepared().args(["-c", "import qgis.core"]).output().is_ok_and(|o| o.status.success());
    if !there {
        println!("skipped: {PYTHON} cannot import qgis (Debian: qgis, python3-qgis)");
    }
    there.then(prepared)
}

/// What QGIS found at an address; none where there is no QGIS.
pub fn opened(url: &str, query: &str) -> Option<Value> {
    let home = tempfile::tempdir().expect("a folder");
    let mut command = python(home.path())?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/qgis/check.py");
    let output = command.arg(script).arg(url).arg(query).output().expect("Python starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let line = out.lines().rev().find(|l| l.starts_with('{'));
    let found = line.unwrap_or_else(|| unreachable!("no answer from QGIS:\n{out}\n{err}"));
    Some(serde_json::from_str(found).expect("JSON"))
}

/// Serves a source for as long as `then` runs.
fn served(source: Small, then: impl FnOnce(&str)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let options = ServeOptions {
        listen: "127.0.0.1:0".parse().expect("an address"),
        public_url: None,
        exposure: Exposure::Public,
        access: Access::default(),
        limits: Limits::default(),
    };
    let server = runtime.block_on(Server::bind(options)).expect("bound");
    let url = format!("http://{}", server.address());
    runtime.spawn(server.run(source.provider(), std::future::pending()));
    then(&url);
}

#[test]
fn qgis_opens_every_collection_and_every_layer_definition_of_a_small_source() {
    served(Small::default(), |url| {
        let Some(found) = opened(url, "") else { return };
        println!("{found:#}");
        assert_eq!(found["wrong"], serde_json::json!([]), "{found:#}");
        assert_eq!(found["opened"]["violations-communes"]["features"], 701);
        assert_eq!(found["opened"]["incidents"]["features"], 2);
        assert_eq!(found["opened"]["violations-cercles"]["definition"]["classes"], 3);
    });
}

#[test]
fn a_dated_layer_definition_opens_its_month_in_qgis() {
    served(Small::default(), |url| {
        let Some(found) = opened(url, "period=2021-01/2021-06&lang=en") else { return };
        assert_eq!(found["wrong"], serde_json::json!([]), "{found:#}");
        let periods = &found["opened"]["violations-communes"]["definition"]["periods"];
        assert_eq!(*periods, serde_json::json!(["2021-01/2021-06"]), "{found:#}");
    });
}

#[test]
fn qgis_opens_the_demonstration_with_every_class() {
    let url = &crate::support::demo_server().url;
    // Over every month, since a month without alerts has no points to tell a layer's type by.
    for (query, classes) in [("", 5), ("period=2020-01/2021-06&lang=en", 2)] {
        let Some(found) = opened(url, query) else { return };
        let wrong = found["wrong"].as_array().expect("a list");
        assert!(wrong.is_empty(), "{wrong:#?}\n{found:#}");
        for (layer, seen) in found["opened"].as_object().expect("layers") {
            let by_unit =
                ["violations-", "incidents-", "alerts-", "risk-", "coverage-"].iter().any(|p| layer.starts_with(p));
            let definition = &seen["definition"];
            assert!(!by_unit || definition["classes"].as_u64() >= Some(classes), "{layer}: {definition}");
        }
    }
}
