//! Enlarged parts of a choropleth: dense places whose units are too small on the map.

use std::collections::BTreeSet;

use super::choropleth::{ChoroplethMap, fill};
use super::composer::Composer;
use super::fonts::{Face, cap_height_mm, width_mm};
use super::frame::{MapFrame, Point, Rect};
use super::ground::{Detail, Ground, Window, corners};
use super::inks::{INK, REGION_INK};
use super::map_names::{cercle_names, text, unit_names};
use super::marks::draw_marks;
use super::page::RenderError;
use super::place::Placer;
use super::scene::{Item, Scene, Stroke};
use crate::spatial::Bbox;
use crate::style::{Colour, decimal};

/// The insets drawn.
#[derive(Default)]
pub(super) struct Insets {
    /// Name, place on the map, drawing, title.
    pub drawings: Vec<(String, Point, Scene, String)>,
    /// Units whose mark stands in an inset.
    pub marked: BTreeSet<usize>,
}

/// Draws the insets of the sheet, and on the map the frame of what each enlarges.
pub(super) fn draw_insets(
    scene: &mut Scene,
    placer: &mut Placer,
    map: &ChoroplethMap,
    page: &Composer,
    ground: &Ground,
) -> Result<Insets, RenderError> {
    let mut out = Insets::default();
    let scale = page.layout.text_scale;
    for (k, (inset, slot)) in page.insets.iter().zip(&page.layout.insets).enumerate() {
        let bbox = inset.bbox();
        let holds = |k: usize| {
            let p = map.label(k);
            (bbox.west..=bbox.east).contains(&p.lon()) && (bbox.south..=bbox.north).contains(&p.lat())
        };
        // Nothing to enlarge: a country drawn with other units, or without any here.
        if !(0..map.cells.len()).any(holds) {
            continue;
        }
        let window = Window { bbox, width: slot.width, height: slot.height, margin: 0.0, detail: Detail::Full };
        let near = page.kit.ground(&map.base, &window)?;
        let title = inset.title(page.lang).to_owned();
        let (drawing, missing) = draw_inset(map, page, &near, &title, scale);
        let shown = (0..map.cells.len()).filter(|k| {
            near.shows(near.frame.place(map.label(*k))) && !map.cells[*k].mark.is_empty() && !missing.contains(k)
        });
        out.marked.extend(shown);
        out.drawings.push((format!("inset-{}", k + 1), (slot.x, slot.y), drawing, title.clone()));
        placer.take(Rect::at(slot.x, slot.y, slot.width, slot.height).grown(0.5));
        let outline = outline(&near.frame, &bbox, ground);
        scene.push(Item::Lines(vec![(outline.clone(), true)], Stroke::new(Colour::WHITE, 0.7)));
        scene.push(Item::Lines(vec![(outline, true)], Stroke::new(INK, 0.25)));
    }
    Ok(out)
}

/// The inset's rectangle on the map: the box, widened to the slot's shape.
fn outline(near: &MapFrame, bbox: &Bbox, ground: &Ground) -> Vec<Point> {
    let (lon, lat) = (f64::midpoint(bbox.west, bbox.east), f64::midpoint(bbox.south, bbox.north));
    let (cx, cy) = ground.frame.point(lon, lat);
    let ratio = ground.frame.mm_per_km() / near.mm_per_km();
    let (w, h) = (near.rect().x1 * ratio, near.rect().y1 * ratio);
    corners(&Rect::at(cx - w / 2.0, cy - h / 2.0, w, h))
}

fn draw_inset(map: &ChoroplethMap, page: &Composer, near: &Ground, title: &str, scale: f64) -> (Scene, Vec<usize>) {
    let rect = near.frame.rect();
    let mut scene = near.start();
    fill(&mut scene, map, &page.kit.styles, near);
    near.lines(&mut scene);
    let mut placer = Placer::new(rect.grown(-0.6));
    let size = 6.6 * scale;
    let (w, cap) = (width_mm(title, Face::Bold, size, 0.0), cap_height_mm(size));
    let label = Rect::at(0.0, 0.0, w + 2.0, cap + 1.8);
    placer.take(label);
    let (km, mm) = near.frame.scale_bar(rect.x1 * 0.35);
    let digits = usize::from(km.fract() != 0.0);
    let words = format!("{}\u{a0}{}", decimal(km, digits, page.lang), page.say.say("km", &[]));
    let small = 5.4 * scale;
    let bar = Rect::at(
        0.0,
        rect.y1 - cap_height_mm(small) - 2.2,
        mm + width_mm(&words, Face::Regular, small, 0.0) + 3.2,
        cap_height_mm(small) + 2.2,
    );
    placer.take(bar);
    let missing = draw_marks(&mut scene, &mut placer, map, near, scale, &BTreeSet::new());
    unit_names(&mut scene, &mut placer, map, near, scale);
    cercle_names(&mut scene, &mut placer, &map.base, near, scale);
    for r in [label, bar] {
        scene.push(Item::Area(vec![corners(&r)], Colour::WHITE));
    }
    scene.push(text((1.0, cap + 0.9), title, Face::Bold, size, 0.0, INK, 0.0));
    let y = bar.y1 - 1.3;
    let line = vec![(1.0, y - 0.8), (1.0, y), (1.0 + mm, y), (1.0 + mm, y - 0.8)];
    scene.push(Item::Lines(vec![(line, false)], Stroke::new(INK, 0.25)));
    scene.push(text((1.8 + mm, y), &words, Face::Regular, small, 0.0, REGION_INK, 0.0));
    near.edge(&mut scene);
    (scene, missing)
}
