//! Near names, ranked: offered to an officer, never taken.

use std::sync::Arc;

use super::{Gazetteer, NameKey, key::without_cercle_suffix};
use crate::domain::Level;

/// Below this likeness a name is not worth showing beside another.
const FAINT: u8 = 50;

/// A unit that a stated name may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Its p-code.
    pub pcode: Arc<str>,
    /// Its name and those of the units above it, the region last.
    pub names: Vec<Arc<str>>,
    /// How alike the names are, 0 to 100.
    pub score: u8,
    /// Whether it lies within the stated parent.
    pub within_parent: bool,
    /// The village or town through which it was found.
    pub village: Option<Arc<str>>,
}

impl Gazetteer {
    /// The units of a level whose names (or known other spellings) are most like `name`: those within the parent
    /// first, then by likeness, then by p-code; at most `most`.
    pub fn suggest(&self, level: Level, name: &str, parent: Option<&str>, most: usize) -> Vec<Suggestion> {
        let key = NameKey::of(without_cercle_suffix(name).unwrap_or(name));
        let mut best: Vec<u8> = self.entries[level.index()].iter().map(|e| key.likeness(&e.key)).collect();
        for (alias, units) in &self.by_alias[level.index()] {
            let score = key.likeness(alias);
            for at in units {
                best[*at] = best[*at].max(score);
            }
        }
        let mut ranked: Vec<(bool, u8, usize)> = (best.into_iter().enumerate())
            .filter(|(_, score)| *score >= FAINT)
            .map(|(at, score)| (self.lies_in(level, at, parent), score, at))
            .collect();
        // Units of a level are ordered by p-code.
        ranked.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then(a.2.cmp(&b.2)));
        ranked.truncate(most);
        ranked.into_iter().map(|(inside, score, at)| self.suggestion(level, at, score, inside)).collect()
    }

    /// Units given by p-code, as suggestions of full likeness: the candidates of an ambiguous name.
    pub fn candidates(&self, level: Level, pcodes: &[Arc<str>], parent: Option<&str>) -> Vec<Suggestion> {
        let at = |pcode: &Arc<str>| self.entries[level.index()].iter().position(|e| e.pcode == *pcode);
        let mut found: Vec<Suggestion> = (pcodes.iter().filter_map(at))
            .map(|k| self.suggestion(level, k, 100, self.lies_in(level, k, parent)))
            .collect();
        found.sort_by_key(|s| !s.within_parent);
        found
    }

    fn lies_in(&self, level: Level, at: usize, parent: Option<&str>) -> bool {
        parent.is_none_or(|p| self.entry(level, at).chain.iter().flatten().any(|c| **c == *p))
    }

    fn suggestion(&self, level: Level, at: usize, score: u8, within_parent: bool) -> Suggestion {
        let entry = self.entry(level, at);
        let name_of = |l: Level| {
            let code = entry.chain[l.index()].as_ref()?;
            let k = self.entries[l.index()].binary_search_by(|e| e.pcode.cmp(code)).ok()?;
            Some(self.entry(l, k).name.clone())
        };
        let names = Level::ALL.into_iter().rev().filter(|l| *l <= level).filter_map(name_of).collect();
        Suggestion { pcode: entry.pcode.clone(), names, score, within_parent, village: None }
    }
}
