//! Plain tables that are no theme: lists of localities, review queues that an officer filled in.

use std::sync::Arc;

use super::codes::{self, IssueCode};
use super::fold::fold;
use super::rows::degrees;
use super::table;
use super::{IngestError, Limits};
use crate::boundaries::Locality;
use crate::domain::{Finding, Lang};
use crate::spatial::LonLat;

/// One row of a plain table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetRow {
    /// Its line in the file.
    pub line: u64,
    /// The cells of the columns asked for, in that order; none where empty.
    pub cells: Vec<Option<String>>,
}

/// Reads columns of a table of any format by their headings; each column is a list of headings it is known by, the first
/// of which names it. The columns marked must be there.
///
/// # Errors
/// [`IngestError`] where the file cannot be read or a column is missing.
pub fn read_sheet(
    bytes: &[u8],
    file_name: &str,
    columns: &[(&[&str], bool)],
    lang: Lang,
) -> Result<Vec<SheetRow>, IngestError> {
    let is = |heading: &str, names: &[&str]| names.iter().any(|n| fold(n) == fold(heading));
    let known = |heading: &str| columns.iter().any(|(names, _)| is(heading, names));
    let limits = Limits::default();
    let (bytes, file_name) = table::unpack(bytes, file_name, &limits)?;
    let opened = table::open(&bytes, &file_name, &limits)?;
    let known = table::Known { heading: &known, tag: &|_| false };
    let mut table = opened.table(&limits, lang, None, &known).map_err(|e| match e {
        IngestError::NoHeader { found, .. } => {
            let expected = columns.iter().filter(|(_, required)| *required).map(|(names, _)| names[0].to_owned());
            IngestError::NoHeader { found, expected: expected.collect() }
        }
        other => other,
    })?;
    let at: Vec<Option<usize>> =
        columns.iter().map(|(names, _)| table.header.names.iter().position(|h| is(h, names))).collect();
    let missing = columns.iter().zip(&at).filter(|((_, required), at)| *required && at.is_none());
    let missing: Vec<String> = missing.map(|((names, _), _)| names[0].to_owned()).collect();
    if !missing.is_empty() {
        return Err(IngestError::MissingColumns { columns: missing });
    }
    let cell = |cells: &[table::Cell], k: &Option<usize>| {
        let shown = cells.get((*k)?)?.shown();
        (!shown.is_empty()).then(|| shown.into_owned())
    };
    let mut rows = Vec::new();
    while let Some(batch) = table.rows.take(usize::MAX)? {
        batch.each(|line| {
            let cells = at.iter().map(|k| cell(&line.cells, k)).collect();
            rows.push(SheetRow { line: line.at, cells });
        });
    }
    Ok(rows)
}

/// Columns of a list of localities.
const LOCALITY_COLUMNS: [(&[&str], bool); 7] = [
    (&["name", "nom", "locality", "localité", "village"], true),
    (&["lon", "longitude", "x"], true),
    (&["lat", "latitude", "y"], true),
    (&["country", "pays"], false),
    (&["region", "région", "admin1"], false),
    (&["cercle", "admin2"], false),
    (&["commune", "admin3"], false),
];

/// Reads a list of villages and towns: name, lon, lat, and where given country and admin names. A row without a name or
/// with coordinates that are none is a reject.
///
/// # Errors
/// [`IngestError`] where the file cannot be read or lacks one of name, lon, lat.
pub fn read_localities(
    bytes: &[u8],
    file_name: &str,
    lang: Lang,
) -> Result<(Vec<Locality>, Vec<Finding>), IngestError> {
    let mut localities = Vec::new();
    let mut findings = Vec::new();
    for row in read_sheet(bytes, file_name, &LOCALITY_COLUMNS, lang)? {
        let mut reject = |column: usize, (code, message): (IssueCode, String)| {
            findings.push(Finding {
                code: code.name.into(),
                severity: code.severity,
                file: file_name.to_owned(),
                sheet: None,
                line: Some(row.line),
                column: Some(LOCALITY_COLUMNS[column].0[0].to_owned()),
                value: row.cells[column].clone().map(|v| v.chars().take(120).collect()),
                message,
            });
        };
        let missing = |column: &str| {
            let message =
                say!(lang, "{column} est vide : remplissez la cellule", "{column} is empty: fill the cell in");
            (codes::MISSING_VALUE, message)
        };
        let Some(name) = row.cells[0].as_deref().filter(|n| !fold(n).is_empty()) else {
            reject(0, missing("name"));
            continue;
        };
        let read = |k: usize| {
            let text = row.cells[k].as_deref().ok_or_else(|| (k, missing(LOCALITY_COLUMNS[k].0[0])))?;
            degrees(&table::Cell::text(text), lang).map_err(|wrong| (k, wrong))
        };
        let point = read(1).and_then(|lon| Ok((lon, read(2)?))).and_then(|(lon, lat)| {
            LonLat::new(lon, lat).map_err(|_| {
                let message = say!(
                    lang,
                    "hors de la Terre : donnez des degrés décimaux WGS 84",
                    "off the earth: give decimal degrees, WGS 84"
                );
                (1, (codes::COORDINATES_OUT_OF_RANGE, message))
            })
        });
        match point {
            Ok(point) => {
                let text = |k: usize| row.cells[k].as_deref().map(Arc::from);
                localities.push(Locality {
                    name: name.into(),
                    point,
                    country: text(3).unwrap_or_else(|| "".into()),
                    admin: [text(4), text(5), text(6)],
                });
            }
            Err((column, wrong)) => reject(column, wrong),
        }
    }
    Ok((localities, findings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_villages_is_read_and_a_wrong_row_is_told_by_its_line() {
        let text = "nom;longitude;latitude;pays;cercle\nBoni;-2,2198;15,0766;ML;Douentza\n;1;2;;\nX;abc;2;;\nY;1;95;;\nZ;1;;;\n";
        let (list, findings) = read_localities(text.as_bytes(), "villages.csv", Lang::Fr).expect("a table");
        assert_eq!((list.len(), &*list[0].name, list[0].admin[1].as_deref()), (1, "Boni", Some("Douentza")));
        let found: Vec<(&str, Option<u64>)> = findings.iter().map(|f| (f.code.as_ref(), f.line)).collect();
        let expected = [
            ("MISSING_VALUE", Some(3)),
            ("BAD_COORDINATE", Some(4)),
            ("COORDINATES_OUT_OF_RANGE", Some(5)),
            ("MISSING_VALUE", Some(6)),
        ];
        assert_eq!(found, expected);
        let error = read_localities(b"name,lon\nBoni,1\n", "v.csv", Lang::Fr).expect_err("no latitude");
        assert!(matches!(error, IngestError::MissingColumns { columns } if columns == ["lat"]));
    }
}
