//! Facts: what was reported, when, where, by whom. One shape serves every theme.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Attrs, Level, Month, SetId};
use crate::spatial::LonLat;

/// When something happened or holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// A day.
    Day(jiff::civil::Date),
    /// A month, where the day is not known or does not matter.
    Month(Month),
    /// A year (a population, say).
    Year(i16),
}

impl When {
    /// The month it counts in; none for a whole year.
    pub fn month(self) -> Option<Month> {
        match self {
            Self::Day(d) => Month::new(d.year(), u8::try_from(d.month()).unwrap_or(0)),
            Self::Month(m) => Some(m),
            Self::Year(_) => None,
        }
    }

    /// Days since 1 January 1970; none where the day is not known.
    pub fn day_number(self) -> Option<i64> {
        let Self::Day(day) = self else { return None };
        Some(i64::from((day - jiff::civil::Date::constant(1970, 1, 1)).get_days()))
    }

    /// ISO form: `2021-06-17`, `2021-06` or `2021`.
    pub fn iso(self) -> String {
        match self {
            Self::Day(d) => d.to_string(),
            Self::Month(m) => m.to_string(),
            Self::Year(y) => format!("{y:04}"),
        }
    }
}

/// How a place was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// By its p-code.
    Pcode,
    /// By its name (accents, case, hyphens folded) within its parents.
    Name,
    /// By a known other spelling.
    Alias,
    /// By coordinates inside the unit.
    Point,
    /// By coordinates up to 5 km outside every unit: the nearest one.
    Nearest,
    /// By its village or town, through a gazetteer of localities.
    Locality,
    /// On a road through several places: the finest unit that all of them share.
    Axis,
    /// Fits nowhere: counted in totals only.
    None,
}

/// Where a fact lies, as far as it is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The boundary set whose codes are used.
    pub set: SetId,
    /// P-codes of the region, cercle and commune, as far as known; never a finer one without its parents.
    pub units: [Option<Arc<str>>; 3],
    /// How it was found.
    pub matched: Match,
    /// Coordinates, where the source gave any.
    pub point: Option<LonLat>,
    /// Region, cercle, commune, locality as the source wrote them.
    pub stated: [Option<Arc<str>>; 4],
    /// The road it lies on, where the source names one (« axe Mopti-Douentza ») instead of a place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub axis: Option<Box<Axis>>,
}

/// A road through places: a line, no single commune.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Its places in the order stated, those that were not recognised among them.
    pub places: Vec<AxisPlace>,
}

/// One place of a road.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AxisPlace {
    /// As the source wrote it.
    pub stated: Arc<str>,
    /// P-codes of region, cercle and commune, as far as known; all none where it was not recognised.
    pub units: [Option<Arc<str>>; 3],
    /// Where the line passes: the locality's own point, else the label point of its unit.
    pub point: Option<LonLat>,
}

impl AxisPlace {
    /// Whether it was recognised.
    pub fn is_known(&self) -> bool {
        self.units.iter().any(Option::is_some)
    }
}

impl Place {
    /// The finest level the place is known to; none where it fits nowhere.
    pub fn located(&self) -> Option<Level> {
        Level::ALL.into_iter().rev().find(|l| self.units[l.index()].is_some())
    }

    /// The unit at a level, where the place is known to that level.
    pub fn unit(&self, level: Level) -> Option<&Arc<str>> {
        self.units[level.index()].as_ref()
    }
}

/// The value of a theme's column in one fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Attr {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Int(i64),
    /// A decimal number.
    Real(f64),
    /// Text, or one code of a list.
    Text(Arc<str>),
    /// Several codes of a list.
    Codes(Vec<Arc<str>>),
}

impl Attr {
    /// The text or code.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(t) => Some(t),
            _ => None,
        }
    }

    /// The whole number.
    pub fn int(&self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// Yes or no.
    pub fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(b) => Some(*b),
            _ => None,
        }
    }
}

/// One fact of a theme. `(theme, source, id)` names it: the same again is a revision, not a second fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The theme's id, `incidents` say.
    pub theme: Arc<str>,
    /// The source's own id, or one made from what identifies the fact.
    pub id: Arc<str>,
    /// Who says so; figures of two sources are never added.
    pub source: Arc<str>,
    /// When.
    pub when: When,
    /// Where.
    pub place: Place,
    /// The theme's other columns, by column id. An empty cell is no entry.
    pub attrs: Attrs,
    /// Whether it was made up for the demonstration.
    pub synthetic: bool,
}

impl Fact {
    /// The attribute that says how a fact may be given on, where its source limits it.
    pub const ONWARD_SHARING: &str = "onward_sharing";
    /// Only in counts with others: no points, no lists, no downloads of rows.
    pub const AGGREGATES_ONLY: &str = "aggregates_only";

    /// Whether the fact may leave by itself, as a point or a row, and not only in counts with others.
    pub fn may_be_given_on(&self) -> bool {
        self.attr(Self::ONWARD_SHARING).and_then(Attr::text) != Some(Self::AGGREGATES_ONLY)
    }

    /// Whether its source documented it; where a theme has no such column every fact counts as documented.
    pub fn is_documented(&self) -> bool {
        self.attr("basis").and_then(Attr::text).is_none_or(|basis| basis == "documented")
    }

    /// A column's value.
    pub fn attr(&self, column: &str) -> Option<&Attr> {
        self.attrs.get(column)
    }
}
