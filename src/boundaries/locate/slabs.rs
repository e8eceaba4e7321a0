//! The edges of every unit, cut by the rows of the grid: what an exact point-in-polygon test needs and no more.

use geo::kernels::{Kernel, Orientation, RobustKernel};
use geo::{Coord, LineString, MultiPolygon};

use super::grid::Grid;

/// An edge that is not horizontal, from its lower to its upper end: both neighbours of a border hold the very same
/// numbers, so that they always agree on which side a point lies.
#[derive(Debug, Clone, Copy)]
pub struct Edge {
    low: Coord<f64>,
    high: Coord<f64>,
}

impl Edge {
    /// The edge between two vertices; none where it is horizontal.
    pub fn between(a: Coord<f64>, b: Coord<f64>) -> Option<Self> {
        if a.y < b.y {
            Some(Self { low: a, high: b })
        } else if b.y < a.y {
            Some(Self { low: b, high: a })
        } else {
            None
        }
    }

    /// Whether a ray from the point to the east crosses the edge. Half-open: the lower end belongs to the edge, the
    /// upper does not, and a point on the edge lies east of it. Exact (adaptive-precision orientation).
    fn crossed_from(&self, x: f64, y: f64) -> bool {
        if y < self.low.y || y >= self.high.y {
            return false;
        }
        if x < self.low.x && x < self.high.x {
            return true;
        }
        if x >= self.low.x && x >= self.high.x {
            return false;
        }
        // Positive: the point lies to the left of the way up, so west of the edge. The sign of the plain difference is
        // certain beyond Shewchuk's error bound; below it the exact one decides.
        let left = (self.high.x - self.low.x) * (y - self.low.y);
        let right = (self.high.y - self.low.y) * (x - self.low.x);
        let cross = left - right;
        if cross.abs() > 3.330_669_073_875_472e-16 * (left.abs() + right.abs()) {
            return cross > 0.0;
        }
        RobustKernel::orient2d(self.low, self.high, Coord { x, y }) == Orientation::CounterClockwise
    }
}

/// Edges by unit and row.
#[derive(Debug, Default)]
pub struct Slabs {
    edges: Vec<Edge>,
    /// Start of each (unit, row) in `edges`, one more at the end.
    starts: Vec<u32>,
    /// By unit: its first row and the place of that row in `starts`.
    units: Vec<(u32, u32)>,
}

impl Slabs {
    /// Adds the next unit's edges.
    pub fn add(&mut self, shape: &MultiPolygon<f64>, rows: std::ops::RangeInclusive<u32>, grid: &Grid) {
        let first = *rows.start();
        let count = (rows.end() - first + 1) as usize;
        let edges: Vec<Edge> = edges_of(shape).filter_map(|[a, b]| Edge::between(a, b)).collect();
        let span = |e: &Edge| (grid.row(e.low.y) - first) as usize..=(grid.row(e.high.y) - first) as usize;
        let mut starts = vec![0_u32; count + 1];
        for edge in &edges {
            for row in span(edge) {
                starts[row + 1] += 1;
            }
        }
        for row in 0..count {
            starts[row + 1] += starts[row];
        }
        let base = self.edges.len();
        let total = starts[count] as usize;
        if let Some(any) = edges.first() {
            self.edges.resize(base + total, *any);
        }
        let mut next = starts.clone();
        for edge in &edges {
            for row in span(edge) {
                self.edges[base + next[row] as usize] = *edge;
                next[row] += 1;
            }
        }
        self.units.push((first, u32::try_from(self.starts.len()).unwrap_or(u32::MAX)));
        let base = u32::try_from(base).unwrap_or(u32::MAX);
        self.starts.extend(starts.into_iter().map(|s| base + s));
    }

    /// Whether a unit holds the point, whose row is given: the even-odd rule with half-open edges.
    pub fn holds(&self, unit: u32, row: u32, x: f64, y: f64) -> bool {
        let (first, base) = self.units[unit as usize];
        let at = (base + (row - first)) as usize;
        let slab = &self.edges[self.starts[at] as usize..self.starts[at + 1] as usize];
        slab.iter().fold(false, |inside, edge| inside ^ edge.crossed_from(x, y))
    }
}

/// Every edge of every ring.
pub fn edges_of(shape: &MultiPolygon<f64>) -> impl Iterator<Item = [Coord<f64>; 2]> {
    shape
        .iter()
        .flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
        .flat_map(LineString::lines)
        .map(|l| [l.start, l.end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_sign_decides_where_rounding_cannot() {
        // Points on the edge within rounding: both directions of the edge give one answer.
        let (a, b) = (Coord { x: 0.1, y: 0.1 }, Coord { x: 0.7, y: 0.9 });
        let (up, down) = (Edge::between(a, b).expect("slanted"), Edge::between(b, a).expect("slanted"));
        for k in 1..1000 {
            let along = f64::from(k) / 1000.0;
            let on = Coord { x: 0.1 + 0.6 * along, y: 0.1 + 0.8 * along };
            assert_eq!(up.crossed_from(on.x, on.y), down.crossed_from(on.x, on.y));
        }
    }
}
