//! Maps on paper: a scene in millimetres, a page set by a template, three formats from one layout.
//!
//! [`IncidentMap`] describes an annex map without knowing where its numbers come from; [`incident_page`] draws it. The
//! parts (frame, mesh, hatch, label placer, scene, page) serve the other annexes alike. Templates, wording and layout are
//! files in `styles/annexes` that an office can replace.

mod context;
mod dashboard_page;
mod fonts;
mod frame;
mod hatch;
mod incident_map;
mod liptako_page;
mod inks;
mod map_circles;
mod map_ground;
mod map_names;
mod marginalia;
mod mesh;
mod messages;
mod page;
mod page_svg;
mod place;
mod scene;
mod table_page;
mod world;

pub use context::Context;
pub use frame::{MapFrame, Point, Rect};
pub use incident_map::{Area, Category, Count, Ground, IncidentMap, Notes, Paper, Zone, incident_page};
pub use dashboard_page::{Bar, CategoryBar, Dashboard, LevelBar, ShareBar, Tile, TileChange, dashboard_page};
pub use liptako_page::{LegendWords, ZoneMap, zone_page};
pub use mesh::{Arc, Mesh};
pub use messages::Messages;
pub use page::{Page, RenderError};
pub use place::{Placed, Placer};
pub use scene::{Item, Scene, Stroke, Text};
pub use table_page::{TableBook, TableCell, TableColumn, TableRow, TableSection, table_pages};
pub use world::Templates;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod page_tests;
