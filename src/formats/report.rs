//! Tables as CSV and XLSX in which nothing from outside ever becomes a formula, and the review queue's workbook.

use rust_xlsxwriter::{
    DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, Formula, ProtectionOptions, Workbook, Worksheet,
    XlsxError,
};

use super::grid::defused;
use crate::domain::Lang;

/// A table that could not be written; the cause is the writer's own.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A workbook: too many rows, or a cell too long.
    #[error("workbook: {0}")]
    Workbook(#[from] XlsxError),
    /// CSV.
    #[error("CSV: {0}")]
    Csv(#[from] csv::Error),
    /// More rows than a sheet holds.
    #[error("{rows} rows: a sheet holds 1,048,575 below its header; write CSV instead")]
    TooManyRows {
        /// How many.
        rows: usize,
    },
}

/// A sheet of text.
pub struct Table<'a> {
    /// The sheet's name.
    pub name: &'a str,
    /// Headings.
    pub headings: Vec<String>,
    /// Rows; a short one is padded.
    pub rows: Vec<Vec<String>>,
}

/// Rows of a sheet below its header.
const SHEET_ROWS: usize = 1_048_575;

/// Characters that a spreadsheet's cell holds.
const CELL_CHARS: usize = 32_767;

/// The table as CSV: UTF-8 with a mark by which spreadsheets know it, semicolons in French and commas in English. A value
/// that a spreadsheet would take for a formula gets an apostrophe before it, which an import takes off again.
pub fn write_csv(table: &Table<'_>, lang: Lang) -> Result<Vec<u8>, TableError> {
    let mut out = b"\xEF\xBB\xBF".to_vec();
    let mut writer = csv::WriterBuilder::new().delimiter(lang.pick(b';', b',')).flexible(true).from_writer(&mut out);
    let width = table.rows.iter().map(Vec::len).chain([table.headings.len()]).max().unwrap_or(0);
    for row in std::iter::once(&table.headings).chain(&table.rows) {
        let cells = row.iter().map(|c| no_formula(c)).chain(std::iter::repeat(String::new()));
        writer.write_record(cells.take(width))?;
    }
    writer.flush().map_err(csv::Error::from)?;
    drop(writer);
    Ok(out)
}

/// The text as CSV can carry it without a spreadsheet running it.
fn no_formula(text: &str) -> String {
    let number = |rest: &str| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',');
    if number(text.trim_start_matches(['-', '+'])) { text.to_owned() } else { defused(text).into_owned() }
}

/// The tables as the sheets of a workbook, every cell text. The same tables give the same bytes.
pub fn write_workbook(tables: &[Table<'_>]) -> Result<Vec<u8>, TableError> {
    let mut book = new_book("Vigie")?;
    for table in tables {
        if table.rows.len() > SHEET_ROWS {
            return Err(TableError::TooManyRows { rows: table.rows.len() });
        }
        let sheet = book.add_worksheet();
        sheet.set_name(table.name)?;
        let (text, bold) = (Format::new().set_num_format("@"), Format::new().set_bold());
        for (at, heading) in (0_u16..).zip(&table.headings) {
            sheet.set_column_width(at, 18)?;
            sheet.write_string_with_format(0, at, heading, &bold)?;
        }
        for (row, cells) in (1_u32..).zip(&table.rows) {
            for (at, cell) in (0_u16..).zip(cells).filter(|(_, c)| !c.is_empty()) {
                sheet.write_string_with_format(row, at, cut(cell), &text)?;
            }
        }
        sheet.set_freeze_panes(1, 0)?;
    }
    Ok(book.save_to_buffer()?)
}

fn new_book(title: &str) -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    // A fixed date: the clock never enters an output.
    let made = ExcelDateTime::from_ymd(2021, 1, 1)?;
    book.set_properties(&DocProperties::new().set_title(title).set_author("Vigie").set_creation_datetime(&made));
    Ok(book)
}

/// At most as much as a cell holds.
fn cut(text: &str) -> String {
    text.chars().take(CELL_CHARS).collect()
}

/// One question of a review queue.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct QueueLine {
    /// What finds the question again; not for the officer.
    pub key: String,
    /// The file's lines it concerns, in words.
    pub lines: String,
    /// Region, cercle, commune, locality as stated.
    pub stated: [String; 4],
    /// The finest unit known.
    pub known: String,
    /// What is wrong.
    pub problem: String,
    /// Units offered, the likeliest first: « p-code · name (parents) · likeness ».
    pub offers: Vec<String>,
}

/// Heading of the column that holds a question's key.
pub const QUEUE_KEY: &str = "vigie_key";

/// Headings of the column that the officer fills in: French, English.
pub const QUEUE_CHOICE: [&str; 2] = ["choix", "choice"];

/// At most so many units are offered for a question.
const OFFERS: usize = 6;

/// The review queue as a workbook: a line a question, a drop-down list of what is offered for it, one column to fill in.
pub fn write_queue(lines: &[QueueLine], lang: Lang) -> Result<Vec<u8>, TableError> {
    if lines.len() > SHEET_ROWS {
        return Err(TableError::TooManyRows { rows: lines.len() });
    }
    let mut book = new_book(lang.pick("Lieux à vérifier", "Places to review"))?;
    let sheet = book.add_worksheet();
    sheet.set_name(lang.pick("À vérifier", "To review"))?;
    let headings = lang.pick(
        ["lignes", "région", "cercle", "commune", "localité", "situé à", "problème"],
        ["lines", "region", "cercle", "commune", "locality", "located in", "problem"],
    );
    let bold = Format::new().set_bold().set_background_color(0x00D9_E8F3);
    let wrap = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let fill = Format::new().set_unlocked().set_num_format("@").set_background_color(0x00FF_F6D6);
    sheet.write_with_format(0, 0, QUEUE_KEY, &bold)?;
    sheet.set_column_hidden(0)?;
    let choice = 1_u16;
    sheet.write_with_format(0, choice, lang.pick(QUEUE_CHOICE[0], QUEUE_CHOICE[1]), &bold)?;
    sheet.set_column_width(choice, 48)?.set_column_format(choice, &fill)?;
    let first = choice + 1;
    for ((at, heading), width) in (first..).zip(headings).zip([14_u32, 14, 16, 20, 20, 30, 60]) {
        sheet.write_with_format(0, at, heading, &bold)?;
        sheet.set_column_width(at, width)?;
    }
    let offers_at = first + 7;
    for k in 0..OFFERS {
        let at = offers_at + u16::try_from(k).unwrap_or(0);
        sheet.write_with_format(0, at, format!("{} {}", lang.pick("proposition", "suggestion"), k + 1), &bold)?;
        sheet.set_column_width(at, 40)?;
    }
    for (row, line) in (1_u32..).zip(lines) {
        sheet.write_string(row, 0, &line.key)?;
        sheet.write_blank(row, choice, &fill)?;
        let cells = [&line.lines].into_iter().chain(&line.stated).chain([&line.known, &line.problem]);
        for (at, cell) in (first..).zip(cells.chain(line.offers.iter().take(OFFERS))) {
            sheet.write_string_with_format(row, at, cut(cell), &wrap)?;
        }
    }
    if let Ok(last) = u32::try_from(lines.len()).map(|n| n.max(1)) {
        offer(sheet, last, choice, offers_at, lang)?;
    }
    sheet.set_freeze_panes(1, first)?;
    sheet.protect_with_options(&ProtectionOptions {
        format_columns: true,
        format_rows: true,
        ..ProtectionOptions::new()
    });
    Ok(book.save_to_buffer()?)
}

/// The drop-down lists: each row's own offers. A p-code that is not offered may be typed all the same.
fn offer(sheet: &mut Worksheet, last: u32, choice: u16, offers_at: u16, lang: Lang) -> Result<(), XlsxError> {
    let name = rust_xlsxwriter::column_number_to_name;
    let end = offers_at + u16::try_from(OFFERS).unwrap_or(1) - 1;
    let range = format!("=${}2:${}2", name(offers_at), name(end));
    let help = lang.pick(
        "Prenez une proposition, ou écrivez le p-code de l’unité. Vide : la question reste ouverte.",
        "Take a suggestion, or write the unit’s p-code. Empty: the question stays open.",
    );
    let list = DataValidation::new()
        .allow_list_formula(Formula::new(range))
        .ignore_blank(true)
        .show_error_message(false)
        .set_input_message(help)?;
    sheet.add_data_validation(1, choice, last, choice, &list)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};

    use super::*;

    fn hostile() -> Table<'static> {
        let cells = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "-4.1875", "+12", "x=1"];
        Table { name: "t", headings: vec!["a".into()], rows: cells.iter().map(|c| vec![(*c).to_owned()]).collect() }
    }

    #[test]
    fn what_looks_like_a_formula_is_text_in_csv_and_numbers_stay_numbers() {
        let text = String::from_utf8(write_csv(&hostile(), Lang::Fr).expect("written")).expect("UTF-8");
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines, ["a", "'=cmd|' /C calc'!A0", "'+1+1", "'-2+3", "'@SUM(A1)", "-4.1875", "+12", "x=1"]);
    }

    #[test]
    fn what_looks_like_a_formula_is_text_in_a_workbook() {
        let bytes = write_workbook(&[hostile()]).expect("written");
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
        assert_eq!(book.worksheet_formula("t").expect("a sheet").used_cells().count(), 0);
        let range = book.worksheet_range("t").expect("a sheet");
        assert_eq!(range.get_value((1, 0)), Some(&Data::String("=cmd|' /C calc'!A0".into())));
        assert!(range.used_cells().all(|(_, _, c)| matches!(c, Data::String(_))));
    }
}
