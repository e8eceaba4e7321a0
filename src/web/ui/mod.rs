//! `/app`: what a coordinator opens in a meeting. Every page is made here whole, so that it works without a script and on a bad
//! line; the scripts of `web/` make the map move, draw charts and bring files in.

mod app;
mod chooser;
mod figures;
mod grids;
mod import;
mod panels;
mod report;
mod shell;
mod view;
mod words;

use super::embed;

pub(super) use app::app;
pub(super) use import::import;
pub(super) use report::report;
pub(super) use view::LEVELS;

/// What `/app` takes beside the context, by the name that the API description gives it. `at`, `unit` and `fragment` are its
/// script's own.
pub(super) const PARAMETERS: [&str; 7] = ["theme", "shown", "compare", "region", "category", "zone", "view"];

/// The themes shown.
pub(super) fn themes() -> [&'static str; 6] {
    view::THEMES.map(|(id, _)| id)
}

/// The script of a page, where the program was built with it.
fn script(page: &str) -> Option<String> {
    let file = format!("{page}.js");
    embed::has_part(&file).then_some(file)
}
