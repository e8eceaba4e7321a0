//! Puts a page together: maps with their words at their places, the blocks of the column, what every page carries.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::base::{BaseMap, Notes};
use super::frame::{MapFrame, Rect};
use super::ground::{Detail, Ground};
use super::kit::Kit;
use super::layout::{Inset, Layout};
use super::legend;
use super::messages::Messages;
use super::page::{Page, PageParts, RenderError};
use super::page_svg::{Halos, micrometres};
use super::scene::{Scene, Stroke};
use crate::domain::Lang;
use crate::style::{Colour, decimal, grouped, percent};

/// One page in the making.
pub(super) struct Composer<'k> {
    pub kit: &'k Kit,
    pub layout: Layout,
    pub insets: Vec<Inset>,
    pub say: Messages,
    pub lang: Lang,
    drawings: BTreeMap<String, Scene>,
    panels: Vec<Value>,
    blocks: Vec<Value>,
    halos: Halos,
    foot: Vec<String>,
}

/// What a page is called and says of itself; keys of `messages.toml`, with what fills their gaps.
pub(super) struct Heading<'a> {
    /// What the keys start with: `annex3` gives `annex3_title`, `annex3_subtitle`, `annex3_subject`.
    pub key: &'a str,
    /// The template.
    pub template: &'static str,
    pub values: &'a [(&'a str, &'a str)],
}

impl<'k> Composer<'k> {
    pub fn new(kit: &'k Kit, base: &BaseMap) -> Result<Self, RenderError> {
        base.check()?;
        let (layout, insets) = Layout::parse(&kit.templates.text("layout.toml")?, base.sheet)?;
        let say = Messages::parse(&kit.templates.text("messages.toml")?, base.lang)?;
        Ok(Self {
            kit,
            layout,
            insets: insets.into_iter().filter(|i| i.country == base.notes.iso3).collect(),
            say,
            lang: base.lang,
            drawings: BTreeMap::new(),
            panels: Vec::new(),
            blocks: Vec::new(),
            halos: Halos::new(),
            foot: Vec::new(),
        })
    }

    /// A whole number in the page's language.
    pub fn n(&self, n: u64) -> String {
        grouped(n, self.lang)
    }

    /// A drawing with its words, its upper left corner at a place of the page, millimetres.
    pub fn panel(&mut self, name: &str, (x, y): (f64, f64), scene: Scene, alt: &str) {
        let texts: Vec<Value> = scene
            .texts()
            .map(|t| {
                json!({"x": t.at.0, "y": t.at.1, "text": t.text, "size": t.size_pt, "tracking": t.tracking_pt,
                       "weight": t.face.weight(), "style": t.face.style(), "fill": t.colour.to_string()})
            })
            .collect();
        self.halos.extend(
            scene
                .texts()
                .filter(|t| t.halo_mm > 0.0)
                .map(|t| ((micrometres(t.at.0 + x), micrometres(t.at.1 + y)), micrometres(t.halo_mm))),
        );
        let file = format!("{name}.svg");
        self.panels.push(json!({"file": file, "x": x, "y": y, "width": scene.width, "height": scene.height,
                                "alt": alt, "texts": texts}));
        self.drawings.insert(file, scene);
    }

    /// A swatch of the legend with its words.
    pub fn swatch(&mut self, name: &str, scene: Scene, label: &str) -> Value {
        let file = format!("{name}.svg");
        let value = json!({"file": file, "width": scene.width, "height": scene.height, "label": label});
        self.drawings.insert(file, scene);
        value
    }

    /// A block of the column.
    pub fn block(&mut self, block: Value) {
        self.blocks.push(block);
    }

    /// A block of swatches under a title; nothing where there are none.
    pub fn swatches(&mut self, id: &str, title: &str, note: &str, columns: u32, items: &[Value]) {
        if !items.is_empty() {
            self.block(json!({"id": id, "kind": "swatches", "title": title, "note": note, "columns": columns,
                              "items": items}));
        }
    }

    /// The big number, its lines and the coverage.
    pub fn figures(&mut self, total: &str, unit: &str, lines: &[String], strong: &str, top: &str) {
        self.block(json!({"id": "figures", "kind": "figures", "total": total, "unit": unit,
                          "lines": lines, "strong": strong, "top": top}));
    }

    /// « 246 communes couvertes sur 701 (35,1 %) », or that nobody said.
    pub fn coverage_line(&self, base: &BaseMap, known: bool) -> String {
        let (covered, all) = (u64::from(base.units_covered), u64::from(base.units_total));
        if !known {
            return self.say.say("coverage_unknown", &[("total", &self.n(all))]);
        }
        let share = percent(covered, all, self.lang);
        self.say.say("covered", &[("n", &self.n(covered)), ("total", &self.n(all)), ("share", &share)])
    }

    /// Lines, water and, of a page-wide map, the towns and the zone: small maps among several show neither.
    pub fn line_legend(&mut self, base: &BaseMap, detail: Detail) {
        let grey = |v: u8| Colour { r: v, g: v, b: v };
        let mut items = Vec::new();
        for (name, key, stroke) in [
            ("line-state", "legend_country", Stroke::new(grey(20), 0.65)),
            ("line-region", "legend_region", Stroke::new(grey(64), 0.4)),
            ("line-cercle", "legend_cercle", Stroke::new(grey(120), 0.2)),
        ] {
            let label = self.say.say(key, &[]);
            items.push(self.swatch(name, legend::line(stroke), &label));
        }
        let label = self.say.say("legend_water", &[]);
        items.push(self.swatch("water", legend::water(), &label));
        if detail == Detail::Full {
            let label = self.say.say("legend_town", &[]);
            items.push(self.swatch("town", legend::towns(), &label));
        }
        let mut wide = Vec::new();
        let zone = base.zone.as_ref().filter(|_| detail == Detail::Full);
        if let (Some(zone), Some(style)) = (zone, self.kit.styles.get("zones")) {
            let stroke = Stroke { colour: style.stroke, width: style.stroke_mm, dash: style.dash_mm };
            wide.push(self.swatch("zone", legend::line(stroke), &zone.title));
        }
        let title = self.say.say("legend_lines", &[]);
        self.block(json!({"id": "lines", "kind": "swatches", "title": title, "note": "", "columns": 2,
                          "items": items, "wide": wide}));
    }

    /// Says something more in the small print.
    pub fn note(&mut self, text: String) {
        self.foot.push(text);
    }

    /// The locator in the map's corner.
    pub fn locator(&mut self, notes: &Notes, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let alt = self.say.say("locator_alt", &[("country", &notes.country)]);
        self.panel("locator", (x, y), legend::locator(notes, width, height), &alt);
    }

    /// The data of the scale bar and the north arrow of a map at its slot.
    fn scale(&self, frame: &MapFrame) -> Value {
        let (km, mm) = frame.scale_bar(self.layout.scale.width - 4.0 - 16.0 * self.layout.text_scale);
        let digits = |x: f64| usize::from(x.fract() != 0.0);
        json!({"mm": mm, "zero": "0", "half": decimal(km / 2.0, digits(km / 2.0), self.lang),
               "full": format!("{}\u{a0}{}", decimal(km, digits(km), self.lang), self.say.say("km", &[])),
               "north": frame.north_deg(), "letter": self.say.say("north", &[])})
    }

    /// Sets the page. `bar` is the frame whose scale bar and arrow stand at their slot; none where the page shows the
    /// scale otherwise.
    pub fn finish(
        mut self,
        base: &BaseMap,
        heading: &Heading,
        ground: &Arc<Ground>,
        bar: bool,
    ) -> Result<Page, RenderError> {
        let notes = &base.notes;
        let mut badges = Vec::new();
        for (on, key) in
            [(notes.provisional, "provisional"), (notes.synthetic, "synthetic"), (notes.schematic, "schematic")]
        {
            if on {
                badges.push(self.say.say(key, &[]));
            }
        }
        let mut created = self.say.say("created", &[("date", &notes.created_text)]);
        if let Some(version) = notes.version {
            created = format!("{created} {}", self.say.say("version", &[("version", &version.to_string())]));
        }
        let mut foot = vec![
            self.say.say("sources", &[("sources", &notes.sources)]),
            self.say.say("set", &[("set", &notes.set_title)]),
            created,
            projection_line(&self.say, &ground.frame, self.lang),
        ];
        if notes.schematic {
            foot.push(self.say.say("schematic_note", &[]));
        }
        if notes.synthetic {
            foot.push(self.say.say("synthetic_note", &[]));
        }
        foot.append(&mut self.foot);
        let limits = self.say.say(&format!("{}_limits", heading.key), &[]);
        let say = |part: &str| self.say.say(&format!("{}_{part}", heading.key), heading.values);
        let data = json!({
            "lang": self.lang.code(),
            "layout": self.layout,
            "title": say("title"),
            "subtitle": say("subtitle"),
            "subject": say("subject"),
            "badges": badges,
            "panels": self.panels,
            "blocks": self.blocks,
            "scale": if bar { self.scale(&ground.frame) } else { Value::Null },
            "foot": foot,
            "limits": limits,
            "disclaimer": self.say.say("disclaimer", &[]),
            "page": self.say.say("page", &[("n", &notes.page.0.max(1).to_string()),
                                           ("total", &notes.page.1.max(1).to_string())]),
        });
        let files = BTreeMap::from([("data.json".to_owned(), data.to_string().into_bytes())]);
        let parts = PageParts {
            template: heading.template,
            files,
            drawings: self.drawings,
            halos: self.halos,
            created: notes.created,
        };
        Page::compose(&self.kit.templates, parts)
    }
}

/// The rectangle of a map on its own paper.
pub(super) fn map_rect(layout: &Layout) -> Rect {
    Rect::at(0.0, 0.0, layout.map.width, layout.map.height)
}

/// The projection in words, with its parallels and meridian.
pub fn projection_line(say: &Messages, frame: &MapFrame, lang: Lang) -> String {
    let (p1, p2) = frame.projection().parallels();
    // « 12,5° N », « 4° O ».
    let degrees = |x: f64, (positive, negative): (&str, &str)| {
        let digits = usize::from(x.fract() != 0.0);
        format!("{}°\u{a0}{}", decimal(x.abs(), digits, lang), if x < 0.0 { negative } else { positive })
    };
    let (north, east) = (("N", "S"), lang.pick(("E", "O"), ("E", "W")));
    let meridian = degrees(frame.projection().central_meridian(), east);
    say.say("projection", &[("p1", &degrees(p1, north)), ("p2", &degrees(p2, north)), ("m", &meridian)])
}
