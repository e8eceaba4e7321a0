//! Ready sentences for the report: each says only what the tables say.

use super::super::AppError;
use super::scope::{Scope, in_period};
use super::tables;
use crate::boundaries::Unit;
use crate::domain::{Lang, Level, Reading};
use crate::formats::grid::{change_text, percent_text};
use crate::indicators::{Key, Table, crossed};
use crate::style::grouped;

pub(super) fn all(scope: &Scope<'_>) -> Result<Vec<String>, AppError> {
    let (now, before) = tables::cercle_tables(scope)?;
    let units = scope.set.units(now.level);
    let mut out = vec![counts(scope)];
    out.extend(top_cercles(scope, units, &now, &before));
    out.extend(region(scope));
    out.extend(category(scope));
    if scope.asked.open {
        out.extend(perpetrators(scope));
    }
    out.push(coverage(scope));
    Ok(out)
}

fn counts(scope: &Scope<'_>) -> String {
    let (l, words) = (scope.lang, &scope.words);
    let (when, when_before) = (in_period(scope.now, l), in_period(scope.before, l));
    let (new, old) = (Scope::national(&scope.regions_now), Scope::national(&scope.regions_before));
    let Some(new) = new.number() else { return words.say("trends_none", &[("when", &when)]) };
    let n = grouped(new, l);
    let Some(old) = old.number() else {
        return words.say("trends_counts_alone", &[("n", &n), ("when", &when), ("when_before", &when_before)]);
    };
    let before = grouped(old, l);
    let values = [("n", n.as_str()), ("when", &when), ("before", &before), ("when_before", &when_before)];
    match scope.formula.percent(old, new) {
        None => words.say("trends_counts_new", &values),
        Some(change) => {
            let (change, formula) = (change_text(change, l), formula_name(scope));
            words.say("trends_counts", &[&values[..], &[("change", &change), ("formula", &formula)]].concat())
        }
    }
}

fn formula_name(scope: &Scope<'_>) -> String {
    let words = scope.formula_words();
    words.split(" (").next().unwrap_or_default().to_owned()
}

/// The two cercles with the highest counts, or those that share a place with them, at most four: position and count, highest first.
fn leading(units: &[Unit], table: &Table) -> Vec<(usize, u64)> {
    let number = |k: usize| if let Reading::Value(n) = table.cells[k].reading { Some((k, n)) } else { None };
    let mut order: Vec<(usize, u64)> = (0..units.len()).filter_map(number).collect();
    order.sort_by(|a, b| b.1.cmp(&a.1).then(units[a.0].name.cmp(&units[b.0].name)));
    let Some((_, least)) = order.get(1).or(order.first()).copied() else { return Vec::new() };
    let tied = order.iter().take_while(|(_, n)| *n >= least).count();
    // Many with the same count: none of them stands out.
    let first = order.first().map_or(0, |(_, n)| *n);
    let kept = if tied <= 4 { tied } else { order.iter().take_while(|(_, n)| *n == first && first > least).count() };
    order.truncate(kept);
    order
}

fn top_cercles(scope: &Scope<'_>, units: &[Unit], now: &Table, before: &Table) -> Option<String> {
    let top = leading(units, now);
    if top.is_empty() {
        return None;
    }
    let list: Vec<String> =
        top.iter().map(|(k, n)| format!("{} ({})", units[*k].name, grouped(*n, scope.lang))).collect();
    let earlier = leading(units, before);
    let stay = top.iter().all(|(k, _)| earlier.iter().any(|(e, _)| e == k));
    let key = match (stay, top.len()) {
        (true, 1) => "trends_top_stay_one",
        (false, 1) => "trends_top_is_one",
        (true, _) => "trends_top_stay",
        (false, _) => "trends_top_are",
    };
    Some(scope.words.say(key, &[("list", &enumerated(&list, scope.lang))]))
}

/// « a, b et c ».
pub(in crate::app) fn enumerated(list: &[String], lang: Lang) -> String {
    match list {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} {} {last}", most.join(", "), lang.pick("et", "and")),
    }
}

fn region(scope: &Scope<'_>) -> Option<String> {
    let units = scope.set.units(Level::Region);
    let cells = scope.regions_now.cells.iter().enumerate();
    let numbers = cells.filter_map(|(k, c)| Some((c.reading.number().filter(|n| *n > 0)?, k)));
    let (n, k) = numbers.max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)))?;
    let share = percent_text(n as f64 * 100.0 / scope.regions_now.total? as f64, scope.lang);
    let values = [("name", &*units[k].name), ("n", &grouped(n, scope.lang)), ("share", &share)];
    Some(scope.words.say("trends_region", &values))
}

fn category(scope: &Scope<'_>) -> Option<String> {
    let table = &scope.regions_now;
    // Where one is not told, which is the largest is not known.
    let told: Vec<u64> = table.total_by.iter().copied().collect::<Option<_>>()?;
    let numbers = told.iter().enumerate().filter(|(_, n)| **n > 0);
    let (k, n) = numbers.max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(&a.0)))?;
    let term = scope.theme.terms("category").iter().find(|t| *t.code == *table.terms[k])?;
    let share = percent_text(*n as f64 * 100.0 / table.total? as f64, scope.lang);
    let values = [("name", scope.label(term)), ("n", grouped(*n, scope.lang)), ("share", share)];
    Some(scope.words.say("trends_category", &values.each_ref().map(|(k, v)| (*k, v.as_str()))))
}

fn perpetrators(scope: &Scope<'_>) -> Option<String> {
    let rows = scope.rows_of(scope.now);
    let found = crossed(scope.theme, "perpetrator_class", &rows, 1, |_| Some(0));
    let total: u64 = found.iter().map(|(_, n)| n[0]).sum();
    let terms = scope.theme.terms("perpetrator_class");
    let mut named: Vec<(u64, String)> = found
        .iter()
        .filter_map(|(key, n)| match key {
            Key::Term(t) if n[0] > 0 => Some((n[0], scope.label(&terms[*t]))),
            _ => None,
        })
        .collect();
    named.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let list: Vec<String> = named
        .iter()
        .take(2)
        .map(|(n, label)| format!("{label} ({})", percent_text(*n as f64 * 100.0 / total as f64, scope.lang)))
        .collect();
    (!list.is_empty()).then(|| scope.words.say("trends_perpetrators", &[("list", &enumerated(&list, scope.lang))]))
}

fn coverage(scope: &Scope<'_>) -> String {
    let (l, words) = (scope.lang, &scope.words);
    let (now, before) = (&scope.regions_now, &scope.regions_before);
    let (when, when_before) = (in_period(scope.now, l), in_period(scope.before, l));
    let n = |x: u32| grouped(u64::from(x), l);
    let Some(covered) = now.units_covered.map(n) else {
        return words.say("trends_coverage_unknown", &[("when", &when)]);
    };
    let total = n(now.units_total);
    let values = [("n", covered.as_str()), ("total", &total), ("when", &when), ("when_before", &when_before)];
    if now.units_covered == before.units_covered {
        return words.say("trends_coverage_same", &values);
    }
    let old = before.units_covered.map_or_else(|| "–".to_owned(), n);
    words.say("trends_coverage", &[&values[..], &[("before", &old)]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_end_with_and() {
        let list = |n: usize| {
            ["Douentza (644)", "Mopti (200)", "Gao (3)"][..n].iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(enumerated(&list(2), Lang::Fr), "Douentza (644) et Mopti (200)");
        assert_eq!(enumerated(&list(3), Lang::En), "Douentza (644), Mopti (200) and Gao (3)");
        assert_eq!(enumerated(&list(0), Lang::Fr), "");
    }
}
