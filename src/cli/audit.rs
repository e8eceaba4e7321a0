//! `vigie audit`.

use std::process::ExitCode;

use clap::Args;

use super::args::StoreArg;
use super::say::Say;
use crate::app::{self, AppError};

/// `vigie audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Entries from this day on, 2026-11-01.
    #[arg(long)]
    pub since: Option<jiff::civil::Date>,
    /// Looks whether the chain is whole: exit status 1, and the first entry that does not fit, where it is not.
    #[arg(long)]
    pub verify: bool,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

pub(super) fn run(args: &AuditArgs, say: &Say) -> Result<ExitCode, AppError> {
    if args.verify {
        let found = app::verify_audit(&args.store.store)?;
        let line = match &found.broken {
            None => say.lang.pick(
                format!("{} entrées, chaîne entière. Tête à garder ailleurs : {}", found.entries, found.head),
                format!("{} entries, the chain is whole. Head, to be kept elsewhere: {}", found.entries, found.head),
            ),
            Some((seq, why)) => say.lang.pick(
                format!("Chaîne rompue à l’entrée {seq} : {why}"),
                format!("The chain is broken at entry {seq}: {why}"),
            ),
        };
        say.result(&serde_json::json!(found), &[line]);
        return Ok(if found.broken.is_some() { ExitCode::from(1) } else { ExitCode::SUCCESS });
    }
    let entries = app::audited(&args.store.store, args.since)?;
    let lines: Vec<String> = entries
        .iter()
        .map(|e| format!("{:>6}  {}  {:<16} {:<12} {}", e.seq, e.time, e.actor, e.action, e.detail))
        .collect();
    say.result(&serde_json::json!(entries), &lines);
    Ok(ExitCode::SUCCESS)
}
