//! The projection of the printed maps: an equal-area one, since a choropleth speaks through areas.

/// Albers' equal-area conic on the authalic sphere, with standard parallels fitted to the mapped box.
///
/// Question it answers: where on paper does a place go so that two units of the same area look
/// equally large? Input degrees, output metres east and north of the centre. Source: Snyder, *Map
/// Projections: A Working Manual* (USGS PP 1395), equations 14-1 to 14-6 (sphere).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EqualArea {
    lon0: f64,
    lat0: f64,
    n: f64,
    c: f64,
    rho0: f64,
    parallels: (f64, f64),
}

/// A box in projected metres: y grows to the north.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProjectedBox {
    /// Smallest easting.
    pub min_x: f64,
    /// Smallest northing.
    pub min_y: f64,
    /// Largest easting.
    pub max_x: f64,
    /// Largest northing.
    pub max_y: f64,
}

/// Authalic radius of WGS 84, metres.
const RADIUS_M: f64 = 6_371_007.2;

impl EqualArea {
    /// Fitted to a box in degrees: central meridian in the middle, standard parallels one sixth
    /// from its southern and northern edges.
    pub fn for_bbox(bbox: &super::Bbox) -> Self {
        let height = bbox.north - bbox.south;
        let (p1, p2) = (bbox.south + height / 6.0, bbox.north - height / 6.0);
        // Rounded to half degrees so that the map can state them and months compare.
        let half = |x: f64| (x * 2.0).round() / 2.0;
        Self::new(
            half(f64::midpoint(bbox.west, bbox.east)),
            half(f64::midpoint(bbox.south, bbox.north)),
            half(p1),
            half(p2),
        )
    }

    /// With a central meridian, a latitude of origin and two standard parallels, in degrees. Parallels
    /// symmetric about the equator (no cone) are nudged by half a degree.
    pub fn new(lon0: f64, lat0: f64, p1: f64, p2: f64) -> Self {
        let p2 = if (p1 + p2).abs() < 1e-9 { p2 + 0.5 } else { p2 };
        let (s1, s2) = (libm::sin(p1.to_radians()), libm::sin(p2.to_radians()));
        let n = f64::midpoint(s1, s2);
        let cos1 = libm::cos(p1.to_radians());
        let c = cos1 * cos1 + 2.0 * n * s1;
        let mut albers = Self { lon0, lat0, n, c, rho0: 0.0, parallels: (p1, p2) };
        albers.rho0 = albers.rho(lat0);
        albers
    }

    fn rho(&self, lat: f64) -> f64 {
        RADIUS_M * (self.c - 2.0 * self.n * libm::sin(lat.to_radians())).max(0.0).sqrt() / self.n
    }

    /// Degrees to metres: easting, northing.
    pub fn project(&self, lon: f64, lat: f64) -> (f64, f64) {
        let rho = self.rho(lat);
        let theta = self.n * (lon - self.lon0).to_radians();
        (rho * libm::sin(theta), self.rho0 - rho * libm::cos(theta))
    }

    /// The two standard parallels in degrees, for the line that states the projection.
    pub fn parallels(&self) -> (f64, f64) {
        self.parallels
    }

    /// The same projection for other programs, as a PROJ string: Albers on the sphere, metres.
    pub fn proj_string(&self) -> String {
        let (p1, p2) = self.parallels;
        format!(
            "+proj=aea +lat_1={p1} +lat_2={p2} +lat_0={} +lon_0={} +x_0=0 +y_0=0 +R={RADIUS_M} +units=m +no_defs",
            self.lat0, self.lon0
        )
    }

    /// The central meridian in degrees.
    pub fn central_meridian(&self) -> f64 {
        self.lon0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_equal_area_stay_equal_on_paper() {
        let albers = EqualArea::new(-4.0, 17.5, 12.0, 23.0);
        let quad = |south: f64, north: f64| {
            let n = 200;
            let mut ring = Vec::new();
            for k in 0..=n {
                ring.push(albers.project(-5.0 + f64::from(k) / f64::from(n), south));
            }
            for k in 0..=n {
                ring.push(albers.project(-4.0 - f64::from(k) / f64::from(n), north));
            }
            let mut area = 0.0;
            for (k, a) in ring.iter().enumerate() {
                let b = ring[(k + 1) % ring.len()];
                area += a.0 * b.1 - b.0 * a.1;
            }
            area.abs() / 2.0 / (libm::sin(north.to_radians()) - libm::sin(south.to_radians()))
        };
        let (a, b) = (quad(11.0, 12.0), quad(23.0, 24.0));
        assert!((a / b - 1.0).abs() < 1e-4, "{a} {b}");
    }
}
