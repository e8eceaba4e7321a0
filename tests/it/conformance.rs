//! Every conformance class that `/conformance` declares, and what shows it: OGC's own suites where they exist (`make conformance`), else a
//! test here, after the abstract tests of the standards (OGC API Features Part 3, 19-079r2; CQL2, 21-065r2; Part 5, 23-058).

use std::collections::BTreeSet;
use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::support::{Server, demo_server};

const LAYER: &str = "/collections/violations-cercles";

/// A class and the tests that show it, as `file function`; `suite` is the conformance suite of OGC of that name.
const SHOWN: [(&str, &[&str]); 32] = [
    (
        "ogcapi-features-1/1.0/conf/core",
        &["suite features", "web.rs pages_follow_each_other_without_gap_or_overlap_and_keep_every_parameter"],
    ),
    ("ogcapi-features-1/1.0/conf/oas30", &["suite features", "web.rs the_api_description_holds_together"]),
    ("ogcapi-features-1/1.0/conf/html", &["web.rs people_get_pages_that_load_nothing_and_let_nothing_in"]),
    (
        "ogcapi-features-1/1.0/conf/geojson",
        &["suite features", "web.rs a_page_of_features_is_geojson_and_speaks_of_itself"],
    ),
    (
        "ogcapi-features-2/1.0/conf/crs",
        &["suite features", "features.rs coordinates_come_in_the_system_asked_for_and_the_header_names_it"],
    ),
    ("ogcapi-features-3/1.0/conf/filter", &["conformance.rs a_filter_is_declared_and_what_it_cannot_say_is_refused"]),
    (
        "ogcapi-features-3/1.0/conf/features-filter",
        &[
            "conformance.rs a_filter_joins_every_other_parameter",
            "features.rs a_filter_chooses_what_its_sentence_says_in_text_and_in_json",
        ],
    ),
    ("ogcapi-features-3/1.0/conf/queryables", &["conformance.rs every_queryable_can_be_asked_about_and_nothing_else"]),
    ("ogcapi-features-3/1.0/conf/queryables-query-parameters", &["conformance.rs every_queryable_is_a_parameter_too"]),
    (
        "ogcapi-features-5/1.0/conf/schemas",
        &[
            "conformance.rs the_schema_of_a_collection_tells_every_property_and_its_role",
            "web.rs the_schema_has_plain_types_and_a_geometry_without_one",
        ],
    ),
    ("cql2/1.0/conf/cql2-text", &["conformance.rs basic_cql2_chooses_what_the_sentences_say_in_both_writings"]),
    ("cql2/1.0/conf/cql2-json", &["conformance.rs basic_cql2_chooses_what_the_sentences_say_in_both_writings"]),
    ("cql2/1.0/conf/basic-cql2", &["conformance.rs basic_cql2_chooses_what_the_sentences_say_in_both_writings"]),
    (
        "cql2/1.0/conf/advanced-comparison-operators",
        &["conformance.rs advanced_comparisons_choose_what_the_sentences_say_in_both_writings"],
    ),
    (
        "cql2/1.0/conf/case-insensitive-comparison",
        &["conformance.rs case_and_accents_do_not_count_where_the_filter_says_so"],
    ),
    (
        "cql2/1.0/conf/accent-insensitive-comparison",
        &["conformance.rs case_and_accents_do_not_count_where_the_filter_says_so"],
    ),
    (
        "cql2/1.0/conf/basic-spatial-functions",
        &["conformance.rs a_point_and_a_box_choose_what_they_meet_in_both_writings"],
    ),
    (
        "cql2/1.0/conf/basic-spatial-operators",
        &["conformance.rs a_point_and_a_box_choose_what_they_meet_in_both_writings"],
    ),
    (
        "ogcapi-tiles-1/1.0/conf/core",
        &["suite tiles", "tiles.rs a_tile_that_cannot_be_is_refused_with_the_cure_and_an_empty_one_has_no_content"],
    ),
    (
        "ogcapi-tiles-1/1.0/conf/tileset",
        &["suite tiles", "tiles.rs an_address_with_the_version_lasts_for_ever_and_one_without_is_asked_again"],
    ),
    ("ogcapi-tiles-1/1.0/conf/tilesets-list", &["suite tiles", "web.rs every_link_of_every_page_answers"]),
    ("ogcapi-tiles-1/1.0/conf/geodata-tilesets", &["suite tiles", "web.rs every_link_of_every_page_answers"]),
    (
        "ogcapi-tiles-1/1.0/conf/mvt",
        &[
            "suite tiles",
            "tiles.rs another_decoder_finds_every_layer_valid_wound_right_without_gaps_and_each_label_point_once",
        ],
    ),
    (
        "ogcapi-tiles-1/1.0/conf/png",
        &["tiles.rs pictures_show_the_colour_of_the_class_and_nothing_outside_the_country"],
    ),
    (
        "tms/2.0/conf/tilematrixset",
        &["suite tiles", "tiles.rs an_address_with_the_version_lasts_for_ever_and_one_without_is_asked_again"],
    ),
    (
        "tms/2.0/conf/json-tilematrixset",
        &["suite tiles", "tiles.rs an_address_with_the_version_lasts_for_ever_and_one_without_is_asked_again"],
    ),
    ("ogcapi-maps-1/1.0/conf/core", &["maps.rs a_map_has_the_size_asked_and_says_its_box_and_system"]),
    ("ogcapi-maps-1/1.0/conf/collection-map", &["maps.rs a_map_has_the_size_asked_and_says_its_box_and_system"]),
    ("ogcapi-maps-1/1.0/conf/png", &["maps.rs a_map_has_the_size_asked_and_says_its_box_and_system"]),
    ("ogcapi-maps-1/1.0/conf/svg", &["maps.rs a_map_has_the_size_asked_and_says_its_box_and_system"]),
    (
        "ogcapi-styles-1/0.0/conf/core",
        &["styles.rs every_layer_has_a_style_that_the_specification_of_maplibre_accepts"],
    ),
    (
        "ogcapi-styles-1/0.0/conf/mapbox-styles",
        &["styles.rs every_layer_has_a_style_that_the_specification_of_maplibre_accepts"],
    ),
];

#[test]
fn every_class_declared_is_shown_by_a_test_that_exists_and_none_is_shown_undeclared() {
    let declared = demo_server().get("/conformance");
    let declared: BTreeSet<&str> = declared["conformsTo"]
        .as_array()
        .expect("classes")
        .iter()
        .map(|c| c.as_str().and_then(|c| c.strip_prefix("http://www.opengis.net/spec/")).expect("a class of OGC"))
        .collect();
    let shown: BTreeSet<&str> = SHOWN.iter().map(|(class, _)| *class).collect();
    assert_eq!(declared, shown, "a class without a test, or a test without its class");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let suites = std::fs::read_to_string(root.join("conformance/run.sh")).expect("the suites");
    for (class, tests) in SHOWN {
        assert!(!tests.is_empty(), "{class}");
        for test in tests {
            let (file, name) = test.split_once(' ').expect("a file and a name");
            if file == "suite" {
                assert!(suites.contains(&format!("ets-ogcapi-{name}10")), "{class}: no suite {name}");
                continue;
            }
            let source = std::fs::read_to_string(root.join("it").join(file)).expect(file);
            assert!(source.contains(&format!("#[test]\nfn {name}()")), "{class}: no test {name} in {file}");
        }
    }
}

fn coded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn features(path: &str) -> Vec<Value> {
    let mut page = demo_server().get(path);
    let Value::Array(features) = page["features"].take() else { unreachable!("{path}: no features") };
    assert_eq!(page["numberMatched"], features.len(), "{path}: more than a page");
    features
}

fn ids<'f>(features: impl IntoIterator<Item = &'f Value>) -> BTreeSet<String> {
    features.into_iter().map(|f| f["id"].as_str().expect("an id").to_owned()).collect()
}

/// What a filter chooses of June 2021, by its text and by its JSON, which must agree.
fn chosen(text: &str, json: &Value) -> BTreeSet<String> {
    let path = format!("{LAYER}/items?period=2021-06&limit=1000");
    // Text is what a filter is in where nothing says otherwise.
    let by_text = ids(&features(&format!("{path}&filter={}", coded(text))));
    let named = ids(&features(&format!("{path}&filter-lang=cql2-text&filter={}", coded(text))));
    let by_json = ids(&features(&format!("{path}&filter-lang=cql2-json&filter={}", coded(&json.to_string()))));
    assert!(by_text == by_json && by_text == named, "{text}: {by_text:?} by text, {by_json:?} by JSON");
    by_text
}

/// A filter's text, its JSON, and what it means of a feature's properties.
type Case<'c> = (&'c str, Value, &'c dyn Fn(&Value) -> bool);

/// Asks each filter and compares with what a plain reading of the features chooses; some must choose some and leave some.
fn compare(cases: &[Case<'_>]) {
    let all = features(&format!("{LAYER}/items?period=2021-06&limit=1000"));
    let mut telling = 0;
    for (text, json, meant) in cases {
        let wanted = ids(all.iter().filter(|f| meant(&f["properties"])));
        telling += usize::from(!wanted.is_empty() && wanted.len() < all.len());
        assert_eq!(chosen(text, json), wanted, "{text}");
    }
    assert!(telling * 3 >= cases.len() * 2, "{telling} of {} filters tell features apart", cases.len());
}

fn property(name: &str) -> Value {
    json!({"property": name})
}

fn op(name: &str, args: &[Value]) -> Value {
    json!({"op": name, "args": args})
}

fn number(p: &Value) -> Option<i64> {
    p["value"].as_i64()
}

fn name(p: &Value) -> &str {
    p["name"].as_str().expect("a name")
}

#[test]
fn basic_cql2_chooses_what_the_sentences_say_in_both_writings() {
    let value = || property("value");
    let some = || op(">=", &[value(), json!(10)]);
    let none = || op("isNull", &[value()]);
    compare(&[
        (
            "value = 10 OR value <> 10",
            op("or", &[op("=", &[value(), json!(10)]), op("<>", &[value(), json!(10)])]),
            &|p| number(p).is_some(),
        ),
        ("value <> 0", op("<>", &[value(), json!(0)]), &|p| number(p).is_some_and(|v| v != 0)),
        ("value = 0", op("=", &[value(), json!(0)]), &|p| number(p) == Some(0)),
        ("value > 10", op(">", &[value(), json!(10)]), &|p| number(p).is_some_and(|v| v > 10)),
        ("value >= 10", some(), &|p| number(p).is_some_and(|v| v >= 10)),
        ("value < 10", op("<", &[value(), json!(10)]), &|p| number(p).is_some_and(|v| v < 10)),
        ("value <= 10", op("<=", &[value(), json!(10)]), &|p| number(p).is_some_and(|v| v <= 10)),
        ("value IS NULL", none(), &|p| number(p).is_none()),
        ("value IS NOT NULL", op("not", &[none()]), &|p| number(p).is_some()),
        ("name = 'Mopti'", op("=", &[property("name"), json!("Mopti")]), &|p| name(p) == "Mopti"),
        ("name >= 'M'", op(">=", &[property("name"), json!("M")]), &|p| name(p) >= "M"),
        ("name < 'M' AND value >= 10", op("and", &[op("<", &[property("name"), json!("M")]), some()]), &|p| {
            name(p) < "M" && number(p).is_some_and(|v| v >= 10)
        }),
        ("name < 'M' OR value >= 10", op("or", &[op("<", &[property("name"), json!("M")]), some()]), &|p| {
            name(p) < "M" || number(p).is_some_and(|v| v >= 10)
        }),
        // What is not known stays so under NOT: neither chosen here nor there.
        ("NOT value >= 10", op("not", &[some()]), &|p| number(p).is_some_and(|v| v < 10)),
        (
            "NOT (name < 'M' AND value >= 10)",
            op("not", &[op("and", &[op("<", &[property("name"), json!("M")]), some()])]),
            &|p| name(p) >= "M" || number(p).is_some_and(|v| v < 10),
        ),
        (
            "synthetic = TRUE AND name = 'Gao'",
            op("and", &[op("=", &[property("synthetic"), json!(true)]), op("=", &[property("name"), json!("Gao")])]),
            &|p| name(p) == "Gao",
        ),
        ("synthetic = FALSE", op("=", &[property("synthetic"), json!(false)]), &|_| false),
        ("10 <= value", op("<=", &[json!(10), value()]), &|p| number(p).is_some_and(|v| v >= 10)),
    ]);
}

#[test]
fn advanced_comparisons_choose_what_the_sentences_say_in_both_writings() {
    let like = |pattern: &str| op("like", &[property("name"), json!(pattern)]);
    let between = op("between", &[property("value"), json!(10), json!(100)]);
    let listed = op("in", &[property("name"), json!(["Gao", "Mopti", "Nowhere"])]);
    compare(&[
        ("name LIKE 'B%'", like("B%"), &|p| name(p).starts_with('B')),
        ("name LIKE '%a'", like("%a"), &|p| name(p).ends_with('a')),
        ("name LIKE '_a%'", like("_a%"), &|p| name(p).chars().nth(1) == Some('a')),
        ("name NOT LIKE 'B%'", op("not", &[like("B%")]), &|p| !name(p).starts_with('B')),
        ("value BETWEEN 10 AND 100", between.clone(), &|p| number(p).is_some_and(|v| (10..=100).contains(&v))),
        ("value NOT BETWEEN 10 AND 100", op("not", &[between]), &|p| {
            number(p).is_some_and(|v| !(10..=100).contains(&v))
        }),
        ("name IN ('Gao', 'Mopti', 'Nowhere')", listed.clone(), &|p| ["Gao", "Mopti"].contains(&name(p))),
        ("name NOT IN ('Gao', 'Mopti', 'Nowhere')", op("not", &[listed]), &|p| !["Gao", "Mopti"].contains(&name(p))),
    ]);
}

#[test]
fn case_and_accents_do_not_count_where_the_filter_says_so() {
    let casei = |inner: Value| op("casei", &[inner]);
    let accenti = |inner: Value| op("accenti", &[inner]);
    let both = |inner: Value| accenti(casei(inner));
    let segou = |p: &Value| name(p) == "Ségou";
    compare(&[
        ("CASEI(name) = CASEI('sÉGOU')", op("=", &[casei(property("name")), casei(json!("sÉGOU"))]), &segou),
        ("ACCENTI(name) = ACCENTI('Segou')", op("=", &[accenti(property("name")), accenti(json!("Segou"))]), &segou),
        (
            "ACCENTI(CASEI(name)) = ACCENTI(CASEI('SEGOU'))",
            op("=", &[both(property("name")), both(json!("SEGOU"))]),
            &segou,
        ),
        ("CASEI(name) LIKE CASEI('b%')", op("like", &[casei(property("name")), casei(json!("b%"))]), &|p| {
            name(p).starts_with('B')
        }),
        ("name = 'SEGOU'", op("=", &[property("name"), json!("SEGOU")]), &|_| false),
    ]);
}

#[test]
fn a_point_and_a_box_choose_what_they_meet_in_both_writings() {
    let path = format!("{LAYER}/items?period=2021-06&limit=1000");
    let meets = |geometry: Value| op("s_intersects", &[property("geometry"), geometry]);
    let by_box = ids(&features(&format!("{path}&bbox=-5,13,-3,15")));
    assert!(by_box.len() > 3);
    // The parameter goes by boxes of features; the function by their outlines, so that it chooses no others.
    let found = chosen("S_INTERSECTS(geometry, BBOX(-5, 13, -3, 15))", &meets(json!({"bbox": [-5, 13, -3, 15]})));
    assert!(!found.is_empty() && found.is_subset(&by_box), "{found:?} of {by_box:?}");
    let ring = json!([[[-5, 13], [-3, 13], [-3, 15], [-5, 15], [-5, 13]]]);
    let text = "S_INTERSECTS(geometry, POLYGON((-5 13, -3 13, -3 15, -5 15, -5 13)))";
    assert_eq!(chosen(text, &meets(json!({"type": "Polygon", "coordinates": ring}))), found);
    let one = chosen(
        "S_INTERSECTS(geometry, POINT(-4.2 14.5))",
        &meets(json!({"type": "Point", "coordinates": [-4.2, 14.5]})),
    );
    assert!(one.len() == 1 && one.is_subset(&found), "{one:?}");
    let nowhere =
        chosen("S_INTERSECTS(geometry, POINT(40 50))", &meets(json!({"type": "Point", "coordinates": [40, 50]})));
    assert!(nowhere.is_empty());
    let both = chosen(
        "S_INTERSECTS(geometry, BBOX(-5, 13, -3, 15)) AND NOT S_INTERSECTS(geometry, POINT(-4.2 14.5))",
        &op(
            "and",
            &[
                meets(json!({"bbox": [-5, 13, -3, 15]})),
                op("not", &[meets(json!({"type": "Point", "coordinates": [-4.2, 14.5]}))]),
            ],
        ),
    );
    assert_eq!(both.len(), found.len() - 1);
}

#[test]
fn a_filter_is_declared_and_what_it_cannot_say_is_refused() {
    let server = demo_server();
    let api = server.get("/api");
    let parameters = api["paths"][format!("{LAYER}/items")]["get"]["parameters"].to_string();
    for name in ["filter", "filter-lang", "filter-crs"] {
        assert!(parameters.contains(&format!("/parameters/{name}\"")), "{name}: {parameters}");
    }
    for (query, parameter) in [
        ("filter=value%20%3D", "filter"),
        ("filter=unknown%20%3D%201", "filter"),
        ("filter=value%20%3D%201&filter-lang=cql-text", "filter-lang"),
        ("filter=value%20%3D%201&filter-lang=cql2-json", "filter"),
        ("filter=value%20%3D%201&filter-crs=urn:x", "filter-crs"),
    ] {
        let (status, problem) = server.status(&format!("{LAYER}/items?{query}"));
        assert_eq!((status, &problem["parameter"]), (400, &parameter.into()), "{query}: {problem}");
    }
}

#[test]
fn a_filter_joins_every_other_parameter() {
    let path = format!("{LAYER}/items?period=2021-06&limit=1000");
    let filter = format!("&filter={}", coded("value >= 1"));
    let filtered = ids(&features(&format!("{path}{filter}")));
    let pcode = filtered.iter().next().and_then(|id| id.split_once('.')).expect("a unit").1.to_owned();
    for more in [
        "bbox=-5,13,-3,15".to_owned(),
        format!("pcode={pcode}"),
        "datetime=2021-06-17".to_owned(),
        "datetime=2019-01-01".to_owned(),
    ] {
        let alone = ids(&features(&format!("{path}&{more}")));
        let both = ids(&features(&format!("{path}&{more}{filter}")));
        assert_eq!(both, alone.intersection(&filtered).cloned().collect(), "{more}");
    }
    // Pages of a filter are pages of what it chooses.
    let page = demo_server().get(&format!("{LAYER}/items?period=2021-06&limit=2{filter}"));
    assert_eq!((page["numberMatched"].as_u64(), &page["numberReturned"]), (Some(filtered.len() as u64), &2.into()));
    let next = page["links"].as_array().expect("links").iter().find(|l| l["rel"] == "next").expect("a next page");
    assert!(next["href"].as_str().is_some_and(|h| h.contains("filter=")), "{next}");
}

/// The queryables that are no geometry, name and type.
fn queryables(collection: &str) -> Vec<(String, String)> {
    let server = demo_server();
    let document = server.get(&format!("/collections/{collection}/queryables"));
    assert_eq!(document["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(document["$id"], format!("{}/collections/{collection}/queryables", server.url));
    assert_eq!(document["type"], "object");
    let properties = document["properties"].as_object().expect("properties");
    let plain = properties.iter().filter(|(name, _)| *name != "geometry");
    plain.map(|(name, about)| (name.clone(), about["type"].as_str().expect("a type").to_owned())).collect()
}

#[test]
fn every_queryable_can_be_asked_about_and_nothing_else() {
    let server = demo_server();
    let collections = server.get("/collections");
    for collection in collections["collections"].as_array().expect("collections") {
        let id = collection["id"].as_str().expect("an id");
        let rel = "http://www.opengis.net/def/rel/ogc/1.0/queryables";
        let links = collection["links"].as_array().expect("links");
        assert!(links.iter().any(|l| l["rel"] == rel && l["type"] == "application/schema+json"), "{id}");
        // Twins are long and have the queryables of their layers.
        if id.ends_with("-monthly") {
            continue;
        }
        let names = queryables(id);
        assert!(!names.is_empty(), "{id}");
        let all = names.iter().map(|(name, _)| format!("(\"{name}\" IS NULL OR \"{name}\" IS NOT NULL)"));
        let filter = all.collect::<Vec<_>>().join(" AND ");
        let whole = server.get(&format!("/collections/{id}/items?limit=1"));
        let asked = server.get(&format!("/collections/{id}/items?limit=1&filter={}", coded(&filter)));
        assert_eq!(asked["numberMatched"], whole["numberMatched"], "{id}");
        let (status, _) = server.status(&format!("/collections/{id}/items?filter={}", coded("no_such_thing IS NULL")));
        assert_eq!(status, 400, "{id}");
    }
}

#[test]
fn every_queryable_is_a_parameter_too() {
    let server = demo_server();
    let path = format!("{LAYER}/items?period=2021-06&limit=1000");
    let all = features(&path);
    for (name, kind) in queryables("violations-cercles") {
        let Some(known) = all.iter().map(|f| &f["properties"][&name]).find(|v| !v.is_null()) else { continue };
        let text = known.as_str().map_or_else(|| known.to_string(), str::to_owned);
        let wanted = ids(all.iter().filter(|f| f["properties"][&name] == *known));
        assert_eq!(ids(&features(&format!("{path}&{name}={}", coded(&text)))), wanted, "{name}={text}");
        if kind != "string" {
            let (status, problem) = server.status(&format!("{path}&{name}=beaucoup"));
            assert_eq!((status, &problem["parameter"]), (400, &name.as_str().into()), "{problem}");
        }
    }
}

#[test]
fn the_schema_of_a_collection_tells_every_property_and_its_role() {
    let server = demo_server();
    let collections = server.get("/collections");
    for collection in collections["collections"].as_array().expect("collections") {
        let id = collection["id"].as_str().expect("an id");
        let rel = "http://www.opengis.net/def/rel/ogc/1.0/schema";
        let links = collection["links"].as_array().expect("links");
        assert!(links.iter().any(|l| l["rel"] == rel && l["type"] == "application/schema+json"), "{id}");
        let schema = server.get(&format!("/collections/{id}/schema"));
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{id}");
        assert_eq!(schema["$id"], format!("{}/collections/{id}/schema", server.url));
        assert_eq!(schema["type"], "object");
        let properties = schema["properties"].as_object().expect("properties");
        let geometries: Vec<_> = properties.values().filter(|p| p["x-ogc-role"] == "primary-geometry").collect();
        assert!(
            geometries.len() == 1 && geometries[0]["format"].as_str().is_some_and(|f| f.starts_with("geometry-")),
            "{id}"
        );
        let told: BTreeSet<&String> = properties.keys().filter(|n| *n != "geometry").collect();
        let page = server.get(&format!("/collections/{id}/items?limit=1"));
        for feature in page["features"].as_array().expect("features") {
            let own: BTreeSet<&String> = feature["properties"].as_object().expect("properties").keys().collect();
            assert_eq!(own, told, "{id}");
        }
    }
}

/// A path of the description with its parts in braces filled in; none where there is nothing to fill in.
fn filled(path: &str, api: &Value, server: &Server) -> Option<String> {
    let mut out = path.to_owned();
    while let Some((before, rest)) = out.split_once('{') {
        let (name, after) = rest.split_once('}').expect("closed");
        let schema = &api["components"]["parameters"][name]["schema"];
        let value = match name {
            "featureId" => {
                let items = server.get(&format!("{before}?limit=1").replace("/items/", "/items"));
                items["features"][0]["id"].as_str()?.to_owned()
            }
            "importId" => server.get("/imports")["imports"][0]["id"].to_string(),
            // Mali, at the zoom that shows it whole.
            "z" | "tileMatrix" => "5".to_owned(),
            "x" | "tileCol" => "15".to_owned(),
            "y" | "tileRow" => "14".to_owned(),
            _ => schema["example"].as_str().or_else(|| schema["enum"][0].as_str()).expect("an example").to_owned(),
        };
        out = format!("{before}{}{after}", value.replace(' ', "%20"));
    }
    Some(out)
}

#[test]
fn every_route_is_described_and_every_address_described_answers_as_it_says() {
    let server = demo_server();
    let api = server.get("/api");
    let paths = api["paths"].as_object().expect("paths");
    let layers: BTreeSet<&str> = paths.keys().filter_map(|p| p.strip_prefix("/legend/")).collect();
    // Of a route and of a path alike: what is written in braces, and which layer, does not matter.
    let shape = |path: &str| -> String {
        let mut parts: Vec<&str> = path.split('/').collect();
        for part in &mut parts {
            let stem = part.split('.').next().unwrap_or_default();
            if part.contains('{') || layers.contains(stem) || part.contains('.') || *part == "WebMercatorQuad" {
                *part = "*";
            }
        }
        parts.join("/")
    };
    let described: BTreeSet<String> = paths.keys().map(|p| shape(p)).collect();
    let source = include_str!("../../src/web/service.rs");
    let routes = source.split(".route(").skip(1).map(|r| r.split('"').nth(1).expect("a path"));
    let mut seen = 0;
    for route in routes {
        seen += 1;
        assert!(described.contains(&shape(route)), "{route} stands in no description");
    }
    assert!(seen > 40, "{seen}");
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    for (path, operations) in paths {
        let Some(operation) = operations.get("get") else { continue };
        // A layer of points that nobody has located has no feature to ask for.
        let Some(mut address) = filled(path, &api, server) else { continue };
        for reference in operation["parameters"].as_array().unwrap_or(&Vec::new()) {
            let parameter = api.pointer(&reference["$ref"].as_str().expect("a reference")[1..]).expect("resolves");
            if parameter["in"] == "query" && parameter["required"] == true {
                let value = parameter["schema"]["enum"][0].as_str().expect("a value");
                address += &format!("?{}={value}", parameter["name"].as_str().expect("a name"));
            }
        }
        let answer = agent.get(format!("{}{address}", server.url)).call().expect("an answer");
        let status = answer.status().as_u16();
        let media = answer.headers().get("content-type").map_or("", |m| m.to_str().expect("a media type"));
        let said = &operation["responses"][status.to_string()];
        assert!(matches!(status, 200 | 204) && said.is_object(), "{address}: {status}");
        let forms = said["content"].as_object();
        assert!(
            status == 204 || forms.is_some_and(|f| f.keys().any(|k| k.split(';').next() == media.split(';').next())),
            "{address}: {media}"
        );
    }
}
