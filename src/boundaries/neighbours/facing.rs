//! Outer borders of different sets that face each other.

use std::collections::BTreeMap;

use rstar::{PointDistance, RTree};

use super::borders::Edge;

/// A border is looked at once in so many metres.
const STEP_M: f64 = 500.0;

/// Pairs of units of different sets with at least `length_m` of outer border facing each other within `reach_m`, seen
/// from either side. `sets`: number of the first unit, and the outer edges, of each set.
pub(super) fn across(sets: Vec<(usize, Vec<Edge>)>, reach_m: f64, length_m: f64) -> Vec<(usize, usize)> {
    if sets.len() < 2 {
        return Vec::new();
    }
    let sets: Vec<(usize, RTree<Edge>)> =
        sets.into_iter().map(|(first, edges)| (first, RTree::bulk_load(edges))).collect();
    let mut lengths: BTreeMap<(usize, usize), [f64; 2]> = BTreeMap::new();
    for (a, (first_a, here)) in sets.iter().enumerate() {
        for (b, (first_b, there)) in sets.iter().enumerate().filter(|(b, _)| *b != a) {
            for (unit, other, length) in faced(here, there, reach_m) {
                let (mine, theirs) = (first_a + unit as usize, first_b + other as usize);
                let side = usize::from(a > b);
                lengths.entry((mine.min(theirs), mine.max(theirs))).or_default()[side] += length;
            }
        }
    }
    lengths.into_iter().filter(|(_, [a, b])| a.max(*b) >= length_m).map(|(pair, _)| pair).collect()
}

/// Stretches of border here with the unit there whose border they face.
fn faced<'a>(
    here: &'a RTree<Edge>,
    there: &'a RTree<Edge>,
    reach_m: f64,
) -> impl Iterator<Item = (u32, u32, f64)> + 'a {
    use rstar::{AABB, Envelope};
    let whole = there.root().envelope();
    let grown = AABB::from_corners(whole.lower().map(|v| v - reach_m), whole.upper().map(|v| v + reach_m));
    here.iter().filter(move |e| grown.intersects(&rstar::RTreeObject::envelope(*e))).flat_map(move |edge| {
        let length = edge.length();
        let steps = steps(length);
        let share = 1.0 / f64::from(steps);
        (0..steps).filter_map(move |k| {
            let place = edge.at((f64::from(k) + 0.5) * share);
            let facing = there.nearest_neighbor(place)?;
            let distance = facing.distance_2(&place).sqrt();
            if distance > reach_m {
                return None;
            }
            let opposite = facing.nearest(place);
            let back = here.nearest_neighbor(opposite)?.distance_2(&opposite).sqrt();
            (2.0 * back >= distance).then_some((edge.unit, facing.unit, length * share))
        })
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 100,000: an edge below 50,000 km")]
fn steps(length: f64) -> u32 {
    (length / STEP_M).ceil().clamp(1.0, 100_000.0) as u32
}
