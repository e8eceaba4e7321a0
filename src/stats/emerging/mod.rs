//! Emerging hot spots: where are counts high, or low, among neighbours in space and time, and which way does it go?
//!
//! **Steps.** (1) For each bin (unit, period) a Gi* z-score over the unit and its neighbours, in the period and the
//! `previous` ones before it: z = (Σy − Wȳ)/(s·√((N·W − W²)/(N−1))), with W bins in the neighbourhood, N observed bins in
//! all, ȳ and s (divisor N) over all of them. (2) A two-sided normal p for each bin, with the false discovery rate held
//! over all bins tested: the bin is hot, cold or neither. (3) Mann and Kendall's test on each unit's z-scores over time.
//! (4) Of eight categories, hot or cold, the one whose rule fits; the rules are on [`Category`].
//!
//! **Input**: one value a unit and period (none: not observed, outside everything), row by row of units, in one unit of
//! measure; neighbour lists (their weights are not used). **Output**: z (unitless), hot or cold for each bin, trend and category
//! for each unit. **Assumptions**: the normal p is an approximation that counts full of zeros strain; z-scores of
//! overlapping windows are autocorrelated, which makes the plain trend test reject too often: [`Trend::HamedRao`] corrects
//! for it. **Sources**: Getis and Ord 1992, 1996 (Gi*, eq. 14.3 with divisor n); Mann–Kendall: [`super::mann_kendall`];
//! Benjamini and Hochberg 1995; the categories after the published definitions of Esri's tool of this name, read strictly.
//!
//! A bin not observed, or without any observed neighbour in its window, is not tested: categories are read over the tested
//! bins of the unit in order of time, and how many there are is part of the result. The last period must be among them.
//!
//! ```
//! use vigie::stats::emerging::{Category, Temperature, categorise};
//! use vigie::stats::emerging::Bin::{Cold, Hot, Neither};
//! let bins = [Neither, Neither, Neither, Neither, Neither, Neither, Neither, Neither, Hot, Hot];
//! assert_eq!(categorise(&bins, 0), Some((Category::Consecutive, Temperature::Hot)));
//! ```

use super::distributions::normal_two_sided;
use super::error::{StatsError, rate, same_length, within};
use super::mann_kendall::{MannKendall, hamed_rao, test};
use super::neighbours::Neighbours;
use super::reason::Reason;

/// The most bins: units × periods.
pub const MAX_BINS: usize = 5_000_000;
/// The most periods: the trend test looks at every pair.
pub const MAX_PERIODS: usize = 1_000;
/// The least number of tested bins of a unit for a category.
pub const MIN_PERIODS: usize = 10;

/// Which test finds the trend of a unit's z-scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// Mann and Kendall, corrected for ties.
    MannKendall,
    /// The same, corrected for autocorrelation too.
    HamedRao,
}

/// How to look for emerging hot spots.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// How many earlier periods belong to a bin's neighbourhood.
    pub previous: usize,
    /// False discovery rate over the bins.
    pub alpha: f64,
    /// Error rate of the trend test.
    pub trend_alpha: f64,
    /// The trend test.
    pub trend: Trend,
}

impl Default for Options {
    fn default() -> Self {
        Self { previous: 1, alpha: 0.05, trend_alpha: 0.05, trend: Trend::MannKendall }
    }
}

/// What a bin is, after the correction for many tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bin {
    /// Significantly high.
    Hot,
    /// Significantly low.
    Cold,
    /// Tested, neither.
    Neither,
    /// Not observed, or without an observed neighbour.
    Untested,
}

/// Hot or cold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Temperature {
    /// High values.
    Hot,
    /// Low values.
    Cold,
}

/// How a unit's hot (or, mirrored, cold) bins lie in time. Hot is looked at before cold; the rules in this order:
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Hot in the last bin only.
    New,
    /// The last two bins or more hot, none before that run, never cold, less than 90 % hot.
    Consecutive,
    /// At least 90 % hot, the last one too, and a significant rise.
    Intensifying,
    /// At least 90 % hot, the last one too, no significant trend.
    Persistent,
    /// At least 90 % hot, the last one too, and a significant fall.
    Diminishing,
    /// At least 90 % hot, but not the last.
    Historical,
    /// The last bin hot, less than 90 % hot, some bin before cold.
    Oscillating,
    /// The last bin hot, less than 90 % hot, on and off, never cold.
    Sporadic,
}

/// What was found in one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnitPattern {
    /// The category; none where no rule fits ("no pattern").
    pub pattern: Option<(Category, Temperature)>,
    /// The trend of the z-scores; none where they do not allow a test.
    pub trend: Option<MannKendall>,
    /// Bins tested.
    pub tested: usize,
    /// Hot bins.
    pub hot: usize,
    /// Cold bins.
    pub cold: usize,
}

/// Emerging hot spots of a space-time table.
#[derive(Debug, Clone, PartialEq)]
pub struct Emerging {
    /// Each bin's Gi* z-score, row by row of units; none where it was not tested.
    pub z: Vec<Option<f64>>,
    /// What each bin is.
    pub bins: Vec<Bin>,
    /// Each unit's pattern, or why it has none.
    pub units: Vec<Result<UnitPattern, Reason>>,
    /// How many bins were tested.
    pub tested: usize,
    /// The largest p that is a discovery; none where nothing is.
    pub p_cutoff: Option<f64>,
}

/// Finds emerging hot spots in `values` (units × periods, row by row of units); see the module's page.
pub fn emerging(
    values: &[Option<f64>],
    periods: usize,
    neighbours: &Neighbours,
    options: &Options,
) -> Result<Emerging, StatsError> {
    let units = neighbours.len();
    within("periods", periods, MAX_PERIODS)?;
    within("bins", values.len(), MAX_BINS)?;
    same_length("values", units.saturating_mul(periods), values.len())?;
    rate("alpha", options.alpha)?;
    rate("alpha of the trend", options.trend_alpha)?;
    let z = space_time_gi_star(values, periods, neighbours, options.previous)?;
    let tested = z.iter().flatten().count();
    let small = z.iter().flatten().map(|z| normal_two_sided(*z)).filter(|p| *p <= options.alpha).collect();
    let p_cutoff = cutoff(small, tested, options.alpha);
    let bin = |z: &Option<f64>| match (z, p_cutoff) {
        (None, _) => Bin::Untested,
        (Some(z), Some(cutoff)) if normal_two_sided(*z) <= cutoff => {
            if *z > 0.0 {
                Bin::Hot
            } else {
                Bin::Cold
            }
        }
        _ => Bin::Neither,
    };
    let bins: Vec<Bin> = z.iter().map(bin).collect();
    let mut units_found = Vec::with_capacity(units);
    for unit in 0..units {
        let row = unit * periods..(unit + 1) * periods;
        units_found.push(pattern(&values[row.clone()], &z[row.clone()], &bins[row], options));
    }
    Ok(Emerging { z, bins, units: units_found, tested, p_cutoff })
}

/// The largest p-value that is rejected at false discovery rate `alpha`, of `tested` hypotheses of which `small` holds
/// every p ≤ alpha (others cannot be rejected); none where nothing is rejected. Benjamini and Hochberg 1995, eq. 1.
fn cutoff(mut small: Vec<f64>, tested: usize, alpha: f64) -> Option<f64> {
    small.sort_unstable_by(f64::total_cmp);
    small.iter().enumerate().rev().find(|(k, p)| **p <= (k + 1) as f64 * alpha / tested as f64).map(|(_, p)| *p)
}

/// Sum and number of observed bins.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    sum: f64,
    bins: f64,
}

/// Gi* of every bin with an observed value and an observed neighbour in another unit.
fn space_time_gi_star(
    values: &[Option<f64>],
    periods: usize,
    neighbours: &Neighbours,
    previous: usize,
) -> Result<Vec<Option<f64>>, StatsError> {
    let observed = || values.iter().flatten();
    if observed().any(|v| !v.is_finite()) {
        return Err(Reason::NotFinite.into());
    }
    let n = observed().count() as f64;
    if n < 2.0 {
        return Err(if n < 1.0 { Reason::NoData } else { Reason::TooFew }.into());
    }
    let mean = observed().sum::<f64>() / n;
    let variance = observed().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    // Compared with the first, not by the variance: rounding could leave a trace of one.
    if observed().all(|v| Some(v) == observed().next()) {
        return Err(Reason::AllEqual.into());
    }
    let deviation = variance.sqrt();
    // Each bin together with the periods before it that count as neighbours, values taken from the mean.
    let mut windows = vec![Tally::default(); values.len()];
    for (row, out) in values.chunks(periods.max(1)).zip(windows.chunks_mut(periods.max(1))) {
        for (t, tally) in out.iter_mut().enumerate() {
            for v in row[t.saturating_sub(previous)..=t].iter().flatten() {
                tally.sum += v - mean;
                tally.bins += 1.0;
            }
        }
    }
    let mut z = vec![None; values.len()];
    let mut around = vec![Tally::default(); periods];
    for unit in 0..neighbours.len() {
        around.fill(Tally::default());
        for other in neighbours.of(unit).iter().map(|o| *o as usize) {
            for (sum, tally) in around.iter_mut().zip(&windows[other * periods..]) {
                sum.sum += tally.sum;
                sum.bins += tally.bins;
            }
        }
        for (t, around) in around.iter().enumerate() {
            let at = unit * periods + t;
            let weight = around.bins + windows[at].bins;
            let spread = (n * weight - weight * weight) / (n - 1.0);
            if values[at].is_some() && around.bins > 0.0 && spread > 0.0 {
                z[at] = Some((around.sum + windows[at].sum) / (deviation * spread.sqrt()));
            }
        }
    }
    Ok(z)
}

/// The trend and category of one unit.
fn pattern(values: &[Option<f64>], z: &[Option<f64>], bins: &[Bin], options: &Options) -> Result<UnitPattern, Reason> {
    if values.iter().all(Option::is_none) {
        return Err(Reason::NotCovered);
    }
    let scores: Vec<f64> = z.iter().copied().flatten().collect();
    if scores.is_empty() {
        return Err(Reason::NoNeighbours);
    }
    if scores.len() < MIN_PERIODS {
        return Err(Reason::TooFew);
    }
    if z.last().copied().flatten().is_none() {
        return Err(Reason::LastNotObserved);
    }
    // Scores were checked: no more than MAX_PERIODS of them, all finite.
    let trend = match options.trend {
        Trend::MannKendall => test(&scores, 1.0).ok(),
        Trend::HamedRao => hamed_rao(&scores).ok(),
    };
    let direction = trend.filter(|t| t.p <= options.trend_alpha).map_or(0, |t| t.s.signum());
    let tested: Vec<Bin> = bins.iter().copied().filter(|b| *b != Bin::Untested).collect();
    let count = |kind| tested.iter().filter(|b| **b == kind).count();
    Ok(UnitPattern {
        pattern: categorise(&tested, direction),
        trend,
        tested: tested.len(),
        hot: count(Bin::Hot),
        cold: count(Bin::Cold),
    })
}

/// The category of a unit's tested bins in order of time, with the direction of their significant trend (1, 0 or −1).
/// Untested bins are passed over. None where no rule fits.
pub fn categorise(bins: &[Bin], trend: i64) -> Option<(Category, Temperature)> {
    let hot = one_sided(bins, Bin::Hot, Bin::Cold, trend).map(|c| (c, Temperature::Hot));
    hot.or_else(|| one_sided(bins, Bin::Cold, Bin::Hot, -trend).map(|c| (c, Temperature::Cold)))
}

fn one_sided(bins: &[Bin], own: Bin, opposite: Bin, trend: i64) -> Option<Category> {
    let bins: Vec<Bin> = bins.iter().copied().filter(|b| *b != Bin::Untested).collect();
    let count = bins.iter().filter(|b| **b == own).count();
    let ever_opposite = bins.contains(&opposite);
    let run = bins.iter().rev().take_while(|b| **b == own).count();
    // The share in whole numbers: at least 90 %.
    let nearly_always = count > 0 && 10 * count >= 9 * bins.len();
    match (run > 0, nearly_always) {
        (true, _) if count == 1 => Some(Category::New),
        (true, false) if run >= 2 && run == count && !ever_opposite => Some(Category::Consecutive),
        (true, true) if trend > 0 => Some(Category::Intensifying),
        (true, true) if trend < 0 => Some(Category::Diminishing),
        (true, true) => Some(Category::Persistent),
        (false, true) => Some(Category::Historical),
        (true, false) if ever_opposite => Some(Category::Oscillating),
        (true, false) => Some(Category::Sporadic),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests;
