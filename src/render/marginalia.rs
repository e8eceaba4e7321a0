//! What stands round the map: layout, legend, scale bar, locator, sources and limits, as the data the template sets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::context::named_shapes;
use super::frame::{MapFrame, Point, Rect};
use super::incident_map::{Drawn, IncidentMap, LEADING, Paper};
use super::inks::{LAKE, LETTER_INK, OUTSIDE_INK, SEA, WATER};
use super::map_ground::diamond;
use super::map_names::town_mark;
use super::messages::Messages;
use super::page::RenderError;
use super::scene::{Item, Scene, Stroke};
use crate::spatial::Bbox;
use crate::style::{Class, Colour, StatusSymbol, Style, Styles, decimal, grouped, percent};

/// A rectangle of the page, millimetres.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Slot {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// Where things stand on a sheet.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Layout {
    pub width: f64,
    pub height: f64,
    pub margin: f64,
    /// The map.
    pub map: Slot,
    /// The column of figures and legend.
    pub column: Slot,
    /// The locator map, from the map's upper left corner.
    pub locator: Slot,
    /// The scale bar and north arrow, from the map's upper left corner.
    pub scale: Slot,
    /// Size of the type, 1 on A4.
    pub text_scale: f64,
}

impl Layout {
    /// Reads the layout of a sheet and checks that everything stands on it.
    pub fn parse(text: &str, paper: Paper) -> Result<Self, RenderError> {
        let fail = |reason: String| RenderError::Layout { file: "layout.toml".to_owned(), reason };
        let mut all: BTreeMap<String, Self> = toml::from_str(text).map_err(|e| fail(e.to_string()))?;
        let own = all.remove(paper.key()).ok_or_else(|| fail(format!("no [{}]", paper.key())))?;
        let sheet = Rect::at(0.0, 0.0, own.width, own.height);
        let map = Rect::at(0.0, 0.0, own.map.width, own.map.height);
        let fits = |slot: &Slot, within: &Rect| within.holds(&Rect::at(slot.x, slot.y, slot.width, slot.height));
        if !(50.0..=1300.0).contains(&own.width) || !(50.0..=1300.0).contains(&own.height) {
            return Err(fail("a sheet measures 50 to 1300 mm".to_owned()));
        }
        if own.map.width < 40.0 || own.map.height < 40.0 || !(0.5..=4.0).contains(&own.text_scale) {
            return Err(fail("the map measures at least 40 × 40 mm, text_scale is 0.5 to 4".to_owned()));
        }
        if !fits(&own.map, &sheet) || !fits(&own.column, &sheet) || !fits(&own.locator, &map) || !fits(&own.scale, &map)
        {
            return Err(fail("map and column must lie on the sheet, locator and scale on the map".to_owned()));
        }
        Ok(own)
    }

    /// Parts of the map taken by insets.
    pub fn insets(&self) -> [Rect; 2] {
        [&self.locator, &self.scale].map(|s| Rect::at(s.x, s.y, s.width, s.height).grown(0.5))
    }
}

const INK: Colour = Colour { r: 64, g: 64, b: 64 };
const SWATCH: (f64, f64) = (8.0, 4.4);

/// The data of the page; drawings of the legend go into `files`.
#[expect(clippy::too_many_arguments, reason = "gathers everything the page says")]
pub(super) fn data(
    map: &IncidentMap,
    style: &Style,
    styles: &Styles,
    frame: &MapFrame,
    layout: &Layout,
    say: &Messages,
    drawn: &Drawn,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Value {
    let notes = &map.notes;
    let lang = map.lang;
    let n = |x: u64| grouped(x, lang);
    let place =
        [("country", notes.country.as_str()), ("period", notes.period.as_str()), ("measure", notes.measure.as_str())];
    let region_only: u64 = map.region_only.iter().sum();
    let located = map.total.saturating_sub(region_only + map.nowhere);
    let top = top_cercles(map);
    let (p1, p2) = frame.projection().parallels();
    // « 12,5° N », « 4° O ».
    let degrees = |x: f64, (positive, negative): (&str, &str)| {
        let digits = usize::from(x.fract() != 0.0);
        format!("{}°\u{a0}{}", decimal(x.abs(), digits, lang), if x < 0.0 { negative } else { positive })
    };
    let (north, east) = (("N", "S"), lang.pick(("E", "O"), ("E", "W")));
    let texts: Vec<Value> = drawn
        .scene
        .texts()
        .map(|t| {
            json!({"x": t.at.0, "y": t.at.1, "text": t.text, "size": t.size_pt, "tracking": t.tracking_pt,
                   "weight": t.face.weight(), "style": t.face.style(), "fill": t.colour.to_string()})
        })
        .collect();
    let mut badges = Vec::new();
    for (on, key) in
        [(notes.provisional, "provisional"), (notes.synthetic, "synthetic"), (notes.schematic, "schematic")]
    {
        if on {
            badges.push(say.say(key, &[]));
        }
    }
    let mut figures = vec![say.say("located", &[("n", &n(located))])];
    figures.push(say.say("region_only", &[("n", &n(region_only))]));
    figures.push(say.say("nowhere", &[("n", &n(map.nowhere))]));
    let (covered, all) = (u64::from(map.units_covered), u64::from(map.units_total));
    // Nobody said what was covered: that is not « 0 communes ».
    let coverage = if map.ground.iter().all(|g| g.status == "unknown") {
        say.say("coverage_unknown", &[("total", &n(all))])
    } else {
        say.say("covered", &[("n", &n(covered)), ("total", &n(all)), ("share", &percent(covered, all, lang))])
    };
    let mut foot = vec![
        say.say("sources", &[("sources", &notes.sources)]),
        say.say("set", &[("set", &notes.set_title)]),
        say.say(
            "projection",
            &[
                ("p1", &degrees(p1, north)),
                ("p2", &degrees(p2, north)),
                ("m", &degrees(frame.projection().central_meridian(), east)),
            ],
        ),
        say.say("limits", &[]),
    ];
    if notes.schematic {
        foot.push(say.say("schematic_note", &[]));
    }
    if notes.synthetic {
        foot.push(say.say("synthetic_note", &[]));
    }
    if !drawn.dropped.is_empty() {
        let list: Vec<String> = drawn.dropped.iter().map(|(name, count)| format!("{name} ({})", n(*count))).collect();
        foot.push(say.say("dropped", &[("list", &list.join(", "))]));
    }
    let mut created = say.say("created", &[("date", &notes.created_text)]);
    if let Some(version) = notes.version {
        created = format!("{created} {}", say.say("version", &[("version", &version.to_string())]));
    }
    foot.insert(2, created);
    let share = format!("{}{}", LEADING.0, lang.pick("\u{a0}%", "%"));
    let rows: Vec<Value> = map
        .categories
        .iter()
        .map(|c| json!({"letter": c.letter, "label": c.label, "count": n(c.total), "share": percent(c.total, map.total, lang)}))
        .collect();
    let (km, km_mm) = frame.scale_bar(layout.scale.width - 4.0 - 16.0 * layout.text_scale);
    files.insert("locator.svg".to_owned(), locator(map, layout).into_bytes());
    json!({
        "lang": lang.code(),
        "layout": layout,
        "title": say.say("title", &place),
        "subtitle": say.say("subtitle", &place),
        "subject": say.say("document_subject", &place),
        "alt": say.say("map_alt", &[place[0], place[1], ("total", &n(map.total)), ("top", &top)]),
        "locator_alt": say.say("locator_alt", &place),
        "badges": badges,
        "texts": texts,
        "figures": {"total": n(map.total), "unit": say.say("total_unit", &[]), "lines": figures, "coverage": coverage,
                    "top": if top.is_empty() { String::new() } else { say.say("top", &[("list", &top)]) }},
        "counts": {"title": say.say("legend_counts", &[]),
                   "note": say.say("legend_counts_note", &[("year", &notes.year.to_string())]),
                   "circles": circle_legend(style, layout.text_scale, map, files), "marks": mark_legend(style, styles, say, drawn, files)},
        "ground": {"title": say.say("legend_ground", &[]), "entries": ground_legend(styles, say, map, drawn, files)},
        "lines": {"title": say.say("legend_lines", &[]), "entries": line_legend(say, files), "zone": zone_legend(styles, map, files)},
        "categories": {"title": say.say("categories_title", &[]), "note": say.say("categories_note", &[("share", &share)]), "rows": rows},
        "scale": {"mm": km_mm, "zero": "0", "half": decimal(km / 2.0, usize::from((km / 2.0).fract() != 0.0), lang),
                  "full": format!("{}\u{a0}{}", decimal(km, usize::from(km.fract() != 0.0), lang), say.say("km", &[]))},
        "north": {"deg": frame.north_deg(), "letter": say.say("north", &[])},
        "foot": foot,
        "disclaimer": say.say("disclaimer", &[]),
        "page": say.say("page", &[("n", &notes.page.0.max(1).to_string()), ("total", &notes.page.1.max(1).to_string())]),
    })
}

/// The two or three cercles with the highest counts: « Douentza (644), Mopti (200) ».
fn top_cercles(map: &IncidentMap) -> String {
    let mut order: Vec<(u64, &str)> =
        map.cercles.iter().zip(&map.counts).filter_map(|(c, n)| Some((n.number.filter(|n| *n > 0)?, c.name))).collect();
    order.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let list: Vec<String> =
        order.iter().take(3).map(|(n, name)| format!("{name} ({})", grouped(*n, map.lang))).collect();
    list.join(", ")
}

fn drawing(files: &mut BTreeMap<String, Vec<u8>>, name: &str, scene: &Scene) -> Value {
    let file = format!("{name}.svg");
    files.insert(file.clone(), scene.to_svg(name, false).into_bytes());
    json!({"file": file, "width": scene.width, "height": scene.height})
}

fn entry(files: &mut BTreeMap<String, Vec<u8>>, name: &str, scene: &Scene, label: &str) -> Value {
    let mut value = drawing(files, name, scene);
    value["label"] = json!(label);
    value
}

fn box_of((w, h): (f64, f64)) -> Vec<Point> {
    vec![(0.1, 0.1), (w - 0.1, 0.1), (w - 0.1, h - 0.1), (0.1, h - 0.1)]
}

fn circle_legend(style: &Style, scale: f64, map: &IncidentMap, files: &mut BTreeMap<String, Vec<u8>>) -> Vec<Value> {
    let circle = |class: &Class| {
        let size = class.size_mm * scale + 0.6;
        let mut scene = Scene::new(size, size);
        let line = Stroke::new(style.stroke, style.stroke_mm.max(0.2));
        scene.push(Item::Circle((size / 2.0, size / 2.0), class.size_mm * scale / 2.0, Some(class.colour), Some(line)));
        (scene, class.label(map.lang).to_owned())
    };
    style
        .classes
        .iter()
        .map(circle)
        .enumerate()
        .map(|(k, (scene, label))| entry(files, &format!("class-{}", k + 1), &scene, &label))
        .collect()
}

fn mark_legend(
    style: &Style,
    styles: &Styles,
    say: &Messages,
    drawn: &Drawn,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Vec<Value> {
    let mut out = Vec::new();
    let present = drawn.present;
    let middle = (SWATCH.0 / 2.0, SWATCH.1 / 2.0);
    if present.region_only {
        let mut scene = Scene::new(SWATCH.0, SWATCH.1);
        let square = vec![(2.4, 0.6), (5.6, 0.6), (5.6, 3.8), (2.4, 3.8)];
        scene.push(Item::Area(vec![square.clone()], Colour::WHITE));
        scene.push(Item::Lines(vec![(square, true)], Stroke::new(LETTER_INK, 0.35)));
        out.push(entry(files, "region-only", &scene, &say.say("legend_region_only", &[])));
    }
    if present.outside_cercle {
        let mut scene = Scene::new(SWATCH.0, SWATCH.1);
        let fill = style.classes.first().map(|c| c.colour);
        let line = Stroke { colour: style.stroke, width: 0.25, dash: Some((0.8, 0.6)) };
        scene.push(Item::Circle(middle, 1.7, fill, Some(line)));
        out.push(entry(files, "outside-cercle", &scene, &say.say("legend_outside", &[])));
    }
    if present.suppressed_cercle {
        let mut scene = Scene::new(SWATCH.0, SWATCH.1);
        let fill = styles.status("suppressed").map(|s| s.fill);
        scene.push(Item::Circle(middle, 1.7, fill, Some(Stroke::new(style.stroke, 0.2))));
        let (x, y) = middle;
        let cross = vec![
            (vec![(x - 0.9, y - 0.9), (x + 0.9, y + 0.9)], false),
            (vec![(x - 0.9, y + 0.9), (x + 0.9, y - 0.9)], false),
        ];
        scene.push(Item::Lines(cross, Stroke::new(style.stroke, 0.2)));
        out.push(entry(files, "suppressed-cercle", &scene, &say.say("legend_suppressed", &[])));
    }
    out
}

fn ground_legend(
    styles: &Styles,
    say: &Messages,
    map: &IncidentMap,
    drawn: &Drawn,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Vec<Value> {
    let mut out = Vec::new();
    let swatch = |symbol: &StatusSymbol| {
        let mut scene = Scene::new(SWATCH.0, SWATCH.1);
        let outline = box_of(SWATCH);
        scene.push_status(std::slice::from_ref(&outline), symbol);
        scene.push(Item::Lines(vec![(outline, true)], Stroke::new(INK, 0.15)));
        scene
    };
    // The three that tell absence from zero always stand in the legend; the others where they occur.
    let occurs = |word: &str| map.ground.iter().any(|g| g.status == word);
    for (word, always) in [
        ("zero", true),
        ("covered_no_report", true),
        ("not_covered", true),
        ("unknown", false),
        ("suppressed", false),
        ("not_yet_elapsed", false),
    ] {
        let Some(symbol) = styles.status(word).filter(|_| always || occurs(word)) else { continue };
        let label = if word == "zero" { say.say("legend_covered", &[]) } else { symbol.label(map.lang).to_owned() };
        out.push(entry(files, &format!("ground-{}", word.replace('_', "-")), &swatch(symbol), &label));
    }
    if drawn.present.outside_commune
        && let Some(symbol) = styles.status("not_covered")
    {
        let mut scene = swatch(symbol);
        scene.push(Item::Area(vec![diamond((SWATCH.0 / 2.0, SWATCH.1 / 2.0), 0.75)], OUTSIDE_INK));
        out.push(entry(files, "ground-outside", &scene, &say.say("legend_outside_commune", &[])));
    }
    out
}

fn line_legend(say: &Messages, files: &mut BTreeMap<String, Vec<u8>>) -> Vec<Value> {
    let line = |stroke: Stroke| {
        let mut scene = Scene::new(SWATCH.0, 2.6);
        scene.push(Item::Lines(vec![(vec![(0.0, 1.3), (SWATCH.0, 1.3)], false)], stroke));
        scene
    };
    let grey = |v: u8| Colour { r: v, g: v, b: v };
    let mut out = vec![
        entry(files, "line-state", &line(Stroke::new(grey(20), 0.65)), &say.say("legend_country", &[])),
        entry(files, "line-region", &line(Stroke::new(grey(64), 0.4)), &say.say("legend_region", &[])),
        entry(files, "line-cercle", &line(Stroke::new(grey(120), 0.2)), &say.say("legend_cercle", &[])),
    ];
    let mut water = Scene::new(SWATCH.0, 2.6);
    water.push(Item::Lines(
        vec![(vec![(0.0, 1.6), (2.0, 1.0), (4.0, 1.6), (5.2, 1.3)], false)],
        Stroke::new(WATER, 0.35),
    ));
    water.push(Item::Circle((6.6, 1.3), 1.0, Some(LAKE), None));
    out.push(entry(files, "water", &water, &say.say("legend_water", &[])));
    let mut town = Scene::new(SWATCH.0, 2.6);
    town_mark(&mut town, (2.6, 1.3), 1);
    town_mark(&mut town, (5.6, 1.3), 2);
    out.push(entry(files, "town", &town, &say.say("legend_town", &[])));
    out
}

fn zone_legend(styles: &Styles, map: &IncidentMap, files: &mut BTreeMap<String, Vec<u8>>) -> Vec<Value> {
    let (Some(zone), Some(style)) = (&map.zone, styles.get("zones")) else { return Vec::new() };
    let mut scene = Scene::new(SWATCH.0, 2.6);
    let stroke = Stroke { colour: style.stroke, width: style.stroke_mm, dash: style.dash_mm };
    scene.push(Item::Lines(vec![(vec![(0.0, 1.3), (SWATCH.0, 1.3)], false)], stroke));
    vec![entry(files, "zone", &scene, &zone.title)]
}

/// The country in its part of the world.
fn locator(map: &IncidentMap, layout: &Layout) -> String {
    const WORLD: &str = include_str!("../../styles/annexes/locator.geojson");
    let (w, h) = (layout.locator.width, layout.locator.height);
    let mut scene = Scene::new(w, h);
    let sheet = vec![(0.0, 0.0), (w, 0.0), (w, h), (0.0, h)];
    scene.push(Item::Area(vec![sheet.clone()], SEA));
    let bbox = Bbox { west: -18.5, south: 3.0, east: 16.5, north: 37.5 };
    if let Some(frame) = MapFrame::fit(&bbox, w, h, -0.6) {
        for own in [false, true] {
            for (iso3, shape) in named_shapes(WORLD, "iso3").iter().filter(|(iso3, _)| (*iso3 == map.notes.iso3) == own)
            {
                let _ = iso3;
                let rings: Vec<Vec<Point>> = shape
                    .iter()
                    .flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
                    .map(|r| r.coords().skip(1).map(|c| frame.point(c.x, c.y)).collect())
                    .collect();
                let fill = if own { Colour { r: 88, g: 88, b: 88 } } else { Colour { r: 244, g: 242, b: 238 } };
                scene.push(Item::Area(rings.clone(), fill));
                scene.push(Item::Lines(
                    rings.into_iter().map(|r| (r, true)).collect(),
                    Stroke::new(Colour { r: 160, g: 155, b: 146 }, 0.12),
                ));
            }
        }
    }
    scene.push(Item::Lines(vec![(sheet, true)], Stroke::new(INK, 0.3)));
    scene.to_svg("locator", false)
}
