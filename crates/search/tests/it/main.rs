//! The index as others use it.

// `cfg(test)` tells clippy that helpers in here are tests too.
#[cfg(test)]
mod finding;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod support;
