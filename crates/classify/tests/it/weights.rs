//! The weights that are shipped are those of the prompts that are there.

use classify::training::{learned_from, shipped_learned_from};

/// Most bytes of weights that are shipped.
const MOST_BYTES: u64 = 300_000;

#[test]
fn the_weights_were_learned_from_the_prompts_that_are_there() {
    assert_eq!(shipped_learned_from(), learned_from(), "`cargo xtask train` learns them anew");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/weights.bin");
    assert!(std::fs::metadata(path).unwrap().len() <= MOST_BYTES);
}

#[test]
fn what_is_learned_is_always_the_same() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/weights.bin");
    let learned = classify::training::learn();
    assert!(learned == std::fs::read(path).unwrap(), "`cargo xtask train` writes what is learned now");
}
