//! Facts counted by any column of their theme: what the tables of the monthly report cross with months, regions and ages.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Basis;
use crate::boundaries::BoundarySet;
use crate::domain::{Attr, Fact, Level, Measure, Month, Period, Reading, Theme};

/// One fact's share of a measure, with the fact itself.
#[derive(Debug, Clone, Copy)]
pub struct Counted<'a> {
    /// The month it counts in.
    pub month: Month,
    /// Positions of its region, cercle and commune in the set, as far as known.
    pub units: [Option<usize>; 3],
    /// How much it adds.
    pub amount: u64,
    /// The fact.
    pub fact: &'a Fact,
}

/// Which facts are counted.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a> {
    /// Months.
    pub period: Period,
    /// Source; figures of two are never added.
    pub source: &'a str,
    /// Basis.
    pub basis: Basis,
}

/// The facts of a set that the choice takes in, each with what it adds to the measure. For a measure that adds up a column; one that
/// counts distinct events has one category an event and no tables by column.
pub fn counted<'a>(
    set: &BoundarySet,
    measure: &Measure,
    facts: impl Iterator<Item = &'a Fact>,
    choice: &Choice<'_>,
) -> Vec<Counted<'a>> {
    let taken = |fact: &&Fact| {
        fact.place.set == set.info.id
            && *fact.source == *choice.source
            && (choice.basis == Basis::All || fact.is_documented())
    };
    facts
        .filter(taken)
        .filter_map(|fact| {
            let month = fact.when.month().filter(|m| choice.period.contains(*m))?;
            let units = Level::ALL.map(|l| fact.place.unit(l).and_then(|p| set.position(l, p)));
            let amount = measure.sum.as_ref().map_or(1, |column| whole(fact, column));
            Some(Counted { month, units, amount, fact })
        })
        .collect()
}

/// A count column of a fact; 0 where it says nothing.
pub fn whole(fact: &Fact, column: &str) -> u64 {
    fact.attr(column).and_then(Attr::int).and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
}

/// What a row of a breakdown stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A term of the list, by its position.
    Term(usize),
    /// A label that the list does not have, as written.
    Other(Arc<str>),
    /// The column is empty.
    Missing,
}

/// The row of a fact in a breakdown by a column.
pub fn key_of(theme: &Theme, column: &str, fact: &Fact) -> Key {
    let Some(code) = fact.attr(column).and_then(Attr::text) else { return Key::Missing };
    let terms = theme.column(column).and_then(|c| c.terms.as_deref()).map(|l| theme.terms(l)).unwrap_or_default();
    terms.iter().position(|t| t.code == code).map_or_else(|| Key::Other(code.into()), Key::Term)
}

/// A measure by the terms of a column (rows) and by whatever `at` sorts the facts into (columns).
///
/// Every term of the list has a row, in the list's order; labels outside it and empty cells have one where they occur. Rows add up to
/// the facts that `at` finds a column for.
pub fn crossed(
    theme: &Theme,
    column: &str,
    rows: &[Counted<'_>],
    width: usize,
    at: impl Fn(&Counted<'_>) -> Option<usize>,
) -> Vec<(Key, Vec<u64>)> {
    let terms = theme.column(column).and_then(|c| c.terms.as_deref()).map(|l| theme.terms(l)).unwrap_or_default();
    let mut sums: BTreeMap<Key, Vec<u64>> = (0..terms.len()).map(|k| (Key::Term(k), vec![0; width])).collect();
    for row in rows {
        let Some(k) = at(row).filter(|k| *k < width) else { continue };
        sums.entry(key_of(theme, column, row.fact)).or_insert_with(|| vec![0; width])[k] += row.amount;
    }
    sums.into_iter().collect()
}

/// The statuses of several units taken together: their sum where any has a number, and whether that sum is partial because another
/// has none; else the absence that says most (suppressed before no report before not covered before unknown).
pub fn together(readings: impl Iterator<Item = Reading>) -> (Reading, bool) {
    let (mut sum, mut numbers, mut absences) = (0, 0_usize, Vec::new());
    for reading in readings {
        match reading.number() {
            Some(n) => {
                sum += n;
                numbers += 1;
            }
            None => absences.push(reading),
        }
    }
    if numbers > 0 {
        return (counted_as(sum), !absences.is_empty());
    }
    let said = [Reading::Suppressed, Reading::CoveredNoReport, Reading::NotCovered, Reading::Unknown];
    let most = said.into_iter().find(|r| absences.contains(r)).or(absences.first().copied());
    (most.unwrap_or(Reading::Unknown), false)
}

/// A number that was counted, as a reading.
pub fn counted_as(n: u64) -> Reading {
    if n == 0 { Reading::Zero } else { Reading::Value(n) }
}

/// A number that is told, or that it is not.
pub fn counted_or_hidden(n: Option<u64>) -> Reading {
    n.map_or(Reading::Suppressed, counted_as)
}

/// A part of something whose status is known: its own number where the whole has one, else the whole's absence.
pub fn part_of(whole: Reading, n: u64) -> Reading {
    if n > 0 || whole.number().is_some() { counted_as(n) } else { whole }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absence_is_never_summed_and_makes_the_sum_partial() {
        let of = |list: &[Reading]| together(list.iter().copied());
        assert_eq!(of(&[Reading::Value(3), Reading::Zero]), (Reading::Value(3), false));
        assert_eq!(of(&[Reading::Value(3), Reading::NotCovered]), (Reading::Value(3), true));
        assert_eq!(of(&[Reading::Zero, Reading::CoveredNoReport]), (Reading::Zero, true));
        assert_eq!(of(&[Reading::NotCovered, Reading::CoveredNoReport]), (Reading::CoveredNoReport, false));
        assert_eq!(of(&[Reading::NotYetElapsed]), (Reading::NotYetElapsed, false));
        assert_eq!(of(&[]), (Reading::Unknown, false));
    }

    #[test]
    fn a_part_of_what_nobody_reported_is_no_zero() {
        assert_eq!(part_of(Reading::Value(9), 0), Reading::Zero);
        assert_eq!(part_of(Reading::NotCovered, 0), Reading::NotCovered);
        assert_eq!(part_of(Reading::NotCovered, 2), Reading::Value(2));
    }
}
