//! The log: one place that decides its form and where it goes.

use tracing_subscriber::EnvFilter;

/// Starts the log on standard error, so that standard output stays the program's answer.
///
/// `VIGIE_LOG` filters (`info` by default, `vigie=debug` say); `VIGIE_LOG_FORMAT=json` writes one JSON object a line for
/// machines. A second call does nothing: tests and commands may both ask.
pub fn start() {
    let filter = EnvFilter::try_from_env("VIGIE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let as_json = std::env::var("VIGIE_LOG_FORMAT").is_ok_and(|form| form.eq_ignore_ascii_case("json"));
    let started = if as_json { log.json().try_init() } else { log.with_target(false).try_init() };
    if let Err(already) = started {
        tracing::debug!("log already started: {already}");
    }
}
