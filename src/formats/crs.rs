//! Coordinates in other reference systems, through GDAL and PROJ. Everything inside Vigie is longitude and latitude (CRS84).

use gdal::spatial_ref::{CoordTransform, SpatialRef};

/// Points an edge of a box is cut into before it is put into another system, where a straight edge is a curve.
const EDGE_POINTS: i32 = 21;

/// A reference system that coordinates are offered in. Axes come in the order that its authority gives them: EPSG:4326
/// is latitude, longitude.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Crs {
    /// The EPSG code; 0 for OGC's CRS84.
    code: u16,
}

/// Coordinates that have no place in a system, or a system that PROJ does not know.
#[derive(Debug, thiserror::Error)]
pub enum CrsError {
    /// GDAL's own words.
    #[error("GDAL: {0}")]
    Gdal(#[from] gdal::errors::GdalError),
    /// A coordinate that the system has no number for.
    #[error("a coordinate lies outside the area of {0}")]
    Outside(String),
    /// A geometry that is no GeoJSON.
    #[error("geometry: {0}")]
    Geometry(#[from] Box<geojson::Error>),
}

impl Crs {
    /// Longitude, latitude on WGS 84: what coordinates are kept in, and answered in where nothing else is asked.
    pub const CRS84: Self = Self { code: 0 };

    /// Every system offered, CRS84 first: WGS 84 with latitude first, Web Mercator, the five UTM zones of Mali, and the
    /// equal-area grid EASE-Grid 2.0.
    pub const ALL: [Self; 9] = [
        Self::CRS84,
        Self { code: 4326 },
        Self { code: 3857 },
        Self { code: 32628 },
        Self { code: 32629 },
        Self { code: 32630 },
        Self { code: 32631 },
        Self { code: 32632 },
        Self { code: 6933 },
    ];

    /// Its name as OGC API Features writes it.
    pub fn uri(self) -> String {
        match self.code {
            0 => "http://www.opengis.net/def/crs/OGC/1.3/CRS84".into(),
            code => format!("http://www.opengis.net/def/crs/EPSG/0/{code}"),
        }
    }

    /// The system of a name.
    pub fn of(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|crs| crs.uri() == uri)
    }

    /// Whether its numbers are degrees.
    pub fn is_degrees(self) -> bool {
        matches!(self.code, 0 | 4326)
    }

    /// The EPSG code of the system; CRS84 is EPSG:4326 to whoever puts x before y, as files do.
    pub fn epsg(self) -> u32 {
        if self.code == 0 { 4326 } else { u32::from(self.code) }
    }

    fn reference(self) -> Result<SpatialRef, CrsError> {
        Ok(match self.code {
            0 => SpatialRef::from_definition("OGC:CRS84")?,
            code => SpatialRef::from_epsg(u32::from(code))?,
        })
    }
}

/// Puts coordinates into another system and back. Not to be shared between threads: GDAL's transformations are not.
pub struct Projector {
    crs: Crs,
    there: CoordTransform,
    back: CoordTransform,
}

impl Projector {
    /// Between CRS84 and a system.
    ///
    /// # Errors
    /// A system that the installed PROJ has no definition of.
    pub fn new(crs: Crs) -> Result<Self, CrsError> {
        let (ours, theirs) = (Crs::CRS84.reference()?, crs.reference()?);
        Ok(Self { crs, there: CoordTransform::new(&ours, &theirs)?, back: CoordTransform::new(&theirs, &ours)? })
    }

    /// A GeoJSON geometry in CRS84, written with the system's coordinates: 6 decimals of a degree or 2 of a metre.
    ///
    /// # Errors
    /// A geometry that is none, and one that reaches beyond the system's area.
    pub fn geometry(&self, text: &str) -> Result<String, CrsError> {
        let mut geometry: geojson::Geometry = text.parse().map_err(|e: geojson::Error| Box::new(e))?;
        let (mut xs, mut ys) = (Vec::new(), Vec::new());
        positions(&mut geometry.value, &mut |p| {
            xs.push(p.first().copied().unwrap_or(f64::NAN));
            ys.push(p.get(1).copied().unwrap_or(f64::NAN));
        });
        self.there.transform_coords(&mut xs, &mut ys, &mut [])?;
        if xs.iter().chain(&ys).any(|c| !c.is_finite()) {
            return Err(CrsError::Outside(self.crs.uri()));
        }
        let per_unit = if self.crs.is_degrees() { 1e6 } else { 1e2 };
        let rounded = |c: f64| (c * per_unit).round() / per_unit + 0.0;
        let mut moved = xs.into_iter().zip(ys);
        positions(&mut geometry.value, &mut |p| {
            if let Some((x, y)) = moved.next() {
                *p = vec![rounded(x), rounded(y)];
            }
        });
        Ok(geometry.to_string())
    }

    /// A box in the system's own axes (least first, least second, largest first, largest second) as west, south, east,
    /// north in degrees; west is beyond east where it crosses the antimeridian.
    ///
    /// # Errors
    /// A box beyond the system's area.
    pub fn bounds_to_crs84(&self, bounds: [f64; 4]) -> Result<[f64; 4], CrsError> {
        let back = self.back.transform_bounds(&bounds, EDGE_POINTS)?;
        if back.iter().all(|c| c.is_finite()) { Ok(back) } else { Err(CrsError::Outside(self.crs.uri())) }
    }

    /// A point of the system in CRS84; none where it has no place there.
    pub fn point_to_crs84(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        let (mut xs, mut ys) = ([x], [y]);
        self.back.transform_coords(&mut xs, &mut ys, &mut []).ok()?;
        (xs[0].is_finite() && ys[0].is_finite()).then_some((xs[0], ys[0]))
    }
}

/// Shows every position of a geometry, in order.
fn positions(value: &mut geojson::Value, show: &mut dyn FnMut(&mut Vec<f64>)) {
    use geojson::Value as V;
    match value {
        V::Point(p) => show(p),
        V::MultiPoint(line) | V::LineString(line) => line.iter_mut().for_each(show),
        V::MultiLineString(lines) | V::Polygon(lines) => lines.iter_mut().flatten().for_each(show),
        V::MultiPolygon(areas) => areas.iter_mut().flatten().flatten().for_each(show),
        V::GeometryCollection(all) => all.iter_mut().for_each(|g| positions(&mut g.value, show)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn crs(code: u16) -> Crs {
        Crs::of(&format!("http://www.opengis.net/def/crs/EPSG/0/{code}")).expect("an offered system")
    }

    fn there(code: u16, point: &str) -> Vec<f64> {
        let projector = Projector::new(crs(code)).expect("PROJ knows it");
        let text = format!(r#"{{"type":"Point","coordinates":[{point}]}}"#);
        let moved: serde_json::Value = serde_json::from_str(&projector.geometry(&text).expect("moved")).expect("JSON");
        moved["coordinates"].as_array().expect("a position").iter().map(|c| c.as_f64().expect("a number")).collect()
    }

    #[test]
    fn coordinates_come_in_the_axis_order_of_the_authority() {
        // The central meridian of zone 30 is 3° W: 500 km east by definition.
        assert_eq!(there(32630, "-3,0"), [500_000.0, 0.0]);
        assert_eq!(there(4326, "-3,14.5"), [14.5, -3.0]);
        // Half the equator of the sphere of Web Mercator: π × 6 378 137 m.
        assert!((there(3857, "180,0")[0] - 20_037_508.34).abs() < 0.02);
        // EASE-Grid 2.0 ends at ±17 367 530.45 m (EPSG:6933, true at 30°).
        assert!((there(6933, "180,0")[0] - 17_367_530.45).abs() < 0.02);
    }

    #[test]
    fn a_box_in_metres_is_read_back_and_one_beyond_the_earth_refused() {
        let projector = Projector::new(crs(32630)).expect("PROJ knows it");
        let [west, south, east, north] =
            projector.bounds_to_crs84([400_000.0, 1_500_000.0, 600_000.0, 1_600_000.0]).expect("a box");
        assert!((west + 3.93).abs() < 0.02 && (east + 2.07).abs() < 0.02, "{west} {east}");
        assert!((south - 13.56).abs() < 0.02 && (north - 14.48).abs() < 0.02, "{south} {north}");
        assert!(projector.bounds_to_crs84([1e30, 1e30, 2e30, 2e30]).is_err());
    }

    #[test]
    fn a_polygon_keeps_its_rings_and_what_is_no_geometry_is_an_error() {
        let projector = Projector::new(crs(4326)).expect("PROJ knows it");
        let text = r#"{"type":"MultiPolygon","coordinates":[[[[0,1],[2,1],[2,3],[0,1]]]]}"#;
        let moved = projector.geometry(text).expect("moved");
        assert_eq!(moved.replace(".0", ""), r#"{"type":"MultiPolygon","coordinates":[[[[1,0],[1,2],[3,2],[1,0]]]]}"#);
        assert!(projector.geometry("{}").is_err() && projector.geometry("x").is_err());
    }

    #[test]
    fn every_system_offered_is_one_that_proj_knows_and_no_other_name_is_taken() {
        for crs in Crs::ALL {
            assert!(Projector::new(crs).is_ok() && Crs::of(&crs.uri()) == Some(crs), "{}", crs.uri());
        }
        for no in ["", "EPSG:4326", "http://www.opengis.net/def/crs/EPSG/0/27700"] {
            assert_eq!(Crs::of(no), None);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_place_in_mali_comes_back_to_itself_from_every_system(lon in -12.3_f64..4.3, lat in 10.1_f64..25.0) {
            for crs in Crs::ALL {
                let projector = Projector::new(crs).expect("PROJ knows it");
                let text = format!(r#"{{"type":"Point","coordinates":[{lon},{lat}]}}"#);
                let moved: serde_json::Value =
                    serde_json::from_str(&projector.geometry(&text).expect("moved")).expect("JSON");
                let number = |k: usize| moved["coordinates"][k].as_f64().expect("a number");
                let (x, y) = projector.point_to_crs84((number(0), number(1))).expect("back");
                prop_assert!((x - lon).abs() < 2e-6 && (y - lat).abs() < 2e-6, "{}: {x} {y}", crs.uri());
            }
        }
    }
}
