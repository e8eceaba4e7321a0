//! Rows become facts, one by one, or rejects that say what is wrong where and how to cure it.

mod check;
mod code;
mod date;
mod identity;
mod locate;
mod number;
mod plan;
mod point;
mod prepare;
mod report;
mod row;
mod skip;
mod stream;
mod town;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

pub use self::stream::{Ready, StreamError, Streamed, Taken, stream};

pub(super) use self::date::readings_of_day;
use self::identity::Identities;
pub(super) use self::number::{Mark, Wrong, degrees, readings_of_number};
use super::place::PlaceResolver;
use super::profile::Shape;
use super::table::{Cell, RawTable};
use super::{IngestError, Limits, Reading};
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
    /// How the file is to be read: its profile, how it writes dates and numbers, its sheet.
    pub reading: &'a Reading,
    /// Ceilings.
    pub limits: Limits,
}

/// What was understood of a file before its rows.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Understood {
    /// `CSV`, `XLSX`, `XLS`, `ODS`, or GDAL's name of a GIS format.
    pub format: &'static str,
    /// Encoding of a text file.
    pub encoding: Option<&'static str>,
    /// Separator of a text file.
    pub separator: Option<char>,
    /// Sheet of a workbook, layer of a GIS file.
    pub sheet: Option<String>,
    /// The profile it was read by.
    pub profile: String,
    /// Which profile and why, how dates and numbers are written: a sentence each.
    pub notes: Vec<String>,
    /// Line of the header.
    pub header_line: u64,
    /// Each heading and the column it was taken for; none where it was left aside.
    pub columns: Vec<(String, Option<String>)>,
}

/// What came of a file. `rows_in` is always `facts.len() + rejected_rows + skipped_rows`.
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
    /// Rows that say nothing of their own: repeated ones of a file without ids, totals, headers
    /// again, rows that their source did not approve.
    pub skipped_rows: usize,
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
    /// Its cells come later, with those of its neighbours.
    fn new(line: u64, findings: &[Finding]) -> Self {
        let rejects = || findings.iter().filter(|f| f.severity == Severity::Reject);
        Self {
            line,
            cells: Vec::new(),
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
    let (mut facts, mut review) = (Vec::new(), Vec::new());
    let prepare = |fact: Fact, to_review: bool| {
        let text = format!("{fact:?}");
        let said = digest(&[&text]).first_chunk::<8>().map_or(0, |b| i64::from_be_bytes(*b));
        Ready { key: digest(&[&fact.source, &fact.id]), digest: said, value: (fact, to_review) }
    };
    let streamed = stream(bytes, file_name, ctx, &prepare, &mut |(fact, to_review): &(Fact, bool), at: Taken| {
        review.extend(to_review.then_some(ToReview { fact: facts.len(), line: at.line }));
        facts.push(fact.clone());
        Ok::<_, std::convert::Infallible>(())
    });
    let streamed = streamed.map_err(|e| match e {
        StreamError::File(error) => error,
        StreamError::Taken(never) => match never {},
    })?;
    let Streamed { findings, rows_in, skipped_rows, understood, rejects } = streamed;
    let rejected_rows = rejects.rows.len();
    Ok(Ingested { facts, findings, rows_in, rejected_rows, skipped_rows, understood, review, rejects })
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

/// Reads a text as every kind of date and number: what the fuzz target of cells runs, and the replay of its corpus.
///
/// # Panics
/// Where two readings that must agree do not.
#[cfg(any(test, fuzzing))]
pub fn read_cells(text: &str) {
    use super::profile::{DateOrder, Decimal, Evidence};
    let cell = Cell::text(text);
    for order in [DateOrder::DayFirst, DateOrder::MonthFirst, DateOrder::IsoOnly] {
        let day = date::day(&cell, order, Lang::Fr);
        if let Ok(day) = day {
            let again = date::day(&Cell::text(&day.iso()), DateOrder::IsoOnly, Lang::En);
            assert_eq!(again.ok(), Some(day), "a day written out is the same day");
        }
        let _ = date::month(&cell, order, Lang::En);
    }
    let _ = date::year(&cell, Lang::Fr);
    let unsettled = number::count(&cell, Decimal::Unsettled, Lang::Fr);
    for decimal in [Decimal::Comma, Decimal::Point] {
        let settled = number::count(&cell, decimal, Lang::En);
        if let Ok(n) = unsettled {
            assert_eq!(settled.ok(), Some(n), "what reads one way does so whatever the mark");
        }
    }
    let _ = number::degrees(&cell, Lang::Fr);
    let mut evidence = Evidence::default();
    evidence.date(2, text);
    evidence.count(3, text);
    evidence.degrees(4, text);
    if let Err(error) = evidence.settle(Lang::Fr) {
        assert!(!error.message(Lang::En).is_empty());
    }
}

/// 128 bits that tell texts apart.
fn digest(parts: &[&str]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0x1f]);
    }
    let mut digest = [0; 16];
    digest.copy_from_slice(&hash.finalize()[..16]);
    digest
}

fn understood(theme: &Theme, table: &RawTable<'_>, shape: &Shape, profile: &str, notes: Vec<String>) -> Understood {
    let column = |place: usize| {
        let k = shape.mapping.at.iter().position(|p| *p == Some(place))?;
        Some(theme.columns[k].id.clone())
    };
    let columns = shape.headers.iter().enumerate().map(|(place, h)| (h.clone(), column(place)));
    Understood {
        format: table.format,
        encoding: table.encoding,
        separator: table.separator,
        sheet: table.sheet.clone(),
        profile: profile.to_owned(),
        notes,
        header_line: table.header.line,
        // A heading that only lends its cells to a column that is put together is shown with that column.
        columns: columns.filter(|(h, c)| c.is_some() || !shape.lends(h)).collect(),
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
