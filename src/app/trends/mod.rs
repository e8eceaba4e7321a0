//! The trend tables of the monthly report, their arrows and the sentences that go with them.

mod breakdowns;
mod files;
mod focus;
mod scope;
mod sentences;
mod tables;

pub(super) use self::files::{foot, section};
pub(super) use self::scope::{MEASURE, Scope, badges, earlier, in_period, origin_lines, page_fault};
pub(super) use self::tables::change;
use super::{AppError, LayerQuery, Service};
use crate::formats::grid::{Grid, MetaLine};
use crate::indicators::{Formula, Tolerance};

/// What a table is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrendBy {
    /// Category × month, and the arrows by region group.
    Category,
    /// Violation type × month.
    Type,
    /// Region × month.
    Region,
    /// Cercles, against the period before.
    Cercle,
    /// Victims by status, age and sex.
    Victim,
    /// Kinds of place.
    Place,
    /// Time slots.
    Time,
    /// Socio-economic status of the victims.
    Socio,
    /// Classes of alleged perpetrators, for the country and its regions only.
    Perpetrator,
}

impl TrendBy {
    /// Every one, in the order they are printed.
    pub const ALL: [Self; 9] = [
        Self::Category,
        Self::Type,
        Self::Region,
        Self::Cercle,
        Self::Victim,
        Self::Place,
        Self::Time,
        Self::Socio,
        Self::Perpetrator,
    ];

    /// The word that asks for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Type => "type",
            Self::Region => "region",
            Self::Cercle => "cercle",
            Self::Victim => "victim",
            Self::Place => "place",
            Self::Time => "time",
            Self::Socio => "socio",
            Self::Perpetrator => "perpetrator",
        }
    }

    /// What a word asks for.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|b| b.word() == word)
    }
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrendsFormat {
    /// Lines of text.
    Text,
    /// JSON.
    Json,
    /// CSV, one row a cell.
    Csv,
    /// A workbook.
    Xlsx,
    /// Pages.
    Pdf,
}

/// A request for trend tables.
#[derive(Debug, Clone, Default)]
pub struct TrendsQuery {
    /// Period, set, source, basis, language, and whether small counts below region may be shown.
    pub layer: LayerQuery,
    /// Which tables; empty = all.
    pub by: Vec<TrendBy>,
    /// Tables of this region alone, by its p-code; those that compare regions are then left out.
    pub region: Option<String>,
    /// Tables of this category alone, by its code; those that compare categories are then left out.
    pub category: Option<String>,
    /// Formula of changes.
    pub formula: Formula,
    /// What still counts as level.
    pub tolerance: Tolerance,
    /// Adds the row of HXL tags to workbooks.
    pub hxl: bool,
}

/// The tables with what must be said of them.
#[derive(Debug, Clone)]
pub struct TrendsReport {
    /// Title, with country and period.
    pub title: String,
    /// What is counted and compared.
    pub subtitle: String,
    /// Ready sentences.
    pub sentences: Vec<String>,
    /// The tables.
    pub tables: Vec<Grid>,
    /// Units, period, set, source, basis, state of the data, licences, limits.
    pub meta: Vec<MetaLine>,
    /// Words that every page owes: provisional, synthetic, schematic.
    badges: Vec<String>,
    created: Option<(i32, u8, u8)>,
    synthetic: bool,
}

/// Months a table may have as columns; a longer period is refused.
pub const MOST_MONTHS: u32 = 36;

impl Service {
    /// The trend tables that a query asks for.
    ///
    /// The period asked is compared with the one of the same length before it. One month has the table of its year up to it; a longer
    /// period its own months, [`MOST_MONTHS`] at most.
    pub fn trends(&self, query: &TrendsQuery) -> Result<TrendsReport, AppError> {
        let mut scope = Scope::new(self, query)?;
        let focus = focus::Focus::new(&scope, query)?;
        // A region's own breakdown, or a category's, is for those who see the data themselves.
        if !focus.is_whole() && !scope.asked.open {
            return Err(AppError::Forbidden(scope.lang.pick(
                "region et category ne sont pas donnés à ce niveau d’accès : demandez un jeton à qui tient le service".into(),
                "region and category are not given at this level of access: ask whoever runs the service for a token".into(),
            )));
        }
        // What may be told is told by place and category; other breakdowns are for those who see the data themselves.
        let told =
            |by: TrendBy| scope.asked.open || matches!(by, TrendBy::Category | TrendBy::Region | TrendBy::Cercle);
        if let Some(by) = query.by.iter().find(|b| !told(**b)) {
            return Err(AppError::Forbidden(scope.lang.pick(
                format!("by={} n’est pas donné à ce niveau d’accès : category, region et cercle le sont.", by.word()),
                format!("by={} is not given at this level of access: category, region and cercle are.", by.word()),
            )));
        }
        let asked = |by: TrendBy| if query.by.is_empty() { told(by) } else { query.by.contains(&by) };
        let all: Vec<TrendBy> = TrendBy::ALL.into_iter().filter(|by| asked(*by) && focus.has(*by)).collect();
        if !focus.is_whole() {
            focus.narrow(&mut scope);
        }
        let mut tables = Vec::new();
        for by in all {
            match by {
                TrendBy::Category => tables.extend([tables::category_month(&scope), tables::arrows(&scope)]),
                TrendBy::Type => tables.push(tables::type_month(&scope)),
                TrendBy::Region => tables.push(tables::region_month(&scope)),
                TrendBy::Cercle => tables.push(tables::cercles(&scope)?),
                TrendBy::Victim => tables.push(breakdowns::victims(&scope)),
                TrendBy::Place | TrendBy::Time | TrendBy::Socio | TrendBy::Perpetrator => {
                    tables.push(breakdowns::by_region(&scope, by));
                }
            }
        }
        for table in &mut tables {
            let mut notes = scope.key(table);
            notes.append(&mut table.notes);
            table.notes = notes;
        }
        // The sentences are of the country and all categories.
        let sentences = if focus.is_whole() { sentences::all(&scope)? } else { Vec::new() };
        let subtitle = if focus.is_whole() {
            scope.subtitle()
        } else {
            format!("{} · {}", focus.words(&scope), scope.subtitle())
        };
        Ok(TrendsReport {
            title: scope.title(),
            subtitle,
            sentences,
            tables,
            meta: scope.meta(),
            badges: scope.badges(),
            created: self.created_day(),
            synthetic: self.snapshot().synthetic,
        })
    }

    /// The day the data version was written: year, month, day.
    pub(super) fn created_day(&self) -> Option<(i32, u8, u8)> {
        let day: jiff::civil::Date = self.snapshot().created.get(..10)?.parse().ok()?;
        Some((i32::from(day.year()), day.month().unsigned_abs(), day.day().unsigned_abs()))
    }
}
