//! What a spatial statistic is computed on: the units of one or several sets, a value where one was observed, and who
//! lies beside whom.

use std::sync::Arc;

use crate::app::layers::Asked;
use crate::app::{AppError, LayerQuery, Service};
use crate::boundaries::{
    BoundarySet, Contiguity, SharedBorders, Tolerances, Unit, contiguity, k_nearest, within_distance,
};
use crate::domain::{Level, Period, Reading, SetId};
use crate::indicators::{Cell, Table};
use crate::stats::Neighbours;

/// Who counts as a neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Weights {
    /// A border or a point in common.
    #[default]
    Queen,
    /// A border in common.
    Rook,
    /// The k nearest label points.
    Nearest(u8),
    /// Label points within so many kilometres.
    Within(u16),
}

impl Weights {
    /// Most neighbours of `nearest-K`, and most kilometres of `within-KM`.
    pub const MOST: (u8, u16) = (50, 2_000);

    /// Reads `queen`, `rook`, `nearest-6` or `within-100km`.
    pub fn parse(text: &str) -> Result<Self, AppError> {
        let number = |head: &str, tail: &str| text.strip_prefix(head)?.strip_suffix(tail)?.parse::<u16>().ok();
        let found = match text {
            "queen" => Some(Self::Queen),
            "rook" => Some(Self::Rook),
            _ => match (number("nearest-", ""), number("within-", "km")) {
                (Some(k), _) => u8::try_from(k).ok().filter(|k| (1..=Self::MOST.0).contains(k)).map(Self::Nearest),
                (_, Some(km)) => Some(km).filter(|km| (1..=Self::MOST.1).contains(km)).map(Self::Within),
                _ => None,
            },
        };
        found.ok_or_else(|| {
            AppError::BadRequest(format!(
                "weights « {text} »: queen, rook, nearest-K (K 1 to {}) or within-KMkm (1 to {} km)",
                Self::MOST.0,
                Self::MOST.1
            ))
        })
    }

    /// As it is written.
    pub fn code(self) -> String {
        match self {
            Self::Queen => "queen".into(),
            Self::Rook => "rook".into(),
            Self::Nearest(k) => format!("nearest-{k}"),
            Self::Within(km) => format!("within-{km}km"),
        }
    }

    fn build(self, sets: &[&[Unit]]) -> Result<SharedBorders, AppError> {
        let plain = |neighbours| SharedBorders { neighbours, by_tolerance: 0, across: 0 };
        match self {
            Self::Queen => contiguity(sets, Contiguity::Queen, &Tolerances::default()),
            Self::Rook => contiguity(sets, Contiguity::Rook, &Tolerances::default()),
            Self::Nearest(k) => k_nearest(sets, usize::from(k)).map(plain),
            Self::Within(km) => within_distance(sets, f64::from(km) * 1000.0).map(plain),
        }
        .map_err(|e| AppError::BadRequest(e.to_string()))
    }
}

/// The units studied, their values and their neighbours.
pub(in crate::app) struct Study<'a> {
    /// The sets, in the order asked.
    pub sets: Vec<&'a Arc<BoundarySet>>,
    /// Level of the units.
    pub level: Level,
    /// A table a set.
    pub tables: Vec<Table>,
    /// By unit, set after set: the number where the unit was covered and its report came; none where it was not
    /// observed, which is outside every test.
    pub values: Vec<Option<f64>>,
    /// Who lies beside whom, over all units.
    pub borders: Arc<SharedBorders>,
}

impl<'a> Study<'a> {
    /// Every unit with its cell, set after set.
    pub fn units(&self) -> impl Iterator<Item = (&'a BoundarySet, &'a Unit, &Cell)> {
        self.sets
            .iter()
            .zip(&self.tables)
            .flat_map(|(set, table)| set.units(self.level).iter().zip(&table.cells).map(|(u, c)| (&***set, u, c)))
    }

    /// Population of each unit in the period's last year.
    pub fn populations(&self, service: &Service, period: Period) -> Result<Vec<Option<f64>>, AppError> {
        let known = |set: &BoundarySet, unit: &Unit| {
            let populations = service.snapshot.populations(&set.info.id)?;
            Ok(populations.of(set, self.level, &unit.pcode, period.last().year()).map(|n| n as f64))
        };
        self.units().map(|(set, unit, _)| known(set, unit)).collect()
    }

    /// The neighbour lists.
    pub fn neighbours(&self) -> &Neighbours {
        &self.borders.neighbours
    }
}

/// The number a test may use: that of a unit that was covered. A report from a unit that was not covered says nothing of
/// what else happened there, so it is outside the test, as its neighbours without any report are.
pub(in crate::app) fn observed(cell: &Cell) -> Option<f64> {
    match cell.reading {
        Reading::Value(n) if !cell.outside_coverage => Some(n as f64),
        Reading::Zero if !cell.outside_coverage => Some(0.0),
        _ => None,
    }
}

impl Service {
    /// The units, values and neighbours that a question is about.
    pub(in crate::app) fn study(
        &self,
        (theme, measure): (&str, &str),
        level: Level,
        weights: Weights,
        query: &LayerQuery,
        asked: &Asked<'_>,
    ) -> Result<Study<'_>, AppError> {
        if !asked.open && level > Level::Region {
            return Err(AppError::Forbidden(
                asked
                    .lang
                    .pick(
                        "Les foyers sous la région ne sont pas donnés à ce niveau d’accès : ils laisseraient retrouver de petits nombres.",
                        "Hotspots below region are not given at this level of access: small counts could be solved for.",
                    )
                    .into(),
            ));
        }
        let sets = self.sets(query)?;
        let tables = sets
            .iter()
            .map(|set| self.measure_table(set, (theme, measure), level, asked))
            .collect::<Result<Vec<_>, _>>()?;
        let values = tables.iter().flat_map(|t| t.cells.iter().map(observed)).collect();
        let borders = self.borders(&sets, level, weights)?;
        Ok(Study { sets, level, tables, values, borders })
    }

    /// Neighbours depend on the boundaries alone: made once for the sets, level and rule, and kept.
    pub(in crate::app) fn borders(
        &self,
        sets: &[&Arc<BoundarySet>],
        level: Level,
        weights: Weights,
    ) -> Result<Arc<SharedBorders>, AppError> {
        let key = (sets.iter().map(|s| s.info.id.clone()).collect::<Vec<SetId>>(), level, weights);
        let fault = |_| AppError::Fault("neighbour lock poisoned".into());
        if let Some(known) = self.borders.lock().map_err(fault)?.get(&key) {
            return Ok(known.clone());
        }
        let units: Vec<&[Unit]> = sets.iter().map(|s| s.units(level)).collect();
        let made = Arc::new(weights.build(&units)?);
        let mut kept = self.borders.lock().map_err(|_| AppError::Fault("neighbour lock poisoned".into()))?;
        // Rules come from requests: past the bound the cache starts anew rather than grow.
        if kept.len() >= KEPT_BORDERS {
            kept.clear();
        }
        kept.insert(key, made.clone());
        Ok(made)
    }
}

/// Neighbour lists kept at most.
const KEPT_BORDERS: usize = 32;

/// Neighbour lists by sets, level and rule.
pub(in crate::app) type Borders = std::collections::BTreeMap<(Vec<SetId>, Level, Weights), Arc<SharedBorders>>;
