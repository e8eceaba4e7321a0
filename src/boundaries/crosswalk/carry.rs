//! Numbers of one side carried to the other, as estimates; an absence stays one.

use super::Crosswalk;
use crate::domain::{Reading, StatusWord};

/// What a unit of the second side is estimated to have.
#[derive(Debug, Clone, PartialEq)]
pub struct CarriedCell {
    /// `value`, `zero`, or which absence it is.
    pub status: StatusWord,
    /// The estimate; a number exactly where the status is `value` or `zero`. Where `partial`, a lower bound.
    pub value: Option<f64>,
    /// Some of what feeds the unit has no number, or some of the unit is fed by nothing.
    pub partial: bool,
    /// The share (0–1) of what is known to feed the unit that has a number; none where nothing feeds it.
    pub known_share: Option<f64>,
}

/// A column of numbers carried.
#[derive(Debug, Clone, PartialEq)]
pub struct Carried {
    /// Parallel to [`Crosswalk::to`].
    pub cells: Vec<CarriedCell>,
    /// Counted in units (or parts of them) that go nowhere, or not to one place for certain; in no cell.
    pub unassigned: f64,
    /// All numbers of the first side: cells plus `unassigned`, within [`super::SLACK`] of it.
    pub total: u64,
}

/// Which absence speaks for several: the one that claims least.
const ABSENCES: [Reading; 5] =
    [Reading::Suppressed, Reading::Unknown, Reading::NotCovered, Reading::CoveredNoReport, Reading::NotYetElapsed];

impl Crosswalk {
    /// Carries readings, parallel to [`Crosswalk::from`].
    ///
    /// A unit whose parts all have numbers has their weighted sum. One with numbers and absences has the sum of the numbers,
    /// marked partial; where that sum is 0 it has none, for the missing part may not be 0. One with absences only has
    /// the absence, and where several differ the one that claims least. One that nothing feeds is `unknown`.
    pub fn carry(&self, readings: &[Reading]) -> Carried {
        let total: u64 = readings.iter().filter_map(|r| r.number()).sum();
        let mut placed = 0.0;
        let cells = (0..self.to.len())
            .map(|to| {
                let (mut sum, mut known, mut fed, mut whole) = (0.0, 0.0, 0.0, true);
                let mut absences: Vec<Reading> = Vec::new();
                for link in self.links_into(to).filter(|l| l.weight != Some(0.0)) {
                    let reading = readings.get(link.from).copied().unwrap_or(Reading::Unknown);
                    let ground = link.share_of_to.unwrap_or(1.0);
                    fed += ground;
                    match (reading.number(), link.weight) {
                        (Some(n), Some(weight)) => {
                            sum += n as f64 * weight;
                            known += ground;
                        }
                        // Nothing happened in all of it, so nothing in any part of it.
                        (Some(0), None) => known += ground,
                        (Some(_), None) => absences.push(Reading::Unknown),
                        (None, _) => absences.push(reading),
                    }
                    whole &= link.share_of_to.is_some();
                }
                placed += sum;
                // What lies in no unit of the first side is as unknown as what nobody reported.
                let short = whole && fed < 1.0 - super::OUTSIDE_SHARE;
                let known_share = (fed > 0.0).then(|| (known / fed).min(1.0));
                let partial = known > 0.0 && (!absences.is_empty() || short);
                if known > 0.0 && (sum > 0.0 || !partial) {
                    let status = if sum > 0.0 { "value" } else { Reading::Zero.word() };
                    return CarriedCell { status, value: Some(sum), partial, known_share };
                }
                let said = ABSENCES.into_iter().find(|a| absences.contains(a)).filter(|_| known == 0.0);
                CarriedCell { status: said.unwrap_or(Reading::Unknown).word(), value: None, partial, known_share }
            })
            .collect();
        Carried { cells, unassigned: total as f64 - placed, total }
    }
}
