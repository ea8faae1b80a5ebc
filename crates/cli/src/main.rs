//! The program `familiar`.

fn main() {}
