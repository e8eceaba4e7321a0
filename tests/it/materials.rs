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

/// Whether an SPDX expression can be kept by licences that are allowed.
fn keeps(words: &mut std::iter::Peekable<std::vec::IntoIter<String>>, allowed: &BTreeSet<String>) -> bool {
    let mut any = false;
    loop {
        // AND binds more tightly than OR.
        let mut all = true;
        loop {
            let one = match words.next().as_deref() {
                Some("(") => {
                    let inside = keeps(words, allowed);
                    assert_eq!(words.next().as_deref(), Some(")"));
                    inside
                }
                Some(name) if words.next_if_eq("WITH").is_some() => {
                    allowed.contains(&format!("{name} WITH {}", words.next().expect("an exception")))
                }
                name => allowed.contains(name.expect("a licence")),
            };
            all &= one;
            if words.next_if_eq("AND").is_none() {
                break;
            }
        }
        any |= all;
        if words.next_if_eq("OR").is_none() {
            return any;
        }
    }
}

#[test]
fn every_crate_comes_from_the_one_registry_under_a_licence_that_deny_toml_allows() {
    let words = |text: &str| -> Vec<String> {
        text.replace('(', " ( ").replace(')', " ) ").split_whitespace().map(str::to_owned).collect()
    };
    let few = BTreeSet::from(["MIT".to_owned(), "A WITH B".to_owned()]);
    for (text, kept) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0 AND MIT", false),
        ("(GPL-3.0 OR MIT) AND MIT", true),
        ("MIT AND GPL-3.0 OR A WITH B", true),
        ("A", false),
    ] {
        assert_eq!(keeps(&mut words(text).into_iter().peekable(), &few), kept, "{text}");
    }
    let Some(bytes) = bill() else { return };
    let bill: Value = serde_json::from_slice(&bytes).expect("JSON");
    let read = |name: &str| -> toml::Table {
        std::fs::read_to_string(root().join(name)).expect("a file").parse().expect("TOML")
    };
    let deny = read("deny.toml");
    let allowed = deny["licenses"]["allow"].as_array().expect("a list");
    let mut allowed: BTreeSet<String> = allowed.iter().map(|l| l.as_str().expect("a name").to_owned()).collect();
    // As free as MIT; no crate has it, and cargo-deny warns of what none has.
    allowed.insert("BlueOak-1.0.0".into());
    for one in bill["components"].as_array().expect("components") {
        let purl = one["purl"].as_str().expect("a purl");
        // Of the pages' packages those that build them are not passed on.
        if one["scope"] == "excluded" {
            continue;
        }
        if let Some(text) = one["licenses"][0]["expression"].as_str() {
            assert!(keeps(&mut words(text).into_iter().peekable(), &allowed), "{purl}: {text}");
        } else {
            // The one's file is the MIT text; the other is a fork of jsonlint, which is under MIT, and says nothing itself.
            let looked_at = ["pkg:cargo/unaccent@", "pkg:npm/%40mapbox/jsonlint-lines-primitives@"];
            assert!(looked_at.iter().any(|p| purl.starts_with(p)), "{purl} has no licence");
        }
    }
    for package in read("Cargo.lock")["package"].as_array().expect("packages") {
        let source = package.get("source").and_then(toml::Value::as_str);
        let one = source.is_none_or(|s| s == "registry+https://github.com/rust-lang/crates.io-index");
        assert!(one && (source.is_some() || package["name"].as_str() == Some("vigie")), "{package}");
    }
}
