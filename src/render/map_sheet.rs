//! A drawing alone on a sheet of its size.

use std::collections::BTreeMap;

use super::page::{Page, PageParts, RenderError};
use super::page_svg::Halos;
use super::scene::Scene;
use super::world::Templates;
use crate::domain::Lang;

/// Sets a drawing without margins; the title is the document's and says the drawing to who cannot see it.
///
/// # Errors
/// A template that does not compile.
pub fn map_sheet(scene: Scene, title: &str, lang: Lang, templates: &Templates) -> Result<Page, RenderError> {
    let data = serde_json::json!({
        "title": title, "lang": lang.code(), "width": scene.width, "height": scene.height,
    });
    Page::compose(
        templates,
        PageParts {
            template: "map.typ",
            files: BTreeMap::from([("data.json".to_owned(), data.to_string().into_bytes())]),
            drawings: BTreeMap::from([("map.svg".to_owned(), scene)]),
            halos: Halos::default(),
            created: None,
        },
    )
}
