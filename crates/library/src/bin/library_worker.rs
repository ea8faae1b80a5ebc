//! The reading child process as a program of its own, for this crate's tests and benchmarks.

fn main() -> std::process::ExitCode {
    library::worker::main()
}
