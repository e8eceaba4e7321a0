//! What rows are placed with: names through gazetteers, points through a locator that is built only when a row needs it.

use std::sync::{Arc, OnceLock};

use crate::boundaries::{Alias, BoundarySet, Gazetteer, How, Located, Locator, Resolution};
use crate::domain::{GeometryKind, Level};
use crate::spatial::LonLat;

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

/// Settles names and points on the import's sets, in their order. Positions of sets are those of the import. Several
/// threads ask at once.
pub trait PlaceResolver: Sync {
    /// Where names lead in one set; blank names are absent.
    fn names(&self, set: usize, names: [Option<&str>; 3]) -> Resolution;
    /// Where a point lies.
    fn point(&self, point: LonLat) -> PointAnswer;
}

/// The resolver over boundary sets.
#[derive(Debug)]
pub struct SetPlaces {
    sets: Vec<Arc<BoundarySet>>,
    gazetteers: Vec<Gazetteer>,
    synthetic: bool,
    locator: OnceLock<Option<(Locator, Vec<usize>)>>,
}

impl SetPlaces {
    /// Indexes the names of the sets. `synthetic` lets points be located on schematic sets too.
    pub fn build(sets: &[Arc<BoundarySet>], aliases: &[Alias], synthetic: bool) -> Self {
        let gazetteers = sets.iter().map(|s| Gazetteer::build(s, aliases)).collect();
        Self { sets: sets.to_vec(), gazetteers, synthetic, locator: OnceLock::new() }
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
}

impl PlaceResolver for SetPlaces {
    fn names(&self, set: usize, [region, cercle, commune]: [Option<&str>; 3]) -> Resolution {
        // Where the cercle has its own column, `MENAKA_CER` in another one can only be that column's homonym.
        let own = |name: Option<_>| if cercle.is_some() { name.map(without_cercle_suffix) } else { name };
        let (region, commune) = (own(region), own(commune));
        match self.gazetteers.get(set) {
            Some(gazetteer) => gazetteer.resolve(region, cercle, commune),
            None => Resolution { units: Default::default(), matched: crate::domain::Match::None, findings: Vec::new() },
        }
    }

    fn point(&self, point: LonLat) -> PointAnswer {
        let Some((locator, used)) = self.locator() else { return PointAnswer::NoSurveyedSet };
        match locator.locate(point, None) {
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
}

/// The name without the suffix by which field workbooks mark a cercle that has homonyms.
fn without_cercle_suffix(name: &str) -> &str {
    ["_CER", "_cer"].iter().find_map(|suffix| name.trim().strip_suffix(suffix)).unwrap_or(name)
}

/// The finest level of a chain of codes.
pub(super) fn finest(units: &[Option<Arc<str>>; 3]) -> Option<Level> {
    Level::ALL.into_iter().rev().find(|l| units[l.index()].is_some())
}
