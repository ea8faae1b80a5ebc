//! Local-only mode: a switch that keeps every request on this machine.

use http::Uri;
use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Whether requests may leave this machine. Clones are one switch; a client that was given one refuses, while it is on,
/// whatever does not go to this machine itself.
#[derive(Debug, Clone, Default)]
pub struct LocalOnly(Arc<AtomicBool>);

impl LocalOnly {
    /// Turns it on or off, for every request that begins from now on.
    pub fn set(&self, on: bool) {
        self.0.store(on, Ordering::Relaxed);
    }

    /// Whether it is on.
    pub fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Whether an address is this machine's own, by its loopback address or the name that stands for it. Other names are
/// not, whatever they resolve to at the moment.
pub fn is_here(uri: &Uri) -> bool {
    let Some(host) = uri.host() else { return false };
    let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_here() {
        for (uri, here) in [
            ("http://127.0.0.1:11434/v1", true),
            ("http://127.8.9.10/", true),
            ("http://[::1]:8080/", true),
            ("http://LOCALHOST:1234/v1", true),
            ("http://localhost./", true),
            ("http://localhost.example.com/", false),
            ("http://127.0.0.1.example.com/", false),
            ("http://192.168.1.5:11434/", false),
            ("http://0.0.0.0/", false),
            ("https://api.example.com/v1", false),
            ("/v1", false),
        ] {
            assert_eq!(is_here(&uri.parse().unwrap()), here, "{uri}");
        }
    }
}
