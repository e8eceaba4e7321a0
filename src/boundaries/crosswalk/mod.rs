//! Crosswalk: from the units of one boundary set to those of another, with the share of each that lies in which.
//!
//! By area only between surveyed sets: the areas of a diagram say nothing. Identity (code and name) holds between any two.
//! Shares of a unit and what lies outside the other set always make 1.

mod fate;
mod identity;
#[cfg(test)]
mod tests;

use geo::{Area as _, BooleanOps as _, MapCoords as _, MultiPolygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::Unit;
use crate::spatial::{Bbox, EqualArea};

pub use fate::{Change, Fate, changes};
pub use identity::{Twin, identity};

/// Two units that cover each other to this share are one and the same place.
pub const SAME: f64 = 0.95;

/// An overlap below this share of both units is two drawings of one line, and no overlap.
pub const SLIVER: f64 = 0.005;

/// Where no more than this share of a unit lies outside the other set, that is drawing too: its shares are scaled to make 1.
pub const SLACK: f64 = 0.02;

/// What two units have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Position of the unit in the first list.
    pub from: usize,
    /// Position of the unit in the second.
    pub to: usize,
    /// Area in common, km².
    pub area_km2: f64,
    /// Its share of the first unit as drawn, 0 to 1.
    pub of_from: f64,
    /// Its share of the second unit as drawn, 0 to 1.
    pub of_to: f64,
    /// How much of what the first unit counts goes to the second, 0 to 1.
    pub share: f64,
}

/// Shares of the units of one list in those of another.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Crosswalk {
    /// What they have in common, in the order of the first list, then of the second.
    pub parts: Vec<Part>,
    /// By unit of the first list: the share that goes to no unit of the second, 0 to 1.
    pub outside: Vec<f64>,
}

/// The shares by area, on an equal-area projection (Albers on the authalic sphere, fitted to both).
pub fn by_area(from: &[Unit], to: &[Unit]) -> Crosswalk {
    let bbox = from.iter().chain(to).fold(Bbox::EMPTY, |b, u| b.union(u.bbox));
    if from.is_empty() || bbox.is_empty() {
        return Crosswalk { parts: Vec::new(), outside: vec![1.0; from.len()] };
    }
    let albers = EqualArea::for_bbox(&bbox);
    let projected = |u: &Unit| -> MultiPolygon<f64> {
        u.shape.map_coords(|c| {
            let (x, y) = albers.project(c.x, c.y);
            // Kilometres: areas are km² at once.
            geo::coord! { x: x / 1000.0, y: y / 1000.0 }
        })
    };
    let shapes: Vec<(MultiPolygon<f64>, f64)> = to.iter().map(projected).map(with_area).collect();
    let boxes = to.iter().enumerate().map(|(k, u)| {
        let b = u.bbox;
        GeomWithData::new(Rectangle::from_corners([b.west, b.south], [b.east, b.north]), k)
    });
    let tree = RTree::bulk_load(boxes.collect());
    let mut walk = Crosswalk { parts: Vec::new(), outside: Vec::with_capacity(from.len()) };
    for (i, unit) in from.iter().enumerate() {
        let (shape, area) = with_area(projected(unit));
        let b = unit.bbox;
        let window = AABB::from_corners([b.west, b.south], [b.east, b.north]);
        let mut near: Vec<usize> = tree.locate_in_envelope_intersecting(&window).map(|g| g.data).collect();
        near.sort_unstable();
        let mut parts = Vec::new();
        for j in near {
            let (other, other_area) = &shapes[j];
            let common = if shape == *other { area } else { shape.intersection(other).unsigned_area() };
            let (of_from, of_to) = (ratio(common, area), ratio(common, *other_area));
            if of_from >= SLIVER || of_to >= SLIVER {
                parts.push(Part { from: i, to: j, area_km2: common, of_from, of_to, share: of_from });
            }
        }
        walk.outside.push(scale(&mut parts));
        walk.parts.extend(parts);
    }
    walk
}

fn with_area(shape: MultiPolygon<f64>) -> (MultiPolygon<f64>, f64) {
    let area = shape.unsigned_area();
    (shape, area)
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}

/// Makes the shares of one unit and its rest 1, and gives the rest: none where it is no more than [`SLACK`].
fn scale(parts: &mut [Part]) -> f64 {
    let sum: f64 = parts.iter().map(|p| p.share).sum();
    if sum <= 0.0 {
        return 1.0;
    }
    if sum < 1.0 - SLACK {
        return 1.0 - sum;
    }
    for part in parts {
        part.share /= sum;
    }
    0.0
}

impl Crosswalk {
    /// The same with shares by population: a unit's people are spread over its parts as those of the second list's units
    /// are over theirs, by area. A unit with a part whose people are not known has no shares: it goes outside whole.
    #[must_use]
    pub fn by_population(mut self, people_of_to: &[Option<u64>]) -> Self {
        let mut parts = self.parts.as_mut_slice();
        while let Some(first) = parts.first().map(|p| p.from) {
            let end = parts.iter().position(|p| p.from != first).unwrap_or(parts.len());
            let (own, rest) = parts.split_at_mut(end);
            let people: Option<Vec<f64>> =
                own.iter().map(|p| Some(people_of_to.get(p.to).copied()?? as f64 * p.of_to)).collect();
            let inside = 1.0 - self.outside[first];
            let sum: f64 = people.iter().flatten().sum();
            if let Some(people) = people.filter(|_| sum > 0.0) {
                for (part, people) in own.iter_mut().zip(people) {
                    part.share = inside * people / sum;
                }
            } else {
                own.iter_mut().for_each(|p| p.share = 0.0);
                self.outside[first] = 1.0;
            }
            parts = rest;
        }
        self
    }
}
