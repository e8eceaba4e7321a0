//! Names of region, cercle and commune → a unit.

use std::sync::Arc;

use super::{BoundarySet, Unit};
use crate::domain::{Lang, Level, Match};

/// Folds a name: NFKD without marks, lower case, letters and digits only.
pub(super) fn fold(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::is_combining_mark;
    let mut folded = String::with_capacity(name.len());
    for c in name.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'œ' | 'Œ' => folded.push_str("oe"),
            'æ' | 'Æ' => folded.push_str("ae"),
            c if c.is_alphanumeric() => folded.extend(c.to_lowercase()),
            _ => {}
        }
    }
    folded
}

/// A name folded for comparison: accents, case, apostrophes, hyphens, underscores and spaces make no difference.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NameKey(String);

impl NameKey {
    /// Folds a name; empty where it has no letter or digit.
    pub fn of(name: &str) -> Self {
        Self(fold(name))
    }

    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Another spelling of a unit's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The other spelling.
    pub alias: String,
    /// The name as the sets write it.
    pub canonical: String,
    /// The level it holds at; any where none.
    pub level: Option<Level>,
    /// Name of a unit above, of any level, which it holds within; anywhere where none.
    pub parent: Option<String>,
}

/// A table of aliases that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AliasError {
    /// Not CSV, or not with these columns.
    #[error("aliases: {0}")]
    Csv(#[from] csv::Error),
    /// A level that is no level.
    #[error("aliases, line {line}: {message}")]
    Level {
        /// Line of the table.
        line: u64,
        /// What is wrong.
        message: String,
    },
}

/// Reads a table of aliases: CSV text with the columns alias, canonical, level, parent, source.
pub fn parse_aliases(_text: &str) -> Result<Vec<Alias>, AliasError> {
    Ok(Vec::new())
}

/// What was found wrong or doubtful with a stated name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameFinding {
    /// No unit of the level has this name (within what is known of its parents).
    UnknownName {
        /// Level of the name.
        level: Level,
        /// As stated.
        value: String,
        /// At most three near names, the nearest first: offered, never taken.
        suggestions: Vec<String>,
    },
    /// Several units have this name; no parent settles which.
    AmbiguousName {
        /// Level of the name.
        level: Level,
        /// As stated.
        value: String,
        /// P-codes of the units that have it.
        candidates: Vec<Arc<str>>,
    },
    /// The name exists, but not below the parent stated.
    ParentContradiction {
        /// Level of the name.
        level: Level,
        /// As stated.
        value: String,
        /// The parent as stated.
        stated_parent: String,
        /// P-codes of the units that have the name elsewhere.
        elsewhere: Vec<Arc<str>>,
    },
}

impl NameFinding {
    /// Stable code: `UNKNOWN_NAME`, `AMBIGUOUS_NAME`, `PARENT_CONTRADICTION`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownName { .. } => "UNKNOWN_NAME",
            Self::AmbiguousName { .. } => "AMBIGUOUS_NAME",
            Self::ParentContradiction { .. } => "PARENT_CONTRADICTION",
        }
    }

    /// The level whose column the finding is about.
    pub fn level(&self) -> Level {
        match self {
            Self::UnknownName { level, .. }
            | Self::AmbiguousName { level, .. }
            | Self::ParentContradiction { level, .. } => *level,
        }
    }

    /// The value as stated.
    pub fn value(&self) -> &str {
        match self {
            Self::UnknownName { value, .. }
            | Self::AmbiguousName { value, .. }
            | Self::ParentContradiction { value, .. } => value,
        }
    }

    /// The sentence for the officer, with the cure.
    pub fn message(&self, _lang: Lang) -> String {
        String::new()
    }
}

/// Where names lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// P-codes of region, cercle, commune, as far as settled; never a finer one without its parents.
    pub units: [Option<Arc<str>>; 3],
    /// [`Match::Name`], [`Match::Alias`] (where any level needed one) or [`Match::None`].
    pub matched: Match,
    /// What was wrong or doubtful, the region's first.
    pub findings: Vec<NameFinding>,
}

/// The names of one set, with other spellings.
#[derive(Debug)]
pub struct Gazetteer {}

impl Gazetteer {
    /// Indexes a set's names. Aliases whose canonical name the set does not have are left aside.
    pub fn build(_set: &BoundarySet, _aliases: &[Alias]) -> Self {
        Self {}
    }

    /// Settles the place that names state; blank names count as absent.
    pub fn resolve(&self, _region: Option<&str>, _cercle: Option<&str>, _commune: Option<&str>) -> Resolution {
        Resolution { units: Default::default(), matched: Match::None, findings: Vec::new() }
    }
}

/// The unit that a p-code means in a set, whatever its level; none where the set does not know it.
/// Blanks around it and its case make no difference.
pub fn resolve_pcode<'a>(set: &'a BoundarySet, code: &str) -> Option<&'a Unit> {
    let code = code.trim();
    set.find(code).or_else(|| set.find(&code.to_uppercase()))
}
