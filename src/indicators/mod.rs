//! The cube: unit × period × dimension → value and status.

mod coverage;
mod cube;
mod population;
mod table;
mod tally;
mod zone;
#[cfg(test)]
mod tests;

pub use coverage::{Coverage, CoverageOf, Seen};
pub use cube::{Basis, Cube, Slice};
pub use population::Populations;
pub use table::{Cell, Table};
pub use zone::{Share, Zone, ZoneKind, ZoneUnit, parse_zones};
