//! The bill of materials says what the program is built from, all of it and the same each time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::text;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn bill() -> Option<Vec<u8>> {
    let Ok(done) = Command::new("python3").arg(root().join(".ci/sbom")).output() else {
        println!("skipped: no Python");
        return None;
    };
    let said = text(&done.stderr);
    if said.contains("No module named 'tomllib'") {
        println!("skipped: no Python 3.11");
        return None;
    }
    assert!(done.status.success(), "{said}");
    Some(done.stdout)
}

#[test]
fn every_crate_that_is_built_stands_in_the_bill_of_materials_with_its_digest_and_no_other_does() {
    let Some(bytes) = bill() else { return };
    assert!(Some(&bytes) == bill().as_ref(), "the same lock files, the same bytes");
    let place = root().to_str().expect("UTF-8");
    assert!(!text(&bytes).contains(place), "it says where it was made");
    let bill: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&"CycloneDX".into(), &"1.6".into()));
    let own = &bill["metadata"]["component"];
    let all: BTreeMap<&str, &Value> = std::iter::once(own)
        .chain(bill["components"].as_array().expect("components"))
        .map(|c| (c["purl"].as_str().expect("a purl"), c))
        .collect();

    // Cargo's own word for what is built, on every platform.
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--locked", "-e", "normal,build", "--target", "all", "--prefix", "none"]).current_dir(root());
    let tree = tree.output().expect("cargo");
    assert!(tree.status.success(), "{}", text(&tree.stderr));
    let built: BTreeSet<String> = text(&tree.stdout)
        .lines()
        .filter_map(|l| {
            let mut words = l.split_whitespace();
            Some(format!("pkg:cargo/{}@{}", words.next()?, words.next()?.trim_start_matches('v')))
        })
        .collect();
    let told: BTreeSet<String> = all.keys().filter(|p| p.starts_with("pkg:cargo/")).map(|p| (*p).to_owned()).collect();
    assert_eq!(built.difference(&told).collect::<Vec<_>>(), Vec::<&String>::new(), "built and not told");
    assert!(built.len() > 200 && !told.iter().any(|p| p.starts_with("pkg:cargo/criterion@")), "{}", built.len());

    let lock: toml::Table = std::fs::read_to_string(root().join("Cargo.lock")).expect("a file").parse().expect("TOML");
    let mut pinned = BTreeMap::new();
    for package in lock["package"].as_array().expect("packages") {
        let word = |k: &str| package.get(k).and_then(toml::Value::as_str).unwrap_or_default();
        pinned.insert(format!("pkg:cargo/{}@{}", word("name"), word("version")), word("checksum"));
    }
    for purl in &told {
        let digest = all[purl.as_str()]["hashes"][0]["content"].as_str().unwrap_or_default();
        assert_eq!(pinned.get(purl), Some(&digest), "{purl}");
        assert!(all[purl.as_str()]["licenses"].is_array(), "{purl} has no licence");
    }

    // Of the pages: what runs in the reader's browser is required, what builds and tests them is not.
    let scope = |name: &str| {
        let found =
            all.values().find(|c| c["name"] == name && c["purl"].as_str().is_some_and(|p| p.starts_with("pkg:npm/")));
        found.and_then(|c| c["scope"].as_str())
    };
    assert_eq!((scope("maplibre-gl"), scope("typescript")), (Some("required"), Some("excluded")));
    let refs: BTreeSet<&str> = all.values().map(|c| c["bom-ref"].as_str().expect("a reference")).collect();
    for edge in bill["dependencies"].as_array().expect("dependencies") {
        let on = edge["dependsOn"].as_array().expect("a list");
        assert!(std::iter::once(&edge["ref"]).chain(on).all(|r| refs.contains(r.as_str().expect("text"))), "{edge}");
    }
}
