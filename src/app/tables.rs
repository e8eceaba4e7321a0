//! Published tables are checked, never stored: an aggregated table is no fact of the monitoring, and is added to nothing.

use std::path::PathBuf;

use super::AppError;
use crate::domain::Lang;
use crate::ingest::tables::{MAX_TABLES, TableFile, check_tables};

pub use crate::ingest::tables::{At as TableAt, TableFinding, TablesReport};

/// Checks files of a theme's tables, each by itself and one against the other.
pub fn check_published_tables(theme: &str, files: &[PathBuf], lang: Lang) -> Result<TablesReport, AppError> {
    let known = crate::ingest::shipped_theme(theme).ok_or_else(|| {
        let ids: Vec<String> = crate::ingest::shipped_themes().iter().map(|t| t.id.clone()).collect();
        let ids = ids.join(", ");
        AppError::Input(lang.pick(
            format!("pas de thème « {theme} »\u{a0}; il y a {ids}\u{a0}: vigie import tables incidents FICHIER…"),
            format!("no theme « {theme} »; there are {ids}: vigie import tables incidents FILE…"),
        ))
    })?;
    if files.is_empty() || files.len() > MAX_TABLES {
        return Err(AppError::Input(lang.pick(
            format!("donnez de 1 à {MAX_TABLES} fichiers\u{a0}: vigie import tables {theme} FICHIER…"),
            format!("give 1 to {MAX_TABLES} files: vigie import tables {theme} FILE…"),
        )));
    }
    let mut read = Vec::new();
    for path in files {
        let bytes = std::fs::read(path).map_err(|e| AppError::Input(format!("{}: {e}", path.display())))?;
        let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
        read.push((name, bytes));
    }
    let tables: Vec<TableFile<'_>> = read.iter().map(|(name, bytes)| TableFile { name, bytes }).collect();
    check_tables(&tables, &known, lang).map_err(|(file, e)| AppError::Input(format!("{file}: {}", e.message(lang))))
}
