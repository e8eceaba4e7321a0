//! By area: outlines are laid over each other on an equal-area plane.

use std::collections::BTreeMap;

use geo::{Area, BooleanOps, BoundingRect, Densify, Euclidean, MapCoords, MultiPolygon};
use rstar::{AABB, RTree, RTreeObject};

use super::{Basis, Crosswalk, CrosswalkError, Link, MAX_PAIRS, OUTSIDE_SHARE, Side};
use crate::boundaries::Unit;
use crate::domain::GeometryKind;
use crate::spatial::EqualArea;

/// Borders are straight in degrees, not on the plane: longer edges are cut, so that two drawings of one long desert
/// border with other vertices stay within metres of each other. Degrees.
const LONGEST_EDGE: f64 = 0.1;

/// An outline on the plane, in metres.
struct Ground {
    unit: usize,
    shape: MultiPolygon<f64>,
    area: f64,
    envelope: AABB<[f64; 2]>,
}

impl RTreeObject for Ground {
    type Envelope = AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        self.envelope
    }
}

fn grounds(members: &[Vec<&Unit>], plane: &EqualArea) -> Vec<Ground> {
    let mut out = Vec::new();
    for (unit, members) in members.iter().enumerate() {
        for member in members {
            let fine = Euclidean.densify(&member.shape, LONGEST_EDGE);
            let shape = fine.map_coords(|c| plane.project(c.x, c.y).into());
            if let Some(r) = shape.bounding_rect() {
                let envelope = AABB::from_corners([r.min().x, r.min().y], [r.max().x, r.max().y]);
                out.push(Ground { unit, area: shape.unsigned_area(), shape, envelope });
            }
        }
    }
    out
}

/// Areas on the plane, m²: of every unit of both sides, and of every overlap.
pub(super) struct Overlaps {
    pub from: Vec<f64>,
    pub to: Vec<f64>,
    pub both: BTreeMap<(usize, usize), f64>,
}

/// Refuses sets whose outlines were not surveyed.
pub(super) fn surveyed(from: &Side<'_>, to: &Side<'_>) -> Result<(), CrosswalkError> {
    let mut sets: Vec<_> = [from, to]
        .iter()
        .filter(|s| s.set.info.geometry == GeometryKind::Schematic)
        .map(|s| s.set.info.id.clone())
        .collect();
    sets.dedup();
    if sets.is_empty() { Ok(()) } else { Err(CrosswalkError::Schematic { sets }) }
}

/// Lays units (each one or several outlines) over each other.
pub(super) fn overlaps(from: &[Vec<&Unit>], to: &[Vec<&Unit>]) -> Result<Overlaps, CrosswalkError> {
    let boxes = from.iter().chain(to).flatten().map(|u| u.bbox);
    let plane = EqualArea::for_bbox(&boxes.fold(crate::spatial::Bbox::EMPTY, crate::spatial::Bbox::union));
    let total = |grounds: &[Ground], n: usize| {
        let mut sums = vec![0.0; n];
        for g in grounds {
            sums[g.unit] += g.area;
        }
        sums
    };
    let first = grounds(from, &plane);
    let second = grounds(to, &plane);
    let sums = (total(&first, from.len()), total(&second, to.len()));
    let index = RTree::bulk_load(second);
    let mut both: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    let mut pairs = 0;
    for a in &first {
        // The tree's order is its own: pairs are worked through in the order of the units, so that sums never change.
        let mut near: Vec<&Ground> = index.locate_in_envelope_intersecting(a.envelope).collect();
        near.sort_by(|x, y| x.unit.cmp(&y.unit).then(x.area.total_cmp(&y.area)));
        for b in near {
            pairs += 1;
            if pairs > MAX_PAIRS {
                return Err(CrosswalkError::TooMany { limit: MAX_PAIRS });
            }
            let area = if a.shape == b.shape { a.area } else { a.shape.intersection(&b.shape).unsigned_area() };
            if area > 0.0 {
                *both.entry((a.unit, b.unit)).or_default() += area;
            }
        }
    }
    Ok(Overlaps { from: sums.0, to: sums.1, both })
}

/// The table by area. Both sides must be of surveyed sets.
///
/// `min_share`: overlaps below this share of both units are left out (see [`super::MIN_SHARE`]). Weights of a unit are its kept
/// shares brought to a sum of 1, unless more than [`OUTSIDE_SHARE`] of it lies in no unit of the other side: then
/// they are the shares themselves, and the rest goes nowhere.
pub fn by_area(from: &Side<'_>, to: &Side<'_>, min_share: f64) -> Result<Crosswalk, CrosswalkError> {
    surveyed(from, to)?;
    for side in [from, to] {
        if side.units.is_empty() {
            return Err(CrosswalkError::NoUnits { id: side.id.clone() });
        }
    }
    let ground = overlaps(&from.members, &to.members)?;
    let (mut links, mut slivers) = (Vec::new(), 0);
    let mut held = vec![0.0; from.units.len()];
    for ((f, t), area) in &ground.both {
        let (share, share_of_to) = (area / ground.from[*f], area / ground.to[*t]);
        held[*f] += share;
        if share < min_share && share_of_to < min_share {
            slivers += 1;
            continue;
        }
        links.push(Link {
            from: *f,
            to: *t,
            amount: area / 1e6,
            share: share.min(1.0),
            share_of_to: Some(share_of_to.min(1.0)),
            weight: None,
            basis: Basis::Area,
        });
    }
    let outside: Vec<f64> = held.into_iter().map(|h: f64| (1.0 - h).clamp(0.0, 1.0)).collect();
    let mut crosswalk = Crosswalk {
        from_id: from.id.clone(),
        to_id: to.id.clone(),
        by: Basis::Area,
        from: from.units.clone(),
        to: to.units.clone(),
        links,
        outside,
        slivers,
    };
    crosswalk.weigh();
    Ok(crosswalk)
}

impl Crosswalk {
    /// Sets the weights from the shares.
    fn weigh(&mut self) {
        let mut kept = vec![0.0; self.from.len()];
        for link in &self.links {
            kept[link.from] += link.share;
        }
        for link in &mut self.links {
            let placed = if self.outside[link.from] > OUTSIDE_SHARE { 1.0 - self.outside[link.from] } else { 1.0 };
            link.weight = Some(link.share / kept[link.from] * placed);
        }
    }
}
