//! Raw layers → levels, codes, names: what each file is, and units that are not nested yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use super::super::BoundaryError;
use super::columns::{Table, level_in_name};
use super::layer::RawLayer;
use super::shape::{Shape, ShapeFault};
use super::{ReadOptions, note};
use crate::domain::{Finding, Lang, Level, Severity};

/// A layer whose columns are understood.
pub struct Understood {
    /// The layer's texts about itself; its rows and shapes are taken out.
    pub raw: RawLayer,
    /// Its level.
    pub level: Level,
    /// Heading of the code.
    pub code: String,
    /// Headings of the name.
    pub names: Vec<String>,
    /// Heading of the parent's code.
    pub parent: Option<String>,
    /// One a unit.
    pub entries: Vec<Entry>,
}

/// A unit before it is nested.
pub struct Entry {
    /// Its code.
    pub pcode: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The parent's code as the file has it.
    pub stated_parent: Option<Arc<str>>,
    /// Its shape.
    pub shape: Shape,
}

/// The level that a layer has: stated, told by its columns, or by its name; [`Guess::Order`] where only comparison
/// with the other files can tell.
enum Guess {
    Outline,
    Level(Level),
    Order,
}

/// Layers sorted out.
pub struct Levels {
    /// Those of units, the coarsest first, one a level.
    pub known: Vec<(Level, RawLayer)>,
    /// Outlines of the country.
    pub outlines: Vec<RawLayer>,
}

/// Settles the level of each layer; outlines (admin 0) come back apart.
pub fn levels(layers: Vec<RawLayer>, options: &ReadOptions) -> Result<Levels, BoundaryError> {
    let mut outlines = Vec::new();
    let mut known: Vec<(Level, RawLayer)> = Vec::new();
    let mut open: Vec<RawLayer> = Vec::new();
    let several = layers.len() > 1;
    for raw in layers {
        match guess(&raw, options) {
            Guess::Outline if options.level.is_none() || several => outlines.push(raw),
            Guess::Outline => known.extend(options.level.map(|l| (l, raw))),
            Guess::Level(level) => known.push((level, raw)),
            Guess::Order => open.push(raw),
        }
    }
    if options.level.is_some() && known.len() + open.len() > 1 {
        return Err(BoundaryError::LevelForSeveral);
    }
    // Shorter codes and fewer units are coarser. One file alone tells nothing by comparison.
    if open.len() > 1 && known.is_empty() && open.len() <= 3 {
        open.sort_by_key(|raw| (code_length(raw), raw.rows.len()));
        for (level, raw) in Level::ALL.into_iter().zip(std::mem::take(&mut open)) {
            known.push((level, raw));
        }
    }
    if let Some(raw) = open.first() {
        return Err(BoundaryError::UnknownLevel { file: raw.file.clone() });
    }
    known.sort_by_key(|(level, _)| *level);
    for pair in known.windows(2) {
        if let [(a, x), (b, y)] = pair
            && a == b
        {
            let say = |r: &RawLayer| {
                if r.file.contains(&r.layer) { r.file.clone() } else { format!("{}:{}", r.file, r.layer) }
            };
            return Err(BoundaryError::SameLevel { level: *a, files: (say(x), say(y)) });
        }
    }
    Ok(Levels { known, outlines })
}

fn guess(raw: &RawLayer, options: &ReadOptions) -> Guess {
    if let Some(level) = options.level {
        return Guess::Level(level);
    }
    let table = Table { headings: &raw.headings, rows: &raw.rows };
    let told = table
        .level()
        .or_else(|| level_in_name(&raw.layer))
        .or_else(|| level_in_name(raw.file.rsplit(['/', '\\']).next().unwrap_or(&raw.file)));
    match told {
        Some(0) => Guess::Outline,
        Some(n) => Level::try_from(n).map_or(Guess::Order, Guess::Level),
        None => Guess::Order,
    }
}

/// Median length of the codes.
fn code_length(raw: &RawLayer) -> usize {
    let table = Table { headings: &raw.headings, rows: &raw.rows };
    let Some(column) = table.code_of(None) else { return 0 };
    let mut lengths: Vec<usize> = raw.rows.iter().filter_map(|r| Some(r[column].as_deref()?.len())).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied().unwrap_or(0)
}

/// Finds the columns of a layer and takes its units.
pub fn understand(
    level: Level,
    mut raw: RawLayer,
    options: &ReadOptions,
    only: bool,
    lang: Lang,
    findings: &mut Vec<Finding>,
) -> Result<Understood, BoundaryError> {
    let file = raw.file.clone();
    let table = Table { headings: &raw.headings, rows: &raw.rows };
    // A column named by the caller must be there; among several files it may be in some only.
    let column_of = |wanted: &Option<String>| -> Result<Option<usize>, BoundaryError> {
        let Some(wanted) = wanted else { return Ok(None) };
        match table.find(wanted) {
            None if only => Err(BoundaryError::UnknownColumn {
                file: file.clone(),
                column: wanted.clone(),
                known: raw.headings.clone(),
            }),
            found => Ok(found),
        }
    };
    let own = Some(level.number());
    let code = column_of(&options.code)?
        .or_else(|| table.code_of(own))
        .or_else(|| table.code_of(None))
        .ok_or_else(|| BoundaryError::NoCodeColumn { file: file.clone(), known: raw.headings.clone() })?;
    let mut names: Vec<usize> = column_of(&options.name)?.into_iter().collect();
    if names.is_empty() {
        names = table.names_of(own);
        names.extend(table.names_of(None));
    }
    if names.is_empty() {
        return Err(BoundaryError::NoNameColumn { file: file.clone(), known: raw.headings.clone() });
    }
    let parent =
        column_of(&options.parent)?.or_else(|| (level != Level::Region).then(|| table.parent_of(level)).flatten());
    let parent = parent.filter(|p| *p != code);
    check_codes(&raw, code)?;

    let mut nameless = Vec::new();
    let mut entries = Vec::with_capacity(raw.rows.len());
    for (row, shape) in std::mem::take(&mut raw.rows).into_iter().zip(std::mem::take(&mut raw.shapes)) {
        let pcode: Arc<str> = row[code].as_deref().unwrap_or_default().into();
        let shape = shape.map_err(|fault| fault_of(&file, &pcode, fault))?;
        let name = names.iter().find_map(|n| row[*n].as_deref());
        let name: Arc<str> = if let Some(name) = name {
            name.nfc().collect::<String>().into()
        } else {
            nameless.push(pcode.to_string());
            pcode.clone()
        };
        let stated_parent = parent.and_then(|p| row[p].as_deref()).map(Into::into);
        entries.push(Entry { pcode, name, stated_parent, shape });
    }
    // FlatGeobuf stores features along a curve: the same units come in the same order from every format.
    entries.sort_by(|a, b| a.pcode.cmp(&b.pcode));
    let heading = |c: usize| raw.headings[c].clone();
    if !nameless.is_empty() {
        let (n, shown) = (nameless.len(), nameless.iter().take(5).cloned().collect::<Vec<_>>().join(", "));
        findings.push(Finding {
            column: names.first().map(|c| heading(*c)),
            value: Some(shown),
            ..note(
                "NAME_MISSING",
                Severity::Warning,
                &file,
                lang.pick(
                    format!("{n} unité(s) sans nom : leur code en tient lieu. Complétez la colonne ou donnez-en une autre avec --name."),
                    format!("{n} unit(s) without a name: their code stands for it. Fill in the column or give another with --name."),
                ),
            )
        });
    }
    Ok(Understood {
        level,
        code: heading(code),
        names: names.iter().map(|c| heading(*c)).collect(),
        parent: parent.map(heading),
        entries,
        raw,
    })
}

fn check_codes(raw: &RawLayer, column: usize) -> Result<(), BoundaryError> {
    let (file, heading) = (raw.file.clone(), raw.headings[column].clone());
    let missing: Vec<usize> =
        raw.rows.iter().enumerate().filter(|(_, r)| r[column].is_none()).map(|(k, _)| k + 1).collect();
    if !missing.is_empty() {
        let count = missing.len();
        let features = missing.into_iter().take(5).collect();
        return Err(BoundaryError::MissingCode { file, column: heading, features, count });
    }
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &raw.rows {
        *seen.entry(row[column].as_deref().unwrap_or_default()).or_default() += 1;
    }
    let doubled: Vec<String> = seen.iter().filter(|(_, n)| **n > 1).map(|(c, _)| (*c).to_owned()).collect();
    if doubled.is_empty() {
        return Ok(());
    }
    let count = doubled.len();
    Err(BoundaryError::DuplicateCode { file, column: heading, codes: doubled.into_iter().take(5).collect(), count })
}

fn fault_of(file: &str, unit: &str, fault: ShapeFault) -> BoundaryError {
    let (file, unit) = (file.to_owned(), unit.to_owned());
    match fault {
        ShapeFault::NoPolygon(found) => BoundaryError::NoPolygon { file, unit, found },
        ShapeFault::Transform(detail) => BoundaryError::BadCrs { file, detail: format!("{unit} : {detail}") },
        ShapeFault::OffTheEarth(at) => BoundaryError::OffTheEarth { file, unit, at },
        ShapeFault::Irreparable(reason) => BoundaryError::Irreparable { file, unit, reason },
    }
}

/// A code must mean one thing in a set: the same at two levels is refused.
pub fn check_across(levels: &[Understood]) -> Result<(), BoundaryError> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for layer in levels {
        let doubled: Vec<String> =
            layer.entries.iter().filter(|e| seen.contains(&*e.pcode)).map(|e| e.pcode.to_string()).collect();
        if !doubled.is_empty() {
            let count = doubled.len();
            return Err(BoundaryError::DuplicateCode {
                file: layer.raw.file.clone(),
                column: layer.code.clone(),
                codes: doubled.into_iter().take(5).collect(),
                count,
            });
        }
        seen.extend(layer.entries.iter().map(|e| &*e.pcode));
    }
    Ok(())
}
