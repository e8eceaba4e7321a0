//! Separated text: commas, semicolons or tabs.

use super::{Cell, Meter, RawTable, broken_letters, checked_headers, encoding, excerpt, heading};
use crate::domain::Lang;
use crate::ingest::codes;
use crate::ingest::{IngestError, Limits};

/// A separator is the one under which the header has the most known headings.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

pub(super) fn read(
    bytes: &[u8],
    limits: &Limits,
    lang: Lang,
    known: &dyn Fn(&str) -> bool,
) -> Result<RawTable, IngestError> {
    let (text, encoding) = encoding::decode(bytes);
    let (body, hint, skipped) = spreadsheet_hint(&text);
    if body.trim().is_empty() {
        return Err(IngestError::Empty);
    }
    let separator = hint.unwrap_or_else(|| sniff(body, known));
    let mut records = reader(body, separator);
    let mut record = csv::StringRecord::new();
    let mut next = |record: &mut csv::StringRecord| {
        records.read_record(record).map_err(|e| IngestError::Damaged { reason: e.to_string() })
    };
    let line = |r: &csv::StringRecord| r.position().map_or(0, csv::Position::line) + skipped;
    while next(&mut record)? && record.iter().all(|c| c.trim().is_empty()) {}
    let header_line = line(&record);
    let headers = checked_headers(record.iter().map(heading).collect(), limits)?;
    if !headers.iter().any(|h| known(h)) {
        let found = excerpt(headers.iter().map(String::as_str));
        return Err(IngestError::NoHeader { found, expected: Vec::new() });
    }
    let mut meter = Meter::new(limits);
    let mut rows = Vec::new();
    let mut first_of_several_lines = None;
    while next(&mut record)? {
        let at = line(&record);
        if first_of_several_lines.is_none() && record.iter().any(|c| c.contains('\n')) {
            first_of_several_lines = Some(at);
        }
        let mut cells: Vec<Cell> = record.iter().map(Cell::text).collect();
        while cells.last() == Some(&Cell::Empty) {
            cells.pop();
        }
        if !cells.is_empty() {
            meter.row(cells.len())?;
            rows.push((at, cells));
        }
    }
    // A mark that is never closed makes one cell of the rows that follow: they would be lost without a word.
    if let Some(line) = first_of_several_lines
        && body.bytes().filter(|b| *b == b'"').count() % 2 == 1
    {
        return Err(IngestError::OpenQuote { line });
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
        rows,
        notes,
    })
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
