//! Hotspots and concentration through the whole program, on the demonstration and on a small store of real form.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Server, arg, demo_server, demo_store, json, shared};

fn hotspots(level: &str, more: &[&str]) -> Value {
    let store = arg(demo_store());
    json(&[&["hotspots", "--store", store, "--level", level, "--period", "2021-06"], more].concat())
}

#[test]
fn june_2021_says_what_clusters_and_who_was_not_tested() {
    let answer = hotspots("commune", &[]);
    let results = answer["results"].as_array().expect("results");
    assert_eq!(results.len(), 701);
    let count = |test: &dyn Fn(&Value) -> bool| results.iter().filter(|r| test(r)).count();
    let tested = count(&|r| r["tested"] == true);
    assert_eq!(answer["m"], tested);
    assert!(tested > 100, "{tested}");
    for result in results {
        let number = result["status"] == "value" || result["status"] == "zero";
        if result["tested"] == true {
            assert!(number && result["outside_coverage"] == false, "only an observed number is tested: {result}");
            assert!(result["q"].as_f64() >= result["p"].as_f64(), "{result}");
            assert!(result["neighbours_observed"].as_u64() > Some(0));
        } else {
            // Null with a reason, never 0.
            for key in ["z", "p", "mid_p", "q", "cluster"] {
                assert!(result[key].is_null(), "{result}");
            }
            assert!(result["reason"].is_string(), "{result}");
        }
    }
    let not_covered = count(&|r| r["status"] == "not_covered" || r["outside_coverage"] == true);
    let sentence = answer["sentence"].as_str().expect("a sentence");
    assert!(sentence.contains(&format!("{not_covered} communes not covered")), "{sentence}");
    assert_eq!((&answer["null_p"], &answer["alpha"]), (&"conditional_permutation_exact".into(), &0.05.into()));
    assert_eq!(answer["synthetic"], true);
}

#[test]
fn the_layers_the_route_and_the_command_give_the_same_figures() {
    let server = demo_server();
    for level in ["cercle", "commune"] {
        let from_command = hotspots(level, &[]);
        let layer = server.get(&format!("/collections/hotspots-{level}s/items?period=2021-06&limit=1000"));
        let route = server.get(&format!("/hotspots?level={level}s&period=2021-06"));
        let of = |answer: &Value| -> Vec<Value> {
            let features = answer["features"].as_array().expect("features");
            let mut all: Vec<Value> = features.iter().map(|f| f["properties"].clone()).collect();
            all.sort_by_key(|p| p["pcode"].as_str().expect("a code").to_owned());
            all
        };
        let mut results = from_command["results"].as_array().expect("results").clone();
        results.sort_by_key(|p| p["pcode"].as_str().expect("a code").to_owned());
        for (here, there) in results.iter().zip(of(&route)) {
            for key in ["pcode", "status", "value", "z", "p", "q", "cluster", "tested", "class"] {
                assert_eq!(here[key], there[key], "{level} {key}");
            }
        }
        for (here, there) in of(&layer).iter().zip(of(&route)) {
            assert_eq!(*here, there, "{level}");
        }
        assert_eq!(route["m"], from_command["m"]);
    }
}

#[test]
fn sets_across_a_border_are_one_map() {
    let answer = hotspots("cercle", &["--set", "mli-2021,bfa-2018,ner-2023"]);
    assert!(answer["weights"]["pairs_across_sets"].as_u64() > Some(10), "{}", answer["weights"]);
    assert_eq!(answer["results"].as_array().map(Vec::len), Some(165));
    // Nobody stated coverage in the neighbours: they are outside the test, not zeros.
    assert_eq!(answer["m"], hotspots("cercle", &[])["m"]);
}

/// The surveyed sets of three countries, and incidents on both sides of their borders: Mali's alone would call a unit on
/// the border by half of its neighbours.
#[test]
fn on_the_real_boundaries_of_three_countries_a_cluster_reaches_across_the_border() {
    let Some(data) = shared("data") else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let store = dir.path().join("three.gpkg");
    let ner = |n: u8| format!("ner_cod_2023/NER_admbnda_adm{n}_IGNN_20230720.shp");
    for (set, files) in [
        ("mli-cod-2019", [1, 2, 3].map(|n| format!("mli_cod_2019/mli_adm{n}.geojson")).to_vec()),
        ("bfa-cod-2018", vec!["bfa_cod_2018/bfa_adm1.geojson".into(), "bfa_cod_2018/bfa_adm2.geojson".into()]),
        ("ner-cod-2023", vec![ner(0), ner(1), ner(2)]),
    ] {
        let files: Vec<_> = files.iter().map(|f| data.join(f)).collect();
        let mut args = vec!["import", "boundaries"];
        args.extend(files.iter().map(|f| arg(f)));
        json(&[&args[..], &["--set", set, "--store", arg(&store)]].concat());
    }
    // Every cercle, province and department covered; incidents in those along the Mali–Burkina–Niger borders.
    let db = rusqlite::Connection::open(&store).expect("a store");
    let units: Vec<(String, String, f64, f64)> = db
        .prepare("SELECT set_id, pcode, label_lon, label_lat FROM admin_units WHERE level = 2 AND set_id LIKE '%-cod-%' ORDER BY 1, 2")
        .and_then(|mut rows| {
            rows.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))).expect("rows").collect()
        })
        .expect("units with a point");
    drop(db);
    assert_eq!(units.len(), 50 + 45 + 67);
    let mut incidents = "incident_id,date,lon,lat,category,violation_type,victims\n".to_owned();
    let mut coverage = "period,pcode,stream,covered,report_received\n".to_owned();
    for (set, pcode, lon, lat) in &units {
        writeln!(coverage, "2021-06,{pcode},incidents,1,1").expect("written");
        let near = (-3.5..3.0).contains(lon) && (12.8..17.3).contains(lat);
        for k in 0..if near { 12 } else { u32::from(pcode.ends_with('3')) } {
            writeln!(incidents, "{set}-{pcode}-{k},2021-06-17,{lon},{lat},B,Meurtre,1").expect("written");
        }
    }
    for (theme, text) in [("incidents", incidents), ("coverage", coverage)] {
        let file = dir.path().join(format!("{theme}.csv"));
        std::fs::write(&file, text).expect("written");
        let report = json(&["import", theme, arg(&file), "--set", THREE, "--store", arg(&store)]);
        assert_eq!(report["rejected"], 0, "{report}");
    }
    let of = |sets: &str| {
        json(&[
            "hotspots",
            "--level",
            "cercle",
            "--period",
            "2021-06",
            "--set",
            sets,
            "--store",
            arg(&store),
            "--lang",
            "en",
        ])
    };
    let (one, three) = (of("mli-cod-2019"), of(THREE));
    println!("{}\n{}", one["sentence"], three["sentence"]);
    assert!(three["weights"]["pairs_across_sets"].as_u64() > Some(10), "{}", three["weights"]);
    assert_eq!(three["results"].as_array().map(Vec::len), Some(162));
    let hot = |answer: &Value| {
        let rows = answer["results"].as_array().expect("results");
        let hot = rows.iter().filter(|r| r["cluster"].as_str().is_some_and(|c| c.starts_with("hot")));
        hot.map(|r| (r["set"].as_str().expect("a set").to_owned(), r["pcode"].to_string())).collect::<Vec<_>>()
    };
    for set in THREE.split(',') {
        assert!(hot(&three).iter().any(|(of, _)| of == set), "{set}: {:?}", hot(&three));
    }
    assert_ne!(hot(&one), hot(&three).into_iter().filter(|(set, _)| set == "mli-cod-2019").collect::<Vec<_>>());
}

const THREE: &str = "mli-cod-2019,bfa-cod-2018,ner-cod-2023";

#[test]
fn the_shares_of_june_2021_by_zone_and_how_far_they_depend_on_the_definition() {
    let store = arg(demo_store());
    let answer = json(&["concentration", "--store", store, "--period", "2021-06"]);
    let share = |zone: &str| {
        let shares = answer["shares"].as_array().expect("shares");
        shares.iter().find(|s| s["zone"] == zone).unwrap_or_else(|| panic!("{zone}"))["percent"].clone()
    };
    assert_eq!(share("ALG"), 96.5);
    assert_eq!(share("MOPTI_GAO_MENAKA"), 87.5);
    assert_eq!(share("MOPTI_GAO_SEGOU"), 90.8);
    assert_eq!(answer["sensitivity"]["highest"]["zone"], "ALG");
    let uneven = &answer["unevenness"];
    let (gini, theil) = (&uneven["spread"]["gini"], &uneven["theil_by_region"]);
    assert!((0.0..=1.0).contains(&gini.as_f64().expect("a number")));
    let parts =
        theil["between_regions"].as_f64().expect("a number") + theil["within_regions"].as_f64().expect("a number");
    assert!((parts - theil["total"].as_f64().expect("a number")).abs() < 1e-9);
    assert_eq!(demo_server().get("/concentration?period=2021-06&lang=en")["shares"], answer["shares"]);
}

#[test]
fn degenerate_months_and_questions_have_a_reason_or_a_cure() {
    // A month without any data: nothing is tested, nothing is 0.
    let store = arg(demo_store());
    let answer = json(&["hotspots", "--store", store, "--level", "commune", "--period", "1999-01"]);
    assert_eq!((&answer["m"], &answer["mean"]), (&0.into(), &Value::Null));
    assert!(answer["sentence"].as_str().expect("a sentence").starts_with("No test is possible"), "{answer}");
    let server = demo_server();
    for wrong in [
        "alpha=0",
        "alpha=1.5",
        "alpha=x",
        "level=village",
        "measure=tears",
        "method=kde9",
        "weights=nearest-0",
        "weights=within-9km9",
        "zone=ALG",
    ] {
        let (status, body) = server.status(&format!("/hotspots?period=2021-06&{wrong}"));
        assert_eq!(status, 400, "{wrong}: {body}");
    }
    let (status, body) = server.status("/concentration?zone=ATLANTIS");
    assert_eq!(status, 400);
    assert!(body.to_string().contains("ALG"), "{body}");
}

#[test]
fn hotspots_below_region_of_real_data_are_not_told_of() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("june.csv");
    let rows = "a,2021-06-17,Mopti,Mopti,Sio,B,Meurtre,3\nb,2021-06-18,Mopti,Douentza,Hombori,B,Meurtre,40\n";
    let header = "incident_id,date,region,cercle,commune,category,violation_type,victims\n";
    std::fs::write(&file, format!("{header}{rows}")).expect("written");
    let store = dir.path().join("real.gpkg");
    json(&["import", "incidents", arg(&file), "--store", arg(&store)]);
    let server = Server::start(&store, &[]);
    assert_eq!(server.status("/hotspots?level=communes&period=2021-06").0, 403);
    assert_eq!(server.status("/collections/hotspots-communes/items").0, 404);
    assert_eq!(server.get("/hotspots?level=regions&period=2021-06")["m"], 0);
    let shares = server.get("/concentration?period=2021-06");
    assert_eq!(shares["unevenness"]["level"], 1);
}
