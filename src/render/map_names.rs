//! Names that every map carries: regions, towns, neighbours.

use super::base::BaseMap;
use super::choropleth::{ChoroplethMap, Filled};
use super::fonts::{Face, cap_height_mm, width_mm};
use super::frame::{Point, Rect};
use super::ground::Ground;
use super::inks::{INK, LETTER_INK, NEIGHBOUR_INK, REGION_INK};
use super::place::Placer;
use super::scene::{Item, Scene, Stroke, Text};
use crate::style::{Colour, grouped};

/// Draws the names of the regions; `only` is what each counts beyond its cercles, in a box beside the name where it is
/// more than 0 (parallel to the regions, or empty). Gives back whether there was any.
pub(super) fn region_names(
    scene: &mut Scene,
    placer: &mut Placer,
    base: &BaseMap,
    ground: &Ground,
    only: &[u64],
    scale: f64,
) -> bool {
    let mut any = false;
    for (k, region) in base.regions.iter().enumerate() {
        let rings = &ground.regions[k];
        let Some(wish) = ground.region_middles[k] else { continue };
        let name = region.name.to_uppercase();
        let number = only.get(k).filter(|n| **n > 0).map(|n| grouped(*n, base.lang));
        any |= number.is_some();
        // A region that is no more than its town is named by the town.
        if number.is_none() && area_mm2(rings) < 25.0 && base.context.towns.iter().any(|t| t.name == region.name) {
            continue;
        }
        for (size, tracking) in [(8.8, 0.8), (7.6, 0.6), (6.8, 0.3), (6.0, 0.0)] {
            let size = size * scale;
            let (w, h) = (width_mm(&name, Face::Bold, size, tracking), cap_height_mm(size));
            let box_size = number.as_ref().map(|n| (width_mm(n, Face::Bold, 6.2 * scale, 0.0) + 1.4).max(3.0 * scale));
            let full = w + box_size.map_or(0.0, |b| b + 1.0);
            let space = (full + 0.8, (h + 1.0).max(if box_size.is_some() { 3.4 * scale } else { 0.0 }));
            let last = size <= 6.0 * scale;
            let rect = placer
                .inside(rings, wish, 1.5, space)
                .or_else(|| if last { placer.beside(wish, 0.0, 0.0, 30.0, &[space]).map(|p| p.rect) } else { None });
            let Some(r) = rect else { continue };
            let mid = f64::midpoint(r.y0, r.y1);
            scene.push(text((r.x0 + 0.4, mid + h / 2.0), &name, Face::Bold, size, tracking, REGION_INK, 0.35));
            if let (Some(number), Some(side)) = (&number, box_size) {
                boxed_number(scene, (r.x0 + 0.4 + w + 1.0, mid), side, number, scale);
            }
            break;
        }
    }
    any
}

/// A number in a square box: known to the region only.
fn boxed_number(scene: &mut Scene, (x, mid): Point, side: f64, number: &str, scale: f64) {
    let half = 1.5 * scale;
    let square = vec![(x, mid - half), (x + side, mid - half), (x + side, mid + half), (x, mid + half)];
    scene.push(Item::Area(vec![square.clone()], Colour::WHITE));
    scene.push(Item::Lines(vec![(square, true)], Stroke::new(LETTER_INK, 0.35)));
    let (w, h) = (width_mm(number, Face::Bold, 6.2 * scale, 0.0), cap_height_mm(6.2 * scale));
    scene.push(text((x + (side - w) / 2.0, mid + h / 2.0), number, Face::Bold, 6.2 * scale, 0.0, INK, 0.0));
}

/// Draws the names of the cercles, quietly, where there is room inside them.
pub(super) fn cercle_names(scene: &mut Scene, placer: &mut Placer, base: &BaseMap, ground: &Ground, scale: f64) {
    for (cercle, outline) in base.cercles.iter().zip(&ground.cercles) {
        let rings = outline.rings();
        let wish = ground.frame.place(cercle.label);
        if !ground.shows(wish) || area_mm2(rings) < 12.0 {
            continue;
        }
        for size in [6.0, 5.4] {
            let size = size * scale;
            let (w, h) = (width_mm(cercle.name, Face::Italic, size, 0.0), cap_height_mm(size));
            if let Some(r) = placer.inside(rings, wish, 0.5, (w + 0.6, h + 0.8)) {
                scene.push(text((r.x0 + 0.3, r.y1 - 0.4), cercle.name, Face::Italic, size, 0.0, REGION_INK, 0.3));
                break;
            }
        }
    }
}

/// Draws the names of the filled units that have a value, where there is room in them: for enlarged parts.
pub(super) fn unit_names(scene: &mut Scene, placer: &mut Placer, map: &ChoroplethMap, ground: &Ground, scale: f64) {
    let areas = if map.filled == Filled::Communes { &map.base.communes } else { &map.base.cercles };
    for (k, area) in areas.iter().enumerate() {
        let wish = ground.frame.place(area.label);
        if map.cells[k].class.is_none() || !ground.shows(wish) {
            continue;
        }
        let size = 4.8 * scale;
        let (w, h) = (width_mm(area.name, Face::Regular, size, 0.0), cap_height_mm(size));
        let ink = map.cells[k].class.and_then(|c| map.class(c)).map_or(INK, |c| c.colour.ink());
        if let Some(r) = placer.inside(map.unit(ground, k), wish, 0.0, (w + 0.4, h + 0.5)) {
            scene.push(text((r.x0 + 0.2, r.y1 - 0.25), area.name, Face::Regular, size, 0.0, ink, 0.0));
        }
    }
}

/// Draws the towns, but for those already named.
pub(super) fn towns(
    scene: &mut Scene,
    placer: &mut Placer,
    base: &BaseMap,
    ground: &Ground,
    named: &[&str],
    scale: f64,
) {
    for town in &base.context.towns {
        let at = ground.frame.point(town.lon, town.lat);
        // A cercle's name beside its circle says where its town is.
        if named.iter().any(|n| *n == town.name) || !ground.shows(at) {
            continue;
        }
        let (size, face) = if town.rank == 1 { (7.2 * scale, Face::Bold) } else { (6.2 * scale, Face::Regular) };
        let radius = if town.rank == 1 { 0.75 } else { 0.5 };
        if !placer.is_free(&Rect::at(at.0 - radius, at.1 - radius, 2.0 * radius, 2.0 * radius)) {
            continue;
        }
        let (w, cap) = (width_mm(&town.name, face, size, 0.0), cap_height_mm(size));
        if let Some(p) = placer.beside(at, radius, 0.3, 0.0, &[(w + 0.4, cap + 0.8)]) {
            placer.take(Rect::at(at.0 - radius, at.1 - radius, 2.0 * radius, 2.0 * radius));
            town_mark(scene, at, town.rank);
            scene.push(text((p.rect.x0 + 0.2, p.rect.y1 - 0.4), &town.name, face, size, 0.0, REGION_INK, 0.35));
        }
    }
}

/// A town's dot; a capital's is a square.
pub(super) fn town_mark(scene: &mut Scene, (x, y): Point, rank: u8) {
    if rank == 1 {
        let r = 0.7;
        let square = vec![(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)];
        scene.push(Item::Area(vec![square.clone()], INK));
        scene.push(Item::Lines(vec![(square, true)], Stroke::new(Colour::WHITE, 0.2)));
    } else {
        scene.push(Item::Circle((x, y), 0.5, Some(REGION_INK), Some(Stroke::new(Colour::WHITE, 0.2))));
    }
}

/// Draws the neighbours' names.
pub(super) fn country_names(scene: &mut Scene, placer: &mut Placer, base: &BaseMap, ground: &Ground, scale: f64) {
    for (k, rings, wish) in &ground.neighbours {
        if wish.0.is_nan() {
            continue;
        }
        let country = &base.context.countries[*k];
        let name = base.lang.pick(&country.name_fr, &country.name_en).to_uppercase();
        for (size, tracking) in [(9.5, 0.9), (8.0, 0.7), (6.8, 0.3)] {
            let size = size * scale;
            let (w, h) = (width_mm(&name, Face::Italic, size, tracking), cap_height_mm(size));
            if let Some(r) = placer.inside(rings, *wish, 2.0, (w + 2.0, h + 2.0)) {
                scene.push(text((r.x0 + 1.0, r.y1 - 1.0), &name, Face::Italic, size, tracking, NEIGHBOUR_INK, 0.0));
                break;
            }
        }
    }
}

/// Area of even-odd rings on paper, square millimetres (holes counted as area: for small shapes only).
fn area_mm2(rings: &[Vec<Point>]) -> f64 {
    let ring = |r: &Vec<Point>| -> f64 {
        r.iter().zip(r.iter().cycle().skip(1)).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>().abs() / 2.0
    };
    rings.iter().map(ring).sum()
}

/// A line of text.
pub(super) fn text(
    at: Point,
    what: &str,
    face: Face,
    size_pt: f64,
    tracking_pt: f64,
    colour: Colour,
    halo_mm: f64,
) -> Item {
    Item::Text(Text { at, text: what.to_owned(), face, size_pt, tracking_pt, colour, halo_mm })
}
