//! The default method: Gi*, exact conditional permutation p, false discovery rate held at 5 %.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::exact::{Exact, ExactLimits};
use super::getis_ord::z_of;
use super::local_moran::of_unit;
use super::monte_carlo::{MonteCarlo, monte_carlo_conditional};
use super::multiple::{Correction, adjusted};
use super::pool::{Pool, RowSums};
use super::threads::fill;
use super::{LocalGKind, Neighbours, Null, Quadrant, Reason, Side, Tail};

/// How hotspots are found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HotspotOptions {
    /// Level that q is held against, in 0..1.
    pub alpha: f64,
    /// Correction for the number of tested units.
    pub correction: Correction,
    /// Observed units below which nothing is tested; at least 3.
    pub min_units: usize,
    /// Observed neighbours below which a unit is not tested; at least 1.
    pub min_neighbours: usize,
    /// Take exact p-values where values and weights allow; false samples always.
    pub exact: bool,
    /// Work the exact method may take.
    pub exact_limits: ExactLimits,
    /// Sampling where p cannot be exact, and the number of threads of both.
    pub sampling: MonteCarlo,
}

impl Default for HotspotOptions {
    /// α = 5 %, Benjamini–Hochberg, 5 units, 1 neighbour, exact where possible, else 99,999 arrangements.
    fn default() -> Self {
        Self {
            alpha: 0.05,
            correction: Correction::BenjaminiHochberg,
            min_units: 5,
            min_neighbours: 1,
            exact: true,
            exact_limits: ExactLimits::default(),
            sampling: MonteCarlo::default(),
        }
    }
}

/// What a tested unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cluster {
    /// Significantly high: q ≤ α, the neighbours' sum in its upper tail, z above 0.
    Hot,
    /// Significantly low: q ≤ α, the neighbours' sum in its lower tail, z below 0.
    Cold,
    /// Not told from chance.
    None,
}

impl Cluster {
    /// hot, cold or none.
    pub fn code(self) -> &'static str {
        match self {
            Self::Hot => "hot",
            Self::Cold => "cold",
            Self::None => "none",
        }
    }
}

/// The local Moran of a tested unit. Its conditional permutation p is that of the unit: given the own value, I_i and Gi*
/// both order arrangements by the neighbours' sum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lisa {
    /// I_i with rows standardised as the weights given are.
    pub i: f64,
    /// Under the conditional null in closed form.
    pub z_conditional: f64,
    /// High or low, among high or low.
    pub quadrant: Quadrant,
}

/// A unit that was tested.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hotspot {
    /// Gi*, closed form (null: every arrangement of all values).
    pub z: f64,
    /// Both tails of the neighbours' sum under [`HotspotSummary::null`].
    pub tail: Tail,
    /// Two-sided p, ties in both tails.
    pub p: f64,
    /// Two-sided mid-p.
    pub mid_p: f64,
    /// p adjusted over the tested units.
    pub q: f64,
    /// Hot, cold, or not told from chance.
    pub cluster: Cluster,
    /// Local Moran; a reason where the value is the mean itself.
    pub lisa: Result<Lisa, Reason>,
    /// Observed neighbours.
    pub neighbours: usize,
}

/// What was tested and how: goes with every output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HotspotSummary {
    /// Units given.
    pub units: usize,
    /// Units with a finite value: the pool of the mean and of the permutations.
    pub covered: usize,
    /// Units tested: the m of the correction.
    pub tested: usize,
    /// Hot units.
    pub hot: usize,
    /// Cold units.
    pub cold: usize,
    /// Level.
    pub alpha: f64,
    /// Correction.
    pub correction: Correction,
    /// Null of p, mid-p and q; none where nothing was tested. The null of z is [`super::LocalG::NULL`].
    pub null: Option<Null>,
    /// Mean of the covered units; none where nothing was tested.
    pub mean: Option<f64>,
}

/// Hotspots of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Hotspots {
    /// By unit, in the order of the values: tested, or the reason why not.
    pub units: Vec<Result<Hotspot, Reason>>,
    /// What was tested and how.
    pub summary: HotspotSummary,
}

impl Hotspots {
    /// Units not tested, by [`Reason::code`].
    pub fn not_tested(&self) -> BTreeMap<&'static str, usize> {
        let mut by_reason = BTreeMap::new();
        for reason in self.units.iter().filter_map(|u| u.as_ref().err()) {
            *by_reason.entry(reason.code()).or_insert(0) += 1;
        }
        by_reason
    }
}

/// Hot and cold spots of a map.
///
/// Question: which units lie among significantly high (low) values, when as many are tested as there are?
///
/// `values`: one a unit; `None` where the unit was **not observed**. Such units are outside the mean, the pool of the
/// permutations, the neighbours and the number of tests; a covered unit whose neighbours were all not observed stays in the
/// pool and is not tested. `weights`: of all units given, covered or not, without the units themselves (contiguity or k
/// nearest, binary or row-standardised).
///
/// For each tested unit: z of Gi* ([`super::local_g`]), the two-sided conditional permutation p of the neighbours' sum
/// with the own value held (exact for whole numbers under equal weights, [`super::exact_conditional`]; sampled otherwise,
/// [`super::monte_carlo_conditional`]), and q over the tested units ([`super::adjusted`]). A unit is hot where q ≤ α, the
/// sum lies in its upper tail and z > 0. z and p have different nulls (z arranges the own value too; `methods.md` F5);
/// where their sides differ, a high unit among significantly low ones or the reverse, the unit is no cluster and its
/// quadrant (HL, LH) tells so.
///
/// The p are valid for any values, also counts full of zeros: under no spatial structure P(p ≤ α) ≤ α, and
/// Benjamini–Hochberg calls anything on at most α of such maps.
///
/// ```
/// use vigie::stats::{Cluster, HotspotOptions, Neighbours, Reason, hotspots};
/// // 40 units in a row, 20 incidents each in units 10 to 14, the last one not covered.
/// let links: Vec<_> = (0..39).flat_map(|i| [(i, i + 1), (i, (i + 2).min(39))]).filter(|(a, b)| a != b).collect();
/// let links: std::collections::BTreeSet<_> = links.into_iter().collect();
/// let weights = Neighbours::from_links(40, &links.into_iter().collect::<Vec<_>>())?;
/// let mut values = vec![Some(0.0); 40];
/// values[10..15].fill(Some(20.0));
/// values[39] = None;
/// let found = hotspots(&values, &weights, &HotspotOptions::default());
/// let centre = found.units[12]?;
/// // Its four neighbours hold 4 of the other 4 high values of 38: p = 2 / C(38, 4).
/// assert!((centre.p - 2.0 / 73_815.0).abs() < 1e-12);
/// assert_eq!(centre.cluster, Cluster::Hot);
/// assert_eq!(found.units[39], Err(Reason::NotCovered));
/// assert_eq!((found.summary.tested, found.summary.cold), (39, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn hotspots(values: &[Option<f64>], weights: &Neighbours, options: &HotspotOptions) -> Hotspots {
    let pooled: Vec<f64> = values.iter().flatten().copied().filter(|v| v.is_finite()).collect();
    let mut summary = HotspotSummary {
        units: values.len(),
        covered: pooled.len(),
        tested: 0,
        hot: 0,
        cold: 0,
        alpha: options.alpha,
        correction: options.correction,
        null: None,
        mean: None,
    };
    let found = if values.len() == weights.len() {
        test_covered(values, &pooled, weights, options, &mut summary)
    } else {
        Err(Reason::WrongLength { values: values.len(), units: weights.len() })
    };
    let units = match found {
        Ok(found) if found.len() == values.len() => found,
        Ok(found) => {
            let mut found = found.into_iter();
            by_place(values, || found.next().unwrap_or(Err(Reason::NotCovered)))
        }
        Err(reason) => by_place(values, || Err(reason)),
    };
    Hotspots { units, summary }
}

fn is_covered(value: Option<f64>) -> bool {
    value.is_some_and(f64::is_finite)
}

/// What is not covered says so; the others take the next result.
fn by_place(values: &[Option<f64>], mut next: impl FnMut() -> Result<Hotspot, Reason>) -> Vec<Result<Hotspot, Reason>> {
    let place = |v: &Option<f64>| match v {
        None => Err(Reason::NotCovered),
        Some(v) if !v.is_finite() => Err(Reason::NotFinite),
        Some(_) => next(),
    };
    values.iter().map(place).collect()
}

/// Tests the covered units among themselves; the results in their order.
fn test_covered(
    values: &[Option<f64>],
    pooled: &[f64],
    weights: &Neighbours,
    options: &HotspotOptions,
    summary: &mut HotspotSummary,
) -> Result<Vec<Result<Hotspot, Reason>>, Reason> {
    let weights = if pooled.len() == values.len() {
        Cow::Borrowed(weights)
    } else {
        Cow::Owned(weights.subset(&values.iter().map(|v| is_covered(*v)).collect::<Vec<_>>()))
    };
    let pool = Pool::of(pooled, &weights, options.min_units.max(3))?;
    let tails = Tails::of(pooled, &weights, options);
    let mut units: Vec<Result<Hotspot, Reason>> = vec![Err(Reason::NoNeighbours); pooled.len()];
    fill(options.sampling.threads, 8_192, &mut units, |unit| {
        unit_of(pooled, &weights, &pool, &tails, unit, options.min_neighbours)
    });
    let p: Vec<f64> = units.iter().flatten().map(|u| u.p).collect();
    let q = adjusted(&p, options.correction);
    for (unit, q) in units.iter_mut().flatten().zip(q) {
        unit.q = q;
        unit.cluster = match unit.tail.side() {
            Side::High if q <= options.alpha && unit.z > 0.0 => Cluster::Hot,
            Side::Low if q <= options.alpha && unit.z < 0.0 => Cluster::Cold,
            _ => Cluster::None,
        };
        summary.hot += usize::from(unit.cluster == Cluster::Hot);
        summary.cold += usize::from(unit.cluster == Cluster::Cold);
    }
    summary.tested = p.len();
    if !p.is_empty() {
        summary.null = Some(tails.null(options));
        summary.mean = Some(pool.mean);
    }
    Ok(units)
}

/// Permutation tails: asked unit by unit, or sampled for all units together.
enum Tails<'a> {
    Exact(Exact<'a>),
    Sampled(Vec<Result<Tail, Reason>>),
}

impl<'a> Tails<'a> {
    fn of(pooled: &[f64], weights: &'a Neighbours, options: &HotspotOptions) -> Self {
        if options.exact
            && let Ok(exact) = Exact::new(pooled, weights, options.exact_limits)
        {
            return Self::Exact(exact);
        }
        Self::Sampled(monte_carlo_conditional(pooled, weights, &options.sampling))
    }

    fn unit(&self, unit: usize) -> Result<Tail, Reason> {
        match self {
            Self::Exact(exact) => exact.tail(unit),
            Self::Sampled(tails) => tails[unit],
        }
    }

    fn null(&self, options: &HotspotOptions) -> Null {
        let MonteCarlo { permutations, seed, .. } = options.sampling;
        match self {
            Self::Exact(_) => Null::ConditionalExact,
            Self::Sampled(_) => Null::ConditionalMonteCarlo { permutations, seed },
        }
    }
}

fn unit_of(
    pooled: &[f64],
    weights: &Neighbours,
    pool: &Pool,
    tails: &Tails,
    unit: usize,
    needed: usize,
) -> Result<Hotspot, Reason> {
    let valid = weights.count(unit);
    if valid == 0 {
        return Err(Reason::NoNeighbours);
    }
    if valid < needed {
        return Err(Reason::TooFewNeighbours { valid, needed });
    }
    let (own, lone) = (pooled[unit], pool.lone == Some(unit));
    let row = RowSums::of(pooled, weights, unit, pool.mean);
    let z = z_of(pool, row, own, lone, LocalGKind::GiStar)?;
    let tail = tails.unit(unit)?;
    let lisa = of_unit(pool, row, own, lone).map(|moran| Lisa {
        i: moran.i,
        z_conditional: moran.conditional.z,
        quadrant: moran.quadrant,
    });
    let p = tail.two_sided();
    Ok(Hotspot { z, tail, p, mid_p: tail.mid_p(), q: p, cluster: Cluster::None, lisa, neighbours: valid })
}

#[cfg(test)]
mod tests;
