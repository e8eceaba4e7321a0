//! The quarterly dashboard of risks: totals and arrows against the period before and the same one a year before, risk levels, alerts,
//! the share of the Liptako-Gourma, coverage. Streams stand side by side and are never added up.

use std::collections::BTreeMap;

use super::annex::{AnnexRequest, period_text};
use super::layers::Asked;
use super::liptako::{share_text, shares};
use super::trends::{MEASURE, Scope, TrendsQuery, badges, change, earlier, foot, page_fault, section};
use super::{AppError, Service};
use crate::domain::{Attr, Fact, Lang, Level, Month, Period, Reading};
use crate::formats::grid::{Grid, GridCell, GridColumn, GridRow, MetaLine, absence, change_text};
use crate::formats::{write_tables, write_tidy_csv};
use crate::indicators::{Table, ZoneKind, counted_as, part_of};
use crate::render::{
    Bar, CategoryBar, Dashboard, LevelBar, Page, ShareBar, TableSection, Tile, TileChange, dashboard_page,
};
use crate::style::grouped;

/// Widths of the columns of the regions against each other: label, now, two changes, communes.
const REGION_WEIGHTS: [f64; 5] = [18.5, 12.5, 21.5, 21.5, 17.0];
/// The same of the alerts.
const ALERT_WEIGHTS: [f64; 4] = [34.5, 12.5, 22.0, 22.0];
/// What a month without a number may lack.
const ABSENCES: [&str; 5] = ["covered_no_report", "not_covered", "suppressed", "not_yet_elapsed", "unknown"];
/// Months on the chart of months: the period's last and the year before it.
const MONTHS: i32 = 13;

/// Months under the bars; only these cut at four letters tell June from July.
const SHORT_FR: [&str; 12] =
    ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."];
const SHORT_EN: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec"];

/// The sheet.
pub(super) fn page(service: &Service, request: &AnnexRequest) -> Result<Page, AppError> {
    let query = query(request);
    let board = Board::new(service, request, &query)?;
    dashboard_page(&board.sheet()?, service.kit()).map_err(page_fault)
}

/// Its tables as `xlsx` or `csv`.
pub(super) fn table(service: &Service, request: &AnnexRequest, format: &str) -> Result<Vec<u8>, AppError> {
    let query = query(request);
    let board = Board::new(service, request, &query)?;
    let grids = board.grids()?;
    let meta = board.meta();
    if format == "csv" {
        return write_tidy_csv(&grids, &meta).map_err(|e| AppError::Fault(e.to_string()));
    }
    write_tables(&board.title(), &grids, &meta, board.lang, request.hxl).map_err(|e| AppError::Fault(e.to_string()))
}

fn query(request: &AnnexRequest) -> TrendsQuery {
    TrendsQuery { layer: request.query(request.period), ..TrendsQuery::default() }
}

/// The three periods compared and what is known of them.
struct Board<'a> {
    service: &'a Service,
    request: &'a AnnexRequest,
    scope: Scope<'a>,
    lang: Lang,
    /// Now, the period before, the same one a year before.
    periods: [Period; 3],
    /// Violations by region in each.
    violations: [Table; 3],
}

impl<'a> Board<'a> {
    fn new(service: &'a Service, request: &'a AnnexRequest, query: &'a TrendsQuery) -> Result<Self, AppError> {
        let scope = Scope::new(service, query)?;
        let year = earlier(scope.now, 12)?;
        let periods = [scope.now, scope.before, year];
        let last = scope.table(MEASURE, year)?;
        let violations = [scope.regions_now.clone(), scope.regions_before.clone(), last];
        Ok(Self { service, request, lang: scope.lang, scope, periods, violations })
    }

    /// Where the figures come from; what is counted stands with each, and two periods are compared with.
    fn meta(&self) -> Vec<MetaLine> {
        let mut lines = self.scope.meta();
        lines.retain(|(key, ..)| *key != "counts");
        for line in lines.iter_mut().filter(|(key, ..)| *key == "compared_with") {
            line.2 = format!("{}, {}", self.periods[1], self.periods[2]);
        }
        lines
    }

    /// The page shows three themes, and is as provisional as the one that is least far.
    fn release(&self) -> &'static str {
        let snapshot = self.service.snapshot();
        let shown = |t: &&str| *t == "incidents" || snapshot.facts(t).iter().any(|f| self.has(f));
        let states =
            ["incidents", "alerts", "risk"].into_iter().filter(shown).map(|t| snapshot.release_of(t, self.periods[0]));
        ["draft", "validated"].into_iter().find(|s| states.clone().any(|t| t == *s)).unwrap_or("released")
    }

    fn has(&self, fact: &Fact) -> bool {
        fact.when.month().is_some_and(|m| self.periods[0].contains(m))
    }

    fn title(&self) -> String {
        let period = self.quarter(self.periods[0]);
        self.scope.words.say("dashboard_title", &[("country", &self.scope.country()), ("period", &period)])
    }

    /// « T2 2021 » for a quarter, else the period's own name.
    fn quarter(&self, period: Period) -> String {
        match period.to_string().split_once("-Q") {
            Some((year, q)) => format!("{}{q} {year}", self.lang.pick("T", "Q")),
            None => period_text(period, self.lang),
        }
    }

    fn number(&self, reading: Reading) -> String {
        match reading.number() {
            Some(n) => grouped(n, self.lang),
            None => absence(reading.word(), self.lang).1.to_owned(),
        }
    }

    /// The country's reading of a measure in each of the three periods.
    fn nation(&self, measure: (&str, &str)) -> Result<[Reading; 3], AppError> {
        let mut out = [Reading::Unknown; 3];
        for (reading, period) in out.iter_mut().zip(self.periods) {
            *reading = Scope::national(&self.scope.table(measure, period)?);
        }
        Ok(out)
    }

    fn mark(&self, old: Reading, new: Reading) -> Option<(&'static str, String)> {
        match change(&self.scope, old, new) {
            GridCell::Change(Some(c)) => Some((c.word, c.spoken)),
            _ => None,
        }
    }

    fn tile(&self, label: &str, readings: [Reading; 3]) -> Tile {
        let changes = [1, 2].map(|k| {
            let (old, new) = (readings[k], readings[0]);
            let percent = old.number().zip(new.number()).and_then(|(o, n)| self.scope.formula.percent(o, n));
            let before = match old.number() {
                Some(n) => grouped(n, self.lang),
                None => self.scope.words.say("dashboard_no_figure", &[]),
            };
            let text = percent.map_or(before.clone(), |p| format!("{before} ({})", change_text(p, self.lang)));
            TileChange { label: self.quarter(self.periods[k]), mark: self.mark(old, new), text }
        });
        Tile { label: label.to_owned(), value: self.number(readings[0]), changes: changes.into() }
    }

    fn tiles(&self) -> Result<Vec<Tile>, AppError> {
        let l = self.lang;
        let violations = self.violations.each_ref().map(Scope::national);
        let mut tiles = vec![
            self.tile(l.pick("violations documentées", "documented violations"), violations),
            self.tile(l.pick("incidents", "incidents"), self.nation(("incidents", "incidents"))?),
            self.tile(l.pick("alertes flash", "flash alerts"), self.nation(("alerts", "alerts"))?),
            self.tile(
                l.pick("ménages déplacés (alertes)", "households displaced (alerts)"),
                self.nation(("alerts", "households"))?,
            ),
        ];
        // Communes covered are of each period: a trend of counts is read with them.
        let covered =
            self.violations.each_ref().map(|t| t.units_covered.map_or(Reading::Unknown, |n| counted_as(u64::from(n))));
        let total = grouped(u64::from(self.violations[0].units_total), l);
        let label = l.pick(format!("communes couvertes (sur {total})"), format!("communes covered (of {total})"));
        tiles.push(self.tile(&label, covered));
        Ok(tiles)
    }

    fn months(&self) -> Result<Vec<Bar>, AppError> {
        let last = self.periods[0].last();
        let month = |k: i32| last.plus(k - MONTHS + 1);
        let bar = |m: Month| -> Result<Bar, AppError> {
            let reading = Scope::national(&self.scope.table(MEASURE, Period::month(m))?);
            let short = self.lang.pick(SHORT_FR, SHORT_EN)[usize::from(m.month().clamp(1, 12)) - 1];
            Ok(Bar {
                label: if m.month() == 1 || m == month(0) { format!("{short} {}", m.year()) } else { short.to_owned() },
                value: reading.number(),
                text: reading
                    .number()
                    .map_or_else(|| absence(reading.word(), self.lang).0.to_owned(), |n| grouped(n, self.lang)),
                now: self.periods[0].contains(m),
            })
        };
        (0..MONTHS).map(month).filter(|m| Month::new(m.year(), m.month()).is_some()).map(bar).collect()
    }

    fn categories(&self) -> Vec<CategoryBar> {
        let [new, old, _] = &self.violations;
        let reading = Scope::national_by;
        let bar = |term: &crate::domain::Term| {
            let k = new.terms.iter().position(|t| **t == *term.code)?;
            let (n, o) = (reading(new, k), reading(old, k));
            Some(CategoryBar {
                label: format!("{} {}", term.code, self.scope.label(term)),
                counts: (n.number(), o.number()),
                text: GridCell::count(n).printed(self.lang),
                mark: self.mark(o, n),
            })
        };
        self.scope.categories(false).into_iter().filter_map(bar).collect()
    }

    /// Communes at levels 1 to 4 by their latest score in a period.
    fn levels(&self, period: Period) -> Result<[u64; 4], AppError> {
        let theme = self.service.snapshot().theme("risk")?;
        let asked = Asked { period, ..self.scope.asked };
        let mut counts = [0_u64; 4];
        for (_, score) in
            self.service.latest_scores(self.scope.set, self.scope.set.finest(), &asked).into_iter().flatten()
        {
            if let Some(k @ 1..=4) = theme.threshold(score).map(|t| usize::from(t.level)) {
                counts[k - 1] += 1;
            }
        }
        Ok(counts)
    }

    fn risk(&self) -> Result<Vec<LevelBar>, AppError> {
        let bar = |period: Period| {
            let counts = self.levels(period)?;
            let total: u64 = counts.iter().sum();
            let text = if total > 0 { grouped(total, self.lang) } else { "–".to_owned() };
            Ok(LevelBar { label: self.quarter(period), counts, text })
        };
        self.periods.into_iter().map(bar).collect()
    }

    /// Alerts by kind in each period, and movements that say no number of households.
    fn alerts(&self) -> Result<(Grid, u64), AppError> {
        let l = self.lang;
        let snapshot = self.service.snapshot();
        let theme = snapshot.theme("alerts")?;
        let whole = self.nation(("alerts", "alerts"))?;
        let mut silent = 0;
        let mut counts: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
        for fact in snapshot.facts("alerts") {
            if fact.place.set != self.scope.set.info.id || *fact.source != *self.scope.asked.source {
                continue;
            }
            let Some(month) = fact.when.month() else { continue };
            let Some(Attr::Codes(kinds)) = fact.attr("kinds") else { continue };
            for (k, period) in self.periods.iter().enumerate().filter(|(_, p)| p.contains(month)) {
                let moved = kinds.iter().any(|c| **c == *"population_movement");
                silent += u64::from(k == 0 && moved && period.contains(month) && fact.attr("households").is_none());
                for kind in kinds {
                    counts.entry(kind).or_default()[k] += 1;
                }
            }
        }
        let line = |code: &str, label: String, readings: [Reading; 3], total: bool| GridRow {
            code: code.to_owned(),
            label,
            cells: vec![
                GridCell::count(readings[0]),
                change(&self.scope, readings[1], readings[0]),
                change(&self.scope, readings[2], readings[0]),
            ],
            total,
        };
        let mut rows: Vec<GridRow> = theme
            .terms("kinds")
            .iter()
            .map(|t| {
                let own = counts.get(t.code.as_str()).copied().unwrap_or_default();
                let readings = [0, 1, 2].map(|k| part_of(whole[k], own[k]));
                line(&t.code, l.pick(&t.fr, if t.en.is_empty() { &t.fr } else { &t.en }).clone(), readings, false)
            })
            .collect();
        rows.push(line("alerts", l.pick("Alertes", "Alerts").to_owned(), whole, true));
        let households = self.nation(("alerts", "households"))?;
        rows.push(line("households", l.pick("Ménages déplacés", "Households displaced").to_owned(), households, false));
        let notes = vec![self.scope.words.say("dashboard_alerts_note", &[("n", &grouped(silent, l))])];
        Ok((
            self.compared(
                "alerts",
                self.scope.words.say("dashboard_alerts", &[]),
                l.pick("Genre", "Kind"),
                rows,
                notes,
            ),
            silent,
        ))
    }

    /// A table of now and the two changes.
    fn compared(&self, id: &'static str, title: String, corner: &str, rows: Vec<GridRow>, notes: Vec<String>) -> Grid {
        let against = |k: usize| format!("/ {}", self.quarter(self.periods[k]));
        Grid {
            id,
            title,
            unit: if id == "alerts" { self.lang.pick("alertes", "alerts").to_owned() } else { "violations".to_owned() },
            corner: corner.to_owned(),
            columns: vec![
                GridColumn::new("now", self.quarter(self.periods[0])),
                GridColumn::new("against_before", against(1)),
                GridColumn::new("against_year", against(2)),
            ],
            rows,
            notes,
        }
    }

    fn regions(&self) -> Grid {
        let l = self.lang;
        let units = self.scope.set.units(Level::Region);
        let [new, old, year] = &self.violations;
        let known = |k: &usize| self.violations.iter().any(|t| t.cells[*k].reading.number().is_some());
        let mut rows: Vec<GridRow> = (0..units.len())
            .filter(known)
            .map(|k| {
                let [n, o, y] = [new, old, year].map(|t| t.cells[k].reading);
                let covered = covered_of(new.cells[k].units_covered, new.cells[k].units_total, l);
                GridRow {
                    code: units[k].pcode.to_string(),
                    label: units[k].name.to_string(),
                    cells: vec![
                        GridCell::count(n),
                        change(&self.scope, o, n),
                        change(&self.scope, y, n),
                        GridCell::Text(covered),
                    ],
                    total: false,
                }
            })
            .collect();
        rows.sort_by(|a, b| a.label.cmp(&b.label));
        let [n, o, y] = self.violations.each_ref().map(Scope::national);
        let covered = covered_of(new.units_covered, new.units_total, l);
        rows.push(GridRow {
            code: "total".to_owned(),
            label: "Total".to_owned(),
            cells: vec![
                GridCell::count(n),
                change(&self.scope, o, n),
                change(&self.scope, y, n),
                GridCell::Text(covered),
            ],
            total: true,
        });
        let title = self.scope.words.say("dashboard_regions", &[]);
        let mut grid = self.compared("regions", title, l.pick("Région", "Region"), rows, Vec::new());
        grid.columns.push(GridColumn::new("communes_covered", l.pick("Communes couvertes", "Communes covered")));
        grid.notes = self.scope.key(&grid);
        grid
    }

    fn zone_shares(&self) -> Result<Vec<ShareBar>, AppError> {
        let l = self.lang;
        let [now, before, year] = self.periods;
        let of = |p| shares(self.service, self.request, MEASURE, p);
        let (new, old, last) = (of(now)?, of(before)?, of(year)?);
        let bar = |s: &crate::indicators::Share| {
            let earlier = |list: &[crate::indicators::Share]| {
                list.iter().find(|e| e.zone == s.zone).map_or_else(|| "–".to_owned(), |e| share_text(e, l))
            };
            ShareBar {
                label: s.title.clone(),
                percent: s.percent,
                text: format!(
                    "{}  ({} {}, {} {})",
                    share_text(s, l),
                    self.quarter(before),
                    earlier(&old),
                    self.quarter(year),
                    earlier(&last)
                ),
            }
        };
        Ok(new.iter().filter(|s| s.kind == ZoneKind::Definition).map(bar).collect())
    }

    fn sheet(&self) -> Result<Dashboard, AppError> {
        let (l, words) = (self.lang, &self.scope.words);
        let [now, before, year] = self.periods.map(|p| self.quarter(p));
        let counts = self.levels(self.periods[0])?;
        let with_score = grouped(counts.iter().sum(), l);
        let total = grouped(self.scope.set.units(self.scope.set.finest()).len() as u64, l);
        let months = self.months()?;
        let mut absences: Vec<&str> = months.iter().filter(|b| b.value.is_none()).map(|b| b.text.as_str()).collect();
        absences.sort_unstable();
        absences.dedup();
        let colon = l.pick("\u{a0}:", ":");
        let absences: Vec<String> = ABSENCES
            .iter()
            .map(|word| absence(word, l))
            .filter(|(letters, _)| absences.contains(letters))
            .map(|(letters, said)| format!("{letters}{colon} {said}"))
            .collect();
        let months_note = absences.join(l.pick("\u{a0}; ", "; "));
        let theme = self.service.snapshot().theme("risk")?;
        let style = self.service.kit().styles.for_year("risk-communes", self.periods[0].last().year());
        let colour =
            |k: u8| style.and_then(|s| s.class(k)).map_or_else(|| "#BBBBBB".to_owned(), |c| c.colour.to_string());
        let levels = theme
            .thresholds
            .iter()
            .map(|t| (format!("{} {}", t.level, l.pick(&t.fr, &t.en)), colour(t.level)))
            .collect();
        Ok(Dashboard {
            lang: l,
            title: self.title(),
            subtitle: words.say("dashboard_subtitle", &[("before", &before), ("year", &year)]),
            badges: badges(self.service, self.scope.set, self.release(), &self.scope.words),
            tiles: self.tiles()?,
            months: (words.say("dashboard_months", &[]), months_note, months),
            categories: (
                words.say("dashboard_categories", &[]),
                words.say("dashboard_bar_note", &[("now", &now), ("before", &before)]),
                self.categories(),
            ),
            risk: (
                words.say("dashboard_risk", &[]),
                words.say("dashboard_risk_note", &[("n", &with_score), ("total", &total)]),
                self.risk()?,
            ),
            levels,
            shares: (words.say("dashboard_liptako", &[]), self.zone_shares()?),
            regions: TableSection { weights: REGION_WEIGHTS.to_vec(), ..section(&self.regions(), l) },
            alerts: TableSection { weights: ALERT_WEIGHTS.to_vec(), ..section(&self.alerts()?.0, l) },
            foot: foot(&self.meta(), self.request.created(self.service), words, l),
            disclaimer: words.say("disclaimer", &[]),
            page: words.say("page_total", &[]),
            created: self.request.created(self.service),
        })
    }

    fn grids(&self) -> Result<Vec<Grid>, AppError> {
        let l = self.lang;
        let columns =
            [("now", 0), ("before", 1), ("year", 2)].map(|(id, k)| GridColumn::new(id, self.quarter(self.periods[k])));
        let levels: Vec<[u64; 4]> = self.periods.into_iter().map(|p| self.levels(p)).collect::<Result<_, _>>()?;
        let theme = self.service.snapshot().theme("risk")?;
        let known = |k: usize| levels[k].iter().sum::<u64>() > 0;
        let cell = |k: usize, n: u64| GridCell::count(if known(k) { counted_as(n) } else { Reading::Unknown });
        let rows = theme.thresholds.iter().filter(|t| (1..=4).contains(&t.level)).map(|t| GridRow {
            code: t.level.to_string(),
            label: format!("{} {}", t.level, l.pick(&t.fr, &t.en)),
            cells: (0..3).map(|k| cell(k, levels[k][usize::from(t.level) - 1])).collect(),
            total: false,
        });
        let risk = Grid {
            id: "risk_levels",
            title: self.scope.words.say("dashboard_risk", &[]),
            unit: l.pick("communes", "communes").to_owned(),
            corner: l.pick("Niveau", "Level").to_owned(),
            columns: columns.to_vec(),
            rows: rows.collect(),
            notes: Vec::new(),
        };
        // Households are no alerts: a table of their own, so that each counts one thing.
        let mut alerts = self.alerts()?.0;
        let households = Grid {
            id: "households",
            title: l.pick("Ménages déplacés (alertes)", "Households displaced (alerts)").to_owned(),
            unit: l.pick("ménages", "households").to_owned(),
            rows: alerts.rows.split_off(alerts.rows.len().saturating_sub(1)),
            notes: Vec::new(),
            ..alerts.clone()
        };
        Ok(vec![self.regions(), alerts, households, risk])
    }
}

/// « 26/108 »; a dash where nobody stated any coverage.
fn covered_of(covered: Option<u32>, total: u32, lang: Lang) -> String {
    let n = |x: u32| grouped(u64::from(x), lang);
    covered.map_or_else(|| "–".to_owned(), |c| format!("{}/{}", n(c), n(total)))
}
