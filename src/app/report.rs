//! Reports of imports and files of rejected rows, in the format that the file's name says.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{AppError, ImportOutcome};
use crate::domain::{Lang, Level, Severity};
use crate::formats::{Table, TableError, write_csv, write_workbook};
use crate::ingest::{REJECT_COLUMNS, Rejects};

impl From<TableError> for AppError {
    fn from(error: TableError) -> Self {
        Self::Input(error.to_string())
    }
}

/// Writes the whole report of an import: JSON, CSV or XLSX by the extension. A report as XLSX holds the rejected rows on
/// a sheet of their own; beside one as JSON or CSV goes a file of them, `NAME-rejects.csv`, where there are any. Its path is
/// given back.
pub fn write_report(outcome: &ImportOutcome, path: &Path, lang: Lang) -> Result<Option<PathBuf>, AppError> {
    let summary = || Table {
        name: lang.pick("Résumé", "Summary"),
        headings: lang.pick(["mesure", "nombre"], ["measure", "number"]).map(str::to_owned).to_vec(),
        rows: summary(outcome, lang),
    };
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
    let bytes = match extension.as_str() {
        "json" => {
            let value = serde_json::to_value(outcome).map_err(|e| AppError::Fault(e.to_string()))?;
            format!("{value:#}\n").into_bytes()
        }
        "csv" => {
            let mut table = findings(outcome, lang);
            let count = |[what, n]: [String; 2]| vec!["summary".into(), what, String::new(), n];
            let rows = summary().rows.into_iter().filter_map(|r| <[String; 2]>::try_from(r).ok());
            let mut all: Vec<Vec<String>> = rows.map(count).collect();
            all.append(&mut table.rows);
            table.rows = all;
            write_csv(&table, lang)?
        }
        "xlsx" => {
            let mut tables = vec![summary(), findings(outcome, lang)];
            if !outcome.rejects.rows.is_empty() {
                tables.push(rejects(&outcome.rejects, lang));
            }
            write_workbook(&tables)?
        }
        _ => return Err(wrong_name(path, ".json, .csv, .xlsx", lang)),
    };
    write(path, &bytes)?;
    if extension == "xlsx" || outcome.rejects.rows.is_empty() {
        return Ok(None);
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!("{stem}-rejects.csv"));
    write(&beside, &write_csv(&rejects(&outcome.rejects, lang), lang)?)?;
    Ok(Some(beside))
}

/// Writes the rejected rows back in their original columns, with the line, the codes and the sentences behind: CSV or XLSX
/// by the extension. Corrected, the file can be imported as it is.
pub fn write_rejects(outcome: &ImportOutcome, path: &Path, lang: Lang) -> Result<(), AppError> {
    let table = rejects(&outcome.rejects, lang);
    let bytes = match path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => write_csv(&table, lang)?,
        Some("xlsx") => write_workbook(&[table])?,
        _ => return Err(wrong_name(path, ".csv, .xlsx", lang)),
    };
    write(path, &bytes)
}

fn wrong_name(path: &Path, known: &str, lang: Lang) -> AppError {
    AppError::Input(lang.pick(
        format!("{}\u{a0}: le nom du fichier dit son format, l’un de {known}", path.display()),
        format!("{}: the file's name says its format, one of {known}", path.display()),
    ))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    std::fs::write(path, bytes).map_err(|e| AppError::Input(format!("{}: {e}", path.display())))
}

fn summary(outcome: &ImportOutcome, lang: Lang) -> Vec<Vec<String>> {
    let mut rows: Vec<(String, usize)> = vec![
        (lang.pick("lignes lues", "rows read").into(), outcome.rows_in),
        (lang.pick("lignes retenues", "rows kept").into(), outcome.accepted),
    ];
    if let Some(w) = outcome.written {
        let words = lang.pick(["nouvelles", "modifiées", "inchangées"], ["new", "changed", "unchanged"]);
        rows.extend(words.map(str::to_owned).into_iter().zip([w.added, w.changed, w.same]));
    }
    rows.push((lang.pick("à vérifier", "to review").into(), outcome.to_review));
    rows.push((lang.pick("rejetées", "rejected").into(), outcome.rejected));
    for (level, n) in Level::ALL.into_iter().zip(outcome.non_located) {
        let what = format!("{} ({})", lang.pick("non localisées", "not located"), level.plural());
        rows.push((what, n));
    }
    rows.extend(outcome.codes.iter().map(|(code, n)| (code.clone(), *n)));
    rows.into_iter().map(|(what, n)| vec![what, n.to_string()]).collect()
}

fn findings(outcome: &ImportOutcome, lang: Lang) -> Table<'static> {
    let headings = ["severity", "code", "line", "value", "column", "message", "sheet", "file"];
    let row = |f: &crate::domain::Finding| {
        let severity = match f.severity {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Reject => "reject",
        };
        vec![
            severity.to_owned(),
            f.code.to_string(),
            f.line.map(|n| n.to_string()).unwrap_or_default(),
            f.value.clone().unwrap_or_default(),
            f.column.clone().unwrap_or_default(),
            f.message.clone(),
            f.sheet.clone().unwrap_or_default(),
            f.file.clone(),
        ]
    };
    Table {
        name: lang.pick("Constats", "Findings"),
        headings: headings.map(str::to_owned).to_vec(),
        rows: outcome.findings.iter().map(row).collect(),
    }
}

fn rejects(rejects: &Rejects, lang: Lang) -> Table<'static> {
    let width = rejects.rows.iter().map(|r| r.cells.len()).chain([rejects.headers.len()]).max().unwrap_or(0);
    let padded = |cells: &[String]| {
        let mut cells = cells.to_vec();
        cells.resize(width, String::new());
        cells
    };
    let mut headings = padded(&rejects.headers);
    headings.extend(REJECT_COLUMNS.map(str::to_owned));
    let row = |r: &crate::ingest::RejectedRow| {
        let mut cells = padded(&r.cells);
        cells.extend([r.line.to_string(), r.codes.clone(), r.messages.clone()]);
        cells
    };
    Table { name: lang.pick("Rejets", "Rejects"), headings, rows: rejects.rows.iter().map(row).collect() }
}
