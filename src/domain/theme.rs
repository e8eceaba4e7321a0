//! Themes: what the data mean, read from TOML. A new theme is a new file, no new code.

use serde::Deserialize;

use super::{Attr, Destination, Fact, FactKind, Measure, Month, Side, Span};

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
    /// Nothing: a total that is not given is not known.
    Never,
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
        /// What each part weighs, in the order of the parts; 1 each where the file does not say.
        #[serde(default)]
        weights: Vec<u16>,
    },
    /// The coarser code is the parent of the finer one; where it is empty it is filled in.
    Parent {
        /// The column of the finer code.
        column: String,
        /// The column of the coarser code.
        parent: String,
    },
    /// The level stated is the one that the thresholds give the score; a warning where it is not.
    Level {
        /// The column of the score.
        score: String,
        /// The column of the level stated, by its number.
        level: String,
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
    /// An interval's column of the last day; empty cells have not ended.
    #[serde(default)]
    pub end: Option<String>,
    /// Where a flow says it went.
    #[serde(default)]
    pub destination: Option<Destination>,
    /// A fact says by itself that its unit was covered in this stream in its month, unless the coverage says otherwise.
    #[serde(default)]
    pub implies_coverage: Option<String>,
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
    /// A name that would not do as a table, an address or a layer.
    #[error(
        "theme {theme}: « {id} » is no id: a-z, 0-9, _ and - (at most 40, a letter first), and none of the program's own words"
    )]
    BadId {
        /// The theme.
        theme: String,
        /// The id.
        id: String,
    },
    /// What the file says does not fit its kind of fact.
    #[error("theme {theme}: {reason}")]
    Kind {
        /// The theme.
        theme: String,
        /// What, and what would fit.
        reason: String,
    },
}

/// Words that layers, tables and commands use already.
const TAKEN: [&str; 8] =
    ["boundaries", "localities", "tables", "regions", "cercles", "communes", "zones", "admin_units"];

/// Whether a name can be a table, an address and a layer.
fn is_id(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    (1..=40).contains(&id.len())
        && id.as_bytes()[0].is_ascii_lowercase()
        && id.bytes().all(plain)
        && !TAKEN.contains(&id)
        && !["gpkg_", "vigie_", "rtree_", "sqlite_"].iter().any(|own| id.starts_with(own))
}

impl Theme {
    /// Reads and checks a theme file.
    pub fn parse(text: &str) -> Result<Self, ThemeError> {
        let theme: Self = toml::from_str(text)?;
        let ids = theme.measures.iter().map(|m| &m.id).chain([&theme.id]);
        if let Some(id) = ids.into_iter().find(|id| !is_id(id)) {
            return Err(ThemeError::BadId { theme: theme.id.clone(), id: id.clone() });
        }
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
        theme.fits_its_kind().map_err(|reason| ThemeError::Kind { theme: theme.id.clone(), reason: reason.into() })?;
        Ok(theme)
    }

    /// What each kind of fact needs, and what only it may have.
    fn fits_its_kind(&self) -> Result<(), &'static str> {
        let of = |column: &str, kinds: &[ColumnKind]| self.column(column).is_some_and(|c| kinds.contains(&c.kind));
        let need = |holds: bool, reason: &'static str| if holds { Ok(()) } else { Err(reason) };
        let end = self.end.as_deref();
        need(
            (self.kind == FactKind::Interval) == end.is_some(),
            "`end` names an interval's column of the last day, and an interval needs it",
        )?;
        need(end.is_none_or(|c| of(c, &[ColumnKind::Date])), "`end` must name a column of kind date")?;
        let to = self.destination.as_ref();
        need((self.kind == FactKind::Flow) == to.is_some(), "[destination] belongs to a flow, and a flow needs it")?;
        need(
            to.is_none_or(|d| d.columns().all(|c| of(c, &[ColumnKind::Text]))),
            "[destination] names columns of kind text",
        )?;
        for m in &self.measures {
            need(
                m.sum.as_deref().is_none_or(|c| of(c, &[ColumnKind::Count])),
                "a measure adds up a column of kind count",
            )?;
            need(m.at == Side::Origin || self.kind == FactKind::Flow, "only a flow is counted at its destination")?;
            need(
                self.kind != FactKind::Observation || (m.sum.is_some() && m.by.is_none()),
                "the measure of an observation takes the last of a count (`sum`), without `by`",
            )?;
            need(
                self.kind != FactKind::Presence || (m.distinct.is_some() && m.sum.is_none()),
                "the measure of a presence counts the `distinct` values of a column",
            )?;
        }
        let weighed = self.checks.iter().all(|c| match c {
            Check::Sum { parts, weights, .. } => weights.is_empty() || weights.len() == parts.len(),
            _ => true,
        });
        need(weighed, "weights: one a part")
    }

    /// The months that a fact of this theme holds in; none for one of a whole year.
    pub fn span(&self, fact: &Fact) -> Option<Span> {
        let first = fact.when.month()?;
        let Some(column) = &self.end else { return Some(Span { first, last: Some(first) }) };
        let last = fact.attr(column).and_then(Attr::text).and_then(Month::of_iso);
        // An end before the start is refused on the way in.
        Some(Span { first, last: last.map(|l| l.max(first)) })
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
                Check::Level { score, level } => named.extend([score, level].map(|c| ("a check", c.as_str()))),
            }
        }
        named.extend(self.end.iter().map(|c| ("end", c.as_str())));
        named.extend(self.destination.iter().flat_map(Destination::columns).map(|c| ("[destination]", c)));
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
            ("id = \"wells\"", "id = \"communes\""),
            ("id = \"wells\"", "id = \"vigie_fact\""),
            ("id = \"wells\"", "id = \"Puits d’eau\""),
            ("\"observation\"", "\"interval\""),
            ("\"observation\"", "\"flow\""),
            ("identity", "end = \"month\"\nidentity"),
        ] {
            let text = SMALL.replace(from, to);
            assert_ne!(text, SMALL, "{from}");
            assert!(Theme::parse(&text).is_err(), "{to}");
        }
    }
}
