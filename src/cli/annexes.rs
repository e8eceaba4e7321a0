//! `vigie annexes`.

use std::process::ExitCode;

use super::args::AnnexesArgs;
use super::say::Say;
use crate::app::{self, AnnexJob, AppError};

pub(super) fn run(args: &AnnexesArgs, say: &Say) -> Result<ExitCode, AppError> {
    let service = app::open_service(&args.store.store, args.styles.as_deref())?;
    let written = app::write_annexes(
        &service,
        &AnnexJob {
            period: &args.period,
            out: &args.out,
            formats: &args.format,
            set: args.set.as_ref(),
            source: args.source.as_deref(),
            dpi: args.dpi,
            date: args.date,
            styles: args.styles.as_deref(),
            lang: say.lang,
            annexes: &args.annex,
            hxl: args.hxl,
        },
    )?;
    let lines: Vec<String> = written.iter().map(|p| p.display().to_string()).collect();
    say.result(&serde_json::json!({ "written": lines }), &lines);
    Ok(ExitCode::SUCCESS)
}
