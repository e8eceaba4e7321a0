//! The access policy: what those who may not see the data themselves are told, theme by theme.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::AppError;
use crate::domain::{Level, Role};

/// What a role is shown of a theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// The facts themselves.
    All,
    /// The level of a score, not the score.
    Classes,
    /// Numbers by unit, small ones suppressed.
    Counts {
        /// The finest level told.
        finest: Level,
        /// Whether categories are told, of the country and its regions.
        breakdown: bool,
        /// Whether reports are points at their commune's own point.
        points: bool,
    },
}

/// The policy. What it does not name is not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The smallest count that is told.
    pub least: u64,
    grants: BTreeMap<(Role, String), Grant>,
}

/// The shipped policy.
const SHIPPED: &str = include_str!("../../geodata/access/policy.toml");

/// The smallest counts that a policy may tell from.
const LEAST: std::ops::RangeInclusive<u64> = 2..=100;

#[derive(Deserialize)]
struct File {
    least: u64,
    #[serde(flatten)]
    themes: BTreeMap<String, BTreeMap<Role, Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    show: Show,
    finest: Option<Finest>,
    #[serde(default)]
    breakdown: bool,
    #[serde(default)]
    points: Points,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Show {
    All,
    Classes,
    Counts,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Finest {
    Region,
    Cercle,
    Commune,
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Points {
    #[default]
    None,
    Unit,
}

impl Policy {
    /// The shipped policy, or an office's own.
    ///
    /// # Errors
    /// A file that cannot be read, an unknown word, a least count outside 2 to 100, a grant to a role that sees all anyway.
    pub fn read(file: Option<&Path>) -> Result<Self, AppError> {
        let Some(path) = file else { return Self::parse(SHIPPED).map_err(AppError::Fault) };
        let failed = |e: String| AppError::Input(format!("{}: {e}", path.display()));
        Self::parse(&std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?).map_err(failed)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        if !LEAST.contains(&file.least) {
            return Err(format!("least = {}: {} to {} expected", file.least, LEAST.start(), LEAST.end()));
        }
        let mut grants = BTreeMap::new();
        for (theme, roles) in file.themes {
            for (role, entry) in roles {
                if role.sees_all() {
                    return Err(format!("[{theme}.{role}]: {role} sees all; only public and partner are given less"));
                }
                let counts = matches!(entry.show, Show::Counts);
                if counts != entry.finest.is_some() || (!counts && (entry.breakdown || entry.points != Points::None)) {
                    return Err(format!(
                        "[{theme}.{role}]: show = \"counts\" takes finest, and may have breakdown and points; the others take none"
                    ));
                }
                if entry.points == Points::Unit && !matches!(entry.finest, Some(Finest::Commune)) {
                    return Err(format!(
                        "[{theme}.{role}]: points = \"unit\" shows communes: finest = \"commune\" expected"
                    ));
                }
                let grant = match (entry.show, entry.finest) {
                    (Show::All, _) => Grant::All,
                    (Show::Classes, _) => Grant::Classes,
                    (Show::Counts, finest) => Grant::Counts {
                        finest: match finest {
                            Some(Finest::Commune) => Level::Commune,
                            Some(Finest::Cercle) => Level::Cercle,
                            Some(Finest::Region) | None => Level::Region,
                        },
                        breakdown: entry.breakdown,
                        points: entry.points == Points::Unit,
                    },
                };
                grants.insert((role, theme.clone()), grant);
            }
        }
        Ok(Self { least: file.least, grants })
    }

    /// What a role is shown of a theme; none where the policy does not say.
    pub fn grant(&self, role: Role, theme: &str) -> Option<Grant> {
        if role.sees_all() {
            return Some(Grant::All);
        }
        self.grants.get(&(role, theme.to_owned())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_not_shown() {
        let policy = Policy::read(None).expect("the shipped policy");
        assert_eq!(policy.least, 5);
        assert_eq!(policy.grant(Role::Public, "access"), None);
        assert_eq!(policy.grant(Role::Restricted, "access"), Some(Grant::All));
        assert_eq!(policy.grant(Role::Public, "risk"), Some(Grant::Classes));
        let counts = Grant::Counts { finest: Level::Cercle, breakdown: true, points: false };
        assert_eq!(policy.grant(Role::Public, "incidents"), Some(counts));
    }

    #[test]
    fn a_policy_that_says_more_than_it_can_is_refused() {
        for (text, cure) in [
            ("least = 1", "2 to 100"),
            ("least = 5\n[incidents.editor]\nshow = \"all\"", "sees all"),
            ("least = 5\n[incidents.public]\nshow = \"counts\"", "finest"),
            ("least = 5\n[incidents.public]\nshow = \"counts\"\nfinest = \"cercle\"\npoints = \"unit\"", "commune"),
            ("least = 5\n[incidents.public]\nshow = \"everything\"", "unknown variant"),
            ("least = 5\n[incidents.guest]\nshow = \"all\"", "unknown variant"),
        ] {
            let said = Policy::parse(text).expect_err(text);
            assert!(said.contains(cure), "{said}");
        }
    }
}
