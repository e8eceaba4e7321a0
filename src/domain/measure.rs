//! The five kinds of fact, and the measures a theme takes of them.

use serde::Deserialize;

use super::{Lang, Level, Month};

/// The kinds of fact a theme can hold. The kind settles how a measure is taken over a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// Something that happened at a place and date: facts of the period are added up or counted.
    Event,
    /// A score or count of a unit in a month or year: the last of the period stands, observations are never added over time.
    Observation,
    /// Something that lasted from a date to another: it counts in every month it touched, once a period.
    Interval,
    /// A movement from a place to another: added up where it began or where it ended.
    Flow,
    /// Who or what is in a unit in a month: distinct ones are counted, unit by unit.
    Presence,
}

/// The end of a flow that a measure is counted at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The fact's own place.
    #[default]
    Origin,
    /// Where it went.
    Destination,
}

/// A number that a theme gives a unit and period.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Its name: `violations`, `incidents`, `risk_score`.
    pub id: String,
    /// French title of its layers; the unit where there is none.
    #[serde(default)]
    pub title_fr: String,
    /// English title of its layers.
    #[serde(default)]
    pub title_en: String,
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
    /// Where a flow is counted.
    #[serde(default)]
    pub at: Side,
    /// Levels (1 to 3) that it has a layer at; all where the file does not say.
    #[serde(default = "every_level")]
    pub layers: Vec<Level>,
    /// Family of its styles, `counts` say; the theme's where the file does not say.
    #[serde(default)]
    pub style: Option<String>,
}

fn every_level() -> Vec<Level> {
    Level::ALL.to_vec()
}

impl Measure {
    /// The title of its layers, with a capital.
    pub fn title(&self, lang: Lang) -> String {
        let title = lang.pick(&self.title_fr, &self.title_en);
        let title = if title.is_empty() { self.unit(lang) } else { title };
        let mut letters = title.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    /// What one of it is.
    pub fn unit(&self, lang: Lang) -> &str {
        lang.pick(&self.unit_fr, &self.unit_en)
    }
}

/// The columns in which a flow says where it went. They are texts; what an import can settle of them goes into `pcode`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// Column of the region's name.
    #[serde(default)]
    pub region: Option<String>,
    /// Column of the cercle's name.
    #[serde(default)]
    pub cercle: Option<String>,
    /// Column of the commune's name.
    #[serde(default)]
    pub commune: Option<String>,
    /// Column of the p-code of the finest unit known.
    pub pcode: String,
}

impl Destination {
    /// Every column it names.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        [&self.region, &self.cercle, &self.commune].into_iter().flatten().chain([&self.pcode]).map(String::as_str)
    }
}

/// The months that a fact holds in: first and last; no last where it is not known to have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First month.
    pub first: Month,
    /// Last month; none where it still holds.
    pub last: Option<Month>,
}
