//! Maps of a layer: OGC API Maps.

use axum::http::{HeaderName, HeaderValue};
use serde_json::json;

use super::problem::{Kind, Problem};
use super::service::{Asked, Page};
use super::{asked, choice};
use crate::app::{LayerInfo, MapAsk, MapForm};
use crate::formats::crs::Crs;
use crate::spatial::Bbox;

/// What this module does of the standards. `bbox`, `width`, `height` and `crs` are answered, but the classes that they belong to ask
/// for more parameters (subset, scale-denominator…) and are not announced.
pub(super) const CONFORMS: [&str; 4] = [
    "http://www.opengis.net/spec/ogcapi-maps-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-maps-1/1.0/conf/collection-map",
    "http://www.opengis.net/spec/ogcapi-maps-1/1.0/conf/png",
    "http://www.opengis.net/spec/ogcapi-maps-1/1.0/conf/svg",
];

/// The relation of a link to a map.
pub(super) const REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/map";
/// The parameters of a map's own.
pub(super) const PARAMETERS: [&str; 5] = ["bbox", "bbox-crs", "crs", "width", "height"];
/// Largest side of a map, pixels.
pub(super) const SIDE_MAXIMUM: u32 = 4_000;
/// The longer side where no size is given.
const SIDE_DEFAULT: f64 = 800.0;
/// Least width and height of a box, degrees: ten metres.
const LEAST_DEG: f64 = 0.0001;

/// `/map?layer=…`.
pub(super) fn plain(asked: &Asked) -> Result<Page, Problem> {
    let Some(id) = asked.given.get("layer") else {
        let known: Vec<_> = asked.layers().iter().map(|l| l.id.clone()).collect();
        return Err(Problem::new(
            Kind::BadParameter,
            "Quelle couche ? /map?layer=violations-cercles, par exemple ; /collections en donne la liste.",
            "Which layer? /map?layer=violations-cercles, for example; /collections lists them.",
        )
        .with("parameter", json!("layer"))
        .with("allowed", json!(known)));
    };
    let layer = asked.layer(id)?;
    draw(asked, &layer, &["layer"])
}

/// `/collections/{id}/map`.
pub(super) fn map(asked: &Asked, id: &str) -> Result<Page, Problem> {
    let layer = asked.layer(id)?;
    draw(asked, &layer, &[])
}

fn draw(asked: &Asked, layer: &LayerInfo, more: &[&str]) -> Result<Page, Problem> {
    let mut allowed = asked::picture_parameters(layer);
    allowed.extend(PARAMETERS);
    allowed.extend(more);
    asked.given.only(&allowed)?;
    let query = asked.query()?;
    let crs = choice::crs(&asked.given, "crs")?;
    let mercator = crs.epsg() == 3857;
    if !mercator && !crs.is_degrees() {
        let drawn: Vec<String> =
            Crs::ALL.into_iter().filter(|c| c.is_degrees() || c.epsg() == 3857).map(Crs::uri).collect();
        return Err(Problem::bad_parameter("crs", &crs.uri(), &drawn));
    }
    let bbox = bbox(asked, layer)?;
    let form = match asked.offer.names.first().copied() {
        Some("svg") => MapForm::Svg,
        Some("pdf") => MapForm::Pdf,
        _ => MapForm::Png,
    };
    let corners = if mercator { mercator_metres(bbox) } else { [bbox.west, bbox.south, bbox.east, bbox.north] };
    let [west, south, east, north] = corners;
    let ask = MapAsk { bbox, size: size(asked, (east - west) / (north - south))?, mercator, form };
    let body = asked.source.map(&layer.id, &query, &ask)?;
    let axes = if crs.epsg() == 4326 && crs != Crs::CRS84 { [south, west, north, east] } else { corners };
    let written = axes.map(|c| format!("{c}")).join(",");
    let mut headers = Vec::new();
    for (name, value) in [("content-crs", format!("<{}>", crs.uri())), ("content-bbox", written)] {
        let value = HeaderValue::from_str(&value).map_err(|e| Problem::fault(e.to_string()))?;
        headers.push((HeaderName::from_static(name), value));
    }
    Ok(Page { body, headers })
}

/// The box asked for, else that of the layer with a little room.
fn bbox(asked: &Asked, layer: &LayerInfo) -> Result<Bbox, Problem> {
    let system = choice::crs(&asked.given, "bbox-crs")?;
    let Some(value) = asked.given.get("bbox") else {
        let b =
            if layer.bbox.is_empty() { Bbox { west: -12.5, south: 10.0, east: 4.5, north: 25.2 } } else { layer.bbox };
        let room = ((b.east - b.west).max(b.north - b.south) * 0.02).max(0.01);
        return Ok(Bbox {
            west: (b.west - room).max(-180.0),
            south: (b.south - room).max(-85.0),
            east: (b.east + room).min(180.0),
            north: (b.north + room).min(85.0),
        });
    };
    let bad = || Problem::bad_parameter("bbox", value, &["west,south,east,north"]);
    match asked::bbox(value, system)? {
        (b, None)
            if b.east - b.west >= LEAST_DEG
                && b.north - b.south >= LEAST_DEG
                && b.south >= -85.0
                && b.north <= 85.0 =>
        {
            Ok(b)
        }
        _ => Err(bad()),
    }
}

/// Width and height in pixels; what is not given follows from the shape of the box.
fn size(asked: &Asked, shape: f64) -> Result<(u32, u32), Problem> {
    let side = |name: &str| {
        let read = |value: &str| {
            let number = value.parse::<u32>().ok().filter(|n| (1..=SIDE_MAXIMUM).contains(n));
            number.ok_or_else(|| Problem::bad_parameter(name, value, &[format!("1…{SIDE_MAXIMUM}")]))
        };
        asked.given.get(name).map(read).transpose()
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to the sides allowed")]
    let pixels = |x: f64| x.round().clamp(1.0, f64::from(SIDE_MAXIMUM)) as u32;
    Ok(match (side("width")?, side("height")?) {
        (Some(w), Some(h)) => (w, h),
        (Some(w), None) => (w, pixels(f64::from(w) / shape)),
        (None, Some(h)) => (pixels(f64::from(h) * shape), h),
        (None, None) if shape >= 1.0 => (pixels(SIDE_DEFAULT), pixels(SIDE_DEFAULT / shape)),
        (None, None) => (pixels(SIDE_DEFAULT * shape), pixels(SIDE_DEFAULT)),
    })
}

/// The corners on the square map, metres: west, south, east, north.
fn mercator_metres(b: Bbox) -> [f64; 4] {
    const HALF: f64 = 20_037_508.342_789_2;
    let metres = |lon, lat| {
        let (x, y) = crate::spatial::mercator(lon, lat);
        ((2.0 * x - 1.0) * HALF, (1.0 - 2.0 * y) * HALF)
    };
    let ((west, south), (east, north)) = (metres(b.west, b.south), metres(b.east, b.north));
    [west, south, east, north]
}
