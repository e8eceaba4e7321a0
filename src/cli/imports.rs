//! `vigie imports list|show|undo|review|settle`.

use std::process::ExitCode;

use super::args::{ImportsAction, ImportsArgs};
use super::say::Say;
use crate::app::{self, AppError};

pub(super) fn run(args: &ImportsArgs, say: &Say) -> Result<ExitCode, AppError> {
    let path = &args.store.store;
    match &args.action {
        ImportsAction::List => {
            let batches = app::imports(path)?;
            let lines: Vec<String> = batches
                .iter()
                .map(|b| {
                    let undone = b.undone_by.map_or(String::new(), |by| {
                        say.lang.pick(format!(" (annulé par {by})"), format!(" (undone by {by})"))
                    });
                    format!(
                        "{:>4}  {}  {:<12} {:<28} {} {} · {} {} · {} {} · {} {}{undone}",
                        b.id,
                        b.created.get(..16).unwrap_or(&b.created),
                        b.theme,
                        b.file,
                        b.rows_in,
                        say.lang.pick("lus", "read"),
                        b.added,
                        say.lang.pick("nouveaux", "new"),
                        b.changed,
                        say.lang.pick("modifiés", "changed"),
                        b.rejected,
                        say.lang.pick("rejetés", "rejected"),
                    )
                })
                .collect();
            say.result(&serde_json::json!(batches), &lines);
        }
        &ImportsAction::Show { id } => {
            let batch = app::imports(path)?
                .into_iter()
                .find(|b| b.id == id)
                .ok_or_else(|| AppError::NotFound(crate::store::StoreError::NoBatch(id).to_string()))?;
            let mut lines = vec![format!("{} · {} · sha256 {}", batch.theme, batch.file, batch.sha256)];
            lines.extend(batch.findings.iter().map(super::import::finding_line));
            say.result(&serde_json::json!(batch), &lines);
        }
        &ImportsAction::Undo { id } => {
            let written = app::undo(path, id)?;
            let line = say.lang.pick(
                format!("Import {id} annulé (lot {}).", written.batch),
                format!("Import {id} undone (batch {}).", written.batch),
            );
            say.result(&serde_json::json!(written), &[line]);
        }
        ImportsAction::Review { id, out } => super::review::export(path, *id, out.as_deref(), say)?,
        ImportsAction::Settle { file, dry_run } => super::review::settle(path, file, *dry_run, say)?,
    }
    Ok(ExitCode::SUCCESS)
}
