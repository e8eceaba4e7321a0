//! The program `vigie`: everything it does is in the library.

/// Pictures of tiles leave the system's allocator with holes that it never gives back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    vigie::cli::run()
}
