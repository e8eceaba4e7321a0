//! Profiles: how another tool's files differ from the contract's columns, as data.
//!
//! A profile is a TOML file (`geodata/profiles/*.toml`, or a user's own). It names headings and HXL tags of columns, what
//! stands for nothing, how dates were mistyped, which rows count, which rows are one. [`detect`] says which profile a file
//! is of, [`shape`] turns rows into those of the theme, [`dialect`] settles how dates and numbers are written.

mod detect;
mod dialect;
mod shape;
mod tag;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::fold::fold;
use crate::domain::Theme;

pub(super) use detect::{Keys, choose};
pub use dialect::{DateOrder, Locale};
pub(super) use dialect::{Decimal, Dialect, Evidence};
pub(super) use shape::{Goes, Shape};
pub use tag::Tag;

/// How a file is to be read; what is left open is found, and said.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The profile; none = found (`--profile auto`).
    pub profile: Option<Arc<Profile>>,
    /// How dates and numbers are written; it prevails over the profile's.
    pub locale: Option<Locale>,
    /// The sheet or layer to read.
    pub sheet: Option<String>,
}

/// How a tool's files differ from the contract's columns.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name, as `--profile` takes it.
    pub id: String,
    /// What it is for, in French.
    #[serde(default)]
    pub title_fr: String,
    /// What it is for, in English.
    #[serde(default)]
    pub title_en: String,
    /// Where the description comes from.
    #[serde(default)]
    pub origin: String,
    /// The themes that its files are of; none stated = any. A file of another theme's import is refused: a stock of people
    /// read as movements would add up to people who never were.
    #[serde(default)]
    pub themes: Vec<String>,
    /// What a file of it looks like.
    #[serde(default)]
    pub detect: Detect,
    /// How its dates and numbers are written; none = found in the file, or asked for.
    #[serde(default)]
    pub locale: Option<Locale>,
    /// The source of all of its rows; it prevails over what they say.
    #[serde(default)]
    pub source: Option<String>,
    /// Whether its rows may be given on.
    #[serde(default)]
    pub redistribution: Redistribution,
    /// What stands between a group and a question in headings: `group/name`.
    #[serde(default)]
    pub group_separator: Option<String>,
    /// Column of the theme → headings that hold it, the best first; the first filled one is taken. A `*` stands for
    /// anything.
    #[serde(default)]
    pub columns: BTreeMap<String, Vec<String>>,
    /// Column of the theme → HXL tags that hold it, the best first.
    #[serde(default)]
    pub tags: BTreeMap<String, Vec<String>>,
    /// Column of the theme → headings whose values it lists, each once.
    #[serde(default)]
    pub join: BTreeMap<String, Vec<String>>,
    /// Headings that are left aside although the theme knows them.
    #[serde(default)]
    pub leave: Vec<String>,
    /// What stands for nothing in a cell.
    #[serde(default)]
    pub empty: Vec<String>,
    /// What is mistyped in dates, and what it stands for.
    #[serde(default)]
    pub dates: BTreeMap<String, String>,
    /// Column of the theme → its values in the file → terms of the theme.
    #[serde(default)]
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// Several answers in a cell stand apart by blanks, or have a column of 1 and 0 each (`question/answer`).
    #[serde(default)]
    pub select_multiple: bool,
    /// Only rows with one of these values count.
    #[serde(default)]
    pub keep: Option<Keep>,
    /// Rows with the same value here are one.
    #[serde(default)]
    pub one_per: Option<String>,
}

/// What a file of a profile looks like: all of `all`, and one of the others at least.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detect {
    /// Headings that it has.
    #[serde(default)]
    pub all: Vec<String>,
    /// Headings of which it has some.
    #[serde(default)]
    pub any: Vec<String>,
    /// HXL tags of which it has some.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Names of its sheet.
    #[serde(default)]
    pub sheets: Vec<String>,
}

/// Which rows count.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// The heading.
    pub column: String,
    /// Its values in rows that count.
    pub values: Vec<String>,
}

/// Whether rows may be given on to others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Redistribution {
    /// As the store's sensitivity rules say.
    #[default]
    Rows,
    /// Only counts made of them: no points, no lists, no downloads of rows.
    AggregatesOnly,
}

/// Why a profile file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Not TOML, or not a profile's shape.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// A column that no theme has.
    #[error("the column « {0} » is of no theme (docs/columns.md lists them)")]
    UnknownColumn(String),
    /// A tag that is none.
    #[error("« {0} » is no HXL tag: write #adm1+name")]
    BadTag(String),
    /// No name.
    #[error("the profile has no id: write id = \"name\" on its first line")]
    NoId,
}

/// No profile file is longer.
const LONGEST: usize = 1 << 20;

impl Profile {
    /// Reads and checks a profile file; its columns must be those of some theme.
    ///
    /// # Errors
    /// [`ProfileError`] names what is wrong.
    pub fn parse(text: &str, themes: &[Arc<Theme>]) -> Result<Self, ProfileError> {
        let profile: Self = toml::from_str(text.get(..LONGEST).unwrap_or(text))?;
        if profile.id.trim().is_empty() {
            return Err(ProfileError::NoId);
        }
        let named = profile.columns.keys().chain(profile.tags.keys()).chain(profile.join.keys());
        for column in named.chain(profile.values.keys()) {
            if !themes.iter().any(|t| t.column(column).is_some()) {
                return Err(ProfileError::UnknownColumn(column.clone()));
            }
        }
        for tag in profile.tags.values().flatten().chain(&profile.detect.tags) {
            if Tag::parse(tag).is_none() {
                return Err(ProfileError::BadTag(tag.clone()));
            }
        }
        Ok(profile)
    }

    /// The heading without its groups: `g1/g2/name` → `name`.
    fn ungrouped<'a>(&self, heading: &'a str) -> &'a str {
        let separator = self.group_separator.as_deref().filter(|s| !s.is_empty());
        separator.and_then(|s| heading.rsplit_once(s)).map_or(heading, |(_, name)| name)
    }
}

const FILES: [&str; 6] = [
    include_str!("../../../geodata/profiles/vigie.toml"),
    include_str!("../../../geodata/profiles/kobo.toml"),
    include_str!("../../../geodata/profiles/acled.toml"),
    include_str!("../../../geodata/profiles/dtm.toml"),
    include_str!("../../../geodata/profiles/hxl.toml"),
    include_str!("../../../geodata/profiles/veille.toml"),
];

/// A test keeps every file readable.
static SHIPPED: LazyLock<Vec<Arc<Profile>>> = LazyLock::new(|| {
    FILES.iter().filter_map(|text| Profile::parse(text, super::shipped_themes()).ok().map(Arc::new)).collect()
});

/// The shipped profiles: vigie first, which is every file's that looks like no other's.
pub fn shipped_profiles() -> &'static [Arc<Profile>] {
    &SHIPPED
}

/// A shipped profile by its name.
pub fn shipped_profile(id: &str) -> Option<Arc<Profile>> {
    SHIPPED.iter().find(|p| fold(&p.id) == fold(id)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::shipped_themes;

    #[test]
    fn every_shipped_profile_is_one() {
        for text in FILES {
            let profile = Profile::parse(text, shipped_themes()).expect("a profile");
            assert!(!profile.title_fr.is_empty() && !profile.title_en.is_empty() && !profile.origin.is_empty());
        }
        let ids: Vec<&str> = shipped_profiles().iter().map(|p| p.id.as_str()).collect();
        assert_eq!(ids, ["vigie", "kobo", "acled", "dtm", "hxl", "veille"]);
    }

    #[test]
    fn a_profile_file_that_is_wrong_says_what_is() {
        let says = |text: &str| Profile::parse(text, shipped_themes()).expect_err("refused").to_string();
        assert!(says("id = \"x\"\nfoo = 1").contains("foo"));
        assert!(says("id = \"x\"\n[columns]\ncomune = [\"lieu\"]").contains("comune"));
        assert!(says("id = \"x\"\n[tags]\ncommune = [\"adm3\"]").contains("adm3"));
        assert!(says("id = \"\"").contains("id"));
        assert!(says("id = \"x\"\nlocale = \"en\"").contains("en-GB"));
    }
}
