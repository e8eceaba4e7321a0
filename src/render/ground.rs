//! What does not change from month to month: where things fall on paper, the borders, the quiet surroundings. Prepared
//! once for a set and a frame, then drawn under every map.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use geo::{CoordsIter as _, MultiPolygon};

use super::base::BaseMap;
use super::choropleth::Filled;
use super::frame::{MapFrame, Point, Rect};
use super::hatch::strokes;
use super::inks::{CERCLE_LINE, COMMUNE_LINE, LAKE, NEIGHBOUR, NEIGHBOUR_LINE, REGION_LINE, SEA, STATE_LINE, WATER};
use super::page::RenderError;
use super::place::{Bands, inside};
use super::scene::{Drawn, Item, Outline, Scene, Stroke};
use crate::spatial::{Bbox, Mesh};
use crate::style::{Colour, Pattern, PatternKind, StatusSymbol, Styles};

/// Borders are drawn to within this of where they are, millimetres: finer than the thinnest line.
const TOLERANCE_MM: f64 = 0.06;

/// How much of the borders a map shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Detail {
    /// All, at the weights of a page-wide map.
    Full,
    /// Thinner lines and no names: a small map among several.
    Small,
}

/// A rectangle of paper for a map: what it shows and how large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    pub bbox: Bbox,
    pub width: f64,
    pub height: f64,
    pub margin: f64,
    pub detail: Detail,
}

/// Patterns kept at most.
const MOST_PATTERNS: usize = 16;

/// Which units, whether cercles, and every number of the pattern.
type PatternKey = (Vec<usize>, bool, String);

/// The prepared ground of one window.
#[derive(Debug)]
pub(super) struct Ground {
    pub frame: MapFrame,
    /// Outlines of the regions and cercles on paper, dissolved from the communes' borders.
    pub regions: Vec<Vec<Vec<Point>>>,
    pub cercles: Vec<Arc<Outline>>,
    /// Those of the communes.
    pub communes: Vec<Arc<Outline>>,
    /// Where a region's name would best stand: the middle of the part that is on the map.
    pub region_middles: Vec<Option<Point>>,
    /// The neighbours on the map: position in the context, rings, middle.
    pub neighbours: Vec<(usize, Vec<Vec<Point>>, Point)>,
    /// The regions again, for asking what lies in one of them.
    land: Vec<Bands>,
    under: Vec<Arc<Drawn>>,
    lines: Vec<Arc<Drawn>>,
    frame_line: Arc<Drawn>,
    /// Patterns laid over units so far: what is not covered is the same month after month.
    patterns: Mutex<BTreeMap<PatternKey, Arc<Drawn>>>,
}

impl Ground {
    /// Prepares a window. An error where the units have no extent.
    pub fn new(base: &BaseMap, styles: &Styles, window: &Window) -> Result<Self, RenderError> {
        let frame = MapFrame::fit(&window.bbox, window.width, window.height, window.margin)
            .ok_or_else(|| RenderError::Empty("the units have no extent".to_owned()))?;
        let mesh = Mesh::build(base.communes.iter().map(|c| c.shape), |lon, lat| frame.point(lon, lat), TOLERANCE_MM);
        let rect = frame.rect();
        let seen = rect.grown(3.0);
        let dissolved = |count: usize, of: &dyn Fn(usize) -> usize| {
            (0..count).map(|k| mesh.outline(|unit| of(unit as usize) == k)).collect::<Vec<_>>()
        };
        let regions = dissolved(base.regions.len(), &|unit| base.region_of(unit));
        let cercles = dissolved(base.cercles.len(), &|unit| base.communes[unit].parent);
        let cercles = cercles.into_iter().map(|rings| Arc::new(Outline::new(rings))).collect();
        let communes = (0..base.communes.len()).map(|k| Arc::new(Outline::new(mesh.unit(k)))).collect();
        let land = regions.iter().map(|rings| Bands::new(rings, rect.y0, rect.y1)).collect();
        let region_middles = regions.iter().map(|r| middle(r, rect)).collect();
        let mut neighbours = Vec::new();
        for (k, country) in base.context.countries.iter().enumerate().filter(|(_, c)| c.iso3 != base.notes.iso3) {
            let rings = seen_rings(&country.shape, &frame, &seen);
            if let Some(at) = middle(&rings, rect) {
                neighbours.push((k, rings, at));
            } else if !rings.is_empty() {
                neighbours.push((k, rings, (f64::NAN, f64::NAN)));
            }
        }
        let under = under(&frame, &neighbours);
        let mut lines = water(base, &frame, &seen);
        lines.extend(borders(base, styles, &mesh, window.detail));
        let width = if window.detail == Detail::Full { 0.3 } else { 0.15 };
        let frame_line = Drawn::new(Item::Lines(vec![(corners(&rect), true)], Stroke::new(STATE_LINE, width)));
        let shared = |items: Vec<Item>| items.into_iter().map(Drawn::new).collect();
        Ok(Self {
            frame,
            regions,
            cercles,
            communes,
            region_middles,
            neighbours,
            land,
            under: shared(under),
            lines: shared(lines),
            frame_line,
            patterns: Mutex::default(),
        })
    }

    /// A drawing that begins with the surroundings.
    pub fn start(&self) -> Scene {
        let rect = self.frame.rect();
        let mut scene = Scene::new(rect.x1, rect.y1);
        for item in &self.under {
            scene.push_shared(item);
        }
        scene
    }

    /// Water and borders, over the units' colours.
    pub fn lines(&self, scene: &mut Scene) {
        for item in &self.lines {
            scene.push_shared(item);
        }
    }

    /// The map's edge, last.
    pub fn edge(&self, scene: &mut Scene) {
        scene.push_shared(&self.frame_line);
    }

    /// The outlines of the units of a level.
    pub fn units(&self, filled: Filled) -> &[Arc<Outline>] {
        match filled {
            Filled::Cercles => &self.cercles,
            Filled::Communes => &self.communes,
        }
    }

    /// Fills units with a colour.
    pub fn fill(&self, scene: &mut Scene, filled: Filled, units: &[usize], colour: Colour) {
        let all = self.units(filled);
        scene.push(Item::Units(units.iter().filter_map(|k| all.get(*k).cloned()).collect(), colour));
    }

    /// Draws units with the symbol of a status: ground and pattern.
    pub fn fill_status(&self, scene: &mut Scene, filled: Filled, units: &[usize], symbol: &StatusSymbol) {
        self.fill(scene, filled, units, symbol.fill);
        if let Some(pattern) = &symbol.pattern {
            self.fill_pattern(scene, filled, units, pattern);
        }
    }

    /// Lays a pattern over units.
    pub fn fill_pattern(&self, scene: &mut Scene, filled: Filled, units: &[usize], pattern: &Pattern) {
        let key = (units.to_vec(), filled == Filled::Cercles, format!("{pattern:?}"));
        // Entries are whole or not there: a thread that panicked has left nothing half done.
        let mut known = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(drawn) = known.get(&key) {
            scene.push_shared(drawn);
            return;
        }
        drop(known);
        let all = self.units(filled);
        let rings: Vec<&[Point]> =
            units.iter().filter_map(|k| all.get(*k)).flat_map(|o| o.rings()).map(Vec::as_slice).collect();
        let dots = pattern.kind == PatternKind::Dots;
        let drawn = Drawn::new(Item::Strokes(strokes(&rings, pattern), pattern.colour, pattern.width_mm, dots));
        scene.push_shared(&drawn);
        known = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_PATTERNS {
            known.clear();
        }
        known.insert(key, drawn);
    }

    /// Whether a place on the map lies in one of the regions.
    pub fn on_land(&self, at: Point) -> bool {
        self.land.iter().any(|region| region.hold(at))
    }

    /// Whether a unit's outline touches the map.
    pub fn shows(&self, at: Point) -> bool {
        self.frame.rect().holds(&Rect::at(at.0, at.1, 0.0, 0.0))
    }
}

/// The corners of a rectangle.
pub(super) fn corners(r: &Rect) -> Vec<Point> {
    vec![(r.x0, r.y0), (r.x1, r.y0), (r.x1, r.y1), (r.x0, r.y1)]
}

/// The rings of a shape on paper that come near the map, each closed by its first point left off.
pub(super) fn seen_rings(shape: &MultiPolygon<f64>, frame: &MapFrame, seen: &Rect) -> Vec<Vec<Point>> {
    let rings = shape.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
    rings
        .map(|r| r.coords().skip(1).map(|c| frame.point(c.x, c.y)).collect::<Vec<Point>>())
        .filter(|ring| bounds(ring).is_some_and(|b| b.overlaps(seen)))
        .collect()
}

/// The box of points; none where there are none.
pub(super) fn bounds(points: &[Point]) -> Option<Rect> {
    let (x, y) = *points.first()?;
    Some(points.iter().fold(Rect { x0: x, y0: y, x1: x, y1: y }, |b, (x, y)| Rect {
        x0: b.x0.min(*x),
        y0: b.y0.min(*y),
        x1: b.x1.max(*x),
        y1: b.y1.max(*y),
    }))
}

fn under(frame: &MapFrame, neighbours: &[(usize, Vec<Vec<Point>>, Point)]) -> Vec<Item> {
    let mut items = vec![Item::Area(vec![corners(&frame.rect())], SEA)];
    for (_, rings, _) in neighbours {
        items.push(Item::Area(rings.clone(), NEIGHBOUR));
        let lines = rings.iter().map(|r| (r.clone(), true)).collect();
        items.push(Item::Lines(lines, Stroke::new(NEIGHBOUR_LINE, 0.3)));
    }
    items
}

fn water(base: &BaseMap, frame: &MapFrame, seen: &Rect) -> Vec<Item> {
    let mut items = Vec::new();
    for lake in &base.context.lakes {
        let rings = seen_rings(lake, frame, seen);
        if !rings.is_empty() {
            items.push(Item::Area(rings, LAKE));
        }
    }
    let rivers = base.context.rivers.iter().flat_map(geo::MultiLineString::iter);
    let lines: Vec<(Vec<Point>, bool)> = rivers
        .map(|l| (l.coords_iter().map(|c| frame.point(c.x, c.y)).collect::<Vec<Point>>(), false))
        .filter(|(line, _)| bounds(line).is_some_and(|b| b.overlaps(seen)))
        .collect();
    if !lines.is_empty() {
        items.push(Item::Lines(lines, Stroke::new(WATER, 0.35)));
    }
    items
}

fn borders(base: &BaseMap, styles: &Styles, mesh: &Mesh, detail: Detail) -> Vec<Item> {
    let cercle = |k: u32| base.communes[k as usize].parent;
    let region = |k: u32| base.region_of(k as usize);
    let mut kinds: [Vec<(Vec<Point>, bool)>; 4] = Default::default();
    // Inside the country the zone's outline stands on white; along the State's it leaves that line to be seen.
    let (mut zone_lines, mut inner_zone_lines) = (Vec::new(), Vec::new());
    let member = |k: u32| base.zone.as_ref().is_some_and(|z| z.members[k as usize]);
    for arc in &mesh.arcs {
        let (a, b) = arc.sides;
        let kind = match b {
            None => 3,
            Some(b) if region(a) != region(b) => 2,
            Some(b) if cercle(a) != cercle(b) => 1,
            Some(_) => 0,
        };
        kinds[kind].push((arc.points.clone(), false));
        if member(a) != b.is_some_and(member) {
            zone_lines.push((arc.points.clone(), false));
            if b.is_some() {
                inner_zone_lines.push((arc.points.clone(), false));
            }
        }
    }
    let widths = match detail {
        Detail::Full => [0.09, 0.2, 0.4, 0.65],
        Detail::Small => [0.03, 0.07, 0.18, 0.3],
    };
    let inks = [COMMUNE_LINE, CERCLE_LINE, REGION_LINE, STATE_LINE];
    let mut items: Vec<Item> = kinds
        .into_iter()
        .zip(inks.into_iter().zip(widths))
        .map(|(lines, (ink, width))| Item::Lines(lines, Stroke::new(ink, width)))
        .collect();
    if let Some(style) = styles.get("zones").filter(|_| detail == Detail::Full && !zone_lines.is_empty()) {
        items.push(Item::Lines(inner_zone_lines, Stroke::new(Colour::WHITE, style.stroke_mm + 0.3)));
        items.push(Item::Lines(
            zone_lines,
            Stroke { colour: style.stroke, width: style.stroke_mm, dash: style.dash_mm },
        ));
    }
    items
}

/// The middle of the part of an area that is on the map; none where nothing is.
fn middle(rings: &[Vec<Point>], frame: Rect) -> Option<Point> {
    let step = 4.0;
    let all = rings.iter().filter_map(|r| bounds(r)).reduce(|a, b| Rect {
        x0: a.x0.min(b.x0),
        y0: a.y0.min(b.y0),
        x1: a.x1.max(b.x1),
        y1: a.y1.max(b.y1),
    })?;
    let (mut sx, mut sy, mut n) = (0.0, 0.0, 0.0);
    let mut y = step / 2.0;
    while y < frame.y1.min(all.y1) {
        let mut x = step / 2.0;
        while x < frame.x1.min(all.x1) {
            if x > all.x0 && y > all.y0 && inside(rings, (x, y)) {
                (sx, sy, n) = (sx + x, sy + y, n + 1.0);
            }
            x += step;
        }
        y += step;
    }
    (n > 0.0).then(|| (sx / n, sy / n))
}
