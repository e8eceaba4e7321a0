//! A small map on the pages for people: the shapes of the page, darker for a higher class, hatched where there is none.

use std::fmt::Write as _;

use serde::Deserialize;

use super::html::escape;
use crate::app::{FeatureRow, FieldInfo, PropertyValue};
use crate::domain::Lang;
use crate::spatial::Bbox;

/// Longer side of the drawing, in its own units.
const SIZE: f64 = 480.0;
/// Vertices drawn at most; a page with more has no preview, since it would weigh more than what it shows.
const MOST_VERTICES: usize = 60_000;

#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Shape {
    Point(Vec<f64>),
    MultiPolygon(Vec<Vec<Vec<Vec<f64>>>>),
}

/// The drawing; nothing where no feature has a place or the shapes are too many.
pub(super) fn svg(rows: &[&FeatureRow], fields: &[FieldInfo], lang: Lang) -> String {
    let bbox = rows.iter().fold(Bbox::EMPTY, |all, row| all.union(row.bbox));
    if bbox.is_empty()
        || rows.iter().filter_map(|r| r.geometry.as_deref()).map(str::len).sum::<usize>() > MOST_VERTICES * 20
    {
        return String::new();
    }
    // Degrees drawn flat, longitudes shortened by the cosine of the middle latitude: enough to recognise the country.
    let shorten = libm::cos(f64::midpoint(bbox.south, bbox.north).to_radians()).max(0.05);
    let (width, height) = ((bbox.east - bbox.west) * shorten, bbox.north - bbox.south);
    let scale = (SIZE - 20.0) / width.max(height).max(0.01);
    let place = |c: &[f64]| match c {
        [lon, lat, ..] => ((lon - bbox.west) * shorten * scale + 10.0, (bbox.north - lat) * scale + 10.0),
        _ => (0.0, 0.0),
    };
    let column = fields.iter().position(|f| f.name == "class");
    let mut shapes = String::new();
    for row in rows {
        let Some(shape) = row.geometry.as_deref().and_then(|g| serde_json::from_str::<Shape>(g).ok()) else { continue };
        let class = column.and_then(|k| row.values.get(k));
        let fill = match class {
            Some(PropertyValue::Int(n)) => {
                format!("#08519c\" fill-opacity=\"{:.2}", (0.15 * (*n as f64)).clamp(0.05, 0.95))
            }
            Some(_) => "url(#absent)".to_owned(),
            None => "#dfe6ee".to_owned(),
        };
        let _ = match shape {
            Shape::Point(at) => {
                let (x, y) = place(&at);
                write!(shapes, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{fill}\"/>")
            }
            Shape::MultiPolygon(polygons) => {
                let mut path = String::new();
                for ring in polygons.iter().flatten() {
                    for (k, c) in ring.iter().enumerate() {
                        let (x, y) = place(c);
                        let _ = write!(path, "{}{x:.1} {y:.1}", if k == 0 { 'M' } else { 'L' });
                    }
                    path.push('Z');
                }
                write!(shapes, "<path d=\"{path}\" fill=\"{fill}\"/>")
            }
        };
    }
    let label = escape(lang.pick("Aperçu des entités de cette page", "Preview of the features on this page"));
    let (w, h) = (width * scale + 20.0, height * scale + 20.0);
    let caption = if column.is_some() {
        lang.pick(
            "Plus foncé : classe plus élevée. Hachuré : pas de valeur.",
            "Darker: higher class. Hatched: no value.",
        )
    } else {
        ""
    };
    format!(
        "<figure><svg role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {w:.0} {h:.0}\" width=\"{w:.0}\" height=\"{h:.0}\">\
<defs><pattern id=\"absent\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><path d=\"M0 6L6 0\" stroke=\"#888\"/></pattern></defs>\
<g stroke=\"#444\" stroke-width=\"0.5\" fill-rule=\"evenodd\">{shapes}</g></svg><figcaption>{caption}</figcaption></figure>"
    )
}
