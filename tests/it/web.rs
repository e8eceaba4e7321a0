//! The service's answers, asked of the router itself.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::source::Small;
use vigie::app::AsOf;
use vigie::domain::Role;
use vigie::web::{Access, Exposure, Limits, PublicUrl, ServeError, ServeOptions, Server, TrustedProxies, router};

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().expect("text"))
    }
}

fn service(source: Small) -> axum::Router {
    router(source.provider(), (Exposure::Public, Access::default()), None, Limits::default())
}

fn ask_with(router: &axum::Router, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(n, _)| *n == "host") {
        request = request.header("host", "localhost:8080");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).expect("a request");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let response = router.clone().oneshot(request).await.expect("never fails");
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: to_bytes(body, usize::MAX).await.expect("a body").to_vec(),
        }
    })
}

fn ask(router: &axum::Router, path: &str) -> Answer {
    ask_with(router, Method::GET, path, &[])
}

/// The document, and that it is one.
fn get(path: &str) -> Value {
    let answer = ask(&service(Small::default()), path);
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

fn links(document: &Value) -> Vec<(String, String)> {
    let text = |l: &Value, m: &str| l[m].as_str().expect("text").to_owned();
    document["links"].as_array().expect("links").iter().map(|l| (text(l, "rel"), text(l, "href"))).collect()
}

#[test]
fn the_landing_page_leads_to_everything_by_absolute_links() {
    let landing = get("/");
    for rel in ["self", "alternate", "service-desc", "service-doc", "conformance", "data"] {
        let (_, href) = links(&landing).into_iter().find(|(r, _)| r == rel).expect(rel);
        assert!(href.starts_with("http://localhost:8080/"), "{href}");
    }
    let data = links(&landing).into_iter().find(|(r, _)| r == "data").expect("data").1;
    assert_eq!(data, "http://localhost:8080/collections");
}

/// What the small source does not have: tiles, maps, styles. `tiles.rs`, `maps.rs`, `styles.rs` and `app.rs` ask the real program.
fn drawn(path: &str) -> bool {
    let beginnings =
        ["/tiles/", "/styles/", "/legend/", "/map?", "/annexes/", "/embed", "/web/", "/glyphs/", "/qgis/vigie"];
    let of_collection = |part: &str| path.split('?').next().is_some_and(|p| p.ends_with(part));
    path == "/map"
        || path.split('?').next().is_some_and(|p| p.starts_with("/app"))
        || path.contains("{tileMatrix}")
        || [".tiles.qlr", ".pictures.qlr"].iter().any(|e| of_collection(e))
        || beginnings.iter().any(|b| path.starts_with(b))
        || of_collection("/map")
}

#[test]
fn every_link_of_every_page_answers() {
    let router = service(Small::default());
    let mut to_do = vec!["/".to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(path) = to_do.pop() {
        if drawn(&path) || !seen.insert(path.clone()) || seen.len() > 400 {
            continue;
        }
        let answer = ask(&router, &path);
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&answer.body));
        let local = |href: &str| href.strip_prefix("http://localhost:8080").map(|p| p.replace("&amp;", "&"));
        if answer.header("content-type").contains("json") {
            let document = answer.json();
            let nested = document["collections"].as_array().cloned().unwrap_or_default();
            for holder in std::iter::once(&document).chain(&nested).filter(|d| d["links"].is_array()) {
                to_do.extend(links(holder).iter().filter_map(|(_, href)| local(href)));
            }
        } else if answer.header("content-type").contains("html") {
            let text = String::from_utf8(answer.body).expect("UTF-8");
            to_do.extend(text.split("href=\"").skip(1).filter_map(|rest| local(rest.split('"').next()?)));
        }
    }
    assert!(seen.len() > 100, "{}", seen.len());
}

#[test]
fn a_collection_says_what_qgis_reads() {
    let collection = get("/collections/violations-cercles?period=2021-06");
    let crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
    assert_eq!((&collection["crs"][0], &collection["storageCrs"]), (&crs84.into(), &crs84.into()));
    assert_eq!(collection["itemCount"], 3);
    assert_eq!(collection["extent"]["temporal"]["interval"][0][1], "2021-06-30T23:59:59Z");
    let rels: Vec<_> = links(&collection).into_iter().map(|(rel, _)| rel).collect();
    assert_eq!(rels.iter().filter(|r| *r == "items").count(), 4);
    assert!(rels.iter().any(|r| r == "http://www.opengis.net/def/rel/ogc/1.0/schema"));
    let (_, items) = links(&collection).into_iter().find(|(r, _)| r == "items").expect("items");
    assert!(items.ends_with("/items?period=2021-06"), "{items}");
}

#[test]
fn the_schema_has_plain_types_and_a_geometry_without_one() {
    let schema = get("/collections/violations-cercles/schema");
    let properties = schema["properties"].as_object().expect("properties");
    assert_eq!(
        properties["geometry"],
        serde_json::json!({"x-ogc-role": "primary-geometry", "format": "geometry-multipolygon"})
    );
    assert_eq!(properties["pcode"]["type"], "string");
    assert_eq!(properties["rate_per_100k"]["type"], "number");
    let queryables = get("/collections/violations-cercles/queryables");
    assert!(queryables["properties"]["status"].is_object() && queryables["properties"]["period"].is_null());
}

#[test]
fn a_page_of_features_is_geojson_and_speaks_of_itself() {
    let answer = ask(&service(Small::default()), "/collections/violations-cercles/items");
    assert_eq!(answer.header("content-type"), "application/geo+json");
    assert_eq!(answer.header("content-crs"), "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>");
    assert!(answer.header("link").contains("rel=\"self\""));
    let page = answer.json();
    assert!(page["crs"].is_null());
    assert_eq!((&page["numberMatched"], &page["numberReturned"]), (&3.into(), &3.into()));
    assert_eq!((&page["period"], &page["non_located"], &page["total"]), (&"2021-06".into(), &2.into(), &5.into()));
    assert_eq!((&page["synthetic"], &page["schematic"]), (&true.into(), &true.into()));
    assert_eq!(page["sets"], serde_json::json!(["mli-2021"]));
    let keys = |f: &Value| f["properties"].as_object().expect("properties").keys().cloned().collect::<Vec<_>>();
    let features = page["features"].as_array().expect("features");
    assert!(features.iter().all(|f| keys(f) == keys(&features[0]) && keys(f).len() == 10));
    assert!(features[0]["properties"]["value"].is_null() && features[0]["properties"]["pcode"].is_string());
}

#[test]
fn an_older_qgis_is_written_decimals_so_that_an_absence_stays_one() {
    let router = service(Small::default());
    let path = "/collections/violations-cercles/items";
    let text = |headers: &[(&str, &str)]| {
        String::from_utf8(ask_with(&router, Method::GET, path, headers).body).expect("UTF-8")
    };
    let qgis = text(&[("user-agent", "Mozilla/5.0 QGIS/32216/Debian GNU/Linux 12 (bookworm)")]);
    assert!(qgis.contains("\"value\":null") && qgis.contains("\"value\":1.0,"), "{qgis}");
    assert!(qgis.contains("\"numberMatched\":3,"), "{qgis}");
    assert!(text(&[]).contains("\"value\":1,"));
}

#[test]
fn pages_follow_each_other_without_gap_or_overlap_and_keep_every_parameter() {
    let router = service(Small::default());
    let mut path = "/collections/violations-communes/items?status=value&period=2021-05&limit=100&lang=en".to_owned();
    let (mut ids, mut pages) = (Vec::new(), 0);
    loop {
        let page = ask(&router, &path).json();
        assert_eq!(page["numberMatched"], 700);
        assert_eq!(page["period"], "2021-05");
        let features = page["features"].as_array().expect("features");
        assert_eq!(page["numberReturned"], features.len());
        ids.extend(features.iter().map(|f| f["id"].as_str().expect("an id").to_owned()));
        pages += 1;
        let Some((_, next)) = links(&page).into_iter().find(|(r, _)| r == "next") else { break };
        assert!(next.contains("status=value") && next.contains("period=2021-05&lang=en"), "{next}");
        path = next.strip_prefix("http://localhost:8080").expect("absolute").to_owned();
    }
    assert_eq!((pages, ids.len()), (7, 700));
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 700);
}

#[test]
fn all_the_communes_come_in_one_page_and_a_limit_too_large_gets_the_largest() {
    assert_eq!(get("/collections/violations-communes/items")["numberReturned"], 701);
    assert_eq!(get("/collections/violations-communes/items?limit=999999999999")["numberReturned"], 701);
    let past = get("/collections/violations-communes/items?offset=5000");
    assert_eq!((&past["numberReturned"], &past["numberMatched"]), (&0.into(), &701.into()));
}

#[test]
fn boxes_choose_features_and_one_over_the_antimeridian_too() {
    let path = "/collections/violations-cercles/items?bbox=";
    assert_eq!(get(&format!("{path}-12,10,-11.6,10.4"))["numberMatched"], 1);
    assert_eq!(get(&format!("{path}-12,10,0,-11.6,10.4,100"))["numberMatched"], 1);
    assert_eq!(get(&format!("{path}170,-10,-11.6,10.4"))["numberMatched"], 1);
    assert_eq!(get(&format!("{path}170,-10,-170,10.4"))["numberMatched"], 0);
}

#[test]
fn what_is_wrong_is_named_with_what_would_be_right() {
    let router = service(Small::default());
    let items = "/collections/violations-cercles/items";
    for (path, status, kind, parameter) in [
        (format!("{items}?foo=1"), 400, "unknown-parameter", "foo"),
        (format!("{items}?limit=0"), 400, "bad-parameter", "limit"),
        (format!("{items}?limit=x"), 400, "bad-parameter", "limit"),
        (format!("{items}?offset=-1"), 400, "bad-parameter", "offset"),
        (format!("{items}?bbox=1,2,3"), 400, "bad-parameter", "bbox"),
        (format!("{items}?datetime=hier"), 400, "bad-parameter", "datetime"),
        (format!("{items}?period=juin"), 400, "bad-parameter", "period"),
        (format!("{items}?set=mli-1999"), 400, "bad-parameter", "set"),
        (format!("{items}?basis=x"), 400, "bad-parameter", "basis"),
        (format!("{items}?detail=x"), 400, "bad-parameter", "detail"),
        (format!("{items}?lang=bm"), 400, "bad-parameter", "lang"),
        (format!("{items}?f=gml"), 400, "bad-parameter", "f"),
        (format!("{items}?as_of=2021-01-01"), 400, "bad-parameter", "as_of"),
        (format!("{items}?v=3"), 404, "not-found", "v"),
        (format!("{items}?period=2021-06&period=2021-05"), 400, "repeated-parameter", "period"),
        ("/collections/regions/items?period=2021-06".into(), 400, "unknown-parameter", "period"),
        ("/?foo=1".into(), 400, "unknown-parameter", "foo"),
        ("/conformance?limit=1".into(), 400, "unknown-parameter", "limit"),
        ("/api?foo=1".into(), 400, "unknown-parameter", "foo"),
        ("/collections?foo=1".into(), 400, "unknown-parameter", "foo"),
        (format!("{items}/mli-2021.ML000001?limit=1"), 400, "unknown-parameter", "limit"),
        ("/qgis/violations-cercles.qlr?bbox=1,2,3,4".into(), 400, "unknown-parameter", "bbox"),
    ] {
        let answer = ask(&router, &path);
        let problem = answer.json();
        assert_eq!(answer.status.as_u16(), status, "{path}: {problem}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(problem["type"], format!("urn:vigie:problem:{kind}"), "{path}");
        assert_eq!(problem["parameter"], parameter, "{path}");
        assert!(problem["allowed"].is_array() || kind == "repeated-parameter", "{path}: {problem}");
    }
}

#[test]
fn what_is_not_there_is_not_found_and_what_cannot_be_done_is_not_allowed() {
    let router = service(Small::default());
    for path in [
        "/nowhere",
        "/collections/nope",
        "/collections/nope/items",
        "/collections/nope/schema",
        "/collections/regions/items/mli-2021.ML99",
        "/qgis/nope.qlr",
        "/qgis/regions.qgs",
        "/collections/%00/items",
        "/collections/regions/items/",
    ] {
        let answer = ask(&router, path);
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (404, "application/problem+json"),
            "{path}"
        );
        assert_eq!(answer.json()["type"], "urn:vigie:problem:not-found");
    }
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = ask_with(&router, method, "/collections/regions/items", &[]);
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET, HEAD, OPTIONS"));
        assert_eq!(answer.json()["type"], "urn:vigie:problem:method-not-allowed");
    }
    let answer = ask_with(&router, Method::GET, "/collections", &[("accept", "application/gml+xml")]);
    assert_eq!((answer.status.as_u16(), &answer.json()["type"]), (406, &"urn:vigie:problem:not-acceptable".into()));
}

#[test]
fn problems_speak_the_language_of_the_asker() {
    let router = service(Small::default());
    let said = |path: &str, accept: &str| {
        let answer = ask_with(&router, Method::GET, path, &[("accept-language", accept)]);
        answer.json()["title"].as_str().expect("a title").to_owned()
    };
    assert_eq!(said("/collections/nope", "fr"), "Introuvable");
    assert_eq!(said("/collections/nope", "en"), "Not found");
    assert_eq!(said("/collections/nope?lang=en", "fr"), "Not found");
}

#[test]
fn a_fault_says_nothing_of_its_cause() {
    let router = service(Small { failing: Some("regions"), ..Small::default() });
    let answer = ask(&router, "/collections/regions/items");
    let text = String::from_utf8(answer.body.clone()).expect("text");
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!text.contains("secret"), "{text}");
    assert_eq!(answer.json()["request_id"], answer.header("x-request-id"));
    assert!(!answer.header("x-request-id").is_empty());
}

#[test]
fn an_address_too_long_is_refused() {
    let long = format!("/collections/regions/items?name={}", "x".repeat(62_000));
    let answer = ask(&service(Small::default()), &long);
    assert_eq!((answer.status.as_u16(), &answer.json()["type"]), (414, &"urn:vigie:problem:uri-too-long".into()));
}

#[test]
fn options_is_answered_for_qgis_and_for_browsers() {
    let router = service(Small::default());
    let answer = ask_with(&router, Method::OPTIONS, "/collections/regions/items", &[]);
    assert!(answer.status.is_success());
    assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
    let preflight = [("origin", "https://map.example"), ("access-control-request-method", "GET")];
    let answer = ask_with(&router, Method::OPTIONS, "/collections/regions/items", &preflight);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-methods"), "GET, HEAD, OPTIONS");
    let answer = ask(&router, "/collections/regions/items");
    let exposed = answer.header("access-control-expose-headers");
    assert!(["Link", "Content-Crs", "ETag"].iter().all(|h| exposed.contains(h)), "{exposed}");
}

#[test]
fn head_has_the_headers_and_no_body() {
    let router = service(Small::default());
    let path = "/collections/violations-cercles/items";
    let (head, whole) = (ask_with(&router, Method::HEAD, path, &[]), ask(&router, path));
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(head.header("etag"), whole.header("etag"));
    assert_eq!(head.header("content-length"), whole.body.len().to_string());
}

#[test]
fn what_the_asker_has_is_not_sent_again_until_the_data_change() {
    let path = "/collections/violations-cercles/items";
    let router = service(Small::default());
    let first = ask(&router, path);
    let etag = first.header("etag").to_owned();
    assert!(etag.starts_with('"') && first.header("cache-control") == "public, max-age=60");
    assert_eq!(first.header("vary"), "Accept, Accept-Language, Accept-Encoding, Authorization, User-Agent");
    let again = ask_with(&router, Method::GET, path, &[("if-none-match", &etag)]);
    assert_eq!((again.status, again.body.len(), again.header("etag")), (StatusCode::NOT_MODIFIED, 0, etag.as_str()));
    let changed = service(Small { version: 8, more: 1, ..Small::default() });
    let after = ask_with(&changed, Method::GET, path, &[("if-none-match", &etag)]);
    assert_eq!(after.status, StatusCode::OK);
    assert_ne!(after.header("etag"), etag);
    // The same version elsewhere with other data has another tag too.
    let other = service(Small { more: 1, ..Small::default() });
    assert_ne!(ask(&other, path).header("etag"), etag);
}

#[test]
fn a_new_snapshot_is_answered_from_at_once() {
    use std::sync::{Arc, Mutex};
    let current = Arc::new(Mutex::new(Small::default().provider()(AsOf::Now, Role::Restricted).expect("current")));
    let held = current.clone();
    let router = router(
        Arc::new(move |_, _| Ok(held.lock().expect("unpoisoned").clone())),
        (Exposure::Public, Access::default()),
        None,
        Limits::default(),
    );
    let value =
        || ask(&router, "/collections/violations-cercles/items").json()["features"][1]["properties"]["value"].clone();
    assert_eq!(value(), 1);
    *current.lock().expect("unpoisoned") =
        Small { version: 8, more: 10, ..Small::default() }.provider()(AsOf::Now, Role::Restricted).expect("current");
    assert_eq!(value(), 11);
}

#[test]
fn bodies_are_coded_as_asked_and_are_the_same_underneath() {
    use std::io::Read as _;
    let router = service(Small::default());
    let path = "/collections/violations-communes/items";
    let plain = ask(&router, path);
    let mut tags = BTreeSet::from([plain.header("etag").to_owned()]);
    for (accept, token) in [("gzip", "gzip"), ("gzip, deflate, br", "br")] {
        let coded = ask_with(&router, Method::GET, path, &[("accept-encoding", accept)]);
        assert_eq!(coded.header("content-encoding"), token);
        assert!(coded.body.len() * 4 < plain.body.len());
        let mut text = Vec::new();
        if token == "gzip" {
            flate2::read::GzDecoder::new(&coded.body[..]).read_to_end(&mut text).expect("gzip");
        } else {
            brotli::Decompressor::new(&coded.body[..], 4096).read_to_end(&mut text).expect("brotli");
        }
        assert!(text == plain.body);
        assert!(tags.insert(coded.header("etag").to_owned()), "each coding has its own tag");
    }
}

#[test]
fn the_same_data_have_the_same_bytes() {
    let path = "/collections/violations-communes/items?period=2021-06&lang=fr";
    assert!(ask(&service(Small::default()), path).body == ask(&service(Small::default()), path).body);
    let turned = "/collections/violations-communes/items?lang=fr&period=2021-06";
    assert!(ask(&service(Small::default()), path).body == ask(&service(Small::default()), turned).body);
}

#[test]
fn the_api_description_holds_together() {
    let api = get("/api");
    assert_eq!(api["openapi"], "3.0.3");
    let limit = &api["components"]["parameters"]["limit"]["schema"];
    assert_eq!((&limit["default"], &limit["maximum"]), (&1000.into(), &10000.into()));
    let mut references = Vec::new();
    collect(&api, "$ref", &mut references);
    assert!(references.len() > 50);
    for reference in references {
        let pointer = reference.as_str().and_then(|r| r.strip_prefix('#')).expect("a local reference");
        assert!(api.pointer(pointer).is_some(), "{pointer}");
    }
    for id in ["regions", "violations-cercles", "violations-communes", "incidents"] {
        for tail in ["", "/items", "/items/{featureId}", "/schema", "/queryables"] {
            assert!(api["paths"][format!("/collections/{id}{tail}")]["get"].is_object(), "{id}{tail}");
        }
        assert!(api["paths"][format!("/qgis/{id}.qlr")].is_object());
    }
    let mut ids = Vec::new();
    collect(&api["paths"], "operationId", &mut ids);
    assert_eq!(ids.len(), ids.iter().map(ToString::to_string).collect::<BTreeSet<_>>().len());
    for (name, parameter) in api["components"]["parameters"].as_object().expect("parameters") {
        if parameter["in"] == "query" {
            assert_eq!((&parameter["style"], &parameter["explode"]), (&"form".into(), &false.into()), "{name}");
        }
    }
}

/// Every value under a key, at any depth.
fn collect<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name == key && member.is_string() {
                    found.push(member);
                }
                collect(member, key, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, key, found)),
        _ => {}
    }
}

#[test]
fn every_parameter_that_the_description_names_is_accepted() {
    let router = service(Small::default());
    let api = ask(&router, "/api").json();
    let good: BTreeMap<&str, &str> = BTreeMap::from([
        ("limit", "5"),
        ("offset", "1"),
        ("bbox", "-12,10,4,25"),
        ("datetime", "2021-01-01/.."),
        ("period", "2021-06"),
        ("set", "mli-2021"),
        ("source", "monitoring"),
        ("basis", "all"),
        ("lang", "en"),
        ("detail", "overview"),
        ("v", "7"),
        ("f", "json"),
        ("measure", "incidents"),
        ("level", "cercles"),
        ("method", "gi-star"),
        ("weights", "nearest-6"),
        ("alpha", "0.1"),
        ("permutations", "99"),
        ("months", "12"),
        ("min_events", "5"),
        ("against", "2021-05"),
        ("zone", "all"),
        ("by", "category"),
        ("formula", "symmetric"),
        ("tolerance", "5"),
        ("hxl", "true"),
        ("bbox-crs", "http://www.opengis.net/def/crs/OGC/1.3/CRS84"),
        ("crs", "http://www.opengis.net/def/crs/EPSG/0/32630"),
        ("filter", "pcode%3D'ML000001'"),
        ("filter-lang", "cql2-text"),
        ("filter-crs", "http://www.opengis.net/def/crs/EPSG/0/4326"),
        ("properties", "name"),
        ("sortby", "-name"),
    ]);
    for (path, operations) in api["paths"].as_object().expect("paths") {
        let path = path.replace("{featureId}", "mli-2021.ML000001");
        if drawn(&path) {
            continue;
        }
        for parameter in operations["get"]["parameters"].as_array().unwrap_or(&Vec::new()) {
            let pointer = parameter["$ref"].as_str().expect("a reference").trim_start_matches('#');
            let parameter = api.pointer(pointer).expect("resolves");
            let name = parameter["name"].as_str().expect("a name");
            if parameter["in"] != "query" || name == "as_of" || path.contains("/incidents/items/") {
                continue;
            }
            // Where the description lists the values, each of them.
            let listed = parameter["schema"]["enum"].as_array().filter(|_| name == "f");
            let values: Vec<&str> = match listed {
                Some(values) => values.iter().filter_map(Value::as_str).collect(),
                None if parameter["schema"]["type"] == "boolean" => vec!["true"],
                None => vec![good.get(name).unwrap_or(&"1")],
            };
            for value in values {
                let address = format!("{path}?{name}={value}");
                let answer = ask(&router, &address);
                assert_eq!(answer.status, StatusCode::OK, "{address}: {}", String::from_utf8_lossy(&answer.body));
            }
        }
    }
}

#[test]
fn people_get_pages_that_load_nothing_and_let_nothing_in() {
    let router = service(Small::default());
    for path in [
        "/",
        "/api.html",
        "/api",
        "/conformance",
        "/collections",
        "/collections/violations-cercles",
        "/collections/violations-cercles/items",
        "/collections/violations-cercles/items/mli-2021.ML000002",
    ] {
        let answer =
            ask_with(&router, Method::GET, path, &[("accept", "text/html,*/*;q=0.8"), ("accept-language", "en")]);
        let page = String::from_utf8(answer.body.clone()).expect("UTF-8");
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (StatusCode::OK, "text/html; charset=utf-8"),
            "{path}"
        );
        assert!(
            page.contains("<html lang=\"en\">") && page.contains("<h1>") && page.contains("Synthetic data"),
            "{path}"
        );
        assert!(!page.contains("<script") && !page.contains(" src=") && !page.contains("Unité \"0\" <&>"), "{path}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
    }
    let page = ask(&router, "/collections/violations-cercles/items?f=html").body;
    assert!(String::from_utf8(page).expect("UTF-8").contains("<svg role=\"img\""));
}

#[test]
fn the_layer_definition_is_a_file_with_the_address_and_the_style() {
    let router = service(Small::default());
    let answer = ask(&router, "/qgis/violations-cercles.qlr?period=2021-01/2021-06&lang=fr");
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"violations-cercles-2021-01_2021-06.qlr\"");
    let text = String::from_utf8(answer.body).expect("UTF-8").replace("&apos;", "'").replace("&amp;", "&");
    assert!(
        text.contains("url='http://localhost:8080/?period=2021-01/2021-06&lang=fr' typename='violations-cercles'"),
        "{text}"
    );
    assert!(text.contains("categorizedSymbol"));
}

#[test]
fn a_configured_address_stands_in_every_link_and_a_forwarded_one_in_none() {
    let public = PublicUrl::new("https://carto.example.org/vigie/").expect("an address");
    let router =
        router(Small::default().provider(), (Exposure::Public, Access::default()), Some(public), Limits::default());
    let landing =
        ask_with(&router, Method::GET, "/", &[("host", "inner:1"), ("x-forwarded-host", "evil.example")]).json();
    assert!(links(&landing).iter().all(|(_, href)| href.starts_with("https://carto.example.org/vigie")), "{landing}");
    let plain = service(Small::default());
    let landing = ask_with(&plain, Method::GET, "/", &[("x-forwarded-host", "evil.example")]);
    assert!(!String::from_utf8_lossy(&landing.body).contains("evil"));
    assert_eq!(ask_with(&plain, Method::GET, "/", &[("host", "a b")]).status, StatusCode::BAD_REQUEST);
}

#[test]
fn real_data_keep_their_points_to_this_machine() {
    let real = || Small { synthetic: false, ..Small::default() };
    let public = service(real());
    for path in [
        "/collections/incidents",
        "/collections/incidents/items",
        "/collections/incidents/items/monitoring.0",
        "/qgis/incidents.qlr",
    ] {
        assert_eq!(ask(&public, path).status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/collections", "/api", "/collections?f=html"] {
        let body = String::from_utf8_lossy(&ask(&public, path).body).into_owned();
        assert!(!body.contains("collections/incidents") && !body.contains("\"incidents\",\"title"), "{path}");
    }
    let local = router(real().provider(), (Exposure::UnsafeLocal, Access::default()), None, Limits::default());
    let answer = ask(&local, "/collections/incidents/items");
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "private, no-store"));
    assert_eq!(answer.header("access-control-allow-origin"), "");
    for (name, value) in [
        ("x-forwarded-for", "10.0.0.1"),
        ("via", "1.1 proxy"),
        ("host", "evil.example"),
        ("origin", "https://evil.example"),
    ] {
        let refused = ask_with(&local, Method::GET, "/collections/incidents/items", &[(name, value)]);
        assert_eq!(
            (refused.status, &refused.json()["type"]),
            (StatusCode::FORBIDDEN, &"urn:vigie:problem:forbidden".into()),
            "{name}"
        );
    }
}

#[test]
fn health_is_told_and_never_kept() {
    let router = service(Small::default());
    for path in ["/health", "/health/live", "/health/ready"] {
        let answer = ask(&router, path);
        assert_eq!(
            (answer.status, &answer.json()["status"], answer.header("cache-control")),
            (StatusCode::OK, &"ok".into(), "no-store")
        );
    }
    assert_eq!(ask(&router, "/health/ready").json()["data_version"], 7);
}

fn options(listen: &str, exposure: Exposure) -> ServeOptions {
    let listen = listen.parse().expect("an address");
    ServeOptions {
        listen,
        public_url: None,
        exposure,
        access: Access::default(),
        limits: Limits::default(),
        trusted: TrustedProxies::default(),
    }
}

#[test]
fn a_server_tells_its_address_answers_and_stops_when_told() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let server = runtime.block_on(Server::bind(options("127.0.0.1:0", Exposure::Public))).expect("bound");
    let address = server.address();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = runtime.spawn(server.run(Small::default().provider(), async move {
        let _ = stopped.await;
    }));
    let mut answer =
        ureq::get(format!("http://{address}/collections/violations-communes/items")).call().expect("an answer");
    let page: Value = answer.body_mut().read_json().expect("JSON");
    assert_eq!(page["numberReturned"], 701);
    let asked = Instant::now();
    stop.send(()).expect("running");
    runtime.block_on(running).expect("joined").expect("stopped well");
    assert!(asked.elapsed().as_secs() < 15, "{:?}", asked.elapsed());
    assert!(ureq::get(format!("http://{address}/")).call().is_err());
}

#[test]
fn unsafe_local_listens_on_this_machine_only() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let refused = runtime.block_on(Server::bind(options("0.0.0.0:0", Exposure::UnsafeLocal)));
    assert!(matches!(refused, Err(ServeError::NotLoopback(_))));
}

/// The promise is 30 ms for 701 full geometries in a release build; here it is only seen that nothing is out of all proportion.
#[test]
fn a_page_of_all_communes_in_full_is_quick() {
    let router = service(Small { vertices: 180, ..Small::default() });
    let path = |n: usize| format!("/collections/violations-communes/items?offset={n}");
    let timed = |path: &str| {
        let started = Instant::now();
        let answer = ask(&router, path);
        (answer.body.len(), started.elapsed())
    };
    timed("/collections");
    let (bytes, cold) = timed(&path(0));
    let (_, warm) = timed(&path(0));
    println!(
        "701 features, {bytes} bytes: computed in {cold:?} (the test's own source included), from the cache in {warm:?}"
    );
    assert!(bytes > 2_400_000, "{bytes}");
    assert!(warm.as_millis() < 500, "{warm:?}");
}
