//! The circles of a map: one a cercle, its area by class, its number inside.

use super::fonts::{Face, cap_height_mm, width_mm};
use super::frame::Point;
use super::ground::Ground;
use super::incident_map::{CircleStyles, IncidentMap, Present};
use super::inks::INK;
use super::scene::{Item, Scene, Stroke, Text};
use crate::domain::Lang;
use crate::style::{Colour, Styles, grouped};

/// A cercle's circle.
pub(super) struct Circle {
    /// Position of the cercle.
    pub cercle: usize,
    /// Its centre.
    pub centre: Point,
    /// Its radius, millimetres.
    pub radius: f64,
    /// Its colour: by count, or by rate; none for a suppressed number.
    fill: Option<Colour>,
    /// The number, where there is one.
    pub number: Option<u64>,
    outside: bool,
    /// The number as written inside; none where it does not fit.
    pub text: Option<Text>,
}

/// The circles, biggest first, so that none is hidden wholly by another.
pub(super) fn circles(
    map: &IncidentMap,
    styles: &CircleStyles,
    ground: &Ground,
    scale: f64,
    present: &mut Present,
) -> Vec<Circle> {
    let style = styles.count;
    let mut circles: Vec<Circle> = Vec::new();
    for (k, (cercle, count)) in map.base.cercles.iter().zip(&map.counts).enumerate() {
        let class = count.number.and_then(|n| style.class_of(n as f64));
        let suppressed = count.status == "suppressed";
        present.suppressed_cercle |= suppressed;
        if class.is_none() && !suppressed {
            continue;
        }
        present.outside_cercle |= count.outside_coverage;
        let size = class.and_then(|c| style.class(c)).map_or(3.4, |c| c.size_mm);
        circles.push(Circle {
            cercle: k,
            centre: ground.frame.place(cercle.label),
            radius: size * scale / 2.0,
            fill: class.and_then(|c| fill(styles, c, count.rate, present)),
            number: count.number,
            outside: count.outside_coverage,
            text: None,
        });
    }
    circles.sort_by(|a, b| b.radius.total_cmp(&a.radius).then(b.number.cmp(&a.number)).then(a.cercle.cmp(&b.cercle)));
    keep_apart(&mut circles);
    for c in &mut circles {
        c.text = c.number.and_then(|n| number_in_circle(n, c, map.base.lang, scale));
    }
    circles
}

/// The colour of a circle: of its count's class, or, by rate, of its rate's; white where no rate may be told.
fn fill(styles: &CircleStyles, class: u8, rate: Option<f64>, present: &mut Present) -> Option<Colour> {
    let Some(by_rate) = styles.rate else { return styles.count.class(class).map(|c| c.colour) };
    let known = rate.and_then(|r| by_rate.class_of(r)).and_then(|c| by_rate.class(c)).map(|c| c.colour);
    present.no_rate |= known.is_none();
    Some(known.unwrap_or(Colour::WHITE))
}

/// Moves circles apart, the largest first in the list.
fn keep_apart(circles: &mut [Circle]) {
    let mut discs: Vec<(Point, f64)> = circles.iter().map(|c| (c.centre, c.radius)).collect();
    spread(&mut discs);
    for (circle, (centre, _)) in circles.iter_mut().zip(discs) {
        circle.centre = centre;
    }
}

/// Moves discs off each other, the largest first in the list and moving least; thirty rounds of steps of 0.4 mm at most.
pub(super) fn spread(discs: &mut [(Point, f64)]) {
    for _ in 0..30 {
        let mut moved = false;
        for k in 1..discs.len() {
            for j in 0..k {
                let ((a, ra), (b, rb)) = (discs[j], discs[k]);
                let (dx, dy) = (b.0 - a.0, b.1 - a.1);
                let distance = (dx * dx + dy * dy).sqrt();
                let least = ra + rb + 0.3;
                if distance < least {
                    // Straight down where they share a centre; y grows downwards.
                    let (ux, uy) = if distance > 1e-6 { (dx / distance, dy / distance) } else { (0.0, 1.0) };
                    let step = (least - distance).min(0.4);
                    // The bigger one moves least.
                    let share = rb / (ra + rb);
                    let (back, forth) = (step * share, step * (1.0 - share));
                    discs[k].0 = (b.0 + ux * forth, b.1 + uy * forth);
                    discs[j].0 = (a.0 - ux * back, a.1 - uy * back);
                    moved = true;
                }
            }
        }
        if !moved {
            break;
        }
    }
}

/// The number inside its circle, as large as fits; none where not even the smallest type does.
fn number_in_circle(n: u64, circle: &Circle, lang: Lang, scale: f64) -> Option<Text> {
    let text = grouped(n, lang);
    let mut size = (circle.radius * 2.0 * 1.15).clamp(6.0 * scale, 11.0 * scale);
    while size >= 5.0 {
        let (w, h) = (width_mm(&text, Face::Bold, size, 0.0), cap_height_mm(size));
        if ((w / 2.0) * (w / 2.0) + (h / 2.0) * (h / 2.0)).sqrt() <= circle.radius - 0.15 {
            let colour = circle.fill.map_or(INK, Colour::ink);
            let at = (circle.centre.0 - w / 2.0, circle.centre.1 + h / 2.0);
            return Some(Text { at, text, face: Face::Bold, size_pt: size, tracking_pt: 0.0, colour, halo_mm: 0.0 });
        }
        size -= 0.25;
    }
    None
}

/// Draws a circle with its white rim and its number.
pub(super) fn draw_circle(scene: &mut Scene, c: &Circle, own: &CircleStyles, styles: &Styles) {
    let style = own.count;
    scene.push(Item::Circle(c.centre, c.radius + 0.3, Some(Colour::WHITE), None));
    let mut outline = Stroke::new(style.stroke, style.stroke_mm.max(0.2));
    if c.outside {
        outline.dash = Some((0.8, 0.6));
    }
    if let Some(fill) = c.fill {
        scene.push(Item::Circle(c.centre, c.radius, Some(fill), Some(outline)));
    } else {
        let ground = styles.status("suppressed").map_or(Colour::WHITE, |s| s.fill);
        scene.push(Item::Circle(c.centre, c.radius, Some(ground), Some(outline)));
        let r = c.radius * 0.55;
        let cross = vec![
            (vec![(c.centre.0 - r, c.centre.1 - r), (c.centre.0 + r, c.centre.1 + r)], false),
            (vec![(c.centre.0 - r, c.centre.1 + r), (c.centre.0 + r, c.centre.1 - r)], false),
        ];
        scene.push(Item::Lines(cross, Stroke::new(style.stroke, 0.2)));
    }
    if let Some(text) = &c.text {
        scene.push(Item::Text(text.clone()));
    }
}
