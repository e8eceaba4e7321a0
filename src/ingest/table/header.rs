//! Which row names the columns: below titles, above HXL tags, over two rows where headings were merged.

use super::{Cell, Line, Tag, checked_headers, excerpt, heading};
use crate::ingest::{IngestError, Limits};

/// A table's header, found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ingest) struct Header {
    /// The headings as written.
    pub(in crate::ingest) names: Vec<String>,
    /// The header's line.
    pub(in crate::ingest) line: u64,
    /// The last line of the header: its own, or that of the tags below it.
    pub(super) last: u64,
    /// The HXL tag of each column, where the file has a row of them.
    pub(in crate::ingest) tags: Vec<Option<Tag>>,
    /// The first and last line of what stands above the header.
    pub(in crate::ingest) above: Option<(u64, u64)>,
    /// How many of its headings are known.
    pub(super) score: usize,
}

/// Finds the header among the first filled rows: the row with the most known headings, the first of equals. Takes it and
/// what stands above it off `rows`.
///
/// # Errors
/// Where no row has a known heading, or the header has too many columns.
pub(super) fn find(
    rows: &mut Vec<Line<'_>>,
    limits: &Limits,
    known: &dyn Fn(&str) -> bool,
    tag_known: &dyn Fn(&Tag) -> bool,
) -> Result<Header, IngestError> {
    let texts: Vec<Vec<String>> = rows.iter().map(|r| r.cells.iter().map(|c| heading(&c.shown())).collect()).collect();
    let tags_at = rows.iter().position(|r| is_tag_row(&r.cells));
    let score = |names: &[String]| names.iter().filter(|n| !n.is_empty() && known(n)).count();
    let tags: Vec<Option<Tag>> = tags_at.map_or(Vec::new(), |k| texts[k].iter().map(|t| Tag::parse(t)).collect());
    let tagged = tags.iter().flatten().filter(|t| tag_known(t)).count();
    let (top, at, last) = if let Some(k) = tags_at {
        // Tags stand below the headings; without any they are the headings.
        (k.saturating_sub(1), k.saturating_sub(1), k)
    } else {
        let best = (0..rows.len()).rev().max_by_key(|k| score(&texts[*k])).unwrap_or(0);
        // Headings below headings: « Femmes, Hommes » under « Victimes ».
        let halves = rows.get(best + 1).is_some_and(|below| {
            let names = &texts[best + 1];
            let filled = names.iter().filter(|n| !n.is_empty()).count();
            below.at == rows[best].at + 1 && filled > 1 && filled == score(names) && *names != texts[best]
        });
        let at = best + usize::from(halves);
        (best, at, at)
    };
    let Some(row) = rows.get(at) else { return Err(IngestError::Empty) };
    let line = row.at;
    let mut names = texts[at].clone();
    if let Some(above) = at.checked_sub(1).filter(|a| rows[*a].at + 1 == line) {
        merge_down(&mut names, &texts[above], known);
    }
    let score = score(&names) + tagged;
    if score == 0 {
        let found = excerpt(texts[0].iter().map(String::as_str));
        return Err(IngestError::NoHeader { found, expected: Vec::new() });
    }
    let names = checked_headers(names, limits)?;
    let above = (top > 0).then(|| (rows[0].at, rows[top - 1].at));
    let last_line = rows[last].at;
    rows.drain(..=last);
    Ok(Header { names, line, last: last_line, tags, above, score })
}

/// Headings that were merged with the cell above stand there: « Date » over two rows beside « Victimes » over « Femmes ».
fn merge_down(names: &mut Vec<String>, above: &[String], known: &dyn Fn(&str) -> bool) {
    for (k, upper) in above.iter().enumerate() {
        if upper.is_empty() || !known(upper) || names.get(k).is_some_and(|n| !n.is_empty()) {
            continue;
        }
        if names.len() <= k {
            names.resize(k + 1, String::new());
        }
        names[k].clone_from(upper);
    }
}

/// Whether most of a row's filled cells are HXL tags.
fn is_tag_row(cells: &[Cell<'_>]) -> bool {
    let filled = cells.iter().filter(|c| **c != Cell::Empty).count();
    let tags = cells.iter().filter(|c| matches!(c, Cell::Text(t) if Tag::parse(t).is_some())).count();
    tags > 0 && tags * 2 > filled
}
