//! Maps whose units are filled by class: the risk index (annex 3), the coverage (annex 5), and any other with classes of its
//! own (hot, cold…). Each class has a mark besides its colour where one is given, so that grey print tells them apart.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::base::BaseMap;
use super::composer::{Composer, Heading};
use super::frame::{Point, Rect};
use super::ground::{Detail, Ground, Window};
use super::insets::draw_insets;
use super::kit::Kit;
use super::legend;
use super::map_names::{cercle_names, country_names, region_names, towns};
use super::marks::draw_marks;
use super::page::{Page, RenderError};
use super::place::Placer;
use super::scene::{Item, Scene};
use crate::spatial::LonLat;
use crate::style::{Colour, Pattern, PatternKind, Styles, percent};

/// What is known of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// Its class's number, where it has a value.
    pub class: Option<u8>,
    /// The status word; says which absence it is where there is no class.
    pub status: &'static str,
    /// A value although it was not covered.
    pub outside_coverage: bool,
    /// What is written in it: the level's digit; nothing where empty.
    pub mark: String,
}

/// A class as the map and its legend show it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassSymbol {
    /// Its number, from 1.
    pub number: u8,
    /// Its label: « 4 – Critique (≥ 20) ».
    pub label: String,
    /// What it means, in a sentence or a few; may be empty.
    pub text: String,
    /// Its colour.
    pub colour: Colour,
    /// A pattern over it.
    pub pattern: Option<Pattern>,
}

impl ClassSymbol {
    /// The classes of a style, without texts.
    pub fn of(style: &crate::style::Style, lang: crate::domain::Lang) -> Vec<Self> {
        let symbol = |c: &crate::style::Class| Self {
            number: c.number,
            label: c.label(lang).to_owned(),
            text: String::new(),
            colour: c.colour,
            pattern: None,
        };
        style.classes.iter().map(symbol).collect()
    }

    /// Lays dots over the colour: of a diverging scale one side, which in grey print would look like the other.
    pub fn dot(&mut self) {
        self.pattern = Some(Pattern {
            kind: PatternKind::Dots,
            angle_deg: 0.0,
            spacing_mm: 0.9,
            width_mm: 0.3,
            colour: self.colour.ink(),
        });
    }
}

/// Which units are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// Those of level 2.
    Cercles,
    /// Those of the finest level.
    Communes,
}

/// A table beside the legend.
#[derive(Debug, Clone, Default)]
pub struct SideTable {
    /// Its title.
    pub title: String,
    /// A line under it; may be empty.
    pub note: String,
    /// Label, count and share of each row, as printed.
    pub rows: Vec<[String; 3]>,
}

/// Everything on the page.
#[derive(Debug, Clone)]
pub struct ChoroplethMap<'a> {
    /// Units, sheet, words.
    pub base: BaseMap<'a>,
    /// What the wording's keys start with: `annex3` reads `annex3_title`, `annex3_legend`…
    pub key: &'static str,
    /// The template.
    pub template: &'static str,
    /// Which units are filled.
    pub filled: Filled,
    /// Parallel to those units.
    pub cells: Vec<Cell>,
    /// The classes, lowest first.
    pub classes: Vec<ClassSymbol>,
    /// Statuses without a class that the legend shows even where they do not occur.
    pub always: &'static [&'static str],
    /// The big number; the units with a class where none.
    pub headline: Option<u64>,
    /// Lines under the big number.
    pub lines: Vec<String>,
    /// A table beside the legend.
    pub table: Option<SideTable>,
    /// Whether anything is known of the coverage.
    pub coverage_known: bool,
}

impl ChoroplethMap<'_> {
    /// The rings of a unit on a ground.
    pub(super) fn unit<'g>(&self, ground: &'g Ground, k: usize) -> &'g [Vec<Point>] {
        ground.units(self.filled)[k].rings()
    }

    pub(super) fn label(&self, k: usize) -> LonLat {
        match self.filled {
            Filled::Communes => self.base.communes[k].label,
            Filled::Cercles => self.base.cercles[k].label,
        }
    }

    pub(super) fn class(&self, number: u8) -> Option<&ClassSymbol> {
        self.classes.iter().find(|c| c.number == number)
    }
}

/// Every status word that has no class, in the legend's order.
const ABSENCES: [&str; 6] = ["zero", "covered_no_report", "not_covered", "unknown", "suppressed", "not_yet_elapsed"];

/// Draws the page. An empty set of units and lists that are not parallel are errors.
pub fn choropleth_page(map: &ChoroplethMap, kit: &Kit) -> Result<Page, RenderError> {
    let mut page = Composer::new(kit, &map.base)?;
    let units = if map.filled == Filled::Communes { map.base.communes.len() } else { map.base.cercles.len() };
    if map.cells.len() != units {
        return Err(RenderError::Empty("values and units do not match".to_owned()));
    }
    let slot = page.layout.map;
    let window =
        Window { bbox: map.base.bbox(), width: slot.width, height: slot.height, margin: 3.5, detail: Detail::Full };
    let ground = kit.ground(&map.base, &window)?;
    let drawn = draw(map, &page, &ground)?;
    let notes = &map.base.notes;
    let classed = map.cells.iter().filter(|c| c.class.is_some()).count() as u64;
    let (total, year) = (page.n(map.headline.unwrap_or(classed)), notes.year.to_string());
    let (of, with_class) = (page.n(map.cells.len() as u64), page.n(classed));
    let values = [
        ("country", notes.country.as_str()),
        ("period", notes.period.as_str()),
        ("measure", notes.measure.as_str()),
        ("total", &total),
        ("of", &of),
        ("classed", &with_class),
        ("year", &year),
    ];
    let alt = page.say.say(&format!("{}_alt", map.key), &values);
    page.panel("map", (slot.x, slot.y), drawn.scene, &alt);
    for (name, at, scene, title) in drawn.insets {
        page.panel(&name, (slot.x + at.0, slot.y + at.1), scene, &title);
    }
    let locator = page.layout.locator;
    page.locator(notes, (slot.x + locator.x, slot.y + locator.y), (locator.width, locator.height));
    let unit = page.say.say(&format!("{}_unit", map.key), &values);
    let strong = page.coverage_line(&map.base, map.coverage_known);
    page.figures(&total, &unit, &map.lines, &strong, "");
    class_legend(&mut page, map, &values, classed);
    if let Some(table) = &map.table {
        let rows: Vec<Value> = table
            .rows
            .iter()
            .map(|[label, count, share]| json!({"letter": "", "label": label, "count": count, "share": share}))
            .collect();
        page.block(json!({"id": "table", "kind": "rows", "title": table.title, "note": table.note, "rows": rows}));
    }
    absence_legend(&mut page, map);
    page.line_legend(&map.base, Detail::Full);
    if drawn.unplaced > 0 {
        let text = page.say.say("marks_unplaced", &[("n", &page.n(drawn.unplaced))]);
        page.note(text);
    }
    let heading = Heading { key: map.key, template: map.template, values: &values };
    page.finish(&map.base, &heading, &ground, true)
}

/// The drawings of the page.
pub(super) struct Drawn {
    pub scene: Scene,
    /// Name, place on the map, drawing, title.
    pub insets: Vec<(String, Point, Scene, String)>,
    /// Marks that found room neither on the map nor in an inset.
    pub unplaced: u64,
}

pub(super) fn draw(map: &ChoroplethMap, page: &Composer, ground: &Arc<Ground>) -> Result<Drawn, RenderError> {
    let layout = &page.layout;
    let scale = layout.text_scale;
    let mut scene = ground.start();
    fill(&mut scene, map, &page.kit.styles, ground);
    ground.lines(&mut scene);
    let mut placer = Placer::new(ground.frame.rect().grown(-0.8));
    for taken in layout.furniture() {
        placer.take(taken);
    }
    let insets = draw_insets(&mut scene, &mut placer, map, page, ground)?;
    region_names(&mut scene, &mut placer, &map.base, ground, &[], scale);
    let missing = draw_marks(&mut scene, &mut placer, map, ground, scale, &insets.marked);
    towns(&mut scene, &mut placer, &map.base, ground, &[], scale);
    cercle_names(&mut scene, &mut placer, &map.base, ground, scale);
    country_names(&mut scene, &mut placer, &map.base, ground, scale);
    ground.edge(&mut scene);
    Ok(Drawn { scene, insets: insets.drawings, unplaced: missing.len() as u64 })
}

/// Fills the units: classes first, then absences with their patterns.
pub(super) fn fill(scene: &mut Scene, map: &ChoroplethMap, styles: &Styles, ground: &Ground) {
    let mut classes: BTreeMap<u8, Vec<usize>> = BTreeMap::new();
    let mut absent: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut outside: Vec<usize> = Vec::new();
    for (k, cell) in map.cells.iter().enumerate() {
        if cell.outside_coverage {
            outside.push(k);
        }
        match cell.class {
            Some(class) => classes.entry(class).or_default().push(k),
            None => absent.entry(cell.status).or_default().push(k),
        }
    }
    for (number, units) in classes {
        let Some(class) = map.class(number) else { continue };
        ground.fill(scene, map.filled, &units, class.colour);
        if let Some(pattern) = &class.pattern {
            ground.fill_pattern(scene, map.filled, &units, pattern);
        }
    }
    for (status, units) in absent {
        match styles.status(status) {
            Some(symbol) => ground.fill_status(scene, map.filled, &units, symbol),
            // No status of its own: nothing to compare, say.
            None => ground.fill(scene, map.filled, &units, Colour::WHITE),
        }
    }
    let hatch = styles.status("not_covered").and_then(|symbol| symbol.pattern.as_ref());
    if let Some(pattern) = hatch.filter(|_| !outside.is_empty()) {
        ground.fill_pattern(scene, map.filled, &outside, pattern);
    }
}

fn class_legend(page: &mut Composer, map: &ChoroplethMap, values: &[(&str, &str)], classed: u64) {
    let mut items = Vec::new();
    // The gravest first, as the reader asks for it.
    for class in map.classes.iter().rev() {
        let count = map.cells.iter().filter(|c| c.class == Some(class.number)).count() as u64;
        let scene = legend::class_box(class.colour, class.pattern.as_ref());
        let mut item = page.swatch(&format!("class-{}", class.number), scene, &class.label);
        item["count"] = json!(page.n(count));
        item["share"] = json!(percent(count, classed, page.lang));
        item["text"] = json!(class.text);
        items.push(item);
    }
    let title = page.say.say(&format!("{}_legend", map.key), values);
    let note = page.say.say(&format!("{}_legend_note", map.key), values);
    page.swatches("classes", &title, &note, 1, &items);
}

fn absence_legend(page: &mut Composer, map: &ChoroplethMap) {
    let mut items = Vec::new();
    for word in ABSENCES {
        let count = map.cells.iter().filter(|c| c.class.is_none() && c.status == word).count() as u64;
        if count == 0 && !map.always.contains(&word) {
            continue;
        }
        let Some(symbol) = page.kit.styles.status(word) else { continue };
        let scene = legend::status_box(symbol);
        let mut item = page.swatch(&format!("status-{}", word.replace('_', "-")), scene, symbol.label(page.lang));
        item["count"] = json!(page.n(count));
        items.push(item);
    }
    if map.cells.iter().any(|c| c.outside_coverage)
        && let Some(symbol) = page.kit.styles.status("not_covered")
    {
        let mut scene = legend::blank();
        let rect = Rect::at(0.1, 0.1, legend::SWATCH.0 - 0.2, legend::SWATCH.1 - 0.2);
        let outline = super::ground::corners(&rect);
        let colour = map.classes.first().map_or(Colour::WHITE, |c| c.colour);
        scene.push(Item::Area(vec![outline.clone()], colour));
        scene.push_pattern(std::slice::from_ref(&outline), symbol);
        let label = page.say.say(&format!("{}_outside", map.key), &[]);
        let count = map.cells.iter().filter(|c| c.outside_coverage).count() as u64;
        let mut item = page.swatch("status-outside", scene, &label);
        item["count"] = json!(page.n(count));
        items.push(item);
    }
    let title = page.say.say("legend_absent", &[]);
    page.swatches("absences", &title, "", 1, &items);
}
