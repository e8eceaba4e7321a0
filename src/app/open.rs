//! Opening stores: with the shipped sets in a new one, as a service for answering.

use std::path::Path;
use std::sync::Arc;

use super::{AppError, Service, Snapshot, shipped};
use crate::boundaries::{BoundarySet, ReadOptions, read_bytes};
use crate::domain::{Lang, Theme};
use crate::render::Kit;
use crate::store::{NewBatch, Store, StoreError};
use crate::style::Styles;

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoBatch(_) => Self::NotFound(error.to_string()),
            _ => Self::Input(error.to_string()),
        }
    }
}

/// The moment a batch is written: the only place where the program asks the clock.
pub(super) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The themes that this program knows.
pub(super) fn themes() -> Vec<Theme> {
    crate::ingest::shipped_themes().iter().map(|t| Theme::clone(t)).collect()
}

/// Reads a folder of an office's own themes for the whole run, before anything else is done; see `docs/themes.md`.
pub fn load_own_themes(folder: &Path) -> Result<(), AppError> {
    crate::ingest::load_own_themes(folder).map_err(|e| AppError::Input(e.to_string()))
}

/// Opens a store for writing; a new one starts with the shipped schematic sets.
pub(super) fn open_or_create(path: &Path, synthetic: bool) -> Result<Store, AppError> {
    let mut store = Store::create(path, synthetic)?;
    if store.version()? == 0 {
        let batch = NewBatch {
            file: "vigie".into(),
            sha256: String::new(),
            created: now(),
            rows_in: 0,
            rejected: 0,
            findings: Vec::new(),
            review: Vec::new(),
        };
        store.add_sets(&batch, &shipped_sets()?, false, true)?;
    }
    Ok(store)
}

/// The shipped sets, read the way any file is.
pub(super) fn shipped_sets() -> Result<Vec<BoundarySet>, AppError> {
    shipped::SETS
        .iter()
        .map(|set| {
            let report = read_bytes(set.files, &ReadOptions::default(), Lang::En)
                .map_err(|e| AppError::Fault(format!("shipped set: {e}")))?;
            Ok(BoundarySet::new(set.info()?, report.units))
        })
        .collect()
}

/// The store's current state.
pub fn open_snapshot(path: &Path) -> Result<Snapshot, AppError> {
    Snapshot::new(Store::open(path)?.contents()?, themes())
}

/// A service over the store's current state; `styles` names a folder that replaces built-in styles file by file.
pub fn open_service(path: &Path, styles: Option<&Path>) -> Result<Service, AppError> {
    Service::with_kit(open_snapshot(path)?, kit(styles)?)
}

/// The styles and templates, with those of a folder over the built-in ones.
pub(super) fn kit(folder: Option<&Path>) -> Result<Arc<Kit>, AppError> {
    let styles = Styles::load(folder).map_err(|e| AppError::Input(e.to_string()))?;
    Ok(Arc::new(Kit::new(Arc::new(styles), folder).map_err(|e| AppError::Input(e.to_string()))?))
}
