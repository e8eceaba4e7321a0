//! The kept inputs of the fuzz targets (`fuzz/corpus`), run with every test run: no nightly compiler is needed for them.

use std::path::Path;

use super::{Profile, read_cells, shipped_themes};
use crate::boundaries::NameKey;

/// The inputs of a target.
fn inputs(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let files = std::fs::read_dir(folder).expect("fuzz/corpus");
    files.map(|f| std::fs::read(f.expect("an entry").path()).expect("read")).collect()
}

#[test]
fn kept_cells_and_names_are_read_without_a_fault() {
    for input in inputs("dates").into_iter().chain(inputs("names")) {
        let text = String::from_utf8_lossy(&input);
        read_cells(&text);
        let key = NameKey::of(&text);
        assert_eq!(NameKey::of(key.as_str()), key);
    }
}

#[test]
fn kept_profiles_are_read_or_refused_with_a_reason() {
    for input in inputs("profiles") {
        let text = String::from_utf8_lossy(&input);
        let profile = text.split("\n---\n").next().unwrap_or_default();
        if let Err(error) = Profile::parse(profile, shipped_themes()) {
            assert!(!error.to_string().is_empty());
        }
    }
}
