//! The house's own tools: `cargo xtask ci|tidy|codegen|bench`.

fn main() {}
