//! Spaces from outside: what is near, whose it is, and how it compares with exact arithmetic.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod finding;
