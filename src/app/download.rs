//! Files written for people: templates.

use std::path::Path;

use super::AppError;
use crate::domain::Lang;

/// Writes an empty workbook for a theme.
pub fn write_template(theme: &str, out: &Path, lang: Lang) -> Result<(), AppError> {
    let theme = crate::ingest::shipped_theme(theme).ok_or_else(|| {
        let known: Vec<String> = crate::ingest::shipped_themes().iter().map(|t| t.id.clone()).collect();
        AppError::Input(format!("no theme « {theme} »; there are {}", known.join(", ")))
    })?;
    let bytes = crate::formats::write_template(&theme, lang).map_err(|e| AppError::Fault(e.to_string()))?;
    std::fs::write(out, bytes).map_err(|e| AppError::Input(format!("{}: {e}", out.display())))
}
