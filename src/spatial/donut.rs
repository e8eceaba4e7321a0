//! Places moved into a ring around where they were, so that a map shows about where and not where.

use super::lonlat::LonLat;
use super::measure::{EARTH_RADIUS_M, Metres, distance_m};

/// How far a place is moved: at least, at most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Donut {
    least: Metres,
    most: Metres,
}

/// Distances that are no ring.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{least} to {most} km is no ring to move places into: at least 1, at most 50, and 3 km between the two")]
pub struct NoDonut {
    least: f64,
    most: f64,
}

/// Draws until none of them fell on allowed ground.
const DRAWS: usize = 1_000;

/// Coordinates are moved from, and given, in steps of this many degrees: what lies within 1 km moves as one, and what comes out does not
/// pretend to be more exact than it is.
const FROM_STEP: f64 = 0.01;
const TO_STEP: f64 = 0.000_1;

/// Half the diagonal of a square of [`FROM_STEP`], with what rounding to [`TO_STEP`] adds.
const SLACK_M: f64 = 800.0;

impl Donut {
    /// From kilometres.
    ///
    /// # Errors
    /// Less than 1 km, more than 50, less than 3 between the two.
    pub fn km(least: f64, most: f64) -> Result<Self, NoDonut> {
        // Not the negations: what is not a number is none of these.
        if least >= 1.0 && most <= 50.0 && most - least >= 3.0 {
            Ok(Self { least: Metres(least * 1000.0), most: Metres(most * 1000.0) })
        } else {
            Err(NoDonut { least, most })
        }
    }

    /// The square whose places move as one: numbers of its column and row.
    pub fn square(place: LonLat) -> (i64, i64) {
        #[expect(clippy::cast_possible_truncation, reason = "at most 18 000 either way")]
        let step = |degrees: f64| (degrees / FROM_STEP).floor() as i64;
        (step(place.lon()), step(place.lat()))
    }

    /// A place in the ring around another, on allowed ground; none where a thousand draws found none. `draw` gives numbers from 0 to
    /// below 1; the same numbers give the same place to whatever lies in the same [`Donut::square`].
    pub fn moved(
        self,
        from: LonLat,
        mut draw: impl FnMut() -> [f64; 2],
        allowed: impl Fn(LonLat) -> bool,
    ) -> Option<LonLat> {
        let (column, row) = Self::square(from);
        #[expect(clippy::cast_precision_loss, reason = "at most 18 000 either way")]
        let middle = |step: i64| (step as f64 + 0.5) * FROM_STEP;
        let centre = LonLat::new(middle(column).clamp(-180.0, 180.0), middle(row).clamp(-90.0, 90.0)).ok()?;
        let (least, most) = (self.least.0 + SLACK_M, self.most.0 - SLACK_M);
        (0..DRAWS).find_map(|_| {
            let [u, v] = draw();
            // As many in the outer half of the ring's ground as in the inner one.
            let distance = (least * least + u * (most * most - least * least)).sqrt();
            let place = rounded(destination(centre, Metres(distance), v * std::f64::consts::TAU)?)?;
            let off = distance_m(from, place).0;
            (off >= self.least.0 && off <= self.most.0 && allowed(place)).then_some(place)
        })
    }
}

fn rounded(place: LonLat) -> Option<LonLat> {
    let to = |degrees: f64| (degrees / TO_STEP).round() * TO_STEP;
    LonLat::new(to(place.lon()), to(place.lat())).ok()
}

/// The place at a distance in a direction, radians from north, along a great circle; none past the antimeridian.
fn destination(from: LonLat, distance: Metres, bearing: f64) -> Option<LonLat> {
    let (lon, lat) = (from.lon().to_radians(), from.lat().to_radians());
    let angle = distance.0 / EARTH_RADIUS_M;
    let (sin, cos) = (libm::sin(angle), libm::cos(angle));
    let to = libm::asin(libm::sin(lat) * cos + libm::cos(lat) * sin * libm::cos(bearing));
    let east = libm::atan2(libm::sin(bearing) * sin * libm::cos(lat), cos - libm::sin(lat) * libm::sin(to));
    LonLat::new((lon + east).to_degrees(), to.to_degrees()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Numbers that a seed gives, evenly enough.
    fn numbers(mut seed: u64) -> impl FnMut() -> [f64; 2] {
        move || {
            [(); 2].map(|()| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                #[expect(clippy::cast_precision_loss, reason = "53 bits")]
                let number = (seed >> 11) as f64 / (1_u64 << 53) as f64;
                number
            })
        }
    }

    proptest! {
        #[test]
        fn the_place_lies_in_the_ring_on_allowed_ground_and_whatever_is_near_moves_as_one(
            lon in -12.0..4.0_f64, lat in 10.0..25.0_f64, least in 1.0..20.0_f64, wide in 3.0..30.0_f64, seed: u64,
        ) {
            let donut = Donut::km(least, least + wide).expect("a ring");
            let from = LonLat::new(lon, lat).expect("a place");
            let north = |p: LonLat| p.lat() > lat;
            if let Some(to) = donut.moved(from, numbers(seed), north) {
                let off = distance_m(from, to).0 / 1000.0;
                prop_assert!(off >= least && off <= least + wide, "{off} km");
                prop_assert!(north(to));
                prop_assert_eq!(donut.moved(from, numbers(seed), north), Some(to), "the same again");
            } else {
                prop_assert!(false, "half of the ring is allowed");
            }
            let (column, row) = Donut::square(from);
            let near = LonLat::new((column as f64 + 0.3) * 0.01, (row as f64 + 0.6) * 0.01).expect("a place");
            prop_assert_eq!(donut.moved(from, numbers(seed), |_| true), donut.moved(near, numbers(seed), |_| true));
        }
    }

    #[test]
    fn where_no_place_of_the_ring_is_allowed_there_is_none() {
        let donut = Donut::km(2.0, 8.0).expect("a ring");
        let from = LonLat::new(-4.2, 14.5).expect("a place");
        let near = |p: LonLat| distance_m(from, p).0 < 1_900.0;
        assert_eq!(donut.moved(from, numbers(1), near), None);
    }

    #[test]
    fn distances_that_are_no_ring_are_refused() {
        for (least, most) in [(0.0, 5.0), (5.0, 4.0), (2.0, 4.0), (2.0, 60.0), (f64::NAN, 5.0), (2.0, f64::NAN)] {
            assert!(Donut::km(least, most).is_err(), "{least} {most}");
        }
    }

    #[test]
    fn a_kilometre_north_is_a_kilometre_north() {
        let from = LonLat::new(-4.0, 14.0).expect("a place");
        let to = destination(from, Metres(1000.0), 0.0).expect("a place");
        assert!((to.lon() - -4.0).abs() < 1e-12 && (distance_m(from, to).0 - 1000.0).abs() < 1e-6, "{to:?}");
    }
}
