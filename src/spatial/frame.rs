//! Metres around a place, for short distances.

use super::LonLat;

/// A plane that touches the WGS 84 ellipsoid at a place: easting and northing from it, in metres.
///
/// Scales are those of the ellipsoid's two radii of curvature at the place; within 10 km of it, lengths
/// are right to about one part in a thousand up to 60° of latitude.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalFrame {
    lon: f64,
    lat: f64,
    east_m_per_degree: f64,
    north_m_per_degree: f64,
}

impl LocalFrame {
    /// The plane at a place.
    pub fn at(place: LonLat) -> Self {
        const SEMI_MAJOR_M: f64 = 6_378_137.0;
        const ECCENTRICITY_2: f64 = 0.006_694_379_990_141_3;
        let phi = place.lat().to_radians();
        let (sin, cos) = (libm::sin(phi), libm::cos(phi));
        let w2 = 1.0 - ECCENTRICITY_2 * sin * sin;
        let prime_vertical = SEMI_MAJOR_M / w2.sqrt();
        let meridional = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_2) / (w2 * w2.sqrt());
        Self {
            lon: place.lon(),
            lat: place.lat(),
            east_m_per_degree: (prime_vertical * cos).max(1e-6).to_radians(),
            north_m_per_degree: meridional.to_radians(),
        }
    }

    /// Easting and northing in metres of a place given in degrees.
    pub fn metres(&self, lon: f64, lat: f64) -> (f64, f64) {
        ((lon - self.lon) * self.east_m_per_degree, (lat - self.lat) * self.north_m_per_degree)
    }

    /// Degrees of longitude and of latitude that a length in metres takes here.
    pub fn degrees(&self, metres: f64) -> (f64, f64) {
        (metres / self.east_m_per_degree, metres / self.north_m_per_degree)
    }

    /// Distance in metres from the place to the straight segment between two places given in degrees.
    pub fn distance_to_segment(&self, a: (f64, f64), b: (f64, f64)) -> f64 {
        let (ax, ay) = self.metres(a.0, a.1);
        let (bx, by) = self.metres(b.0, b.1);
        let (dx, dy) = (bx - ax, by - ay);
        let squared = dx * dx + dy * dy;
        let along = if squared > 0.0 { (-(ax * dx + ay * dy) / squared).clamp(0.0, 1.0) } else { 0.0 };
        let (east, north) = (ax + along * dx, ay + along * dy);
        (east * east + north * north).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_at_15_north_have_the_lengths_of_the_ellipsoid() {
        // Lengths of a degree at latitude 15°: 110 649 m along the meridian, 107 551 m along the parallel (WGS 84 tables).
        let frame = LocalFrame::at(LonLat::new(-4.0, 15.0).expect("in range"));
        let (east, north) = frame.metres(-3.0, 16.0);
        assert!((east - 107_551.0).abs() < 2.0, "{east}");
        assert!((north - 110_649.0).abs() < 2.0, "{north}");
    }

    #[test]
    fn the_distance_to_a_segment_is_to_its_nearest_point() {
        let frame = LocalFrame::at(LonLat::new(0.0, 0.0).expect("in range"));
        let d = frame.distance_to_segment((-1.0, 0.01), (1.0, 0.01));
        assert!((d - 1_105.74).abs() < 0.1, "{d}");
        let to_end = frame.distance_to_segment((0.01, 0.0), (0.02, 0.0));
        assert!((to_end - 1_113.19).abs() < 0.1, "{to_end}");
    }
}
