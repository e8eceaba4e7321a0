//! Crosswalk between two boundary sets (vintages): which units of the one lie in which of the other, and how much of them.
//!
//! A code means something only inside its set, so nothing passes from one set to another but through this table:
//! by area ([`by_area`]), by population ([`by_population`]) or by code and name ([`by_identity`]). What changed between
//! the two is told by [`Crosswalk::changes`]; numbers are carried by [`Crosswalk::carry`], always as estimates.

mod area;
mod carry;
mod changes;
mod identity;
mod population;
mod side;

use std::sync::Arc;

use serde::Serialize;

use super::NameKey;
use crate::domain::SetId;

pub use area::by_area;
pub use carry::{Carried, CarriedCell};
pub use changes::{Change, ChangeKind};
pub use identity::by_identity;
pub use population::{PopulationOf, by_population};
pub use side::{Group, Side};

/// Two outlines of one unit count as the same ground where each holds at least this share of the other. The cercles of
/// Mali drawn in 2019 and in 2020 hold 0.99 of each other and more where nothing changed, the regions of the law of 2023
/// 0.90 to 0.92 of the ones they are called after where they were redrawn.
pub const SAME_SHARE: f64 = 0.95;

/// A unit came or went « mostly » where the share is at least this.
pub const MOST_SHARE: f64 = 0.5;

/// Overlaps below this share of both units are two drawings of one border, not ground that changed hands.
pub const MIN_SHARE: f64 = 0.01;

/// Ground of a unit that lies in no unit of the other set, up to this share, is a difference of drawing too: what is
/// counted there goes where the rest of the unit goes. Beyond it, that part goes nowhere and is told.
pub const OUTSIDE_SHARE: f64 = 0.05;

/// Weights of a unit sum to 1 (or to 1 less the part that goes nowhere) within this.
pub const SLACK: f64 = 1e-6;

/// What the shares of a link rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Overlapping area, km².
    Area,
    /// People living in the overlap.
    Population,
    /// Code and name: parts (communes, cercles) that are the same unit in both.
    Identity,
}

impl Basis {
    /// The unit of [`Link::amount`].
    pub fn unit(self) -> &'static str {
        match self {
            Self::Area => "km2",
            Self::Population => "people",
            Self::Identity => "units",
        }
    }
}

/// A unit as the table names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Code in its set (or of its group).
    pub code: Arc<str>,
    /// Name as the set writes it.
    pub name: Arc<str>,
    /// Name of the unit above; none at the top.
    pub parent: Option<Arc<str>>,
}

impl Named {
    fn key(&self) -> NameKey {
        NameKey::of(&self.name)
    }

    /// Same folded name; a set that has no names writes the code in their place, which contradicts no name.
    fn same_name(&self, other: &Self) -> bool {
        self.key() == other.key() || self.name == self.code || other.name == other.code
    }
}

/// One line of the table: a unit of the first side and one of the second that share something.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// Place in [`Crosswalk::from`].
    pub from: usize,
    /// Place in [`Crosswalk::to`].
    pub to: usize,
    /// What they share, in the basis' unit.
    pub amount: f64,
    /// Share of the first unit, 0–1.
    pub share: f64,
    /// Share of the second unit, 0–1; none where the second's whole is not known on this basis.
    pub share_of_to: Option<f64>,
    /// The part of a count of the first unit that goes to the second, 0–1; none where it cannot be known on this basis.
    pub weight: Option<f64>,
    /// What shares and weight rest on; by population falls back on area unit by unit, and says so here.
    pub basis: Basis,
}

/// The table between two sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Crosswalk {
    /// Name of the first side: a set, or a grouping.
    pub from_id: String,
    /// Name of the second.
    pub to_id: String,
    /// The basis asked.
    pub by: Basis,
    /// Units of the first side, ordered by code.
    pub from: Vec<Named>,
    /// Units of the second side, ordered by code.
    pub to: Vec<Named>,
    /// Ordered by `from`, then `to`.
    pub links: Vec<Link>,
    /// By unit of the first side: the share of it that lies in no unit of the second, 0–1.
    pub outside: Vec<f64>,
    /// Overlaps left out as differences of drawing (see [`MIN_SHARE`]).
    pub slivers: usize,
}

/// Why there is no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrosswalkError {
    /// Outlines that only show the arrangement have no area to share.
    #[error("the outlines of {} are schematic", sets.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Schematic {
        /// The sets.
        sets: Vec<SetId>,
    },
    /// A side has no unit at the level.
    #[error("{id} has no unit at this level")]
    NoUnits {
        /// The side.
        id: String,
    },
    /// More pairs of outlines meet than are worked through.
    #[error("more than {limit} pairs of units overlap")]
    TooMany {
        /// The limit.
        limit: usize,
    },
}

/// Pairs of overlapping boxes worked through at most: 40 times what two sets of 701 communes have.
pub const MAX_PAIRS: usize = 200_000;

impl Crosswalk {
    /// The links of a unit of the first side.
    pub fn links_of(&self, from: usize) -> &[Link] {
        let start = self.links.partition_point(|l| l.from < from);
        let end = self.links.partition_point(|l| l.from <= from);
        &self.links[start..end]
    }

    /// The links into a unit of the second side.
    pub fn links_into(&self, to: usize) -> impl Iterator<Item = &Link> {
        self.links.iter().filter(move |l| l.to == to)
    }

    /// Whether a link joins one unit to itself, whatever it is called: each is (nearly) all of the other.
    pub fn same_ground(&self, link: &Link) -> bool {
        link.share >= SAME_SHARE && link.share_of_to.is_some_and(|s| s >= SAME_SHARE)
    }

    /// What a link is, in a word: `identical`, `recoded`, `renamed`, `recoded_and_renamed`, `whole` (all of the first
    /// unit goes there) or `part`.
    pub fn relation(&self, link: &Link) -> &'static str {
        if self.same_ground(link) {
            let (a, b) = (&self.from[link.from], &self.to[link.to]);
            return match (a.code == b.code, a.same_name(b)) {
                (true, true) => "identical",
                (false, true) => "recoded",
                (true, false) => "renamed",
                (false, false) => "recoded_and_renamed",
            };
        }
        if link.share >= SAME_SHARE { "whole" } else { "part" }
    }
}

#[cfg(test)]
mod tests;
