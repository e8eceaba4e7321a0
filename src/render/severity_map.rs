//! Annex 6: the risk levels month by month, small maps under one legend, and the change since the first month.

use serde_json::json;

use super::base::BaseMap;
use super::choropleth::{Cell, ChoroplethMap, ClassSymbol, Filled, fill};
use super::composer::{Composer, Heading, map_rect};
use super::fonts::{Face, cap_height_mm, width_mm};
use super::frame::Rect;
use super::ground::{Detail, Window};
use super::inks::INK;
use super::kit::Kit;
use super::legend;
use super::map_names::text;
use super::page::{Page, RenderError};
use super::scene::{Item, Scene, Stroke};
use crate::style::{Colour, decimal, percent};

/// Everything on the page.
#[derive(Debug, Clone)]
pub struct SeverityMap<'a> {
    /// Units, sheet, words.
    pub base: BaseMap<'a>,
    /// Each month's name and cells, parallel to the communes; one at least, twelve at most.
    pub months: Vec<(String, Vec<Cell>)>,
    /// The change from the first month to the last, parallel to the communes; none where there is one month.
    pub change: Option<Vec<Cell>>,
    /// The levels.
    pub classes: Vec<ClassSymbol>,
    /// The classes of change, from fall to rise.
    pub change_classes: Vec<ClassSymbol>,
    /// Whether anything is known of the coverage.
    pub coverage_known: bool,
}

/// Height of a small map's title and of the bar under it, millimetres on A4.
const TITLE_MM: f64 = 4.6;
const BAR_MM: f64 = 5.2;
/// Between small maps.
const GAP_MM: f64 = 2.4;

/// Draws the page. No month, more than twelve, and lists that are not parallel are errors.
pub fn severity_page(map: &SeverityMap, kit: &Kit) -> Result<Page, RenderError> {
    let units = map.base.communes.len();
    let months = map.months.len();
    if months == 0 || months > 12 || map.months.iter().any(|(_, c)| c.len() != units) {
        return Err(RenderError::Empty("from 1 to 12 months, each with a value for every unit".to_owned()));
    }
    if map.change.as_ref().is_some_and(|c| c.len() != units) {
        return Err(RenderError::Empty("changes and units do not match".to_owned()));
    }
    let mut page = Composer::new(kit, &map.base)?;
    let scale = page.layout.text_scale;
    let slot = page.layout.map;
    let panels = months + usize::from(map.change.is_some());
    let cells = grid(&map_rect(&page.layout), panels, map.base.bbox(), scale);
    let first = cells.first().copied().unwrap_or_else(|| map_rect(&page.layout));
    let window = Window {
        bbox: map.base.bbox(),
        width: first.x1 - first.x0,
        height: first.y1 - first.y0 - (TITLE_MM + BAR_MM) * scale,
        margin: 1.2,
        detail: Detail::Small,
    };
    let ground = kit.ground(&map.base, &window)?;
    let notes = &map.base.notes;
    let year = notes.year.to_string();
    let (from, to) = (map.months.first().map_or("", |m| m.0.as_str()), map.months.last().map_or("", |m| m.0.as_str()));
    let last = map.months.last().map(|m| m.1.as_slice()).unwrap_or_default();
    let scored = last.iter().filter(|c| c.class.is_some()).count() as u64;
    let total = page.n(scored);
    let worse = map.change.iter().flatten().filter(|c| c.class.is_some_and(|k| k >= 4)).count() as u64;
    let better = map.change.iter().flatten().filter(|c| c.class.is_some_and(|k| k <= 2)).count() as u64;
    let both = map.change.iter().flatten().filter(|c| c.class.is_some()).count() as u64;
    let same = page.n(both.saturating_sub(worse + better));
    let (worse, better) = (page.n(worse), page.n(better));
    let values = [
        ("country", notes.country.as_str()),
        ("period", notes.period.as_str()),
        ("first", from),
        ("last", to),
        ("total", &total),
        ("worse", &worse),
        ("better", &better),
        ("same", &same),
        ("year", &year),
    ];
    // One choropleth a month, drawn with the same classes.
    let month_map = |cells: &[Cell], classes: &[ClassSymbol]| ChoroplethMap {
        base: map.base.clone(),
        key: "annex6",
        template: "annex6.typ",
        filled: Filled::Communes,
        cells: cells.to_vec(),
        classes: classes.to_vec(),
        headline: None,
        always: &[],
        lines: Vec::new(),
        table: None,
        coverage_known: map.coverage_known,
    };
    let change_title = page.say.say("annex6_change", &values);
    let all = map
        .months
        .iter()
        .map(|(name, cells)| (name.as_str(), cells, &map.classes))
        .chain(map.change.iter().map(|cells| (change_title.as_str(), cells, &map.change_classes)));
    for (k, ((title, values_of, classes), cell)) in all.zip(&cells).enumerate() {
        let one = month_map(values_of, classes);
        let mut scene = Scene::new(cell.x1 - cell.x0, cell.y1 - cell.y0);
        let mut small = ground.start();
        fill(&mut small, &one, &kit.styles, &ground);
        ground.lines(&mut small);
        ground.edge(&mut small);
        let at = (slot.x + cell.x0, slot.y + cell.y0);
        let alt = page.say.say("annex6_alt", &[("title", title)]);
        page.panel(&format!("small-{}", k + 1), (at.0, at.1 + TITLE_MM * scale), small, &alt);
        let size = 8.0 * scale;
        scene.push(text((0.2, cap_height_mm(size) + 0.6), title, Face::Bold, size, 0.0, INK, 0.0));
        level_bar(&mut scene, &one, page.lang, scale);
        page.panel(&format!("frame-{}", k + 1), at, scene, title);
    }
    // The locator over the first map's corner, a quarter of its width.
    let side = ((first.x1 - first.x0) * 0.24).min(16.0 * scale);
    page.locator(notes, (slot.x + first.x0 + 0.8, slot.y + first.y0 + TITLE_MM * scale + 0.8), (side, side));
    let unit = page.say.say("annex6_unit", &values);
    let lines = if map.change.is_some() { vec![page.say.say("annex6_changes", &values)] } else { Vec::new() };
    let strong = page.coverage_line(&map.base, map.coverage_known);
    page.figures(&total, &unit, &lines, &strong, "");
    legend_blocks(&mut page, map, &month_map(last, &map.classes), &values);
    let (km, mm) = ground.frame.scale_bar(22.0 * scale);
    let mut bar = Scene::new(mm + 1.0, 2.6);
    let line = vec![(0.5, 0.8), (0.5, 1.8), (0.5 + mm, 1.8), (0.5 + mm, 0.8)];
    bar.push(Item::Lines(vec![(line, false)], Stroke::new(INK, 0.3)));
    let words = format!("{}\u{a0}{}", decimal(km, usize::from(km.fract() != 0.0), page.lang), page.say.say("km", &[]));
    // Drawn at its own size: the template enlarges swatches with the type, never this one.
    let mut item = page.swatch("scale", bar, &format!("{words} · {}", page.say.say("annex6_north", &[])));
    item["exact"] = json!(true);
    let title = page.say.say("annex6_scale", &[]);
    page.swatches("scale", &title, "", 1, &[item]);
    page.line_legend(&map.base, Detail::Small);
    let heading = Heading { key: "annex6", template: "annex6.typ", values: &values };
    page.finish(&map.base, &heading, &ground, false)
}

/// Where the small maps stand on the room there is: the columns that give the largest maps.
fn grid(room: &Rect, panels: usize, bbox: crate::spatial::Bbox, scale: f64) -> Vec<Rect> {
    let shape = super::frame::MapFrame::shape(&bbox);
    let (width, height) = (room.x1 - room.x0, room.y1 - room.y0);
    let extra = (TITLE_MM + BAR_MM) * scale;
    let size = |columns: usize| {
        let rows = panels.div_ceil(columns);
        let w = (width - GAP_MM * (columns as f64 - 1.0)) / columns as f64;
        let h = (height - GAP_MM * (rows as f64 - 1.0)) / rows as f64;
        (w, h, w.min((h - extra).max(0.0) * shape))
    };
    let columns = (1..=panels).max_by(|a, b| size(*a).2.total_cmp(&size(*b).2).then(b.cmp(a))).unwrap_or(1);
    let (w, h, _) = size(columns);
    (0..panels)
        .map(|k| {
            let (column, row) = ((k % columns) as f64, (k / columns) as f64);
            // No wider than the country asks: beyond, the base map has nothing to show.
            let own = w.min((h - extra) * shape * 1.12);
            Rect::at(room.x0 + column * (w + GAP_MM), room.y0 + row * (h + GAP_MM), own, h)
        })
        .collect()
}

/// A bar of the units by class along the lower edge, each part with its number where it fits.
fn level_bar(scene: &mut Scene, map: &ChoroplethMap, lang: crate::domain::Lang, scale: f64) {
    let counts: Vec<u64> = map
        .classes
        .iter()
        .map(|class| map.cells.iter().filter(|c| c.class == Some(class.number)).count() as u64)
        .collect();
    let total: u64 = counts.iter().sum();
    let (y0, y1) = (scene.height - (BAR_MM - 1.2) * scale, scene.height - 0.2);
    let mut x = 0.1;
    let full = scene.width - 0.2;
    let size = 5.8 * scale;
    for (class, count) in map.classes.iter().zip(counts).filter(|(_, n)| *n > 0) {
        let w = full * count as f64 / total as f64;
        let outline = super::ground::corners(&Rect { x0: x, y0, x1: x + w, y1 });
        scene.push(Item::Area(vec![outline.clone()], class.colour));
        if let Some(pattern) = &class.pattern {
            scene.push_strokes(std::slice::from_ref(&outline), pattern);
        }
        scene.push(Item::Lines(vec![(outline, true)], Stroke::new(legend::OUTLINE, 0.12)));
        let words = crate::style::grouped(count, lang);
        let tw = width_mm(&words, Face::Bold, size, 0.0);
        if tw + 0.6 <= w {
            let at = (x + (w - tw) / 2.0, f64::midpoint(y0, y1) + cap_height_mm(size) / 2.0);
            scene.push(text(at, &words, Face::Bold, size, 0.0, class.colour.ink(), 0.0));
        }
        x += w;
    }
}

fn legend_blocks(page: &mut Composer, map: &SeverityMap, last: &ChoroplethMap, values: &[(&str, &str)]) {
    for (id, classes, cells, key) in [
        ("classes", &map.classes, Some(&last.cells), "annex6_legend"),
        ("change", &map.change_classes, map.change.as_ref(), "annex6_change_legend"),
    ] {
        let Some(cells) = cells else { continue };
        let classed = cells.iter().filter(|c| c.class.is_some()).count() as u64;
        let mut items = Vec::new();
        for class in classes.iter().rev() {
            let count = cells.iter().filter(|c| c.class == Some(class.number)).count() as u64;
            let scene = legend::class_box(class.colour, class.pattern.as_ref());
            let mut item = page.swatch(&format!("{id}-{}", class.number), scene, &class.label);
            item["count"] = json!(page.n(count));
            item["share"] = json!(percent(count, classed, page.lang));
            items.push(item);
        }
        let (title, note) = (page.say.say(key, values), page.say.say(&format!("{key}_note"), values));
        page.swatches(id, &title, &note, 1, &items);
    }
    let mut items = Vec::new();
    for (word, always) in [
        ("covered_no_report", true),
        ("not_covered", true),
        ("unknown", false),
        ("suppressed", false),
        ("not_yet_elapsed", false),
    ] {
        let occurs =
            map.months.iter().map(|m| &m.1).chain(&map.change).flatten().any(|c| c.class.is_none() && c.status == word);
        let Some(symbol) = page.kit.styles.status(word).filter(|_| always || occurs) else { continue };
        items.push(page.swatch(
            &format!("status-{}", word.replace('_', "-")),
            legend::status_box(symbol),
            symbol.label(page.lang),
        ));
    }
    if map.change.is_some() {
        let label = page.say.say("annex6_no_pair", &[]);
        items.push(page.swatch("no-pair", legend::class_box(Colour::WHITE, None), &label));
    }
    let title = page.say.say("legend_absent", &[]);
    page.swatches("absences", &title, "", 1, &items);
}
