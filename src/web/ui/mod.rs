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

/// The script of a page, where the program was built with it.
fn script(page: &str) -> Option<String> {
    let file = format!("{page}.js");
    embed::has_part(&file).then_some(file)
}
