//! Tiles through the real program, decoded by GDAL's own driver.

use std::path::Path;
use std::process::Command;

use gdal::vector::LayerAccess as _;
use gdal::{Dataset, DatasetOptions};
use serde_json::Value;

use crate::service::real_store;
use crate::support::{Server, demo_server};

struct Answer {
    status: u16,
    headers: ureq::http::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().expect("text"))
    }
}

fn ask(server: &Server, path: &str, headers: &[(&str, &str)]) -> Answer {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut request = agent.get(format!("{}{path}", server.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = request.call().expect("an answer");
    let body = response.body_mut().with_config().limit(10 << 20).read_to_vec().expect("a body");
    Answer { status: response.status().as_u16(), headers: response.headers().clone(), body }
}

/// A tile as GDAL's own driver reads it: the properties of its features, with null for what a feature has not. None, and it says so,
/// where GDAL's programs are not installed.
///
/// By the program, since the Rust binding gives 0 for a field that a feature does not have.
fn decoded(dir: &Path, body: &[u8], (z, x, y): (u32, u32, u32)) -> Option<Vec<Value>> {
    let folder = dir.join(format!("{z}/{x}"));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join(format!("{y}.pbf"));
    std::fs::write(&file, body).expect("written");
    let mut command = Command::new("ogr2ogr");
    let options = DatasetOptions { allowed_drivers: Some(&["MVT"]), ..DatasetOptions::default() };
    let dataset = Dataset::open_ex(&file, options).expect("GDAL reads the tile");
    // The features; the label points under circles are a layer of their own.
    let layer = dataset.layers().find(|l| !l.name().ends_with("-places")).expect("a layer").name();
    let Ok(done) = command.args(["-f", "GeoJSON", "/vsistdout/"]).arg(&file).arg(&layer).output() else {
        println!("skipped: ogr2ogr is not here");
        return None;
    };
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let mut read: Value = serde_json::from_slice(&done.stdout).expect("GeoJSON");
    for feature in dataset.layer_by_name(&layer).expect("a layer").features() {
        assert!(feature.geometry().expect("a geometry").is_valid(), "{:?}", feature.fid());
    }
    let features = read["features"].as_array_mut().expect("features");
    Some(features.iter_mut().map(|f| f["properties"].take()).collect())
}

#[test]
fn gdal_reads_the_tile_every_polygon_is_valid_and_values_are_those_of_the_features() {
    let server = demo_server();
    let dir = tempfile::tempdir().expect("a folder");
    for layer in ["violations-communes", "violations-regions", "risk-communes", "coverage-communes", "zones"] {
        let listed = server.get(&format!("/collections/{layer}/items?period=2021-06&limit=2000"));
        let by_name = |set: &str, pcode: &str| {
            let features = listed["features"].as_array().expect("features");
            let one = |f: &&Value| f["properties"]["pcode"] == pcode && f["properties"]["set"] == set;
            features.iter().find(one).map(|f| f["properties"].clone()).expect("the unit is a feature too")
        };
        // Zoom 3 to 6 around Mopti.
        for place in [(3, 3, 3), (5, 15, 14), (6, 31, 29), (6, 30, 29)] {
            let (z, x, y) = place;
            let answer = ask(server, &format!("/tiles/{layer}/{z}/{x}/{y}.mvt?period=2021-06"), &[]);
            assert_eq!(answer.status, 200, "{layer}");
            assert_eq!(answer.header("content-type"), "application/vnd.mapbox-vector-tile");
            let Some(features) = decoded(&dir.path().join(layer), &answer.body, place) else { return };
            assert!(!features.is_empty());
            for feature in &features {
                let Some((set, pcode)) = feature["set"].as_str().zip(feature["pcode"].as_str()) else { continue };
                let wanted = by_name(set, pcode);
                for key in ["status", "value", "class", "risk_score", "level_4", "units_covered", "category_b"] {
                    assert_eq!(feature[key], wanted[key], "{layer} {pcode} {key}: an absence is none, never 0");
                }
            }
        }
    }
}

#[test]
fn an_absence_arrives_as_its_status_and_carries_no_number() {
    let server = demo_server();
    let dir = tempfile::tempdir().expect("a folder");
    let answer = ask(server, "/tiles/violations-communes/5/15/14.mvt?period=2021-06", &[]);
    let Some(features) = decoded(dir.path(), &answer.body, (5, 15, 14)) else { return };
    let mut absent = 0;
    for feature in &features {
        let status = feature["status"].as_str().expect("every feature has a status");
        assert_eq!(feature["value"].is_number(), ["value", "zero"].contains(&status), "{status}");
        absent += usize::from(feature["value"].is_null());
    }
    assert!(absent > 0, "the demonstration has communes that nobody covers");
}

#[test]
fn an_address_with_the_version_lasts_for_ever_and_one_without_is_asked_again() {
    let server = demo_server();
    let json = server.get("/tiles/risk-communes.json?period=2021-06");
    assert_eq!(json["tilejson"], "3.0.0");
    assert!(json["vector_layers"][0]["fields"]["status"].is_string());
    let template = json["tiles"][0].as_str().expect("an address");
    let path = template.trim_start_matches(&server.url).replace("{z}", "6").replace("{x}", "30").replace("{y}", "29");
    let tile = ask(server, &path, &[("accept-encoding", "gzip")]);
    assert_eq!((tile.status, tile.header("cache-control")), (200, "public, max-age=31536000, immutable"));
    let plain = ask(server, "/tiles/risk-communes/6/30/29.mvt?period=2021-06&lang=fr", &[]);
    assert_eq!(plain.header("cache-control"), "public, max-age=60");
    let etag = plain.header("etag").to_owned();
    let again =
        ask(server, "/tiles/risk-communes/6/30/29.mvt?period=2021-06&lang=fr", &[("if-none-match", etag.as_str())]);
    assert_eq!((again.status, again.body.len()), (304, 0));
    // The same tile as OGC API Tiles names it: row before column.
    let ogc = "/collections/risk-communes/tiles/WebMercatorQuad/6/29/30?f=mvt&period=2021-06&lang=fr";
    assert_eq!(ask(server, ogc, &[]).body, plain.body);
    let set = server.get("/collections/risk-communes/tiles/WebMercatorQuad");
    let limits = set["tileMatrixSetLimits"].as_array().expect("limits");
    assert_eq!(limits.len(), 15);
    assert!(limits[6]["minTileCol"].as_u64() <= Some(30) && limits[6]["maxTileCol"].as_u64() >= Some(30));
    let matrix = server.get("/tileMatrixSets/WebMercatorQuad");
    assert_eq!(matrix["tileMatrices"][14]["matrixWidth"], 16384);
}

#[test]
fn a_tile_that_cannot_be_is_refused_with_the_cure_and_an_empty_one_has_no_content() {
    let server = demo_server();
    let english = |path: &str| {
        let answer = ask(server, path, &[("accept-language", "en")]);
        let problem: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        (answer.status, answer.header("content-type").to_owned(), problem["detail"].as_str().unwrap_or("").to_owned())
    };
    for (path, status, cure) in [
        ("/tiles/risk-communes/30/0/0.mvt", 404, "zoom 0 to 14"),
        ("/tiles/risk-communes/5/32/0.mvt", 404, "2^zoom"),
        ("/tiles/risk-communes/5/0/99999999999.png", 404, "2^zoom"),
        ("/tiles/risk-communes/5/-1/0.mvt", 400, "-1"),
        ("/tiles/risk-communes/5/1.5/0.mvt", 400, "1.5"),
        ("/tiles/risk-communes/5/1/1.mvt?colour=red", 400, "colour"),
        ("/tiles/risk-communes/5/1/1.mvt?v=999999", 404, "999999"),
        ("/tiles/nothing/5/1/1.mvt", 404, "nothing"),
        ("/collections/risk-communes/tiles/Other/5/1/1", 404, "WebMercatorQuad"),
        ("/collections/risk-communes/tiles/WebMercatorQuad/5/1/1?f=gif", 400, "gif"),
        ("/tiles/risk-communes/5/1/1.gif", 404, "landing"),
    ] {
        let (found, kind, detail) = english(path);
        assert_eq!((found, kind.as_str()), (status, "application/problem+json"), "{path}");
        assert!(detail.contains(cure), "{path}: {detail}");
    }
    assert_eq!(ask(server, "/tiles/risk-communes/6/0/0.mvt", &[]).status, 204);
}

#[test]
fn pictures_show_the_colour_of_the_class_and_nothing_outside_the_country() {
    let server = demo_server();
    for (layer, period) in
        [("risk-communes", "period=2021-06"), ("violations-communes", ""), ("regions", ""), ("alerts", "period=2021")]
    {
        let png = ask(server, &format!("/tiles/{layer}/5/15/14.png?{period}"), &[]);
        assert_eq!((png.status, png.header("content-type")), (200, "image/png"), "{layer}");
        let size = |at: usize| u32::from_be_bytes(png.body[at..at + 4].try_into().expect("4 bytes"));
        assert_eq!((&png.body[1..4], size(16), size(20)), (b"PNG".as_slice(), 256, 256));
        let empty = ask(server, &format!("/tiles/{layer}/5/0/0.png?{period}"), &[]);
        assert!(empty.status == 200 && empty.body.len() < png.body.len(), "{layer}");
    }
}

#[test]
fn tiles_of_real_data_tell_no_more_than_features_do() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = real_store(dir.path());
    crate::support::json(&["release", "2021-06", "--store", crate::support::arg(&store)]);
    let server = Server::start(&store, &[]);
    for form in ["mvt", "png"] {
        let points = ask(&server, &format!("/tiles/incidents/6/30/29.{form}"), &[]);
        assert!([403, 404].contains(&points.status), "{}", points.status);
    }
    let answer = ask(&server, "/tiles/violations-cercles/6/30/29.mvt?period=2021-06", &[]);
    let Some(features) = decoded(dir.path(), &answer.body, (6, 30, 29)) else { return };
    assert!(!features.is_empty());
    for feature in &features {
        assert!(feature["value"].as_f64().is_none_or(|v| v >= 5.0), "small counts are withheld");
        assert_eq!(feature["category_b"], Value::Null);
    }
}

#[test]
fn points_that_lie_together_are_one_with_their_number_at_low_zooms() {
    let server = demo_server();
    let dir = tempfile::tempdir().expect("a folder");
    let listed = server.get("/collections/alerts/items?period=2021&limit=10000");
    let all = listed["numberMatched"].as_f64().expect("a number");
    let answer = ask(server, "/tiles/alerts/0/0/0.mvt?period=2021", &[]);
    let Some(features) = decoded(dir.path(), &answer.body, (0, 0, 0)) else { return };
    let counts: Vec<f64> = features.iter().map(|f| f["point_count"].as_f64().expect("a count")).collect();
    assert!((counts.iter().sum::<f64>() - all).abs() < 0.5, "{counts:?} {all}");
    assert!(counts.len() < 10 && all > 0.0);
}

#[test]
fn another_decoder_finds_every_layer_valid_wound_right_without_gaps_and_each_label_point_once() {
    let Some(python) = crate::outlines::python() else { return };
    let decoder = Command::new(python).args(["-c", "import mapbox_vector_tile"]).output();
    if !decoder.is_ok_and(|done| done.status.success()) {
        println!("skipped: no Python with mapbox-vector-tile (make judges)");
        return;
    }
    let server = demo_server();
    let listed = server.get("/collections");
    let ids = listed["collections"].as_array().expect("collections").iter().map(|c| c["id"].as_str().expect("an id"));
    let points = ["zones", "incidents", "alerts"];
    let layers: Vec<&str> = ids.filter(|id| !id.ends_with("-monthly") && !points.contains(id)).collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/judges/tiles.py");
    let done = Command::new(python).arg(script).arg(&server.url).arg("lang=en").args(&layers).output().expect("Python");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let answers: Vec<Value> = said.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(answers.len(), layers.len(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
    let mut circles = 0;
    for answer in &answers {
        assert_eq!(answer["wrong"], serde_json::json!([]), "{answer:#}");
        assert!(answer["tiles"].as_u64() > Some(5) && answer["features"].as_u64() > Some(20), "{answer:#}");
        if answer["places"] != 0 {
            assert_eq!((&answer["places"], &answer["twice"]), (&answer["classed"], &0.into()), "{answer:#}");
            circles += 1;
        }
    }
    assert!(circles >= 3, "{said}");
    // What stands in the tiles is announced.
    let json = server.get("/tiles/violations-cercles.json");
    let announced: Vec<&Value> = json["vector_layers"].as_array().expect("layers").iter().map(|l| &l["id"]).collect();
    assert_eq!(announced, ["violations-cercles", "violations-cercles-places"]);
}
