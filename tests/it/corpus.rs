//! Files as other tools write them, and hostile ones, each with the report that the program must give of it.
//!
//! `tests/corpus/cases.toml` says how each file is imported; the report stands beside it as `FILE.report.json`
//! (`FILE.CASE.report.json` where a file has several cases). `VIGIE_WRITE_CORPUS=1` writes them anew, to be read by a person.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{arg, text, vigie};

/// How a file is imported.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    file: String,
    theme: String,
    /// Tells cases of one file apart.
    #[serde(default)]
    case: Option<String>,
    #[serde(default)]
    args: Vec<String>,
}

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(folder().join("cases.toml")).expect("cases.toml");
    toml::from_str::<Cases>(&text).expect("cases").cases
}

/// What the program says of a case, without what other tests look at (sentences of findings).
fn report(case: &Case, store: &Path) -> Value {
    let file = folder().join(&case.file);
    let mut command = vigie();
    command.current_dir(folder()).args([
        "import",
        &case.theme,
        arg(&file),
        "--dry-run",
        "--json",
        "--store",
        arg(store),
    ]);
    let output = command.args(&case.args).output().expect("the program starts");
    if !output.status.success() {
        assert_eq!(output.status.code(), Some(1), "{case:?}: {}", text(&output.stderr));
        let said = text(&output.stderr).replace(arg(&file), &case.file);
        return json!({ "refused": said.trim() });
    }
    let outcome: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let counts = ["rows_in", "accepted", "rejected", "skipped"].map(|k| outcome[k].as_u64().expect(k));
    // Every row is accounted for, whatever the file.
    let became = ["added", "changed", "same", "to_review"].map(|k| outcome["written"][k].as_u64().expect(k));
    assert_eq!(counts[0], became.iter().sum::<u64>() + counts[2] + counts[3], "{case:?}");
    let findings: Vec<Value> = (outcome["findings"].as_array().expect("findings").iter())
        .map(|f| json!([f["code"], f["line"], f["column"], f["value"]]))
        .collect();
    json!({
        "rows_in": counts[0], "accepted": counts[1], "rejected": counts[2], "skipped": counts[3],
        "understood": outcome["understood"], "findings": findings,
    })
}

#[test]
fn every_file_of_the_corpus_gets_the_report_beside_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let write = std::env::var_os("VIGIE_WRITE_CORPUS").is_some();
    let cases = cases();
    let check = |case: &Case| {
        let store = dir.path().join("none.gpkg");
        let found = report(case, &store);
        let name = case.case.as_ref().map_or(case.file.clone(), |c| format!("{}.{c}", case.file));
        let path = folder().join(format!("{name}.report.json"));
        if write {
            std::fs::write(&path, format!("{found:#}\n")).expect("written");
        }
        let stands = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
        let expected: Value = serde_json::from_str(&stands).expect("JSON");
        (found != expected).then(|| format!("{name}\nexpected {expected:#}\nfound {found:#}"))
    };
    let (left, right) = cases.split_at(cases.len() / 2);
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let half = scope.spawn(|| left.iter().filter_map(check).collect::<Vec<_>>());
        let mut wrong: Vec<String> = right.iter().filter_map(check).collect();
        wrong.extend(half.join().expect("a thread"));
        wrong
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(!dir.path().join("none.gpkg").exists(), "a dry run leaves no store");
}

#[test]
fn every_file_of_the_corpus_has_a_case() {
    let cases = cases();
    for entry in std::fs::read_dir(folder()).expect("the folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("UTF-8");
        if entry.path().is_dir() {
            continue;
        }
        let ours = [".toml", ".py", ".report.json", ".md"].iter().any(|e| name.ends_with(e));
        assert!(ours || cases.iter().any(|c| c.file == name), "{name} is in no case");
    }
}

#[test]
fn a_file_of_ten_gigabytes_is_refused_without_being_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("line.csv");
    // Sparse: it takes no room, and reading it whole would take minutes.
    std::fs::File::create(&path).expect("a file").set_len(10_000_000_000).expect("sparse");
    let started = std::time::Instant::now();
    let output = vigie().args(["import", "incidents", arg(&path), "--dry-run"]).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("200000000"), "{}", text(&output.stderr));
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}

#[test]
fn a_pipe_without_end_is_read_to_the_limit_and_no_further() {
    let output = vigie().args(["import", "incidents", "/dev/zero", "--dry-run"]).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("200000000"), "{}", text(&output.stderr));
}

#[test]
fn kept_inputs_of_the_fuzz_targets_are_read_or_refused_and_never_end_the_program() {
    let dir = tempfile::tempdir().expect("a folder");
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let endings = |target: &str| if target == "csv" { vec!["csv"] } else { vec!["xlsx", "xls", "ods"] };
    for target in ["csv", "xlsx"] {
        for entry in std::fs::read_dir(corpus.join(target)).expect("fuzz/corpus") {
            let bytes = std::fs::read(entry.expect("an entry").path()).expect("read");
            for ending in endings(target) {
                // The first byte says how the target reads the others.
                let file = dir.path().join(format!("f.{ending}"));
                std::fs::write(&file, bytes.get(1..).unwrap_or_default()).expect("written");
                let store = dir.path().join("none.gpkg");
                let output = vigie()
                    .args(["import", "incidents", arg(&file), "--dry-run", "--json", "--store", arg(&store)])
                    .output()
                    .expect("the program starts");
                assert!(matches!(output.status.code(), Some(0 | 1)), "{}", text(&output.stderr));
            }
        }
    }
}
