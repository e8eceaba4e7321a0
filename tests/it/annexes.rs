//! The annexes by the real program: files, names, text and fonts of the PDF, errors, HTTP.

use std::path::Path;
use std::process::Command;

use super::support::{Server, arg, demo_server, demo_store, json, run, text};

fn annexes(out: &Path, more: &[&str]) -> Vec<String> {
    let mut words = vec!["annexes", "2021-06", "--store", arg(demo_store()), "--out", arg(out), "--date", "2021-07-12"];
    words.extend(more);
    let answer = json(&words);
    let list = answer["written"].as_array().expect("a list");
    list.iter()
        .map(|p| Path::new(p.as_str().expect("a path")).file_name().expect("a name").to_string_lossy().into_owned())
        .collect()
}

/// What a tool prints of a file; none where it is not installed.
fn tool(name: &str, words: &[&str]) -> Option<String> {
    let Ok(done) = Command::new(name).args(words).output() else {
        println!("skipped: {name} is not installed");
        return None;
    };
    Some(text(&done.stdout))
}

#[test]
fn every_map_is_written_under_its_name_with_one_pdf_of_all() {
    let dir = tempfile::tempdir().expect("a folder");
    let names = annexes(dir.path(), &["--format", "pdf", "--merged", "--lang", "fr"]);
    assert_eq!(
        names,
        [
            "MLI001_mali_incidents_2021-06_fr_a4_20210712.pdf",
            "MLI002_mali_alertes_2021-06_fr_a4_20210712.pdf",
            "MLI003_mali_indice-risque_2021-06_fr_a4_20210712.pdf",
            "MLI004_mali_liste-incidents_2021-06_fr_a4_20210712.pdf",
            "MLI005_mali_couverture_2021-06_fr_a4_20210712.pdf",
            "MLI006_mali_severite_2021-06_fr_a4_20210712.pdf",
            "MLI000_mali_annexes_2021-06_fr_a4_20210712.pdf",
        ]
    );
    let bound = dir.path().join(&names[6]);
    if let Some(info) = tool("pdfinfo", &[arg(&bound)]) {
        assert!(info.contains("Annexes du rapport de monitoring"), "{info}");
        assert!(info.lines().any(|l| l.starts_with("Pages:") && l.ends_with(" 12")), "{info}");
        assert!(info.lines().any(|l| l.starts_with("Tagged:") && l.ends_with("yes")), "{info}");
    }
    if let Some(fonts) = tool("pdffonts", &[arg(&bound)]) {
        let rows: Vec<&str> = fonts.lines().skip(2).collect();
        assert!(rows.len() >= 4 && rows.iter().all(|r| r.contains(" yes yes yes ")), "{fonts}");
    }
    let said: [(&str, &[&str]); 5] = [
        ("1", &["1 237", "représailles", "Page 1/6"]),
        ("2", &["12 alertes flash", "828 ménages", "Attaque de village", "Page 2/6"]),
        ("3", &["180 communes avec un score", "4 – Critique", "informateurs clés", "Bamako", "jugée « critique »"]),
        ("5", &["janvier–juin 2021", "Incidents et indice", "Communes suivies par région", "92 / 108"]),
        ("6", &["mars 2021", "Changement de janvier 2021 à juin 2021", "Sans changement", "Page 6/6"]),
    ];
    // The list has a test of its own: its words are of a table, not of a map.
    for (name, (number, words)) in names.iter().filter(|n| !n.starts_with("MLI004")).zip(said) {
        let Some(page) = tool("pdftotext", &["-layout", arg(&dir.path().join(name)), "-"]) else { return };
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ").replace(['\u{a0}', '\u{202f}'], " ");
        let always = [
            "Sources :",
            "Découpage utilisé",
            "12 juillet 2021",
            "Albers",
            "Limites des données",
            "Données de démonstration",
            "Limites schématiques",
            "Provisoire",
            "n’impliquent pas la reconnaissance ou acceptation officielle par l’Organisation des Nations Unies.",
        ];
        for words in words.iter().chain(&always) {
            assert!(page.contains(words), "annex {number}: « {words} » is not in:\n{page}");
        }
    }
}

#[test]
fn the_same_store_gives_the_same_bytes() {
    let (one, two) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let more = ["--annex", "3,6", "--dpi", "50", "--lang", "en", "--paper", "a3", "--orientation", "portrait"];
    let names = annexes(one.path(), &more);
    assert_eq!(names, annexes(two.path(), &more));
    assert_eq!(names.len(), 6);
    for name in names {
        let read = |dir: &Path| std::fs::read(dir.join(&name)).expect("written");
        assert!(read(one.path()) == read(two.path()), "{name}");
    }
}

#[test]
fn an_offices_broken_template_is_named_with_its_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let own = dir.path().join("styles/annexes");
    std::fs::create_dir_all(&own).expect("a folder");
    std::fs::write(own.join("annex3.typ"), "#import \"page.typ\": *\n\n#let x = (\n").expect("written");
    let styles = dir.path().join("styles");
    let store = arg(demo_store());
    let done = run(&[
        "annexes",
        "2021-06",
        "--annex",
        "3",
        "--store",
        store,
        "--out",
        arg(dir.path()),
        "--templates",
        arg(&styles),
    ]);
    let said = text(&done.stderr);
    assert_eq!(done.status.code(), Some(1), "{said}");
    assert!(said.contains("annex3.typ:3") && !said.contains("internal fault"), "{said}");
    std::fs::remove_file(own.join("annex3.typ")).expect("removed");
    std::fs::write(own.join("layout.toml"), "[sheets.a4]\nwidth = 297.0\n").expect("written");
    let done = run(&["annexes", "2021-06", "--store", store, "--out", arg(dir.path()), "--templates", arg(&styles)]);
    let said = text(&done.stderr);
    assert!(done.status.code() == Some(1) && said.contains("layout.toml"), "{said}");
}

#[test]
fn a_rate_without_a_population_or_twenty_cases_is_refused_with_the_cure() {
    let dir = tempfile::tempdir().expect("a folder");
    let names = annexes(dir.path(), &["--annex", "1", "--rate", "--format", "svg", "--lang", "fr"]);
    let svg = std::fs::read_to_string(dir.path().join(&names[0])).expect("written");
    assert!(
        svg.contains("150 ou plus") && svg.contains("Sans taux"),
        "classes of rates and the guard are in the legend"
    );
    let store = arg(demo_store());
    let done = run(&["annexes", "2019-01", "--annex", "1", "--rate", "--store", store, "--out", arg(dir.path())]);
    assert!(!done.status.success() && text(&done.stderr).contains("population"), "{}", text(&done.stderr));
}

#[test]
fn the_numbers_behind_every_map_come_as_tables_with_their_statuses() {
    let dir = tempfile::tempdir().expect("a folder");
    let names = annexes(dir.path(), &["--annex", "1,2,3,5,6,hotspots", "--format", "csv,xlsx", "--lang", "en"]);
    assert_eq!(names.len(), 12, "{names:?}");
    let ending = |name: &str| Path::new(name).extension().and_then(|e| e.to_str().map(str::to_owned));
    let rows = |subject: &str| {
        let name = names.iter().find(|n| n.contains(subject) && ending(n).as_deref() == Some("csv")).expect("written");
        let mut table = csv::Reader::from_path(dir.path().join(name)).expect("CSV");
        let heads = table.headers().expect("heads").clone();
        let rows: Vec<Vec<String>> =
            table.records().map(|r| r.expect("a row").iter().map(str::to_owned).collect()).collect();
        let column = move |head: &str| heads.iter().position(|h| h == head).unwrap_or_else(|| panic!("no {head}"));
        (rows, column)
    };
    // The printed total, but for what is known of no cercle; absences are empty and say which they are.
    let (cercles, column) = rows("incidents");
    let sum: u64 = cercles.iter().filter_map(|r| r[column("value")].parse::<u64>().ok()).sum();
    let layer = demo_server().get("/collections/violations-cercles/items?period=2021-06&limit=1");
    assert_eq!((cercles.len(), sum + layer["non_located"].as_u64().expect("a number")), (53, 1_237));
    assert!(cercles.iter().any(|r| r[column("status")] == "not_covered" && r[column("value")].is_empty()));
    let (risk, column) = rows("indice-risque");
    let scored = risk.iter().filter(|r| r[column("status")] == "value").count();
    assert_eq!((risk.len(), scored), (701, 180));
    assert_eq!(rows("severite").0.len(), 6 * 701);
    assert_eq!(rows("couverture").0.len(), 701);
    let (alerts, column) = rows("alertes");
    let sum: u64 = alerts.iter().filter_map(|r| r[column("value")].parse::<u64>().ok()).sum();
    let layer = demo_server().get("/collections/alerts-communes/items?period=2021-06&limit=1");
    assert_eq!((alerts.len(), sum + layer["non_located"].as_u64().expect("a number")), (701, 12));
    let (hot, column) = rows("foyers");
    assert!(hot.iter().all(|r| (r[column("tested")] == "true") != r[column("q")].is_empty()));
    for name in names.iter().filter(|n| ending(n).as_deref() == Some("xlsx")) {
        let file = std::fs::read(dir.path().join(name)).expect("written");
        assert!(file.starts_with(b"PK"), "{name}");
    }
}

#[test]
fn the_map_of_hotspots_says_what_was_tested_and_what_was_not() {
    let dir = tempfile::tempdir().expect("a folder");
    let names = annexes(dir.path(), &["--annex", "hotspots", "--format", "pdf,svg", "--lang", "fr"]);
    let svg = std::fs::read_to_string(dir.path().join(&names[1])).expect("written");
    assert!(svg.contains("Carte des foyers de violations"), "{}", &svg[..600]);
    let Some(page) = tool("pdftotext", &["-layout", arg(&dir.path().join(&names[0])), "-"]) else { return };
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ").replace(['\u{a0}', '\u{202f}'], " ");
    for words in [
        "Aucun foyer significatif parmi 233 communes testées",
        "455 communes non couvertes",
        "Par cercle : Aucun foyer significatif parmi 31 cercles testés",
        "taux de fausses découvertes 5 %",
        "Rapport reçu, non testée",
        "les rapports sont partiels ; un foyer dit où",
        "Données de démonstration",
    ] {
        assert!(page.contains(words), "« {words} » is not in:\n{page}");
    }
}

/// Pictures that were looked at. After a change that is meant: VIGIE_REFERENCES=write cargo test --test it reviewed, and look again.
#[test]
fn pages_look_as_they_did_when_they_were_reviewed() {
    /// Of all pixels, how many may differ by more than a fifth of the scale.
    const SHARE: f64 = 0.005;
    let dir = tempfile::tempdir().expect("a folder");
    let more = ["--annex", "1,2,3,5,6,hotspots,liptako,dashboard", "--format", "png", "--dpi", "36", "--lang", "fr"];
    let references = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/pages");
    let write = std::env::var("VIGIE_REFERENCES").is_ok_and(|v| v == "write");
    for name in annexes(dir.path(), &more) {
        let made = std::fs::read(dir.path().join(&name)).expect("written");
        let kept = references.join(format!("{}.png", &name[..6]));
        if write {
            std::fs::write(&kept, &made).expect("written");
        }
        let pixels = |png: &[u8]| tiny_skia::Pixmap::decode_png(png).expect("a PNG");
        let (made, kept) = (pixels(&made), pixels(&std::fs::read(&kept).expect("a reference")));
        assert_eq!((made.width(), made.height()), (kept.width(), kept.height()), "{name}");
        let differ = made.pixels().iter().zip(kept.pixels()).filter(|(a, b)| {
            let far = |x: u8, y: u8| x.abs_diff(y) > 51;
            far(a.red(), b.red()) || far(a.green(), b.green()) || far(a.blue(), b.blue())
        });
        let share = differ.count() as f64 / made.pixels().len() as f64;
        assert!(share < SHARE, "{name}: {:.2} % of the picture differ", share * 100.0);
    }
}

#[test]
fn annexes_are_served_as_files() {
    let server = Server::start(demo_store(), &[]);
    let get = |path: &str| {
        ureq::get(format!("{}{path}", server.url))
            .config()
            .http_status_as_error(false)
            .build()
            .call()
            .expect("an answer")
    };
    let mut list = get("/annexes");
    let list: serde_json::Value = list.body_mut().read_json().expect("JSON");
    assert_eq!(list["annexes"].as_array().map(Vec::len), Some(9));
    for (path, media, magic) in [
        ("/annexes/2021-06/3.pdf?lang=fr", "application/pdf", &b"%PDF"[..]),
        ("/annexes/2021-06/5.png?dpi=40", "image/png", b"\x89PNG"),
        ("/annexes/2021-01_2021-06/1.svg?paper=a3", "image/svg+xml", b"<?xml"),
        ("/annexes/2021-06.zip?dpi=30", "application/zip", b"PK"),
    ] {
        let mut answer = get(path);
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        assert_eq!(answer.headers()["content-type"].to_str().expect("text").split(';').next(), Some(media), "{path}");
        let body = answer.body_mut().with_config().limit(50_000_000).read_to_vec().expect("a body");
        assert!(body.starts_with(magic), "{path}");
    }
    for (path, status) in [
        ("/annexes/2021-06/9.pdf", 404),
        ("/annexes/2021-06/3.docx", 404),
        ("/annexes/2021-06/3.png?dpi=5000", 400),
        ("/annexes/2021-06/3.pdf?colour=red", 400),
        ("/annexes/juin/3.pdf", 400),
    ] {
        assert_eq!(get(path).status().as_u16(), status, "{path}");
    }
}

#[test]
fn class_breaks_are_found_once_for_a_year_and_fixed_in_an_offices_style() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = arg(demo_store());
    let find =
        |more: &[&str]| json(&[&["breaks", "violations-cercles", "--period", "2021", "--store", store], more].concat());
    let found = find(&[]);
    assert_eq!((&found["method"], found["breaks"].as_array().map(Vec::len)), (&"fisher-jenks".into(), Some(5)));
    // Every value of every month falls into a class, and exact natural breaks fit no worse than the others.
    let sum = |answer: &serde_json::Value| {
        answer["counts"].as_array().expect("counts").iter().filter_map(serde_json::Value::as_u64).sum::<u64>()
    };
    assert_eq!(Some(sum(&found)), found["values"].as_u64());
    for method in ["quantile", "equal", "head-tail"] {
        let other = find(&["--method", method]);
        assert_eq!(sum(&other), sum(&found), "{method}");
        if other["breaks"].as_array().map(Vec::len) == Some(5) {
            assert!(other["fit"].as_f64() <= found["fit"].as_f64(), "{method}");
        }
    }
    let by_hand = find(&["--method", "manual", "--upper", "4,9,49,199,5000"]);
    assert_eq!(by_hand["breaks"], serde_json::json!([1.0, 5.0, 10.0, 50.0, 200.0]));
    // Written into the office's own style they are the legend's.
    let own = dir.path().join("styles/layers");
    std::fs::create_dir_all(&own).expect("a folder");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("styles/layers/violations-cercles.toml");
    let style =
        std::fs::read_to_string(shipped).expect("the style") + "\n" + by_hand["toml"].as_str().expect("text") + "\n";
    std::fs::write(own.join("violations-cercles.toml"), style).expect("written");
    let styles = dir.path().join("styles");
    let names = annexes(dir.path(), &["--annex", "1", "--format", "svg", "--lang", "fr", "--styles", arg(&styles)]);
    let svg = std::fs::read_to_string(dir.path().join(&names[0])).expect("written");
    assert!(svg.contains("50–199") && svg.contains("5–9"), "the office's classes");
    assert!(svg.contains("seuils choisis à la main pour 2021"), "and how they were found");
    let legend = demo_server().get("/legend/violations-cercles?f=json&period=2021-06&lang=en");
    assert_eq!((&legend["method"], &legend["method_label"]), (&"fixed".into(), &"fixed classes".into()));
    let refused = run(&["breaks", "zones", "--store", store]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("zones"), "{}", text(&refused.stderr));
}

#[test]
fn nothing_is_written_outside_the_sheet_and_a_zone_across_countries_says_which_part_it_is() {
    let maps = "1,2,3,5,6,hotspots";
    for (paper, orientation) in [("a4", "landscape"), ("a4", "portrait"), ("a3", "landscape"), ("a3", "portrait")] {
        let dir = tempfile::tempdir().expect("a folder");
        let names = annexes(
            dir.path(),
            &["--annex", maps, "--format", "pdf", "--lang", "fr", "--paper", paper, "--orientation", orientation],
        );
        assert_eq!(names.len(), 6, "{names:?}");
        for name in &names {
            let Some(boxes) = tool("pdftotext", &["-bbox", arg(&dir.path().join(name)), "-"]) else { return };
            let number = |line: &str, key: &str| {
                let value = line.split(&format!("{key}=\"")).nth(1).and_then(|l| l.split('"').next());
                value.and_then(|v| v.parse::<f64>().ok()).unwrap_or(f64::NAN)
            };
            let sheet = boxes.lines().find(|l| l.contains("<page ")).expect("a page");
            let (width, height) = (number(sheet, "width"), number(sheet, "height"));
            let words: Vec<&str> = boxes.lines().filter(|l| l.contains("<word ")).collect();
            assert!(words.len() > 100, "{name}: {}", words.len());
            for word in words {
                let [x0, y0, x1, y1] = ["xMin", "yMin", "xMax", "yMax"].map(|k| number(word, k));
                assert!(x0 >= 0.0 && y0 >= 0.0 && x1 <= width && y1 <= height, "{name}: {word}");
            }
        }
    }
    let dir = tempfile::tempdir().expect("a folder");
    let names = annexes(dir.path(), &["--annex", "3,6", "--format", "svg", "--lang", "fr"]);
    let svg = |k: usize| std::fs::read_to_string(dir.path().join(&names[k])).expect("written");
    assert!(svg(0).contains("Liptako-Gourma") && svg(0).contains("partie\u{a0}: Mali"));
    // The small maps draw no zone, so their legend names none.
    assert!(!svg(1).contains("Liptako-Gourma"));
}
