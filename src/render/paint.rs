//! Painting a band of a page: the typesetter's frames and our own drawings, with one painter.

use tiny_skia as sk;
use typst::layout::{Frame, FrameItem, GroupItem, Point as Spot};
use typst::text::TextItem;
use typst::visualize::{
    Curve, CurveItem, FillRule, FixedStroke, Geometry, Image, ImageKind, LineCap, LineJoin, Paint, Shape,
};
use typst_layout::Page;

use super::fonts::outline_into;
use super::frame::Point;
use super::page::Drawings;
use super::scene::{Item, Scene, Stroke, Text};
use crate::style::Colour;

/// Paints the rows of a sheet, band after band into the same memory.
pub(super) struct Painter {
    pixmap: sk::Pixmap,
    /// Where drawings are painted before they are laid over the band: memory that was touched once stays at hand.
    layer: Vec<u8>,
    /// Pixels a typographic point, a millimetre.
    per_pt: f32,
    per_mm: f64,
    top: u32,
    bottom: u32,
    /// Pictures that the typesetter's painter had to paint: far slower than our drawings.
    pub foreign: usize,
}

impl Painter {
    /// For bands of at most `rows` rows. None where there is no memory for one.
    pub fn new(width: u32, rows: u32, dpi: f64) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "some pixels a point")]
        let per_pt = (dpi / 72.0) as f32;
        let pixmap = sk::Pixmap::new(width, rows)?;
        Some(Self { pixmap, layer: Vec::new(), per_pt, per_mm: dpi / 25.4, top: 0, bottom: rows, foreign: 0 })
    }

    /// Paints what of the page lies in the rows from `top` to `bottom`; gives their pixels.
    pub fn page(&mut self, page: &Page, drawings: &Drawings, (top, bottom): (u32, u32)) -> &[u8] {
        (self.top, self.bottom) = (top, bottom);
        let paper = match page.fill_or_white() {
            Some(Paint::Solid(colour)) => {
                let [r, g, b, a] = colour.to_vec4_u8();
                sk::Color::from_rgba8(r, g, b, a)
            }
            _ => sk::Color::WHITE,
        };
        self.pixmap.fill(paper);
        #[expect(clippy::cast_precision_loss, reason = "pixels of a sheet")]
        let up = -(self.top as f32);
        let transform = sk::Transform::from_row(self.per_pt, 0.0, 0.0, self.per_pt, 0.0, up);
        self.frame(&page.frame, transform, None, drawings);
        let length = self.pixmap.width() as usize * (bottom - top) as usize * 4;
        self.pixmap.data().get(..length).unwrap_or_default()
    }

    fn frame(&mut self, frame: &Frame, at: sk::Transform, mask: Option<&sk::Mask>, drawings: &Drawings) {
        for (spot, item) in frame.items() {
            let here = at.pre_translate(pt(spot.x.to_pt()), pt(spot.y.to_pt()));
            match item {
                FrameItem::Group(group) => self.group(group, here, mask, drawings),
                FrameItem::Text(text) => self.text(text, here, mask),
                FrameItem::Shape(shape, _) => self.shape(shape, here, mask),
                FrameItem::Image(image, size, _) => {
                    self.image(image, (size.x.to_pt(), size.y.to_pt()), here, mask, drawings);
                }
                FrameItem::Link(..) | FrameItem::Tag(_) => {}
            }
        }
    }

    fn group(&mut self, group: &GroupItem, at: sk::Transform, mask: Option<&sk::Mask>, drawings: &Drawings) {
        let t = &group.transform;
        let own = sk::Transform::from_row(
            pt(t.sx.get()),
            pt(t.ky.get()),
            pt(t.kx.get()),
            pt(t.sy.get()),
            pt(t.tx.to_pt()),
            pt(t.ty.to_pt()),
        );
        let at = at.pre_concat(own);
        let cut = group.clip.as_ref().filter(|curve| !holds(curve, &group.frame));
        let clip = cut.and_then(|curve| {
            let path = curve_path(&curve.0)?;
            let mut own = if let Some(mask) = mask {
                mask.clone()
            } else {
                let mut all = sk::Mask::new(self.pixmap.width(), self.pixmap.height())?;
                all.invert();
                all
            };
            own.intersect_path(&path, sk::FillRule::Winding, true, at);
            Some(own)
        });
        self.frame(&group.frame, at, clip.as_ref().or(mask), drawings);
    }

    /// Whether rows between two heights, in pixels of the band, are in it.
    fn shows(&self, y0: f32, y1: f32) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "pixels of a band")]
        let height = (self.bottom - self.top) as f32;
        y1 >= -1.0 && y0 <= height + 1.0
    }

    fn text(&mut self, text: &TextItem, at: sk::Transform, mask: Option<&sk::Mask>) {
        let size = pt(text.size.to_pt());
        // Plain, upright text far from the band is most of a page.
        if at.kx == 0.0 && at.ky == 0.0 && !self.shows(at.ty - 1.5 * size * at.sy, at.ty + 0.6 * size * at.sy) {
            return;
        }
        let mut path = sk::PathBuilder::new();
        let scale = text.size.to_pt() / text.font.units_per_em();
        let mut x = 0.0;
        for glyph in &text.glyphs {
            let start = (x + glyph.x_offset.at(text.size).to_pt(), -glyph.y_offset.at(text.size).to_pt());
            let mut outline = GlyphPath { path: &mut path, at: start, scale };
            text.font.ttf().outline_glyph(ttf_parser::GlyphId(glyph.id), &mut outline);
            x += glyph.x_advance.at(text.size).to_pt();
        }
        if let (Some(path), Some(paint)) = (path.finish(), solid(&text.fill)) {
            self.pixmap.fill_path(&path, &paint, sk::FillRule::Winding, at, mask);
        }
    }

    fn shape(&mut self, shape: &Shape, at: sk::Transform, mask: Option<&sk::Mask>) {
        let mut builder = sk::PathBuilder::new();
        let path = match &shape.geometry {
            Geometry::Line(to) => {
                builder.move_to(0.0, 0.0);
                builder.line_to(pt(to.x.to_pt()), pt(to.y.to_pt()));
                builder.finish()
            }
            Geometry::Rect(size) => {
                sk::Rect::from_xywh(0.0, 0.0, pt(size.x.to_pt()), pt(size.y.to_pt())).map(sk::PathBuilder::from_rect)
            }
            Geometry::Curve(curve) => curve_path(&curve.0),
        };
        let Some(path) = path else { return };
        if let Some(paint) = shape.fill.as_ref().and_then(solid) {
            let rule = match shape.fill_rule {
                FillRule::NonZero => sk::FillRule::Winding,
                FillRule::EvenOdd => sk::FillRule::EvenOdd,
            };
            self.pixmap.fill_path(&path, &paint, rule, at, mask);
        }
        if let Some(stroke) = &shape.stroke
            && let Some(paint) = solid(&stroke.paint)
        {
            self.pixmap.stroke_path(&path, &paint, &sk_stroke(stroke), at, mask);
        }
    }

    fn image(
        &mut self,
        image: &Image,
        (width, height): (f64, f64),
        at: sk::Transform,
        mask: Option<&sk::Mask>,
        drawings: &Drawings,
    ) {
        let known = match image.kind() {
            ImageKind::Svg(svg) => drawings.get::<[u8]>(svg.data()),
            _ => None,
        };
        let upright = at.kx == 0.0 && at.ky == 0.0 && mask.is_none();
        if let Some(scene) = known.filter(|_| upright) {
            self.drawing(scene, (width, height), (f64::from(at.tx), f64::from(at.ty)));
            return;
        }
        let height_px = pt(height) * at.sy;
        if at.kx == 0.0 && at.ky == 0.0 && !self.shows(at.ty.min(at.ty + height_px), at.ty.max(at.ty + height_px)) {
            return;
        }
        self.foreign += 1;
        // A picture of an office's own (a logo): painted by the typesetter's painter at the size it has here.
        let mut frame =
            Frame::hard(typst::layout::Size::new(typst::layout::Abs::pt(width), typst::layout::Abs::pt(height)));
        frame.push(Spot::zero(), FrameItem::Image(image.clone(), frame.size(), typst::syntax::Span::detached()));
        let page = Page {
            frame,
            bleed: typst::layout::Sides::default(),
            fill: typst::foundations::Smart::Custom(None),
            numbering: None,
            supplement: typst::foundations::Content::empty(),
            number: 1,
        };
        let scale = typst::utils::Scalar::new(f64::from(self.per_pt));
        let options = typst_render::RenderOptions { pixel_per_pt: scale, render_bleed: false };
        let picture = typst_render::render(&page, &options);
        let shrink = sk::Transform::from_scale(1.0 / self.per_pt, 1.0 / self.per_pt);
        let paint = sk::PixmapPaint { quality: sk::FilterQuality::Bilinear, ..sk::PixmapPaint::default() };
        self.pixmap.draw_pixmap(0, 0, picture.as_ref(), &paint, at.pre_concat(shrink), mask);
    }

    /// Paints one of our drawings with its upper left corner at a place of the band, cut at its own edge.
    fn drawing(&mut self, scene: &Scene, (width_pt, height_pt): (f64, f64), (x, y): (f64, f64)) {
        let scale = f64::from(self.per_pt);
        let whole = |v: f64| {
            #[expect(clippy::cast_possible_truncation, reason = "pixels of a sheet")]
            let v = v.round() as i64;
            v
        };
        let (x0, y0) = (whole(x), whole(y));
        let (x1, y1) = (whole(x + width_pt * scale), whole(y + height_pt * scale));
        let (left, right) = (x0.max(0), x1.min(i64::from(self.pixmap.width())));
        let (upper, lower) = (y0.max(0), y1.min(i64::from(self.pixmap.height())));
        let size = (u32::try_from(right - left), u32::try_from(lower - upper));
        let (Ok(w), Ok(h)) = size else { return };
        let mut layer = std::mem::take(&mut self.layer);
        layer.clear();
        layer.resize(w as usize * h as usize * 4, 0);
        let Some(mut pixmap) = sk::PixmapMut::from_bytes(&mut layer, w, h) else { return };
        // The template may show a drawing smaller or larger than it is.
        let per_mm = self.per_mm * (width_pt * 25.4 / 72.0 / scene.width.max(1e-6));
        let mut brush = Brush {
            pixmap: &mut pixmap,
            per_mm,
            shift: (x - left as f64, y - upper as f64),
            rows: (0.0, f64::from(h)),
        };
        for item in scene.items() {
            brush.item(item);
        }
        blend(&mut self.pixmap, &layer, w as usize * 4, (left, upper));
        self.layer = layer;
    }
}

/// Lays a picture with rows of `own` bytes over another.
fn blend(under: &mut sk::Pixmap, over: &[u8], own: usize, (left, upper): (i64, i64)) {
    let (Ok(left), Ok(upper)) = (usize::try_from(left), usize::try_from(upper)) else { return };
    let line = under.width() as usize * 4;
    if own == 0 {
        return;
    }
    for (k, row) in over.chunks_exact(own).enumerate() {
        let start = (upper + k) * line + left * 4;
        let Some(target) = under.data_mut().get_mut(start..start + own) else { return };
        for (to, from) in target.as_chunks_mut::<4>().0.iter_mut().zip(row.as_chunks::<4>().0) {
            match from[3] {
                255 => *to = *from,
                0 => {}
                alpha => {
                    for (t, f) in to.iter_mut().zip(from) {
                        let rest = u16::from(*t) * u16::from(255 - alpha);
                        // Colours are premultiplied: the sum never passes 255.
                        *t = f.saturating_add(u8::try_from((rest + 127) / 255).unwrap_or(255));
                    }
                }
            }
        }
    }
}

/// Paints the items of a drawing.
struct Brush<'a, 'p> {
    pixmap: &'a mut sk::PixmapMut<'p>,
    per_mm: f64,
    /// Pixels from the picture's corner to the drawing's.
    shift: (f64, f64),
    /// Rows of the picture.
    rows: (f64, f64),
}

impl Brush<'_, '_> {
    fn transform(&self) -> sk::Transform {
        sk::Transform::from_row(pt(self.per_mm), 0.0, 0.0, pt(self.per_mm), pt(self.shift.0), pt(self.shift.1))
    }

    /// Whether heights in millimetres are in the picture, with `margin` millimetres to spare.
    fn shows(&self, y0: f64, y1: f64, margin: f64) -> bool {
        (y1 + margin) * self.per_mm + self.shift.1 >= self.rows.0
            && (y0 - margin) * self.per_mm + self.shift.1 <= self.rows.1
    }

    fn line(&self, path: &mut sk::PathBuilder, line: &[Point], closed: bool, margin: f64) {
        let (mut y0, mut y1) = (f64::INFINITY, f64::NEG_INFINITY);
        for (_, y) in line {
            (y0, y1) = (y0.min(*y), y1.max(*y));
        }
        if line.len() < 2 || !self.shows(y0, y1, margin) {
            return;
        }
        path.move_to(pt(line[0].0), pt(line[0].1));
        for (x, y) in &line[1..] {
            path.line_to(pt(*x), pt(*y));
        }
        if closed {
            path.close();
        }
    }

    fn item(&mut self, item: &Item) {
        let at = self.transform();
        let mut path = sk::PathBuilder::new();
        match item {
            Item::Area(rings, colour) => {
                for ring in rings {
                    self.line(&mut path, ring, true, 0.1);
                }
                self.fill(path, *colour, at);
            }
            Item::Units(outlines, colour) => {
                for ring in outlines.iter().flat_map(|o| o.rings()) {
                    self.line(&mut path, ring, true, 0.1);
                }
                self.fill(path, *colour, at);
            }
            Item::Lines(lines, stroke) => {
                for (line, closed) in lines {
                    self.line(&mut path, line, *closed, stroke.width);
                }
                self.stroke(path, stroke, sk::LineCap::Butt, at);
            }
            Item::Strokes(segments, colour, width, round) => {
                let longer = if *round { 0.01 } else { 0.0 };
                for (a, b) in segments {
                    self.line(&mut path, &[*a, (b.0 + longer, b.1)], false, *width);
                }
                let cap = if *round { sk::LineCap::Round } else { sk::LineCap::Butt };
                self.stroke(path, &Stroke::new(*colour, *width), cap, at);
            }
            Item::Circle((x, y), r, fill, stroke) => {
                if !self.shows(y - r, y + r, 1.0) {
                    return;
                }
                path.push_circle(pt(*x), pt(*y), pt(*r));
                let Some(path) = path.finish() else { return };
                if let Some(fill) = fill {
                    self.pixmap.fill_path(&path, &ink(*fill), sk::FillRule::Winding, at, None);
                }
                if let Some(stroke) = stroke {
                    self.pixmap.stroke_path(&path, &ink(stroke.colour), &own_stroke(stroke), at, None);
                }
            }
            Item::Text(text) => self.halo(text, at),
        }
    }

    fn fill(&mut self, path: sk::PathBuilder, colour: Colour, at: sk::Transform) {
        if let Some(path) = path.finish() {
            self.pixmap.fill_path(&path, &ink(colour), sk::FillRule::EvenOdd, at, None);
        }
    }

    fn stroke(&mut self, path: sk::PathBuilder, stroke: &Stroke, cap: sk::LineCap, at: sk::Transform) {
        let Some(path) = path.finish() else { return };
        let stroke_style = sk::Stroke { line_cap: cap, ..own_stroke(stroke) };
        self.pixmap.stroke_path(&path, &ink(stroke.colour), &stroke_style, at, None);
    }

    /// The white edge of a text, which the page itself sets.
    fn halo(&mut self, text: &Text, at: sk::Transform) {
        let height = text.size_pt * super::fonts::MM_PER_PT;
        if text.halo_mm <= 0.0 || !self.shows(text.at.1 - height, text.at.1 + height, text.halo_mm) {
            return;
        }
        let mut path = sk::PathBuilder::new();
        let mut outline = PlainPath(&mut path);
        outline_into(&text.text, text.face, text.size_pt, text.tracking_pt, text.at, &mut outline);
        self.stroke(path, &Stroke::new(Colour::WHITE, 2.0 * text.halo_mm), sk::LineCap::Butt, at);
    }
}

/// Whether a clip is a rectangle that holds the pictures that are all there is in a frame, so that it cuts nothing: typesetting puts
/// one around every picture, and our drawings are cut at their own edge anyway.
fn holds(clip: &Curve, frame: &Frame) -> bool {
    /// Points: far below what is seen.
    const NEAR: f64 = 0.01;
    let mut corners = Vec::new();
    for item in &clip.0 {
        match item {
            CurveItem::Move(p) | CurveItem::Line(p) => corners.push((p.x.to_pt(), p.y.to_pt())),
            CurveItem::Cubic(..) => return false,
            CurveItem::Close => {}
        }
    }
    let over = |f: fn(f64, f64) -> f64, start: f64, of: fn(&(f64, f64)) -> f64| corners.iter().map(of).fold(start, f);
    let (x0, x1) = (over(f64::min, f64::MAX, |c| c.0), over(f64::max, f64::MIN, |c| c.0));
    let (y0, y1) = (over(f64::min, f64::MAX, |c| c.1), over(f64::max, f64::MIN, |c| c.1));
    let is_corner = |(x, y): &(f64, f64)| [x0, x1].contains(x) && [y0, y1].contains(y);
    corners.iter().all(is_corner)
        && frame.items().all(|(spot, item)| match item {
            FrameItem::Image(_, size, _) => {
                let (x, y) = (spot.x.to_pt(), spot.y.to_pt());
                x >= x0 - NEAR && y >= y0 - NEAR && x + size.x.to_pt() <= x1 + NEAR && y + size.y.to_pt() <= y1 + NEAR
            }
            item => matches!(item, FrameItem::Tag(_) | FrameItem::Link(..)),
        })
}

fn own_stroke(stroke: &Stroke) -> sk::Stroke {
    let dash = stroke.dash.and_then(|(on, off)| sk::StrokeDash::new(vec![pt(on), pt(off)], 0.0));
    sk::Stroke { width: pt(stroke.width), line_join: sk::LineJoin::Round, dash, ..sk::Stroke::default() }
}

fn sk_stroke(stroke: &FixedStroke) -> sk::Stroke {
    let dash = stroke.dash.as_ref().and_then(|dash| {
        let twice = if dash.array.len() % 2 == 1 { 2 } else { 1 };
        let lengths = dash.array.iter().map(|l| pt(l.to_pt())).cycle().take(dash.array.len() * twice).collect();
        sk::StrokeDash::new(lengths, pt(dash.phase.to_pt()))
    });
    sk::Stroke {
        width: pt(stroke.thickness.to_pt()),
        miter_limit: pt(stroke.miter_limit.get()),
        line_cap: match stroke.cap {
            LineCap::Butt => sk::LineCap::Butt,
            LineCap::Round => sk::LineCap::Round,
            LineCap::Square => sk::LineCap::Square,
        },
        line_join: match stroke.join {
            LineJoin::Miter => sk::LineJoin::Miter,
            LineJoin::Round => sk::LineJoin::Round,
            LineJoin::Bevel => sk::LineJoin::Bevel,
        },
        dash,
    }
}

fn ink(colour: Colour) -> sk::Paint<'static> {
    let mut paint = sk::Paint::default();
    paint.set_color_rgba8(colour.r, colour.g, colour.b, 255);
    paint
}

fn solid(paint: &Paint) -> Option<sk::Paint<'static>> {
    let Paint::Solid(colour) = paint else { return None };
    let [r, g, b, a] = colour.to_vec4_u8();
    let mut paint = sk::Paint::default();
    paint.set_color_rgba8(r, g, b, a);
    Some(paint)
}

fn curve_path(items: &[CurveItem]) -> Option<sk::Path> {
    let mut path = sk::PathBuilder::new();
    let xy = |p: &Spot| (pt(p.x.to_pt()), pt(p.y.to_pt()));
    for item in items {
        match item {
            CurveItem::Move(p) => path.move_to(xy(p).0, xy(p).1),
            CurveItem::Line(p) => path.line_to(xy(p).0, xy(p).1),
            CurveItem::Cubic(a, b, p) => path.cubic_to(xy(a).0, xy(a).1, xy(b).0, xy(b).1, xy(p).0, xy(p).1),
            CurveItem::Close => path.close(),
        }
    }
    path.finish()
}

#[expect(clippy::cast_possible_truncation, reason = "the painter's own numbers are of this width")]
fn pt(x: f64) -> f32 {
    x as f32
}

/// A glyph's outline in points, its baseline starting at a place.
struct GlyphPath<'a> {
    path: &'a mut sk::PathBuilder,
    at: Point,
    scale: f64,
}

impl GlyphPath<'_> {
    fn xy(&self, x: f32, y: f32) -> (f32, f32) {
        (pt(self.at.0 + f64::from(x) * self.scale), pt(self.at.1 - f64::from(y) * self.scale))
    }
}

impl ttf_parser::OutlineBuilder for GlyphPath<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.xy(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.xy(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.xy(x1, y1), self.xy(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.xy(x1, y1), self.xy(x2, y2), self.xy(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

/// An outline that comes in the path's own units.
struct PlainPath<'a>(&'a mut sk::PathBuilder);

impl ttf_parser::OutlineBuilder for PlainPath<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.0.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.0.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.0.close();
    }
}
