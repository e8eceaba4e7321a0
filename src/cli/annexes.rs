//! `vigie annexes`.

use std::process::ExitCode;

use super::args::AnnexesArgs;
use super::say::Say;
use crate::app::AppError;

pub(super) fn run(args: &AnnexesArgs, say: &Say) -> Result<ExitCode, AppError> {
    let _ = (args, say);
    Err(AppError::Fault("annexes: not merged yet".into()))
}
