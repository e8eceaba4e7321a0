//! Maps, tiles in one file, and the project for QGIS.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{arg, demo_server, demo_store, run, text};

fn ask(path: &str) -> (u16, ureq::http::HeaderMap, Vec<u8>) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut response = agent.get(format!("{}{path}", demo_server().url)).call().expect("an answer");
    let body = response.body_mut().with_config().limit(50 << 20).read_to_vec().expect("a body");
    (response.status().as_u16(), response.headers().clone(), body)
}

#[test]
fn a_map_has_the_size_asked_and_says_its_box_and_system() {
    let box_asked = "bbox=-6,13,-1,16&period=2021-06";
    let (status, headers, png) = ask(&format!("/collections/risk-communes/map?{box_asked}&width=500&height=300"));
    assert_eq!(status, 200);
    let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("4 bytes"));
    assert_eq!((&png[1..4], size(16), size(20)), (b"PNG".as_slice(), 500, 300));
    assert_eq!(headers["content-bbox"], "-6,13,-1,16");
    assert_eq!(headers["content-crs"], "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>");
    let (status, headers, svg) =
        ask(&format!("/map?layer=risk-communes&{box_asked}&f=svg&crs=http://www.opengis.net/def/crs/EPSG/0/3857"));
    assert_eq!((status, &headers["content-type"] == "image/svg+xml"), (200, true));
    let svg = text(&svg);
    // The classes of the style, by their colours, and nothing of the network.
    let style = demo_server().get("/collections/risk-communes/items?period=2021-06&bbox=-6,13,-1,16&limit=1000&f=json");
    let classes: std::collections::BTreeSet<i64> = style["features"]
        .as_array()
        .expect("features")
        .iter()
        .filter_map(|f| f["properties"]["class"].as_i64())
        .collect();
    let fills: std::collections::BTreeSet<&str> = svg.split("fill=\"#").skip(1).filter_map(|s| s.get(..6)).collect();
    assert!(classes.len() >= 3 && fills.len() >= classes.len(), "{classes:?} {fills:?}");
    let (status, _, pdf) = ask("/collections/alerts/map?period=2021&f=pdf");
    assert_eq!((status, &pdf[..5]), (200, b"%PDF-".as_slice()));
}

#[test]
fn a_map_that_cannot_be_is_refused_with_the_cure() {
    for (path, status, cure) in [
        ("/map", 400, "/collections"),
        ("/map?layer=nothing", 404, "/collections"),
        ("/map?layer=regions&width=0", 400, "4000"),
        ("/map?layer=regions&height=4001", 400, "4000"),
        ("/map?layer=regions&bbox=1,2,3", 400, "west,south,east,north"),
        ("/map?layer=regions&bbox=1,2,1,2", 400, "west,south,east,north"),
        ("/map?layer=regions&bbox=-12,10,4,89", 400, "west,south,east,north"),
        ("/map?layer=regions&crs=http://www.opengis.net/def/crs/EPSG/0/32630", 400, "3857"),
        ("/map?layer=regions&f=tiff", 400, "svg"),
        ("/map?layer=regions&detail=full", 400, "width"),
        ("/tiles/risk-communes/5/15/14.mvt?detail=overview", 400, "period"),
    ] {
        let (found, headers, body) = ask(path);
        assert_eq!((found, &headers["content-type"] == "application/problem+json"), (status, true), "{path}");
        assert!(text(&body).contains(cure), "{path}: {}", text(&body));
    }
}

#[test]
fn tiles_in_one_file_are_those_of_the_server_and_an_outside_reader_finds_them() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("v.pmtiles");
    let args = ["tiles", "violations-communes", "--period", "2021-06", "--max-zoom", "6", "--store", arg(demo_store())];
    let output = run(&[&args[..], &["--lang", "fr", "--out", arg(&file)]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let (_, _, tile) = ask("/tiles/violations-communes/6/30/29.mvt?period=2021-06&lang=fr");
    let served = dir.path().join("served.mvt");
    std::fs::write(&served, &tile).expect("written");
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/judges/bin/python");
    let judge = "import gzip,json,sys\nfrom pmtiles.reader import Reader,MmapSource\nimport mapbox_vector_tile as m\n\
                 r=Reader(MmapSource(open(sys.argv[1],'rb')))\nt=gzip.decompress(r.get(6,30,29))\nf=m.decode(t)\n\
                 print(json.dumps({'same':t==open(sys.argv[2],'rb').read(),'empty':r.get(6,0,0) is None,\
                 'absent':[x['properties'].get('value') for x in f['violations-communes']['features'] if x['properties']['status']=='not_covered'],\
                 'zoom':r.header()['max_zoom']}))";
    match Command::new(&python).args(["-c", judge]).arg(&file).arg(&served).output() {
        Ok(done) if done.status.success() => {
            let read: Value = serde_json::from_slice(&done.stdout).expect("JSON");
            assert_eq!((&read["same"], &read["empty"], &read["zoom"]), (&json!(true), &json!(true), &json!(6)));
            let absent = read["absent"].as_array().expect("a list");
            assert!(!absent.is_empty() && absent.iter().all(Value::is_null), "{absent:?}");
        }
        _ => println!("skipped: no Python with pmtiles and mapbox-vector-tile (make judges)"),
    }
    let output = run(&["tiles", "regions", "--max-zoom", "14", "--store", arg(demo_store()), "--out", arg(&file)]);
    assert!(!output.status.success() && text(&output.stderr).contains("--max-zoom"), "{}", text(&output.stderr));
}

#[test]
fn qgis_opens_the_project_and_draws_a_layer_alike_from_features_tiles_and_pictures() {
    let home = tempfile::tempdir().expect("a folder");
    let Some(mut command) = crate::qgis::python(home.path()) else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/qgis/project.py");
    let output =
        command.arg(script).arg(&demo_server().url).arg("period=2021-06&lang=en").output().expect("Python starts");
    println!("{}", text(&output.stderr));
    let line = text(&output.stdout).lines().rev().find(|l| l.starts_with('{')).map(str::to_owned);
    let found: Value = serde_json::from_str(&line.expect("an answer from QGIS")).expect("JSON");
    assert_eq!((&found["read"], &found["crs"]), (&json!(true), &json!("EPSG:3857")), "{found:#}");
    assert_eq!(found["invalid"], json!([]), "{found:#}");
    assert!(found["written"] == true && found["reopened"] == true, "{found:#}");
    assert_eq!((&found["invalid_again"], &found["without_crs"]), (&json!([]), &json!([])), "{found:#}");
    assert!(found["layers"].as_u64() > Some(60) && found["layers_again"] == found["layers"], "{found:#}");
    assert_eq!(found["groups"].as_array().map(Vec::len), Some(6), "{found:#}");
    assert!(found["temporal"].as_array().is_some_and(|l| l.len() > 3), "{found:#}");
    let colours = |way: &str| -> std::collections::BTreeSet<String> {
        let list = found[way]["colours"].as_array().expect("colours");
        list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let features = colours("features");
    for way in [".tiles", ".pictures"] {
        let both = colours(way).intersection(&features).count();
        assert!(both >= 4, "{way}: {both} colours of {features:?}\n{found:#}");
    }
}

#[test]
fn the_projects_print_layouts_open_in_qgis_and_print_an_annex() {
    let home = tempfile::tempdir().expect("a folder");
    let out = tempfile::tempdir().expect("a folder");
    let Some(mut command) = crate::qgis::python(home.path()) else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/qgis/layouts.py");
    let url = &demo_server().url;
    let output =
        command.arg(script).args([url, "period=2021-06&lang=fr", "Annexe 3"]).arg(out.path()).output().expect("Python");
    println!("{}", text(&output.stderr));
    let line = text(&output.stdout).lines().rev().find(|l| l.starts_with('{')).map(str::to_owned);
    let found: Value = serde_json::from_str(&line.expect("an answer from QGIS")).expect("JSON");
    let layouts = found["layouts"].as_object().expect("layouts");
    let names: Vec<&str> = layouts.keys().map(String::as_str).collect();
    assert_eq!(names.len(), 5, "{found:#}");
    for name in ["Annexe 1", "Annexe 2", "Annexe 3", "Annexe 5", "Foyers de violations"] {
        let layout = &layouts[name];
        assert_eq!(layout["page"], json!([297.0, 210.0]), "{name}: {layout:#}");
        assert!(layout["projection"].as_str().is_some_and(|p| p.contains("+proj=aea")), "{name}: {layout:#}");
        assert!(layout["layers"].as_array().map(Vec::len) >= Some(2), "{name}: {layout:#}");
        assert!(layout["legend"].as_array().map(Vec::len) == Some(2), "{name}: {layout:#}");
        assert_eq!((&layout["bars"], &layout["arrows"]), (&json!([[true, "km", 2]]), &json!([true])), "{name}");
        let says = |id: &str| layout["texts"][id].as_str().unwrap_or_default().to_owned();
        assert!(says("title").contains("juin 2021"), "{name}: {layout:#}");
        assert!(
            says("disclaimer").starts_with(
                "Les frontières et les noms indiqués et les désignations employées sur cette carte n’impliquent pas"
            ),
            "{name}"
        );
        assert!(says("limits").starts_with("Limites des données\u{a0}: "), "{name}: {}", says("limits"));
        for part in ["Sources\u{a0}: ", "Découpage utilisé\u{a0}: ", "Date de création\u{a0}: ", "Projection\u{a0}: "]
        {
            assert!(says("foot").contains(part), "{name}: {part}: {}", says("foot"));
        }
        assert!(says("badges").contains("Données de démonstration"), "{name}: {}", says("badges"));
    }
    assert_eq!((&found["png"], &found["pdf"], &found["again"]), (&json!(0), &json!(0), &json!(true)), "{found:#}");
    // Not blank: the four levels' colours are on the map.
    let colours: Vec<&str> =
        found["colours"].as_array().map(|l| l.iter().filter_map(Value::as_str).collect()).unwrap_or_default();
    for level in ["#fef0d9", "#fdcc8a", "#fc8d59", "#d7301f"] {
        assert!(colours.contains(&level), "{level}: {colours:?}");
    }
    assert!(std::fs::metadata(out.path().join("layout.pdf")).expect("a PDF").len() > 20_000);
}
