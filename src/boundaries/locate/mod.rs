//! A point → the finest unit that holds it.
//!
//! Three parts: a grid whose cells mostly lie wholly in one unit ([`grid`]); for the other cells an exact test against
//! the edges of the point's row ([`slabs`]); an R-tree of edges for points outside every unit ([`near`]).
//!
//! # Whose is a border?
//! Exactly one unit's. A point on a shared edge belongs to the unit east of it (north of it, where the edge is
//! horizontal); a shared vertex likewise. Neighbours that share their vertices hold the same numbers and the test is
//! exact, so no point on their border is in both or in neither. Where the sets themselves overlap, the unit of the
//! stated country is taken, else the first by (set, p-code); a point in a gap goes to the nearest unit as a point
//! outside does.

mod grid;
mod near;
mod slabs;

use std::sync::Arc;

use super::{BoundarySet, Unit};
use crate::domain::{GeometryKind, SetId};
use crate::spatial::{Bbox, LonLat, Metres};
use grid::{Cell, Cells, Grid, candidate};
use near::Near;
use slabs::Slabs;

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
    /// Set and unit by number; the numbers are in the order of (set, p-code).
    units: Vec<(usize, usize)>,
    /// None where there is no unit at all.
    cells: Option<Cells>,
    slabs: Slabs,
    near: Near,
}

impl Locator {
    /// Builds the index. A schematic set is refused unless `allow_schematic` (synthetic rows only).
    /// Give one set a country: two vintages of one country overlap everywhere, and the first by name would win.
    pub fn build(sets: &[Arc<BoundarySet>], allow_schematic: bool) -> Result<Self, LocatorError> {
        if let Some(set) = sets.iter().find(|s| s.info.geometry == GeometryKind::Schematic && !allow_schematic) {
            return Err(LocatorError::Schematic(set.info.id.clone()));
        }
        let sets = sets.to_vec();
        let mut order: Vec<usize> = (0..sets.len()).collect();
        order.sort_by(|a, b| sets[*a].info.id.cmp(&sets[*b].info.id));
        let units: Vec<(usize, usize)> =
            order.into_iter().flat_map(|s| (0..finest(&sets[s]).len()).map(move |u| (s, u))).collect();
        let unit = |at: &(usize, usize)| &finest(&sets[at.0])[at.1];
        let bbox = units.iter().fold(Bbox::EMPTY, |b, at| b.union(unit(at).bbox));
        let edges: usize = units.iter().map(|at| slabs::edges_of(&unit(at).shape).count()).sum();
        // Some twenty cells an edge leave few cells with a border; 2 M of them take 8 MB.
        let cells = u32::try_from(edges * 24).unwrap_or(u32::MAX).clamp(1 << 12, 1 << 21);
        let mut slabs = Slabs::default();
        let cells = (!bbox.is_empty()).then(|| {
            let shapes = units.iter().map(|at| (&unit(at).shape, unit(at).bbox));
            Cells::build(Grid::over(bbox, cells), shapes, &mut slabs)
        });
        let near = Near::build(units.iter().map(|at| &unit(at).shape));
        Ok(Self { sets, units, cells, slabs, near })
    }

    /// The unit that holds the point; `stated_country` (ISO 3166-1 alpha-3, any case) settles an overlap of countries.
    /// It settles nothing else: a point in one country only is located there, whatever country was stated.
    pub fn locate(&self, point: LonLat, stated_country: Option<&str>) -> Located {
        let (x, y) = (point.lon(), point.lat());
        let inside = match self.cells.as_ref().and_then(|c| c.at(x, y)) {
            None | Some((Cell::Nothing, _)) => None,
            Some((Cell::One(unit), _)) => Some(unit),
            Some((Cell::Some(list), row)) => {
                let mut hits = list
                    .iter()
                    .map(|w| candidate(*w))
                    .filter_map(|(unit, whole)| (whole || self.slabs.holds(unit, row, x, y)).then_some(unit));
                let first = hits.next();
                match (first, stated_country) {
                    (Some(first), Some(country)) if !self.is_in(first, country) => {
                        hits.find(|unit| self.is_in(*unit, country)).or(Some(first))
                    }
                    _ => first,
                }
            }
        };
        if let Some(unit) = inside {
            return self.found(unit, How::Inside);
        }
        let shape = |unit: u32| {
            let (set, unit) = self.units[unit as usize];
            &finest(&self.sets[set])[unit].shape
        };
        match self.near.nearest(point, NEAREST_LIMIT_M, shape) {
            Some((unit, distance)) => self.found(unit, How::Nearest { distance: Metres(distance) }),
            None => Located::Outside,
        }
    }

    /// The set and unit of a find.
    pub fn unit(&self, found: &Found) -> (&BoundarySet, &Unit) {
        let set = &self.sets[found.set];
        (set, &finest(set)[found.unit])
    }

    /// The sets it was built from, in the order given.
    pub fn sets(&self) -> &[Arc<BoundarySet>] {
        &self.sets
    }

    fn is_in(&self, unit: u32, country: &str) -> bool {
        self.sets[self.units[unit as usize].0].info.country.eq_ignore_ascii_case(country.trim())
    }

    fn found(&self, unit: u32, how: How) -> Located {
        let (set, unit) = self.units[unit as usize];
        Located::Unit(Found { set, unit, how })
    }
}

fn finest(set: &BoundarySet) -> &[Unit] {
    set.units(set.finest())
}

#[cfg(test)]
mod tests;
