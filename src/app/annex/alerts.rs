//! Annex 2: « Carte des alertes flash ».

use std::collections::BTreeMap;

use super::ground::Setting;
use super::{AnnexError, AnnexRequest};
use crate::app::{AppError, Service};
use crate::boundaries::{BoundarySet, Gazetteer, parse_aliases};
use crate::domain::{Attr, Fact, Level};
use crate::render::{AlertMap, AlertPlace, Flow, KindSymbol, Page, alert_page};
use crate::spatial::LonLat;

/// The kind of alert that moves people.
const MOVEMENT: &str = "population_movement";

pub(super) fn page(service: &Service, request: &AnnexRequest) -> Result<Page, AnnexError> {
    let here = Setting::new(service, request)?;
    let asked = here.asked(request.period);
    let communes = service.measure_table(here.set, ("alerts", "alerts"), here.set.finest(), &asked)?;
    let theme = service.snapshot().theme("alerts")?;
    let style = service.kit().styles.get("alerts").ok_or_else(|| AppError::Fault("no style alerts".into()))?;
    let terms = theme.terms("kinds");
    let codes: Vec<&str> = terms.iter().map(|t| t.code.as_str()).collect();
    let alerts = Alerts::gather(&here, &codes)?;
    let kinds = terms.iter().enumerate().map(|(k, term)| KindSymbol {
        label: here.lang().pick(term.fr.clone(), term.en.clone()),
        colour: style
            .categories
            .iter()
            .find(|c| c.code == term.code)
            .map_or(crate::style::Colour { r: 77, g: 77, b: 77 }, |c| c.colour),
        total: alerts.by.get(k).copied().unwrap_or(0),
    });
    let map = AlertMap {
        base: here.base(request.period, ("alerts", ""), communes.units_covered),
        covered: Setting::covered(&communes.cells),
        kinds: kinds.collect(),
        moving: codes.iter().position(|c| *c == MOVEMENT),
        places: alerts.places,
        flows: alerts.flows,
        total: alerts.total,
        nowhere: alerts.nowhere,
        households: alerts.households,
        households_nowhere: alerts.households_nowhere,
        uncounted: alerts.uncounted,
        undirected: alerts.undirected,
    };
    Ok(alert_page(&map, service.kit())?)
}

/// A unit: its level and position.
type Unit = (Level, usize);

/// The alerts of a period, gathered by place.
#[derive(Default)]
struct Alerts {
    places: Vec<AlertPlace>,
    flows: Vec<Flow>,
    by: Vec<u64>,
    total: u64,
    nowhere: u64,
    households: u64,
    households_nowhere: u64,
    uncounted: u64,
    undirected: u64,
}

impl Alerts {
    fn gather(here: &Setting, codes: &[&str]) -> Result<Self, AppError> {
        let set = here.set;
        let aliases = parse_aliases(crate::app::shipped::ALIASES).map_err(|e| AppError::Fault(e.to_string()))?;
        let gazetteer = Gazetteer::build(set, &aliases);
        let mut out = Self { by: vec![0; codes.len()], ..Self::default() };
        let mut places: BTreeMap<(Level, usize), AlertPlace> = BTreeMap::new();
        let mut flows: BTreeMap<(Unit, Unit), Option<u64>> = BTreeMap::new();
        let facts = here.service.snapshot().facts("alerts").iter().filter(|f| {
            f.place.set == set.info.id
                && *f.source == *here.source
                && f.when.month().is_some_and(|m| here.request.period.contains(m))
        });
        for fact in facts {
            out.total += 1;
            let kinds: Vec<usize> = kinds(fact).filter_map(|k| codes.iter().position(|c| *c == k)).collect();
            let households = fact.attr("households").and_then(Attr::int).and_then(|n| u64::try_from(n).ok());
            let moves = kinds.iter().any(|k| codes[*k] == MOVEMENT);
            out.households += households.unwrap_or(0);
            out.uncounted += u64::from(moves && households.is_none());
            for k in &kinds {
                out.by[*k] += 1;
            }
            let Some(at) = located(set, fact) else {
                out.nowhere += 1;
                out.households_nowhere += households.unwrap_or(0);
                continue;
            };
            let unit = &set.units(at.0)[at.1];
            let place = places.entry(at).or_insert_with(|| AlertPlace {
                name: unit.name.to_string(),
                at: unit.label,
                level: if at.0 == set.finest() { Level::Commune } else { at.0 },
                by: vec![0; codes.len()],
                households: None,
            });
            for k in &kinds {
                place.by[*k] += 1;
            }
            if let Some(n) = households {
                place.households = Some(place.households.unwrap_or(0) + n);
            }
            if moves {
                match destination(set, &gazetteer, fact).filter(|to| *to != at && !holds(set, *to, at)) {
                    Some(to) => {
                        let sum = flows.entry((at, to)).or_default();
                        if let Some(n) = households {
                            *sum = Some(sum.unwrap_or(0) + n);
                        }
                    }
                    None => out.undirected += 1,
                }
            }
        }
        let label = |(level, k): (Level, usize)| -> LonLat { set.units(level)[k].label };
        out.flows = flows
            .into_iter()
            .map(|((from, to), households)| Flow { from: label(from), to: label(to), households })
            .collect();
        out.places = places.into_values().collect();
        Ok(out)
    }
}

fn kinds(fact: &Fact) -> impl Iterator<Item = &str> {
    let (many, one) = match fact.attr("kinds") {
        Some(Attr::Codes(codes)) => (codes.as_slice(), None),
        Some(Attr::Text(code)) => (&[][..], Some(&**code)),
        _ => (&[][..], None),
    };
    many.iter().map(|c| &**c).chain(one)
}

/// The finest unit a fact is known to.
fn located(set: &BoundarySet, fact: &Fact) -> Option<(Level, usize)> {
    let level = fact.place.located()?;
    Some((level, fact.place.unit(level).and_then(|p| set.position(level, p))?))
}

/// Where the people went, where that is known to the cercle at least; what only its name says is looked up in the set.
fn destination(set: &BoundarySet, gazetteer: &Gazetteer, fact: &Fact) -> Option<(Level, usize)> {
    let text = |column| fact.attr(column).and_then(Attr::text).filter(|t| !t.is_empty());
    let (region, cercle, commune) =
        (text("destination_region"), text("destination_cercle"), text("destination_commune"));
    if cercle.is_none() && commune.is_none() {
        return None;
    }
    let found = gazetteer.resolve(region, cercle, commune);
    let unit = Level::ALL.into_iter().rev().find_map(|l| found.units[l.index()].as_deref().map(|p| (l, p)));
    unit.filter(|(l, _)| *l >= Level::Cercle).and_then(|(l, p)| Some((l, set.position(l, p)?)))
}

/// Whether the unit `outer` holds `inner`: a movement to somewhere in its own cercle has no arrow.
fn holds(set: &BoundarySet, outer: (Level, usize), inner: (Level, usize)) -> bool {
    let chain = set.chain(&set.units(inner.0)[inner.1]);
    chain[outer.0.index()].as_deref() == Some(&*set.units(outer.0)[outer.1].pcode)
}
