//! Boundary sets: read with GDAL, repaired, nested; names and points located on them.
//!
//! - [`read_units`], [`read_bytes`]: files (or shipped bytes) → units and a report of what was understood.
//! - [`Locator`]: a point → the finest unit that holds it.
//! - [`contiguity`], [`within_distance`], [`k_nearest`]: units → who is whose neighbour, for the statistics.
//! - [`crosswalk`]: two sets → which units of the one lie in which of the other.
//! - [`Gazetteer`]: names of region, cercle and commune → a unit; near names, ranked, for an officer to choose.
//! - [`Localities`]: names of villages and towns → points; [`resolve_axis`]: a road through several places.
//! - [`resolve_pcode`]: a code of one set → a unit.

mod axis;
pub mod crosswalk;
mod error;
mod localities;
mod locate;
mod names;
mod neighbours;
mod read;
mod set;

pub use axis::{axis_names, axis_units, resolve_axis};
pub use error::BoundaryError;
pub use localities::{Localities, Locality};
pub use locate::{Found, How, Located, Locator, LocatorError, NEAREST_LIMIT_M};
pub use names::{
    Alias, AliasError, Gazetteer, Knowledge, Learned, NameFinding, NameKey, Resolution, Settlement, Suggestion,
    parse_aliases, resolve_pcode, statement,
};
pub use neighbours::{Contiguity, SharedBorders, Tolerances, contiguity, k_nearest, within_distance};
pub use read::{
    FileReport, Limits, ParentSource, Place, PointLayer, ReadOptions, ReadReport, read_bytes, read_point_layers,
    read_units,
};
pub use set::{BoundarySet, SetInfo, Unit};
