//! Pictures of tiles: grounds with the patterns of the absences, outlines, discs.

use tiny_skia::{Color, FillRule, LineCap, Mask, Paint, PathBuilder, Pixmap, Shader, Stroke, StrokeDash, Transform};

use super::EXTENT;
use super::mvt::rings;
use crate::spatial::TileId;
use crate::style::{Colour, Pattern, PatternKind};

/// Pixels of a picture's side.
const SIDE: u32 = 256;
/// Pixels a millimetre of the styles: 96 an inch.
pub(super) const PX_PER_MM: f64 = 96.0 / 25.4;

/// How an area is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ground<'a> {
    /// Colour; none for outlines alone.
    pub fill: Option<Colour>,
    /// Pattern over it.
    pub pattern: Option<&'a Pattern>,
}

/// A disc over the areas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disc {
    /// Middle, tile units, y down.
    pub at: (f32, f32),
    /// Diameter, millimetres of the style.
    pub size_mm: f64,
    /// Colour.
    pub fill: Colour,
}

/// What a picture shows.
#[derive(Debug, Default)]
pub struct Picture<'a> {
    /// Areas: command stream and ground.
    pub areas: Vec<(&'a [u8], Ground<'a>)>,
    /// Discs, drawn in this order.
    pub discs: Vec<Disc>,
    /// Colour and width (millimetres) of outlines.
    pub stroke: Option<(Colour, f64)>,
    /// Dash and gap of outlines, millimetres.
    pub dash_mm: Option<(f64, f64)>,
}

/// A picture that could not be made.
#[derive(Debug, thiserror::Error)]
#[error("a picture of a tile could not be {0}")]
pub struct PaintError(pub(super) &'static str);

/// The tile as PNG, 256 pixels square, transparent where nothing is.
///
/// Patterns stand on the grid of the whole map, so that they run on from tile to tile.
pub fn paint(tile: TileId, picture: &Picture<'_>) -> Result<Vec<u8>, PaintError> {
    let mut pixmap = Pixmap::new(SIDE, SIDE).ok_or(PaintError("given room"))?;
    let scale = SIDE as f32 / EXTENT as f32;
    let paths: Vec<_> = picture
        .areas
        .iter()
        .filter_map(|(commands, ground)| {
            let mut path = PathBuilder::new();
            for ring in rings(commands) {
                for (k, (x, y)) in ring.into_iter().enumerate() {
                    let (x, y) = (x as f32 * scale, y as f32 * scale);
                    if k == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
                }
                path.close();
            }
            path.finish().map(|path| (path, ground))
        })
        .collect();
    for (path, ground) in &paths {
        if let Some(fill) = ground.fill {
            // Without smoothing: the edges of neighbours would let the ground through; the outline smooths them.
            let paint = Paint { anti_alias: false, ..ink(fill) };
            pixmap.fill_path(path, &paint, FillRule::EvenOdd, Transform::identity(), None);
        }
    }
    let mut patterns: Vec<&Pattern> = Vec::new();
    for pattern in paths.iter().filter_map(|(_, g)| g.pattern) {
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    for pattern in patterns {
        let mut mask = Mask::new(SIDE, SIDE).ok_or(PaintError("given room"))?;
        for (path, _) in paths.iter().filter(|(_, g)| g.pattern == Some(pattern)) {
            mask.fill_path(path, FillRule::EvenOdd, false, Transform::identity());
        }
        hatch(&mut pixmap, tile, pattern, &mask);
    }
    if let Some((colour, mm)) = picture.stroke {
        let dash = picture.dash_mm.and_then(|(on, off)| StrokeDash::new(vec![pixels(on), pixels(off)], 0.0));
        let stroke = Stroke { width: pixels(mm).max(0.4), dash, ..Stroke::default() };
        for (path, _) in &paths {
            pixmap.stroke_path(path, &ink(colour), &stroke, Transform::identity(), None);
        }
    }
    for disc in &picture.discs {
        let (x, y) = (disc.at.0 * scale, disc.at.1 * scale);
        if let Some(circle) = PathBuilder::from_circle(x, y, pixels(disc.size_mm).max(1.0) / 2.0) {
            pixmap.fill_path(&circle, &ink(disc.fill), FillRule::Winding, Transform::identity(), None);
            if let Some((colour, mm)) = picture.stroke {
                let stroke = Stroke { width: pixels(mm).max(0.4), ..Stroke::default() };
                pixmap.stroke_path(&circle, &ink(colour), &stroke, Transform::identity(), None);
            }
        }
    }
    pixmap.encode_png().map_err(|_| PaintError("written as PNG"))
}

#[expect(clippy::cast_possible_truncation, reason = "some millimetres")]
fn pixels(mm: f64) -> f32 {
    (mm * PX_PER_MM) as f32
}

pub(super) fn ink(colour: Colour) -> Paint<'static> {
    Paint { shader: Shader::SolidColor(Color::from_rgba8(colour.r, colour.g, colour.b, 255)), ..Paint::default() }
}

/// The pattern over the whole tile, seen through the mask.
fn hatch(pixmap: &mut Pixmap, tile: TileId, pattern: &Pattern, mask: &Mask) {
    let side = f64::from(SIDE);
    let spacing = (pattern.spacing_mm * PX_PER_MM).max(2.0);
    // The tile's corner on the pixel grid of the whole map.
    let (x0, y0) = (f64::from(tile.x()) * side, f64::from(tile.y()) * side);
    let mut path = PathBuilder::new();
    #[expect(clippy::cast_possible_truncation, reason = "pixels of one tile")]
    let p = |x: f64| x as f32;
    match pattern.kind {
        PatternKind::Lines => lines(&mut path, (x0, y0), pattern.angle_deg, spacing),
        PatternKind::Cross => {
            lines(&mut path, (x0, y0), pattern.angle_deg, spacing);
            lines(&mut path, (x0, y0), pattern.angle_deg + 90.0, spacing);
        }
        PatternKind::Dots => {
            let radius = pixels(pattern.width_mm).max(1.0) / 2.0;
            let first = |from: f64| (from / spacing).floor() * spacing - from;
            let mut y = first(y0);
            while y <= side + spacing {
                let mut x = first(x0);
                while x <= side + spacing {
                    path.push_circle(p(x), p(y), radius);
                    x += spacing;
                }
                y += spacing;
            }
        }
    }
    let Some(path) = path.finish() else { return };
    if pattern.kind == PatternKind::Dots {
        pixmap.fill_path(&path, &ink(pattern.colour), FillRule::Winding, Transform::identity(), Some(mask));
    } else {
        let stroke = Stroke { width: pixels(pattern.width_mm).max(0.6), line_cap: LineCap::Butt, ..Stroke::default() };
        pixmap.stroke_path(&path, &ink(pattern.colour), &stroke, Transform::identity(), Some(mask));
    }
}

/// Parallel lines over the tile whose corner is given, each a multiple of `spacing` from the whole map's corner.
pub(super) fn lines(path: &mut PathBuilder, (x0, y0): (f64, f64), angle_deg: f64, spacing: f64) {
    // Counter-clockwise on a picture whose y goes down.
    let (sin, cos) = (libm::sin(-angle_deg.to_radians()), libm::cos(-angle_deg.to_radians()));
    let side = f64::from(SIDE);
    let across = |x: f64, y: f64| (y0 + y) * cos - (x0 + x) * sin;
    let corners = [across(0.0, 0.0), across(side, 0.0), across(0.0, side), across(side, side)];
    let (least, most) = corners.iter().fold((f64::MAX, f64::MIN), |(l, m), c| (l.min(*c), m.max(*c)));
    // From a line's foot near the tile's middle, far enough both ways.
    let (mx, my) = (side / 2.0, side / 2.0);
    let here = across(mx, my);
    let mut k = (least / spacing).floor();
    #[expect(clippy::cast_possible_truncation, reason = "pixels of one tile")]
    while k * spacing <= most {
        let away = k * spacing - here;
        let (fx, fy) = (mx - away * sin, my + away * cos);
        path.move_to((fx - cos * side) as f32, (fy - sin * side) as f32);
        path.line_to((fx + cos * side) as f32, (fy + sin * side) as f32);
        k += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::mvt::polygon_commands;
    use super::*;

    const RED: Colour = Colour { r: 200, g: 0, b: 0 };

    fn pattern(kind: PatternKind) -> Pattern {
        Pattern { kind, angle_deg: 45.0, spacing_mm: 1.3, width_mm: 0.3, colour: RED }
    }

    fn painted(tile: TileId, ground: Ground<'_>) -> Pixmap {
        let all = polygon_commands([[(-64, -64), (4160, -64), (4160, 4160), (-64, 4160)]]);
        let picture = Picture { areas: vec![(&all, ground)], ..Picture::default() };
        Pixmap::decode_png(&paint(tile, &picture).expect("a picture")).expect("PNG")
    }

    #[test]
    fn an_area_has_its_colour_and_what_is_outside_is_transparent() {
        let half = polygon_commands([[(0, 0), (2048, 0), (2048, 4096), (0, 4096)]]);
        let ground = Ground { fill: Some(RED), pattern: None };
        let picture = Picture { areas: vec![(&half, ground)], ..Picture::default() };
        let tile = TileId::new(3, 1, 1).expect("a tile");
        let pixmap = Pixmap::decode_png(&paint(tile, &picture).expect("a picture")).expect("PNG");
        let at = |x| pixmap.pixel(x, 100).expect("a pixel");
        assert_eq!((at(50).red(), at(50).alpha(), at(200).alpha()), (200, 255, 0));
    }

    #[test]
    fn every_pattern_inks_a_part_of_its_area_and_differs_from_tile_to_tile_only_by_its_place() {
        for kind in [PatternKind::Lines, PatternKind::Cross, PatternKind::Dots] {
            let pattern = pattern(kind);
            let ground = Ground { fill: Some(Colour::WHITE), pattern: Some(&pattern) };
            let here = painted(TileId::new(6, 30, 29).expect("a tile"), ground);
            let inked = here.pixels().iter().filter(|p| p.green() < 200).count();
            assert!((1000..40_000).contains(&inked), "{kind:?}: {inked}");
            if kind == PatternKind::Lines {
                // A line that rises to the right leaves the tile at one row and enters the next one a row higher.
                let next = painted(TileId::new(6, 31, 29).expect("a tile"), ground);
                let inked = |map: &Pixmap, x, y| map.pixel(x, y).is_some_and(|p| p.green() < 200);
                let both = (1..SIDE).filter(|y| inked(&here, SIDE - 1, *y) && inked(&next, 0, y - 1)).count();
                let left = (1..SIDE).filter(|y| inked(&here, SIDE - 1, *y)).count();
                assert!(left > 20 && both * 10 >= left * 8, "{both} of {left}");
            }
        }
    }
}
