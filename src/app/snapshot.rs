//! The store's current state in memory: immutable, shared, replaced whole when the store changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::policy::Grant;
use super::view::Veil;
use super::{AppError, shipped};
use crate::boundaries::{BoundarySet, NameKey};
use crate::domain::{Fact, Lang, Level, Measure, Month, Period, Role, SetId, Theme};
use crate::indicators::{Coverage, Cube, Populations, Zone};
use crate::store::{Contents, ReleaseState, Releases};

/// One set with everything that is counted on it, each part made when it is first asked for.
pub(super) struct Place {
    pub set: Arc<BoundarySet>,
    cubes: BTreeMap<(String, String), OnceLock<Cube>>,
    coverages: std::sync::Mutex<BTreeMap<(String, String), Arc<Coverage>>>,
    populations: OnceLock<Populations>,
    pub shapes: Arc<super::geometry::Shapes>,
    /// Outlines on tiles, by level.
    pub outlines: Arc<[crate::tiles::Outlines; 3]>,
    /// The set whose codes the zones are written in that this one shares: itself, or the vintage it is an edition of.
    zones_as: Option<SetId>,
}

/// The store's state at one version.
pub struct Snapshot {
    /// Data version.
    pub version: i64,
    /// When the version was written, RFC 3339 UTC; the only clock that outputs know.
    pub created: String,
    /// Whether everything is made up.
    pub synthetic: bool,
    /// The default set.
    pub default_set: SetId,
    /// Themes by id.
    pub themes: BTreeMap<String, Theme>,
    /// Zones.
    pub zones: Vec<Zone>,
    pub(super) places: BTreeMap<SetId, Place>,
    pub(super) facts: BTreeMap<String, Vec<Fact>>,
    sources: BTreeSet<Arc<str>>,
    releases: Arc<Releases>,
    /// What may be told instead of the facts; none for those who see all.
    veil: Option<Veil>,
}

impl Snapshot {
    /// From what the store holds.
    pub fn new(contents: Contents, themes: Vec<Theme>) -> Result<Self, AppError> {
        let themes: BTreeMap<String, Theme> = themes.into_iter().map(|t| (t.id.clone(), t)).collect();
        for theme in contents.facts.keys().filter(|t| !themes.contains_key(*t)) {
            tracing::warn!(%theme, "the store holds facts of a theme that is not known here: name its folder, --themes DIR");
        }
        let zones = shipped::zones()?;
        let zones_as: Vec<Option<SetId>> =
            contents.sets.iter().map(|set| written_as(set, &contents.sets, &zones)).collect();
        let places: BTreeMap<SetId, Place> = contents
            .sets
            .into_iter()
            .zip(zones_as)
            .map(|(set, zones_as)| {
                let cubes = themes
                    .values()
                    .flat_map(|t| t.measures.iter().map(|m| ((t.id.clone(), m.id.clone()), OnceLock::new())))
                    .collect();
                let place = Place {
                    shapes: Arc::default(),
                    outlines: Arc::default(),
                    set: Arc::new(set),
                    cubes,
                    coverages: std::sync::Mutex::default(),
                    populations: OnceLock::new(),
                    zones_as,
                };
                (place.set.info.id.clone(), place)
            })
            .collect();
        let default_set = contents
            .default_set
            .or_else(|| places.keys().next().cloned())
            .ok_or_else(|| AppError::Input("the store has no boundary set: vigie import boundaries …".into()))?;
        Ok(Self {
            version: contents.version,
            created: contents.created,
            synthetic: contents.synthetic,
            default_set,
            themes,
            zones,
            places,
            sources: contents.facts.values().flatten().map(|f| f.source.clone()).collect(),
            facts: contents.facts,
            releases: Arc::new(contents.releases),
            veil: None,
        })
    }

    /// The same boundaries with other facts, behind a veil. Themes that the veil does not show are not there; those that every
    /// page speaks of stay, without facts.
    pub(super) fn with_facts(&self, facts: BTreeMap<String, Vec<Fact>>, veil: Veil) -> Result<Self, AppError> {
        let stays = |id: &str| veil.grant(id).is_some() || super::view::ALWAYS.contains(&id);
        let themes: Vec<Theme> = self.themes.values().filter(|t| stays(&t.id)).cloned().collect();
        let contents = Contents {
            version: self.version,
            created: self.created.clone(),
            synthetic: self.synthetic,
            default_set: Some(self.default_set.clone()),
            sets: self.sets().map(|s| BoundarySet::clone(s)).collect(),
            facts,
            releases: Releases::clone(&self.releases),
        };
        let mut view = Self::new(contents, themes)?;
        view.share(self);
        view.veil = Some(veil);
        Ok(view)
    }

    /// The same state under the version that a release will give it.
    pub(super) fn at_version(self, version: i64, created: &str, releases: Releases) -> Self {
        Self { version, created: created.to_owned(), releases: Arc::new(releases), ..self }
    }

    /// Whether the data themselves are here, and not only what may be told of them.
    pub fn is_whole(&self) -> bool {
        self.veil.is_none()
    }

    /// The role whose view this is; none where the data themselves are here.
    pub(super) fn role(&self) -> Option<Role> {
        self.veil.as_ref().map(Veil::role)
    }

    pub(super) fn veil(&self) -> Option<&Veil> {
        self.veil.as_ref()
    }

    pub(super) fn veil_mut(&mut self) -> Option<&mut Veil> {
        self.veil.as_mut()
    }

    /// Adds facts to a theme.
    pub(super) fn add_facts(&mut self, theme: &str, facts: Vec<Fact>) {
        self.facts.entry(theme.to_owned()).or_default().extend(facts);
    }

    /// Which months are public.
    pub fn releases(&self) -> &Releases {
        &self.releases
    }

    /// Whether anything of a theme is told at a level.
    pub(super) fn tells(&self, theme: &str, level: Level) -> bool {
        match self.veil.as_ref().map(|v| v.grant(theme)) {
            None | Some(Some(Grant::All | Grant::Classes)) => true,
            Some(Some(Grant::Counts { finest, .. })) => level <= finest,
            Some(None) => false,
        }
    }

    /// Whether only the level of a theme's score is told.
    pub(super) fn only_classes(&self, theme: &str) -> bool {
        self.veil.as_ref().is_some_and(|v| v.grant(theme) == Some(Grant::Classes))
    }

    /// Whether there is anything of a theme.
    pub(super) fn has_figures(&self, theme: &str) -> bool {
        !self.facts(theme).is_empty() || self.veil.as_ref().is_some_and(|v| v.has_figures(theme))
    }

    /// `draft`, `validated` or `released`: that of the period's month which is least far. Behind a veil there is nothing else.
    pub fn release_of(&self, theme: &str, period: Period) -> &'static str {
        let least = period.months().map(|m| self.releases.state(theme, m)).min();
        match &self.veil {
            Some(_) => ReleaseState::Released.word(),
            None => least.unwrap_or(ReleaseState::Draft).word(),
        }
    }

    /// A theme and one of its measures.
    pub(super) fn theme_measure(&self, theme: &str, measure: &str) -> Result<(&Theme, &Measure), AppError> {
        let theme = self.theme(theme)?;
        let measure = theme
            .measure(measure)
            .ok_or_else(|| AppError::NotFound(format!("theme {} has no measure « {measure} »", theme.id)))?;
        Ok((theme, measure))
    }

    /// Takes what was drawn of each set that is the same as before: an import of figures costs no geometry.
    pub(super) fn share(&mut self, before: &Self) {
        for (id, place) in &mut self.places {
            if let Some(old) = before.places.get(id).filter(|old| old.set.same_as(&place.set)) {
                place.set = old.set.clone();
                place.shapes = old.shapes.clone();
                place.outlines = old.outlines.clone();
            }
        }
    }

    /// The month the data stand in: later ones have not elapsed.
    pub fn now(&self) -> Month {
        // A store without a batch has no data either; any month will do.
        Month::of_iso(&self.created).or(Month::new(1900, 1)).unwrap_or_else(|| unreachable!("1900-01 is a month"))
    }

    pub(super) fn place(&self, set: &SetId) -> Result<&Place, AppError> {
        self.places.get(set).ok_or_else(|| {
            let known: Vec<&str> = self.places.keys().map(SetId::as_str).collect();
            AppError::BadRequest(format!("no boundary set « {set} » in this store; there are {}", known.join(", ")))
        })
    }

    /// A boundary set.
    pub fn set(&self, id: &SetId) -> Result<&Arc<BoundarySet>, AppError> {
        Ok(&self.place(id)?.set)
    }

    /// The sets, by id.
    pub fn sets(&self) -> impl Iterator<Item = &Arc<BoundarySet>> {
        self.places.values().map(|p| &p.set)
    }

    /// The facts of a theme, in the order they came.
    pub fn facts(&self, theme: &str) -> &[Fact] {
        self.facts.get(theme).map_or(&[], Vec::as_slice)
    }

    /// Every theme's facts.
    pub(super) fn all_facts(&self) -> impl Iterator<Item = (&str, &[Fact])> {
        self.facts.iter().map(|(theme, facts)| (theme.as_str(), facts.as_slice()))
    }

    /// A theme.
    pub fn theme(&self, id: &str) -> Result<&Theme, AppError> {
        self.themes.get(id).ok_or_else(|| AppError::NotFound(format!("no theme « {id} »")))
    }

    /// The cube of a theme's measure on a set.
    pub(super) fn cube(&self, set: &SetId, theme: &str, measure: &str) -> Result<&Cube, AppError> {
        let place = self.place(set)?;
        let t = self.theme(theme)?;
        let (cell, m) = place
            .cubes
            .get(&(theme.to_owned(), measure.to_owned()))
            .zip(t.measure(measure))
            .ok_or_else(|| AppError::NotFound(format!("theme {theme} has no measure « {measure} »")))?;
        Ok(cell.get_or_init(|| Cube::build(&place.set, t, m, self.facts(theme).iter())))
    }

    /// Who was covered in a stream, by a source, on a set.
    pub fn coverage(&self, set: &SetId, stream: &str, source: &str) -> Result<Arc<Coverage>, AppError> {
        let place = self.place(set)?;
        let key = (stream.to_owned(), source.to_owned());
        let mut known = place.coverages.lock().map_err(|_| AppError::Fault("coverage lock poisoned".into()))?;
        if let Some(coverage) = known.get(&key) {
            return Ok(coverage.clone());
        }
        let facts = self.facts("coverage").iter();
        let mut coverage = Coverage::build(&place.set, stream, source, facts);
        for theme in self.themes.values().filter(|t| t.implies_coverage.as_deref() == Some(stream)) {
            coverage = coverage.with_implied(&place.set, source, self.facts(&theme.id).iter());
        }
        let coverage = Arc::new(coverage);
        // Sources come from requests: what nobody reported is not kept, so the map cannot be made to grow.
        if coverage.months().is_some() {
            known.insert(key, coverage.clone());
        }
        Ok(coverage)
    }

    /// Populations on a set.
    pub fn populations(&self, set: &SetId) -> Result<&Populations, AppError> {
        let place = self.place(set)?;
        Ok(place.populations.get_or_init(|| Populations::build(&place.set, self.facts("population").iter())))
    }

    /// The zone's units in a set, as positions; empty where the zone is not known on the set's units.
    pub(super) fn zone_members(&self, zone: &Zone, set: &BoundarySet) -> Vec<(Level, usize)> {
        let Some(written) = self.places.get(&set.info.id).and_then(|p| p.zones_as.as_ref()) else { return Vec::new() };
        let units: Vec<_> = zone.units.iter().filter(|u| u.set == *written).collect();
        let found: Vec<_> =
            units.iter().filter_map(|u| set.position(u.level, &u.pcode).map(|k| (u.level, k))).collect();
        // A zone with a unit missing is another zone: none rather than a smaller one.
        if found.len() == units.len() { found } else { Vec::new() }
    }

    /// The sets that the zones are written for.
    pub(super) fn zone_sets(&self) -> Vec<&str> {
        let sets: BTreeSet<&str> = self.zones.iter().flat_map(|z| &z.units).map(|u| u.set.as_str()).collect();
        sets.into_iter().collect()
    }

    /// Facts of a theme that are located on another set than the default one, and so count nowhere on it.
    pub fn elsewhere(&self, theme: &str) -> usize {
        self.facts(theme).iter().filter(|f| f.place.set != self.default_set).count()
    }

    /// Every source that any fact names.
    pub fn sources(&self) -> BTreeSet<Arc<str>> {
        let told = self.veil.as_ref().map(Veil::sources).unwrap_or_default();
        self.sources.iter().cloned().chain(told).collect()
    }

    /// First and last month in which facts of a theme from a source hold; what has not ended holds up to now.
    pub fn months(&self, theme: &str, source: &str) -> Option<(Month, Month)> {
        if let Some(told) = self.veil.as_ref().and_then(|v| v.months(theme, source)) {
            return Some(told);
        }
        let meaning = self.themes.get(theme)?;
        let spans = self.facts(theme).iter().filter(|f| *f.source == *source).filter_map(|f| meaning.span(f));
        spans
            .map(|span| (span.first, span.last.unwrap_or_else(|| self.now().max(span.first))))
            .reduce(|(a, b), (first, last)| (a.min(first), b.max(last)))
    }

    /// « Vigie », with the word that the demonstration owes.
    pub fn title(&self, lang: Lang) -> String {
        let demo = lang.pick(" (données de démonstration, synthétiques)", " (demonstration data, synthetic)");
        let title = lang.pick("Vigie : monitoring de protection", "Vigie: protection monitoring");
        format!("{title}{}", if self.synthetic { demo } else { "" })
    }
}

/// « n faits sur d’autres découpages ».
pub fn elsewhere(n: usize, lang: Lang) -> String {
    let n = crate::style::grouped(u64::try_from(n).unwrap_or(u64::MAX), lang);
    lang.pick(
        format!("{n} faits sur d’autres découpages : ils ne comptent pas sur celui par défaut ; --set, ou le même fichier importé à nouveau, les y fait compter."),
        format!("{n} facts on other boundary sets: they do not count on the default one; --set, or the same file imported again, makes them count."),
    )
}

/// The set whose codes zones are written in that mean the same on `set`: itself where a zone names it; else one of
/// the same country whose regions and cercles have the same codes and names, all of them. A code alone never
/// suffices: ML1001 is Andéramboukane in one vintage and Ménaka in another.
fn written_as(set: &BoundarySet, all: &[BoundarySet], zones: &[Zone]) -> Option<SetId> {
    let named = |id: &SetId| zones.iter().flat_map(|z| &z.units).any(|u| u.set == *id);
    if named(&set.info.id) {
        return Some(set.info.id.clone());
    }
    let list = |s: &BoundarySet| -> Vec<(Level, Arc<str>, NameKey)> {
        [Level::Region, Level::Cercle]
            .into_iter()
            .flat_map(|l| s.units(l))
            .map(|u| (u.level, u.pcode.clone(), NameKey::of(&u.name)))
            .collect()
    };
    let mine = list(set);
    all.iter()
        .find(|s| s.info.country == set.info.country && named(&s.info.id) && list(s) == mine)
        .map(|s| s.info.id.clone())
}
