//! The outlines of a level, simplified once a zoom and cut once a tile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use geo::MultiPolygon;
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{ContourDirection, IntOverlayOptions, Overlay, ShapeType};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::i_float::int::point::IntPoint;
use i_overlay::i_shape::int::shape::IntShapes;

use super::mvt::polygon_commands;
use super::{BUFFER, EXTENT};
use crate::spatial::{MAX_ZOOM, Mesh, TileId, mercator};

/// Simplification, units of the grid: half a pixel of 256 a tile.
const TOLERANCE: f64 = 8.0;

/// Bytes of cut tiles kept a level of a set; past it those not asked for lately go.
const KEPT_BYTES: usize = 24 << 20;

/// The outlines of a tile: position of the unit and its command stream, in the order of the units.
pub type Cut = Vec<(u32, Box<[u8]>)>;

/// Outlines on the grids of the zooms, each made when it is first asked for.
#[derive(Default)]
pub struct Outlines {
    zooms: [OnceLock<Vec<Unit>>; MAX_ZOOM as usize + 1],
    cuts: Mutex<Kept>,
    /// Units may lie over each other, so that each is simplified by itself.
    apart: bool,
}

/// A unit on the grid of a zoom: valid polygons, and their box (least x, least y, largest x, largest y).
struct Unit {
    shapes: IntShapes,
    window: [i32; 4],
}

/// Cut tiles in two generations: once the young ones fill half the room, they are the old ones and the old ones go.
#[derive(Default)]
struct Kept {
    young: HashMap<TileId, Arc<Cut>>,
    old: HashMap<TileId, Arc<Cut>>,
    bytes: usize,
}

impl Outlines {
    /// Of units that share borders and never lie over each other.
    pub fn new() -> Self {
        Self::default()
    }

    /// Of areas that may lie over each other, such as zones.
    pub fn of_areas() -> Self {
        Self { apart: true, ..Self::default() }
    }

    /// The tile's outlines. `shapes` are the units' in degrees, always the same ones in the same order; they are read once a zoom.
    ///
    /// Polygons are valid, outer rings have a positive area in tile units (y down), holes a negative one. Neighbours are made of
    /// the same simplified border on the same grid, so that they share its vertices.
    pub fn cut<'a, I>(&self, tile: TileId, shapes: impl FnOnce() -> I) -> Arc<Cut>
    where
        I: Iterator<Item = &'a MultiPolygon<f64>>,
    {
        if let Some(cut) = self.lock().get(tile) {
            return cut;
        }
        let units = self.zooms[usize::from(tile.z())].get_or_init(|| self.zoom(tile.z(), shapes()));
        let cut = Arc::new(cut(tile, units));
        self.lock().put(tile, cut.clone());
        cut
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.cuts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn zoom<'a>(&self, z: u8, shapes: impl Iterator<Item = &'a MultiPolygon<f64>>) -> Vec<Unit> {
        let side = f64::from(EXTENT) * f64::from(1_u32 << z);
        let project = |lon: f64, lat: f64| {
            let (x, y) = mercator(lon, lat);
            (x * side, y * side)
        };
        let unit = |mesh: &Mesh, k: usize| {
            let rings = mesh.unit(k);
            let mut overlay = overlay(rings.iter().map(Vec::len).sum());
            for ring in &rings {
                overlay.add_path_iter(ring.iter().map(|p| on_grid(*p)), ShapeType::Subject);
            }
            let shapes = overlay.overlay(OverlayRule::Subject, FillRule::EvenOdd);
            Unit { window: window(&shapes), shapes }
        };
        if self.apart {
            return shapes.map(|shape| unit(&Mesh::build(std::iter::once(shape), project, TOLERANCE), 0)).collect();
        }
        let shapes: Vec<_> = shapes.collect();
        let mesh = Mesh::build(shapes.iter().copied(), project, TOLERANCE);
        (0..shapes.len()).map(|k| unit(&mesh, k)).collect()
    }
}

impl Kept {
    fn get(&mut self, tile: TileId) -> Option<Arc<Cut>> {
        if let Some(cut) = self.young.get(&tile) {
            return Some(cut.clone());
        }
        let cut = self.old.remove(&tile)?;
        self.put(tile, cut.clone());
        Some(cut)
    }

    fn put(&mut self, tile: TileId, cut: Arc<Cut>) {
        let cost = cut.iter().map(|(_, commands)| commands.len() + 24).sum::<usize>() + 128;
        if self.bytes + cost > KEPT_BYTES / 2 {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += cost;
        self.young.insert(tile, cut);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the finest grid has 2^26 units a side")]
pub(super) fn on_grid(p: (f64, f64)) -> IntPoint {
    IntPoint::new(p.0.round() as i32, p.1.round() as i32)
}

/// Points where three units meet stay on straight borders too: neighbours share every vertex.
pub(super) fn overlay(points: usize) -> Overlay {
    let options = IntOverlayOptions {
        preserve_input_collinear: true,
        output_direction: ContourDirection::CounterClockwise,
        preserve_output_collinear: true,
        min_output_area: 0,
        ogc: true,
    };
    Overlay::new_custom(points + 4, options, i_overlay::core::solver::Solver::default())
}

fn window(shapes: &IntShapes) -> [i32; 4] {
    let nowhere = [i32::MAX, i32::MAX, i32::MIN, i32::MIN];
    shapes.iter().flatten().flatten().fold(nowhere, |w, p| [w[0].min(p.x), w[1].min(p.y), w[2].max(p.x), w[3].max(p.y)])
}

/// Corner of a tile on the grid of its zoom.
fn corner(tile: TileId) -> (i32, i32) {
    // Below 2^14 × 2^12.
    let at = |n: u32| n.cast_signed() * EXTENT;
    (at(tile.x()), at(tile.y()))
}

fn cut(tile: TileId, units: &[Unit]) -> Cut {
    let (x, y) = corner(tile);
    let own = [x - BUFFER, y - BUFFER, x + EXTENT + BUFFER, y + EXTENT + BUFFER];
    let frame =
        [(own[0], own[1]), (own[2], own[1]), (own[2], own[3]), (own[0], own[3])].map(|(x, y)| IntPoint::new(x, y));
    let mut out = Cut::new();
    for (k, unit) in (0_u32..).zip(units) {
        let w = unit.window;
        if w[0] >= own[2] || w[2] <= own[0] || w[1] >= own[3] || w[3] <= own[1] {
            continue;
        }
        let whole = w[0] >= own[0] && w[2] <= own[2] && w[1] >= own[1] && w[3] <= own[3];
        let commands = if whole {
            stream(&unit.shapes, (x, y))
        } else {
            let mut overlay = overlay(unit.shapes.iter().flatten().map(Vec::len).sum());
            overlay.add_shapes(&unit.shapes, ShapeType::Subject);
            overlay.add_contour(&frame, ShapeType::Clip);
            stream(&overlay.overlay(OverlayRule::Intersect, FillRule::EvenOdd), (x, y))
        };
        if !commands.is_empty() {
            out.push((k, commands.into()));
        }
    }
    out
}

fn stream(shapes: &IntShapes, (x, y): (i32, i32)) -> Vec<u8> {
    polygon_commands(shapes.iter().flatten().map(|ring| ring.iter().map(move |p| (p.x - x, p.y - y))))
}

#[cfg(test)]
mod tests {
    use geo::{Validation as _, polygon};

    use super::super::mvt::rings;
    use super::*;

    fn area(ring: &[(i32, i32)]) -> i64 {
        let next = ring.iter().cycle().skip(1);
        ring.iter().zip(next).map(|(a, b)| i64::from(a.0) * i64::from(b.1) - i64::from(b.0) * i64::from(a.1)).sum()
    }

    /// Two units with a wavy border, an enclave in the left one.
    fn units() -> Vec<MultiPolygon<f64>> {
        let wave: Vec<(f64, f64)> =
            (0..=200).map(|k| (-4.0 + 0.2 * libm::sin(f64::from(k) * 0.7), 12.0 + f64::from(k) / 100.0)).collect();
        let mut left = vec![(-6.0, 14.0), (-6.0, 12.0)];
        left.extend(&wave);
        let mut right = vec![(-2.0, 12.0), (-2.0, 14.0)];
        right.extend(wave.iter().rev());
        let hole = geo::LineString::from(vec![(-5.5, 12.5), (-5.5, 13.0), (-5.0, 13.0), (-5.0, 12.5), (-5.5, 12.5)]);
        vec![
            MultiPolygon(vec![geo::Polygon::new(left.into(), vec![hole])]),
            MultiPolygon(vec![geo::Polygon::new(right.into(), vec![])]),
            MultiPolygon(vec![
                polygon![(x: -5.5, y: 12.5), (x: -5.0, y: 12.5), (x: -5.0, y: 13.0), (x: -5.5, y: 13.0)],
            ]),
        ]
    }

    fn inside(p: (i32, i32)) -> bool {
        (0..=EXTENT).contains(&p.0) && (0..=EXTENT).contains(&p.1)
    }

    #[test]
    fn polygons_are_valid_and_wound_and_neighbours_share_every_vertex_of_their_border() {
        let units = units();
        let outlines = Outlines::new();
        let mut shared = 0;
        for z in 4..=10 {
            let tile = TileId::holding(z, -4.0, 13.0);
            let cut = outlines.cut(tile, || units.iter());
            let mut corners: Vec<std::collections::BTreeSet<(i32, i32)>> = Vec::new();
            for (k, commands) in cut.iter() {
                let rings = rings(commands);
                for ring in &rings {
                    assert_ne!(area(ring), 0, "z{z} unit {k}");
                }
                assert!(area(&rings[0]) > 0, "the first ring is an outer one");
                corners.push(rings.iter().flatten().copied().filter(|p| inside(*p)).collect());
                for polygon in polygons(&rings) {
                    assert!(polygon.is_valid(), "z{z} unit {k}: {:?}", polygon.validation_errors());
                }
            }
            if let [left, right, ..] = corners.as_slice() {
                // A vertex of either that lies on neither's outer edge is one of both.
                let between = |p: &&(i32, i32)| inside(**p) && on_wave(tile, **p);
                let (l, r): (Vec<_>, Vec<_>) =
                    (left.iter().filter(between).collect(), right.iter().filter(between).collect());
                assert_eq!(l, r, "z{z}");
                shared += l.len();
            }
        }
        assert!(shared > 50, "{shared}");
    }

    /// Whether a place of the tile lies between the units, away from their ends.
    fn on_wave(tile: TileId, p: (i32, i32)) -> bool {
        let b = tile.bbox();
        let lon = b.west + (b.east - b.west) * f64::from(p.0) / f64::from(EXTENT);
        let lat = b.north - (b.north - b.south) * f64::from(p.1) / f64::from(EXTENT);
        (-4.3..-3.7).contains(&lon) && (12.05..13.95).contains(&lat) && p.0 % EXTENT != 0 && p.1 % EXTENT != 0
    }

    fn polygons(rings: &[Vec<(i32, i32)>]) -> Vec<geo::Polygon<f64>> {
        let line = |r: &[(i32, i32)]| -> geo::LineString<f64> {
            r.iter().map(|p| (f64::from(p.0), f64::from(p.1))).collect::<Vec<_>>().into()
        };
        let mut out: Vec<geo::Polygon<f64>> = Vec::new();
        for ring in rings {
            match out.last_mut() {
                Some(polygon) if area(ring) < 0 => polygon.interiors_push(line(ring)),
                _ => out.push(geo::Polygon::new(line(ring), vec![])),
            }
        }
        out
    }

    /// The real communes, where they are at hand.
    fn communes() -> Option<Vec<MultiPolygon<f64>>> {
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mli_cod_2019/mli_adm3.geojson");
        let Ok(text) = std::fs::read_to_string(path) else {
            eprintln!("skipped: the real boundaries are not at hand");
            return None;
        };
        let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let shapes = file["features"].as_array().expect("features").iter().map(|f| {
            let c = f["geometry"]["coordinates"].clone();
            let c = if f["geometry"]["type"] == "Polygon" { serde_json::json!([c]) } else { c };
            let polygons: Vec<Vec<Vec<(f64, f64)>>> = serde_json::from_value(c).expect("polygons");
            let polygons = polygons.into_iter().map(|rings| {
                let mut rings = rings.into_iter().map(geo::LineString::from);
                geo::Polygon::new(rings.next().expect("a ring"), rings.collect())
            });
            MultiPolygon(polygons.collect())
        });
        Some(shapes.collect())
    }

    type Edge = ((i32, i32), (i32, i32));

    #[test]
    fn the_real_communes_stay_a_partition_on_every_tile() {
        let Some(communes) = communes() else { return };
        let outlines = Outlines::new();
        let (mut edges_met, mut alone) = (0, Vec::new());
        for (z, lon, lat) in [
            (4, -4.0, 17.0),
            (5, -4.0, 14.0),
            (6, -4.0, 14.0),
            (7, -8.0, 12.6),
            (8, -5.0, 13.5),
            (9, -4.2, 14.5),
            (10, -8.0, 12.65),
        ] {
            let tile = TileId::holding(z, lon, lat);
            let cut = outlines.cut(tile, || communes.iter());
            let mut edges: std::collections::BTreeMap<Edge, i32> = std::collections::BTreeMap::new();
            let mut sum = 0;
            for (_, commands) in cut.iter() {
                let rings = rings(commands);
                for polygon in polygons(&rings) {
                    assert!(polygon.is_valid(), "z{z}: {:?}", polygon.validation_errors());
                }
                for ring in &rings {
                    sum += area(ring);
                    for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
                        *edges.entry((*a.min(b), *a.max(b))).or_default() += if a < b { 1 } else { -1 };
                    }
                }
            }
            // Every edge is one neighbour's forwards and the other's backwards, or the country's own.
            let (x, y) = corner(tile);
            let side = f64::from(EXTENT) * f64::from(1_u32 << z);
            let project = |lon: f64, lat: f64| {
                let (x, y) = mercator(lon, lat);
                (x * side, y * side)
            };
            let mesh = Mesh::build(communes.iter(), project, TOLERANCE);
            let outer: std::collections::BTreeSet<_> = mesh
                .arcs
                .iter()
                .filter(|a| a.sides.1.is_none())
                .flat_map(|a| a.points.windows(2))
                .map(|w| [w[0], w[1]].map(on_grid).map(|p| (p.x - x, p.y - y)))
                .map(|[a, b]| (a.min(b), a.max(b)))
                .collect();
            let frame = |p: &(i32, i32)| [p.0, p.1].iter().any(|c| *c == -BUFFER || *c == EXTENT + BUFFER);
            edges_met += edges.len();
            let own = edges.iter().filter(|(edge, n)| **n != 0 && !(frame(&edge.0) || frame(&edge.1)));
            let before = alone.len();
            alone.extend(own.filter(|(edge, _)| !outer.contains(edge)).map(|(edge, _)| (z, *edge)));
            if z >= 9 {
                // A tile all inside the country: no gap, no overlap.
                let all = i64::from(EXTENT + 2 * BUFFER);
                assert_eq!((sum, alone.len()), (2 * all * all, before), "z{z}");
            }
        }
        assert!(edges_met > 5_000 && alone.is_empty(), "{edges_met} edges, unlike their neighbours': {alone:?}");
    }

    #[test]
    fn a_tile_far_away_is_empty_and_one_inside_a_unit_is_all_of_it() {
        let units = units();
        let outlines = Outlines::new();
        assert!(outlines.cut(TileId::holding(8, 100.0, 50.0), || units.iter()).is_empty());
        let cut = outlines.cut(TileId::holding(12, -2.6, 13.0), || units.iter());
        let all = i64::from(EXTENT + 2 * BUFFER);
        assert_eq!((cut.len(), area(&rings(&cut[0].1)[0])), (1, 2 * all * all));
    }

    #[test]
    fn what_is_kept_stays_within_its_room() {
        let mut kept = Kept::default();
        for x in 0..16_000 {
            let tile = TileId::new(14, x, 0).expect("a tile");
            kept.put(tile, Arc::new(vec![(0, vec![0; 10_000].into())]));
            assert!((kept.young.len() + kept.old.len()) * 10_000 <= KEPT_BYTES);
        }
        assert!(kept.get(TileId::new(14, 15_999, 0).expect("a tile")).is_some());
    }
}
