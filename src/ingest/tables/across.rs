//! One table against another: the same figure of the same period, and longer periods against the months that make them.

use std::collections::{BTreeMap, BTreeSet};

use super::shape::{Kind, Role, Row, Table, is_total, words};
use super::within::{finding, shown};
use super::{Checks, TableFinding};
use crate::domain::{Period, Severity, Theme};
use crate::ingest::fold;

/// What a figure is of: the total, a term of the theme (« E »), or whatever else its label says, folded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    what: String,
    /// Documented and undocumented together, by its own words; else as the table has it.
    all: bool,
}

/// A figure that can be met in another table.
#[derive(Debug, Clone)]
struct Figure {
    table: usize,
    line: u64,
    column: usize,
    period: Period,
    value: f64,
}

/// Figures compared at most; published tables have some hundreds.
const MAX_FIGURES: usize = 50_000;

pub(super) fn check(tables: &[Table], checks: &mut Checks<'_>) {
    let mut figures: BTreeMap<Key, Vec<Figure>> = BTreeMap::new();
    let mut count = 0;
    for (k, table) in tables.iter().enumerate() {
        collect(k, table, checks.theme, &mut |key, figure| {
            count += 1;
            if count <= MAX_FIGURES {
                figures.entry(key).or_default().push(figure);
            }
        });
    }
    for (key, list) in &figures {
        same_period(tables, list, checks);
        longer_periods(tables, list, checks);
        if key.all
            && let Some(other) = figures.get(&Key { all: false, ..key.clone() })
        {
            other_basis(tables, list, other, checks);
        }
    }
}

/// Every figure with a period.
fn collect(at: usize, table: &Table, theme: &Theme, add: &mut dyn FnMut(Key, Figure)) {
    let values = table.values();
    let totals = table.columns(|r| r == Role::Total);
    let olds = table.columns(|r| r == Role::Old);
    let mut put = |key: Key, line: u64, column: usize, period: Period, value: Option<f64>| {
        if let Some(value) = value {
            add(key, Figure { table: at, line, column, period, value });
        }
    };
    // Rows of one kind: the code or label that they share tells several types of one category.
    for row in table.rows.iter().filter(|r| r.kind != Kind::Derived) {
        let key = key_of(table, row, theme);
        for k in &values {
            let period = match table.roles[*k] {
                Role::Value(Some(p)) => Some(p),
                _ => row.period,
            };
            if let (Some(period), Some(key)) = (period, key.clone()) {
                put(key, row.line, *k, period, table.amount(row, *k).number());
            }
        }
        for k in &olds {
            if let (Some(period), Some(key)) = (row.compared, key.clone()) {
                put(key, row.line, *k, period, table.amount(row, *k).number());
            }
        }
        // A wide row's total is of the months it has; beside one count in a long table it is of everything.
        let months = values.iter().filter_map(|k| match table.roles[*k] {
            Role::Value(Some(p)) if table.amount(row, *k).number().is_some() => Some(p),
            _ => None,
        });
        let span = months.fold(None::<(Period, Period)>, |s, p| {
            Some(s.map_or((p, p), |(a, b)| (a.min(p), if p.last() > b.last() { p } else { b })))
        });
        let span = span.and_then(|(a, b)| Period::new(a.first(), b.last()));
        for k in &totals {
            let value = table.amount(row, *k).number();
            if let (Some(period), Some(key)) = (span, key.clone()) {
                put(key, row.line, *k, period, value);
            } else if let (Some(period), [_]) = (row.period, values.as_slice()) {
                put(Key { what: "total".into(), all: false }, row.line, *k, period, value);
            }
        }
    }
    if let Some(period) = table.of_name.filter(|_| !table.is_long()) {
        whole(table, theme, &mut |key, line, column, value| put(key, line, column, period, Some(value)));
    }
}

/// Sums of a table of one month (its name says which): of everything, and of each term that several rows share.
fn whole(table: &Table, theme: &Theme, put: &mut dyn FnMut(Key, u64, usize, f64)) {
    let totals = table.columns(|r| r == Role::Total);
    let values = table.values();
    let counts = |k: usize| words(&table.headers[k]).iter().any(|w| measures(theme).contains(w));
    let Some(column) = totals.first().copied().or_else(|| values.iter().copied().find(|k| counts(*k))) else { return };
    let total = || Key { what: "total".into(), all: false };
    if let Some(row) = table.rows.iter().rev().find(|r| r.kind == Kind::Total) {
        if let Some(n) = table.amount(row, column).number() {
            put(total(), row.line, column, n);
        }
        return;
    }
    let details = || table.rows.iter().filter(|r| r.kind == Kind::Detail);
    let labels = table.columns(|r| r == Role::Label);
    let term = |row: &Row| labels.first().and_then(|k| term(&row.cells[*k], theme)).filter(|_| labels.len() > 1);
    let mut by_term: BTreeMap<String, (u64, Option<f64>)> = BTreeMap::new();
    for row in details() {
        if let Some(code) = term(row) {
            let (_, sum) = by_term.entry(code).or_insert((row.line, Some(0.0)));
            *sum = sum.zip(table.amount(row, column).number()).map(|(a, b)| a + b);
        }
    }
    if by_term.is_empty() {
        let all: Option<Vec<f64>> = details().map(|r| table.amount(r, column).number()).collect();
        if let (Some(all), Some(row)) = (all, details().next()) {
            put(total(), row.line, column, all.iter().sum());
        }
    }
    // Several types in one category; whether all categories are there nobody says, so no total.
    for (what, (line, sum)) in by_term {
        if let Some(sum) = sum {
            put(Key { what, all: false }, line, column, sum);
        }
    }
}

/// What the theme counts, in a word: violations, incidents.
fn measures(theme: &Theme) -> BTreeSet<String> {
    let first = |text: &str| words(text).into_iter().next();
    theme.measures.iter().flat_map(|m| [first(&m.unit_fr), first(&m.unit_en)]).flatten().collect()
}

fn key_of(table: &Table, row: &Row, theme: &Theme) -> Option<Key> {
    let labels = table.columns(|r| r == Role::Label);
    let filled: Vec<&str> = labels.iter().map(|k| row.cells[*k].as_str()).filter(|c| !c.is_empty()).collect();
    let all_words: Vec<String> = filled.iter().flat_map(|c| words(c)).collect();
    // « documentés et non documentés ».
    let all = all_words.iter().any(|w| w == "non") && all_words.iter().any(|w| w.starts_with("document"));
    let key = |what: String| Some(Key { what, all });
    if let Some(code) = filled.iter().find_map(|c| term(bare(c), theme)) {
        return key(code);
    }
    let last = bare(filled.last()?);
    // « alertes flash (total) » is the total of those; « Total » of everything.
    let said = words(last);
    let counted = measures(theme);
    let plain = |w: &String| {
        counted.contains(w)
            || is_total(w)
            || w.starts_with("document")
            || w.starts_with("imprim")
            || SMALL.contains(&&**w)
            || w == "non"
    };
    let names_it = said.iter().any(|w| counted.contains(w) || is_total(w));
    if names_it && said.iter().all(plain) {
        return key("total".into());
    }
    key(fold(last)).filter(|k| !k.what.is_empty())
}

/// A label without what stands in brackets or after a colon.
fn bare(label: &str) -> &str {
    label.split(['(', ':', '[']).next().unwrap_or(label).trim()
}

/// Words of a label that are left out when it is quoted: « atteintes [au droit à la] propriété ». Any other word may be
/// what tells two things apart: « mouvement de population » is an alert's kind, with « forcé » a category of violations.
const SMALL: [&str; 12] = ["a", "au", "aux", "d", "de", "des", "droit", "du", "et", "l", "la", "ou"];

/// The term that measures are broken down by and that a text means: its code, a label or spelling, or its label without
/// small words (« atteintes propriété »).
fn term(text: &str, theme: &Theme) -> Option<String> {
    let lists: BTreeSet<&str> = theme
        .measures
        .iter()
        .filter_map(|m| m.by.as_deref())
        .map(|by| theme.column(by).and_then(|c| c.terms.as_deref()).unwrap_or(by))
        .collect();
    let key = fold(text);
    let said = words(text);
    for list in lists {
        let terms = theme.terms(list);
        let called = terms
            .iter()
            .find(|t| t.code == text || [&t.fr, &t.en].into_iter().chain(&t.aliases).any(|name| fold(name) == key));
        if let Some(term) = called {
            return Some(format!("{list}:{}", term.code));
        }
        let mut holds = terms.iter().filter(|t| {
            let label = words(&t.fr);
            said.iter().all(|w| label.contains(w))
                && label.iter().all(|w| said.contains(w) || SMALL.contains(&w.as_str()))
        });
        if let (Some(term), None, true) = (holds.next(), holds.next(), said.len() >= 2) {
            return Some(format!("{list}:{}", term.code));
        }
    }
    None
}

fn differ(tables: &[Table], stated: &Figure, other: &Figure, computed: f64, checks: &mut Checks<'_>) {
    checks.made += 1;
    checks.compared.extend([stated.table, other.table]);
    if (stated.value - computed).abs() < 1e-6 {
        return;
    }
    let (lang, table) = (checks.lang, &tables[stated.table]);
    let against = tables[other.table].at(other.line, other.column);
    let (s, c) = (shown(stated.value, lang), shown(computed, lang));
    let (period, file, line) = (stated.period, &against.file, against.line);
    let message = say!(
        lang,
        "{period} : {s} ici, {c} d’après {file} (ligne {line})",
        "{period}: {s} here, {c} by {file} (line {line})"
    );
    let found = finding("ACROSS_TABLES", Severity::Warning, table, stated.line, stated.column, message);
    let found = TableFinding { stated: Some(stated.value), computed: Some(computed), against: Some(against), ..found };
    checks.add(stated.table, found);
}

/// The same figure in two tables: each against the first that has it.
fn same_period(tables: &[Table], figures: &[Figure], checks: &mut Checks<'_>) {
    let mut first: BTreeMap<Period, &Figure> = BTreeMap::new();
    for figure in figures {
        let known = *first.entry(figure.period).or_insert(figure);
        if known.table != figure.table {
            differ(tables, figure, known, known.value, checks);
        }
    }
}

/// A figure of several months against the months, quarters… of one table that make exactly its period. A wide table's own
/// months were added up already.
fn longer_periods(tables: &[Table], figures: &[Figure], checks: &mut Checks<'_>) {
    for figure in figures.iter().filter(|f| f.period.len() > 1) {
        let mut by_table: BTreeMap<usize, Vec<&Figure>> = BTreeMap::new();
        for part in figures.iter().filter(|p| p.period.len() < figure.period.len()) {
            // A table that states the whole period was compared already.
            let states_it = figures.iter().any(|f| f.table == part.table && f.period == figure.period);
            if (part.table != figure.table && !states_it)
                || (part.table == figure.table && tables[part.table].is_long())
            {
                by_table.entry(part.table).or_default().push(part);
            }
        }
        let mut told = BTreeSet::new();
        for parts in by_table.values() {
            let (mut next, mut sum, mut used) = (figure.period.first(), 0.0, Vec::new());
            while next <= figure.period.last() {
                let fits = parts.iter().filter(|p| p.period.first() == next && p.period.last() <= figure.period.last());
                let Some(part) = fits.max_by_key(|p| p.period.len()) else { break };
                sum += part.value;
                next = part.period.last().plus(1);
                used.push(*part);
            }
            // Several tables that make the same sum contradict once.
            if let (true, Some(from)) = (next > figure.period.last() && told.insert(sum.to_bits()), used.first()) {
                differ(tables, figure, from, sum, checks);
            }
        }
    }
}

/// A figure that says it counts the undocumented too, beside one that does not: both are told, neither is blamed.
fn other_basis(tables: &[Table], all: &[Figure], documented: &[Figure], checks: &mut Checks<'_>) {
    for figure in all {
        let same = documented.iter().find(|d| d.period == figure.period && d.table != figure.table);
        let Some(other) = same else { continue };
        checks.made += 1;
        checks.compared.extend([figure.table, other.table]);
        let (lang, against) = (checks.lang, tables[other.table].at(other.line, other.column));
        let (a, b) = (shown(figure.value, lang), shown(other.value, lang));
        let (period, file, line) = (figure.period, &against.file, against.line);
        let message = say!(
            lang,
            "{period} : {a} documentés et non documentés ici, {b} dans {file} (ligne {line}) : deux bases, qui ne se comparent pas",
            "{period}: {a} documented and undocumented here, {b} in {file} (line {line}): two bases, which do not compare"
        );
        let found = finding("OTHER_BASIS", Severity::Info, &tables[figure.table], figure.line, figure.column, message);
        let found =
            TableFinding { stated: Some(figure.value), computed: Some(other.value), against: Some(against), ..found };
        checks.add(figure.table, found);
    }
}
