//! OpenDocument spreadsheets, row by row: a row or cell that is repeated a million times costs nothing until it is taken.

use std::io::{BufReader, Cursor};

use jiff::civil::Date;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::archive::damaged;
use super::workbook::composed;
use super::{Cell, Line};
use crate::ingest::{IngestError, Limits};

/// No sheet is longer; what claims to be is a format drawn to the end of the sheet.
const LAST_ROW: u64 = 1_048_576;

/// Gives the filled rows of each sheet in turn, until `take` says that it has enough of one.
pub(super) fn each(
    bytes: &[u8],
    limits: &Limits,
    take: &mut dyn FnMut(&str, Line<'static>) -> Result<bool, IngestError>,
) -> Result<(), IngestError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let content = archive.by_name("content.xml").map_err(damaged)?;
    let mut xml = Reader::from_reader(BufReader::new(content));
    let mut walk =
        Walk { limits, take, sheet: String::new(), wanted: true, at: 0, last: 0, repeat: 1, cells: Vec::new() };
    let mut cell: Option<Text> = None;
    let mut notes = 0_u32;
    let mut buffer = Vec::new();
    loop {
        let event = xml.read_event_into(&mut buffer).map_err(damaged)?;
        match event {
            Event::Start(e) => match e.name().as_ref() {
                "table:table" => walk.table(&e)?,
                "table:table-row" => walk.row(&e)?,
                "table:table-cell" | "table:covered-table-cell" => cell = Some(Text::of(&e)?),
                "office:annotation" => notes += 1,
                "text:p" => {
                    if let Some(cell) = cell.as_mut().filter(|_| notes == 0) {
                        cell.paragraph();
                    }
                }
                _ => {}
            },
            Event::Empty(e) => match e.name().as_ref() {
                "table:table-row" => {
                    walk.row(&e)?;
                    walk.end_row()?;
                }
                "table:table-cell" | "table:covered-table-cell" => walk.cell(Text::of(&e)?),
                "text:s" | "text:tab" | "text:line-break" => {
                    if let Some(cell) = cell.as_mut().filter(|_| notes == 0) {
                        cell.push(" ", limits);
                    }
                }
                _ => {}
            },
            Event::Text(text) => {
                if let Some(cell) = cell.as_mut().filter(|c| c.in_paragraph && notes == 0) {
                    cell.push(&text.xml10_content(), limits);
                }
            }
            Event::GeneralRef(entity) => {
                if let Some(cell) = cell.as_mut().filter(|c| c.in_paragraph && notes == 0) {
                    // Only characters and the five entities of XML: none that a file declares is ever expanded.
                    let character = entity.resolve_char_ref().map_err(damaged)?.or(match &*entity.xml10_content() {
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "amp" => Some('&'),
                        "quot" => Some('"'),
                        "apos" => Some('\''),
                        _ => None,
                    });
                    cell.push(character.unwrap_or('\u{fffd}').encode_utf8(&mut [0; 4]), limits);
                }
            }
            Event::End(e) => match e.name().as_ref() {
                "table:table-row" => walk.end_row()?,
                "table:table-cell" | "table:covered-table-cell" => {
                    if let Some(cell) = cell.take() {
                        walk.cell(cell);
                    }
                }
                "office:annotation" => notes = notes.saturating_sub(1),
                "text:p" => {
                    if let Some(cell) = &mut cell {
                        cell.in_paragraph = false;
                    }
                }
                _ => {}
            },
            Event::Eof => return Ok(()),
            _ => {}
        }
        buffer.clear();
    }
}

fn attribute(e: &BytesStart<'_>, name: &str) -> Result<Option<String>, IngestError> {
    let found = e.try_get_attribute(name).map_err(damaged)?;
    found.map(|a| Ok(a.normalized_value(quick_xml::XmlVersion::Explicit1_0).map_err(damaged)?.into_owned())).transpose()
}

fn repeated(e: &BytesStart<'_>, name: &str) -> Result<u64, IngestError> {
    Ok(attribute(e, name)?.and_then(|n| n.parse().ok()).unwrap_or(1).clamp(1, LAST_ROW))
}

/// A cell while its text is read.
struct Text {
    repeat: u64,
    value: Option<Cell<'static>>,
    text: String,
    in_paragraph: bool,
}

impl Text {
    fn of(e: &BytesStart<'_>) -> Result<Self, IngestError> {
        let value = |name: &str| attribute(e, name);
        let typed = match value("office:value-type")?.as_deref() {
            Some("float" | "percentage" | "currency") => {
                value("office:value")?.and_then(|v| v.parse().ok()).map(Cell::Number)
            }
            Some("boolean") => value("office:boolean-value")?.map(|v| Cell::Flag(v == "true")),
            Some("date") => value("office:date-value")?.map(|v| {
                let day = v.get(..10).and_then(|d| d.parse::<Date>().ok());
                day.map_or_else(|| Cell::owned(&v), Cell::Date)
            }),
            Some("string") => value("office:string-value")?.map(|v| composed(&v)),
            _ => None,
        };
        let error = value("calcext:value-type")?.as_deref() == Some("error");
        let value = if error { Some(Cell::Error("#".into())) } else { typed };
        Ok(Self {
            repeat: repeated(e, "table:number-columns-repeated")?,
            value,
            text: String::new(),
            in_paragraph: false,
        })
    }

    fn paragraph(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.in_paragraph = true;
    }

    /// Takes text up to a little more than a cell may hold: its row is then rejected.
    fn push(&mut self, text: &str, limits: &Limits) {
        if self.text.len() <= limits.cell_chars * 4 {
            self.text.push_str(text);
        }
    }
}

/// Where the reading is.
struct Walk<'a> {
    limits: &'a Limits,
    take: &'a mut dyn FnMut(&str, Line<'static>) -> Result<bool, IngestError>,
    sheet: String,
    /// Whether more of the sheet is wanted.
    wanted: bool,
    at: u64,
    /// The last filled row.
    last: u64,
    repeat: u64,
    cells: Vec<Cell<'static>>,
}

impl Walk<'_> {
    fn table(&mut self, e: &BytesStart<'_>) -> Result<(), IngestError> {
        self.sheet = attribute(e, "table:name")?.unwrap_or_default();
        (self.wanted, self.at, self.last) = (true, 0, 0);
        Ok(())
    }

    fn row(&mut self, e: &BytesStart<'_>) -> Result<(), IngestError> {
        self.repeat = repeated(e, "table:number-rows-repeated")?;
        self.cells.clear();
        Ok(())
    }

    fn cell(&mut self, text: Text) {
        let cell = text.value.unwrap_or_else(|| composed(&text.text));
        // One cell beyond the limit shows a row that is too long.
        let room = (self.limits.columns + 1).saturating_sub(self.cells.len());
        let repeat = usize::try_from(text.repeat).unwrap_or(room).min(room);
        self.cells.extend(std::iter::repeat_n(cell, repeat));
    }

    fn end_row(&mut self) -> Result<(), IngestError> {
        while self.cells.last() == Some(&Cell::Empty) {
            self.cells.pop();
        }
        let first = self.at + 1;
        self.at += self.repeat;
        if self.cells.is_empty() || !self.wanted {
            return Ok(());
        }
        for at in first..=self.at.min(LAST_ROW) {
            let line = Line::new(at, at - self.last - 1, self.cells.clone());
            self.last = at;
            self.wanted = (self.take)(&self.sheet, line)?;
            if !self.wanted {
                break;
            }
        }
        Ok(())
    }
}
