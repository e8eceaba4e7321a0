//! Themes: what the data mean, read from TOML. A new theme is a new file, no new code.

use serde::Deserialize;

/// The kinds of fact a theme can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// Something that happened at a place and date.
    Event,
    /// A score or count of a unit in a month or year.
    Observation,
    /// Something that lasted from a date to another.
    Interval,
    /// A movement from a place to another.
    Flow,
    /// Who or what covers a unit in a month.
    Presence,
}

/// How a column is read and what it may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Free text, at most 500 characters.
    Text,
    /// A whole number ≥ 0.
    Count,
    /// Yes or no.
    Flag,
    /// One of the column's terms.
    Code,
    /// Several of the column's terms, separated by `|`.
    Codes,
    /// A day, ISO or the declared order.
    Date,
    /// A month, `2021-06`.
    Month,
    /// A year.
    Year,
    /// Name of a region; the others likewise. These make up the fact's place.
    Region,
    /// Name of a cercle.
    Cercle,
    /// Name of a commune.
    Commune,
    /// Name of a village or town.
    Locality,
    /// Country, as a name or ISO 3166-1 code: settles which of two overlapping countries a point lies in.
    Country,
    /// P-code.
    Pcode,
    /// Boundary set whose codes and names the row uses.
    Set,
    /// Level of the unit a row is about: 1, 2, 3 or its name.
    Level,
    /// Name of the unit at the row's level.
    UnitName,
    /// Longitude, degrees.
    Lon,
    /// Latitude, degrees.
    Lat,
    /// The source's own id.
    Id,
    /// Who says so.
    Source,
}

/// A column of a theme's files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name, as exports write it.
    pub id: String,
    /// How it is read.
    pub kind: ColumnKind,
    /// Other headings it is known by; compared with accents, case and punctuation folded.
    #[serde(default)]
    pub headings: Vec<String>,
    /// Whether a row without it is a reject.
    #[serde(default)]
    pub required: bool,
    /// The list of terms (a key of the theme's `terms`) a code must come from.
    #[serde(default)]
    pub terms: Option<String>,
    /// Whether terms that are not on the list are kept as written (said in a finding) instead of rejected:
    /// for lists whose full wording was never published.
    #[serde(default)]
    pub open: bool,
    /// What stands for an empty cell: a count of 1 victim, say.
    #[serde(default)]
    pub default: Option<String>,
    /// Its heading in French templates; its id where there is none.
    #[serde(default)]
    pub label_fr: Option<String>,
    /// What to write, in French (templates and docs).
    #[serde(default)]
    pub help_fr: String,
    /// What to write, in English.
    #[serde(default)]
    pub help_en: String,
    /// Whether it may leave the store at all (free text and source ids may not).
    #[serde(default)]
    pub withheld: bool,
}

/// One term of a list: a violation type, a category, a kind of alert.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// Stable code.
    pub code: String,
    /// French label, as the report prints it.
    pub fr: String,
    /// English label.
    #[serde(default)]
    pub en: String,
    /// The term of a coarser list it belongs to (a type's category).
    #[serde(default)]
    pub parent: Option<String>,
    /// Other spellings met.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Sensitive: never below region on a public layer.
    #[serde(default)]
    pub sensitive: bool,
}

/// A number that a theme gives a unit and period.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Its name: `violations`, `incidents`, `risk_score`.
    pub id: String,
    /// The count column that is added up; where absent, facts are counted, one for each distinct `distinct`.
    #[serde(default)]
    pub sum: Option<String>,
    /// Counts distinct values of this column instead of rows (several rows may tell of one incident).
    #[serde(default)]
    pub distinct: Option<String>,
    /// What one of it is, in French, plural: « violations (une victime × un type) ».
    pub unit_fr: String,
    /// The same in English.
    pub unit_en: String,
    /// The terms column it is broken down by, where it is.
    #[serde(default)]
    pub by: Option<String>,
    /// The coverage stream that tells an absence from a zero.
    pub stream: String,
}

/// One class of a score.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Level, 1 lowest.
    pub level: u8,
    /// Least score of the level.
    pub min: i64,
    /// Short French label.
    pub fr: String,
    /// Short English label.
    pub en: String,
    /// The report's full French text.
    #[serde(default)]
    pub text_fr: String,
    /// The English text (ours).
    #[serde(default)]
    pub text_en: String,
}

/// What stands for a total that is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// The sum of the parts that are given, where at least one is: an empty part is nobody.
    Given,
    /// The sum of the parts, only where all of them are given: an empty part is an answer that is missing.
    All,
}

/// What must hold between the columns of a row; a row that breaks it is a reject.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Check {
    /// The parts add up to the total. Where some parts are empty they may not exceed it.
    Sum {
        /// The column of the total.
        total: String,
        /// The columns of the parts.
        parts: Vec<String>,
        /// What stands for a total that is not given.
        fill: Fill,
    },
    /// The coarser code is the parent of the finer one; where it is empty it is filled in.
    Parent {
        /// The column of the finer code.
        column: String,
        /// The column of the coarser code.
        parent: String,
    },
}

/// A theme: what a kind of file holds and what it means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    /// Its id, as the command line writes it.
    pub id: String,
    /// Version of the meaning (taxonomy, thresholds).
    pub version: String,
    /// The kind of fact.
    pub kind: FactKind,
    /// French title.
    pub title_fr: String,
    /// English title.
    pub title_en: String,
    /// The style its layers use.
    pub style: String,
    /// Where the meaning comes from.
    pub origin: String,
    /// Columns in template order.
    pub columns: Vec<Column>,
    /// Lists of terms by name.
    #[serde(default)]
    pub terms: std::collections::BTreeMap<String, Vec<Term>>,
    /// Measures.
    #[serde(default)]
    pub measures: Vec<Measure>,
    /// Classes of an observation's score, lowest first.
    #[serde(default)]
    pub thresholds: Vec<Threshold>,
    /// What identifies a fact: column ids, and the words `when` (its date or period) and `unit` (the finest unit
    /// its place is known to).
    #[serde(default)]
    pub identity: Vec<String>,
    /// What must hold between columns.
    #[serde(default)]
    pub checks: Vec<Check>,
}

/// A theme file that cannot be used, with the reason.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// Not TOML, or not a theme's shape.
    #[error("theme file: {0}")]
    Toml(#[from] toml::de::Error),
    /// A column names a list that is not there.
    #[error("theme {theme}: column {column} names the list « {list} », which the file does not declare")]
    MissingTerms {
        /// The theme.
        theme: String,
        /// The column.
        column: String,
        /// The list.
        list: String,
    },
    /// No column says when.
    #[error("theme {0}: no column of kind date, month or year")]
    NoTime(String),
    /// The identity, a check or a measure names a column that is not there.
    #[error("theme {theme}: {by} names the column « {column} », which the file does not declare")]
    MissingColumn {
        /// The theme.
        theme: String,
        /// What names it.
        by: &'static str,
        /// The column.
        column: String,
    },
    /// Two columns of one name.
    #[error("theme {theme}: two columns share the id « {column} »")]
    SameColumn {
        /// The theme.
        theme: String,
        /// The column.
        column: String,
    },
}

impl Theme {
    /// Reads and checks a theme file.
    pub fn parse(text: &str) -> Result<Self, ThemeError> {
        let theme: Self = toml::from_str(text)?;
        for column in &theme.columns {
            if let Some(list) = &column.terms
                && !theme.terms.contains_key(list)
            {
                return Err(ThemeError::MissingTerms {
                    theme: theme.id.clone(),
                    column: column.id.clone(),
                    list: list.clone(),
                });
            }
        }
        if !theme.columns.iter().any(|c| matches!(c.kind, ColumnKind::Date | ColumnKind::Month | ColumnKind::Year)) {
            return Err(ThemeError::NoTime(theme.id));
        }
        for (k, column) in theme.columns.iter().enumerate() {
            if theme.columns[..k].iter().any(|c| c.id == column.id) {
                return Err(ThemeError::SameColumn { theme: theme.id.clone(), column: column.id.clone() });
            }
        }
        for (by, column) in theme.named_columns() {
            if theme.column(column).is_none() {
                return Err(ThemeError::MissingColumn { theme: theme.id.clone(), by, column: column.to_owned() });
            }
        }
        Ok(theme)
    }

    /// Every column that the identity, the checks and the measures name, and which of them names it.
    fn named_columns(&self) -> Vec<(&'static str, &str)> {
        let mut named = Vec::new();
        for id in &self.identity {
            if id != "when" && id != "unit" {
                named.push(("identity", id.as_str()));
            }
        }
        for check in &self.checks {
            match check {
                Check::Sum { total, parts, .. } => {
                    named.extend(parts.iter().chain([total]).map(|c| ("a check", c.as_str())));
                }
                Check::Parent { column, parent } => {
                    named.extend([column, parent].map(|c| ("a check", c.as_str())));
                }
            }
        }
        for m in &self.measures {
            named.extend([&m.sum, &m.distinct, &m.by].into_iter().flatten().map(|c| ("a measure", c.as_str())));
        }
        named
    }

    /// The terms of a list; empty where there is none.
    pub fn terms(&self, list: &str) -> &[Term] {
        self.terms.get(list).map_or(&[], Vec::as_slice)
    }

    /// A measure by its name.
    pub fn measure(&self, id: &str) -> Option<&Measure> {
        self.measures.iter().find(|m| m.id == id)
    }

    /// A column by its name.
    pub fn column(&self, id: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.id == id)
    }

    /// The class a score falls in.
    pub fn threshold(&self, score: i64) -> Option<&Threshold> {
        self.thresholds.iter().rev().find(|t| score >= t.min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        id = "wells"
        version = "1"
        kind = "observation"
        title_fr = "Points d’eau"
        title_en = "Wells"
        style = "wells"
        origin = "test"
        identity = ["when", "unit"]
        [[columns]]
        id = "month"
        kind = "month"
        [[columns]]
        id = "state"
        kind = "code"
        terms = "state"
        [[terms.state]]
        code = "dry"
        fr = "à sec"
    "#;

    #[test]
    fn a_theme_of_ones_own_is_a_file_and_no_code() {
        let theme = Theme::parse(SMALL).expect("a theme");
        assert_eq!(theme.terms("state").len(), 1);
        assert_eq!(theme.column("month").map(|c| c.kind), Some(ColumnKind::Month));
    }

    #[test]
    fn a_theme_that_names_what_it_does_not_declare_is_refused() {
        for (from, to) in [
            ("terms = \"state\"", "terms = \"states\""),
            ("kind = \"month\"", "kind = \"text\""),
            ("[\"when\", \"unit\"]", "[\"when\", \"well\"]"),
            ("id = \"state\"", "id = \"month\""),
            ("origin = ", "originn = "),
        ] {
            let text = SMALL.replace(from, to);
            assert_ne!(text, SMALL, "{from}");
            assert!(Theme::parse(&text).is_err(), "{to}");
        }
    }
}
