//! What rows are placed with: names through gazetteers, points through a locator that is built only when a row needs it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::fold::fold;
use crate::boundaries::{
    Alias, BoundarySet, Gazetteer, How, Knowledge, Localities, Locality, Located, Locator, NameKey, Resolution,
    Settlement, axis_names, resolve_axis, statement,
};
use crate::domain::{Axis, Fact, GeometryKind, Level, Match, SetId};
use crate::spatial::LonLat;

/// P-codes of region, cercle, commune, as far as known.
pub(super) type Units = [Option<Arc<str>>; 3];

/// A locality's name in a set, within the unit of a p-code.
type Spelling = (SetId, NameKey, Option<Arc<str>>);

/// Where a point lies.
#[derive(Debug, Clone, PartialEq)]
pub enum PointAnswer {
    /// There is no set to locate it on: all are schematic.
    NoSurveyedSet,
    /// Far from every unit.
    Outside,
    /// In a unit, or near to one.
    Unit {
        /// Position of the set.
        set: usize,
        /// P-codes of region, cercle, commune.
        units: [Option<Arc<str>>; 3],
        /// Kilometres to the unit; none where the point lies inside.
        km_outside: Option<f64>,
    },
}

/// Where a village or town lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalityAnswer {
    /// Nobody brought a list of localities.
    NoGazetteer,
    /// No locality has this name.
    Unknown,
    /// In one commune.
    One([Option<Arc<str>>; 3]),
    /// Homonyms in several communes of the parent.
    Several(Vec<[Option<Arc<str>>; 3]>),
    /// Only outside the parent.
    Elsewhere(Vec<[Option<Arc<str>>; 3]>),
}

/// Settles names and points on the import's sets, in their order. Positions of sets are those of the import. Several
/// threads ask at once.
pub trait PlaceResolver: Sync {
    /// Where names lead in one set; blank names are absent.
    fn names(&self, set: usize, names: [Option<&str>; 3]) -> Resolution;
    /// Where a point lies; a stated country settles an overlap of two.
    fn point(&self, point: LonLat, country: Option<&str>) -> PointAnswer;
    /// Where a village or town lies, within the units that are known already.
    fn locality(&self, _set: usize, _name: &str, _within: &[Option<Arc<str>>; 3]) -> LocalityAnswer {
        LocalityAnswer::NoGazetteer
    }
    /// The road that a text names, its places looked for within the units that are known already where they lie there.
    fn axis(&self, _set: usize, _text: &str, _within: &[Option<Arc<str>>; 3]) -> Option<Axis> {
        None
    }
    /// Position of the set and codes of the unit that an officer put this very fact in.
    fn settled(&self, _fact: &Fact) -> Option<(usize, [Option<Arc<str>>; 3])> {
        None
    }
}

/// The resolver over boundary sets.
#[derive(Debug)]
pub struct SetPlaces {
    pub(super) sets: Vec<Arc<BoundarySet>>,
    pub(super) gazetteers: Vec<Gazetteer>,
    pub(super) localities: Localities,
    learned: BTreeMap<Spelling, Arc<str>>,
    settled: BTreeMap<[Arc<str>; 3], Settlement>,
    synthetic: bool,
    locator: OnceLock<Option<(Locator, Vec<usize>)>>,
}

impl SetPlaces {
    /// Indexes the names of the sets. `synthetic` lets points be located on schematic sets too.
    pub fn build(sets: &[Arc<BoundarySet>], aliases: &[Alias], synthetic: bool) -> Self {
        let gazetteers = sets.iter().map(|s| Gazetteer::build(s, aliases)).collect();
        Self {
            sets: sets.to_vec(),
            gazetteers,
            localities: Localities::default(),
            learned: BTreeMap::new(),
            settled: BTreeMap::new(),
            synthetic,
            locator: OnceLock::new(),
        }
    }

    /// Adds what the store knows: localities, and what officers settled.
    #[must_use]
    pub fn with(mut self, known: Knowledge) -> Self {
        for (set, gazetteer) in self.sets.iter().zip(&mut self.gazetteers) {
            gazetteer.learn(known.learned.iter().filter(|l| l.set == set.info.id));
        }
        let towns = known.learned.into_iter().filter(|l| l.level.is_none());
        self.learned = towns.map(|l| ((l.set, NameKey::of(&l.name), l.parent), l.pcode)).collect();
        let key = |s: &Settlement| [s.theme.clone(), s.source.clone(), s.fact_id.clone()];
        self.settled = known.settled.into_iter().map(|s| (key(&s), s)).collect();
        self.localities = Localities::build(known.localities);
        self
    }

    /// The locator over the first usable set of each country (two vintages of one country overlap everywhere), and
    /// which sets those are.
    fn locator(&self) -> Option<&(Locator, Vec<usize>)> {
        let build = || {
            let mut used: Vec<usize> = Vec::new();
            for (k, set) in self.sets.iter().enumerate() {
                let usable = self.synthetic || set.info.geometry == GeometryKind::Surveyed;
                let country = &set.info.country;
                let taken = !country.is_empty() && used.iter().any(|u| self.sets[*u].info.country == *country);
                if usable && !taken {
                    used.push(k);
                }
            }
            let sets: Vec<Arc<BoundarySet>> = used.iter().map(|k| self.sets[*k].clone()).collect();
            (!sets.is_empty()).then(|| Locator::build(&sets, self.synthetic).ok()).flatten().map(|l| (l, used))
        };
        self.locator.get_or_init(build).as_ref()
    }

    /// The commune of a locality in a set: by its coordinates on a surveyed set, else by the names it came with.
    pub(super) fn commune_of(&self, set: usize, locality: &Locality) -> Option<Units> {
        if self.locator().is_some_and(|(_, used)| used.contains(&set)) {
            return match self.point(locality.point, Some(&locality.country)) {
                PointAnswer::Unit { set: found, units, .. } if found == set => Some(units),
                _ => None,
            };
        }
        let [region, cercle, commune] = [0, 1, 2].map(|k| locality.admin[k].as_deref());
        let found = self.gazetteers.get(set)?.resolve(region, cercle, commune);
        (found.findings.is_empty() && finest(&found.units) == Some(self.sets[set].finest())).then_some(found.units)
    }

    /// What an officer settled of a locality's name within a unit.
    fn learned(&self, set: usize, name: &str, within: &Units) -> Option<Units> {
        if self.learned.is_empty() {
            return None;
        }
        let set = self.sets.get(set)?;
        let parent = finest(within).and_then(|l| within[l.index()].clone());
        let pcode = self.learned.get(&(set.info.id.clone(), NameKey::of(name), parent))?;
        set.find(pcode).map(|unit| set.chain(unit))
    }

    /// Everything that a road's place may mean: a commune of the name, else a cercle, a locality, a region.
    fn meanings(&self, set: usize, name: &str, within: &Units) -> Vec<(Units, LonLat)> {
        let (Some(boundaries), Some(gazetteer)) = (self.sets.get(set), self.gazetteers.get(set)) else {
            return Vec::new();
        };
        let label = |units: Units| {
            let unit = finest(&units).and_then(|l| boundaries.unit(l, units[l.index()].as_deref()?))?;
            Some((units, unit.label))
        };
        let of_level = |level: Level| gazetteer.named(level, name).into_iter().filter_map(label).collect();
        let mut towns = Vec::new();
        let mut found: Vec<(Units, LonLat)> = of_level(Level::Commune);
        if found.is_empty() {
            found = of_level(Level::Cercle);
        }
        if found.is_empty() {
            for locality in self.localities.named(name) {
                if let Some(units) = self.commune_of(set, locality).filter(|u| !towns.contains(u)) {
                    towns.push(units.clone());
                    found.push((units, locality.point));
                }
            }
        }
        if found.is_empty() {
            found = of_level(Level::Region);
        }
        let inside: Vec<_> = found.iter().filter(|(units, _)| lies_within(units, within)).cloned().collect();
        if inside.is_empty() { found } else { inside }
    }
}

impl PlaceResolver for SetPlaces {
    fn names(&self, set: usize, [region, cercle, commune]: [Option<&str>; 3]) -> Resolution {
        match self.gazetteers.get(set) {
            Some(gazetteer) => gazetteer.resolve(region, cercle, commune),
            None => Resolution { units: Default::default(), matched: Match::None, findings: Vec::new() },
        }
    }

    fn point(&self, point: LonLat, country: Option<&str>) -> PointAnswer {
        let Some((locator, used)) = self.locator() else { return PointAnswer::NoSurveyedSet };
        match locator.locate(point, country.map(country_code)) {
            Located::Outside => PointAnswer::Outside,
            Located::Unit(found) => {
                let (set, unit) = locator.unit(&found);
                let km_outside = match found.how {
                    How::Inside => None,
                    How::Nearest { distance } => Some(distance.0 / 1000.0),
                };
                PointAnswer::Unit { set: used[found.set], units: set.chain(unit), km_outside }
            }
        }
    }

    fn locality(&self, set: usize, name: &str, within: &Units) -> LocalityAnswer {
        if let Some(units) = self.learned(set, name, within) {
            return LocalityAnswer::One(units);
        }
        if self.localities.is_empty() {
            return LocalityAnswer::NoGazetteer;
        }
        let mut all: Vec<Units> = self.localities.named(name).filter_map(|l| self.commune_of(set, l)).collect();
        all.sort();
        all.dedup();
        let inside: Vec<Units> = all.iter().filter(|units| lies_within(units, within)).cloned().collect();
        match inside.as_slice() {
            [one] => LocalityAnswer::One(one.clone()),
            [] if all.is_empty() => LocalityAnswer::Unknown,
            [] => LocalityAnswer::Elsewhere(all),
            _ => LocalityAnswer::Several(inside),
        }
    }

    fn axis(&self, set: usize, text: &str, within: &Units) -> Option<Axis> {
        let names = axis_names(text)?;
        Some(resolve_axis(&names, &mut |name| self.meanings(set, name, within)))
    }

    fn settled(&self, fact: &Fact) -> Option<(usize, Units)> {
        let settled = self.settled.get(&[fact.theme.clone(), fact.source.clone(), fact.id.clone()])?;
        let set = self.sets.iter().position(|s| s.info.id == settled.set)?;
        let unit = self.sets[set].find(&settled.pcode)?;
        (settled.statement == statement(&fact.place)).then(|| (set, self.sets[set].chain(unit)))
    }
}

/// ISO 3166-1 alpha-3 of a country by name or code, for Mali and its neighbours; anything else as it stands.
fn country_code(text: &str) -> &str {
    match fold(text).as_str() {
        "ml" | "mli" | "mali" => "MLI",
        "bf" | "bfa" | "burkina" | "burkinafaso" => "BFA",
        "ne" | "ner" | "niger" => "NER",
        "mr" | "mrt" | "mauritanie" | "mauritania" => "MRT",
        "sn" | "sen" | "senegal" => "SEN",
        "gn" | "gin" | "guinee" | "guinea" => "GIN",
        "ci" | "civ" | "cotedivoire" | "ivorycoast" => "CIV",
        "dz" | "dza" | "algerie" | "algeria" => "DZA",
        _ => text,
    }
}

/// Whether a unit lies in another, given by the codes of both.
fn lies_within(units: &Units, within: &Units) -> bool {
    within.iter().zip(units).all(|(outer, inner)| outer.is_none() || outer == inner)
}

/// The finest level of a chain of codes.
pub(super) fn finest(units: &[Option<Arc<str>>; 3]) -> Option<Level> {
    Level::ALL.into_iter().rev().find(|l| units[l.index()].is_some())
}
