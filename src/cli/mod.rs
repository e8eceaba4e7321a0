//! The command line: one file a command, each parses, calls the application and says what was done.

mod annexes;
mod args;
mod audit;
mod bar;
mod breaks;
mod check;
mod concentration;
mod crosswalk;
mod demo;
mod export;
mod hotspots;
mod import;
mod imports;
mod purge;
mod release;
mod review;
mod say;
mod selection;
mod serve;
mod tables;
mod template;
mod tiles;
mod token;
mod trends;
mod triggers;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use say::Say;

/// Runs the program: 0 done, 1 failed, 2 wrong use, 3 `--strict` found a rejected row.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    crate::telemetry::start();
    // A full disk or a file size limit must come back as an error that rolls the import back, not as a signal
    // that kills the process.
    let ignored = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let _ = signal_hook::flag::register(SIGXFSZ, ignored);
    let say = Say::new(cli.lang.map_or_else(args::locale, Into::into), cli.json);
    if let Some(folder) = &cli.themes
        && let Err(error) = crate::app::load_own_themes(folder)
    {
        say.error(&error);
        return ExitCode::from(1);
    }
    let done = match cli.command {
        Command::Demo(args) => demo::run(&args, &say),
        Command::Import(args) if args.what == "tables" => tables::run(&args, &say),
        Command::Import(args) => import::run(&args, &say),
        Command::Imports(args) => imports::run(&args, &say),
        Command::Template(args) => template::run(&args, &say),
        Command::Annexes(args) => annexes::run(&args, &say),
        Command::Triggers(args) => triggers::run(&args, &say),
        Command::Trends(args) => trends::run(&args, &say),
        Command::Concentration(args) => concentration::run(&args, &say),
        Command::Crosswalk(args) => crosswalk::run(&args, &say),
        Command::Hotspots(args) => hotspots::run(&args, &say),
        Command::Breaks(args) => breaks::run(&args, &say),
        Command::Export(args) => export::run(&args, &say),
        Command::Tiles(args) => tiles::run(&args, &say),
        Command::Release(args) => release::run(&args, &say),
        Command::Releases(args) => release::list(&args, &say),
        Command::Token(args) => token::run(&args, &say),
        Command::Audit(args) => audit::run(&args, &say),
        Command::Purge(args) => purge::run(&args, &say),
        Command::Serve(args) => serve::run(&args, &say),
        Command::Check(args) => check::run(&args, &say),
    };
    done.unwrap_or_else(|error| {
        say.error(&error);
        ExitCode::from(1)
    })
}

/// « File size limit exceeded » on Linux.
const SIGXFSZ: i32 = 25;
