//! Annex 3: « Carte de l’indice de risque ».

use super::ground::Setting;
use super::{AnnexError, AnnexRequest};
use crate::app::{AppError, Service};
use crate::domain::{Lang, Level, Month, Period, Theme};
use crate::render::{Cell, ChoroplethMap, ClassSymbol, Filled, Kit, Page, choropleth_page};

/// A set's risk levels over a period, by finest unit.
pub(super) struct Levels {
    /// The latest score of each unit in the period, with its class and level digit; else which absence it is.
    pub cells: Vec<Cell>,
    /// Scores known to no finest unit.
    pub non_located: u64,
    /// Finest units covered by the index.
    pub units_covered: Option<u32>,
    /// Whether anybody said anything of the coverage.
    pub known: bool,
}

pub(super) fn page(service: &Service, request: &AnnexRequest) -> Result<Page, AnnexError> {
    let here = Setting::new(service, request)?;
    let levels = levels(&here, request.period)?;
    let theme = service.snapshot().theme("risk")?;
    let base = here.base(request.period, ("risk", ""), levels.units_covered);
    let grave = levels.cells.iter().filter(|c| c.class.is_some_and(|k| k >= 3)).count() as u64;
    let classed = levels.cells.iter().filter(|c| c.class.is_some()).count() as u64;
    let say = service.kit().words(here.lang())?;
    let n = |x: u64| crate::style::grouped(x, here.lang());
    let share = crate::style::percent(grave, classed, here.lang());
    let mut lines = vec![say.say("annex3_counts", &[("n", &n(grave)), ("share", &share)])];
    if levels.non_located > 0 {
        lines.push(say.say("annex3_nowhere", &[("n", &n(levels.non_located))]));
    }
    let map = ChoroplethMap {
        key: "annex3",
        template: "annex3.typ",
        filled: Filled::Communes,
        cells: levels.cells,
        classes: classes(service.kit(), theme, base.notes.year, here.lang())?,
        headline: None,
        always: &["covered_no_report", "not_covered"],
        lines,
        table: None,
        coverage_known: levels.known,
        base,
    };
    Ok(choropleth_page(&map, service.kit())?)
}

/// The levels of the index with the report's texts.
pub(super) fn classes(kit: &Kit, theme: &Theme, year: i16, lang: Lang) -> Result<Vec<ClassSymbol>, AppError> {
    let style =
        kit.styles.for_year("risk-communes", year).ok_or_else(|| AppError::Fault("no style risk-communes".into()))?;
    let mut classes = ClassSymbol::of(style, lang);
    for class in &mut classes {
        let threshold = theme.thresholds.iter().find(|t| t.level == class.number);
        class.text = threshold.map(|t| lang.pick(t.text_fr.clone(), t.text_en.clone())).unwrap_or_default();
    }
    Ok(classes)
}

/// The levels of a period.
pub(super) fn levels(here: &Setting, period: Period) -> Result<Levels, AppError> {
    let service = here.service;
    let level = here.set.finest();
    let theme = service.snapshot().theme("risk")?;
    let coverage = service.snapshot().coverage(&here.set.info.id, "index", here.source)?;
    let seen = coverage.summary(here.set, level, period);
    let asked = here.asked(period);
    let scores: Vec<Option<(Month, i64)>> = service.latest_scores(here.set, level, &asked);
    let cells = scores.iter().zip(&seen).map(|(score, seen)| {
        let class = score.and_then(|(_, s)| theme.threshold(s)).map(|t| t.level);
        match class {
            Some(class) => Cell {
                class: Some(class),
                status: "value",
                outside_coverage: seen.best == Some(crate::indicators::Seen::NotCovered),
                mark: class.to_string(),
            },
            None => Cell { status: service.absence(seen, &asked).word(), ..Cell::default() },
        }
    });
    let cells: Vec<Cell> = cells.collect();
    let non_located = non_located(here, period, level);
    Ok(Levels {
        known: seen.iter().any(|s| s.best.is_some()),
        cells,
        non_located,
        units_covered: coverage.units_covered(period),
    })
}

fn non_located(here: &Setting, period: Period, level: Level) -> u64 {
    let facts = here.service.snapshot().facts("risk").iter();
    let here_and_then = facts.filter(|f| {
        f.place.set == here.set.info.id
            && *f.source == *here.source
            && f.when.month().is_some_and(|m| period.contains(m))
            && f.place.unit(level).is_none()
    });
    here_and_then.count() as u64
}
