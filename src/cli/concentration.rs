//! `vigie concentration`.

use std::process::ExitCode;

use super::args::ConcentrationArgs;
use super::say::Say;
use crate::app::{self, AppError, ConcentrationQuery, LayerQuery, LayerSource as _};
use crate::style::{decimal, grouped};

pub(super) fn run(args: &ConcentrationArgs, say: &Say) -> Result<ExitCode, AppError> {
    let service = app::open_service(&args.store.store, None, args.as_of.get())?;
    let period = service.parse_period(&args.period)?;
    let query = LayerQuery {
        period: Some(period),
        sets: args.set.clone(),
        lang: say.lang,
        // The store is the officer's own file: nothing is hidden from who holds it.
        ..LayerQuery::default()
    };
    let theme = if args.measure == "alerts" { "alerts" } else { "incidents" };
    let shares = service.concentration(&args.zone, (theme, &args.measure), &query)?;
    let mut value = service.concentration_answer(&ConcentrationQuery {
        zone: args.zone.clone(),
        measure: args.measure.clone(),
        level: args.level.into(),
        layer: query,
    })?;
    let shown = |n: Option<u64>| n.map_or_else(|| "–".to_owned(), |n| grouped(n, say.lang));
    let mut lines: Vec<String> = shares
        .iter()
        .map(|s| {
            let percent = s.percent.map_or_else(|| "–".to_owned(), |p| format!("{} %", decimal(p, 1, say.lang)));
            format!("{:<18} {:>7} / {:<7} {percent:>8}   {}", s.zone, shown(s.inside), shown(s.total), s.title)
        })
        .collect();
    // With sets named, what lies elsewhere was left out on purpose.
    let elsewhere = if args.set.is_empty() { service.snapshot().elsewhere(theme) } else { 0 };
    lines.extend(say.elsewhere(elsewhere));
    value["facts_on_other_sets"] = elsewhere.into();
    lines.extend(value["sensitivity"]["sentence"].as_str().map(str::to_owned));
    say.result(&value, &lines);
    Ok(ExitCode::SUCCESS)
}
