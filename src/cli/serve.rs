//! `vigie serve`.

use std::process::ExitCode;

use super::args::ServeArgs;
use super::say::Say;
use crate::app::AppError;

pub(super) fn run(args: &ServeArgs, say: &Say) -> Result<ExitCode, AppError> {
    let _ = (args, say);
    Err(AppError::Fault("serve: not merged yet".into()))
}
