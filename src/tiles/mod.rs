//! Vector and raster tiles, from one engine.
//!
//! The outlines of a level are simplified once a zoom, border by border ([`crate::spatial::Mesh`]), put on the grid of that zoom and
//! cut once a tile ([`Outlines`]); values are joined to the finished command streams when a tile is written ([`Table`],
//! [`write_layer`]), so that another month costs no geometry. Pictures ([`paint`]) are drawn from the same streams.

mod light;
mod mvt;
mod outlines;
mod points;
mod raster;
mod sprite;

pub use light::{dissolved, light_outlines};
pub use mvt::{Geometry, Table, Value, write_layer};
pub use outlines::{Cut, Outlines};
pub use points::{PLACE_BUFFER, Spot, THIN_BELOW_ZOOM, place, spots};
pub use raster::{Disc, Ground, PaintError, Picture, paint};
pub use sprite::{Sprite, sprite};

/// Units on a tile's side: a 16th of a pixel where a tile is drawn with 256.
pub const EXTENT: i32 = 4096;
/// Units around a tile that are drawn with it, so that outlines are not seen at its edge: 8 pixels of 256.
pub const BUFFER: i32 = 128;
