//! A good place for a label: the point of a polygon that is farthest from its edges.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use geo::{Coord, LineString, MultiPolygon, Polygon};

use super::{LonLat, polygon_area_km2};

/// A square still to be looked at; `best` is the most that any point of it can reach.
struct Cell {
    x: f64,
    y: f64,
    half: f64,
    distance: f64,
    best: f64,
}

impl Cell {
    fn new(x: f64, y: f64, half: f64, edges: &[[Coord<f64>; 2]]) -> Self {
        let distance = signed_distance(x, y, edges);
        Self { x, y, half, distance, best: distance + half * std::f64::consts::SQRT_2 }
    }
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Cell {}
impl PartialOrd for Cell {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Cell {
    // Position breaks ties, so that the same polygon always gets the same label.
    fn cmp(&self, other: &Self) -> Ordering {
        self.best.total_cmp(&other.best).then(other.x.total_cmp(&self.x)).then(other.y.total_cmp(&self.y))
    }
}

/// Distance to the nearest edge, negative outside.
fn signed_distance(x: f64, y: f64, edges: &[[Coord<f64>; 2]]) -> f64 {
    let mut inside = false;
    let mut least = f64::INFINITY;
    for [a, b] in edges {
        if (a.y > y) != (b.y > y) && x < (b.x - a.x) * (y - a.y) / (b.y - a.y) + a.x {
            inside = !inside;
        }
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let length = dx * dx + dy * dy;
        let t = if length > 0.0 { (((x - a.x) * dx + (y - a.y) * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
        let (ex, ey) = (a.x + t * dx - x, a.y + t * dy - y);
        least = least.min(ex * ex + ey * ey);
    }
    if inside { least.sqrt() } else { -least.sqrt() }
}

/// The pole of inaccessibility of the largest polygon: the place inside that is farthest from any edge,
/// found to within 1 % of the polygon's smaller side (quadtree search with bounds). Longitudes are shortened by the
/// cosine of the middle latitude, so that "farthest" holds on the ground. None for an empty or flat shape.
pub fn label_point(shape: &MultiPolygon<f64>) -> Option<LonLat> {
    let area = |p: &Polygon<f64>| polygon_area_km2(&MultiPolygon(vec![p.clone()])).0;
    let largest = shape.iter().max_by(|a, b| area(a).total_cmp(&area(b)))?;
    let (mut west, mut east, mut south, mut north) =
        (f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY);
    for c in largest.exterior() {
        (west, east) = (west.min(c.x), east.max(c.x));
        (south, north) = (south.min(c.y), north.max(c.y));
    }
    let shorten = libm::cos(f64::midpoint(south, north).to_radians()).max(1e-6);
    let edges: Vec<[Coord<f64>; 2]> = std::iter::once(largest.exterior())
        .chain(largest.interiors())
        .flat_map(LineString::lines)
        .map(|l| [Coord { x: l.start.x * shorten, y: l.start.y }, Coord { x: l.end.x * shorten, y: l.end.y }])
        .collect();
    let (west, east) = (west * shorten, east * shorten);
    let side = (east - west).min(north - south);
    if !side.is_finite() || side <= 0.0 {
        return None;
    }
    let half = side / 2.0;
    let mut heap = BinaryHeap::new();
    // At most 64 squares along the longer side, however thin the polygon is.
    let along = |length: f64| (length / side).ceil().clamp(1.0, 64.0);
    let (columns, rows) = (along(east - west), along(north - south));
    let start = half.max((east - west) / columns / 2.0).max((north - south) / rows / 2.0);
    let mut y = south + start;
    while y - start < north {
        let mut x = west + start;
        while x - start < east {
            heap.push(Cell::new(x, y, start, &edges));
            x += 2.0 * start;
        }
        y += 2.0 * start;
    }
    let mut found: Option<(f64, f64, f64)> = None;
    // A bound on the work: thin shapes never reach the precision.
    for _ in 0..4_000 {
        let Some(cell) = heap.pop() else { break };
        let so_far = found.map_or(0.0, |f| f.2);
        if cell.distance > so_far {
            found = Some((cell.x, cell.y, cell.distance));
        }
        if cell.best - found.map_or(0.0, |f| f.2) <= side / 100.0 && found.is_some() {
            break;
        }
        let h = cell.half / 2.0;
        for (dx, dy) in [(-h, -h), (h, -h), (-h, h), (h, h)] {
            heap.push(Cell::new(cell.x + dx, cell.y + dy, h, &edges));
        }
    }
    let (x, y, _) = found?;
    LonLat::new(x / shorten, y).ok()
}

#[cfg(test)]
mod tests {
    use geo::polygon;

    use super::*;

    #[test]
    fn the_label_of_a_horseshoe_lies_in_it_and_not_in_the_gap() {
        let horseshoe = polygon![
            (x: 0.0, y: 0.0), (x: 6.0, y: 0.0), (x: 6.0, y: 5.0), (x: 4.0, y: 5.0),
            (x: 4.0, y: 2.5), (x: 2.0, y: 2.5), (x: 2.0, y: 5.0), (x: 0.0, y: 5.0)
        ];
        let p = label_point(&MultiPolygon(vec![horseshoe])).expect("an area");
        let in_gap = p.lon() > 2.0 && p.lon() < 4.0 && p.lat() > 2.5;
        assert!(!in_gap && p.lon() > 0.5 && p.lon() < 5.5 && p.lat() > 0.5, "{p:?}");
    }

    #[test]
    fn the_label_sits_on_the_largest_part() {
        let small = polygon![(x: 9.0, y: 9.0), (x: 9.5, y: 9.0), (x: 9.5, y: 9.5), (x: 9.0, y: 9.5)];
        let large = polygon![(x: 0.0, y: 0.0), (x: 2.0, y: 0.0), (x: 2.0, y: 2.0), (x: 0.0, y: 2.0)];
        let p = label_point(&MultiPolygon(vec![small, large])).expect("an area");
        assert!((p.lon() - 1.0).abs() < 0.05 && (p.lat() - 1.0).abs() < 0.05, "{p:?}");
    }

    #[test]
    fn a_shape_without_area_has_no_label() {
        assert_eq!(label_point(&MultiPolygon(vec![])), None);
    }
}
