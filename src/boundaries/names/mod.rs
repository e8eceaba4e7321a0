//! Names of region, cercle and commune → a unit.
//!
//! A name means something only at its level and below its parents: Gao is a region, a cercle and a commune; commune
//! names are unique within a cercle only. What names do not settle stays at the level they do settle.

mod alias;
mod finding;
mod key;
mod learned;
mod suggest;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use alias::{Alias, AliasError, parse_aliases};
pub use finding::NameFinding;
pub use key::NameKey;
pub(super) use key::fold;
use key::without_cercle_suffix;
pub use learned::{Knowledge, Learned, Settlement, statement};
pub use suggest::Suggestion;

use super::{BoundarySet, Unit};
use crate::domain::{Level, Match};

/// At most so many names are suggested in a message; the review queue shows more.
const SUGGESTIONS: usize = 3;

/// Likeness from which a name is suggested in a message.
const NEAR: u8 = 70;

/// Where names lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// P-codes of region, cercle, commune, as far as settled; the parents of a settled unit are always there.
    pub units: [Option<Arc<str>>; 3],
    /// [`Match::Name`], [`Match::Alias`] (where any level needed one) or [`Match::None`].
    pub matched: Match,
    /// What was wrong or doubtful, the region's first.
    pub findings: Vec<NameFinding>,
}

/// A unit as the gazetteer needs it.
#[derive(Debug)]
struct Entry {
    pcode: Arc<str>,
    name: Arc<str>,
    key: NameKey,
    /// P-codes of the unit and those above it.
    chain: [Option<Arc<str>>; 3],
}

/// A name, and the p-code of the unit it was looked for within.
type Scoped = (NameKey, Option<Arc<str>>);

/// The names of one set, with other spellings.
#[derive(Debug)]
pub struct Gazetteer {
    /// By level.
    entries: [Vec<Entry>; 3],
    by_key: [BTreeMap<NameKey, Vec<usize>>; 3],
    by_alias: [BTreeMap<NameKey, BTreeSet<usize>>; 3],
    /// What officers settled, by name and the parent it was settled within.
    learned: [BTreeMap<Scoped, usize>; 3],
}

/// A unit above, within which a name is looked for.
type Scope<'a> = Option<(Level, &'a Arc<str>)>;

/// What a name leads to at a level.
enum Pick {
    One(usize, Match),
    Several(Vec<usize>),
    /// Not within the scope, but these elsewhere.
    Elsewhere(Vec<usize>),
    Unknown,
}

impl Gazetteer {
    /// Indexes a set's names. Aliases whose canonical name the set does not have are left aside, as are those that
    /// differ only by what [`NameKey`] folds.
    pub fn build(set: &BoundarySet, aliases: &[Alias]) -> Self {
        let mut entries: [Vec<Entry>; 3] = Default::default();
        let mut by_key: [BTreeMap<NameKey, Vec<usize>>; 3] = Default::default();
        let mut by_alias: [BTreeMap<NameKey, BTreeSet<usize>>; 3] = Default::default();
        for level in Level::ALL {
            for unit in set.units(level) {
                let key = NameKey::of(&unit.name);
                let at = entries[level.index()].len();
                by_key[level.index()].entry(key.clone()).or_default().push(at);
                let (pcode, name) = (unit.pcode.clone(), unit.name.clone());
                entries[level.index()].push(Entry { pcode, name, key, chain: set.chain(unit) });
            }
        }
        for alias in aliases {
            let (key, canonical) = (NameKey::of(&alias.alias), NameKey::of(&alias.canonical));
            let parent = alias.parent.as_deref().map(NameKey::of);
            if key == canonical || key.is_empty() {
                continue;
            }
            for level in Level::ALL.into_iter().filter(|l| alias.level.is_none_or(|a| a == *l)) {
                for at in by_key[level.index()].get(&canonical).into_iter().flatten() {
                    let chain = &entries[level.index()][*at].chain;
                    let below = parent.as_ref().is_none_or(|parent| {
                        Level::ALL.into_iter().filter(|l| *l < level).any(|l| {
                            let above = chain[l.index()].as_deref().and_then(|p| set.unit(l, p));
                            above.is_some_and(|u| NameKey::of(&u.name) == *parent)
                        })
                    });
                    if below {
                        by_alias[level.index()].entry(key.clone()).or_default().insert(*at);
                    }
                }
            }
        }
        Self { entries, by_key, by_alias, learned: Default::default() }
    }

    /// Takes in what officers settled on this set, the later over the earlier; what the set does not have is left aside.
    pub fn learn<'a>(&mut self, learned: impl IntoIterator<Item = &'a Learned>) {
        for l in learned {
            let Some(level) = l.level else { continue };
            if let Ok(at) = self.entries[level.index()].binary_search_by(|e| e.pcode.cmp(&l.pcode)) {
                self.learned[level.index()].insert((NameKey::of(&l.name), l.parent.clone()), at);
            }
        }
    }

    /// Settles the place that names state; blank names count as absent.
    ///
    /// Each name is looked for at its own level, within the parent settled before it: exactly as written, then as an
    /// alias, then folded. Then:
    /// - a name without (recognised) parents must be the only one of its level in the whole set;
    /// - an unknown or ambiguous name leaves the place at the level above, with a finding;
    /// - a commune that is not in its stated cercle leaves the place at the cercle;
    /// - a cercle that is not in its stated region: neither is believed blindly. The commune decides: if it lies in that
    ///   cercle, two names out of three agree and the place is the commune; if it lies in the region (under another
    ///   cercle), the place is the region, on which those two agree. Without such a witness it is nowhere;
    /// - what an officer settled is taken where all else fails; if it lies outside the stated parent, that is said;
    /// - `GAO_CER` means the cercle, whatever column it stands in; where the cercle has its own column, the mark on
    ///   another name can only be that column's homonym, and is taken off.
    pub fn resolve(&self, region: Option<&str>, cercle: Option<&str>, commune: Option<&str>) -> Resolution {
        let stated =
            |name: Option<&'_ str>| name.map(str::trim).filter(|n| !NameKey::of(n).is_empty()).map(str::to_owned);
        let (mut region, mut cercle, mut commune) = (stated(region), stated(cercle), stated(commune));
        for other in [&mut region, &mut commune] {
            let Some(name) = other.as_deref().and_then(without_cercle_suffix).map(str::to_owned) else { continue };
            if cercle.is_none() {
                cercle = Some(name);
                *other = None;
            } else {
                *other = Some(name);
            }
        }
        let mut found = Finder { gazetteer: self, findings: Vec::new(), alias: false, settled: None };
        if let Some(name) = &region {
            found.take(Level::Region, name, None, None);
        }
        let in_region = found.settled;
        if let Some(name) = &cercle {
            found.cercle(name, region.as_deref(), commune.as_deref());
        }
        if let Some(name) = &commune {
            found.commune(name, region.as_deref(), cercle.as_deref(), in_region);
        }
        found.finish()
    }

    /// Every unit of a level that has this name or another known spelling of it: codes of region, cercle, commune.
    pub fn named(&self, level: Level, name: &str) -> Vec<[Option<Arc<str>>; 3]> {
        let key = NameKey::of(without_cercle_suffix(name).unwrap_or(name));
        let names = self.by_key[level.index()].get(&key).into_iter().flatten();
        let aliases = self.by_alias[level.index()].get(&key).into_iter().flatten();
        let all: BTreeSet<usize> = names.chain(aliases).copied().collect();
        all.into_iter().map(|at| self.entry(level, at).chain.clone()).collect()
    }

    fn entry(&self, level: Level, at: usize) -> &Entry {
        &self.entries[level.index()][at]
    }

    fn within(&self, level: Level, at: usize, scope: Scope<'_>) -> bool {
        scope.is_none_or(|(l, pcode)| self.entry(level, at).chain[l.index()].as_ref() == Some(pcode))
    }

    fn pick(&self, level: Level, name: &str, scope: Scope<'_>) -> Pick {
        let mut key = NameKey::of(name);
        let (names, aliases) = (&self.by_key[level.index()], &self.by_alias[level.index()]);
        if level == Level::Cercle
            && !names.contains_key(&key)
            && !aliases.contains_key(&key)
            && let Some(bare) = without_cercle_suffix(name)
        {
            key = NameKey::of(bare);
        }
        let folded: Vec<usize> = names.get(&key).cloned().unwrap_or_default();
        let exact: Vec<usize> = folded.iter().copied().filter(|k| *self.entry(level, *k).name == *name).collect();
        let alias: Vec<usize> = aliases.get(&key).into_iter().flatten().copied().collect();
        let all: BTreeSet<usize> = folded.iter().chain(&alias).copied().collect();
        if scope.is_none() {
            // Without a parent nothing but uniqueness speaks for a name: every way of reading it counts.
            let how = if folded.is_empty() { Match::Alias } else { Match::Name };
            return match *all.iter().copied().collect::<Vec<_>>().as_slice() {
                [] => self.settled(level, key, None).unwrap_or(Pick::Unknown),
                [one] => Pick::One(one, how),
                _ => Pick::Several(all.into_iter().collect()),
            };
        }
        for (tier, how) in [(exact, Match::Name), (alias, Match::Alias), (folded, Match::Name)] {
            let inside: Vec<usize> = tier.into_iter().filter(|k| self.within(level, *k, scope)).collect();
            match *inside.as_slice() {
                [] => {}
                [one] => return Pick::One(one, how),
                _ => return Pick::Several(inside),
            }
        }
        if let Some(pick) = self.settled(level, key, scope.map(|(_, pcode)| pcode.clone())) {
            return pick;
        }
        if all.is_empty() { Pick::Unknown } else { Pick::Elsewhere(all.into_iter().collect()) }
    }

    fn settled(&self, level: Level, key: NameKey, parent: Option<Arc<str>>) -> Option<Pick> {
        self.learned[level.index()].get(&(key, parent)).map(|at| Pick::One(*at, Match::Alias))
    }

    fn pcodes(&self, level: Level, units: &[usize]) -> Vec<Arc<str>> {
        units.iter().map(|k| self.entry(level, *k).pcode.clone()).collect()
    }

    /// Near names of a level: those within the scope, else those of the whole set.
    fn suggestions(&self, level: Level, name: &str, scope: Scope<'_>) -> Vec<String> {
        let near = self.suggest(level, name, scope.map(|(_, pcode)| &**pcode), SUGGESTIONS * 4);
        let inside = near.iter().any(|s| s.within_parent && s.score >= NEAR);
        let mut names: Vec<String> = Vec::new();
        for s in near.iter().filter(|s| s.score >= NEAR && s.within_parent == inside) {
            if let Some(name) = s.names.first().filter(|n| names.iter().all(|known| known != n.as_ref())) {
                names.push(name.to_string());
            }
        }
        names.truncate(SUGGESTIONS);
        names
    }
}

/// One resolution under way.
struct Finder<'a> {
    gazetteer: &'a Gazetteer,
    findings: Vec<NameFinding>,
    alias: bool,
    /// The finest unit settled so far.
    settled: Option<(Level, usize)>,
}

impl<'a> Finder<'a> {
    fn scope_of(&self, unit: Option<(Level, usize)>) -> Scope<'a> {
        unit.map(|(level, at)| (level, &self.gazetteer.entry(level, at).pcode))
    }

    fn settle(&mut self, level: Level, at: usize, how: Match) {
        self.settled = Some((level, at));
        self.alias |= how == Match::Alias;
    }

    /// Looks a name up and settles it, or says why not.
    fn take(&mut self, level: Level, name: &str, within: Option<(Level, usize)>, parent: Option<&str>) {
        let scope = self.scope_of(within);
        match self.gazetteer.pick(level, name, scope) {
            Pick::One(at, how) => self.settle_in(level, name, (at, how), scope, parent),
            other => self.complain(level, name, scope, parent, &other),
        }
    }

    /// Settles a unit; what an officer settled outside the stated parent is said each time.
    fn settle_in(
        &mut self,
        level: Level,
        name: &str,
        (at, how): (usize, Match),
        scope: Scope<'_>,
        parent: Option<&str>,
    ) {
        self.settle(level, at, how);
        if !self.gazetteer.within(level, at, scope) {
            self.complain(level, name, scope, parent, &Pick::Elsewhere(vec![at]));
        }
    }

    fn complain(&mut self, level: Level, name: &str, scope: Scope<'_>, parent: Option<&str>, pick: &Pick) {
        let value = name.to_owned();
        let finding = match pick {
            Pick::One(..) => return,
            Pick::Unknown => {
                let suggestions = self.gazetteer.suggestions(level, name, scope);
                NameFinding::UnknownName { level, value, suggestions }
            }
            Pick::Several(units) => {
                NameFinding::AmbiguousName { level, value, candidates: self.gazetteer.pcodes(level, units) }
            }
            Pick::Elsewhere(units) => NameFinding::ParentContradiction {
                level,
                value,
                stated_parent: parent.unwrap_or_default().to_owned(),
                elsewhere: self.gazetteer.pcodes(level, units),
            },
        };
        self.findings.push(finding);
    }

    fn cercle(&mut self, name: &str, region: Option<&str>, commune: Option<&str>) {
        let in_region = self.settled;
        let scope = self.scope_of(in_region);
        let pick = self.gazetteer.pick(Level::Cercle, name, scope);
        match &pick {
            Pick::One(at, how) => self.settle_in(Level::Cercle, name, (*at, *how), scope, region),
            Pick::Elsewhere(elsewhere) => {
                self.complain(Level::Cercle, name, scope, region, &pick);
                self.settled = None;
                let Some(commune) = commune else { return };
                let witness = elsewhere.iter().find(|at| {
                    let scope = self.scope_of(Some((Level::Cercle, **at)));
                    matches!(self.gazetteer.pick(Level::Commune, commune, scope), Pick::One(..))
                });
                if let Some(at) = witness {
                    // The commune follows, within this cercle.
                    let alias = self.gazetteer.entry(Level::Cercle, *at).key != NameKey::of(name);
                    self.settle(Level::Cercle, *at, if alias { Match::Alias } else { Match::Name });
                } else if matches!(self.gazetteer.pick(Level::Commune, commune, scope), Pick::One(..)) {
                    self.settled = in_region;
                }
            }
            _ => self.complain(Level::Cercle, name, scope, region, &pick),
        }
    }

    fn commune(&mut self, name: &str, region: Option<&str>, cercle: Option<&str>, in_region: Option<(Level, usize)>) {
        let settled_cercle = self.settled.filter(|(level, _)| *level == Level::Cercle);
        if settled_cercle.is_some() {
            return self.take(Level::Commune, name, settled_cercle, cercle);
        }
        let contradicted = self.findings.iter().any(|f| matches!(f, NameFinding::ParentContradiction { .. }));
        if contradicted {
            return;
        }
        if cercle.is_none() && in_region.is_some() {
            return self.take(Level::Commune, name, in_region, region);
        }
        // No parent stated, or one that is not recognised: only a name that is unique in the whole set will do,
        // and not against the region.
        match self.gazetteer.pick(Level::Commune, name, None) {
            Pick::One(at, how) if self.gazetteer.within(Level::Commune, at, self.scope_of(in_region)) => {
                self.settle(Level::Commune, at, how);
            }
            Pick::One(at, _) => {
                self.complain(Level::Commune, name, None, region, &Pick::Elsewhere(vec![at]));
            }
            other => self.complain(Level::Commune, name, self.scope_of(in_region), region, &other),
        }
    }

    fn finish(self) -> Resolution {
        let units = self.settled.map(|(level, at)| self.gazetteer.entry(level, at).chain.clone()).unwrap_or_default();
        let matched = match (self.settled, self.alias) {
            (None, _) => Match::None,
            (Some(_), true) => Match::Alias,
            (Some(_), false) => Match::Name,
        };
        Resolution { units, matched, findings: self.findings }
    }
}

/// The unit that a p-code means in a set, whatever its level; none where the set does not know it.
/// Blanks around it and its case make no difference.
pub fn resolve_pcode<'a>(set: &'a BoundarySet, code: &str) -> Option<&'a Unit> {
    let code = code.trim();
    set.find(code).or_else(|| set.find(&code.to_uppercase()))
}

#[cfg(test)]
mod tests;
