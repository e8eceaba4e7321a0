//! Within one table: rows and columns add up, percentages are what the counts make, changes are what they say.

use std::collections::BTreeMap;

use super::amount::Amount;
use super::shape::{Formula, Kind, Role, Row, Table, is_total};
use super::{Checks, TableFinding};
use crate::domain::{Lang, Severity};

/// Half a unit of the last digit printed, and a little for binary fractions.
fn rounding(decimals: u8) -> f64 {
    0.5 * libm::pow(10.0, -f64::from(decimals)) + 1e-9
}

/// A figure as sentences write it, one decimal where it is not whole.
pub(super) fn shown(x: f64, lang: Lang) -> String {
    let text = if (x - x.round()).abs() < 1e-9 { format!("{x:.0}") } else { format!("{x:.1}") };
    lang.pick(text.replace('.', ","), text)
}

pub(super) fn check(at: usize, table: &Table, checks: &mut Checks<'_>) {
    unreadable(at, table, checks);
    zeros_to_come(at, table, checks);
    row_totals(at, table, checks);
    column_totals(at, table, checks);
    shares(at, table, checks);
    changes(at, table, checks);
}

/// What is said of a table that holds nothing to compare.
pub(super) fn nothing_to_check(table: &Table, lang: Lang) -> TableFinding {
    let message = say!(
        lang,
        "rien à vérifier : ni total, ni pourcentage dont la base soit là, ni chiffre d’un autre de ces tableaux",
        "nothing to check: no total, no percentage whose base is there, no figure of another of these tables"
    );
    finding("NOTHING_TO_CHECK", Severity::Info, table, table.header_line, 0, message)
}

/// A finding without figures.
pub(super) fn finding(
    code: &'static str,
    severity: Severity,
    table: &Table,
    line: u64,
    column: usize,
    message: String,
) -> TableFinding {
    TableFinding { code, severity, at: table.at(line, column), stated: None, computed: None, against: None, message }
}

/// Cells among counts that are no number: their sums cannot be judged, and it is said why.
fn unreadable(at: usize, table: &Table, checks: &mut Checks<'_>) {
    let lang = checks.lang;
    for row in &table.rows {
        for k in table.columns(|r| matches!(r, Role::Value(_) | Role::Total | Role::Old)) {
            let cell = &row.cells[k];
            let amount = table.amount(row, k);
            // A share among counts is no count.
            let percent = matches!(amount, Amount::Number { percent: true, .. });
            let (code, message) = match amount {
                Amount::TwoWays => (
                    "AMBIGUOUS_NUMBER",
                    say!(
                        lang,
                        "« {cell} » se lit de deux façons (milliers ou décimales) : écrivez-le sans point ni virgule ; les sommes où il entre ne sont pas vérifiées",
                        "“{cell}” reads two ways (thousands or decimals): write it without point or comma; the sums it enters are not checked"
                    ),
                ),
                Amount::Other => (
                    "BAD_NUMBER",
                    say!(
                        lang,
                        "« {cell} » n’est pas un nombre ; les sommes où il entre ne sont pas vérifiées",
                        "“{cell}” is no number; the sums it enters are not checked"
                    ),
                ),
                _ if percent => (
                    "BAD_NUMBER",
                    say!(
                        lang,
                        "« {cell} » est un pourcentage dans une colonne d’effectifs",
                        "“{cell}” is a percentage in a column of counts"
                    ),
                ),
                _ => continue,
            };
            checks.add(at, finding(code, Severity::Warning, table, row.line, k, message));
        }
    }
}

/// Months at the end in which everything is 0: printed before they elapsed.
fn zeros_to_come(at: usize, table: &Table, checks: &mut Checks<'_>) {
    let mut months: Vec<(crate::domain::Period, usize)> = (0..table.roles.len())
        .filter_map(|k| if let Role::Value(Some(p)) = table.roles[k] { Some((p, k)) } else { None })
        .collect();
    months.sort_unstable();
    let zero = |k: usize| {
        let read: Vec<Amount> =
            table.rows.iter().map(|r| table.amount(r, k)).filter(|a| *a != Amount::Absent).collect();
        read.len() >= 2 && read.iter().all(|a| a.number() == Some(0.0))
    };
    let elapsed = months.iter().rposition(|(_, k)| !zero(*k)).map_or(0, |n| n + 1);
    if elapsed == 0 || elapsed == months.len() {
        return;
    }
    checks.made += 1;
    let names: Vec<&str> = months[elapsed..].iter().map(|(_, k)| table.headers[*k].as_str()).collect();
    let names = names.join(", ");
    let message = say!(
        checks.lang,
        "{names} : tout est à 0 jusqu’à la fin. Un mois qui n’est pas échu se laisse vide : 0 veut dire que rien n’est arrivé",
        "{names}: everything is 0 to the end. A month that has not elapsed is left empty: 0 says that nothing happened"
    );
    checks
        .add(at, finding("ZERO_NOT_ELAPSED", Severity::Warning, table, table.header_line, months[elapsed].1, message));
}

/// What parts make, as far as they can be read.
struct Sum {
    value: f64,
    /// Every part has a number, or is absent as a whole column is.
    whole: bool,
    parts: usize,
}

/// Compares a stated total with its parts. Parts that are missing can only add to the sum: then only a sum that is
/// already larger contradicts.
fn contradicts(stated: f64, sum: &Sum) -> bool {
    let off = (stated - sum.value).abs() > 1e-6;
    sum.parts > 0 && off && (sum.whole || sum.value > stated)
}

/// Each row's counts make its total.
fn row_totals(at: usize, table: &Table, checks: &mut Checks<'_>) {
    let values = table.values();
    let totals = table.columns(|r| r == Role::Total);
    if values.len() < 2 || table.roles.contains(&Role::Old) {
        return;
    }
    // A month that is empty all the way down has not elapsed: it is missing from every total alike.
    let empty = |k: &usize| table.rows.iter().all(|r| table.amount(r, *k) == Amount::Absent);
    let values: Vec<usize> = values.into_iter().filter(|k| !empty(k)).collect();
    for row in table.rows.iter().filter(|r| r.kind != Kind::Derived) {
        for total in &totals {
            let Some(stated) = table.amount(row, *total).number() else { continue };
            let read: Vec<Option<f64>> = values.iter().map(|k| table.amount(row, *k).number()).collect();
            let sum = Sum {
                value: read.iter().flatten().sum(),
                whole: read.iter().all(Option::is_some),
                parts: read.iter().flatten().count(),
            };
            checks.made += 1;
            if contradicts(stated, &sum) {
                let (lang, title) = (checks.lang, table.title(row));
                let (s, c) = (shown(stated, lang), shown(sum.value, lang));
                let message = say!(
                    lang,
                    "{title} : le total imprimé est {s}, les colonnes font {c}",
                    "{title}: the printed total is {s}, the columns make {c}"
                );
                let found = finding("ROW_TOTAL", Severity::Warning, table, row.line, *total, message);
                checks.add(at, TableFinding { stated: Some(stated), computed: Some(sum.value), ..found });
            }
        }
    }
}

/// The details that a total row sums, in one or several ways: each way's rows.
fn parts_of(table: &Table, n: usize) -> Vec<Vec<&Row>> {
    let total = &table.rows[n];
    let labels = table.columns(|r| r == Role::Label);
    let named: Vec<usize> = labels.iter().copied().filter(|k| is_total(&total.cells[*k])).collect();
    // Several totals with details between them: each sums its block, the last one everything where it says so.
    let block = if table.is_long() { 0 } else { block_start(table, n) };
    let same = |row: &&Row| {
        row.kind == Kind::Detail
            && row.period == total.period
            && labels
                .iter()
                .filter(|k| !named.contains(k) && !total.cells[**k].is_empty())
                .all(|k| row.cells[*k] == total.cells[*k])
    };
    let upto = if table.is_long() { table.rows.len() } else { n };
    let details: Vec<&Row> = table.rows[block..upto].iter().filter(same).collect();
    // « total » under « dimension », with rows by category and by region: each of them makes the total.
    let free = labels.iter().any(|k| !named.contains(k) && total.cells[*k].is_empty());
    let Some(first) = named.first().filter(|_| free) else { return vec![details] };
    let mut ways: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in details {
        ways.entry(&row.cells[*first]).or_default().push(row);
    }
    ways.into_values().collect()
}

/// Where the block ends that a total row closes: after the total before it, unless the rows between are none, or the
/// row sums everything (« total général », or the last of several).
fn block_start(table: &Table, n: usize) -> usize {
    let totals: Vec<usize> = (0..n).filter(|k| table.rows[*k].kind == Kind::Total).collect();
    let details = |from: usize| table.rows[from..n].iter().any(|r| r.kind == Kind::Detail);
    let general = table.rows[n].cells.iter().any(|c| {
        super::shape::words(c).iter().any(|w| matches!(w.as_str(), "general" | "generale" | "grand" | "ensemble"))
    });
    match totals.iter().rev().find(|k| details(**k + 1)) {
        Some(last) if details(last + 1) && !general && totals.last() == Some(last) => last + 1,
        _ => 0,
    }
}

/// Each total row is the sum of its details, column by column.
fn column_totals(at: usize, table: &Table, checks: &mut Checks<'_>) {
    let columns = table.columns(|r| matches!(r, Role::Value(_) | Role::Total));
    for n in 0..table.rows.len() {
        let row = &table.rows[n];
        if row.kind != Kind::Total {
            continue;
        }
        for details in parts_of(table, n) {
            // One row is no list.
            if details.len() < 2 {
                continue;
            }
            for k in &columns {
                let Some(stated) = table.amount(row, *k).number() else { continue };
                let read: Vec<Option<f64>> = details.iter().map(|r| table.amount(r, *k).number()).collect();
                let sum = Sum {
                    value: read.iter().flatten().sum(),
                    whole: read.iter().all(Option::is_some),
                    parts: read.iter().flatten().count(),
                };
                checks.made += 1;
                if contradicts(stated, &sum) {
                    let lang = checks.lang;
                    let (title, lines) = (table.title(row), sum.parts);
                    let (s, c) = (shown(stated, lang), shown(sum.value, lang));
                    let message = say!(
                        lang,
                        "{title} : imprimé {s}, les {lines} lignes font {c}",
                        "{title}: printed {s}, the {lines} rows make {c}"
                    );
                    let found = finding("COLUMN_TOTAL", Severity::Warning, table, row.line, *k, message);
                    checks.add(at, TableFinding { stated: Some(stated), computed: Some(sum.value), ..found });
                }
            }
        }
    }
}

/// Percentages are what the counts make, to the digits printed.
fn shares(at: usize, table: &Table, checks: &mut Checks<'_>) {
    let percents = table.columns(|r| r == Role::Percent(Formula::Unsaid));
    if percents.is_empty() || table.roles.contains(&Role::Old) || is_change(table) {
        return;
    }
    let (values, totals) = (table.values(), table.columns(|r| r == Role::Total));
    let months = values.iter().any(|k| matches!(table.roles[*k], Role::Value(Some(_))));
    match (values.as_slice(), totals.as_slice()) {
        // One count of another, row by row: « violations, total, % », « cible, assistées, taux ».
        ([part], [whole]) if !months => ratios(at, table, &percents, *part, *whole, checks),
        ([a, b], []) if !months => {
            let sum = |k: usize| table.rows.iter().filter_map(|r| table.amount(r, k).number()).sum::<f64>();
            let (part, whole) = if sum(*a) <= sum(*b) { (*a, *b) } else { (*b, *a) };
            ratios(at, table, &percents, part, whole, checks);
        }
        ([base], []) | (_, [base]) => of_column(at, table, &percents, *base, checks),
        ([], []) => sums_of_shares(at, table, &percents, checks),
        _ => {}
    }
}

fn off(at: usize, table: &Table, row: &Row, k: usize, computed: f64, checks: &mut Checks<'_>) {
    let Amount::Number { value, decimals, .. } = table.amount(row, k) else { return };
    checks.made += 1;
    if (computed - value).abs() <= rounding(decimals) {
        return;
    }
    let (lang, title) = (checks.lang, table.title(row));
    let (s, c) = (shown(value, lang), shown(computed, lang));
    let message =
        say!(lang, "{title} : {s} % imprimé, les chiffres font {c} %", "{title}: {s}% printed, the figures make {c}%");
    let found = finding("PERCENT", Severity::Warning, table, row.line, k, message);
    checks.add(at, TableFinding { stated: Some(value), computed: Some(computed), ..found });
}

fn ratios(at: usize, table: &Table, percents: &[usize], part: usize, whole: usize, checks: &mut Checks<'_>) {
    for row in &table.rows {
        let pair = table.amount(row, part).number().zip(table.amount(row, whole).number());
        let Some((a, b)) = pair.filter(|(_, b)| *b > 0.0) else { continue };
        for k in percents {
            off(at, table, row, *k, 100.0 * a / b, checks);
        }
    }
}

fn of_column(at: usize, table: &Table, percents: &[usize], base: usize, checks: &mut Checks<'_>) {
    let sum = |kind: Kind| -> Option<f64> {
        let rows = table.rows.iter().filter(|r| r.kind == kind);
        rows.map(|r| table.amount(r, base).number()).collect::<Option<Vec<f64>>>().map(|v| v.iter().sum())
    };
    let stated = table.rows.iter().filter(|r| r.kind == Kind::Total).count() == 1;
    // Without a total row the list may be a part of a longer one: its shares must make 100 for its sum to be the base.
    let full = percents.iter().any(|k| {
        let all: f64 = table.rows.iter().filter_map(|r| table.amount(r, *k).number()).sum();
        (99.0..=101.0).contains(&all)
    });
    let whole = if stated { sum(Kind::Total) } else { sum(Kind::Detail).filter(|_| full) };
    let Some(whole) = whole.filter(|w| *w > 0.0) else { return };
    for row in table.rows.iter().filter(|r| r.kind != Kind::Derived) {
        let Some(n) = table.amount(row, base).number() else { continue };
        for k in percents {
            off(at, table, row, *k, 100.0 * n / whole, checks);
        }
    }
}

/// Shares without their counts: together at most 100, but for rounding.
fn sums_of_shares(at: usize, table: &Table, percents: &[usize], checks: &mut Checks<'_>) {
    for k in percents {
        let details = table.rows.iter().filter(|r| r.kind == Kind::Detail);
        let read: Vec<(f64, u8)> = details
            .filter_map(|r| match table.amount(r, *k) {
                Amount::Number { value, decimals, .. } => Some((value, decimals)),
                _ => None,
            })
            .collect();
        if read.len() < 2 {
            continue;
        }
        checks.made += 1;
        let sum: f64 = read.iter().map(|(v, _)| v).sum();
        let slack: f64 = read.iter().map(|(_, d)| rounding(*d)).sum();
        if sum > 100.0 + slack {
            let lang = checks.lang;
            let s = shown(sum, lang);
            let message = say!(lang, "les parts font {s} %, plus que 100", "the shares make {s}%, more than 100");
            let found = finding("PERCENT", Severity::Warning, table, table.header_line, *k, message);
            checks.add(at, TableFinding { stated: Some(100.0), computed: Some(sum), ..found });
        }
    }
}

fn is_change(table: &Table) -> bool {
    table.roles.iter().any(|r| matches!(r, Role::Percent(Formula::Relative | Formula::Symmetric)))
}

/// Changes are what the new and the old figure make. Two formulas are in use in the sources; a printed change that only
/// fits the symmetric one is told, not blamed.
fn changes(at: usize, table: &Table, checks: &mut Checks<'_>) {
    let values = table.values();
    let (Some(new), Some(old)) = (values.first(), table.columns(|r| r == Role::Old).first().copied()) else { return };
    let lang = checks.lang;
    for row in &table.rows {
        let pair = table.amount(row, *new).number().zip(table.amount(row, old).number());
        let Some((n, o)) = pair.filter(|(n, o)| *o > 0.0 && n + o > 0.0) else { continue };
        let (relative, symmetric) = (100.0 * (n - o) / o, 200.0 * (n - o) / (n + o));
        for k in table.columns(|r| matches!(r, Role::Percent(_))) {
            let Role::Percent(formula) = table.roles[k] else { continue };
            let Amount::Number { value, decimals, .. } = table.amount(row, k) else { continue };
            checks.made += 1;
            let fits = |computed: f64| (computed - value).abs() <= rounding(decimals);
            let expected = if formula == Formula::Symmetric { symmetric } else { relative };
            if fits(expected) {
                continue;
            }
            let (title, s) = (table.title(row), shown(value, lang));
            let (r, y) = (shown(relative, lang), shown(symmetric, lang));
            let found = if formula == Formula::Unsaid && fits(symmetric) {
                let message = say!(
                    lang,
                    "{title} : {s} % est l’évolution symétrique ; relative, elle est de {r} %",
                    "{title}: {s}% is the symmetric change; the relative one is {r}%"
                );
                finding("SYMMETRIC_CHANGE", Severity::Info, table, row.line, k, message)
            } else {
                let (n, o) = (shown(n, lang), shown(o, lang));
                let message = say!(
                    lang,
                    "{title} : évolution de {s} % imprimée ; de {o} à {n} elle est de {r} % (symétrique : {y} %)",
                    "{title}: a change of {s}% printed; from {o} to {n} it is {r}% (symmetric: {y}%)"
                );
                finding("PERCENT_CHANGE", Severity::Warning, table, row.line, k, message)
            };
            checks.add(at, TableFinding { stated: Some(value), computed: Some(expected), ..found });
        }
    }
}
