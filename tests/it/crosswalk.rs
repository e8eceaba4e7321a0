//! From one boundary set to another through the real program: real vintages where they are, the shipped ones always.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use serde_json::Value;

use crate::support::{arg, demo_store, json, run, shared, text};

/// Mali as of 2019, twice (as it is and quantised), and with Ménaka, in one store; none where the data are not here.
fn real_store() -> Option<&'static Path> {
    static STORE: OnceLock<Option<(tempfile::TempDir, PathBuf)>> = OnceLock::new();
    let made = STORE.get_or_init(|| {
        let (cod, menaka) = (shared("data/mli_cod_2019")?, shared("data/mli_menaka_2020")?);
        let dir = tempfile::tempdir().expect("a folder");
        let store = dir.path().join("real.gpkg");
        let upper = [cod.join("mli_adm1.geojson"), cod.join("mli_adm2.geojson")];
        let with = |communes: &str| [upper.as_slice(), &[cod.join(communes)]].concat();
        let shapes = ["mli_adm1_withMenaka.shp", "mli_adm2_withMenaka.shp"].map(|n| menaka.join(n)).to_vec();
        for (set, files) in [
            ("mli-cod-2019", with("mli_adm3.geojson")),
            ("mli-quantised", with("mli_adm3_quantised_invalid.topojson")),
            ("mli-menaka-2020", shapes),
        ] {
            let mut args = vec!["import", "boundaries"];
            args.extend(files.iter().map(|f| arg(f)));
            json(&[args, vec!["--set", set, "--store", arg(&store)]].concat());
        }
        Some((dir, store))
    });
    made.as_ref().map(|(_, path)| path.as_path())
}

fn crosswalk(store: &Path, ask: &str) -> Value {
    let mut args = vec!["crosswalk"];
    args.extend(ask.split(' '));
    json(&[args, vec!["--store", arg(store)]].concat())
}

/// The sentences that are no « unchanged ».
fn sentences(table: &Value) -> Vec<&str> {
    let changes = table["changes"].as_array().expect("changes");
    changes.iter().filter(|c| c["kind"] != "identical").map(|c| c["sentence"].as_str().expect("a sentence")).collect()
}

fn of_kind(table: &Value, kind: &str) -> usize {
    table["changes"].as_array().expect("changes").iter().filter(|c| c["kind"] == kind).count()
}

/// Weights of the rows from a unit: (code, weight).
fn weights(table: &Value, from: &str) -> Vec<(String, f64)> {
    let rows = table["rows"].as_array().expect("rows");
    rows.iter()
        .filter(|r| r["from_code"] == from && r["weight"].is_number())
        .map(|r| (r["to_code"].as_str().expect("a code").to_owned(), r["weight"].as_f64().expect("a weight")))
        .collect()
}

fn sum(table: &Value, from: &str) -> f64 {
    weights(table, from).iter().map(|w| w.1).sum()
}

#[test]
fn menaka_became_a_region_and_its_cercle_four_and_the_rest_stayed() {
    let Some(store) = real_store() else { return };
    let regions = crosswalk(store, "mli-cod-2019 mli-menaka-2020 --level 1");
    assert_eq!(of_kind(&regions, "identical"), 8);
    assert_eq!(sentences(&regions), ["Gao (ML07) was split into Gao (ML07), 56%; Ménaka (ML10), 43%"]);
    let cercles = crosswalk(store, "mli-cod-2019 mli-menaka-2020 --level 2");
    let split = sentences(&cercles).into_iter().find(|s| s.contains("split")).expect("a split").to_owned();
    for part in ["Ménaka (ML0704)", "Anderamboukane (ML1001)", "Inékar (ML1002)", "(ML1003)", "(ML1004)"] {
        assert!(split.contains(part), "{split}");
    }
    assert_eq!((of_kind(&cercles, "gone"), of_kind(&cercles, "new")), (0, 0));
    assert!(of_kind(&cercles, "identical") >= 45);
    for table in [&regions, &cercles] {
        let codes: std::collections::BTreeSet<&str> =
            table["rows"].as_array().expect("rows").iter().filter_map(|r| r["from_code"].as_str()).collect();
        for code in codes {
            // Rounded to six decimals, four of them at most.
            assert!((sum(table, code) - 1.0).abs() < 3e-6, "{code} {}", sum(table, code));
        }
    }
}

#[test]
fn the_regions_of_2023_split_old_mopti_in_three_and_put_it_together_again() {
    let Some(store) = real_store() else { return };
    let split = crosswalk(store, "mli-cod-2019 regions-2023 --level 1");
    let parts = weights(&split, "ML05");
    let codes: Vec<&str> = parts.iter().map(|p| p.0.as_str()).collect();
    // Mopti, Douentza, Bandiagara.
    assert_eq!(codes, ["05", "18", "19"]);
    assert!((sum(&split, "ML05") - 1.0).abs() < 3e-6);
    let merged = crosswalk(store, "regions-2023 mli-cod-2019 --level 1");
    assert!(sentences(&merged).iter().any(|s| s.starts_with("Mopti (ML05) merges Mopti (05), 100.0%; Douentza (18)")));
    for code in ["05", "18", "19"] {
        assert_eq!(weights(&merged, code).iter().map(|w| w.0.as_str()).collect::<Vec<_>>(), ["ML05"]);
    }
    // The grouping is a list of codes of other sets; a set with other codes is laid over a surveyed one that has them.
    let other = crosswalk(store, "mli-menaka-2020 regions-2023 --level 1");
    assert_eq!(weights(&other, "ML10").iter().map(|w| w.0.as_str()).collect::<Vec<_>>(), ["10"]);
}

#[test]
fn seven_hundred_communes_against_as_many_take_seconds_at_most() {
    let Some(store) = real_store() else { return };
    let start = Instant::now();
    let table = crosswalk(store, "mli-cod-2019 mli-quantised --level 3");
    println!("701 x 701 communes: {:.1} s, program start and store included", start.elapsed().as_secs_f64());
    // The quantised file has no name for 527 of them: a missing name contradicts none. One small commune lost 5 % of its
    // ground to the grid.
    assert_eq!((of_kind(&table, "identical"), of_kind(&table, "redrawn")), (700, 1), "{:?}", sentences(&table));
    assert!(start.elapsed().as_secs() < 60);
}

#[test]
fn schematic_outlines_are_refused_by_area_and_the_cure_works() {
    let store = demo_store();
    let out = run(&["crosswalk", "mli-2019", "mli-2021", "--level", "1", "--store", arg(store)]);
    assert_eq!(out.status.code(), Some(1));
    let said = text(&out.stderr);
    let (_, cure) = said.trim().split_once("vigie ").expect("a cure");
    assert_eq!(cure, "crosswalk mli-2019 mli-2021 --level 1 --by identity");
    let args: Vec<&str> = cure.split(' ').chain(["--store", arg(store)]).collect();
    let table = json(&args);
    assert_eq!(sentences(&table), ["Gao (ML07) was split into Gao (ML07), 83%; Ménaka (ML10), 17%"]);
    // How people or ground are shared is not in names.
    assert_eq!(weights(&table, "ML07"), []);
    assert_eq!(weights(&table, "ML05"), [("ML05".to_owned(), 1.0)]);
    // A surveyed and a schematic set.
    if let Some(real) = real_store() {
        let out = run(&["crosswalk", "mli-2021", "mli-cod-2019", "--level", "2", "--store", arg(real)]);
        assert!(text(&out.stderr).contains("--by identity"), "{}", text(&out.stderr));
        let table = crosswalk(real, "mli-2019 mli-cod-2019 --level 3 --by identity");
        assert_eq!(of_kind(&table, "identical"), 701);
        // One code, two places.
        let table = crosswalk(real, "mli-menaka-2020 mli-2021 --level 2 --by identity");
        let said = sentences(&table);
        assert!(
            said.iter().any(|s| s.starts_with("the code ML1001 means Anderamboukane in mli-menaka-2020 and Ménaka")),
            "{said:?}"
        );
        assert!(said.contains(&"Ménaka (ML1003) was recoded: Ménaka (ML1001)"), "{said:?}");
        assert!(said.contains(&"Baroueli (ML0401) is now written Baraouéli (ML0401)"), "{said:?}");
    }
}

#[test]
fn populations_share_out_where_areas_may_not() {
    // Populations of the cercles ship; the regions of 2023 are groups of cercles.
    let table = crosswalk(demo_store(), "mli-2019 regions-2023 --level 1 --by population");
    let parts = weights(&table, "ML05");
    assert_eq!(parts.iter().map(|p| p.0.as_str()).collect::<Vec<_>>(), ["05", "18", "19"]);
    assert!((sum(&table, "ML05") - 1.0).abs() < 3e-6, "{parts:?}");
    let rows = table["rows"].as_array().expect("rows");
    assert!(rows.iter().filter(|r| r["from_code"] == "ML05").all(|r| r["basis"] == "population"));
}

#[test]
fn a_series_crosses_over_as_an_estimate_that_keeps_absences_and_totals() {
    let store = demo_store();
    let ask = "mli-2021 mli-2019 --level 1 --by identity --series violations --period 2021-05/2021-06";
    let series = crosswalk(store, ask);
    let rows = series["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 2 * 9);
    assert!(rows.iter().all(|r| r["estimated"] == true && r["data_set"] == "mli-2021"));
    let june = |code: &str| rows.iter().find(|r| r["pcode"] == code && r["period"] == "2021-06").expect("a row");
    // Gao of 2019 is Gao and Ménaka of 2021: 133 + 2 in the report of June 2021.
    assert_eq!((&june("ML07")["value"], &june("ML07")["status"]), (&Value::from(135.0), &Value::from("value")));
    assert_eq!(june("ML05")["value"], 947.0);
    // Kayes is not monitored: an absence, never 0.
    assert_eq!(june("ML01")["value"], Value::Null);
    assert_ne!(june("ML01")["status"], "zero");
    for month in series["months"].as_array().expect("months") {
        let cells: f64 =
            rows.iter().filter(|r| r["period"] == month["period"]).filter_map(|r| r["value"].as_f64()).sum();
        let rest = ["unassigned", "non_located"].map(|k| month[k].as_f64().expect(k)).iter().sum::<f64>();
        assert!((cells + rest - month["total"].as_f64().expect("a total")).abs() < 1e-6, "{month}");
    }
    // Towards more units, a share that is not known is not invented: Gao's 133 go nowhere for certain.
    let back = crosswalk(store, "mli-2021 regions-2023 --level 1 --by identity --series violations --period 2021-06");
    let mopti = back["rows"].as_array().expect("rows").iter().find(|r| r["pcode"] == "05").expect("a row");
    assert_eq!((&mopti["value"], &mopti["status"]), (&Value::Null, &Value::from("unknown")));
    assert!(back["months"][0]["unassigned"].as_f64().expect("a number") >= 947.0);
}

#[test]
fn the_table_comes_as_csv_and_wrong_names_are_refused_with_those_that_are_there() {
    let store = arg(demo_store());
    let out = run(&[
        "crosswalk",
        "mli-2019",
        "mli-2021",
        "--level",
        "2",
        "--by",
        "identity",
        "--format",
        "csv",
        "--store",
        store,
    ]);
    let csv = text(&out.stdout);
    assert!(csv.starts_with("from_set,from_code,from_name,from_parent,to_set,to_code"), "{csv}");
    assert!(
        csv.lines().any(|l| l
            .starts_with("mli-2019,ML0704,Ménaka,Gao,mli-2021,ML1001,Ménaka,Ménaka,1.0,units,0.25,1.0,,identity,part")),
        "{csv}"
    );
    let out = run(&["crosswalk", "mli-1960", "mli-2021", "--level", "2", "--store", store]);
    let said = text(&out.stderr);
    assert!(said.contains("mli-2019") && said.contains("regions-2023"), "{said}");
    let out = run(&["crosswalk", "bfa-2018", "mli-2021", "--level", "3", "--by", "identity", "--store", store]);
    assert!(text(&out.stderr).contains("choose another --level"), "{}", text(&out.stderr));
}
