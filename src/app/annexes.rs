//! Writing the annexes of a period from a store.

use std::path::{Path, PathBuf};

use super::annex::{AnnexInput, annex1};
use super::layers::DEFAULT_SOURCE;
use super::list;
use super::page_ask::PageAsk;
use super::{AppError, Service};
use crate::app::{LayerQuery, LayerSource as _};
use crate::domain::{Lang, Level, SetId};
use crate::render::Paper;

/// Which annexes to write, and how.
pub struct AnnexJob<'a> {
    /// Period as written: `2021-06`, `latest`.
    pub period: &'a str,
    /// Directory to write to; made where it is not.
    pub out: &'a Path,
    /// `pdf`, `png`, `svg`.
    pub formats: &'a [String],
    /// Boundary set; the store's default where none.
    pub set: Option<&'a SetId>,
    /// Source counted; `monitoring` where none.
    pub source: Option<&'a str>,
    /// Resolution of the PNG.
    pub dpi: u16,
    /// Date of creation printed; the data version's where none.
    pub date: Option<jiff::civil::Date>,
    /// An office's own styles.
    pub styles: Option<&'a Path>,
    /// Language.
    pub lang: Lang,
    /// Which annexes: `1`, `4`, `liptako`, `dashboard`.
    pub annexes: &'a [String],
    /// Adds the row of HXL tags to tables.
    pub hxl: bool,
}

/// The zone outlined on annex 1: the one official definition of the Liptako-Gourma.
const OUTLINED_ZONE: &str = "ALG";

/// Writes the annexes asked for and gives the files written. A form that an annex does not have is left out.
pub fn write_annexes(service: &Service, job: &AnnexJob<'_>) -> Result<Vec<PathBuf>, AppError> {
    let mut written = Vec::new();
    for annex in job.annexes {
        match annex.as_str() {
            "4" => written.extend(write_page(service, job, "annexe-4_liste", &list::FORMATS, list::annex4)?),
            _ => written.extend(write_annex1(service, job)?),
        }
    }
    Ok(written)
}

/// Writes a page in each of the forms asked that it has.
fn write_page(
    service: &Service,
    job: &AnnexJob<'_>,
    name: &str,
    forms: &[&str],
    make: impl Fn(&Service, &PageAsk<'_>, &str) -> Result<Vec<u8>, AppError>,
) -> Result<Vec<PathBuf>, AppError> {
    let period = service.parse_period(job.period)?;
    // On paper the officer decides what is shown: the file is theirs, not a service's answer.
    let query = LayerQuery {
        period: Some(period),
        sets: job.set.into_iter().cloned().collect(),
        source: job.source.map(str::to_owned),
        lang: job.lang,
        unsafe_local: true,
        ..LayerQuery::default()
    };
    let dated = job.date.map(|d| (i32::from(d.year()), d.month().unsigned_abs(), d.day().unsigned_abs()));
    let created = dated.or_else(|| service.created_day());
    let ask = PageAsk { query: &query, dpi: job.dpi, created, styles: job.styles, hxl: job.hxl };
    std::fs::create_dir_all(job.out).map_err(|e| AppError::Input(format!("{}: {e}", job.out.display())))?;
    let mut written = Vec::new();
    for format in job.formats.iter().filter(|f| forms.contains(&f.as_str())) {
        let stem = format!("{name}_{}_a4_{}", period.to_string().replace('/', "_"), job.lang.code());
        let path = job.out.join(format!("{stem}.{format}"));
        let bytes = make(service, &ask, format)?;
        std::fs::write(&path, bytes).map_err(|e| AppError::Input(format!("{}: {e}", path.display())))?;
        written.push(path);
    }
    Ok(written)
}

fn write_annex1(service: &Service, job: &AnnexJob<'_>) -> Result<Vec<PathBuf>, AppError> {
    let fault = |e: super::AnnexError| match e {
        super::AnnexError::Style(e) => AppError::Input(e.to_string()),
        e => AppError::Fault(e.to_string()),
    };
    let snapshot = service.snapshot();
    let period = service.parse_period(job.period)?;
    let set = snapshot.set(job.set.unwrap_or(&snapshot.default_set))?;
    // On paper the officer decides what is shown: the file is theirs, not a service's answer.
    let query = LayerQuery {
        period: Some(period),
        source: job.source.map(str::to_owned),
        lang: job.lang,
        unsafe_local: true,
        ..LayerQuery::default()
    };
    let asked = service.asked(&query, Some("incidents"))?;
    let table = |level| service.measure_table(set, ("incidents", "violations"), level, &asked);
    let finest = set.finest();
    let (regions, cercles, communes) = (table(Level::Region)?, table(finest.min(Level::Cercle))?, table(finest)?);
    let theme = snapshot.theme("incidents")?;
    let categories: Vec<String> = cercles
        .terms
        .iter()
        .map(|code| {
            let term = theme.terms("category").iter().find(|t| *t.code == **code);
            term.map_or_else(|| code.to_string(), |t| job.lang.pick(t.fr.clone(), t.en.clone()))
        })
        .collect();
    let zone = snapshot.zones.iter().find(|z| z.id == OUTLINED_ZONE);
    let members = zone.map(|z| snapshot.zone_members(z, set)).unwrap_or_default();
    let codes: Vec<String> = members.iter().map(|(l, k)| set.units(*l)[*k].pcode.to_string()).collect();
    let created = job.date.or_else(|| snapshot.created.get(..10).and_then(|d| d.parse().ok()));
    let source = job.source.unwrap_or(DEFAULT_SOURCE);
    let input = AnnexInput {
        set,
        regions: &regions,
        cercles: &cercles,
        communes: &communes,
        categories: &categories,
        measure: job.lang.pick(
            "Violations documentées (une victime × un type de violation)",
            "Documented violations (one victim × one type of violation)",
        ),
        sources: &sources(source, job.lang),
        zone: zone
            .filter(|_| !codes.is_empty())
            .map(|z| (job.lang.pick(z.title_fr.as_str(), z.title_en.as_str()), codes.as_slice())),
        lang: job.lang,
        paper: Paper::default(),
        created: created.map(|d| (i32::from(d.year()), d.month().unsigned_abs(), d.day().unsigned_abs())),
        version: Some(snapshot.version),
        synthetic: snapshot.synthetic,
        // Release states come later: until then every month is a draft, and says so.
        provisional: true,
        page: (1, 1),
        styles: job.styles,
    };
    let page = annex1(&input).map_err(fault)?;
    std::fs::create_dir_all(job.out).map_err(|e| AppError::Input(format!("{}: {e}", job.out.display())))?;
    let name = format!("annexe-1_incidents_{}_a4_{}", period.to_string().replace('/', "_"), job.lang.code());
    let mut written = Vec::new();
    for format in job.formats.iter().filter(|f| ["pdf", "png", "svg"].contains(&f.as_str())) {
        let render = |e: crate::render::RenderError| AppError::Fault(e.to_string());
        let bytes = match format.as_str() {
            "pdf" => page.pdf().map_err(render)?,
            "png" => page.png(f64::from(job.dpi)).map_err(render)?,
            "svg" => page.svg().map_err(render)?.into_bytes(),
            other => return Err(AppError::BadRequest(format!("format « {other} »: pdf, png or svg"))),
        };
        let path = job.out.join(format!("{name}.{format}"));
        std::fs::write(&path, bytes).map_err(|e| AppError::Input(format!("{}: {e}", path.display())))?;
        written.push(path);
    }
    Ok(written)
}

fn sources(source: &str, lang: Lang) -> String {
    match source {
        DEFAULT_SOURCE => lang
            .pick("monitoring de protection, Cluster Protection Mali", "protection monitoring, Protection Cluster Mali")
            .into(),
        other => other.to_owned(),
    }
}
