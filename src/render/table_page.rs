//! Tables on pages: as many sheets as they need, the heading repeated on each, page n of N.

use std::collections::BTreeMap;

use serde::Serialize;

use super::page::{Page, PageParts, RenderError};
use super::page_svg::Halos;
use super::world::Templates;
use crate::domain::Lang;

/// Everything on the pages, its words and numbers ready to be printed.
#[derive(Debug, Clone, Serialize)]
pub struct TableBook {
    /// Language of the pages.
    pub lang: Lang,
    /// Title.
    pub title: String,
    /// What is counted, over which period.
    pub subtitle: String,
    /// Provisional, synthetic, schematic.
    pub badges: Vec<String>,
    /// Sentences above the tables.
    pub sentences: Vec<String>,
    /// The tables.
    pub sections: Vec<TableSection>,
    /// Sources and limits, after the last table.
    pub foot: Vec<String>,
    /// The disclaimer, on every page.
    pub disclaimer: String,
    /// « Page {n}/{total} ».
    pub page: String,
    /// Day of creation, year, month, day.
    pub created: Option<(i32, u8, u8)>,
}

/// A table.
#[derive(Debug, Clone, Serialize)]
pub struct TableSection {
    /// Title; none is printed where empty.
    pub title: String,
    /// Columns, the rows' labels first.
    pub columns: Vec<TableColumn>,
    /// Rows.
    pub rows: Vec<TableRow>,
    /// Notes below.
    pub notes: Vec<String>,
    /// Widths of the columns against each other; where empty the page finds its own.
    pub weights: Vec<f64>,
}

/// A column.
#[derive(Debug, Clone, Serialize)]
pub struct TableColumn {
    /// Heading.
    pub label: String,
    /// Set flush right (numbers).
    pub right: bool,
}

/// A row.
#[derive(Debug, Clone, Serialize)]
pub struct TableRow {
    /// Parallel to the columns.
    pub cells: Vec<TableCell>,
    /// A line of totals.
    pub total: bool,
}

/// A cell.
#[derive(Debug, Clone, Serialize)]
pub struct TableCell {
    /// What it says.
    pub text: String,
    /// An arrow before it (`up`, `down`, `level`) and the word for who cannot see it.
    pub mark: Option<(&'static str, String)>,
    /// Set in grey: a zero, an absence.
    pub quiet: bool,
}

/// The arrows of the report as drawings: the fonts have none.
const ARROWS: [(&str, &str); 3] = [
    (
        "arrow-up.svg",
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10" viewBox="0 0 10 10"><path d="M1.6 8.4 7.6 2.4M3.2 1.8H8.2V6.8" fill="none" stroke="#1A1A1A" stroke-width="1.5"/></svg>"##,
    ),
    (
        "arrow-down.svg",
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10" viewBox="0 0 10 10"><path d="M1.6 1.6 7.6 7.6M3.2 8.2H8.2V3.2" fill="none" stroke="#1A1A1A" stroke-width="1.5"/></svg>"##,
    ),
    (
        "arrow-level.svg",
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10" viewBox="0 0 10 10"><path d="M1.6 3.5H8.4M1.6 6.5H8.4" fill="none" stroke="#1A1A1A" stroke-width="1.5"/></svg>"##,
    ),
];

/// The drawings of arrows, by the names that templates ask for.
pub(super) fn arrow_files() -> BTreeMap<String, Vec<u8>> {
    ARROWS.iter().map(|(name, svg)| ((*name).to_owned(), svg.as_bytes().to_vec())).collect()
}

/// Sets the pages by a template of `styles/annexes`.
///
/// # Errors
/// A table whose rows and columns do not match, or a template that does not compile.
pub fn table_pages(template: &'static str, book: &TableBook, templates: &Templates) -> Result<Page, RenderError> {
    let fits = |s: &TableSection| {
        let width = s.columns.len();
        width > 0 && s.rows.iter().all(|r| r.cells.len() == width) && (s.weights.is_empty() || s.weights.len() == width)
    };
    if !book.sections.iter().all(fits) {
        return Err(RenderError::Empty("rows and columns of a table do not match".to_owned()));
    }
    let data = serde_json::to_vec(book)
        .map_err(|e| RenderError::Encode { format: "data of the page", message: e.to_string() })?;
    let mut files = arrow_files();
    files.insert("data.json".to_owned(), data);
    let parts =
        PageParts { template, files, drawings: BTreeMap::new(), halos: Halos::default(), created: book.created };
    Page::compose(templates, parts)
}
