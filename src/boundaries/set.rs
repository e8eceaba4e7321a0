//! A boundary set in memory: units by level, ordered by p-code.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{GeometryKind, Level, SetId};
use crate::spatial::{Bbox, LonLat, SquareKm};

/// What is known of a set as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetInfo {
    /// Its name.
    pub id: SetId,
    /// French title, printed as « Découpage utilisé ».
    pub title_fr: String,
    /// English title.
    pub title_en: String,
    /// ISO 3166-1 alpha-3 country; empty where unknown.
    pub country: String,
    /// Surveyed or schematic.
    pub geometry: GeometryKind,
    /// The date its list was valid on.
    pub valid_from: Option<String>,
    /// Where it comes from.
    pub origin: String,
    /// Under which licence.
    pub licence: String,
}

/// One administrative unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// P-code, text.
    pub pcode: Arc<str>,
    /// Name as the set writes it.
    pub name: Arc<str>,
    /// Level.
    pub level: Level,
    /// P-code of the unit above; none at level 1.
    pub parent: Option<Arc<str>>,
    /// Valid polygons, WGS 84 degrees, longitude first.
    pub shape: geo::MultiPolygon<f64>,
    /// Their area.
    pub area: SquareKm,
    /// A place inside, for labels and circles.
    pub label: LonLat,
    /// Their box.
    pub bbox: Bbox,
}

/// A set: units of up to three levels, each level ordered by p-code.
#[derive(Debug, Clone)]
pub struct BoundarySet {
    /// What it is.
    pub info: SetInfo,
    units: [Vec<Unit>; 3],
}

impl BoundarySet {
    /// Whether another set is this one in every unit and outline.
    pub fn same_as(&self, other: &Self) -> bool {
        self.info == other.info && self.units == other.units
    }

    /// Puts a set together; the units are ordered here.
    pub fn new(info: SetInfo, units: Vec<Unit>) -> Self {
        let mut levels: [Vec<Unit>; 3] = Default::default();
        for unit in units {
            levels[unit.level.index()].push(unit);
        }
        for level in &mut levels {
            level.sort_by(|a, b| a.pcode.cmp(&b.pcode));
        }
        Self { info, units: levels }
    }

    /// The units of a level, ordered by p-code; empty where the set has none.
    pub fn units(&self, level: Level) -> &[Unit] {
        &self.units[level.index()]
    }

    /// Position of a unit among its level's, by p-code.
    pub fn position(&self, level: Level, pcode: &str) -> Option<usize> {
        self.units(level).binary_search_by(|u| u.pcode.as_ref().cmp(pcode)).ok()
    }

    /// A unit of a level.
    pub fn unit(&self, level: Level, pcode: &str) -> Option<&Unit> {
        self.position(level, pcode).map(|k| &self.units(level)[k])
    }

    /// A unit of any level, the finest first (a region's and its only cercle's codes never clash in one set).
    pub fn find(&self, pcode: &str) -> Option<&Unit> {
        Level::ALL.into_iter().rev().find_map(|l| self.unit(l, pcode))
    }

    /// The unit and those above it, as a place needs them: codes by level.
    pub fn chain(&self, unit: &Unit) -> [Option<Arc<str>>; 3] {
        let mut chain: [Option<Arc<str>>; 3] = Default::default();
        let mut at = Some(unit);
        while let Some(u) = at {
            chain[u.level.index()] = Some(u.pcode.clone());
            at = u.level.parent().zip(u.parent.as_deref()).and_then(|(l, p)| self.unit(l, p));
        }
        chain
    }

    /// The finest level that has units.
    pub fn finest(&self) -> Level {
        Level::ALL.into_iter().rev().find(|l| !self.units(*l).is_empty()).unwrap_or(Level::Region)
    }

    /// The box of the whole set.
    pub fn bbox(&self) -> Bbox {
        self.units.iter().flatten().fold(Bbox::EMPTY, |b, u| b.union(u.bbox))
    }
}
