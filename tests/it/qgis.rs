//! QGIS itself opens what the service serves, where QGIS is installed.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::source::Small;
use vigie::web::{Access, Exposure, Limits, ServeOptions, Server, TrustedProxies};

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
    asked("check.py", &[url, query])
}

/// The answer of a script of `tests/it/qgis`; none where there is no QGIS.
fn asked(script: &str, args: &[&str]) -> Option<Value> {
    let home = tempfile::tempdir().expect("a folder");
    let mut command = python(home.path())?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/qgis").join(script);
    let output = command.arg(script).args(args).output().expect("Python starts");
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
        trusted: TrustedProxies::default(),
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

#[test]
fn qgis_draws_every_unit_in_the_colour_of_its_class_and_every_circle_whole_and_once_whichever_way_it_reads_the_layer() {
    let Some(found) = asked("draw.py", &[&crate::support::demo_server().url, "period=2021-06&lang=en"]) else { return };
    assert_eq!(found["wrong"], serde_json::json!([]), "{found:#}");
    for way in ["features", "tiles", "pictures", "package", "sld"] {
        let seen = &found["seen"]["risk-communes"][way];
        let classes = seen["classes"].as_object().expect("classes");
        assert!(classes.len() == 4 && seen["absent"].as_u64() > Some(20), "{way}: {seen}");
    }
    for way in ["tiles", "pictures"] {
        assert!(found["seen"]["violations-cercles"][way]["circles"].as_u64() > Some(10), "{found:#}");
    }
    assert!(found["seen"]["violations-cercles"]["sld"]["symbols"].as_u64() > Some(10), "{found:#}");
    assert!(found["seen"]["sld"].as_u64() > Some(25), "{found:#}");
}

/// A store of the real boundaries of three countries with an incident at every village of the list, and the villages.
fn villages(dir: &Path) -> Option<(std::path::PathBuf, Vec<(f64, f64)>)> {
    use crate::support::{arg, json, shared};
    let data = shared("data")?;
    let store = dir.join("villages.gpkg");
    let of = |folder: &str, names: [&str; 3]| names.map(|n| data.join(folder).join(n));
    for (set, files) in [
        ("mli-x", of("mli_cod_2019", ["mli_adm1.geojson", "mli_adm2.geojson", "mli_adm3.geojson"])),
        ("bfa-x", of("bfa_cod_2018", ["bfa_adm1.geojson", "bfa_adm2.geojson", "bfa_adm3.topojson"])),
        (
            "ner-x",
            of(
                "ner_cod_2023",
                [1, 2, 3].map(|n| match n {
                    1 => "NER_admbnda_adm1_IGNN_20230720.shp",
                    2 => "NER_admbnda_adm2_IGNN_20230720.shp",
                    _ => "NER_admbnda_adm3_IGNN_20230720.shp",
                }),
            ),
        ),
    ] {
        let mut args = vec!["import", "boundaries"];
        args.extend(files.iter().map(|f| arg(f)));
        args.extend(["--set", set, "--store", arg(&store)]);
        json(&args);
    }
    let mut list = csv::Reader::from_path(data.join("localities/localities.csv")).expect("the list");
    let mut rows = "incident_id,date,country,lon,lat,category,victims\n".to_owned();
    let mut places = Vec::new();
    for (k, row) in list.records().enumerate() {
        let row = row.expect("a row");
        let category = ["A", "B", "C", "D", "E", "F"][k % 6];
        rows.push_str(&format!("v{k},2021-06-{:02},{},{},{},{category},1\n", 1 + k % 30, &row[0], &row[2], &row[3]));
        places.push((row[2].parse().expect("degrees"), row[3].parse().expect("degrees")));
    }
    let file = dir.join("villages.csv");
    std::fs::write(&file, rows).expect("written");
    let done = json(&["import", "incidents", arg(&file), "--set", "mli-x,bfa-x,ner-x", "--store", arg(&store)]);
    assert_eq!((done["accepted"].as_u64(), &done["rejected"]), (Some(places.len() as u64), &0.into()));
    Some((store, places))
}

#[test]
fn qgis_pages_through_every_village_of_three_countries_once_and_lets_the_service_choose_by_box_and_by_day() {
    let dir = tempfile::tempdir().expect("a folder");
    let Some((store, places)) = villages(dir.path()) else { return };
    let server = crate::support::Server::start(&store, &["--unsafe-local"]);
    let Some(found) = asked("pages.py", &[&server.url, "set=mli-x,bfa-x,ner-x", "incidents"]) else { return };
    let all = places.len();
    assert_eq!(all, 36_768);
    for what in ["counted", "features", "ids"] {
        assert_eq!(found[what], all, "{what}");
    }
    let key = |lon: f64, lat: f64| format!("{lon:.4} {lat:.4}");
    let mut wanted: Vec<String> = places.iter().map(|(lon, lat)| key(*lon, *lat)).collect();
    let read = found["places"].as_array().expect("places");
    let mut seen: Vec<String> =
        read.iter().map(|p| key(p[0].as_f64().expect("degrees"), p[1].as_f64().expect("degrees"))).collect();
    wanted.sort();
    seen.sort();
    assert!(wanted == seen, "the places are those of the list, each as often as there");
    let requests = |what: &str| -> Vec<String> {
        let list = found[what].as_array().expect("requests");
        list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    assert!(requests("pages").len() >= all / 1000, "{:?}", requests("pages"));
    let inside = |(lon, lat): &&(f64, f64)| (-5.0..=-3.0).contains(lon) && (13.0..=15.0).contains(lat);
    assert_eq!(found["in_box"], places.iter().filter(inside).count());
    let boxed = requests("box_asked");
    assert!(boxed.len() <= 5 && boxed.iter().all(|r| r.contains("bbox=-5,13,-3,15")), "{boxed:?}");
    // QGIS trusts the service with the days, and asks nothing else of those that come.
    let late = (0..all).filter(|k| k % 6 == 1 && 1 + k % 30 >= 20).count();
    assert_eq!(found["in_filter"], late);
    assert!(requests("filter_asked").iter().any(|r| r.contains("datetime=2021-06-20")), "{found:#}");
    let text = ["set", "commune_pcode", "category", "basis"];
    assert!(text.iter().all(|f| found["fields"][f] == "String"), "{}", found["fields"]);
    assert!(found["fields"]["date"] == "Date" && found["fields"]["victims"] != "String", "{}", found["fields"]);
}
