//! One side of a crosswalk: the units of a set at a level, or groups of a set's units.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Named;
use crate::boundaries::{BoundarySet, NameKey, Unit};
use crate::domain::Level;

/// A group of units of one set, such as a region of 2023 made of cercles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its code in the grouping.
    pub code: String,
    /// Its name.
    pub name: String,
    /// P-codes of its units, all of one level.
    pub members: Vec<String>,
}

/// The units that a crosswalk reads from or leads to. A group's ground is that of its members: the outlines need no union.
#[derive(Debug, Clone)]
pub struct Side<'a> {
    /// The set's or the grouping's name.
    pub id: String,
    /// The set that the units (or the members) are of.
    pub set: &'a BoundarySet,
    /// The level of the members.
    pub level: Level,
    /// Ordered by code.
    pub units: Vec<Named>,
    /// Parallel to `units`; never empty inside.
    pub members: Vec<Vec<&'a Unit>>,
}

impl<'a> Side<'a> {
    /// The units of a set at a level.
    pub fn of_set(set: &'a BoundarySet, level: Level) -> Self {
        let units = set.units(level);
        let parent = |u: &Unit| set.unit(level.parent()?, u.parent.as_deref()?).map(|p| p.name.clone());
        Self {
            id: set.info.id.to_string(),
            set,
            level,
            units: units
                .iter()
                .map(|u| Named { code: u.pcode.clone(), name: u.name.clone(), parent: parent(u) })
                .collect(),
            members: units.iter().map(|u| vec![u]).collect(),
        }
    }

    /// Groups of a set's units at a level. A member that the set does not have is an error (its code): the group
    /// without it would be another group. Groups without members are left out: they have no ground.
    pub fn of_groups(id: &str, set: &'a BoundarySet, level: Level, groups: &[Group]) -> Result<Self, String> {
        let mut ordered: BTreeMap<&str, &Group> = BTreeMap::new();
        for group in groups.iter().filter(|g| !g.members.is_empty()) {
            ordered.insert(&group.code, group);
        }
        let (mut units, mut members) = (Vec::new(), Vec::new());
        for group in ordered.into_values() {
            let found: Result<Vec<&Unit>, String> =
                group.members.iter().map(|code| set.unit(level, code).ok_or_else(|| code.clone())).collect();
            members.push(found?);
            units.push(Named {
                code: Arc::from(group.code.as_str()),
                name: Arc::from(group.name.as_str()),
                parent: None,
            });
        }
        Ok(Self { id: id.to_owned(), set, level, units, members })
    }

    /// By unit: its parts at a level, the members themselves at their own level.
    pub(super) fn parts(&self, level: Level) -> Vec<Vec<&'a Unit>> {
        if level <= self.level {
            return self.members.clone();
        }
        let mut below: BTreeMap<Arc<str>, Vec<&'a Unit>> = BTreeMap::new();
        for part in self.set.units(level) {
            if let Some(member) = &self.set.chain(part)[self.level.index()] {
                below.entry(member.clone()).or_default().push(part);
            }
        }
        self.members
            .iter()
            .map(|members| members.iter().flat_map(|m| below.get(&m.pcode).cloned().unwrap_or_default()).collect())
            .collect()
    }

    /// Folded names of the units above a part, the nearest first.
    pub(super) fn above(&self, part: &Unit) -> Vec<NameKey> {
        let chain = self.set.chain(part);
        Level::ALL
            .into_iter()
            .rev()
            .filter(|l| *l < part.level)
            .filter_map(|l| Some(NameKey::of(&self.set.unit(l, chain[l.index()].as_deref()?)?.name)))
            .collect()
    }
}
