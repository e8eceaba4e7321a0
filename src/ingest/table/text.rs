//! Separated text: commas, semicolons or tabs.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::{Cell, Known, Line, Meter, RawTable, Rows, broken_letters, encoding, header, heading};
use crate::domain::Lang;
use crate::ingest::codes;
use crate::ingest::{IngestError, Limits};

/// A separator is the one under which the header has the most known headings.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// No line with cells has more separators; a longer one is not split at all.
const MOST_SEPARATORS: usize = 1_000_000;

/// How much of a text is looked at to find its separator.
const SNIFFED: usize = 1 << 16;

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

    pub(super) fn table(&self, limits: &Limits, lang: Lang, known: &Known<'_>) -> Result<RawTable<'_>, IngestError> {
        let encoding = self.encoding;
        let (body, hint, skipped) = spreadsheet_hint(&self.text);
        if body.trim().is_empty() {
            return Err(IngestError::Empty);
        }
        let separator = hint.unwrap_or_else(|| sniff(body, limits, known));
        check_width(body, separator, limits)?;
        let mut rows = TextRows {
            body,
            skipped,
            records: reader(body, separator),
            record: csv::StringRecord::new(),
            at: 0,
            ahead: VecDeque::new(),
            columns: limits.columns,
            meter: Meter::new(limits),
            first_of_several_lines: None,
        };
        let mut first = Vec::new();
        while first.len() < limits.header_rows
            && let Some(line) = rows.split()?
        {
            first.push(line);
        }
        let header = header::find(&mut first, limits, known.heading, known.tag)?;
        rows.ahead = first.into();
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
            header,
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
    at: u64,
    /// Rows below the header that were read while it was looked for.
    ahead: VecDeque<Line>,
    columns: usize,
    meter: Meter,
    first_of_several_lines: Option<u64>,
}

impl TextRows<'_> {
    /// Reads one record; gives how many empty lines were passed over before it, none at the end.
    fn read(&mut self) -> Result<Option<u64>, IngestError> {
        if !self.records.read_record(&mut self.record).map_err(|e| IngestError::Damaged { reason: e.to_string() })? {
            return Ok(None);
        }
        // The reader's position is before the empty lines that it passes over.
        let (byte, line) = self.record.position().map_or((0, 0), |p| (p.byte(), p.line()));
        let from = usize::try_from(byte).unwrap_or(usize::MAX);
        let bytes = self.body.as_bytes();
        let ends = bytes.get(from..).unwrap_or_default().iter().take_while(|b| matches!(b, b'\n' | b'\r'));
        let passed = ends.filter(|b| **b == b'\n').count() as u64;
        // The second half of the line end before is no empty line.
        let half = from > 0 && bytes.get(from - 1..=from) == Some(b"\r\n");
        self.at = line + passed + self.skipped;
        Ok(Some(passed - u64::from(half)))
    }

    /// The next row that holds anything; none at the end.
    fn split(&mut self) -> Result<Option<Line>, IngestError> {
        let mut blanks = 0;
        while let Some(passed) = self.read()? {
            blanks += passed;
            if self.first_of_several_lines.is_none() && self.record.as_slice().contains('\n') {
                self.first_of_several_lines = Some(self.at);
            }
            let mut cells: Vec<Cell> = self.record.iter().take(self.columns).map(cell).collect();
            // One cell more shows a row that is too long; which one does not matter.
            cells.extend(self.record.iter().skip(self.columns).map(cell).find(|c| *c != Cell::Empty));
            while cells.last() == Some(&Cell::Empty) {
                cells.pop();
            }
            if !cells.is_empty() {
                return Ok(Some(Line::new(self.at, blanks, cells)));
            }
            blanks += 1;
        }
        // A mark that is never closed makes one cell of the rows that follow: they would be lost without a word.
        match self.first_of_several_lines {
            Some(line) if self.body.bytes().filter(|b| *b == b'"').count() % 2 == 1 => {
                Err(IngestError::OpenQuote { line })
            }
            _ => Ok(None),
        }
    }

    /// The next row below the header; none at the end.
    pub(super) fn next_line(&mut self) -> Result<Option<Line>, IngestError> {
        let line = match self.ahead.pop_front() {
            Some(line) => Some(line),
            None => self.split()?,
        };
        if let Some(line) = &line {
            self.meter.row(line.cells.len())?;
        }
        Ok(line)
    }

    /// Gives line and cell of some columns of every row, without making cells of the others.
    pub(in crate::ingest) fn each(
        mut self,
        places: &[usize],
        look: &mut dyn FnMut(u64, usize, &str),
    ) -> Result<(), IngestError> {
        for line in &self.ahead {
            for place in places {
                if let Some(Cell::Text(text)) = line.cells.get(*place) {
                    look(line.at, *place, text);
                }
            }
        }
        while self.read()?.is_some() {
            for place in places {
                if let Some(text) = self.record.get(*place) {
                    look(self.at, *place, text);
                }
            }
        }
        Ok(())
    }
}

/// A cell of a text. An apostrophe before what a spreadsheet would take for a formula is its way to say that it is a text.
fn cell(text: &str) -> Cell {
    let quoted = text.trim_start().strip_prefix('\'');
    Cell::text(quoted.filter(|t| t.starts_with(['=', '+', '-', '@'])).unwrap_or(text))
}

/// Refuses a line of a million cells before it is split.
fn check_width(body: &str, separator: u8, limits: &Limits) -> Result<(), IngestError> {
    for line in body.split('\n').filter(|l| l.len() > MOST_SEPARATORS) {
        let columns = line.bytes().filter(|b| *b == separator).count() + 1;
        if columns > MOST_SEPARATORS {
            return Err(IngestError::TooManyColumns { columns, limit: limits.columns });
        }
    }
    Ok(())
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

/// The separator under which one of the first rows has the most known headings.
fn sniff(body: &str, limits: &Limits, known: &Known<'_>) -> u8 {
    let head = body.get(..body.floor_char_boundary(SNIFFED)).unwrap_or(body);
    let score = |separator: u8| {
        let rows = head.lines().filter(|l| !l.trim().is_empty()).take(limits.header_rows);
        rows.map(|row| {
            // Quotation marks around a heading are all that matters of quoting here.
            let cells = row.split(char::from(separator)).map(|c| heading(c.trim().trim_matches('"')));
            let known = |c: &String| (known.heading)(c) || super::Tag::parse(c).is_some();
            cells.fold((0, 0), |(found, all), c| (found + usize::from(known(&c)), all + 1))
        })
        .max()
    };
    // The first of equals: the comma.
    SEPARATORS.into_iter().rev().max_by_key(|s| score(*s)).unwrap_or(b',')
}
