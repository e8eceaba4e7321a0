//! Places on the earth: longitude and latitude, boxes, lengths and areas with their units, projections.
//!
//! Knows nothing of what is above it. Longitude always comes before latitude, and a pair of bare
//! floats is never passed around: [`LonLat`] is checked when it is made.

mod donut;
mod frame;
mod lonlat;
mod measure;
mod mesh;
mod pole;
mod projection;
mod tile;

pub use donut::{Donut, NoDonut};
pub use frame::LocalFrame;
pub use lonlat::{Bbox, LonLat, OutOfRange};
pub use measure::{Metres, SquareKm, distance_m, polygon_area_km2};
pub use mesh::{Arc, Mesh, Point};
pub use pole::label_point;
pub use projection::{EqualArea, ProjectedBox};
pub use tile::{MAX_ZOOM, NoSuchTile, TileId, mercator};
