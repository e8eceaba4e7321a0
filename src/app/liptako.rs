//! The Liptako-Gourma page: its share by each definition, a map, and what is not covered there.

use super::annex::{AnnexRequest, areas, country, period_text};
use super::layers::Asked;
use super::trends::{MEASURE, badges, earlier, foot, in_period, origin_lines, page_fault, section};
use super::{AppError, Service};
use crate::boundaries::BoundarySet;
use crate::domain::{Lang, Level, Period, Reading};
use crate::formats::grid::{Grid, GridCell, GridColumn, GridRow, MetaLine};
use crate::formats::{write_tables, write_tidy_csv};
use crate::indicators::{Share, Zone, ZoneKind, counted_as};
use crate::render::{LegendWords, Messages, Page, TableBook, TableSection, ZoneMap, zone_page};
use crate::style::{decimal, grouped};

/// The zone outlined: the one official definition of the Liptako-Gourma.
const OUTLINED: &str = "ALG";
/// Widths of the table's columns on the page, millimetres: labels first.
const PAGE_WEIGHTS: [f64; 8] = [39.0, 16.0, 15.5, 13.0, 13.0, 15.5, 13.5, 16.5];

/// How the communes of a zone were covered.
struct ZoneCover {
    covered: u64,
    uncovered: u64,
    unknown: u64,
}

/// Everything on the page.
struct ZoneShares<'a> {
    service: &'a Service,
    set: &'a BoundarySet,
    asked: Asked<'a>,
    words: Messages,
    grid: Grid,
    coverage: Grid,
    covers: Vec<ZoneCover>,
    sentences: Vec<String>,
    zone_title: String,
    title: String,
    subtitle: String,
    meta: Vec<MetaLine>,
}

/// The page.
pub(super) fn page(service: &Service, request: &AnnexRequest) -> Result<Page, AppError> {
    let here = ZoneShares::new(service, request)?;
    let lang = here.asked.lang;
    let book = TableBook {
        lang,
        title: here.title.clone(),
        subtitle: here.subtitle.clone(),
        badges: badges(service, here.set, here.asked.release, &here.words),
        sentences: here.sentences.clone(),
        sections: vec![TableSection {
            weights: PAGE_WEIGHTS.to_vec(),
            ..section(&on_page(&here.grid, &here.covers, lang), lang)
        }],
        foot: foot(&here.meta, request.created(service), &here.words, lang),
        disclaimer: here.words.say("disclaimer", &[]),
        page: here.words.say("page_total", &[]),
        created: request.created(service),
    };
    let share = here.sentences.first().cloned().unwrap_or_default();
    let legend = LegendWords {
        title: here.words.say("liptako_map", &[]),
        zone: here.zone_title.clone(),
        alt: here.words.say("liptako_alt", &[("zone", &here.zone_title), ("share", &share)]),
    };
    zone_page(&here.map()?, &legend, &book, service.kit()).map_err(page_fault)
}

/// The table as `xlsx` or `csv`.
pub(super) fn table(service: &Service, request: &AnnexRequest, format: &str) -> Result<Vec<u8>, AppError> {
    let here = ZoneShares::new(service, request)?;
    if format == "csv" {
        return write_tidy_csv(&[here.grid, here.coverage], &here.meta).map_err(|e| AppError::Fault(e.to_string()));
    }
    write_tables(&here.title, &[here.grid, here.coverage], &here.meta, here.asked.lang, request.hxl)
        .map_err(|e| AppError::Fault(e.to_string()))
}

/// The shares of a measure by zone in a period, in the order definitions, regions, affected areas.
pub(super) fn shares(
    service: &Service,
    request: &AnnexRequest,
    measure: (&str, &str),
    period: Period,
) -> Result<Vec<Share>, AppError> {
    let mut shares = service.concentration("all", measure, &request.query(period))?;
    shares.sort_by_key(|s| match s.kind {
        ZoneKind::Definition => 0,
        ZoneKind::Regions => 1,
        ZoneKind::AffectedArea => 2,
    });
    Ok(shares)
}

/// A share with one decimal, as a sentence says it.
pub(super) fn share_text(share: &Share, lang: Lang) -> String {
    share
        .percent
        .map_or_else(|| "–".to_owned(), |p| lang.pick(format!("{}\u{a0}%", decimal(p, 1, lang)), format!("{p:.1}%")))
}

impl<'a> ZoneShares<'a> {
    fn new(service: &'a Service, request: &'a AnnexRequest) -> Result<Self, AppError> {
        let (set, asked) = (request.set(service)?, request.asked(service));
        let (lang, words) = (asked.lang, service.kit().words(asked.lang).map_err(page_fault)?);
        let before = earlier(asked.period, asked.period.len())?;
        let violations = shares(service, request, MEASURE, asked.period)?;
        let old = shares(service, request, MEASURE, before)?;
        let alerts = shares(service, request, ("alerts", "alerts"), asked.period)?;
        let zones: Vec<&Zone> =
            violations.iter().filter_map(|s| service.snapshot().zones.iter().find(|z| z.id == s.zone)).collect();
        let covers: Vec<ZoneCover> =
            zones.iter().map(|z| cover(service, set, z, &asked)).collect::<Result<_, AppError>>()?;
        let mut grid = grid(&asked, before, &words);
        for ((share, zone), cover) in violations.iter().zip(&zones).zip(&covers) {
            let same = |list: &[Share]| list.iter().find(|s| s.zone == share.zone).and_then(|s| s.percent);
            grid.rows.push(row(share, zone, &asked, (same(&old), same(&alerts)), cover));
        }
        let outlined = violations.iter().position(|s| s.zone == OUTLINED);
        let sentences = sentences(&words, &asked, &violations, outlined.map(|k| (&violations[k], &covers[k])));
        let zone_title = outlined.map(|k| violations[k].title.clone()).unwrap_or_default();
        let (land, period) = (country(set, lang), period_text(asked.period, lang));
        let mut meta: Vec<MetaLine> = vec![("period", lang.pick("Période", "Period").into(), asked.period.to_string())];
        meta.extend(origin_lines(service, set, &asked, &words));
        let measure = lang.pick("Violations documentées", "Documented violations");
        Ok(Self {
            title: words.say("liptako_title", &[("country", &land), ("period", &period)]),
            subtitle: words.say("liptako_subtitle", &[("measure", measure), ("zone", &zone_title)]),
            service,
            set,
            asked,
            words,
            grid,
            coverage: coverage_grid(&zones, &covers, lang),
            covers,
            sentences,
            zone_title,
            meta,
        })
    }

    fn map(&self) -> Result<ZoneMap<'a>, AppError> {
        let level = self.set.finest().min(Level::Cercle);
        let table = self.service.measure_table(self.set, MEASURE, level, &self.asked)?;
        let zone = self.service.snapshot().zones.iter().find(|z| z.id == OUTLINED);
        let members = zone.map(|z| self.service.snapshot().zone_members(z, self.set)).unwrap_or_default();
        let member = |unit: &crate::boundaries::Unit| {
            let chain = self.set.chain(unit);
            members.iter().any(|(l, k)| chain[l.index()].as_deref() == Some(&*self.set.units(*l)[*k].pcode))
        };
        Ok(ZoneMap {
            cercles: areas(self.set, level, Level::Region),
            readings: table.cells.iter().map(|c| (c.reading.word(), c.reading.number())).collect(),
            members: self.set.units(level).iter().map(member).collect(),
            iso3: self.set.info.country.clone(),
            year: self.asked.period.first().year(),
        })
    }
}

/// The communes of a zone by coverage of the incidents stream.
fn cover(service: &Service, set: &BoundarySet, zone: &Zone, asked: &Asked<'_>) -> Result<ZoneCover, AppError> {
    let members = service.snapshot().zone_members(zone, set);
    let coverage = service.snapshot().coverage(&set.info.id, "incidents", asked.source)?;
    let level = set.finest();
    let seen = coverage.summary(set, level, asked.period);
    let mut out = ZoneCover { covered: 0, uncovered: 0, unknown: 0 };
    for (unit, seen) in set.units(level).iter().zip(&seen) {
        let chain = set.chain(unit);
        if !members.iter().any(|(l, k)| chain[l.index()].as_deref() == Some(&*set.units(*l)[*k].pcode)) {
            continue;
        }
        match seen.best {
            Some(crate::indicators::Seen::NotCovered) => out.uncovered += 1,
            Some(_) => out.covered += 1,
            None => out.unknown += 1,
        }
    }
    Ok(out)
}

/// The communes of each zone by coverage, a table of its own: it counts communes.
fn coverage_grid(zones: &[&Zone], covers: &[ZoneCover], lang: Lang) -> Grid {
    let count = |n: u64| GridCell::count(counted_as(n));
    let row = |(zone, cover): (&&Zone, &ZoneCover)| GridRow {
        code: zone.id.clone(),
        label: lang.pick(&zone.title_fr, &zone.title_en).clone(),
        cells: vec![count(cover.covered), count(cover.uncovered), count(cover.unknown)],
        total: zone.id == OUTLINED,
    };
    Grid {
        id: "liptako_coverage",
        title: lang.pick("Communes de chaque zone", "Communes of each zone").to_owned(),
        unit: "communes".to_owned(),
        corner: "Zone".to_owned(),
        columns: vec![
            GridColumn::new("covered", lang.pick("Couvertes", "Covered")),
            GridColumn::new("not_covered", lang.pick("Non couvertes", "Not covered")),
            GridColumn::new("unknown", lang.pick("Couverture inconnue", "Coverage unknown")),
        ],
        rows: zones.iter().zip(covers).map(row).collect(),
        notes: Vec::new(),
    }
}

/// The shares as the page sets them, with the communes covered of all in one more column: « 165/193 ».
fn on_page(shares: &Grid, covers: &[ZoneCover], lang: Lang) -> Grid {
    let mut out = shares.clone();
    out.columns.push(GridColumn::new("communes", lang.pick("Communes couvertes", "Communes covered")));
    for (row, cover) in out.rows.iter_mut().zip(covers) {
        let all = cover.covered + cover.uncovered + cover.unknown;
        let covered = if cover.unknown == all { "–".to_owned() } else { grouped(cover.covered, lang) };
        row.cells.push(GridCell::Text(format!("{covered}/{}", grouped(all, lang))));
    }
    out
}

fn grid(asked: &Asked<'_>, before: Period, words: &Messages) -> Grid {
    let l = asked.lang;
    let (now, old) = (period_text(asked.period, l), period_text(before, l));
    let column = |id: &str, fr: String, en: String| GridColumn::new(id, l.pick(fr, en));
    Grid {
        id: "liptako_share",
        title: l.pick("Part de chaque définition", "Share by each definition").to_owned(),
        unit: "violations".to_owned(),
        corner: l.pick("Zone", "Zone").to_owned(),
        columns: vec![
            column("kind", "Nature".into(), "Nature".into()),
            column("inside", "Violations".into(), "Violations".into()),
            column("percent", format!("Part, {now}"), format!("Share, {now}")),
            column("percent_before", format!("Part, {old}"), format!("Share, {old}")),
            column("unclear", "Non tranchées".into(), "Undecided".into()),
            column("alerts_percent", "Part des alertes".into(), "Share of alerts".into()),
        ],
        rows: Vec::new(),
        notes: vec![words.say("liptako_parts", &[])],
    }
}

/// The line of a zone; `others` are the shares of the period before and of the alerts.
fn row(
    share: &Share,
    zone: &Zone,
    asked: &Asked<'_>,
    others: (Option<f64>, Option<f64>),
    cover: &ZoneCover,
) -> GridRow {
    let l = asked.lang;
    let count = |n: Option<u64>| {
        GridCell::count(match n {
            None => Reading::Suppressed,
            // Nobody looked: that is no zero.
            Some(0) if cover.covered == 0 && cover.unknown > 0 => Reading::Unknown,
            Some(0) if cover.covered == 0 => Reading::NotCovered,
            Some(n) => counted_as(n),
        })
    };
    let kind = match share.kind {
        ZoneKind::Definition => l.pick("définition", "definition"),
        ZoneKind::Regions => l.pick("régions", "regions"),
        ZoneKind::AffectedArea => l.pick("zone touchée", "affected area"),
    };
    GridRow {
        code: share.zone.clone(),
        label: l.pick(zone.title_fr.clone(), zone.title_en.clone()),
        cells: vec![
            GridCell::Text(kind.to_owned()),
            count(share.inside),
            GridCell::Tenths(share.percent),
            GridCell::Tenths(others.0),
            count(share.unclear),
            GridCell::Tenths(others.1),
        ],
        total: share.zone == OUTLINED,
    }
}

fn sentences(
    words: &Messages,
    asked: &Asked<'_>,
    shares: &[Share],
    outlined: Option<(&Share, &ZoneCover)>,
) -> Vec<String> {
    let l = asked.lang;
    let when = in_period(asked.period, l);
    let Some((share, cover)) = outlined else { return Vec::new() };
    if share.total == Some(0) {
        return vec![words.say("liptako_none", &[("when", &when)])];
    }
    let n = |x: u64| grouped(x, l);
    let mut out = Vec::new();
    if let Some((inside, total)) = share.inside.zip(share.total) {
        out.push(words.say(
            "liptako_share",
            &[
                ("share", &share_text(share, l)),
                ("when", &when),
                ("inside", &n(inside)),
                ("total", &n(total)),
                ("zone", &share.title),
            ],
        ));
    }
    let shown = |s: &&Share| s.kind == ZoneKind::Definition && s.percent.is_some();
    let mut definitions: Vec<&Share> = shares.iter().filter(shown).collect();
    definitions.sort_by_key(|s| s.inside);
    if let [least, .., most] = definitions.as_slice() {
        out.push(words.say("liptako_range", &[("least", &share_text(least, l)), ("most", &share_text(most, l))]));
    }
    let total = cover.covered + cover.uncovered + cover.unknown;
    out.push(if cover.unknown == total {
        words.say("liptako_uncovered_unknown", &[("total", &n(total))])
    } else {
        words.say("liptako_uncovered", &[("n", &n(cover.uncovered + cover.unknown)), ("total", &n(total))])
    });
    out
}
