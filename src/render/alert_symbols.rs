//! The symbols of annex 2: a row of signs a place, and arrows.

use super::alert_map::AlertMap;
use super::fonts::{Face, cap_height_mm, width_mm};
use super::frame::Point;
use super::ground::Ground;
use super::inks::REGION_INK;
use super::map_circles::spread;
use super::map_names::text;
use super::scene::{Item, Scene, Stroke};
use crate::domain::{Lang, Level};
use crate::style::{Colour, Style, grouped};

/// The signs of one place.
pub(super) struct Cluster {
    /// Position of the place.
    pub place: usize,
    pub centre: Point,
    /// Of the disc round all its signs.
    pub radius: f64,
    /// Each sign's kind and radius.
    signs: Vec<(usize, f64)>,
}

/// Radius of a sign that has no size of its own, millimetres on A4.
const PLAIN_MM: f64 = 1.6;

/// The places' signs, the largest first, moved apart where they would cover each other.
pub(super) fn clusters(map: &AlertMap, style: &Style, ground: &Ground, scale: f64) -> Vec<Cluster> {
    let mut out: Vec<Cluster> = Vec::new();
    for (k, place) in map.places.iter().enumerate() {
        let signs: Vec<(usize, f64)> = place
            .by
            .iter()
            .enumerate()
            .filter(|(_, n)| **n > 0)
            .map(|(kind, _)| {
                let class =
                    place.households.filter(|_| map.moving == Some(kind)).and_then(|n| style.class_of(n as f64));
                let size = class.and_then(|c| style.class(c)).map_or(PLAIN_MM, |c| c.size_mm / 2.0);
                (kind, size * scale)
            })
            .collect();
        let width: f64 = signs.iter().map(|(_, r)| 2.0 * r).sum();
        let tallest = signs.iter().map(|(_, r)| *r).fold(0.0, f64::max);
        if signs.is_empty() {
            continue;
        }
        out.push(Cluster { place: k, centre: ground.frame.place(place.at), radius: tallest.max(width / 2.0), signs });
    }
    out.sort_by(|a, b| b.radius.total_cmp(&a.radius).then(a.place.cmp(&b.place)));
    let mut discs: Vec<(Point, f64)> = out.iter().map(|c| (c.centre, c.radius)).collect();
    spread(&mut discs);
    for (cluster, (centre, _)) in out.iter_mut().zip(discs) {
        cluster.centre = centre;
    }
    out
}

/// Draws a place's signs side by side, with the number of alerts where a sign stands for several, and the households.
pub(super) fn draw_cluster(scene: &mut Scene, map: &AlertMap, cluster: &Cluster, lang: Lang, scale: f64) {
    let place = &map.places[cluster.place];
    let width: f64 = cluster.signs.iter().map(|(_, r)| 2.0 * r).sum();
    let mut x = cluster.centre.0 - width / 2.0;
    for (kind, radius) in &cluster.signs {
        let at = (x + radius, cluster.centre.1);
        kind_symbol(scene, map, *kind, at, *radius, place.level != Level::Commune);
        let number = match (map.moving == Some(*kind), place.households) {
            (true, Some(households)) => Some(households),
            _ => Some(place.by[*kind]).filter(|n| *n > 1),
        };
        if let Some(number) = number {
            let colour = map.kinds[*kind].colour;
            // A coarse place's signs are white inside.
            let ink = if place.level == Level::Commune { colour.ink() } else { colour };
            number_in(scene, ink, at, *radius, &grouped(number, lang), scale);
        }
        x += 2.0 * radius;
    }
}

/// A number in the middle of a sign, where it fits.
fn number_in(scene: &mut Scene, ink: Colour, at: Point, radius: f64, words: &str, scale: f64) {
    let mut size = 7.4 * scale;
    while size >= 4.4 {
        let (w, h) = (width_mm(words, Face::Bold, size, 0.0), cap_height_mm(size));
        if w <= 2.0 * radius - 0.3 && h <= 1.3 * radius {
            scene.push(text((at.0 - w / 2.0, at.1 + h / 2.0), words, Face::Bold, size, 0.0, ink, 0.0));
            return;
        }
        size -= 0.3;
    }
}

/// A kind's sign: triangle, diamond, then circles; a coarse one is white inside with a broken outline.
pub(super) fn kind_symbol(scene: &mut Scene, map: &AlertMap, kind: usize, at: Point, radius: f64, coarse: bool) {
    let colour = map.kinds.get(kind).map_or(REGION_INK, |k| k.colour);
    let (x, y) = at;
    let mut outline = Stroke::new(if coarse { colour } else { Colour::WHITE }, if coarse { 0.35 } else { 0.2 });
    outline.dash = coarse.then_some((0.6, 0.4));
    let fill = if coarse { Colour::WHITE } else { colour };
    if map.moving == Some(kind) || kind > 1 {
        scene.push(Item::Circle(at, radius, Some(fill), Some(outline)));
        return;
    }
    let shape: Vec<Point> = if kind == 0 {
        vec![(x, y - radius), (x + radius, y + 0.85 * radius), (x - radius, y + 0.85 * radius)]
    } else {
        vec![(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)]
    };
    scene.push(Item::Area(vec![shape.clone()], fill));
    scene.push(Item::Lines(vec![(shape, true)], outline));
}

/// An arrow bent a little to its left, so that there and back are told apart; `clear` millimetres are left at its start.
pub(super) fn arrow(scene: &mut Scene, from: Point, to: Point, width: f64, clear: f64) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = (dx * dx + dy * dy).sqrt();
    if length < 2.0 * width + clear + 0.6 {
        return;
    }
    let (ux, uy) = (dx / length, dy / length);
    let bend = if clear > 0.0 { 0.14 * length } else { 0.0 };
    let middle = (from.0 + dx / 2.0 + uy * bend, from.1 + dy / 2.0 - ux * bend);
    let point = |t: f64| {
        let s = 1.0 - t;
        (s * s * from.0 + 2.0 * s * t * middle.0 + t * t * to.0, s * s * from.1 + 2.0 * s * t * middle.1 + t * t * to.1)
    };
    let head = (1.6 + 1.6 * width).min(0.5 * length);
    let start = (clear / length).min(0.4);
    // The shaft ends in the head's middle.
    let stop = 1.0 - 0.7 * head / length;
    let line: Vec<Point> = (0..=16).map(|k| point(start + (stop - start) * f64::from(k) / 16.0)).collect();
    let (bx, by) = point(1.0 - head / length);
    let (hx, hy) = (to.0 - bx, to.1 - by);
    let h = (hx * hx + hy * hy).sqrt().max(1e-6);
    let (nx, ny) = (-hy / h * head * 0.42, hx / h * head * 0.42);
    let tip = vec![to, (bx + nx, by + ny), (bx - nx, by - ny)];
    scene.push(Item::Lines(vec![(line.clone(), false)], Stroke::new(Colour::WHITE, width + 0.4)));
    scene.push(Item::Lines(vec![(tip.clone(), true)], Stroke::new(Colour::WHITE, 0.4)));
    scene.push(Item::Lines(vec![(line, false)], Stroke::new(ARROW, width)));
    scene.push(Item::Area(vec![tip], ARROW));
}

/// Ink of the arrows.
const ARROW: Colour = Colour { r: 94, g: 79, b: 162 };
