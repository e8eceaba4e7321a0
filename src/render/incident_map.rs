//! Annex 1: circles by count of each cercle over ground that shows which communes are covered.

use std::collections::BTreeMap;
use std::path::Path;

use geo::MultiPolygon;

use super::context::Context;
use super::fonts::{Face, cap_height_mm, width_mm};
use super::frame::{MapFrame, Point, Rect};
use super::marginalia;
use super::mesh::Mesh;
use super::messages::Messages;
use super::page::{Page, PageParts, RenderError};
use super::page_svg::micrometres;
use super::place::{Placed, Placer, inside};
use super::scene::{Item, Scene, Stroke, Text};
use super::world::Templates;
use crate::domain::Lang;
use crate::spatial::{Bbox, LonLat};
use crate::style::{Colour, Style, Styles, grouped};

/// An administrative unit as the map needs it.
#[derive(Debug, Clone, Copy)]
pub struct Area<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its outline, degrees.
    pub shape: &'a MultiPolygon<f64>,
    /// A place inside it.
    pub label: LonLat,
    /// Position of the unit above it; 0 where there is none.
    pub parent: usize,
}

/// What is known of a commune's coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// Its status word; `value` and `zero` are drawn alike: covered, report received.
    pub status: &'static str,
    /// A value came from it although it was not covered.
    pub outside_coverage: bool,
}

/// What is known of a cercle's count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The number, where there is one.
    pub number: Option<u64>,
    /// The status word.
    pub status: &'static str,
    /// A value from a cercle of which no commune was covered.
    pub outside_coverage: bool,
    /// The number by category, parallel to [`IncidentMap::categories`]; may be empty.
    pub by: Vec<u64>,
}

/// A category with its total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its letter.
    pub letter: String,
    /// Its label in the page's language.
    pub label: String,
    /// Its total, located or not.
    pub total: u64,
}

/// A named zone, outlined.
#[derive(Debug, Clone)]
pub struct Zone {
    /// Its title, which names the definition.
    pub title: String,
    /// For each commune whether it belongs.
    pub members: Vec<bool>,
}

/// The sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paper {
    /// 297 × 210 mm.
    #[default]
    A4,
    /// 420 × 297 mm.
    A3,
}

impl Paper {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::A3 => "a3",
        }
    }
}

/// What the page says around the map, in its language.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    /// The country's name: « Mali ».
    pub country: String,
    /// Its ISO code, to leave it out of its neighbours: `MLI`.
    pub iso3: String,
    /// The period as a title writes it: « juin 2021 ».
    pub period: String,
    /// The year whose classes hold.
    pub year: i16,
    /// What is counted, with a capital: « Violations documentées ».
    pub measure: String,
    /// Where the data come from.
    pub sources: String,
    /// The boundary set's title.
    pub set_title: String,
    /// Day of creation, year, month, day.
    pub created: Option<(i32, u8, u8)>,
    /// The same as printed: « 12 juillet 2021 ».
    pub created_text: String,
    /// The data version, where there is one.
    pub version: Option<i64>,
    /// Data are made up.
    pub synthetic: bool,
    /// Lines are a diagram.
    pub schematic: bool,
    /// The month is not released.
    pub provisional: bool,
    /// Number of the page and of all pages.
    pub page: (u32, u32),
}

/// Everything on the page.
#[derive(Debug, Clone)]
pub struct IncidentMap<'a> {
    /// Language of the page.
    pub lang: Lang,
    /// The sheet.
    pub paper: Paper,
    /// Level 1.
    pub regions: Vec<Area<'a>>,
    /// Level 2; [`Area::parent`] points into the regions.
    pub cercles: Vec<Area<'a>>,
    /// Level 3 (or the finest there is); points into the cercles.
    pub communes: Vec<Area<'a>>,
    /// Parallel to the communes.
    pub ground: Vec<Ground>,
    /// Parallel to the cercles.
    pub counts: Vec<Count>,
    /// Parallel to the regions: counted there, in none of its cercles.
    pub region_only: Vec<u64>,
    /// Counted, in no region.
    pub nowhere: u64,
    /// All of it.
    pub total: u64,
    /// Categories in the order of their letters; empty where there are none.
    pub categories: Vec<Category>,
    /// Communes covered.
    pub units_covered: u32,
    /// Communes.
    pub units_total: u32,
    /// A zone to outline.
    pub zone: Option<Zone>,
    /// The base map.
    pub context: &'a Context,
    /// The words around.
    pub notes: Notes,
}

/// Least share of a cercle's count that makes a category a leading one, per cent, and how many are shown.
pub(super) const LEADING: (u64, usize) = (20, 3);

const NEIGHBOUR: Colour = Colour { r: 228, g: 226, b: 221 };
const NEIGHBOUR_LINE: Colour = Colour { r: 168, g: 162, b: 152 };
const NEIGHBOUR_INK: Colour = Colour { r: 104, g: 98, b: 90 };
const SEA: Colour = Colour { r: 222, g: 233, b: 240 };
const WATER: Colour = Colour { r: 122, g: 166, b: 194 };
const COMMUNE_LINE: Colour = Colour { r: 200, g: 195, b: 186 };
const CERCLE_LINE: Colour = Colour { r: 120, g: 120, b: 120 };
const REGION_LINE: Colour = Colour { r: 64, g: 64, b: 64 };
const STATE_LINE: Colour = Colour { r: 20, g: 20, b: 20 };
const INK: Colour = Colour { r: 26, g: 26, b: 26 };
const REGION_INK: Colour = Colour { r: 70, g: 70, b: 70 };
const LETTER_INK: Colour = Colour { r: 122, g: 40, b: 12 };
const OUTSIDE_MARK: Colour = Colour { r: 60, g: 60, b: 60 };

/// Borders are drawn to within this of where they are, millimetres: finer than the thinnest line.
const TOLERANCE_MM: f64 = 0.06;

/// What the map holds besides the drawing.
pub(super) struct Drawn {
    /// The drawing.
    pub scene: Scene,
    /// Cercles whose name found no room, with their counts.
    pub dropped: Vec<(String, u64)>,
    /// Statuses and marks that occur, for the legend.
    pub present: Present,
}

/// What occurs on the map.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Present {
    pub covered: bool,
    pub outside_commune: bool,
    pub outside_cercle: bool,
    pub suppressed_cercle: bool,
    pub region_only: bool,
}

/// Draws the page.
///
/// `styles` are the layers' styles, `directory` an office's own templates (`DIR/annexes`). An empty set of communes and
/// lists that are not parallel are errors.
pub fn incident_page(map: &IncidentMap, styles: &Styles, directory: Option<&Path>) -> Result<Page, RenderError> {
    check(map)?;
    let templates = Templates::new(directory);
    let layout = marginalia::Layout::parse(&templates.text("layout.toml")?, map.paper)?;
    let messages = Messages::parse(&templates.text("messages.toml")?, map.lang)?;
    let style = styles
        .for_year("violations-cercles", map.notes.year)
        .ok_or_else(|| RenderError::Empty("no style violations-cercles".to_owned()))?;
    let mut bbox = Bbox::EMPTY;
    for commune in &map.communes {
        bbox = bbox.union(Bbox::of(commune.shape));
    }
    let frame = MapFrame::fit(&bbox, layout.map.width, layout.map.height, 3.5)
        .ok_or_else(|| RenderError::Empty("the units have no extent".to_owned()))?;
    let drawn = draw(map, style, styles, &frame, &layout);
    let mut files = BTreeMap::new();
    let data = marginalia::data(map, style, styles, &frame, &layout, &messages, &drawn, &mut files);
    let name = "map.svg".to_owned();
    let plain = BTreeMap::from([(name.clone(), drawn.scene.to_svg("map", false).into_bytes())]);
    files.insert(name, drawn.scene.to_svg("map", true).into_bytes());
    files.insert("data.json".to_owned(), data.to_string().into_bytes());
    let halos = drawn
        .scene
        .texts()
        .filter(|t| t.halo_mm > 0.0)
        .map(|t| ((micrometres(t.at.0 + layout.map.x), micrometres(t.at.1 + layout.map.y)), micrometres(t.halo_mm)))
        .collect();
    Page::compose(&templates, PageParts { template: "annex1.typ", files, plain, halos, created: map.notes.created })
}

fn check(map: &IncidentMap) -> Result<(), RenderError> {
    if map.communes.is_empty() {
        return Err(RenderError::Empty("the boundary set has no units".to_owned()));
    }
    let parallel = map.ground.len() == map.communes.len()
        && map.counts.len() == map.cercles.len()
        && map.region_only.len() == map.regions.len()
        && map.zone.as_ref().is_none_or(|z| z.members.len() == map.communes.len())
        && map.counts.iter().all(|c| c.by.is_empty() || c.by.len() == map.categories.len());
    if parallel { Ok(()) } else { Err(RenderError::Empty("counts and units do not match".to_owned())) }
}

pub(super) fn draw(
    map: &IncidentMap,
    style: &Style,
    styles: &Styles,
    frame: &MapFrame,
    layout: &marginalia::Layout,
) -> Drawn {
    let rect = frame.rect();
    let mut scene = Scene::new(rect.x1, rect.y1);
    let mut present = Present::default();
    let mesh = Mesh::build(map.communes.iter().map(|c| c.shape), frame, TOLERANCE_MM);
    neighbours(&mut scene, map, frame);
    ground(&mut scene, map, styles, &mesh, &mut present);
    water(&mut scene, map.context, frame);
    borders(&mut scene, map, styles, &mesh);
    outside_marks(&mut scene, map, frame, &mut present);
    let mut placer = Placer::new(rect.grown(-0.8));
    for taken in layout.insets() {
        placer.take(taken);
    }
    let circles = circles(map, style, frame, layout.text_scale, &mut present);
    for c in &circles {
        placer.take_disc(c.centre, c.radius + 0.25);
    }
    for c in &circles {
        draw_circle(&mut scene, c, style, styles);
    }
    let dropped = labels(&mut scene, &mut placer, map, frame, &circles, layout.text_scale, &mut present);
    scene.push(Item::Lines(
        vec![(vec![(0.0, 0.0), (rect.x1, 0.0), (rect.x1, rect.y1), (0.0, rect.y1)], true)],
        Stroke::new(STATE_LINE, 0.3),
    ));
    Drawn { scene, dropped, present }
}

fn project(shape: &MultiPolygon<f64>, frame: &MapFrame) -> Vec<Vec<Point>> {
    let rings = shape.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
    rings.map(|r| r.coords().skip(1).map(|c| frame.point(c.x, c.y)).collect()).collect()
}

fn neighbours(scene: &mut Scene, map: &IncidentMap, frame: &MapFrame) {
    let whole = frame.rect();
    scene.push(Item::Area(vec![vec![(0.0, 0.0), (whole.x1, 0.0), (whole.x1, whole.y1), (0.0, whole.y1)]], SEA));
    for country in map.context.countries.iter().filter(|c| c.iso3 != map.notes.iso3) {
        let rings = project(&country.shape, frame);
        scene.push(Item::Area(rings.clone(), NEIGHBOUR));
        let lines = rings.into_iter().map(|r| (r, true)).collect();
        scene.push(Item::Lines(lines, Stroke::new(NEIGHBOUR_LINE, 0.3)));
    }
}

fn ground(scene: &mut Scene, map: &IncidentMap, styles: &Styles, mesh: &Mesh, present: &mut Present) {
    let mut by_status: BTreeMap<&str, Vec<Vec<Point>>> = BTreeMap::new();
    for (k, ground) in map.ground.iter().enumerate() {
        let status = match ground.status {
            _ if ground.outside_coverage => "not_covered",
            "value" | "zero" => "zero",
            other => other,
        };
        present.covered |= status == "zero";
        by_status.entry(status).or_default().extend(mesh.unit(k));
    }
    for (status, rings) in by_status {
        if let Some(symbol) = styles.status(status) {
            scene.push_status(&rings, symbol);
        }
    }
}

fn water(scene: &mut Scene, context: &Context, frame: &MapFrame) {
    for lake in &context.lakes {
        scene.push(Item::Area(project(lake, frame), Colour { r: 196, g: 220, b: 234 }));
    }
    let rivers = context.rivers.iter().flat_map(|r| r.iter());
    let lines = rivers.map(|l| (l.coords().map(|c| frame.point(c.x, c.y)).collect(), false)).collect();
    scene.push(Item::Lines(lines, Stroke::new(WATER, 0.35)));
}

fn borders(scene: &mut Scene, map: &IncidentMap, styles: &Styles, mesh: &Mesh) {
    let cercle = |k: u32| map.communes[k as usize].parent;
    let region = |k: u32| map.cercles.get(cercle(k)).map_or(0, |c| c.parent);
    let mut kinds: [Vec<(Vec<Point>, bool)>; 4] = Default::default();
    // Inside the country the zone's outline stands on white; along the State's it leaves that line to be seen.
    let (mut zone_lines, mut inner_zone_lines) = (Vec::new(), Vec::new());
    let member = |k: u32| map.zone.as_ref().is_some_and(|z| z.members[k as usize]);
    for arc in &mesh.arcs {
        let (a, b) = arc.sides;
        let kind = match b {
            None => 3,
            Some(b) if region(a) != region(b) => 2,
            Some(b) if cercle(a) != cercle(b) => 1,
            Some(_) => 0,
        };
        kinds[kind].push((arc.points.clone(), false));
        if member(a) != b.is_some_and(member) {
            zone_lines.push((arc.points.clone(), false));
            if b.is_some() {
                inner_zone_lines.push((arc.points.clone(), false));
            }
        }
    }
    let looks = [(COMMUNE_LINE, 0.09), (CERCLE_LINE, 0.2), (REGION_LINE, 0.4), (STATE_LINE, 0.65)];
    for (lines, (colour, width)) in kinds.into_iter().zip(looks) {
        scene.push(Item::Lines(lines, Stroke::new(colour, width)));
    }
    if let Some(style) = styles.get("zones").filter(|_| !zone_lines.is_empty()) {
        scene.push(Item::Lines(inner_zone_lines, Stroke::new(Colour::WHITE, style.stroke_mm + 0.3)));
        scene.push(Item::Lines(
            zone_lines,
            Stroke { colour: style.stroke, width: style.stroke_mm, dash: style.dash_mm },
        ));
    }
}

/// A small diamond on communes that reported without being covered.
fn outside_marks(scene: &mut Scene, map: &IncidentMap, frame: &MapFrame, present: &mut Present) {
    for (commune, ground) in map.communes.iter().zip(&map.ground) {
        if ground.outside_coverage {
            present.outside_commune = true;
            scene.push(Item::Area(vec![diamond(frame.place(commune.label), 0.75)], OUTSIDE_MARK));
        }
    }
}

/// A diamond of a given half width.
pub(super) fn diamond((x, y): Point, r: f64) -> Vec<Point> {
    vec![(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
}

/// The mark of a commune that reported without being covered.
pub(super) const OUTSIDE: Colour = OUTSIDE_MARK;

/// A cercle's circle.
pub(super) struct Circle {
    cercle: usize,
    centre: Point,
    radius: f64,
    /// The class; none for a suppressed number.
    class: Option<u8>,
    number: Option<u64>,
    outside: bool,
    text: Option<Text>,
}

/// The circles, biggest first, so that none is hidden wholly by another.
fn circles(map: &IncidentMap, style: &Style, frame: &MapFrame, scale: f64, present: &mut Present) -> Vec<Circle> {
    let mut circles: Vec<Circle> = Vec::new();
    for (k, (cercle, count)) in map.cercles.iter().zip(&map.counts).enumerate() {
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
            centre: frame.place(cercle.label),
            radius: size * scale / 2.0,
            class,
            number: count.number,
            outside: count.outside_coverage,
            text: None,
        });
    }
    circles.sort_by(|a, b| b.radius.total_cmp(&a.radius).then(b.number.cmp(&a.number)).then(a.cercle.cmp(&b.cercle)));
    keep_apart(&mut circles);
    for c in &mut circles {
        c.text = c.number.and_then(|n| number_in_circle(n, c, style, map.lang, scale));
    }
    circles
}

/// Moves smaller circles off bigger ones where they would cover a third of themselves or more; at most a few millimetres.
fn keep_apart(circles: &mut [Circle]) {
    for _ in 0..30 {
        let mut moved = false;
        for k in 1..circles.len() {
            for j in 0..k {
                let (a, b) = (circles[j].centre, circles[k].centre);
                let (dx, dy) = (b.0 - a.0, b.1 - a.1);
                let distance = (dx * dx + dy * dy).sqrt();
                let least = circles[j].radius + circles[k].radius + 0.3;
                if distance < least {
                    // Straight down where they share a centre; y grows downwards.
                    let (ux, uy) = if distance > 1e-6 { (dx / distance, dy / distance) } else { (0.0, 1.0) };
                    let step = (least - distance).min(0.4);
                    // The bigger one moves least.
                    let share = circles[k].radius / (circles[j].radius + circles[k].radius);
                    let (back, forth) = (step * share, step * (1.0 - share));
                    circles[k].centre = (b.0 + ux * forth, b.1 + uy * forth);
                    circles[j].centre = (a.0 - ux * back, a.1 - uy * back);
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
fn number_in_circle(n: u64, circle: &Circle, style: &Style, lang: Lang, scale: f64) -> Option<Text> {
    let text = grouped(n, lang);
    let mut size = (circle.radius * 2.0 * 1.15).clamp(6.0 * scale, 11.0 * scale);
    while size >= 5.0 {
        let (w, h) = (width_mm(&text, Face::Bold, size, 0.0), cap_height_mm(size));
        if ((w / 2.0) * (w / 2.0) + (h / 2.0) * (h / 2.0)).sqrt() <= circle.radius - 0.15 {
            let colour = circle.class.and_then(|c| style.class(c)).map_or(INK, |c| c.colour.ink());
            let at = (circle.centre.0 - w / 2.0, circle.centre.1 + h / 2.0);
            return Some(Text { at, text, face: Face::Bold, size_pt: size, tracking_pt: 0.0, colour, halo_mm: 0.0 });
        }
        size -= 0.25;
    }
    None
}

fn draw_circle(scene: &mut Scene, c: &Circle, style: &Style, styles: &Styles) {
    scene.push(Item::Circle(c.centre, c.radius + 0.3, Some(Colour::WHITE), None));
    let mut outline = Stroke::new(style.stroke, style.stroke_mm.max(0.2));
    if c.outside {
        outline.dash = Some((0.8, 0.6));
    }
    match c.class.and_then(|k| style.class(k)) {
        Some(class) => scene.push(Item::Circle(c.centre, c.radius, Some(class.colour), Some(outline))),
        None => {
            let ground = styles.status("suppressed").map_or(Colour::WHITE, |s| s.fill);
            scene.push(Item::Circle(c.centre, c.radius, Some(ground), Some(outline)));
            let r = c.radius * 0.55;
            let cross = vec![
                (vec![(c.centre.0 - r, c.centre.1 - r), (c.centre.0 + r, c.centre.1 + r)], false),
                (vec![(c.centre.0 - r, c.centre.1 + r), (c.centre.0 + r, c.centre.1 - r)], false),
            ];
            scene.push(Item::Lines(cross, Stroke::new(style.stroke, 0.2)));
        }
    }
    if let Some(text) = &c.text {
        scene.push(Item::Text(text.clone()));
    }
}

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
fn labels(
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
        for (size, tracking) in [(8.5, 1.3), (7.5, 0.8), (6.8, 0.4), (6.0, 0.0)] {
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
        let mut placed: Vec<Option<Placed>> = vec![None; tags.len()];
        for k in &order {
            let c = tags[*k].circle;
            placed[*k] = trial.beside(c.centre, c.radius + 0.25, 0.15, 26.0, &tags[*k].shapes);
        }
        let lost: Vec<usize> = order.iter().copied().filter(|k| placed[*k].is_none()).collect();
        let leaders = placed.iter().flatten().filter(|p| p.leader.is_some()).count();
        if best.as_ref().is_none_or(|(l, n, ..)| (lost.len(), leaders) < (*l, *n)) {
            best = Some((lost.len(), leaders, trial, placed));
        }
        if lost.is_empty() {
            break;
        }
        order.retain(|k| !lost.contains(k));
        order.splice(0..0, lost);
    }
    let Some((_, _, trial, placed)) = best else { return Vec::new() };
    *placer = trial;
    let mut dropped = Vec::new();
    for (tag, placed) in tags.iter().zip(placed) {
        let Some(placed) = placed else {
            dropped.push((tag.name.to_owned(), tag.circle.number.unwrap_or(0)));
            continue;
        };
        let r = placed.rect;
        if let Some((from, to)) = placed.leader {
            scene.push(Item::Lines(vec![(vec![from, to], false)], Stroke::new(Colour::WHITE, 0.5)));
            scene.push(Item::Lines(vec![(vec![from, to], false)], Stroke::new(REGION_INK, 0.15)));
        }
        // Two lines stand flush towards the circle.
        let flush = |width: f64| if r.x1 < tag.circle.centre.0 { r.x1 - 0.25 - width } else { r.x0 + 0.25 };
        let (w_name, w_letters) = tag.widths;
        let base = r.y0 + (line + cap) / 2.0;
        let x = if placed.shape == 0 { r.x0 + 0.25 } else { flush(w_name) };
        scene.push(text((x, base), tag.name, Face::Regular, size, 0.0, INK, 0.4));
        if !tag.letters.is_empty() {
            let at = if placed.shape == 0 { (x + w_name + gap, base) } else { (flush(w_letters), base + line) };
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
        letters = format!("{} {letters}", grouped(n, map.lang)).trim_end().to_owned();
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
        for (size, tracking) in [(9.0, 2.0), (7.5, 1.0), (6.5, 0.3)] {
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
