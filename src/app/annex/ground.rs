//! What every annex needs of a set and a snapshot: the units, the zone, the words around, the coverage under the symbols.

use super::words::{day_text, period_text};
use super::{AnnexError, AnnexRequest};
use crate::app::Service;
use crate::app::layers::{Asked, DEFAULT_SOURCE};
use crate::boundaries::{BoundarySet, Unit};
use crate::domain::{GeometryKind, Lang, Level, Period, Reading};
use crate::indicators::{Basis, Cell};
use crate::render::{Area, BaseMap, Context, Covered, Notes, Zone};

/// The zone outlined on the maps: the one official definition of the Liptako-Gourma.
const OUTLINED_ZONE: &str = "ALG";

/// A request settled against a snapshot.
pub(super) struct Setting<'a> {
    pub service: &'a Service,
    pub request: &'a AnnexRequest,
    pub set: &'a BoundarySet,
    pub source: &'a str,
}

impl<'a> Setting<'a> {
    pub fn new(service: &'a Service, request: &'a AnnexRequest) -> Result<Self, AnnexError> {
        let snapshot = service.snapshot();
        let set = snapshot.set(request.set.as_ref().unwrap_or(&snapshot.default_set))?;
        let source = request.source.as_deref().unwrap_or(DEFAULT_SOURCE);
        Ok(Self { service, request, set, source })
    }

    pub fn lang(&self) -> Lang {
        self.request.lang
    }

    /// The question as the layers take it, for a period.
    pub fn asked(&self, period: Period) -> Asked<'a> {
        Asked {
            period,
            source: self.source,
            basis: Basis::Documented,
            lang: self.request.lang,
            open: self.service.snapshot().is_whole(),
            release: self.service.snapshot().release_of("incidents", period),
        }
    }

    /// The level that fills the maps' units of level 2: of a set without, its only one.
    pub fn middle(&self) -> Level {
        self.set.finest().min(Level::Cercle)
    }

    /// The units, the sheet and the words around; `period` is what the title says, `measure` what is counted. The page is provisional
    /// where its own theme is: the index of a month may be released while its incidents are not.
    pub fn base(&self, period: Period, (theme, measure): (&str, &str), units_covered: Option<u32>) -> BaseMap<'a> {
        let snapshot = self.service.snapshot();
        let (set, lang) = (self.set, self.lang());
        let created = self.request.date.or_else(|| snapshot.created.get(..10).and_then(|d| d.parse().ok()));
        let created = created.map(|d| (i32::from(d.year()), d.month().unsigned_abs(), d.day().unsigned_abs()));
        let finest = set.finest();
        BaseMap {
            key: format!("{} {}", set.info.id, snapshot.version),
            lang,
            sheet: self.request.sheet,
            regions: areas(set, Level::Region, Level::Region),
            cercles: areas(set, self.middle(), Level::Region),
            communes: areas(set, finest, self.middle()),
            // The page says « unknown » where the whole ground is.
            units_covered: units_covered.unwrap_or(0),
            units_total: u32::try_from(set.units(finest).len()).unwrap_or(u32::MAX),
            zone: self.zone(),
            context: Context::shipped(),
            notes: Notes {
                country: country(set, lang),
                iso3: set.info.country.clone(),
                period: period_text(period, lang),
                year: period.last().year(),
                measure: measure.to_owned(),
                sources: sources(self.source, lang),
                set_title: lang.pick(&set.info.title_fr, &set.info.title_en).clone(),
                created,
                created_text: created.map_or_else(|| "–".to_owned(), |d| day_text(d, lang)),
                version: Some(snapshot.version),
                synthetic: snapshot.synthetic,
                schematic: set.info.geometry == GeometryKind::Schematic,
                provisional: snapshot.release_of(theme, period) != "released",
                page: self.request.page,
            },
        }
    }

    fn zone(&self) -> Option<Zone> {
        let snapshot = self.service.snapshot();
        let zone = snapshot.zones.iter().find(|z| z.id == OUTLINED_ZONE)?;
        let listed = snapshot.zone_members(zone, self.set);
        if listed.is_empty() {
            return None;
        }
        let codes: std::collections::BTreeSet<(Level, &str)> =
            listed.iter().map(|(l, k)| (*l, self.set.units(*l)[*k].pcode.as_ref())).collect();
        let member = |unit: &Unit| {
            let chain = self.set.chain(unit);
            Level::ALL.iter().any(|l| chain[l.index()].as_deref().is_some_and(|code| codes.contains(&(*l, code))))
        };
        let members = self.set.units(self.set.finest()).iter().map(member).collect();
        let title = self.lang().pick(&zone.title_fr, &zone.title_en);
        // A zone across countries is drawn as far as this set goes, and says so.
        let here = &zone.units.iter().find(|u| self.set.position(u.level, &u.pcode).is_some())?.set;
        let title = if zone.units.iter().any(|u| u.set != *here) {
            let country = country(self.set, self.lang());
            format!("{title}, {}", self.lang().pick(format!("partie\u{a0}: {country}"), format!("part: {country}")))
        } else {
            title.clone()
        };
        Some(Zone { title, members })
    }

    /// What the ground of a map shows: the coverage of the finest units, and whether they reported.
    pub fn covered(cells: &[Cell]) -> Vec<Covered> {
        cells.iter().map(covered).collect()
    }
}

/// The units of a level, each with the position of the unit above it at level `above`; a level above itself is its own.
pub(in crate::app) fn areas<'a>(set: &'a BoundarySet, level: Level, above: Level) -> Vec<Area<'a>> {
    let parent = |k: usize, unit: &Unit| {
        if level == above {
            return k;
        }
        set.chain(unit)[above.index()].as_deref().and_then(|code| set.position(above, code)).unwrap_or(0)
    };
    let area = |(k, unit): (usize, &'a Unit)| Area {
        name: &unit.name,
        shape: &unit.shape,
        label: unit.label,
        parent: parent(k, unit),
    };
    set.units(level).iter().enumerate().map(area).collect()
}

/// The ground shows coverage: a report alone does not say that its commune was covered.
fn covered(cell: &Cell) -> Covered {
    let nobody_said =
        cell.reading.number().is_some() && cell.months_covered.unwrap_or(0) == 0 && !cell.outside_coverage;
    let status = if nobody_said { Reading::Unknown.word() } else { cell.reading.word() };
    Covered { status, outside_coverage: cell.outside_coverage }
}

/// The country of a set, as titles name it.
pub(in crate::app) fn country(set: &BoundarySet, lang: Lang) -> String {
    Context::shipped().countries.iter().find(|c| c.iso3 == set.info.country).map_or_else(
        || lang.pick(&set.info.title_fr, &set.info.title_en).clone(),
        |c| lang.pick(&c.name_fr, &c.name_en).clone(),
    )
}

fn sources(source: &str, lang: Lang) -> String {
    match source {
        DEFAULT_SOURCE => lang
            .pick("monitoring de protection, Cluster Protection Mali", "protection monitoring, Protection Cluster Mali")
            .into(),
        other => other.to_owned(),
    }
}
