//! Concentration: how unevenly is something spread over units, beside a base such as population, area or days watched?
//!
//! With s_i = unit i's share of the value and b_i its share of the base (both sum to 1 over the units that have both):
//!
//! | measure | formula | range | source |
//! |---|---|---|---|
//! | location quotient | LQ_i = s_i / b_i | ≥ 0, 1 = as the base | Isard 1960, ch. 7; interval Garwood 1936 |
//! | Lorenz curve | (Σ b, Σ s) in order of increasing s_i/b_i | (0,0) to (1,1) | Lorenz 1905 |
//! | Gini | 1 − Σ (L_i + L_{i−1})·b_i, L the curve's height | 0..1 | Gini 1914; Gastwirth 1972, eq. 3 |
//! | Hoover | ½ Σ \|s_i − b_i\|: the share to be moved for evenness | 0..1 | Hoover 1936 |
//! | Theil | T = Σ s_i ln(s_i/b_i), 0·ln 0 = 0 | ≥ 0 | Theil 1967, ch. 4, eq. 2.1 |
//! | Theil, groups | T = Σ_g s_g ln(s_g/b_g) + Σ_g s_g T_g, exactly | ≥ 0 each | Theil 1967, ch. 4, eq. 2.4 |
//! | Herfindahl–Hirschman | Σ s_i² | 1/n..1 | Hirschman 1964 |
//! | top-k share | the k largest s_i together | k/n..1 | |
//!
//! **Input**: a value ≥ 0 a unit (none: not observed) and a base > 0 (none: every unit weighs the same). A unit without
//! value, or without a base > 0, is outside: never 0. **Assumptions**: the base is the right comparator, and the output
//! must name it. Measures over fewer units, or over other boundaries, do not compare. A count's quotient is as
//! uncertain as the count: the interval says how much, taking the base as known.
//!
//! ```
//! use vigie::stats::concentration::concentration;
//! // Three units of the same population; one has it all but a tenth.
//! let found = concentration(&[Some(0.0), Some(1.0), Some(9.0)], None)?;
//! assert!((found.hoover - (0.9 - 1.0 / 3.0)).abs() < 1e-15);
//! assert!((found.gini - 0.6).abs() < 1e-15);
//! assert!((found.hhi - 0.82).abs() < 1e-15);
//! # Ok::<(), vigie::stats::StatsError>(())
//! ```

use super::discrete::garwood;
use super::error::{StatsError, rate, same_length, within};
use super::reason::Reason;

/// No more units than this.
pub const MAX_UNITS: usize = 1_000_000;

/// A value for each unit; none where the unit was not observed.
pub type Observed<'a> = &'a [Option<f64>];

/// How unevenly a value is spread.
#[derive(Debug, Clone, PartialEq)]
pub struct Concentration {
    /// Units that entered.
    pub units: usize,
    /// The value's total over them, in its own unit.
    pub total: f64,
    /// Gini's coefficient.
    pub gini: f64,
    /// Hoover's index.
    pub hoover: f64,
    /// Theil's T, in nats.
    pub theil: f64,
    /// Herfindahl's and Hirschman's index.
    pub hhi: f64,
    /// Lorenz' curve from (0, 0): cumulated share of the base, of the value; units in order of increasing rate.
    pub lorenz: Vec<(f64, f64)>,
}

/// One unit's two shares.
#[derive(Debug, Clone, Copy)]
struct Shares {
    unit: usize,
    value: f64,
    base: f64,
}

/// The shares of the units that have both, with the value's total.
fn shares(values: Observed, base: Option<Observed>, least: usize) -> Result<(Vec<Shares>, f64), StatsError> {
    within("units", values.len(), MAX_UNITS)?;
    if let Some(base) = base {
        same_length("base", values.len(), base.len())?;
    }
    let (mut out, mut total, mut whole) = (Vec::with_capacity(values.len()), 0.0, 0.0);
    for (unit, value) in values.iter().enumerate() {
        let Ok((value, base)) = entry(unit, *value, base) else { continue };
        if value < 0.0 {
            return Err(StatsError::OutOfRange { what: "value", given: value, allowed: "0 or more" });
        }
        out.push(Shares { unit, value, base });
        total += value;
        whole += base;
    }
    if out.is_empty() {
        return Err(Reason::NoData.into());
    }
    if out.len() < least {
        return Err(Reason::TooFew.into());
    }
    if total <= 0.0 {
        return Err(Reason::AllZero.into());
    }
    for s in &mut out {
        s.value /= total;
        s.base /= whole;
    }
    Ok((out, total))
}

/// A unit's value and base, or why it is outside.
fn entry(unit: usize, value: Option<f64>, base: Option<Observed>) -> Result<(f64, f64), Reason> {
    let value = value.ok_or(Reason::NotCovered)?;
    let base = match base {
        None => 1.0,
        Some(base) => base[unit].filter(|b| *b > 0.0).ok_or(Reason::NoPopulation)?,
    };
    if value.is_finite() && base.is_finite() { Ok((value, base)) } else { Err(Reason::NotFinite) }
}

/// Gini, Hoover, Theil, Herfindahl–Hirschman and Lorenz' curve of a value beside a base; at least two units.
pub fn concentration(values: Observed, base: Option<Observed>) -> Result<Concentration, StatsError> {
    let (mut shares, total) = shares(values, base, 2)?;
    // By rate, then by unit: equal rates lie on one straight piece, so their order changes nothing.
    shares.sort_by(|a, b| (a.value / a.base).total_cmp(&(b.value / b.base)).then(a.unit.cmp(&b.unit)));
    let (mut x, mut y, mut twice_area) = (0.0, 0.0, 0.0);
    let mut lorenz = Vec::with_capacity(shares.len() + 1);
    lorenz.push((0.0, 0.0));
    for s in &shares {
        twice_area += (2.0 * y + s.value) * s.base;
        x += s.base;
        y += s.value;
        lorenz.push((x, y));
    }
    Ok(Concentration {
        units: shares.len(),
        total,
        gini: (1.0 - twice_area).max(0.0),
        hoover: shares.iter().map(|s| (s.value - s.base).abs()).sum::<f64>() / 2.0,
        theil: shares.iter().map(|s| theil_term(s.value, s.base)).sum::<f64>().max(0.0),
        hhi: shares.iter().map(|s| s.value * s.value).sum(),
        lorenz,
    })
}

fn theil_term(value: f64, base: f64) -> f64 {
    if value > 0.0 { value * libm::log(value / base) } else { 0.0 }
}

/// Theil's T cut into what lies between groups and what lies within them.
#[derive(Debug, Clone, PartialEq)]
pub struct TheilByGroup {
    /// T over all units.
    pub total: f64,
    /// The part between groups.
    pub between: f64,
    /// The part within groups.
    pub within: f64,
    /// Each group's share of the value and its own T; none for a group without any unit or any value.
    pub groups: Vec<Option<(f64, f64)>>,
}

/// Theil's T between and within groups (regions, cercles): `total = between + within` up to rounding. `group` numbers each
/// unit's group from 0.
pub fn theil_by_group(values: Observed, base: Option<Observed>, group: &[u32]) -> Result<TheilByGroup, StatsError> {
    same_length("groups", values.len(), group.len())?;
    let (shares, _) = shares(values, base, 2)?;
    let groups = group.iter().max().map_or(0, |g| *g as usize + 1);
    within("groups", groups, MAX_UNITS)?;
    let mut sums = vec![(0.0, 0.0); groups];
    for s in &shares {
        let sum = &mut sums[group[s.unit] as usize];
        *sum = (sum.0 + s.value, sum.1 + s.base);
    }
    let mut own = vec![0.0; groups];
    for s in &shares {
        let (value, base) = sums[group[s.unit] as usize];
        if value > 0.0 {
            own[group[s.unit] as usize] += theil_term(s.value / value, s.base / base);
        }
    }
    let between: f64 = sums.iter().map(|(value, base)| theil_term(*value, *base)).sum();
    let within: f64 = sums.iter().zip(&own).map(|((value, _), t)| value * t).sum();
    Ok(TheilByGroup {
        total: shares.iter().map(|s| theil_term(s.value, s.base)).sum(),
        between,
        within,
        groups: sums.iter().zip(own).map(|((value, _), t)| (*value > 0.0).then_some((*value, t))).collect(),
    })
}

/// A unit's location quotient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quotient {
    /// The unit's share of the events by its share of the base: 1 = as the base lets expect.
    pub quotient: f64,
    /// Lower bound of Garwood's exact interval.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// The count that the base lets expect.
    pub expected: f64,
}

/// Location quotients of counts, each with Garwood's exact interval of confidence 1 − alpha (the base and the total taken
/// as known). A unit that is outside has its reason. At least two units.
pub fn location_quotients(
    counts: &[Option<u64>],
    base: Observed,
    alpha: f64,
) -> Result<Vec<Result<Quotient, Reason>>, StatsError> {
    rate("alpha", alpha)?;
    if let Some(count) = counts.iter().flatten().find(|c| **c > super::change::MAX_COUNT) {
        return Err(StatsError::TooMany { what: "events", given: *count, limit: super::change::MAX_COUNT });
    }
    let values: Vec<Option<f64>> = counts.iter().map(|c| c.map(|c| c as f64)).collect();
    let (shares, total) = shares(&values, Some(base), 2)?;
    let mut out: Vec<Result<Quotient, Reason>> = values
        .iter()
        .enumerate()
        .map(|(unit, value)| Err(entry(unit, *value, Some(base)).err().unwrap_or(Reason::NoData)))
        .collect();
    for s in shares {
        let Some(count) = counts[s.unit] else { continue };
        let expected = total * s.base;
        let (low, high) = garwood(count, alpha);
        out[s.unit] =
            Ok(Quotient { quotient: s.value / s.base, lower: low / expected, upper: high / expected, expected });
    }
    Ok(out)
}

/// The share of the total that the `k` units with the largest values hold (all units, where there are fewer), 0..1.
pub fn top_share(values: Observed, k: usize) -> Result<f64, StatsError> {
    if k == 0 {
        return Err(StatsError::OutOfRange { what: "number of units", given: 0.0, allowed: "1 or more" });
    }
    let (shares, _) = shares(values, None, 1)?;
    let mut shares: Vec<f64> = shares.into_iter().map(|s| s.value).collect();
    shares.sort_unstable_by(|a, b| b.total_cmp(a));
    Ok(shares.iter().take(k).sum::<f64>().min(1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn observed(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().copied().map(Some).collect()
    }

    proptest! {
        #[test]
        fn theil_is_the_sum_of_its_two_parts(
            units in prop::collection::vec((0_u32..50, 1_u32..50, 0_u32..5), 2..60),
        ) {
            let values: Vec<_> = units.iter().map(|u| Some(f64::from(u.0))).collect();
            prop_assume!(units.iter().any(|u| u.0 > 0));
            let base: Vec<_> = units.iter().map(|u| Some(f64::from(u.1))).collect();
            let group: Vec<u32> = units.iter().map(|u| u.2).collect();
            let found = theil_by_group(&values, Some(&base), &group).expect("values");
            prop_assert!((found.between + found.within - found.total).abs() < 1e-12, "{:?}", found);
            prop_assert!(found.between > -1e-12 && found.within > -1e-12);
            let plain = concentration(&values, Some(&base)).expect("values");
            prop_assert!((plain.theil - found.total).abs() < 1e-12);
        }

        #[test]
        fn neither_the_order_nor_the_unit_of_measure_counts(
            units in prop::collection::vec((0_u32..50, 1_u32..50), 2..40),
        ) {
            prop_assume!(units.iter().any(|u| u.0 > 0));
            let measure = |units: &[(u32, u32)], scale: f64| {
                let values: Vec<_> = units.iter().map(|u| Some(f64::from(u.0) * scale)).collect();
                let base: Vec<_> = units.iter().map(|u| Some(f64::from(u.1) / scale)).collect();
                concentration(&values, Some(&base)).expect("values")
            };
            let mut turned = units.clone();
            turned.reverse();
            let (a, b) = (measure(&units, 1.0), measure(&turned, 7.0));
            for (x, y) in [(a.gini, b.gini), (a.hoover, b.hoover), (a.theil, b.theil), (a.hhi, b.hhi)] {
                prop_assert!((x - y).abs() < 1e-12, "{:?} {:?}", a, b);
            }
            prop_assert!(a.hoover <= a.gini + 1e-12 && a.gini < 1.0);
        }

        #[test]
        fn a_unit_cut_in_two_of_the_same_rate_changes_nothing_but_the_herfindahl(
            units in prop::collection::vec((0_u32..50, 1_u32..50), 2..30),
        ) {
            prop_assume!(units.iter().any(|u| u.0 > 0));
            let halves: Vec<_> = units.iter().flat_map(|u| [*u, *u]).collect();
            let measure = |units: &[(u32, u32)]| {
                let values: Vec<_> = units.iter().map(|u| Some(f64::from(u.0))).collect();
                let base: Vec<_> = units.iter().map(|u| Some(f64::from(u.1))).collect();
                concentration(&values, Some(&base)).expect("values")
            };
            let (a, b) = (measure(&units), measure(&halves));
            for (x, y) in [(a.gini, b.gini), (a.hoover, b.hoover), (a.theil, b.theil)] {
                prop_assert!((x - y).abs() < 1e-12, "{:?} {:?}", a, b);
            }
        }
    }

    #[test]
    fn an_even_spread_is_zero_and_stays_so_beside_its_base() {
        let found = concentration(&observed(&[2.0, 4.0, 6.0]), Some(&observed(&[1.0, 2.0, 3.0]))).expect("values");
        assert!(found.gini < 1e-15 && found.hoover < 1e-15 && found.theil < 1e-15, "{found:?}");
    }

    #[test]
    fn a_unit_without_value_or_population_is_outside_and_never_zero() {
        let counts = [Some(3), None, Some(1), Some(2), Some(2)];
        let base = [Some(10.0), Some(10.0), Some(0.0), None, Some(30.0)];
        let found = location_quotients(&counts, &base, 0.05).expect("two units");
        let first = found[0].expect("a quotient");
        assert!((first.quotient - (3.0 / 5.0) / (10.0 / 40.0)).abs() < 1e-15, "{first:?}");
        assert!(first.lower < first.quotient && first.quotient < first.upper);
        assert_eq!(found[1], Err(Reason::NotCovered));
        assert_eq!(found[2], Err(Reason::NoPopulation));
        assert_eq!(found[3], Err(Reason::NoPopulation));
        let empty = location_quotients(&[Some(0), Some(4)], &observed(&[1.0, 1.0]), 0.05).expect("two units");
        let empty = empty[0].expect("a quotient");
        assert!(empty.quotient <= 0.0 && empty.lower <= 0.0 && empty.upper > 0.0, "a count of 0 has an upper bound");
    }

    #[test]
    fn what_holds_nothing_to_share_has_a_reason() {
        let none: [Option<f64>; 2] = [None, None];
        assert_eq!(concentration(&none, None), Err(Reason::NoData.into()));
        assert_eq!(concentration(&[], None), Err(Reason::NoData.into()));
        assert_eq!(concentration(&[Some(f64::NAN), None], None), Err(Reason::NoData.into()));
        assert_eq!(concentration(&observed(&[1.0]), None), Err(Reason::TooFew.into()));
        assert_eq!(concentration(&observed(&[0.0, 0.0]), None), Err(Reason::AllZero.into()));
        assert!(matches!(concentration(&observed(&[-1.0, 2.0]), None), Err(StatsError::OutOfRange { .. })));
        assert!(matches!(concentration(&observed(&[1.0]), Some(&[])), Err(StatsError::Lengths { .. })));
        assert!(matches!(top_share(&observed(&[1.0]), 0), Err(StatsError::OutOfRange { .. })));
        assert_eq!(top_share(&observed(&[1.0, 3.0]), 9), Ok(1.0));
        assert!(matches!(concentration(&vec![None; MAX_UNITS + 1], None), Err(StatsError::TooMany { .. })));
    }
}
