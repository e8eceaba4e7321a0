//! GDAL's geometry → valid polygons in longitude and latitude.

use gdal::cpl::CslStringList;
use gdal::spatial_ref::CoordTransform;
use gdal::vector::{Geometry, OGRwkbGeometryType, ToGdal, geometry_type_flatten};
use geo::orient::{Direction, Orient};
use geo::{Coord, LineString, MultiPolygon, Polygon};

use super::complaints::listen;

/// Why a feature's shape cannot be used.
#[derive(Debug, Clone, PartialEq)]
pub enum ShapeFault {
    /// No geometry, an empty one, or points and lines.
    NoPolygon(String),
    /// The coordinate cannot be brought to WGS 84.
    Transform(String),
    /// A coordinate that is no longitude and latitude.
    OffTheEarth((f64, f64)),
    /// Invalid, and GEOS cannot mend it.
    Irreparable(String),
}

/// A usable shape.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Valid polygons; exterior rings counter-clockwise, interior ones clockwise.
    pub polygons: MultiPolygon<f64>,
    /// GEOS's reason, where it had to be repaired.
    pub repaired: Option<String>,
    /// Vertices as read.
    pub vertices: usize,
}

/// Takes a feature's polygons: transformed, repaired where invalid (only polygon parts are kept), oriented.
pub fn polygons_of(geometry: Option<&Geometry>, to_wgs84: Option<&CoordTransform>) -> Result<Shape, ShapeFault> {
    let Some(geometry) = geometry.filter(|g| !g.is_empty()) else {
        return Err(ShapeFault::NoPolygon("∅".to_owned()));
    };
    let mut polygons = Vec::new();
    if !collect(geometry, &mut polygons) || polygons.is_empty() {
        return Err(ShapeFault::NoPolygon(geometry.geometry_name()));
    }
    let mut shape = MultiPolygon(polygons);
    if let Some(transform) = to_wgs84 {
        shape = transformed(&shape, transform)?;
    }
    let mut vertices = 0;
    for c in rings(&shape).flat_map(|r| &r.0) {
        vertices += 1;
        if !((-180.0..=180.0).contains(&c.x) && (-90.0..=90.0).contains(&c.y)) {
            return Err(ShapeFault::OffTheEarth((c.x, c.y)));
        }
    }
    let (shape, repaired) = repaired(shape)?;
    Ok(Shape { polygons: shape.orient(Direction::Default), repaired, vertices })
}

fn rings(shape: &MultiPolygon<f64>) -> impl Iterator<Item = &LineString<f64>> {
    shape.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
}

/// Gathers polygons; false where there is anything else. Rings are closed here; those with fewer than three
/// different places are no area and dropped.
fn collect(geometry: &Geometry, into: &mut Vec<Polygon<f64>>) -> bool {
    match geometry_type_flatten(geometry.geometry_type()) {
        OGRwkbGeometryType::wkbPolygon => {
            let mut rings = (0..geometry.geometry_count()).map(|k| {
                let mut points = Vec::new();
                geometry.get_geometry(k).get_points(&mut points);
                let mut ring = LineString(points.into_iter().map(|(x, y, _)| Coord { x, y }).collect());
                ring.close();
                ring
            });
            if let Some(exterior) = rings.next().filter(|r| r.0.len() > 3) {
                into.push(Polygon::new(exterior, rings.filter(|r| r.0.len() > 3).collect()));
            }
            true
        }
        OGRwkbGeometryType::wkbMultiPolygon | OGRwkbGeometryType::wkbGeometryCollection => {
            (0..geometry.geometry_count()).all(|k| collect(&geometry.get_geometry(k), into))
        }
        _ => false,
    }
}

fn transformed(shape: &MultiPolygon<f64>, transform: &CoordTransform) -> Result<MultiPolygon<f64>, ShapeFault> {
    let ring = |r: &LineString<f64>| {
        let (mut x, mut y): (Vec<f64>, Vec<f64>) = r.0.iter().map(|c| (c.x, c.y)).unzip();
        transform.transform_coords(&mut x, &mut y, &mut []).map_err(|e| ShapeFault::Transform(e.to_string()))?;
        Ok(LineString(x.into_iter().zip(y).map(|(x, y)| Coord { x, y }).collect()))
    };
    shape
        .iter()
        .map(|p| Ok(Polygon::new(ring(p.exterior())?, p.interiors().iter().map(ring).collect::<Result<_, _>>()?)))
        .collect::<Result<Vec<_>, _>>()
        .map(MultiPolygon)
}

/// The shape itself where GEOS finds it valid; else its mended polygons with GEOS's reason.
fn repaired(shape: MultiPolygon<f64>) -> Result<(MultiPolygon<f64>, Option<String>), ShapeFault> {
    let irreparable = |e: &dyn std::fmt::Display| ShapeFault::Irreparable(e.to_string());
    let geometry = shape.to_gdal().map_err(|e| irreparable(&e))?;
    let (valid, heard) = listen(|| geometry.is_valid());
    if valid {
        return Ok((shape, None));
    }
    let reason = heard.warnings.into_iter().chain(heard.failures).next().unwrap_or_else(|| "invalid".to_owned());
    // « structure » joins overlapping parts, where « linework » would cut a hole in their place.
    let mut options = CslStringList::new();
    options.set_name_value("METHOD", "STRUCTURE").map_err(|e| irreparable(&e))?;
    let (mended, _) = listen(|| geometry.make_valid(&options));
    let mended = mended.map_err(|_| irreparable(&reason))?;
    let mut polygons = Vec::new();
    keep_polygons(&mended, &mut polygons);
    let shape = MultiPolygon(polygons);
    let sound = !shape.0.is_empty() && shape.to_gdal().is_ok_and(|g| listen(|| g.is_valid()).0);
    if sound { Ok((shape, Some(reason))) } else { Err(ShapeFault::Irreparable(reason)) }
}

/// Like [`collect`], but leaves points and lines aside: what is left of a spike is no area.
fn keep_polygons(geometry: &Geometry, into: &mut Vec<Polygon<f64>>) {
    match geometry_type_flatten(geometry.geometry_type()) {
        OGRwkbGeometryType::wkbGeometryCollection => {
            for k in 0..geometry.geometry_count() {
                keep_polygons(&geometry.get_geometry(k), into);
            }
        }
        OGRwkbGeometryType::wkbPolygon | OGRwkbGeometryType::wkbMultiPolygon if !geometry.is_empty() => {
            collect(geometry, into);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wkt(text: &str) -> Geometry {
        Geometry::from_wkt(text).expect("valid WKT")
    }

    #[test]
    fn a_bow_tie_is_mended_with_the_reason() {
        let shape = polygons_of(Some(&wkt("POLYGON ((0 0,2 2,0 2,2 0,0 0))")), None).expect("mended");
        assert_eq!(shape.polygons.0.len(), 2);
        assert!(shape.repaired.as_deref().is_some_and(|r| r.contains("Self-intersection")), "{:?}", shape.repaired);
    }

    #[test]
    fn overlapping_parts_are_joined_not_cut_out() {
        let text = "MULTIPOLYGON (((0 0,2 0,2 2,0 2,0 0)),((1 0,3 0,3 2,1 2,1 0)))";
        let shape = polygons_of(Some(&wkt(text)), None).expect("mended");
        assert!((geo::Area::unsigned_area(&shape.polygons) - 6.0).abs() < 1e-9);
    }

    #[test]
    fn an_unclosed_ring_is_closed_and_a_height_is_dropped() {
        let shape = polygons_of(Some(&wkt("POLYGON Z ((0 0 7,1 0 7,1 1 7))")), None).expect("closed");
        assert_eq!((shape.polygons.0.len(), shape.repaired), (1, None));
    }

    #[test]
    fn lines_nothing_and_far_away_are_refused() {
        assert!(matches!(polygons_of(None, None), Err(ShapeFault::NoPolygon(_))));
        assert!(matches!(polygons_of(Some(&wkt("POLYGON EMPTY")), None), Err(ShapeFault::NoPolygon(_))));
        assert!(matches!(polygons_of(Some(&wkt("LINESTRING (0 0,1 1)")), None), Err(ShapeFault::NoPolygon(_))));
        let metres = polygons_of(Some(&wkt("POLYGON ((500000 0,500001 0,500001 1,500000 0))")), None);
        assert!(matches!(metres, Err(ShapeFault::OffTheEarth(_))));
    }
}
