//! The annexes of the report, each from a snapshot: what is asked, what every annex shares, one module an annex.

mod alerts;
mod coverage;
mod ground;
mod hotspots;
mod incidents;
mod print;
mod risk;
mod severity;
mod words;

use crate::domain::{Lang, Period, SetId};
use crate::render::{Page, RenderError, Sheet};
use crate::style::StyleError;

use super::{AppError, ExportFormat, LayerQuery, Service};

pub(super) use ground::{areas, country};
pub use print::PrintLayout;
pub(super) use print::print_layouts;
pub(super) use words::day_text;
pub use words::period_text;

/// An annex, or a page that goes with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Annex {
    /// 1: incidents.
    Incidents,
    /// 2: flash alerts.
    Alerts,
    /// 3: risk index.
    Risk,
    /// 4: list of incidents; pages of a table, a workbook, a CSV.
    List,
    /// 5: coverage of the monitoring.
    Coverage,
    /// 6: evolution of severity.
    Severity,
    /// Hotspots of violations.
    Hotspots,
    /// The share of the Liptako-Gourma by definition.
    Liptako,
    /// The quarterly dashboard of risks.
    Dashboard,
}

impl Annex {
    /// The six of the report, in its order.
    pub const ALL: [Self; 6] = [Self::Incidents, Self::Alerts, Self::Risk, Self::List, Self::Coverage, Self::Severity];
    /// Pages that are made where they are named.
    pub const BESIDES: [Self; 3] = [Self::Hotspots, Self::Liptako, Self::Dashboard];

    /// Its number in the report, as addresses and the command line write it.
    pub fn number(self) -> &'static str {
        match self {
            Self::Incidents => "1",
            Self::Alerts => "2",
            Self::Risk => "3",
            Self::List => "4",
            Self::Coverage => "5",
            Self::Severity => "6",
            Self::Hotspots => "hotspots",
            Self::Liptako => "liptako",
            Self::Dashboard => "dashboard",
        }
    }

    /// Its number in the catalogue of files: three digits.
    pub fn catalogue(self) -> &'static str {
        match self {
            Self::Incidents => "001",
            Self::Alerts => "002",
            Self::Risk => "003",
            Self::List => "004",
            Self::Coverage => "005",
            Self::Severity => "006",
            Self::Liptako => "007",
            Self::Dashboard => "008",
            Self::Hotspots => "009",
        }
    }

    /// The annex of a number or name.
    pub fn of(number: &str) -> Option<Self> {
        Self::ALL.into_iter().chain(Self::BESIDES).find(|a| a.number() == number)
    }

    /// The formats it has.
    pub fn formats(self) -> &'static [&'static str] {
        match self {
            Self::List => &["pdf", "xlsx", "csv"],
            _ => &["pdf", "png", "svg", "xlsx", "csv"],
        }
    }

    /// The sheet it is laid on: pages of tables are A4 landscape whatever is asked, maps as asked.
    pub fn sheet(self, asked: Sheet) -> Sheet {
        match self {
            Self::List | Self::Liptako | Self::Dashboard => Sheet::default(),
            _ => asked,
        }
    }

    /// Whether it shows single events, or what is worked out from each unit: only to those who see the data themselves.
    pub fn of_events(self) -> bool {
        matches!(self, Self::Alerts | Self::List | Self::Hotspots | Self::Dashboard)
    }

    /// The theme it is made from: its months are provisional where this one's are.
    pub(super) fn theme(self) -> &'static str {
        match self {
            Self::Alerts => "alerts",
            Self::Risk | Self::Severity => "risk",
            Self::Coverage => "coverage",
            Self::Incidents | Self::List | Self::Hotspots | Self::Liptako | Self::Dashboard => "incidents",
        }
    }

    /// What it is about, in a file name.
    pub fn subject(self) -> &'static str {
        match self {
            Self::Incidents => "incidents",
            Self::Alerts => "alertes",
            Self::Risk => "indice-risque",
            Self::List => "liste-incidents",
            Self::Coverage => "couverture",
            Self::Severity => "severite",
            Self::Hotspots => "foyers",
            Self::Liptako => "liptako-gourma",
            Self::Dashboard => "tableau-de-bord",
        }
    }

    /// Its title, as the report prints it.
    pub fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::Incidents => lang.pick("Carte des incidents de protection", "Map of protection incidents"),
            Self::Alerts => lang.pick("Carte des alertes flash", "Map of flash alerts"),
            Self::Risk => lang.pick("Carte de l’indice de risque", "Map of the risk index"),
            Self::List => lang.pick("Liste des incidents", "List of incidents"),
            Self::Hotspots => lang.pick("Carte des foyers de violations", "Map of hotspots of violations"),
            Self::Liptako => lang.pick("Part du Liptako-Gourma", "Share of the Liptako-Gourma"),
            Self::Dashboard => lang.pick("Tableau de bord des risques de protection", "Dashboard of protection risks"),
            Self::Coverage => {
                lang.pick("Couverture des zones par le monitoring", "Coverage of areas by the monitoring")
            }
            Self::Severity => lang.pick("Évolution de la sévérité de protection", "Evolution of protection severity"),
        }
    }
}

/// What is asked of an annex.
#[derive(Debug, Clone)]
pub struct AnnexRequest {
    /// Period; of annexes 5 and 6 its last month, the year's months up to it being shown.
    pub period: Period,
    /// Boundary set; the store's default where none.
    pub set: Option<SetId>,
    /// Source counted; `monitoring` where none.
    pub source: Option<String>,
    /// Language.
    pub lang: Lang,
    /// The sheet.
    pub sheet: Sheet,
    /// Date of creation printed; the data version's where none.
    pub date: Option<jiff::civil::Date>,
    /// Whether annex 1 colours its circles by rate.
    pub rates: bool,
    /// Number of the page and of all pages.
    pub page: (u32, u32),
    /// Whether workbooks and CSV carry the row of HXL tags.
    pub hxl: bool,
}

/// An annex that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AnnexError {
    /// A style file does not fit.
    #[error(transparent)]
    Style(#[from] StyleError),
    /// The page could not be drawn.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// What it is made from could not be had.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<AnnexError> for AppError {
    fn from(error: AnnexError) -> Self {
        match error {
            AnnexError::App(e) => e,
            AnnexError::Render(RenderError::Resolution { .. }) => Self::BadRequest(error.to_string()),
            AnnexError::Render(e) if !e.is_input() => Self::Fault(e.to_string()),
            e => Self::Input(e.to_string()),
        }
    }
}

/// Lays an annex out.
pub fn annex_page(service: &Service, annex: Annex, request: &AnnexRequest) -> Result<Page, AnnexError> {
    given(service, annex, request)?;
    match annex {
        Annex::Incidents => incidents::page(service, request),
        Annex::Alerts => alerts::page(service, request),
        Annex::Risk => risk::page(service, request),
        Annex::Coverage => coverage::page(service, request),
        Annex::Severity => severity::page(service, request),
        Annex::List => Ok(super::list::page(service, request)?),
        Annex::Hotspots => hotspots::page(service, request),
        Annex::Liptako => Ok(super::liptako::page(service, request)?),
        Annex::Dashboard => Ok(super::dashboard::page(service, request)?),
    }
}

/// The tables of an annex that has some, as `xlsx` or `csv`.
pub fn annex_table(
    service: &Service,
    annex: Annex,
    request: &AnnexRequest,
    format: &str,
) -> Result<Vec<u8>, AnnexError> {
    given(service, annex, request)?;
    match annex {
        Annex::List => Ok(super::list::table(service, request, format)?),
        Annex::Liptako => Ok(super::liptako::table(service, request, format)?),
        Annex::Dashboard => Ok(super::dashboard::table(service, request, format)?),
        Annex::Incidents => behind(service, "violations-cercles", request.period, request, format),
        Annex::Alerts => behind(service, "alerts-communes", request.period, request, format),
        Annex::Risk => behind(service, "risk-communes", request.period, request, format),
        Annex::Coverage => behind(service, "coverage-communes", coverage::year_to(request.period), request, format),
        Annex::Severity => {
            behind(service, "risk-communes-monthly", severity::months_shown(request.period), request, format)
        }
        Annex::Hotspots => behind(service, "hotspots-communes", request.period, request, format),
    }
}

/// Refuses an annex of single events to those who do not see the data themselves.
fn given(service: &Service, annex: Annex, request: &AnnexRequest) -> Result<(), AppError> {
    if annex.of_events() && !service.snapshot().is_whole() {
        return Err(AppError::Forbidden(request.lang.pick(
            format!("L’annexe {} n’est pas donnée à ce niveau d’accès.", annex.number()),
            format!("Annex {} is not given at this level of access.", annex.number()),
        )));
    }
    Ok(())
}

/// The numbers that a map shows, with their statuses: those of its layer.
fn behind(
    service: &Service,
    layer: &str,
    period: Period,
    request: &AnnexRequest,
    format: &str,
) -> Result<Vec<u8>, AnnexError> {
    let format = ExportFormat::of(format)
        .ok_or_else(|| AppError::BadRequest(format!("« {format} » is no format of a table: csv, xlsx")))?;
    Ok(service.export(layer, &request.query(period), format)?)
}

impl AnnexRequest {
    /// The question as a client of the layers asks it, for a period.
    pub(super) fn query(&self, period: Period) -> LayerQuery {
        LayerQuery {
            period: Some(period),
            sets: self.set.iter().cloned().collect(),
            source: self.source.clone(),
            lang: self.lang,
            ..LayerQuery::default()
        }
    }

    /// The question as the layers take it.
    pub(super) fn asked<'a>(&'a self, service: &Service) -> super::layers::Asked<'a> {
        super::layers::Asked {
            period: self.period,
            source: self.source.as_deref().unwrap_or(super::layers::DEFAULT_SOURCE),
            basis: crate::indicators::Basis::Documented,
            lang: self.lang,
            open: service.snapshot().is_whole(),
            release: service.snapshot().release_of("incidents", self.period),
        }
    }

    /// The set asked, or the default one.
    pub(super) fn set<'a>(&self, service: &'a Service) -> Result<&'a crate::boundaries::BoundarySet, AppError> {
        let snapshot = service.snapshot();
        Ok(snapshot.set(self.set.as_ref().unwrap_or(&snapshot.default_set))?)
    }

    /// The day of creation printed: year, month, day.
    pub(super) fn created(&self, service: &Service) -> Option<(i32, u8, u8)> {
        let dated = self.date.map(|d| (i32::from(d.year()), d.month().unsigned_abs(), d.day().unsigned_abs()));
        dated.or_else(|| service.created_day())
    }
}
