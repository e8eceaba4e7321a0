//! Which points lie within a distance of each other, on a plane or on the earth.

use geo::{Distance, Geodesic, Point};

use super::error::{StatsError, positive, within};
use super::reason::Reason;

/// No more points than this in one question; every pair in a band of latitude is looked at.
pub const MAX_POINTS: usize = 20_000;
/// No more close pairs than this are kept.
pub const MAX_PAIRS: usize = 20_000_000;

/// What the two coordinates of a point are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Easting and northing in metres; distance is Euclid's.
    Plane,
    /// Longitude and latitude in degrees on WGS 84; distance is the geodesic's (Karney 2013, "Algorithms for
    /// geodesics", J. Geodesy 87), right to nanometres.
    Earth,
}

/// Refuses coordinates that are no place.
pub(super) fn places(points: &[[f64; 2]], metric: Metric) -> Result<(), StatsError> {
    within("points", points.len(), MAX_POINTS)?;
    if points.iter().any(|p| !p[0].is_finite() || !p[1].is_finite()) {
        return Err(Reason::NotFinite.into());
    }
    if metric == Metric::Earth {
        if let Some(p) = points.iter().find(|p| p[0].abs() > 180.0) {
            return Err(StatsError::OutOfRange { what: "longitude", given: p[0], allowed: "degrees, -180 to 180" });
        }
        if let Some(p) = points.iter().find(|p| p[1].abs() > 90.0) {
            return Err(StatsError::OutOfRange { what: "latitude", given: p[1], allowed: "degrees, -90 to 90" });
        }
    }
    Ok(())
}

/// Every pair of points at most `radius_m` apart and `keep`-worthy, as (lower, higher) number, in increasing order.
pub(super) fn close_pairs(
    points: &[[f64; 2]],
    metric: Metric,
    radius_m: f64,
    keep: impl Fn(usize, usize) -> bool,
) -> Result<Vec<(u32, u32)>, StatsError> {
    places(points, metric)?;
    positive("radius in metres", radius_m)?;
    let close = Closeness::new(points, metric, radius_m);
    // Sorted by northing or latitude: only a band of the radius' height has to be looked at.
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|a, b| points[*a][1].total_cmp(&points[*b][1]).then(a.cmp(b)));
    let mut pairs = Vec::new();
    for (place, a) in order.iter().enumerate() {
        let top = points[*a][1] + close.band;
        for b in order[place + 1..].iter().take_while(|b| points[**b][1] <= top) {
            let (low, high) = (*a.min(b), *a.max(b));
            if keep(low, high) && close.holds(low, high) {
                if pairs.len() == MAX_PAIRS {
                    return Err(StatsError::TooMany {
                        what: "pairs of points closer than the radius",
                        given: MAX_PAIRS as u64 + 1,
                        limit: MAX_PAIRS as u64,
                    });
                }
                // At most MAX_POINTS points.
                pairs.push((u32::try_from(low).unwrap_or(u32::MAX), u32::try_from(high).unwrap_or(u32::MAX)));
            }
        }
    }
    pairs.sort_unstable();
    Ok(pairs)
}

/// Whether two points are within a radius; on the earth, the sphere decides all but the pairs near the radius.
struct Closeness<'a> {
    points: &'a [[f64; 2]],
    radius_m: f64,
    /// How far apart in the second coordinate a close pair can be.
    band: f64,
    /// Unit vectors, and the squared chords that are surely inside and surely outside; none on a plane.
    sphere: Option<(Vec<[f64; 3]>, f64, f64)>,
}

impl<'a> Closeness<'a> {
    fn new(points: &'a [[f64; 2]], metric: Metric, radius_m: f64) -> Self {
        const EARTH_RADIUS_M: f64 = 6_371_008.8;
        if metric == Metric::Plane {
            return Self { points, radius_m, band: radius_m, sphere: None };
        }
        let vectors = points.iter().map(|p| unit_vector(*p)).collect();
        // Geodesics are within 0.6 % of great circles on the mean sphere: outside 1 % the sphere is enough.
        let chord2 = |share: f64| {
            let half = (share * radius_m / EARTH_RADIUS_M / 2.0).min(std::f64::consts::FRAC_PI_2);
            4.0 * libm::sin(half) * libm::sin(half)
        };
        // A degree of latitude is at least 110,574 m.
        Self { points, radius_m, band: radius_m / 110_500.0, sphere: Some((vectors, chord2(0.99), chord2(1.01))) }
    }

    fn holds(&self, a: usize, b: usize) -> bool {
        let (p, q) = (self.points[a], self.points[b]);
        let Some((vectors, inside, outside)) = &self.sphere else {
            let (dx, dy) = (p[0] - q[0], p[1] - q[1]);
            return dx * dx + dy * dy <= self.radius_m * self.radius_m;
        };
        let chord2: f64 = vectors[a].iter().zip(vectors[b]).map(|(u, v)| (u - v) * (u - v)).sum();
        if chord2 < *inside {
            return true;
        }
        // Where the circle reaches round the whole sphere no chord is outside.
        if chord2 > *outside && *outside < 4.0 {
            return false;
        }
        Geodesic.distance(Point::new(p[0], p[1]), Point::new(q[0], q[1])) <= self.radius_m
    }
}

/// The direction of a longitude and latitude from the centre of the sphere.
pub(super) fn unit_vector(place: [f64; 2]) -> [f64; 3] {
    let (lon, lat) = (place[0].to_radians(), place[1].to_radians());
    let cos = libm::cos(lat);
    [cos * libm::cos(lon), cos * libm::sin(lon), libm::sin(lat)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pairs_on_the_earth_are_those_of_the_geodesic(
            points in prop::collection::vec((-12.0..5.0_f64, 10.0..25.0_f64), 2..25),
            radius_km in 50.0..900.0_f64,
        ) {
            let points: Vec<[f64; 2]> = points.into_iter().map(|(x, y)| [x, y]).collect();
            let found = close_pairs(&points, Metric::Earth, radius_km * 1e3, |_, _| true).expect("places");
            let mut all = Vec::new();
            for a in 0..points.len() {
                for b in a + 1..points.len() {
                    let (p, q) = (points[a], points[b]);
                    if Geodesic.distance(Point::new(p[0], p[1]), Point::new(q[0], q[1])) <= radius_km * 1e3 {
                        all.push((u32::try_from(a).expect("small"), u32::try_from(b).expect("small")));
                    }
                }
            }
            prop_assert_eq!(found, all);
        }
    }

    #[test]
    fn points_across_the_antimeridian_and_beside_the_pole_are_close() {
        let points = [[179.99, 0.0], [-179.99, 0.0], [10.0, 89.999], [-170.0, 89.999]];
        let pairs = close_pairs(&points, Metric::Earth, 3_000.0, |_, _| true).expect("places");
        assert_eq!(pairs, [(0, 1), (2, 3)]);
    }

    #[test]
    fn what_is_no_place_is_refused() {
        let refuse = |p: [f64; 2], m| close_pairs(&[p], m, 1.0, |_, _| true);
        assert_eq!(refuse([f64::NAN, 0.0], Metric::Plane), Err(Reason::NotFinite.into()));
        assert!(matches!(refuse([0.0, 91.0], Metric::Earth), Err(StatsError::OutOfRange { .. })));
        assert!(matches!(refuse([181.0, 0.0], Metric::Earth), Err(StatsError::OutOfRange { .. })));
        assert!(close_pairs(&[[0.0, 0.0]], Metric::Plane, 0.0, |_, _| true).is_err());
        let many = vec![[0.0, 0.0]; MAX_POINTS + 1];
        assert!(matches!(close_pairs(&many, Metric::Plane, 1.0, |_, _| true), Err(StatsError::TooMany { .. })));
        let dense = vec![[0.0, 0.0]; 7_000];
        assert!(matches!(close_pairs(&dense, Metric::Plane, 1.0, |_, _| true), Err(StatsError::TooMany { .. })));
    }
}
