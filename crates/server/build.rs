//! Has the page built into the program anew whenever `web/dist` changes.

use std::{fs, path::Path};

fn main() {
    let dist = Path::new("../../web/dist");
    // Without the folder, the macro that embeds it would remember a path that never fits.
    if let Err(error) = fs::create_dir_all(dist) {
        println!("cargo:warning=`web/dist` cannot be made: {error}");
    }
    println!("cargo:rerun-if-changed={}", dist.display());
    println!("cargo:rerun-if-changed=build.rs");
}
