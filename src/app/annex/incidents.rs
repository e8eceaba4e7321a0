//! Annex 1: « Carte des incidents de protection ».

use super::ground::Setting;
use super::{AnnexError, AnnexRequest};
use crate::app::{AppError, Service};
use crate::domain::{Lang, Level, Reading};
use crate::indicators::{Cell, Table};
use crate::render::{Area, Category, Count, IncidentMap, Page, incident_page};

/// A rate is told only where a count is at least this: below, chance outweighs what it says.
const LEAST_FOR_RATE: u64 = 20;

/// What the page counts, with a capital.
pub(super) fn measure(lang: Lang) -> &'static str {
    lang.pick(
        "Violations documentées (une victime × un type de violation)",
        "Documented violations (one victim × one type of violation)",
    )
}

pub(super) fn page(service: &Service, request: &AnnexRequest) -> Result<Page, AnnexError> {
    let here = Setting::new(service, request)?;
    let asked = here.asked(request.period);
    let table = |level| service.measure_table(here.set, ("incidents", "violations"), level, &asked);
    let (regions, cercles, communes) = (table(Level::Region)?, table(here.middle())?, table(here.set.finest())?);
    let base = here.base(request.period, ("incidents", measure(here.lang())), communes.units_covered);
    let mut counts: Vec<Count> = cercles.cells.iter().map(count).collect();
    if request.rates {
        let populations = service.snapshot().populations(&here.set.info.id)?;
        let year = request.period.last().year();
        for (unit, count) in here.set.units(here.middle()).iter().zip(&mut counts) {
            let people = populations.of(here.set, here.middle(), &unit.pcode, year);
            let told = count.number.filter(|n| *n >= LEAST_FOR_RATE).zip(people);
            count.rate = told.map(|(n, people)| n as f64 * 100_000.0 / people as f64);
        }
        if counts.iter().all(|c| c.rate.is_none()) {
            return Err(no_rates(&here).into());
        }
    }
    let map = IncidentMap {
        region_only: region_only(&regions.cells, &base.cercles, &counts),
        covered: Setting::covered(&communes.cells),
        counts,
        nowhere: regions.non_located,
        total: cercles.total,
        categories: categories(&here, &cercles)?,
        rates: request.rates,
        base,
    };
    Ok(incident_page(&map, service.kit())?)
}

fn no_rates(here: &Setting) -> AppError {
    AppError::BadRequest(here.lang().pick(
        format!("aucun taux à montrer : il faut une population importée (vigie import population) et au moins {LEAST_FOR_RATE} violations dans un cercle"),
        format!("no rate to show: it takes an imported population (vigie import population) and at least {LEAST_FOR_RATE} violations in a cercle"),
    ))
}

/// The categories with their totals. Withheld below region, they are not told at all on this page, which is by cercle.
fn categories(here: &Setting, cercles: &Table) -> Result<Vec<Category>, AppError> {
    if !here.asked(cercles.period).open {
        return Ok(Vec::new());
    }
    let theme = here.service.snapshot().theme("incidents")?;
    let label = |code: &str| {
        let term = theme.terms("category").iter().find(|t| t.code == code);
        term.map_or_else(|| code.to_owned(), |t| here.lang().pick(t.fr.clone(), t.en.clone()))
    };
    let totals = cercles.terms.iter().zip(&cercles.total_by);
    Ok(totals
        .filter_map(|(letter, total)| {
            Some(Category { letter: letter.to_string(), label: label(letter), total: (*total)? })
        })
        .collect())
}

fn count(cell: &Cell) -> Count {
    let number = match cell.reading {
        Reading::Value(n) => Some(n),
        _ => None,
    };
    Count {
        number,
        status: cell.reading.word(),
        outside_coverage: cell.outside_coverage,
        by: cell.by.clone(),
        rate: None,
    }
}

/// What each region counts beyond its cercles. Where a cercle's number is withheld, the difference is too.
fn region_only(regions: &[Cell], cercles: &[Area], counts: &[Count]) -> Vec<u64> {
    let mut rest: Vec<u64> = regions.iter().map(|c| c.reading.number().unwrap_or(0)).collect();
    for (cercle, count) in cercles.iter().zip(counts) {
        if let Some(rest) = rest.get_mut(cercle.parent) {
            *rest = rest.saturating_sub(count.number.unwrap_or(0));
        }
    }
    let withheld = |r: usize| cercles.iter().zip(counts).any(|(c, n)| c.parent == r && n.status == "suppressed");
    rest.into_iter().enumerate().map(|(r, n)| if withheld(r) { 0 } else { n }).collect()
}
