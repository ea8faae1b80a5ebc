//! The client against servers on the loopback interface that answer whatever a test wants.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is a failed test")]

mod cancel;
mod exchange;
mod faults;
mod proxies;
mod secure;
mod upstream;
