//! `vigie trends`.

use std::io::Write as _;
use std::process::ExitCode;

use super::args::TrendsArgs;
use super::say::Say;
use crate::app::{
    self, AppError, Formula, LayerQuery, LayerSource as _, Tolerance, TrendBy, TrendsFormat, TrendsQuery,
};

pub(super) fn run(args: &TrendsArgs, say: &Say) -> Result<ExitCode, AppError> {
    let tolerance = Tolerance::percent(args.tolerance)
        .ok_or_else(|| AppError::BadRequest(format!("--tolerance {}: from 0 to 100", args.tolerance)))?;
    let service = app::open_service(&args.store.store, args.styles.as_deref(), args.as_of.get())?;
    let query = TrendsQuery {
        layer: LayerQuery {
            period: Some(service.parse_period(&args.period)?),
            sets: args.set.iter().cloned().collect(),
            source: args.source.clone(),
            basis: Some(args.basis.clone()),
            lang: say.lang,
            // The file is the officer's own, not a service's answer.
            ..LayerQuery::default()
        },
        by: args.by.iter().filter_map(|word| TrendBy::of(word)).collect(),
        formula: Formula::of(&args.formula).unwrap_or_default(),
        tolerance,
        hxl: args.hxl,
        ..TrendsQuery::default()
    };
    let report = service.trends(&query)?;
    let format = match args.format.as_str() {
        "csv" => TrendsFormat::Csv,
        "xlsx" => TrendsFormat::Xlsx,
        "pdf" => TrendsFormat::Pdf,
        "json" => TrendsFormat::Json,
        _ if say.json && args.out.is_none() => TrendsFormat::Json,
        _ => TrendsFormat::Text,
    };
    if args.out.is_none() && matches!(format, TrendsFormat::Xlsx | TrendsFormat::Pdf) {
        return Err(AppError::BadRequest(format!("--format {} needs a file: --out trends.{0}", args.format)));
    }
    let bytes = report.write(&service, format, say.lang, args.hxl)?;
    let Some(path) = &args.out else {
        // A reader that closed the pipe has seen enough.
        let _ = std::io::stdout().lock().write_all(&bytes);
        return Ok(ExitCode::SUCCESS);
    };
    std::fs::write(path, bytes).map_err(|e| AppError::Input(format!("{}: {e}", path.display())))?;
    say.result(&serde_json::json!({ "written": [path] }), &[path.display().to_string()]);
    Ok(ExitCode::SUCCESS)
}
