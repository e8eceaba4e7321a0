//! `vigie check`.

use std::process::ExitCode;

use super::args::CheckArgs;
use super::say::Say;
use crate::app::{self, AppError};

pub(super) fn run(args: &CheckArgs, say: &Say) -> Result<ExitCode, AppError> {
    let found = app::check_store(&args.store.store)?;
    let mut lines: Vec<String> = found.faults.iter().map(|f| format!("✗ {} : {}", f.check, f.what)).collect();
    lines.push(say.lang.pick(
        format!(
            "Version {} : {} lots, {} versions de faits dont {} courantes, {} unités",
            found.version, found.batches, found.versions, found.facts, found.units
        ),
        format!(
            "Version {}: {} batches, {} versions of facts, {} of them current, {} units",
            found.version, found.batches, found.versions, found.facts, found.units
        ),
    ));
    lines.push(match found.faults.len() {
        0 => say.lang.pick("L’entrepôt est entier.", "The store is whole.").to_owned(),
        n => say.lang.pick(
            format!("{n} défauts : restaurez une copie, ou importez à nouveau dans un autre entrepôt."),
            format!("{n} faults: restore a copy, or import anew into another store."),
        ),
    });
    say.result(&serde_json::json!(found), &lines);
    Ok(if found.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
