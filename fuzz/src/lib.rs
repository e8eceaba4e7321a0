//! What the fuzz targets run, on the library's own sources. The library's own test run compiles
//! `targets.rs` too and runs each target for a moment (`src/ingest/fuzz_tests.rs`).
#![allow(dead_code, unused_imports, missing_docs, clippy::all)]

#[path = "../../src/spatial/mod.rs"]
pub mod spatial;
#[path = "../../src/stats/mod.rs"]
pub mod stats;
#[path = "../../src/domain/mod.rs"]
pub mod domain;
#[path = "../../src/boundaries/mod.rs"]
pub mod boundaries;
#[path = "../../src/ingest/mod.rs"]
pub mod ingest;

mod targets;

pub use targets::{csv, dates, names, profiles, xlsx};
