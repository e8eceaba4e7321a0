//! `vigie purge`.

use std::process::ExitCode;

use clap::Args;

use super::args::{ByArg, StoreArg};
use super::say::Say;
use crate::app::{self, AppError, PurgeAsk, grouped};

/// `vigie purge`.
#[derive(Debug, Args)]
pub struct PurgeArgs {
    /// Facts of an earlier day go, with all their versions: the first of a month, 2020-01-01.
    #[arg(long)]
    pub before: jiff::civil::Date,
    /// Theme(s); all where not given. Facts of a whole year (populations) go only where their theme is named.
    #[arg(id = "theme", long, value_delimiter = ',')]
    pub themes: Vec<String>,
    /// Withdraws released months that change, instead of refusing.
    #[arg(long)]
    pub even_released: bool,
    /// Says what would go, and removes nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Who does it.
    #[command(flatten)]
    pub by: ByArg,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

pub(super) fn run(args: &PurgeArgs, say: &Say) -> Result<ExitCode, AppError> {
    let ask = PurgeAsk {
        before: args.before,
        themes: &args.themes,
        even_released: args.even_released,
        dry_run: args.dry_run,
        by: &args.by.name(),
    };
    let done = app::purge(&args.store.store, &ask)?;
    let count = |n: i64| grouped(n.unsigned_abs(), say.lang);
    let mut lines: Vec<String> = done
        .themes
        .iter()
        .map(|(theme, t)| {
            let (facts, versions) = (count(t.facts), count(t.versions));
            say.lang.pick(
                format!("{theme:<14} {facts} faits, {versions} versions"),
                format!("{theme:<14} {facts} facts, {versions} versions"),
            )
        })
        .collect();
    if done.findings > 0 {
        lines.push(say.lang.pick(
            format!("{} constats d’import sans leur valeur", done.findings),
            format!("{} findings of imports without their value", done.findings),
        ));
    }
    if !done.withdrawn.is_empty() {
        let months = done.withdrawn.iter().map(|(t, m)| format!("{t} {m}")).collect::<Vec<_>>().join(", ");
        lines.push(
            say.lang.pick(format!("Mois publiés touchés : {months}"), format!("Released months that change: {months}")),
        );
    }
    let nothing = lines.is_empty();
    lines.push(if nothing {
        say.lang.pick("Rien à effacer.", "Nothing to purge.").to_owned()
    } else if args.dry_run {
        say.lang.pick("Essai : rien n’est effacé.", "A trial: nothing was removed.").to_owned()
    } else {
        say.lang.pick(
            "Effacé de l’entrepôt, sans retour. Sauvegardes, exports, rapports et fichiers d’origine sont à détruire à part ; un service en marche est à redémarrer.",
            "Removed from the store for good. Backups, exports, reports and source files are yours to destroy; restart a service that is running.",
        ).to_owned()
    });
    say.result(&serde_json::json!(done), &lines);
    Ok(ExitCode::SUCCESS)
}
