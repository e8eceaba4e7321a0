//! The quarterly dashboard of risks on one sheet: figures with their arrows, small charts that the template draws as shapes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::kit::Kit;
use super::page::{Page, PageParts, RenderError};
use super::page_svg::Halos;
use super::table_page::{TableSection, arrow_files};
use crate::domain::Lang;

/// Everything on the sheet, its words and numbers ready to be printed.
#[derive(Debug, Clone, Serialize)]
pub struct Dashboard {
    /// Language of the page.
    pub lang: Lang,
    /// Title.
    pub title: String,
    /// What is compared with what.
    pub subtitle: String,
    /// Provisional, synthetic, schematic.
    pub badges: Vec<String>,
    /// Figures along the top.
    pub tiles: Vec<Tile>,
    /// Heading of the months, what the letters of absences mean, and a bar a month.
    pub months: (String, String, Vec<Bar>),
    /// Heading of the categories, a note, a bar each.
    pub categories: (String, String, Vec<CategoryBar>),
    /// Heading of the risk levels, a note, a bar a period.
    pub risk: (String, String, Vec<LevelBar>),
    /// Labels of the four levels and their colours.
    pub levels: Vec<(String, String)>,
    /// Heading of the zone's shares, and a bar each.
    pub shares: (String, Vec<ShareBar>),
    /// Violations by region.
    pub regions: TableSection,
    /// Alerts by kind.
    pub alerts: TableSection,
    /// Sources and limits.
    pub foot: Vec<String>,
    /// The disclaimer.
    pub disclaimer: String,
    /// « Page {n}/{total} ».
    pub page: String,
    /// Day of creation, year, month, day.
    pub created: Option<(i32, u8, u8)>,
}

/// A figure with its changes.
#[derive(Debug, Clone, Serialize)]
pub struct Tile {
    /// What it is.
    pub label: String,
    /// The figure, or what stands for it where there is none.
    pub value: String,
    /// Against the period before and the same one a year before.
    pub changes: Vec<TileChange>,
}

/// One change of a figure.
#[derive(Debug, Clone, Serialize)]
pub struct TileChange {
    /// Against what: « T1 2021 ».
    pub label: String,
    /// The arrow (`up`, `down`, `level`) and the word for who cannot see it; none where nothing is compared.
    pub mark: Option<(&'static str, String)>,
    /// « 326 ; +12 % ».
    pub text: String,
}

/// A month.
#[derive(Debug, Clone, Serialize)]
pub struct Bar {
    /// Its short name.
    pub label: String,
    /// The number; none is drawn as a gap with the letters of the absence.
    pub value: Option<u64>,
    /// As printed above the bar.
    pub text: String,
    /// Whether it belongs to the period.
    pub now: bool,
}

/// A category.
#[derive(Debug, Clone, Serialize)]
pub struct CategoryBar {
    /// Letter and label.
    pub label: String,
    /// The number now and before; none where there is none.
    pub counts: (Option<u64>, Option<u64>),
    /// As printed behind the bar.
    pub text: String,
    /// Its arrow.
    pub mark: Option<(&'static str, String)>,
}

/// Communes by level in a period.
#[derive(Debug, Clone, Serialize)]
pub struct LevelBar {
    /// The period.
    pub label: String,
    /// Communes at levels 1 to 4.
    pub counts: [u64; 4],
    /// Communes with a score, as printed; or that there are none.
    pub text: String,
}

/// The share of a zone.
#[derive(Debug, Clone, Serialize)]
pub struct ShareBar {
    /// The zone.
    pub label: String,
    /// Percent, 0 to 100; none where there is nothing to share.
    pub percent: Option<f64>,
    /// As printed.
    pub text: String,
}

/// Sets the sheet.
///
/// # Errors
/// A template that does not compile.
pub fn dashboard_page(board: &Dashboard, kit: &Kit) -> Result<Page, RenderError> {
    let data = serde_json::to_vec(board)
        .map_err(|e| RenderError::Encode { format: "data of the page", message: e.to_string() })?;
    let mut files = arrow_files();
    files.insert("data.json".to_owned(), data);
    let parts = PageParts {
        template: "dashboard.typ",
        files,
        drawings: BTreeMap::new(),
        halos: Halos::default(),
        created: board.created,
    };
    Page::compose(&kit.templates, parts)
}
