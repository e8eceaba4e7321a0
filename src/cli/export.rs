//! `vigie export`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::say::Say;
use super::selection::SelectionArgs;
use crate::app::{self, AppError, ExportFormat, LayerSource as _, Recipient};
use crate::domain::Role;

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
    /// Seals the file for whoever has the key to this public one (age1… or ssh-ed25519 …), by the program age; several: once each.
    #[arg(long, value_name = "RECIPIENT")]
    pub seal: Vec<Recipient>,
    /// Which data.
    #[command(flatten)]
    pub data: SelectionArgs,
}

pub(super) fn run(args: &ExportArgs, say: &Say) -> Result<ExitCode, AppError> {
    // The store is the officer's own file: nothing is hidden from who holds it, unless they ask for another's view.
    let service = args.data.open(Role::Restricted)?;
    let period = args.period.as_deref().map(|p| service.parse_period(p)).transpose()?;
    let query = args.data.query(period, say.lang);
    let format = ExportFormat::of(&args.format)
        .ok_or_else(|| AppError::BadRequest(format!("--format {}: no such kind of file", args.format)))?;
    app::write_export(&service, &args.layer, &query, format, &args.seal, &args.out)?;
    say.result(&serde_json::json!({ "written": [args.out] }), &[args.out.display().to_string()]);
    Ok(ExitCode::SUCCESS)
}
