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
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::civil::Date;

use self::identity::Identities;
use self::number::Wrong;
use self::plan::Row;
use self::report::Report;
use self::row::RowReader;
use super::columns::{Headings, Mapping};
use super::place::PlaceResolver;
use super::table::{self, Cell, RawTable};
use super::{IngestError, Limits, Profile};
use crate::boundaries::BoundarySet;
use crate::domain::{Attr, Fact, Finding, Lang, Severity, Theme};

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
    let mut rejected_rows = 0;
    let mut issues = Vec::new();
    for (line, cells) in &table.rows {
        let row = Row { cells, mapping: &mapping };
        let fact = reader.fact(&row, table.headers.len(), &mut issues);
        let fact = fact.and_then(|f| identities.admit(f, *line, &facts, ctx.lang, &mut issues));
        report.about_row(*line, &mut issues);
        match fact {
            Some(fact) => facts.push(fact),
            None => rejected_rows += 1,
        }
    }
    let findings = report.findings;
    let understood = understood(ctx.theme, &table, &mapping);
    Ok(Ingested { facts, findings, rows_in: table.rows.len(), rejected_rows, understood })
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
