//! Kulldorff's scan: is there a circle, in space or in space and time, with more events than chance explains, and where?
//!
//! **Question**: where is the most unlikely excess, over every place and size at once, so that looking everywhere costs
//! nothing? **Zones**: circles around each unit's centroid, growing unit by unit (units at the same distance together) up
//! to [`Options::max_share`] of what is expected; in time every window of at most [`Options::max_period_share`] of the
//! periods; a zone and a window make a cylinder. **Statistic**: for c events where e are expected, of C in all, and c > e,
//!
//! LLR = c·ln(c/e) + (C − c)·ln((C − c)/(C − e)), else 0.
//!
//! **p**: (#{simulations whose largest LLR ≥ LLR} + 1)/(M + 1), so it is right for the search over all zones. The tail of
//! a Gumbel distribution fitted to the simulations (by moments) is given besides: smoother below 1/(M + 1), approximate.
//! **Secondary clusters**: the best cylinder that shares no unit with one already reported, and so on; their p compares
//! with the largest LLR of the simulations too, which is conservative.
//!
//! | function | null | expected | simulated |
//! |---|---|---|---|
//! | [`poisson`], 1 period | rate equal everywhere | C·population share | C events thrown by population |
//! | [`poisson`], more | rate equal everywhere and always | C·share of population × time watched | the same |
//! | [`permutation`] | places and periods independent | Σ c_z·c_d/C over the cylinder | periods shuffled among the events |
//!
//! **Input**: centroids in degrees (great circles decide the order) or metres; counts, row by row of units, one a period
//! (none: not observed); exposures in any one unit, > 0. **Output**: clusters with members (numbers of units), counts,
//! relative risk ≥ 0, LLR ≥ 0, p in 0..1. **Assumptions**: events are independent: one attack counted as forty violations
//! is a cluster by itself, so scan incidents. Exposure must say what was watched. A circle is not a shape of violence: its
//! edge is not a border. **Sources**: Kulldorff 1997, "A spatial scan statistic", Comm. Statist. 26, section 4; Kulldorff
//! 2001, JRSS A 164 (cylinders); Kulldorff et al. 2005, PLoS Med 2:e59, eq. 1–3 (permutation); Abrams, Kleinman and
//! Kulldorff 2010 (Gumbel). Result on the SIDS data of North Carolina, 1974: LLR 15.487584, 39 counties.
//!
//! ```
//! use vigie::stats::{Metric, scan::{Options, poisson}};
//! // Ten villages of 100 people in a row, 10 km apart; the last two had nine events of twelve.
//! let places: Vec<[f64; 2]> = (0..10).map(|k| [f64::from(k) * 10_000.0, 0.0]).collect();
//! let events = [0, 1, 0, 1, 0, 0, 1, 0, 5, 4].map(Some);
//! let found = poisson(&places, Metric::Plane, 1, &events, &[Some(100.0); 10], &Options::default())?;
//! let first = &found.clusters[0];
//! assert_eq!((first.members.as_slice(), first.cases), ([9, 8].as_slice(), 9));
//! let llr = 9.0 * (9.0 / 2.4_f64).ln() + 3.0 * (3.0 / 9.6_f64).ln();
//! assert!((first.llr - llr).abs() < 1e-12 && first.p.is_some_and(|p| p < 0.02));
//! # Ok::<(), vigie::stats::StatsError>(())
//! ```

mod cylinders;
mod simulate;

use super::error::{StatsError, same_length, within};
use super::near::{Metric, places};
use super::reason::Reason;
use cylinders::Cylinders;

/// The most units.
pub const MAX_UNITS: usize = 4_000;
/// The most periods.
pub const MAX_PERIODS: usize = 400;
/// The most cylinders (zones × windows); each takes 12 bytes.
pub const MAX_CYLINDERS: usize = 16_000_000;
/// The most events: counts up to here are exact in the simulations' single precision.
pub const MAX_CASES: usize = 2_000_000;
/// The most simulations.
pub const MAX_SIMULATIONS: usize = 99_999;
/// The most looks at a cylinder and draws of an event, over all simulations.
pub const MAX_WORK: usize = 50_000_000_000;

/// How to scan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Largest zone, as a share of what is expected in all (for [`poisson`] with one period: of the population), in 0..1.
    pub max_share: f64,
    /// Longest window, as a share of the periods, in 0..=1; one period is always allowed.
    pub max_period_share: f64,
    /// Only windows that reach into the last period: clusters that go on.
    pub only_current: bool,
    /// Simulations for p; 0 for none.
    pub simulations: usize,
    /// Seed of the simulations.
    pub seed: u64,
    /// Threads; changes no digit.
    pub threads: usize,
    /// How many clusters to report at most, significant or not.
    pub clusters: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_share: 0.5,
            max_period_share: 0.5,
            only_current: false,
            simulations: 999,
            seed: 1,
            threads: 1,
            clusters: 10,
        }
    }
}

/// An excess in a circle and a window of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// The unit at the centre.
    pub centre: usize,
    /// The units of the circle, nearest first, the centre among them.
    pub members: Vec<usize>,
    /// The first and the last period of the window.
    pub periods: (usize, usize),
    /// Events in it.
    pub cases: u64,
    /// Events that the null lets expect.
    pub expected: f64,
    /// Rate inside by rate outside; none where nothing happened outside.
    pub relative_risk: Option<f64>,
    /// Log likelihood ratio.
    pub llr: f64,
    /// Monte Carlo p over the whole search; none without simulations.
    pub p: Option<f64>,
    /// Gumbel's tail; none below 30 simulations.
    pub p_gumbel: Option<f64>,
}

/// The result of a scan.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// Clusters that share no unit, by falling LLR; empty where no circle has an excess.
    pub clusters: Vec<Cluster>,
    /// Events in the units scanned.
    pub cases: u64,
    /// Units scanned.
    pub tested: usize,
    /// Units outside, with the reason.
    pub outside: Vec<(usize, Reason)>,
    /// Simulations behind p.
    pub simulations: usize,
}

/// The table that is scanned: only units in the test, row by row, with what is expected in each cell (sums to `total`).
struct Table {
    /// The caller's number of each unit.
    units: Vec<usize>,
    points: Vec<[f64; 2]>,
    periods: usize,
    cases: Vec<u32>,
    expected: Vec<f64>,
    total: u64,
}

/// How the null throws the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Null {
    Poisson,
    Permutation,
}

/// The Poisson scan of events beside an exposure: purely spatial with one period, in space and time with more.
///
/// `cases` and `exposure` have one value a unit and period, row by row of units. A cell not observed, or without an
/// exposure > 0, is outside: it expects nothing and its events are not counted. A unit without any cell left is outside.
pub fn poisson(
    points: &[[f64; 2]],
    metric: Metric,
    periods: usize,
    cases: &[Option<u32>],
    exposure: &[Option<f64>],
    options: &Options,
) -> Result<Scan, StatsError> {
    checked(points, metric, periods, cases, options)?;
    same_length("exposures", cases.len(), exposure.len())?;
    let usable = |cell: usize| exposure[cell].is_some_and(|e| e > 0.0 && e.is_finite()) && cases[cell].is_some();
    let (table, outside) = table(points, periods, |unit| {
        let mut cells = unit * periods..(unit + 1) * periods;
        if cells.clone().any(usable) {
            Ok(cells.map(|c| if usable(c) { (cases[c].unwrap_or(0), exposure[c].unwrap_or(0.0)) } else { (0, 0.0) }))
        } else if cells.all(|c| cases[c].is_none()) {
            Err(Reason::NotCovered)
        } else {
            Err(Reason::NoPopulation)
        }
    });
    scan(table, metric, outside, Null::Poisson, options)
}

/// The space-time permutation scan: needs no population, only that each unit was observed in every period (others are
/// outside). Finds places whose events crowd in time more than everywhere else; at least two periods.
pub fn permutation(
    points: &[[f64; 2]],
    metric: Metric,
    periods: usize,
    cases: &[Option<u32>],
    options: &Options,
) -> Result<Scan, StatsError> {
    checked(points, metric, periods, cases, options)?;
    if periods < 2 {
        return Err(Reason::TooFew.into());
    }
    let (mut table, outside) = table(points, periods, |unit| {
        let row = &cases[unit * periods..(unit + 1) * periods];
        if row.iter().all(Option::is_some) {
            Ok(row.iter().map(|c| (c.unwrap_or(0), 0.0)))
        } else {
            Err(Reason::NotCovered)
        }
    });
    // A cell expects its unit's share of its period's events.
    let mut in_period = vec![0.0; periods];
    for row in table.cases.chunks(periods) {
        for (sum, c) in in_period.iter_mut().zip(row) {
            *sum += f64::from(*c);
        }
    }
    for (row, expected) in table.cases.chunks(periods).zip(table.expected.chunks_mut(periods)) {
        let in_unit: f64 = row.iter().map(|c| f64::from(*c)).sum();
        for (e, in_period) in expected.iter_mut().zip(&in_period) {
            *e = in_unit * in_period;
        }
    }
    scan(table, metric, outside, Null::Permutation, options)
}

fn checked(
    points: &[[f64; 2]],
    metric: Metric,
    periods: usize,
    cases: &[Option<u32>],
    options: &Options,
) -> Result<(), StatsError> {
    places(points, metric)?;
    within("units", points.len(), MAX_UNITS)?;
    within("periods", periods, MAX_PERIODS)?;
    within("simulations", options.simulations, MAX_SIMULATIONS)?;
    same_length("cases", points.len() * periods, cases.len())?;
    for (what, given) in [("largest share", options.max_share), ("longest share of periods", options.max_period_share)]
    {
        if !(given > 0.0 && given <= 1.0) {
            return Err(StatsError::OutOfRange { what, given, allowed: "a share above 0, at most 1" });
        }
    }
    Ok(())
}

/// Keeps the units that have cells, and says why the others have none.
fn table<I: Iterator<Item = (u32, f64)>>(
    points: &[[f64; 2]],
    periods: usize,
    row: impl Fn(usize) -> Result<I, Reason>,
) -> (Table, Vec<(usize, Reason)>) {
    let mut table =
        Table { units: Vec::new(), points: Vec::new(), periods, cases: Vec::new(), expected: Vec::new(), total: 0 };
    let mut outside = Vec::new();
    for (unit, point) in points.iter().enumerate() {
        match row(unit) {
            Ok(cells) => {
                table.units.push(unit);
                table.points.push(*point);
                for (cases, exposure) in cells {
                    table.cases.push(cases);
                    table.expected.push(exposure);
                    table.total += u64::from(cases);
                }
            }
            Err(reason) => outside.push((unit, reason)),
        }
    }
    (table, outside)
}

fn scan(
    mut table: Table,
    metric: Metric,
    outside: Vec<(usize, Reason)>,
    null: Null,
    options: &Options,
) -> Result<Scan, StatsError> {
    match table.units.len() {
        0 => return Err(Reason::NoData.into()),
        1 => return Err(Reason::TooFew.into()),
        _ => {}
    }
    if table.total == 0 {
        return Err(Reason::AllZero.into());
    }
    let cases = usize::try_from(table.total).unwrap_or(usize::MAX);
    within("events", cases, MAX_CASES)?;
    let scale = table.total as f64 / table.expected.iter().sum::<f64>();
    if !(scale.is_finite() && scale > 0.0) {
        return Err(Reason::NoPopulation.into());
    }
    for e in &mut table.expected {
        *e *= scale;
    }
    let cylinders = Cylinders::new(&table, metric, options)?;
    let work = cylinders.count().saturating_add(cases).saturating_mul(options.simulations);
    within("cylinders and events × simulations", work, MAX_WORK)?;

    let mut taken = vec![false; table.units.len()];
    let mut clusters: Vec<Cluster> = Vec::new();
    while clusters.len() < options.clusters {
        let Some(best) = cylinders.best(&table, &taken) else { break };
        for member in best.members {
            taken[*member as usize] = true;
        }
        clusters.push(Cluster {
            centre: table.units[best.centre],
            members: best.members.iter().map(|m| table.units[*m as usize]).collect(),
            periods: best.window,
            cases: best.cases,
            expected: best.expected,
            relative_risk: relative_risk(best.cases, best.expected, table.total),
            llr: best.llr,
            p: None,
            p_gumbel: None,
        });
    }
    if !clusters.is_empty() && options.simulations > 0 {
        let largest = simulate::largest_llr(&table, &cylinders, null, options);
        for cluster in &mut clusters {
            // Equal ratios reached over another circle differ by rounding: they count as reached.
            let reached = largest.iter().filter(|l| **l >= cluster.llr * (1.0 - 1e-9)).count();
            cluster.p = Some((reached + 1) as f64 / (largest.len() + 1) as f64);
            cluster.p_gumbel = gumbel_tail(&largest, cluster.llr);
        }
    }
    Ok(Scan { clusters, cases: table.total, tested: table.units.len(), outside, simulations: options.simulations })
}

/// Kulldorff's log likelihood ratio of c cases where e are expected, of `total`; 0 where there is no excess.
fn log_likelihood_ratio(cases: f64, expected: f64, total: f64) -> f64 {
    if cases <= expected || expected <= 0.0 {
        return 0.0;
    }
    let outside = total - cases;
    let rest = if outside > 0.0 { outside * libm::log(outside / (total - expected)) } else { 0.0 };
    cases * libm::log(cases / expected) + rest
}

fn relative_risk(cases: u64, expected: f64, total: u64) -> Option<f64> {
    let (c, all) = (cases as f64, total as f64);
    (cases < total).then(|| (c / expected) / ((all - c) / (all - expected)))
}

/// P(X ≥ x) of the Gumbel distribution with the simulations' mean and variance.
fn gumbel_tail(simulated: &[f64], x: f64) -> Option<f64> {
    const EULER: f64 = 0.577_215_664_901_532_9;
    if simulated.len() < 30 {
        return None;
    }
    let n = simulated.len() as f64;
    let mean = simulated.iter().sum::<f64>() / n;
    let variance = simulated.iter().map(|l| (l - mean) * (l - mean)).sum::<f64>() / (n - 1.0);
    let scale = (6.0 * variance).sqrt() / std::f64::consts::PI;
    let mode = mean - EULER * scale;
    (scale > 0.0).then(|| -libm::expm1(-libm::exp(-(x - mode) / scale)))
}

#[cfg(test)]
mod tests;
