//! Annex 4, the Liptako-Gourma page and the quarterly dashboard by the real program: files, figures, what is left out.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::service::real_store;
use crate::support::{Server, arg, demo_server, demo_store, json, run, text};

/// Writes annexes of the demonstration and gives their bytes by file name.
fn made(period: &str, more: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let dir = tempfile::tempdir().expect("a folder");
    let start = ["annexes", period, "--store", arg(demo_store()), "--out", arg(dir.path()), "--date", "2021-07-12"];
    let answer = json(&[&start, more].concat());
    let path = |v: &serde_json::Value| Path::new(v.as_str().expect("a path")).to_owned();
    let files = answer["written"].as_array().expect("a list").iter().map(path);
    files
        .map(|p| {
            let name = p.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read(p).expect("written"))
        })
        .collect()
}

fn only(files: &BTreeMap<String, Vec<u8>>, ending: &str) -> Vec<u8> {
    files.iter().find(|(name, _)| name.ends_with(ending)).expect(ending).1.clone()
}

/// Rows of a CSV, each by its headings.
fn rows(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let body = std::str::from_utf8(bytes).expect("UTF-8").trim_start_matches('\u{feff}');
    let mut reader = csv::Reader::from_reader(body.as_bytes());
    let heads = reader.headers().expect("a header").clone();
    let row = |r: Result<csv::StringRecord, _>| {
        heads.iter().zip(&r.expect("a row")).map(|(h, v)| (h.to_owned(), v.to_owned())).collect()
    };
    reader.records().map(row).collect()
}

fn value(rows: &[BTreeMap<String, String>], table: &str, row: &str, column: &str) -> (String, String) {
    let found = rows.iter().find(|r| r["table"] == table && r["row"] == row && r["column"] == column);
    let found = found.unwrap_or_else(|| panic!("no {table} {row} {column}"));
    (found["value"].clone(), found["change"].clone())
}

/// The words of a PDF on one line; none where the tool is not installed.
fn words(pdf: &[u8]) -> Option<String> {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("a.pdf");
    std::fs::write(&path, pdf).expect("written");
    let Ok(done) = Command::new("pdftotext").args(["-layout", arg(&path), "-"]).output() else {
        println!("skipped: pdftotext is not installed");
        return None;
    };
    Some(text(&done.stdout).split_whitespace().collect::<Vec<_>>().join(" ").replace(['\u{a0}', '\u{202f}'], " "))
}

#[test]
fn the_list_has_the_allowed_columns_and_accounts_for_every_violation() {
    let files = made("2021-06", &["--annex", "4", "--lang", "fr", "--format", "pdf,png,xlsx,csv"]);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let stem = "MLI004_mali_liste-incidents_2021-06_fr_a4_20210712";
    assert_eq!(names, [format!("{stem}.csv"), format!("{stem}.pdf"), format!("{stem}.xlsx")]);
    let list = rows(&only(&files, ".csv"));
    assert_eq!(list.len(), 253);
    let victims: u64 = list.iter().map(|r| r["victims"].parse::<u64>().expect("a count")).sum();
    // Eight rows are confidential in the demonstration: they are counted beside the list.
    assert_eq!(victims + 8, 1237);
    for withheld in ["incident_id", "locality", "lon", "lat", "perpetrator_class", "sensitivity"] {
        assert!(list.iter().all(|r| !r.contains_key(withheld)), "{withheld}");
    }
    let sexual: Vec<_> = list
        .iter()
        .filter(|r| {
            r["violation_type"].starts_with("Viol") && r["violation_type"] != "Violence psychologique/émotionnelle"
        })
        .collect();
    assert!(sexual.iter().all(|r| r["cercle"].is_empty() && r["commune"].is_empty() && r["pcode"].len() <= 4));
    assert!(list.iter().all(|r| r["synthetic"] == "oui" && r["limits"].contains("représailles")));
    if let Some(words) = words(&only(&files, ".pdf")) {
        for part in [
            "Annexe 4 – Liste des incidents",
            "253 lignes, 1 229 violations",
            "8 lignes confidentielles",
            "Page 1/7",
            "Page 7/7",
            "Données de démonstration",
            "n’impliquent pas",
        ] {
            assert!(words.contains(part), "{part}\n{words}");
        }
    }
}

#[test]
fn the_share_of_the_liptako_gourma_is_the_published_one_by_each_definition() {
    for (period, alg, regions) in [("2020-09", "69.7", "43.5"), ("2021-06", "96.5", "87.5")] {
        let files = made(period, &["--annex", "liptako", "--format", "csv", "--lang", "fr"]);
        let list = rows(&only(&files, ".csv"));
        assert_eq!(value(&list, "liptako_share", "ALG", "percent").0, alg, "{period}");
        assert_eq!(value(&list, "liptako_share", "MOPTI_GAO_MENAKA", "percent").0, regions, "{period}");
        let communes = list.iter().filter(|r| r["table"] == "liptako_coverage");
        assert!(communes.clone().count() > 0 && communes.clone().all(|r| r["unit"] == "communes"));
    }
    let french = made("2021-06", &["--annex", "liptako", "--format", "pdf", "--lang", "fr"]);
    let english = made("2021-06", &["--annex", "liptako", "--format", "pdf", "--lang", "en", "--paper", "a3"]);
    assert!(english.keys().all(|name| name.contains("_a4_")), "the page is A4 whatever is asked, and says so");
    let said = [
        (french, ["96,5 %", "1 194 sur 1 237", "Non tranchées", "165/193"]),
        (english, ["96.5%", "1,194 of 1,237", "Undecided", "165/193"]),
    ];
    for (files, parts) in said {
        let Some(words) = words(&only(&files, ".pdf")) else { return };
        for part in parts {
            assert!(words.contains(part), "{part}\n{words}");
        }
    }
}

#[test]
fn the_dashboard_of_a_quarter_compares_with_the_one_before_and_a_year_before() {
    let files = made("2021-Q2", &["--annex", "dashboard", "--format", "pdf,csv,xlsx", "--lang", "fr"]);
    let list = rows(&only(&files, ".csv"));
    let now: (String, String) = value(&list, "regions", "total", "now");
    assert_eq!(now.0, (635 + 560 + 1237).to_string());
    let at = |column: &str| {
        let r = list.iter().find(|r| r["table"] == "regions" && r["row"] == "total" && r["column"] == column);
        let r = r.expect("the column");
        (r["before"].clone(), r["change"].clone())
    };
    assert_eq!(at("against_before"), ((326 + 410 + 412).to_string(), "up".to_owned()));
    assert_eq!(at("against_year"), ((332 + 367 + 493).to_string(), "up".to_owned()));
    // Each table counts one thing.
    for (table, unit) in
        [("regions", "violations"), ("alerts", "alertes"), ("households", "ménages"), ("risk_levels", "communes")]
    {
        let units: Vec<&str> =
            list.iter().filter(|r| r["table"] == table && !r["unit"].is_empty()).map(|r| r["unit"].as_str()).collect();
        assert!(!units.is_empty() && units.iter().all(|u| *u == unit), "{table}: {units:?}");
    }
    assert!(list.iter().all(|r| r["compared_with"] == "2021-Q1, 2020-Q2"), "{:?}", list[0]);
    if let Some(words) = words(&only(&files, ".pdf")) {
        for part in [
            "T2 2021",
            "2 432",
            "T1 2021 : 1 148 (+112 %)",
            "T2 2020 : 1 192 (+104 %)",
            "Alertes flash",
            "Part du Liptako-Gourma",
            "couverture inconnue",
            "Page 1/1",
        ] {
            assert!(words.contains(part), "{part}\n{words}");
        }
    }
}

#[test]
fn lists_and_pages_are_the_same_bytes_twice() {
    let more = ["--annex", "4,liptako,dashboard", "--format", "pdf,png,svg,xlsx,csv", "--dpi", "50", "--lang", "fr"];
    let (once, twice) = (made("2021-06", &more), made("2021-06", &more));
    assert_eq!(once.len(), 3 + 5 + 5);
    for (name, bytes) in &once {
        assert!(twice.get(name) == Some(bytes), "{name}");
    }
}

#[test]
fn a_month_without_data_makes_right_pages() {
    let files = made("2019-01", &["--annex", "4,liptako,dashboard", "--format", "pdf,csv", "--lang", "fr"]);
    assert_eq!(files.len(), 6);
    assert!(rows(&files["MLI004_mali_liste-incidents_2019-01_fr_a4_20210712.csv"]).is_empty());
    // Nobody looked, so nothing is a zero.
    for name in ["MLI007_mali_liptako-gourma", "MLI008_mali_tableau-de-bord"] {
        let counts = rows(&files[&format!("{name}_2019-01_fr_a4_20210712.csv")]);
        let counts: Vec<_> = counts.iter().filter(|r| r["unit"] == "violations").collect();
        assert!(
            !counts.is_empty() && counts.iter().all(|r| r["value"].is_empty() && r["status"] == "unknown"),
            "{counts:?}"
        );
    }
    for (name, bytes) in files.iter().filter(|(_, b)| b.starts_with(b"%PDF")) {
        if let Some(words) = words(bytes) {
            assert!(words.contains("janvier 2019") && !words.contains("NaN"), "{name}\n{words}");
        }
    }
}

#[test]
fn lists_and_pages_are_served_and_events_of_real_data_are_not() {
    let server = demo_server();
    let get = |url: &str, path: &str| {
        ureq::get(format!("{url}{path}")).config().http_status_as_error(false).build().call().expect("an answer")
    };
    for (file, media) in [
        ("4.pdf", "application/pdf"),
        ("4.csv", "text/csv"),
        ("liptako.png?dpi=40", "image/png"),
        ("dashboard.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ] {
        let answer = get(&server.url, &format!("/annexes/2021-06/{file}"));
        assert_eq!(answer.status().as_u16(), 200, "{file}");
        let kind = answer.headers()["content-type"].to_str().expect("text").split(';').next().map(str::to_owned);
        assert_eq!(kind.as_deref(), Some(media), "{file}");
    }
    assert_eq!(get(&server.url, "/annexes/2021-06/4.png").status().as_u16(), 404);
    let dir = tempfile::tempdir().expect("a folder");
    let store = real_store(dir.path());
    json(&["release", "2021-06", "--store", arg(&store)]);
    let public = Server::start(&store, &[]);
    for file in ["4.pdf", "4.csv", "4.xlsx"] {
        assert_eq!(get(&public.url, &format!("/annexes/2021-06/{file}")).status().as_u16(), 403, "{file}");
    }
    let listed = public.get("/annexes").to_string();
    assert!(!listed.contains("/4.pdf") && listed.contains("/liptako.csv"), "{listed}");
    let shares = get(&public.url, "/annexes/2021-06/liptako.csv").body_mut().read_to_string().expect("text");
    let small = rows(shares.as_bytes()).into_iter().filter(|r| r["unit"] == "violations" && r["column"] == "inside");
    assert!(small.into_iter().all(|r| r["value"].parse::<u64>().map_or(r["status"] != "value", |n| n == 0 || n >= 5)));
    // The officer's own machine makes the list.
    let own = run(&[
        "annexes",
        "2021-06",
        "--annex",
        "4",
        "--format",
        "csv",
        "--store",
        arg(&store),
        "--out",
        arg(dir.path()),
    ]);
    assert!(own.status.success(), "{}", text(&own.stderr));
}
