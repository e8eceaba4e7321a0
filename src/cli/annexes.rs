//! `vigie annexes`.

use std::process::ExitCode;

use super::args::{AnnexesArgs, OrientationArg, PaperArg};
use super::say::Say;
use crate::app::{self, Annex, AnnexJob, AppError, Paper, Sheet};

pub(super) fn run(args: &AnnexesArgs, say: &Say) -> Result<ExitCode, AppError> {
    let service = app::open_service(&args.store.store, args.styles.as_deref(), args.as_of.get())?;
    let written = app::write_annexes(
        &service,
        &AnnexJob {
            period: &args.period,
            out: &args.out,
            annexes: &args.annex.iter().filter_map(|a| Annex::of(a)).collect::<Vec<_>>(),
            formats: &args.format,
            merged: args.merged,
            set: args.set.as_ref(),
            source: args.source.as_deref(),
            dpi: args.dpi,
            sheet: Sheet {
                paper: if args.paper == PaperArg::A3 { Paper::A3 } else { Paper::A4 },
                portrait: args.orientation == OrientationArg::Portrait,
            },
            rates: args.rate,
            date: args.date,
            lang: say.lang,
            hxl: args.hxl,
        },
    )?;
    let mut lines: Vec<String> = written.iter().map(|p| p.display().to_string()).collect();
    let value = serde_json::json!({ "written": lines });
    lines.extend(say.elsewhere(service.snapshot().elsewhere("incidents")));
    say.result(&value, &lines);
    Ok(ExitCode::SUCCESS)
}
