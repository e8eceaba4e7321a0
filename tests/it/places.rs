//! Where names, villages, roads and points lead, on the real boundaries and localities.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{arg, json, shared};

pub const HEADER: &str =
    "incident_id,date,country,region,cercle,commune,locality,pcode,lon,lat,violation_type,victims\n";

/// A store with the communes of 2019 as its default set, and where wanted the list of villages.
pub struct Real {
    pub dir: tempfile::TempDir,
}

impl Real {
    pub fn new(localities: bool) -> Option<Self> {
        let files: Vec<PathBuf> = (1..=3)
            .map(|l| shared("data/mli_cod_2019").map(|d| (l, d)))
            .map(|found| found.and_then(|(l, dir)| level_file(&dir, l)))
            .collect::<Option<_>>()?;
        let real = Self { dir: tempfile::tempdir().expect("a folder") };
        let mut args = vec!["import", "boundaries"];
        args.extend(files.iter().map(|f| arg(f)));
        let store = real.path("real.gpkg");
        args.extend(["--set", "mli-2019-real", "--store", arg(&store)]);
        json(&args);
        if localities {
            let list = shared("data/localities/localities.csv")?;
            let done = json(&["import", "localities", arg(&list), "--store", arg(&store)]);
            assert_eq!((done["written"]["added"].as_u64(), done["rejected"].as_u64()), (Some(36_768), Some(0)));
        }
        Some(real)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn file(&self, name: &str, rows: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, format!("{HEADER}{rows}")).expect("written");
        path
    }

    pub fn import(&self, file: &std::path::Path, more: &[&str]) -> Value {
        let store = self.path("real.gpkg");
        let mut args = vec!["import", "incidents", arg(file), "--store", arg(&store)];
        args.extend(more);
        json(&args)
    }

    /// Of each current incident: its id, finest p-code known, and how it was found.
    pub fn located(&self) -> Vec<(String, String, String)> {
        let db = rusqlite::Connection::open(self.path("real.gpkg")).expect("a store");
        let mut statement = db
            .prepare("SELECT fact_id, coalesce(commune_pcode, cercle_pcode, region_pcode, '-'), \"match\" FROM incidents ORDER BY fact_id")
            .expect("the table");
        let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).expect("rows");
        rows.map(|r| r.expect("a row"))
            .map(|(id, code, how): (String, _, _)| (id.split('|').next().unwrap_or_default().to_owned(), code, how))
            .collect()
    }
}

fn level_file(dir: &std::path::Path, level: u8) -> Option<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)
        .expect("a folder")
        .map(|e| e.expect("an entry").path())
        .filter(|p| {
            p.file_name().is_some_and(|n| {
                n.to_string_lossy().contains(&format!("adm{level}")) && !n.to_string_lossy().contains("invalid")
            })
        })
        .filter(|p| p.extension().is_some_and(|e| e == "geojson" || e == "topojson" || e == "json"))
        .collect();
    files.sort();
    files.into_iter().next()
}

fn codes(outcome: &Value, line: u64) -> Vec<String> {
    let findings = outcome["findings"].as_array().expect("findings");
    let of_line = findings.iter().filter(|f| f["line"] == line);
    of_line.map(|f| f["code"].as_str().expect("a code").to_owned()).collect()
}

#[test]
fn villages_find_their_commune_homonyms_need_their_parent_and_a_wrong_parent_is_said() {
    let Some(real) = Real::new(true) else { return };
    let file = real.file(
        "villages.csv",
        "a,2021-06-17,,Mopti,Douentza,,Boni,,,,Meurtre,1\n\
         b,2021-06-17,,Mopti,,,Mondoro,,,,Meurtre,1\n\
         c,2021-06-17,,,,,Boni,,,,Meurtre,1\n\
         d,2021-06-17,,Gao,,,Boni,,,,Meurtre,1\n\
         e,2021-06-17,,Mopti,Douentza,,Bonni,,,,Meurtre,1\n\
         f,2021-06-17,,Mopti,Douentza,GAO_CER,,,,,Meurtre,1\n",
    );
    let outcome = real.import(&file, &[]);
    let found = real.located();
    let how =
        |id: &str| found.iter().find(|(i, ..)| i == id).map(|(_, code, how)| (code.len(), how.as_str())).expect("kept");
    assert_eq!(how("a"), (8, "locality"));
    assert_eq!(how("b"), (8, "locality"));
    assert_eq!((how("c"), codes(&outcome, 4)), ((1, "none"), vec!["AMBIGUOUS_PLACE".to_owned()]));
    assert_eq!((how("d"), codes(&outcome, 5)), ((4, "name"), vec!["PLACE_CONTRADICTION".to_owned()]));
    assert_eq!(
        (how("e"), codes(&outcome, 6)),
        ((6, "name"), vec!["UNKNOWN_PLACE".to_owned()]),
        "a near name is never taken"
    );
    // The mark is taken off: a commune Gao exists, but not in Douentza.
    assert_eq!(codes(&outcome, 7), ["PLACE_CONTRADICTION"]);
    assert_eq!(outcome["to_review"], 4);
    assert_eq!(outcome["non_located"], serde_json::json!([1, 2, 4]));
}

#[test]
fn a_road_axis_counts_at_the_unit_that_its_places_share() {
    let Some(real) = Real::new(true) else { return };
    let file = real.file(
        "roads.csv",
        "a,2021-06-17,,,,,axe Mopti-Douentza-Boni-Mondoro,,,,Meurtre,1\n\
         b,2021-06-17,,,,,Axe Douentza – Mondoro,,,,Meurtre,1\n\
         c,2021-06-17,,Mopti,,axe Douentza - Gourma-Rharous,,,,,Meurtre,1\n\
         d,2021-06-17,,,,,axe Douentza-Nulle Part,,,,Meurtre,1\n",
    );
    let outcome = real.import(&file, &[]);
    let found = real.located();
    let how = |id: &str| {
        found.iter().find(|(i, ..)| i == id).map(|(_, code, how)| (code.as_str(), how.as_str())).expect("kept")
    };
    let mopti = how("a").0.to_owned();
    assert_eq!((mopti.len(), how("a").1, how("b").0.len()), (4, "axis", 6), "{found:?}");
    assert_eq!(how("c"), (mopti.as_str(), "name"), "what the row states stays");
    assert_eq!((how("d").0, codes(&outcome, 5)), (mopti.as_str(), vec!["AXIS_PLACE_UNKNOWN".to_owned()]));
    assert_eq!(outcome["to_review"], 0);
    // Kept with its places, of which Boni is the one in Mopti and not its homonym in Kayes.
    let db = rusqlite::Connection::open(real.path("real.gpkg")).expect("a store");
    let body: String =
        db.query_row("SELECT body FROM vigie_fact WHERE body LIKE '[\"a|%'", [], |r| r.get(0)).expect("the fact");
    let fact: Value = serde_json::from_str(&body).expect("JSON");
    let places = fact[3]["axis"]["places"].as_array().expect("places");
    let names: Vec<&str> = places.iter().map(|p| p["stated"].as_str().expect("a name")).collect();
    assert_eq!(names, ["Mopti", "Douentza", "Boni", "Mondoro"]);
    assert!(places.iter().all(|p| p["units"][0] == mopti.as_str()));
}

#[test]
fn a_stated_country_settles_an_overlap_of_two() {
    let Some(real) = Real::new(false) else { return };
    let Some(dir) = shared("data/bfa_cod_2018") else { return };
    let store = real.path("real.gpkg");
    let Some(file) = level_file(&dir, 3) else { return };
    json(&["import", "boundaries", arg(&file), "--set", "bfa-2018-real", "--level", "3", "--store", arg(&store)]);
    // A point that both outlines claim, found by asking.
    let mut rows = String::new();
    let mut n = 0;
    for k in 0..60 {
        for m in 0..40 {
            let (lon, lat) = (-5.5 + f64::from(k) * 0.1, 10.0 + f64::from(m) * 0.13);
            for country in ["Mali", "BF"] {
                rows.push_str(&format!("p{n}{country},2021-06-17,{country},,,,,,{lon},{lat},Meurtre,1\n"));
            }
            n += 1;
        }
    }
    real.import(&real.file("grid.csv", &rows), &[]);
    let found = real.located();
    let of =
        |n: usize, country: &str| found.iter().find(|(id, ..)| *id == format!("p{n}{country}")).map(|f| f.1.clone());
    let differ: Vec<(String, String)> =
        (0..n).filter_map(|k| of(k, "Mali").zip(of(k, "BF"))).filter(|(a, b)| a != b).collect();
    assert!(!differ.is_empty(), "no point of the grid lies in an overlap");
    assert!(differ.iter().all(|(mali, bf)| mali.starts_with("ML") && bf.starts_with("BF")), "{differ:?}");
}
