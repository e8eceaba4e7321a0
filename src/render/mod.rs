//! Maps on paper: a scene in millimetres, a page set by a template, three formats from one layout.
//!
//! [`IncidentMap`] describes an annex map without knowing where its numbers come from; [`incident_page`] draws it. The
//! parts (frame, mesh, hatch, label placer, scene, page) serve the other annexes alike. Templates, wording and layout are
//! files in `styles/annexes` that an office can replace.

mod alert_map;
mod alert_symbols;
mod base;
mod choropleth;
mod circle_names;
mod composer;
mod context;
mod dashboard_page;
mod drawing;
mod fonts;
mod frame;
mod glyphs;
mod ground;
mod hatch;
mod incident_map;
mod liptako_page;
mod inks;
mod insets;
mod kit;
mod layout;
mod legend;
mod map_circles;
mod map_ground;
mod map_names;
mod map_sheet;
mod marks;
mod messages;
mod page;
mod page_png;
mod page_svg;
mod paint;
mod place;
mod scene;
mod table_page;
mod severity_map;
mod world;

pub use alert_map::{AlertMap, AlertPlace, Flow, KindSymbol, alert_page};
pub use base::{Area, BaseMap, Notes, Paper, Sheet, Zone};
pub use choropleth::{Cell, ChoroplethMap, ClassSymbol, Filled, SideTable, choropleth_page};
pub use composer::projection_line;
pub use context::Context;
pub use dashboard_page::{Bar, CategoryBar, Dashboard, LevelBar, ShareBar, Tile, TileChange, dashboard_page};
pub use drawing::svg_png;
pub use frame::{MapFrame, Point, Rect};
pub use glyphs::{GLYPH_BLOCK, GLYPH_FONTS, glyphs};
pub use incident_map::{Category, Count, IncidentMap, incident_page};
pub use kit::Kit;
pub use liptako_page::{LegendWords, ZoneMap, zone_page};
pub use map_ground::Covered;
pub use map_sheet::map_sheet;
pub use messages::Messages;
pub use page::{Page, RenderError};
pub use place::{Placed, Placer};
pub use scene::{Item, Scene, Stroke, Text};
pub use severity_map::{SeverityMap, severity_page};
pub use table_page::{TableBook, TableCell, TableColumn, TableRow, TableSection, table_pages};
pub use world::Templates;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod robust_tests;
