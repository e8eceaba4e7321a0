//! Layers as files: each kind is opened by a reader that is not ours, over HTTP and from the command line.

use std::io::Cursor;
use std::path::Path;

use calamine::{Data, Reader as _, Xlsx};
use gdal::vector::LayerAccess as _;
use gdal::{Dataset, Metadata as _};
use serde_json::Value;

use crate::support::{arg, demo_server, demo_store, json, run, text};

const LAYER: &str = "violations-communes";

/// A file of the service, and the name it gives itself.
fn file(layer: &str, query: &str) -> (Vec<u8>, String) {
    let url = format!("{}/collections/{layer}/download?{query}", demo_server().url);
    let mut answer = ureq::get(&url).call().unwrap_or_else(|e| panic!("{url}: {e}"));
    let name = answer.headers()["content-disposition"].to_str().expect("text").to_owned();
    (answer.body_mut().with_config().limit(200 << 20).read_to_vec().expect("a body"), name)
}

/// The features of the same period as the service lists them.
fn listed() -> Value {
    demo_server().get(&format!("/collections/{LAYER}/items?period=2021-06&limit=1000"))
}

fn saved(dir: &Path, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, bytes).expect("written");
    path
}

#[test]
fn gdal_opens_each_gis_file_with_the_features_and_absences_of_the_service() {
    let dir = tempfile::tempdir().expect("a folder");
    let listed = listed();
    let features = listed["features"].as_array().expect("features");
    let absent = features.iter().filter(|f| f["properties"]["value"].is_null()).count();
    let zeros = features.iter().filter(|f| f["properties"]["value"] == 0).count();
    assert!(absent > 0 && zeros > 0);
    for (word, name) in [("gpkg", "a.gpkg"), ("fgb", "a.fgb"), ("shp", "a.zip"), ("geojson", "a.geojson")] {
        let (bytes, said) = file(LAYER, &format!("f={word}&period=2021-06&lang=en"));
        assert!(said.starts_with("attachment; filename=\"violations-communes-2021-06."), "{said}");
        let path = saved(dir.path(), name, &bytes);
        let path = if word == "shp" { format!("/vsizip/{}", path.display()) } else { path.display().to_string() };
        let dataset = Dataset::open(path).unwrap_or_else(|e| panic!("{word}: {e}"));
        let mut layer = dataset.layer(0).expect("a layer");
        let mut count = |filter: &str| {
            layer.set_attribute_filter(filter).expect(filter);
            layer.features().filter(|f| f.geometry().is_some()).count()
        };
        assert_eq!(count("value IS NULL OR value IS NOT NULL"), features.len(), "{word}");
        assert_eq!((count("value IS NULL"), count("value = 0")), (absent, zeros), "{word}");
        assert!(count("pcode LIKE 'ML%'") == features.len(), "{word}: p-codes are texts");
    }
}

#[test]
fn each_file_says_where_it_comes_from() {
    let dir = tempfile::tempdir().expect("a folder");
    let query = |word: &str| format!("f={word}&period=2021-06&lang=en");
    let (geojson, _) = file(LAYER, &query("geojson"));
    let geojson: Value = serde_json::from_slice(&geojson).expect("JSON");
    let meta = geojson["metadata"].as_object().expect("metadata");
    for key in
        ["layer", "title", "period", "set", "source", "basis", "as_of", "licence", "boundary_licence", "sensitivity"]
    {
        assert!(meta[key].as_str().is_some_and(|v| !v.is_empty()), "{key}: {meta:?}");
    }
    assert_eq!((&meta["period"], &meta["basis"]), (&"2021-06".into(), &"documented".into()));
    assert!(meta["sensitivity"].as_str().is_some_and(|s| s.contains("synthetic")));
    let package = saved(dir.path(), "a.gpkg", &file(LAYER, &query("gpkg")).0);
    let dataset = Dataset::open(&package).expect("a GeoPackage");
    for (key, value) in meta {
        assert_eq!(dataset.metadata_item(key, "").as_deref(), value.as_str(), "{key}");
    }
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(file(LAYER, &query("xlsx")).0)).expect("a workbook");
    let data = workbook.worksheet_range("Data").expect("data");
    let tags: Vec<String> = data.rows().nth(1).expect("tags").iter().map(ToString::to_string).collect();
    assert!(tags.iter().all(|t| t.starts_with('#')) && tags.contains(&"#adm3+code".to_owned()), "{tags:?}");
    assert_eq!(data.height() - 2, listed()["features"].as_array().expect("features").len());
    let sources = workbook.worksheet_range("Sources and limits").expect("sources");
    assert!(sources.rows().any(|r| r[1] == Data::String("documented".into())));
    let (table, _) = file(LAYER, &query("csv"));
    let table = String::from_utf8(table).expect("UTF-8");
    let mut reader = csv::Reader::from_reader(table.trim_start_matches('\u{feff}').as_bytes());
    let heads = reader.headers().expect("heads").clone();
    let at = |name: &str| heads.iter().position(|h| h == name).expect(name);
    let first = reader.records().next().expect("a row").expect("a row");
    assert_eq!((&first[at("basis")], &first[at("period")]), ("documented", "2021-06"));
    assert!(first[at("sensitivity")].contains("synthetic"));
}

#[test]
fn a_file_of_the_same_data_is_the_same_bytes_from_the_service_and_from_the_command_line_twice() {
    let dir = tempfile::tempdir().expect("a folder");
    for word in ["gpkg", "fgb", "shp", "geojson", "csv", "xlsx", "parquet"] {
        let write = |name: &str| {
            let out = dir.path().join(name);
            let store = arg(demo_store());
            json(&[
                "export",
                "risk-cercles",
                "--period",
                "2021-06",
                "--format",
                word,
                "--out",
                arg(&out),
                "--store",
                store,
            ]);
            std::fs::read(&out).expect("written")
        };
        let once = write("a");
        assert!(once == write("b"), "{word}: two runs differ");
        // The demonstration hides nothing: the officer's file and the service's are one.
        let (served, _) = file("risk-cercles", &format!("f={word}&period=2021-06&lang=en"));
        assert!(once == served, "{word}: the service differs");
    }
}

#[test]
fn what_cannot_be_exported_is_refused_with_the_cure() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("x");
    let store = arg(demo_store());
    let nowhere = run(&["export", "nowhere", "--format", "csv", "--out", arg(&out), "--store", store]);
    assert!(!nowhere.status.success() && text(&nowhere.stderr).contains("nowhere"));
    let form = run(&["export", "regions", "--format", "dxf", "--out", arg(&out), "--store", store]);
    assert!(form.status.code() == Some(2) && text(&form.stderr).contains("gpkg"), "{}", text(&form.stderr));
    let server = demo_server();
    for (path, parameter) in [("f=dxf", "f"), ("limit=3", "limit"), ("period=juin", "period")] {
        let (status, problem) = server.status(&format!("/collections/{LAYER}/download?{path}"));
        assert_eq!((status, &problem["parameter"]), (400, &parameter.into()), "{problem}");
    }
    assert_eq!(server.status("/collections/nowhere/download").0, 404);
}

#[test]
fn a_page_of_features_is_flatgeobuf_where_asked() {
    let dir = tempfile::tempdir().expect("a folder");
    let server = demo_server();
    let crs = "http%3A%2F%2Fwww.opengis.net%2Fdef%2Fcrs%2FEPSG%2F0%2F32630";
    let url = format!(
        "{}/collections/{LAYER}/items?period=2021-06&limit=50&f=fgb&properties=pcode,value&crs={crs}",
        server.url
    );
    let mut answer = ureq::get(&url).call().expect("an answer");
    assert_eq!(answer.headers()["content-type"], "application/flatgeobuf");
    let path = saved(dir.path(), "page.fgb", &answer.body_mut().read_to_vec().expect("a body"));
    let dataset = Dataset::open(&path).expect("FlatGeobuf");
    let mut layer = dataset.layer(0).expect("a layer");
    let names: Vec<String> = layer.defn().fields().map(|f| f.name()).collect();
    assert_eq!(names, ["id", "pcode", "value"]);
    assert_eq!(layer.spatial_ref().expect("a system").auth_code().expect("a code"), 32630);
    let envelopes: Vec<_> =
        layer.features().filter_map(|f| f.geometry().map(gdal::vector::Geometry::envelope)).collect();
    assert!(envelopes.len() == 50 && envelopes.iter().all(|e| e.MinY > 1e6), "metres");
}

#[test]
fn qgis_opens_the_geopackage_of_a_month_styled_without_a_network() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = saved(dir.path(), "month.gpkg", &file(LAYER, "f=gpkg&period=2021-06").0);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/qgis/package.py");
    let Some(mut python) = crate::qgis::python(dir.path()) else { return };
    let output = python.arg(script).arg(&path).arg(LAYER).output().expect("Python starts");
    let out = text(&output.stdout);
    let line =
        out.lines().rev().find(|l| l.starts_with('{')).unwrap_or_else(|| panic!("{out}\n{}", text(&output.stderr)));
    let seen: Value = serde_json::from_str(line).expect("JSON");
    assert_eq!((&seen["valid"], &seen["styled"], &seen["texts"]), (&true.into(), &true.into(), &true.into()), "{seen}");
    assert_ne!(seen["renderer"], "singleSymbol", "{seen}");
    assert!(seen["legend"].as_u64() >= Some(4), "{seen}");
    assert_eq!(seen["features"], listed()["numberMatched"]);
}

/// Every layer as GDAL (or, for Parquet, its library) and a spreadsheet reader see it: each feature once, with its type of geometry, the
/// numbers as numbers, the p-codes as texts, and where it comes from.
#[test]
fn every_layer_comes_as_every_file_with_its_features_types_and_metadata() {
    let dir = tempfile::tempdir().expect("a folder");
    let server = demo_server();
    let collections = server.get("/collections");
    for collection in collections["collections"].as_array().expect("collections") {
        let id = collection["id"].as_str().expect("an id");
        let bare = ["regions", "cercles", "communes"].contains(&id);
        // Alerts of the last month may be none; twins are long: two months stand for all.
        let period = match id {
            _ if bare => "lang=en",
            _ if id.ends_with("-monthly") => "lang=en&period=2021-05/2021-06",
            "incidents" | "alerts" => "lang=en&period=2021",
            _ => "lang=en&period=2021-06",
        };
        let list = server.get(&format!("/collections/{id}/items?limit=10000&{period}"));
        let features = list["features"].as_array().expect("features");
        assert_eq!(list["numberMatched"], features.len(), "{id}");
        let schema = server.get(&format!("/collections/{id}/schema"));
        let schema = schema["properties"].as_object().expect("properties");
        let ask = |word: &str| file(id, &format!("f={word}&{period}")).0;
        for (word, name) in [("gpkg", "a.gpkg"), ("fgb", "a.fgb"), ("shp", "a.zip"), ("geojson", "a.geojson")] {
            let path = saved(dir.path(), &format!("{id}-{name}"), &ask(word));
            let path = if word == "shp" { format!("/vsizip/{}", path.display()) } else { path.display().to_string() };
            if word == "shp" {
                let inside = gdal::vsi::read_dir(&path, false).expect("an archive");
                assert!(["metadata.txt", "fields.csv"].iter().all(|f| inside.contains(&f.into())), "{id}: {inside:?}");
            }
            let dataset = Dataset::open(path).unwrap_or_else(|e| panic!("{id} {word}: {e}"));
            read_by_gdal(&dataset, (id, word), features, schema);
        }
        rows_of_parquet(ask("parquet"), id, features, schema);
        let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(ask("xlsx"))).unwrap_or_else(|e| panic!("{id}: {e}"));
        let data = workbook.worksheet_range("Data").expect("data");
        assert_eq!(data.height() - 2, features.len(), "{id}: a row a feature under names and HXL tags");
        if let Some(at) = data.rows().next().and_then(|r| r.iter().position(|c| *c == "value")) {
            let numbers = |r: &[Data]| matches!(r[at], Data::Float(_) | Data::Int(_));
            let found = data.rows().skip(2).filter(|r| numbers(r)).count();
            let wanted = features.iter().filter(|f| f["properties"]["value"].is_number()).count();
            assert_eq!(found, wanted, "{id}: an absence is an empty cell");
        }
        assert!(workbook.worksheet_range("Sources and limits").is_ok_and(|s| s.height() > 5), "{id}");
    }
}

fn read_by_gdal(
    dataset: &Dataset,
    (id, word): (&str, &str),
    features: &[Value],
    schema: &serde_json::Map<String, Value>,
) {
    use gdal::vector::OGRFieldType as T;
    let mut layer = dataset.layer(0).expect("a layer");
    let read = layer.features().filter(|f| f.geometry().is_some()).count();
    assert_eq!(read, features.iter().filter(|f| f["geometry"].is_object()).count(), "{id} {word}");
    // A shapefile shortens names and knows no yes and no; GeoJSON has the types of its values.
    if word == "gpkg" || word == "fgb" {
        let kinds: std::collections::BTreeMap<String, u32> =
            layer.defn().fields().map(|f| (f.name(), f.field_type())).collect();
        for (name, about) in schema.iter().filter(|(name, _)| *name != "geometry") {
            let wanted: &[u32] = match about["type"].as_str().expect("a type") {
                "string" => &[T::OFTString],
                // Yes and no are 1 and 0.
                "integer" | "boolean" => &[T::OFTInteger64],
                "number" => &[T::OFTReal],
                other => panic!("{id}: {name} is {other}"),
            };
            let found = kinds.get(name).unwrap_or_else(|| panic!("{id} {word}: no field {name}"));
            assert!(wanted.contains(found), "{id} {word}: {name} is of type {found}");
        }
        // FlatGeobuf has no place for words about the file: they stand in columns.
        if word == "fgb" {
            assert!(kinds.contains_key("boundary_licence") && kinds.contains_key("sensitivity"), "{id}: {kinds:?}");
        } else {
            assert_eq!(dataset.metadata_item("layer", "").as_deref(), Some(id));
        }
    }
    let pcodes = layer.defn().fields().find(|f| f.name() == "pcode").map(|f| f.field_type());
    assert!(pcodes.is_none_or(|t| t == T::OFTString), "{id} {word}: p-codes are texts");
    for name in ["value", "risk_score", "z"] {
        if layer.defn().fields().all(|f| f.name() != name) {
            continue;
        }
        layer.set_attribute_filter(&format!("{name} IS NULL")).expect("a filter");
        let absent = features.iter().filter(|f| f["properties"][name].is_null()).count();
        assert_eq!(layer.features().count(), absent, "{id} {word}: {name} stays absent");
        layer.clear_attribute_filter();
    }
}

fn rows_of_parquet(bytes: Vec<u8>, id: &str, features: &[Value], schema: &serde_json::Map<String, Value>) {
    use parquet::basic::Type as Physical;
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    let reader = SerializedFileReader::new(axum::body::Bytes::from(bytes)).unwrap_or_else(|e| panic!("{id}: {e}"));
    let meta = reader.metadata().file_metadata();
    assert_eq!(usize::try_from(meta.num_rows()), Ok(features.len()), "{id}");
    let said = meta.key_value_metadata().expect("metadata");
    let value = |key: &str| said.iter().find(|k| k.key == key).and_then(|k| k.value.as_deref());
    assert_eq!(value("vigie:layer"), Some(id));
    assert!(value("geo").is_some_and(|g| g.contains("\"WKB\"")) && value("vigie:boundary_licence").is_some(), "{id}");
    for column in meta.schema_descr().columns().iter().filter(|c| c.name() != "geometry" && c.name() != "id") {
        let wanted = match schema[column.name()]["type"].as_str().expect("a type") {
            "string" => Physical::BYTE_ARRAY,
            "integer" => Physical::INT64,
            "number" => Physical::DOUBLE,
            _ => Physical::BOOLEAN,
        };
        assert_eq!(column.physical_type(), wanted, "{id}: {}", column.name());
    }
}
