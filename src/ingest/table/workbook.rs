//! Workbooks: XLSX, XLS and ODS; the sheet asked for, or the one whose header has the most known headings.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, DataRef, ExcelDateTime, Range, Reader, Xls, Xlsx};
use jiff::civil::Date;

use super::archive::{check_workbook, damaged};
use super::{Cell, Header, Known, Line, Meter, RawTable, Rows, header, ods, xls};
use crate::domain::Lang;
use crate::ingest::codes;
use crate::ingest::{ContentKind, IngestError, Limits};

pub(super) fn read(
    bytes: &[u8],
    kind: ContentKind,
    limits: &Limits,
    lang: Lang,
    sheet: Option<&str>,
    known: &Known<'_>,
) -> Result<RawTable<'static>, IngestError> {
    // The readers of these formats index into what a hostile file states: a fault of theirs is a damaged file.
    let read = || Book::open(bytes, kind, limits)?.table(limits, lang, sheet, known);
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(damaged(kind.format())))
}

/// An open workbook.
enum Book<'a> {
    Xlsx(Box<Xlsx<Cursor<&'a [u8]>>>),
    Xls(Vec<(String, Range<Data>)>),
    Ods(&'a [u8], Vec<String>),
}

/// Takes the rows of a sheet until it has enough.
type Take<'t> = &'t mut dyn FnMut(Line<'static>) -> Result<bool, IngestError>;

impl<'a> Book<'a> {
    fn open(bytes: &'a [u8], kind: ContentKind, limits: &Limits) -> Result<Self, IngestError> {
        Ok(match kind {
            ContentKind::OldOffice => {
                xls::check(bytes, limits)?;
                let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(damaged)?;
                let names = book.sheet_names();
                let sheet = |name: String| book.worksheet_range(&name).map(|range| (name, range)).map_err(damaged);
                Self::Xls(names.into_iter().map(sheet).collect::<Result<_, _>>()?)
            }
            ContentKind::Ods => {
                check_workbook(bytes, limits)?;
                let mut names: Vec<String> = Vec::new();
                ods::each(bytes, limits, &mut |sheet, _| {
                    names.push(sheet.to_owned());
                    Ok(false)
                })?;
                Self::Ods(bytes, names)
            }
            _ => {
                check_workbook(bytes, limits)?;
                Self::Xlsx(Box::new(Xlsx::new(Cursor::new(bytes)).map_err(damaged)?))
            }
        })
    }

    fn names(&self) -> Vec<String> {
        match self {
            Self::Xlsx(book) => book.sheet_names(),
            Self::Xls(sheets) => sheets.iter().map(|(name, _)| name.clone()).collect(),
            Self::Ods(_, names) => names.clone(),
        }
    }

    fn table(
        mut self,
        limits: &Limits,
        lang: Lang,
        asked: Option<&str>,
        known: &Known<'_>,
    ) -> Result<RawTable<'static>, IngestError> {
        let format = match self {
            Self::Xlsx(_) => "XLSX",
            Self::Xls(_) => "XLS",
            Self::Ods(..) => "ODS",
        };
        let mut names = self.names();
        if let Some(asked) = asked {
            let all = names.clone();
            names.retain(|n| n.trim().eq_ignore_ascii_case(asked.trim()));
            if names.is_empty() {
                return Err(IngestError::NoSheet { sheet: asked.chars().take(80).collect(), found: all });
            }
        }
        let (name, header, others) = self.best(&names, limits, known)?;
        // The rows below the header and its tags; the header's own search has said where they begin.
        let mut meter = Meter::new(limits);
        let mut rows = Vec::new();
        let last = header.last;
        self.rows(&name, limits, &mut |mut line| {
            if line.at > last {
                line.blanks = line.blanks.min(line.at - last - 1);
                meter.row(line.cells.len())?;
                rows.push(line);
            }
            Ok(true)
        })?;
        let mut notes = Vec::new();
        if !others.is_empty() {
            let others = others.join(", ");
            let message = say!(
                lang,
                "Seule la feuille « {name} » est lue ; ces feuilles ont aussi les colonnes du thème : {others}. Importez-les une à une avec --sheet.",
                "Only the sheet “{name}” is read; these sheets have the theme’s columns too: {others}. Import them one by one with --sheet."
            );
            notes.push((codes::OTHER_SHEET, message));
        }
        let rows = Rows::Ready(rows.into_iter());
        Ok(RawTable { format, encoding: None, separator: None, sheet: Some(name), header, rows, notes })
    }

    /// The sheet whose header has the most known headings, the first of equals; and those whose has half as many at least.
    fn best(
        &mut self,
        names: &[String],
        limits: &Limits,
        known: &Known<'_>,
    ) -> Result<(String, Header, Vec<String>), IngestError> {
        let mut best: Option<(String, Header)> = None;
        let mut scores = Vec::new();
        let mut seen = Vec::new();
        for name in names {
            let mut first = Vec::new();
            self.rows(name, limits, &mut |line| {
                first.push(line);
                Ok(first.len() < limits.header_rows)
            })?;
            match header::find(&mut first, limits, known.heading, known.tag) {
                Ok(header) => {
                    scores.push((name.clone(), header.score));
                    if best.as_ref().is_none_or(|(_, b)| header.score > b.score) {
                        best = Some((name.clone(), header));
                    }
                }
                Err(IngestError::NoHeader { found, .. }) => seen.push(format!("{name} : {found}")),
                Err(IngestError::Empty) => {}
                Err(other) => return Err(other),
            }
        }
        let Some((name, header)) = best else {
            let found = seen.join(" | ").chars().take(200).collect();
            return Err(if seen.is_empty() {
                IngestError::Empty
            } else {
                IngestError::NoHeader { found, expected: Vec::new() }
            });
        };
        let also = |(other, score): &(String, usize)| *other != name && score * 2 >= header.score && *score > 1;
        let others = scores.into_iter().filter(also).map(|(other, _)| other).collect();
        Ok((name, header, others))
    }

    /// Gives the filled rows of a sheet in turn.
    fn rows(&mut self, name: &str, limits: &Limits, take: Take<'_>) -> Result<(), IngestError> {
        match self {
            Self::Xlsx(book) => xlsx_rows(book, name, limits, take),
            Self::Xls(sheets) => {
                let Some((_, range)) = sheets.iter().find(|(n, _)| n == name) else { return Ok(()) };
                let Some((top, left)) = range.start() else { return Ok(()) };
                let mut last = 0;
                for (at, values) in (u64::from(top) + 1..).zip(range.rows()) {
                    let mut cells = vec![Cell::Empty; left as usize];
                    cells.extend(values.iter().map(from_data));
                    if let Some(line) = filled(at, &mut last, cells)
                        && !take(line)?
                    {
                        break;
                    }
                }
                Ok(())
            }
            Self::Ods(bytes, _) => {
                ods::each(bytes, limits, &mut |sheet, line| if sheet == name { take(line) } else { Ok(false) })
            }
        }
    }
}

/// The row, where any cell is filled.
fn filled(at: u64, last: &mut u64, mut cells: Vec<Cell<'static>>) -> Option<Line<'static>> {
    while cells.last() == Some(&Cell::Empty) {
        cells.pop();
    }
    (!cells.is_empty()).then(|| {
        let blanks = at.saturating_sub(*last + 1);
        *last = at;
        Line::new(at, blanks, cells)
    })
}

/// XLSX, cell by cell: a sheet that claims a million columns costs nothing until it fills them.
fn xlsx_rows(book: &mut Xlsx<Cursor<&[u8]>>, name: &str, limits: &Limits, take: Take<'_>) -> Result<(), IngestError> {
    // A sheet of charts has no cells.
    let Ok(mut cells) = book.worksheet_cells_reader(name) else { return Ok(()) };
    let (mut at, mut last, mut row) = (0, 0, Vec::new());
    while let Some(cell) = cells.next_cell().map_err(damaged)? {
        let (line, column) = cell.get_position();
        if line != at {
            if let Some(line) = filled(u64::from(at) + 1, &mut last, std::mem::take(&mut row))
                && !take(line)?
            {
                return Ok(());
            }
            at = line;
        }
        let value = from_ref(cell.get_value());
        if value == Cell::Empty {
            continue;
        }
        // One cell beyond the limit shows a row that is too long; which one does not matter.
        let column = (column as usize).min(limits.columns);
        if row.len() <= column {
            row.resize(column + 1, Cell::Empty);
        }
        row[column] = value;
    }
    filled(u64::from(at) + 1, &mut last, row).map_or(Ok(true), take).map(|_| ())
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
        Data::DateTimeIso(s) | Data::DurationIso(s) => Cell::owned(s),
        Data::Error(e) => Cell::Error(e.to_string().into()),
    }
}

pub(super) fn composed(text: &str) -> Cell<'static> {
    use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cell::owned(text),
        _ => Cell::owned(&text.nfc().collect::<String>()),
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
        let known = Known { heading: &|h| h == "date", tag: &|_| false };
        let mut table = read(&bytes, ContentKind::Ods, &Limits::default(), Lang::Fr, None, &known).expect("a table");
        assert_eq!((table.format, table.sheet.as_deref()), ("ODS", Some("Feuille1")));
        assert_eq!(table.header.names, ["date", "victimes"]);
        let mut lines = Vec::new();
        table.rows.take(9).expect("rows").expect("some").each(|line| lines.push(line.into_owned()));
        let expected = [Line::new(2, 0, vec![Cell::Date(Date::constant(2021, 6, 17)), Cell::Number(3.0)])];
        assert_eq!(lines, expected);
    }

    #[test]
    fn an_archive_that_claims_to_unpack_to_more_than_the_limit_is_refused_unread() {
        let bytes = zip(&[("xl/workbook.xml", "<workbook/>"), ("xl/worksheets/sheet1.xml", "")], Some(900_000_000));
        let known = Known { heading: &|_| true, tag: &|_| false };
        let error = read(&bytes, ContentKind::Xlsx, &Limits::default(), Lang::Fr, None, &known).err();
        assert_eq!(error, Some(IngestError::TooLarge { bytes: 1_800_000_000, limit: 1_000_000_000 }));
    }
}
