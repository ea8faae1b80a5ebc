//! The one integration test binary of this crate.

// `cfg(test)` is always true here; it tells clippy that these modules are tests.
#[cfg(test)]
mod calling;
#[cfg(test)]
mod costs;
#[cfg(test)]
mod discovering;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod trying;
