//! Do no harm: what each role is told, through every route; what was released and what was not.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Server, arg, json, run, text, vigie};

/// Words that stand in columns which never leave, or only to some.
const NEVER: [&str; 2] = ["KANARI-LIEU", "KANARI-ID"];
const NOT_PUBLIC: [&str; 3] = ["KANARI-AUTEUR", "KANARI-METIER", "KANARI-ENDROIT"];
/// A month that is not released.
const DRAFT: &str = "2021-07";

/// A store of real data: June released, July a draft; every open column carries a word that can be searched for.
fn real(dir: &Path) -> PathBuf {
    use std::fmt::Write as _;
    let mut csv = "incident_id,date,region,cercle,commune,locality,category,violation_type,victims,women,girls,\
                   perpetrator_class,socio_economic_status,place,lon,lat\n"
        .to_owned();
    let mut number = 0;
    for (month, cercle, commune, kind, n) in [
        ("2021-06", "Mopti", "Sio", "Meurtre", 3),
        ("2021-06", "Mopti", "Konna", "Viol", 12),
        ("2021-06", "Douentza", "Hombori", "Meurtre", 40),
        ("2021-06", "Koro", "Koro", "Meurtre", 8),
        ("2021-06", "Bandiagara", "Bandiagara", "Meurtre", 2),
        (DRAFT, "Mopti", "Sio", "Meurtre", 61),
    ] {
        for _ in 0..n {
            number += 1;
            let _ = writeln!(
                csv,
                "KANARI-ID-{number},{month}-17,Mopti,{cercle},{commune},KANARI-LIEU,,{kind},1,1,0,KANARI-AUTEUR,\
                 KANARI-METIER,KANARI-ENDROIT,,"
            );
        }
    }
    let file = dir.join("incidents.csv");
    std::fs::write(&file, csv).expect("written");
    let store = dir.join("real.gpkg");
    let outcome = json(&["import", "incidents", arg(&file), "--store", arg(&store)]);
    assert_eq!(outcome["rejected"], 0, "{outcome:#}");
    let risk = dir.join("risk.csv");
    std::fs::write(&risk, "period,cercle,commune,score\n2021-06,Mopti,Sio,17\n2021-06,Koro,Koro,23\n")
        .expect("written");
    json(&["import", "risk", arg(&risk), "--store", arg(&store)]);
    json(&["release", "2021-06", "--store", arg(&store), "--by", "test"]);
    store
}

pub fn token(store: &Path, role: &str) -> (String, String) {
    let made = json(&["token", "add", "--role", role, "--label", "essai", "--store", arg(store)]);
    (made["secret"].as_str().expect("a secret").to_owned(), made["id"].as_str().expect("an id").to_owned())
}

/// A request with or without a token: status, headers, the body as text (unpacked where it is a zip).
pub fn ask(server: &Server, path: &str, token: Option<&str>) -> (u16, ureq::http::HeaderMap, Vec<u8>) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut request = agent.get(format!("{}{path}", server.url));
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let mut response = request.call().unwrap_or_else(|e| panic!("{path}: {e}"));
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.body_mut().with_config().limit(100 << 20).read_to_vec().expect("a body");
    (status, headers, unpacked(body))
}

/// A zip's files one after the other, and anything else as it is.
fn unpacked(body: Vec<u8>) -> Vec<u8> {
    let Ok(mut zip) = zip::ZipArchive::new(std::io::Cursor::new(&body)) else { return body };
    let mut out = Vec::new();
    for k in 0..zip.len() {
        let mut file = zip.by_index(k).expect("a file");
        out.extend(file.name().expect("a name").as_bytes().to_vec());
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("read");
        out.extend(unpacked(bytes));
    }
    out
}

fn holds(body: &[u8], word: &str) -> bool {
    body.windows(word.len()).any(|w| w == word.as_bytes())
}

/// Every address that the description names, its parameters filled in, for a released month and one that is not.
pub fn addresses(server: &Server, token: Option<&str>) -> BTreeSet<String> {
    let (_, _, api) = ask(server, "/api", token);
    let api: Value = serde_json::from_slice(&api).expect("JSON");
    let (_, _, listed) = ask(server, "/collections", token);
    let listed: Value = serde_json::from_slice(&listed).expect("JSON");
    let layers: Vec<String> = listed["collections"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|c| c["id"].as_str().expect("an id").to_owned())
        .chain(["incidents", "violations-communes", "hotspots-cercles", "risk-communes"].map(str::to_owned))
        .collect();
    let mut out = BTreeSet::new();
    let mut paths: BTreeSet<String> = api["paths"].as_object().expect("paths").keys().cloned().collect();
    for layer in layers {
        for f in ["geojson", "csv", "xlsx", "gpkg", "fgb", "shp", "parquet"] {
            paths.insert(format!("/collections/{layer}/download?f={f}"));
        }
        for tail in [
            "",
            "/items?limit=1000",
            "/items?limit=1000&f=csv",
            "/items?limit=1000&f=html",
            "/schema",
            "/queryables",
            "/map?f=svg",
        ] {
            paths.insert(format!("/collections/{layer}{tail}"));
        }
        for (z, x, y) in [(0, 0, 0), (5, 15, 14), (7, 62, 58), (9, 250, 235)] {
            paths.insert(format!("/tiles/{layer}/{z}/{x}/{y}.mvt"));
        }
        paths.insert(format!("/qgis/{layer}.qlr"));
        paths.insert(format!("/styles/{layer}?f=mapbox"));
        paths.insert(format!("/legend/{layer}"));
    }
    for annex in ["1", "2", "3", "4", "5", "6", "hotspots", "liptako", "dashboard"] {
        for form in ["svg", "csv", "xlsx"] {
            for month in ["2021-06", DRAFT] {
                paths.insert(format!("/annexes/{month}/{annex}.{form}"));
            }
        }
    }
    for more in [
        "/annexes/2021-06.zip",
        "/trends",
        "/trends?by=perpetrator",
        "/trends?by=victim",
        "/hotspots?level=cercles",
        "/hotspots?level=regions",
        "/hotspots?method=kde",
        "/triggers",
        "/concentration",
        "/qgis/vigie.qgs",
        "/trends?basis=all",
        "/trends?region=ML05&category=C",
        "/app",
        "/app?theme=violations&level=cercles&compare=2021-07",
        "/app?theme=risk&fragment=1",
        "/app?region=ML05&category=C",
        "/app/report",
        "/collections/violations-regions/items?basis=all",
    ] {
        paths.insert(more.to_owned());
    }
    // Without a token the person at this machine, who holds the store, sees its imports: `app.rs` looks at that gate.
    let desk = |path: &str| token.is_none() && (path.starts_with("/imports") || path == "/app/import");
    for path in paths.iter().filter(|p| !p.contains('{') && !desk(p)) {
        let mark = if path.contains('?') { '&' } else { '?' };
        out.insert(path.clone());
        let timed = !path.contains("/annexes/") && path.contains('/');
        if timed {
            for period in ["2021-06", DRAFT, "2021-06/2021-07"] {
                out.insert(format!("{path}{mark}period={period}"));
            }
        }
    }
    out
}

#[test]
fn nothing_above_a_role_leaves_by_any_route() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = real(dir.path());
    let (partner, _) = token(&store, "partner");
    let [restricted, editor, admin] = ["restricted", "editor", "admin"].map(|role| token(&store, role).0);
    let server = Server::start(&store, &[]);
    let (mut asked, mut seen) = (0, [false; 4]);
    for (role, token) in [
        ("public", None),
        ("partner", Some(partner.as_str())),
        ("restricted", Some(&restricted)),
        ("editor", Some(&editor)),
        ("admin", Some(&admin)),
    ] {
        for address in addresses(&server, token) {
            let (status, headers, body) = ask(&server, &address, token);
            asked += 1;
            assert!(status < 500, "{role} {address}: {status}");
            for word in NEVER {
                assert!(!holds(&body, word), "{role} {address} tells {word}");
            }
            if !["public", "partner"].contains(&role) {
                assert!(headers.get("access-control-allow-origin").is_none(), "{address}");
                // Whoever may see it does: what is searched for below could be found.
                for (seen, word) in seen.iter_mut().zip(NOT_PUBLIC.into_iter().chain(["\"value\":61"])) {
                    *seen |= holds(&body, word);
                }
                continue;
            }
            for word in NOT_PUBLIC {
                assert!(!holds(&body, word), "{role} {address} tells {word}");
            }
            // July's 61 killings are not released.
            let told = holds(&body, "\"value\":61") || holds(&body, ",61,") || holds(&body, "\"total\":61");
            let told = told || holds(&body, "data-v=\"61\"") || holds(&body, "<strong>61</strong>");
            assert!(!told, "{role} {address} tells of a month that is not released");
            let vary = headers.get("vary").map_or("", |v| v.to_str().expect("ASCII"));
            assert!(
                status != 200 || address.starts_with("/health") || vary.contains("Authorization"),
                "{address}: {vary}"
            );
            if token.is_some() && status == 200 && !address.starts_with("/health") {
                let kept = headers.get("cache-control").map_or("", |v| v.to_str().expect("ASCII"));
                assert!(kept.contains("private"), "{address}: {kept}");
            }
        }
    }
    assert!(asked > 1000, "{asked} addresses asked");
    assert_eq!(seen, [true; 4], "the search finds what is there");
    println!("{asked} answers read");
}

#[test]
fn an_answer_to_one_role_is_never_given_to_another_by_a_cache_an_etag_or_a_head() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = real(dir.path());
    let (restricted, _) = token(&store, "restricted");
    let server = Server::start(&store, &[]);
    let path = "/collections/violations-cercles/items?period=2021-06&limit=1000";
    let (_, open, all) = ask(&server, path, Some(&restricted));
    let (_, public, told) = ask(&server, path, None);
    assert_ne!(open["etag"], public["etag"]);
    assert!(all != told, "the public is told less");
    // The tag of what the one saw is not « not modified » to the other, with or without a body.
    for method in ["GET", "HEAD"] {
        for range in [None, Some("bytes=0-10")] {
            let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
            let request = ureq::http::Request::builder()
                .method(method)
                .uri(format!("{}{path}", server.url))
                .header("If-None-Match", &open["etag"]);
            let request = range.into_iter().fold(request, |r, range| r.header("Range", range));
            let answer = agent.run(request.body(()).expect("a request")).expect("an answer");
            assert_ne!(answer.status().as_u16(), 304, "{method}");
            assert_eq!(answer.headers()["etag"], public["etag"], "{method}");
        }
    }
}

#[test]
fn a_token_is_good_at_once_until_it_is_revoked_and_a_bad_one_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = real(dir.path());
    let server = Server::start(&store, &[]);
    let (secret, id) = token(&store, "restricted");
    let path = "/collections/incidents/items?period=2021-07";
    let wait = |wanted: u16| {
        let start = std::time::Instant::now();
        while ask(&server, path, Some(&secret)).0 != wanted {
            assert!(start.elapsed().as_secs() < 10, "still not {wanted}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    };
    wait(200);
    let (status, headers, body) = ask(&server, path, Some("vigie_00000000_nonsense"));
    assert_eq!((status, headers["www-authenticate"].to_str().expect("ASCII")), (401, "Bearer"), "{}", text(&body));
    json(&["token", "revoke", &id, "--store", arg(&store)]);
    wait(401);
    let listed = json(&["token", "list", "--store", arg(&store)]);
    assert!(listed[0]["revoked"].is_string() && listed[0]["last_used"].is_string(), "{listed}");
    // In an address a token is nothing: it would stand in every log.
    assert_eq!(server.status(&format!("{path}&token={secret}")).0, 404);
}

#[test]
fn the_public_sees_a_month_as_it_was_released_whatever_is_imported_after() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = real(dir.path());
    let totals = |role: &str| {
        let out = dir.path().join(format!("{role}.geojson"));
        json(&[
            "export",
            "violations-regions",
            "--period",
            "2021-06",
            "--format",
            "geojson",
            "--as",
            role,
            "--store",
            arg(&store),
            "--out",
            arg(&out),
        ]);
        let layer: Value = serde_json::from_slice(&std::fs::read(&out).expect("written")).expect("JSON");
        let mopti = layer["features"].as_array().expect("features").iter().find(|f| f["properties"]["name"] == "Mopti");
        mopti.expect("Mopti")["properties"].clone()
    };
    let state = |role: &str| (totals(role)["value"].as_u64(), totals(role)["release"].as_str().map(str::to_owned));
    assert_eq!(state("public"), (Some(65), Some("released".into())));
    assert_eq!(state("restricted"), (Some(65), Some("released".into())));
    let file = dir.path().join("late.csv");
    std::fs::write(
        &file,
        "incident_id,date,region,cercle,violation_type,victims\nlate,2021-06-30,Mopti,Koro,Meurtre,9\n",
    )
    .expect("written");
    json(&["import", "incidents", arg(&file), "--store", arg(&store)]);
    assert_eq!(state("public"), (Some(65), Some("released".into())));
    assert_eq!(state("restricted"), (Some(74), Some("draft".into())));
    // A correction is a new release, and says what changed.
    let refused = run(&["release", "2021-06", "--store", arg(&store)]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("--note"), "{}", text(&refused.stderr));
    json(&["release", "2021-06", "--note", "un incident de Koro arrivé tard", "--store", arg(&store)]);
    assert_eq!(state("public"), (Some(74), Some("released".into())));
    let register = json(&["releases", "--store", arg(&store)]);
    let last =
        register.as_array().expect("entries").iter().rev().find(|e| e["theme"] == "incidents").expect("an entry");
    assert_eq!((&last["state"], &last["month"]), (&"released".into(), &"2021-06".into()));
    assert!(last["outputs"].as_array().is_some_and(|o| !o.is_empty()), "{last}");
    json(&["release", "2021-06", "--state", "draft", "--store", arg(&store)]);
    assert_eq!(state("public").0, None);
}

#[test]
fn the_register_names_the_bytes_that_the_public_gets() {
    use sha2::{Digest as _, Sha256};
    let dir = tempfile::tempdir().expect("a folder");
    let store = real(dir.path());
    let register = json(&["releases", "--store", arg(&store)]);
    let entry = register.as_array().expect("entries").last().expect("one");
    let server = Server::start(&store, &[]);
    let outputs = entry["outputs"].as_array().expect("outputs");
    for output in outputs {
        let layer = output["name"].as_str().expect("a name").strip_suffix(".csv").expect("a table");
        let mut answer = ureq::get(format!("{}/collections/{layer}/download?f=csv&period=2021-06&lang=fr", server.url))
            .call()
            .expect("an answer");
        let bytes = answer.body_mut().read_to_vec().expect("bytes");
        let hex: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(output["sha256"], hex, "{layer}");
    }
    assert!(outputs.len() > 5, "{}", outputs.len());
}

#[test]
fn the_public_is_told_levels_of_risk_and_no_score() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = real(dir.path());
    let server = Server::start(&store, &[]);
    let answer = server.get("/collections/risk-communes/items?period=2021-06&limit=1000");
    let koro = answer["features"].as_array().expect("features").iter().find(|f| f["properties"]["name"] == "Koro");
    let p = &koro.expect("Koro")["properties"];
    assert_eq!(
        (&p["risk_level"], &p["risk_score"], &p["value"], &p["status"]),
        (&4.into(), &Value::Null, &Value::Null, &"value".into())
    );
    // A score of the level's lowest is nowhere told either.
    assert!(!answer.to_string().contains("\"risk_score\":2") && !answer.to_string().contains("\"value\":2"));
}

#[test]
fn partners_get_points_at_the_communes_own_point_and_only_where_its_number_is_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = real(dir.path());
    let (secret, _) = token(&store, "partner");
    let server = Server::start(&store, &[]);
    let (status, _, body) = ask(&server, "/collections/incidents/items?period=2021-06&limit=1000", Some(&secret));
    assert_eq!(status, 200);
    let answer: Value = serde_json::from_slice(&body).expect("JSON");
    let places: BTreeSet<String> = answer["features"]
        .as_array()
        .expect("features")
        .iter()
        .map(|f| format!("{} {}", f["geometry"]["coordinates"], f["properties"]["commune_pcode"]))
        .collect();
    assert!(!places.is_empty() && places.len() <= 3, "one point a commune: {places:?}");
    let first = &answer["features"][0]["properties"];
    assert_eq!(
        (&first["date"], &first["category"], &first["perpetrator_class"]),
        (&"2021-06".into(), &Value::Null, &Value::Null)
    );
}

/// A store whose reports have coordinates, in a large commune and in one too small to move a point in.
fn with_coordinates(dir: &Path) -> PathBuf {
    use std::fmt::Write as _;
    let store = dir.join("points.gpkg");
    let square = |code: &str, parent: &str, name: &str, [w, s, e, n]: [f64; 4]| {
        let level = (code.len() - 2) / 2;
        let above = format!("ADM{}_PCODE", level - 1);
        serde_json::json!({"type": "Feature",
            "properties": {above: parent, format!("ADM{level}_PCODE"): code, format!("ADM{level}_FR"): name},
            "geometry": {"type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]]}})
    };
    let whole = [-5.0, 14.0, -4.0, 15.0];
    let levels = [
        vec![square("ML05", "ML", "Mopti", whole)],
        vec![square("ML0501", "ML05", "Mopti", whole)],
        vec![
            square("ML050101", "ML0501", "Sio", [-5.0, 14.0, -4.5, 15.0]),
            square("ML050102", "ML0501", "Konna", [-4.01, 14.0, -4.0, 14.01]),
            square("ML050103", "ML0501", "Socoura", [-4.5, 14.01, -4.0, 15.0]),
        ],
    ];
    let mut args: Vec<String> =
        ["import", "boundaries", "--set", "small", "--store", arg(&store)].map(str::to_owned).into();
    for (k, features) in levels.iter().enumerate() {
        let file = dir.join(format!("adm{}.geojson", k + 1));
        std::fs::write(&file, serde_json::json!({"type": "FeatureCollection", "features": features}).to_string())
            .expect("written");
        args.push(arg(&file).to_owned());
    }
    json(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let mut csv = "incident_id,date,lon,lat,violation_type,victims\n".to_owned();
    for k in 0..12 {
        let _ = writeln!(csv, "S{k},2021-06-17,-4.7373{k:02},14.4242{k:02},Meurtre,1");
        let _ = writeln!(csv, "K{k},2021-06-17,-4.0043{k:02},14.0041{k:02},Meurtre,1");
    }
    let file = dir.join("points.csv");
    std::fs::write(&file, csv).expect("written");
    let outcome = json(&["import", "incidents", arg(&file), "--store", arg(&store)]);
    assert_eq!(outcome["rejected"], 0, "{outcome:#}");
    json(&["release", "2021-06", "--store", arg(&store), "--by", "test"]);
    store
}

/// The built-in policy with donuts for partners.
fn donut_policy(dir: &Path) -> PathBuf {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("geodata/access/policy.toml");
    let text = std::fs::read_to_string(shipped).expect("the policy");
    let theirs = text.replacen("points = \"unit\"", "points = \"donut\"\ndonut_km = [2, 8]", 1);
    assert_ne!(text, theirs);
    let file = dir.join("policy.toml");
    std::fs::write(&file, theirs).expect("written");
    file
}

#[test]
fn an_offices_policy_gives_partners_points_about_where_they_are_and_the_true_one_in_no_byte() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = with_coordinates(dir.path());
    let policy = donut_policy(dir.path());
    let ((secret, _), (restricted, _)) = (token(&store, "partner"), token(&store, "restricted"));
    let points = |server: &Server, token: Option<&str>| -> Vec<(String, [f64; 2], String)> {
        let (status, _, body) = ask(server, "/collections/incidents/items?period=2021-06&limit=1000", token);
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        let answer: Value = serde_json::from_slice(&body).expect("JSON");
        let one = |f: &Value| {
            let at = |k: usize| f["geometry"]["coordinates"][k].as_f64().expect("a number");
            let word = |name: &str| f["properties"][name].as_str().expect("a word").to_owned();
            (word("commune_pcode"), [at(0), at(1)], word("masking"))
        };
        answer["features"].as_array().expect("features").iter().map(one).collect()
    };
    let server = Server::start(&store, &["--policy", arg(&policy)]);
    let seen = points(&server, Some(&secret));
    let of = |commune: &str| seen.iter().filter(|(c, ..)| c == commune).collect::<Vec<_>>();
    let (large, small) = (of("ML050101"), of("ML050102"));
    assert_eq!((large.len(), small.len(), seen.len()), (12, 12, 24));
    for (_, [lon, lat], masking) in &large {
        let place = |lon, lat| vigie::spatial::LonLat::new(lon, lat).expect("a place");
        let off = vigie::spatial::distance_m(place(-4.7373, 14.4242), place(*lon, *lat)).0;
        assert!((1_900.0..8_100.0).contains(&off) && *lon < -4.5, "{lon} {lat}: {off} m");
        assert_eq!(masking, "donut");
    }
    assert!(
        small.iter().all(|(_, at, masking)| format!("{at:?}") == format!("{:?}", small[0].1) && masking == "unit"),
        "{small:?}"
    );

    // Nothing that a partner is given holds the digits of a true place; as text they would be read, and tiles were made from those.
    let mut looked = 0;
    for path in addresses(&server, Some(&secret)).iter().filter(|p| p.contains("/incidents")) {
        let (status, _, body) = ask(&server, path, Some(&secret));
        looked += usize::from(status == 200);
        for word in ["4.7373", "14.4242", "4.0043", "14.0041"] {
            assert!(!holds(&body, word), "{path} holds {word}");
        }
        for exact in [-4.737_3_f64, -4.737_305, 14.424_2, 14.424_205].map(f64::to_le_bytes) {
            assert!(!body.windows(8).any(|w| w == exact), "{path} holds a true coordinate");
        }
    }
    assert!(looked > 5, "{looked} answers");
    let refused = Server::start(&store, &[]);
    assert!(points(&refused, Some(&secret)).iter().all(|(.., masking)| masking == "unit"), "the built-in policy");

    // Started again, imported again, seen from the command line: the same places.
    drop(server);
    let again = Server::start(&store, &["--policy", arg(&policy)]);
    assert_eq!(points(&again, Some(&secret)), seen);
    let file = dir.path().join("points.csv");
    json(&["import", "incidents", arg(&file), "--store", arg(&store)]);
    let out = dir.path().join("partner.geojson");
    json(&[
        "export",
        "incidents",
        "--period",
        "2021-06",
        "--format",
        "geojson",
        "--as",
        "partner",
        "--policy",
        arg(&policy),
        "--store",
        arg(&store),
        "--out",
        arg(&out),
    ]);
    let exported: Value = serde_json::from_slice(&std::fs::read(&out).expect("a file")).expect("JSON");
    let first = &exported["features"][0]["geometry"]["coordinates"];
    assert!(seen.iter().any(|(_, [lon, lat], _)| *first == serde_json::json!([lon, lat])), "{first}");
    assert!(
        points(&again, Some(&restricted)).iter().any(|(_, [lon, _], m)| (*lon + 4.737_3).abs() < 1e-3 && m == "exact")
    );
}

#[test]
fn the_command_line_gives_a_static_host_what_the_public_sees() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = real(dir.path());
    let out = dir.path().join("t.pmtiles");
    let done = vigie()
        .args(["tiles", "violations-communes", "--period", "2021-06", "--store", arg(&store), "--out", arg(&out)])
        .output()
        .expect("it starts");
    assert!(!done.status.success(), "communes are not public");
    json(&[
        "tiles",
        "violations-cercles",
        "--period",
        "2021-06",
        "--max-zoom",
        "5",
        "--store",
        arg(&store),
        "--out",
        arg(&out),
    ]);
}

#[test]
fn a_file_for_the_field_holds_what_its_role_may_see_in_every_format() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = real(dir.path());
    let out = dir.path().join("out");
    let export = |layer: &str, period: &str, format: &str, role: &str| {
        let _ = std::fs::remove_file(&out);
        let done = run(&[
            "export",
            layer,
            "--period",
            period,
            "--format",
            format,
            "--as",
            role,
            "--store",
            arg(&store),
            "--out",
            arg(&out),
        ]);
        done.status.success().then(|| unpacked(std::fs::read(&out).expect("a file")))
    };
    // What is searched for is there where nothing is kept back.
    let whole = export("violations-communes", "2021-07", "geojson", "restricted").expect("a file");
    assert!(holds(&whole, "\"value\":61"));
    let mut written = 0;
    for format in ["gpkg", "fgb", "csv", "xlsx", "shp", "geojson", "parquet"] {
        for role in ["public", "partner"] {
            for layer in ["incidents", "violations-communes", "violations-cercles", "violations-regions"] {
                for period in ["2021-06", "2021-07"] {
                    let Some(file) = export(layer, period, format, role) else { continue };
                    written += 1;
                    for word in NEVER.iter().chain(&NOT_PUBLIC) {
                        assert!(!holds(&file, word), "{layer} of {period} as {format} for {role} holds {word}");
                    }
                }
            }
        }
    }
    assert!(written > 28, "{written} files");
    assert!(export("violations-communes", "2021-06", "gpkg", "public").is_none(), "communes are not public");
    for (layer, role) in [("violations-communes", "partner"), ("violations-cercles", "public")] {
        let values = |period: &str| -> Vec<(String, Value, String)> {
            let file = export(layer, period, "geojson", role).expect("a file");
            let told: Value = serde_json::from_slice(&file).expect("JSON");
            let word = |f: &Value, key: &str| f["properties"][key].as_str().unwrap_or_default().to_owned();
            let one = |f: &Value| (word(f, "name"), f["properties"]["value"].clone(), word(f, "status"));
            told["features"].as_array().expect("features").iter().map(one).collect()
        };
        let june = values("2021-06");
        let small = june.iter().filter(|(_, v, _)| v.as_u64().is_some_and(|n| (1..5).contains(&n))).count();
        assert_eq!(small, 0, "{layer} for {role}: {june:?}");
        assert!(june.iter().any(|(.., status)| status == "suppressed"), "{layer} for {role}: {june:?}");
        // A file says of a draft month what it says of one without data.
        assert!(values("2021-07").iter().all(|(_, v, _)| v.is_null()), "{layer} for {role}: July is a draft");
    }
}

#[test]
fn a_sealed_file_opens_for_its_recipients_alone_and_without_the_program_nothing_is_written() {
    use std::process::Command;
    let dir = tempfile::tempdir().expect("a folder");
    let (out, plain) = (dir.path().join("cercles.csv.age"), dir.path().join("cercles.csv"));
    let export = ["export", "violations-cercles", "--period", "2021-06", "--format", "csv"];
    let store = crate::support::demo_store();
    json(&[&export[..], &["--store", arg(store), "--out", arg(&plain)]].concat());

    let nobody = format!("age1{}", "q".repeat(58));
    let done = vigie()
        .args(export)
        .args(["--store", arg(store), "--out", arg(&out), "--seal", &nobody])
        .env("PATH", dir.path())
        .output()
        .expect("it starts");
    assert_eq!(done.status.code(), Some(1));
    assert!(text(&done.stderr).contains("apt install age"), "{}", text(&done.stderr));
    assert!(!out.exists());

    if Command::new("age").arg("--version").output().is_err() {
        println!("skipped: no age");
        return;
    }
    let done = run(&[&export[..], &["--store", arg(store), "--out", arg(&out), "--seal", &nobody]].concat());
    assert!(!done.status.success() && !out.exists(), "a key whose sum is wrong: {}", text(&done.stderr));
    let key = |name: &str| {
        let file = dir.path().join(name);
        let made = Command::new("age-keygen").arg("-o").arg(&file).output().expect("age-keygen");
        let said = text(&made.stderr);
        (file, said.split_whitespace().last().expect("a public key").to_owned())
    };
    let ((awa, to_awa), (ben, to_ben), (other, _)) = (key("awa"), key("ben"), key("other"));
    json(&[&export[..], &["--store", arg(store), "--out", arg(&out), "--seal", &to_awa, "--seal", &to_ben]].concat());
    let sealed = std::fs::read(&out).expect("a file");
    assert!(sealed.starts_with(b"age-encryption.org/v1") && !holds(&sealed, "Douentza"));
    let opened = |key: &Path| Command::new("age").arg("-d").arg("-i").arg(key).arg(&out).output().expect("age");
    let whole = std::fs::read(&plain).expect("a file");
    assert!(opened(&awa).stdout == whole && opened(&ben).stdout == whole);
    assert!(!opened(&other).status.success());
}

#[test]
fn changes_and_reads_with_a_token_are_in_the_audit_whose_chain_is_whole() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = real(dir.path());
    let (secret, id) = token(&store, "restricted");
    let server = Server::start(&store, &[]);
    for _ in 0..3 {
        assert_eq!(ask(&server, "/collections/incidents/items?period=2021-07", Some(&secret)).0, 200);
    }
    let start = std::time::Instant::now();
    let entries = loop {
        let entries = json(&["audit", "--store", arg(&store)]);
        let list = entries.as_array().expect("entries").clone();
        if list.iter().any(|e| e["action"] == "read") {
            break list;
        }
        assert!(start.elapsed().as_secs() < 10, "no read in {entries}");
        std::thread::sleep(std::time::Duration::from_millis(100));
    };
    let actions: Vec<&str> = entries.iter().filter_map(|e| e["action"].as_str()).collect();
    for wanted in ["import", "release", "token-add", "read"] {
        assert!(actions.contains(&wanted), "{wanted} in {actions:?}");
    }
    let read = entries.iter().find(|e| e["action"] == "read").expect("a read");
    assert_eq!(read["actor"], format!("token {id}"));
    assert!(read["detail"].as_str().is_some_and(|d| d.contains("/collections/incidents/items")), "{read}");
    let all = serde_json::to_string(&entries).expect("JSON");
    assert!(!all.contains(&secret) && NEVER.iter().all(|word| !all.contains(word)));
    let found = json(&["audit", "--verify", "--store", arg(&store)]);
    assert_eq!((&found["broken"], found["entries"].as_i64() >= Some(4)), (&Value::Null, true), "{found}");
    drop(server);
    let db = rusqlite::Connection::open(&store).expect("a store");
    db.execute_batch("DROP TRIGGER vigie_audit_stays; UPDATE vigie_audit SET actor = 'nobody' WHERE seq = 2")
        .expect("done");
    drop(db);
    let found = run(&["audit", "--verify", "--store", arg(&store)]);
    assert_eq!(found.status.code(), Some(1));
    assert!(text(&found.stdout).contains("entry 2"), "{}", text(&found.stdout));
}

#[test]
fn a_new_store_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().expect("a folder");
    let store = real(dir.path());
    assert_eq!(std::fs::metadata(&store).expect("a file").permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_application_says_of_what_it_may_not_tell_that_it_is_withheld() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = real(dir.path());
    let server = Server::start(&store, &[]);
    let (status, _, body) = ask(&server, "/app?period=2021-06&theme=risk&level=communes&lang=fr", None);
    let page = text(&body);
    assert_eq!(status, 200, "{page}");
    let units = page.split_once("id=\"p-units\"").expect("the table of units").1;
    let row = units.split("<tr").nth(2).expect("the first unit");
    assert!(row.contains("Koro"), "the worst level stands first: {row}");
    // Its level is told, its score is withheld; neither is unknown.
    assert!(row.to_lowercase().contains("critique") && row.contains("masqué"), "{row}");
    assert!(!row.contains("couverture inconnue"), "{row}");
}

#[test]
fn each_page_is_provisional_by_the_theme_that_it_shows() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = real(dir.path());
    // Incidents of June change after its release; the risk index stands as it was released.
    let late = dir.path().join("late.csv");
    std::fs::write(
        &late,
        "incident_id,date,region,cercle,violation_type,victims\nlate,2021-06-30,Mopti,Koro,Meurtre,9\n",
    )
    .expect("written");
    json(&["import", "incidents", arg(&late), "--store", arg(&store)]);
    let (restricted, _) = token(&store, "restricted");
    let server = Server::start(&store, &[]);
    let (status, _, project) = ask(&server, "/qgis/vigie.qgs?period=2021-06&lang=fr", Some(&restricted));
    assert_eq!(status, 200);
    let project = text(&project);
    let says = |page: &str| {
        let from = project.find(&format!("name=\"{page}\"")).unwrap_or_else(|| panic!("no layout {page}"));
        let to = project[from..].find("</Layout>").expect("its end");
        project[from..from + to].contains("Provisoire")
    };
    assert!(says("Annexe 1"), "the incidents are a draft again");
    assert!(!says("Annexe 3"), "the risk index is released");
    // Annex 6 shows the months before June too, which are drafts.
    for (annex, provisional) in [("1", true), ("3", false), ("6", true), ("dashboard", true)] {
        let out = dir.path().join(annex);
        let words = ["annexes", "2021-06", "--annex", annex, "--format", "pdf", "--lang", "fr", "--store", arg(&store)];
        let made = json(&[&words[..], &["--out", arg(&out)]].concat());
        let file = made["written"][0].as_str().expect("a file").to_owned();
        let Ok(read) = std::process::Command::new("pdftotext").args([&file, "-"]).output() else {
            println!("skipped: pdftotext is not installed");
            return;
        };
        let words = text(&read.stdout).to_lowercase();
        assert_eq!(words.contains("provisoire"), provisional, "annex {annex}: {words}");
    }
}
