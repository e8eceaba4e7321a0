//! What a second release of a month gives away to whoever kept the first.
//!
//! A place that was told and is hidden now stands in a block with others, whose sum can be worked out in both releases. Where that sum
//! changed by a few cases, the change is the number that is hidden: 0 and 6 told before, a sum of 7 now, and there was one.

use super::{AppError, LayerQuery, LayerSource as _, PropertyValue, Service};
use crate::boundaries::BoundarySet;
use crate::domain::{Level, Month, Period};

/// A measure of one month by level and unit; none where it is hidden.
struct Figures {
    total: Option<i64>,
    units: Vec<Vec<Option<i64>>>,
}

/// The figures of a measure that a view tells, down to its finest level; none where it tells nothing of it.
fn figures(view: &Service, set: &BoundarySet, measure: &str, month: Month) -> Result<Option<Figures>, AppError> {
    let query =
        LayerQuery { period: Some(Period::month(month)), sets: vec![set.info.id.clone()], ..LayerQuery::default() };
    let mut out: Option<Figures> = None;
    for level in Level::ALL {
        let Some(layer) = view.layer(&format!("{measure}-{}", level.plural())) else { break };
        let answer = view.select(&layer.id, &query)?;
        let column = |name: &str| answer.fields.iter().position(|f| f.name == name);
        let (Some(value), Some(status)) = (column("value"), column("status")) else { break };
        let units = answer.rows.iter().map(|row| match (&row.values[value], &row.values[status]) {
            (PropertyValue::Int(n), _) => Some(*n),
            (_, PropertyValue::Text(status)) if **status == *"suppressed" => None,
            // Whoever is not told a number there counts none.
            _ => Some(0),
        });
        let total = answer.total.and_then(|n| i64::try_from(n).ok());
        let figures = out.get_or_insert_with(|| Figures { total, units: Vec::new() });
        figures.units.push(units.collect());
    }
    Ok(out)
}

/// Names of units that are hidden after, were told before, and whose number follows from the two within a few: fewer than `least`.
pub(super) fn given_away(
    (before, after): (&Service, &Service),
    set: &BoundarySet,
    measure: &str,
    month: Month,
    least: u64,
) -> Result<Vec<String>, AppError> {
    let (Some(old), Some(new)) = (figures(before, set, measure, month)?, figures(after, set, measure, month)?) else {
        return Ok(Vec::new());
    };
    let mut out = Vec::new();
    for (l, level) in Level::ALL.into_iter().enumerate().take(old.units.len().min(new.units.len())) {
        let mut parents: std::collections::BTreeMap<Option<usize>, Vec<usize>> = std::collections::BTreeMap::new();
        for (k, unit) in set.units(level).iter().enumerate() {
            let above = l.checked_sub(1).and_then(|a| set.position(Level::ALL[a], set.chain(unit)[a].as_deref()?));
            parents.entry(above).or_default().push(k);
        }
        for (parent, children) in parents {
            let of = |f: &Figures| match parent {
                None => f.total,
                Some(p) => f.units[l - 1][p],
            };
            let (Some(sum_before), Some(sum_after)) = (of(&old), of(&new)) else { continue };
            let hidden: Vec<usize> =
                children.iter().copied().filter(|k| new.units[l][*k].is_none() && old.units[l][*k].is_some()).collect();
            // What was hidden in the first is hidden in the second: told now, told then.
            let told = |f: &Figures| -> i64 {
                children.iter().filter(|k| new.units[l][**k].is_some()).filter_map(|k| f.units[l][*k]).sum()
            };
            let change = (sum_after - told(&new)) - (sum_before - told(&old));
            if !hidden.is_empty() && (1..least).contains(&change.unsigned_abs()) {
                out.extend(hidden.iter().map(|k| set.units(level)[*k].name.to_string()));
            }
        }
    }
    Ok(out)
}
