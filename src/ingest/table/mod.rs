//! A file becomes a table of cells, whatever its format.

mod encoding;
mod sniff;
mod text;
mod workbook;

use jiff::civil::Date;

use super::codes::{self, IssueCode};
use super::limits::Limits;
use super::{ContentKind, IngestError};
use crate::domain::Lang;

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// Nothing, or only blanks.
    Empty,
    /// Text without blanks around it; the only filled kind that text files have.
    Text(Box<str>),
    /// A workbook's number.
    Number(f64),
    /// A workbook's yes or no.
    Flag(bool),
    /// A workbook's date.
    Date(Date),
    /// A workbook's error value, such as `#N/A`.
    Error(Box<str>),
}

impl Cell {
    /// A trimmed text; blanks (no-break ones too) are nothing.
    pub(super) fn text(text: &str) -> Self {
        let text = text.trim();
        // The apostrophe by which our own files keep a spreadsheet from running a value.
        let text = text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(text);
        if text.is_empty() { Self::Empty } else { Self::Text(text.into()) }
    }

    /// The cell as it would be written.
    pub(super) fn shown(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Empty => "".into(),
            Self::Text(t) | Self::Error(t) => t.as_ref().into(),
            Self::Number(n) => n.to_string().into(),
            Self::Flag(b) => if *b { "1" } else { "0" }.into(),
            Self::Date(d) => d.to_string().into(),
        }
    }
}

/// The rows below the header.
#[derive(Debug)]
pub(super) struct RawTable {
    /// The format as reports name it: `CSV`, `XLSX`.
    pub(super) format: &'static str,
    /// The encoding of a text file.
    pub(super) encoding: Option<&'static str>,
    /// The separator of a text file.
    pub(super) separator: Option<char>,
    /// The sheet of a workbook.
    pub(super) sheet: Option<String>,
    /// The headings as written.
    pub(super) headers: Vec<String>,
    /// The header's line.
    pub(super) header_line: u64,
    /// Line and cells of each row that holds anything.
    pub(super) rows: Vec<(u64, Vec<Cell>)>,
    /// What is worth saying about the file.
    pub(super) notes: Vec<(IssueCode, String)>,
}

/// Counts rows and cells as they are read, so that a file over the limits is refused before it fills the memory.
struct Meter<'a> {
    limits: &'a Limits,
    rows: usize,
    cells: usize,
}

impl<'a> Meter<'a> {
    fn new(limits: &'a Limits) -> Self {
        Self { limits, rows: 0, cells: 0 }
    }

    fn row(&mut self, cells: usize) -> Result<(), IngestError> {
        self.rows += 1;
        self.cells += cells;
        if self.rows > self.limits.rows {
            return Err(IngestError::TooManyRows { limit: self.limits.rows });
        }
        if self.cells > self.limits.cells {
            return Err(IngestError::TooManyCells { limit: self.limits.cells });
        }
        Ok(())
    }
}

/// Reads a file's table. `known` says whether a heading is one of the theme's: it finds the separator, the sheet and
/// whether there is a header at all.
pub(super) fn read(
    bytes: &[u8],
    file_name: &str,
    limits: &Limits,
    lang: Lang,
    known: &dyn Fn(&str) -> bool,
) -> Result<RawTable, IngestError> {
    let size = bytes.len() as u64;
    if size > limits.bytes {
        return Err(IngestError::TooLarge { bytes: size, limit: limits.bytes });
    }
    let found = sniff::content(bytes);
    match sniff::checked(file_name, bytes, found)? {
        ContentKind::Text => text::read(bytes, limits, lang, known),
        kind => workbook::read(bytes, kind, limits, known),
    }
}

/// A heading: one line, blanks around it taken off.
fn heading(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Takes off headings that are empty at the end, and checks their number.
fn checked_headers(mut headers: Vec<String>, limits: &Limits) -> Result<Vec<String>, IngestError> {
    while headers.last().is_some_and(String::is_empty) {
        headers.pop();
    }
    if headers.len() > limits.columns {
        return Err(IngestError::TooManyColumns { columns: headers.len(), limit: limits.columns });
    }
    Ok(headers)
}

/// The start of a row, to be shown in a message.
fn excerpt<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    cells.filter(|c| !c.is_empty()).take(4).collect::<Vec<_>>().join(", ").chars().take(80).collect()
}

/// Letters broken by an earlier reading of UTF-8 as Windows-1252, or lost altogether.
fn broken_letters(text: &str, lang: Lang) -> Option<(IssueCode, String)> {
    let at = ["Ã©", "Ã¨", "Ã´", "Ã§", "Ã‰", "â€™", "\u{fffd}"].into_iter().find_map(|broken| text.find(broken))?;
    let around: String = text[at..].chars().take_while(|c| !c.is_control()).take(20).collect();
    Some((
        codes::BROKEN_LETTERS,
        say!(
            lang,
            "Des lettres ont été abîmées par un logiciel précédent (« {around} ») : exportez à nouveau en UTF-8, ou en XLSX.",
            "Letters were broken by an earlier program (“{around}”): export again as UTF-8, or as XLSX."
        ),
    ))
}
