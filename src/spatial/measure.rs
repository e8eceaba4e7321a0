//! Lengths and areas, each with its unit in its type.

use super::LonLat;

/// Mean earth radius (IUGG R1), metres.
pub(super) const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A length in metres.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Metres(pub f64);

/// An area in square kilometres.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct SquareKm(pub f64);

/// Great-circle distance between two places (haversine on the mean sphere; within 0.5 % of the ellipsoid).
pub fn distance_m(a: LonLat, b: LonLat) -> Metres {
    let (lat1, lat2) = (a.lat().to_radians(), b.lat().to_radians());
    let dlat = lat2 - lat1;
    let dlon = (b.lon() - a.lon()).to_radians();
    let s = libm::sin(dlat / 2.0);
    let t = libm::sin(dlon / 2.0);
    let h = s * s + libm::cos(lat1) * libm::cos(lat2) * t * t;
    Metres(2.0 * EARTH_RADIUS_M * libm::asin(h.sqrt().min(1.0)))
}

/// Area of a multipolygon given in degrees, on the authalic sphere of WGS 84 (its holes taken out).
///
/// Each edge is taken as a straight line in (longitude, sine of latitude), the usual equal-area
/// approximation; for units the size of a commune the error is far below the drawing's own.
pub fn polygon_area_km2(polygons: &geo::MultiPolygon<f64>) -> SquareKm {
    const AUTHALIC_KM: f64 = 6_371.007_2;
    let ring = |r: &geo::LineString<f64>| -> f64 {
        r.lines()
            .map(|l| {
                let dlon = (l.end.x - l.start.x).to_radians();
                dlon * (2.0 + libm::sin(l.start.y.to_radians()) + libm::sin(l.end.y.to_radians())) / 2.0
            })
            .sum::<f64>()
            .abs()
    };
    let area: f64 = polygons.iter().map(|p| ring(p.exterior()) - p.interiors().iter().map(ring).sum::<f64>()).sum();
    SquareKm(area * AUTHALIC_KM * AUTHALIC_KM)
}

#[cfg(test)]
mod tests {
    use geo::polygon;

    use super::*;

    #[test]
    fn one_degree_of_latitude_is_about_111_km() {
        let (a, b) = (LonLat::new(0.0, 14.0), LonLat::new(0.0, 15.0));
        let d = distance_m(a.expect("in range"), b.expect("in range"));
        assert!((d.0 - 111_195.0).abs() < 1.0, "{d:?}");
    }

    #[test]
    fn a_one_degree_cell_at_the_equator_has_12_364_square_kilometres() {
        let cell = polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0), (x: 0.0, y: 1.0)];
        let area = polygon_area_km2(&geo::MultiPolygon(vec![cell]));
        assert!((area.0 - 12_364.0).abs() < 2.0, "{area:?}");
    }
}
