//! Themes beside the monitoring's own: imported, layers with numbers, styled; one that an office writes needs no code.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Server, arg, json, run, text, vigie};

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/themes").join(name)
}

/// A store with a file of a theme in it, and what the import said.
fn imported(theme: &str) -> (tempfile::TempDir, PathBuf, Value) {
    let dir = tempfile::tempdir().expect("a folder");
    let store = dir.path().join("s.gpkg");
    let said = json(&["import", theme, arg(&corpus(&format!("{theme}.csv"))), "--store", arg(&store)]);
    (dir, store, said)
}

fn codes(said: &Value) -> Vec<(&str, u64)> {
    let codes = said["codes"].as_object().expect("codes");
    codes.iter().map(|(code, n)| (code.as_str(), n.as_u64().expect("a number"))).collect()
}

/// The properties of a unit of a layer.
fn unit(server: &Server, layer: &str, period: &str, name: &str) -> Value {
    let answer = server.get(&format!("/collections/{layer}/items?period={period}&limit=1000"));
    let features = answer["features"].as_array().expect("features");
    let found = features.iter().find(|f| f["properties"]["name"] == name).unwrap_or_else(|| panic!("{layer}: {name}"));
    found["properties"].clone()
}

/// Status and value of a unit.
fn reading(server: &Server, layer: &str, period: &str, name: &str) -> (String, Option<u64>) {
    let unit = unit(server, layer, period, name);
    (unit["status"].as_str().expect("a status").to_owned(), unit["value"].as_u64())
}

fn value(n: u64) -> (String, Option<u64>) {
    ("value".into(), Some(n))
}

fn unknown() -> (String, Option<u64>) {
    ("unknown".into(), None)
}

/// Every kind of output of a layer is there: its description, schema, QGIS definition with its style.
fn is_served_whole(server: &Server, layer: &str, title: &str) {
    let collection = server.get(&format!("/collections/{layer}?lang=fr"));
    assert!(collection["title"].as_str().is_some_and(|t| t.starts_with(title)), "{layer}: {}", collection["title"]);
    let schema = server.get(&format!("/collections/{layer}/schema"));
    assert_eq!(schema["properties"]["rate_per_100k"]["type"], "number", "{schema}");
    let mut qlr = ureq::get(format!("{}/qgis/{layer}.qlr?lang=fr", server.url)).call().expect("a definition");
    let qlr = qlr.body_mut().read_to_string().expect("text");
    assert!(
        qlr.contains("<renderer-v2")
            && qlr.contains("not_covered")
            && qlr.replace("&quot;", "\"").contains("\"class\" = 1"),
        "{layer}"
    );
}

#[test]
fn explosive_devices_are_events_with_casualties_and_an_empty_number_is_no_zero() {
    let (_dir, store, said) = imported("explosives");
    assert_eq!((&said["accepted"], &said["rejected"]), (&5.into(), &0.into()), "{said}");
    let server = Server::start(&store, &["--unsafe-local"]);
    assert_eq!(reading(&server, "explosive-events-regions", "2021-05", "Mopti"), value(2));
    assert_eq!(
        reading(&server, "explosive-events-cercles", "2021-05", "Koro"),
        value(1),
        "on a road, in the cercle stated"
    );
    assert_eq!(reading(&server, "explosive-killed-communes", "2021-05", "Tessit"), value(1));
    assert_eq!(reading(&server, "explosive-injured-communes", "2021-05", "Tessit"), unknown(), "nobody said how many");
    assert_eq!(reading(&server, "explosive-killed-cercles", "2021-06", "Koro"), ("zero".into(), Some(0)));
    assert_eq!(unit(&server, "explosive-events-regions", "2021-05", "Mopti")["device_mine"], 1);
    is_served_whole(&server, "explosive-events-cercles", "Incidents liés aux engins explosifs par cercle");
}

#[test]
fn a_flow_counts_where_it_left_and_where_it_arrived_and_never_adds_the_two() {
    let (_dir, store, said) = imported("displacement");
    assert_eq!((&said["accepted"], &said["rejected"]), (&5.into(), &0.into()), "{said}");
    let server = Server::start(&store, &["--unsafe-local"]);
    assert_eq!(reading(&server, "displaced-from-cercles", "2021-06", "Ansongo"), value(180));
    assert_eq!(reading(&server, "displaced-from-cercles", "2021-06", "Koro"), unknown(), "households, but no people");
    assert_eq!(reading(&server, "households-from-cercles", "2021-06", "Koro"), value(35));
    assert_eq!(reading(&server, "displaced-to-communes", "2021-06", "Mopti"), value(420));
    assert_eq!(reading(&server, "households-to-cercles", "2021-06", "Bandiagara"), value(35));
    assert_eq!(reading(&server, "displaced-to-regions", "2021-06", "Mopti"), value(420));
    let to = server.get("/collections/displaced-to-regions/items?period=2021-06");
    let from = server.get("/collections/displaced-from-regions/items?period=2021-06");
    assert_eq!((&to["total"], &from["total"]), (&600.into(), &600.into()), "the same people, seen from either end");
    assert_eq!((&to["non_located"], &from["non_located"]), (&60.into(), &0.into()), "one went nobody knows where");
    is_served_whole(&server, "displaced-to-regions", "Personnes arrivées par région");
}

#[test]
fn a_blockade_holds_in_every_month_from_its_start_to_its_end_and_on_while_it_has_none() {
    let (_dir, store, said) = imported("access");
    assert_eq!((&said["accepted"], &said["rejected"]), (&3.into(), &1.into()), "{said}");
    assert!(codes(&said).contains(&("END_BEFORE_START", 1)), "{said}");
    let server = Server::start(&store, &["--unsafe-local"]);
    let layer = "access-constraints-cercles";
    for (period, niono, koro) in [
        ("2020-09", None, None),
        ("2020-10", Some(1), None),
        ("2021-02", Some(1), Some(1)),
        ("2021-03", Some(1), None),
        ("2021-04", None, None),
        ("2021-05", None, Some(1)),
        ("2022-01", None, Some(1)),
        // Each once a period, however many of its months it holds in.
        ("2021-01/2021-06", Some(1), Some(2)),
    ] {
        assert_eq!(reading(&server, layer, period, "Niono").1, niono, "Niono {period}");
        assert_eq!(reading(&server, layer, period, "Koro").1, koro, "Koro {period}");
    }
    assert_eq!(reading(&server, layer, "2150-01", "Koro"), ("not_yet_elapsed".into(), None));
    assert_eq!(unit(&server, layer, "2021-05", "Koro")["constraint_blockade"], 1);

    // Its end is learned: the same number again.
    let end = store.with_file_name("end.csv");
    std::fs::write(
        &end,
        "n° contrainte;début;fin;cercle;type de contrainte\nSYN-B2;2021-05-02;2021-08-01;Koro;Blocus\n",
    )
    .expect("written");
    let said = json(&["import", "access", arg(&end), "--store", arg(&store)]);
    assert_eq!(said["written"]["changed"], 1, "{said}");
    let server = Server::start(&store, &["--unsafe-local"]);
    assert_eq!(reading(&server, layer, "2021-08", "Koro"), value(1));
    assert_eq!(reading(&server, layer, "2021-09", "Koro"), unknown());
    is_served_whole(&server, layer, "Contraintes d’accès en vigueur par cercle");
}

#[test]
fn the_last_count_of_schools_stands_and_nothing_is_counted_twice() {
    let (_dir, store, said) = imported("schools");
    assert_eq!((&said["accepted"], &said["rejected"]), (&4.into(), &1.into()), "{said}");
    assert_eq!(codes(&said), [("SUM_MISMATCH", 1)]);
    let server = Server::start(&store, &["--unsafe-local"]);
    assert_eq!(reading(&server, "schools-closed-cercles", "2021-04", "Koro"), value(30));
    assert_eq!(
        reading(&server, "schools-closed-cercles", "2021-04/2021-06", "Koro"),
        value(34),
        "the last, not the sum"
    );
    assert_eq!(reading(&server, "schools-closed-cercles", "2021-06", "Bandiagara"), ("zero".into(), Some(0)));
    let koro = reading(&server, "schools-closed-cercles", "2021-06", "Koro");
    assert_eq!(koro, ("covered_no_report".into(), None), "in June only the figure of its region speaks of it");
    assert_eq!(reading(&server, "schools-closed-cercles", "2021-06", "Niono"), unknown());
    // 50 stated of the region hold the 34 of one of its cercles.
    assert_eq!(reading(&server, "schools-closed-regions", "2021-04/2021-06", "Mopti"), value(50));
    for level in ["regions", "cercles", "communes"] {
        let answer =
            server.get(&format!("/collections/schools-closed-{level}/items?period=2021-04/2021-06&limit=1000"));
        let units = answer["features"].as_array().expect("features");
        let sum: u64 = units.iter().filter_map(|f| f["properties"]["value"].as_u64()).sum();
        assert_eq!(answer["total"], 50, "{level}");
        assert_eq!(sum + answer["non_located"].as_u64().expect("a number"), 50, "{level}");
    }
    is_served_whole(&server, "pupils-affected-cercles", "Élèves touchés par cercle");
}

#[test]
fn displaced_people_present_are_a_stock_and_rounds_are_never_added() {
    let (_dir, store, said) = imported("idps");
    assert_eq!((&said["accepted"], &said["rejected"]), (&4.into(), &1.into()), "{said}");
    assert_eq!(codes(&said), [("MISSING_VALUE", 1)], "people are what the row is for");
    let server = Server::start(&store, &["--unsafe-local"]);
    assert_eq!(reading(&server, "idps-cercles", "2021-03", "Koro"), value(30_000));
    assert_eq!(reading(&server, "idps-cercles", "2021-03/2021-05", "Koro"), value(31_250), "the last count");
    assert_eq!(reading(&server, "idps-cercles", "2021-05", "Bandiagara"), ("zero".into(), Some(0)));
    assert_eq!(reading(&server, "idps-regions", "2021-03/2021-05", "Mopti"), value(31_250));
    assert_eq!(reading(&server, "idp-households-cercles", "2021-05", "Koro"), unknown(), "nobody counted them");
    is_served_whole(&server, "idps-cercles", "Personnes déplacées présentes par cercle");
}

#[test]
fn an_organisation_counts_once_a_unit_and_once_in_all() {
    let (_dir, store, said) = imported("actors");
    assert_eq!((&said["accepted"], &said["rejected"]), (&6.into(), &0.into()), "{said}");
    let server = Server::start(&store, &["--unsafe-local"]);
    assert_eq!(reading(&server, "actors-cercles", "2021-06", "Koro"), value(2));
    assert_eq!(reading(&server, "actors-cercles", "2021-06", "Mopti"), value(1), "two sectors, one organisation");
    assert_eq!(reading(&server, "actors-regions", "2021-06", "Mopti"), value(3));
    assert_eq!(reading(&server, "actors-cercles", "2021-05/2021-06", "Koro"), value(3));
    let mopti = unit(&server, "actors-cercles", "2021-06", "Mopti");
    assert_eq!(
        (&mopti["sector_general"], &mopti["sector_gbv"], &mopti["sector_child"]),
        (&1.into(), &1.into(), &0.into())
    );
    let answer = server.get("/collections/actors-cercles/items?period=2021-06");
    assert_eq!((&answer["total"], &answer["non_located"]), (&3.into(), &1.into()), "one is known to the region alone");
    is_served_whole(&server, "actors-communes", "Organisations présentes par commune");
}

#[test]
fn coverage_of_a_themes_own_stream_tells_its_zero_from_its_absence() {
    let (dir, store, _) = imported("explosives");
    let coverage = dir.path().join("coverage.csv");
    std::fs::write(
        &coverage,
        "mois,region,cercle,flux,couvert,rapport reçu\n2021-05,Mopti,Djenné,explosives,1,1\n2021-05,Mopti,Youwarou,explosives,0,\n",
    )
    .expect("written");
    let said = json(&["import", "coverage", arg(&coverage), "--store", arg(&store)]);
    assert_eq!((&said["accepted"], &said["rejected"]), (&2.into(), &0.into()), "{said}");
    let server = Server::start(&store, &["--unsafe-local"]);
    let layer = "explosive-events-cercles";
    assert_eq!(reading(&server, layer, "2021-05", "Djenné"), ("zero".into(), Some(0)));
    assert_eq!(reading(&server, layer, "2021-05", "Youwarou"), ("not_covered".into(), None));
    assert_eq!(reading(&server, layer, "2021-05", "Ténenkou"), unknown());
}

#[test]
fn layers_of_a_theme_are_there_once_it_has_facts() {
    let (_dir, store, _) = imported("actors");
    let server = Server::start(&store, &["--unsafe-local"]);
    let ids = server.get("/collections");
    let ids: Vec<&str> =
        ids["collections"].as_array().expect("a list").iter().filter_map(|c| c["id"].as_str()).collect();
    assert!(ids.contains(&"actors-regions") && ids.contains(&"violations-regions"), "{ids:?}");
    assert!(!ids.iter().any(|id| id.starts_with("schools") || id.starts_with("explosive")), "{ids:?}");
    // The access policy names no such theme: to the public it is not there.
    let public = Server::start(&store, &[]).get("/collections").to_string();
    assert!(!public.contains("actors") && public.contains("violations-regions"), "{public}");
}

const WELLS: &str = r#"
id = "wells"
version = "1"
kind = "observation"
title_fr = "Points d’eau"
title_en = "Wells"
style = "counts"
origin = "an office of the test"
identity = ["when", "unit"]

[[columns]]
id = "month"
kind = "month"
headings = ["mois"]
required = true

[[columns]]
id = "cercle"
kind = "cercle"

[[columns]]
id = "dry"
kind = "count"
headings = ["à sec"]

[[measures]]
id = "dry-wells"
title_fr = "points d’eau à sec"
title_en = "dry wells"
sum = "dry"
stream = "wells"
layers = [2]
unit_fr = "points d’eau à sec"
unit_en = "dry wells"
"#;

#[test]
fn a_theme_that_an_office_writes_needs_no_code() {
    let dir = tempfile::tempdir().expect("a folder");
    let themes = dir.path().join("themes");
    std::fs::create_dir(&themes).expect("made");
    std::fs::write(themes.join("wells.toml"), WELLS).expect("written");
    let (file, store) = (dir.path().join("puits.csv"), dir.path().join("s.gpkg"));
    std::fs::write(&file, "mois;cercle;à sec\n2021-05;Koro;4\n2021-06;Koro;12\n2021-06;Bankass;0\n").expect("written");
    let (themes, store_arg) = (arg(&themes), arg(&store));

    let refused = run(&["import", "wells", arg(&file), "--store", store_arg]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("schools"), "unknown without its folder");

    let said = json(&["import", "wells", arg(&file), "--store", store_arg, "--themes", themes]);
    assert_eq!((&said["accepted"], &said["rejected"]), (&3.into(), &0.into()), "{said}");
    let template = dir.path().join("wells.xlsx");
    json(&["template", "wells", "--out", arg(&template), "--store", store_arg, "--themes", themes]);
    assert!(std::fs::metadata(&template).is_ok_and(|m| m.len() > 1000));

    let server = Server::start(&store, &["--themes", themes, "--unsafe-local"]);
    assert_eq!(reading(&server, "dry-wells-cercles", "2021-05/2021-06", "Koro"), value(12));
    assert_eq!(reading(&server, "dry-wells-cercles", "2021-06", "Bankass"), ("zero".into(), Some(0)));
    assert_eq!(reading(&server, "dry-wells-cercles", "2021-06", "Mopti"), unknown());
    assert_eq!(unit(&server, "dry-wells-cercles", "2021-06", "Koro")["class"], 4, "the family counts-cercles");
    is_served_whole(&server, "dry-wells-cercles", "Points d’eau à sec par cercle");
    assert_eq!(server.status("/collections/dry-wells-regions").0, 404, "only the level it names");

    // A file of the office's own replaces the family's style.
    let styles = dir.path().join("styles/layers");
    std::fs::create_dir_all(&styles).expect("made");
    let family = Path::new(env!("CARGO_MANIFEST_DIR")).join("styles/layers/counts-cercles.toml");
    let own = std::fs::read_to_string(family).expect("shipped").replace("counts-cercles", "dry-wells-cercles");
    std::fs::write(styles.join("dry-wells-cercles.toml"), own.replace("[1, 3, 5, 10, 25]", "[1, 2, 3, 4, 100]"))
        .expect("written");
    let own = dir.path().join("styles");
    let server = Server::start(&store, &["--themes", themes, "--unsafe-local", "--styles", arg(&own)]);
    assert_eq!(unit(&server, "dry-wells-cercles", "2021-06", "Koro")["class"], 4);
    assert_eq!(unit(&server, "dry-wells-cercles", "2021-06", "Koro")["class_label"], "4–99");

    std::fs::write(dir.path().join("themes/wells.toml"), "id = \"Wells!\"").expect("written");
    let broken = vigie().args(["imports", "list", "--store", store_arg, "--themes", themes]).output().expect("starts");
    assert_eq!(broken.status.code(), Some(1));
    assert!(text(&broken.stderr).contains("wells.toml"), "{}", text(&broken.stderr));
}

#[test]
fn two_rows_of_an_incident_with_only_their_categories_are_two_rows() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = dir.path().join("s.gpkg");
    let (both, second) = (dir.path().join("both.csv"), dir.path().join("second.csv"));
    std::fs::write(&both, "incident_id,date,region,category,victims\nA1,2021-06-17,Gao,C,2\nA1,2021-06-17,Gao,E,3\n")
        .expect("written");
    std::fs::write(&second, "incident_id,date,region,category,victims\nA1,2021-06-17,Gao,D,4\n").expect("written");
    let first = json(&["import", "incidents", arg(&both), "--store", arg(&store)]);
    assert_eq!((&first["accepted"], &first["rejected"]), (&2.into(), &0.into()), "{first}");
    let more = json(&["import", "incidents", arg(&second), "--store", arg(&store)]);
    assert_eq!((&more["written"]["added"], &more["written"]["changed"]), (&1.into(), &0.into()), "{more}");
    let again = json(&["import", "incidents", arg(&both), "--store", arg(&store)]);
    assert_eq!(again["written"]["same"], 2, "{again}");
    let server = Server::start(&store, &["--unsafe-local"]);
    assert_eq!(reading(&server, "violations-regions", "2021-06", "Gao"), value(9));
    assert_eq!(reading(&server, "incidents-regions", "2021-06", "Gao"), value(1));
}

#[test]
fn the_index_takes_answers_or_a_total_and_compares_a_stated_level_with_the_thresholds() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, file) = (dir.path().join("s.gpkg"), dir.path().join("risk.csv"));
    let questions: Vec<String> = (1..=15).map(|q| format!("q{q}")).collect();
    let answers = |points: &str| vec![points; 15].join(",");
    let rows = [
        format!("month,cercle,commune,score,niveau,{}", questions.join(",")),
        format!("2021-06,Koro,Koro,,,{}", answers("1")),
        format!("2021-06,Mopti,Mopti,21,sérieuse,{}", answers("")),
        format!("2021-06,Bandiagara,Dourou,14,2,{}", answers("")),
        format!("2021-06,Bankass,Bankass,12.5,,{}", answers("")),
        format!("2021-06,Djenne,Djenne,16,,{}", answers("1")),
    ];
    std::fs::write(&file, rows.join("\n")).expect("written");
    let said = json(&["import", "risk", arg(&file), "--store", arg(&store)]);
    assert_eq!((&said["accepted"], &said["rejected"]), (&3.into(), &2.into()), "{said}");
    assert_eq!(codes(&said), [("LEVEL_CONTRADICTION", 1), ("NOT_WHOLE", 1), ("SUM_MISMATCH", 1)]);

    // A questionnaire covers its commune, unless the coverage says otherwise.
    let coverage = dir.path().join("coverage.csv");
    std::fs::write(&coverage, "period,cercle,commune,stream,covered\n2021-06,Mopti,Mopti,index,0\n").expect("written");
    json(&["import", "coverage", arg(&coverage), "--store", arg(&store)]);
    let server = Server::start(&store, &["--unsafe-local"]);
    for (name, score, level, outside) in [("Koro", 15, 3, false), ("Mopti", 21, 4, true), ("Dourou", 14, 2, false)] {
        let p = unit(&server, "risk-communes", "2021-06", name);
        assert_eq!(
            (&p["value"], &p["risk_level"], &p["class"]),
            (&score.into(), &level.into(), &level.into()),
            "{name}"
        );
        assert_eq!((&p["outside_coverage"], &p["units_total"]), (&outside.into(), &1.into()), "{name}");
        assert_eq!(
            (&p["units_covered"], &p["months_covered"]),
            (&i32::from(!outside).into(), &i32::from(!outside).into())
        );
    }
    let koro = unit(&server, "coverage-communes", "2021-06", "Koro");
    assert_eq!((&koro["index_status"], &koro["incidents_status"]), (&"reported".into(), &"unknown".into()));

    // An office that knows the weights writes them in a theme file of its own.
    let themes = dir.path().join("themes");
    std::fs::create_dir(&themes).expect("made");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("geodata/themes/risk.toml");
    let own = std::fs::read_to_string(shipped).expect("shipped").replace("weights = [1, 1,", "weights = [2, 3,");
    std::fs::write(themes.join("risk.toml"), own).expect("written");
    let tried = json(&["import", "risk", arg(&file), "--store", arg(&store), "--dry-run", "--themes", arg(&themes)]);
    assert_eq!(tried["written"]["changed"], 1, "15 answers of 1 make 18 now: {tried}");
}

#[test]
fn every_feature_by_unit_has_every_key_of_the_contract() {
    const KEYS: [&str; 23] = [
        "set",
        "pcode",
        "name",
        "level",
        "parent_pcode",
        "parent_name",
        "period",
        "source",
        "status",
        "value",
        "outside_coverage",
        "class",
        "class_label",
        "population",
        "rate_per_100k",
        "rate_status",
        "units_covered",
        "units_total",
        "months_covered",
        "months_total",
        "release",
        "synthetic",
        "schematic",
    ];
    let server = crate::support::demo_server();
    let collections = server.get("/collections");
    let mut by_unit = 0;
    for collection in collections["collections"].as_array().expect("a list") {
        let id = collection["id"].as_str().expect("an id");
        if id == "incidents" || id == "alerts" {
            continue;
        }
        by_unit += 1;
        let answer = server.get(&format!("/collections/{id}/items?limit=3"));
        let features = answer["features"].as_array().expect("features");
        assert!(!features.is_empty(), "{id}");
        for feature in features {
            let keys = feature["properties"].as_object().expect("properties");
            for key in KEYS {
                assert!(keys.contains_key(key), "{id}: no {key}");
            }
        }
    }
    assert!(by_unit >= 18, "{by_unit}");
    let communes = server.get("/collections/risk-communes/items?period=2021-06&limit=1000");
    let stated = communes["features"].as_array().expect("features");
    assert!(stated.iter().any(|f| f["properties"]["units_covered"] == 1), "the field carries what is known");
    let cercles = server.get("/collections/cercles/items?limit=100");
    let cercles = cercles["features"].as_array().expect("features");
    assert!(cercles.iter().any(|f| f["properties"]["population"].as_u64() > Some(0)));
}

#[test]
fn notes_speak_of_the_sets_that_were_asked_for() {
    let server = crate::support::demo_server();
    for path in ["/collections/cercles/items", "/collections/cercles"] {
        let of = |sets: &str| server.get(&format!("{path}?lang=en{sets}"))["notes"].to_string();
        assert!(of("").contains("units of 2021") && !of("").contains("Burkina"), "{}", of(""));
        let asked = of("&set=bfa-2018");
        assert!(asked.contains("Burkina") && !asked.contains("units of 2021"), "{asked}");
        let both = of("&set=mli-2021,bfa-2018");
        assert!(both.contains("Burkina") && both.contains("units of 2021"), "{both}");
    }
}
