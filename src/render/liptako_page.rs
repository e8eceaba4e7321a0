//! The Liptako-Gourma page: a small map of a zone beside the table of its definitions.
//!
//! Counts are drawn as circles, as on annex 1: an area coloured by a raw count would show how large the cercle is.

use std::collections::BTreeMap;

use super::base::Area;
use super::composer::projection_line;
use super::context::Context;
use super::fonts::{Face, cap_height_mm, width_mm};
use super::frame::{MapFrame, Point};
use super::ground::seen_rings;
use super::inks::{CERCLE_LINE, INK, NEIGHBOUR, NEIGHBOUR_LINE, REGION_LINE, SEA, STATE_LINE, WATER};
use super::kit::Kit;
use super::page::{Page, PageParts, RenderError};
use super::page_svg::Halos;
use super::place::Placer;
use super::scene::{Item, Scene, Stroke, Text};
use super::table_page::{TableBook, arrow_files};
use crate::domain::Lang;
use crate::spatial::{Bbox, Mesh};
use crate::style::{Colour, Style, Styles, decimal, grouped};

/// The map of a zone: cercles with their counts, the zone outlined.
#[derive(Debug, Clone)]
pub struct ZoneMap<'a> {
    /// Level 2; [`Area::parent`] is the position of the region.
    pub cercles: Vec<Area<'a>>,
    /// Parallel to the cercles: status word, and the number where there is one.
    pub readings: Vec<(&'static str, Option<u64>)>,
    /// Parallel to the cercles: whether it lies in the zone.
    pub members: Vec<bool>,
    /// The country, left out of its neighbours: `MLI`.
    pub iso3: String,
    /// The year whose classes hold.
    pub year: i16,
}

/// The words of the map's legend.
#[derive(Debug, Clone)]
pub struct LegendWords {
    /// Heading.
    pub title: String,
    /// The zone.
    pub zone: String,
    /// The map in words, for who cannot see it.
    pub alt: String,
}

/// Size of the map on the page, millimetres.
const MAP: (f64, f64) = (128.0, 126.0);
/// Borders are drawn to within this of where they are, millimetres.
const TOLERANCE_MM: f64 = 0.06;

/// Sets the page: the book's first section is the table beside the map.
///
/// # Errors
/// Lists that are not parallel, a set without units, a template that does not compile.
pub fn zone_page(map: &ZoneMap<'_>, legend: &LegendWords, book: &TableBook, kit: &Kit) -> Result<Page, RenderError> {
    let styles = &*kit.styles;
    if map.cercles.is_empty() || map.readings.len() != map.cercles.len() || map.members.len() != map.cercles.len() {
        return Err(RenderError::Empty("the boundary set has no units, or counts and units do not match".to_owned()));
    }
    let style = styles
        .for_year("violations-cercles", map.year)
        .ok_or_else(|| RenderError::Empty("no style violations-cercles".to_owned()))?;
    let mut bbox = Bbox::EMPTY;
    let shown = |k: usize| map.members[k] || map.readings[k].1.is_some_and(|n| n > 0);
    for (_, cercle) in map.cercles.iter().enumerate().filter(|(k, _)| shown(*k)) {
        bbox = bbox.union(Bbox::of(cercle.shape));
    }
    if bbox.is_empty() {
        for cercle in &map.cercles {
            bbox = bbox.union(Bbox::of(cercle.shape));
        }
    }
    let frame = MapFrame::fit(&bbox, MAP.0, MAP.1, 3.0)
        .ok_or_else(|| RenderError::Empty("the units have no extent".to_owned()))?;
    let scene = draw(map, style, styles, &frame, book.lang);
    let mut files = arrow_files();
    let mut drawings = BTreeMap::new();
    let texts: Vec<serde_json::Value> = scene
        .texts()
        .map(|t| {
            serde_json::json!({"x": t.at.0, "y": t.at.1, "text": t.text, "size": t.size_pt, "weight": t.face.weight(),
                               "style": t.face.style(), "fill": t.colour.to_string()})
        })
        .collect();
    let projection = projection_line(&kit.words(book.lang)?, &frame, book.lang);
    let entries = legend_entries(map, legend, style, styles, book.lang, &mut drawings);
    drawings.insert("map.svg".to_owned(), scene);
    let fault = |e: serde_json::Error| RenderError::Encode { format: "data of the page", message: e.to_string() };
    let mut data = serde_json::to_value(book).map_err(fault)?;
    data["map"] = serde_json::json!({"width": MAP.0, "height": MAP.1, "texts": texts, "alt": legend.alt,
                                     "title": legend.title, "legend": entries, "projection": projection});
    files.insert("data.json".to_owned(), serde_json::to_vec(&data).map_err(fault)?);
    let parts = PageParts { template: "liptako.typ", files, drawings, halos: Halos::default(), created: book.created };
    Page::compose(&kit.templates, parts)
}

fn draw(map: &ZoneMap<'_>, style: &Style, styles: &Styles, frame: &MapFrame, lang: Lang) -> Scene {
    let rect = frame.rect();
    let mut scene = Scene::new(rect.x1, rect.y1);
    let sheet = vec![(0.0, 0.0), (rect.x1, 0.0), (rect.x1, rect.y1), (0.0, rect.y1)];
    scene.push(Item::Area(vec![sheet.clone()], SEA));
    let context = Context::shipped();
    for country in context.countries.iter().filter(|c| c.iso3 != map.iso3) {
        let rings = seen_rings(&country.shape, frame, &rect);
        scene.push(Item::Area(rings.clone(), NEIGHBOUR));
        scene.push(Item::Lines(rings.into_iter().map(|r| (r, true)).collect(), Stroke::new(NEIGHBOUR_LINE, 0.25)));
    }
    let mesh = Mesh::build(map.cercles.iter().map(|c| c.shape), |lon, lat| frame.point(lon, lat), TOLERANCE_MM);
    let mut by_status: BTreeMap<&str, Vec<Vec<Point>>> = BTreeMap::new();
    for (k, (status, _)) in map.readings.iter().enumerate() {
        let ground = if *status == "value" { "zero" } else { status };
        by_status.entry(ground).or_default().extend(mesh.unit(k));
    }
    for (status, rings) in by_status {
        if let Some(symbol) = styles.status(status) {
            scene.push_status(&rings, symbol);
        }
    }
    let rivers = context.rivers.iter().flat_map(geo::MultiLineString::iter);
    let lines = rivers.map(|l| (l.coords().map(|c| frame.point(c.x, c.y)).collect(), false)).collect();
    scene.push(Item::Lines(lines, Stroke::new(WATER, 0.3)));
    borders(&mut scene, map, styles, &mesh);
    counts(&mut scene, map, style, frame, lang);
    scale_and_north(&mut scene, frame, lang);
    scene.push(Item::Lines(vec![(sheet, true)], Stroke::new(STATE_LINE, 0.25)));
    scene
}

fn borders(scene: &mut Scene, map: &ZoneMap<'_>, styles: &Styles, mesh: &Mesh) {
    let region = |k: u32| map.cercles[k as usize].parent;
    let member = |k: u32| map.members[k as usize];
    let mut kinds: [Vec<(Vec<Point>, bool)>; 3] = Default::default();
    let mut zone = Vec::new();
    for arc in &mesh.arcs {
        let (a, b) = arc.sides;
        let kind = match b {
            None => 2,
            Some(b) if region(a) != region(b) => 1,
            Some(_) => 0,
        };
        kinds[kind].push((arc.points.clone(), false));
        if member(a) != b.is_some_and(member) {
            zone.push((arc.points.clone(), false));
        }
    }
    for (lines, (colour, width)) in
        kinds.into_iter().zip([(CERCLE_LINE, 0.15), (REGION_LINE, 0.35), (STATE_LINE, 0.55)])
    {
        scene.push(Item::Lines(lines, Stroke::new(colour, width)));
    }
    if let Some(style) = styles.get("zones").filter(|_| !zone.is_empty()) {
        scene.push(Item::Lines(zone.clone(), Stroke::new(Colour::WHITE, style.stroke_mm + 0.3)));
        scene.push(Item::Lines(zone, Stroke { colour: style.stroke, width: style.stroke_mm, dash: style.dash_mm }));
    }
}

/// Circles, the biggest first so that none is hidden wholly, each with its number where it fits; names of the highest counts.
fn counts(scene: &mut Scene, map: &ZoneMap<'_>, style: &Style, frame: &MapFrame, lang: Lang) {
    const SCALE: f64 = 0.8;
    let circle = |(k, (_, number)): (usize, &(&'static str, Option<u64>))| {
        let n = number.filter(|n| *n > 0)?;
        let class = style.class(style.class_of(n as f64)?)?;
        Some((class.size_mm * SCALE / 2.0, n, k, class.colour))
    };
    let mut circles: Vec<(f64, u64, usize, Colour)> = map.readings.iter().enumerate().filter_map(circle).collect();
    circles.sort_by(|a, b| b.1.cmp(&a.1).then(a.2.cmp(&b.2)));
    let mut placer = Placer::new(frame.rect().grown(-0.8));
    for (radius, _, k, _) in &circles {
        placer.take_disc(frame.place(map.cercles[*k].label), radius + 0.25);
    }
    for (radius, n, k, colour) in &circles {
        let centre = frame.place(map.cercles[*k].label);
        scene.push(Item::Circle(centre, radius + 0.25, Some(Colour::WHITE), None));
        scene.push(Item::Circle(centre, *radius, Some(*colour), Some(Stroke::new(style.stroke, 0.2))));
        let words = grouped(*n, lang);
        let (size, fits) = (6.4, |size: f64| width_mm(&words, Face::Bold, size, 0.0) / 2.0 < radius - 0.2);
        if fits(size) {
            let at = (centre.0 - width_mm(&words, Face::Bold, size, 0.0) / 2.0, centre.1 + cap_height_mm(size) / 2.0);
            scene.push(label(at, &words, Face::Bold, size, colour.ink(), 0.0));
        }
    }
    for (radius, n, k, _) in &circles {
        let size = 6.2;
        let inside = width_mm(&grouped(*n, lang), Face::Bold, 6.4, 0.0) / 2.0 < radius - 0.2;
        let name = if inside {
            map.cercles[*k].name.to_owned()
        } else {
            format!("{} {}", map.cercles[*k].name, grouped(*n, lang))
        };
        let (w, h) = (width_mm(&name, Face::Regular, size, 0.0), cap_height_mm(size));
        // A name without room is left out: the number is in the tables.
        if let Some(p) =
            placer.beside(frame.place(map.cercles[*k].label), radius + 0.25, 0.15, 5.0, &[(w + 0.5, h + 0.8)])
        {
            if let Some((from, to)) = p.leader {
                scene.push(Item::Lines(vec![(vec![from, to], false)], Stroke::new(REGION_LINE, 0.12)));
            }
            scene.push(label((p.rect.x0 + 0.25, p.rect.y1 - 0.4), &name, Face::Regular, size, INK, 0.35));
        }
    }
}

fn scale_and_north(scene: &mut Scene, frame: &MapFrame, lang: Lang) {
    let rect = frame.rect();
    let (km, mm) = frame.scale_bar(30.0);
    let (x, y) = (rect.x1 - mm - 16.0, rect.y1 - 4.0);
    let panel = vec![(x - 3.0, y - 5.0), (rect.x1 - 1.5, y - 5.0), (rect.x1 - 1.5, y + 2.5), (x - 3.0, y + 2.5)];
    scene.push(Item::Area(vec![panel], Colour::WHITE));
    scene.push(Item::Area(vec![vec![(x, y), (x + mm, y), (x + mm, y + 0.9), (x, y + 0.9)]], INK));
    let words = format!("{}\u{a0}km", decimal(km, usize::from(km.fract() != 0.0), lang));
    let at = x + mm / 2.0 - width_mm(&words, Face::Regular, 6.2, 0.0) / 2.0;
    scene.push(label((at, y - 1.0), &words, Face::Regular, 6.2, INK, 0.0));
    let (sin, cos) = (libm::sin(frame.north_deg().to_radians()), libm::cos(frame.north_deg().to_radians()));
    let (cx, cy) = (rect.x1 - 7.0, y - 0.2);
    let turned = |(dx, dy): (f64, f64)| (cx + dx * cos - dy * sin, cy + dx * sin + dy * cos);
    scene.push(Item::Area(vec![[(0.0, -2.2), (1.1, 1.6), (0.0, 0.9), (-1.1, 1.6)].map(turned).to_vec()], INK));
    scene.push(label((cx + 1.8, cy + 1.4), "N", Face::Bold, 6.6, INK, 0.0));
}

fn label(at: Point, text: &str, face: Face, size_pt: f64, colour: Colour, halo_mm: f64) -> Item {
    Item::Text(Text { at, text: text.to_owned(), face, size_pt, tracking_pt: 0.0, colour, halo_mm })
}

fn legend_entries(
    map: &ZoneMap<'_>,
    words: &LegendWords,
    style: &Style,
    styles: &Styles,
    lang: Lang,
    drawings: &mut BTreeMap<String, Scene>,
) -> Vec<serde_json::Value> {
    let mut out = Vec::new();
    let mut entry = |scene: Scene, label: &str| {
        let name = format!("legend-{}.svg", out.len());
        out.push(serde_json::json!({"file": name, "width": scene.width, "height": scene.height, "label": label}));
        drawings.insert(name, scene);
    };
    for class in &style.classes {
        let size = (class.size_mm * 0.8 + 0.6).max(3.4);
        let mut scene = Scene::new(size, size);
        let middle = (size / 2.0, size / 2.0);
        let line = Stroke::new(style.stroke, 0.2);
        scene.push(Item::Circle(middle, class.size_mm * 0.4, Some(class.colour), Some(line)));
        entry(scene, class.label(lang));
    }
    let boxed = vec![(0.1, 0.1), (5.9, 0.1), (5.9, 3.3), (0.1, 3.3)];
    for word in ["zero", "covered_no_report", "not_covered", "unknown", "suppressed", "not_yet_elapsed"] {
        let occurs = map.readings.iter().any(|(status, _)| *status == word || (word == "zero" && *status == "value"));
        let Some(symbol) = styles.status(word).filter(|_| occurs) else { continue };
        let mut scene = Scene::new(6.0, 3.4);
        scene.push_status(std::slice::from_ref(&boxed), symbol);
        scene.push(Item::Lines(vec![(boxed.clone(), true)], Stroke::new(REGION_LINE, 0.15)));
        let covered = lang.pick("Cercle avec rapport (fond)", "Cercle with a report (ground)");
        entry(scene, if word == "zero" { covered } else { symbol.label(lang) });
    }
    if let Some(style) = styles.get("zones") {
        let mut scene = Scene::new(6.0, 2.6);
        let stroke = Stroke { colour: style.stroke, width: style.stroke_mm, dash: style.dash_mm };
        scene.push(Item::Lines(vec![(vec![(0.0, 1.3), (6.0, 1.3)], false)], stroke));
        entry(scene, &words.zone);
    }
    out
}
