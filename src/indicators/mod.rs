//! The cube: unit × period × dimension → value and status.

mod arrows;
mod coverage;
mod cube;
mod disclosure;
mod population;
mod table;
mod tally;
mod trends;
mod zone;
#[cfg(test)]
mod tests;

pub use arrows::{Arrow, Formula, Tolerance};
pub use coverage::{Coverage, CoverageOf, Seen};
pub use cube::{Basis, Cube, Slice};
pub use disclosure::{Disclosed, Disclosure, Members, Sources as DisclosureSources};
pub use population::Populations;
pub use table::{Cell, Table};
pub use trends::{
    Choice, Counted, Key, counted, counted_as, counted_or_hidden, crossed, key_of, part_of, together, whole,
};
pub use zone::{Share, Zone, ZoneKind, ZoneUnit, parse_zones};
