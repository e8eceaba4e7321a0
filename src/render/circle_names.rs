//! The names of the cercles of annex 1, beside their circles, with the letters of their leading categories.

use super::fonts::{Face, cap_height_mm, width_mm};
use super::incident_map::{Category, Count, IncidentMap, LEADING};
use super::inks::{INK, LETTER_INK, REGION_INK};
use super::map_circles::Circle;
use super::map_names::text;
use super::place::{Placed, Placer};
use super::scene::{Item, Scene, Stroke};
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

/// Draws them; gives back the cercles without room for theirs, with their counts.
pub(super) fn cercle_names(
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
    let name = map.base.cercles[circle.cercle].name;
    let mut letters = leading(&map.counts[circle.cercle], &map.categories);
    if circle.text.is_none()
        && let Some(n) = circle.number
    {
        // Too small a circle for its number: it stands beside the name.
        let number = grouped(n, map.base.lang);
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
