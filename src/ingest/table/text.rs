//! Separated text: commas, semicolons or tabs.

use std::borrow::Cow;

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
        let mut rows = TextRows::new(body, separator, skipped, limits);
        let first = rows.take(limits.header_rows)?.ok_or(IngestError::Empty)?;
        let mut lines = Vec::with_capacity(limits.header_rows);
        first.each(|line| lines.push(line.into_owned()));
        let header = header::find(&mut lines, limits, known.heading, known.tag)?;
        // The rows below it are read anew.
        rows = TextRows::new(body, separator, skipped, limits);
        rows.pass(header.last)?;
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

/// A text's rows. One reader finds where rows begin and end, quotation marks and all, and counts them; pieces of whole rows
/// are read again, as cells, by whom they are handed to.
pub(in crate::ingest) struct TextRows<'a> {
    body: &'a str,
    separator: u8,
    /// Lines before the body.
    skipped: u64,
    records: csv::Reader<&'a [u8]>,
    record: csv::ByteRecord,
    columns: usize,
    meter: Meter,
    first_of_several_lines: Option<u64>,
}

impl<'a> TextRows<'a> {
    fn new(body: &'a str, separator: u8, skipped: u64, limits: &Limits) -> Self {
        Self {
            body,
            separator,
            skipped,
            records: reader(body, separator),
            record: csv::ByteRecord::new(),
            columns: limits.columns,
            meter: Meter::new(limits),
            first_of_several_lines: None,
        }
    }

    fn read(&mut self) -> Result<bool, IngestError> {
        self.records.read_byte_record(&mut self.record).map_err(|e| IngestError::Damaged { reason: e.to_string() })
    }

    /// Where the record that was read begins: its line, and how many empty ones are just above it.
    fn begins(&self) -> (u64, u64) {
        let (line, blanks) = begins(self.body.as_bytes(), self.record.position());
        (line + self.skipped, blanks)
    }

    /// Goes past the rows down to a line.
    fn pass(&mut self, line: u64) -> Result<(), IngestError> {
        while self.read()? && self.begins().0 < line {}
        Ok(())
    }

    /// The next piece, of up to `most` rows that hold anything; none at the end.
    pub(super) fn take(&mut self, most: usize) -> Result<Option<Chunk<'a>>, IngestError> {
        let mut chunk: Option<Chunk<'a>> = None;
        let (mut start, mut blanks, mut rows) = (0, 0, 0);
        while rows < most && self.read()? {
            let filled = self.record.iter().filter(|c| !is_blank(c)).count();
            if filled == 0 {
                blanks += if chunk.is_none() { self.begins().1 + 1 } else { 0 };
                continue;
            }
            if chunk.is_none() {
                let position = self.record.position();
                start = position.map_or(0, |p| usize::try_from(p.byte()).unwrap_or(usize::MAX));
                let mut line = position.map_or(0, csv::Position::line) + self.skipped;
                // The second half of the line end before belongs to the row before.
                if is_half(self.body.as_bytes(), start) {
                    (start, line) = (start + 1, line + 1);
                }
                chunk =
                    Some(Chunk { text: "", separator: self.separator, line, blanks, rows: 0, columns: self.columns });
            }
            if self.first_of_several_lines.is_none() && self.record.as_slice().contains(&b'\n') {
                self.first_of_several_lines = Some(self.begins().0);
            }
            self.meter.row(filled)?;
            rows += 1;
        }
        let end = usize::try_from(self.records.position().byte()).unwrap_or(self.body.len());
        if let Some(chunk) = chunk {
            return Ok(Some(Chunk { text: self.body.get(start..end).unwrap_or_default(), rows, ..chunk }));
        }
        // A mark that is never closed makes one cell of the rows that follow: they would be lost without a word.
        match self.first_of_several_lines {
            Some(line) if self.body.bytes().filter(|b| *b == b'"').count() % 2 == 1 => {
                Err(IngestError::OpenQuote { line })
            }
            _ => Ok(None),
        }
    }

    /// Gives line and cell of some columns of every row, without making cells of the others.
    pub(in crate::ingest) fn each(
        mut self,
        places: &[usize],
        look: &mut dyn FnMut(u64, usize, &str),
    ) -> Result<(), IngestError> {
        while self.read()? {
            for place in places {
                let text = self.record.get(*place).and_then(|c| std::str::from_utf8(c).ok());
                if let Some(text) = text.filter(|t| !t.is_empty()) {
                    look(self.begins().0, *place, text);
                }
            }
        }
        Ok(())
    }
}

/// Where a record begins in a text: its line, and how many empty ones are just above it. (The position that its reader gives
/// is before the empty lines that it passed over.)
fn begins(text: &[u8], position: Option<&csv::Position>) -> (u64, u64) {
    let (byte, line) = position.map_or((0, 0), |p| (p.byte(), p.line()));
    let from = usize::try_from(byte).unwrap_or(usize::MAX);
    let ends = text.get(from..).unwrap_or_default().iter().take_while(|b| matches!(b, b'\n' | b'\r'));
    let passed = ends.filter(|b| **b == b'\n').count() as u64;
    (line + passed, passed - u64::from(is_half(text, from)))
}

/// Whether a place in a text is in the midst of a line end of two bytes.
fn is_half(text: &[u8], at: usize) -> bool {
    at > 0 && text.get(at - 1..=at) == Some(b"\r\n")
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
    /// Line at which the text begins.
    line: u64,
    /// Empty lines above it.
    blanks: u64,
    /// How many of its rows hold anything.
    pub(super) rows: usize,
    columns: usize,
}

impl Chunk<'_> {
    pub(super) fn each(&self, mut see: impl FnMut(Line<'_>)) {
        let mut records = reader(self.text, self.separator);
        let mut record = csv::StringRecord::new();
        let mut blanks = self.blanks;
        // The text was split by the same reader: it cannot fail now where it did not then.
        while records.read_record(&mut record).unwrap_or(false) {
            let (line, passed) = begins(self.text.as_bytes(), record.position());
            blanks += passed;
            let mut cells: Vec<Cell<'_>> = record.iter().take(self.columns).map(Cell::text).collect();
            // One cell more shows a row that is too long; which one does not matter.
            cells.extend(record.iter().skip(self.columns).map(Cell::text).find(|c| *c != Cell::Empty));
            while cells.last() == Some(&Cell::Empty) {
                cells.pop();
            }
            if cells.is_empty() {
                blanks += 1;
            } else {
                see(Line::new(line + self.line - 1, std::mem::take(&mut blanks), cells));
            }
        }
    }
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
