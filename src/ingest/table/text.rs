//! Separated text: commas, semicolons or tabs.

use std::borrow::Cow;

use super::{Cell, Line, Meter, RawTable, Rows, broken_letters, checked_headers, encoding, excerpt, heading};
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
            skipped,
            records: reader(body, separator),
            record: csv::StringRecord::new(),
            meter: Meter::new(limits),
            first_of_several_lines: None,
        };
        while rows.read()? && rows.record.iter().all(|c| c.trim().is_empty()) {}
        let header_line = rows.line();
        let headers = checked_headers(rows.record.iter().map(heading).collect(), limits)?;
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

/// A text's rows, read one by one.
pub(in crate::ingest) struct TextRows<'a> {
    body: &'a str,
    skipped: u64,
    records: csv::Reader<&'a [u8]>,
    record: csv::StringRecord,
    meter: Meter,
    first_of_several_lines: Option<u64>,
}

impl TextRows<'_> {
    fn read(&mut self) -> Result<bool, IngestError> {
        self.records.read_record(&mut self.record).map_err(|e| IngestError::Damaged { reason: e.to_string() })
    }

    fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line) + self.skipped
    }

    /// The next row that holds anything; none at the end.
    pub(super) fn next_line(&mut self) -> Result<Option<Line>, IngestError> {
        while self.read()? {
            let at = self.line();
            if self.first_of_several_lines.is_none() && self.record.as_slice().contains('\n') {
                self.first_of_several_lines = Some(at);
            }
            let mut cells: Vec<Cell> = self.record.iter().map(Cell::text).collect();
            while cells.last() == Some(&Cell::Empty) {
                cells.pop();
            }
            if !cells.is_empty() {
                self.meter.row(cells.len())?;
                return Ok(Some((at, cells)));
            }
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
