//! Takes the web parts that `make web` built (`web/dist`) into the program. Where they were not built the program builds all
//! the same, and the pages that need them say how to build them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    // The folder stands in the repository, empty but for its .gitignore: Cargo would otherwise build anew each time.
    println!("cargo::rerun-if-changed=web/dist");
    println!("cargo::rerun-if-changed=build.rs");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut text = String::from("&[\n");
    for path in parts(&root.join("web/dist"))? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let _ = writeln!(text, "    ({name:?}, include_bytes!({:?})),", path.to_string_lossy());
    }
    text.push_str("]\n");
    fs::write(out.join("web_parts.rs"), text)
}

/// The scripts and stylesheets, by name, and their compressed forms.
fn parts(dist: &Path) -> io::Result<Vec<PathBuf>> {
    if !dist.is_dir() {
        return Ok(Vec::new());
    }
    let mut parts = fs::read_dir(dist)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    parts.retain(|path| path.extension().is_some_and(|e| e == "js" || e == "css" || e == "br"));
    parts.sort();
    Ok(parts)
}
