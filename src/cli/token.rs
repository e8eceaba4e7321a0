//! `vigie token add|list|revoke`.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::args::{ByArg, StoreArg};
use super::say::Say;
use crate::app::{self, AppError};
use crate::domain::Role;

/// `vigie token`.
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: TokenAction,
    /// Who does it.
    #[command(flatten)]
    pub by: ByArg,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenAction {
    /// Makes a token and shows it, once.
    Add {
        /// partner, restricted, editor or admin.
        #[arg(long)]
        role: Role,
        /// Who it is for.
        #[arg(long)]
        label: String,
        /// The last day on which it is good, 2026-12-31.
        #[arg(long)]
        expires: Option<jiff::civil::Date>,
    },
    /// Lists tokens: never the secrets, which are not kept.
    List,
    /// Revokes a token: it is refused from now on.
    Revoke {
        /// Its id, from the list.
        id: String,
    },
}

pub(super) fn run(args: &TokenArgs, say: &Say) -> Result<ExitCode, AppError> {
    let path = &args.store.store;
    match &args.action {
        TokenAction::Add { role, label, expires } => {
            let made = app::add_token(path, *role, label, *expires, &args.by.name())?;
            let lines = [
                made.secret.clone(),
                say.lang.pick(
                    format!("Jeton {} ({role}), montré cette seule fois : gardez-le en lieu sûr. QGIS : authentification « API Header », Authorization = Bearer suivi du jeton ; ou « Basic », le jeton pour mot de passe.", made.token.id),
                    format!("Token {} ({role}), shown this once: keep it safe. QGIS: authentication “API Header”, Authorization = Bearer and the token; or “Basic”, the token as password.", made.token.id),
                ),
            ];
            say.result(&serde_json::json!(made), &lines);
        }
        TokenAction::List => {
            let tokens = app::tokens(path)?;
            let lines: Vec<String> = tokens
                .iter()
                .map(|t| {
                    let day = |d: Option<jiff::civil::Date>| d.map_or_else(|| "–".to_owned(), |d| d.to_string());
                    let state = match &t.revoked {
                        Some(when) => say.lang.pick("révoqué ", "revoked ").to_owned() + when.get(..10).unwrap_or(when),
                        None => say.lang.pick("jusqu’au ", "until ").to_owned() + &day(t.expires),
                    };
                    let used = say.lang.pick("dernier usage", "last used");
                    format!("{}  {:<10}  {state:<22} {used} {:<10}  {}", t.id, t.role.word(), day(t.last_used), t.label)
                })
                .collect();
            say.result(&serde_json::json!(tokens), &lines);
        }
        TokenAction::Revoke { id } => {
            app::revoke_token(path, id, &args.by.name())?;
            let line = say.lang.pick(format!("Jeton {id} révoqué."), format!("Token {id} revoked."));
            say.result(&serde_json::json!({"revoked": id}), &[line]);
        }
    }
    Ok(ExitCode::SUCCESS)
}
