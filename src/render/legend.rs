//! The drawings of the legend.

use super::base::Notes;
use super::context::named_shapes;
use super::frame::{MapFrame, Point};
use super::ground::corners;
use super::inks::{LAKE, SEA, WATER};
use super::map_names::town_mark;
use super::scene::{Item, Scene, Stroke};
use crate::spatial::Bbox;
use crate::style::{Class, Colour, Pattern, StatusSymbol, Style};

use super::frame::Rect;

/// Ink of the swatches' outlines.
pub(super) const OUTLINE: Colour = Colour { r: 64, g: 64, b: 64 };
/// Size of a swatch, millimetres.
pub(super) const SWATCH: (f64, f64) = (8.0, 4.4);
/// Height of a line's swatch.
const LINE_HEIGHT: f64 = 2.6;

/// An empty swatch.
pub(super) fn blank() -> Scene {
    Scene::new(SWATCH.0, SWATCH.1)
}

fn box_of((w, h): (f64, f64)) -> Vec<Point> {
    vec![(0.1, 0.1), (w - 0.1, 0.1), (w - 0.1, h - 0.1), (0.1, h - 0.1)]
}

/// A box in a class's colour, with a pattern where it has one and its number where it has one.
pub(super) fn class_box(colour: Colour, pattern: Option<&Pattern>) -> Scene {
    let mut scene = blank();
    let outline = box_of(SWATCH);
    scene.push(Item::Area(vec![outline.clone()], colour));
    if let Some(pattern) = pattern {
        scene.push_strokes(std::slice::from_ref(&outline), pattern);
    }
    scene.push(Item::Lines(vec![(outline, true)], Stroke::new(OUTLINE, 0.15)));
    scene
}

/// A box with the symbol of a status.
pub(super) fn status_box(symbol: &StatusSymbol) -> Scene {
    class_box(symbol.fill, symbol.pattern.as_ref())
}

/// A class's circle.
pub(super) fn class_circle(style: &Style, class: &Class, scale: f64) -> Scene {
    let size = class.size_mm * scale + 0.6;
    let mut scene = Scene::new(size, size);
    let line = Stroke::new(style.stroke, style.stroke_mm.max(0.2));
    scene.push(Item::Circle((size / 2.0, size / 2.0), class.size_mm * scale / 2.0, Some(class.colour), Some(line)));
    scene
}

/// A line.
pub(super) fn line(stroke: Stroke) -> Scene {
    let mut scene = Scene::new(SWATCH.0, LINE_HEIGHT);
    let y = LINE_HEIGHT / 2.0;
    scene.push(Item::Lines(vec![(vec![(0.0, y), (SWATCH.0, y)], false)], stroke));
    scene
}

/// A river and a lake.
pub(super) fn water() -> Scene {
    let mut scene = Scene::new(SWATCH.0, LINE_HEIGHT);
    let river = vec![(0.0, 1.6), (2.0, 1.0), (4.0, 1.6), (5.2, 1.3)];
    scene.push(Item::Lines(vec![(river, false)], Stroke::new(WATER, 0.35)));
    scene.push(Item::Circle((6.6, 1.3), 1.0, Some(LAKE), None));
    scene
}

/// A capital and a town.
pub(super) fn towns() -> Scene {
    let mut scene = Scene::new(SWATCH.0, LINE_HEIGHT);
    town_mark(&mut scene, (2.6, 1.3), 1);
    town_mark(&mut scene, (5.6, 1.3), 2);
    scene
}

/// The country in its part of the world.
pub(super) fn locator(notes: &Notes, width: f64, height: f64) -> Scene {
    const WORLD: &str = include_str!("../../styles/annexes/locator.geojson");
    static SHAPES: std::sync::LazyLock<Vec<(String, geo::MultiPolygon<f64>)>> =
        std::sync::LazyLock::new(|| named_shapes(WORLD, "iso3"));
    let mut scene = Scene::new(width, height);
    let sheet = corners(&Rect::at(0.0, 0.0, width, height));
    scene.push(Item::Area(vec![sheet.clone()], SEA));
    let bbox = Bbox { west: -18.5, south: 3.0, east: 16.5, north: 37.5 };
    if let Some(frame) = MapFrame::fit(&bbox, width, height, -0.6) {
        for own in [false, true] {
            for (_, shape) in SHAPES.iter().filter(|(iso3, _)| (*iso3 == notes.iso3) == own) {
                let rings: Vec<Vec<Point>> = shape
                    .iter()
                    .flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
                    .map(|r| r.coords().skip(1).map(|c| frame.point(c.x, c.y)).collect())
                    .collect();
                let fill = if own { Colour { r: 88, g: 88, b: 88 } } else { Colour { r: 244, g: 242, b: 238 } };
                scene.push(Item::Area(rings.clone(), fill));
                let ink = Stroke::new(Colour { r: 160, g: 155, b: 146 }, 0.12);
                scene.push(Item::Lines(rings.into_iter().map(|r| (r, true)).collect(), ink));
            }
        }
    }
    scene.push(Item::Lines(vec![(sheet, true)], Stroke::new(OUTLINE, 0.3)));
    scene
}
