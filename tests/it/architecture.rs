//! The house keeps one import direction, and crates keep to their homes. Two tables say everything: a new edge is
//! a change to a table, so it shows up in review as what it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Who may import whom. A module may always import itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("spatial", &[]),
    ("stats", &[]),
    ("domain", &["spatial"]),
    ("boundaries", &["domain", "spatial", "stats"]),
    ("ingest", &["boundaries", "domain", "spatial"]),
    ("store", &["boundaries", "domain", "spatial"]),
    ("indicators", &["boundaries", "domain", "spatial"]),
    ("style", &["domain"]),
    ("render", &["domain", "spatial", "style"]),
    ("tiles", &["spatial", "style"]),
    ("formats", &["domain", "spatial", "style"]),
    (
        "app",
        &[
            "boundaries",
            "domain",
            "formats",
            "indicators",
            "ingest",
            "render",
            "spatial",
            "stats",
            "store",
            "style",
            "tiles",
        ],
    ),
    ("web", &["app", "domain", "formats", "spatial"]),
    ("telemetry", &[]),
    ("cli", &["app", "domain", "spatial", "style", "store", "telemetry", "web"]),
    ("lib", &[]),
    ("main", &["cli"]),
];

/// The only modules that may name a crate. Crates not listed may be named anywhere.
const CRATE_LIVES_IN: &[(&str, &[&str])] = &[
    ("axum", &["web"]),
    ("tower_http", &["web"]),
    ("clap", &["cli"]),
    ("signal_hook", &["cli"]),
    ("calamine", &["ingest"]),
    ("rust_xlsxwriter", &["formats"]),
    ("gdal", &["boundaries", "formats", "ingest"]),
    ("rusqlite", &["store"]),
    ("typst", &["render"]),
    ("typst_pdf", &["render"]),
    ("typst_render", &["render"]),
    ("typst_layout", &["render"]),
    ("resvg", &["render"]),
    ("tiny_skia", &["render", "tiles"]),
    ("rstar", &["boundaries"]),
    ("arc_swap", &["app", "web", "cli"]),
    ("tokio", &["app", "cli", "web"]),
];

struct Source {
    module: String,
    path: String,
    code: String,
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every Rust file of the program below `src/`, line comments blanked out. What only tests is left out: a unit test
/// may read back with one crate what the program writes with another.
fn sources() -> Vec<Source> {
    fn collect(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).expect("readable directory") {
            let path = entry.expect("readable entry").path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs")
                && !is_test_file(path.strip_prefix(src()).unwrap_or(&path))
            {
                found.push(path);
            }
        }
    }
    let mut files = Vec::new();
    collect(&src(), &mut files);
    files.sort();
    files
        .iter()
        .map(|path| {
            let relative = path.strip_prefix(src()).expect("below src");
            let first = relative.iter().next().expect("a name").to_string_lossy();
            let text = fs::read_to_string(path).expect("UTF-8");
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            Source {
                module: first.trim_end_matches(".rs").to_owned(),
                path: relative.display().to_string(),
                code: text.lines().map(|l| l.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n"),
            }
        })
        .collect()
}

/// `tests.rs`, `page_tests.rs`, `fixture.rs`: modules that stand behind `#[cfg(test)]`.
fn is_test_file(path: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.components().any(|c| c.as_os_str() == "tests")
        || stem == "tests"
        || stem.ends_with("_tests")
        || stem == "fixture"
}

/// Whether the identifier at `at` stands alone: nothing that could be part of a longer name before it.
fn starts_word(code: &str, at: usize) -> bool {
    code[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_')
}

/// First path segments after `crate::` or a `super::` chain that leaves the module, groups included.
fn imported_modules(source: &Source) -> BTreeSet<String> {
    let depth = source.path.trim_end_matches("/mod.rs").trim_end_matches(".rs").matches('/').count()
        + usize::from(!source.path.ends_with("mod.rs") || source.path.contains('/'));
    let mut out = BTreeSet::new();
    for (at, _) in source.code.match_indices("crate::") {
        if starts_word(&source.code, at) {
            out.extend(first_names(&source.code[at + "crate::".len()..]));
        }
    }
    // `super::super::x` that climbs to the crate's root is `crate::x` in disguise.
    let climb = "super::".repeat(depth);
    for (at, _) in source.code.match_indices(&climb) {
        let before = &source.code[..at];
        if starts_word(&source.code, at) && !before.ends_with("super::") && depth > 0 {
            out.extend(first_names(&source.code[at + climb.len()..]));
        }
    }
    out
}

/// `a::b` gives a; `{a::b, c::{d, e}}` gives a and c.
fn first_names(tail: &str) -> Vec<String> {
    let name = |s: &str| s.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = tail.strip_prefix('{') else { return vec![name(tail)] };
    let (mut depth, mut start, mut out) = (1_i32, 0, Vec::new());
    for (k, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if (c == ',' && depth == 1) || depth == 0 {
            out.push(name(group[start..k].trim()));
            start = k + 1;
        }
        if depth == 0 {
            break;
        }
    }
    out
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(m, _)| *m == source.module) else {
            wrong.push(format!("src/{}: module {} is missing from the table", source.path, source.module));
            continue;
        };
        for name in imported_modules(&source) {
            let known = MAY_IMPORT.iter().any(|(m, _)| *m == name);
            if known && name != source.module && !allowed.contains(&name.as_str()) {
                wrong.push(format!("src/{}: {} must not import {name}", source.path, source.module));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn crates_are_named_only_where_they_live() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (krate, homes) in CRATE_LIVES_IN {
            let named = source.code.match_indices(krate).any(|(at, _)| {
                let after = source.code[at + krate.len()..].chars().next();
                let path_or_use = source.code[at + krate.len()..].starts_with("::")
                    || (after.is_none_or(|c| c == ';' || c.is_whitespace())
                        && source.code[..at].trim_end().ends_with("use"));
                starts_word(&source.code, at) && path_or_use && !source.code[..at].ends_with("::")
            });
            if named && !homes.contains(&source.module.as_str()) {
                wrong.push(format!("src/{}: {} must not name the crate {krate}", source.path, source.module));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_scanner_sees_groups_climbing_supers_and_bare_uses() {
    let source = |path: &str, code: &str| Source {
        module: path.split('/').next().expect("a name").trim_end_matches(".rs").to_owned(),
        path: path.to_owned(),
        code: code.to_owned(),
    };
    let names = |s: &Source| imported_modules(s).into_iter().collect::<Vec<_>>();
    assert_eq!(names(&source("app/a.rs", "use crate::{web::x, store::{a, b}, cli};")), ["cli", "store", "web"]);
    assert_eq!(names(&source("app/a.rs", "use super::super::web::x;")), ["web"]);
    assert_eq!(names(&source("app/mod.rs", "use super::web::x;")), ["web"]);
    assert_eq!(names(&source("app/b/c.rs", "use super::super::sibling;")), Vec::<String>::new());
    assert_eq!(names(&source("app/a.rs", "fn f() { crate::stats::g() } mycrate::no")), ["stats"]);
}

#[test]
fn main_is_short() {
    let lines = fs::read_to_string(src().join("main.rs")).expect("main.rs").lines().count();
    assert!(lines <= 25, "main.rs has {lines} lines");
}
