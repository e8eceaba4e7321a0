//! A file becomes a table of cells, whatever its format.

mod archive;
mod encoding;
mod header;
mod layer;
mod ods;
mod sniff;
mod text;
mod workbook;
mod xls;

use std::borrow::Cow;

use jiff::civil::Date;

use super::codes::{self, IssueCode};
use super::limits::Limits;
use super::profile::Tag;
use super::{ContentKind, IngestError};
use crate::domain::Lang;

pub(super) use archive::unpack;
pub(super) use header::Header;

/// One cell; of a text file it lies in the text itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    /// Nothing, or only blanks.
    Empty,
    /// Text without blanks around it; the only filled kind that text files have.
    Text(Cow<'a, str>),
    /// A workbook's number.
    Number(f64),
    /// A workbook's yes or no.
    Flag(bool),
    /// A workbook's date.
    Date(Date),
    /// A workbook's error value, such as `#N/A`.
    Error(Box<str>),
}

impl<'a> Cell<'a> {
    /// A trimmed text; blanks (no-break ones too) are nothing.
    pub(super) fn text(text: &'a str) -> Self {
        let text = text.trim();
        // The apostrophe by which our own files keep a spreadsheet from running a value.
        let text = text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(text);
        if text.is_empty() { Self::Empty } else { Self::Text(text.into()) }
    }

    /// The same of a text that does not last.
    pub(super) fn owned(text: &str) -> Cell<'static> {
        Cell::text(text).into_owned()
    }

    fn borrowed(&self) -> Cell<'_> {
        match self {
            Self::Text(text) => Cell::Text(Cow::Borrowed(text)),
            Self::Empty => Cell::Empty,
            Self::Number(n) => Cell::Number(*n),
            Self::Flag(b) => Cell::Flag(*b),
            Self::Date(d) => Cell::Date(*d),
            Self::Error(e) => Cell::Error(e.clone()),
        }
    }

    fn into_owned(self) -> Cell<'static> {
        match self {
            Self::Empty => Cell::Empty,
            Self::Text(text) => Cell::Text(text.into_owned().into()),
            Self::Number(n) => Cell::Number(n),
            Self::Flag(b) => Cell::Flag(b),
            Self::Date(d) => Cell::Date(d),
            Self::Error(e) => Cell::Error(e),
        }
    }

    /// The cell as it would be written.
    pub(super) fn shown(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Empty => "".into(),
            Self::Text(t) => t.as_ref().into(),
            Self::Error(t) => t.as_ref().into(),
            Self::Number(n) => n.to_string().into(),
            Self::Flag(b) => if *b { "1" } else { "0" }.into(),
            Self::Date(d) => d.to_string().into(),
        }
    }
}

/// A table: what is known of it before its rows, and the rows, read one by one.
pub(super) struct RawTable<'a> {
    /// The format as reports name it: `CSV`, `XLSX`.
    pub(super) format: &'static str,
    /// The encoding of a text file.
    pub(super) encoding: Option<&'static str>,
    /// The separator of a text file.
    pub(super) separator: Option<char>,
    /// The sheet of a workbook, the layer of a GIS file.
    pub(super) sheet: Option<String>,
    /// The header.
    pub(super) header: Header,
    /// The rows below the header.
    pub(super) rows: Rows<'a>,
    /// What is worth saying about the file.
    pub(super) notes: Vec<(IssueCode, String)>,
}

/// A row that holds anything.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line<'a> {
    /// Its line in the file.
    pub(super) at: u64,
    /// How many empty lines stand just above it.
    pub(super) blanks: u64,
    /// Its cells; the last one is filled.
    pub(super) cells: Vec<Cell<'a>>,
    /// The line of the row that it is one with, and how the two differ.
    pub(super) merged: Option<(u64, Vec<String>)>,
}

impl<'a> Line<'a> {
    fn new(at: u64, blanks: u64, cells: Vec<Cell<'a>>) -> Self {
        Self { at, blanks, cells, merged: None }
    }

    /// The row with its texts where they are.
    fn borrowed(&self) -> Line<'_> {
        let cells = self.cells.iter().map(Cell::borrowed).collect();
        Line { at: self.at, blanks: self.blanks, cells, merged: self.merged.clone() }
    }

    /// The row, apart from the text that it lies in.
    pub(super) fn into_owned(self) -> Line<'static> {
        let cells = self.cells.into_iter().map(Cell::into_owned).collect();
        Line { at: self.at, blanks: self.blanks, cells, merged: self.merged }
    }
}

/// The rows below the header. A text's are read while they are asked for: a large file is never whole in memory as cells.
pub(super) enum Rows<'a> {
    /// A workbook's.
    Ready(std::vec::IntoIter<Line<'static>>),
    /// A text's.
    Text(Box<text::TextRows<'a>>),
}

/// What tells a header from other rows.
pub(super) struct Known<'a> {
    /// Whether a heading is a column.
    pub(super) heading: &'a dyn Fn(&str) -> bool,
    /// Whether an HXL tag is a column.
    pub(super) tag: &'a dyn Fn(&Tag) -> bool,
}

impl<'a> Rows<'a> {
    /// Up to `most` rows more; none at the end. What is wrong with the file as a whole may show only here.
    pub(super) fn take(&mut self, most: usize) -> Result<Option<Batch<'a>>, IngestError> {
        match self {
            Self::Ready(rows) => {
                let lines: Vec<Line<'static>> = rows.take(most).collect();
                Ok((!lines.is_empty()).then_some(Batch::Lines(lines)))
            }
            Self::Text(rows) => Ok(rows.take(most)?.map(Batch::Text)),
        }
    }
}

/// Some rows, read by whom they are handed to.
pub(super) enum Batch<'a> {
    Lines(Vec<Line<'static>>),
    Text(text::Chunk<'a>),
}

impl Batch<'_> {
    /// How many rows it has.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Lines(lines) => lines.len(),
            Self::Text(chunk) => chunk.rows,
        }
    }

    /// Shows each row that holds anything, in order.
    pub(super) fn each(&self, see: impl FnMut(Line<'_>)) {
        match self {
            Self::Lines(lines) => lines.iter().map(Line::borrowed).for_each(see),
            Self::Text(chunk) => chunk.each(see),
        }
    }
}

/// Counts rows and cells as they are read, so that a file over the limits is refused before it fills the memory.
struct Meter {
    limits: Limits,
    rows: usize,
    cells: usize,
}

impl Meter {
    fn new(limits: &Limits) -> Self {
        Self { limits: *limits, rows: 0, cells: 0 }
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

/// A file whose kind and encoding are settled.
pub(super) enum Opened<'a> {
    Text(text::Decoded<'a>),
    Workbook(&'a [u8], ContentKind),
    Layer(&'a [u8], &'a str),
}

/// Settles what a file is: its content held against its name, its encoding.
pub(super) fn open<'a>(bytes: &'a [u8], file_name: &'a str, limits: &Limits) -> Result<Opened<'a>, IngestError> {
    let size = bytes.len() as u64;
    if size > limits.bytes {
        return Err(IngestError::TooLarge { bytes: size, limit: limits.bytes });
    }
    if layer::is_layer(file_name) {
        return Ok(Opened::Layer(bytes, file_name));
    }
    let found = sniff::content(bytes);
    Ok(match sniff::checked(file_name, bytes, found)? {
        ContentKind::Text => Opened::Text(text::Decoded::new(bytes)),
        kind => Opened::Workbook(bytes, kind),
    })
}

impl Opened<'_> {
    /// Reads the table down to its header, of the sheet or layer asked for. `known` tells which headings are the theme's: it
    /// finds the separator, the sheet, and the header below any titles.
    pub(super) fn table(
        &self,
        limits: &Limits,
        lang: Lang,
        sheet: Option<&str>,
        known: &Known<'_>,
    ) -> Result<RawTable<'_>, IngestError> {
        match self {
            Self::Text(text) => text.table(limits, lang, known),
            Self::Workbook(bytes, kind) => workbook::read(bytes, *kind, limits, lang, sheet, known),
            Self::Layer(bytes, name) => layer::read(bytes, name, limits, lang, sheet, known),
        }
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
    let broken = ["Ã©", "Ã¨", "Ã´", "Ã§", "Ã‰", "â€™", "\u{fffd}"];
    // One look for the first bytes of all of them: « Ã », « â », the replacement mark.
    let bytes = text.as_bytes();
    let starts = |k: usize| matches!(bytes[k..], [0xc3, 0x83 | 0xa2, ..] | [0xef, 0xbf, ..]);
    let at = (0..bytes.len()).find(|k| starts(*k) && broken.iter().any(|b| bytes[*k..].starts_with(b.as_bytes())))?;
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
