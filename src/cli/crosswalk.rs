//! `vigie crosswalk`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::args::{AsOfArg, LevelArg, StoreArg};
use super::say::Say;
use crate::app::{self, AppError, CrosswalkBasis, CrosswalkQuery, LayerSource as _, SeriesQuery};

/// `vigie crosswalk`.
#[derive(Debug, Args)]
pub struct CrosswalkArgs {
    /// The set (or grouping, such as regions-2023) to start from.
    pub from: String,
    /// The set or grouping to go to.
    pub to: String,
    /// Level of the units.
    #[arg(long, value_enum)]
    pub level: LevelArg,
    /// What shares rest on: outlines, populations where known, or code and name alone.
    #[arg(long, value_enum, default_value = "area")]
    pub by: ByArg,
    /// The table instead of the report.
    #[arg(long, value_parser = ["csv", "json"])]
    pub format: Option<String>,
    /// Overlaps below this share of both units are differences of drawing (0–0.5).
    #[arg(long, default_value_t = 0.01)]
    pub min_share: f64,
    /// Carries a measure across, month by month, as an estimate: violations, incidents or alerts.
    #[arg(long, requires = "period", value_parser = ["violations", "incidents", "alerts"])]
    pub series: Option<String>,
    /// Months of the series.
    #[arg(long, requires = "series")]
    pub period: Option<String>,
    /// Source counted in the series.
    #[arg(long)]
    pub source: Option<String>,
    /// documented or all.
    #[arg(long)]
    pub basis: Option<String>,
    /// Which state of the data.
    #[command(flatten)]
    pub as_of: AsOfArg,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

/// What shares rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ByArg {
    /// Overlapping area.
    Area,
    /// People.
    Population,
    /// Code and name.
    Identity,
}

impl From<ByArg> for CrosswalkBasis {
    fn from(by: ByArg) -> Self {
        match by {
            ByArg::Area => Self::Area,
            ByArg::Population => Self::Population,
            ByArg::Identity => Self::Identity,
        }
    }
}

pub(super) fn run(args: &CrosswalkArgs, say: &Say) -> Result<ExitCode, AppError> {
    let service = app::open_service(&args.store.store, None, args.as_of.get())?;
    let query = CrosswalkQuery {
        by: args.by.into(),
        min_share: args.min_share,
        ..CrosswalkQuery::new(&args.from, &args.to, args.level.into(), say.lang)
    };
    let csv = args.format.as_deref() == Some("csv");
    // A table asked as JSON is JSON, whatever the voice; as CSV it is CSV.
    let say = if args.format.as_deref() == Some("json") { &Say::new(say.lang, true) } else { say };
    if let (Some(measure), Some(period)) = (&args.series, &args.period) {
        let series = SeriesQuery {
            measure: measure.clone(),
            period: service.parse_period(period)?,
            source: args.source.clone(),
            basis: args.basis.clone(),
        };
        let (table, series) = service.series_across(&query, &series)?;
        let text = app::csv_text(&app::SERIES_COLUMNS, &app::series_rows(&series))?;
        if csv {
            Say::text(&text);
        } else {
            say.result(
                &app::series_json(&table, &series, measure),
                &text.lines().map(str::to_owned).collect::<Vec<_>>(),
            );
        }
        return Ok(ExitCode::SUCCESS);
    }
    let table = service.crosswalk(&query)?;
    if csv {
        Say::text(&app::csv_text(&app::CROSSWALK_COLUMNS, &app::crosswalk_rows(&table))?);
    } else {
        say.result(&app::crosswalk_json(&table, say.lang), &app::crosswalk_report(&table, say.lang));
    }
    Ok(ExitCode::SUCCESS)
}
