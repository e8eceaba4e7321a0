//! The map's frame on paper: which millimetre a place falls on, how long a kilometre is.

use crate::spatial::{Bbox, EqualArea, LonLat, distance_m};

/// A point on paper, millimetres from the upper left corner of the map, y downwards.
pub type Point = (f64, f64);

/// A rectangle on paper, millimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x0: f64,
    /// Upper edge.
    pub y0: f64,
    /// Right edge.
    pub x1: f64,
    /// Lower edge.
    pub y1: f64,
}

impl Rect {
    /// From the upper left corner and a size.
    pub fn at(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self { x0: x, y0: y, x1: x + width, y1: y + height }
    }

    /// Whether the two share an area.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x0 < other.x1 && other.x0 < self.x1 && self.y0 < other.y1 && other.y0 < self.y1
    }

    /// Whether `other` lies wholly inside.
    pub fn holds(&self, other: &Self) -> bool {
        other.x0 >= self.x0 && other.x1 <= self.x1 && other.y0 >= self.y0 && other.y1 <= self.y1
    }

    /// Grown on every side.
    #[must_use]
    pub fn grown(&self, by: f64) -> Self {
        Self { x0: self.x0 - by, y0: self.y0 - by, x1: self.x1 + by, y1: self.y1 + by }
    }

    /// Distance from a point to the nearest point of the rectangle; 0 inside.
    pub fn distance_to(&self, (x, y): Point) -> f64 {
        let dx = (self.x0 - x).max(x - self.x1).max(0.0);
        let dy = (self.y0 - y).max(y - self.y1).max(0.0);
        (dx * dx + dy * dy).sqrt()
    }
}

/// An equal-area map of a box, fitted into a rectangle of paper.
#[derive(Debug, Clone, Copy)]
pub struct MapFrame {
    projection: EqualArea,
    width: f64,
    height: f64,
    /// Projected metres a millimetre.
    metres_per_mm: f64,
    /// Projected coordinates of the upper left corner.
    origin: (f64, f64),
    centre: LonLat,
    /// Width and height of the box, projected metres.
    extent: (f64, f64),
}

impl MapFrame {
    /// The largest map of `bbox` that fits `width` × `height` millimetres with a margin, centred. None where the box is
    /// empty or has no extent.
    pub fn fit(bbox: &Bbox, width: f64, height: f64, margin: f64) -> Option<Self> {
        if bbox.is_empty() || bbox.west >= bbox.east || bbox.south >= bbox.north {
            return None;
        }
        let projection = EqualArea::for_bbox(bbox);
        let (mut x0, mut y0, mut x1, mut y1) = (f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY);
        // Edges of the box are curves on the map: a few steps along each find the extent.
        for k in 0..=32 {
            let t = f64::from(k) / 32.0;
            let (lon, lat) = (bbox.west + t * (bbox.east - bbox.west), bbox.south + t * (bbox.north - bbox.south));
            for (x, y) in [
                projection.project(lon, bbox.south),
                projection.project(lon, bbox.north),
                projection.project(bbox.west, lat),
                projection.project(bbox.east, lat),
            ] {
                (x0, x1, y0, y1) = (x0.min(x), x1.max(x), y0.min(y), y1.max(y));
            }
        }
        let metres_per_mm = ((x1 - x0) / (width - 2.0 * margin)).max((y1 - y0) / (height - 2.0 * margin));
        let centre = LonLat::new(f64::midpoint(bbox.west, bbox.east), f64::midpoint(bbox.south, bbox.north)).ok()?;
        let origin =
            (f64::midpoint(x0, x1) - metres_per_mm * width / 2.0, f64::midpoint(y0, y1) + metres_per_mm * height / 2.0);
        Some(Self { projection, width, height, metres_per_mm, origin, centre, extent: (x1 - x0, y1 - y0) })
    }

    /// Width over height of a box on the map; 1 where it has no extent.
    pub fn shape(bbox: &Bbox) -> f64 {
        let Some(frame) = Self::fit(bbox, 1000.0, 1000.0, 0.0) else { return 1.0 };
        let (width, height) = frame.extent;
        width / height
    }

    /// Where a place falls on paper.
    pub fn point(&self, lon: f64, lat: f64) -> Point {
        let (x, y) = self.projection.project(lon, lat);
        ((x - self.origin.0) / self.metres_per_mm, (self.origin.1 - y) / self.metres_per_mm)
    }

    /// Where a checked place falls on paper.
    pub fn place(&self, at: LonLat) -> Point {
        self.point(at.lon(), at.lat())
    }

    /// The whole frame.
    pub fn rect(&self) -> Rect {
        Rect::at(0.0, 0.0, self.width, self.height)
    }

    /// What the frame shows on the projected plane, metres: west, south, east, north.
    pub fn projected(&self) -> [f64; 4] {
        let (west, north) = self.origin;
        [west, north - self.metres_per_mm * self.height, west + self.metres_per_mm * self.width, north]
    }

    /// The projection, for the line that states it.
    pub fn projection(&self) -> &EqualArea {
        &self.projection
    }

    /// Millimetres of paper a true kilometre takes at the map's centre, from west to east.
    pub fn mm_per_km(&self) -> f64 {
        let (lon, lat) = (self.centre.lon(), self.centre.lat());
        let step = 0.5;
        let (Ok(a), Ok(b)) = (LonLat::new((lon - step).max(-180.0), lat), LonLat::new((lon + step).min(180.0), lat))
        else {
            return 1000.0 / self.metres_per_mm;
        };
        let ((ax, ay), (bx, by)) = (self.place(a), self.place(b));
        let mm = ((bx - ax) * (bx - ax) + (by - ay) * (by - ay)).sqrt();
        mm / (distance_m(a, b).0 / 1000.0)
    }

    /// The longest round length, 1, 2 or 5 times a power of ten kilometres, that takes at most `max_mm` of paper:
    /// kilometres, millimetres.
    pub fn scale_bar(&self, max_mm: f64) -> (f64, f64) {
        let per_km = self.mm_per_km();
        let mut best = (0.001, 0.001 * per_km);
        let mut power = 0.001;
        while power < 1e5 {
            for m in [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0] {
                let km = m * power;
                if km * per_km <= max_mm && km > best.0 {
                    best = (km, km * per_km);
                }
            }
            power *= 10.0;
        }
        best
    }

    /// Direction of north at the map's centre, degrees clockwise from the top of the page.
    pub fn north_deg(&self) -> f64 {
        let (lon, lat) = (self.centre.lon(), self.centre.lat());
        let (a, b) = (self.point(lon, lat - 0.5), self.point(lon, lat + 0.5));
        libm::atan2(b.0 - a.0, a.1 - b.1).to_degrees()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mali() -> MapFrame {
        let bbox = Bbox { west: -12.27, south: 10.14, east: 4.27, north: 25.0 };
        MapFrame::fit(&bbox, 190.0, 170.0, 3.0).expect("a frame")
    }

    #[test]
    fn the_whole_box_falls_inside_the_frame_with_its_margin() {
        let frame = mali();
        let inner = frame.rect().grown(-2.99);
        for (lon, lat) in [(-12.27, 10.14), (4.27, 10.14), (4.27, 25.0), (-12.27, 25.0), (-4.0, 10.14), (-4.0, 25.0)] {
            let (x, y) = frame.point(lon, lat);
            assert!(inner.holds(&Rect::at(x, y, 0.0, 0.0)), "{lon} {lat}: {x} {y}");
        }
    }

    #[test]
    fn the_scale_bar_is_a_round_length_true_at_the_centre() {
        let frame = mali();
        let (km, mm) = frame.scale_bar(40.0);
        assert!([300.0, 400.0].contains(&km) && mm <= 40.0, "{km} {mm}");
        let (a, b) = (LonLat::new(-5.0, 17.57).expect("in range"), LonLat::new(-3.0, 17.57).expect("in range"));
        let ((ax, ay), (bx, by)) = (frame.place(a), frame.place(b));
        let paper = ((bx - ax).powi(2) + (by - ay).powi(2)).sqrt();
        let true_km = distance_m(a, b).0 / 1000.0;
        assert!((paper / true_km / (mm / km) - 1.0).abs() < 0.005);
        assert!(frame.north_deg().abs() < 1.0);
    }

    #[test]
    fn an_empty_box_has_no_map() {
        assert!(MapFrame::fit(&Bbox::EMPTY, 100.0, 100.0, 1.0).is_none());
        assert!(MapFrame::fit(&Bbox { west: 1.0, south: 1.0, east: 1.0, north: 2.0 }, 100.0, 100.0, 1.0).is_none());
    }
}
