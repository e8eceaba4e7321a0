//! `vigie imports list|show|undo|review|settle`.

use std::process::ExitCode;

use super::args::{ImportsAction, ImportsArgs};
use super::say::Say;
use crate::app::{self, AppError};

pub(super) fn run(args: &ImportsArgs, say: &Say) -> Result<ExitCode, AppError> {
    let path = &args.store.store;
    match &args.action {
        ImportsAction::List { as_of } => {
            let batches = app::imports(path, as_of.get())?;
            let lines: Vec<String> = batches
                .iter()
                .map(|b| {
                    let undone = b.undone_by.map_or(String::new(), |by| {
                        say.lang.pick(format!(" (annulé par {by})"), format!(" (undone by {by})"))
                    });
                    format!(
                        "{:>4}  {}  {:<12} {:<28} {} {} · {} {} · {} {} · {} {} · {} {}{undone}",
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
                        b.same,
                        say.lang.pick("inchangés", "unchanged"),
                        b.rejected,
                        say.lang.pick("rejetés", "rejected"),
                    )
                })
                .collect();
            say.result(&serde_json::json!(batches), &lines);
        }
        &ImportsAction::Show { id } => {
            let batch = app::imports(path, app::AsOf::Now)?
                .into_iter()
                .find(|b| b.id == id)
                .ok_or_else(|| AppError::NotFound(crate::store::StoreError::NoBatch(id).to_string()))?;
            let mut lines = vec![format!("{} · {} · sha256 {}", batch.theme, batch.file, batch.sha256)];
            let by = if batch.by.is_empty() { "–" } else { &batch.by };
            lines.push(say.lang.pick(format!("{} · par {by}", batch.created), format!("{} · by {by}", batch.created)));
            let (new, changed, same) = (batch.added, batch.changed, batch.same);
            let (review, rejected, skipped) = (batch.to_review, batch.rejected, batch.skipped);
            lines.push(say.lang.pick(
                format!("{} lignes lues = {new} nouvelles + {changed} modifiées + {same} inchangées + {review} à revoir + {rejected} rejetées + {skipped} passées ; {} faits terminés", batch.rows_in, batch.ended),
                format!("{} rows read = {new} new + {changed} changed + {same} unchanged + {review} to review + {rejected} rejected + {skipped} skipped; {} facts ended", batch.rows_in, batch.ended),
            ));
            lines.extend(batch.findings.iter().map(super::import::finding_line));
            say.result(&serde_json::json!(batch), &lines);
        }
        ImportsAction::Undo { id, by } => {
            let id = *id;
            let written = app::undo(path, id, &by.name())?;
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
