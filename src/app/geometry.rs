//! Geometries as GeoJSON text, written once a unit and snapshot.

use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use geo::MultiPolygon;

use super::Detail;
use crate::boundaries::BoundarySet;
use crate::domain::Level;
use crate::spatial::LonLat;

/// The GeoJSON text of every unit of a set, made level by level when first asked for.
#[derive(Default)]
pub(super) struct Shapes {
    levels: [OnceLock<Vec<Arc<str>>>; 3],
    /// The same for a screen and for an overview.
    light: [[OnceLock<Vec<Arc<str>>>; 3]; 2],
}

impl Shapes {
    /// Parallel to the set's units at the level.
    pub fn level(&self, set: &BoundarySet, level: Level) -> &[Arc<str>] {
        self.levels[level.index()].get_or_init(|| set.units(level).iter().map(|u| multipolygon(&u.shape)).collect())
    }

    /// As [`Self::level`], with borders as light as the detail says; neighbours share theirs.
    pub fn light(&self, set: &BoundarySet, level: Level, detail: Detail) -> &[Arc<str>] {
        let (kept, tolerance) = match detail {
            Detail::Full => return self.level(set, level),
            Detail::Display => (&self.light[0], DISPLAY_DEG),
            Detail::Overview => (&self.light[1], OVERVIEW_DEG),
        };
        kept[level.index()].get_or_init(|| {
            let shapes = crate::tiles::light_outlines(set.units(level).iter().map(|u| &u.shape), tolerance);
            shapes.iter().map(multipolygon).collect()
        })
    }
}

/// How far a light border may lie from the true one, degrees: about 200 m for a screen, 2 km for an overview of the country.
const DISPLAY_DEG: f64 = 0.002;
const OVERVIEW_DEG: f64 = 0.02;

/// RFC 7946 MultiPolygon: exterior rings counter-clockwise, 6 decimals (0.1 m).
pub(super) fn multipolygon(shape: &MultiPolygon<f64>) -> Arc<str> {
    use geo::orient::{Direction, Orient};
    let shape = shape.orient(Direction::Default);
    let mut out = String::from(r#"{"type":"MultiPolygon","coordinates":["#);
    for (p, polygon) in shape.iter().enumerate() {
        out.push_str(if p == 0 { "[" } else { ",[" });
        for (r, ring) in std::iter::once(polygon.exterior()).chain(polygon.interiors()).enumerate() {
            out.push_str(if r == 0 { "[" } else { ",[" });
            for (k, c) in ring.coords().enumerate() {
                out.push_str(if k == 0 { "[" } else { ",[" });
                number(&mut out, c.x);
                out.push(',');
                number(&mut out, c.y);
                out.push(']');
            }
            out.push(']');
        }
        out.push(']');
    }
    out.push_str("]}");
    out.into()
}

/// RFC 7946 Point.
pub(super) fn point(p: LonLat) -> Arc<str> {
    let mut out = String::from(r#"{"type":"Point","coordinates":["#);
    number(&mut out, p.lon());
    out.push(',');
    number(&mut out, p.lat());
    out.push_str("]}");
    out.into()
}

fn number(out: &mut String, x: f64) {
    // Rounded first, so that the shortest form has six decimals at the most and −0 is 0.
    let rounded = (x * 1e6).round() / 1e6 + 0.0;
    let _ = write!(out, "{rounded}");
}

#[cfg(test)]
mod tests {
    use geo::polygon;

    use super::*;

    #[test]
    fn rings_are_wound_as_rfc_7946_asks_and_numbers_are_short() {
        let clockwise = polygon![(x: 0.0, y: 0.0), (x: 0.0, y: 1.123_456_78), (x: 1.0, y: 0.0)];
        let text = multipolygon(&MultiPolygon(vec![clockwise]));
        assert_eq!(&*text, r#"{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[0,1.123457],[0,0]]]]}"#);
    }
}
