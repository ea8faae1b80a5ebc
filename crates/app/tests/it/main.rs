//! Configuration, lock and checks, as the program uses them.

// `cfg(test)` tells clippy that helpers in here are tests too.
#[cfg(test)]
mod app;
#[cfg(test)]
mod config;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod lock;
