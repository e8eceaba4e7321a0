//! The ground of a map: neighbours, coverage of the communes, water, borders.

use std::collections::BTreeMap;

use geo::MultiPolygon;

use super::context::Context;
use super::frame::{MapFrame, Point};
use super::incident_map::{IncidentMap, Present};
use super::inks::{
    CERCLE_LINE, COMMUNE_LINE, LAKE, NEIGHBOUR, NEIGHBOUR_LINE, OUTSIDE_INK, REGION_LINE, SEA, STATE_LINE, WATER,
};
use super::mesh::Mesh;
use super::scene::{Item, Scene, Stroke};
use crate::style::{Colour, Styles};

/// The rings of a shape on paper, each closed by its first point left off.
pub(super) fn project(shape: &MultiPolygon<f64>, frame: &MapFrame) -> Vec<Vec<Point>> {
    let rings = shape.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
    rings.map(|r| r.coords().skip(1).map(|c| frame.point(c.x, c.y)).collect()).collect()
}

pub(super) fn neighbours(scene: &mut Scene, map: &IncidentMap, frame: &MapFrame) {
    let whole = frame.rect();
    scene.push(Item::Area(vec![vec![(0.0, 0.0), (whole.x1, 0.0), (whole.x1, whole.y1), (0.0, whole.y1)]], SEA));
    for country in map.context.countries.iter().filter(|c| c.iso3 != map.notes.iso3) {
        let rings = project(&country.shape, frame);
        scene.push(Item::Area(rings.clone(), NEIGHBOUR));
        let lines = rings.into_iter().map(|r| (r, true)).collect();
        scene.push(Item::Lines(lines, Stroke::new(NEIGHBOUR_LINE, 0.3)));
    }
}

pub(super) fn ground(scene: &mut Scene, map: &IncidentMap, styles: &Styles, mesh: &Mesh) {
    let mut by_status: BTreeMap<&str, Vec<Vec<Point>>> = BTreeMap::new();
    for (k, ground) in map.ground.iter().enumerate() {
        let status = match ground.status {
            _ if ground.outside_coverage => "not_covered",
            "value" | "zero" => "zero",
            other => other,
        };
        by_status.entry(status).or_default().extend(mesh.unit(k));
    }
    for (status, rings) in by_status {
        if let Some(symbol) = styles.status(status) {
            scene.push_status(&rings, symbol);
        }
    }
}

pub(super) fn water(scene: &mut Scene, context: &Context, frame: &MapFrame) {
    for lake in &context.lakes {
        scene.push(Item::Area(project(lake, frame), LAKE));
    }
    let rivers = context.rivers.iter().flat_map(geo::MultiLineString::iter);
    let lines = rivers.map(|l| (l.coords().map(|c| frame.point(c.x, c.y)).collect(), false)).collect();
    scene.push(Item::Lines(lines, Stroke::new(WATER, 0.35)));
}

pub(super) fn borders(scene: &mut Scene, map: &IncidentMap, styles: &Styles, mesh: &Mesh) {
    let cercle = |k: u32| map.communes[k as usize].parent;
    let region = |k: u32| map.cercles.get(cercle(k)).map_or(0, |c| c.parent);
    let mut kinds: [Vec<(Vec<Point>, bool)>; 4] = Default::default();
    // Inside the country the zone's outline stands on white; along the State's it leaves that line to be seen.
    let (mut zone_lines, mut inner_zone_lines) = (Vec::new(), Vec::new());
    let member = |k: u32| map.zone.as_ref().is_some_and(|z| z.members[k as usize]);
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
    let looks = [(COMMUNE_LINE, 0.09), (CERCLE_LINE, 0.2), (REGION_LINE, 0.4), (STATE_LINE, 0.65)];
    for (lines, (colour, width)) in kinds.into_iter().zip(looks) {
        scene.push(Item::Lines(lines, Stroke::new(colour, width)));
    }
    if let Some(style) = styles.get("zones").filter(|_| !zone_lines.is_empty()) {
        scene.push(Item::Lines(inner_zone_lines, Stroke::new(Colour::WHITE, style.stroke_mm + 0.3)));
        scene.push(Item::Lines(
            zone_lines,
            Stroke { colour: style.stroke, width: style.stroke_mm, dash: style.dash_mm },
        ));
    }
}

/// A small diamond on communes that reported without being covered.
pub(super) fn outside_marks(scene: &mut Scene, map: &IncidentMap, frame: &MapFrame, present: &mut Present) {
    for (commune, ground) in map.communes.iter().zip(&map.ground) {
        if ground.outside_coverage {
            present.outside_commune = true;
            scene.push(Item::Area(vec![diamond(frame.place(commune.label), 0.75)], OUTSIDE_INK));
        }
    }
}

/// A diamond of a given half width.
pub(super) fn diamond((x, y): Point, r: f64) -> Vec<Point> {
    vec![(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
}
