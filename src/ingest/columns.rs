//! From a file's headings to the theme's columns.

use std::collections::{BTreeMap, HashMap};

use super::IngestError;
use super::fold::fold;
use crate::domain::{Check, Column, ColumnKind, Fill, Theme};

/// How days that are not written in ISO form are read. It is declared for the whole file and never guessed from a row:
/// 03/04/2021 is one day or another by this alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateOrder {
    /// 17/06/2021, as in French.
    #[default]
    DayFirst,
    /// 06/17/2021.
    MonthFirst,
    /// Only 2021-06-17.
    IsoOnly,
}

/// How a file's dialect differs from the contract's columns. (More of it comes with the profiles of other tools.)
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Other headings, to the id of the column they mean; they prevail over the theme's own.
    pub headings: BTreeMap<String, String>,
    /// The order of days and months.
    pub dates: DateOrder,
}

/// The theme's columns by every heading they are known by.
pub(super) struct Headings {
    by_key: HashMap<String, usize>,
}

impl Headings {
    pub(super) fn new(theme: &Theme, profile: &Profile) -> Self {
        let mut by_key = HashMap::new();
        // A column's own id comes before the other columns' headings.
        for (k, column) in theme.columns.iter().enumerate() {
            by_key.insert(fold(&column.id), k);
        }
        for (k, column) in theme.columns.iter().enumerate() {
            for heading in column.headings.iter().chain(&column.label_fr) {
                by_key.entry(fold(heading)).or_insert(k);
            }
        }
        for (heading, id) in &profile.headings {
            if let Some(k) = theme.columns.iter().position(|c| &c.id == id) {
                by_key.insert(fold(heading), k);
            }
        }
        Self { by_key }
    }

    /// The column a heading means.
    pub(super) fn find(&self, heading: &str) -> Option<usize> {
        self.by_key.get(&fold(heading)).copied()
    }
}

/// Which of the file's columns holds which of the theme's.
pub(super) struct Mapping {
    /// By column of the theme: its place in the file.
    pub(super) at: Vec<Option<usize>>,
    /// Places in the file that nothing maps to.
    pub(super) unknown: Vec<usize>,
}

impl Mapping {
    /// Maps the headings, and refuses a file in which no row could go in.
    pub(super) fn new(theme: &Theme, known: &Headings, headers: &[String]) -> Result<Self, IngestError> {
        let mut at: Vec<Option<usize>> = vec![None; theme.columns.len()];
        let mut unknown = Vec::new();
        for (place, heading) in headers.iter().enumerate() {
            let Some(k) = known.find(heading) else {
                unknown.push(place);
                continue;
            };
            if let Some(first) = at[k] {
                return Err(IngestError::SameColumn {
                    column: theme.columns[k].id.clone(),
                    first: headers[first].clone(),
                    second: heading.clone(),
                });
            }
            at[k] = Some(place);
        }
        let present = |id: &str| theme.columns.iter().position(|c| c.id == id).is_some_and(|k| at[k].is_some());
        let missing: Vec<String> = theme
            .columns
            .iter()
            // A file without ids goes in by its content.
            .filter(|c| c.kind != ColumnKind::Id)
            .filter(|c| c.required && c.default.is_none() && !present(&c.id) && !can_be_filled(theme, c, &present))
            .map(|c| c.id.clone())
            .collect();
        if missing.is_empty() {
            Ok(Self { at, unknown })
        } else {
            Err(IngestError::MissingColumns { columns: missing })
        }
    }
}

/// Whether a check would fill the column in from columns that are there.
fn can_be_filled(theme: &Theme, column: &Column, present: &impl Fn(&str) -> bool) -> bool {
    theme.checks.iter().any(|check| match check {
        Check::Sum { total, parts, fill, .. } => {
            *fill != Fill::Never && *total == column.id && parts.iter().all(|p| present(p))
        }
        Check::Parent { column: finer, parent } => *parent == column.id && present(finer),
        Check::Level { .. } => false,
    })
}
