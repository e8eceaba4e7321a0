//! Published tables (category × month, region × month, lists with shares): do their own figures agree?
//!
//! Tables are read and checked, never stored and never repaired: an aggregated table is not a fact of the monitoring.
//! Each contradiction gives both numbers and where they stand. An empty cell is an absence (often a month that has not
//! elapsed), never 0.

mod across;
mod amount;
mod period;
mod shape;
mod within;

use std::collections::BTreeSet;

use serde::Serialize;

use super::limits::Limits;
use super::{IngestError, table};
use crate::domain::{Lang, Severity, Theme};
use shape::Table;

/// A file to check.
#[derive(Debug, Clone, Copy)]
pub struct TableFile<'a> {
    /// Its name, as reports give it. A month or year in it is the table's, where the table says none.
    pub name: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

/// Where a figure stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct At {
    /// File.
    pub file: String,
    /// Sheet of a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Line, counted from 1.
    pub line: u64,
    /// Heading of the column.
    pub column: String,
}

/// Two figures that do not agree, or a remark (severity `info`) on two that cannot be compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableFinding {
    /// Stable code; see `docs/tables.md`.
    pub code: &'static str,
    /// `warning` for a contradiction or a cell that cannot be read, `info` for a remark.
    pub severity: Severity,
    /// Where the stated figure stands.
    #[serde(flatten)]
    pub at: At,
    /// The figure stated there; none where the cell has none that can be read.
    pub stated: Option<f64>,
    /// What the other figures make.
    pub computed: Option<f64>,
    /// Where the other figure (or the first of them) stands, where that is another table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<At>,
    /// The sentence, with both numbers.
    pub message: String,
}

/// What the tables say of themselves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TablesReport {
    /// What was understood, a line a table.
    pub understood: Vec<String>,
    /// Rows read.
    pub rows: usize,
    /// Comparisons made.
    pub checks: usize,
    /// In the order of the files, then of the lines.
    pub findings: Vec<TableFinding>,
    /// Findings past [`MAX_FINDINGS`], counted and not listed.
    pub more: usize,
}

/// Findings listed at most.
pub const MAX_FINDINGS: usize = 5_000;

/// Files checked together at most.
pub const MAX_TABLES: usize = 100;

/// A published table is read by people: past these it is something else.
fn limits() -> Limits {
    Limits { bytes: 20_000_000, rows: 50_000, cells: 1_000_000, ..Limits::default() }
}

impl TablesReport {
    /// Contradictions and cells that cannot be read; remarks do not count.
    pub fn warnings(&self) -> usize {
        self.findings.iter().filter(|f| f.severity == Severity::Warning).count() + self.more
    }
}

/// Findings as they come, with how much was looked at.
struct Checks<'a> {
    lang: Lang,
    theme: &'a Theme,
    made: usize,
    more: usize,
    /// Tables of which something was compared.
    compared: BTreeSet<usize>,
    findings: Vec<(usize, TableFinding)>,
}

impl Checks<'_> {
    fn add(&mut self, table: usize, finding: TableFinding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push((table, finding));
        } else {
            self.more += 1;
        }
    }
}

/// Checks tables of a theme, each by itself and one against the other. An unreadable file is an error with its name.
pub fn check_tables(files: &[TableFile<'_>], theme: &Theme, lang: Lang) -> Result<TablesReport, (String, IngestError)> {
    let mut tables = Vec::new();
    for file in files.iter().take(MAX_TABLES) {
        tables.push(read(file, theme).map_err(|e| (file.name.to_owned(), e))?);
    }
    let mut checks = Checks { lang, theme, made: 0, more: 0, compared: BTreeSet::new(), findings: Vec::new() };
    let mut understood = Vec::new();
    for (k, table) in tables.iter().enumerate() {
        let before = checks.made;
        within::check(k, table, &mut checks);
        understood.push(table.understood(checks.made - before, lang));
        if checks.made > before {
            checks.compared.insert(k);
        }
    }
    across::check(&tables, &mut checks);
    for (k, table) in tables.iter().enumerate().filter(|(k, _)| !checks.compared.contains(k)).collect::<Vec<_>>() {
        checks.add(k, within::nothing_to_check(table, lang));
    }
    checks.findings.sort_by(|(a, x), (b, y)| a.cmp(b).then(x.at.line.cmp(&y.at.line)));
    Ok(TablesReport {
        understood,
        rows: tables.iter().map(|t| t.rows.len()).sum(),
        checks: checks.made,
        findings: checks.findings.into_iter().map(|(_, f)| f).collect(),
        more: checks.more,
    })
}

/// The one place that knows how a file becomes cells.
fn read(file: &TableFile<'_>, theme: &Theme) -> Result<Table, IngestError> {
    let known = table::Known { heading: &shape::is_known, tag: &|_| false };
    let opened = table::open(file.bytes, file.name, &limits())?;
    let mut raw = opened.table(&limits(), Lang::En, None, &known).map_err(|e| match e {
        IngestError::NoHeader { found, .. } => {
            IngestError::NoHeader { found, expected: ["region", "2021-01", "total"].map(Into::into).into() }
        }
        other => other,
    })?;
    let mut rows = Vec::new();
    while let Some(batch) = raw.rows.take(1_000)? {
        batch.each(|line| rows.push((line.at, line.cells.iter().map(|c| c.shown().into_owned()).collect())));
    }
    Ok(Table::understand(file.name, raw.sheet, raw.header.line, raw.header.names, rows, theme))
}

#[cfg(test)]
mod tests;
