//! The access policy: what those who may not see the data themselves are told, theme by theme.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::AppError;
use crate::domain::{Level, Role};
use crate::spatial::Donut;

/// What a role is shown of a theme.
#[derive(Debug, Clone, Copy, PartialEq)]
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
        /// Whether counted reports are points, and where.
        points: Points,
    },
}

/// Where the counted reports of a commune stand on a map.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Points {
    /// Nowhere.
    #[default]
    None,
    /// At their commune's own point.
    Unit,
    /// In a ring around their place, within their commune; at its own point where that cannot be.
    Donut(Donut),
    /// At their place.
    Exact,
}

/// The policy. What it does not name is not shown.
#[derive(Debug, Clone, PartialEq)]
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
    points: Word,
    donut_km: Option<[f64; 2]>,
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

#[derive(Deserialize, Default, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Word {
    #[default]
    None,
    Unit,
    Donut,
    Exact,
}

impl Entry {
    /// Where points stand, or what is wrong with what the entry says of it.
    fn points(&self) -> Result<Points, String> {
        let points = match (self.points, self.donut_km) {
            (Word::Donut, Some([least, most])) => Points::Donut(Donut::km(least, most).map_err(|e| e.to_string())?),
            (Word::Donut, None) => return Err("points = \"donut\" takes its ring: donut_km = [2, 8] expected".into()),
            (_, Some(_)) => return Err("donut_km goes with points = \"donut\"".into()),
            (Word::None, None) => Points::None,
            (Word::Unit, None) => Points::Unit,
            (Word::Exact, None) => Points::Exact,
        };
        if points != Points::None && !matches!(self.finest, Some(Finest::Commune)) {
            return Err("points show communes: finest = \"commune\" expected".into());
        }
        Ok(points)
    }
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
                if counts != entry.finest.is_some() || (!counts && (entry.breakdown || entry.points != Word::None)) {
                    return Err(format!(
                        "[{theme}.{role}]: show = \"counts\" takes finest, and may have breakdown and points; the others take none"
                    ));
                }
                let points = entry.points().map_err(|e| format!("[{theme}.{role}]: {e}"))?;
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
                        points,
                    },
                };
                grants.insert((role, theme.clone()), grant);
            }
        }
        Ok(Self { least: file.least, grants })
    }

    /// Whether a role is shown points that are moved, which takes the store's secret.
    pub(super) fn moves_points(&self, role: Role) -> bool {
        let moved = |g: &Grant| matches!(g, Grant::Counts { points: Points::Donut(_), .. });
        self.grants.iter().any(|((to, _), grant)| *to == role && moved(grant))
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
        let counts = Grant::Counts { finest: Level::Cercle, breakdown: true, points: Points::None };
        assert_eq!(policy.grant(Role::Public, "incidents"), Some(counts));
    }

    #[test]
    fn a_policy_that_says_more_than_it_can_is_refused() {
        for (text, cure) in [
            ("least = 1", "2 to 100"),
            ("least = 5\n[incidents.editor]\nshow = \"all\"", "sees all"),
            ("least = 5\n[incidents.public]\nshow = \"counts\"", "finest"),
            ("least = 5\n[incidents.public]\nshow = \"counts\"\nfinest = \"cercle\"\npoints = \"unit\"", "commune"),
            ("least = 5\n[incidents.partner]\nshow = \"counts\"\nfinest = \"commune\"\npoints = \"donut\"", "donut_km"),
            (
                "least = 5\n[incidents.partner]\nshow = \"counts\"\nfinest = \"commune\"\npoints = \"donut\"\ndonut_km = [5, 6]",
                "3 km",
            ),
            (
                "least = 5\n[incidents.partner]\nshow = \"counts\"\nfinest = \"commune\"\npoints = \"unit\"\ndonut_km = [2, 8]",
                "goes with",
            ),
            ("least = 5\n[incidents.public]\nshow = \"everything\"", "unknown variant"),
            ("least = 5\n[incidents.guest]\nshow = \"all\"", "unknown variant"),
        ] {
            let said = Policy::parse(text).expect_err(text);
            assert!(said.contains(cure), "{said}");
        }
    }
}
