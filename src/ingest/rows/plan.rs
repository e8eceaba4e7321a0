//! Which columns play which part, settled once a file.

use std::sync::Arc;

use crate::domain::{ColumnKind, Theme};
use crate::ingest::columns::Mapping;
use crate::ingest::table::Cell;

/// The theme's columns by part; all numbers are positions in the theme's list.
pub(super) struct Plan {
    pub(super) time: usize,
    pub(super) names: [Option<usize>; 3],
    pub(super) locality: Option<usize>,
    pub(super) pcode: Option<usize>,
    pub(super) set: Option<usize>,
    pub(super) level: Option<usize>,
    pub(super) unit_name: Option<usize>,
    pub(super) lon: Option<usize>,
    pub(super) lat: Option<usize>,
    pub(super) country: Option<usize>,
    pub(super) source: Option<usize>,
    /// Column ids, shared by every fact.
    pub(super) ids: Vec<Arc<str>>,
    /// The place of each column in the order of their ids.
    pub(super) rank: Vec<usize>,
    /// Whether a column's value is one of the fact's attributes.
    attribute: Vec<bool>,
}

impl Plan {
    pub(super) fn new(theme: &Theme) -> Self {
        let of = |kind: ColumnKind| theme.columns.iter().position(|c| c.kind == kind);
        let is_time = |k: ColumnKind| matches!(k, ColumnKind::Date | ColumnKind::Month | ColumnKind::Year);
        let mut plan = Self {
            // A theme without a time column is refused when its file is read.
            time: theme.columns.iter().position(|c| is_time(c.kind)).unwrap_or(0),
            names: [of(ColumnKind::Region), of(ColumnKind::Cercle), of(ColumnKind::Commune)],
            locality: of(ColumnKind::Locality),
            pcode: of(ColumnKind::Pcode),
            set: of(ColumnKind::Set),
            level: of(ColumnKind::Level),
            unit_name: of(ColumnKind::UnitName),
            lon: of(ColumnKind::Lon),
            lat: of(ColumnKind::Lat),
            country: of(ColumnKind::Country),
            source: of(ColumnKind::Source),
            ids: theme.columns.iter().map(|c| Arc::from(c.id.as_str())).collect(),
            rank: theme.columns.iter().map(|c| theme.columns.iter().filter(|d| d.id < c.id).count()).collect(),
            attribute: Vec::new(),
        };
        let parts = [Some(plan.time), plan.source, plan.locality, plan.lon, plan.lat];
        let taken: Vec<usize> = parts.into_iter().flatten().chain(plan.place_columns()).collect();
        plan.attribute = (0..theme.columns.len()).map(|k| !taken.contains(&k)).collect();
        plan
    }

    /// Of a flow: the columns that say where it went in the parts of a place's; none of another kind of fact.
    pub(super) fn destination(theme: &Theme) -> Option<Self> {
        let to = theme.destination.as_ref()?;
        let of = |id: &str| theme.columns.iter().position(|c| c.id == id);
        let name = |id: &Option<String>| id.as_deref().and_then(of);
        Some(Self {
            names: [name(&to.region), name(&to.cercle), name(&to.commune)],
            pcode: of(&to.pcode),
            locality: None,
            set: None,
            level: None,
            unit_name: None,
            lon: None,
            lat: None,
            country: None,
            ..Self::new(theme)
        })
    }

    /// The columns that state a place without coordinates.
    pub(super) fn place_columns(&self) -> impl Iterator<Item = usize> {
        self.names.into_iter().chain([self.pcode, self.set, self.level, self.unit_name]).flatten()
    }

    /// Whether the column's value is one of the fact's attributes.
    pub(super) fn is_attribute(&self, k: usize) -> bool {
        self.attribute[k]
    }
}

/// One row of the file, by the theme's columns.
pub(super) struct Row<'a> {
    pub(super) cells: &'a [Cell<'a>],
    pub(super) mapping: &'a Mapping,
}

impl<'a> Row<'a> {
    /// The cell of a column; empty where the file has no such column.
    pub(super) fn cell(&self, k: usize) -> &'a Cell<'a> {
        self.mapping.at[k].and_then(|place| self.cells.get(place)).unwrap_or(&Cell::Empty)
    }
}
