//! The web application: its pages without a browser, the gate of imports, and a person's work in Chromium.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Server, arg, demo_store, json as run_json, text};

const HEADER: &str = "incident_id,date,region,cercle,commune,locality,pcode,violation_type,victims\n";
/// Two good rows, one with a date that does not exist, one whose commune is written otherwise.
const JUNE: &str = "b1,2021-06-17,Mopti,Douentza,Hayré,,,Meurtre,1\n\
                    b2,2021-06-18,Mopti,Mopti,Sio,,,Viol,2\n\
                    b3,2021-06-31,Mopti,Mopti,Sio,,,Viol,2\n\
                    b4,2021-06-19,Gao,Gao,Gao,,,Meurtre,3\n";

/// A store of real data with one import in it.
struct Office {
    dir: tempfile::TempDir,
}

impl Office {
    fn new() -> Self {
        let office = Self { dir: tempfile::tempdir().expect("a folder") };
        let first = office.file("may.csv", "a1,2021-05-17,Mopti,Mopti,Sio,,,Meurtre,1\n");
        run_json(&["import", "incidents", arg(&first), "--store", arg(&office.store())]);
        office
    }

    fn store(&self) -> PathBuf {
        self.dir.path().join("real.gpkg")
    }

    fn file(&self, name: &str, rows: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, format!("{HEADER}{rows}")).expect("written");
        path
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

/// Sends a body with headers: status and JSON.
fn post(server: &Server, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
    let mut request = agent().post(format!("{}{path}", server.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = request.send(body).expect("an answer");
    (response.status().as_u16(), response.body_mut().read_json().unwrap_or(Value::Null))
}

const OWN: (&str, &str) = ("x-vigie-desk", "1");

fn page(server: &Server, path: &str) -> (u16, String, String) {
    let mut response = agent().get(format!("{}{path}", server.url)).call().expect("an answer");
    let policy = response.headers().get("content-security-policy").map_or("", |v| v.to_str().expect("text")).to_owned();
    (response.status().as_u16(), policy, response.body_mut().read_to_string().expect("text"))
}

#[test]
fn every_page_is_whole_without_a_script_and_its_policy_lets_nothing_unsafe_in() {
    let server = Server::start(demo_store(), &[]);
    for path in ["/app?period=2021-06", "/app?theme=risk&lang=en", "/app/report?period=2021-06", "/app/import"] {
        let (status, policy, html) = page(&server, path);
        assert_eq!(status, 200, "{path}: {html}");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(!html.contains(" style=\"") && !html.contains(" onclick"), "{path} has what its policy refuses");
    }
    let (_, _, html) = page(&server, "/app?period=2021-06&lang=fr");
    for said in ["<html lang=\"fr\"", "1\u{202f}237", "Mopti", "947", "Données de démonstration\u{a0}:", "non couvert"]
    {
        assert!(html.contains(said), "{said}");
    }
    assert!(html.contains("<svg role=\"img\""), "the server's own map");
    let (_, _, landing) = page(&server, "/?f=html");
    assert!(landing.contains("/app"), "the first page leads to the application");
}

#[test]
fn a_state_that_cannot_be_shown_is_told_and_a_theme_without_the_level_shows_the_one_it_has() {
    let server = Server::start(demo_store(), &[]);
    for path in ["/app?theme=weather", "/app?level=villages", "/app?period=juin", "/app?compare=x", "/app?colour=red"] {
        let (status, answer) = server.status(path);
        assert_eq!(status, 400, "{path}");
        assert!(answer["type"].as_str().is_some_and(|t| t.starts_with("urn:vigie:problem:")), "{path}: {answer}");
    }
    let (status, _, html) = page(&server, "/app?theme=risk&level=regions&period=2021-06&lang=fr");
    assert!(status == 200 && html.contains("<option value=\"communes\" selected>"));
}

#[test]
fn tables_of_a_region_and_of_a_category_are_those_of_the_whole_narrowed() {
    let server = Server::start(demo_store(), &[]);
    let total = |query: &str, table: &str, column: &str| {
        let answer = server.get(&format!("/trends?period=2021-06&{query}"));
        let tables = answer["tables"].as_array().expect("tables").clone();
        let found = tables.into_iter().find(|t| t["id"] == table)?;
        let k = found["columns"].as_array()?.iter().position(|c| c["id"] == column)?;
        let row = found["rows"].as_array()?.iter().find(|r| r["code"] == "total")?.clone();
        Some((row["cells"][k]["value"].as_u64(), row["cells"][k]["status"].as_str()?.to_owned()))
    };
    let value = |n| Some((Some(n), "value".to_owned()));
    assert_eq!(total("region=ML05", "category_month", "2021-06"), value(947));
    assert_eq!(total("region=ML05", "victims", "total"), value(947));
    assert_eq!(total("region=ML05", "region_month", "total"), None, "a table that compares regions is not of one");
    assert_eq!(total("category=E", "region_month", "2021-06"), value(507));
    assert_eq!(total("category=E", "places", "national"), value(507));
    assert_eq!(total("category=E", "cercles", "2021-06"), None, "no category below region");
    let uncovered = total("region=ML01&category=E", "places", "national");
    assert_eq!(uncovered, Some((None, "not_covered".to_owned())), "not covered is not zero");
    let (status, answer) = server.status("/trends?region=XX");
    assert!(status == 400 && answer["detail"].as_str().is_some_and(|d| d.contains("ML05 Mopti")), "{answer}");
}

#[test]
fn a_file_comes_in_over_http_is_tried_stored_settled_and_taken_back() {
    let office = Office::new();
    let server = Server::start(&office.store(), &[]);
    let body = format!("{HEADER}{JUNE}");
    let (status, tried) = post(&server, "/imports?theme=incidents&file=june.csv&dry_run=true&lang=fr", &[OWN], &body);
    assert_eq!(status, 200, "{tried}");
    assert_eq!([&tried["rows_in"], &tried["rejected"], &tried["to_review"]], [4, 1, 1], "{tried}");
    assert_eq!(tried["rejects"]["rows"][0]["line"], 4);
    assert!(tried["rejects"]["rows"][0]["messages"].as_str().is_some_and(|m| !m.is_empty()));
    assert_eq!(server.get("/imports")["imports"].as_array().expect("imports").len(), 2, "nothing was stored");

    let (status, stored) = post(&server, "/imports?theme=incidents&file=june.csv", &[OWN], &body);
    assert_eq!(status, 200, "{stored}");
    let batch = stored["written"]["batch"].as_i64().expect("a batch");
    let questions = server.get(&format!("/imports/{batch}/review"))["questions"].clone();
    let question = &questions[0];
    assert!(question["offers"][0].as_str().is_some_and(|o| o.contains("Hairé")), "{questions}");
    let answers = json!({"answers": {question["key"].as_str().expect("a key"): question["offers"][0]}});
    let (status, settled) = post(&server, &format!("/imports/{batch}/settle"), &[OWN], &answers.to_string());
    assert_eq!((status, &settled["rows"]), (200, &json!(1)), "{settled}");
    assert_eq!(server.get(&format!("/imports/{batch}/review"))["questions"], json!([]));
    let (status, undone) = post(&server, &format!("/imports/{batch}/undo"), &[OWN], "");
    assert_eq!(status, 200, "{undone}");
    assert!(server.get(&format!("/imports/{batch}"))["undone_by"].is_i64());
    assert_eq!(server.get(&format!("/imports/{batch}"))["by"], "/app/import");
}

#[test]
fn the_gate_of_imports_lets_no_proxy_no_foreign_page_and_no_form_through() {
    let office = Office::new();
    let server = Server::start(&office.store(), &[]);
    let path = "/imports?theme=incidents";
    for refused in [
        &[][..],
        &[OWN, ("x-forwarded-for", "10.0.0.9")],
        &[OWN, ("forwarded", "for=10.0.0.9")],
        &[OWN, ("origin", "https://evil.example")],
        &[OWN, ("sec-fetch-site", "cross-site")],
        &[OWN, ("host", "evil.example")],
    ] {
        let (status, answer) = post(&server, path, refused, HEADER);
        assert_eq!((status, &answer["type"]), (403, &json!("urn:vigie:problem:forbidden")), "{refused:?}: {answer}");
    }
    // Nor may any of them read what was imported, or the page.
    for path in ["/imports", "/imports/2", "/imports/2/review", "/app/import"] {
        let asked = agent().get(format!("{}{path}", server.url)).header("via", "1.1 relay").call().expect("an answer");
        assert_eq!(asked.status().as_u16(), 403, "{path}");
    }
    assert_eq!(server.get("/imports")["imports"].as_array().expect("imports").len(), 2, "nothing came in");
}

#[test]
fn what_is_too_large_unknown_or_a_demonstration_is_refused_with_its_cure() {
    let office = Office::new();
    let server = Server::start(&office.store(), &[]);
    for (path, wanted) in [
        ("/imports?theme=weather", 400),
        ("/imports?theme=incidents&dry_run=perhaps", 400),
        ("/imports?theme=incidents&profile=../secret.toml", 400),
        ("/imports?theme=incidents&colour=red", 400),
        ("/imports/99/undo", 404),
        ("/imports/x/undo", 404),
        ("/imports/2/settle", 400),
    ] {
        let (status, answer) = post(&server, path, &[OWN], "nonsense");
        assert_eq!(status, wanted, "{path}: {answer}");
        assert!(answer["detail"].as_str().is_some_and(|d| d.len() > 20), "{path}: {answer}");
    }
    let large = "x".repeat((64 << 20) + 1);
    let sent = agent().post(format!("{}/imports?theme=incidents", server.url)).header(OWN.0, OWN.1).send(&large);
    // The answer may come before the whole body has gone: then the line is closed on the sender.
    assert!(sent.map_or(true, |r| r.status().as_u16() == 413));
    let demonstration = Server::start(demo_store(), &[]);
    let (status, answer) = post(&demonstration, "/imports?theme=incidents", &[OWN], &format!("{HEADER}{JUNE}"));
    assert_eq!(status, 400, "{answer}");
    assert!(answer["detail"].as_str().is_some_and(|d| d.contains("synth")), "{answer}");
}

#[test]
fn a_person_does_the_months_work_in_chromium() {
    let demo = Server::start(demo_store(), &[]);
    let Some(web) = browser(&demo) else { return };
    let office = Office::new();
    let real = Server::start(&office.store(), &[]);
    let june = office.file("june.csv", JUNE);
    node(&web, &["tests/app.mjs", &demo.url, &real.url, arg(&june)]);
}

/// Whether the scripts, Node.js and Chromium are here; says so where they are not.
fn browser(server: &Server) -> Option<PathBuf> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
    for needed in [
        Path::new("/usr/bin/chromium").to_owned(),
        web.join("node_modules/playwright-core"),
        web.join("node_modules/axe-core"),
    ] {
        if !needed.exists() {
            println!("skipped: {} is not here (npm install in web/)", needed.display());
            return None;
        }
    }
    if server.status("/web/app.js").0 == 404 {
        println!("skipped: the web pages were not built (make web)");
        return None;
    }
    Some(web)
}

fn node(web: &Path, args: &[&str]) {
    let done = Command::new("node").args(args).current_dir(web).output().expect("node starts");
    print!("{}", text(&done.stdout));
    assert!(done.status.success(), "{args:?}: {}{}", text(&done.stdout), text(&done.stderr));
}

#[test]
fn the_pictures_of_the_readme_are_of_this_program() {
    let server = Server::start(demo_store(), &[]);
    let Some(web) = browser(&server) else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = tempfile::tempdir().expect("a folder");
    // VIGIE_PICTURES=1 puts them where the README shows them.
    let folder = if std::env::var_os("VIGIE_PICTURES").is_some() { root.join("docs") } else { dir.path().to_owned() };
    node(&web, &["tests/pictures.mjs", &server.url, arg(&folder)]);
    let readme = std::fs::read_to_string(root.join("README.md")).expect("a README");
    for name in ["app.png", "app-dark.png"] {
        let size = |path: &Path| std::fs::read(path.join(name)).ok().map(|bytes| bytes[16..24].to_vec());
        assert_eq!(size(&folder), size(&root.join("docs")), "{name}: VIGIE_PICTURES=1 makes it anew");
        assert!(readme.contains(&format!("docs/{name}")), "{name} is not in the README");
    }
}

/// Prints how long the main thread is held while a map of 100,000 alerts is moved; half a minute to import.
#[test]
#[ignore = "a benchmark: cargo test --test it -- --ignored --nocapture many_alerts"]
fn a_map_of_many_alerts_moves_smoothly() {
    let dir = tempfile::tempdir().expect("a folder");
    let (file, store) = (dir.path().join("alerts.csv"), dir.path().join("many.gpkg"));
    let communes = ["ML050101", "ML050201", "ML050401", "ML070101", "ML060101", "ML040101", "ML080101", "ML100101"];
    let mut rows = String::from("alert_id,date,pcode,kinds\n");
    for k in 0..100_000 {
        rows += &format!("a{k},2021-06-{:02},{},village_attack\n", k % 28 + 1, communes[k % communes.len()]);
    }
    std::fs::write(&file, rows).expect("written");
    let done = run_json(&["import", "alerts", arg(&file), "--store", arg(&store)]);
    assert_eq!(done["accepted"], 100_000, "{}", done["codes"]);
    let server = Server::start(&store, &["--unsafe-local"]);
    let Some(web) = browser(&server) else { return };
    node(&web, &["tests/smooth.mjs", &server.url]);
}
