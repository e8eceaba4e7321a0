//! Boundary sets: read with GDAL, repaired, nested; names and points located on them.

mod set;

pub use set::{BoundarySet, SetInfo, Unit};
