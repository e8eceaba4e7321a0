//! Neighbour lists from boundaries, for the statistics: shared borders, distance bands, k nearest.
//!
//! Units are numbered by their place in the slices given, one slice after the other; several slices (one a national set,
//! any level each) are joined across their borders.

mod borders;
mod distance;
mod facing;

use std::collections::BTreeSet;

use super::Unit;
use crate::spatial::{Bbox, EqualArea};
use crate::stats::{Neighbours, NeighboursError};
use borders::Borders;

pub use distance::{k_nearest, within_distance};

/// Which touch makes two units neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Contiguity {
    /// A border or a single point in common.
    #[default]
    Queen,
    /// A border of some length in common.
    Rook,
}

/// How far from each other two drawings of one border may lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerances {
    /// Within one set, metres: borders that do not share their vertices count as one where they lie this near. Borders
    /// that do share them need no tolerance and are not touched by it. The set's own drawing precision: 100 m is 0.5 mm
    /// at 1:200,000, the scale of the COD boundaries.
    pub within_m: f64,
    /// Between sets, metres: the outer borders of two sets are one border where each faces the other at no more than
    /// this distance, whether they overlap or leave a gap. Measured on the COD sets: of the borders of Mali, Burkina
    /// Faso and Niger 90 % lie within 1 km of each other (Mali–Burkina), but stretches of 60 km lie 13 km apart
    /// (Mali–Niger); beyond 15 km nothing is added but what lies past the end of the common border.
    pub across_m: f64,
    /// Shortest stretch of facing outer borders that makes two units of different sets neighbours, metres. Queen and
    /// rook are the same across sets: where two drawings meet in a point cannot be known to be better than the drawings.
    pub across_length_m: f64,
}

impl Default for Tolerances {
    /// 100 m within a set; 15 km across, over at least 1 km.
    fn default() -> Self {
        Self { within_m: 100.0, across_m: 15_000.0, across_length_m: 1_000.0 }
    }
}

/// Neighbours by shared borders, and what they rest on.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedBorders {
    /// Binary, symmetric.
    pub neighbours: Neighbours,
    /// Pairs of one set found only through the tolerance: 0 where a set's units share their vertices.
    pub by_tolerance: usize,
    /// Pairs of units of different sets.
    pub across: usize,
}

/// Units that share a border.
///
/// Question: who lies beside whom? `sets`: one slice of units a set (levels may differ); `rule`: queen or rook, within a
/// set. Three steps: vertices and edges that units of one set share exactly; edges of one set left over that lie within
/// `within_m` of another unit's; outer edges of different sets that face each other within `across_m`: the point of the
/// other set's border nearest to a place on this one, looked at every 500 m, is itself no nearer than half that distance
/// to this set's border. (Past the end of a common border the nearest point is its end, which does lie nearer.) Distances
/// are taken in the plane of [`EqualArea`], right to about 1 % over a country or three.
///
/// Fails only on more units or pairs than [`Neighbours::LIMIT`].
pub fn contiguity(
    sets: &[&[Unit]],
    rule: Contiguity,
    tolerances: &Tolerances,
) -> Result<SharedBorders, NeighboursError> {
    let bbox = sets.iter().flat_map(|s| s.iter()).fold(Bbox::EMPTY, |b, u| b.union(u.bbox));
    let units = sets.iter().map(|s| s.len()).sum();
    if bbox.is_empty() {
        return Ok(SharedBorders { neighbours: Neighbours::from_pairs(units, &[])?, by_tolerance: 0, across: 0 });
    }
    let plane = EqualArea::for_bbox(&bbox);
    let (mut links, mut by_tolerance, mut first) = (BTreeSet::new(), 0, 0);
    let mut outer = Vec::new();
    for set in sets {
        let mut borders = Borders::of(set, &plane);
        let mut found = borders.shared(rule);
        let near = borders.near(rule, tolerances.within_m);
        by_tolerance += near.difference(&found).count();
        found.extend(near);
        links.extend(found.into_iter().map(|(a, b)| (first + a as usize, first + b as usize)));
        outer.push((first, borders.left_over));
        first += set.len();
    }
    let across = facing::across(outer, tolerances.across_m, tolerances.across_length_m);
    let links: Vec<(usize, usize)> = links.into_iter().chain(across.iter().copied()).collect();
    Ok(SharedBorders { neighbours: Neighbours::from_links(units, &links)?, by_tolerance, across: across.len() })
}

#[cfg(test)]
mod tests;
