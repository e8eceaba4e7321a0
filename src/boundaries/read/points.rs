//! Layers of facts: rows as text and their points in WGS 84. What the columns mean is the caller's.

use gdal::spatial_ref::CoordTransform;
use gdal::vector::{Geometry, OGRwkbGeometryType, geometry_type_flatten};

use super::complaints::listen;
use super::layer::{Budget, Wanted, read_layers};
use super::source::Source;
use super::{Limits, ReadOptions};
use crate::boundaries::BoundaryError;

/// Where a feature is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// It has no geometry.
    Nowhere,
    /// Longitude and latitude in degrees, unchecked: rows are checked by who reads them.
    At(f64, f64),
    /// A line, a polygon, several points, or a point that cannot be brought to WGS 84.
    NoPoint,
}

/// A layer's rows.
#[derive(Debug, Clone)]
pub struct PointLayer {
    /// GDAL's name of the format.
    pub format: &'static str,
    /// The layer's name.
    pub layer: String,
    /// Encoding of its texts.
    pub encoding: &'static str,
    /// Headings.
    pub headings: Vec<String>,
    /// Values, each row as long as the headings; trimmed, blank is none.
    pub rows: Vec<Vec<Option<String>>>,
    /// Points, one a row.
    pub points: Vec<Place>,
}

/// Reads every layer of a file in memory: GeoPackage, GeoJSON, FlatGeobuf, TopoJSON, zipped shapefile.
///
/// # Errors
/// [`BoundaryError`] where the file is not what its name says, is damaged, over the limits, or states no CRS.
pub fn read_point_layers(name: &str, bytes: &[u8], limits: Limits) -> Result<Vec<PointLayer>, BoundaryError> {
    let options = ReadOptions { limits, ..ReadOptions::default() };
    let mut budget = Budget::new(limits);
    let mut layers = Vec::new();
    for source in Source::of_bytes(name, bytes, &limits)? {
        for raw in read_layers(source, &options, &mut budget, Wanted::Points)? {
            layers.push(PointLayer {
                format: raw.format,
                layer: raw.layer,
                encoding: raw.decoding.name(),
                headings: raw.headings,
                rows: raw.rows,
                points: raw.points,
            });
        }
    }
    Ok(layers)
}

/// A feature's point; a group of a single point is one.
pub(super) fn place_of(geometry: Option<&Geometry>, to_wgs84: Option<&CoordTransform>) -> Place {
    let Some(geometry) = geometry.filter(|g| !g.is_empty()) else { return Place::Nowhere };
    let (lon, lat, _) = match geometry_type_flatten(geometry.geometry_type()) {
        OGRwkbGeometryType::wkbPoint => geometry.get_point(0),
        OGRwkbGeometryType::wkbMultiPoint if geometry.geometry_count() == 1 => geometry.get_geometry(0).get_point(0),
        _ => return Place::NoPoint,
    };
    let Some(transform) = to_wgs84 else { return Place::At(lon, lat) };
    let (mut x, mut y) = ([lon], [lat]);
    match listen(|| transform.transform_coords(&mut x, &mut y, &mut [])) {
        (Ok(()), _) => Place::At(x[0], y[0]),
        (Err(_), _) => Place::NoPoint,
    }
}
