//! Bringing data in: boundaries and facts, each import a batch, all of it or nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::open::{now, open_or_create, themes};
use super::AppError;
use crate::boundaries::{BoundarySet, ReadOptions, SetInfo, read_units};
use crate::domain::{Finding, GeometryKind, Lang, Level, SetId, Severity};
use crate::store::{Batch, NewBatch, Store, Written};

/// Boundaries to import.
pub struct BoundaryImport<'a> {
    /// The store; made where there is none.
    pub store: &'a Path,
    /// Files, one level each (or one file with several).
    pub files: &'a [PathBuf],
    /// The set's name.
    pub set: SetId,
    /// Level, where it cannot be seen.
    pub level: Option<Level>,
    /// CRS, where a file states none.
    pub crs: Option<String>,
    /// Column of the p-code, where it cannot be seen.
    pub code: Option<String>,
    /// Column of the name.
    pub name: Option<String>,
    /// Column of the parent's p-code.
    pub parent: Option<String>,
    /// Layer of a file that has several.
    pub layer: Option<String>,
    /// Date the boundaries are valid from, ISO.
    pub valid_from: Option<String>,
    /// Makes it the default set.
    pub make_default: bool,
    /// Stores nothing.
    pub dry_run: bool,
    /// Language of the messages.
    pub lang: Lang,
}

/// A file of facts to import.
pub struct FactImport<'a> {
    /// The store; made where there is none.
    pub store: &'a Path,
    /// The theme's id.
    pub theme: &'a str,
    /// The file.
    pub file: &'a Path,
    /// Sets to locate on; empty = the default set and, where it was surveyed, those of the other countries.
    pub sets: &'a [SetId],
    /// Source of rows that name none.
    pub source: &'a str,
    /// Stores nothing.
    pub dry_run: bool,
    /// One reject and nothing is stored.
    pub strict: bool,
    /// Language of the messages.
    pub lang: Lang,
}

/// What an import did.
#[derive(Debug, Serialize)]
pub struct ImportOutcome {
    /// The theme, or the boundary set.
    pub theme: String,
    /// What was understood of the file, a line each.
    pub understood: Vec<String>,
    /// Rows (or units) read.
    pub rows_in: usize,
    /// Facts (or units) kept.
    pub accepted: usize,
    /// Rows that stayed out.
    pub rejected: usize,
    /// Everything found.
    pub findings: Vec<Finding>,
    /// What was written; none where nothing was.
    pub written: Option<Written>,
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, b| {
        use std::fmt::Write as _;
        let _ = write!(hex, "{b:02x}");
        hex
    })
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

fn read_file(path: &Path) -> Result<Vec<u8>, AppError> {
    std::fs::read(path).map_err(|e| AppError::Input(format!("{}: {e}", path.display())))
}

/// Opens the store for a real import: a demonstration store refuses it.
fn open_for_real(path: &Path, lang: Lang) -> Result<Store, AppError> {
    let store = open_or_create(path, false)?;
    if store.is_synthetic()? {
        return Err(AppError::Input(lang.pick(
            format!("{} est un entrepôt de démonstration (données synthétiques) : il refuse les données réelles. Nommez un autre entrepôt : --store vigie.gpkg", path.display()),
            format!("{} is a demonstration store (synthetic data): it refuses real data. Name another store: --store vigie.gpkg", path.display()),
        )));
    }
    Ok(store)
}

/// ISO 3166-1 alpha-3 of a p-code's country letters, for the countries around the Central Sahel.
fn country_of(pcode: &str) -> &'static str {
    match pcode.get(..2).map(str::to_ascii_uppercase).as_deref() {
        Some("ML") => "MLI",
        Some("BF") => "BFA",
        Some("NE") => "NER",
        Some("MR") => "MRT",
        Some("SN") => "SEN",
        Some("GN") => "GIN",
        Some("CI") => "CIV",
        Some("DZ") => "DZA",
        Some("TD") => "TCD",
        Some("NG") => "NGA",
        Some("BJ") => "BEN",
        Some("TG") => "TGO",
        Some("GH") => "GHA",
        _ => "",
    }
}

/// Imports boundaries as one batch.
pub fn import_boundaries(args: &BoundaryImport<'_>) -> Result<ImportOutcome, AppError> {
    let options = ReadOptions {
        level: args.level,
        crs: args.crs.clone(),
        code: args.code.clone(),
        name: args.name.clone(),
        parent: args.parent.clone(),
        layer: args.layer.clone(),
        ..ReadOptions::default()
    };
    // Read before the store is opened: a file that cannot be used leaves no store behind.
    let report = read_units(args.files, &options, args.lang).map_err(|e| AppError::Input(e.message(args.lang)))?;
    let count = |level: Level| report.units.iter().filter(|u| u.level == level).count();
    let counts: Vec<String> = Level::ALL
        .into_iter()
        .filter(|l| count(*l) > 0)
        .map(|l| format!("{} {}", count(l), if l == Level::Region { args.lang.pick("régions", "regions") } else { l.plural() }))
        .collect();
    let mut understood: Vec<String> = report
        .files
        .iter()
        .map(|f| {
            let level = f.level.map_or_else(|| args.lang.pick("contour du pays, laissé", "country outline, left aside").to_owned(), |l| {
                format!("{} {}", args.lang.pick("niveau", "level"), l.number())
            });
            format!(
                "{} : {level}, {} · {} · code « {} », {} « {} » · {}{}",
                f.file,
                f.count,
                f.crs,
                f.code,
                args.lang.pick("nom", "name"),
                f.names.join(", "),
                f.encoding,
                if f.repaired > 0 { args.lang.pick(format!(" · {} réparés", f.repaired), format!(" · {} repaired", f.repaired)) } else { String::new() }
            )
        })
        .collect();
    understood.push(format!("{} : {}", args.set, counts.join(", ")));
    let rows_in = report.units.len();
    let mut outcome = ImportOutcome {
        theme: args.set.to_string(),
        understood,
        rows_in,
        accepted: rows_in,
        rejected: 0,
        findings: report.findings,
        written: None,
    };
    if args.dry_run {
        return Ok(outcome);
    }
    let country = report.units.first().map_or("", |u| country_of(&u.pcode));
    let files: Vec<String> = args.files.iter().map(|f| name_of(f)).collect();
    let info = SetInfo {
        id: args.set.clone(),
        title_fr: format!("{} ({})", args.set, counts.join(", ")),
        title_en: format!("{} ({})", args.set, counts.join(", ")),
        country: country.into(),
        geometry: GeometryKind::Surveyed,
        valid_from: args.valid_from.clone(),
        origin: files.join(", "),
        licence: args.lang.pick("celle du fichier importé", "that of the file imported").into(),
    };
    let mut digest = Sha256::new();
    for file in args.files {
        digest.update(read_file(file)?);
    }
    let digest = digest.finalize().iter().map(|b| format!("{b:02x}")).collect();
    let batch = NewBatch {
        file: files.join(", "),
        sha256: digest,
        created: now(),
        rows_in,
        rejected: 0,
        findings: outcome.findings.clone(),
    };
    let mut store = open_for_real(args.store, args.lang)?;
    outcome.written = Some(store.add_sets(&batch, &[BoundarySet::new(info, report.units)], args.make_default, false)?);
    Ok(outcome)
}

/// Every import, oldest first.
pub fn imports(store: &Path) -> Result<Vec<Batch>, AppError> {
    Ok(Store::open(store)?.batches()?)
}

/// Takes an import of data back.
pub fn undo(store: &Path, number: i64) -> Result<Written, AppError> {
    Ok(Store::open(store)?.undo(number, &now(), &themes())?)
}
