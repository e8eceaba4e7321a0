//! The program `vigie`: everything it does is in the library.

fn main() -> std::process::ExitCode {
    vigie::cli::run()
}
