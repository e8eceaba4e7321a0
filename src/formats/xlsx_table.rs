//! Tables as a workbook: a sheet a table as people read it, and one that says where all comes from.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::grid::{Grid, GridCell, MetaLine, absence, fine};
use crate::domain::Lang;

/// A workbook that could not be written; the cause is the writer's own.
#[derive(Debug, thiserror::Error)]
#[error("workbook: {0}")]
pub struct XlsxTableError(#[from] XlsxError);

/// Writes the tables, a sheet each, and a sheet of sources. Counts are numbers, percents are percents, absences are letters (never a zero
/// or an empty cell); no text is a formula. `hxl` puts the row of tags below the headings. The same tables give the same bytes.
///
/// # Errors
/// [`XlsxTableError`] where a table holds more than a sheet can.
pub fn write_tables(
    title: &str,
    grids: &[Grid],
    meta: &[MetaLine],
    lang: Lang,
    hxl: bool,
) -> Result<Vec<u8>, XlsxTableError> {
    let mut book = Workbook::new();
    // A fixed date: the clock never enters an output.
    let made = ExcelDateTime::from_ymd(2021, 1, 1)?;
    book.set_properties(&DocProperties::new().set_title(title).set_author("Vigie").set_creation_datetime(&made));
    for grid in grids {
        table(book.add_worksheet(), grid, lang, hxl)?;
    }
    sources(book.add_worksheet(), title, grids, meta, lang)?;
    Ok(book.save_to_buffer()?)
}

fn row_number(k: usize) -> Result<u32, XlsxError> {
    u32::try_from(k).map_err(|_| XlsxError::RowColumnLimitError)
}

fn table(sheet: &mut Worksheet, grid: &Grid, lang: Lang, hxl: bool) -> Result<(), XlsxError> {
    // Excel allows 31 characters; ids are shorter and plain.
    sheet.set_name(grid.id.chars().take(31).collect::<String>())?;
    let heading = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Top)
        .set_background_color(0x00D9_E8F3)
        .set_border_bottom(FormatBorder::Thin);
    let (plain, bold) = (Format::new(), Format::new().set_bold());
    let with_label = grid.rows.iter().any(|r| !r.label.is_empty());
    let (mut row, first) = (0_u32, u16::from(with_label));
    if with_label {
        sheet.write_string_with_format(row, 0, &grid.corner, &heading)?;
        let widest = grid.rows.iter().map(|r| r.label.chars().count()).max().unwrap_or(10);
        sheet.set_column_width(0, u32::try_from(widest.clamp(10, 60)).unwrap_or(10))?;
    }
    for (at, column) in (first..).zip(&grid.columns) {
        sheet.write_string_with_format(row, at, &column.label, &heading)?;
    }
    row += 1;
    if hxl {
        for (at, column) in (first..).zip(&grid.columns) {
            sheet.write_string(row, at, column.hxl.as_deref().unwrap_or(""))?;
        }
        row += 1;
    }
    let frozen = row;
    for line in &grid.rows {
        let format = if line.total { &bold } else { &plain };
        if with_label {
            sheet.write_string_with_format(row, 0, &line.label, format)?;
        }
        for (at, cell) in (first..).zip(&line.cells) {
            write_cell(sheet, (row, at), cell, line.total, lang)?;
        }
        row += 1;
    }
    row += 1;
    for note in &grid.notes {
        sheet.write_string(row, 0, note)?;
        row += 1;
    }
    sheet.set_freeze_panes(frozen, first)?;
    Ok(())
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, at): (u32, u16),
    cell: &GridCell,
    total: bool,
    lang: Lang,
) -> Result<(), XlsxError> {
    let styled = |f: Format| if total { f.set_bold() } else { f };
    let right = styled(Format::new().set_align(FormatAlign::Right));
    match cell {
        GridCell::Text(t) => sheet.write_string_with_format(row, at, t, &styled(Format::new()))?,
        GridCell::Count { reading, partial } => match reading.number() {
            Some(n) => {
                // A partial sum stays a number; its format shows the asterisk.
                let format = styled(Format::new().set_num_format(if *partial { "#,##0\"*\"" } else { "#,##0" }));
                sheet.write_number_with_format(row, at, n as f64, &format)?
            }
            None => sheet.write_string_with_format(row, at, absence(reading.word(), lang).0, &right)?,
        },
        GridCell::Percent(Some(x)) | GridCell::Tenths(Some(x)) => {
            sheet.write_number_with_format(row, at, fine(*x) / 100.0, &styled(Format::new().set_num_format("0.0%")))?
        }
        GridCell::Percent(None) | GridCell::Tenths(None) | GridCell::Change(None) => {
            sheet.write_string_with_format(row, at, "–", &right)?
        }
        GridCell::Change(Some(c)) => {
            let text = format!("{} ({} → {})", c.symbol, c.counts.0, c.counts.1);
            sheet.write_string_with_format(row, at, &text, &right)?
        }
    };
    Ok(())
}

fn sources(sheet: &mut Worksheet, title: &str, grids: &[Grid], meta: &[MetaLine], lang: Lang) -> Result<(), XlsxError> {
    sheet.set_name(lang.pick("Sources", "Sources and limits"))?;
    let bold = Format::new().set_bold();
    let wrap = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    sheet.set_column_width(0, 28)?;
    sheet.set_column_width(1, 100)?;
    sheet.write_string_with_format(0, 0, title, &bold)?;
    let mut row = 1;
    for (_, label, value) in meta {
        sheet.write_string_with_format(row, 0, label, &wrap)?;
        sheet.write_string_with_format(row, 1, value, &wrap)?;
        row += 1;
    }
    row += 1;
    for grid in grids {
        sheet.write_string_with_format(row, 0, grid.id, &wrap)?;
        let unit = lang
            .pick(format!("{} ; unité : {}", grid.title, grid.unit), format!("{}; unit: {}", grid.title, grid.unit));
        sheet.write_string_with_format(row, 1, &unit, &wrap)?;
        row += 1;
    }
    row += 1;
    for word in ["covered_no_report", "not_covered", "unknown", "suppressed", "not_yet_elapsed"] {
        let (letters, meaning) = absence(word, lang);
        sheet.write_string(row, 0, letters)?;
        sheet.write_string(row, 1, meaning)?;
        row += 1;
    }
    sheet.write_string(row_number(row as usize)?, 0, "*")?;
    sheet.write_string(
        row,
        1,
        lang.pick("total partiel : une partie n’a pas de chiffre", "partial total: a part has no number"),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};

    use super::*;
    use crate::domain::Reading;
    use crate::formats::grid::{GridColumn, GridRow};

    #[test]
    fn counts_are_numbers_absences_are_letters_and_nothing_is_a_formula() {
        let cells = vec![
            GridCell::Count { reading: Reading::Value(12), partial: true },
            GridCell::count(Reading::NotCovered),
            GridCell::Text("=1+1".into()),
            GridCell::Percent(Some(38.04)),
        ];
        let mut columns = ["a", "b", "c", "d"].map(|id| GridColumn::new(id, id)).to_vec();
        columns[0].hxl = Some("#affected".into());
        let grid = Grid {
            id: "region_month",
            title: "T".into(),
            unit: "violations".into(),
            corner: "Région".into(),
            columns,
            rows: vec![GridRow { code: "x".into(), label: "=Gao".into(), cells, total: true }],
            notes: vec!["note".into()],
        };
        let meta: [MetaLine; 1] = [("licence", "Licence".into(), "CC BY".into())];
        let once = write_tables("Titre", std::slice::from_ref(&grid), &meta, Lang::Fr, true).expect("written");
        assert_eq!(once, write_tables("Titre", &[grid], &meta, Lang::Fr, true).expect("again"));
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(once)).expect("a workbook");
        let sheet = book.worksheet_range("region_month").expect("the table");
        assert_eq!(sheet.get_value((1, 1)), Some(&Data::String("#affected".into())));
        assert_eq!(sheet.get_value((2, 0)), Some(&Data::String("=Gao".into())));
        assert_eq!(sheet.get_value((2, 1)), Some(&Data::Float(12.0)));
        assert_eq!(sheet.get_value((2, 2)), Some(&Data::String("n.c.".into())));
        assert_eq!(sheet.get_value((2, 3)), Some(&Data::String("=1+1".into())));
        assert_eq!(sheet.get_value((2, 4)), Some(&Data::Float(38.04 / 100.0)));
        assert_eq!(book.worksheet_formula("region_month").expect("formulas").used_cells().count(), 0);
        let sources = book.worksheet_range("Sources").expect("sources");
        assert_eq!(sources.get_value((1, 1)), Some(&Data::String("CC BY".into())));
    }
}
