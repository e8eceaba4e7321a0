//! `vigie export`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::args::{AsOfArg, StoreArg};
use super::say::Say;
use crate::app::{self, AppError, ExportFormat, LayerQuery, LayerSource as _};
use crate::domain::SetId;

/// `vigie export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The layer: violations-communes, risk-cercles-monthly, regions…
    pub layer: String,
    /// 2021-06, 2021-Q2, 2021, 2021-01/2021-06 or latest; where it is not given the latest, or every month of a monthly twin.
    #[arg(long)]
    pub period: Option<String>,
    /// Kind of file; shp is a zip.
    #[arg(long, value_parser = ExportFormat::ALL.map(ExportFormat::word))]
    pub format: String,
    /// File to write.
    #[arg(long)]
    pub out: PathBuf,
    /// Boundary set(s); the store's default where not given.
    #[arg(long, value_delimiter = ',')]
    pub set: Vec<SetId>,
    /// Source.
    #[arg(long)]
    pub source: Option<String>,
    /// Documented violations, or all.
    #[arg(long, default_value = "documented", value_parser = ["documented", "all"])]
    pub basis: String,
    /// Which state of the data.
    #[command(flatten)]
    pub as_of: AsOfArg,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

pub(super) fn run(args: &ExportArgs, say: &Say) -> Result<ExitCode, AppError> {
    let service = app::open_service(&args.store.store, None, args.as_of.get())?;
    let query = LayerQuery {
        period: args.period.as_deref().map(|p| service.parse_period(p)).transpose()?,
        sets: args.set.clone(),
        source: args.source.clone(),
        basis: Some(args.basis.clone()),
        lang: say.lang,
        // The store is the officer's own file: nothing is hidden from who holds it, and the export says so.
        unsafe_local: true,
        ..LayerQuery::default()
    };
    let format = ExportFormat::of(&args.format)
        .ok_or_else(|| AppError::BadRequest(format!("--format {}: no such kind of file", args.format)))?;
    app::write_export(&service, &args.layer, &query, format, &args.out)?;
    say.result(&serde_json::json!({ "written": [args.out] }), &[args.out.display().to_string()]);
    Ok(ExitCode::SUCCESS)
}
