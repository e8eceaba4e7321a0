//! The annexes of the report, each from a snapshot: what is asked, what every annex shares, one module an annex.

mod alerts;
mod coverage;
mod ground;
mod incidents;
mod risk;
mod severity;
mod words;

use crate::domain::{Lang, Period, SetId};
use crate::render::{Page, RenderError, Sheet};
use crate::style::StyleError;

use super::{AppError, Service};

pub(super) use ground::country;
pub use words::period_text;

/// An annex that is a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Annex {
    /// 1: incidents.
    Incidents,
    /// 2: flash alerts.
    Alerts,
    /// 3: risk index.
    Risk,
    /// 5: coverage of the monitoring.
    Coverage,
    /// 6: evolution of severity.
    Severity,
}

impl Annex {
    /// Every map, in the report's order.
    pub const ALL: [Self; 5] = [Self::Incidents, Self::Alerts, Self::Risk, Self::Coverage, Self::Severity];

    /// Its number in the report, as addresses and the command line write it.
    pub fn number(self) -> &'static str {
        match self {
            Self::Incidents => "1",
            Self::Alerts => "2",
            Self::Risk => "3",
            Self::Coverage => "5",
            Self::Severity => "6",
        }
    }

    /// The annex of a number.
    pub fn of(number: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.number() == number)
    }

    /// What it is about, in a file name.
    pub fn subject(self) -> &'static str {
        match self {
            Self::Incidents => "incidents",
            Self::Alerts => "alertes",
            Self::Risk => "indice-risque",
            Self::Coverage => "couverture",
            Self::Severity => "severite",
        }
    }

    /// Its title, as the report prints it.
    pub fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::Incidents => lang.pick("Carte des incidents de protection", "Map of protection incidents"),
            Self::Alerts => lang.pick("Carte des alertes flash", "Map of flash alerts"),
            Self::Risk => lang.pick("Carte de l’indice de risque", "Map of the risk index"),
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
    /// Whether the asker may see points, categories and small counts of real data.
    pub open: bool,
    /// Number of the page and of all pages.
    pub page: (u32, u32),
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
    match annex {
        Annex::Incidents => incidents::page(service, request),
        Annex::Alerts => alerts::page(service, request),
        Annex::Risk => risk::page(service, request),
        Annex::Coverage => coverage::page(service, request),
        Annex::Severity => severity::page(service, request),
    }
}
