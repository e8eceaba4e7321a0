//! `vigie imports review` and `settle`: places that wait for an officer.

use std::path::{Path, PathBuf};

use super::say::Say;
use crate::app::{self, AppError, SettleImport};

pub(super) fn export(store: &Path, batch: i64, out: Option<&Path>, say: &Say) -> Result<(), AppError> {
    let out = out.map_or_else(|| PathBuf::from(format!("import-{batch}-review.xlsx")), Path::to_path_buf);
    let done = app::export_review(store, batch, &out, say.lang)?;
    let (rows, questions, path) = (done.rows, done.questions, out.display());
    let lines = [
        say.lang.pick(
            format!("{rows} lignes à vérifier, {questions} questions\u{a0}: {path}"),
            format!("{rows} rows to review, {questions} questions: {path}"),
        ),
        say.lang.pick(
            format!("Remplissez la colonne «\u{a0}choix\u{a0}», puis\u{a0}: vigie imports settle {path}"),
            format!("Fill in the column “choice”, then: vigie imports settle {path}"),
        ),
    ];
    say.result(
        &serde_json::json!({ "batch": done.batch, "rows": rows, "questions": questions, "written": out }),
        &lines,
    );
    Ok(())
}

pub(super) fn settle(store: &Path, file: &Path, dry_run: bool, say: &Say) -> Result<(), AppError> {
    let done = app::settle(&SettleImport { store, file, dry_run, lang: say.lang })?;
    let mut lines: Vec<String> = done.findings.iter().map(super::import::finding_line).collect();
    lines.push(say.lang.pick(
        format!(
            "Import {}\u{a0}: {} réponses, {} lignes situées, {} graphies apprises · {} questions restent ouvertes · {} réponses refusées",
            done.of_batch, done.answered, done.rows, done.learned, done.left, done.rejected
        ),
        format!(
            "Import {}: {} answers, {} rows settled, {} spellings learned · {} questions stay open · {} answers refused",
            done.of_batch, done.answered, done.rows, done.learned, done.left, done.rejected
        ),
    ));
    lines.push(match done.written {
        Some(w) => say.lang.pick(
            format!("Lot {} (vigie imports undo {} le reprend).", w.batch, w.batch),
            format!("Batch {} (vigie imports undo {} takes it back).", w.batch, w.batch),
        ),
        None => say.lang.pick("Rien n’a été enregistré.", "Nothing was stored.").to_owned(),
    });
    let value = serde_json::to_value(&done).map_err(|e| AppError::Fault(e.to_string()))?;
    say.result(&value, &lines);
    Ok(())
}
