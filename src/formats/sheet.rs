//! Features as a workbook: headings for people, a row of HXL tags for programs, and a sheet that says where all comes from.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::geojson::Value;
use super::grid::MetaLine;
use super::xlsx_table::XlsxTableError;
use crate::domain::Lang;

/// A column of the sheet.
#[derive(Debug, Clone)]
pub struct SheetColumn<'a> {
    /// Its heading.
    pub label: &'a str,
    /// Its HXL tag.
    pub hxl: String,
}

/// The HXL tag of a field that layers share, by its name and the administrative level of the layer's units (none for points
/// and zones); a field of a layer's own is an indicator by its name. Tags: HXL standard 1.1, hxlstandard.org.
pub fn hxl_tag(field: &str, level: Option<u8>) -> String {
    let adm = |level: Option<u8>| level.map_or("#loc".to_owned(), |l| format!("#adm{l}"));
    let above = level.and_then(|l| l.checked_sub(1)).filter(|l| *l > 0);
    match field {
        "id" => "#meta+id".into(),
        "pcode" => format!("{}+code", adm(level)),
        "name" => format!("{}+name", adm(level)),
        "parent_pcode" => format!("{}+code+parent", adm(above)),
        "parent_name" => format!("{}+name+parent", adm(above)),
        "region_pcode" => "#adm1+code".into(),
        "cercle_pcode" => "#adm2+code".into(),
        "commune_pcode" => "#adm3+code".into(),
        "period" | "date" => "#date".into(),
        "status" | "rate_status" => format!("#status+{field}"),
        "population" => "#population".into(),
        "set" | "source" | "level" | "release" | "synthetic" | "schematic" => format!("#meta+{field}"),
        "lon" | "label_lon" => "#geo+lon".into(),
        "lat" | "label_lat" => "#geo+lat".into(),
        other => format!("#indicator+{}", other.to_lowercase()),
    }
}

/// Writes the workbook. Numbers are numbers, an absence is an empty cell (its status stands beside it), no text is a formula.
/// The same rows give the same bytes.
///
/// # Errors
/// More rows than a sheet holds.
pub fn write_sheet<'v, R>(
    title: &str,
    columns: &[SheetColumn<'_>],
    rows: impl IntoIterator<Item = R>,
    meta: &[MetaLine],
    lang: Lang,
) -> Result<Vec<u8>, XlsxTableError>
where
    R: IntoIterator<Item = Value<'v>>,
{
    let mut book = Workbook::new();
    // A fixed date: the clock never enters an output.
    let made = ExcelDateTime::from_ymd(2021, 1, 1)?;
    book.set_properties(&DocProperties::new().set_title(title).set_author("Vigie").set_creation_datetime(&made));
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet();
    sheet.set_name(lang.pick("Données", "Data"))?;
    for (at, column) in (0_u16..).zip(columns) {
        sheet.write_string_with_format(0, at, column.label, &bold)?;
        sheet.write_string(1, at, &column.hxl)?;
    }
    for (k, row) in rows.into_iter().enumerate() {
        let line = u32::try_from(k + 2).map_err(|_| XlsxError::RowColumnLimitError)?;
        for (at, value) in (0_u16..).zip(row) {
            match value {
                Value::Null => continue,
                Value::Text(text) => sheet.write_string(line, at, text)?,
                Value::Int(n) => sheet.write_number(line, at, n as f64)?,
                Value::Real(x) => sheet.write_number(line, at, x)?,
                Value::Flag(flag) => sheet.write_boolean(line, at, flag)?,
            };
        }
    }
    sheet.set_freeze_panes(2, 0)?;
    let sources = book.add_worksheet();
    sources.set_name(lang.pick("Sources", "Sources and limits"))?;
    sources.set_column_width(0, 28)?;
    sources.set_column_width(1, 100)?;
    sources.write_string_with_format(0, 0, title, &bold)?;
    for (line, (_, label, value)) in (1_u32..).zip(meta) {
        sources.write_string(line, 0, label)?;
        sources.write_string(line, 1, value)?;
    }
    Ok(book.save_to_buffer()?)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};

    use super::*;

    #[test]
    fn numbers_are_numbers_absences_are_empty_and_tags_stand_below_the_headings() {
        let column = |name, level| SheetColumn { label: name, hxl: hxl_tag(name, level) };
        let columns = [column("pcode", Some(2)), column("value", Some(2)), column("parent_pcode", Some(1))];
        let meta: [MetaLine; 1] = [("licence", "Licence".into(), "CC BY".into())];
        let rows =
            || [[Value::Text("=ML01"), Value::Int(0), Value::Null], [Value::Text("x"), Value::Null, Value::Flag(true)]];
        let bytes = write_sheet("T", &columns, rows(), &meta, Lang::En).expect("written");
        assert_eq!(bytes, write_sheet("T", &columns, rows(), &meta, Lang::En).expect("again"));
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
        let sheet = book.worksheet_range("Data").expect("the data");
        let cell = |r, c| sheet.get_value((r, c)).cloned();
        assert_eq!(cell(1, 0), Some(Data::String("#adm2+code".into())));
        assert_eq!(cell(1, 2), Some(Data::String("#loc+code+parent".into())));
        assert_eq!((cell(2, 0), cell(2, 1)), (Some(Data::String("=ML01".into())), Some(Data::Float(0.0))));
        assert_eq!((cell(3, 1), cell(3, 2)), (Some(Data::Empty), Some(Data::Bool(true))));
        assert_eq!(book.worksheet_formula("Data").expect("formulas").used_cells().count(), 0);
        let sources = book.worksheet_range("Sources and limits").expect("sources");
        assert_eq!(sources.get_value((1, 1)), Some(&Data::String("CC BY".into())));
    }
}
