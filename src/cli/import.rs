//! `vigie import`.

use std::process::ExitCode;

use super::args::ImportArgs;
use super::bar::Bar;
use super::say::Say;
use crate::app::{self, AppError, BoundaryImport, FactImport, ImportOutcome, ReadOptions};
use crate::domain::{Finding, Level, Severity};

/// Lines of findings shown before « and n more »; the report has them all.
const SHOWN: usize = 20;

pub(super) fn run(args: &ImportArgs, say: &Say) -> Result<ExitCode, AppError> {
    let outcome = if args.what == "boundaries" {
        let [set] = args.set.as_slice() else {
            return Err(AppError::Input(
                say.lang
                    .pick(
                        "donnez un nom au découpage : --set mli-cod-2021 (un seul)",
                        "name the boundary set: --set mli-cod-2021 (only one)",
                    )
                    .into(),
            ));
        };
        app::import_boundaries(&BoundaryImport {
            store: &args.store.store,
            files: &args.files,
            set: set.clone(),
            read: ReadOptions {
                level: args.level.and_then(|l| Level::try_from(l).ok()),
                crs: args.crs.clone(),
                code: args.code.clone(),
                name: args.name.clone(),
                parent: args.parent.clone(),
                layer: args.layer.clone(),
                ..ReadOptions::default()
            },
            valid_from: args.valid_from.map(|d| d.to_string()),
            make_default: args.default,
            by: &args.by.name(),
            dry_run: args.dry_run,
            lang: say.lang,
        })?
    } else {
        let [file] = args.files.as_slice() else {
            return Err(AppError::Input(say.lang.pick("un fichier à la fois", "one file at a time").into()));
        };
        let bar = Bar::new(say.lang);
        let (store, tried) = (&args.store.store, args.dry_run);
        if args.what == "localities" {
            let outcome = app::import_localities(store, file, tried, args.strict, say.lang)?;
            return report(args, &outcome, say);
        }
        app::import_facts(&FactImport {
            store: &args.store.store,
            theme: &args.what,
            file,
            sets: &args.set,
            source: &args.source,
            reading: &app::reading(&args.profile, args.locale.as_deref(), args.sheet.as_deref(), say.lang)?,
            replaces: args.replaces,
            by: &args.by.name(),
            progress: &|rows| bar.rows(rows),
            dry_run: args.dry_run,
            strict: args.strict,
            lang: say.lang,
        })?
    };
    report(args, &outcome, say)
}

/// Says what an import did, and writes the files that were asked for.
fn report(args: &ImportArgs, outcome: &ImportOutcome, say: &Say) -> Result<ExitCode, AppError> {
    let value = serde_json::to_value(outcome).map_err(|e| AppError::Fault(e.to_string()))?;
    let mut lines = lines(outcome, say);
    let mut back = args.rejects.clone();
    if let Some(path) = &args.report {
        back = back.or(app::write_report(outcome, path, say.lang)?);
    }
    if let Some(path) = &args.rejects {
        app::write_rejects(outcome, path, say.lang)?;
    }
    if let Some(path) = back.filter(|_| outcome.rejected > 0) {
        lines.push(say.lang.pick(
            format!("Lignes rejetées, à corriger et à importer à nouveau\u{a0}: {}", path.display()),
            format!("Rejected rows, to be corrected and imported again: {}", path.display()),
        ));
    }
    say.result(&value, &lines);
    Ok(if args.strict && outcome.rejected > 0 { ExitCode::from(3) } else { ExitCode::SUCCESS })
}

fn lines(outcome: &ImportOutcome, say: &Say) -> Vec<String> {
    let mut lines = outcome.understood.clone();
    let mut worth: Vec<&Finding> = outcome.findings.iter().collect();
    worth.sort_by_key(|f| std::cmp::Reverse(f.severity));
    lines.extend(worth.iter().take(SHOWN).map(|f| finding_line(f)));
    if worth.len() > SHOWN {
        let more = worth.len() - SHOWN;
        lines.push(say.lang.pick(
            format!("… et {more} autres : --report rapport.json les donne tous"),
            format!("… and {more} more: --report report.json gives them all"),
        ));
    }
    let codes: Vec<String> = outcome.codes.iter().map(|(code, n)| format!("{code} {n}")).collect();
    if !codes.is_empty() {
        lines.push(codes.join(" · "));
    }
    let [regions, cercles, communes] = outcome.non_located;
    lines.push(say.lang.pick(
        format!(
            "{} lignes lues · {} retenues · {} rejetées · {} à vérifier · {} passées · non localisées\u{a0}: {regions} (région), {cercles} (cercle), {communes} (commune)",
            outcome.rows_in, outcome.accepted, outcome.rejected, outcome.to_review, outcome.skipped
        ),
        format!(
            "{} rows read · {} kept · {} rejected · {} to review · {} skipped · not located: {regions} (region), {cercles} (cercle), {communes} (commune)",
            outcome.rows_in, outcome.accepted, outcome.rejected, outcome.to_review, outcome.skipped
        ),
    ));
    if let Some(w) = outcome.written {
        let batch = if outcome.dry_run {
            say.lang.pick("Ce serait".to_owned(), "It would be".to_owned())
        } else {
            say.lang.pick(format!("Lot {}", w.batch), format!("Batch {}", w.batch))
        };
        let ended = match w.ended {
            0 => String::new(),
            n => say.lang.pick(format!(", {n} terminés"), format!(", {n} ended")),
        };
        lines.push(say.lang.pick(
            format!("{batch}\u{a0}: {} nouveaux, {} modifiés, {} inchangés{ended}", w.added, w.changed, w.same),
            format!("{batch}: {} new, {} changed, {} unchanged{ended}", w.added, w.changed, w.same),
        ));
        if w.to_review > 0 && !outcome.dry_run {
            lines.push(say.lang.pick(
                format!("{} lieux à vérifier\u{a0}: vigie imports review {}", w.to_review, w.batch),
                format!("{} places to review: vigie imports review {}", w.to_review, w.batch),
            ));
        }
    }
    if outcome.dry_run || outcome.written.is_none() {
        lines.push(say.lang.pick("Rien n’a été enregistré.", "Nothing was stored.").to_owned());
    }
    lines.extend(outcome.notes.iter().cloned());
    lines
}

/// One finding on one line: where, what, the cure.
pub(super) fn finding_line(f: &Finding) -> String {
    use std::fmt::Write as _;
    let mark = match f.severity {
        Severity::Reject => "✗",
        Severity::Warning => "!",
        Severity::Info => "·",
    };
    let mut at = f.file.clone();
    if let Some(sheet) = &f.sheet {
        let _ = write!(at, " [{sheet}]");
    }
    if let Some(line) = f.line {
        let _ = write!(at, ":{line}");
    }
    if let Some(column) = &f.column {
        let _ = write!(at, " {column}");
    }
    let value = f.value.as_ref().map_or(String::new(), |v| format!(" « {v} »"));
    format!("{mark} {at}{value} {} — {}", f.code, f.message)
}
