//! `vigie triggers`.

use std::process::ExitCode;

use serde_json::Value;

use super::args::TriggersArgs;
use super::say::Say;
use crate::app::{self, AppError, LayerQuery, LayerSource as _};

/// Longest file of triggers, bytes.
const LONGEST: u64 = 1 << 20;

pub(super) fn run(args: &TriggersArgs, say: &Say) -> Result<ExitCode, AppError> {
    let own = args.triggers.as_ref().map(|path| {
        let wrong = |e: std::io::Error| AppError::Input(format!("{}: {e}", path.display()));
        let size = std::fs::metadata(path).map_err(wrong)?.len();
        if size > LONGEST {
            return Err(AppError::Input(format!("{}: {size} bytes, the limit is {LONGEST}", path.display())));
        }
        std::fs::read_to_string(path).map_err(wrong)
    });
    let own = own.transpose()?;
    let triggers = app::read_triggers(own.as_deref())?;
    let service = app::open_service(&args.store.store, None, args.as_of.get())?;
    let query = LayerQuery {
        period: Some(service.parse_period(&args.period)?),
        sets: args.set.clone(),
        source: args.source.clone(),
        lang: say.lang,
        // The store is the officer's own file: nothing is hidden from who holds it.
        ..LayerQuery::default()
    };
    let answer = service.triggers(&triggers, &query)?;
    let mut lines = Vec::new();
    for trigger in answer["triggers"].as_array().into_iter().flatten() {
        let notice = trigger["notice"].as_str().map_or(String::new(), |n| format!(" [{n}]"));
        lines.push(format!("{}{notice}", trigger["sentence"].as_str().unwrap_or_default()));
        for row in trigger["found"].as_array().into_iter().flatten().filter_map(Value::as_object) {
            let cells = row.iter().filter(|(k, v)| !v.is_null() && *k != "set");
            let cell = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
            lines.push(format!("  {}", cells.map(|(k, v)| format!("{k} {}", cell(v))).collect::<Vec<_>>().join("   ")));
        }
    }
    lines.extend(say.synthetic(service.synthetic()));
    say.result(&answer, &lines);
    Ok(ExitCode::SUCCESS)
}
