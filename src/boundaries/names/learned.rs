//! What officers settled: a spelling within its parent, learned for later imports.

use std::sync::Arc;

use super::key::fold;
use crate::boundaries::Locality;
use crate::domain::{Level, Place, SetId};

/// A spelling that an officer settled. It holds in its set, at its level, and where the rest of the statement leads to
/// the very parent that it was settled within; nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Learned {
    /// The set whose codes these are.
    pub set: SetId,
    /// The level of the name; none for a village or town.
    pub level: Option<Level>,
    /// The spelling.
    pub name: String,
    /// P-code of the unit that the names above it lead to; none where none was stated.
    pub parent: Option<Arc<str>>,
    /// P-code of the unit it means.
    pub pcode: Arc<str>,
}

/// A row that an officer settled. It holds for the same fact as long as its words stay the same: where the words alone
/// would mean another place elsewhere (a homonym), nothing is learned but this.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Settlement {
    /// The fact's theme.
    pub theme: Arc<str>,
    /// The fact's source.
    pub source: Arc<str>,
    /// The fact's id before it was settled.
    pub fact_id: Arc<str>,
    /// Its words, as [`statement`] folds them.
    pub statement: String,
    /// The set whose code it is.
    pub set: SetId,
    /// P-code of the unit it lies in.
    pub pcode: Arc<str>,
}

/// What a store knows of places beside its boundaries.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    /// Villages and towns.
    pub localities: Vec<Locality>,
    /// Spellings settled by officers, oldest first.
    pub learned: Vec<Learned>,
    /// Rows settled by officers, oldest first.
    pub settled: Vec<Settlement>,
}

/// The words that state a place, folded: equal where a row says the same place again.
pub fn statement(place: &Place) -> String {
    place.stated.iter().map(|word| fold(word.as_deref().unwrap_or_default())).collect::<Vec<_>>().join("|")
}
