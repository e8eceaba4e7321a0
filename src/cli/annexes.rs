//! `vigie annexes`.

use std::process::ExitCode;

use super::args::AnnexesArgs;
use super::say::Say;
use crate::app::{self, AnnexJob, AppError};

pub(super) fn run(args: &AnnexesArgs, say: &Say) -> Result<ExitCode, AppError> {
    let service = app::open_service(&args.store.store, args.styles.as_deref(), args.as_of.get())?;
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
        },
    )?;
    let mut lines: Vec<String> = written.iter().map(|p| p.display().to_string()).collect();
    let value = serde_json::json!({ "written": lines });
    lines.extend(say.elsewhere(service.snapshot().elsewhere("incidents")));
    say.result(&value, &lines);
    Ok(ExitCode::SUCCESS)
}
