//! Outgoing HTTP: connection pools, TLS, time-outs, and the guard against internal addresses.
