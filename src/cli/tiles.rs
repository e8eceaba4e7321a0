//! `vigie tiles`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::say::Say;
use super::selection::SelectionArgs;
use crate::app::{self, AppError, LayerSource as _, TileForm};
use crate::domain::Role;

/// `vigie tiles`.
#[derive(Debug, Args)]
pub struct TilesArgs {
    /// The layer: violations-communes, risk-cercles, regions…
    pub layer: String,
    /// 2021-06, 2021-Q2, 2021, 2021-01/2021-06 or latest.
    #[arg(long, default_value = "latest")]
    pub period: String,
    /// Vector tiles, or pictures.
    #[arg(long, default_value = "mvt", value_parser = ["mvt", "png"])]
    pub form: String,
    /// Finest zoom.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u8).range(0..=14))]
    pub max_zoom: u8,
    /// File to write (.pmtiles).
    #[arg(long)]
    pub out: PathBuf,
    /// Which data.
    #[command(flatten)]
    pub data: SelectionArgs,
}

pub(super) fn run(args: &TilesArgs, say: &Say) -> Result<ExitCode, AppError> {
    // A static host is open to anyone.
    let service = args.data.open(Role::Public)?;
    let query = args.data.query(Some(service.parse_period(&args.period)?), say.lang);
    let form = if args.form == "png" { TileForm::Png } else { TileForm::Mvt };
    let done = app::write_pmtiles(&service, &args.layer, &query, (form, args.max_zoom), &args.out)?;
    let line = say.lang.pick(
        format!("{}\u{a0}: {} tuiles, {} octets", args.out.display(), done.tiles, done.bytes),
        format!("{}: {} tiles, {} bytes", args.out.display(), done.tiles, done.bytes),
    );
    let value =
        serde_json::json!({"written": [args.out], "tiles": done.tiles, "contents": done.contents, "bytes": done.bytes});
    say.result(&value, &[line]);
    Ok(ExitCode::SUCCESS)
}
