//! What a role sees: a snapshot in which everything else is not there, so that no layer, tile, file or page made from it can tell it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::AppError;
use super::mask::{MASKING, Mask, Told};
use super::policy::{Grant, Points, Policy};
use super::snapshot::Snapshot;
use crate::boundaries::BoundarySet;
use crate::domain::{Attr, Attrs, Fact, Level, Match, Measure, Month, Period, Place, Role, SetId, Theme, When};
use crate::indicators::{Basis, Cube, Disclosed, Disclosure, DisclosureSources, Members, Slice, Table};
use crate::store::{MaskSecret, Releases};

/// What may be told of the themes that are not shown themselves.
pub(super) struct Veil {
    role: Role,
    grants: BTreeMap<String, Grant>,
    told: BTreeMap<(SetId, String), Disclosed>,
}

/// Themes that every page speaks of, with facts or without.
pub(super) const ALWAYS: [&str; 5] = ["incidents", "alerts", "risk", "coverage", "population"];

/// Gives the facts of a theme as they were at a data version.
pub type Frozen<'a> = &'a dyn Fn(i64, &str) -> Result<Arc<[Fact]>, AppError>;

/// A theme's facts of the months released so far, each month as it was released; `back` releases before the last one.
fn released(theme: &str, releases: &Releases, back: usize, frozen: Frozen<'_>) -> Result<Vec<Fact>, AppError> {
    let mut versions: BTreeMap<i64, BTreeSet<Month>> = BTreeMap::new();
    for (month, version) in releases.versions(theme, back) {
        versions.entry(version).or_default().insert(month);
    }
    let mut out = Vec::new();
    for (version, months) in versions {
        let facts = frozen(version, theme)?;
        out.extend(facts.iter().filter(|f| f.when.month().is_some_and(|m| months.contains(&m))).cloned());
    }
    Ok(out)
}

impl Veil {
    pub(super) fn grant(&self, theme: &str) -> Option<Grant> {
        self.grants.get(theme).copied()
    }

    pub(super) fn role(&self) -> Role {
        self.role
    }

    fn of(&self, set: &SetId, theme: &str) -> Option<&Disclosed> {
        self.told.get(&(set.clone(), theme.to_owned()))
    }

    /// First and last month that anything is told of.
    pub(super) fn months(&self, theme: &str, source: &str) -> Option<(Month, Month)> {
        let sets = self.told.iter().filter(|((_, t), _)| t == theme);
        sets.filter_map(|(_, d)| d.months(source)).reduce(|(a, b), (c, d)| (a.min(c), b.max(d)))
    }

    pub(super) fn has_figures(&self, theme: &str) -> bool {
        self.told.iter().any(|((_, t), d)| t == theme && !d.sources().is_empty())
    }

    pub(super) fn sources(&self) -> BTreeSet<Arc<str>> {
        self.told.values().flat_map(Disclosed::sources).collect()
    }
}

impl Snapshot {
    /// The snapshot that a role sees.
    pub(super) fn seen_by(
        &self,
        role: Role,
        policy: &Policy,
        secret: Option<&MaskSecret>,
        frozen: Frozen<'_>,
    ) -> Result<Self, AppError> {
        let releases = self.releases();
        let grants: BTreeMap<String, Grant> =
            self.themes.keys().filter_map(|t| Some((t.clone(), policy.grant(role, t)?))).collect();
        let mut facts = BTreeMap::new();
        for (id, grant) in &grants {
            let shown = match grant {
                // Of a population no month is released.
                Grant::All if id == "population" => self.facts(id).to_vec(),
                Grant::All => released(id, releases, 0, frozen)?,
                Grant::Classes => {
                    let theme = self.theme(id)?;
                    released(id, releases, 0, frozen)?.into_iter().map(|f| classed(theme, f)).collect()
                }
                Grant::Counts { .. } => Vec::new(),
            };
            facts.insert(id.clone(), shown);
        }
        let veil = Veil { role, grants: grants.clone(), told: BTreeMap::new() };
        let mut view = self.with_facts(facts, veil)?;
        for (id, grant) in grants {
            let Grant::Counts { finest, breakdown, points } = grant else { continue };
            let rule = Disclosure { least: policy.least, finest, breakdown };
            let mut before: BTreeMap<SetId, Disclosed> = BTreeMap::new();
            let mut last = Vec::new();
            for back in (0..=releases.most_times(&id)).rev() {
                let facts = released(&id, releases, back, frozen)?;
                before = view.disclose(&id, rule, &facts, &before)?;
                last = facts;
            }
            if points != Points::None {
                let mask = Mask { points, secret };
                let made = before.iter().map(|(set, told)| view.generalised(&id, set, told, (mask, &last)));
                let made = made.collect::<Result<Vec<_>, _>>()?;
                view.add_facts(&id, made.into_iter().flatten().collect());
            }
            view.tell(&id, before);
        }
        Ok(view)
    }

    /// What may be told of a theme's facts on each set.
    fn disclose(
        &self,
        theme_id: &str,
        rule: Disclosure,
        facts: &[Fact],
        before: &BTreeMap<SetId, Disclosed>,
    ) -> Result<BTreeMap<SetId, Disclosed>, AppError> {
        let theme = self.theme(theme_id)?;
        let mut out = BTreeMap::new();
        for set in self.sets() {
            let id = &set.info.id;
            let cubes: Vec<(Arc<str>, Cube)> = theme
                .measures
                .iter()
                .map(|m| (m.id.as_str().into(), Cube::build(set, theme, m, facts.iter())))
                .collect();
            let mut sources: BTreeSet<Arc<str>> = facts.iter().map(|f| f.source.clone()).collect();
            // Whoever said what was covered reported nothing where there is no fact.
            sources.extend(self.facts("coverage").iter().map(|f| f.source.clone()));
            let mut months = Vec::new();
            for source in sources {
                let stream = theme.measures.first().map(|m| m.stream.clone()).unwrap_or_default();
                let coverage = self.coverage(id, &stream, &source)?;
                for month in self.releases().months(theme_id) {
                    let here = |f: &&Fact| f.when.month() == Some(month) && f.source == source && f.place.set == *id;
                    let covered = coverage.months().is_some_and(|(a, b)| a <= month && month <= b);
                    if covered || facts.iter().any(|f| here(&f)) {
                        months.push((source.clone(), month, coverage.clone()));
                    }
                }
            }
            if months.is_empty() {
                continue;
            }
            let zones: Vec<Members> = self.zones.iter().map(|z| self.zone_members(z, set)).collect();
            let from = DisclosureSources {
                set,
                cubes: cubes.iter().map(|(m, cube)| (m.clone(), cube)).collect(),
                zones: &zones,
                now: self.now(),
            };
            out.insert(id.clone(), Disclosed::build(&from, rule, &months, before.get(id)));
        }
        Ok(out)
    }

    /// One fact a counted report, where the mask puts it, of the communes whose number is told. It says when and where, nothing else.
    fn generalised(
        &self,
        theme_id: &str,
        set_id: &SetId,
        told: &Disclosed,
        (mask, facts): (Mask<'_>, &[Fact]),
    ) -> Result<Vec<Fact>, AppError> {
        let (theme, set) = (self.theme(theme_id)?, self.set(set_id)?);
        let Some(measure) = theme.measures.iter().find(|m| m.distinct.is_some()) else { return Ok(Vec::new()) };
        let reports = reports(set_id, measure, facts);
        let mut out = Vec::new();
        for source in told.sources() {
            let coverage = self.coverage(set_id, &measure.stream, &source)?;
            for month in self.releases().months(theme_id) {
                let slice = Slice {
                    level: Level::Commune,
                    period: Period::month(month),
                    source: &source,
                    basis: Basis::Documented,
                    now: self.now(),
                };
                let Some(table) = told.table(&measure.id, set, &coverage, &slice) else { continue };
                for (unit, cell) in set.units(Level::Commune).iter().zip(&table.cells) {
                    let here = reports.get(&(source.clone(), month, unit.pcode.clone()));
                    let mut points: Vec<Told> = (0..cell.reading.number().unwrap_or(0))
                        .map(|n| {
                            let fact = usize::try_from(n).ok().and_then(|n| here?.get(n).copied());
                            mask.point(set, unit, month, fact)
                        })
                        .collect();
                    // By place, not in the order in which they were reported.
                    points.sort_by(|(a, _), (b, _)| a.lon().total_cmp(&b.lon()).then(a.lat().total_cmp(&b.lat())));
                    for (n, (point, masking)) in points.into_iter().enumerate() {
                        let mut attrs = Attrs::default();
                        attrs.insert(MASKING.into(), Attr::Text(masking.into()));
                        out.push(Fact {
                            theme: theme_id.into(),
                            id: format!("{}.{month}.{n}", unit.pcode).into(),
                            source: source.clone(),
                            when: When::Month(month),
                            place: Place {
                                set: set_id.clone(),
                                units: set.chain(unit),
                                matched: Match::Pcode,
                                point: Some(point),
                                stated: <[_; 4]>::default(),
                                axis: None,
                            },
                            attrs,
                            synthetic: self.synthetic,
                        });
                    }
                }
            }
        }
        Ok(out)
    }

    /// A measure at one level in a period, as far as it is told here.
    pub(super) fn table(
        &self,
        set: &BoundarySet,
        (theme, measure): (&str, &str),
        slice: &Slice<'_>,
    ) -> Result<Table, AppError> {
        let id = &set.info.id;
        let (t, m) = self.theme_measure(theme, measure)?;
        let coverage = self.coverage(id, &m.stream, slice.source)?;
        match self.veil().map(|v| (v, v.grant(theme))) {
            None | Some((_, Some(Grant::All))) => Ok(self.cube(id, theme, measure)?.table(set, &coverage, slice)),
            Some((veil, Some(Grant::Counts { .. }))) => {
                let told = veil.of(id, theme).and_then(|d| d.table(measure, set, &coverage, slice));
                // Nothing was released on this set: the empty cube says which absence each unit is.
                Ok(told.unwrap_or_else(|| Cube::build(set, t, m, std::iter::empty()).table(set, &coverage, slice)))
            }
            Some((_, Some(Grant::Classes) | None)) => {
                Err(AppError::NotFound(format!("no figures of theme {theme} at this level of access")))
            }
        }
    }

    /// A measure in a zone: inside, known too coarsely, in all; none where it is not told.
    pub(super) fn zone_sums(
        &self,
        set: &BoundarySet,
        (theme, measure): (&str, &str),
        zone: &crate::indicators::Zone,
        slice: &Slice<'_>,
    ) -> Result<[Option<u64>; 3], AppError> {
        if let Some(veil) = self.veil().filter(|v| !matches!(v.grant(theme), Some(Grant::All))) {
            // The sums were decided in the snapshot's own order.
            let at = self.zones.iter().position(|z| z.id == zone.id);
            let told = veil.of(&set.info.id, theme).zip(at);
            return Ok(told.map_or([None; 3], |(told, at)| told.zone(measure, at, slice)));
        }
        let cube = self.cube(&set.info.id, theme, measure)?;
        let (inside, unclear, total) = cube.inside(set, slice, &self.zone_members(zone, set));
        Ok([Some(inside), Some(unclear), Some(total)])
    }

    /// Takes in what may be told of a theme.
    fn tell(&mut self, theme: &str, told: BTreeMap<SetId, Disclosed>) {
        if let Some(veil) = self.veil_mut() {
            veil.told.extend(told.into_iter().map(|(set, d)| ((set, theme.to_owned()), d)));
        }
    }
}

/// Source, month and commune.
type Spot = (Arc<str>, Month, Arc<str>);

/// Counted reports, each by the first of its facts that has a point.
type Reports<'a> = BTreeMap<Spot, Vec<&'a Fact>>;

fn reports<'a>(set: &SetId, measure: &Measure, facts: &'a [Fact]) -> Reports<'a> {
    let mut events: BTreeMap<Spot, BTreeMap<Arc<str>, &Fact>> = BTreeMap::new();
    for fact in facts.iter().filter(|f| f.place.set == *set && f.is_documented()) {
        let (Some(month), Some(commune)) = (fact.when.month(), fact.place.unit(Level::Commune)) else { continue };
        let named = measure.distinct.as_ref().and_then(|c| fact.attr(c)?.text());
        let event = named.map_or_else(|| fact.id.clone(), Arc::from);
        let here = events.entry((fact.source.clone(), month, commune.clone())).or_default();
        here.entry(event)
            .and_modify(|f| {
                if f.place.point.is_none() {
                    *f = fact;
                }
            })
            .or_insert(fact);
    }
    events.into_iter().map(|(place, by_event)| (place, by_event.into_values().collect())).collect()
}

/// A fact whose score is the lowest of its level: what is made from it can tell the level and no more.
fn classed(theme: &Theme, mut fact: Fact) -> Fact {
    let score = fact.attr("score").and_then(Attr::int);
    let level = score.and_then(|s| theme.threshold(s)).map(|t| t.level);
    let lowest =
        level.and_then(|l| (0..=i64::from(u16::MAX)).find(|s| theme.threshold(*s).map(|t| t.level) == Some(l)));
    fact.attrs = Attrs::default();
    (fact.place.point, fact.place.stated, fact.place.axis) = (None, <[_; 4]>::default(), None);
    if let Some(score) = lowest {
        fact.attrs.insert("score".into(), Attr::Int(score));
    }
    fact
}
