//! Neighbours by distance between label points.

use geo::{Distance, Geodesic, Point};
use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::super::Unit;
use crate::stats::{Neighbours, NeighboursError};

type OnSphere = GeomWithData<[f64; 3], usize>;

/// Chord and geodesic differ by the flattening of the earth, at most: candidates are taken with this margin.
const MARGIN: f64 = 0.007;

/// Mean radius of the earth, metres.
const RADIUS_M: f64 = 6_371_008.8;

/// The units' label points, and a tree over them on the unit sphere.
struct Labels {
    points: Vec<Point<f64>>,
    on_sphere: Vec<[f64; 3]>,
    tree: RTree<OnSphere>,
}

impl Labels {
    fn of(sets: &[&[Unit]]) -> Self {
        let points: Vec<Point<f64>> =
            sets.iter().flat_map(|s| s.iter()).map(|u| Point::new(u.label.lon(), u.label.lat())).collect();
        let on_sphere: Vec<[f64; 3]> = points
            .iter()
            .map(|p| {
                let (lon, lat) = (p.x().to_radians(), p.y().to_radians());
                [libm::cos(lat) * libm::cos(lon), libm::cos(lat) * libm::sin(lon), libm::sin(lat)]
            })
            .collect();
        let tree = RTree::bulk_load(on_sphere.iter().enumerate().map(|(k, p)| OnSphere::new(*p, k)).collect());
        Self { points, on_sphere, tree }
    }

    fn metres(&self, a: usize, b: usize) -> f64 {
        Geodesic.distance(self.points[a], self.points[b])
    }
}

/// The square of the chord of an arc on the unit sphere.
fn chord_2(arc: f64) -> f64 {
    let chord = 2.0 * libm::sin((arc / 2.0).min(std::f64::consts::FRAC_PI_2));
    chord * chord
}

/// Units whose label points lie within a distance of each other, in metres along the WGS 84 ellipsoid (Karney 2013).
///
/// Binary and symmetric. `sets` as for [`super::contiguity`]. A distance that is not above 0 gives islands only.
pub fn within_distance(sets: &[&[Unit]], distance_m: f64) -> Result<Neighbours, NeighboursError> {
    let labels = Labels::of(sets);
    let mut pairs = Vec::new();
    if distance_m > 0.0 {
        let reach = chord_2(distance_m / RADIUS_M * (1.0 + MARGIN));
        for (unit, place) in labels.on_sphere.iter().enumerate() {
            let others = labels.tree.locate_within_distance(*place, reach).map(|o| o.data);
            pairs.extend(
                others.filter(|o| *o > unit && labels.metres(unit, *o) <= distance_m).map(|other| (unit, other)),
            );
            if pairs.len() > Neighbours::LIMIT / 2 {
                return Err(NeighboursError::TooMany { given: pairs.len() });
            }
        }
    }
    Neighbours::from_links(labels.points.len(), &pairs)
}

/// Each unit's `k` nearest others by their label points, along the WGS 84 ellipsoid; of equally near ones the first.
///
/// Binary, **not** symmetric. With fewer than k others, all of them.
pub fn k_nearest(sets: &[&[Unit]], k: usize) -> Result<Neighbours, NeighboursError> {
    let labels = Labels::of(sets);
    let mut pairs = Vec::new();
    for (unit, place) in labels.on_sphere.iter().enumerate() {
        let mut nearest: Vec<(f64, usize)> = Vec::with_capacity(k.min(labels.points.len()) + 1);
        let mut by_chord = labels.tree.nearest_neighbor_iter_with_distance_2(*place).filter(|(o, _)| o.data != unit);
        let mut enough = f64::INFINITY;
        while let Some((other, chord_2)) = by_chord.next().filter(|(_, c)| *c <= enough && k > 0) {
            nearest.push((labels.metres(unit, other.data), other.data));
            if nearest.len() == k {
                // Whatever lies farther on the sphere by twice the margin lies farther on the ellipsoid.
                enough = chord_2 * (1.0 + 2.0 * MARGIN) * (1.0 + 2.0 * MARGIN);
            }
        }
        nearest.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        pairs.extend(nearest.iter().take(k).map(|(_, other)| (unit, *other)));
        if pairs.len() > Neighbours::LIMIT {
            return Err(NeighboursError::TooMany { given: pairs.len() });
        }
    }
    Neighbours::from_pairs(labels.points.len(), &pairs)
}
