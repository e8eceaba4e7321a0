//! Workbooks: XLSX, XLS and ODS, the first sheet whose first filled row is a header of the theme.

use std::io::Cursor;

use calamine::{Data, DataRef, ExcelDateTime, Ods, Reader, Xls, Xlsx};
use jiff::civil::Date;

use super::{Cell, Line, Meter, RawTable, Rows, checked_headers, excerpt, heading};
use crate::ingest::{ContentKind, IngestError, Limits};

pub(super) fn read(
    bytes: &[u8],
    kind: ContentKind,
    limits: &Limits,
    known: &dyn Fn(&str) -> bool,
) -> Result<RawTable<'static>, IngestError> {
    let (format, sheet) = match kind {
        ContentKind::OldOffice => ("XLS", from_ranges::<Xls<_>>(bytes, limits, known)?),
        ContentKind::Ods => {
            check_unpacked(bytes, limits)?;
            ("ODS", from_ranges::<Ods<_>>(bytes, limits, known)?)
        }
        _ => {
            check_unpacked(bytes, limits)?;
            ("XLSX", from_xlsx(bytes, limits, known)?)
        }
    };
    Ok(RawTable {
        format,
        encoding: None,
        separator: None,
        sheet: Some(sheet.name),
        headers: sheet.headers,
        header_line: sheet.header_line,
        rows: Rows::Ready(sheet.rows.into_iter()),
        notes: Vec::new(),
    })
}

/// A sheet with its header.
struct Sheet {
    name: String,
    headers: Vec<String>,
    header_line: u64,
    rows: Vec<Line>,
}

/// Takes a sheet's rows one by one: the first filled one is the header.
struct Intake<'a> {
    limits: &'a Limits,
    known: &'a dyn Fn(&str) -> bool,
    meter: Meter,
    header: Option<(u64, Vec<String>)>,
    rows: Vec<Line>,
}

impl<'a> Intake<'a> {
    fn new(limits: &'a Limits, known: &'a dyn Fn(&str) -> bool) -> Self {
        Self { limits, known, meter: Meter::new(limits), header: None, rows: Vec::new() }
    }

    /// False where the first filled row is no header: the sheet is another one's.
    fn row(&mut self, line: u64, mut cells: Vec<Cell<'static>>) -> Result<bool, IngestError> {
        while cells.last() == Some(&Cell::Empty) {
            cells.pop();
        }
        if cells.is_empty() {
            return Ok(true);
        }
        if self.header.is_some() {
            self.meter.row(cells.len())?;
            self.rows.push((line, cells));
            return Ok(true);
        }
        let headers: Vec<String> = cells.iter().map(|c| heading(&c.shown())).collect();
        let ours = headers.iter().any(|h| (self.known)(h));
        self.header = Some((line, if ours { checked_headers(headers, self.limits)? } else { headers }));
        Ok(ours)
    }

    fn finish(self, name: &str) -> Option<Sheet> {
        let (header_line, headers) = self.header?;
        Some(Sheet { name: name.to_owned(), headers, header_line, rows: self.rows })
    }
}

fn damaged(error: impl std::fmt::Display) -> IngestError {
    IngestError::Damaged { reason: error.to_string().chars().take(200).collect() }
}

fn no_header(seen: &[(String, String)]) -> IngestError {
    let found = seen.iter().map(|(sheet, first)| format!("{sheet} : {first}")).collect::<Vec<_>>().join(" | ");
    IngestError::NoHeader { found: found.chars().take(200).collect(), expected: Vec::new() }
}

/// XLSX, cell by cell: a sheet that claims a million columns costs nothing until it fills them.
fn from_xlsx(bytes: &[u8], limits: &Limits, known: &dyn Fn(&str) -> bool) -> Result<Sheet, IngestError> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut seen = Vec::new();
    for name in book.sheet_names() {
        let Ok(mut cells) = book.worksheet_cells_reader(&name) else { continue };
        let mut intake = Intake::new(limits, known);
        let mut ours = true;
        let (mut at, mut row) = (0, Vec::new());
        while let Some(cell) = cells.next_cell().map_err(damaged)? {
            let (line, column) = cell.get_position();
            if line != at {
                ours = intake.row(u64::from(at) + 1, std::mem::take(&mut row))?;
                if !ours {
                    break;
                }
                at = line;
            }
            let value = from_ref(cell.get_value());
            if value == Cell::Empty {
                continue;
            }
            let column = column as usize;
            if column >= limits.columns {
                return Err(IngestError::TooManyColumns { columns: column + 1, limit: limits.columns });
            }
            if row.len() <= column {
                row.resize(column + 1, Cell::Empty);
            }
            row[column] = value;
        }
        if ours && intake.row(u64::from(at) + 1, row)? {
            if let Some(sheet) = intake.finish(&name) {
                return Ok(sheet);
            }
            continue;
        }
        let first = intake.header.map_or(String::new(), |(_, h)| excerpt(h.iter().map(String::as_str)));
        seen.push((name, first));
    }
    if seen.is_empty() { Err(IngestError::Empty) } else { Err(no_header(&seen)) }
}

/// XLS and ODS, whose reader unpacks whole sheets (at most what their formats allow).
fn from_ranges<'a, R>(bytes: &'a [u8], limits: &Limits, known: &dyn Fn(&str) -> bool) -> Result<Sheet, IngestError>
where
    R: Reader<Cursor<&'a [u8]>>,
    R::Error: std::fmt::Display,
{
    let mut book = R::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut seen = Vec::new();
    for name in book.sheet_names() {
        let range = book.worksheet_range(&name).map_err(damaged)?;
        let Some((top, left)) = range.start() else { continue };
        let mut intake = Intake::new(limits, known);
        let mut ours = true;
        for (k, values) in range.rows().enumerate() {
            let mut cells = vec![Cell::Empty; left as usize];
            cells.extend(values.iter().map(from_data));
            ours = intake.row(u64::from(top) + k as u64 + 1, cells)?;
            if !ours {
                break;
            }
        }
        if !ours {
            let first = intake.header.map_or(String::new(), |(_, h)| excerpt(h.iter().map(String::as_str)));
            seen.push((name, first));
        } else if let Some(sheet) = intake.finish(&name) {
            return Ok(sheet);
        }
    }
    if seen.is_empty() { Err(IngestError::Empty) } else { Err(no_header(&seen)) }
}

fn from_ref(value: &DataRef<'_>) -> Cell<'static> {
    match value {
        DataRef::SharedString(s) => composed(s),
        DataRef::String(s) => composed(s),
        DataRef::DateTime(d) => from_excel_date(d),
        other => from_data(&Data::from(other.clone())),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a spreadsheet's whole numbers are floats to begin with")]
fn from_data(value: &Data) -> Cell<'static> {
    match value {
        Data::Empty => Cell::Empty,
        Data::String(s) => composed(s),
        Data::Int(n) => Cell::Number(*n as f64),
        Data::Float(x) => Cell::Number(*x),
        Data::Bool(b) => Cell::Flag(*b),
        Data::DateTime(d) => from_excel_date(d),
        Data::DateTimeIso(s) | Data::DurationIso(s) => owned(s),
        Data::Error(e) => Cell::Error(e.to_string().into()),
    }
}

fn owned(text: &str) -> Cell<'static> {
    match Cell::text(text) {
        Cell::Text(text) => Cell::Text(text.into_owned().into()),
        _ => Cell::Empty,
    }
}

fn composed(text: &str) -> Cell<'static> {
    use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => owned(text),
        _ => owned(&text.nfc().collect::<String>()),
    }
}

/// A day where the serial number holds one; a time alone is a text.
fn from_excel_date(value: &ExcelDateTime) -> Cell<'static> {
    let (year, month, day, hour, minute, ..) = value.to_ymd_hms_milli();
    let small = |n: u8| i8::try_from(n).unwrap_or(0);
    if value.is_datetime() && value.as_f64() >= 1.0 {
        let date = Date::new(i16::try_from(year).unwrap_or(0), small(month), small(day));
        return date.map_or_else(|_| Cell::Number(value.as_f64()), Cell::Date);
    }
    Cell::Text(format!("{hour:02}:{minute:02}").into())
}

/// Refuses an archive that says it unpacks to more than the limit, or that has no readable directory.
fn check_unpacked(bytes: &[u8], limits: &Limits) -> Result<(), IngestError> {
    let unpacked = unpacked_size(bytes).ok_or_else(|| damaged("zip"))?;
    if unpacked > limits.unpacked_bytes {
        return Err(IngestError::TooLarge { bytes: unpacked, limit: limits.unpacked_bytes });
    }
    Ok(())
}

/// The sum of the sizes that an archive's central directory states; none where there is no directory.
fn unpacked_size(bytes: &[u8]) -> Option<u64> {
    let u16_at = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let u32_at = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let tail = bytes.len().saturating_sub(22 + 65_535);
    let end = tail + bytes[tail..].windows(4).rposition(|w| w == b"PK\x05\x06")?;
    let entries = u16_at(end + 10)?;
    let mut at = usize::try_from(u32_at(end + 16)?).ok()?;
    let mut sum = 0;
    for _ in 0..entries {
        if bytes.get(at..at + 4)? != b"PK\x01\x02" {
            return None;
        }
        sum += u64::from(u32_at(at + 24)?);
        at += 46 + usize::from(u16_at(at + 28)?) + usize::from(u16_at(at + 30)?) + usize::from(u16_at(at + 32)?);
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive of stored files, as small as the format allows; sizes in the directory may be claimed.
    fn zip(files: &[(&str, &str)], claimed: Option<u32>) -> Vec<u8> {
        let crc = |data: &[u8]| {
            !data.iter().fold(u32::MAX, |crc, byte| {
                (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xedb8_8320 } else { c >> 1 })
            })
        };
        let len = |n: usize| u32::try_from(n).expect("short");
        let (mut body, mut directory) = (Vec::new(), Vec::new());
        for (name, data) in files {
            let size = len(data.len());
            let mut head = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            head.extend(crc(data.as_bytes()).to_le_bytes());
            head.extend(size.to_le_bytes());
            head.extend(claimed.unwrap_or(size).to_le_bytes());
            head.extend(u16::try_from(name.len()).expect("short").to_le_bytes());
            head.extend([0, 0]);
            let offset = len(body.len());
            body.extend(b"PK\x03\x04");
            body.extend(&head);
            body.extend(name.as_bytes());
            body.extend(data.as_bytes());
            directory.extend(b"PK\x01\x02\x14\0");
            directory.extend(&head);
            directory.extend([0; 10]);
            directory.extend(offset.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let count = u16::try_from(files.len()).expect("few").to_le_bytes();
        let (at, size) = (len(body.len()), len(directory.len()));
        body.extend(directory);
        body.extend(b"PK\x05\x06\0\0\0\0");
        body.extend([count, count].concat());
        body.extend(size.to_le_bytes());
        body.extend(at.to_le_bytes());
        body.extend([0, 0]);
        body
    }

    const CONTENT: &str = r#"<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet>
<table:table table:name="Feuille1"><table:table-row><table:table-cell office:value-type="string"><text:p>date</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>victimes</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell office:value-type="date" office:date-value="2021-06-17"><text:p>17/06/2021</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="3"><text:p>3</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"#;

    #[test]
    fn an_opendocument_spreadsheet_is_read_with_its_dates() {
        let files = [
            ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
            ("META-INF/manifest.xml", "<manifest/>"),
            ("content.xml", CONTENT),
        ];
        let bytes = zip(&files, None);
        assert_eq!(super::super::sniff::content(&bytes), ContentKind::Ods);
        let mut table = read(&bytes, ContentKind::Ods, &Limits::default(), &|h| h == "date").expect("a table");
        assert_eq!((table.format, table.sheet.as_deref()), ("ODS", Some("Feuille1")));
        assert_eq!(table.headers, ["date", "victimes"]);
        let mut lines = Vec::new();
        table.rows.take(9).expect("rows").expect("some").each(|line, cells| lines.push((line, format!("{cells:?}"))));
        assert_eq!(lines, [(2, format!("{:?}", [Cell::text("2021-06-17"), Cell::Number(3.0)]))]);
    }

    #[test]
    fn an_archive_that_claims_to_unpack_to_more_than_the_limit_is_refused_unread() {
        let bytes = zip(&[("xl/workbook.xml", "<workbook/>"), ("xl/worksheets/sheet1.xml", "")], Some(900_000_000));
        let error = read(&bytes, ContentKind::Xlsx, &Limits::default(), &|_| true).err();
        assert_eq!(error, Some(IngestError::TooLarge { bytes: 1_800_000_000, limit: 1_000_000_000 }));
    }
}
