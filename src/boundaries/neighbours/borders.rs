//! Borders within one set: shared exactly, or lying side by side.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use geo::{Coord, LineString, MultiPolygon};
use rstar::{AABB, PointDistance, RTree, RTreeObject};

use super::super::Unit;
use super::Contiguity;
use crate::spatial::EqualArea;

/// A pair of units, the smaller number first.
pub(super) type Pair = (u32, u32);

fn pair(a: u32, b: u32) -> Pair {
    (a.min(b), a.max(b))
}

/// An edge of a unit, in metres on the plane.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub unit: u32,
    pub from: [f64; 2],
    pub to: [f64; 2],
}

impl Edge {
    pub fn length(&self) -> f64 {
        let (dx, dy) = (self.to[0] - self.from[0], self.to[1] - self.from[1]);
        (dx * dx + dy * dy).sqrt()
    }

    /// The place at a share 0..1 of the way.
    pub fn at(&self, share: f64) -> [f64; 2] {
        [0, 1].map(|k| self.from[k] + share * (self.to[k] - self.from[k]))
    }

    /// The place on the edge nearest to a point.
    pub fn nearest(&self, p: [f64; 2]) -> [f64; 2] {
        let d = [0, 1].map(|k| self.to[k] - self.from[k]);
        let squared = d[0] * d[0] + d[1] * d[1];
        let along = (p[0] - self.from[0]) * d[0] + (p[1] - self.from[1]) * d[1];
        self.at(if squared > 0.0 { (along / squared).clamp(0.0, 1.0) } else { 0.0 })
    }

    /// The stretch of this edge, as shares of its length, within `reach` of another edge. The places within reach of a
    /// segment form a convex shape, so there is one stretch: its ends lie on the two circles or the two parallels.
    fn beside(&self, other: &Edge, reach: f64) -> Option<(f64, f64)> {
        let mut stretch: Option<(f64, f64)> = None;
        let mut add = |(low, high): (f64, f64)| {
            let (low, high) = (low.max(0.0), high.min(1.0));
            if low <= high {
                let (l, h) = stretch.unwrap_or((low, high));
                stretch = Some((l.min(low), h.max(high)));
            }
        };
        let d = [self.to[0] - self.from[0], self.to[1] - self.from[1]];
        let squared = d[0] * d[0] + d[1] * d[1];
        if squared == 0.0 {
            return None;
        }
        for end in [other.from, other.to] {
            let to = [end[0] - self.from[0], end[1] - self.from[1]];
            let middle = (to[0] * d[0] + to[1] * d[1]) / squared;
            let off = (to[0] * d[1] - to[1] * d[0]) / squared.sqrt();
            let half = reach * reach - off * off;
            if half >= 0.0 {
                let half = (half / squared).sqrt();
                add((middle - half, middle + half));
            }
        }
        // Between the parallels, and over the other's length.
        let e = [other.to[0] - other.from[0], other.to[1] - other.from[1]];
        let length = (e[0] * e[0] + e[1] * e[1]).sqrt();
        if length > 0.0 {
            let start = [self.from[0] - other.from[0], self.from[1] - other.from[1]];
            let off = (start[0] * e[1] - start[1] * e[0]) / length;
            let off_rate = (d[0] * e[1] - d[1] * e[0]) / length;
            let along = (start[0] * e[0] + start[1] * e[1]) / length;
            let along_rate = (d[0] * e[0] + d[1] * e[1]) / length;
            let across = solve(off, off_rate, -reach, reach);
            let over = solve(along, along_rate, 0.0, length);
            if let (Some(across), Some(over)) = (across, over) {
                add((across.0.max(over.0), across.1.min(over.1)));
            }
        }
        stretch
    }
}

/// Where low ≤ start + rate·t ≤ high.
fn solve(start: f64, rate: f64, low: f64, high: f64) -> Option<(f64, f64)> {
    if rate == 0.0 {
        return (low..=high).contains(&start).then_some((f64::NEG_INFINITY, f64::INFINITY));
    }
    let (a, b) = ((low - start) / rate, (high - start) / rate);
    Some((a.min(b), a.max(b)))
}

impl RTreeObject for Edge {
    type Envelope = AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.from, self.to)
    }
}

impl PointDistance for Edge {
    fn distance_2(&self, point: &[f64; 2]) -> f64 {
        let near = self.nearest(*point);
        let (dx, dy) = (near[0] - point[0], near[1] - point[1]);
        dx * dx + dy * dy
    }
}

/// The vertices and edges of a set's units.
pub(super) struct Borders {
    /// Vertex and unit, ordered, once each.
    corners: Vec<(u32, u32)>,
    /// Both vertices (smaller first) and unit, ordered, once each.
    edges: Vec<(Pair, u32)>,
    /// Edges of one unit only: the outer border, and inner ones not drawn alike.
    pub left_over: Vec<Edge>,
}

fn rings(shape: &MultiPolygon<f64>) -> impl Iterator<Item = &LineString<f64>> {
    shape.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
}

impl Borders {
    pub fn of(units: &[Unit], plane: &EqualArea) -> Self {
        let mut numbers: HashMap<[u64; 2], u32> = HashMap::new();
        let mut places: Vec<Coord<f64>> = Vec::new();
        let (mut corners, mut edges) = (Vec::new(), Vec::new());
        for (unit, u) in (0_u32..).zip(units) {
            for ring in rings(&u.shape) {
                let mut last = None;
                for c in ring {
                    // + 0.0: −0 and 0 are one place.
                    let number = *numbers.entry([(c.x + 0.0).to_bits(), (c.y + 0.0).to_bits()]).or_insert_with(|| {
                        places.push(*c);
                        u32::try_from(places.len() - 1).unwrap_or(u32::MAX)
                    });
                    corners.push((number, unit));
                    if let Some(last) = last.filter(|l| *l != number) {
                        edges.push((pair(last, number), unit));
                    }
                    last = Some(number);
                }
            }
        }
        corners.sort_unstable();
        corners.dedup();
        edges.sort_unstable();
        edges.dedup();
        let metres = |vertex: u32| {
            let c = places[vertex as usize];
            <[f64; 2]>::from(plane.project(c.x, c.y))
        };
        let left_over = edges
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|owners| owners.len() == 1)
            .map(|one| Edge { unit: one[0].1, from: metres(one[0].0.0), to: metres(one[0].0.1) })
            .collect();
        Self { corners, edges, left_over }
    }

    /// Pairs that share a vertex (queen) or an edge (rook) exactly.
    pub fn shared(&self, rule: Contiguity) -> BTreeSet<Pair> {
        let mut found = BTreeSet::new();
        let mut link = |units: &mut dyn Iterator<Item = u32>| {
            let units: Vec<u32> = units.collect();
            for (k, a) in units.iter().enumerate() {
                found.extend(units[k + 1..].iter().map(|b| (*a, *b)));
            }
        };
        match rule {
            Contiguity::Queen => {
                for owners in self.corners.chunk_by(|a, b| a.0 == b.0).filter(|o| o.len() > 1) {
                    link(&mut owners.iter().map(|o| o.1));
                }
            }
            Contiguity::Rook => {
                for owners in self.edges.chunk_by(|a, b| a.0 == b.0).filter(|o| o.len() > 1) {
                    link(&mut owners.iter().map(|o| o.1));
                }
            }
        }
        found
    }

    /// Pairs whose left-over edges lie within `reach` metres of each other; for rook, side by side over more than 5 m at
    /// 1 m, or over more than four times the reach (two corners that only meet stay beside each other for less). Edges that
    /// so prove to be inner ones are taken from what is left over.
    pub fn near(&mut self, rule: Contiguity, reach: f64) -> BTreeSet<Pair> {
        let tree = RTree::bulk_load(self.left_over.clone());
        let mut lengths: BTreeMap<Pair, [f64; 2]> = BTreeMap::new();
        let mut touching = BTreeSet::new();
        let reaches = [1.0_f64.min(reach), reach];
        self.left_over.retain(|edge| {
            let [low, high] = [0, 1].map(|k| (edge.from[k].min(edge.to[k]), edge.from[k].max(edge.to[k])));
            let around = AABB::from_corners([low.0 - reach, high.0 - reach], [low.1 + reach, high.1 + reach]);
            let mut stretches: [BTreeMap<u32, Vec<(f64, f64)>>; 2] = Default::default();
            for other in tree.locate_in_envelope_intersecting(around).filter(|o| o.unit != edge.unit) {
                for (by_unit, reach) in stretches.iter_mut().zip(reaches) {
                    if let Some(stretch) = edge.beside(other, reach) {
                        by_unit.entry(other.unit).or_default().push(stretch);
                    }
                }
            }
            let mut beside_any = Vec::new();
            for (k, by_unit) in stretches.into_iter().enumerate() {
                for (unit, mut stretch) in by_unit {
                    touching.insert(pair(edge.unit, unit));
                    // Both units' edges are measured: half of each.
                    let length = union(&mut stretch) * edge.length() / 2.0;
                    lengths.entry(pair(edge.unit, unit)).or_default()[k] += length;
                    beside_any.append(&mut stretch);
                }
            }
            union(&mut beside_any) < 0.5
        });
        if rule == Contiguity::Queen {
            return touching;
        }
        lengths.into_iter().filter(|(_, [close, near])| *close > 5.0 || *near > 4.0 * reach).map(|(p, _)| p).collect()
    }
}

/// The share of 0..1 that the stretches cover together.
fn union(stretches: &mut [(f64, f64)]) -> f64 {
    stretches.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut covered, mut end) = (0.0, 0.0_f64);
    for (low, high) in stretches {
        covered += (*high - low.max(end)).max(0.0);
        end = end.max(*high);
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: [f64; 2], to: [f64; 2]) -> Edge {
        Edge { unit: 0, from, to }
    }

    #[test]
    fn the_stretch_beside_an_edge_ends_on_its_circles_or_its_parallels() {
        let ten = edge([0.0, 0.0], [10.0, 0.0]);
        let close = |found: Option<(f64, f64)>, low: f64, high: f64| {
            let (l, h) = found.expect("beside");
            assert!((l - low).abs() < 1e-12 && (h - high).abs() < 1e-12, "{l} {h}");
        };
        close(ten.beside(&edge([2.0, 1.0], [4.0, 1.0]), 1.0), 0.2, 0.4);
        close(ten.beside(&edge([2.0, 0.0], [4.0, 0.0]), 1.0), 0.1, 0.5);
        close(ten.beside(&edge([5.0, -9.0], [5.0, 9.0]), 2.0), 0.3, 0.7);
        close(ten.beside(&edge([13.0, 0.0], [20.0, 0.0]), 4.0), 0.9, 1.0);
        assert_eq!(ten.beside(&edge([0.0, 5.0], [10.0, 5.0]), 4.0), None);
        assert!((union(&mut [(0.5, 0.7), (0.1, 0.2), (0.6, 0.9)]) - 0.5).abs() < 1e-12);
    }
}
