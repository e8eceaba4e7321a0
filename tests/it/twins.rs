//! Two stores that differ only in what a role may not be told answer that role with the same bytes, whatever is asked: no tile, file,
//! page, statistic, picture, header or tag knows what is hidden. The attacker of `attack.rs` shows that what is told does not give it away.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use vigie::spatial::TileId;

use crate::harm::{addresses, ask, token};
use crate::support::{Server, arg, json};

/// A place, how many incidents there, and what kind.
type Rows = [(&'static str, &'static str, usize, &'static str)];

/// Cercle, commune, incidents, type. The public is told cercles: who died where in Mopti is not its business, nor which of the small
/// cercles had two and which three.
const ONE: &Rows = &[
    ("Mopti", "Sio", 3, "Meurtre"),
    ("Mopti", "Konna", 12, "Viol"),
    ("Douentza", "Hombori", 40, "Meurtre"),
    ("Koro", "Koro", 8, "Meurtre"),
    ("Bandiagara", "Bandiagara", 2, "Meurtre"),
    ("Bandiagara", "Doucoumbo", 1, "Meurtre"),
    ("Djenné", "Djenné", 2, "Meurtre"),
    ("Ténenkou", "Ténenkou", 3, "Meurtre"),
];
/// The same to the public: other communes, other small cercles.
const TO_THE_PUBLIC: &Rows = &[
    ("Mopti", "Sio", 12, "Viol"),
    ("Mopti", "Konna", 3, "Meurtre"),
    ("Douentza", "Hombori", 40, "Meurtre"),
    ("Koro", "Koro", 8, "Meurtre"),
    ("Bandiagara", "Bandiagara", 1, "Meurtre"),
    ("Bandiagara", "Doucoumbo", 2, "Meurtre"),
    ("Djenné", "Djenné", 3, "Meurtre"),
    ("Ténenkou", "Ténenkou", 2, "Meurtre"),
];
/// The same to a partner: only the small communes of one cercle, and small cercles, are others.
const TO_A_PARTNER: &Rows = &[
    ("Mopti", "Sio", 3, "Meurtre"),
    ("Mopti", "Konna", 12, "Viol"),
    ("Douentza", "Hombori", 40, "Meurtre"),
    ("Koro", "Koro", 8, "Meurtre"),
    ("Bandiagara", "Bandiagara", 1, "Meurtre"),
    ("Bandiagara", "Doucoumbo", 2, "Meurtre"),
    ("Djenné", "Djenné", 3, "Meurtre"),
    ("Ténenkou", "Ténenkou", 2, "Meurtre"),
];

/// A store of June 2021, released, and July, a draft. Everything that neither role is told differs with the mark: ids, places, points,
/// perpetrators, who the victims were, and all of July.
fn store(dir: &Path, mark: &str, rows: &Rows) -> PathBuf {
    use std::fmt::Write as _;
    let folder = dir.join(mark);
    std::fs::create_dir(&folder).expect("a folder");
    let mut csv =
        "incident_id,date,region,cercle,commune,locality,violation_type,victims,women,girls,perpetrator_class,\
                   socio_economic_status,place\n"
            .to_owned();
    let mut number = 0;
    for (cercle, commune, n, kind) in rows {
        for _ in 0..*n {
            number += 1;
            let women = usize::from(mark == "one");
            let _ = writeln!(
                csv,
                "{mark}-{number},2021-06-17,Mopti,{cercle},{commune},lieu {mark},{kind},1,{women},{},{mark},{mark},{mark}",
                1 - women
            );
        }
    }
    for k in 0..if mark == "one" { 7 } else { 9 } {
        let _ = writeln!(csv, "{mark}-j{k},2021-07-17,Mopti,Koro,Koro,lieu {mark},Meurtre,1,0,1,{mark},{mark},{mark}");
    }
    let file = folder.join("incidents.csv");
    std::fs::write(&file, csv).expect("written");
    let store = folder.join("store.gpkg");
    let outcome = json(&["import", "incidents", arg(&file), "--store", arg(&store)]);
    assert_eq!(outcome["rejected"], 0, "{outcome:#}");
    let risk = folder.join("risk.csv");
    // Scores of the same level.
    let score = if mark == "one" { 17 } else { 18 };
    std::fs::write(&risk, format!("period,cercle,commune,score\n2021-06,Mopti,Sio,{score}\n2021-06,Koro,Koro,23\n"))
        .expect("written");
    json(&["import", "risk", arg(&risk), "--store", arg(&store)]);
    json(&["release", "2021-06", "--store", arg(&store), "--by", "test"]);
    store
}

/// Whatever the description names, and the pictures, papers and tiles that it takes parameters for.
fn everything(server: &Server, token: Option<&str>) -> BTreeSet<String> {
    let mut all = addresses(server, token);
    for layer in ["violations-regions", "violations-cercles", "violations-communes", "risk-communes", "incidents"] {
        for z in 0..=7 {
            let (first, last) = (TileId::holding(z, -12.3, 25.0), TileId::holding(z, 4.3, 10.0));
            for x in first.x()..=last.x() {
                for y in first.y()..=last.y() {
                    all.insert(format!("/tiles/{layer}/{z}/{x}/{y}.mvt?period=2021-06"));
                    if z < 6 {
                        all.insert(format!("/tiles/{layer}/{z}/{x}/{y}.png?period=2021-06"));
                    }
                }
            }
        }
        for form in ["png", "svg", "pdf"] {
            all.insert(format!("/collections/{layer}/map?f={form}&period=2021-06&width=600"));
        }
        all.insert(format!("/embed?layer={layer}&period=2021-06"));
        all.insert(format!("/legend/{layer}?f=png&period=2021-06"));
    }
    for annex in ["1", "2", "3", "5", "6", "hotspots", "liptako", "dashboard"] {
        for form in ["pdf", "png"] {
            all.insert(format!("/annexes/2021-06/{annex}.{form}?dpi=60"));
        }
    }
    for method in ["moran", "local-moran", "gi", "scan", "change", "emerging", "join-counts"] {
        for level in ["cercles", "communes"] {
            all.insert(format!("/hotspots?method={method}&level={level}&period=2021-06&permutations=99"));
        }
    }
    all
}

fn compare(role: &str, twin: &Rows) {
    let dir = tempfile::tempdir().expect("a folder");
    let stores = [store(dir.path(), "one", ONE), store(dir.path(), "two", twin)];
    let tokens = stores.each_ref().map(|s| (role != "public").then(|| token(s, role).0));
    let insiders = stores.each_ref().map(|s| token(s, "restricted").0);
    // Links are the same, and nobody is the person at this machine.
    let servers = stores.each_ref().map(|s| Server::start(s, &["--public-url", "https://vigie.example"]));
    let asked = everything(&servers[0], tokens[0].as_deref());
    assert_eq!(asked, everything(&servers[1], tokens[1].as_deref()));
    let (mut answers, mut bytes, mut others) = (0, 0, 0);
    for address in asked.iter().filter(|a| !a.starts_with("/health")) {
        let given: [_; 2] = std::array::from_fn(|k| ask(&servers[k], address, tokens[k].as_deref()));
        let [(status, headers, body), (status_2, headers_2, body_2)] = &given;
        assert_eq!((status, body.len()), (status_2, body_2.len()), "{role} {address}");
        assert!(body == body_2, "{role} {address}: other bytes, in {}", dir.path().display());
        for name in ["etag", "content-type", "content-disposition", "link", "content-length", "cache-control"] {
            assert_eq!(headers.get(name), headers_2.get(name), "{role} {address} {name}");
        }
        answers += 1;
        bytes += body.len();
        // Who sees everything sees two worlds: the comparison can fail.
        if answers % 20 == 0 {
            let seen: [_; 2] = std::array::from_fn(|k| ask(&servers[k], address, Some(&insiders[k])).2);
            others += usize::from(seen[0] != seen[1]);
        }
    }
    assert!(answers > 1000 && others > 20, "{answers} answers, {others} differ for who sees all");
    println!(
        "{role}: {answers} answers, {} MB, not a byte of difference; {others} of {} differ for who sees all",
        bytes >> 20,
        answers / 20
    );
}

#[test]
fn the_public_cannot_tell_two_worlds_apart_that_differ_in_what_it_is_not_told() {
    compare("public", TO_THE_PUBLIC);
}

#[test]
fn a_partner_cannot_tell_two_worlds_apart_that_differ_in_what_partners_are_not_told() {
    compare("partner", TO_A_PARTNER);
}
