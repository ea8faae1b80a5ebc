//! The one integration test binary of this crate.

// `cfg(test)` is always true here; it tells clippy that these modules are tests.
#[cfg(test)]
mod cross;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod rounds;
#[cfg(test)]
mod threads;
