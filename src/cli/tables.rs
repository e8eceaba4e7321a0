//! `vigie import tables THEME FILE…`: published tables are checked, nothing is stored.

use std::process::ExitCode;

use serde_json::json;

use super::args::ImportArgs;
use super::say::Say;
use crate::app::{self, AppError, TableFinding};
use crate::domain::Severity;

/// Lines of findings shown before « and n more »; the report has them all.
const SHOWN: usize = 50;

/// The first of `args.files` is the theme. `--strict`: a contradiction is exit status 3.
pub(super) fn run(args: &ImportArgs, say: &Say) -> Result<ExitCode, AppError> {
    let theme = args.files.first().map(|f| f.to_string_lossy().into_owned()).unwrap_or_default();
    let report = app::check_published_tables(&theme, args.files.get(1..).unwrap_or_default(), say.lang)?;
    let mut value = serde_json::to_value(&report).map_err(|e| AppError::Fault(e.to_string()))?;
    value["stored"] = json!(false);
    value["warnings"] = json!(report.warnings());
    if let Some(path) = &args.report {
        std::fs::write(path, format!("{value:#}\n"))
            .map_err(|e| AppError::Input(format!("{}: {e}", path.display())))?;
    }
    let mut lines = report.understood.clone();
    let mut worth: Vec<&TableFinding> = report.findings.iter().collect();
    worth.sort_by_key(|f| std::cmp::Reverse(f.severity));
    lines.extend(worth.iter().take(SHOWN).map(|f| line(f)));
    let more = worth.len().saturating_sub(SHOWN) + report.more;
    if more > 0 {
        lines.push(say.lang.pick(
            format!("… et {more} autres\u{a0}: --report rapport.json les donne tous"),
            format!("… and {more} more: --report report.json gives them all"),
        ));
    }
    let (rows, checks, wrong) = (report.rows, report.checks, report.warnings());
    lines.push(say.lang.pick(
        format!("{rows} lignes lues · {checks} vérifications · {wrong} contradictions ou cellules illisibles"),
        format!("{rows} rows read · {checks} checks · {wrong} contradictions or unreadable cells"),
    ));
    lines.push(
        say.lang
            .pick(
                "Rien n’a été enregistré ni corrigé\u{a0}: un tableau publié se vérifie, il ne s’ajoute pas au monitoring.",
                "Nothing was stored or corrected: a published table is checked, it is not added to the monitoring.",
            )
            .into(),
    );
    say.result(&value, &lines);
    Ok(if args.strict && wrong > 0 { ExitCode::from(3) } else { ExitCode::SUCCESS })
}

/// One finding on one line: where, what.
fn line(f: &TableFinding) -> String {
    let mark = if f.severity == Severity::Info { "·" } else { "!" };
    let sheet = f.at.sheet.as_ref().map_or(String::new(), |s| format!(" [{s}]"));
    format!("{mark} {}{sheet}:{} {} {} — {}", f.at.file, f.at.line, f.at.column, f.code, f.message)
}
