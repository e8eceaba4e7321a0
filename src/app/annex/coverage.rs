//! Annex 5: « Couverture des zones par le monitoring », of the year up to the period's last month.

use super::ground::Setting;
use super::{AnnexError, AnnexRequest};
use crate::app::layers::coverage_class;
use crate::app::{AppError, Service};
use crate::domain::{Level, Month, Period, Reading};
use crate::indicators::{CoverageOf, Seen};
use crate::render::{Cell, ChoroplethMap, ClassSymbol, Filled, Page, SideTable, choropleth_page};
use crate::style::{grouped, percent};

/// The months of a year up to the last of a period.
pub(super) fn year_to(period: Period) -> Period {
    let last = period.last();
    Month::new(last.year(), 1).and_then(|first| Period::new(first, last)).unwrap_or(period)
}

pub(super) fn page(service: &Service, request: &AnnexRequest) -> Result<Page, AnnexError> {
    let here = Setting::new(service, request)?;
    let period = year_to(request.period);
    let level = here.set.finest();
    let of = |stream| -> Result<Vec<CoverageOf>, AppError> {
        Ok(service.snapshot().coverage(&here.set.info.id, stream, here.source)?.summary(here.set, level, period))
    };
    let (incidents, index) = (of("incidents")?, of("index")?);
    let elapsed = period.first() <= service.snapshot().now();
    let cells: Vec<Cell> = incidents.iter().zip(&index).map(|(a, b)| cell(a, b, period.len() > 1, elapsed)).collect();
    let monitored = cells.iter().filter(|c| c.class.is_some()).count();
    let base = here.base(period, ("coverage", ""), u32::try_from(monitored).ok());
    let style = service.kit().styles.for_year("coverage-communes", base.notes.year);
    let style = style.ok_or_else(|| AppError::Fault("no style coverage-communes".into()))?;
    let say = service.kit().words(here.lang())?;
    let map = ChoroplethMap {
        key: "annex5",
        template: "annex5.typ",
        filled: Filled::Communes,
        classes: ClassSymbol::of(style, here.lang()),
        headline: None,
        always: &["not_covered"],
        lines: vec![say.say("annex5_months", &[("n", &period.len().to_string())])],
        table: Some(SideTable {
            title: say.say("annex5_table", &[]),
            note: say.say("annex5_table_note", &[]),
            rows: by_region(&here, &cells, &base),
        }),
        coverage_known: incidents.iter().chain(&index).any(|c| c.best.is_some()),
        cells,
        base,
    };
    Ok(choropleth_page(&map, service.kit())?)
}

fn cell(incidents: &CoverageOf, index: &CoverageOf, count_months: bool, elapsed: bool) -> Cell {
    let class = coverage_class(incidents, index);
    let months = incidents.months_covered.max(index.months_covered);
    let status = match incidents.best.max(index.best) {
        Some(Seen::Reported | Seen::NoReport) => "value",
        Some(Seen::NotCovered) => Reading::NotCovered.word(),
        None if elapsed => Reading::Unknown.word(),
        None => Reading::NotYetElapsed.word(),
    };
    let mark = if count_months && class.is_some() { months.unwrap_or(0).to_string() } else { String::new() };
    Cell { class, status, outside_coverage: false, mark }
}

/// Each region's communes monitored, of how many, and the share.
fn by_region(here: &Setting, cells: &[Cell], base: &crate::render::BaseMap) -> Vec<[String; 3]> {
    let lang = here.lang();
    let mut counts = vec![(0_u64, 0_u64); base.regions.len()];
    for (commune, cell) in base.communes.iter().zip(cells) {
        let Some(count) = base.cercles.get(commune.parent).and_then(|c| counts.get_mut(c.parent)) else { continue };
        count.0 += u64::from(cell.class.is_some());
        count.1 += 1;
    }
    let names = here.set.units(Level::Region).iter().map(|r| r.name.to_string());
    names
        .zip(counts)
        .map(|(name, (n, of))| {
            [name, format!("{}\u{a0}/\u{a0}{}", grouped(n, lang), grouped(of, lang)), percent(n, of, lang)]
        })
        .collect()
}
