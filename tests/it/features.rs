//! OGC API Features beyond the core, asked of the real program: filters, reference systems, order, fields, pages.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use gdal::vector::LayerAccess as _;
use gdal::{Dataset, DatasetOptions};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::support::{Server, arg, demo_server, json};

const CERCLES: &str = "/collections/violations-cercles/items?period=2021-06";

fn coded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn epsg(code: u16) -> String {
    coded(&format!("http://www.opengis.net/def/crs/EPSG/0/{code}"))
}

fn features(answer: &Value) -> &[Value] {
    answer["features"].as_array().expect("features")
}

fn names(answer: &Value) -> Vec<&str> {
    features(answer).iter().map(|f| f["properties"]["name"].as_str().expect("a name")).collect()
}

/// First position of a feature's geometry.
fn first(feature: &Value) -> (f64, f64) {
    let p = &feature["geometry"]["coordinates"][0][0][0];
    (p[0].as_f64().expect("a number"), p[1].as_f64().expect("a number"))
}

#[test]
fn a_filter_chooses_what_its_sentence_says_in_text_and_in_json() {
    let server = demo_server();
    let all = server.get(CERCLES);
    let large = |f: &&Value| f["properties"]["value"].as_i64().is_some_and(|v| v >= 10);
    let wanted = features(&all).iter().filter(large).count();
    assert!(wanted > 0 && wanted < features(&all).len());
    for (lang, filter) in [
        ("cql2-text", "value >= 10"),
        ("cql2-text", "(\"value\" >= 10) AND (name IS NOT NULL)"),
        ("cql2-json", r#"{"op":">=","args":[{"property":"value"},10]}"#),
    ] {
        let found = server.get(&format!("{CERCLES}&filter-lang={lang}&filter={}", coded(filter)));
        assert_eq!(found["numberMatched"], wanted, "{filter}");
        assert!(features(&found).iter().all(|f| large(&f)), "{filter}");
    }
    let one = server.get(&format!("{CERCLES}&filter={}", coded("ACCENTI(CASEI(name)) = ACCENTI(CASEI('MÉNAKA'))")));
    assert!(names(&one).iter().all(|n| *n == "Ménaka" || *n == "Menaka") && !names(&one).is_empty(), "{one}");
    // An absence is no small number.
    let small = server.get(&format!("{CERCLES}&filter={}", coded("value < 10")));
    let without = server.get(&format!("{CERCLES}&filter={}", coded("value IS NULL")));
    let count = |a: &Value| a["numberMatched"].as_u64().expect("a count");
    assert_eq!(count(&small) + count(&without) + wanted as u64, count(&all));
}

#[test]
fn a_spatial_filter_chooses_alike_in_every_reference_system() {
    let server = demo_server();
    let here = server.get(&format!("{CERCLES}&filter={}", coded("S_INTERSECTS(geometry, POINT(-4.2 14.5))")));
    assert!(!features(&here).is_empty());
    let turned = format!("{CERCLES}&filter-crs={}&filter=", epsg(4326));
    let there = server.get(&format!("{turned}{}", coded("S_INTERSECTS(geom, POINT(14.5 -4.2))")));
    assert_eq!(names(&here), names(&there));
    let polygon = "S_INTERSECTS(geometry, POLYGON((-4.3 14.4, -4.1 14.4, -4.1 14.6, -4.3 14.6, -4.3 14.4)))";
    assert!(names(&server.get(&format!("{CERCLES}&filter={}", coded(polygon)))).contains(&names(&here)[0]));
}

#[test]
fn coordinates_come_in_the_system_asked_for_and_the_header_names_it() {
    let server = demo_server();
    let collection = server.get("/collections/violations-cercles");
    let listed = collection["crs"].as_array().expect("a list");
    assert_eq!((listed.len(), &listed[0]), (9, &collection["storageCrs"]));
    let plain = server.get(CERCLES);
    for crs in listed.iter().map(|c| c.as_str().expect("a name")) {
        let url = format!("{}{CERCLES}&crs={}", server.url, coded(crs));
        let mut answer = ureq::get(&url).call().expect("an answer");
        assert_eq!(answer.headers()["content-crs"], format!("<{crs}>").as_str());
        let moved: Value = answer.body_mut().with_config().limit(100 << 20).read_json().expect("JSON");
        let ((x, y), (lon, lat)) = (first(&features(&moved)[0]), first(&features(&plain)[0]));
        match crs.rsplit('/').next().expect("a code") {
            "CRS84" => assert_eq!((x, y), (lon, lat)),
            "4326" => assert_eq!((x, y), (lat, lon)),
            // Web Mercator's x is the longitude on a sphere of 6 378 137 m.
            "3857" => assert!((x - lon.to_radians() * 6_378_137.0).abs() < 0.02, "{x}"),
            _ => assert!(x.abs() > 1000.0 && y > 1e6, "{crs}: {x} {y}"),
        }
        let id = features(&plain)[0]["id"].as_str().expect("an id");
        let one = server.get(&format!("/collections/violations-cercles/items/{id}?period=2021-06&crs={}", coded(crs)));
        assert_eq!(first(&one), (x, y));
    }
    let degrees = server.get(&format!("{CERCLES}&bbox=-5,13,-3,15"));
    let turned = server.get(&format!("{CERCLES}&bbox=13,-5,15,-3&bbox-crs={}", epsg(4326)));
    assert!(!names(&degrees).is_empty() && names(&degrees).len() < names(&plain).len());
    assert_eq!(names(&degrees), names(&turned));
}

#[test]
fn features_are_sorted_and_cut_to_the_fields_wanted() {
    let server = demo_server();
    let sorted = server.get(&format!("{CERCLES}&sortby=-value,name&properties=value,name"));
    let values: Vec<Option<i64>> = features(&sorted).iter().map(|f| f["properties"]["value"].as_i64()).collect();
    let known: Vec<i64> = values.iter().copied().flatten().collect();
    assert!(known.len() > 3 && known.windows(2).all(|w| w[0] >= w[1]), "{known:?}");
    assert!(values[known.len()..].iter().all(Option::is_none), "absences come last");
    for feature in features(&sorted) {
        let keys: Vec<_> = feature["properties"].as_object().expect("properties").keys().collect();
        assert_eq!(keys, ["name", "value"]);
    }
    let up = server.get(&format!("{CERCLES}&sortby=%2Bname"));
    assert!(names(&up).windows(2).all(|w| w[0] <= w[1]));
}

#[test]
fn a_list_is_also_a_table() {
    let server = demo_server();
    let url = format!("{}{CERCLES}&f=csv&properties=name,value,status&limit=5", server.url);
    let mut answer = ureq::get(&url).call().expect("an answer");
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
    assert!(answer.headers().get_all("link").iter().any(|l| l.to_str().is_ok_and(|l| l.contains("rel=\"next\""))));
    let text = answer.body_mut().read_to_string().expect("UTF-8");
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    assert_eq!(reader.headers().expect("heads"), vec!["id", "name", "status", "value"]);
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("rows");
    let json = server.get(&format!("{CERCLES}&limit=5"));
    assert_eq!(rows.len(), 5);
    for (row, feature) in rows.iter().zip(features(&json)) {
        let value = feature["properties"]["value"].as_i64().map(|v| v.to_string()).unwrap_or_default();
        assert_eq!((&row[0], &row[3]), (feature["id"].as_str().expect("an id"), value.as_str()));
    }
}

#[test]
fn the_pages_of_a_list_are_of_one_data_version_whatever_is_imported_meanwhile() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = crate::service::real_store(dir.path());
    let server = Server::start(&store, &["--unsafe-local"]);
    let path = "/collections/violations-communes/items?period=2021-06&limit=400";
    let page = server.get(path);
    let next = page["links"].as_array().expect("links").iter().find(|l| l["rel"] == "next").expect("a next page");
    let next = next["href"].as_str().expect("an address").strip_prefix(&server.url).expect("its own").to_owned();
    let before = server.get(&next);
    let more = dir.path().join("more.csv");
    let head = "incident_id,date,region,cercle,commune,category,violation_type,victims\n";
    std::fs::write(&more, format!("{head}c,2021-06-19,Gao,Gao,Gao,B,Meurtre,70\n")).expect("written");
    json(&["import", "incidents", arg(&more), "--store", arg(&store)]);
    let start = Instant::now();
    while server.get("/")["data_version"] == page["data_version"] {
        assert!(start.elapsed() < Duration::from_secs(20), "the service never saw the import");
        std::thread::sleep(Duration::from_millis(100));
    }
    let after = server.get(&next);
    assert_eq!(after, before, "the second page is the first one's");
    assert_eq!(after["data_version"], page["data_version"]);
    let fresh = server.get(path);
    assert_ne!(fresh["data_version"], page["data_version"]);
    assert_ne!(fresh["total"], page["total"]);
    // A version that never was is refused with the one that is.
    let (status, problem) = server.status(&format!("{path}&v=99"));
    assert_eq!((status, &problem["parameter"]), (404, &"v".into()));
}

#[test]
fn a_monthly_twin_has_one_feature_a_unit_and_month_and_the_same_figures() {
    let server = demo_server();
    let months = ["2021-04", "2021-05", "2021-06"];
    let twin = server.get("/collections/violations-regions-monthly/items?period=2021-04/2021-06");
    let mut by_month: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for feature in features(&twin) {
        let period = feature["properties"]["period"].as_str().expect("a month");
        assert!(feature["id"].as_str().expect("an id").ends_with(&format!(".{period}")));
        by_month.entry(period).or_default().push(&feature["properties"]);
    }
    assert_eq!(by_month.keys().copied().collect::<Vec<_>>(), months);
    for month in months {
        let plain = server.get(&format!("/collections/violations-regions/items?period={month}"));
        let plain: Vec<&Value> = features(&plain).iter().map(|f| &f["properties"]).collect();
        assert_eq!(by_month[month], plain, "{month}");
    }
    let second = server.get("/collections/violations-regions-monthly/items?datetime=2021-05-01/2021-05-31");
    assert!(features(&second).iter().all(|f| f["properties"]["period"] == "2021-05"));
    assert_eq!(second["numberMatched"], by_month["2021-05"].len());
    let id = features(&twin)[0]["id"].as_str().expect("an id");
    assert_eq!(server.get(&format!("/collections/violations-regions-monthly/items/{id}"))["id"], id);
    let info = server.get("/collections/violations-regions-monthly");
    let all = server.get("/collections/violations-regions-monthly/items");
    assert_eq!(info["itemCount"], all["numberMatched"]);
    let (status, problem) = server.status("/collections/violations-regions-monthly/items?period=2000-01/2021-06");
    assert!(status == 400 && problem["detail"].as_str().is_some_and(|d| d.contains("120")), "{problem}");
}

#[test]
fn lighter_outlines_have_fewer_points_and_the_same_features() {
    let Some(_) = crate::support::shared("data") else { return };
    let server = demo_server();
    let size = |detail: &str| {
        let page = server.get(&format!("/collections/communes/items?limit=1000&detail={detail}"));
        assert!(features(&page).iter().all(|f| f["geometry"]["type"] == "MultiPolygon"), "{detail}");
        (page["numberMatched"].clone(), page["features"].to_string().len())
    };
    let (full, display, overview) = (size("full"), size("display"), size("overview"));
    assert!(full.0 == display.0 && full.0 == overview.0);
    assert!(display.1 <= full.1 && overview.1 <= display.1, "{} {} {}", full.1, display.1, overview.1);
}

#[test]
fn bad_input_is_answered_with_a_problem_that_says_the_cure() {
    let server = demo_server();
    let deep = format!("{}value = 1{}", "(".repeat(1000), ")".repeat(1000));
    let nested = (0..1000).fold(r#"{"op":"=","args":[{"property":"value"},7]}"#.to_owned(), |inner, _| {
        format!(r#"{{"op":"not","args":[{inner}]}}"#)
    });
    let long = format!("name = '{}'", "x".repeat(50_000));
    for (query, status, parameter) in [
        ("foo=1".to_owned(), 400, "foo"),
        ("bbox=1,2,3".into(), 400, "bbox"),
        ("bbox=-12,10,4,91".into(), 400, "bbox"),
        ("bbox=-12,-100,4,20".into(), 400, "bbox"),
        ("bbox=1,2,3,4&bbox-crs=EPSG:27700".into(), 400, "bbox-crs"),
        (format!("bbox=9e30,9e30,9e31,9e31&bbox-crs={}", epsg(32630)), 400, "bbox"),
        ("limit=-1".into(), 400, "limit"),
        ("limit=0".into(), 400, "limit"),
        (format!("filter={}", coded(&long)), 400, "filter"),
        (format!("filter={}", coded(&deep)), 400, "filter"),
        (format!("filter-lang=cql2-json&filter={}", coded(&nested)), 400, "filter"),
        (format!("filter={}", coded("nom = 'x'")), 400, "filter"),
        (format!("filter={}", coded("value = 'x'")), 400, "filter"),
        ("filter=".into(), 400, "filter"),
        ("filter-lang=cql-text".into(), 400, "filter-lang"),
        ("filter-crs=x".into(), 400, "filter-crs"),
        ("crs=http://www.opengis.net/def/crs/EPSG/0/27700".into(), 400, "crs"),
        ("sortby=nom".into(), 400, "sortby"),
        ("sortby=".into(), 400, "sortby"),
        ("sortby=name,name,name,name,name,name".into(), 400, "sortby"),
        ("properties=nom".into(), 400, "properties"),
        ("value=beaucoup".into(), 400, "value"),
        ("outside_coverage=1".into(), 400, "outside_coverage"),
        ("f=gml".into(), 400, "f"),
    ] {
        let (found, problem) = server.status(&format!("{CERCLES}&{query}"));
        let short = query.chars().take(80).collect::<String>();
        assert_eq!((found, &problem["parameter"]), (status, &parameter.into()), "{short}: {problem}");
        assert!(problem["detail"].as_str().is_some_and(|d| d.len() > 20), "{short}: {problem}");
        assert!(problem["type"].as_str().is_some_and(|t| t.starts_with("urn:vigie:problem:")), "{short}");
    }
    for path in ["/collections/nowhere/items", "/collections/%ff/items", "/collections/violations-cercles/items/x"] {
        let (status, problem) = server.status(path);
        assert!((400..=404).contains(&status) && problem["type"].is_string(), "{path}: {status} {problem}");
    }
    // Past 64 kB HTTP's own limit is met: such an address is never a request.
    let mut stream = std::net::TcpStream::connect(server.url.trim_start_matches("http://")).expect("connected");
    let request = format!("GET {CERCLES}&filter={} HTTP/1.1\r\nhost: localhost\r\n\r\n", "x".repeat(100_000));
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 414");
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let gml = agent.get(format!("{}{CERCLES}", server.url)).header("accept", "application/gml+xml").call();
    assert_eq!(gml.expect("an answer").status(), 406);
}

#[test]
fn the_classes_announced_are_those_of_the_parameters_that_work() {
    let conformance = demo_server().get("/conformance");
    let classes: Vec<&str> =
        conformance["conformsTo"].as_array().expect("classes").iter().filter_map(Value::as_str).collect();
    for class in [
        "ogcapi-features-1/1.0/conf/core",
        "ogcapi-features-1/1.0/conf/oas30",
        "ogcapi-features-2/1.0/conf/crs",
        "ogcapi-features-3/1.0/conf/filter",
        "ogcapi-features-3/1.0/conf/features-filter",
        "cql2/1.0/conf/cql2-text",
        "cql2/1.0/conf/cql2-json",
        "cql2/1.0/conf/basic-cql2",
        "ogcapi-features-5/1.0/conf/schemas",
    ] {
        let uri = format!("http://www.opengis.net/spec/{class}");
        assert_eq!(classes.iter().filter(|c| **c == uri).count(), 1, "{uri}");
    }
}

#[test]
fn gdal_reads_every_layer_over_the_service() {
    let server = demo_server();
    if gdal::DriverManager::get_driver_by_name("OAPIF").is_err() {
        println!("skipped: this GDAL has no OAPIF driver");
        return;
    }
    let open = |query: &str| {
        let options = DatasetOptions { allowed_drivers: Some(&["OAPIF"]), ..DatasetOptions::default() };
        Dataset::open_ex(format!("OAPIF:{}{query}", server.url), options).expect("GDAL opens the service")
    };
    let service = open("");
    // Two months of the twins, which GDAL reads 100 features a page.
    let (months, of_months) = ("period=2021-05/2021-06", open("?period=2021-05/2021-06"));
    let collections = server.get("/collections");
    let collections = collections["collections"].as_array().expect("collections");
    assert_eq!(service.layer_count(), collections.len());
    for collection in collections {
        let id = collection["id"].as_str().expect("an id");
        let monthly = id.ends_with("-monthly");
        let (from, query) = if monthly { (&of_months, months) } else { (&service, "") };
        let mut layer = from.layer_by_name(id).expect(id);
        let page = server.get(&format!("/collections/{id}/items?limit=100&{query}"));
        let (mut read, mut ids) = (0_u64, std::collections::BTreeSet::new());
        for feature in layer.features() {
            read += u64::from(feature.geometry().is_some());
            let at = feature.field_index("id").expect("an id");
            ids.extend(feature.field_as_string(at).expect("a text"));
        }
        assert_eq!(read, page["numberMatched"].as_u64().expect("a count"), "{id}");
        assert_eq!(ids.len() as u64, read, "{id}: every feature once");
        typed(&layer, id, &server.get(&format!("/collections/{id}/schema")), features(&page));
    }
    let mut cercles = service.layer_by_name("cercles").expect("cercles");
    let all = cercles.features().count();
    cercles.set_spatial_filter_rect(-5.0, 13.0, -3.0, 15.0);
    let some = cercles.features().count();
    assert!(some > 0 && some < all, "{some} of {all}");
}

/// The fields of a layer as GDAL sees them against the schema. GDAL guesses from the first page: a field without any value there is a text.
fn typed(layer: &gdal::vector::Layer<'_>, id: &str, schema: &Value, first_page: &[Value]) {
    use gdal::vector::OGRFieldType as T;
    let kinds: BTreeMap<String, u32> = layer.defn().fields().map(|f| (f.name(), f.field_type())).collect();
    for (name, about) in schema["properties"].as_object().expect("properties") {
        if name == "geometry" || first_page.iter().all(|f| f["properties"][name].is_null()) {
            continue;
        }
        let wanted: &[u32] = match about["type"].as_str().expect("a type") {
            // A date is one to GDAL as well, where every value is a day.
            "string" if name == "date" => &[T::OFTString, T::OFTDate],
            "string" => &[T::OFTString],
            "integer" => &[T::OFTInteger, T::OFTInteger64],
            "number" => &[T::OFTReal, T::OFTInteger, T::OFTInteger64],
            _ => &[T::OFTInteger],
        };
        let found = kinds.get(name).unwrap_or_else(|| panic!("{id}: GDAL has no field {name}"));
        assert!(wanted.contains(found), "{id}: {name} is of type {found}, {wanted:?} expected");
    }
}
