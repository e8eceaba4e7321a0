//! One slice of the cube: every unit of a level in one period.

use std::sync::Arc;

use super::counted_as;
use crate::domain::{Level, Period, Reading, SetId};

/// What is known of one unit in the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The value, or which absence it is.
    pub reading: Reading,
    /// Every report counted here came in months in which the unit was not covered.
    pub outside_coverage: bool,
    /// The value by term (category A…F), in the order of [`Table::terms`]; empty where the reading has no number.
    pub by: Vec<u64>,
    /// Finest units (communes) covered in at least one month of the period, below this unit or itself; none where
    /// nobody stated the coverage of any of them.
    pub units_covered: Option<u32>,
    /// Finest units below this unit, or itself.
    pub units_total: u32,
    /// Months of the period in which any of them was covered; none as above.
    pub months_covered: Option<u32>,
    /// Months of the period.
    pub months_total: u32,
}

/// A measure at one level in one period, for one source and basis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The boundary set.
    pub set: SetId,
    /// The level of the units.
    pub level: Level,
    /// The period.
    pub period: Period,
    /// The measure's id.
    pub measure: Arc<str>,
    /// The source counted.
    pub source: Arc<str>,
    /// Codes of the breakdown, in order; empty where there is none.
    pub terms: Vec<Arc<str>>,
    /// Parallel to the set's units at this level.
    pub cells: Vec<Cell>,
    /// Known only above this level (or nowhere), so in no cell; none where it is not told.
    pub non_located: Option<u64>,
    /// The same by term.
    pub non_located_by: Vec<Option<u64>>,
    /// Cells plus non-located: the same at every level; none where it is not told. (Of a presence: distinct ones in all; one that
    /// is in several units counts in each of their cells.)
    pub total: Option<u64>,
    /// The same by term.
    pub total_by: Vec<Option<u64>>,
    /// Reports that do not say the number the measure adds up: in no total, never counted as 0.
    pub unquantified: u64,
    /// Finest units covered in the period, of all of the set; none where nobody stated any coverage.
    pub units_covered: Option<u32>,
    /// Finest units of the set.
    pub units_total: u32,
}

impl Table {
    /// A term's number in a unit: hidden where the unit has a number and its breakdown is not told.
    pub fn term_of(&self, unit: usize, term: usize) -> Reading {
        let cell = &self.cells[unit];
        match (cell.reading, cell.by.get(term)) {
            (_, Some(n)) => counted_as(*n),
            (Reading::Value(_), None) => Reading::Suppressed,
            (other, None) => other,
        }
    }
}
