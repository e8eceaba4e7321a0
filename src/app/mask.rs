//! Points shown about where they are: moved by numbers that only the store's own secret gives.
//!
//! The numbers follow from the commune, the month and the square kilometre of a place, never from chance: asking again, importing
//! again and correcting by a few metres give the same, and the reports of one village in a month lie on one place, so that there is
//! nothing to take an average of.

use geo::Contains as _;

use super::policy::Points;
use crate::boundaries::{BoundarySet, Unit};
use crate::domain::{Attr, Fact, Hmac, Month};
use crate::spatial::{Donut, LonLat};
use crate::store::MaskSecret;

/// The attribute of a fact that says what its point is worth.
pub(super) const MASKING: &str = "masking";

/// A point as it is told, and its word for [`MASKING`].
pub(super) type Told = (LonLat, &'static str);

/// How points are told: which way, with which secret.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mask<'a> {
    pub points: Points,
    pub secret: Option<&'a MaskSecret>,
}

impl Mask<'_> {
    /// The point of a report in a commune: at the commune's own point where it has none of its own, or none that may be told.
    pub(super) fn point(&self, set: &BoundarySet, unit: &Unit, month: Month, fact: Option<&Fact>) -> Told {
        let at_unit = (unit.label, "unit");
        let Some(own) = fact.filter(|f| f.may_be_given_on() && is_its_own(f)).and_then(|f| f.place.point) else {
            return at_unit;
        };
        match (self.points, self.secret) {
            (Points::Exact, _) => (own, "exact"),
            (Points::Donut(donut), Some(secret)) => {
                let (column, row) = Donut::square(own);
                let what = format!("{}\n{}\n{month}\n{column}\n{row}", set.info.id, unit.pcode);
                let mut numbers = Numbers { secret, what, drawn: 0 };
                let inside = |p: LonLat| unit.shape.contains(&geo::Point::new(p.lon(), p.lat()));
                donut.moved(own, || numbers.next(), inside).map_or(at_unit, |p| (p, "donut"))
            }
            (Points::Donut(_) | Points::Unit | Points::None, _) => at_unit,
        }
    }
}

/// Whether a fact's coordinates are of its own place: those said to be of the commune or coarser are not.
fn is_its_own(fact: &Fact) -> bool {
    fact.attr("geo_precision").and_then(Attr::text).is_none_or(|p| p == "1")
}

/// Numbers from 0 to below 1, two at a time, that nobody without the secret can tell.
struct Numbers<'a> {
    secret: &'a MaskSecret,
    what: String,
    drawn: u32,
}

impl Numbers<'_> {
    fn next(&mut self) -> [f64; 2] {
        let mac = Hmac::keyed(self.secret.bytes()).of(&[self.what.as_bytes(), b"\n", &self.drawn.to_be_bytes()]);
        self.drawn += 1;
        let number = |eight: [u8; 8]| (u64::from_be_bytes(eight) >> 11) as f64 / (1_u64 << 53) as f64;
        let [a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7, ..] = mac;
        [number([a0, a1, a2, a3, a4, a5, a6, a7]), number([b0, b1, b2, b3, b4, b5, b6, b7])]
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::boundaries::SetInfo;
    use crate::domain::{Attrs, GeometryKind, Level, Match, Place, SetId, When};
    use crate::spatial::{Bbox, SquareKm, distance_m};

    /// A commune of some degrees around a place.
    fn commune(middle: LonLat, half: f64) -> (BoundarySet, Unit) {
        let (x, y) = (middle.lon(), middle.lat());
        let ring = vec![(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)];
        let shape = geo::MultiPolygon(vec![geo::Polygon::new(ring.into(), Vec::new())]);
        let unit = Unit {
            pcode: "ML050101".into(),
            name: "Sio".into(),
            level: Level::Commune,
            parent: None,
            bbox: Bbox::of(&shape),
            shape,
            area: SquareKm(1.0),
            label: middle,
        };
        let info = SetInfo {
            id: SetId::new("a").expect("a name"),
            title_fr: String::new(),
            title_en: String::new(),
            country: "MLI".into(),
            geometry: GeometryKind::Surveyed,
            valid_from: None,
            origin: String::new(),
            licence: String::new(),
        };
        (BoundarySet::new(info, vec![unit.clone()]), unit)
    }

    fn fact(point: Option<LonLat>, attrs: &[(&str, &str)]) -> Fact {
        let set = SetId::new("a").expect("a name");
        let mut all = Attrs::default();
        for (name, value) in attrs {
            all.insert((*name).into(), Attr::Text((*value).into()));
        }
        Fact {
            theme: "incidents".into(),
            id: "1".into(),
            source: "monitoring".into(),
            when: When::Month(june()),
            place: Place {
                set,
                units: [None, None, Some("ML050101".into())],
                matched: Match::Point,
                point,
                stated: <[Option<Arc<str>>; 4]>::default(),
                axis: None,
            },
            attrs: all,
            synthetic: false,
        }
    }

    fn june() -> Month {
        Month::new(2021, 6).expect("a month")
    }

    fn donut(secret: &MaskSecret) -> Mask<'_> {
        Mask { points: Points::Donut(Donut::km(2.0, 8.0).expect("a ring")), secret: Some(secret) }
    }

    proptest! {
        #[test]
        fn a_moved_point_stays_in_its_commune_and_ring_and_follows_from_the_secret_alone(
            dx in -0.1..0.1_f64, dy in -0.1..0.1_f64, a: [u8; 32], b: [u8; 32],
        ) {
            prop_assume!(a != b);
            let middle = LonLat::new(-4.2, 14.5).expect("a place");
            let (set, unit) = commune(middle, 0.1);
            let own = LonLat::new(-4.2 + dx, 14.5 + dy).expect("a place");
            let report = fact(Some(own), &[]);
            let (secret, other) = (MaskSecret::new(a), MaskSecret::new(b));
            let (place, word) = donut(&secret).point(&set, &unit, june(), Some(&report));
            let off = distance_m(own, place).0;
            prop_assert_eq!(word, "donut");
            prop_assert!((2_000.0..=8_000.0).contains(&off), "{} m", off);
            prop_assert!(unit.shape.contains(&geo::Point::new(place.lon(), place.lat())));
            prop_assert_eq!(donut(&secret).point(&set, &unit, june(), Some(&report)), (place, word));
            prop_assert_ne!(donut(&other).point(&set, &unit, june(), Some(&report)).0, place);
        }
    }

    #[test]
    fn reports_of_one_village_in_a_month_lie_on_one_place_so_that_their_middle_tells_no_more() {
        let (set, unit) = commune(LonLat::new(-4.2, 14.5).expect("a place"), 0.1);
        let secret = MaskSecret::new([7; 32]);
        let places: Vec<LonLat> = (0..20)
            .map(|k| LonLat::new(-4.1999 + f64::from(k) * 0.000_4, 14.5001 + f64::from(k) * 0.000_4).expect("a place"))
            .map(|p| donut(&secret).point(&set, &unit, june(), Some(&fact(Some(p), &[]))).0)
            .collect();
        assert!(places.iter().all(|p| *p == places[0]), "{places:?}");
    }

    #[test]
    fn without_room_or_a_point_of_its_own_it_is_the_communes_and_says_so() {
        let middle = LonLat::new(-4.2, 14.5).expect("a place");
        let (set, large) = commune(middle, 0.1);
        let (_, small) = commune(middle, 0.005);
        let own = LonLat::new(-4.201, 14.501).expect("a place");
        let secret = MaskSecret::new([7; 32]);
        let told = |unit: &Unit, fact: Option<&Fact>| donut(&secret).point(&set, unit, june(), fact);
        assert_eq!(told(&small, Some(&fact(Some(own), &[]))), (middle, "unit"), "no room");
        assert_eq!(told(&large, Some(&fact(None, &[]))), (middle, "unit"));
        assert_eq!(told(&large, None), (middle, "unit"));
        let of_the_commune = fact(Some(own), &[("geo_precision", "2")]);
        assert_eq!(told(&large, Some(&of_the_commune)), (middle, "unit"));
        let kept_back = fact(Some(own), &[(Fact::ONWARD_SHARING, Fact::AGGREGATES_ONLY)]);
        assert_eq!(told(&large, Some(&kept_back)), (middle, "unit"));
        let exact = Mask { points: Points::Exact, secret: None };
        assert_eq!(exact.point(&set, &large, june(), Some(&fact(Some(own), &[]))), (own, "exact"));
        assert_eq!(exact.point(&set, &large, june(), Some(&kept_back)), (middle, "unit"));
    }
}
