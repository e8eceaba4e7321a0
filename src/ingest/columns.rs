//! From a file's headings to the theme's columns.

use std::collections::HashMap;

use super::IngestError;
use super::fold::fold;
use crate::domain::{Check, Column, ColumnKind, Fill, Theme};

/// The theme's columns by every heading they are known by.
pub(super) struct Headings {
    by_key: HashMap<String, usize>,
}

impl Headings {
    pub(super) fn new(theme: &Theme) -> Self {
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
    /// Refuses a file in which no row could go in.
    pub(super) fn checked(theme: &Theme, at: Vec<Option<usize>>, unknown: Vec<usize>) -> Result<Self, IngestError> {
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
