//! Styles for web maps, legends and the page to embed, through the real program.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{arg, demo_server, text};

const LAYERS: [&str; 5] = ["violations-cercles", "violations-communes", "risk-communes", "coverage-communes", "alerts"];

/// The web folder with its packages; says so where they were not installed, or Node.js is absent.
fn web_folder() -> Option<PathBuf> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
    let node = Command::new("node").arg("--version").output().is_ok_and(|o| o.status.success());
    if node && web.join("node_modules").is_dir() {
        return Some(web);
    }
    println!("skipped: Node.js or web/node_modules is not here (npm ci in web/)");
    None
}

fn bytes(path: &str) -> (String, String, Vec<u8>) {
    let mut answer = ureq::get(&format!("{}{path}", demo_server().url)).call().expect("an answer");
    let header = |name: &str| answer.headers().get(name).map_or("", |v| v.to_str().expect("text")).to_owned();
    let (media, policy) = (header("content-type"), header("content-security-policy"));
    (media, policy, answer.body_mut().read_to_vec().expect("a body"))
}

#[test]
fn every_layer_has_a_style_that_the_specification_of_maplibre_accepts() {
    let server = demo_server();
    let listed = server.get("/styles");
    let styles = listed["styles"].as_array().expect("styles");
    assert!(styles.len() > 10);
    let dir = tempfile::tempdir().expect("a folder");
    for style in styles {
        let id = style["id"].as_str().expect("an id");
        let (media, _, body) = bytes(&format!("/styles/{id}"));
        assert_eq!(media, "application/vnd.mapbox.style+json", "{id}");
        std::fs::write(dir.path().join(format!("{id}.json")), body).expect("written");
    }
    let Some(web) = web_folder() else { return };
    let checker = web.join("tests/check-styles.mjs");
    let done = Command::new("node").arg(checker).arg(dir.path()).current_dir(&web).output().expect("node starts");
    assert!(done.status.success(), "{}{}", text(&done.stdout), text(&done.stderr));
    assert_eq!(text(&done.stdout).trim(), format!("{} styles", styles.len()));
}

#[test]
fn a_legend_counts_each_feature_once_and_shows_every_absence() {
    let server = demo_server();
    for layer in ["violations-cercles", "risk-communes", "coverage-communes"] {
        let legend = server.get(&format!("/legend/{layer}?period=2021-06&lang=en"));
        let entries = legend["entries"].as_array().expect("entries");
        let sum: u64 = entries.iter().filter_map(|e| e["count"].as_u64()).sum();
        assert_eq!(Some(sum), legend["features"].as_u64(), "{layer}: {legend}");
        assert!(entries.iter().any(|e| e["id"] == "not_covered" && e["pattern"] == "lines"), "{layer}");
        let (media, _, svg) = bytes(&format!("/legend/{layer}?period=2021-06&f=svg"));
        assert_eq!(media, "image/svg+xml");
        assert!(text(&svg).starts_with("<svg"));
    }
}

/// Where the swatches of a legend's drawing have their middle, pixels, in the order of the lines.
fn swatches(svg: &str, entries: &[Value]) -> Vec<(f64, f64)> {
    let tops = svg.split("<g transform=\"translate(8 ").skip(1).map(|g| g.split(')').next().expect("a number"));
    let tops: Vec<f64> = tops.map(|t| t.parse().expect("a number")).collect();
    assert_eq!(tops.len(), entries.len(), "a swatch a line");
    let middle = |e: &Value| e["size_mm"].as_f64().map_or(9.0, |mm| (mm * 96.0 / 25.4).max(4.0) / 2.0);
    tops.iter().zip(entries).map(|(top, e)| (8.0 + 25.0, top + middle(e))).collect()
}

#[test]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a small picture")]
fn a_legend_as_a_picture_has_the_colour_of_each_class_and_status_at_its_swatch_and_twice_the_pixels_of_the_drawing() {
    let server = demo_server();
    for layer in ["violations-cercles", "risk-communes", "coverage-communes", "alerts"] {
        let legend = server.get(&format!("/legend/{layer}?period=2021-06"));
        let entries = legend["entries"].as_array().expect("entries");
        let svg = text(&bytes(&format!("/legend/{layer}?period=2021-06&f=svg")).2);
        for address in
            [format!("/legend/{layer}?period=2021-06&f=png"), format!("/styles/{layer}?f=legend-png&period=2021-06")]
        {
            let (media, _, png) = bytes(&address);
            assert_eq!(media, "image/png");
            let picture = tiny_skia::Pixmap::decode_png(&png).expect("a PNG");
            assert!(svg.contains(&format!("width=\"{}\" height=\"{}\"", picture.width() / 2, picture.height() / 2)));
            for (entry, (x, y)) in entries.iter().zip(swatches(&svg, entries)) {
                let hex = |x: f64, y: f64| {
                    let p = picture.pixel((x * 2.0) as u32, (y * 2.0) as u32).expect("inside").demultiply();
                    format!("#{:02X}{:02X}{:02X}", p.red(), p.green(), p.blue())
                };
                // The ink of a pattern may lie on the very middle: its ground is all around.
                let around = (-6..=6).flat_map(|dx| (-4..=4).map(move |dy| (x + f64::from(dx), y + f64::from(dy))));
                let seen: Vec<String> = if entry["pattern"].is_string() {
                    around.map(|(x, y)| hex(x, y)).collect()
                } else {
                    vec![hex(x, y)]
                };
                let ground = entry["colour"].as_str().expect("a colour");
                assert!(seen.iter().any(|c| c == ground), "{layer} {}: {ground} is {seen:?}", entry["id"]);
                assert!(entry["pattern"].is_null() || seen.iter().any(|c| c != ground), "{}: no ink", entry["id"]);
            }
        }
    }
}

#[test]
fn every_style_as_sld_is_well_formed_and_valid_against_the_schemas_of_ogc() {
    let server = demo_server();
    let dir = tempfile::tempdir().expect("a folder");
    let styles = server.get("/styles");
    let mut files = Vec::new();
    for id in styles["styles"].as_array().expect("styles").iter().filter_map(|s| s["id"].as_str()) {
        for lang in ["fr", "en"] {
            let (media, _, body) = bytes(&format!("/styles/{id}?f=sld&lang={lang}"));
            assert_eq!(media, "application/vnd.ogc.sld+xml;version=1.1", "{id}");
            let file = dir.path().join(format!("{id}-{lang}.sld"));
            std::fs::write(&file, body).expect("written");
            files.push(file);
        }
    }
    assert!(files.len() > 20);
    let checked = |more: &[&str]| Command::new("xmllint").args(["--nonet", "--noout"]).args(more).args(&files).output();
    let Ok(done) = checked(&[]) else {
        println!("skipped: xmllint is not here (Debian: libxml2-utils)");
        return;
    };
    assert!(done.status.success(), "{}", text(&done.stderr));
    let schema =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("target/judges/schemas/ogc/sld/1.1.0/StyledLayerDescriptor.xsd");
    if !schema.exists() {
        println!("skipped: the schemas of SLD are not here (make judges)");
        return;
    }
    let done = checked(&["--schema", arg(&schema)]).expect("xmllint starts");
    assert!(done.status.success(), "{}", text(&done.stderr));
}

#[test]
fn a_block_of_glyphs_that_is_not_there_is_told_which_there_are() {
    let server = demo_server();
    for (path, cure) in [
        ("/glyphs/Comic%20Sans/0-255.pbf", "Roboto Condensed Bold"),
        ("/glyphs/Roboto%20Regular/1-256.pbf", "256-511.pbf"),
        ("/glyphs/Roboto%20Regular/0-511.pbf", "0-255.pbf"),
        ("/glyphs/Roboto%20Regular/65536-65791.pbf", "65280-65535.pbf"),
        ("/glyphs/Roboto%20Regular/-256--1.pbf", "0-255.pbf"),
        ("/glyphs/Roboto%20Regular/0-255.png", "0-255.pbf"),
    ] {
        let (status, problem) = server.status(path);
        assert_eq!(status, 404, "{path}: {problem}");
        assert!(problem["detail"].as_str().is_some_and(|said| said.contains(cure)), "{path}: {problem}");
        assert!(problem["allowed"].as_array().is_some_and(|all| !all.is_empty()), "{path}: {problem}");
    }
}

#[test]
fn circles_stand_on_one_place_a_unit_with_the_values_of_the_features() {
    let server = demo_server();
    let places = server.get("/styles/violations-cercles/places?period=2021-06");
    let items = server.get("/collections/violations-cercles/items?period=2021-06&limit=1000");
    let of = |page: &Value| {
        let features = page["features"].as_array().expect("features").iter();
        features
            .map(|f| (f["id"].to_string(), f["properties"].to_string()))
            .collect::<std::collections::BTreeMap<_, _>>()
    };
    assert_eq!(of(&places), of(&items));
    assert!(places["features"].as_array().expect("features").iter().all(|f| f["geometry"]["type"] == "Point"));
}

#[test]
fn the_sprite_has_both_sheets_and_another_name_is_told_which_there_are() {
    let server = demo_server();
    for (file, ratio) in [("vigie", 1), ("vigie@2x", 2)] {
        let index = server.get(&format!("/sprites/{file}.json"));
        assert_eq!(index["status-not_covered"]["pixelRatio"], ratio);
        let (media, _, png) = bytes(&format!("/sprites/{file}.png"));
        assert_eq!((media.as_str(), &png[1..4]), ("image/png", &b"PNG"[..]));
    }
    let (status, problem) = server.status("/sprites/other.png");
    assert_eq!((status, problem["allowed"].as_array().map(Vec::len)), (404, Some(4)));
}

#[test]
fn the_page_to_embed_is_strict_or_says_how_to_build_it() {
    let server = demo_server();
    let (status, problem) = server.status("/embed?layer=violations-cercles&period=2021-06");
    if status == 404 {
        println!("skipped: the web pages were not built (make web)");
        assert!(problem["detail"].as_str().expect("a sentence").contains("make web"), "{problem}");
        return;
    }
    let (media, policy, page) = bytes("/embed?layer=violations-cercles&period=2021-06&lang=fr");
    assert_eq!(media, "text/html; charset=utf-8");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let page = text(&page);
    assert!(page.contains("juin 2021") && page.contains("Données de démonstration"), "{page}");
    let disclaimer = "Les frontières et les noms indiqués et les désignations employées sur cette carte n’impliquent pas la reconnaissance ou acceptation officielle par l’Organisation des Nations Unies.";
    assert!(page.contains(disclaimer), "{page}");
    let (_, _, english) = bytes("/embed?layer=violations-cercles&period=2021-06&lang=en");
    let disclaimer = "The boundaries and names shown and the designations used on this map do not imply official endorsement or acceptance by the United Nations.";
    assert!(text(&english).contains(disclaimer), "{}", text(&english));
    assert_eq!(server.status("/embed?layer=no-such").0, 404);
    assert_eq!(server.status("/embed?layer=violations-cercles&nonsense=1").0, 400);
}

/// Opens the page to embed in Chromium; skips where something for it is not here.
fn embedded(more: &[(&str, &str)]) {
    let Some(web) = web_folder() else { return };
    if !Path::new("/usr/bin/chromium").exists() {
        println!("skipped: /usr/bin/chromium is not here");
        return;
    }
    let server = demo_server();
    if server.status("/embed").0 == 404 {
        println!("skipped: the web pages were not built (make web)");
        return;
    }
    let mut node = Command::new("node");
    node.arg("tests/embed.mjs").arg(&server.url).args(LAYERS).envs(more.iter().copied()).current_dir(&web);
    let done = node.output().expect("node starts");
    assert!(done.status.success(), "{}{}", text(&done.stdout), text(&done.stderr));
    print!("{}", text(&done.stdout));
}

#[test]
fn chromium_draws_the_classes_and_absences_asks_no_other_host_and_logs_no_error() {
    embedded(&[]);
}

#[test]
#[ignore = "a minute: cargo test --test it -- --ignored every_width"]
fn chromium_walks_the_page_to_embed_in_every_width_and_language_and_draws_every_style_on_a_plain_page() {
    embedded(&[("LONG", "1")]);
}

#[test]
fn the_example_pages_draw_the_layer_from_another_port_ask_no_other_host_and_log_no_error() {
    let Some(web) = web_folder() else { return };
    if !Path::new("/usr/bin/chromium").exists() || !web.join("node_modules/ol").is_dir() {
        println!("skipped: /usr/bin/chromium or the libraries of the examples are not here");
        return;
    }
    let mut node = Command::new("node");
    node.arg("tests/examples.mjs").arg(&demo_server().url).current_dir(&web);
    let done = node.output().expect("node starts");
    assert!(done.status.success(), "{}{}", text(&done.stdout), text(&done.stderr));
}

#[test]
fn every_layer_has_a_styled_layer_descriptor_with_a_rule_a_class_and_one_an_absence() {
    let server = demo_server();
    for style in server.get("/styles")["styles"].as_array().expect("styles") {
        let id = style["id"].as_str().expect("an id");
        let (media, _, body) = bytes(&format!("/styles/{id}?f=sld&lang=en"));
        assert_eq!(media, "application/vnd.ogc.sld+xml;version=1.1", "{id}");
        let (mut reader, mut names, mut deep) = (quick_xml::Reader::from_reader(body.as_slice()), Vec::new(), 0);
        loop {
            match reader.read_event().unwrap_or_else(|e| panic!("{id}: {e}")) {
                quick_xml::events::Event::Start(element) => {
                    deep += 1;
                    names.push(element.name().as_ref().to_owned());
                }
                quick_xml::events::Event::End(_) => deep -= 1,
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(deep, 0, "{id}");
        let rules = names.iter().filter(|n| *n == "se:Rule").count();
        let legend = server.get(&format!("/legend/{id}?lang=en"));
        let of_classes = legend["entries"].as_array().expect("entries").iter().filter(|e| e["kind"] == "class").count();
        assert!(rules >= of_classes.max(1), "{id}: {rules} rules, {of_classes} classes");
        // A class is chosen by its number, which an absence does not have.
        assert!(of_classes == 0 || text(&body).contains("<ogc:PropertyName>class</ogc:PropertyName>"), "{id}");
    }
}

/// The fields of a protocol buffer: number, and what is in it (a whole number, or bytes).
fn fields(mut bytes: &[u8]) -> Vec<(u64, u64, &[u8])> {
    let varint = |bytes: &mut &[u8]| {
        let (mut number, mut shift) = (0, 0);
        loop {
            let (first, rest) = bytes.split_first().expect("a byte");
            *bytes = rest;
            number |= u64::from(first & 0x7F) << shift;
            shift += 7;
            if first & 0x80 == 0 {
                return number;
            }
        }
    };
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let number = varint(&mut bytes);
        let body = if tag & 7 == 2 {
            bytes.split_off(..usize::try_from(number).expect("a length")).expect("as long")
        } else {
            &[]
        };
        found.push((tag >> 3, number, body));
    }
    found
}

#[test]
fn web_maps_get_the_letters_of_french_from_the_shipped_fonts() {
    let mut letters = std::collections::BTreeMap::new();
    for block in ["0-255", "256-511", "8192-8447"] {
        let (media, _, body) = bytes(&format!("/glyphs/Roboto%20Regular/{block}.pbf"));
        assert_eq!(media, "application/x-protobuf");
        for (_, _, stack) in fields(&body) {
            for (_, _, glyph) in fields(stack).into_iter().filter(|(field, ..)| *field == 3) {
                let of = fields(glyph);
                let number = |n: u64| of.iter().find(|(field, ..)| *field == n).map_or(0, |(_, number, _)| *number);
                let field = of.iter().find(|(field, ..)| *field == 2).map_or(0, |(_, _, bytes)| bytes.len() as u64);
                // The distance field has three pixels round the glyph.
                let (width, height) = (number(3), number(4));
                assert!(field == 0 || field == (width + 6) * (height + 6), "{}: {field}", number(1));
                letters.insert(
                    char::from_u32(u32::try_from(number(1)).expect("a character")).expect("one"),
                    (field, number(7)),
                );
            }
        }
    }
    for letter in "Mopti éèàùçœŒ’«»–".chars() {
        let (field, advance) = letters.get(&letter).unwrap_or_else(|| panic!("« {letter} » is not there"));
        assert!(*advance > 0 && (*field > 0 || letter == ' '), "« {letter} »");
    }
}
