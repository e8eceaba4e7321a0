//! Every circle and window of a scan, and the best of them for the observed events.

use super::super::error::StatsError;
use super::super::near::{Metric, unit_vector};
use super::{MAX_CYLINDERS, Options, Table, log_likelihood_ratio};

/// The circles around each unit and the windows in time.
///
/// Circles of a centre are prefixes of its neighbours by distance. Cylinders are numbered centre by centre, circle by
/// circle, window by window.
pub(super) struct Cylinders {
    /// Neighbours of centre k, nearest first, itself among them: `members[starts[k]..starts[k + 1]]`.
    members: Vec<u32>,
    /// Whether a circle ends with this member: the next one is farther away.
    closes: Vec<bool>,
    starts: Vec<usize>,
    windows: Vec<(usize, usize)>,
    /// Expected events of each cylinder.
    pub expected: Vec<f64>,
}

/// A cylinder with its events.
pub(super) struct Best<'a> {
    pub centre: usize,
    pub members: &'a [u32],
    pub window: (usize, usize),
    pub cases: u64,
    pub expected: f64,
    pub llr: f64,
}

/// One centre's neighbours and the number of its first cylinder.
pub(super) struct Centre<'a> {
    pub members: &'a [u32],
    pub closes: &'a [bool],
    pub first_cylinder: usize,
}

impl Cylinders {
    pub fn new(table: &Table, metric: Metric, options: &Options) -> Result<Self, StatsError> {
        let units = table.units.len();
        let windows = windows(table.periods, options);
        let total: f64 = table.expected.iter().sum();
        // Rounding must not shut out a circle of just the allowed share.
        let most = options.max_share * total * (1.0 + 1e-12);
        let in_unit: Vec<f64> = table.expected.chunks(table.periods).map(|row| row.iter().sum()).collect();
        let places: Vec<[f64; 3]> = match metric {
            Metric::Plane => table.points.iter().map(|p| [p[0], p[1], 0.0]).collect(),
            // Chords order the places as great circles do.
            Metric::Earth => table.points.iter().map(|p| unit_vector(*p)).collect(),
        };
        let mut all = Self { members: Vec::new(), closes: Vec::new(), starts: vec![0], windows, expected: Vec::new() };
        let mut by_distance: Vec<(f64, u32)> = Vec::with_capacity(units);
        let mut sums = vec![0.0; table.periods];
        for centre in &places {
            by_distance.clear();
            by_distance.extend(places.iter().zip(0_u32..).map(|(p, k)| {
                let d2: f64 = p.iter().zip(centre).map(|(a, b)| (a - b) * (a - b)).sum();
                (d2, k)
            }));
            by_distance.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            sums.fill(0.0);
            let mut inside = 0.0;
            for (place, (d2, member)) in by_distance.iter().enumerate() {
                inside += in_unit[*member as usize];
                if inside > most {
                    break;
                }
                // Units at one distance enter together: they lie on the same circle.
                let closes = by_distance.get(place + 1).is_none_or(|next| next.0 > d2 * (1.0 + 1e-9));
                all.members.push(*member);
                all.closes.push(closes);
                for (sum, e) in sums.iter_mut().zip(&table.expected[*member as usize * table.periods..]) {
                    *sum += e;
                }
                if closes {
                    all.expected.extend(all.windows.iter().map(|(a, b)| sums[*a..=*b].iter().sum::<f64>()));
                    if all.expected.len() > MAX_CYLINDERS {
                        return Err(StatsError::TooMany {
                            what: "cylinders (units × zones × windows of time)",
                            given: all.expected.len() as u64,
                            limit: MAX_CYLINDERS as u64,
                        });
                    }
                }
            }
            all.starts.push(all.members.len());
        }
        Ok(all)
    }

    pub fn count(&self) -> usize {
        self.expected.len()
    }

    pub fn windows(&self) -> &[(usize, usize)] {
        &self.windows
    }

    /// The centres in order.
    pub fn centres(&self) -> impl Iterator<Item = Centre<'_>> {
        let mut first_cylinder = 0;
        self.starts.windows(2).map(move |range| {
            let closes = &self.closes[range[0]..range[1]];
            let centre = Centre { members: &self.members[range[0]..range[1]], closes, first_cylinder };
            first_cylinder += closes.iter().filter(|c| **c).count() * self.windows.len();
            centre
        })
    }

    /// The cylinder with the largest ratio that holds no taken unit; the lowest centre, smallest circle and earliest
    /// window of equals. None where none has an excess.
    pub fn best(&self, table: &Table, taken: &[bool]) -> Option<Best<'_>> {
        let total = table.total as f64;
        let mut best: Option<Best> = None;
        let mut sums = vec![0_u64; table.periods];
        for (k, centre) in self.centres().enumerate() {
            sums.fill(0);
            let mut cylinder = centre.first_cylinder;
            for (place, member) in centre.members.iter().enumerate() {
                if taken[*member as usize] {
                    break;
                }
                for (sum, c) in sums.iter_mut().zip(&table.cases[*member as usize * table.periods..]) {
                    *sum += u64::from(*c);
                }
                if !centre.closes[place] {
                    continue;
                }
                for window in &self.windows {
                    let cases: u64 = sums[window.0..=window.1].iter().sum();
                    let expected = self.expected[cylinder];
                    cylinder += 1;
                    let llr = log_likelihood_ratio(cases as f64, expected, total);
                    // The same zone reached from another centre differs by rounding: it is no better.
                    if llr > best.as_ref().map_or(1e-12, |b| b.llr * (1.0 + 1e-12)) {
                        let members = &centre.members[..=place];
                        best = Some(Best { centre: k, members, window: *window, cases, expected, llr });
                    }
                }
            }
        }
        best
    }
}

/// Windows of periods, first and last, by first period.
fn windows(periods: usize, options: &Options) -> Vec<(usize, usize)> {
    let longest = (1..=periods).rev().find(|n| *n as f64 <= options.max_period_share * periods as f64).unwrap_or(1);
    (0..periods)
        .flat_map(|a| (a..periods.min(a + longest)).map(move |b| (a, b)))
        .filter(|(_, b)| !options.only_current || b + 1 == periods)
        .collect()
}
