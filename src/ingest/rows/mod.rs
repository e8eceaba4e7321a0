//! Rows become facts, one by one, or rejects that say what is wrong where and how to cure it.

mod check;
mod code;
mod date;
mod identity;
mod locate;
mod number;
mod plan;
mod point;
mod report;
mod row;
mod town;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::civil::Date;

use self::identity::Identities;
use self::number::Wrong;
pub(super) use self::number::degrees;
use self::plan::Row;
use self::report::Report;
use self::row::RowReader;
use super::columns::{Headings, Mapping};
use super::place::PlaceResolver;
use super::table::{self, Cell, RawTable};
use super::{IngestError, Limits, Profile};
use crate::boundaries::BoundarySet;
use crate::domain::{Attr, Fact, Finding, Lang, Match, Severity, Theme};

/// What an import knows besides the file.
pub struct ImportContext<'a> {
    /// What the file's rows are.
    pub theme: &'a Theme,
    /// The sets its codes and names belong to: the import's own first.
    pub sets: &'a [Arc<BoundarySet>],
    /// Settles names and points on these sets, in the same order.
    pub places: &'a dyn PlaceResolver,
    /// Language of the findings.
    pub lang: Lang,
    /// The day of the import: nothing may lie after it.
    pub today: Date,
    /// Whether the rows are made up.
    pub synthetic: bool,
    /// The source of rows that state none; `monitoring` where nobody said.
    pub default_source: &'a str,
    /// The file's dialect.
    pub profile: &'a Profile,
    /// Ceilings.
    pub limits: Limits,
}

/// What was understood of a file before its rows.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Understood {
    /// `CSV`, `XLSX`, `XLS` or `ODS`.
    pub format: &'static str,
    /// Encoding of a text file.
    pub encoding: Option<&'static str>,
    /// Separator of a text file.
    pub separator: Option<char>,
    /// Sheet of a workbook.
    pub sheet: Option<String>,
    /// Line of the header.
    pub header_line: u64,
    /// Each heading and the column it was taken for; none where it was left aside.
    pub columns: Vec<(String, Option<String>)>,
}

/// What came of a file. `rows_in` is always `facts.len() + rejected_rows`.
#[derive(Debug)]
pub struct Ingested {
    /// The rows that went in.
    pub facts: Vec<Fact>,
    /// What is wrong or worth saying, in the order of the file; several may concern one row.
    pub findings: Vec<Finding>,
    /// Rows that held anything, below the header.
    pub rows_in: usize,
    /// Rows that stayed out.
    pub rejected_rows: usize,
    /// How the file was read.
    pub understood: Understood,
    /// Which of the facts wait for an officer to settle their place; they are located as far as is known.
    pub review: Vec<ToReview>,
    /// The rows that stayed out, to be corrected and imported again.
    pub rejects: Rejects,
}

/// A fact whose names speak of a finer unit than they settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToReview {
    /// Its position among the facts.
    pub fact: usize,
    /// Its line in the file.
    pub line: u64,
}

/// Headings that a file of rejected rows has besides the original ones; ignored when it is imported again.
pub const REJECT_COLUMNS: [&str; 3] = ["vigie_line", "vigie_code", "vigie_message"];

/// Rows that stayed out, as they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejects {
    /// The file's headings.
    pub headers: Vec<String>,
    /// The rows, in the order of the file.
    pub rows: Vec<RejectedRow>,
}

/// One row that stayed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// Its line in the file.
    pub line: u64,
    /// Its cells as they would be written.
    pub cells: Vec<String>,
    /// The codes that reject it.
    pub codes: String,
    /// The sentences, with their cures.
    pub messages: String,
}

impl RejectedRow {
    fn new(line: u64, cells: &[Cell], findings: &[Finding]) -> Self {
        let rejects = || findings.iter().filter(|f| f.severity == Severity::Reject);
        Self {
            line,
            cells: cells.iter().map(|c| c.shown().into_owned()).collect(),
            codes: rejects().map(|f| &*f.code).collect::<Vec<_>>().join(", "),
            messages: rejects().map(|f| &*f.message).collect::<Vec<_>>().join(" · "),
        }
    }
}

/// Something to say about a row: a column (by its place in the theme), a value, a code with its sentence.
#[derive(Debug, Clone)]
struct Issue {
    column: Option<usize>,
    value: Option<String>,
    wrong: Wrong,
}

impl Issue {
    fn of(column: usize, cell: &Cell, wrong: Wrong) -> Self {
        let value = (*cell != Cell::Empty).then(|| cell.shown().into_owned());
        Self { column: Some(column), value, wrong }
    }

    fn of_row(wrong: Wrong) -> Self {
        Self { column: None, value: None, wrong }
    }

    fn rejects(&self) -> bool {
        self.wrong.0.severity == Severity::Reject
    }
}

/// Reads a file: its table, its columns, its rows.
///
/// # Errors
/// [`IngestError`] where no row of the file can be used; a wrong row is no error but a finding.
pub fn read(bytes: &[u8], file_name: &str, ctx: &ImportContext<'_>) -> Result<Ingested, IngestError> {
    if ctx.sets.is_empty() {
        return Err(IngestError::NoSet);
    }
    let headings = Headings::new(ctx.theme, ctx.profile);
    let known = |heading: &str| headings.find(heading).is_some();
    let table = table::read(bytes, file_name, &ctx.limits, ctx.lang, &known).map_err(|e| match e {
        IngestError::NoHeader { found, .. } => {
            let expected = ctx.theme.columns.iter().map(|c| c.id.clone()).take(6).collect();
            IngestError::NoHeader { found, expected }
        }
        other => other,
    })?;
    let mapping = Mapping::new(ctx.theme, &headings, &table.headers)?;
    let mut report = Report { file: file_name, table: &table, mapping: &mapping, findings: Vec::new() };
    report.about_file(ctx);
    let mut reader = RowReader::new(ctx);
    let mut identities = Identities::new(ctx.theme, &reader.plan);
    let mut facts = Vec::with_capacity(table.rows.len());
    let mut rejects = Rejects { headers: table.headers.clone(), rows: Vec::new() };
    let mut review = Vec::new();
    let mut issues = Vec::new();
    for (line, cells) in &table.rows {
        let row = Row { cells, mapping: &mapping };
        let mut fact = reader.fact(&row, table.headers.len(), &mut issues);
        let mut to_review = reader.to_review();
        if to_review && let Some(fact) = &mut fact {
            identities.name(fact);
            to_review = !settle(fact, ctx);
        }
        let fact = fact.and_then(|f| identities.admit(f, *line, &facts, ctx.lang, &mut issues));
        let before = report.findings.len();
        report.about_row(*line, &mut issues);
        match fact {
            Some(fact) => {
                review.extend(to_review.then_some(ToReview { fact: facts.len(), line: *line }));
                facts.push(fact);
            }
            None => rejects.rows.push(RejectedRow::new(*line, cells, &report.findings[before..])),
        }
    }
    let findings = report.findings;
    let understood = understood(ctx.theme, &table, &mapping);
    let rejected_rows = rejects.rows.len();
    Ok(Ingested { facts, findings, rows_in: table.rows.len(), rejected_rows, understood, review, rejects })
}

/// Puts a fact where an officer put it before; whether one did.
fn settle(fact: &mut Fact, ctx: &ImportContext<'_>) -> bool {
    let Some((set, units)) = ctx.places.settled(fact) else { return false };
    fact.place.set = ctx.sets[set].info.id.clone();
    fact.place.units = units;
    fact.place.matched = Match::Alias;
    true
}

/// The id of a fact of a theme: the source's own, or one made of what identifies it.
pub fn fact_id(theme: &Theme, fact: &Fact) -> Arc<str> {
    Identities::new(theme, &plan::Plan::new(theme)).id(fact)
}

fn understood(theme: &Theme, table: &RawTable, mapping: &Mapping) -> Understood {
    let column = |place: usize| {
        let k = mapping.at.iter().position(|p| *p == Some(place))?;
        Some(theme.columns[k].id.clone())
    };
    Understood {
        format: table.format,
        encoding: table.encoding,
        separator: table.separator,
        sheet: table.sheet.clone(),
        header_line: table.header_line,
        columns: table.headers.iter().enumerate().map(|(place, h)| (h.clone(), column(place))).collect(),
    }
}

fn shown(value: &Attr) -> String {
    match value {
        Attr::Flag(b) => u8::from(*b).to_string(),
        Attr::Int(n) => n.to_string(),
        Attr::Real(x) => x.to_string(),
        Attr::Text(t) => t.to_string(),
        Attr::Codes(codes) => codes.join("|"),
    }
}
