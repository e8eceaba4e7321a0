//! Opening stores: with the shipped sets in a new one, as a service for answering.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{AppError, Service, Snapshot, shipped};
use crate::boundaries::{BoundarySet, ReadOptions, read_bytes};
use crate::domain::{Lang, Theme};
use crate::render::Kit;
use crate::store::{AsOf, DefaultSet, NewBatch, Store, StoreError};
use crate::style::Styles;

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoBatch(_) | StoreError::NoToken(_) => Self::NotFound(error.to_string()),
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

/// Makes a store that starts with the shipped schematic sets.
pub(super) fn create(path: &Path, synthetic: bool) -> Result<Store, AppError> {
    let mut store = Store::create(path, synthetic)?;
    let batch = NewBatch { file: "vigie".into(), created: now(), ..NewBatch::default() };
    store.add_sets(&batch, &shipped_sets()?, DefaultSet::StandIn)?;
    Ok(store)
}

/// Where an import writes to: a store that is there, or one that will be there once the import is in it.
pub(super) struct Target<'a> {
    path: &'a Path,
}

impl<'a> Target<'a> {
    pub(super) fn of(path: &'a Path) -> Self {
        Self { path }
    }

    fn is_there(&self) -> bool {
        std::fs::metadata(self.path).is_ok_and(|m| m.len() > 0)
    }

    /// Runs an import on the store. A new store is made beside and put in place whole when the import wrote to it: one
    /// that failed, was refused or only asked leaves nothing behind.
    pub(super) fn write<T>(&self, dry: bool, work: impl Fn(&mut Store) -> Result<T, AppError>) -> Result<T, AppError> {
        loop {
            if self.is_there() {
                return work(&mut Store::open(self.path)?);
            }
            let building = Building::new(self.path)?;
            let mut store = create(&building.path, false)?;
            let before = store.version()?;
            let done = work(&mut store)?;
            let wrote = store.version()? > before;
            store.close()?;
            if dry || !wrote || building.put(self.path)? {
                return Ok(done);
            }
            // Another process made the store in the meantime: the import goes into that one.
        }
    }
}

/// A store that is being made, under a name of its own.
struct Building {
    path: PathBuf,
}

impl Building {
    fn new(target: &Path) -> Result<Self, AppError> {
        remove_abandoned(target);
        let path = beside(target, &format!("{BUILDING}{}", std::process::id()));
        remove(&path)?;
        Ok(Self { path })
    }

    /// Puts it in its place; false where another process was first.
    fn put(&self, target: &Path) -> Result<bool, AppError> {
        let failed = |e: std::io::Error| AppError::Input(format!("{}: {e}", target.display()));
        // An empty file stands for no store.
        if std::fs::metadata(target).is_ok_and(|m| m.len() == 0) {
            std::fs::rename(&self.path, target).map_err(failed)?;
            return Ok(true);
        }
        match std::fs::hard_link(&self.path, target) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
            // A file system without links; two first imports of one store at one moment are then not told apart.
            Err(_) => std::fs::rename(&self.path, target).map(|()| true).map_err(failed),
        }
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next import.
        let _ = remove(&self.path);
    }
}

const BUILDING: &str = ".building-";

/// Removes what imports into a new store left that were killed: their process is gone.
fn remove_abandoned(target: &Path) {
    let (Some(folder), Some(name)) = (target.parent(), target.file_name().and_then(|n| n.to_str())) else { return };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let file = entry.file_name();
        let process = file.to_str().and_then(|f| f.strip_prefix(name)?.strip_prefix(BUILDING)?.parse::<u32>().ok());
        if process.is_some_and(|p| !Path::new(&format!("/proc/{p}")).exists()) {
            let _ = remove(&entry.path());
        }
    }
}

pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Removes a store with its companions.
pub(super) fn remove(path: &Path) -> Result<(), AppError> {
    for ending in ["", "-wal", "-shm"] {
        match std::fs::remove_file(beside(path, ending)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(AppError::Input(format!("{}: {e}", path.display())));
            }
            _ => {}
        }
    }
    Ok(())
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

/// The store's state at a version.
pub fn open_snapshot(path: &Path, as_of: AsOf) -> Result<Snapshot, AppError> {
    Snapshot::new(Store::open(path)?.contents(as_of)?, themes())
}

/// A service over the store's state at a version; `styles` names a folder that replaces built-in styles file by file.
pub fn open_service(path: &Path, styles: Option<&Path>, as_of: AsOf) -> Result<Service, AppError> {
    Service::with_kit(open_snapshot(path, as_of)?, kit(styles)?)
}

/// Whether a store is whole.
pub fn check_store(path: &Path) -> Result<crate::store::Check, AppError> {
    Ok(Store::open(path)?.check(&themes())?)
}

/// The styles and templates, with those of a folder over the built-in ones.
pub(super) fn kit(folder: Option<&Path>) -> Result<Arc<Kit>, AppError> {
    let styles = Styles::load(folder).map_err(|e| AppError::Input(e.to_string()))?;
    Ok(Arc::new(Kit::new(Arc::new(styles), folder).map_err(|e| AppError::Input(e.to_string()))?))
}
