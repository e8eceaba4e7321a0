//! Workbooks of Excel 97–2003: looked at before they are read, since their reader trusts the positions that they state.

use std::io::{Cursor, Read};

use super::archive::damaged;
use crate::ingest::{IngestError, Limits};

/// A sheet of this format has no more columns.
const COLUMNS: u16 = 256;

/// Records that hold cells: row and column are their first four bytes (formula, blank, number, label, RK, and so on).
const CELLS: [u16; 12] =
    [0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x0207, 0x027E, 0x0406];

/// Refuses cells where the format has none, and more of a sheet than the limits allow.
pub(super) fn check(bytes: &[u8], limits: &Limits) -> Result<(), IngestError> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).map_err(damaged)?;
    let name = ["/Workbook", "/Book", "/WORKBOOK", "/BOOK"].into_iter().find(|n| file.is_stream(n));
    let mut stream = Vec::new();
    let name = name.ok_or_else(|| damaged("XLS"))?;
    file.open_stream(name).map_err(damaged)?.take(limits.bytes).read_to_end(&mut stream).map_err(damaged)?;
    let u16_at = |at: usize| stream.get(at..at + 2).map(|b| u16::from_le_bytes([b[0], b[1]]));
    let (mut at, mut rows, mut columns, mut cells) = (0, 0_usize, 0_usize, 0_usize);
    while let (Some(kind), Some(length)) = (u16_at(at), u16_at(at + 2)) {
        let body = at + 4;
        if CELLS.contains(&kind) && length >= 4 {
            let (row, first) = (u16_at(body).unwrap_or(0), u16_at(body + 2).unwrap_or(0));
            // A record of several numbers ends with its last column.
            let last = if kind == 0x00BD { u16_at(body + usize::from(length) - 2).unwrap_or(0) } else { first };
            let column = first.max(last);
            if column >= COLUMNS {
                return Err(damaged(format!("{column} ≥ {COLUMNS}")));
            }
            rows = rows.max(usize::from(row) + 1);
            columns = columns.max(usize::from(column) + 1);
        }
        // A new sheet begins.
        if kind == 0x0809 {
            cells += std::mem::take(&mut rows) * std::mem::take(&mut columns);
        }
        at = body + usize::from(length);
    }
    if cells + rows * columns > limits.cells {
        return Err(IngestError::TooManyCells { limit: limits.cells });
    }
    Ok(())
}
