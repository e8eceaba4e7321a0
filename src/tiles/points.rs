//! Points on tiles. Below [`THIN_BELOW_ZOOM`] those of the same 16-pixel square of the map are one: it stands in the middle of
//! them and says how many they are, not what they are.

use std::collections::BTreeMap;

use super::mvt::point_commands;
use super::{BUFFER, EXTENT};
use crate::spatial::{TileId, mercator};

/// From this zoom on every point is drawn by itself.
pub const THIN_BELOW_ZOOM: u8 = 9;

/// Side of a square, units: 16 pixels of 256 a tile.
const SQUARE: i64 = 256;

/// A point of a tile: one of the points asked, or several as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// The first of its points, by position in the list.
    pub first: usize,
    /// How many it stands for, at least 1.
    pub count: usize,
    /// Place in tile units, x and y (down).
    pub at: (i32, i32),
    /// Its command stream.
    pub commands: Vec<u8>,
}

/// Points of one square: sums of their coordinates, their number, the first of them.
struct Square {
    x: i64,
    y: i64,
    count: i64,
    first: usize,
}

/// The spots of a tile, from places in degrees, in the order of their first points. Squares are those of the whole map, so that a
/// spot near a tile's edge is the same on both tiles.
pub fn spots(tile: TileId, places: impl IntoIterator<Item = (f64, f64)>) -> Vec<Spot> {
    let side = f64::from(EXTENT) * f64::from(1_u32 << tile.z());
    let corner = [tile.x(), tile.y()].map(|n| i64::from(n) * i64::from(EXTENT));
    // Points alone have a square of their own.
    let mut squares: BTreeMap<(i64, i64, usize), Square> = BTreeMap::new();
    for (k, (lon, lat)) in places.into_iter().enumerate() {
        let (x, y) = mercator(lon, lat);
        #[expect(clippy::cast_possible_truncation, reason = "the finest grid has 2^26 units a side")]
        let (x, y) = ((x * side).round() as i64, (y * side).round() as i64);
        let alone = tile.z() >= THIN_BELOW_ZOOM;
        let key = if alone { (x, y, k) } else { (x.div_euclid(SQUARE), y.div_euclid(SQUARE), 0) };
        let square = squares.entry(key).or_insert(Square { x: 0, y: 0, count: 0, first: k });
        square.x += x;
        square.y += y;
        square.count += 1;
    }
    let shown = i64::from(-BUFFER)..i64::from(EXTENT + BUFFER);
    let mut out: Vec<Spot> = squares
        .into_values()
        .filter_map(|Square { x, y, count, first }| {
            let (x, y) = (x / count - corner[0], y / count - corner[1]);
            let at = (i32::try_from(x).ok()?, i32::try_from(y).ok()?);
            let count = usize::try_from(count).ok()?;
            (shown.contains(&x) && shown.contains(&y)).then(|| Spot {
                first,
                count,
                at,
                commands: point_commands(at.0, at.1),
            })
        })
        .collect();
    out.sort_by_key(|s| s.first);
    out
}

/// Units around a tile in which label points are its too: 64 pixels of 256, more than any circle reaches. A program that draws tile by
/// tile and cuts each at its edge, as QGIS does, needs a circle on every tile that it touches.
pub const PLACE_BUFFER: i32 = 1024;

/// The command stream of a label point, from its place in shares of the whole map; none where it is beyond the tile's reach.
pub fn place(tile: TileId, at: (f64, f64)) -> Option<Vec<u8>> {
    let side = f64::from(EXTENT) * f64::from(1_u32 << tile.z());
    #[expect(clippy::cast_possible_truncation, reason = "the finest grid has 2^26 units a side")]
    let units = |share: f64, corner: u32| (share * side).round() as i64 - i64::from(corner) * i64::from(EXTENT);
    let (x, y) = (units(at.0, tile.x()), units(at.1, tile.y()));
    let reach = i64::from(-PLACE_BUFFER)..i64::from(EXTENT + PLACE_BUFFER);
    if !reach.contains(&x) || !reach.contains(&y) {
        return None;
    }
    Some(point_commands(i32::try_from(x).ok()?, i32::try_from(y).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_points_are_one_at_low_zooms_and_themselves_at_high_ones() {
        let places = [(-4.0, 14.0), (-4.001, 14.001), (-1.0, 16.0)];
        let low = spots(TileId::holding(5, -4.0, 14.0), places);
        assert_eq!(low.iter().map(|s| (s.first, s.count)).collect::<Vec<_>>(), [(0, 2), (2, 1)]);
        let high = spots(TileId::holding(9, -4.0, 14.0), places);
        assert_eq!(high.iter().map(|s| (s.first, s.count)).collect::<Vec<_>>(), [(0, 1), (1, 1)]);
    }

    #[test]
    fn a_label_point_is_within_one_tile_alone_and_drawn_by_each_that_its_circle_touches() {
        let (lon, lat) = (-4.0, 14.0);
        let home = TileId::holding(6, lon, lat);
        let (mut within, mut near) = (0, 0);
        for (x, y) in (0..64).flat_map(|x| (0..64).map(move |y| (x, y))) {
            let tile = TileId::new(6, x, y).expect("a tile");
            let Some(commands) = place(tile, mercator(lon, lat)) else { continue };
            near += 1;
            let rings = super::super::mvt::rings(&commands);
            let (px, py) = rings[0][0];
            within += usize::from((0..EXTENT).contains(&px) && (0..EXTENT).contains(&py));
            assert!(tile == home || !((0..EXTENT).contains(&px) && (0..EXTENT).contains(&py)));
        }
        assert_eq!(within, 1);
        assert!((1..=4).contains(&near), "{near}");
    }

    #[test]
    fn every_point_is_counted_once_over_the_tiles_of_a_zoom() {
        let places: Vec<(f64, f64)> = (0..500_i32)
            .map(|k| (f64::from(k * 37 % 160) / 10.0 - 12.0, f64::from(k * 53 % 140) / 10.0 + 10.0))
            .collect();
        for z in [3, 6, 9] {
            let side = 1 << z;
            let mut sum = 0;
            for (x, y) in (0..side).flat_map(|x| (0..side).map(move |y| (x, y))) {
                let tile = TileId::new(z, x, y).expect("a tile");
                let own = |s: &&Spot| (0..EXTENT).contains(&s.at.0) && (0..EXTENT).contains(&s.at.1);
                if tile.bbox().west > 8.0
                    || tile.bbox().east < -14.0
                    || tile.bbox().south > 26.0
                    || tile.bbox().north < 8.0
                {
                    continue;
                }
                sum += spots(tile, places.iter().copied()).iter().filter(own).map(|s| s.count).sum::<usize>();
            }
            assert_eq!(sum, 500, "z{z}");
        }
    }
}
