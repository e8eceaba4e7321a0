//! Every name on a map: regions, cercles with the letters of their leading categories, towns, neighbours.

use super::context::Context;
use super::fonts::{Face, cap_height_mm, width_mm};
use super::frame::{MapFrame, Point, Rect};
use super::incident_map::{Category, Count, IncidentMap, LEADING, Present};
use super::inks::{INK, LETTER_INK, NEIGHBOUR_INK, REGION_INK};
use super::map_circles::Circle;
use super::map_ground::project;
use super::place::{Placed, Placer, inside};
use super::scene::{Item, Scene, Stroke, Text};
use crate::style::{Colour, grouped};

/// Letters of the categories with the largest shares of a count.
fn leading(count: &Count, categories: &[Category]) -> String {
    let total: u64 = count.by.iter().sum();
    let mut order: Vec<(u64, usize)> = count.by.iter().enumerate().map(|(k, n)| (*n, k)).collect();
    order.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let leading = order.into_iter().filter(|(n, _)| *n > 0 && n * 100 >= total * LEADING.0).take(LEADING.1);
    let letters: Vec<&str> = leading.map(|(_, k)| categories[k].letter.as_str()).collect();
    letters.join("\u{202f}")
}

/// Every name on the map; gives back the cercles without room for theirs.
pub(super) fn labels(
    scene: &mut Scene,
    placer: &mut Placer,
    map: &IncidentMap,
    frame: &MapFrame,
    circles: &[Circle],
    scale: f64,
    present: &mut Present,
) -> Vec<(String, u64)> {
    region_names(scene, placer, map, frame, scale, present);
    let dropped = cercle_names(scene, placer, map, circles, scale);
    let named: Vec<&str> = circles.iter().map(|c| map.cercles[c.cercle].name).collect();
    towns(scene, placer, map.context, frame, &named, scale);
    country_names(scene, placer, map, frame, scale);
    dropped
}

fn region_names(
    scene: &mut Scene,
    placer: &mut Placer,
    map: &IncidentMap,
    frame: &MapFrame,
    scale: f64,
    present: &mut Present,
) {
    for (region, only) in map.regions.iter().zip(&map.region_only) {
        let rings = project(region.shape, frame);
        let wish = middle(&rings, frame.rect()).unwrap_or_else(|| frame.place(region.label));
        let name = region.name.to_uppercase();
        let number = (*only > 0).then(|| grouped(*only, map.lang));
        present.region_only |= number.is_some();
        // A region that is no more than its town is named by the town.
        if number.is_none() && area_mm2(&rings) < 25.0 && map.context.towns.iter().any(|t| t.name == region.name) {
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
                .inside(&rings, wish, 1.5, space)
                .or_else(|| if last { placer.beside(wish, 0.0, 0.0, 30.0, &[space]).map(|p| p.rect) } else { None });
            let Some(r) = rect else { continue };
            let mid = f64::midpoint(r.y0, r.y1);
            scene.push(text((r.x0 + 0.4, mid + h / 2.0), &name, Face::Bold, size, tracking, REGION_INK, 0.35));
            if let (Some(number), Some(side)) = (number, box_size) {
                let (x, half) = (r.x0 + 0.4 + w + 1.0, 1.5 * scale);
                let square = vec![(x, mid - half), (x + side, mid - half), (x + side, mid + half), (x, mid + half)];
                scene.push(Item::Area(vec![square.clone()], Colour::WHITE));
                scene.push(Item::Lines(vec![(square, true)], Stroke::new(LETTER_INK, 0.35)));
                let (nw, nh) = (width_mm(&number, Face::Bold, 6.2 * scale, 0.0), cap_height_mm(6.2 * scale));
                scene.push(text(
                    (x + (side - nw) / 2.0, mid + nh / 2.0),
                    &number,
                    Face::Bold,
                    6.2 * scale,
                    0.0,
                    INK,
                    0.0,
                ));
            }
            break;
        }
    }
}

/// A cercle's name with the letters of its leading categories, ready to be placed.
struct NameTag<'a> {
    circle: &'a Circle,
    name: &'a str,
    letters: String,
    /// The sizes it may take: one line, two lines.
    shapes: Vec<(f64, f64)>,
    widths: (f64, f64),
}

/// Rounds of placing names anew, those without room moved to the front.
const ROUNDS: usize = 12;

fn cercle_names(
    scene: &mut Scene,
    placer: &mut Placer,
    map: &IncidentMap,
    circles: &[Circle],
    scale: f64,
) -> Vec<(String, u64)> {
    let size = 6.6 * scale;
    let (cap, gap, line) = (cap_height_mm(size), 0.7 * scale, 2.55 * scale);
    let tags: Vec<NameTag> = circles.iter().map(|c| name_tag(map, c, size, gap, line)).collect();
    // The highest counts choose first; a name that finds no room chooses earlier in the next round. The round with the
    // fewest names lost, then the fewest leaders, stands.
    let mut order: Vec<usize> = (0..tags.len()).collect();
    let mut best: Option<(usize, usize, Placer, Vec<Option<Placed>>)> = None;
    for _ in 0..ROUNDS {
        let mut trial = placer.clone();
        let mut spaces: Vec<Option<Placed>> = vec![None; tags.len()];
        for k in &order {
            let c = tags[*k].circle;
            spaces[*k] = trial.beside(c.centre, c.radius + 0.25, 0.15, 26.0, &tags[*k].shapes);
        }
        let lost: Vec<usize> = order.iter().copied().filter(|k| spaces[*k].is_none()).collect();
        let leaders = spaces.iter().flatten().filter(|p| p.leader.is_some()).count();
        if best.as_ref().is_none_or(|(l, n, ..)| (lost.len(), leaders) < (*l, *n)) {
            best = Some((lost.len(), leaders, trial, spaces));
        }
        if lost.is_empty() {
            break;
        }
        order.retain(|k| !lost.contains(k));
        order.splice(0..0, lost);
    }
    let Some((_, _, trial, spaces)) = best else { return Vec::new() };
    *placer = trial;
    let mut dropped = Vec::new();
    for (tag, space) in tags.iter().zip(spaces) {
        let Some(space) = space else {
            dropped.push((tag.name.to_owned(), tag.circle.number.unwrap_or(0)));
            continue;
        };
        let r = space.rect;
        if let Some((from, to)) = space.leader {
            scene.push(Item::Lines(vec![(vec![from, to], false)], Stroke::new(Colour::WHITE, 0.5)));
            scene.push(Item::Lines(vec![(vec![from, to], false)], Stroke::new(REGION_INK, 0.15)));
        }
        // Two lines stand flush towards the circle.
        let flush = |width: f64| if r.x1 < tag.circle.centre.0 { r.x1 - 0.25 - width } else { r.x0 + 0.25 };
        let (w_name, w_letters) = tag.widths;
        let base = f64::midpoint(r.y0, r.y0 + line) + cap / 2.0;
        let x = if space.shape == 0 { r.x0 + 0.25 } else { flush(w_name) };
        scene.push(text((x, base), tag.name, Face::Regular, size, 0.0, INK, 0.4));
        if !tag.letters.is_empty() {
            let at = if space.shape == 0 { (x + w_name + gap, base) } else { (flush(w_letters), base + line) };
            scene.push(text(at, &tag.letters, Face::Bold, size, 0.0, LETTER_INK, 0.4));
        }
    }
    dropped
}

fn name_tag<'a>(map: &IncidentMap<'a>, circle: &'a Circle, size: f64, gap: f64, line: f64) -> NameTag<'a> {
    let name = map.cercles[circle.cercle].name;
    let mut letters = leading(&map.counts[circle.cercle], &map.categories);
    if circle.text.is_none()
        && let Some(n) = circle.number
    {
        // Too small a circle for its number: it stands beside the name.
        let number = grouped(n, map.lang);
        letters = if letters.is_empty() { number } else { format!("{number} {letters}") };
    }
    let (w_name, w_letters) = (width_mm(name, Face::Regular, size, 0.0), width_mm(&letters, Face::Bold, size, 0.0));
    let shapes = if letters.is_empty() {
        vec![(w_name + 0.5, line)]
    } else {
        vec![(w_name + gap + w_letters + 0.5, line), (w_name.max(w_letters) + 0.5, 2.0 * line)]
    };
    NameTag { circle, name, letters, shapes, widths: (w_name, w_letters) }
}

fn towns(scene: &mut Scene, placer: &mut Placer, context: &Context, frame: &MapFrame, named: &[&str], scale: f64) {
    for town in &context.towns {
        let at = frame.point(town.lon, town.lat);
        // A cercle's name beside its circle says where its town is.
        if named.iter().any(|n| *n == town.name) || !frame.rect().holds(&Rect::at(at.0, at.1, 0.0, 0.0)) {
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

fn country_names(scene: &mut Scene, placer: &mut Placer, map: &IncidentMap, frame: &MapFrame, scale: f64) {
    for country in map.context.countries.iter().filter(|c| c.iso3 != map.notes.iso3) {
        let rings = project(&country.shape, frame);
        let Some(wish) = middle(&rings, frame.rect()) else { continue };
        let name = map.lang.pick(&country.name_fr, &country.name_en).to_uppercase();
        for (size, tracking) in [(9.5, 0.9), (8.0, 0.7), (6.8, 0.3)] {
            let size = size * scale;
            let (w, h) = (width_mm(&name, Face::Italic, size, tracking), cap_height_mm(size));
            if let Some(r) = placer.inside(&rings, wish, 2.0, (w + 2.0, h + 2.0)) {
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

/// The middle of the part of an area that is on the map; none where nothing is.
fn middle(rings: &[Vec<Point>], frame: Rect) -> Option<Point> {
    let step = 4.0;
    let (mut sx, mut sy, mut n) = (0.0, 0.0, 0.0);
    let mut y = step / 2.0;
    while y < frame.y1 {
        let mut x = step / 2.0;
        while x < frame.x1 {
            if inside(rings, (x, y)) {
                (sx, sy, n) = (sx + x, sy + y, n + 1.0);
            }
            x += step;
        }
        y += step;
    }
    (n > 0.0).then(|| (sx / n, sy / n))
}

fn text(at: Point, what: &str, face: Face, size_pt: f64, tracking_pt: f64, colour: Colour, halo_mm: f64) -> Item {
    Item::Text(Text { at, text: what.to_owned(), face, size_pt, tracking_pt, colour, halo_mm })
}
