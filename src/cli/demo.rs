//! `vigie demo`.

use std::process::ExitCode;

use super::args::DemoArgs;
use super::say::Say;
use crate::app::{self, AppError};

pub(super) fn run(args: &DemoArgs, say: &Say) -> Result<ExitCode, AppError> {
    let made = app::make_demo(&args.store, say.lang)?;
    let lines: Vec<String> = std::iter::once(say.lang.pick(
        format!("Entrepôt de démonstration : {} (données synthétiques, limites schématiques)", args.store.display()),
        format!("Demonstration store: {} (synthetic data, schematic boundaries)", args.store.display()),
    ))
    .chain(made.iter().map(|i| format!("  {:<12} {} {}", i.theme, i.written.added, say.lang.pick("lignes", "rows"))))
    .collect();
    let value = serde_json::json!({ "store": args.store, "synthetic": true, "imports": made });
    say.result(&value, &lines);
    Ok(ExitCode::SUCCESS)
}
