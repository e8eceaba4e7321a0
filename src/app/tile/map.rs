//! A map of a layer at any box and size, by the style of its tiles, written as PNG, SVG or PDF from one drawing.

use geo::{LineString, MultiPolygon};

use super::{Joined, Placed};
use crate::app::{AppError, LayerQuery, LayerSource as _, Service};
use crate::render::{Item, Point, Scene, Stroke, map_sheet};
use crate::spatial::{Bbox, mercator};
use crate::style::{Mark, Style};

/// Dots an inch of a map's pixels, as browsers have them.
const DPI: f64 = 96.0;
/// Points nearer to the one before than this are left out, millimetres: a quarter of a pixel.
const NEAR_MM: f64 = 0.066;
/// What is drawn around the map and cut off, millimetres: outlines and circles at its edge.
const AROUND_MM: f64 = 5.0;

/// What a map is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapForm {
    /// Pixels on a white ground.
    Png,
    /// A drawing.
    Svg,
    /// A page of the map's size.
    Pdf,
}

/// Which map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapAsk {
    /// Degrees; wider than nothing in both directions.
    pub bbox: Bbox,
    /// Width and height, pixels of 1/96 inch.
    pub size: (u32, u32),
    /// Web Mercator, or else degrees as they are.
    pub mercator: bool,
    /// Form.
    pub form: MapForm,
}

/// From degrees to millimetres of the drawing.
struct Frame {
    mercator: bool,
    west: f64,
    north: f64,
    per_x: f64,
    per_y: f64,
    width: f64,
    height: f64,
}

impl Frame {
    fn new(ask: &MapAsk) -> Self {
        let mm = |pixels: u32| f64::from(pixels) * 25.4 / DPI;
        let (width, height) = (mm(ask.size.0), mm(ask.size.1));
        let (west, north) = flat(ask.mercator, ask.bbox.west, ask.bbox.north);
        let (east, south) = flat(ask.mercator, ask.bbox.east, ask.bbox.south);
        let (per_x, per_y) = (width / (east - west), height / (south - north));
        Self { mercator: ask.mercator, west, north, per_x, per_y, width, height }
    }

    fn point(&self, lon: f64, lat: f64) -> Point {
        let (x, y) = flat(self.mercator, lon, lat);
        ((x - self.west) * self.per_x, (y - self.north) * self.per_y)
    }

    fn shows(&self, (x, y): Point) -> bool {
        (-AROUND_MM..self.width + AROUND_MM).contains(&x) && (-AROUND_MM..self.height + AROUND_MM).contains(&y)
    }

    /// The rings of an area, cut a little outside the map.
    fn rings(&self, shape: &MultiPolygon<f64>) -> Vec<Vec<Point>> {
        let lines = shape.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
        lines.map(|line| self.ring(line)).filter(|ring| ring.len() > 2).collect()
    }

    fn ring(&self, line: &LineString<f64>) -> Vec<Point> {
        let mut ring: Vec<Point> = Vec::with_capacity(line.0.len());
        for c in &line.0 {
            let p = self.point(c.x, c.y);
            if ring.last().is_none_or(|l| (l.0 - p.0).abs().max((l.1 - p.1).abs()) >= NEAR_MM) {
                ring.push(p);
            }
        }
        let (right, bottom) = (self.width + AROUND_MM, self.height + AROUND_MM);
        let ring = cut(ring, |p| p.0 + AROUND_MM);
        let ring = cut(ring, |p| right - p.0);
        let ring = cut(ring, |p| p.1 + AROUND_MM);
        cut(ring, |p| bottom - p.1)
    }
}

/// Plane coordinates that grow eastwards and southwards.
fn flat(web: bool, lon: f64, lat: f64) -> (f64, f64) {
    if web { mercator(lon, lat) } else { (lon, -lat) }
}

/// The part of a ring where `inside` is not negative (Sutherland and Hodgman 1974).
fn cut(ring: Vec<Point>, inside: impl Fn(Point) -> f64) -> Vec<Point> {
    if ring.iter().all(|p| inside(*p) >= 0.0) {
        return ring;
    }
    let mut out = Vec::with_capacity(ring.len());
    for (k, here) in ring.iter().enumerate() {
        let before = ring[(k + ring.len() - 1) % ring.len()];
        let (a, b) = (inside(before), inside(*here));
        if (a < 0.0) != (b < 0.0) {
            let share = a / (a - b);
            out.push((before.0 + (here.0 - before.0) * share, before.1 + (here.1 - before.1) * share));
        }
        if b >= 0.0 {
            out.push(*here);
        }
    }
    out
}

impl Service {
    /// A map of a layer.
    ///
    /// # Errors
    /// What the selection refuses; a fault of the typesetter.
    pub fn map_bytes(&self, layer: &str, query: &LayerQuery, ask: &MapAsk) -> Result<Vec<u8>, AppError> {
        let info = self.layer(layer).ok_or_else(|| AppError::NotFound(format!("no layer « {layer} »")))?;
        let joined = self.joined(self.twin_of(layer).unwrap_or(layer), query)?;
        let scene = self.scene(&joined, ask)?;
        let fault = |e: crate::render::RenderError| AppError::Fault(e.to_string());
        let title = query.lang.pick(info.title_fr.as_str(), info.title_en.as_str());
        let page = map_sheet(scene, title, query.lang, &self.kit().templates).map_err(fault)?;
        match ask.form {
            MapForm::Png => page.png(DPI),
            MapForm::Svg => page.svg().map(String::into_bytes),
            MapForm::Pdf => page.pdf(),
        }
        .map_err(fault)
    }

    fn scene(&self, joined: &Joined, ask: &MapAsk) -> Result<Scene, AppError> {
        let Some(style) = &joined.style else {
            return Err(AppError::Fault("a layer without a style".into()));
        };
        let frame = Frame::new(ask);
        let mut scene = Scene::new(frame.width, frame.height);
        let mut lines = Vec::new();
        for place in &joined.places {
            let shapes: Vec<&MultiPolygon<f64>> = match place {
                Placed::Units { set, level, .. } => set.units(*level).iter().map(|u| &u.shape).collect(),
                Placed::Areas { shapes, .. } => shapes.iter().collect(),
                Placed::Points => Vec::new(),
            };
            for (unit, shape) in shapes.into_iter().enumerate() {
                let Some((_, row)) = place.feature(unit) else { continue };
                let rings = frame.rings(shape);
                if rings.is_empty() {
                    continue;
                }
                let ground = self.ground(style, joined, row);
                if let Some(fill) = ground.fill {
                    scene.push(Item::Area(rings.clone(), fill));
                }
                if let Some(pattern) = ground.pattern {
                    scene.push_strokes(&rings, pattern);
                }
                lines.extend(rings.into_iter().map(|ring| (ring, true)));
            }
        }
        let stroke = (style.stroke_mm > 0.0)
            .then(|| Stroke { dash: style.dash_mm, ..Stroke::new(style.stroke, style.stroke_mm) });
        if let Some(stroke) = stroke {
            scene.push(Item::Lines(lines, stroke));
        }
        let rim = stroke.map(|s| Stroke { dash: None, ..s });
        for (at, size_mm, fill) in discs(joined, style, &frame) {
            scene.push(Item::Circle(at, size_mm / 2.0, Some(fill), rim));
        }
        Ok(scene)
    }
}

/// The discs in view, small ones over large ones.
fn discs(joined: &Joined, style: &Style, frame: &Frame) -> Vec<(Point, f64, crate::style::Colour)> {
    let mut discs = Vec::new();
    for place in &joined.places {
        match place {
            Placed::Units { set, level, rows, .. } if style.mark == Mark::Circle => {
                for (unit, row) in set.units(*level).iter().zip(rows) {
                    let class = row.and_then(|row| joined.class(row)).and_then(|n| style.class(n));
                    let at = frame.point(unit.label.lon(), unit.label.lat());
                    discs.extend(class.map(|c| (at, c.size_mm, c.colour)));
                }
            }
            Placed::Points => {
                for (k, row) in joined.rows.iter().enumerate().filter(|(_, r)| !r.bbox.is_empty()) {
                    let fill = joined.category(style, k).unwrap_or(style.stroke);
                    discs.push((frame.point(row.bbox.west, row.bbox.south), style.size_mm.max(1.0), fill));
                }
            }
            _ => {}
        }
    }
    discs.retain(|(at, ..)| frame.shows(*at));
    discs.sort_by(|a, b| b.1.total_cmp(&a.1));
    discs
}

#[cfg(test)]
mod tests {
    use geo::polygon;

    use super::*;

    #[test]
    fn a_ring_far_larger_than_the_map_is_cut_just_outside_it_and_one_beside_it_is_gone() {
        let bbox = Bbox { west: -4.0, south: 14.0, east: -3.0, north: 15.0 };
        let frame = Frame::new(&MapAsk { bbox, size: (100, 100), mercator: true, form: MapForm::Svg });
        let all = polygon![(x: -40.0, y: -40.0), (x: 40.0, y: -40.0), (x: 40.0, y: 40.0), (x: -40.0, y: 40.0)];
        let rings = frame.rings(&MultiPolygon(vec![all]));
        assert_eq!(rings.len(), 1);
        assert!(rings[0].iter().all(|(x, y)| x.abs() < 40.0 && y.abs() < 40.0), "{rings:?}");
        let beside = polygon![(x: 10.0, y: 10.0), (x: 11.0, y: 10.0), (x: 11.0, y: 11.0)];
        assert!(frame.rings(&MultiPolygon(vec![beside])).is_empty());
        assert_eq!(frame.point(-4.0, 15.0), (0.0, 0.0));
    }
}
