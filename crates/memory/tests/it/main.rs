//! The memory on both databases: what is found in what people say, what becomes of it, and what is recalled.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod extraction;
mod keeping;
mod leaks;
mod meaning;
mod stage;
mod stories;
mod tools;
