//! A laid-out page as SVG whose text stays text: the typesetter's own SVG writes glyphs, so this walks its frames.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use typst::layout::{Frame, FrameItem, GroupItem, Point, Transform};
use typst::text::{FontStyle, TextItem};
use typst::visualize::{Curve, CurveItem, FillRule, FixedStroke, Geometry, Image, ImageKind, LineCap, Paint, Shape};
use typst_layout::Page;

use super::fonts::family;
use super::page::Drawings;
use super::scene::Number;

/// Starts of the map texts that stand on a halo, with the halo's width: micrometres on the page, micrometres.
pub type Halos = BTreeMap<(i64, i64), i64>;

/// Millimetres to whole micrometres.
pub fn micrometres(mm: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a page is some hundred thousand micrometres wide")]
    let whole = (mm * 1000.0).round() as i64;
    whole
}

/// Writes a page. Units are millimetres. Drawings are set in as nested SVG; those of our own are written anew.
pub fn write(page: &Page, halos: &Halos, drawings: &Drawings, title: &str) -> String {
    let size = page.frame.size();
    let (w, h) = (Number(size.x.to_mm()), Number(size.y.to_mm()));
    let mut writer = Writer { out: String::new(), halos, drawings, clips: 0 };
    let _ = write!(
        writer.out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}mm\" height=\"{h}mm\" viewBox=\"0 0 {w} {h}\">\n\
         <title>{}</title>\n<rect width=\"{w}\" height=\"{h}\" fill=\"#FFFFFF\"/>\n",
        escape(title)
    );
    writer.frame(&page.frame, Point::zero());
    writer.out.push_str("</svg>\n");
    writer.out
}

struct Writer<'a> {
    out: String,
    halos: &'a Halos,
    drawings: &'a Drawings,
    clips: usize,
}

impl Writer<'_> {
    fn frame(&mut self, frame: &Frame, at: Point) {
        for (pos, item) in frame.items() {
            let p = at + *pos;
            match item {
                FrameItem::Group(group) => self.group(group, p),
                FrameItem::Text(text) => self.text(text, p),
                FrameItem::Shape(shape, _) => self.shape(shape, p),
                FrameItem::Image(image, size, _) => self.image(image, p, size.x.to_mm(), size.y.to_mm()),
                FrameItem::Link(..) | FrameItem::Tag(_) => {}
            }
        }
    }

    fn group(&mut self, group: &GroupItem, at: Point) {
        if group.transform == Transform::identity() && group.clip.is_none() {
            self.frame(&group.frame, at);
            return;
        }
        let t = &group.transform;
        let clip = group.clip.as_ref().map(|curve| {
            self.clips += 1;
            let id = format!("clip{}", self.clips);
            let _ = writeln!(self.out, "<clipPath id=\"{id}\"><path d=\"{}\"/></clipPath>", curve_data(curve));
            format!(" clip-path=\"url(#{id})\"")
        });
        let _ = writeln!(
            self.out,
            "<g transform=\"translate({} {}) matrix({} {} {} {} {} {})\"{}>",
            Number(at.x.to_mm()),
            Number(at.y.to_mm()),
            t.sx.get(),
            t.ky.get(),
            t.kx.get(),
            t.sy.get(),
            Number(t.tx.to_mm()),
            Number(t.ty.to_mm()),
            clip.unwrap_or_default()
        );
        self.frame(&group.frame, Point::zero());
        self.out.push_str("</g>\n");
    }

    fn text(&mut self, text: &TextItem, at: Point) {
        if text.text.trim().is_empty() {
            return;
        }
        let info = text.font.font().info();
        let (x, y) = (at.x.to_mm(), at.y.to_mm());
        let mut attributes = String::new();
        if info.variant.weight.to_number() >= 600 {
            attributes.push_str(" font-weight=\"bold\"");
        }
        if info.variant.style != FontStyle::Normal {
            attributes.push_str(" font-style=\"italic\"");
        }
        // A viewer without the font keeps the width of the line, so nothing runs over.
        let count = text.text.chars().count();
        if count > 1 {
            let _ = write!(attributes, " textLength=\"{}\"", Number(text.width().to_mm()));
            let natural: f64 =
                text.glyphs.iter().filter_map(|g| text.font.x_advance(g.id)).map(|em| em.at(text.size).to_mm()).sum();
            let extra = (text.width().to_mm() - natural) / count as f64;
            if extra > 0.03 {
                let _ = write!(attributes, " letter-spacing=\"{}\"", Number(extra));
            }
        }
        if let Some(width) = self.halo_at(micrometres(x), micrometres(y)) {
            let width = Number(width as f64 * 2.0 / 1000.0);
            let _ = write!(
                attributes,
                " stroke=\"#FFFFFF\" stroke-width=\"{width}\" stroke-linejoin=\"round\" paint-order=\"stroke\""
            );
        }
        let _ = writeln!(
            self.out,
            "<text x=\"{}\" y=\"{}\" font-family=\"{}, 'Arial Narrow', Arial, sans-serif\" font-size=\"{}\" fill=\"{}\" xml:space=\"preserve\"{attributes}>{}</text>",
            Number(x),
            Number(y),
            family(text.font.font()),
            Number(text.size.to_mm()),
            paint(&text.fill),
            escape(&text.text)
        );
    }

    /// The halo of the text that starts there, give or take a micrometre of rounding.
    fn halo_at(&self, x: i64, y: i64) -> Option<i64> {
        (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx, y + dy))).find_map(|key| self.halos.get(&key).copied())
    }

    fn shape(&mut self, shape: &Shape, at: Point) {
        let d = match &shape.geometry {
            Geometry::Line(to) => format!("M0 0L{} {}", Number(to.x.to_mm()), Number(to.y.to_mm())),
            Geometry::Rect(size) => {
                let (w, h) = (Number(size.x.to_mm()), Number(size.y.to_mm()));
                format!("M0 0H{w}V{h}H0Z")
            }
            Geometry::Curve(curve) => curve_data(curve),
        };
        let fill = shape.fill.as_ref().map_or_else(|| "none".to_owned(), paint);
        let rule = if shape.fill_rule == FillRule::EvenOdd { " fill-rule=\"evenodd\"" } else { "" };
        let stroke = shape.stroke.as_ref().map(stroke_attributes).unwrap_or_default();
        let (x, y) = (Number(at.x.to_mm()), Number(at.y.to_mm()));
        let _ = writeln!(self.out, "<path transform=\"translate({x} {y})\" fill=\"{fill}\"{rule}{stroke} d=\"{d}\"/>");
    }

    fn image(&mut self, image: &Image, at: Point, width: f64, height: f64) {
        let ImageKind::Svg(svg) = image.kind() else {
            // Templates get drawings only; a raster logo of an office goes into PDF and PNG.
            return;
        };
        let bytes: &[u8] = svg.data();
        // Without halos: the text of the SVG carries them itself.
        let own = self.drawings.get(bytes).map(|scene| {
            self.clips += 1;
            scene.to_svg(&format!("d{}", self.clips), false)
        });
        let text = match &own {
            Some(text) => text.as_str(),
            None => std::str::from_utf8(bytes).unwrap_or_default(),
        };
        // The drawings are written by `Scene::to_svg`: one root element, nothing before it.
        let Some(inner) = text.find('>').map(|k| &text[k + 1..]) else { return };
        let _ = write!(
            self.out,
            "<svg x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\">{}",
            Number(at.x.to_mm()),
            Number(at.y.to_mm()),
            Number(width),
            Number(height),
            Number(svg.width() * 25.4 / 96.0),
            Number(svg.height() * 25.4 / 96.0),
            inner
        );
    }
}

fn curve_data(curve: &Curve) -> String {
    let mut d = String::new();
    let xy = |p: &Point| format!("{} {}", Number(p.x.to_mm()), Number(p.y.to_mm()));
    for item in &curve.0 {
        let _ = match item {
            CurveItem::Move(p) => write!(d, "M{}", xy(p)),
            CurveItem::Line(p) => write!(d, "L{}", xy(p)),
            CurveItem::Cubic(a, b, p) => write!(d, "C{} {} {}", xy(a), xy(b), xy(p)),
            CurveItem::Close => write!(d, "Z"),
        };
    }
    d
}

fn stroke_attributes(stroke: &FixedStroke) -> String {
    let mut out = format!(" stroke=\"{}\" stroke-width=\"{}\"", paint(&stroke.paint), Number(stroke.thickness.to_mm()));
    if stroke.cap == LineCap::Round {
        out.push_str(" stroke-linecap=\"round\"");
    }
    if let Some(dash) = &stroke.dash {
        let lengths: Vec<String> = dash.array.iter().map(|l| Number(l.to_mm()).to_string()).collect();
        let _ = write!(out, " stroke-dasharray=\"{}\"", lengths.join(" "));
    }
    out
}

fn paint(paint: &Paint) -> String {
    // Gradients and tilings are not in our templates; an office's own get their absence of colour seen, not guessed.
    match paint {
        Paint::Solid(colour) => colour.to_hex().to_string(),
        _ => "#808080".to_owned(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
