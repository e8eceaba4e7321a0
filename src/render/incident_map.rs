//! Annex 1: circles by count of each cercle over ground that shows which communes are covered.

use serde_json::{Value, json};

use super::base::BaseMap;
use super::circle_names::cercle_names;
use super::composer::{Composer, Heading};
use super::ground::{Detail, Ground, Window};
use super::inks::{LETTER_INK, OUTSIDE_INK};
use super::kit::Kit;
use super::layout::Layout;
use super::legend;
use super::map_circles::{circles, draw_circle};
use super::map_ground::{Covered, coverage, diamond, outside_marks};
use super::map_names::{country_names, region_names, towns};
use super::page::{Page, RenderError};
use super::place::Placer;
use super::scene::{Item, Scene, Stroke};
use crate::style::{Colour, Style, Styles, grouped, percent};

/// What is known of a cercle's count.
#[derive(Debug, Clone, PartialEq)]
pub struct Count {
    /// The number, where there is one.
    pub number: Option<u64>,
    /// The status word.
    pub status: &'static str,
    /// A value from a cercle of which no commune was covered.
    pub outside_coverage: bool,
    /// The number by category, parallel to [`IncidentMap::categories`]; may be empty.
    pub by: Vec<u64>,
    /// Per 100 000 people, where rates are asked for and may be told.
    pub rate: Option<f64>,
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

/// Everything on the page.
#[derive(Debug, Clone)]
pub struct IncidentMap<'a> {
    /// Units, sheet, words.
    pub base: BaseMap<'a>,
    /// Parallel to the communes.
    pub covered: Vec<Covered>,
    /// Parallel to the cercles.
    pub counts: Vec<Count>,
    /// Parallel to the regions: counted there, in none of its cercles.
    pub region_only: Vec<u64>,
    /// Counted, in no region.
    pub nowhere: Option<u64>,
    /// All of it.
    pub total: Option<u64>,
    /// Categories in the order of their letters; empty where there are none.
    pub categories: Vec<Category>,
    /// Whether the circles are coloured by rate instead of by count (their size stays the count's).
    pub rates: bool,
}

/// Least share of a cercle's count that makes a category a leading one, per cent, and how many are shown.
pub(super) const LEADING: (u64, usize) = (20, 3);

/// The style whose classes colour the circles where rates are asked for.
pub(super) const RATE_STYLE: &str = "violations-cercles-rate";

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
#[expect(clippy::struct_excessive_bools, reason = "each is a line of the legend, independent of the others")]
pub(super) struct Present {
    /// A commune reported without being covered.
    pub outside_commune: bool,
    /// A cercle did.
    pub outside_cercle: bool,
    /// A cercle's number is withheld.
    pub suppressed_cercle: bool,
    /// Something is known to a region only.
    pub region_only: bool,
    /// A count has no rate that may be told.
    pub no_rate: bool,
}

/// The styles of the circles: sizes by count, colours by count or by rate.
pub(super) struct CircleStyles<'a> {
    pub count: &'a Style,
    pub rate: Option<&'a Style>,
}

impl<'a> CircleStyles<'a> {
    pub fn of(map: &IncidentMap, styles: &'a Styles) -> Result<Self, RenderError> {
        let year = map.base.notes.year;
        let find = |id: &str| styles.for_year(id, year).ok_or_else(|| RenderError::Empty(format!("no style {id}")));
        Ok(Self { count: find("violations-cercles")?, rate: map.rates.then(|| find(RATE_STYLE)).transpose()? })
    }
}

/// Draws the page. An empty set of communes and lists that are not parallel are errors.
pub fn incident_page(map: &IncidentMap, kit: &Kit) -> Result<Page, RenderError> {
    check(map)?;
    let mut page = Composer::new(kit, &map.base)?;
    let circle_styles = CircleStyles::of(map, &kit.styles)?;
    let slot = page.layout.map;
    let window =
        Window { bbox: map.base.bbox(), width: slot.width, height: slot.height, margin: 3.5, detail: Detail::Full };
    let ground = kit.ground(&map.base, &window)?;
    let drawn = draw(map, &circle_styles, &kit.styles, &ground, &page.layout);
    let notes = &map.base.notes;
    let n = |x: u64| grouped(x, map.base.lang);
    let top = top_cercles(map);
    let withheld = || page.say.say("withheld", &[]);
    let (total, year) = (map.total.map_or_else(withheld, n), notes.year.to_string());
    let values = [
        ("country", notes.country.as_str()),
        ("period", notes.period.as_str()),
        ("measure", notes.measure.as_str()),
        ("total", &total),
        ("top", &top),
        ("year", &year),
    ];
    let alt = page.say.say("annex1_alt", &values);
    page.panel("map", (slot.x, slot.y), drawn.scene.clone(), &alt);
    let locator = page.layout.locator;
    page.locator(notes, (slot.x + locator.x, slot.y + locator.y), (locator.width, locator.height));
    let region_only: u64 = map.region_only.iter().sum();
    // Where cercles are withheld, what is located below the region is not told apart from what is not.
    let parts = map.total.zip(map.nowhere).filter(|_| map.counts.iter().all(|c| c.status != "suppressed"));
    let mut lines = Vec::new();
    if let Some((total, nowhere)) = parts {
        lines.extend([("located", total.saturating_sub(region_only + nowhere)), ("region_only", region_only)]);
    }
    lines.extend(map.nowhere.map(|n| ("nowhere", n)));
    let lines: Vec<String> = lines.into_iter().map(|(key, x)| page.say.say(key, &[("n", &n(x))])).collect();
    let unit = page.say.say("annex1_unit", &[]);
    let strong = page.coverage_line(&map.base, map.covered.iter().any(|c| c.status != "unknown"));
    let top = if top.is_empty() { String::new() } else { page.say.say("top", &[("list", &top)]) };
    page.figures(&total, &unit, &lines, &strong, &top);
    circle_legend(&mut page, map, &circle_styles, drawn.present, &year);
    category_legend(&mut page, map);
    ground_legend(&mut page, map, &drawn);
    page.line_legend(&map.base, Detail::Full);
    if !drawn.dropped.is_empty() {
        let list: Vec<String> = drawn.dropped.iter().map(|(name, count)| format!("{name} ({})", n(*count))).collect();
        let text = page.say.say("dropped", &[("list", &list.join(", "))]);
        page.note(text);
    }
    let heading = Heading { key: "annex1", template: "annex1.typ", values: &values };
    page.finish(&map.base, &heading, &ground, true)
}

fn check(map: &IncidentMap) -> Result<(), RenderError> {
    let parallel = map.covered.len() == map.base.communes.len()
        && map.counts.len() == map.base.cercles.len()
        && map.region_only.len() == map.base.regions.len()
        && map.counts.iter().all(|c| c.by.is_empty() || c.by.len() == map.categories.len());
    if parallel { Ok(()) } else { Err(RenderError::Empty("counts and units do not match".to_owned())) }
}

pub(super) fn draw(
    map: &IncidentMap,
    circle_styles: &CircleStyles,
    styles: &Styles,
    ground: &Ground,
    layout: &Layout,
) -> Drawn {
    let rect = ground.frame.rect();
    let mut scene = ground.start();
    let mut present = Present::default();
    coverage(&mut scene, &map.covered, styles, ground);
    ground.lines(&mut scene);
    present.outside_commune = outside_marks(&mut scene, &map.base, &map.covered, ground);
    let mut placer = Placer::new(rect.grown(-0.8));
    for taken in layout.furniture() {
        placer.take(taken);
    }
    let circles = circles(map, circle_styles, ground, layout.text_scale, &mut present);
    for c in &circles {
        placer.take_disc(c.centre, c.radius + 0.25);
    }
    for c in &circles {
        draw_circle(&mut scene, c, circle_styles, styles);
    }
    let scale = layout.text_scale;
    present.region_only = region_names(&mut scene, &mut placer, &map.base, ground, &map.region_only, scale);
    let dropped = cercle_names(&mut scene, &mut placer, map, &circles, scale);
    let named: Vec<&str> = circles.iter().map(|c| map.base.cercles[c.cercle].name).collect();
    towns(&mut scene, &mut placer, &map.base, ground, &named, scale);
    country_names(&mut scene, &mut placer, &map.base, ground, scale);
    ground.edge(&mut scene);
    Drawn { scene, dropped, present }
}

/// The two or three cercles with the highest counts: « Douentza (644), Mopti (200) ».
fn top_cercles(map: &IncidentMap) -> String {
    let counted = map.base.cercles.iter().zip(&map.counts);
    let mut order: Vec<(u64, &str)> =
        counted.filter_map(|(c, n)| Some((n.number.filter(|n| *n > 0)?, c.name))).collect();
    order.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let list: Vec<String> =
        order.iter().take(3).map(|(n, name)| format!("{name} ({})", grouped(*n, map.base.lang))).collect();
    list.join(", ")
}

fn circle_legend(page: &mut Composer, map: &IncidentMap, own: &CircleStyles, present: Present, year: &str) {
    let scale = page.layout.text_scale;
    // By rate the sizes alone tell the counts.
    let plain = |k: &crate::style::Class| {
        let mut class = k.clone();
        if own.rate.is_some() {
            class.colour = Colour::WHITE;
        }
        class
    };
    let mut circles = Vec::new();
    for class in own.count.classes.iter().map(plain) {
        let scene = legend::class_circle(own.count, &class, scale);
        circles.push(page.swatch(&format!("class-{}", class.number), scene, class.label(map.base.lang)));
    }
    let mut marks = Vec::new();
    let middle = (legend::SWATCH.0 / 2.0, legend::SWATCH.1 / 2.0);
    if let Some(rate) = own.rate {
        for class in &rate.classes {
            let scene = legend::class_box(class.colour, None);
            marks.push(page.swatch(&format!("rate-{}", class.number), scene, class.label(map.base.lang)));
        }
        if present.no_rate {
            let label = page.say.say("legend_no_rate", &[]);
            marks.push(page.swatch("rate-none", legend::class_box(Colour::WHITE, None), &label));
        }
    }
    if present.region_only {
        let mut scene = legend::blank();
        let square = vec![(2.4, 0.6), (5.6, 0.6), (5.6, 3.8), (2.4, 3.8)];
        scene.push(Item::Area(vec![square.clone()], Colour::WHITE));
        scene.push(Item::Lines(vec![(square, true)], Stroke::new(LETTER_INK, 0.35)));
        let label = page.say.say("legend_region_only", &[]);
        marks.push(page.swatch("region-only", scene, &label));
    }
    if present.outside_cercle {
        let mut scene = legend::blank();
        let fill = own.count.classes.first().map(|c| c.colour);
        let line = Stroke { colour: own.count.stroke, width: 0.25, dash: Some((0.8, 0.6)) };
        scene.push(Item::Circle(middle, 1.7, fill, Some(line)));
        let label = page.say.say("legend_outside", &[]);
        marks.push(page.swatch("outside-cercle", scene, &label));
    }
    if present.suppressed_cercle {
        let mut scene = legend::blank();
        let fill = page.kit.styles.status("suppressed").map(|s| s.fill);
        scene.push(Item::Circle(middle, 1.7, fill, Some(Stroke::new(own.count.stroke, 0.2))));
        let (x, y) = middle;
        let cross = vec![
            (vec![(x - 0.9, y - 0.9), (x + 0.9, y + 0.9)], false),
            (vec![(x - 0.9, y + 0.9), (x + 0.9, y - 0.9)], false),
        ];
        scene.push(Item::Lines(cross, Stroke::new(own.count.stroke, 0.2)));
        let label = page.say.say("legend_suppressed", &[]);
        marks.push(page.swatch("suppressed-cercle", scene, &label));
    }
    let title = page.say.say("legend_counts", &[]);
    let mut note = page.say.say("legend_counts_note", &[]);
    if let Some(method) = own.count.method {
        let method = method.label(page.lang);
        note += &page.say.say("legend_method", &[("method", method), ("year", year)]);
    }
    if own.rate.is_some() {
        note = format!("{note}{}", page.say.say("legend_rate_note", &[]));
    }
    page.block(json!({"id": "counts", "kind": "circles", "title": title, "note": note, "circles": circles,
                      "items": marks}));
}

fn category_legend(page: &mut Composer, map: &IncidentMap) {
    if map.categories.is_empty() {
        return;
    }
    let lang = map.base.lang;
    let share = format!("{}{}", LEADING.0, lang.pick("\u{a0}%", "%"));
    let rows: Vec<Value> = map
        .categories
        .iter()
        .map(|c| {
            json!({"letter": c.letter, "label": c.label, "count": grouped(c.total, lang),
                   "share": percent(c.total, map.total.unwrap_or(0), lang)})
        })
        .collect();
    let (title, note) = (page.say.say("categories_title", &[]), page.say.say("categories_note", &[("share", &share)]));
    page.block(json!({"id": "categories", "kind": "rows", "title": title, "note": note, "rows": rows}));
}

fn ground_legend(page: &mut Composer, map: &IncidentMap, drawn: &Drawn) {
    let mut items = coverage_swatches(page, &map.covered);
    if drawn.present.outside_commune
        && let Some(symbol) = page.kit.styles.status("not_covered")
    {
        let mut scene = legend::status_box(symbol);
        scene.push(Item::Area(vec![diamond((legend::SWATCH.0 / 2.0, legend::SWATCH.1 / 2.0), 0.75)], OUTSIDE_INK));
        let label = page.say.say("legend_outside_commune", &[]);
        items.push(page.swatch("ground-outside", scene, &label));
    }
    let title = page.say.say("legend_ground", &[]);
    page.swatches("ground", &title, "", 1, &items);
}

/// The ground's legend. The three that tell absence from zero always stand in it; the others where they occur.
pub(super) fn coverage_swatches(page: &mut Composer, covered: &[Covered]) -> Vec<Value> {
    let mut items = Vec::new();
    for (word, always) in [
        ("zero", true),
        ("covered_no_report", true),
        ("not_covered", true),
        ("unknown", false),
        ("suppressed", false),
        ("not_yet_elapsed", false),
    ] {
        let occurs = always || covered.iter().any(|g| g.status == word);
        let Some(symbol) = page.kit.styles.status(word).filter(|_| occurs) else { continue };
        let label = match word {
            "zero" => page.say.say("legend_covered", &[]),
            _ => symbol.label(page.lang).to_owned(),
        };
        let scene = legend::status_box(symbol);
        items.push(page.swatch(&format!("ground-{}", word.replace('_', "-")), scene, &label));
    }
    items
}
