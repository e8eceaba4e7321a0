//! Removing facts for good.

use std::path::Path;

use jiff::civil::Date;

use super::AppError;
use super::open::{now, themes};
use crate::store::{NewPurge, Purged, Store};

/// What is to be purged.
#[derive(Debug, Clone)]
pub struct PurgeAsk<'a> {
    /// Facts of an earlier day go; the first of a month.
    pub before: Date,
    /// Themes; all where none is named.
    pub themes: &'a [String],
    /// Released months that would change are withdrawn.
    pub even_released: bool,
    /// Says what would go, and removes nothing.
    pub dry_run: bool,
    /// Who.
    pub by: &'a str,
}

/// Removes facts with their history from a store, and says how many.
///
/// # Errors
/// An unknown theme, a day that is not the first of a month, a released month that would change, bytes that cannot be cleared
/// while another program reads the store.
pub fn purge(path: &Path, ask: &PurgeAsk<'_>) -> Result<Purged, AppError> {
    let known = themes();
    if let Some(wrong) = ask.themes.iter().find(|t| known.iter().all(|k| k.id != **t)) {
        let ids = known.iter().map(|k| k.id.as_str()).collect::<Vec<_>>().join(", ");
        return Err(AppError::Input(format!("--theme {wrong}: no such theme; there are {ids}")));
    }
    let mut store = Store::open(path)?;
    let new = NewPurge {
        before: ask.before,
        themes: ask.themes.to_vec(),
        even_released: ask.even_released,
        dry: ask.dry_run,
        by: ask.by.to_owned(),
        created: now(),
    };
    let done = store.purge(&new, &known)?;
    store.close()?;
    Ok(done)
}
