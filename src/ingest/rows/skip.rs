//! Rows that are no data: totals, and the header again.

use super::number::Wrong;
use super::plan::{Plan, Row};
use crate::domain::Lang;
use crate::ingest::codes;
use crate::ingest::fold::fold;
use crate::ingest::table::Cell;

/// What rows of totals begin with, folded.
const TOTALS: [&str; 8] =
    ["total", "totaux", "totalgeneral", "soustotal", "soustotaux", "grandtotal", "subtotal", "ensemble"];

/// Why a row is no data; none where it is.
pub(super) fn reason(row: &Row<'_>, plan: &Plan, headers: &[String], lang: Lang) -> Option<Wrong> {
    let (place, first) = row.cells.iter().enumerate().find(|(_, c)| **c != Cell::Empty)?;
    let Cell::Text(first) = first else { return None };
    // Most rows end here: their first cell begins like no total and is not its heading.
    let likely = first.starts_with(['T', 't', 'S', 's', 'G', 'g', 'E', 'e']);
    if likely && is_total(first, row, plan) {
        let message = say!(
            lang,
            "une ligne de total : ses chiffres sont déjà dans les autres lignes, elle n’est pas comptée",
            "a row of totals: its figures are in the other rows already, it is not counted"
        );
        return Some((codes::TOTAL_ROW, message));
    }
    let is_heading = |place: usize, text: &str| headers.get(place).is_some_and(|h| !h.is_empty() && **h == *text);
    if is_heading(place, first) {
        let filled = row.cells.iter().enumerate().filter(|(_, c)| **c != Cell::Empty);
        let (mut all, mut same) = (0, 0);
        for (place, cell) in filled {
            all += 1;
            same += usize::from(is_heading(place, &cell.shown()));
        }
        if all > 1 && all == same {
            let message = say!(lang, "l’en-tête encore une fois : passée", "the header once more: skipped");
            return Some((codes::REPEATED_HEADER, message));
        }
    }
    None
}

/// Whether the row's first word says that it is a total: alone, or with a name where the row has no date (« Total Mopti »).
fn is_total(first: &str, row: &Row<'_>, plan: &Plan) -> bool {
    let key = fold(first.get(..first.floor_char_boundary(60)).unwrap_or(first));
    if TOTALS.contains(&key.as_str()) {
        return true;
    }
    let named = ["total ", "total:", "totaux ", "sous-total ", "sous total ", "grand total "];
    let lower = first.to_lowercase();
    let undated = match row.cell(plan.time) {
        Cell::Empty => true,
        Cell::Text(text) => **text == *first,
        _ => false,
    };
    undated && named.iter().any(|word| lower.starts_with(word))
}
