//! `vigie release` and `vigie releases`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::args::{ByArg, StoreArg};
use super::say::Say;
use crate::app::{self, AppError, Policy, ReleaseAsk};
use crate::store::{Release, ReleaseState};

/// `vigie release`.
#[derive(Debug, Args)]
pub struct ReleaseArgs {
    /// 2021-06, 2021-Q2, 2021 or 2021-01/2021-06.
    pub period: String,
    /// Theme(s); all that have facts of the months where not given.
    #[arg(id = "theme", long, value_delimiter = ',')]
    pub themes: Vec<String>,
    /// What the months are made: released (public from now on, as they stand now), validated (checked, not public), draft
    /// (withdrawn).
    #[arg(long, default_value = "released", value_parser = ["released", "validated", "draft"])]
    pub state: String,
    /// Why, or what changed since the release before; owed where a month is released again.
    #[arg(long, default_value = "")]
    pub note: String,
    /// Access policy that replaces the built-in one.
    #[arg(long)]
    pub policy: Option<PathBuf>,
    /// Who does it.
    #[command(flatten)]
    pub by: ByArg,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

/// `vigie releases`.
#[derive(Debug, Args)]
pub struct ReleasesArgs {
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

pub(super) fn run(args: &ReleaseArgs, say: &Say) -> Result<ExitCode, AppError> {
    let ask = ReleaseAsk {
        period: &args.period,
        themes: &args.themes,
        state: ReleaseState::of(&args.state)
            .ok_or_else(|| AppError::BadRequest(format!("--state {}: no such state", args.state)))?,
        note: &args.note,
        by: &args.by.name(),
    };
    let policy = Policy::read(args.policy.as_deref())?;
    let (written, entries) = app::release(&args.store.store, &ask, &policy)?;
    let mut lines: Vec<String> = entries.iter().map(|e| line(e, say)).collect();
    lines.push(match ask.state {
        ReleaseState::Released => say.lang.pick(
            format!(
                "Public dès maintenant, tel que dans la version {}. « vigie release {} --state draft » le retire.",
                written.batch, args.period
            ),
            format!(
                "Public from now on, as in version {}. “vigie release {} --state draft” withdraws it.",
                written.batch, args.period
            ),
        ),
        ReleaseState::Validated => say.lang.pick("Vérifié ; pas encore public.", "Checked; not public yet.").to_owned(),
        ReleaseState::Draft => {
            say.lang.pick("Retiré : le public ne le voit plus.", "Withdrawn: the public no longer sees it.").to_owned()
        }
    });
    say.result(&serde_json::json!({"version": written.batch, "entries": entries}), &lines);
    Ok(ExitCode::SUCCESS)
}

pub(super) fn list(args: &ReleasesArgs, say: &Say) -> Result<ExitCode, AppError> {
    let entries = app::releases(&args.store.store)?;
    let mut lines: Vec<String> = entries.iter().map(|e| line(e, say)).collect();
    if lines.is_empty() {
        lines.push(say.lang.pick("Aucun mois publié.", "No month released.").to_owned());
    }
    say.result(&serde_json::json!(entries), &lines);
    Ok(ExitCode::SUCCESS)
}

fn line(e: &Release, say: &Say) -> String {
    let state = match e.state {
        ReleaseState::Released => say.lang.pick("publié", "released"),
        ReleaseState::Validated => say.lang.pick("validé", "validated"),
        ReleaseState::Draft => say.lang.pick("retiré", "draft"),
    };
    let by = if e.by.is_empty() { "–" } else { &e.by };
    let when = e.created.get(..16).unwrap_or(&e.created);
    let note = if e.note.is_empty() { String::new() } else { format!(" · {}", e.note) };
    let files = if e.outputs.is_empty() {
        String::new()
    } else {
        say.lang.pick(format!(" · {} sorties", e.outputs.len()), format!(" · {} outputs", e.outputs.len()))
    };
    format!("{:>4}  {when}  {:<12} {}  {state}  {by}{files}{note}", e.batch, e.theme, e.month)
}
