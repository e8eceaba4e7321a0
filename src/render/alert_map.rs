//! Annex 2: flash alerts as symbols by kind, sized by households where people moved, with arrows from origin to destination.

use serde_json::json;

use super::alert_symbols::{Cluster, arrow, clusters, draw_cluster, kind_symbol};
use super::base::BaseMap;
use super::composer::{Composer, Heading};
use super::fonts::{Face, cap_height_mm, width_mm};
use super::ground::{Detail, Ground, Window};
use super::incident_map::coverage_swatches;
use super::inks::{INK, REGION_INK};
use super::kit::Kit;
use super::legend;
use super::map_ground::{Covered, coverage};
use super::map_names::{country_names, region_names, text, towns};
use super::page::{Page, RenderError};
use super::place::Placer;
use super::scene::{Item, Scene, Stroke};
use crate::domain::Level;
use crate::spatial::LonLat;
use crate::style::{Colour, Style, percent};

/// A kind of alert as the map shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindSymbol {
    /// Its label.
    pub label: String,
    /// Its colour.
    pub colour: Colour,
    /// Alerts of the kind, located or not; an alert of several kinds counts in each.
    pub total: u64,
}

/// The alerts of one place.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertPlace {
    /// Its name.
    pub name: String,
    /// Where its symbols stand.
    pub at: LonLat,
    /// The level it is known to: a symbol of a cercle or region stands for a place somewhere in it.
    pub level: Level,
    /// Alerts by kind, parallel to [`AlertMap::kinds`].
    pub by: Vec<u64>,
    /// Households that moved, as far as numbers were given; none where no number was.
    pub households: Option<u64>,
}

/// A movement whose destination is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flow {
    /// From where.
    pub from: LonLat,
    /// To where.
    pub to: LonLat,
    /// Households, where a number was given.
    pub households: Option<u64>,
}

/// Everything on the page.
#[derive(Debug, Clone)]
pub struct AlertMap<'a> {
    /// Units, sheet, words.
    pub base: BaseMap<'a>,
    /// Parallel to the communes.
    pub covered: Vec<Covered>,
    /// The kinds; the one whose symbol grows with households is named by [`AlertMap::moving`].
    pub kinds: Vec<KindSymbol>,
    /// Position of the kind that moves people, where there is one.
    pub moving: Option<usize>,
    /// The places, located to the region at least.
    pub places: Vec<AlertPlace>,
    /// The movements.
    pub flows: Vec<Flow>,
    /// All alerts.
    pub total: u64,
    /// Alerts in no region.
    pub nowhere: u64,
    /// Households of all alerts.
    pub households: u64,
    /// Households of alerts in no region.
    pub households_nowhere: u64,
    /// Movements without a number of households.
    pub uncounted: u64,
    /// Movements whose destination is not known to the cercle.
    pub undirected: u64,
}

/// The style whose classes size the circles of movements.
const HOUSEHOLDS: &str = "alerts-households";

/// Draws the page. An empty set of communes and lists that are not parallel are errors.
pub fn alert_page(map: &AlertMap, kit: &Kit) -> Result<Page, RenderError> {
    let parallel = map.covered.len() == map.base.communes.len()
        && map.places.iter().all(|p| p.by.len() == map.kinds.len())
        && map.moving.is_none_or(|m| m < map.kinds.len());
    if !parallel {
        return Err(RenderError::Empty("alerts and units do not match".to_owned()));
    }
    let mut page = Composer::new(kit, &map.base)?;
    let style = kit
        .styles
        .for_year(HOUSEHOLDS, map.base.notes.year)
        .ok_or_else(|| RenderError::Empty(format!("no style {HOUSEHOLDS}")))?;
    let slot = page.layout.map;
    let window =
        Window { bbox: map.base.bbox(), width: slot.width, height: slot.height, margin: 3.5, detail: Detail::Full };
    let ground = kit.ground(&map.base, &window)?;
    let (scene, dropped) = draw(map, style, &page, &ground);
    let notes = &map.base.notes;
    let (total, households) = (page.n(map.total), page.n(map.households));
    let values = [
        ("country", notes.country.as_str()),
        ("period", notes.period.as_str()),
        ("total", &total),
        ("households", &households),
    ];
    let alt = page.say.say("annex2_alt", &values);
    page.panel("map", (slot.x, slot.y), scene, &alt);
    let locator = page.layout.locator;
    page.locator(notes, (slot.x + locator.x, slot.y + locator.y), (locator.width, locator.height));
    let unit = page.say.say("annex2_unit", &[]);
    let mut lines = vec![page.say.say("annex2_households", &[("n", &households)])];
    lines.push(
        page.say.say("annex2_nowhere", &[("n", &page.n(map.nowhere)), ("households", &page.n(map.households_nowhere))]),
    );
    if map.uncounted > 0 {
        lines.push(page.say.say("annex2_uncounted", &[("n", &page.n(map.uncounted))]));
    }
    let known = map.covered.iter().any(|c| c.status != "unknown");
    let strong = page.coverage_line(&map.base, known);
    page.figures(&total, &unit, &lines, &strong, "");
    legend_blocks(&mut page, map, style);
    let items = coverage_swatches(&mut page, &map.covered);
    let title = page.say.say("legend_ground", &[]);
    page.swatches("ground", &title, "", 1, &items);
    page.line_legend(&map.base, Detail::Full);
    if !dropped.is_empty() {
        let text = page.say.say("annex2_dropped", &[("list", &dropped.join(", "))]);
        page.note(text);
    }
    let heading = Heading { key: "annex2", template: "annex2.typ", values: &values };
    page.finish(&map.base, &heading, &ground, true)
}

fn legend_blocks(page: &mut Composer, map: &AlertMap, style: &Style) {
    let scale = page.layout.text_scale;
    let mut items = Vec::new();
    for (k, kind) in map.kinds.iter().enumerate() {
        let mut scene = legend::blank();
        let radius = if map.moving == Some(k) { 1.7 } else { 1.6 };
        let at = (legend::SWATCH.0 / 2.0, legend::SWATCH.1 / 2.0);
        kind_symbol(&mut scene, map, k, at, radius, false);
        let mut item = page.swatch(&format!("kind-{}", k + 1), scene, &kind.label);
        item["count"] = json!(page.n(kind.total));
        item["share"] = json!(percent(kind.total, map.total, page.lang));
        items.push(item);
    }
    let coarse = map.places.iter().any(|p| p.level != Level::Commune);
    if coarse {
        let mut scene = legend::blank();
        kind_symbol(&mut scene, map, 0, (legend::SWATCH.0 / 2.0, legend::SWATCH.1 / 2.0), 1.6, true);
        let label = page.say.say("annex2_coarse", &[]);
        items.push(page.swatch("kind-coarse", scene, &label));
    }
    let (title, note) = (page.say.say("annex2_legend", &[]), page.say.say("annex2_legend_note", &[]));
    page.swatches("kinds", &title, &note, 1, &items);
    let mut circles = Vec::new();
    for class in &style.classes {
        let mut class = class.clone();
        class.colour = map.moving.and_then(|m| map.kinds.get(m)).map_or(Colour::WHITE, |k| k.colour);
        let scene = legend::class_circle(style, &class, scale);
        circles.push(page.swatch(&format!("class-{}", class.number), scene, class.label(page.lang)));
    }
    let mut marks = Vec::new();
    if !map.flows.is_empty() {
        let mut scene = legend::blank();
        let y = legend::SWATCH.1 / 2.0;
        arrow(&mut scene, (0.3, y), (legend::SWATCH.0 - 0.3, y), 0.6, 0.0);
        let label = page.say.say("annex2_arrow", &[]);
        marks.push(page.swatch("arrow", scene, &label));
    }
    let title = page.say.say("annex2_sizes", &[]);
    let (year, n) = (map.base.notes.year.to_string(), page.n(map.undirected));
    let method = style.method.map(|m| m.label(page.lang));
    let method = method.map(|m| page.say.say("annex2_sizes_method", &[("method", m), ("year", &year)]));
    let note = method.unwrap_or_default() + &page.say.say("annex2_sizes_note", &[("n", &n)]);
    page.block(json!({"id": "counts", "kind": "circles", "title": title, "note": note, "circles": circles,
                      "items": marks}));
}

/// The drawing, and the places whose name found no room.
fn draw(map: &AlertMap, style: &Style, page: &Composer, ground: &Ground) -> (Scene, Vec<String>) {
    let scale = page.layout.text_scale;
    let mut scene = ground.start();
    coverage(&mut scene, &map.covered, &page.kit.styles, ground);
    ground.lines(&mut scene);
    let mut placer = Placer::new(ground.frame.rect().grown(-0.8));
    for taken in page.layout.furniture() {
        placer.take(taken);
    }
    let clusters = clusters(map, style, ground, scale);
    for flow in &map.flows {
        let (from, to) = (ground.frame.place(flow.from), ground.frame.place(flow.to));
        let width =
            flow.households.map_or(0.45, |n| style.class_of(n as f64).map_or(0.45, |c| 0.4 + 0.2 * f64::from(c)));
        arrow(&mut scene, from, to, width * scale, 0.8 * scale);
    }
    for c in &clusters {
        placer.take_disc(c.centre, c.radius + 0.2);
    }
    for c in &clusters {
        draw_cluster(&mut scene, map, c, page.lang, scale);
    }
    region_names(&mut scene, &mut placer, &map.base, ground, &[], scale);
    let dropped = place_names(&mut scene, &mut placer, map, &clusters, scale);
    let named: Vec<&str> = clusters.iter().map(|c| map.places[c.place].name.as_str()).collect();
    towns(&mut scene, &mut placer, &map.base, ground, &named, scale);
    country_names(&mut scene, &mut placer, &map.base, ground, scale);
    ground.edge(&mut scene);
    (scene, dropped)
}

fn place_names(
    scene: &mut Scene,
    placer: &mut Placer,
    map: &AlertMap,
    clusters: &[Cluster],
    scale: f64,
) -> Vec<String> {
    let size = 6.2 * scale;
    let cap = cap_height_mm(size);
    let mut dropped = Vec::new();
    for c in clusters {
        let name = map.places[c.place].name.as_str();
        let w = width_mm(name, Face::Regular, size, 0.0);
        let Some(placed) = placer.beside(c.centre, c.radius + 0.2, 0.15, 22.0, &[(w + 0.5, cap + 1.0)]) else {
            dropped.push(name.to_owned());
            continue;
        };
        if let Some((from, to)) = placed.leader {
            scene.push(Item::Lines(vec![(vec![from, to], false)], Stroke::new(Colour::WHITE, 0.5)));
            scene.push(Item::Lines(vec![(vec![from, to], false)], Stroke::new(REGION_INK, 0.15)));
        }
        let r = placed.rect;
        scene.push(text((r.x0 + 0.25, r.y1 - 0.5), name, Face::Regular, size, 0.0, INK, 0.4));
    }
    dropped
}
