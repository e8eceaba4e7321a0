//! CQL2 filters (OGC 21-065r2): parsed by the `cql2` crate, checked against a layer's fields before anything is
//! computed, then decided row by row. Property names are an allow-list: what is no field is refused by name.
//!
//! A comparison with an absence is neither true nor false (three-valued logic), so `value < 5` never finds a commune
//! that was not covered; `value IS NULL` does.

mod decide;
mod limits;
mod read;
#[cfg(test)]
mod tests;

pub use limits::FILTER_BYTES;
use limits::within_limits;
use read::Reader;

use super::{FeatureRow, FieldInfo, FieldKind};

/// The language a filter is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterLang {
    /// `cql2-text`.
    Text,
    /// `cql2-json`.
    Json,
}

/// Why a filter is refused: French, English.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{en}")]
pub struct FilterError {
    /// French sentence with the cure.
    pub fr: String,
    /// English sentence with the cure.
    pub en: String,
}

fn refuse(fr: impl Into<String>, en: impl Into<String>) -> FilterError {
    FilterError { fr: fr.into(), en: en.into() }
}

/// A filter ready to be asked about rows of one layer.
#[derive(Debug, Clone)]
pub struct Filter {
    root: Test,
}

/// Decides: yes, no or not known.
#[derive(Debug, Clone)]
enum Test {
    Const(bool),
    /// A yes/no field by itself.
    Flag(Term),
    And(Vec<Test>),
    Or(Vec<Test>),
    Not(Box<Test>),
    Compare(Term, Comparison, Term),
    Like(Term, String),
    In(Term, Vec<Term>),
    IsNull(Term),
    Meets(Box<geo::Geometry<f64>>, geo::Rect<f64>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn of(op: &str) -> Option<Self> {
        Some(match op {
            "=" => Self::Equal,
            "<>" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }
}

/// Something with a value.
#[derive(Debug, Clone)]
enum Term {
    Field(usize, FieldKind),
    Number(f64),
    Text(String),
    Flag(bool),
    /// A day or an instant: compared with texts that are dates.
    Time(String),
    /// Case (and accents) of the inner term do not count.
    Folded(Box<Term>, Fold),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fold {
    Case,
    Accents,
}

/// A term's value on a row.
#[derive(Debug, PartialEq)]
enum Found {
    Number(f64),
    Text(String),
    Flag(bool),
}

/// What a term's value is, for checking that two can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Number,
    Text,
    Flag,
}

impl Term {
    fn sort(&self) -> Sort {
        match self {
            Self::Field(_, FieldKind::Integer | FieldKind::Number) | Self::Number(_) => Sort::Number,
            Self::Field(_, FieldKind::String) | Self::Text(_) | Self::Time(_) | Self::Folded(..) => Sort::Text,
            Self::Field(_, FieldKind::Boolean) | Self::Flag(_) => Sort::Flag,
        }
    }
}

impl Filter {
    /// Reads a filter and settles its names against the fields of a layer.
    ///
    /// # Errors
    /// A filter that is too long or too deep, cannot be parsed, names what is no field, compares values of different
    /// types, or uses an operator that is not offered.
    pub fn parse(text: &str, lang: FilterLang, fields: &[FieldInfo]) -> Result<Self, FilterError> {
        within_limits(text)?;
        let unreadable = |e: String| {
            let e = first_line(&e);
            refuse(
                format!("Filtre illisible : {e}. Exemple : value >= 10 AND name LIKE 'Mop%'."),
                format!("Unreadable filter: {e}. Example: value >= 10 AND name LIKE 'Mop%'."),
            )
        };
        let expr = match lang {
            FilterLang::Text => cql2::parse_text(text).map_err(|e| unreadable(e.to_string()))?,
            FilterLang::Json => cql2::parse_json(text).map_err(|e| unreadable(e.to_string()))?,
        };
        let mut reader = Reader { fields, nodes: 0 };
        Ok(Self { root: reader.test(&expr)? })
    }

    /// Whether a row is chosen: only a plain yes is.
    pub fn chooses(&self, row: &FeatureRow) -> bool {
        self.root.decide(row) == Some(true)
    }

    /// The geometries asked about, to be put into CRS84 by `change` where the filter was written in another CRS.
    pub fn map_coordinates(
        &mut self,
        change: &mut dyn FnMut((f64, f64)) -> Option<(f64, f64)>,
    ) -> Result<(), FilterError> {
        self.root.map_coordinates(change)
    }
}

/// The first line of a parser's message, without its drawing.
fn first_line(message: &str) -> String {
    let line = message.lines().find(|l| l.contains("expected")).or_else(|| message.lines().next()).unwrap_or_default();
    line.trim_matches(|c: char| c.is_whitespace() || c == '=').chars().take(160).collect()
}
