//! How layers look: colours, class breaks, symbols of absence, legends. One definition a layer in `styles/layers`
//! serves the web map, QGIS and the printed annexes, so that they cannot drift apart.
//!
//! Nothing here draws. A number has a class ([`Style::class_of`]); an absence has none and is drawn by the symbol of
//! its status, never as zero.

mod catalogue;
mod colour;
mod layer;
mod legend;
mod maplibre;
mod number;
mod qml;
mod sld;

pub use catalogue::{StyleError, Styles};
pub use colour::Colour;
pub use layer::{
    Category, Class, ClassMethod, LegendEntry, Mark, Match, Pattern, PatternKind, Shape, StatusSymbol, Style, Swatch,
};
pub use legend::{legend_json, legend_svg};
pub use maplibre::{StyleSources, maplibre, sprite_name};
pub use number::{decimal, grouped, percent};
pub use qml::{QmlGeometry, qml, qml_body, qml_tiles};
pub use sld::sld;
