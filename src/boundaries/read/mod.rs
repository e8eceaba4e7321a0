//! Files of boundaries → units, with a report of what was understood.
//!
//! In order: [`source`] (the file is what it says and whole), [`layer`] (rows and shapes in WGS 84; [`shape`] repairs,
//! [`text`] decodes), [`understand`] (levels, codes and names by [`columns`]), [`nesting`].

mod columns;
mod complaints;
mod layer;
mod nesting;
mod points;
mod shape;
mod source;
mod text;
mod understand;

use std::path::PathBuf;

use super::{BoundaryError, Unit};
use crate::domain::{Finding, Lang, Level, Severity};
pub use points::{Place, PointLayer, read_point_layers};

use layer::{Budget, RawLayer, Wanted, read_layers};
use source::Source;

/// What an entry point accepts at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file, unpacked.
    pub file_bytes: u64,
    /// Features of all files together.
    pub features: usize,
    /// Vertices of all files together.
    pub vertices: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 512 << 20, features: 200_000, vertices: 20_000_000 }
    }
}

/// What the caller knows better than the files; everything else is found.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The level of the (single) file.
    pub level: Option<Level>,
    /// CRS of files that state none, or a wrong one: `EPSG:32630`, WKT, a PROJ string.
    pub crs: Option<String>,
    /// Column of the code.
    pub code: Option<String>,
    /// Column of the name.
    pub name: Option<String>,
    /// Column of the parent's code.
    pub parent: Option<String>,
    /// Layer of a file that has several.
    pub layer: Option<String>,
    /// What is accepted at most.
    pub limits: Limits,
}

/// How the parents of a level were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParentSource {
    /// Level 1, or the level above is not among the files and no column names it.
    None,
    /// From this column.
    Column(String),
    /// The longest code of the level above that begins the unit's own.
    CodePrefix,
    /// The unit above that holds it.
    Area,
}

/// What was understood of one layer of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// The file's name as given.
    pub file: String,
    /// GDAL's name of the format.
    pub format: String,
    /// The layer.
    pub layer: String,
    /// The level; none where it is the country's outline (admin 0), which is not read.
    pub level: Option<Level>,
    /// Column of the code.
    pub code: String,
    /// Columns of the name, the first that is filled is used.
    pub names: Vec<String>,
    /// How parents were found.
    pub parent: ParentSource,
    /// The CRS it was read in.
    pub crs: String,
    /// Encoding of its texts.
    pub encoding: String,
    /// Number of units.
    pub count: usize,
    /// Number of polygons repaired.
    pub repaired: usize,
}

/// Units and what is to be said of them.
#[derive(Debug, Clone)]
pub struct ReadReport {
    /// Every unit of every level, valid and nested.
    pub units: Vec<Unit>,
    /// What was understood, the coarsest level first.
    pub files: Vec<FileReport>,
    /// Repairs, encodings, nesting.
    pub findings: Vec<Finding>,
}

/// Reads one or several files, one level each (or several layers of one file). All or nothing: on an error nothing
/// comes back, and no file is written beside those read.
pub fn read_units(files: &[PathBuf], options: &ReadOptions, lang: Lang) -> Result<ReadReport, BoundaryError> {
    read(files.iter().map(|path| Source::of_path(path, &options.limits)), options, lang)
}

/// The same from files in memory (name with extension, content), for what ships with the program.
pub fn read_bytes(files: &[(&str, &[u8])], options: &ReadOptions, lang: Lang) -> Result<ReadReport, BoundaryError> {
    read(files.iter().map(|(name, bytes)| Source::of_bytes(name, bytes, &options.limits)), options, lang)
}

fn read(
    sources: impl Iterator<Item = Result<Vec<Source>, BoundaryError>>,
    options: &ReadOptions,
    lang: Lang,
) -> Result<ReadReport, BoundaryError> {
    let mut budget = Budget::new(options.limits);
    let mut raw: Vec<RawLayer> = Vec::new();
    for sources in sources {
        for source in sources? {
            raw.extend(read_layers(source, options, &mut budget, Wanted::Shapes)?);
        }
    }
    if raw.is_empty() {
        return Err(BoundaryError::NoFiles);
    }
    let mut findings = Vec::new();
    let mut files = Vec::new();
    let understand::Levels { known, outlines } = understand::levels(raw, options)?;
    for outline in &outlines {
        findings.push(outline_finding(outline, lang));
        files.push(outline_report(outline));
    }
    if known.is_empty() {
        return Err(BoundaryError::OnlyOutline);
    }
    let only = known.len() == 1;
    let mut layers = Vec::new();
    for (level, raw) in known {
        layers.push(understand::understand(level, raw, options, only, lang, &mut findings)?);
    }
    understand::check_across(&layers)?;
    let mut units: Vec<Unit> = Vec::new();
    for mut layer in layers {
        let level = layer.level;
        let repairs: Vec<(String, String)> =
            layer.entries.iter().filter_map(|e| Some((e.pcode.to_string(), e.shape.repaired.clone()?))).collect();
        let count = layer.entries.len();
        let above = units.iter().position(|u| Some(u.level) == level.parent()).map_or(&units[..0], |k| &units[k..]);
        say_encoding(&layer.raw, lang, &mut findings);
        for (pcode, reason) in &repairs {
            findings.push(repair_finding(&layer.raw.file, pcode, reason, lang));
        }
        let (nested, parent) = nesting::nest(&mut layer, above, lang, &mut findings)?;
        units.extend(nested);
        files.push(FileReport {
            file: layer.raw.file,
            format: layer.raw.format.to_owned(),
            layer: layer.raw.layer,
            level: Some(level),
            code: layer.code,
            names: layer.names,
            parent,
            crs: layer.raw.crs,
            encoding: layer.raw.decoding.name().to_owned(),
            count,
            repaired: repairs.len(),
        });
    }
    Ok(ReadReport { units, files, findings })
}

/// A finding about a file as a whole.
fn note(code: &'static str, severity: Severity, file: &str, message: String) -> Finding {
    let file = file.to_owned();
    Finding { code: code.into(), severity, file, sheet: None, line: None, column: None, value: None, message }
}

fn repair_finding(file: &str, pcode: &str, reason: &str, lang: Lang) -> Finding {
    let message = lang.pick(
        format!("Polygone de {pcode} invalide, réparé ({reason}). Regardez-le sur la carte."),
        format!("Polygon of {pcode} invalid, repaired ({reason}). Look at it on the map."),
    );
    Finding { value: Some(pcode.to_owned()), ..note("GEOMETRY_REPAIRED", Severity::Warning, file, message) }
}

fn say_encoding(raw: &RawLayer, lang: Lang, findings: &mut Vec<Finding>) {
    if !raw.decoding.assumed {
        return;
    }
    let name = raw.decoding.name();
    let message = lang.pick(
        format!("Le fichier ne dit pas (ou dit mal) son encodage : lu en {name}. Vérifiez les accents des noms."),
        format!("The file does not state its encoding (or states it wrongly): read as {name}. Check the accents of the names."),
    );
    findings.push(note("ENCODING_ASSUMED", Severity::Info, &raw.file, message));
}

fn outline_finding(raw: &RawLayer, lang: Lang) -> Finding {
    let message = lang.pick(
        "Contour du pays (admin 0) : laissé de côté, seuls les niveaux 1 à 3 sont des unités.".to_owned(),
        "Outline of the country (admin 0): left aside, only levels 1 to 3 are units.".to_owned(),
    );
    note("OUTLINE_SKIPPED", Severity::Info, &raw.file, message)
}

fn outline_report(raw: &RawLayer) -> FileReport {
    FileReport {
        file: raw.file.clone(),
        format: raw.format.to_owned(),
        layer: raw.layer.clone(),
        level: None,
        code: String::new(),
        names: Vec::new(),
        parent: ParentSource::None,
        crs: raw.crs.clone(),
        encoding: raw.decoding.name().to_owned(),
        count: raw.rows.len(),
        repaired: 0,
    }
}

#[cfg(test)]
mod tests;
