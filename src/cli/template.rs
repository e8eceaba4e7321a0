//! `vigie template`.

use std::process::ExitCode;

use super::args::TemplateArgs;
use super::say::Say;
use crate::app::{self, AppError};

pub(super) fn run(args: &TemplateArgs, say: &Say) -> Result<ExitCode, AppError> {
    app::write_template(&args.theme, &args.store.store, args.set.as_ref(), &args.out, say.lang)?;
    let line = say
        .lang
        .pick(format!("Modèle écrit : {}", args.out.display()), format!("Template written: {}", args.out.display()));
    say.result(&serde_json::json!({ "written": args.out }), &[line]);
    Ok(ExitCode::SUCCESS)
}
