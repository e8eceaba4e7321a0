//! Real boundaries through the real program. They are not ours to ship: skipped where they are absent.

use std::path::PathBuf;

use crate::support::{arg, json, shared, text, vigie};

fn import(store: &std::path::Path, set: &str, files: &[PathBuf]) -> serde_json::Value {
    let mut args = vec!["import", "boundaries"];
    args.extend(files.iter().map(|f| arg(f)));
    args.extend(["--set", set, "--store", arg(store)]);
    json(&args)
}

fn data(names: &[&str]) -> Option<Vec<PathBuf>> {
    names.iter().map(|n| shared(&format!("data/{n}"))).collect()
}

/// (level, pcode, name, parent) of a set, straight from the GeoPackage.
fn units(store: &std::path::Path, set: &str) -> Vec<(u8, String, String, Option<String>)> {
    let db = rusqlite::Connection::open(store).expect("a store");
    let mut rows = db
        .prepare("SELECT level, pcode, name, parent_pcode FROM admin_units WHERE set_id = ?1 ORDER BY level, pcode")
        .expect("the table");
    rows.query_map([set], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))
        .expect("rows")
        .collect::<Result<_, _>>()
        .expect("rows")
}

fn counts(units: &[(u8, String, String, Option<String>)]) -> [usize; 3] {
    [1, 2, 3].map(|l| units.iter().filter(|u| u.0 == l).count())
}

#[test]
fn three_countries_come_in_whole_nested_and_with_their_names() {
    let Some(mali) =
        data(&["mli_cod_2019/mli_adm1.geojson", "mli_cod_2019/mli_adm2.geojson", "mli_cod_2019/mli_adm3.geojson"])
    else {
        return;
    };
    let burkina =
        data(&["bfa_cod_2018/bfa_adm1.geojson", "bfa_cod_2018/bfa_adm2.geojson", "bfa_cod_2018/bfa_adm3.topojson"])
            .expect("all there");
    let niger = data(
        &[0, 1, 2, 3]
            .map(|n| format!("ner_cod_2023/NER_admbnda_adm{n}_IGNN_20230720.shp"))
            .each_ref()
            .map(String::as_str),
    )
    .expect("all there");
    let dir = tempfile::tempdir().expect("a folder");
    let store = dir.path().join("real.gpkg");
    for (set, files, expected) in [
        ("mli-cod-2019", mali, [9, 50, 701]),
        ("bfa-cod-2018", burkina, [13, 45, 351]),
        ("ner-cod-2023", niger, [8, 67, 266]),
    ] {
        import(&store, set, &files);
        let units = units(&store, set);
        assert_eq!(counts(&units), expected, "{set}");
        for (level, pcode, name, parent) in &units {
            assert!(!name.is_empty(), "{set} {pcode}");
            if *level > 1 {
                let parent = parent.as_deref().unwrap_or_else(|| panic!("{set} {pcode} has no parent"));
                assert!(units.iter().any(|u| u.0 == level - 1 && u.1 == parent), "{set} {pcode} in {parent}");
            }
        }
    }
    assert!(units(&store, "ner-cod-2023").iter().any(|u| u.0 == 1 && u.2 == "Tillabéri"));
    // The first set an officer imports is the default.
    let db = rusqlite::Connection::open(&store).expect("a store");
    let default: String =
        db.query_row("SELECT value FROM vigie_meta WHERE key = 'default_set'", [], |r| r.get(0)).expect("set");
    assert_eq!(default, "mli-cod-2019");
}

#[test]
fn the_quantised_topojson_comes_in_with_its_17_repairs_reported() {
    let Some(files) = data(&[
        "mli_cod_2019/mli_adm1.geojson",
        "mli_cod_2019/mli_adm2.geojson",
        "mli_cod_2019/mli_adm3_quantised_invalid.topojson",
    ]) else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let outcome = import(&dir.path().join("q.gpkg"), "mli-quantised", &files);
    let findings = outcome["findings"].as_array().expect("findings");
    let repaired = findings.iter().filter(|f| f["code"] == "GEOMETRY_REPAIRED").count();
    assert_eq!(repaired, 17, "{findings:#?}");
    assert_eq!(counts(&units(&dir.path().join("q.gpkg"), "mli-quantised")), [9, 50, 701]);
}

#[test]
fn a_code_means_what_its_set_says() {
    let Some(files) = data(&["mli_menaka_2020/mli_adm1_withMenaka.shp", "mli_menaka_2020/mli_adm2_withMenaka.shp"])
    else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let store = dir.path().join("menaka.gpkg");
    import(&store, "mli-menaka-2020", &files);
    let name = |set: &str| units(&store, set).into_iter().find(|u| u.1 == "ML1001").expect("the code").2;
    assert_eq!(counts(&units(&store, "mli-menaka-2020")), [10, 53, 0]);
    // Its list writes the name without the accent.
    assert_eq!(name("mli-menaka-2020"), "Anderamboukane");
    assert_eq!(name("mli-2021"), "Ménaka");
}

#[test]
fn a_shapefile_without_prj_is_refused_until_its_crs_is_said() {
    let Some(source) = shared("data/mli_menaka_2020") else { return };
    let dir = tempfile::tempdir().expect("a folder");
    for ext in ["shp", "shx", "dbf", "cpg"] {
        let name = format!("mli_adm1_withMenaka.{ext}");
        std::fs::copy(source.join(&name), dir.path().join(&name)).expect("copied");
    }
    let shp = dir.path().join("mli_adm1_withMenaka.shp");
    let store = dir.path().join("s.gpkg");
    let args = ["import", "boundaries", arg(&shp), "--set", "x", "--level", "1", "--store", arg(&store)];
    let refused = vigie().args(args).output().expect("it runs");
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(said.contains("--crs"), "{said}");
    assert!(!store.exists(), "a refused file leaves no store behind");
    let accepted = vigie().args(args).args(["--crs", "EPSG:4326"]).output().expect("it runs");
    assert!(accepted.status.success(), "{}", text(&accepted.stderr));
}

#[test]
fn a_truncated_shapefile_and_a_file_that_is_not_what_its_name_says_are_refused() {
    let Some(source) = shared("data/mli_menaka_2020") else { return };
    let dir = tempfile::tempdir().expect("a folder");
    for ext in ["shx", "dbf", "cpg", "prj"] {
        let name = format!("mli_adm1_withMenaka.{ext}");
        std::fs::copy(source.join(&name), dir.path().join(&name)).expect("copied");
    }
    let whole = std::fs::read(source.join("mli_adm1_withMenaka.shp")).expect("read");
    let cut = dir.path().join("mli_adm1_withMenaka.shp");
    std::fs::write(&cut, &whole[..whole.len() / 2]).expect("written");
    let text_file = dir.path().join("communes.geojson");
    std::fs::write(&text_file, "PK\u{3}\u{4} not GeoJSON at all").expect("written");
    let store = dir.path().join("s.gpkg");
    for file in [&cut, &text_file] {
        let out = vigie()
            .args(["import", "boundaries", arg(file), "--set", "x", "--level", "1", "--store", arg(&store)])
            .output()
            .expect("runs");
        assert_eq!(out.status.code(), Some(1), "{}", file.display());
        assert!(
            text(&out.stderr).contains(file.file_name().expect("a name").to_str().expect("UTF-8")),
            "{}",
            text(&out.stderr)
        );
        assert!(!store.exists());
    }
}
