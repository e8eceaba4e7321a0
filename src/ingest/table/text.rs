//! Separated text: commas, semicolons or tabs.

use std::borrow::Cow;

use super::{Cell, Meter, RawTable, Rows, broken_letters, checked_headers, encoding, excerpt, heading};
use crate::domain::Lang;
use crate::ingest::codes;
use crate::ingest::{IngestError, Limits};

/// A separator is the one under which the header has the most known headings.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// A text file in composed letters.
pub(in crate::ingest) struct Decoded<'a> {
    text: Cow<'a, str>,
    encoding: &'static str,
}

impl<'a> Decoded<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let (text, encoding) = encoding::decode(bytes);
        Self { text, encoding }
    }

    pub(super) fn table(
        &self,
        limits: &Limits,
        lang: Lang,
        known: &dyn Fn(&str) -> bool,
    ) -> Result<RawTable<'_>, IngestError> {
        let encoding = self.encoding;
        let (body, hint, skipped) = spreadsheet_hint(&self.text);
        if body.trim().is_empty() {
            return Err(IngestError::Empty);
        }
        let separator = hint.unwrap_or_else(|| sniff(body, known));
        let mut rows = TextRows {
            body,
            separator,
            skipped,
            records: reader(body, separator),
            record: csv::ByteRecord::new(),
            meter: Meter::new(limits),
            first_of_several_lines: None,
        };
        while rows.read()? && rows.record.iter().all(is_blank) {}
        let header_line = rows.line();
        let headings = rows.record.iter().map(|h| heading(&String::from_utf8_lossy(h))).collect();
        let headers = checked_headers(headings, limits)?;
        if !headers.iter().any(|h| known(h)) {
            let found = excerpt(headers.iter().map(String::as_str));
            return Err(IngestError::NoHeader { found, expected: Vec::new() });
        }
        let mut notes = Vec::new();
        if encoding != "UTF-8" {
            notes.push((
                codes::ENCODING,
                say!(lang, "Fichier lu en {encoding}, et non en UTF-8.", "File read as {encoding}, not UTF-8."),
            ));
        }
        notes.extend(broken_letters(body, lang));
        Ok(RawTable {
            format: "CSV",
            encoding: Some(encoding),
            separator: Some(char::from(separator)),
            sheet: None,
            headers,
            header_line,
            rows: Rows::Text(Box::new(rows)),
            notes,
        })
    }
}

/// A text's rows. One reader finds where rows begin and end, quotation marks and all, and counts them; pieces of whole rows
/// are read again, as cells, by whom they are handed to.
pub(in crate::ingest) struct TextRows<'a> {
    body: &'a str,
    separator: u8,
    /// Lines before the body.
    skipped: u64,
    records: csv::Reader<&'a [u8]>,
    record: csv::ByteRecord,
    meter: Meter,
    first_of_several_lines: Option<u64>,
}

impl<'a> TextRows<'a> {
    fn read(&mut self) -> Result<bool, IngestError> {
        self.records.read_byte_record(&mut self.record).map_err(|e| IngestError::Damaged { reason: e.to_string() })
    }

    fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line) + self.skipped
    }

    /// The next piece, of up to `most` rows that hold anything; none at the end.
    pub(super) fn take(&mut self, most: usize) -> Result<Option<Chunk<'a>>, IngestError> {
        let mut first: Option<(usize, u64)> = None;
        let mut rows = 0;
        while rows < most && self.read()? {
            let filled = self.record.iter().filter(|c| !is_blank(c)).count();
            if filled == 0 {
                continue;
            }
            if first.is_none() {
                let at = self.record.position().and_then(|p| usize::try_from(p.byte()).ok());
                first = Some((at.unwrap_or(0), self.line()));
            }
            if self.first_of_several_lines.is_none() && self.record.as_slice().contains(&b'\n') {
                self.first_of_several_lines = Some(self.line());
            }
            self.meter.row(filled)?;
            rows += 1;
        }
        let end = usize::try_from(self.records.position().byte()).unwrap_or(self.body.len());
        if let Some((start, line)) = first {
            let text = self.body.get(start..end).unwrap_or_default();
            return Ok(Some(Chunk { text, separator: self.separator, line }));
        }
        // A mark that is never closed makes one cell of the rows that follow: they would be lost without a word.
        match self.first_of_several_lines {
            Some(line) if self.body.bytes().filter(|b| *b == b'"').count() % 2 == 1 => {
                Err(IngestError::OpenQuote { line })
            }
            _ => Ok(None),
        }
    }
}

fn is_blank(cell: &[u8]) -> bool {
    match cell.first() {
        None => true,
        Some(b) if b.is_ascii_graphic() => false,
        // Cells of a text that is UTF-8 are UTF-8.
        Some(_) => std::str::from_utf8(cell).is_ok_and(|c| c.trim().is_empty()),
    }
}

/// Some whole rows of a text.
pub(in crate::ingest) struct Chunk<'a> {
    text: &'a str,
    separator: u8,
    /// Line of the first of them.
    line: u64,
}

impl Chunk<'_> {
    pub(super) fn each(&self, mut see: impl FnMut(u64, &[Cell<'_>])) {
        let mut records = reader(self.text, self.separator);
        let mut record = csv::StringRecord::new();
        // The text was split by the same reader: it cannot fail now where it did not then.
        while records.read_record(&mut record).unwrap_or(false) {
            let mut cells: Vec<Cell<'_>> = record.iter().map(Cell::text).collect();
            while cells.last() == Some(&Cell::Empty) {
                cells.pop();
            }
            if !cells.is_empty() {
                see(record.position().map_or(0, csv::Position::line) + self.line - 1, &cells);
            }
        }
    }
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes())
}

/// The line `sep=;` that some spreadsheets want first: the rest, the separator, and how many lines were skipped.
fn spreadsheet_hint(text: &str) -> (&str, Option<u8>, u64) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    match first.trim_end().strip_prefix("sep=").map(str::as_bytes) {
        Some([separator]) if SEPARATORS.contains(separator) => (rest, Some(*separator), 1),
        Some([]) => (rest, Some(b'\t'), 1),
        _ => (text, None, 0),
    }
}

fn sniff(text: &str, known: &dyn Fn(&str) -> bool) -> u8 {
    let score = |separator: u8| {
        let mut record = csv::StringRecord::new();
        let read = reader(text, separator).read_record(&mut record);
        if read.is_ok() { (record.iter().filter(|h| known(h)).count(), record.len()) } else { (0, 0) }
    };
    // The first of equals: the comma.
    SEPARATORS.into_iter().rev().max_by_key(|s| score(*s)).unwrap_or(b',')
}
