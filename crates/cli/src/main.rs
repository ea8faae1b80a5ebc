//! The program `familiar`. Its commands are nearly done in the branch `server` (`git show server:crates/cli/src/main.rs`)
//! and land with the server: whoever was to write them helps with tests and documents instead.

fn main() {}
