//! A file becomes a table of cells, whatever its format.

mod encoding;
mod sniff;
mod text;
mod workbook;

use std::borrow::Cow;

use jiff::civil::Date;

use super::codes::{self, IssueCode};
use super::limits::Limits;
use super::{ContentKind, IngestError};
use crate::domain::Lang;

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
    /// The sheet of a workbook.
    pub(super) sheet: Option<String>,
    /// The headings as written.
    pub(super) headers: Vec<String>,
    /// The header's line.
    pub(super) header_line: u64,
    /// The rows below the header.
    pub(super) rows: Rows<'a>,
    /// What is worth saying about the file.
    pub(super) notes: Vec<(IssueCode, String)>,
}

/// Line and cells of a workbook's row that holds anything.
pub(super) type Line = (u64, Vec<Cell<'static>>);

/// The rows below the header. A text's are read while they are asked for: a large file is never whole in memory as cells.
pub(super) enum Rows<'a> {
    /// A workbook's.
    Ready(std::vec::IntoIter<Line>),
    /// A text's.
    Text(Box<text::TextRows<'a>>),
}

impl<'a> Rows<'a> {
    /// Up to `most` rows more; none at the end. What is wrong with the file as a whole may show only here.
    pub(super) fn take(&mut self, most: usize) -> Result<Option<Batch<'a>>, IngestError> {
        match self {
            Self::Ready(rows) => {
                let lines: Vec<Line> = rows.take(most).collect();
                Ok((!lines.is_empty()).then_some(Batch::Lines(lines)))
            }
            Self::Text(rows) => Ok(rows.take(most)?.map(Batch::Text)),
        }
    }
}

/// Some rows, read by whom they are handed to.
pub(super) enum Batch<'a> {
    Lines(Vec<Line>),
    Text(text::Chunk<'a>),
}

impl Batch<'_> {
    /// Line and cells of each row that holds anything, in order.
    pub(super) fn each(&self, mut see: impl FnMut(u64, &[Cell<'_>])) {
        match self {
            Self::Lines(lines) => lines.iter().for_each(|(line, cells)| see(*line, cells)),
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
}

/// Settles what a file is: its content held against its name, its encoding.
pub(super) fn open<'a>(bytes: &'a [u8], file_name: &str, limits: &Limits) -> Result<Opened<'a>, IngestError> {
    let size = bytes.len() as u64;
    if size > limits.bytes {
        return Err(IngestError::TooLarge { bytes: size, limit: limits.bytes });
    }
    let found = sniff::content(bytes);
    Ok(match sniff::checked(file_name, bytes, found)? {
        ContentKind::Text => Opened::Text(text::Decoded::new(bytes)),
        kind => Opened::Workbook(bytes, kind),
    })
}

impl Opened<'_> {
    /// Reads the table down to its header. `known` says whether a heading is one of the theme's: it finds the separator,
    /// the sheet and whether there is a header at all.
    pub(super) fn table(
        &self,
        limits: &Limits,
        lang: Lang,
        known: &dyn Fn(&str) -> bool,
    ) -> Result<RawTable<'_>, IngestError> {
        match self {
            Self::Text(text) => text.table(limits, lang, known),
            Self::Workbook(bytes, kind) => workbook::read(bytes, *kind, limits, known),
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
