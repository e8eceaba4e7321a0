//! A table for people and programs: its cells keep the status of a value, its words and units travel with it.

use serde_json::{Value, json};

use crate::domain::{Lang, Reading};
use crate::style::{decimal, grouped};

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum GridCell {
    /// Words.
    Text(String),
    /// A count with its status; `partial` where what was added up lacked something.
    Count {
        /// The number, or which absence it is.
        reading: Reading,
        /// A sum over absences.
        partial: bool,
    },
    /// A share in percent, of a count of the same row or column; none where there is nothing to share.
    Percent(Option<f64>),
    /// The same, printed with one decimal: shares that are quoted so.
    Tenths(Option<f64>),
    /// A change between two counts; none of its parts where there is no statement.
    Change(Option<GridChange>),
}

/// A change between two periods.
#[derive(Debug, Clone, PartialEq)]
pub struct GridChange {
    /// The number before and now.
    pub counts: (u64, u64),
    /// In percent, where the formula gives one.
    pub percent: Option<f64>,
    /// As programs read it: `up`, `down`, `level`.
    pub word: &'static str,
    /// As the report prints it: ↗ ↘ =.
    pub symbol: &'static str,
    /// As a reader hears it: « hausse ».
    pub spoken: String,
}

impl GridCell {
    /// A count that is known whole.
    pub fn count(reading: Reading) -> Self {
        Self::Count { reading, partial: false }
    }

    /// A share of `whole`, in percent.
    pub fn share(part: u64, whole: u64) -> Self {
        Self::Percent((whole > 0).then(|| part as f64 * 100.0 / whole as f64))
    }

    /// As the report prints it: grouped thousands, whole percents, an absence by its letters.
    pub fn printed(&self, lang: Lang) -> String {
        match self {
            Self::Text(t) => t.clone(),
            Self::Count { reading, partial } => match reading.number() {
                Some(n) => format!("{}{}", grouped(n, lang), if *partial { "*" } else { "" }),
                None => absence(reading.word(), lang).0.to_owned(),
            },
            Self::Percent(None) | Self::Tenths(None) | Self::Change(None) => "–".to_owned(),
            Self::Tenths(Some(x)) => {
                let text = decimal(*x, 1, lang);
                lang.pick(format!("{text}\u{a0}%"), format!("{text}%"))
            }
            Self::Percent(Some(x)) => percent_text(*x, lang),
            Self::Change(Some(c)) => c.symbol.to_owned(),
        }
    }
}

/// A share as the report prints it: a whole percent, halves upwards.
pub fn percent_text(x: f64, lang: Lang) -> String {
    let whole = decimal((x + 0.5).floor(), 0, lang);
    lang.pick(format!("{whole}\u{a0}%"), format!("{whole}%"))
}

/// A change as a sentence says it: « +121 % ».
pub fn change_text(x: f64, lang: Lang) -> String {
    let whole = x.round();
    let sign = if whole > 0.0 { "+" } else { "" };
    lang.pick(format!("{sign}{}\u{a0}%", decimal(whole, 0, lang)), format!("{sign}{whole:.0}%"))
}

/// How an absence is printed in a table, and what that means.
pub fn absence(word: &str, lang: Lang) -> (&'static str, &'static str) {
    let (fr, en) = match word {
        "covered_no_report" => (("s.r.", "couvert, sans rapport"), ("n.r.", "covered, no report")),
        "not_covered" => (("n.c.", "non couvert"), ("n.c.", "not covered")),
        "suppressed" => (("m.", "masqué (protection des personnes)"), ("w.", "withheld (protection of people)")),
        "not_yet_elapsed" => (("à venir", "mois non échu"), ("to come", "month not elapsed")),
        _ => (("?", "couverture inconnue"), ("?", "coverage unknown")),
    };
    lang.pick(fr, en)
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct GridColumn {
    /// As programs read it: `2021-06`, `total`.
    pub id: String,
    /// As people read it.
    pub label: String,
    /// Its HXL tag, where it has one.
    pub hxl: Option<String>,
}

impl GridColumn {
    /// A column without an HXL tag.
    pub fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        Self { id: id.into(), label: label.into(), hxl: None }
    }
}

/// A row: its code, its label, a cell a column.
#[derive(Debug, Clone, PartialEq)]
pub struct GridRow {
    /// As programs read it.
    pub code: String,
    /// As people read it.
    pub label: String,
    /// Parallel to [`Grid::columns`].
    pub cells: Vec<GridCell>,
    /// A line of totals.
    pub total: bool,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Stable id: `category_month`.
    pub id: &'static str,
    /// Title.
    pub title: String,
    /// What its counts count: « violations ».
    pub unit: String,
    /// Heading of the rows' labels.
    pub corner: String,
    /// Columns.
    pub columns: Vec<GridColumn>,
    /// Rows.
    pub rows: Vec<GridRow>,
    /// What must be known to read it.
    pub notes: Vec<String>,
}

/// One line that says where a table comes from: key for programs, label and value for people.
pub type MetaLine = (&'static str, String, String);

impl Grid {
    /// The row of a code.
    pub fn row(&self, code: &str) -> Option<&GridRow> {
        self.rows.iter().find(|r| r.code == code)
    }

    /// A cell by the codes of its row and column.
    pub fn cell(&self, row: &str, column: &str) -> Option<&GridCell> {
        let k = self.columns.iter().position(|c| c.id == column)?;
        self.row(row)?.cells.get(k)
    }

    /// Status words of the absences in it, each once, in the order of legends.
    pub fn absences(&self) -> Vec<&'static str> {
        let cells = || self.rows.iter().flat_map(|r| &r.cells);
        let has = |w: &str| {
            cells().any(
                |c| matches!(c, GridCell::Count { reading, .. } if reading.number().is_none() && reading.word() == w),
            )
        };
        Reading::WORDS.into_iter().filter(|w| has(w)).collect()
    }

    /// Whether a sum in it is partial.
    pub fn partial(&self) -> bool {
        self.rows.iter().flat_map(|r| &r.cells).any(|c| matches!(c, GridCell::Count { partial: true, .. }))
    }

    /// As JSON: every cell with its status, absent numbers as null, percents with four decimals at most.
    pub fn json(&self) -> Value {
        let cell = |c: &GridCell| match c {
            GridCell::Text(t) => json!(t),
            GridCell::Count { reading, partial } => {
                json!({"value": reading.number(), "status": reading.word(), "partial": partial})
            }
            GridCell::Percent(x) | GridCell::Tenths(x) => json!(x.map(fine)),
            GridCell::Change(None) => Value::Null,
            GridCell::Change(Some(c)) => {
                json!({"arrow": c.symbol, "change": c.word, "before": c.counts.0, "now": c.counts.1,
                                                "percent": c.percent.map(fine)})
            }
        };
        json!({
            "id": self.id, "title": self.title, "unit": self.unit,
            "columns": self.columns.iter().map(|c| json!({"id": c.id, "label": c.label})).collect::<Vec<_>>(),
            "rows": self.rows.iter().map(|r| json!({"code": r.code, "label": r.label, "total": r.total,
                "cells": r.cells.iter().map(cell).collect::<Vec<_>>()})).collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }

    /// As lines of plain text, columns aligned.
    pub fn text(&self, lang: Lang) -> Vec<String> {
        let width = |s: &str| s.chars().count();
        // A long heading gives way to its code; the pages have both.
        let heads: Vec<&str> =
            self.columns.iter().map(|c| if width(&c.label) > 18 { c.id.as_str() } else { c.label.as_str() }).collect();
        let printed: Vec<Vec<String>> =
            self.rows.iter().map(|r| r.cells.iter().map(|c| c.printed(lang)).collect()).collect();
        let first = self.rows.iter().map(|r| width(&r.label)).chain([width(&self.corner)]).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|k| {
                let cells = printed.iter().filter_map(|r| r.get(k)).map(|c| width(c));
                cells.chain([width(heads[k])]).max().unwrap_or(0)
            })
            .collect();
        let line = |label: &str, cells: &mut dyn Iterator<Item = &str>| {
            let mut out = format!("{label}{}", " ".repeat(first - width(label)));
            for (cell, w) in cells.zip(&widths) {
                out.push_str(&" ".repeat(2 + w - width(cell)));
                out.push_str(cell);
            }
            out.trim_end().to_owned()
        };
        let mut out = vec![self.title.clone(), line(&self.corner, &mut heads.iter().copied())];
        for (row, cells) in self.rows.iter().zip(&printed) {
            out.push(line(&row.label, &mut cells.iter().map(String::as_str)));
        }
        out.extend(self.notes.iter().map(|n| format!("  {n}")));
        out
    }
}

/// A percent for programs: fine enough that whoever rounds it to a whole one gets what is printed.
pub(super) fn fine(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

/// A text that no spreadsheet takes for a formula: one that starts like a formula gets an apostrophe before it.
pub fn defused(text: &str) -> std::borrow::Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_percents_are_whole_and_an_absence_is_letters_not_zero() {
        assert_eq!(GridCell::share(1145, 3040).printed(Lang::Fr), "38\u{a0}%");
        assert_eq!(GridCell::share(12, 3040).printed(Lang::Fr), "0\u{a0}%");
        assert_eq!(GridCell::share(1, 8).printed(Lang::En), "13%");
        assert_eq!(GridCell::share(1, 0).printed(Lang::Fr), "–");
        for word in Reading::WORDS.into_iter().skip(2) {
            for lang in [Lang::Fr, Lang::En] {
                assert!(!absence(word, lang).0.contains('0'));
            }
        }
        assert_eq!(change_text(-13.0, Lang::Fr), "\u{2212}13\u{a0}%");
        assert_eq!(change_text(120.9, Lang::Fr), "+121\u{a0}%");
    }

    #[test]
    fn what_starts_like_a_formula_is_defused() {
        for text in ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1", "\r=1"] {
            assert!(defused(text).starts_with('\''), "{text}");
        }
        assert_eq!(defused("Gao"), "Gao");
    }
}
