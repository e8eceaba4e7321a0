//! Longitude, latitude and boxes of them, in degrees on WGS 84.

use serde::{Deserialize, Serialize};

/// A coordinate outside the earth: longitude beyond ±180°, latitude beyond ±90°, or not a number.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("longitude {lon}, latitude {lat} is no place on earth (longitude -180..180, latitude -90..90)")]
pub struct OutOfRange {
    /// The longitude given, in degrees.
    pub lon: f64,
    /// The latitude given, in degrees.
    pub lat: f64,
}

/// A place: longitude and latitude in degrees, both finite and in range.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "(f64, f64)", into = "(f64, f64)")]
pub struct LonLat {
    lon: f64,
    lat: f64,
}

impl LonLat {
    /// A checked place; degrees, longitude first.
    pub fn new(lon: f64, lat: f64) -> Result<Self, OutOfRange> {
        if (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat) {
            Ok(Self { lon, lat })
        } else {
            Err(OutOfRange { lon, lat })
        }
    }

    /// Longitude in degrees, −180 to 180.
    pub fn lon(self) -> f64 {
        self.lon
    }

    /// Latitude in degrees, −90 to 90.
    pub fn lat(self) -> f64 {
        self.lat
    }
}

impl TryFrom<(f64, f64)> for LonLat {
    type Error = OutOfRange;
    fn try_from((lon, lat): (f64, f64)) -> Result<Self, OutOfRange> {
        Self::new(lon, lat)
    }
}

impl From<LonLat> for (f64, f64) {
    fn from(p: LonLat) -> Self {
        (p.lon, p.lat)
    }
}

/// A box in degrees, not crossing the antimeridian: west ≤ east, south ≤ north.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bbox {
    /// Westernmost longitude.
    pub west: f64,
    /// Southernmost latitude.
    pub south: f64,
    /// Easternmost longitude.
    pub east: f64,
    /// Northernmost latitude.
    pub north: f64,
}

impl Bbox {
    /// The box that holds nothing; growing it by a point gives the box of that point.
    pub const EMPTY: Self =
        Self { west: f64::INFINITY, south: f64::INFINITY, east: f64::NEG_INFINITY, north: f64::NEG_INFINITY };

    /// Grows the box so that it holds the place.
    pub fn grow(&mut self, lon: f64, lat: f64) {
        self.west = self.west.min(lon);
        self.east = self.east.max(lon);
        self.south = self.south.min(lat);
        self.north = self.north.max(lat);
    }

    /// The smallest box that holds both.
    #[must_use]
    pub fn union(mut self, other: Self) -> Self {
        if !other.is_empty() {
            self.grow(other.west, other.south);
            self.grow(other.east, other.north);
        }
        self
    }

    /// Whether it holds no place at all.
    pub fn is_empty(&self) -> bool {
        self.west > self.east || self.south > self.north
    }

    /// Whether the two share a place, edges included.
    pub fn intersects(&self, other: &Self) -> bool {
        self.west <= other.east && other.west <= self.east && self.south <= other.north && other.south <= self.north
    }

    /// Whether the place lies inside or on the edge.
    pub fn contains(&self, p: LonLat) -> bool {
        (self.west..=self.east).contains(&p.lon) && (self.south..=self.north).contains(&p.lat)
    }

    /// The box of every vertex of a multipolygon; [`Bbox::EMPTY`] where it has none.
    pub fn of(polygons: &geo::MultiPolygon<f64>) -> Self {
        let mut bbox = Self::EMPTY;
        for polygon in polygons {
            for c in polygon.exterior() {
                bbox.grow(c.x, c.y);
            }
        }
        bbox
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_off_the_earth_is_refused() {
        assert!(LonLat::new(-4.2, 14.5).is_ok());
        for (lon, lat) in [(181.0, 0.0), (0.0, 90.5), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert!(LonLat::new(lon, lat).is_err(), "{lon} {lat}");
        }
    }
}
