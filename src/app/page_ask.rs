//! What a page that the program writes is asked for: shared by the list of incidents, the Liptako-Gourma page and the dashboard.

use std::path::Path;

use super::{AppError, LayerQuery};
use crate::render::Page;

/// A page or file to be made.
pub(super) struct PageAsk<'a> {
    /// Period, set, source, basis, language, and whether what is hidden until roles exist may be shown.
    pub query: &'a LayerQuery,
    /// Resolution of a PNG.
    pub dpi: u16,
    /// Day of creation printed.
    pub created: Option<(i32, u8, u8)>,
    /// An office's own folder of templates.
    pub styles: Option<&'a Path>,
    /// Adds the row of HXL tags to tables.
    pub hxl: bool,
}

/// A page in one of its forms: `pdf`, `png`, `svg`; none where the form is no picture.
pub(super) fn picture(page: &Page, format: &str, dpi: u16) -> Option<Result<Vec<u8>, AppError>> {
    let bytes = match format {
        "pdf" => page.pdf(),
        "png" => page.png(f64::from(dpi)),
        "svg" => page.svg().map(String::into_bytes),
        _ => return None,
    };
    Some(bytes.map_err(|e| AppError::Fault(e.to_string())))
}
