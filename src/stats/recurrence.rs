//! Triggers of early warning: events that come back, units whose level rose, periods in a row.
//!
//! **Questions**: is this the n-th event within d days and r km? In which units did the level rise to critical? For how many
//! periods has the count been high without a break? **Input**: places and days of events of one kind ([`Metric`]; days as
//! whole numbers); a level or count a unit and period (none: not observed). **Output**: which events fire, with the events
//! that make them do so; what became of each unit; a number of periods.
//!
//! **Assumptions**: none of chance: these are rules, not tests. A threshold is a decision of the office, and until the
//! office has taken it every output says so (the thresholds' own file carries that). Absence of a report never ends an
//! alarm and never starts one: it has a word of its own. **Source**: Vigie's own rules, after the triggers that the work
//! plan of the Protection Cluster asks for (indices of severity and of recurrence); no published definition exists.
//!
//! ```
//! use vigie::stats::{Metric, recurrence::recurrences};
//! // Three attacks within ten days, some 11 km apart; a fourth a month later.
//! let places = [[-3.0, 14.0], [-3.0, 14.1], [-3.1, 14.0], [-3.0, 14.0]];
//! let found = recurrences(&places, Metric::Earth, &[1, 4, 9, 40], 3, 30, 25_000.0)?;
//! assert_eq!(found.len(), 1);
//! assert_eq!((found[0].event, found[0].with.as_slice()), (2, [0, 1, 2].as_slice()));
//! # Ok::<(), vigie::stats::StatsError>(())
//! ```

use super::error::{StatsError, same_length};
use super::near::{Metric, close_pairs};
use super::reason::Reason;

/// An event that is at least the n-th of its kind around its place in the days up to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    /// The event.
    pub event: usize,
    /// The events in the window, oldest first, itself among them.
    pub with: Vec<usize>,
}

/// Events with at least `count` events (themselves included; 2 or more) within `radius_m` on their day or in the days
/// before it, `days` days in all. By day, then by number. Events of one day count for each other, whatever their order.
pub fn recurrences(
    points: &[[f64; 2]],
    metric: Metric,
    day: &[i64],
    count: usize,
    days: u64,
    radius_m: f64,
) -> Result<Vec<Recurrence>, StatsError> {
    same_length("days", points.len(), day.len())?;
    for (what, given, least) in [("number of events", count as u64, 2), ("number of days", days, 1)] {
        if given < least {
            let allowed = if least == 2 { "2 or more" } else { "1 or more" };
            return Err(StatsError::OutOfRange { what, given: given as f64, allowed });
        }
    }
    let mut with: Vec<Vec<usize>> = (0..points.len()).map(|k| vec![k]).collect();
    for (a, b) in close_pairs(points, metric, radius_m, |a, b| day[a].abs_diff(day[b]) < days)? {
        let (a, b) = (a as usize, b as usize);
        if day[a] <= day[b] {
            with[b].push(a);
        }
        if day[b] <= day[a] {
            with[a].push(b);
        }
    }
    let mut found: Vec<Recurrence> = with
        .into_iter()
        .enumerate()
        .filter(|(_, with)| with.len() >= count)
        .map(|(event, mut with)| {
            with.sort_by_key(|k| (day[*k], *k));
            Recurrence { event, with }
        })
        .collect();
    found.sort_by_key(|r| (day[r.event], r.event));
    Ok(found)
}

/// What became of a unit's level from one period to the next, beside a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LevelChange {
    /// At or above the threshold now, below it before.
    Rose {
        /// The level before.
        from: u8,
        /// The level now.
        to: u8,
    },
    /// At or above the threshold now, not observed before: nobody knows whether it rose.
    FirstSeen {
        /// The level now.
        to: u8,
    },
    /// At or above the threshold, now and before.
    Stays,
    /// Below the threshold now.
    Below,
    /// Not observed now.
    NotObserved,
}

/// What became of each unit's level beside `threshold` (critical is 4).
pub fn level_changes(before: &[Option<u8>], now: &[Option<u8>], threshold: u8) -> Result<Vec<LevelChange>, StatsError> {
    same_length("levels now", before.len(), now.len())?;
    let one = |(before, now): (&Option<u8>, &Option<u8>)| match (*before, *now) {
        (_, None) => LevelChange::NotObserved,
        (_, Some(to)) if to < threshold => LevelChange::Below,
        (None, Some(to)) => LevelChange::FirstSeen { to },
        (Some(from), Some(_)) if from >= threshold => LevelChange::Stays,
        (Some(from), Some(to)) => LevelChange::Rose { from, to },
    };
    Ok(before.iter().zip(now).map(one).collect())
}

/// How many of the last periods in a row had at least `threshold`; a period not observed ends the row, since nobody knows.
/// No value where the last period itself was not observed.
pub fn periods_in_a_row(values: &[Option<f64>], threshold: f64) -> Result<usize, Reason> {
    match values.last() {
        None => Err(Reason::NoData),
        Some(None) => Err(Reason::LastNotObserved),
        Some(Some(_)) => Ok(values.iter().rev().take_while(|v| v.is_some_and(|v| v >= threshold)).count()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_order_of_the_events_changes_neither_which_fire_nor_with_which(
            events in prop::collection::vec((0_i32..20, 0_i64..40), 1..40),
            turn in 0_usize..40,
        ) {
            let n = events.len();
            let place = |k: usize| (k + turn) % n;
            let (mut points, mut day) = (vec![[0.0, 0.0]; n], vec![0; n]);
            let (mut moved, mut moved_day) = (points.clone(), day.clone());
            for (k, (x, d)) in events.iter().enumerate() {
                (points[k], day[k]) = ([f64::from(*x), 0.0], *d);
                (moved[place(k)], moved_day[place(k)]) = (points[k], *d);
            }
            let a = recurrences(&points, Metric::Plane, &day, 3, 10, 4.0).expect("events");
            let b = recurrences(&moved, Metric::Plane, &moved_day, 3, 10, 4.0).expect("events");
            let set = |r: &Recurrence, f: &dyn Fn(usize) -> usize| {
                (f(r.event), r.with.iter().map(|k| f(*k)).collect::<BTreeSet<_>>())
            };
            let a: BTreeSet<_> = a.iter().map(|r| set(r, &place)).collect();
            let b: BTreeSet<_> = b.iter().map(|r| set(r, &|k| k)).collect();
            prop_assert_eq!(a, b);
        }
    }

    #[test]
    fn a_window_of_thirty_days_ends_before_the_thirtieth_day_after() {
        let places = [[0.0, 0.0]; 2];
        let fires = |gap: i64| !recurrences(&places, Metric::Plane, &[0, gap], 2, 30, 1.0).expect("events").is_empty();
        assert!(fires(29) && !fires(30) && fires(0));
    }

    #[test]
    fn a_rule_that_is_none_is_refused() {
        let go = |count, days, radius| recurrences(&[[0.0, 0.0]], Metric::Earth, &[0], count, days, radius);
        assert!(go(1, 30, 1.0).is_err() && go(2, 0, 1.0).is_err() && go(2, 1, 0.0).is_err());
        assert_eq!(go(2, 1, 1.0), Ok(Vec::new()));
        assert!(recurrences(&[], Metric::Earth, &[0], 2, 1, 1.0).is_err());
    }

    #[test]
    fn a_level_rises_only_from_a_level_that_was_seen() {
        use LevelChange::{Below, FirstSeen, NotObserved, Rose, Stays};
        let before = [Some(3), Some(4), None, Some(4), Some(1), None];
        let now = [Some(4), Some(4), Some(4), None, Some(2), Some(1)];
        let found = level_changes(&before, &now, 4).expect("one length");
        assert_eq!(found, [Rose { from: 3, to: 4 }, Stays, FirstSeen { to: 4 }, NotObserved, Below, Below]);
        assert!(level_changes(&before, &now[1..], 4).is_err());
    }

    #[test]
    fn a_missing_month_ends_the_row_and_a_missing_last_month_has_no_row() {
        let row = |v: &[Option<f64>]| periods_in_a_row(v, 5.0);
        assert_eq!(row(&[Some(9.0), Some(1.0), Some(5.0), Some(8.0)]), Ok(2));
        assert_eq!(row(&[Some(9.0), None, Some(8.0)]), Ok(1));
        assert_eq!(row(&[Some(9.0), Some(0.0)]), Ok(0));
        assert_eq!(row(&[Some(f64::NAN)]), Ok(0));
        assert_eq!(row(&[Some(9.0), None]), Err(Reason::LastNotObserved));
        assert_eq!(row(&[]), Err(Reason::NoData));
    }
}
