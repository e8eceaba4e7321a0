//! Tables as CSV: UTF-8 with a mark (so that spreadsheets see it), commas, decimal points, no formula.

use serde_json::Map;

use super::geojson::Value;
use super::grid::{Grid, GridCell, MetaLine, defused, fine};

/// A table that could not be written; the cause is the writer's own.
#[derive(Debug, thiserror::Error)]
#[error("CSV: {0}")]
pub struct CsvError(#[from] csv::Error);

/// What every spreadsheet needs to take a file for UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// One row a cell: `table, row, row_label, column, column_label, unit, value, status, partial, before, change`, then a column for each
/// line of `meta`, so that a row that is copied away still says where it comes from. An absence has an empty value and its status.
///
/// # Errors
/// [`CsvError`] where the writer fails.
pub fn write_tidy_csv(grids: &[Grid], meta: &[MetaLine]) -> Result<Vec<u8>, CsvError> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(MARK.to_vec());
    let heads = [
        "table",
        "row",
        "row_label",
        "column",
        "column_label",
        "unit",
        "value",
        "status",
        "partial",
        "before",
        "change",
    ];
    out.write_record(heads.into_iter().chain(meta.iter().map(|(key, ..)| *key)))?;
    for grid in grids {
        for row in &grid.rows {
            for (column, cell) in grid.columns.iter().zip(&row.cells) {
                let [unit, value, status, partial, before, change] = tidy(grid, cell);
                let own = [grid.id, &row.code, &row.label, &column.id, &column.label];
                let values = [unit, value, status, partial, before, change];
                let meta = meta.iter().map(|(_, _, value)| value.as_str());
                let record = own.into_iter().chain(values.iter().map(String::as_str)).chain(meta);
                // Numbers are written by us and may be negative; only words can be formulas.
                out.write_record(record.map(|text| {
                    if text.parse::<f64>().is_ok() { text.to_owned() } else { defused(text).into_owned() }
                }))?;
            }
        }
    }
    Ok(out.into_inner().map_err(|e| csv::Error::from(e.into_error()))?)
}

fn tidy(grid: &Grid, cell: &GridCell) -> [String; 6] {
    let none = String::new;
    match cell {
        GridCell::Text(t) => [none(), t.clone(), none(), none(), none(), none()],
        GridCell::Count { reading, partial } => [
            grid.unit.clone(),
            reading.number().map(|n| n.to_string()).unwrap_or_default(),
            reading.word().to_owned(),
            u8::from(*partial).to_string(),
            none(),
            none(),
        ],
        GridCell::Percent(x) | GridCell::Tenths(x) => {
            ["%".to_owned(), x.map(|x| fine(x).to_string()).unwrap_or_default(), none(), none(), none(), none()]
        }
        GridCell::Change(None) => [none(), none(), none(), none(), none(), "none".to_owned()],
        GridCell::Change(Some(c)) => {
            [grid.unit.clone(), c.counts.1.to_string(), none(), none(), c.counts.0.to_string(), c.word.to_owned()]
        }
    }
}

/// A list as it stands: its columns as headings (an HXL row below them where asked), then a column for each line of `meta`.
///
/// # Errors
/// [`CsvError`] where the writer fails.
pub fn write_list_csv(grid: &Grid, meta: &[MetaLine], hxl: bool) -> Result<Vec<u8>, CsvError> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(MARK.to_vec());
    let meta_keys = || meta.iter().map(|(key, ..)| *key);
    out.write_record(grid.columns.iter().map(|c| c.id.as_str()).chain(meta_keys()))?;
    if hxl {
        out.write_record(
            grid.columns
                .iter()
                .map(|c| c.hxl.clone().unwrap_or_default())
                .chain(meta_keys().map(|k| format!("#meta+{k}"))),
        )?;
    }
    for row in &grid.rows {
        let cells = row.cells.iter().map(|cell| match cell {
            GridCell::Text(t) => defused(t).into_owned(),
            GridCell::Count { reading, .. } => reading.number().map(|n| n.to_string()).unwrap_or_default(),
            GridCell::Percent(x) | GridCell::Tenths(x) => x.map(|x| fine(x).to_string()).unwrap_or_default(),
            GridCell::Change(c) => c.as_ref().map(|c| c.word.to_owned()).unwrap_or_default(),
        });
        out.write_record(cells.chain(meta.iter().map(|(_, _, value)| defused(value).into_owned())))?;
    }
    Ok(out.into_inner().map_err(|e| csv::Error::from(e.into_error()))?)
}

/// Plain rows below their heads: an absence is empty, yes and no are `true` and `false`, words are no formulas.
///
/// # Errors
/// [`CsvError`] where the writer fails, a row longer than the heads among the causes.
pub fn write_rows_csv<'v, R>(heads: &[&str], rows: impl IntoIterator<Item = R>) -> Result<Vec<u8>, CsvError>
where
    R: IntoIterator<Item = Value<'v>>,
{
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(MARK.to_vec());
    out.write_record(heads)?;
    for row in rows {
        out.write_record(row.into_iter().map(|value| match value {
            Value::Null => String::new(),
            Value::Text(text) => defused(text).into_owned(),
            Value::Int(n) => n.to_string(),
            Value::Real(x) => x.to_string(),
            Value::Flag(flag) => flag.to_string(),
        }))?;
    }
    Ok(out.into_inner().map_err(|e| csv::Error::from(e.into_error()))?)
}

/// Rows of named values, all with the same names; lists are joined by `|`, an absence is empty.
///
/// # Errors
/// [`CsvError`] where the writer fails.
pub fn write_records_csv(rows: &[Map<String, serde_json::Value>]) -> Result<Vec<u8>, CsvError> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if let Some(first) = rows.first() {
        out.write_record(first.keys())?;
    }
    for row in rows {
        out.write_record(row.values().map(|value| match value {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => defused(text).into_owned(),
            serde_json::Value::Array(of) => {
                of.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join("|")
            }
            number => number.to_string(),
        }))?;
    }
    Ok(out.into_inner().map_err(|e| csv::Error::from(e.into_error()))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Reading;
    use crate::formats::grid::{GridColumn, GridRow};

    fn grid() -> Grid {
        let cells = vec![
            GridCell::count(Reading::Value(3)),
            GridCell::count(Reading::NotCovered),
            GridCell::Text("=HYPERLINK(\"x\")".into()),
            GridCell::Percent(Some(-1.25)),
        ];
        Grid {
            id: "t",
            title: "T".into(),
            unit: "violations".into(),
            corner: "Région".into(),
            columns: ["a", "b", "c", "d"].map(|id| GridColumn::new(id, id)).to_vec(),
            rows: vec![GridRow { code: "ML07".into(), label: "@Gao".into(), cells, total: false }],
            notes: Vec::new(),
        }
    }

    #[test]
    fn plain_rows_keep_numbers_and_leave_absences_empty() {
        let rows = [[Value::Text("=1+1"), Value::Null, Value::Int(-3), Value::Real(2.5), Value::Flag(true)]];
        let text = String::from_utf8(write_rows_csv(&["a", "b", "c", "d", "e"], rows).expect("written"));
        assert_eq!(text.expect("UTF-8"), "\u{feff}a,b,c,d,e\r\n'=1+1,,-3,2.5,true\r\n");
        assert!(write_rows_csv(&["a"], [[Value::Null, Value::Null]]).is_err());
    }

    #[test]
    fn an_absence_is_empty_with_its_status_and_words_are_no_formulas() {
        let meta: [MetaLine; 1] = [("period", "Période".into(), "2021-06".into())];
        let bytes = write_tidy_csv(&[grid()], &meta).expect("written");
        assert!(bytes.starts_with(MARK));
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert!(text.contains("violations,3,value,0,,,2021-06\r\n"), "{text}");
        assert!(text.contains("violations,,not_covered,0,,,2021-06\r\n"), "{text}");
        assert!(text.contains("\"'=HYPERLINK"), "{text}");
        assert!(text.contains("'@Gao"), "{text}");
        assert!(text.contains("%,-1.25,"), "{text}");
        let list = String::from_utf8(write_list_csv(&grid(), &meta, true).expect("written")).expect("UTF-8");
        assert!(list.contains("#meta+period") && list.contains("3,,\"'=HYPERLINK"), "{list}");
    }
}
