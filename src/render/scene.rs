//! What is drawn on a map, in millimetres of paper, in drawing order. Exporters read it; it knows no format but SVG.

use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use crate::style::{Colour, Pattern, PatternKind, StatusSymbol};

use super::fonts::{Face, outline};
use super::frame::Point;
use super::hatch::strokes;

/// A line's look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    /// Colour.
    pub colour: Colour,
    /// Width, millimetres.
    pub width: f64,
    /// Dash and gap, millimetres.
    pub dash: Option<(f64, f64)>,
}

impl Stroke {
    /// A plain line.
    pub fn new(colour: Colour, width: f64) -> Self {
        Self { colour, width, dash: None }
    }
}

/// One thing drawn.
#[derive(Debug, Clone)]
pub enum Item {
    /// Areas under one colour, their rings even-odd.
    Area(Vec<Vec<Point>>, Colour),
    /// Areas that many drawings share, under one colour: what [`Item::Area`] of all their rings would be.
    Units(Vec<Arc<Outline>>, Colour),
    /// Open or closed lines.
    Lines(Vec<(Vec<Point>, bool)>, Stroke),
    /// Strokes of a pattern: from–to, colour, width; round ends (dots) or flat.
    Strokes(Vec<(Point, Point)>, Colour, f64, bool),
    /// A circle: centre, radius, fill, outline.
    Circle(Point, f64, Option<Colour>, Option<Stroke>),
    /// A line of text; exporters put it where text stays text.
    Text(Text),
}

/// The rings of a unit on paper, even-odd, kept with how SVG writes them: both are the same in every drawing of a ground.
#[derive(Debug, Default)]
pub struct Outline {
    rings: Vec<Vec<Point>>,
    written: OnceLock<String>,
}

impl Outline {
    /// Of rings, each closed by its first point left off.
    pub fn new(rings: Vec<Vec<Point>>) -> Self {
        Self { rings, written: OnceLock::new() }
    }

    /// The rings.
    pub fn rings(&self) -> &[Vec<Point>] {
        &self.rings
    }

    fn written(&self) -> &str {
        self.written.get_or_init(|| {
            let mut out = String::new();
            for ring in &self.rings {
                write_line(&mut out, ring, true);
            }
            out
        })
    }
}

/// An item with how SVG writes it, so that a drawing written twice, or drawn under many maps, is put in words once.
#[derive(Debug)]
pub(super) struct Drawn {
    item: Item,
    written: OnceLock<String>,
}

impl Drawn {
    /// An item that drawings share.
    pub fn new(item: Item) -> Arc<Self> {
        Arc::new(Self { item, written: OnceLock::new() })
    }

    fn write(&self, out: &mut String, halos: bool) {
        match &self.item {
            Item::Text(t) if halos => write_halo(out, t),
            Item::Text(_) => {}
            item => out.push_str(self.written.get_or_init(|| {
                let mut own = String::new();
                write_item(&mut own, item);
                own
            })),
        }
    }
}

/// A line of text on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// Start of the baseline.
    pub at: Point,
    /// What it says.
    pub text: String,
    /// In which face.
    pub face: Face,
    /// Size in points.
    pub size_pt: f64,
    /// Space added between letters, points.
    pub tracking_pt: f64,
    /// Colour.
    pub colour: Colour,
    /// Width of the halo on each side, millimetres; 0 for none.
    pub halo_mm: f64,
}

/// A drawing of a given size.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Width in millimetres.
    pub width: f64,
    /// Height in millimetres.
    pub height: f64,
    items: Vec<Arc<Drawn>>,
}

impl Scene {
    /// An empty drawing; millimetres.
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, items: Vec::new() }
    }

    /// Draws over what is there.
    pub fn push(&mut self, item: Item) {
        self.items.push(Drawn::new(item));
    }

    /// Draws what other drawings show too.
    pub(super) fn push_shared(&mut self, item: &Arc<Drawn>) {
        self.items.push(item.clone());
    }

    /// Draws areas with the symbol of a status: ground and pattern.
    pub fn push_status(&mut self, rings: &[Vec<Point>], symbol: &StatusSymbol) {
        if rings.is_empty() {
            return;
        }
        self.push(Item::Area(rings.to_vec(), symbol.fill));
        self.push_pattern(rings, symbol);
    }

    /// Draws the pattern of a status alone, over what is there.
    pub fn push_pattern(&mut self, rings: &[Vec<Point>], symbol: &StatusSymbol) {
        if let Some(p) = &symbol.pattern {
            self.push_strokes(rings, p);
        }
    }

    /// Draws a pattern over areas.
    pub fn push_strokes(&mut self, rings: &[Vec<Point>], p: &Pattern) {
        self.push(Item::Strokes(strokes(rings, p), p.colour, p.width_mm, p.kind == PatternKind::Dots));
    }

    /// Everything, in drawing order.
    pub fn items(&self) -> impl ExactSizeIterator<Item = &Item> {
        self.items.iter().map(|drawn| &drawn.item)
    }

    /// Every text, in drawing order.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        self.items().filter_map(|i| if let Item::Text(t) = i { Some(t) } else { None })
    }

    /// The drawing as SVG, its text left out (the page sets it) but for its halos, which are outlines of the letters.
    /// Cut at the drawing's edge; `id` keeps the names of two drawings on one page apart.
    pub fn to_svg(&self, id: &str, halos: bool) -> String {
        let (w, h) = (Number(self.width), Number(self.height));
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}mm\" height=\"{h}mm\" viewBox=\"0 0 {w} {h}\">\n\
             <clipPath id=\"{id}-edge\"><rect width=\"{w}\" height=\"{h}\"/></clipPath>\n\
             <g clip-path=\"url(#{id}-edge)\" fill=\"none\" stroke-linejoin=\"round\">\n"
        );
        for item in &self.items {
            item.write(&mut out, halos);
        }
        out.push_str("</g>\n</svg>\n");
        out
    }
}

fn write_halo(out: &mut String, t: &Text) {
    if t.halo_mm > 0.0 {
        let d = outline(&t.text, t.face, t.size_pt, t.tracking_pt, t.at);
        let _ = writeln!(out, "<path stroke=\"#FFFFFF\" stroke-width=\"{}\" d=\"{d}\"/>", Number(2.0 * t.halo_mm));
    }
}

fn write_item(out: &mut String, item: &Item) {
    match item {
        Item::Units(outlines, colour) => {
            let _ = write!(out, "<path fill=\"{colour}\" fill-rule=\"evenodd\" d=\"");
            for outline in outlines {
                out.push_str(outline.written());
            }
            out.push_str("\"/>\n");
        }
        Item::Area(rings, colour) => {
            let _ = write!(out, "<path fill=\"{colour}\" fill-rule=\"evenodd\" d=\"");
            for ring in rings {
                write_line(out, ring, true);
            }
            out.push_str("\"/>\n");
        }
        Item::Lines(lines, stroke) => {
            let _ = write!(out, "<path{} d=\"", stroke_attributes(*stroke));
            for (line, closed) in lines {
                write_line(out, line, *closed);
            }
            out.push_str("\"/>\n");
        }
        Item::Strokes(segments, colour, width, round) => {
            if segments.is_empty() {
                return;
            }
            let cap = if *round { " stroke-linecap=\"round\"" } else { "" };
            let _ = write!(out, "<path stroke=\"{colour}\" stroke-width=\"{}\"{cap} d=\"", Number(*width));
            for (a, b) in segments {
                if *round {
                    write_line(out, &[*a], false);
                    out.push_str("h.01");
                } else {
                    write_line(out, &[*a, *b], false);
                }
            }
            out.push_str("\"/>\n");
        }
        Item::Circle((x, y), r, fill, stroke) => {
            let fill = fill.map(|f| format!(" fill=\"{f}\"")).unwrap_or_default();
            let stroke = stroke.map(stroke_attributes).unwrap_or_default();
            let _ = writeln!(
                out,
                "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{fill}{stroke}/>",
                Number(*x),
                Number(*y),
                Number(*r)
            );
        }
        // The page sets the words; what a drawing writes of them is their halo.
        Item::Text(_) => {}
    }
}

fn stroke_attributes(s: Stroke) -> String {
    let dash =
        s.dash.map(|(on, off)| format!(" stroke-dasharray=\"{} {}\"", Number(on), Number(off))).unwrap_or_default();
    format!(" stroke=\"{}\" stroke-width=\"{}\"{dash}", s.colour, Number(s.width))
}

fn write_line(out: &mut String, line: &[Point], closed: bool) {
    for (k, (x, y)) in line.iter().enumerate() {
        out.push(if k == 0 { 'M' } else { 'L' });
        push_number(out, *x);
        out.push(' ');
        push_number(out, *y);
    }
    if closed {
        out.push('Z');
    }
}

/// Millimetres with at most two decimals and no trailing zeros: a hundredth is a quarter of a dot at 600 dots an inch.
pub(super) struct Number(pub f64);

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::with_capacity(10);
        push_number(&mut text, self.0);
        f.write_str(&text)
    }
}

/// Writes a number as [`Number`] does. By hand: maps have tens of thousands, and the general formatter takes most of the
/// time of writing them.
pub(super) fn push_number(out: &mut String, x: f64) {
    #[expect(clippy::cast_possible_truncation, reason = "paper is some hundred thousand hundredths wide")]
    let hundredths = (x * 100.0).round() as i64;
    let (whole, rest) = ((hundredths / 100).unsigned_abs(), (hundredths % 100).unsigned_abs());
    if hundredths < 0 {
        out.push('-');
    }
    let mut digits = [0_u8; 20];
    let (mut k, mut n) = (digits.len(), whole);
    loop {
        k -= 1;
        digits[k] = b'0' + u8::try_from(n % 10).unwrap_or(0);
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.extend(digits[k..].iter().map(|d| char::from(*d)));
    if rest > 0 {
        let (tens, ones) = (u8::try_from(rest / 10).unwrap_or(0), u8::try_from(rest % 10).unwrap_or(0));
        out.push('.');
        out.push(char::from(b'0' + tens));
        if ones > 0 {
            out.push(char::from(b'0' + ones));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scene_is_well_formed_svg_without_text_but_with_its_halos() {
        let mut scene = Scene::new(50.0, 40.0);
        scene.push(Item::Area(vec![vec![(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)]], Colour::WHITE));
        scene.push(Item::Circle((5.0, 5.0), 2.0, None, Some(Stroke::new(Colour::WHITE, 0.1))));
        scene.push(Item::Text(Text {
            at: (3.0, 3.0),
            text: "Gao & <Kidal>".into(),
            face: Face::Regular,
            size_pt: 6.0,
            tracking_pt: 0.0,
            colour: Colour::WHITE,
            halo_mm: 0.3,
        }));
        let (with, without) = (scene.to_svg("m", true), scene.to_svg("m", false));
        assert!(!with.contains("Kidal") && with.len() > without.len());
        let mut reader = quick_xml::Reader::from_str(&with);
        while !matches!(reader.read_event().expect("well-formed"), quick_xml::events::Event::Eof) {}
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([0.0, -0.0001, 1.5, 2.0, 1.0 / 3.0].map(|x| Number(x).to_string()), ["0", "0", "1.5", "2", "0.33"]);
    }
}
