//! `vigie tiles`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::args::{AsOfArg, StoreArg};
use super::say::Say;
use crate::app::{self, AppError, LayerQuery, LayerSource as _, TileForm};
use crate::domain::SetId;

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

pub(super) fn run(args: &TilesArgs, say: &Say) -> Result<ExitCode, AppError> {
    let service = app::open_service(&args.store.store, None, args.as_of.get())?;
    let query = LayerQuery {
        period: Some(service.parse_period(&args.period)?),
        sets: args.set.clone(),
        source: args.source.clone(),
        basis: Some(args.basis.clone()),
        lang: say.lang,
        ..LayerQuery::default()
    };
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
