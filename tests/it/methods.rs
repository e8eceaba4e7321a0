//! The methods beside the default one, through the real program: on the demonstration, on data that allow nothing, over HTTP.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Server, arg, demo_store, json, run, text};

const METHODS: [&str; 17] = [
    "moran",
    "geary",
    "g",
    "join-counts",
    "eb-moran",
    "gi",
    "local-moran",
    "local-geary",
    "scan",
    "scan-permutation",
    "scan-space-time",
    "emerging",
    "change",
    "knox",
    "dbscan",
    "st-dbscan",
    "kde",
];

fn ask(store: &Path, method: &str, more: &[&str]) -> Value {
    let args = ["hotspots", "--method", method, "--level", "cercle", "--period", "2021-06", "--store", arg(store)];
    json(&[&args, more].concat())
}

/// The row of a unit.
fn unit<'v>(answer: &'v Value, name: &str) -> &'v Value {
    let rows = answer["results"].as_array().expect("rows");
    rows.iter().find(|r| r["name"] == name).unwrap_or_else(|| panic!("{name}"))
}

#[test]
fn every_method_answers_on_the_demonstration_with_its_null_and_a_sentence_the_same_twice() {
    let store = demo_store();
    for method in METHODS {
        let answer = ask(store, method, &["--lang", "fr"]);
        assert_eq!(answer["method"], method);
        assert!(answer["sentence"].as_str().is_some_and(|s| s.ends_with('.') && !s.contains(" ;")), "{answer}");
        assert_eq!(answer["synthetic"], true);
        assert!(answer["alpha"] == 0.05 && answer["units"].as_u64() >= answer["units_observed"].as_u64());
        let reason = answer.get("reason").is_some_and(Value::is_string);
        assert!(reason || answer["null"].is_string() || ["dbscan", "st-dbscan", "kde"].contains(&method), "{method}");
        assert_eq!(answer, ask(store, method, &["--lang", "fr"]), "{method}: the same question, the same answer");
        assert_ne!(answer["sentence"], ask(store, method, &["--lang", "en"])["sentence"], "{method}");
    }
}

#[test]
fn the_scans_and_the_change_find_douentza_and_mopti_in_june_2021() {
    let store = demo_store();
    for method in ["scan", "scan-space-time"] {
        let answer = ask(store, method, &[]);
        let first = &answer["results"][0];
        assert_eq!(
            (&first["centre"], &first["cases"], &first["significant"]),
            (&"Douentza".into(), &644.into(), &true.into())
        );
        assert!(first["p"].as_f64().is_some_and(|p| p <= 0.001) && first["relative_risk"].as_f64() > Some(1.0));
        let expected: f64 = first["expected"].as_f64().expect("a number");
        assert!(expected < 100.0 && answer["simulations"] == 999 && answer["seed"] == 1);
    }
    let answer = ask(store, "change", &[]);
    let mopti = unit(&answer, "Mopti");
    assert_eq!((&mopti["before"], &mopti["after"], &mopti["change"]), (&18.into(), &200.into(), &"rise".into()));
    assert!(mopti["lower"].as_f64() > Some(6.0) && mopti["q"].as_f64() < Some(0.001));
    let away = unit(&answer, "Kayes");
    assert_eq!(
        (&away["ratio"], &away["tested"], &away["reason"]),
        (&Value::Null, &false.into(), &"not_covered".into())
    );
    let refused = run(&[
        "hotspots",
        "--method",
        "change",
        "--period",
        "2021-06",
        "--against",
        "2021-05/2021-07",
        "--store",
        arg(store),
    ]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("overlap"), "{}", text(&refused.stderr));
}

#[test]
fn gi_and_the_local_moran_have_the_p_of_the_default_method_and_uncovered_units_are_outside() {
    let store = demo_store();
    let answers = ["gi-star", "gi", "local-moran"].map(|m| ask(store, m, &[]));
    assert_eq!(answers[0]["m"], answers[1]["m"]);
    for row in answers[1]["results"].as_array().expect("rows") {
        let name = row["name"].as_str().expect("a name");
        let [star, moran] = [0, 2].map(|k| unit(&answers[k], name));
        for key in ["p", "q", "tested"] {
            assert_eq!((&row[key], &moran[key]), (&star[key], &star[key]), "{name} {key}");
        }
        if row["tested"] == false {
            assert!(row["z"].is_null() && row["p"].is_null() && row["reason"].is_string(), "{row}");
        }
    }
}

#[test]
fn a_density_is_a_tiff_that_holds_every_event_once() {
    let store = demo_store();
    let dir = tempfile::tempdir().expect("a folder");
    let out: PathBuf = dir.path().join("d.tif");
    let answer = ask(store, "kde", &["--radius-km", "60", "--out", arg(&out)]);
    let events = answer["events"].as_u64().expect("a number") - answer["outside"].as_u64().expect("a number");
    let tiff = gdal::Dataset::open(&out).expect("GDAL reads it");
    assert!(tiff.spatial_ref().expect("a CRS").to_proj4().expect("PROJ").contains("+proj=aea"));
    let (columns, rows) = tiff.raster_size();
    assert_eq!((Some(columns as u64), Some(rows as u64)), (answer["columns"].as_u64(), answer["rows"].as_u64()));
    let band = tiff.rasterband(1).expect("a band");
    let cells = band.read_as::<f64>((0, 0), (columns, rows), (columns, rows), None).expect("numbers");
    let km2 = (answer["cell_m"].as_f64().expect("metres") / 1000.0).powi(2);
    let sum: f64 = cells.data().iter().filter(|d| d.is_finite() && **d >= 0.0).sum::<f64>() * km2;
    assert!((sum - events as f64).abs() < 0.02 * events as f64, "{sum} of {events}: edges are corrected");
    let refused = run(&["hotspots", "--method", "moran", "--out", arg(&out), "--store", arg(store)]);
    assert!(text(&refused.stderr).contains("kde"), "{}", text(&refused.stderr));
}

#[test]
fn every_answer_by_unit_or_cluster_is_a_layer_that_gdal_reads() {
    use gdal::vector::LayerAccess as _;
    let dir = tempfile::tempdir().expect("a folder");
    for method in ["gi-star", "local-moran", "change", "kde", "scan", "dbscan"] {
        let out = dir.path().join(format!("{method}.geojson"));
        let answer = ask(demo_store(), method, &["--radius-km", "60", "--out", arg(&out)]);
        let dataset = gdal::Dataset::open(&out).expect("GDAL reads it");
        let mut layer = dataset.layer(0).expect("a layer");
        let rows = answer["results"].as_array().expect("rows").len();
        assert!(rows > 0 && layer.feature_count() == rows as u64, "{method}");
        for (feature, row) in layer.features().zip(answer["results"].as_array().expect("rows")) {
            let shape = feature.geometry().unwrap_or_else(|| panic!("{method}: no geometry"));
            assert!(shape.is_valid() && shape.area() > 0.0, "{method}");
            // A cluster's outline is that of its units: no smaller than one of them, and one piece of each.
            if let Some(members) = row["members"].as_array() {
                assert!(shape.geometry_count() <= members.len(), "{method}: {row}");
            }
        }
    }
}

#[test]
fn neighbours_reach_across_national_borders() {
    let store = demo_store();
    let answer = ask(store, "moran", &["--set", "mli-2021,bfa-2018,ner-2023"]);
    assert!(answer["weights"]["pairs_across_sets"].as_u64() > Some(0), "{answer}");
    assert_eq!(answer["sets"], serde_json::json!(["mli-2021", "bfa-2018", "ner-2023"]));
    let alone = ask(store, "moran", &[]);
    assert_eq!(
        answer["units_observed"], alone["units_observed"],
        "units without coverage stay outside, whatever their country"
    );
}

#[test]
fn data_that_allow_nothing_give_null_and_the_reason() {
    let dir = tempfile::tempdir().expect("a folder");
    let coverage = |name: &str, cercles: &[&str]| {
        let store = dir.path().join(format!("{name}.gpkg"));
        let file = dir.path().join(format!("{name}.csv"));
        let rows: String =
            (1..=6).flat_map(|m| cercles.iter().map(move |c| format!("2021-0{m},Mopti,{c},incidents,1,1\n"))).collect();
        std::fs::write(&file, format!("mois,region,cercle,flux,couvert,rapport\n{rows}")).expect("written");
        json(&["import", "coverage", arg(&file), "--store", arg(&store)]);
        store
    };
    let one = coverage("one", &["Koro"]);
    let zeros = coverage("zeros", &["Koro", "Mopti", "Bandiagara", "Bankass", "Douentza", "Djenné"]);
    for (store, name) in [(&one, "one unit"), (&zeros, "all zero")] {
        for method in METHODS {
            let answer = ask(store, method, &[]);
            assert_eq!(answer["units_observed"], if name == "one unit" { 1 } else { 6 }, "{method}");
            let rows = answer["results"].as_array().expect("rows");
            let tested = rows.iter().filter(|r| r["tested"] == true).count();
            let nothing = answer["result"].is_null() && answer["reason"].is_string();
            // A scan without events has no clusters; change finds nothing to compare in units of 0 and 0.
            assert!(
                nothing || (tested == 0 && !rows.iter().any(|r| r["significant"] == true)),
                "{name}, {method}: {answer}"
            );
        }
    }
}

#[test]
fn methods_are_served_as_json_within_limits_and_points_of_real_data_tell_nothing() {
    let store = demo_store();
    let dir = tempfile::tempdir().expect("a folder");
    let server = Server::start(store, &[]);
    let path = "/hotspots?method=moran&level=cercles&period=2021-06&lang=fr";
    let served = server.get(path);
    let told = ask(store, "moran", &["--lang", "fr"]);
    assert_eq!((&served["result"], &served["sentence"]), (&told["result"], &told["sentence"]));
    let served = server.get("/hotspots?method=change&level=cercles&period=2021-06");
    let rows = ask(store, "change", &[]);
    let features = served["features"].as_array().expect("features");
    assert_eq!(features.len(), rows["results"].as_array().expect("rows").len());
    assert!(features.iter().zip(rows["results"].as_array().expect("rows")).all(|(f, r)| f["properties"] == *r));
    for wrong in ["permutations=10000000", "permutations=x", "months=1", "radius_km=-3", "method=moron", "min_events=1"]
    {
        let (status, body) = server.status(&format!(
            "/hotspots?{}&level=cercles",
            if wrong.starts_with("method") { wrong.to_owned() } else { format!("method=knox&{wrong}") }
        ));
        assert_eq!(status, 400, "{wrong}: {body}");
    }
    let real = dir.path().join("real.gpkg");
    let file = dir.path().join("i.csv");
    std::fs::write(&file, "incident_id,date,region,cercle,violation_type,victims\nA,2021-06-01,Mopti,Koro,Viol,1\n")
        .expect("written");
    json(&["import", "incidents", arg(&file), "--store", arg(&real)]);
    let server = Server::start(&real, &[]);
    for method in ["knox", "dbscan", "kde"] {
        assert_eq!(server.status(&format!("/hotspots?method={method}&level=regions")).0, 403, "{method}");
    }
    assert_eq!(server.status("/hotspots?method=local-moran&level=cercles").0, 403);
}

#[test]
fn triggers_fire_by_the_offices_thresholds_and_say_that_nobody_approved_them() {
    let store = demo_store();
    let args = ["triggers", "--period", "2021-06", "--store", arg(store), "--lang", "fr"];
    let answer = json(&args);
    assert_eq!((&answer["approved"], &answer["notice"]), (&false.into(), &"seuil non approuvé".into()));
    let triggers = answer["triggers"].as_array().expect("triggers");
    assert_eq!(triggers.len(), 3);
    assert!(triggers.iter().all(|t| t["notice"] == "seuil non approuvé"));
    assert!(text(&run(&args).stdout).contains("[seuil non approuvé]"));
    let streak = triggers.iter().find(|t| t["kind"] == "streak").expect("a streak");
    let names: Vec<_> = streak["found"].as_array().expect("rows").iter().map(|r| r["name"].clone()).collect();
    assert!(names.contains(&"Mopti".into()) && !names.contains(&"Inékar".into()), "{names:?}");
    for row in streak["found"].as_array().expect("rows") {
        assert!(row["values"].as_array().expect("values").iter().all(|v| v.as_f64() >= Some(10.0)), "{row}");
    }

    let dir = tempfile::tempdir().expect("a folder");
    let own = dir.path().join("triggers.toml");
    let signed = "approved = true\napproved_by = \"Cluster\"\napproved_on = \"2026-01-31\"\n[[recurrence]]\nid = \"a\"\nkind = \"village_attack\"\ncount = 2\ndays = 60\nradius_km = 500.0\ntitle_fr = \"A\"\ntitle_en = \"A\"\n";
    std::fs::write(&own, signed).expect("written");
    let answer = json(&[&args[..], &["--triggers", arg(&own)]].concat());
    assert_eq!(
        (&answer["approved"], &answer["notice"], &answer["approved_by"]),
        (&true.into(), &Value::Null, &"Cluster".into())
    );
    let found = &answer["triggers"][0];
    assert!(found["alerts"].as_u64() > Some(1));
    for row in found["found"].as_array().expect("rows") {
        assert!(
            row["date"].as_str().is_some_and(|d| d.starts_with("2021-06")) && row["events"].as_u64() >= Some(2),
            "{row}"
        );
    }
    std::fs::write(&own, "approved = true\n").expect("written");
    let refused = run(&[&args[..], &["--triggers", arg(&own)]].concat());
    assert!(!refused.status.success() && text(&refused.stderr).contains("approved_by"), "{}", text(&refused.stderr));

    let served = Server::start(store, &[]).get("/triggers?period=2021-06&lang=fr");
    assert_eq!(served["notice"], "seuil non approuvé");
}
