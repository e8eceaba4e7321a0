//! Tiles of the web: squares of the spherical Mercator map, numbered by zoom, column and row from the north-west.

use std::f64::consts::PI;

use super::Bbox;

/// The finest zoom served.
pub const MAX_ZOOM: u8 = 14;

/// Latitude where the square map ends, degrees.
const EDGE_LAT: f64 = 85.051_128_779_806_6;

/// A tile that the square map does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no tile {z}/{x}/{y}: zoom 0 to {MAX_ZOOM}, column and row from 0 to 2^zoom − 1")]
pub struct NoSuchTile {
    /// Zoom asked.
    pub z: u8,
    /// Column asked.
    pub x: u32,
    /// Row asked.
    pub y: u32,
}

/// A tile: zoom 0 to [`MAX_ZOOM`], column and row below 2^zoom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId {
    z: u8,
    x: u32,
    y: u32,
}

impl TileId {
    /// A tile that exists.
    pub fn new(z: u8, x: u32, y: u32) -> Result<Self, NoSuchTile> {
        if z <= MAX_ZOOM && x < 1 << z && y < 1 << z { Ok(Self { z, x, y }) } else { Err(NoSuchTile { z, x, y }) }
    }

    /// The tile of a zoom (at most [`MAX_ZOOM`], else that) that holds a place; beyond the map's edge the nearest one.
    pub fn holding(z: u8, lon: f64, lat: f64) -> Self {
        let z = z.min(MAX_ZOOM);
        let (x, y) = mercator(lon, lat);
        let side = f64::from(1_u32 << z);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the map")]
        let number = |share: f64| (share * side).floor().clamp(0.0, side - 1.0) as u32;
        Self { z, x: number(x), y: number(y) }
    }

    /// Zoom.
    pub fn z(self) -> u8 {
        self.z
    }

    /// Column, from the west.
    pub fn x(self) -> u32 {
        self.x
    }

    /// Row, from the north.
    pub fn y(self) -> u32 {
        self.y
    }

    /// Its box in degrees.
    pub fn bbox(self) -> Bbox {
        let side = f64::from(1_u32 << self.z);
        let lon = |x: u32| f64::from(x) / side * 360.0 - 180.0;
        let lat = |y: u32| libm::atan(libm::sinh(PI * (1.0 - 2.0 * f64::from(y) / side))).to_degrees();
        Bbox { west: lon(self.x), south: lat(self.y + 1), east: lon(self.x + 1), north: lat(self.y) }
    }
}

/// Degrees to shares of the square map's side, x from the west, y from the north, both 0 to 1 (EPSG:3857 scaled). Latitudes
/// beyond the map's edge are put on it.
pub fn mercator(lon: f64, lat: f64) -> (f64, f64) {
    let sin = libm::sin(lat.clamp(-EDGE_LAT, EDGE_LAT).to_radians());
    (lon / 360.0 + 0.5, 0.5 - libm::log((1.0 + sin) / (1.0 - sin)) / (4.0 * PI))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bamako_lies_in_the_tile_that_every_web_map_gives_it() {
        // The slippy-map formula at zoom 10 for 8.0 W, 12.65 N.
        let tile = TileId::holding(10, -8.0, 12.65);
        assert_eq!((tile.z(), tile.x(), tile.y()), (10, 489, 475));
        let b = tile.bbox();
        assert!(b.west <= -8.0 && -8.0 < b.east && b.south < 12.65 && 12.65 <= b.north);
    }

    #[test]
    fn tiles_beyond_the_map_or_the_finest_zoom_do_not_exist() {
        assert!(TileId::new(0, 0, 0).is_ok() && TileId::new(14, 16_383, 16_383).is_ok());
        for (z, x, y) in [(0, 1, 0), (5, 32, 0), (5, 0, 32), (15, 0, 0), (30, 0, 0), (255, 0, 0)] {
            assert_eq!(TileId::new(z, x, y), Err(NoSuchTile { z, x, y }));
        }
    }

    #[test]
    fn the_whole_world_is_one_square() {
        let b = TileId::holding(0, 0.0, 0.0).bbox();
        assert_eq!((b.west, b.east), (-180.0, 180.0));
        assert!((b.north - EDGE_LAT).abs() < 1e-9 && (b.south + EDGE_LAT).abs() < 1e-9);
        let (x, y) = mercator(-180.0, 89.0);
        assert!(x.abs() < 1e-12 && y.abs() < 1e-9);
    }
}
