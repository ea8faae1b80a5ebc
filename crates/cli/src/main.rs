//! The program `familiar`.

use std::process::ExitCode;

/// Many small allocations on two cores are what the gateway does, and what is over has to go back to the system
/// (`docs/performance.md`, memory). Windows, where it cannot be built, has its own.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    cli::main()
}
