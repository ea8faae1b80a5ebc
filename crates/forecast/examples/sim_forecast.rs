//! Prints how made-up series are recognised, forecast and watched, as Markdown: `cargo xtask sim forecast`.

use std::io::Write as _;

/// Series of each kind.
const SEEDS: u64 = 200;

fn main() {
    // A closed terminal is no reason to fail.
    let _ = write!(std::io::stdout().lock(), "{}", forecast::simulator::table(SEEDS));
}
