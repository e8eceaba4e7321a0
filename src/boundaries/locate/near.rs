//! The nearest unit of a point that lies in none.

use geo::{Coord, MultiPolygon};
use rstar::{AABB, RTree, RTreeObject};

use crate::spatial::{LocalFrame, LonLat};

/// Edges in a leaf of the tree: few enough to measure all, many enough to keep the tree small.
const RUN: u32 = 16;

/// A run of edges of one ring.
#[derive(Debug)]
struct Run {
    unit: u32,
    polygon: u32,
    /// 0: the exterior.
    ring: u32,
    first: u32,
    count: u32,
    envelope: AABB<[f64; 2]>,
}

impl RTreeObject for Run {
    type Envelope = AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        self.envelope
    }
}

/// An R-tree over runs of edges.
#[derive(Debug)]
pub struct Near {
    tree: RTree<Run>,
}

impl Near {
    /// Indexes the edges of units, numbered in order.
    pub fn build<'a>(shapes: impl Iterator<Item = &'a MultiPolygon<f64>>) -> Self {
        let mut runs = Vec::new();
        for (unit, shape) in (0_u32..).zip(shapes) {
            for (polygon, p) in (0_u32..).zip(shape) {
                for (ring, line) in (0_u32..).zip(std::iter::once(p.exterior()).chain(p.interiors())) {
                    let edges = line.0.len().saturating_sub(1);
                    for (k, first) in (0_u32..).zip((0..edges).step_by(RUN as usize)) {
                        let count = (RUN as usize).min(edges - first);
                        let points: Vec<[f64; 2]> = line.0[first..=first + count].iter().map(|c| [c.x, c.y]).collect();
                        let envelope = AABB::from_points(&points);
                        let (first, count) = (k * RUN, u32::try_from(count).unwrap_or(0));
                        runs.push(Run { unit, polygon, ring, first, count, envelope });
                    }
                }
            }
        }
        Self { tree: RTree::bulk_load(runs) }
    }

    /// The unit whose edge is nearest, with the distance in metres; none within `limit_m`. Of equally near units
    /// the first wins. `shape` gives a unit's shape by its number.
    pub fn nearest<'a>(
        &self,
        place: LonLat,
        limit_m: f64,
        shape: impl Fn(u32) -> &'a MultiPolygon<f64>,
    ) -> Option<(u32, f64)> {
        let frame = LocalFrame::at(place);
        let (dx, dy) = frame.degrees(limit_m);
        let around = AABB::from_corners([place.lon() - dx, place.lat() - dy], [place.lon() + dx, place.lat() + dy]);
        let mut best: Option<(f64, u32)> = None;
        for run in self.tree.locate_in_envelope_intersecting(around) {
            let polygon = &shape(run.unit).0[run.polygon as usize];
            let line = match run.ring.checked_sub(1) {
                None => polygon.exterior(),
                Some(hole) => &polygon.interiors()[hole as usize],
            };
            let first = run.first as usize;
            for ends in line.0[first..=first + run.count as usize].windows(2) {
                let [a, b] = ends else { continue };
                let distance = distance(&frame, *a, *b);
                if distance <= limit_m && best.is_none_or(|(d, u)| (distance, run.unit) < (d, u)) {
                    best = Some((distance, run.unit));
                }
            }
        }
        best.map(|(distance, unit)| (unit, distance))
    }
}

/// The same for both neighbours of a border, which hold the edge in opposite directions.
fn distance(frame: &LocalFrame, a: Coord<f64>, b: Coord<f64>) -> f64 {
    let (a, b) = if (a.x, a.y) <= (b.x, b.y) { (a, b) } else { (b, a) };
    frame.distance_to_segment((a.x, a.y), (b.x, b.y))
}
