//! The digits of a choropleth: inside their unit where they fit, beside it with a leader where the unit is tiny.

use std::collections::BTreeSet;

use super::choropleth::ChoroplethMap;
use super::fonts::{Face, cap_height_mm, width_mm};
use super::frame::{Point, Rect};
use super::ground::Ground;
use super::inks::{INK, REGION_INK};
use super::map_names::text;
use super::place::{Placer, inside};
use super::scene::{Item, Scene, Stroke};
use crate::style::Colour;

/// Sizes tried, points on A4: the last is the least that reads in print.
const SIZES: [f64; 3] = [6.0, 5.2, 4.6];
/// A leader is at most this long, millimetres.
const REACH_MM: f64 = 9.0;

/// A unit with a mark on the map.
struct Marked<'g> {
    unit: usize,
    rings: &'g [Vec<Point>],
    at: Point,
    ink: Colour,
}

/// Draws the marks of the units on the map; gives back the units whose mark found no room. A unit that an inset shows with its
/// mark needs none beside it here.
pub(super) fn draw_marks(
    scene: &mut Scene,
    placer: &mut Placer,
    map: &ChoroplethMap,
    ground: &Ground,
    scale: f64,
    inset: &BTreeSet<usize>,
) -> Vec<usize> {
    let sheet = ground.frame.rect();
    let mut marked: Vec<Marked<'_>> = Vec::new();
    for (k, cell) in map.cells.iter().enumerate().filter(|(_, c)| !c.mark.is_empty()) {
        let at = ground.frame.place(map.label(k));
        let rings = map.unit(ground, k);
        if sheet.holds(&Rect::at(at.0, at.1, 0.0, 0.0)) {
            let ink = cell.class.and_then(|c| map.class(c)).map_or(INK, |c| c.colour.ink());
            marked.push(Marked { unit: k, rings, at, ink });
        }
    }
    let mut left = Vec::new();
    for (m, own) in marked.iter().enumerate() {
        let mark = map.cells[own.unit].mark.as_str();
        if !inside_unit(scene, placer, own, mark, scale) {
            left.push(m);
        }
    }
    let mut missing = Vec::new();
    for m in left.into_iter().filter(|m| !inset.contains(&marked[*m].unit)) {
        let mark = map.cells[marked[m].unit].mark.as_str();
        if !beside_unit(scene, placer, ground, &marked[m], mark, scale) {
            missing.push(marked[m].unit);
        }
    }
    missing
}

fn inside_unit(scene: &mut Scene, placer: &mut Placer, own: &Marked<'_>, mark: &str, scale: f64) -> bool {
    for size in SIZES.map(|s| s * scale) {
        let (w, h) = (width_mm(mark, Face::Bold, size, 0.0) + 0.3, cap_height_mm(size) + 0.3);
        let wished = Rect::at(own.at.0 - w / 2.0, own.at.1 - h / 2.0, w, h);
        let corners = [(wished.x0, wished.y0), (wished.x1, wished.y0), (wished.x1, wished.y1), (wished.x0, wished.y1)];
        let fits = placer.is_free(&wished) && corners.iter().all(|c| inside(own.rings, *c));
        let rect = if fits {
            placer.take(wished);
            Some(wished)
        } else {
            placer.inside(own.rings, own.at, 0.0, (w, h))
        };
        if let Some(r) = rect {
            scene.push(text((r.x0 + 0.15, r.y1 - 0.15), mark, Face::Bold, size, 0.0, own.ink, 0.0));
            return true;
        }
    }
    false
}

/// Beside a tiny unit, with a leader, outside the country only: over another unit it could be taken for that one's.
fn beside_unit(
    scene: &mut Scene,
    placer: &mut Placer,
    ground: &Ground,
    own: &Marked<'_>,
    mark: &str,
    scale: f64,
) -> bool {
    let size = SIZES[0] * scale;
    let (w, h) = (width_mm(mark, Face::Bold, size, 0.0) + 0.5, cap_height_mm(size) + 0.5);
    let clear = |r: &Rect| {
        let points = [(r.x0, r.y0), (r.x1, r.y0), (r.x1, r.y1), (r.x0, r.y1)];
        !points.iter().any(|p| ground.on_land(*p))
    };
    let at = own.at;
    let Some(placed) = placer.beside_where(at, 0.25, 0.2, REACH_MM * scale, &[(w, h)], clear) else { return false };
    let r = placed.rect;
    if let Some((_, to)) = placed.leader {
        scene.push(Item::Lines(vec![(vec![at, to], false)], Stroke::new(Colour::WHITE, 0.4)));
        scene.push(Item::Lines(vec![(vec![at, to], false)], Stroke::new(REGION_INK, 0.13)));
    }
    scene.push(Item::Circle(at, 0.22, Some(REGION_INK), None));
    scene.push(text((r.x0 + 0.25, r.y1 - 0.25), mark, Face::Bold, size, 0.0, INK, 0.35));
    true
}
