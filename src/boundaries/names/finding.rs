//! What can be wrong with stated names.

use std::sync::Arc;

use crate::domain::{Lang, Level};

/// What was found wrong or doubtful with a stated name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameFinding {
    /// No unit of the level has this name.
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
    /// Stable code, as every import writes it: `UNKNOWN_PLACE`, `AMBIGUOUS_PLACE`, `PLACE_CONTRADICTION`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownName { .. } => "UNKNOWN_PLACE",
            Self::AmbiguousName { .. } => "AMBIGUOUS_PLACE",
            Self::ParentContradiction { .. } => "PLACE_CONTRADICTION",
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
    pub fn message(&self, lang: Lang) -> String {
        let (fr, en) = match self.level() {
            Level::Region => ("Région", "Region"),
            Level::Cercle => ("Cercle", "Cercle"),
            Level::Commune => ("Commune", "Commune"),
        };
        match self {
            Self::UnknownName { value, suggestions, .. } if suggestions.is_empty() => lang.pick(
                format!("{fr} «\u{a0}{value}\u{a0}» : nom inconnu de ce découpage. Corrigez le nom ou donnez le p-code."),
                format!("{en} “{value}” unknown in this set. Correct the name or give the p-code."),
            ),
            Self::UnknownName { value, suggestions, .. } => lang.pick(
                format!(
                    "{fr} «\u{a0}{value}\u{a0}» : nom inconnu. Vouliez-vous dire {}\u{a0}? Corrigez-le ou donnez le p-code.",
                    suggestions.join(", ")
                ),
                format!(
                    "{en} “{value}”: unknown name. Did you mean {}? Correct it or give the p-code.",
                    suggestions.join(", ")
                ),
            ),
            Self::AmbiguousName { value, candidates, .. } => lang.pick(
                format!(
                    "{fr} «\u{a0}{value}\u{a0}» : {} unités portent ce nom ({}). Précisez le cercle ou donnez le p-code.",
                    candidates.len(),
                    list(candidates)
                ),
                format!(
                    "{en} “{value}”: {} units have this name ({}). State the cercle or give the p-code.",
                    candidates.len(),
                    list(candidates)
                ),
            ),
            Self::ParentContradiction { value, stated_parent, elsewhere, .. } => lang.pick(
                format!(
                    "{fr} «\u{a0}{value}\u{a0}» n’est pas dans «\u{a0}{stated_parent}\u{a0}» ; ce nom existe ailleurs ({}). Corrigez l’un des deux ou donnez le p-code.",
                    list(elsewhere)
                ),
                format!(
                    "{en} “{value}” is not in “{stated_parent}”; the name exists elsewhere ({}). Correct one of the two or give the p-code.",
                    list(elsewhere)
                ),
            ),
        }
    }
}

/// At most five codes.
fn list(codes: &[Arc<str>]) -> String {
    let mut text = codes.iter().take(5).map(|c| &**c).collect::<Vec<_>>().join(", ");
    if codes.len() > 5 {
        text.push_str(", …");
    }
    text
}
