//! Tables of one region, or of one category, alone: what a reader chose beside them.

use super::scope::{RegionGroup, Scope};
use super::{AppError, TrendBy, TrendsQuery};
use crate::domain::{Level, Reading};
use crate::indicators::{Key, Table, key_of, part_of};

/// What the tables are narrowed to, settled against set and taxonomy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Focus {
    /// Position of the region.
    region: Option<usize>,
    /// Position of the category among the theme's terms.
    category: Option<usize>,
}

impl Focus {
    /// Reads the query; a region or a category that does not exist is told with those that do.
    pub(super) fn new(scope: &Scope<'_>, query: &TrendsQuery) -> Result<Self, AppError> {
        let units = scope.set.units(Level::Region);
        let region = query.region.as_deref().map(|asked| {
            units.iter().position(|u| *u.pcode == *asked).ok_or_else(|| {
                let known: Vec<String> = units.iter().map(|u| format!("{} {}", u.pcode, u.name)).collect();
                AppError::BadRequest(format!("region « {asked} »: {}", known.join(", ")))
            })
        });
        let terms = scope.theme.terms("category");
        let category = query.category.as_deref().map(|asked| {
            terms.iter().position(|t| t.code == asked).ok_or_else(|| {
                let known: Vec<&str> = terms.iter().map(|t| t.code.as_str()).collect();
                AppError::BadRequest(format!("category « {asked} »: {}", known.join(", ")))
            })
        });
        Ok(Self { region: region.transpose()?, category: category.transpose()? })
    }

    pub(super) fn is_whole(self) -> bool {
        self == Self::default()
    }

    /// Whether a table can be narrowed so. The tables that compare regions are of all regions, those that compare categories of all
    /// categories; cercles are of neither choice, as small counts of a category below region are nobody's to see.
    pub(super) fn has(self, by: TrendBy) -> bool {
        match by {
            TrendBy::Category | TrendBy::Type => self.category.is_none(),
            TrendBy::Region => self.region.is_none(),
            TrendBy::Cercle => self.is_whole(),
            _ => true,
        }
    }

    /// Leaves in the scope what is of the region and the category.
    pub(super) fn narrow(self, scope: &mut Scope<'_>) {
        let theme = scope.theme;
        scope.rows.retain(|row| {
            let here = self.region.is_none_or(|k| row.units[Level::Region.index()] == Some(k));
            here && self.category.is_none_or(|k| key_of(theme, "category", row.fact) == Key::Term(k))
        });
        let code = self.category.and_then(|k| theme.terms("category").get(k)).map(|t| t.code.clone());
        let all = [&mut scope.regions_now, &mut scope.regions_before];
        for table in scope.by_month.iter_mut().chain(all) {
            if let Some(code) = &code {
                of_category(table, code);
            }
            if let Some(k) = self.region {
                of_region(table, k);
            }
        }
        if let Some(k) = self.region {
            let unit = &scope.set.units(Level::Region)[k];
            let (id, label) = (unit.pcode.to_string(), unit.name.to_string());
            scope.groups = vec![RegionGroup { id, label, regions: vec![k] }];
        }
    }

    /// « Mopti », « Atteintes au droit à la vie », or both.
    pub(super) fn words(self, scope: &Scope<'_>) -> String {
        let region = self.region.map(|k| scope.set.units(Level::Region)[k].name.to_string());
        let category = self.category.map(|k| scope.label(&scope.theme.terms("category")[k]));
        region.into_iter().chain(category).collect::<Vec<_>>().join(" · ")
    }
}

/// Counts of one category where the whole has a number; an absence stays what it is.
fn of_category(table: &mut Table, code: &str) {
    let position = table.terms.iter().position(|t| **t == *code);
    for cell in &mut table.cells {
        let n = position.and_then(|k| cell.by.get(k)).copied().unwrap_or(0);
        cell.reading = part_of(cell.reading, n);
    }
    let of = |by: &[Option<u64>]| position.map_or(Some(0), |k| by.get(k).copied().flatten());
    table.total = of(&table.total_by);
    table.non_located = of(&table.non_located_by);
}

/// One region as if it were the country.
fn of_region(table: &mut Table, k: usize) {
    let cell = table.cells[k].clone();
    table.total = Some(cell.reading.number().unwrap_or(0));
    table.total_by = (0..table.terms.len()).map(|t| Some(cell.by.get(t).copied().unwrap_or(0))).collect();
    (table.non_located, table.non_located_by) = (Some(0), vec![Some(0); table.terms.len()]);
    // The others say nothing of their own: an absence beside a number adds nothing, and beside an absence it is the same one.
    let silent = if cell.reading.number().is_some() { Reading::Unknown } else { cell.reading };
    for (_, other) in table.cells.iter_mut().enumerate().filter(|(j, _)| *j != k) {
        other.reading = silent;
        other.by.clear();
    }
}
