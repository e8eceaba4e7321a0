//! Lighter outlines for maps on a screen: every border is simplified once, so that neighbours still share it.

use geo::orient::{Direction, Orient as _};
use geo::{Coord, LineString, MultiPolygon, Polygon};
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{Overlay, ShapeType};
use i_overlay::core::overlay_rule::OverlayRule;

use super::outlines::{on_grid, overlay};
use crate::spatial::Mesh;

/// Steps of a degree: 0.1 m, as finely as coordinates are written.
const STEPS: f64 = 1e6;

/// Outlines no point of which is farther than `tolerance_deg` degrees from the original border; parallel to `shapes`, which
/// share their borders vertex for vertex. What would shrink to nothing keeps its own outline.
pub fn light_outlines<'a>(
    shapes: impl Iterator<Item = &'a MultiPolygon<f64>> + Clone,
    tolerance_deg: f64,
) -> Vec<MultiPolygon<f64>> {
    let mesh = Mesh::build(shapes.clone(), |lon, lat| (lon * STEPS, lat * STEPS), tolerance_deg * STEPS);
    let light = |(k, own): (usize, &MultiPolygon<f64>)| {
        let rings = mesh.unit(k);
        let mut overlay = overlay(rings.iter().map(Vec::len).sum());
        for ring in &rings {
            overlay.add_path_iter(ring.iter().map(|p| on_grid(*p)), ShapeType::Subject);
        }
        let light = outline(overlay, FillRule::EvenOdd);
        if light.0.is_empty() { own.clone() } else { light }
    };
    shapes.enumerate().map(light).collect()
}

/// Units made one outline: the borders between them are gone. Valid to the grid of 0.1 m on which coordinates are written, where
/// a union of exact borders, rounded afterwards, can cross itself.
pub fn dissolved<'a>(shapes: impl Iterator<Item = &'a MultiPolygon<f64>> + Clone) -> MultiPolygon<f64> {
    let mut overlay = overlay(shapes.clone().map(geo::CoordsIter::coords_count).sum());
    for polygon in shapes.flat_map(|shape| shape.orient(Direction::Default)) {
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            overlay.add_path_iter(ring.coords().map(|c| on_grid((c.x * STEPS, c.y * STEPS))), ShapeType::Subject);
        }
    }
    outline(overlay, FillRule::NonZero)
}

/// What the rings of an overlay enclose.
fn outline(mut overlay: Overlay, rule: FillRule) -> MultiPolygon<f64> {
    let polygons = overlay.overlay(OverlayRule::Subject, rule).into_iter().map(|polygon| {
        let mut rings = polygon.into_iter().map(|ring| {
            let corner = |x: i32, y: i32| Coord { x: f64::from(x) / STEPS, y: f64::from(y) / STEPS };
            ring.into_iter().map(|p| corner(p.x, p.y)).collect::<LineString<f64>>()
        });
        // Rings are closed by the polygon itself.
        Polygon::new(rings.next().unwrap_or(LineString::new(Vec::new())), rings.collect())
    });
    polygons.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use geo::{Area as _, CoordsIter as _, Validation as _, polygon};

    use super::*;

    /// Two units with a wavy border, and a speck smaller than the grid.
    fn units() -> [MultiPolygon<f64>; 3] {
        let wave: Vec<(f64, f64)> =
            (0..=400).map(|k| (-4.0 + 0.002 * libm::sin(f64::from(k) * 0.7), 12.0 + f64::from(k) / 200.0)).collect();
        let unit = |far: f64, wave: Vec<(f64, f64)>| {
            let mut ring = vec![(far, wave[wave.len() - 1].1), (far, wave[0].1)];
            ring.splice(0..0, wave);
            MultiPolygon(vec![Polygon::new(ring.into(), vec![])])
        };
        let speck = polygon![(x: 0.0, y: 0.0), (x: 2e-7, y: 0.0), (x: 2e-7, y: 2e-7)];
        [unit(-6.0, wave.clone()), unit(-2.0, wave), MultiPolygon(vec![speck])]
    }

    #[test]
    fn a_light_border_is_the_same_on_both_sides_and_near_the_old_one() {
        let units = units();
        let light = light_outlines(units.iter(), 0.01);
        assert!(light[0].coords_count() < 20, "{}", light[0].coords_count());
        let inner = |u: &MultiPolygon<f64>| -> BTreeSet<(i64, i64)> {
            let near = u.coords_iter().filter(|c| (c.x + 4.0).abs() < 0.1);
            #[expect(clippy::cast_possible_truncation, reason = "degrees")]
            near.map(|c| ((c.x * STEPS).round() as i64, (c.y * STEPS).round() as i64)).collect()
        };
        assert_eq!(inner(&light[0]), inner(&light[1]));
        assert!(inner(&light[0]).len() >= 2);
        for (light, whole) in light.iter().zip(&units).take(2) {
            assert!(light.is_valid());
            assert!((light.unsigned_area() - whole.unsigned_area()).abs() < 0.02);
        }
        assert_eq!(light[2], units[2], "what would be nothing stays");
    }

    #[test]
    fn units_made_one_are_valid_and_as_large_as_their_parts() {
        let units = units();
        let one = dissolved(units[..2].iter());
        assert_eq!((one.0.len(), one.0[0].interiors().len()), (1, 0));
        assert!(one.is_valid());
        let parts: f64 = units[..2].iter().map(geo::Area::unsigned_area).sum();
        assert!((one.unsigned_area() - parts).abs() < 1e-5, "{} of {parts}", one.unsigned_area());
        assert!(dissolved(units[..0].iter()).0.is_empty());
    }

    #[test]
    fn nothing_is_moved_where_nothing_may_move() {
        let units = units();
        let same = light_outlines(units.iter(), 0.0);
        assert!((same[0].unsigned_area() - units[0].unsigned_area()).abs() < 1e-6);
    }
}
